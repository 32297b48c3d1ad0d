package truth

import (
	"math"

	"github.com/wanmi-gis/wanmi/grids"
)

// The field's usual ways, to compare with.

// NearestCentre is the zone of the nearest cell centre for events, and for
// components a table: who owns most of the class.
func (w *World) NearestCentre() func(r *Report) string {
	counts := map[string]map[string]int{}
	for i := range w.City.Components {
		c := &w.City.Components[i]
		u := c.Owner
		if u == "" {
			u = c.Maintainer
		}
		if u == "" {
			continue
		}
		if counts[c.Category] == nil {
			counts[c.Category] = map[string]int{}
		}
		counts[c.Category][u]++
	}
	table := map[string]string{}
	for category, units := range counts {
		most := 0
		for u, n := range units {
			if n > most || (n == most && u < table[category]) {
				table[category], most = u, n
			}
		}
	}
	centres := make([]point, len(w.City.Cells))
	var at squares
	for i := range centres {
		centres[i] = w.land.plane.of(w.City.Cells[i].At)
		at.add(int32(i), centres[i].x, centres[i].y, centres[i].x, centres[i].y)
	}
	return func(r *Report) string {
		if u := table[r.Category]; r.Kind == grids.ComponentKind && u != "" {
			return u
		}
		best, unit := math.Inf(1), ""
		at.around(r.seen, 400, func(i int32) {
			if d := math.Hypot(centres[i].x-r.seen.x, centres[i].y-r.seen.y); d < best {
				best, unit = d, w.land.unitOf[i]
			}
		})
		return unit
	}
}

// Containment is the zone that holds the point for events; for components the
// owner of the nearest of the class within 30 m, else the area's unit at the
// point, else the zone's. It takes the covers of the joint class for joint.
func (w *World) Containment(r *Report) (unit string, joint bool) {
	if r.Kind == grids.EventKind {
		return w.land.zoneUnit(r.seen), false
	}
	if r.Category == w.joint {
		return w.lead, true
	}
	best := 30.0
	w.at.around(r.seen, best, func(i int32) {
		t := &w.things[i]
		row := &w.City.Components[t.row]
		if d := math.Hypot(t.at.x-r.seen.x, t.at.y-r.seen.y); row.Category == r.Category && d < best {
			best, unit = d, row.Owner
			if unit == "" {
				unit = row.Maintainer
			}
		}
	})
	if unit == "" {
		unit = w.land.groundUnit(r.Category, r.seen)
	}
	return unit, false
}
