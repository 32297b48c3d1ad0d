package api_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paulmach/orb/maptile"
)

// mercatorEdge is half the width of Web Mercator in metres.
const mercatorEdge = 20037508.342789244

// TestGDALsWMTSDriverShowsTheColouredTiles by both addresses of the capabilities, with
// the words of a filter: pixel by pixel those of /heat/{z}/{x}/{y}.png?style=.
func TestGDALsWMTSDriverShowsTheColouredTiles(t *testing.T) {
	t.Parallel()
	w := openHeat(t, 120, true)
	server := httptest.NewServer(w.Handler)
	defer server.Close()
	const z = 15
	id := maptile.At(w.snap.City.Cells[14].At.Point(), z)
	side := 2 * mercatorEdge / float64(uint32(1)<<z)
	west, north := -mercatorEdge+side*float64(id.X), mercatorEdge-side*float64(id.Y)
	for name, at := range map[string]string{
		"REST": server.URL + "/wmts/1.0.0/WMTSCapabilities.xml?kind=event&scale=quantile",
		"KVP":  server.URL + "/wmts?SERVICE=WMTS&REQUEST=GetCapabilities&Kind=event&scale=quantile",
	} {
		raw := filepath.Join(t.TempDir(), "a.bin")
		tool(t, "", "gdal_translate", "-q", "-of", "ENVI", "-co", "INTERLEAVE=BIP", "-projwin",
			fmt.Sprintf("%.6f", west), fmt.Sprintf("%.6f", north), fmt.Sprintf("%.6f", west+side), fmt.Sprintf("%.6f", north-side),
			"WMTS:"+at+",layer=heat,style=inferno,tilematrix="+fmt.Sprint(z), raw)
		got, err := os.ReadFile(raw)
		if err != nil || len(got) != 256*256*4 {
			t.Fatalf("%s: %d bytes, %v", name, len(got), err)
		}
		w.sameAsTile(t, name, got, fmt.Sprintf("/heat/%d/%d/%d.png?kind=event&scale=quantile&style=inferno", id.Z, id.X, id.Y))
	}
}

// sameAsTile compares bytes of RGBA with a tile.
func (w *warm) sameAsTile(t *testing.T, name string, got []byte, target string) {
	t.Helper()
	r := w.get(t, target)
	img, err := png.Decode(bytes.NewReader(r.body))
	if err != nil || r.status != 200 {
		t.Fatalf("%s: %d, %v", target, r.status, err)
	}
	seen := 0
	for y := range 256 {
		for x := range 256 {
			red, green, blue, alpha := img.At(x, y).RGBA()
			p := got[4*(256*y+x):]
			if alpha == 0 && p[3] == 0 {
				continue
			}
			seen++
			if uint32(p[0]) != red>>8 || uint32(p[1]) != green>>8 || uint32(p[2]) != blue>>8 || uint32(p[3]) != alpha>>8 {
				t.Fatalf("%s: pixel %d, %d is %v, the tile's %d %d %d %d", name, x, y, p[:4], red>>8, green>>8, blue>>8, alpha>>8)
			}
		}
	}
	if seen < 1000 {
		t.Errorf("%s: %d pixels have a colour", name, seen)
	}
}

const kvpTile = "/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=heat&STYLE=viridis&FORMAT=image/png&TILEMATRIXSET=GoogleMapsCompatible"

// TestATileByWordsIsTheTileByPath whatever the case of the words, and clear where
// nothing is.
func TestATileByWordsIsTheTileByPath(t *testing.T) {
	t.Parallel()
	w := openHeat(t, 60, true)
	id := maptile.At(w.snap.City.Cells[14].At.Point(), 14)
	want := w.get(t, fmt.Sprintf("/heat/14/%d/%d.png?style=viridis&source=public,patrol", id.X, id.Y))
	for _, target := range []string{
		kvpTile + fmt.Sprintf("&TILEMATRIX=14&TILECOL=%d&TILEROW=%d&source=public,patrol", id.X, id.Y),
		strings.NewReplacer("SERVICE", "service", "REQUEST", "rEquest", "STYLE=viridis", "style=").Replace(kvpTile) +
			fmt.Sprintf("&tilematrix=14&TileCol=%d&tileROW=%d&SOURCE=public,patrol", id.X, id.Y),
		fmt.Sprintf("/wmts/1.0.0/heat/viridis/GoogleMapsCompatible/14/%d/%d.png?source=public,patrol", id.Y, id.X),
	} {
		got := w.get(t, target)
		if got.status != 200 || want.status != 200 || !bytes.Equal(got.body, want.body) || got.header.Get("ETag") != want.header.Get("ETag") {
			t.Errorf("%s: %d, %d bytes of %d", target, got.status, len(got.body), len(want.body))
		}
	}
	empty := w.get(t, kvpTile+"&TILEMATRIX=3&TILECOL=0&TILEROW=0")
	img, err := png.Decode(bytes.NewReader(empty.body))
	if err != nil || empty.status != 200 || img.Bounds().Dx() != 256 {
		t.Fatalf("%d, %v", empty.status, err)
	}
	if _, _, _, alpha := img.At(100, 100).RGBA(); alpha != 0 {
		t.Errorf("where nothing is alpha is %d", alpha)
	}
}

// TestTheCapabilitiesCarryTheFilter in every address, and the scales of the standard.
func TestTheCapabilitiesCarryTheFilter(t *testing.T) {
	t.Parallel()
	w := openHeat(t, 30, true)
	r := w.get(t, "/wmts?SERVICE=WMTS&REQUEST=GetCapabilities&ACCEPTVERSIONS=1.0.0&kind=event&bandwidth_m=80")
	var doc struct {
		Version string `xml:"version,attr"`
		Layer   struct {
			Styles []struct {
				Default bool   `xml:"isDefault,attr"`
				ID      string `xml:"Identifier"`
			} `xml:"Style"`
			Resource struct {
				Template string `xml:"template,attr"`
			} `xml:"ResourceURL"`
			Abstract string `xml:"Abstract"`
		} `xml:"Contents>Layer"`
		Gets []struct {
			Href string `xml:"href,attr"`
		} `xml:"OperationsMetadata>Operation>DCP>HTTP>Get"`
		Matrices []struct {
			ID          string  `xml:"Identifier"`
			Denominator float64 `xml:"ScaleDenominator"`
			Width       int     `xml:"MatrixWidth"`
		} `xml:"Contents>TileMatrixSet>TileMatrix"`
	}
	if err := xml.Unmarshal(r.body, &doc); err != nil || r.status != 200 || doc.Version != "1.0.0" {
		t.Fatalf("%d, %v: %.300s", r.status, err, r.body)
	}
	filter := "bandwidth_m=80&kind=event"
	if !strings.HasSuffix(doc.Layer.Resource.Template, "/{TileCol}.png?"+filter) || len(doc.Gets) != 4 ||
		!strings.HasSuffix(doc.Gets[0].Href, "/wmts?"+filter+"&") || !strings.HasSuffix(doc.Gets[1].Href, ".xml?"+filter) {
		t.Errorf("%+v %+v", doc.Layer, doc.Gets)
	}
	if len(doc.Layer.Styles) < 3 || !doc.Layer.Styles[0].Default || doc.Layer.Styles[1].Default || !strings.Contains(doc.Layer.Abstract, "cases/km²") {
		t.Errorf("%+v", doc.Layer)
	}
	for z, m := range doc.Matrices { // pixels of 0.28 mm
		want := 2 * mercatorEdge / 256 / float64(uint32(1)<<z) / 0.00028
		if m.ID != fmt.Sprint(z) || m.Width != 1<<z || m.Denominator/want < 1-1e-9 || m.Denominator/want > 1+1e-9 {
			t.Errorf("%+v at %d, not %g", m, z, want)
		}
	}
	if len(doc.Matrices) != 19 {
		t.Errorf("%d matrices", len(doc.Matrices))
	}
}

// TestWMTSTellsItsErrorsAsTheStandardHasThem.
func TestWMTSTellsItsErrorsAsTheStandardHasThem(t *testing.T) {
	t.Parallel()
	w := openHeat(t, 5, true)
	all := kvpTile + "&TILEMATRIX=3&TILECOL=0&TILEROW=0"
	for target, want := range map[string]struct {
		status        int
		code, locator string
	}{
		"/wmts":                      {400, "MissingParameterValue", "SERVICE"},
		"/wmts?service=WMS":          {400, "InvalidParameterValue", "SERVICE"},
		"/wmts?service=WMTS":         {400, "MissingParameterValue", "REQUEST"},
		"/wmts?service=WMTS&request": {400, "MissingParameterValue", "REQUEST"},
		"/wmts?service=WMTS&request=GetFeatureInfo":                                {501, "OperationNotSupported", "REQUEST"},
		"/wmts?service=WMTS&request=GetCapabilities&acceptversions=2.0.0":          {400, "VersionNegotiationFailed", "ACCEPTVERSIONS"},
		"/wmts?service=WMTS&request=GetCapabilities&Service=WMTS":                  {400, "InvalidParameterValue", "SERVICE"},
		"/wmts?service=WMTS&service=WMTS":                                          {400, "InvalidParameterValue", "service"},
		"/wmts?service=WMTS&request=GetCapabilities&radius=3":                      {400, "InvalidParameterValue", "radius"},
		"/wmts?service=WMTS&request=GetCapabilities&bandwidth_m=NaN":               {400, "InvalidParameterValue", "bandwidth_m"},
		"/wmts?service=WMTS&request=GetCapabilities&from=2026-02-01&to=2026-01-01": {422, "InvalidParameterValue", "to"},
		kvpTile:                    {400, "MissingParameterValue", "TILEMATRIX"},
		kvpTile + "&TILEMATRIX=19": {400, "MissingParameterValue", "TILECOL"},
		strings.ReplaceAll(all, "LAYER=heat", "LAYER=cold"):                  {400, "InvalidParameterValue", "LAYER"},
		strings.ReplaceAll(all, "STYLE=viridis", "STYLE=rainbow"):            {400, "InvalidParameterValue", "STYLE"},
		strings.ReplaceAll(all, "STYLE=viridis&", ""):                        {400, "MissingParameterValue", "STYLE"},
		strings.ReplaceAll(all, "image/png", "image/jpeg"):                   {400, "InvalidParameterValue", "FORMAT"},
		strings.ReplaceAll(all, "VERSION=1.0.0", "VERSION=1.1.0"):            {400, "InvalidParameterValue", "VERSION"},
		strings.ReplaceAll(all, "GoogleMapsCompatible", "x"):                 {400, "InvalidParameterValue", "TILEMATRIXSET"},
		strings.ReplaceAll(all, "TILEMATRIX=3", "TILEMATRIX=19"):             {400, "InvalidParameterValue", "TILEMATRIX"},
		strings.ReplaceAll(all, "TILECOL=0", "TILECOL=8"):                    {400, "TileOutOfRange", "TILECOL"},
		strings.ReplaceAll(all, "TILEROW=0", "TILEROW=-1"):                   {400, "InvalidParameterValue", "TILEROW"},
		strings.ReplaceAll(all, "TILEROW=0", "TILEROW=%3C%22"):               {400, "InvalidParameterValue", "TILEROW"},
		"/wmts/1.0.0/heat/viridis/GoogleMapsCompatible/3/0/0.jpg":            {400, "InvalidParameterValue", "FORMAT"},
		"/wmts/1.0.0/heat/viridis/GoogleMapsCompatible/3/9/0.png":            {400, "TileOutOfRange", "TILEROW"},
		"/wmts/1.0.0/cold/viridis/GoogleMapsCompatible/3/0/0.png":            {400, "InvalidParameterValue", "LAYER"},
		"/wmts/1.0.0/heat/viridis/GoogleMapsCompatible/3/0/0.png?layer=heat": {400, "InvalidParameterValue", "LAYER"},
		"/wmts/1.0.0/nothing": {404, "NoApplicableCode", ""},
	} {
		r := w.get(t, target)
		var doc struct {
			XMLName   xml.Name `xml:"http://www.opengis.net/ows/1.1 ExceptionReport"`
			Exception struct {
				Code    string `xml:"exceptionCode,attr"`
				Locator string `xml:"locator,attr"`
				Text    string `xml:"ExceptionText"`
			}
		}
		err := xml.Unmarshal(r.body, &doc)
		if err != nil || r.status != want.status || doc.Exception.Code != want.code || doc.Exception.Locator != want.locator ||
			doc.Exception.Text == "" || r.header.Get("Content-Type") != "application/xml" {
			t.Errorf("%s: %d %+v %v %s", target, r.status, doc.Exception, err, r.body)
		}
	}
	cold := openHeat(t, 3, false).get(t, all)
	if cold.status != 503 || !bytes.Contains(cold.body, []byte("still being read")) || cold.header.Get("Retry-After") == "" {
		t.Errorf("before the cases are read: %d %s", cold.status, cold.body)
	}
}

// FuzzWMTS: whatever is asked, the answer is a picture, a document or a report.
func FuzzWMTS(f *testing.F) {
	w := openHeat(f, 10, true)
	f.Add("/wmts", "SERVICE=WMTS&REQUEST=GetCapabilities&kind=event")
	f.Add("/wmts", strings.TrimPrefix(kvpTile, "/wmts?")+"&TILEMATRIX=3&TILECOL=6&TILEROW=3&hour=7-9")
	f.Add("/wmts/1.0.0/heat/viridis/GoogleMapsCompatible/3/3/6.png", "source=public")
	f.Add("/wmts/1.0.0/WMTSCapabilities.xml", "from=2026-01-01&scale=jenks&classes=3")
	f.Fuzz(func(t *testing.T, path, query string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/wmts", http.NoBody)
		if strings.HasPrefix(path, "/wmts/") {
			r.URL.Path = path
		}
		r.URL.RawQuery = query
		out := httptest.NewRecorder()
		w.ServeHTTP(out, r)
		switch kind := out.Header().Get("Content-Type"); {
		case out.Code >= 500 && out.Code != http.StatusNotImplemented:
			t.Errorf("%s?%s: %d %s", path, query, out.Code, out.Body)
		case kind == "image/png":
			if _, err := png.Decode(out.Body); err != nil {
				t.Errorf("%s?%s: %v", path, query, err)
			}
		case kind == "application/xml":
			var document struct{}
			if err := xml.Unmarshal(out.Body.Bytes(), &document); err != nil {
				t.Errorf("%s?%s: %v: %s", path, query, err, out.Body)
			}
		case out.Code != http.StatusNoContent && out.Code != http.StatusNotModified:
			t.Errorf("%s?%s: %d of kind %q", path, query, out.Code, kind)
		}
	})
}
