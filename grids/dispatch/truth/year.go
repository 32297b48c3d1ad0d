package truth

import (
	"math"
	"math/rand/v2"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// Year is a city in which some of what is responsible stands in no record, and
// cases come back to the same places. What nothing shows can only be learned: by
// a case that goes wrong, and the ruling that ends it.
type Year struct {
	w      *World
	hot    []int32 // components that cases come back to
	hidden map[int32]bool
	habits []habit // stretches of border that one side keeps up whole
	r      *rand.Rand
}

// habit is a stretch of border where one unit answers on both sides.
type habit struct {
	edge edge
	unit string
}

// Of a year's cases hotShare are about hot components and habitShare lie at
// habits; hiddenShare of the hot components have another unit than is on record.
const (
	hotShare, habitShare, hiddenShare = 0.25, 0.15, 0.4
	longEnoughM                       = 30
	habitM                            = 12
)

// NewYear hides responsibility in the world, which is changed: of hot components
// and at stretches of border.
func (w *World) NewYear(seed uint64, hot, habits int) *Year {
	y := &Year{w: w, hidden: map[int32]bool{}, r: rand.New(rand.NewPCG(seed, 0x79656172))}
	for range hot {
		i := w.strata[Plain][y.r.IntN(len(w.strata[Plain]))]
		y.hot = append(y.hot, i)
		if y.r.Float64() < hiddenShare {
			w.things[i].unit, y.hidden[i] = w.other(w.things[i].unit), true
		}
	}
	for len(y.habits) < habits {
		e := w.land.borders[y.r.IntN(len(w.land.borders))]
		if math.Hypot(e.b.x-e.a.x, e.b.y-e.a.y) < longEnoughM {
			continue
		}
		if left := w.land.zoneUnit(e.beside(0.5, 1)); left != "" {
			y.habits = append(y.habits, habit{e, left})
		}
	}
	return y
}

// beside is the point a part of the way along the edge and off to its left.
func (e edge) beside(part, off float64) point {
	dx, dy := e.b.x-e.a.x, e.b.y-e.a.y
	l := math.Hypot(dx, dy)
	return point{e.a.x + part*dx - dy/l*off, e.a.y + part*dy + dx/l*off}
}

// Cases draws n cases of the year.
func (y *Year) Cases(n int) []Case {
	out := make([]Case, 0, n)
	for range n {
		switch dice := y.r.Float64(); {
		case dice < hotShare:
			i := y.hot[y.r.IntN(len(y.hot))]
			c := y.w.about(i, y.w.isNear(i))
			c.Hidden = y.hidden[i]
			out = append(out, c)
		case dice < hotShare+habitShare:
			h := y.habits[y.r.IntN(len(y.habits))]
			at := h.edge.beside(y.r.Float64(), (2*y.r.Float64()-1)*nearM)
			out = append(out, Case{
				Stratum: Event, Near: true, Kind: grids.EventKind, Category: y.w.eventClass(y.r), Unit: h.unit,
				Hidden: y.w.land.zoneUnit(at) != h.unit, at: at,
			})
		default:
			out = append(out, y.w.Draw(1, y.r.Uint64())...)
		}
	}
	return out
}

// Ruling is what the centre decides when a case comes back: about the component,
// or about the stretch of border where it sees a habit. It reports whether there
// is anything to decide: an error of position is none.
func (y *Year) Ruling(c *Case) (grids.Claim, bool) {
	out := grids.Claim{Unit: c.Unit, Evidence: "模拟裁决", DecidedBy: "指挥中心"}
	if c.Component != "" {
		if c.Joint {
			return out, false
		}
		out.Subject.Component = c.Component
		return out, true
	}
	for _, h := range y.habits {
		if h.unit == c.Unit && toSegment(c.at, h.edge.a, h.edge.b) <= nearM {
			p := y.w.land.plane
			out.Subject = grids.Subject{
				Line: []spatial.Coord{p.coord(h.edge.a), p.coord(h.edge.b)}, WithinM: habitM, Kind: grids.EventKind,
			}
			return out, true
		}
	}
	return out, false
}
