package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/repair"
)

// pair is two ownership areas, the lower index first.
type pair struct{ a, b int32 }

// holders examines the ownership areas.
type holders struct {
	x      *exam
	layer  *layer
	set    []int32       // by area: which of lists it has
	lists  [][]string    // of classes
	shares map[pair]bool // of lists
	found  map[pair]bool
}

// checkOwnership finds areas of one class that overlap. Asking GEOS about all
// that come near each other takes minutes: a road comes near a thousand courts.
// Two areas are suspect when edges of theirs cross, or when a vertex, the middle
// of an edge or the inner point of one lies in the other; only these are cut.
func (x *exam) checkOwnership(j *repair.Judge, s *sink) error {
	l := x.layer[grids.OwnershipAreas]
	h := &holders{x: x, layer: l, shares: map[pair]bool{}, found: map[pair]bool{}}
	shapes := make([]*spatial.Shape, len(l.shapes))
	number := map[string]int32{}
	for i := range l.shapes {
		category := x.city.OwnershipAreas[i].Category
		n, known := number[category]
		if !known {
			n = int32(len(h.lists))
			number[category] = n
			h.lists = append(h.lists, classesOf(category))
		}
		h.set = append(h.set, n)
		if !l.invalid[i] {
			shapes[i] = l.shapes[i]
		}
	}
	h.lookInside(shapes)
	h.lookForCrossings(shapes)
	pairs := make([]pair, 0, len(h.found))
	for p := range h.found {
		pairs = append(pairs, p)
	}
	slices.SortFunc(pairs, func(p, q pair) int { return cmp.Or(cmp.Compare(p.a, q.a), cmp.Compare(p.b, q.b)) })
	for _, p := range pairs {
		faces, err := j.Overlap(shapes[p.a], shapes[p.b])
		if err != nil {
			return fmt.Errorf("ownership areas %s and %s: %w", l.features[p.a].Code, l.features[p.b].Code, err)
		}
		var worst spot
		sum := 0.0
		for _, f := range faces {
			area, width := x.plane.measureFace(&f)
			if sum += area; area > worst.areaM2 {
				worst = spot{face: f, areaM2: area, widthM: width}
			}
		}
		if worst.widthM < hairM {
			continue
		}
		s.add(Finding{
			Rule: ruleOwnershipOverlap, At: worst.at(), Placed: true, Shape: shapeOf(&worst.face),
			Features: []Ref{l.ref(p.a), l.ref(p.b)}, Measured: sum, Unit: "m2",
			Reason:   fmt.Sprintf("both claim %.2f m² for the same class", sum),
			ReasonZH: fmt.Sprintf("同类确权范围重叠 %.2f 平方米", sum),
		})
	}
	return nil
}

// meets notes that two areas may overlap, if they have a class in common.
func (h *holders) meets(a, b int32) {
	if a > b {
		a, b = b, a
	}
	if a != b && !h.found[pair{a, b}] && h.together(a, b) {
		h.found[pair{a, b}] = true
	}
}

// together tells whether two areas have a class in common: a whole major covers
// its minors.
func (h *holders) together(a, b int32) bool {
	key := pair{h.set[a], h.set[b]}
	shared, known := h.shares[key]
	if known {
		return shared
	}
	for _, p := range h.lists[key.a] {
		for _, q := range h.lists[key.b] {
			shared = shared || strings.HasPrefix(p, q) || strings.HasPrefix(q, p)
		}
	}
	h.shares[key] = shared
	return shared
}

// lookInside asks which areas hold the vertices, the middles of edges and the
// inner point of each.
func (h *holders) lookInside(shapes []*spatial.Shape) {
	cover := spatial.NewCoverage(spatial.NewAreas(shapes))
	ask := func(i int32, c spatial.Coord) {
		first, also := cover.Locate(c)
		for k := -1; k < len(also); k++ {
			o := first
			if k >= 0 {
				o = also[k]
			}
			if o == spatial.None || o == i || !h.together(i, o) {
				continue
			}
			if side, _ := shapes[o].Contains(c); side == spatial.Inside {
				h.meets(i, o)
			}
		}
	}
	for i, s := range shapes {
		if s == nil {
			continue
		}
		ask(int32(i), s.Representative())
		for r := range s.Ends {
			ring := s.Part(r)
			a := ring[len(ring)-1]
			for _, b := range ring {
				ask(int32(i), b)
				ask(int32(i), spatial.Box{Min: a, Max: b}.Center())
				a = b
			}
		}
	}
}

// side is an edge of an ownership area.
type side struct {
	a, b spatial.Coord
	area int32
}

// lookForCrossings finds edges that cross, by squares of 2^13 quanta, 80 m: an
// edge is compared with those that come into its squares.
func (h *holders) lookForCrossings(shapes []*spatial.Shape) {
	const shift = 13
	type square struct{ x, y int32 }
	type entry struct {
		in   square
		side int32
	}
	var sides []side
	var entries []entry
	for i, s := range shapes {
		if s == nil {
			continue
		}
		for r := range s.Ends {
			ring := s.Part(r)
			a := ring[len(ring)-1]
			for _, b := range ring {
				n := int32(len(sides))
				sides = append(sides, side{a, b, int32(i)})
				for x := min(a.X, b.X) >> shift; x <= max(a.X, b.X)>>shift; x++ {
					for y := min(a.Y, b.Y) >> shift; y <= max(a.Y, b.Y)>>shift; y++ {
						entries = append(entries, entry{square{x, y}, n})
					}
				}
				a = b
			}
		}
	}
	slices.SortFunc(entries, func(p, q entry) int {
		return cmp.Or(cmp.Compare(p.in.x, q.in.x), cmp.Compare(p.in.y, q.in.y), cmp.Compare(p.side, q.side))
	})
	for i := 0; i < len(entries); {
		k := i + 1
		for k < len(entries) && entries[k].in == entries[i].in {
			k++
		}
		h.crossings(sides, func(n int) int32 { return entries[i+n].side }, k-i)
		i = k
	}
}

// crossings compares the edges of one square.
func (h *holders) crossings(sides []side, at func(n int) int32, n int) {
	for i := range n {
		p := &sides[at(i)]
		for k := i + 1; k < n; k++ {
			q := &sides[at(k)]
			if p.area != q.area && crossing(p, q) {
				h.meets(p.area, q.area)
			}
		}
	}
}

// crossing tells whether two edges cross in the middle of both. Exact.
func crossing(p, q *side) bool {
	if max(p.a.X, p.b.X) < min(q.a.X, q.b.X) || max(q.a.X, q.b.X) < min(p.a.X, p.b.X) ||
		max(p.a.Y, p.b.Y) < min(q.a.Y, q.b.Y) || max(q.a.Y, q.b.Y) < min(p.a.Y, p.b.Y) {
		return false
	}
	return sign(cross(p.a, p.b, q.a))*sign(cross(p.a, p.b, q.b)) < 0 && sign(cross(q.a, q.b, p.a))*sign(cross(q.a, q.b, p.b)) < 0
}
