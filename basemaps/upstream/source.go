package upstream

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/wanmi-gis/wanmi/basemaps"
	"github.com/wanmi-gis/wanmi/basemaps/stored"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// Key is a secret that goes into requests and nowhere else: printed or logged it
// is three stars.
type Key string

const hidden = "***"

// String hides the key.
func (k Key) String() string { return hidden }

// GoString hides the key.
func (k Key) GoString() string { return hidden }

// MarshalText hides the key.
func (k Key) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue hides the key.
func (k Key) LogValue() slog.Value { return slog.StringValue(hidden) }

// Kind is how a map is asked for.
type Kind string

// The kinds.
const (
	XYZ  Kind = "xyz"
	JSON Kind = "tilejson"
	WMTS Kind = "wmts"
)

// GCJ02 is the CRS of Web Mercator's tiles whose pictures are shifted: positions on
// them are GCJ-02.
const GCJ02 = "GCJ-02"

// Source is a map of another server, as it is configured.
type Source struct {
	ID   string
	Name string // "" is the document's, else the ID
	Kind Kind
	// URL is the template of tiles (XYZ) with {z}, {x} and {y} or {-y} (rows from
	// the south), the TileJSON, or the WMTS: its capabilities or where they are
	// asked for.
	URL string
	// Hosts are others that tiles may come from when a document says so. The key
	// goes there too.
	Hosts []string
	// Layer, Style and MatrixSet choose of a WMTS. "" is the only layer, the style
	// that is its default, and the first set that is Web Mercator.
	Layer, Style, MatrixSet string
	// Key is added to each request as the parameter KeyParam, or where the URL has
	// {key}.
	Key      Key
	KeyParam string
	// Type is what tiles are: mvt, or any picture. Unknown is what the document or
	// the URL's ending says, else a picture.
	Type        stored.Type
	Attribution string
	// MinZoom and MaxZoom narrow what the document says; MaxZoom 0 is all there is,
	// 18 for XYZ.
	MinZoom, MaxZoom uint8
	// CRS is [GCJ02] where the pictures are shifted, as those of Chinese map companies
	// are: no document says so.
	CRS string
	// Box has no tiles asked for outside; empty or zero is what the document says.
	Box spatial.Box
	// AllowHTTP lets the URL begin with http://.
	AllowHTTP bool
	// AllowAddresses are networks that may be connected to though they are not
	// public.
	AllowAddresses []netip.Prefix
	// Rate is how many requests a second are sent; 0 is 20.
	Rate float64
	// MaxAge is how old a tile gets before it is fetched anew; 0 is a week.
	MaxAge time.Duration
}

// Limits of a source.
const (
	maxURL         = 2048
	maxText        = 1000
	minKey         = 8
	maxHosts       = 16
	maxRate        = 10_000
	defaultRate    = 20
	defaultMaxAge  = 7 * 24 * time.Hour
	defaultMaxZoom = 18
)

// Check says what is wrong with a source, without its URL and key. It fills in
// what was left out.
func (s *Source) Check() error {
	if err := basemaps.CheckID(s.ID); err != nil {
		return fmt.Errorf("id: %w", err)
	}
	if s.Kind != XYZ && s.Kind != JSON && s.Kind != WMTS {
		return errors.New("type: there are xyz, tilejson and wmts")
	}
	for name, text := range map[string]string{
		"name": s.Name, "attribution": s.Attribution, "layer": s.Layer, "style": s.Style, "matrix_set": s.MatrixSet, "key": string(s.Key), "key_param": s.KeyParam,
	} {
		if len(text) > maxText || strings.ContainsFunc(text, unicode.IsControl) {
			return fmt.Errorf("%s: at most %d bytes of text", name, maxText)
		}
	}
	if s.Kind != WMTS && (s.Layer != "" || s.Style != "" || s.MatrixSet != "") {
		return errors.New("layer, style, matrix_set: only of type wmts")
	}
	if err := s.checkURL(); err != nil {
		return err
	}
	if s.CRS != "" && s.CRS != GCJ02 {
		return errors.New("crs: gcj02 for shifted pictures, else nothing: a document says its own")
	}
	if s.Rate < 0 || s.Rate > maxRate || s.Rate != s.Rate {
		return fmt.Errorf("rate: 0 to %d requests a second", maxRate)
	}
	if s.MaxAge < 0 {
		return errors.New("max_age: a duration such as 168h")
	}
	if s.MaxZoom > tiler.MaxZoom || (s.MaxZoom > 0 && s.MinZoom > s.MaxZoom) || s.MinZoom > tiler.MaxZoom {
		return fmt.Errorf("minzoom, maxzoom: 0 to %d, and not the other way round", tiler.MaxZoom)
	}
	if s.Rate == 0 {
		s.Rate = defaultRate
	}
	if s.MaxAge == 0 {
		s.MaxAge = defaultMaxAge
	}
	if s.Box == (spatial.Box{}) {
		s.Box = spatial.EmptyBox()
	}
	return nil
}

func (s *Source) checkURL() error {
	plain, err := url.Parse(placeholders.Replace(s.URL))
	switch {
	case err != nil || len(s.URL) > maxURL || plain.Host == "" || plain.Opaque != "":
		return fmt.Errorf("url: not an address of at most %d bytes, such as https://host/{z}/{x}/{y}.png", maxURL)
	case plain.User != nil || plain.Fragment != "":
		return errors.New("url: no user, password or fragment")
	case plain.Scheme != "https" && (plain.Scheme != "http" || !s.AllowHTTP):
		return errors.New("url: it begins with https:// (or http:// with allow_http: true)")
	case len(s.Hosts) > maxHosts || slices.ContainsFunc(s.Hosts, func(h string) bool { return !goodHost(h) }):
		return fmt.Errorf("hosts: at most %d, such as tiles.example.org or tiles.example.org:8443", maxHosts)
	}
	if s.Kind == XYZ {
		if _, err := s.template(s.URL); err != nil {
			return fmt.Errorf("url: %w", err)
		}
	} else if strings.Contains(strings.ReplaceAll(s.URL, "{key}", ""), "{") {
		return errors.New("url: only {key} may stand in braces here")
	}
	if s.Key != "" && len(s.Key) < minKey {
		return fmt.Errorf("key: at least %d bytes", minKey) // less is found in any document
	}
	inURL := strings.Contains(s.URL, "{key}")
	switch {
	case inURL && s.Key == "":
		return errors.New("url: it has {key}, and there is no key")
	case s.Key != "" && s.KeyParam == "" && !inURL:
		return errors.New("key_param: the name of the key's parameter, such as tk, or {key} in the url")
	}
	return nil
}

// placeholders makes a template an address that can be read.
var placeholders = strings.NewReplacer("{z}", "0", "{x}", "0", "{y}", "0", "{-y}", "0", "{key}", "0")

// goodHost reports whether a text is a host with or without a port.
func goodHost(h string) bool {
	u, err := url.Parse("https://" + h + "/")
	return err == nil && u.Host == h && h != "" && u.Path == "/" && u.User == nil && len(h) <= 255
}

// host is where the URL leads.
func (s *Source) host() (scheme, host string) {
	u, err := url.Parse(placeholders.Replace(s.URL))
	if err != nil {
		return "", "" // Check refused it
	}
	return u.Scheme, strings.ToLower(u.Host)
}
