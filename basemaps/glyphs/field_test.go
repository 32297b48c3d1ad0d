package glyphs

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"

	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// loop is the closed outline through the points.
func loop(points ...point) (out []edge) {
	for i, p := range points {
		out = append(out, edge{p, points[(i+1)%len(points)]})
	}
	return out
}

func square(x0, y0, x1, y1 float64) []edge {
	return loop(point{x0, y0}, point{x1, y0}, point{x1, y1}, point{x0, y1})
}

func TestContoursThatLieOverEachOtherAreDrawnAsOne(t *testing.T) {
	t.Parallel()
	var one, two field
	cross := append(square(5, 10, 25, 16), square(12, 4, 18, 26)...)
	union := loop(
		point{12, 4}, point{18, 4}, point{18, 10}, point{25, 10}, point{25, 16}, point{18, 16},
		point{18, 26}, point{12, 26}, point{12, 16}, point{5, 16}, point{5, 10}, point{12, 10})
	if a, b := one.draw(cross, 30, 30), two.draw(union, 30, 30); !bytes.Equal(a, b) {
		t.Error("two bars over each other are not a cross")
	}
	hole := append(square(3, 3, 27, 27), loop(point{10, 10}, point{10, 20}, point{20, 20}, point{20, 10})...)
	if a := one.draw(hole, 30, 30); a[15*30+15] != 47 || a[6*30+6] != 255 {
		// The pixel's centre is 4.5 from the hole's border: 255 − (4.5·32 + 64).
		t.Errorf("a hole: %d in its middle, %d in the wall", a[15*30+15], a[6*30+6])
	}
}

func TestCurvesAreWithinTheFlatnessOfTheirPieces(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		p := func() fixed.Point26_6 {
			return fixed.Point26_6{X: fixed.Int26_6(r.IntN(2000)), Y: fixed.Int26_6(r.IntN(2000))}
		}
		start := sfnt.Segment{Op: sfnt.SegmentOpMoveTo, Args: [3]fixed.Point26_6{p()}}
		curve := sfnt.Segment{Op: sfnt.SegmentOpCubeTo, Args: [3]fixed.Point26_6{p(), p(), p()}}
		at := func(t float64) point { // de Casteljau
			q := []point{toPoint(start.Args[0]), toPoint(curve.Args[0]), toPoint(curve.Args[1]), toPoint(curve.Args[2])}
			if curve.Op == sfnt.SegmentOpQuadTo {
				q = q[:3]
			}
			for len(q) > 1 {
				for i := range len(q) - 1 {
					q[i] = point{q[i].x + t*(q[i+1].x-q[i].x), q[i].y + t*(q[i+1].y-q[i].y)}
				}
				q = q[:len(q)-1]
			}
			return q[0]
		}
		if r.IntN(2) == 0 {
			curve.Op = sfnt.SegmentOpQuadTo
		}
		edges := flatten(nil, sfnt.Segments{start, curve})
		for i := range 100 {
			p, nearest := at(float64(i)/100), math.Inf(1)
			for _, e := range edges {
				dx, dy := e.b.x-e.a.x, e.b.y-e.a.y
				s := min(max(((p.x-e.a.x)*dx+(p.y-e.a.y)*dy)/(dx*dx+dy*dy), 0), 1)
				nearest = min(nearest, math.Hypot(p.x-e.a.x-s*dx, p.y-e.a.y-s*dy))
			}
			if nearest > flatness*1.0001 {
				t.Fatalf("%v: a point is %.4f pixels from the %d pieces", curve, nearest, len(edges))
			}
		}
	}
}

// FuzzFont opens whatever it is given as a font and draws from it.
func FuzzFont(f *testing.F) {
	f.Add([]byte("no font"))
	f.Add(goregular.TTF[:3000])
	f.Add(append([]byte("ttcf\x00\x01\x00\x00\x00\x00\x00\x01\x00\x00\x00\x10"), goregular.TTF[:2000]...))
	f.Add(goregular.TTF)
	f.Fuzz(func(t *testing.T, b []byte) {
		faces, err := openFaces(bytes.NewReader(b))
		if err != nil {
			return
		}
		for _, one := range faces {
			var p pen
			for _, r := range "A@é万" {
				g, ok := p.glyph(&Stack{Name: "x", faces: []*face{one}}, r)
				if ok && len(g.Bitmap) != 0 && len(g.Bitmap) != (g.Width+2*buffer)*(g.Height+2*buffer) {
					t.Errorf("%d × %d pixels in %d bytes", g.Width, g.Height, len(g.Bitmap))
				}
			}
		}
	})
}
