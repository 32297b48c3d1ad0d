package sprites

import (
	"math"
	"strings"
	"testing"
)

func svg(shapes string) []byte {
	return []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">` + shapes + `</svg>`)
}

// TestShapesCoverWhatTheyShould compares areas with a count of 20 × 20 points in
// each pixel.
func TestShapesCoverWhatTheyShould(t *testing.T) {
	t.Parallel()
	disc := func(x, y float64) bool { return math.Hypot(x-7, y-8) <= 5 }
	for name, c := range map[string]struct {
		shape  string
		inside func(x, y float64) bool
	}{
		"circle":  {`<circle cx="7" cy="8" r="5" fill="#000000"/>`, disc},
		"arcs":    {`<path d="M 2 8 A 5 5 0 0 1 12 8 A 5 5 0 1 1 2 8 Z" fill="#000000"/>`, disc},
		"small r": {`<path d="M 2 8 A 1 1 0 0 1 12 8 A 1 1 0 0 1 2 8" fill="#000000"/>`, disc},
		"large arc": {`<path d="M 7 3 A 5 5 0 1 0 12 8 L 7 8 Z" fill="#000000"/>`, func(x, y float64) bool {
			return disc(x, y) && (x < 7 || y > 8)
		}},
		"turned ellipse": {`<path d="M 8 2 A 6 3 90 0 1 8 14 A 6 3 90 0 1 8 2 Z" fill="#000000"/>`, func(x, y float64) bool {
			return math.Hypot((x-8)/3, (y-8)/6) <= 1
		}},
		"rect":  {`<rect x="2.5" y="3" width="8" height="4.25" fill="#000000"/>`, func(x, y float64) bool { return x > 2.5 && x < 10.5 && y > 3 && y < 7.25 }},
		"lines": {`<path d="M 2 2 H 12 V 12 L 2 2 Z" fill="#000000"/>`, func(x, y float64) bool { return x < 12 && y > 2 && y < x }},
		"round": {`<rect x="2" y="2" width="12" height="12" rx="99" fill="#000000"/>`, func(x, y float64) bool { return math.Hypot(x-8, y-8) <= 6 }},
	} {
		d, err := parse(svg(c.shape))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		picture := d.raster(16)
		for y := range 16 {
			for x := range 16 {
				n := 0
				for i := range 400 {
					if c.inside(float64(x)+(float64(i%20)+0.5)/20, float64(y)+(float64(i/20)+0.5)/20) {
						n++
					}
				}
				if got, want := int(picture.RGBAAt(x, y).A), n*255/400; got-want > 8 || want-got > 8 {
					t.Errorf("%s: pixel %d,%d covers %d, want %d of 255", name, x, y, got, want)
				}
			}
		}
	}
}

func TestDrawingsThatAreNotReadAreRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                                         "no svg",
		"<svg":                                                     "EOF",
		"<circle fill='#000000'/>":                                 "out of an svg",
		"<svg viewBox='0 0 16 8'/>":                                "viewBox",
		"<svg viewBox='1 0 16 16'/>":                               "viewBox",
		"<svg viewBox='0 0 x x'/>":                                 "no number",
		"<svg viewBox='0 0 1e9 1e9'/>":                             "no number",
		string(svg(`<g fill="#000000"/>`)):                         "not read",
		string(svg(`<rect fill="red"/>`)):                          "#rrggbb",
		string(svg(`<rect/>`)):                                     "#rrggbb",
		string(svg(`<rect x="a" fill="#000000"/>`)):                "x:",
		string(svg(`<path d="L 1 1" fill="#000000"/>`)):            "begins with M",
		string(svg(`<path d="M 1" fill="#000000"/>`)):              "wants 2",
		string(svg(`<path d="m 1 1" fill="#000000"/>`)):            "commands",
		string(svg(`<path d="M NaN 1" fill="#000000"/>`)):          "no number",
		string(svg(`<path d="M 1 1 Q 1 1 2 2" fill="#000000"/>`)):  "commands",
		string(svg(strings.Repeat(`<rect fill="#000000"/>`, 101))): "more than",
		string(svg(`<path d="` + strings.Repeat("M 1 1 ", 10_001) + `" fill="#000000"/>`)): "more than",
	} {
		if _, err := parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v, want %q", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(svg(`<circle cx="7" cy="8" r="5" fill="#123456"/>`))
	f.Add(svg(`<path d="M 2 8 A 5 5 0 0 1 12 8 C 1 2 3 4 5 6 Z" fill="#000000"/>`))
	f.Add([]byte("<svg viewBox='0 0 1 1'>"))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := parse(text)
		if err != nil {
			return
		}
		for _, s := range d.shapes {
			for _, step := range s.path {
				for _, p := range step.p {
					if math.IsNaN(p.x) || math.IsNaN(p.y) {
						t.Fatalf("no place: %q", text)
					}
				}
			}
		}
	})
}
