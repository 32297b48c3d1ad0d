package config_test

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api/config"
	"github.com/wanmi-gis/wanmi/basemaps/stored"
	"github.com/wanmi-gis/wanmi/basemaps/upstream"
	"github.com/wanmi-gis/wanmi/spatial"
)

const mapKey = "0123456789abcdef"

func TestMapsOfOtherServersAreRead(t *testing.T) {
	t.Setenv("WANMI_TEST_KEY", mapKey)
	c, err := config.Parse([]byte(`
upstreams:
  - {id: img, type: wmts, url: "https://t0.tianditu.gov.cn/img_w/wmts", layer: img, style: default, matrix_set: w, key_env: WANMI_TEST_KEY, key_param: tk}
  - id: topo
    name: 地形图
    type: xyz
    url: http://10.1.2.3/{z}/{x}/{y}.png
    hosts: [10.1.2.4]
    tile_type: jpg
    attribution: 测绘院
    minzoom: 3
    maxzoom: 17
    bounds: [113, 34, 115, 36]
    allow_http: true
    allow_private: true
    allow_addresses: [127.0.0.1/8]
    rate: 2.5
    max_age: 24h
    crs: gcj02
upstream_cache: cache
upstream_cache_mb: 50
upstream_cache_days: 7
`))
	if err != nil || len(c.Upstreams) != 2 || c.UpstreamCache != "cache" || c.UpstreamCacheMB != 50 || c.UpstreamCacheDays != 7 {
		t.Fatalf("%+v, %v", c, err)
	}
	img, topo := c.Upstreams[0], c.Upstreams[1]
	if img.Key != mapKey || img.KeyParam != "tk" || img.Kind != upstream.WMTS || img.MatrixSet != "w" || img.Rate != 20 || img.MaxAge != 7*24*time.Hour {
		t.Errorf("%+v", img)
	}
	if topo.Type != stored.JPEG || topo.MinZoom != 3 || topo.MaxZoom != 17 || topo.Box.Min != spatial.At(113, 34) || topo.Rate != 2.5 || topo.CRS != upstream.GCJ02 || topo.MaxAge != 24*time.Hour ||
		len(topo.AllowAddresses) != 5 || topo.AllowAddresses[4] != netip.MustParsePrefix("127.0.0.0/8") || topo.Hosts[0] != "10.1.2.4" || topo.Name != "地形图" {
		t.Errorf("%+v", topo)
	}
	if text := fmt.Sprintf("%v %+v %#v", *c, *c, img); strings.Contains(text, mapKey) {
		t.Errorf("printed, the configuration tells the key: %s", text)
	}
	if c := config.Default(); c.UpstreamCacheMB != 1000 || c.UpstreamCacheDays != 90 {
		t.Errorf("%+v", c)
	}
}

func TestAMapOfAnotherServerThatIsWrongIsRefusedAndItsKeyNotRepeated(t *testing.T) {
	const good = `id: a, type: xyz, url: "https://a.example/{z}/{x}/{y}.png"`
	one := func(members string) string { return "upstreams: [{" + members + "}]" }
	for text, want := range map[string]string{
		one(good + ", key: " + mapKey):                                  "key_param",
		one(good + ", key: " + mapKey + ", key_env: PATH"):              "one of key",
		one(good + ", key_env: WANMI_NO_SUCH_" + mapKey):                "key_env",
		one(good + ", tile_type: gif"):                                  "tile_type",
		one(good + ", max_age: 1"):                                      "max_age",
		one(good + ", max_age: -1h"):                                    "max_age",
		one(good + ", bounds: [1, 2, 3]"):                               "bounds",
		one(good + ", bounds: [.nan, 2, 3, 4]"):                         "bounds",
		one(good + ", crs: EPSG:4490"):                                  "crs",
		one(good + ", rate: .nan"):                                      "rate",
		one(good + ", allow_addresses: [here]"):                         "allow_addresses",
		one(good + ", token: " + mapKey):                                "[1:",
		one(good + ", minzoom: 300"):                                    "[1:",
		one(`id: a, type: xyz, url: "http://a.example/` + mapKey + `"`): "https://",
		one(`type: xyz, url: "https://a.example/{z}/{x}/{y}.png"`):      "upstreams[0]: id",
		"upstreams: [{" + good + "}, {" + good + "}]":                   "upstreams[1]: id: a is the name of another",
		"upstream_cache_mb: 0":                                          "upstream_cache_mb",
		"upstream_cache_days: 9999":                                     "upstream_cache_days",
		"upstreams: [" + strings.Repeat("{"+good+"},", 65) + "]":        "more than 64",
	} {
		_, err := config.Parse([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), mapKey) {
			t.Errorf("%.100s: %v, not %s", text, err, want)
		}
	}
}

func TestTheCacheOfOtherServersMapsIsNamedFromTheConfigurationsFolder(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "wanmi.yaml")
	write(t, path, "upstream_cache: kept")
	if c, err := config.Load(path); err != nil || c.UpstreamCache != filepath.Join(dir, "kept") {
		t.Errorf("%+v, %v", c, err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
