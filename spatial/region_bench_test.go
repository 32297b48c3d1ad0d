package spatial

import (
	"fmt"
	"math"
	"testing"

	"github.com/twpayne/go-geos"
)

// starIn is a ring of n vertices around the middle of the box, in and out.
func starIn(b Box, n int) *Shape {
	r := newRand(discard{}, uint64(n))
	m := b.Center()
	rx, ry := float64(b.Max.X-m.X), float64(b.Max.Y-m.Y)
	ring := make([]Coord, n)
	for i := range ring {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		k := 0.5 + 0.5*r.Float64()
		ring[i] = Coord{m.X + int32(k*cos*rx), m.Y + int32(k*sin*ry)}
	}
	return shapeOf(ring)
}

// comb is a ring of n vertices whose edges nearly all run from the southern to
// the northern end of the box: every node of a region is full.
func comb(b Box, n int) *Shape {
	step := (b.Max.X - b.Min.X) / int32(n)
	ring := []Coord{{b.Min.X + step*int32(n-3), b.Min.Y}, {b.Min.X, b.Min.Y}}
	for i := range int32(n - 2) {
		y := b.Min.Y + 1 + i*7919%1000
		if i%2 == 1 {
			y = b.Max.Y - i*7919%1000
		}
		ring = append(ring, Coord{b.Min.X + i*step, y})
	}
	return shapeOf(ring)
}

// discard is a testing.TB that logs nothing, for sources made in benchmarks.
type discard struct{ testing.TB }

func (discard) Helper()             {}
func (discard) Logf(string, ...any) {}

// BenchmarkRegion asks 200,000 points of the reference city: prepared, edge by
// edge, and by GEOS, which is prepared too. All agree before they are timed.
func BenchmarkRegion(b *testing.B) {
	t := town()
	box := EmptyBox()
	for _, c := range t.points {
		box = box.Extend(c)
	}
	ctx := geos.NewContext()
	for _, s := range []struct {
		name  string
		shape *Shape
	}{{"star-1000", starIn(box, 1000)}, {"star-10000", starIn(box, 10_000)}, {"comb-10000", comb(box, 10_000)}} {
		g, err := NewRegion(s.shape)
		if err != nil {
			b.Fatal(err)
		}
		theirs := inGEOS(ctx, s.shape).Prepare()
		for _, c := range t.points[:5000] {
			side, _ := s.shape.Contains(c)
			point := ctx.NewPointFromXY(float64(c.X), float64(c.Y))
			if got := g.Side(c); got != side || (got != Outside) != theirs.Intersects(point) {
				b.Fatalf("%s: %v: %v, Contains %v", s.name, c, got, side)
			}
		}
		perPoint := func(b *testing.B) {
			b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N), "ms/200k")
		}
		b.Run(s.name+"/prepare", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := NewRegion(s.shape); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(s.name+"/wanmi", func(b *testing.B) {
			for b.Loop() {
				for _, c := range t.points {
					g.Side(c)
				}
			}
			perPoint(b)
		})
		b.Run(s.name+"/edge-by-edge", func(b *testing.B) {
			for b.Loop() {
				for _, c := range t.points[:2000] {
					s.shape.Contains(c)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/10/float64(b.N), "ms/200k")
		})
		b.Run(s.name+"/geos", func(b *testing.B) {
			for b.Loop() {
				for _, c := range t.points[:20_000] {
					theirs.Intersects(ctx.NewPointFromXY(float64(c.X), float64(c.Y)))
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/100/float64(b.N), "ms/200k")
		})
	}
}

// BenchmarkRegionRefuses is a comb whose middle tooth leans over the next.
func BenchmarkRegionRefuses(b *testing.B) {
	box := Box{kaifeng, Coord{kaifeng.X + 1_000_000, kaifeng.Y + 1_000_000}}
	for _, n := range []int{1000, 10_000} {
		s := comb(box, n)
		s.Coords[n/2+1-n/2%2].X += 3 * (box.Max.X - box.Min.X) / int32(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := NewRegion(s); err == nil {
					b.Fatal("taken")
				}
			}
		})
	}
}
