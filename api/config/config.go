// Package config reads the server's configuration: one struct, one file.
//
//	listen: 127.0.0.1:8080
//	tokens:
//	  - {token_sha256: 2c70e12b…, id: "0017", role: operator, unit: U3}
//	tile_cache_mb: 100
//	tile_cache_control: public, max-age=5
//	rules: rules.yaml
//	basemaps: maps
//	auto_dispatch: true
//	centre: ZH
//	expert: ["component:0111", "event:0203"]
//	fonts: fonts
//	map_approval: GS(2026)0000号
//	patrol_hours: hours.csv
//
// rules names the rule file by which the city dispatches (package
// grids/dispatch), from the configuration's own folder; without it nothing is
// decided. basemaps is a folder of archives (package basemaps), which is
// followed. fonts is a folder of fonts to letter maps with (package
// basemaps/glyphs); without it those of Debian's packages are, where they are.
// fonts_cache is a folder that keeps what was drawn of them for the next start, at
// most fonts_cache_mb (200).
// map_approval is the map's approval number (审图号), which maps show.
// patrol_hours is a table of how long was patrolled where (package
// api/heatmap, ReadPatrolHours), by which cases can be divided.
//
// auto_dispatch sends a case out without a person where the rules are sure enough;
// centre is the unit of the command centre: only its dispatchers act for the city;
// expert lists the classes that an expert must check (专业核查), each as its kind
// and minor code.
//
// webhooks are other systems that are told of cases; see [Webhook].
//
// upstreams are maps of other servers, which are served beside the archives; see
// the example at [Config.Upstreams].
//
// A token is given as it is or, better, as the SHA-256 of it in hex (`printf %s
// TOKEN | sha256sum`); whoever sends it writes as that actor. Unknown keys are
// refused. No error repeats a token or a key.
package config

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"

	"github.com/wanmi-gis/wanmi/basemaps/upstream"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// Config is what a server is told.
type Config struct {
	// Listen is address and port; "" is the command line's.
	Listen string
	// Tokens lets actors write.
	Tokens []Token
	// TileCacheMB is how many MB (10⁶ bytes) of encoded tiles are kept; 0 for
	// none.
	TileCacheMB int
	// TileCacheControl is what Cache-Control says of tiles; "" is the server's
	// own.
	TileCacheControl string
	// Rules is the path of the rule file for dispatch; "" for none.
	Rules string
	// Basemaps is the folder of archives that lie under the city's map; "" for
	// none.
	Basemaps string
	// Fonts is the folder of fonts for maps; "" for those of Debian's packages.
	Fonts string
	// FontsCache is the folder that keeps what was drawn of them for the next start;
	// "" for none. FontsCacheMB bounds it.
	FontsCache   string
	FontsCacheMB int
	// MapApproval is the map's approval number (审图号); "" for none.
	MapApproval string
	// PatrolHours is the path of the table of patrol hours; "" for none.
	PatrolHours string
	// AutoDispatch sends cases out without a person where the rules are sure.
	AutoDispatch bool
	// Centre is the unit of the command centre; "" for none.
	Centre string
	// Expert lists the classes that an expert must check.
	Expert []Class
	// Webhooks are other systems that are told of cases.
	Webhooks []Webhook
	// Upstreams are maps of other servers (package basemaps/upstream).
	//
	//	upstreams:
	//	  - id: img
	//	    type: wmts                      # or xyz, tilejson
	//	    url: https://t0.tianditu.gov.cn/img_w/wmts
	//	    layer: img                      # of wmts; as style and matrix_set
	//	    key_env: TIANDITU_KEY           # or key: …; never told to anybody
	//	    key_param: tk                   # or {key} in the url
	//	    attribution: 天地图 GS(2024)0568号
	//	  - {id: topo, type: xyz, url: "http://10.1.2.3/{z}/{x}/{y}.png", allow_http: true, allow_addresses: [10.1.2.3/32],
	//	     minzoom: 3, maxzoom: 17, bounds: [113, 34, 115, 36], rate: 20, max_age: 168h, tile_type: png, name: 地形图}
	//	upstream_cache: cache               # folder; without it nothing is kept
	//	upstream_cache_mb: 1000             # bound of the folder
	//	upstream_cache_days: 90             # and how old a tile may get
	//
	// allow_private: true is short for the private networks (10.0.0.0/8,
	// 172.16.0.0/12, 192.168.0.0/16, fc00::/7) in allow_addresses, without this
	// machine and its neighbours by link-local addresses. hosts lists other hosts
	// that a document may send to.
	Upstreams []upstream.Source
	// UpstreamCache is the folder that keeps their tiles; "" for none.
	UpstreamCache string
	// UpstreamCacheMB and UpstreamCacheDays bound it.
	UpstreamCacheMB, UpstreamCacheDays int
}

// Class is a minor category.
type Class struct {
	Kind grids.Kind
	Code string
}

// Default is the configuration of an empty file.
func Default() *Config {
	return &Config{
		TileCacheMB: DefaultTileCacheMB, FontsCacheMB: defaultFontsMB, UpstreamCacheMB: defaultUpstreamMB, UpstreamCacheDays: defaultUpstreamDays,
	}
}

// TileCacheBytes is TileCacheMB as the server takes it, which has its own
// meaning for 0.
func (c *Config) TileCacheBytes() int64 {
	if c.TileCacheMB == 0 {
		return -1
	}
	return int64(c.TileCacheMB) * 1_000_000
}

// DefaultTileCacheMB is small beside the city: each MB takes 1.7 MB of memory
// under load, with what the collector leaves lying, and the demo city as a whole
// stays below 250 MB. It has room for some 4,000 tiles of a street map in gzip
// and plain.
const DefaultTileCacheMB = 32

// Token lets whoever knows it write as an actor.
type Token struct {
	SHA256 [sha256.Size]byte
	Actor  cityfile.Actor
}

// NewToken is a token given as it is.
func NewToken(token string, actor cityfile.Actor) Token {
	return Token{sha256.Sum256([]byte(token)), actor}
}

// Limits of the file.
const (
	maxBytes = 1 << 20
	// defaultFontsMB holds two weights of a Chinese font several times.
	defaultFontsMB = 200
	maxFontsMB     = 10_000
	maxTokens      = 10_000
	minToken       = 16 // characters of a token given as it is
	maxName        = 128

	maxTileCacheMB = 1 << 20
)

// file is the configuration as it is written.
type file struct {
	Listen string      `yaml:"listen"`
	Tokens []fileToken `yaml:"tokens"`

	TileCacheMB      *int   `yaml:"tile_cache_mb"`
	TileCacheControl string `yaml:"tile_cache_control"`

	Rules    string `yaml:"rules"`
	Basemaps string `yaml:"basemaps"`
	Fonts    string `yaml:"fonts"`

	FontsCache   string `yaml:"fonts_cache"`
	FontsCacheMB *int   `yaml:"fonts_cache_mb"`

	MapApproval string `yaml:"map_approval"`
	PatrolHours string `yaml:"patrol_hours"`

	AutoDispatch bool     `yaml:"auto_dispatch"`
	Centre       string   `yaml:"centre"`
	Expert       []string `yaml:"expert"`

	Webhooks []fileWebhook `yaml:"webhooks"`

	Upstreams         []fileUpstream `yaml:"upstreams"`
	UpstreamCache     string         `yaml:"upstream_cache"`
	UpstreamCacheMB   *int           `yaml:"upstream_cache_mb"`
	UpstreamCacheDays *int           `yaml:"upstream_cache_days"`
}

type fileToken struct {
	Token  string `yaml:"token"`
	SHA256 string `yaml:"token_sha256"`
	ID     string `yaml:"id"`
	Role   string `yaml:"role"`
	Unit   string `yaml:"unit"`
}

// Load reads the file at path.
func Load(path string) (*Config, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err == nil && len(text) > maxBytes {
		err = fmt.Errorf("more than %d bytes", maxBytes)
	}
	if err != nil {
		return nil, fmt.Errorf("configuration %s: %w", path, err)
	}
	c, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("configuration %s: %w", path, err)
	}
	for _, name := range []*string{&c.Rules, &c.Basemaps, &c.Fonts, &c.FontsCache, &c.UpstreamCache, &c.PatrolHours} {
		if *name != "" && !filepath.IsAbs(*name) {
			*name = filepath.Join(filepath.Dir(path), *name)
		}
	}
	return c, nil
}

// Parse reads a configuration; an empty one is the default.
func Parse(text []byte) (*Config, error) {
	for _, t := range lexer.Tokenize(string(text)) {
		if t.Type == token.TagType { // the decoder panics where it wanted a list
			return nil, fmt.Errorf("[%d:%d] tags (!name) are not read; text that begins so stands in quotes", t.Position.Line, t.Position.Column)
		}
	}
	var in file
	if err := yaml.UnmarshalWithOptions(text, &in, yaml.Strict()); err != nil && !errors.Is(err, io.EOF) {
		// Line and column, not the lines themselves: they may hold a token.
		return nil, errors.New(firstLine(yaml.FormatError(err, false, false)))
	}
	if len(in.Tokens) > maxTokens {
		return nil, fmt.Errorf("tokens: more than %d", maxTokens)
	}
	out := Default()
	out.Listen, out.TileCacheControl, out.Rules, out.Basemaps = in.Listen, in.TileCacheControl, in.Rules, in.Basemaps
	out.Fonts, out.FontsCache, out.MapApproval, out.PatrolHours = in.Fonts, in.FontsCache, in.MapApproval, in.PatrolHours
	if in.FontsCacheMB != nil {
		if out.FontsCacheMB = *in.FontsCacheMB; out.FontsCacheMB < 1 || out.FontsCacheMB > maxFontsMB {
			return nil, fmt.Errorf("fonts_cache_mb: %d; 1 to %d", out.FontsCacheMB, maxFontsMB)
		}
	}
	if v := out.MapApproval; len(v) > maxName || strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return nil, fmt.Errorf("map_approval: at most %d bytes of text", maxName)
	}
	out.AutoDispatch, out.Centre = in.AutoDispatch, in.Centre
	var err error
	if out.Expert, err = classes(in.Expert); err != nil {
		return nil, err
	}
	if len(in.Centre) > maxName {
		return nil, fmt.Errorf("centre: at most %d bytes", maxName)
	}
	if in.TileCacheMB != nil {
		out.TileCacheMB = *in.TileCacheMB
	}
	if out.TileCacheMB < 0 || out.TileCacheMB > maxTileCacheMB {
		return nil, fmt.Errorf("tile_cache_mb: %d; 0 to %d", out.TileCacheMB, maxTileCacheMB)
	}
	if v := out.TileCacheControl; len(v) > maxName || strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r > '~' }) {
		return nil, fmt.Errorf("tile_cache_control: at most %d characters of ASCII, such as: public, max-age=5", maxName)
	}
	hooks, err := webhooks(in.Webhooks)
	if err != nil {
		return nil, err
	}
	out.Webhooks = hooks
	if err := in.upstreams(out); err != nil {
		return nil, err
	}
	seen := map[[sha256.Size]byte]int{}
	for i, t := range in.Tokens {
		token, err := t.read()
		if err != nil {
			return nil, fmt.Errorf("tokens[%d]: %w", i, err)
		}
		if before, twice := seen[token.SHA256]; twice {
			return nil, fmt.Errorf("tokens[%d]: the token of tokens[%d]", i, before)
		}
		seen[token.SHA256] = i
		out.Tokens = append(out.Tokens, token)
	}
	return out, nil
}

// classes reads classes as "component:0111".
func classes(list []string) ([]Class, error) {
	if len(list) > maxTokens {
		return nil, fmt.Errorf("expert: more than %d", maxTokens)
	}
	var out []Class
	for i, text := range list {
		kind, code, ok := strings.Cut(text, ":")
		if k := grids.Kind(kind); !ok || code == "" || len(text) > maxName || (k != grids.ComponentKind && k != grids.EventKind) {
			return nil, fmt.Errorf("expert[%d]: a kind and a minor code, such as component:0111", i)
		}
		out = append(out, Class{grids.Kind(kind), code})
	}
	return out, nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}

func (t *fileToken) read() (Token, error) {
	out := Token{Actor: cityfile.Actor{ID: t.ID, Role: t.Role, Unit: t.Unit}}
	for name, v := range map[string]string{"id": t.ID, "role": t.Role, "unit": t.Unit} {
		if len(v) > maxName || strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return out, fmt.Errorf("%s: at most %d bytes of text", name, maxName)
		}
	}
	switch {
	case t.ID == "":
		return out, errors.New("id: it is missing; every write names its actor")
	case (t.Token == "") == (t.SHA256 == ""):
		return out, errors.New("give one of token and token_sha256")
	case t.SHA256 != "":
		sum, err := hex.DecodeString(t.SHA256)
		if err != nil || len(sum) != sha256.Size {
			return out, fmt.Errorf("token_sha256: not %d hexadecimal digits", 2*sha256.Size)
		}
		out.SHA256 = [sha256.Size]byte(sum)
	case len(t.Token) < minToken:
		return out, fmt.Errorf("token: at least %d characters; such as: openssl rand -hex 16", minToken)
	default:
		out.SHA256 = sha256.Sum256([]byte(t.Token))
	}
	return out, nil
}
