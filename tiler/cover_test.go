package tiler

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/clip"
	"github.com/paulmach/orb/project"

	"github.com/wanmi-gis/wanmi/spatial"
)

// coverCases are shapes of many sizes, from a courtyard to half a country.
func coverCases(tb testing.TB, rnd *rand.Rand) []*Feature {
	tb.Helper()
	var out []*Feature
	add := func(g orb.Geometry) {
		s, err := spatial.FromOrb(g)
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, &Feature{ID: 1, Shape: s, At: s.Representative()})
	}
	for _, size := range []float64{2e-5, 4e-4, 3e-3, 2e-2, 0.3, 4} {
		centre := orb.Point{114.3 + rnd.Float64()*size, 34.7 + rnd.Float64()*size}
		shell := star(rnd, centre, size)
		add(orb.Polygon{shell})
		hole := star(rnd, centre, size/5)
		hole.Reverse()
		add(orb.Polygon{shell, hole})
		add(orb.MultiPolygon{{shell}, {star(rnd, orb.Point{centre[0] + 3*size, centre[1]}, size/3)}})
		add(orb.LineString(shell))
		add(orb.LineString{centre, {centre[0] + size, centre[1]}, {centre[0] + size, centre[1] + size}})
		add(orb.MultiPoint{centre, {centre[0] + size, centre[1] + size}})
		out = append(out, &Feature{ID: 1, At: spatial.At(centre[0], centre[1])})
	}
	return out
}

// TestCoverHasEveryTileThatShowsTheFeature asks the encoder, tile by tile, and
// orb whether what is covered besides is at least near.
func TestCoverHasEveryTileThatShowsTheFeature(t *testing.T) {
	rnd := rand.New(rand.NewPCG(41, 1))
	shown, more := 0, 0
	for n, f := range coverCases(t, rnd) {
		src := listOf(f)
		box := extentOf(f)
		for z := range uint8(21) {
			side := float64(box.Max.X-box.Min.X) / 3.6e9 * float64(uint64(1)<<z)
			if side > 40 {
				break // the zooms above have shown what there is to show
			}
			tiles, ok := Cover(nil, f, z, z, 0, 1<<16)
			if !ok {
				t.Fatalf("shape %d at zoom %d: more than %d tiles", n, z, 1<<16)
			}
			covered := map[ID]bool{}
			for _, id := range tiles {
				if covered[id] {
					t.Fatalf("shape %d: %v twice", n, id)
				}
				covered[id] = true
			}
			for _, id := range tilesOf(box, z) {
				body, _, err := Encode(nil, src, []string{src.layer.Name}, id, Options{})
				if err != nil {
					t.Fatal(err)
				}
				switch {
				case len(body) > 0 && !covered[id]:
					t.Fatalf("shape %d is in %v, which is not covered", n, id)
				case len(body) > 0:
					shown++
				case covered[id] && !meets(f, id):
					t.Fatalf("shape %d is nowhere near %v, which is covered", n, id)
				case covered[id]:
					more++
				}
				delete(covered, id)
			}
			if len(covered) > 0 {
				t.Fatalf("shape %d at zoom %d: far tiles %v", n, z, covered)
			}
		}
	}
	if shown < 5000 || more > shown/5 {
		t.Errorf("%d tiles show something, %d are covered for nothing", shown, more)
	}
}

// meets reports whether orb finds something of the feature in the tile's
// window, a little widened.
func meets(f *Feature, id ID) bool {
	frac := worldZoom - id.Z
	lo := func(n uint32) float64 { return float64(int64(n)<<(extentBits+frac) - Buffer<<frac - 2*coverMargin) }
	width := float64(int64(Extent+2*Buffer)<<frac + 4*coverMargin)
	window := orb.Bound{Min: orb.Point{lo(id.X), lo(id.Y)}}
	window.Max = orb.Point{window.Min[0] + width, window.Min[1] + width}
	world := project.Geometry(f.Shape.Orb(), func(p orb.Point) orb.Point {
		x, y := World(spatial.At(p[0], p[1]))
		return orb.Point{float64(x), float64(y)}
	})
	return clip.Geometry(window, world) != nil
}

func extentOf(f *Feature) spatial.Box {
	if f.Shape == nil {
		return spatial.Box{Min: f.At, Max: f.At}
	}
	return f.Shape.Box
}

func TestCoverSharesItsWorkBetweenZooms(t *testing.T) {
	rnd := rand.New(rand.NewPCG(41, 2))
	for n, f := range coverCases(t, rnd) {
		var apart []ID
		for z := uint8(8); z <= 13; z++ {
			apart, _ = Cover(apart, f, z, z, 32, 1<<20)
		}
		together, ok := Cover([]ID{{1, 0, 0}}, f, 8, 13, 32, 1<<20)
		order := func(a, b ID) int {
			return int(a.Z)<<50 + int(a.X)<<25 + int(a.Y) - (int(b.Z)<<50 + int(b.X)<<25 + int(b.Y))
		}
		slices.SortFunc(apart, order)
		rest := slices.SortedFunc(slices.Values(together[1:]), order)
		if !ok || !slices.Equal(apart, rest) || together[0] != (ID{1, 0, 0}) {
			t.Errorf("shape %d: %d tiles by one zoom, %d by all", n, len(apart), len(rest))
		}
		if f.Shape != nil && f.Shape.Kind == spatial.Points {
			continue // each of its points takes room
		}
		if some, ok := Cover(nil, f, 8, 13, 32, len(rest)-1); ok || len(some) > 0 {
			t.Errorf("shape %d: %d tiles with room for %d, %v", n, len(some), len(rest)-1, ok)
		}
		if all, ok := Cover(nil, f, 8, 13, 32, len(rest)); !ok || len(all) != len(rest) {
			t.Errorf("shape %d: %d tiles with room for %d, %v", n, len(all), len(rest), ok)
		}
	}
}

func BenchmarkCover(b *testing.B) {
	rnd := rand.New(rand.NewPCG(41, 3))
	ring := make(orb.Ring, 1000) // a zone of 2 by 2 km
	for i := range ring {
		turn, r := 2*math.Pi*float64(i)/float64(len(ring)-1), 0.009+rnd.Float64()*0.002
		ring[i] = orb.Point{114.3 + r*math.Cos(turn), 34.7 + r*math.Sin(turn)}
	}
	ring[len(ring)-1] = ring[0]
	s, err := spatial.FromOrb(orb.Polygon{ring})
	if err != nil {
		b.Fatal(err)
	}
	for name, f := range map[string]*Feature{"point": {At: spatial.At(114.3, 34.7)}, "zone": {Shape: s}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var tiles []ID
			for b.Loop() {
				tiles, _ = Cover(tiles[:0], f, 8, 18, 32, 1<<16)
			}
			b.ReportMetric(float64(len(tiles)), "tiles")
		})
	}
}
