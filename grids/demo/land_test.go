package demo

import (
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/spatial"
)

// checkLand proves that blocks, stretches and crossings tile the site: each is
// simple and runs counter-clockwise, each edge is met once in reverse by
// another or by the outline, and the areas add up.
func checkLand(t *testing.T, s *site, l *land) {
	t.Helper()
	rings := make([][]spatial.Coord, 0, len(l.blocks)+len(l.pieces))
	add := func(ring []int32) {
		var cs []spatial.Coord
		for _, v := range ring {
			cs = append(cs, l.coords[v])
		}
		if cs != nil {
			rings = append(rings, cs)
		}
	}
	for _, b := range l.blocks {
		add(b)
	}
	for i := range l.pieces {
		add(l.pieces[i].ring)
	}
	count := map[side]int{}
	var sum, whole int64
	for _, r := range rings {
		checkValid(t, "piece of land", &spatial.Shape{Kind: spatial.Polygons, Coords: r, Ends: []uint32{uint32(len(r))}, Shells: []uint32{0}})
		sum += doubled(r)
		for _, e := range sidesOf(r) {
			count[e]++
		}
	}
	for f := range s.faces {
		whole += doubled(s.cells.Shape(int32(f)).Coords)
	}
	// Where a road ends at the outline, its corners lie on it to the centimetre,
	// not exactly: some square metres in all.
	if d := sum - whole; max(d, -d) > whole/100_000 {
		t.Errorf("land has %d, the cells %d", sum, whole)
	}
	outline := polygon(s.outline)
	rim := 0
	for e, n := range count {
		if n != 1 {
			t.Errorf("edge %v belongs to %d pieces", e, n)
		}
		if count[side{e.b, e.a}] == 0 {
			rim++
			if outline.DistanceM(e.a) > 0.05 || outline.DistanceM(e.b) > 0.05 {
				t.Errorf("edge %v has nothing on its other side, inside the city", e)
			}
		}
	}
	if rim == 0 {
		t.Error("the land has no rim")
	}
}

func TestLandIsDividedWithoutGapOrOverlap(t *testing.T) {
	for seed := range uint64(4) {
		s, err := newTownSite(seed, 0, time.Time{})
		if err != nil {
			continue
		}
		checkLand(t, s, newLand(s))
	}
}
