package check

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/wanmi-gis/wanmi/spatial"
)

// togetherM is how near two misses are one and the same: a vertex and its twin
// on the other side miss each other's edges both.
const togetherM = 0.1

// miss is a vertex of one row that lies near an edge of another, or on it, and
// is no vertex there.
type miss struct {
	at        spatial.Coord
	row, edge int32 // whose vertex, whose edge
	distM     float64
	on        bool // exactly
}

// nearMisses reports T-junctions that are off by a hair and vertices that the
// neighbour lacks, one finding for each place.
func (t *tiling) nearMisses(s *sink, hairs []spot) {
	// Beside the tiling's outer border two vertices may well be a hair apart: it
	// is a fault where a hair of a gap or an overlap comes with it.
	var ends spatial.Tree[spatial.Coord]
	for i := range hairs {
		for _, c := range hairs[i].face.Rings[0] {
			v := rounded(c[0], c[1])
			ends.Insert(spatial.Box{Min: v, Max: v}, v)
		}
	}
	misses := slices.DeleteFunc(t.misses(), func(m miss) bool {
		found := m.on
		ends.Search(spatial.Box{Min: m.at, Max: m.at}.Grow(2), func(spatial.Coord) bool {
			found = true
			return false
		})
		return !found
	})
	// Off by a hair comes first: a place that is both is the former.
	slices.SortFunc(misses, func(a, b miss) int {
		return cmp.Or(compareBools(a.on, b.on), compareCoords(a.at, b.at), cmp.Compare(a.row, b.row), cmp.Compare(a.edge, b.edge))
	})
	var told spatial.Tree[spatial.Coord]
	for _, m := range misses {
		if t.told(&told, m.at) {
			continue
		}
		told.Insert(spatial.Box{Min: m.at, Max: m.at}, m.at)
		f := Finding{
			Rule: ruleEdgeNearMiss, At: m.at, Placed: true, Measured: m.distM, Unit: "m",
			Features: []Ref{t.layer.ref(m.row), t.layer.ref(m.edge)},
			Reason:   fmt.Sprintf("a vertex lies %.3f m beside the neighbour's border", m.distM),
			ReasonZH: fmt.Sprintf("节点偏离相邻网格边界 %.3f 米", m.distM),
		}
		if m.on {
			f.Rule, f.Unit, f.Measured = ruleEdgeUnmatched, "", 0
			f.Reason, f.ReasonZH = "a vertex lies on the neighbour's border, which has none there", "节点位于相邻网格边界上，但对方在该处没有节点"
		}
		s.add(f)
	}
	const noiseM = 0.001 // crossings are off the lattice by less
	for i := range hairs {
		if h := &hairs[i]; h.widthM > noiseM && !t.toldWithin(&told, h) {
			f := t.finding(ruleEdgeNearMiss, h,
				fmt.Sprintf("borders differ by %.3f m", h.widthM), fmt.Sprintf("边界相差 %.3f 米", h.widthM))
			f.Measured, f.Unit = h.widthM, "m"
			s.add(f)
		}
	}
}

// told tells whether a miss was reported nearby.
func (t *tiling) told(told *spatial.Tree[spatial.Coord], c spatial.Coord) (found bool) {
	told.Search(spatial.Box{Min: c, Max: c}.Grow(30), func(o spatial.Coord) bool { // 30 quanta are 0.25 m or more below 40°
		found = t.x.plane.distanceM(o, c) < togetherM
		return !found
	})
	return found
}

// toldWithin tells whether a miss was reported at the hair's border.
func (t *tiling) toldWithin(told *spatial.Tree[spatial.Coord], h *spot) (found bool) {
	box := spatial.EmptyBox()
	for _, c := range h.face.Rings[0] {
		box = box.Extend(rounded(c[0], c[1]))
	}
	told.Search(box.Grow(3), func(spatial.Coord) bool {
		found = true
		return false
	})
	return found
}

// misses looks along the suspects. Vertices that the edge's row has as well are
// none, and rows that cross themselves have none.
func (t *tiling) misses() (out []miss) {
	type vertex struct {
		c   spatial.Coord
		row int32
	}
	has := map[vertex]bool{}
	for i := range t.seams {
		if e := &t.seams[i]; !e.context && !t.layer.invalid[e.owner] {
			has[vertex{e.lo, e.owner}] = true
			has[vertex{e.hi, e.owner}] = true
		}
	}
	for v := range has {
		p := t.x.plane.of(v.c)
		t.tree.Search(spatial.Box{Min: v.c, Max: v.c}.Grow(3), func(i int32) bool {
			e := &t.seams[i]
			if e.context || e.owner == v.row || t.layer.invalid[e.owner] || has[vertex{v.c, e.owner}] {
				return true
			}
			d := fromSegmentM(p, t.x.plane.of(e.lo), t.x.plane.of(e.hi))
			if on := cross(e.lo, e.hi, v.c) == 0; d <= hairM {
				out = append(out, miss{v.c, v.row, e.owner, d, on})
			}
			return true
		})
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
