package dispatch

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// What the responsibility map shows of the engine: ground that nobody owns, and
// areas that lie on one another.

// Unowned is a cell, or a part of it, that is on record as nobody's for a class: a
// thing of it there is decided with mode default.
type Unowned struct {
	Cell int32
	// Share is the part of the cell, by spots on a lattice.
	Share float64
	// Unit is who answers all the same, by Basis: the territory, or the default
	// unit. Of several the one of the most spots.
	Unit  string
	Basis Step
}

// What a map of unowned ground costs at most: so many spots, as close together as
// that, some 1 µs each.
const (
	chartStepM = 20
	chartSpots = 1 << 19
)

// Unowned looks at every cell of the city at spots 20 m apart, farther in a city of
// more than 200 km², and at every cell once at least. It says how far apart. Cells
// come in the order of their codes; those that are owned are left out.
func (e *Engine) Unowned(ctx context.Context, kind grids.Kind, category string, at time.Time) (out []Unowned, stepM float64, err error) {
	q := Report{Kind: kind, Category: category, Time: at}
	cls, err := e.check(&q)
	if err != nil {
		return nil, 0, err
	}
	w := e.scratch.Get().(*work)
	defer e.scratch.Put(w)
	w.tracing = false
	u := &unownedCount{e: e, w: w, cls: cls, q: &q, cells: make([]cellCount, len(e.city.City.Cells))}
	box := e.city.Box(grids.Cells)
	if box.Empty() {
		return nil, chartStepM, nil
	}
	mx, my := quantumM(box.Center())
	areaM2 := float64(box.Max.X-box.Min.X) * mx * float64(box.Max.Y-box.Min.Y) * my
	stepM = max(chartStepM, math.Ceil(math.Sqrt(areaM2/chartSpots)))
	dx, dy := int64(stepM/mx), int64(stepM/my)
	for y := int64(box.Min.Y) + dy/2; y <= int64(box.Max.Y); y += dy {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		for x := int64(box.Min.X) + dx/2; x <= int64(box.Max.X); x += dx {
			u.look(spatial.Coord{X: int32(x), Y: int32(y)})
		}
	}
	for i := range u.cells {
		if u.cells[i].n == 0 {
			u.look(e.city.City.Cells[i].At)
		}
		if c := &u.cells[i]; c.nobodys > 0 {
			top := slices.MaxFunc(c.by, func(a, b answering) int { return cmp.Or(cmp.Compare(a.n, b.n), cmp.Compare(b.unit, a.unit)) })
			out = append(out, Unowned{int32(i), float64(c.nobodys) / float64(c.n), top.unit, top.basis})
		}
	}
	return out, stepM, nil
}

type unownedCount struct {
	e     *Engine
	w     *work
	cls   *class
	q     *Report
	cells []cellCount
}

type cellCount struct {
	n, nobodys int
	by         []answering
}

type answering struct {
	unit  string
	basis Step
	n     int
}

// look decides for one spot.
func (u *unownedCount) look(at spatial.Coord) {
	p := u.e.city.Locate(at)
	if p.Status != grids.StatusInside {
		return
	}
	c := &u.cells[p.Cell]
	c.n++
	a := u.e.standing(u.w, u.q, u.cls, at)
	if a.mode != Default {
		return
	}
	c.nobodys++
	for i := range c.by {
		if c.by[i].unit == a.unit && c.by[i].basis == a.from.basis {
			c.by[i].n++
			return
		}
	}
	c.by = append(c.by, answering{a.unit, a.from.basis, 1})
}

// standing is the answer for a thing of a class that stands at a spot and is on no
// record.
func (e *Engine) standing(w *work, q *Report, cls *class, at spatial.Coord) *answer {
	q.At = at
	w.reset(q, cls)
	m := meaning{spatial.None, cls, 0, 1}
	e.resolveGround(w, &m, at, leastSigmaM, cls.order, false)
	top := &w.answers[0]
	for i := range w.answers {
		if w.answers[i].p > top.p {
			top = &w.answers[i]
		}
	}
	return top
}

// AreaOverlap is two ownership areas of one class that lie on one another.
type AreaOverlap struct {
	A, B   int32 // indices into OwnershipAreas, A first
	Pieces []orb.Polygon
	AreaM2 float64
}

// leastOverlapM2 is what borders that were meant to be one have in common at most.
const leastOverlapM2 = 1

// areaOverlaps finds the overlaps of a city's areas once.
type areaOverlaps struct {
	once sync.Once
	all  []AreaOverlap
}

// Overlaps returns the ownership areas of a class of components that lie on one
// another and name different units at a time, by records and rulings about areas
// where there are some; "" is any class that both are of. The largest come first.
// The first call for a city looks at all pairs and takes a second.
func (e *Engine) Overlaps(category string, at time.Time) (out []AreaOverlap, err error) {
	if category != "" && e.classes[classKey{grids.ComponentKind, category}] == nil {
		return nil, fmt.Errorf("%w: component %q of scheme %s", ErrCategory, category, e.rules.Scheme)
	}
	e.overlaps.once.Do(func() { e.overlaps.all = e.findOverlaps() })
	areas := e.city.City.OwnershipAreas
	when := grids.MomentOf(at)
	for _, o := range e.overlaps.all {
		if category != "" && !(lists(areas[o.A].Category, category) && lists(areas[o.B].Category, category)) {
			continue
		}
		a, b := e.AreaUnit(o.A, when), e.AreaUnit(o.B, when)
		if a != "" && b != "" && a != b {
			out = append(out, o)
		}
	}
	return out, nil
}

// AreaUnit is who an ownership area belongs to at a time, "" for nobody.
func (e *Engine) AreaUnit(area int32, at grids.Moment) string {
	row := &e.city.City.OwnershipAreas[area]
	if c := e.claimOf(row, at); c != nil {
		return c.Unit
	}
	return row.Unit
}

// findOverlaps looks at all pairs of areas that a class lists.
func (e *Engine) findOverlaps() (out []AreaOverlap) {
	areas := e.city.City.OwnershipAreas
	shapes := make([]*spatial.Shape, len(areas))
	var tree spatial.Tree[int32]
	for i := range areas {
		shapes[i] = areas[i].Shape
		tree.Insert(shapes[i].Box, int32(i))
	}
	minors := map[string]map[string]bool{} // by list of categories
	for i := range areas {
		list := areas[i].Category
		if minors[list] != nil {
			continue
		}
		minors[list] = map[string]bool{}
		for k := range e.classes {
			if k.kind == grids.ComponentKind && lists(list, k.code) {
				minors[list][k.code] = true
			}
		}
	}
	together := func(a, b string) bool {
		for code := range minors[a] {
			if minors[b][code] {
				return true
			}
		}
		return false
	}
	for a := range int32(len(areas)) {
		tree.Search(shapes[a].Box, func(b int32) bool {
			if b <= a || !together(areas[a].Category, areas[b].Category) {
				return true
			}
			if pieces, m2 := spatial.Overlap(shapes[a], shapes[b]); m2 >= leastOverlapM2 {
				out = append(out, AreaOverlap{a, b, pieces, m2})
			}
			return true
		})
	}
	slices.SortFunc(out, func(x, y AreaOverlap) int {
		return cmp.Or(cmp.Compare(y.AreaM2, x.AreaM2), cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B))
	})
	return out
}

// Answers is who answers for a zone, staff off duty included: what the step
// territory says of it.
func (e *Engine) Answers(zone int32) string { return e.territory(zone) }
