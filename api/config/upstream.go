package config

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"os"
	"slices"
	"time"

	"github.com/wanmi-gis/wanmi/basemaps/stored"
	"github.com/wanmi-gis/wanmi/basemaps/upstream"
	"github.com/wanmi-gis/wanmi/spatial"
)

// fileUpstream is a map of another server as it is written.
type fileUpstream struct {
	ID             string    `yaml:"id"`
	Name           string    `yaml:"name"`
	Type           string    `yaml:"type"`
	URL            string    `yaml:"url"`
	Hosts          []string  `yaml:"hosts"`
	Layer          string    `yaml:"layer"`
	Style          string    `yaml:"style"`
	MatrixSet      string    `yaml:"matrix_set"`
	Key            string    `yaml:"key"`
	KeyEnv         string    `yaml:"key_env"`
	KeyParam       string    `yaml:"key_param"`
	TileType       string    `yaml:"tile_type"`
	Attribution    string    `yaml:"attribution"`
	CRS            string    `yaml:"crs"`
	MinZoom        uint8     `yaml:"minzoom"`
	MaxZoom        uint8     `yaml:"maxzoom"`
	Bounds         []float64 `yaml:"bounds"`
	AllowHTTP      bool      `yaml:"allow_http"`
	AllowPrivate   bool      `yaml:"allow_private"`
	AllowAddresses []string  `yaml:"allow_addresses"`
	Rate           float64   `yaml:"rate"`
	MaxAge         string    `yaml:"max_age"`
}

const (
	maxUpstreams        = 64
	maxUpstreamMB       = 1 << 20
	maxUpstreamDays     = 3650
	defaultUpstreamMB   = 1000
	defaultUpstreamDays = 90
)

// privateNetworks are those that may be allowed at once.
var privateNetworks = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("fc00::/7"),
}

// upstreams puts what is written of other servers' maps into the configuration.
func (f *file) upstreams(out *Config) error {
	if len(f.Upstreams) > maxUpstreams {
		return fmt.Errorf("upstreams: more than %d", maxUpstreams)
	}
	seen := map[string]bool{}
	for i := range f.Upstreams {
		s, err := f.Upstreams[i].read()
		if err == nil {
			err = s.Check()
		}
		if err == nil && seen[s.ID] {
			err = fmt.Errorf("id: %s is the name of another", s.ID)
		}
		if err != nil {
			return fmt.Errorf("upstreams[%d]: %w", i, err)
		}
		seen[s.ID] = true
		out.Upstreams = append(out.Upstreams, s)
	}
	out.UpstreamCache = f.UpstreamCache
	for _, n := range []struct {
		name string
		said *int
		to   *int
		most int
	}{{"upstream_cache_mb", f.UpstreamCacheMB, &out.UpstreamCacheMB, maxUpstreamMB}, {"upstream_cache_days", f.UpstreamCacheDays, &out.UpstreamCacheDays, maxUpstreamDays}} {
		if n.said != nil {
			*n.to = *n.said
		}
		if *n.to < 1 || *n.to > n.most {
			return fmt.Errorf("%s: %d; 1 to %d", n.name, *n.to, n.most)
		}
	}
	return nil
}

func (f *fileUpstream) read() (s upstream.Source, err error) {
	s = upstream.Source{
		ID: f.ID, Name: f.Name, Kind: upstream.Kind(f.Type), URL: f.URL, Hosts: f.Hosts, Layer: f.Layer, Style: f.Style, MatrixSet: f.MatrixSet,
		Key: upstream.Key(f.Key), KeyParam: f.KeyParam, Type: stored.TypeOf(f.TileType), Attribution: f.Attribution,
		MinZoom: f.MinZoom, MaxZoom: f.MaxZoom, AllowHTTP: f.AllowHTTP, Rate: f.Rate,
	}
	switch s.CRS = f.CRS; f.CRS {
	case "gcj02", "GCJ02":
		s.CRS = upstream.GCJ02
	}
	if f.TileType != "" && s.Type == stored.Unknown {
		return s, errors.New("tile_type: there are mvt, png, jpg, webp and avif")
	}
	if f.KeyEnv != "" {
		if f.Key != "" {
			return s, errors.New("give one of key and key_env")
		}
		if s.Key = upstream.Key(os.Getenv(f.KeyEnv)); s.Key == "" {
			return s, errors.New("key_env: there is no such variable in the environment")
		}
	}
	if f.AllowPrivate {
		s.AllowAddresses = privateNetworks
	}
	networks, err := addresses(f.AllowAddresses)
	if err != nil {
		return s, err
	}
	s.AllowAddresses = append(slices.Clip(s.AllowAddresses), networks...)
	if f.MaxAge != "" {
		if s.MaxAge, err = time.ParseDuration(f.MaxAge); err != nil || s.MaxAge < time.Second {
			return s, errors.New("max_age: a duration of a second or more, such as 168h")
		}
	}
	if len(f.Bounds) > 0 {
		s.Box, err = bounds(f.Bounds)
	}
	return s, err
}

// bounds reads west, south, east, north.
func bounds(b []float64) (spatial.Box, error) {
	in := func(v, most float64) bool { return math.Abs(v) <= most } // which no NaN is
	if len(b) != 4 || !in(b[0], 180) || !in(b[1], 90) || !in(b[2], 180) || !in(b[3], 90) || b[0] >= b[2] || b[1] >= b[3] {
		return spatial.Box{}, errors.New("bounds: west, south, east, north in degrees, such as [113, 34, 115, 36]")
	}
	return spatial.Box{Min: spatial.At(b[0], b[1]), Max: spatial.At(b[2], b[3])}, nil
}

// addresses reads allow_addresses.
func addresses(list []string) (out []netip.Prefix, err error) {
	for _, text := range list {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("allow_addresses: %q; a network such as 10.1.0.0/16", text)
		}
		out = append(out, network.Masked())
	}
	return out, nil
}
