package sheet_test

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"

	"github.com/wanmi-gis/wanmi/api/sheet"
	"github.com/wanmi-gis/wanmi/basemaps/glyphs"
)

// letters are Go's fonts, which have Latin letters only.
func letters(tb testing.TB) (regular, bold glyphs.Stack) {
	tb.Helper()
	dir := tb.TempDir()
	for name, body := range map[string][]byte{"a.ttf": goregular.TTF, "b.ttf": gobold.TTF} {
		if err := os.WriteFile(filepath.Join(dir, name), body, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	fonts, err := glyphs.OpenFolder(dir)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = fonts.Close() })
	if regular, err = fonts.Stack("Go Regular"); err == nil {
		bold, err = fonts.Stack("Go Bold")
	}
	if err != nil {
		tb.Fatal(err)
	}
	return regular, bold
}

var red, blue = color.NRGBA{200, 0, 0, 255}, color.NRGBA{0, 0, 200, 255}

// simple is a square city of 1,000 m whose east is red, with a lake.
func simple(tb testing.TB) *sheet.Sheet {
	tb.Helper()
	s := &sheet.Sheet{Width: 800, Height: 600, Title: "Cases", Picked: []string{"all"}, Footer: []string{"n = 5"}}
	s.Regular, s.Bold = letters(tb)
	s.Map = sheet.Map{
		Extent: sheet.Rect{Max: sheet.Point{E: 1000, N: 1000}},
		Ground: [][]sheet.Point{
			{{E: 0, N: 0}, {E: 1000, N: 0}, {E: 1000, N: 1000}, {E: 0, N: 1000}},
			{{E: 600, N: 600}, {E: 600, N: 800}, {E: 800, N: 800}, {E: 800, N: 600}}, // the other way around
		},
		Colour: func(p sheet.Point) color.NRGBA {
			if p.E < 500 {
				return color.NRGBA{}
			}
			return red
		},
		North: "N", Metre: "m", Kilometre: "km",
	}
	s.Legend = sheet.Legend{Title: "Density", Columns: []string{"a", "b"}, Classes: []sheet.Class{{Colour: red, Texts: []string{"1 – 2", "3"}}}}
	return s
}

func draw(tb testing.TB, s *sheet.Sheet) *image.RGBA {
	tb.Helper()
	img, err := s.Draw(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return img
}

// extent is the box of the pixels that have a colour, left of a column.
func extent(img *image.RGBA, c color.NRGBA, before int) (box image.Rectangle, n int) {
	for y := range img.Rect.Dy() {
		for x := range before {
			if r, g, b, _ := img.At(x, y).RGBA(); uint8(r>>8) == c.R && uint8(g>>8) == c.G && uint8(b>>8) == c.B {
				box, n = box.Union(image.Rect(x, y, x+1, y+1)), n+1
			}
		}
	}
	return box, n
}

// TestTheSurfaceIsInItsPlaceToScale: the red half is half as wide as high, without the
// lake, and the scale bar is as long as it says.
func TestTheSurfaceIsInItsPlaceToScale(t *testing.T) {
	t.Parallel()
	s := simple(t)
	box, n := extent(draw(t, s), red, 600) // without the legend
	if w, h := box.Dx(), box.Dy(); h < 300 || 2*w < h-4 || 2*w > h+4 {
		t.Fatalf("red is %v", box)
	}
	perM := float64(box.Dy()) / 1000
	if want := (500*1000 - 200*200) * perM * perM; float64(n) < 0.97*want || float64(n) > 1.03*want {
		t.Errorf("%d pixels are red, not %g", n, want)
	}
	s.Map.Lines = []sheet.Lines{{Width: 4, Colour: blue, Paths: [][]sheet.Point{{{E: 250, N: 0}, {E: 250, N: 1000}}}}}
	line, _ := extent(draw(t, s), blue, 600)
	if line.Dx() < 2 || line.Dx() > 5 || line.Dy() < box.Dy()-6 || line.Dy() > box.Dy()+6 {
		t.Errorf("the line is %v beside %v", line, box)
	}
	middle := (line.Min.X + line.Max.X) / 2
	if want := box.Min.X - box.Dx()/2; middle < want-2 || middle > want+2 {
		t.Errorf("the line is at %d, not %d", middle, want)
	}
}

// TestACharacterThatNoFontHasIsNamed wherever it stands.
func TestACharacterThatNoFontHasIsNamed(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(s *sheet.Sheet){
		"title":  func(s *sheet.Sheet) { s.Title = "热" },
		"picked": func(s *sheet.Sheet) { s.Picked = []string{"热"} },
		"footer": func(s *sheet.Sheet) { s.Footer = []string{"热"} },
		"name":   func(s *sheet.Sheet) { s.Map.Names = []sheet.Name{{Text: "热"}} },
		"north":  func(s *sheet.Sheet) { s.Map.North = "热" },
		"line":   func(s *sheet.Sheet) { s.Map.Lines = []sheet.Lines{{Name: "热"}} },
		"class":  func(s *sheet.Sheet) { s.Legend.Classes[0].Texts[1] = "热" },
		"note":   func(s *sheet.Sheet) { s.Legend.Notes = []string{"热"} },
	} {
		s := simple(t)
		change(s)
		_, err := s.Draw(t.Context())
		if missing, ok := errors.AsType[*sheet.MissingError](err); !ok || missing.Characters != "热" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEverySizeIsDrawn with much text and none.
func TestEverySizeIsDrawn(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a long filter, with-a-very-long-word-in-it-that-no-line-can-hold-as-a-whole ", 12)
	for _, size := range [][2]int{{400, 400}, {400, 2000}, {2000, 400}} {
		s := simple(t)
		s.Width, s.Height = size[0], size[1]
		s.Title, s.Picked, s.Footer = long[:100], []string{long}, []string{long, long}
		s.Legend.Notes = []string{long}
		if box, n := extent(draw(t, s), red, size[0]); n < 100 {
			t.Errorf("%v: %d pixels of the surface in %v", size, n, box)
		}
		s = simple(t)
		s.Width, s.Height = size[0], size[1]
		s.Title, s.Picked, s.Footer, s.Legend = "", nil, nil, sheet.Legend{}
		if _, n := extent(draw(t, s), red, size[0]); n < 1000 {
			t.Errorf("%v without words: %d pixels", size, n)
		}
	}
}

// TestDrawingEndsWithItsContext after a few lines of pixels.
func TestDrawingEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := simple(t)
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	s.Map.Colour = func(sheet.Point) color.NRGBA {
		if calls++; calls == 1000 {
			cancel()
		}
		return red
	}
	if _, err := s.Draw(ctx); !errors.Is(err, context.Canceled) || calls > 1000+8*4*800 {
		t.Errorf("%v after %d places", err, calls)
	}
}

func Example() {
	s := simple(&testing.T{})
	img, err := s.Draw(context.Background())
	fmt.Println(img.Bounds(), err)
	// Output: (0,0)-(800,600) <nil>
}

func BenchmarkDraw(b *testing.B) {
	s := simple(b)
	s.Width, s.Height = 1600, 1200
	for b.Loop() {
		draw(b, s)
	}
}
