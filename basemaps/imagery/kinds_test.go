//go:build gdal

package imagery

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airbusgeo/godal"

	"github.com/wanmi-gis/wanmi/basemaps/pmtiles"
	"github.com/wanmi-gis/wanmi/basemaps/stored"
	"github.com/wanmi-gis/wanmi/tiler"
)

// The sheets of these tests are one tile of the map, 256 pixels a side, on its very
// pixels: what is made of them is known to the bit.
func home() tiler.ID { return tiler.ID{Z: 16, X: 53572, Y: 26004} }

// kind is a way to store a sheet.
type kind struct {
	data    godal.DataType
	interp  []godal.ColorInterp
	nodata  *float64
	palette [][4]int16
	options []string
	at      func(x, y int) []float64 // a value a band
	want    func(x, y int) color.NRGBA
	near    int // what a colour may differ by
}

// write makes the sheet.
func (k *kind) write(t *testing.T, path string, id tiler.ID) {
	t.Helper()
	godal.RegisterAll()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ds, err := godal.Create(godal.GTiff, path, len(k.interp), k.data, tileSize, tileSize, godal.CreationOption(k.options...))
	check(err)
	ref, err := godal.NewSpatialRefFromEPSG(3857)
	check(err)
	check(ds.SetSpatialRef(ref))
	ref.Close()
	e := tileExtent(id)
	check(ds.SetGeoTransform([6]float64{e.west, resolution(id.Z), 0, e.north, 0, -resolution(id.Z)}))
	for i, b := range ds.Bands() {
		if k.palette != nil {
			check(b.SetColorTable(godal.ColorTable{PaletteInterp: godal.RGBPalette, Entries: k.palette}))
		}
		check(b.SetColorInterp(k.interp[i]))
		if k.nodata != nil {
			check(b.SetNoData(*k.nodata))
		}
		values := make([]float64, tileSize*tileSize)
		for j := range values {
			values[j] = k.at(j%tileSize, j/tileSize)[i]
		}
		check(b.Write(0, 0, values, tileSize, tileSize))
	}
	check(ds.Close())
}

func kinds() map[string]*kind {
	opaque := func(r, g, b int) color.NRGBA { return color.NRGBA{uint8(r), uint8(g), uint8(b), 255} }
	rgb := []godal.ColorInterp{godal.CIRed, godal.CIGreen, godal.CIBlue}
	grey := []godal.ColorInterp{godal.CIGray}
	edge := func(x, y int) bool { return x+y < 60 }
	return map[string]*kind{
		"RGB": {
			data: godal.Byte, interp: rgb,
			at:   func(x, y int) []float64 { return []float64{float64(x), float64(y), 77} },
			want: func(x, y int) color.NRGBA { return opaque(x, y, 77) },
		},
		"RGBA": {
			data: godal.Byte, interp: append(rgb[:3:3], godal.CIAlpha),
			at:   func(x, y int) []float64 { return []float64{float64(x), float64(y), 77, float64(y)} },
			want: func(x, y int) color.NRGBA { return color.NRGBA{uint8(x), uint8(y), 77, uint8(y)} },
		},
		"grey": {
			data: godal.Byte, interp: grey,
			at:   func(x, _ int) []float64 { return []float64{float64(x)} },
			want: func(x, _ int) color.NRGBA { return opaque(x, x, x) },
		},
		"palette": {
			data: godal.Byte, interp: []godal.ColorInterp{godal.CIPalette}, palette: [][4]int16{{1, 2, 3, 255}, {200, 100, 50, 255}, {0, 0, 0, 255}},
			at: func(x, y int) []float64 { return []float64{float64((x + y) % 3)} },
			want: func(x, y int) color.NRGBA {
				return [3]color.NRGBA{opaque(1, 2, 3), opaque(200, 100, 50), opaque(0, 0, 0)}[(x+y)%3]
			},
		},
		"palette with an index for no data": {
			data: godal.Byte, interp: []godal.ColorInterp{godal.CIPalette}, nodata: new(1.0),
			palette: [][4]int16{{0, 0, 0, 255}, {200, 100, 50, 255}},
			at:      func(x, _ int) []float64 { return []float64{float64(x / 128)} },
			want: func(x, _ int) color.NRGBA {
				if x >= 128 {
					return color.NRGBA{}
				}
				return opaque(0, 0, 0)
			},
		},
		"RGB with black for no data": {
			data: godal.Byte, interp: rgb, nodata: new(0.0),
			at: func(x, y int) []float64 {
				if edge(x, y) {
					return []float64{0, 0, 0}
				}
				return []float64{0, float64(y), 5} // one colour alone may be the value
			},
			want: func(x, y int) color.NRGBA {
				if edge(x, y) {
					return color.NRGBA{}
				}
				return opaque(0, y, 5)
			},
		},
		"16 bits, stretched": {
			data: godal.UInt16, interp: rgb, near: 6,
			at: func(x, y int) []float64 { return []float64{300 + 10*float64(x), 1000 + float64(y), 400 + 2*float64(x)} },
			want: func(x, y int) color.NRGBA {
				s := func(v int) int { return int(min(max(1+254*(float64(v)/255-0.02)/0.96, 1), 255)) }
				return opaque(s(x), s(y), s(x))
			},
		},
		"heights with no data": {
			data: godal.Float32, interp: grey, nodata: new(-9999.0), near: 10,
			at: func(x, y int) []float64 {
				if edge(x, y) {
					return []float64{-9999}
				}
				return []float64{12.5 + float64(x)/100}
			},
			want: func(x, y int) color.NRGBA {
				if edge(x, y) {
					return color.NRGBA{}
				}
				v := int(min(max(1+254*(float64(x)/255-0.05)/0.93, 1), 255))
				return opaque(v, v, v)
			},
		},
	}
}

// made makes an archive of the sheets at the tile's zoom, in a format.
func madeOf(t *testing.T, o Options, sheets ...string) *pmtiles.Archive {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.pmtiles")
	z := home().Z
	o.MinZoom, o.MaxZoom = &z, &z
	if _, err := Make(t.Context(), path, sheets, o); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	a, err := pmtiles.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if r, err := a.Verify(t.Context()); err != nil || len(r.Notes) > 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	return a
}

func pictureOf(t *testing.T, a *pmtiles.Archive) *image.NRGBA {
	t.Helper()
	body, err := a.Tile(home())
	if err != nil {
		t.Fatal(err)
	}
	p, err := png.Decode(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	out := image.NewNRGBA(p.Bounds())
	draw.Draw(out, out.Rect, p, image.Point{}, draw.Src)
	return out
}

func TestEachKindOfSheetHasItsColours(t *testing.T) {
	for name, k := range kinds() {
		path := filepath.Join(t.TempDir(), "纸 & <1>.tif")
		k.write(t, path, home())
		a := madeOf(t, Options{Format: PNG}, path)
		if n := a.Info().Addressed; n != 1 {
			t.Errorf("%s: %d tiles", name, n)
		}
		p := pictureOf(t, a)
		worst := 0.0
		for y := range tileSize {
			for x := range tileSize {
				got, want := p.NRGBAAt(x, y), k.want(x, y)
				if got.A == 0 && want.A == 0 {
					continue
				}
				if got.A != want.A {
					t.Fatalf("%s at %d, %d: %v, want %v", name, x, y, got, want)
				}
				for _, c := range [3][2]uint8{{got.R, want.R}, {got.G, want.G}, {got.B, want.B}} {
					worst = max(worst, math.Abs(float64(c[0])-float64(c[1])))
				}
			}
		}
		if worst > float64(k.near) {
			t.Errorf("%s: a colour is off by %g", name, worst)
		}
	}
}

func TestALaterSheetLiesOverAnEarlierOneWhereItHasData(t *testing.T) {
	all, dir := kinds(), t.TempDir()
	under, over := filepath.Join(dir, "under.tif"), filepath.Join(dir, "over.tif")
	all["grey"].write(t, under, home())
	all["RGB with black for no data"].write(t, over, home())
	p := pictureOf(t, madeOf(t, Options{Format: PNG}, under, over))
	for _, c := range []struct {
		x, y int
		want color.NRGBA
	}{{10, 10, color.NRGBA{10, 10, 10, 255}}, {200, 100, color.NRGBA{0, 100, 5, 255}}} {
		if got := p.NRGBAAt(c.x, c.y); got != c.want {
			t.Errorf("%d, %d: %v, want %v", c.x, c.y, got, c.want)
		}
	}
	p = pictureOf(t, madeOf(t, Options{Format: PNG}, over, under))
	if got := p.NRGBAAt(200, 100); got != (color.NRGBA{200, 200, 200, 255}) {
		t.Errorf("the other way round: %v", got)
	}
}

func TestTheFormatsAreWhatTheySay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.tif")
	kinds()["RGB with black for no data"].write(t, path, home())
	for format, want := range map[Format]stored.Type{"": stored.WebP, WebP: stored.WebP, JPEG: stored.JPEG, PNG: stored.PNG} {
		a := madeOf(t, Options{Format: format}, path)
		body, err := a.Tile(home())
		if err != nil || a.Info().Type != want || stored.Sniff(body) != want {
			t.Fatalf("%q: %v, %v", format, a.Info().Type.Ext(), err)
		}
		if format == JPEG {
			p, err := jpeg.Decode(bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if r, g, b, _ := p.At(5, 5).RGBA(); min(r, g, b) < 0xf800 {
				t.Errorf("no data is not white in JPEG: %x %x %x", r, g, b)
			}
		}
	}
}

func TestASheetThatCannotBeReadIsNamed(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.tif")
	if err := os.WriteFile(text, []byte("not a picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	godal.RegisterAll()
	bare := filepath.Join(dir, "bare.tif")
	ds, err := godal.Create(godal.GTiff, bare, 3, godal.Byte, 20, 20)
	if err != nil {
		t.Fatal(err)
	}
	if err := ds.Close(); err != nil {
		t.Fatal(err)
	}
	homeless := filepath.Join(dir, "homeless.tif")
	if ds, err = godal.Create(godal.GTiff, homeless, 3, godal.Byte, 20, 20); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(ds.SetGeoTransform([6]float64{townEast, 1, 0, townNorth, 0, -1}), ds.Close()); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{text: "GDAL", bare: "geotransform", homeless: "--crs", filepath.Join(dir, "none.tif"): "none.tif"} {
		out := filepath.Join(dir, "a.pmtiles")
		_, err := Make(t.Context(), out, []string{path}, Options{})
		if err == nil || !strings.Contains(err.Error(), filepath.Base(path)) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
		if _, err := os.Stat(out + ".partial"); err == nil {
			t.Errorf("%s left a partial file", filepath.Base(path))
		}
	}
	out := filepath.Join(dir, "a.pmtiles")
	if _, err := Make(t.Context(), out, []string{homeless}, Options{CRS: "EPSG:4547", Format: PNG}); err != nil {
		t.Error(err)
	}
}
