package upstream

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/wanmi-gis/wanmi/tiler"
)

// template is the address of tiles.
type template struct {
	// text has {z}, {x}, {y} or {-y}, and {key}; a WMTS' own words for them were
	// put in these.
	text string
	// levels are the names of the levels by zoom; nil for their numbers.
	levels   []string
	key      Key
	keyParam string
}

// Addresses that are refused.
var (
	errPlaces = errors.New("it needs {z}, {x} and one of {y} and {-y}")
	errBraces = errors.New("what stands in braces is not known; a host's parts and sub-domains are written out")
	errHost   = errors.New("tiles are at a host that the configuration does not list")
)

// template checks the address of tiles: its host is one of those configured, none
// of it is open but three integers and the key, and those are not in the host.
func (s *Source) template(text string) (*template, error) {
	if len(text) > maxURL {
		return nil, fmt.Errorf("an address of more than %d bytes", maxURL)
	}
	rows := strings.Contains(text, "{y}") != strings.Contains(text, "{-y}")
	if !rows || !strings.Contains(text, "{z}") || !strings.Contains(text, "{x}") {
		return nil, errPlaces
	}
	if strings.ContainsAny(placeholders.Replace(text), "{}") {
		return nil, errBraces
	}
	_, after, ok := strings.Cut(text, "://")
	if host := after[:max(strings.IndexAny(after, "/?#"), 0)]; !ok || host == "" || strings.ContainsAny(host, "{}@") {
		return nil, errBraces
	}
	u, err := url.Parse(placeholders.Replace(text))
	if err != nil || u.User != nil || u.Fragment != "" {
		return nil, errors.New("it cannot be read")
	}
	text, err = s.placed(text, u)
	if err != nil {
		return nil, err
	}
	return &template{text: text, key: s.Key, keyParam: s.KeyParam}, nil
}

// placed returns the address as it may be asked: at a listed host, and at the
// source's own by the source's own scheme, as documents still say http.
func (s *Source) placed(text string, u *url.URL) (string, error) {
	scheme, host := s.host()
	switch at := strings.ToLower(u.Host); {
	case at == host || (u.Port() == "" && at == hostname(host) && u.Scheme != scheme):
		_, after, _ := strings.Cut(text, "://")
		return scheme + "://" + host + after[len(u.Host):], nil
	case !slices.ContainsFunc(s.Hosts, func(h string) bool { return strings.EqualFold(h, at) }):
		return "", fmt.Errorf("%w: %s; hosts can", errHost, clipped(at))
	case u.Scheme == "https" || (u.Scheme == "http" && s.AllowHTTP):
		return text, nil
	}
	return "", errors.New("tiles are not at https://")
}

func hostname(host string) string {
	u := url.URL{Host: host}
	return u.Hostname()
}

// clipped bounds what an error repeats of a document.
func clipped(s string) string {
	if len(s) > 100 {
		s = s[:100] + "…"
	}
	return strconv.QuoteToGraphic(strings.ToValidUTF8(s, "?"))
}

// url is the address of a tile.
func (t *template) url(id tiler.ID) string {
	level := strconv.Itoa(int(id.Z))
	if t.levels != nil {
		level = t.levels[id.Z]
	}
	rows := uint32(1) << id.Z
	text := strings.NewReplacer(
		"{z}", url.PathEscape(level), "{x}", strconv.Itoa(int(id.X)), "{y}", strconv.Itoa(int(id.Y)), "{-y}", strconv.Itoa(int(rows-1-id.Y)),
	).Replace(t.text)
	return withKey(text, t.key, t.keyParam)
}

// withKey puts the key into an address: in its place, or as the parameter.
func withKey(text string, key Key, param string) string {
	if key == "" {
		return text
	}
	if strings.Contains(text, "{key}") {
		return strings.ReplaceAll(text, "{key}", url.QueryEscape(string(key)))
	}
	base, query, _ := strings.Cut(text, "?")
	var parts []string
	for part := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(part, "=")
		if part != "" && !strings.EqualFold(name, param) {
			parts = append(parts, part)
		}
	}
	return base + "?" + strings.Join(append(parts, url.QueryEscape(param)+"="+url.QueryEscape(string(key))), "&")
}
