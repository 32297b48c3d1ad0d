package upstream

import (
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/basemaps/stored"
	"github.com/wanmi-gis/wanmi/tiler"
)

const testKey = "0123456789abcdef"

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func checked(t testing.TB, s Source) *Source {
	t.Helper()
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	return &s
}

func tianditu(t testing.TB, set string) *Source {
	return checked(t, Source{ID: "img", Kind: WMTS, URL: "https://t0.tianditu.gov.cn/img_" + set + "/wmts", Key: testKey, KeyParam: "tk", MatrixSet: set})
}

func TestTheGridOfTiandituIsTakenFromItsNumbersOfTiles(t *testing.T) {
	w := tianditu(t, "w")
	l, err := w.read(testdata(t, "tianditu_w.xml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.finish(l); err != nil || l.info.CRS != "" || l.info.MinZoom != 1 || l.info.MaxZoom != 18 || !l.info.Box.Empty() || len(l.info.Notes) != 2 || l.info.Name != "影像底图" || l.info.Type != stored.PNG {
		t.Errorf("%+v, %v", l.info, err)
	}
	// The address that the service's own pages give for its Web Mercator tiles; the
	// document's http:// is not taken over.
	want := url.Values{
		"SERVICE": {"WMTS"}, "REQUEST": {"GetTile"}, "VERSION": {"1.0.0"}, "LAYER": {"img"}, "STYLE": {"default"}, "TILEMATRIXSET": {"w"}, "FORMAT": {"tiles"},
		"TILEMATRIX": {"10"}, "TILEROW": {"405"}, "TILECOL": {"837"}, "tk": {testKey},
	}
	u, err := url.Parse(l.tiles.url(tiler.ID{Z: 10, X: 837, Y: 405}))
	if err != nil || u.Query().Encode() != want.Encode() || u.Scheme+"://"+u.Host+u.Path != "https://t0.tianditu.gov.cn/img_w/wmts" {
		t.Errorf("%v, %v", u, err)
	}
	if l.holds(tiler.ID{}) || !l.holds(tiler.ID{Z: 1, X: 1, Y: 1}) || l.holds(tiler.ID{Z: 19}) {
		t.Error("the levels are 1 to 18")
	}

	// Latitude and longitude: its own tiles, with the system named, if asked for.
	c := tianditu(t, "c")
	if l, err = c.read(testdata(t, "tianditu_c.xml")); err != nil || l.info.CRS != "EPSG:4490" {
		t.Fatalf("%+v, %v", l, err)
	}
	for id, want := range map[tiler.ID]bool{{Z: 1, X: 1}: true, {Z: 1, X: 1, Y: 1}: false, {Z: 3, X: 7, Y: 3}: true, {Z: 3, X: 7, Y: 4}: false} {
		if err := c.finish(l); err != nil || l.holds(id) != want {
			t.Errorf("%v: %v, %v", id, l.holds(id), err)
		}
	}
	c.MatrixSet = ""
	if _, err := c.read(testdata(t, "tianditu_c.xml")); err == nil || !strings.Contains(err.Error(), "EPSG:4490") {
		t.Errorf("a set that maps cannot draw, not asked for: %v", err)
	}
}

func TestAGatewaysTilesAreAskedForAtTheGateway(t *testing.T) {
	s := checked(t, Source{ID: "img", Kind: WMTS, URL: "http://10.0.0.8:8080/tdt/img?request=GetCapabilities&service=WMTS&area=1", AllowHTTP: true})
	l, err := s.read(testdata(t, "tianditu_w.xml"))
	if err != nil {
		t.Fatal(err)
	}
	if got := l.tiles.url(tiler.ID{Z: 1}); !strings.HasPrefix(got, "http://10.0.0.8:8080/tdt/img?area=1&FORMAT=tiles&LAYER=img&") || !strings.HasSuffix(got, "&TILEMATRIX=1&TILEROW=0&TILECOL=0") {
		t.Error(got)
	}
}

func TestResourcesOfAWMTSAreChosen(t *testing.T) {
	source := Source{ID: "s", Kind: WMTS, URL: "https://maps.example.org/1.0.0/WMTSCapabilities.xml", Layer: "streets"}
	for change, want := range map[string]struct {
		set  func(*Source)
		want string
	}{
		"as it comes":      {func(*Source) {}, "https://maps.example.org/streets/day%20&%20dusk/2026/quad/EPSG:3857:5/12/26.png"},
		"a style":          {func(s *Source) { s.Style = "night" }, "https://maps.example.org/streets/night/2026/quad/EPSG:3857:5/12/26.png"},
		"a type":           {func(s *Source) { s.Type = stored.JPEG }, "https://maps.example.org/streets/day%20&%20dusk/2026/quad/EPSG:3857:5/12/26.jpg"},
		"no such layer":    {func(s *Source) { s.Layer = "houses" }, `layer: there are "streets, other"`},
		"no layer named":   {func(s *Source) { s.Layer = "" }, `layer: there are "streets, other"`},
		"no such style":    {func(s *Source) { s.Style = "noon" }, `style: there are "night, day & dusk"`},
		"no such set":      {func(s *Source) { s.MatrixSet = "x" }, `matrix_set: the layer has "utm, quad"`},
		"a plane set":      {func(s *Source) { s.MatrixSet = "utm" }, "its CRS is"},
		"an unlisted host": {func(s *Source) { s.URL = "https://other.example.org/c.xml" }, ""},
		"a listed host":    {func(s *Source) { s.URL, s.Hosts = "https://other.example.org/c.xml", []string{"maps.example.org"} }, "https://maps.example.org/streets/day"},
	} {
		s := source
		want.set(&s)
		l, err := checked(t, s).read(testdata(t, "rest.xml"))
		var got string
		if err != nil {
			got = err.Error()
		} else {
			got = l.tiles.url(tiler.ID{Z: 5, X: 26, Y: 12})
		}
		if want.want == "" { // by parameters, where the document came from
			want.want = "https://other.example.org/c.xml?FORMAT=image%2Fpng"
		}
		if !strings.HasPrefix(got, want.want) && (err == nil || !strings.Contains(got, want.want)) {
			t.Errorf("%s: %s, want %s", change, got, want.want)
		}
	}
	l, err := checked(t, source).read(testdata(t, "rest.xml"))
	if err != nil || l.info.MaxZoom != 5 || l.info.Box.Empty() || l.holds(tiler.ID{Z: 5}) || !l.holds(tiler.ID{Z: 5, X: 26, Y: 12}) {
		t.Errorf("%+v, %v", l, err)
	}
}

func TestASetThatIsNotTheWholeWorldIsRefused(t *testing.T) {
	text := string(testdata(t, "tianditu_w.xml"))
	for name, change := range map[string][2]string{
		"across":                     {"<MatrixWidth>8<", "<MatrixWidth>9<"},
		"down":                       {"<MatrixHeight>8<", "<MatrixHeight>4<"},
		"twice 4 tiles":              {"<MatrixWidth>8</MatrixWidth>\n        <MatrixHeight>8<", "<MatrixWidth>4</MatrixWidth>\n        <MatrixHeight>4<"},
		"a scale of half the world":  {"<ScaleDenominator>295829355.4545656<", "<ScaleDenominator>147914677<"},
		"no scale":                   {"<ScaleDenominator>295829355.4545656<", "<ScaleDenominator>NaN<"},
		"another corner":             {"20037508.3427892 -20037508.3427892", "12000000 4500000"},
		"no corner":                  {"20037508.3427892 -20037508.3427892", ""},
		"three corners":              {"20037508.3427892 -20037508.3427892", "20037508 20037508 20037508"},
		"flat tiles":                 {"<TileHeight>256<", "<TileHeight>128<"},
		"a plane of the country":     {"EPSG::900913", "EPSG::4547"},
		"a document type":            {"<Capabilities", "<!DOCTYPE a [<!ENTITY b \"c\">]>\n<Capabilities"},
		"half a document":            {"</Contents>", ""},
		"a complaint":                {"Capabilities", "ExceptionReport"},
		"more tiles than a number":   {"<MatrixWidth>8<", "<MatrixWidth>99999999999<"},
		"another character encoding": {"encoding=\"UTF-8\"", "encoding=\"GBK\""},
	} {
		changed := strings.ReplaceAll(text, change[0], change[1])
		if changed == text {
			t.Fatalf("%s changes nothing", name)
		}
		if l, err := tianditu(t, "w").read([]byte(changed)); err == nil {
			t.Errorf("%s is read as %+v", name, l)
		}
	}
	deep := "<Capabilities>" + strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100) + "</Capabilities>"
	many := "<Capabilities>" + strings.Repeat("<a/>", maxXMLElements) + "</Capabilities>"
	for _, text := range []string{deep, many} {
		if _, err := tianditu(t, "w").read([]byte(text)); err == nil || !strings.Contains(err.Error(), "levels") {
			t.Errorf("%.40s: %v", text, err)
		}
	}
}

func TestASourceThatIsWrongIsRefusedWithoutItsAddress(t *testing.T) {
	good := Source{ID: "a", Kind: XYZ, URL: "https://secret-host.example/{z}/{x}/{y}.png"}
	for name, set := range map[string]func(*Source){
		"an id in two parts":      func(s *Source) { s.ID = "a/b" },
		"no id":                   func(s *Source) { s.ID = "" },
		"another type":            func(s *Source) { s.Kind = "wms" },
		"http":                    func(s *Source) { s.URL = "http://secret-host.example/{z}/{x}/{y}.png" },
		"a file":                  func(s *Source) { s.URL, s.AllowHTTP = "file:///{z}/{x}/{y}.png", true },
		"a password":              func(s *Source) { s.URL = "https://a:secret-host@b/{z}/{x}/{y}.png" },
		"a fragment":              func(s *Source) { s.URL += "#secret-host" },
		"sub-domains":             func(s *Source) { s.URL = "https://{s}.secret-host.example/{z}/{x}/{y}.png" },
		"z in the host":           func(s *Source) { s.URL = "https://t{z}.secret-host.example/{z}/{x}/{y}.png" },
		"x in the port":           func(s *Source) { s.URL = "https://secret-host.example:{x}/{z}/{x}/{y}.png" },
		"no y":                    func(s *Source) { s.URL = "https://secret-host.example/{z}/{x}.png" },
		"two y":                   func(s *Source) { s.URL = "https://secret-host.example/{z}/{x}/{y}/{-y}.png" },
		"a word that nobody has":  func(s *Source) { s.URL += "?{quadkey}" },
		"no host":                 func(s *Source) { s.URL = "/{z}/{x}/{y}.png" },
		"long":                    func(s *Source) { s.URL += strings.Repeat("a", maxURL) },
		"control characters":      func(s *Source) { s.URL += "\r\nHost: x" },
		"a key nowhere to be put": func(s *Source) { s.Key = testKey },
		"a short key":             func(s *Source) { s.Key, s.KeyParam = "abc", "tk" },
		"a place for no key":      func(s *Source) { s.URL += "?tk={key}" },
		"a layer":                 func(s *Source) { s.Layer = "img" },
		"zooms":                   func(s *Source) { s.MinZoom, s.MaxZoom = 9, 8 },
		"deep zooms":              func(s *Source) { s.MaxZoom = 23 },
		"a CRS":                   func(s *Source) { s.CRS = "EPSG:4490" },
		"a rate":                  func(s *Source) { s.Rate = -1 },
		"an age":                  func(s *Source) { s.MaxAge = -1 },
		"hosts":                   func(s *Source) { s.Hosts = []string{"https://secret-host.example"} },
		"braces in a TileJSON":    func(s *Source) { s.Kind = JSON },
	} {
		s := good
		set(&s)
		if err := s.Check(); err == nil || strings.Contains(err.Error(), "secret-host") || strings.Contains(err.Error(), testKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
}

func TestTheKeyGoesWhereItBelongs(t *testing.T) {
	for address, want := range map[string]string{
		"https://a.example/{z}/{x}/{y}.png":            "https://a.example/3/5/2.png?tk=0123456789abcdef",
		"https://a.example/{z}/{x}/{-y}.png?a=b&TK=no": "https://a.example/3/5/5.png?a=b&tk=0123456789abcdef",
		"https://a.example/{key}/{z}/{x}/{y}":          "https://a.example/0123456789abcdef/3/5/2",
	} {
		tiles, err := checked(t, Source{ID: "a", Kind: XYZ, URL: address, Key: testKey, KeyParam: "tk"}).template(address)
		if err != nil || tiles.url(tiler.ID{Z: 3, X: 5, Y: 2}) != want {
			t.Errorf("%s: %v, %v", address, tiles, err)
		}
	}
}

func TestATileJSONIsRead(t *testing.T) {
	s := checked(t, Source{ID: "v", Kind: JSON, URL: "https://maps.example.org/v.json", Key: testKey, KeyParam: "key", MaxZoom: 12})
	l, err := s.read([]byte(`{"tilejson":"3.0.0","name":"Streets","attribution":"© them","scheme":"tms","tiles":["http://maps.example.org/v/{z}/{x}/{y}.pbf?key={key}"],
		"minzoom":2,"maxzoom":14,"bounds":[113,34,115,36],"vector_layers":[{"id":"roads","fields":{}}]}`))
	if err != nil || s.finish(l) != nil || l.info.Type != stored.MVT || l.info.MinZoom != 2 || l.info.MaxZoom != 12 || l.info.Name != "Streets" || l.info.Box.Empty() {
		t.Fatalf("%+v, %v", l, err)
	}
	if got := l.tiles.url(tiler.ID{Z: 3, X: 5, Y: 2}); got != "https://maps.example.org/v/3/5/5.pbf?key="+testKey {
		t.Error(got)
	}
	for _, text := range []string{
		``, `[]`, `{}`, `{"tiles":["https://maps.example.org/a.png"]}`, `{"tiles":["https://else.example.org/{z}/{x}/{y}.png"]}`,
		`{"tiles":["https://maps.example.org/{z}/{x}/{y}.png"],"scheme":"other"}`, `{"tiles":["https://maps.example.org/{z}/{x}/{y}.png"],"maxzoom":99}`,
		`{"tiles":["https://maps.example.org/{z}/{x}/{y}.png"],"bounds":[115,34,113,36]}`, `{"tiles":["https://maps.example.org/{z}/{x}/{y}.png"],"bounds":[1,2]}`,
		`{"tiles":["https://maps.example.org/{z}/{x}/{y}.png"],"minzoom":9,"maxzoom":8}`, `{"tiles":["https://maps.example.org:81/{z}/{x}/{y}.png"]}`,
		`{"tiles":["https://x@maps.example.org/{z}/{x}/{y}.png"]}`, `{"tiles":["//maps.example.org/{z}/{x}/{y}.png"]}`,
	} {
		l, err := s.read([]byte(text))
		if err == nil {
			err = s.finish(l)
		}
		if err == nil {
			t.Errorf("%s is read as %+v", text, l)
		}
	}
}

// onlyThere checks that a layout asks for tiles at the hosts of the source.
func onlyThere(t *testing.T, s *Source, l *layout) {
	t.Helper()
	if s.finish(l) != nil {
		return
	}
	for z := l.info.MinZoom; z <= l.info.MaxZoom; z++ {
		id := tiler.ID{Z: z, X: 1<<z - 1}
		if !l.holds(id) {
			continue
		}
		u, err := url.Parse(l.tiles.url(id))
		if err != nil {
			t.Fatalf("zoom %d: an address that makes no sense", z)
		}
		if host := strings.ToLower(u.Host); host != "maps.example.org" && host != "other.example.org" {
			t.Fatalf("zoom %d: tiles at %q", z, u.Host)
		}
		if u.Scheme != "https" || u.User != nil || !strings.Contains(u.String(), testKey) {
			t.Fatalf("zoom %d: %s", z, u)
		}
	}
}

func fuzzed(kind Kind) *Source {
	return &Source{ID: "f", Kind: kind, URL: "https://maps.example.org/doc", Hosts: []string{"other.example.org"}, Key: testKey, KeyParam: "tk"}
}

func FuzzCapabilities(f *testing.F) {
	for _, name := range []string{"tianditu_w.xml", "tianditu_c.xml", "rest.xml"} {
		f.Add(testdata(f, name))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s := checked(t, *fuzzed(WMTS))
		if l, err := s.read(text); err == nil {
			onlyThere(t, s, l)
		}
	})
}

func FuzzTileJSON(f *testing.F) {
	f.Add([]byte(`{"tiles":["https://other.example.org/{z}/{x}/{-y}.png"],"minzoom":1,"maxzoom":20,"bounds":[-180,-85,180,85]}`))
	f.Add([]byte(`{"tiles":["http://maps.example.org/{z}/{x}/{y}?tk={key}"],"scheme":"tms","vector_layers":[]}`))
	f.Add([]byte(`{"tiles":["https://other.eXAmple.org/{z}{x}{y}"]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s := checked(t, *fuzzed(JSON))
		if l, err := s.read(text); err == nil {
			onlyThere(t, s, l)
		}
	})
}

func FuzzTemplate(f *testing.F) {
	f.Add("https://maps.example.org/{z}/{x}/{y}.png")
	f.Add("http://MAPS.example.org/{key}/{z}/{x}/{-y}.png?a=b#c")
	f.Add("https://other.example.org:443\\@evil/{z}/{x}/{y}")
	f.Fuzz(func(t *testing.T, text string) {
		s := checked(t, *fuzzed(JSON))
		if tiles, err := s.template(text); err == nil {
			onlyThere(t, s, &layout{tiles: tiles})
		}
	})
}

func FuzzCacheName(f *testing.F) {
	f.Add("00112233445566778899aabbccddeeff-0000000069230f00")
	f.Fuzz(func(t *testing.T, name string) {
		if c, ok := parseName(name, name[:min(2, len(name))]); ok && (c.name() != name || c.path() != name[:2]+"/"+name) {
			t.Errorf("%q is %q", name, c.path())
		}
	})
}
