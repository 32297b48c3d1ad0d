package osm

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wanmi-gis/wanmi/spatial"
)

// star is a ring around a place, counter-clockwise.
func star(rnd *rand.Rand, at spatial.Coord, least, most float64, n int) []spatial.Coord {
	var ring []spatial.Coord
	for i := range n {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		r := least + rnd.Float64()*(most-least)
		ring = append(ring, spatial.Coord{X: at.X + int32(r*cos), Y: at.Y + int32(r*sin)})
	}
	return ring
}

// inRing is the plain even-odd rule, for positions that are on no edge.
func inRing(ring []spatial.Coord, c spatial.Coord) bool {
	in := false
	for i, a := range ring {
		b := ring[(i+1)%len(ring)]
		if (a.Y > c.Y) != (b.Y > c.Y) {
			x := float64(a.X) + float64(c.Y-a.Y)/float64(b.Y-a.Y)*float64(b.X-a.X)
			in = in != (float64(c.X) < x)
		}
	}
	return in
}

// Rings are cut into ways, some turned, all shuffled: what comes out must hold
// what an odd number of the rings holds.
func TestRingsCutIntoWaysHoldWhatTheyHeld(t *testing.T) {
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		x := &extract{}
		var rings [][]spatial.Coord
		var ways []chain
		ids := map[spatial.Coord]int64{}
		place := map[int64]spatial.Coord{}
		for i := range 1 + rnd.IntN(4) {
			centre := spatial.Coord{X: int32(i) * 5000}
			for _, r := range [][2]float64{{1500, 2000}, {700, 1300}, {200, 500}}[:1+rnd.IntN(3)] {
				rings = append(rings, star(rnd, centre, r[0], r[1], 5+rnd.IntN(20)))
			}
		}
		for _, ring := range rings {
			var nodes chain
			for _, c := range ring {
				if ids[c] == 0 {
					ids[c] = int64(len(ids) + 1)
					place[ids[c]] = c
				}
				nodes = append(nodes, ids[c])
			}
			nodes = append(nodes, nodes[0])
			for len(nodes) > 1 {
				n := 1 + rnd.IntN(len(nodes)-1)
				w := slices.Clone(nodes[:n+1])
				if rnd.IntN(2) == 0 {
					slices.Reverse(w)
				}
				ways, nodes = append(ways, w), nodes[n:]
			}
		}
		rnd.Shuffle(len(ways), func(i, j int) { ways[i], ways[j] = ways[j], ways[i] })
		found, left := ringsOf(ways)
		if left != 0 || len(found) != len(rings) {
			t.Fatalf("seed %d: %d rings of %d, %d ways left over", seed, len(found), len(rings), left)
		}
		var coords [][]spatial.Coord
		for _, f := range found {
			var cs []spatial.Coord
			for _, n := range f {
				cs = append(cs, place[n])
			}
			coords = append(coords, cs)
		}
		s, err := polygonsOf(coords, nil)
		if err != nil {
			t.Fatalf("seed %d: %v (%d nodes)", seed, err, len(x.nodes))
		}
		for range 300 {
			c := spatial.Coord{X: int32(rnd.IntN(20000) - 2500), Y: int32(rnd.IntN(5000) - 2500)}
			odd := false
			for _, ring := range rings {
				odd = odd != inRing(ring, c)
			}
			if side, holds := s.Contains(c); side != spatial.OnBorder && holds != odd {
				t.Fatalf("seed %d: %v is in it: %v, must be %v", seed, c, holds, odd)
			}
		}
	}
}

func TestRingsThatTouchInANodeComeApart(t *testing.T) {
	// Two squares with the corner 3, as ways that all end there.
	rings, left := ringsOf([]chain{{3, 1, 2}, {2, 3}, {3, 4}, {5, 3}, {4, 5}})
	if len(rings) != 2 || left != 0 || len(rings[0]) != 3 || len(rings[1]) != 3 {
		t.Errorf("rings %v, %d left over", rings, left)
	}
	// As one way that runs through it twice it stays one.
	if rings, _ := ringsOf([]chain{{1, 2, 3, 4, 5, 3, 1}}); len(rings) != 1 {
		t.Errorf("rings %v", rings)
	}
}

func TestWaysThatCloseNoRingAreLeftOver(t *testing.T) {
	rings, left := ringsOf([]chain{{1, 2}, {2, 3}, {3, 1}, {3, 9}, {9, 10}, {20, 21}, {30, 30}, {40}})
	if len(rings) != 1 || left != 3 {
		t.Errorf("rings %v, %d left over, want 1 and 3", rings, left)
	}
}

// Land is islands, some across the edge; the sea must be what no island holds.
func TestTheSeaIsWhatNoLandHolds(t *testing.T) {
	box := spatial.Box{Min: spatial.Coord{}, Max: spatial.Coord{X: 10000, Y: 8000}}
	for seed := range uint64(300) {
		rnd := rand.New(rand.NewPCG(seed, 11))
		var lands, coasts [][]spatial.Coord
		for gx := range int32(3) { // apart from each other
			for gy := range int32(3) {
				if rnd.IntN(3) == 0 {
					continue
				}
				ring := star(rnd, spatial.Coord{X: gx * 5000, Y: gy * 4000}, 500, 1900, 4+rnd.IntN(30))
				lands = append(lands, ring)
				k := rnd.IntN(len(ring))
				coasts = append(coasts, slices.Concat(ring[k:], ring[:k], ring[k:k+1]))
			}
		}
		s, err := sea(coasts, box)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if len(lands) == 0 {
			if s != nil {
				t.Fatalf("seed %d: a sea without a coast", seed)
			}
			continue
		}
		for range 300 {
			c := spatial.Coord{X: int32(1 + rnd.IntN(9998)), Y: int32(1 + rnd.IntN(7998))}
			land := slices.ContainsFunc(lands, func(ring []spatial.Coord) bool { return inRing(ring, c) })
			side, wet := s.Contains(c)
			if near := (&spatial.Shape{Kind: s.Kind, Coords: s.Coords, Ends: s.Ends, Shells: s.Shells, Box: s.Box}).DistanceM(c); side == spatial.OnBorder || near < 0.05 {
				continue // cutting rounds to the lattice
			}
			if wet == land {
				t.Fatalf("seed %d: %v is land %v, sea %v", seed, c, land, wet)
			}
		}
	}
}

func TestASeaThatNobodyCanKnowIsNotDrawn(t *testing.T) {
	box := spatial.Box{Max: spatial.Coord{X: 1000, Y: 1000}}
	if _, err := sea([][]spatial.Coord{{{X: -10, Y: 500}, {X: 500, Y: 500}}}, box); err == nil {
		t.Error("a coastline that ends in the middle has a sea")
	}
	if _, err := sea([][]spatial.Coord{{{X: -10, Y: 300}, {X: 1010, Y: 300}}, {{X: 1010, Y: 600}, {X: -10, Y: 600}}}, box); err != nil {
		t.Errorf("a strait: %v", err)
	}
	if _, err := sea([][]spatial.Coord{{{X: -10, Y: 300}, {X: 1010, Y: 300}}, {{X: -10, Y: 600}, {X: 1010, Y: 600}}}, box); err == nil {
		t.Error("two coastlines that contradict each other have a sea")
	}
	if s, err := sea([][]spatial.Coord{{{X: 100, Y: 500}, {X: 500, Y: 500}, {X: 100, Y: 500}}}, box); s != nil || err != nil {
		t.Errorf("a coastline there and back: %v, %v", s, err)
	}
	// An extract along a border: its coast ends near the edge of its box.
	s, err := sea([][]spatial.Coord{{{X: 30, Y: 500}, {X: 960, Y: 500}}}, box)
	if err != nil {
		t.Fatal(err)
	}
	if _, wet := s.Contains(spatial.Coord{X: 500, Y: 200}); !wet {
		t.Error("the sea is right of the coastline")
	}
}

func TestCoastlinesAreJoinedInTheirDirection(t *testing.T) {
	got := joinCoast([]chain{{5, 6}, {1, 2, 3}, {3, 5}, {9, 8, 7, 9}, {21, 22}, {22, 21}})
	want := []chain{{1, 2, 3, 5, 6}, {9, 8, 7, 9}, {21, 22, 21}}
	if len(got) != len(want) {
		t.Fatalf("%v", got)
	}
	for i := range want {
		if !slices.Equal(got[i], want[i]) {
			t.Errorf("%v, want %v", got[i], want[i])
		}
	}
}
