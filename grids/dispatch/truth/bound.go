package truth

import (
	"math"

	"github.com/wanmi-gis/wanmi/grids"
)

// Answer is a unit, alone or leading.
type Answer struct {
	Unit  string
	Joint bool
}

// Posterior is what an observer who knows the mix, the city and its truth, and
// of the case only the report, concludes: the probability of each answer. No
// dispatcher can be right more often than by its greatest.
func (w *World) Posterior(r *Report) map[Answer]float64 {
	sigma := r.AccuracyM / 1.5095921854516636
	out := map[Answer]float64{}
	if r.Kind == grids.EventKind {
		w.eventPosterior(r.seen, sigma, out)
	} else {
		w.thingPosterior(r, sigma, out)
	}
	sum := 0.0
	for _, p := range out {
		sum += p
	}
	for a := range out {
		out[a] /= sum
	}
	return out
}

// eventPosterior integrates the density of cases: one within 10 m of borders, one
// elsewhere.
func (w *World) eventPosterior(q point, sigma float64, out map[Answer]float64) {
	const reach, steps = 5.0, 41
	if own := w.land.zoneUnit(q); own != "" && w.land.toBorder(q, reach*sigma+nearM) >= reach*sigma {
		out[Answer{Unit: own}] = 1
		return
	}
	length := w.land.reach[len(w.land.reach)-1]
	atBorder := w.mix.Near / (length * 2 * nearM)
	elsewhere := (1 - w.mix.Near) / max(w.land.areaM2-length*2*nearM, 1)
	for i := range steps {
		for j := range steps {
			x, y := reach*(2*float64(i)/(steps-1)-1), reach*(2*float64(j)/(steps-1)-1)
			p := point{q.x + sigma*x, q.y + sigma*y}
			unit := w.land.zoneUnit(p)
			if unit == "" {
				continue
			}
			density := elsewhere
			if w.land.toBorder(p, nearM+1) <= nearM {
				density = atBorder
			}
			out[Answer{Unit: unit}] += density * math.Exp(-(x*x+y*y)/2)
		}
	}
}

// thingPosterior weighs the components around by how often each is drawn.
func (w *World) thingPosterior(r *Report, sigma float64, out map[Answer]float64) {
	w.at.around(r.seen, 6*sigma+20, func(i int32) {
		t := &w.things[i]
		category := w.City.Components[t.row].Category
		if category[:2] != r.Category[:2] {
			return
		}
		p := 1 - w.mix.WrongCategory
		if minors := w.minorsOf(grids.ComponentKind, category); category != r.Category {
			p = w.mix.WrongCategory / float64(len(minors)-1)
		}
		s2 := sigma*sigma + t.sigma*t.sigma
		dx, dy := t.at.x-r.seen.x, t.at.y-r.seen.y
		p *= math.Exp(-(dx*dx+dy*dy)/(2*s2)) / s2
		if p > 1e-12 {
			out[Answer{t.unit, t.joint}] += p * w.drawnHow(i)
		}
	})
	if len(out) == 0 {
		out[Answer{r.Unit, r.Joint}] = 1 // beyond all reach: to the bound's favour
	}
}

// drawnHow is how probable a component is to be drawn.
func (w *World) drawnHow(i int32) float64 {
	s := w.things[i].stratum
	nearShare := (w.drawn[s][0] + 1) / (w.drawn[s][1] + 2)
	n := float64(len(w.strata[s]))
	if w.isNear(i) {
		return w.quota(s) * w.mix.Near / (n * nearShare)
	}
	return w.quota(s) * (1 - w.mix.Near) / (n * (1 - nearShare))
}
