//go:build proof

package grids_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// What must not matter: the order of the input, where a ring starts and which
// way it runs, vertices on the straight of one side only, where on earth it is.

// redraw writes a polygon's ring anew.
type redraw func(r *rand.Rand, cell int, ring []spatial.Coord) []spatial.Coord

func otherStart(r *rand.Rand, _ int, ring []spatial.Coord) []spatial.Coord {
	n := r.IntN(len(ring))
	return slices.Concat(ring[n:], ring[:n])
}

func otherWay(r *rand.Rand, _ int, ring []spatial.Coord) []spatial.Coord {
	out := slices.Clone(ring)
	if r.IntN(2) == 0 {
		slices.Reverse(out)
	}
	return out
}

// oneSided puts a vertex on the straight of every edge that has room for one, in
// every other cell.
func oneSided(_ *rand.Rand, cell int, ring []spatial.Coord) (out []spatial.Coord) {
	for i, a := range ring {
		out = append(out, a)
		if c, ok := onEdge(a, ring[(i+1)%len(ring)]); ok && cell%2 == 0 {
			out = append(out, c)
		}
	}
	return out
}

func moved(by spatial.Coord) redraw {
	return func(_ *rand.Rand, _ int, ring []spatial.Coord) []spatial.Coord {
		out := make([]spatial.Coord, len(ring))
		for i, c := range ring {
			out[i] = spatial.Coord{X: c.X + by.X, Y: c.Y + by.Y}
		}
		return out
	}
}

// same redraws the city in every way and wants the answers it had: on all
// borders and anywhere.
func same(t *testing.T, c *grids.City) {
	t.Helper()
	const seed = 77
	r := rand.New(rand.NewPCG(seed, seed))
	base := snapshotOf(t, bareCopy(c, nil))
	var asked []spatial.Coord
	for _, on := range bordersOf(base.City.Cells) {
		asked = append(asked, on.at...)
	}
	box := base.Box(grids.Cells).Grow(5_000)
	for range randomPoints() / 10 {
		asked = append(asked, anywhere(r, box))
	}
	was := make([]grids.Place, len(asked))
	for i, at := range asked {
		was[i] = base.Locate(at)
	}
	t.Logf("%d positions, seed %d", len(asked), seed)
	by := spatial.Coord{X: 123_456_789, Y: -98_765_431}
	for _, v := range []struct {
		name string
		draw []redraw
		by   spatial.Coord
		near bool // distances stay the same to the last bit
	}{
		{"rows shuffled", nil, spatial.Coord{}, true},
		{"rings started elsewhere", []redraw{otherStart}, spatial.Coord{}, true},
		{"rings running the other way", []redraw{otherWay}, spatial.Coord{}, true},
		{"vertices on one side only", []redraw{oneSided}, spatial.Coord{}, false},
		{"moved", []redraw{moved(by)}, by, false},
		{"all of it", []redraw{oneSided, otherStart, otherWay, moved(by)}, by, false},
	} {
		city := bareCopy(c, func(i int, ring []spatial.Coord) []spatial.Coord {
			for _, draw := range v.draw {
				ring = draw(r, i, ring)
			}
			return ring
		})
		r.Shuffle(len(city.Cells), func(i, j int) { city.Cells[i], city.Cells[j] = city.Cells[j], city.Cells[i] })
		s := snapshotOf(t, city)
		for i, at := range asked {
			p, q := was[i], s.Locate(spatial.Coord{X: at.X + v.by.X, Y: at.Y + v.by.Y})
			inside := p.Status == grids.StatusInside
			if inside != (q.Status == grids.StatusInside) || p.Fault != q.Fault || !slices.Equal(p.Also, q.Also) ||
				(inside || v.near) && (p.Cell != q.Cell || p.DistanceM != q.DistanceM) {
				t.Fatalf("%s: %.7f %.7f is %+v, was %+v", v.name, at.Lon(), at.Lat(), q, p)
			}
		}
		t.Logf("%s: the same answers", v.name)
	}
}

// bareCopy is the city's cells alone, their rings drawn anew.
func bareCopy(c *grids.City, draw func(cell int, ring []spatial.Coord) []spatial.Coord) *grids.City {
	out := &grids.City{Profile: c.Profile, Cells: slices.Clone(c.Cells)}
	out.ZonesByGeometry = false
	if draw == nil {
		return out
	}
	for i := range out.Cells {
		s := out.Cells[i].Shape
		redrawn := &spatial.Shape{Kind: s.Kind, Shells: s.Shells, Box: spatial.EmptyBox()}
		for k := range s.Ends {
			redrawn.Coords = append(redrawn.Coords, draw(i, s.Part(k))...)
			redrawn.Ends = append(redrawn.Ends, uint32(len(redrawn.Coords)))
		}
		for _, at := range redrawn.Coords {
			redrawn.Box = redrawn.Box.Extend(at)
		}
		out.Cells[i].Shape = redrawn
		out.Cells[i].At = redrawn.Representative()
	}
	return out
}
