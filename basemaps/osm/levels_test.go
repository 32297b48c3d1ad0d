package osm

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// segmentDistance is the distance in world units, computed by itself.
func segmentDistance(p, a, b spatial.Coord) float64 {
	xy := func(c spatial.Coord) (float64, float64) {
		x, y := tiler.World(c)
		return float64(x), float64(y)
	}
	px, py := xy(p)
	ax, ay := xy(a)
	bx, by := xy(b)
	dx, dy := bx-ax, by-ay
	t := 0.0
	if l := dx*dx + dy*dy; l > 0 {
		t = math.Max(0, math.Min(1, ((px-ax)*dx+(py-ay)*dy)/l))
	}
	return math.Hypot(px-ax-t*dx, py-ay-t*dy)
}

func wander(rnd *rand.Rand, n int) *spatial.Shape {
	s := &spatial.Shape{Kind: spatial.Lines, Ends: []uint32{uint32(n)}, Box: spatial.EmptyBox()}
	c := spatial.At(121.47, 31.23)
	for range n {
		c.X, c.Y = c.X+int32(rnd.IntN(3000)-1000), c.Y+int32(rnd.IntN(2000)-1000)
		s.Coords, s.Box = append(s.Coords, c), s.Box.Extend(c)
	}
	return s
}

func TestALineIsNowhereFartherFromWhatIsDrawnThanHalfAPixel(t *testing.T) {
	for _, n := range []int{2, 3, 50, 1000, 9000} {
		rnd := rand.New(rand.NewPCG(uint64(n), 1))
		s := wander(rnd, n)
		l := leveller{last: 15}
		d := l.level(s)
		var room spatial.Shape
		before := 0
		for z := range uint8(16) {
			got := d.at(z, &room).Coords
			if len(got) < before {
				t.Errorf("%d vertices, zoom %d: fewer than at the zoom above", n, z)
			}
			before = len(got)
			tolerance := toleranceUnits * unit(z)
			if z == 15 {
				tolerance = unit(15)
			}
			k := 0
			for _, c := range s.Coords {
				if k+1 < len(got) && c == got[k+1] {
					k++
				}
				if k+1 < len(got) && segmentDistance(c, got[k], got[k+1]) > tolerance*(1+1e-9) {
					t.Fatalf("%d vertices, zoom %d: %v is %.1f units off", n, z, c, segmentDistance(c, got[k], got[k+1])/unit(z))
				}
			}
			if got[0] != s.Coords[0] || got[len(got)-1] != s.Coords[n-1] {
				t.Fatalf("%d vertices, zoom %d: the ends moved", n, z)
			}
		}
		if left := len(d.at(8, &room).Coords); n == 9000 && left > n/20 {
			t.Errorf("%d of %d vertices are left at zoom 8", left, n)
		}
	}
}

func TestRingsComeInWithTheirArea(t *testing.T) {
	// 100 m square with a hole of 10 m, at the equator: 4 pixels² of 512 a tile are
	// (2 · 40,075 km / 2^z / 512)².
	ring := func(half int32) []spatial.Coord {
		return []spatial.Coord{{X: -half, Y: -half}, {X: half, Y: -half}, {X: half, Y: half}, {X: -half, Y: half}}
	}
	s, err := polygonsOf([][]spatial.Coord{ring(4492), ring(449)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	l := leveller{last: 16}
	d := l.level(s)
	first := func(metres float64) uint8 {
		return uint8(math.Ceil(math.Log2(2 * 40_075_017 / 512 / metres)))
	}
	if want := first(100); d.parts[0] != want || d.first() != want {
		t.Errorf("the shell from zoom %d, want %d", d.parts[0], want)
	}
	if want := first(10); d.parts[1] != want {
		t.Errorf("the hole from zoom %d, want %d", d.parts[1], want)
	}
	var room spatial.Shape
	if d.at(d.parts[0]-1, &room) != nil {
		t.Error("drawn above its zoom")
	}
	if got := d.at(d.parts[0], &room); len(got.Ends) != 1 {
		t.Errorf("%d rings, want the shell alone", len(got.Ends))
	}
}

func BenchmarkLevels(b *testing.B) {
	s := wander(rand.New(rand.NewPCG(1, 1)), 2000)
	l := leveller{last: 15}
	for b.Loop() {
		l.level(s)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/2000, "ns/vertex")
}
