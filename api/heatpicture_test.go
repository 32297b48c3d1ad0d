package api_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/image/font/gofont/goregular"

	"github.com/wanmi-gis/wanmi/api/heatmap"
	"github.com/wanmi-gis/wanmi/basemaps/glyphs"
	"github.com/wanmi-gis/wanmi/tiler/heat"
)

// debianFonts stay open as long as the tests run.
var debianFonts = sync.OnceValue(func() *glyphs.Fonts { return glyphs.Open(glyphs.Debian()...) })

func (w *warm) picture(t *testing.T, words string) (*image.RGBA, reply) {
	t.Helper()
	r := w.get(t, "/heat/export.png?"+words)
	img, err := png.Decode(bytes.NewReader(r.body))
	if err != nil || r.status != 200 {
		t.Fatalf("%s: %d, %v: %.300s", words, r.status, err, r.body)
	}
	out := image.NewRGBA(img.Bounds())
	draw.Draw(out, out.Bounds(), img, image.Point{}, draw.Src)
	return out, r
}

// count is how many pixels have exactly a colour.
func count(img *image.RGBA, c color.NRGBA) (n int) {
	for i := 0; i < len(img.Pix); i += 4 {
		if img.Pix[i] == c.R && img.Pix[i+1] == c.G && img.Pix[i+2] == c.B {
			n++
		}
	}
	return n
}

// TestThePictureShowsEveryClassOfTheLegend in the colours of the tiles, in the size
// asked for, in two languages, the same each time.
func TestThePictureShowsEveryClassOfTheLegend(t *testing.T) {
	t.Parallel()
	w := openHeatWith(t, 150, true, debianFonts(), "")
	const words = "scale=quantile&style=inferno&classes=5"
	l := heatOf[heatmap.HeatDescription](t, w, "/heat.json?"+words).Legend
	palette, _ := heat.PaletteOf("inferno")
	for _, size := range [][2]int{{560, 420}, {400, 560}} {
		target := fmt.Sprintf("%s&borders=none&width=%d&height=%d", words, size[0], size[1])
		img, r := w.picture(t, target)
		if img.Bounds() != image.Rect(0, 0, size[0], size[1]) {
			t.Errorf("%v is %v", size, img.Bounds())
		}
		for i := range len(l.Breaks) + 1 {
			col := palette.At(float64(i) / float64(len(l.Breaks)))
			if n := count(img, col); n < 50 {
				t.Errorf("%v: %d pixels of class %d", size, n, i)
			}
		}
		if again := w.get(t, "/heat/export.png?"+target, "If-None-Match", r.header.Get("ETag")); again.status != 304 {
			t.Errorf("with its tag %d", again.status)
		}
	}
}

// TestEveryKindOfPictureIsDrawn.
func TestEveryKindOfPictureIsDrawn(t *testing.T) {
	t.Parallel()
	w := openHeatWith(t, 60, true, debianFonts(), "")
	seen := map[string]string{}
	for _, words := range append(exportModes()[3:],
		"title=%E4%B8%80", "lang=en", "borders=zone&lang=en", "bbox=114.303,34.783,114.308,34.787",
		"kind=event&category=01,02,03&source=public&status=reported&unit=U1&hour=7-9&weekday=1-5&zone="+w.snap.City.Zones[0].Code+"&district=990104") {
		_, r := w.picture(t, words+"&width=400&height=400")
		if other, ok := seen[string(r.body)]; ok {
			t.Errorf("%s is the picture of %s", words, other)
		}
		seen[string(r.body)] = words
	}
}

// TestWithoutLettersThereIsNoPicture but an error that says what to do.
func TestWithoutLettersThereIsNoPicture(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.ttf"), goregular.TTF, 0o600); err != nil {
		t.Fatal(err)
	}
	latin, err := glyphs.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer latin.Close()
	for want, fonts := range map[string]*glyphs.Fonts{"fonts": nil, "lang": latin} {
		w := openHeatWith(t, 3, true, fonts, "")
		r := w.get(t, "/heat/export.png")
		w.refused(t, r, refusal{want, 422, "not-possible", want})
		if !strings.Contains(string(r.body), "fonts-noto-cjk") {
			t.Errorf("%s", r.body)
		}
	}
}

// TestExportsRefuseWhatMakesNoSense as heat does, and what is theirs.
func TestExportsRefuseWhatMakesNoSense(t *testing.T) {
	t.Parallel()
	w := openHeatWith(t, 10, true, debianFonts(), "")
	many := strings.TrimSuffix(strings.Repeat("U1,", 10_000), ",")
	for query, want := range map[string]refusal{
		"from=2026-02-01&to=2026-01-01": {"", 422, "not-possible", "to"},
		"from=1900-01-01&to=2026-01-01": {"", 422, "not-possible", "to"},
		"bandwidth_m=0.1":               {"", 422, "not-possible", "bandwidth_m"},
		"bandwidth_m=1e6":               {"", 422, "not-possible", "bandwidth_m"},
		"bandwidth_m=NaN":               {"", 400, "malformed", "bandwidth_m"},
		"category=01":                   {"", 422, "not-possible", "category"},
		"kind=event&category=zz":        {"", 422, "category-unknown", "category"},
		"unit=" + many:                  {"", 400, "too-many", "unit"},
		"mode=heatmap":                  {"", 400, "malformed", "mode"},
		"radius=5":                      {"", 400, "malformed", "radius"},
	} {
		for _, path := range []string{"/heat/export.tif", "/heat/export.csv", "/heat/export.geojson", "/heat/export.png"} {
			want.target = path + "?" + query
			w.refused(t, w.get(t, want.target), want)
		}
	}
	for target, want := range map[string]refusal{
		"/heat/export.png?width=399":                                      {"", 400, "malformed", "width"},
		"/heat/export.png?height=4097":                                    {"", 400, "malformed", "height"},
		"/heat/export.png?width=1e3":                                      {"", 400, "malformed", "width"},
		"/heat/export.png?lang=fr":                                        {"", 400, "malformed", "lang"},
		"/heat/export.png?borders=planet":                                 {"", 400, "malformed", "borders"},
		"/heat/export.png?bbox=1,2,3":                                     {"", 400, "malformed", "bbox"},
		"/heat/export.png?bbox=114,34,113,35":                             {"", 400, "malformed", "bbox"},
		"/heat/export.png?bbox=NaN,34,113,35":                             {"", 400, "malformed", "bbox"},
		"/heat/export.png?title=" + many[:200]:                            {"", 400, "malformed", "title"},
		"/heat/export.png?title=a%0Ab":                                    {"", 400, "malformed", "title"},
		"/heat/export.png?title=%EE%80%80":                                {"", 422, "not-possible", "lang"}, // which no font has
		"/heat/export.csv?by=planet":                                      {"", 400, "malformed", "by"},
		"/heat/export.csv?bom=perhaps":                                    {"", 400, "malformed", "bom"},
		"/heat/export.tif?bandwidth_m=auto&from=2000-01-01&to=2000-01-02": {"", 422, "not-possible", "bandwidth_m"},
	} {
		want.target = target
		w.refused(t, w.get(t, target), want)
	}
	cold := openHeat(t, 3, false)
	for _, path := range []string{"/heat/export.tif", "/heat/export.csv", "/heat/export.geojson", "/heat/export.png"} {
		cold.refused(t, cold.get(t, path), refusal{path, 503, "not-ready", "heat"})
	}
}
