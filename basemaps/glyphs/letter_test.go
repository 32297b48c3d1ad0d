package glyphs_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/image/font/gofont/goregular"

	"github.com/wanmi-gis/wanmi/basemaps/glyphs"
)

// TestALettersContoursAreClosedAndOnTheBaseline, of a letter that stands on it, and
// its area is what is inked.
func TestALettersContoursAreClosedAndOnTheBaseline(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.ttf")
	if err := os.WriteFile(path, goregular.TTF, 0o600); err != nil {
		t.Fatal(err)
	}
	fonts := glyphs.Open(path)
	defer fonts.Close()
	stack, err := fonts.Stack("Go Regular")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range "HBoé8" {
		l, ok := stack.Letter(r)
		if !ok || l.Advance < 0.3 || l.Advance > 1 || len(l.Edges) == 0 {
			t.Fatalf("%c: %+v, %t", r, l, ok)
		}
		begin, area, lowest := l.Edges[0][0], 0.0, math.Inf(-1)
		for i, e := range l.Edges {
			area += (e[0][0]*e[1][1] - e[1][0]*e[0][1]) / 2
			lowest = max(lowest, e[0][1])
			last := i == len(l.Edges)-1
			if last || l.Edges[i+1][0] != e[1] { // the contour ends
				if e[1] != begin {
					t.Errorf("%c: a contour from %v ends at %v", r, begin, e[1])
				}
				if !last {
					begin = l.Edges[i+1][0]
				}
			}
		}
		if math.Abs(lowest) > 0.02 || math.Abs(area) < 0.08 || math.Abs(area) > 0.35 {
			t.Errorf("%c: it reaches to %g and has %g square ems", r, lowest, area)
		}
	}
	if l, ok := stack.Letter(' '); !ok || len(l.Edges) != 0 || l.Advance < 0.1 {
		t.Errorf("a space: %+v, %t", l, ok)
	}
	if _, ok := stack.Letter('热'); ok {
		t.Error("it has a letter that the font lacks")
	}
}
