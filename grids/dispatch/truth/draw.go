package truth

import (
	"math/rand/v2"

	"github.com/wanmi-gis/wanmi/grids"
)

// Draw makes n cases by the mix; the same seed gives the same.
func (w *World) Draw(n int, seed uint64) []Case {
	r := rand.New(rand.NewPCG(seed, 0x6361736573))
	out := make([]Case, 0, n)
	for range n {
		near := r.Float64() < w.mix.Near
		switch s := w.stratum(r); s {
		case Event:
			out = append(out, w.event(r, near))
		default:
			out = append(out, w.about(w.thing(r, s, near), near))
		}
	}
	return out
}

// quota is the share of a stratum in all cases.
func (w *World) quota(s Stratum) float64 {
	m := &w.mix
	return [...]float64{m.Events, 1 - m.Events - m.Ownerless - m.Stale - m.Twin, m.Ownerless - m.Joint, m.Joint, m.Stale, m.Twin}[s]
}

func (w *World) stratum(r *rand.Rand) Stratum {
	dice := r.Float64()
	for s := range strata {
		if dice -= w.quota(s); dice < 0 {
			return s
		}
	}
	return Event
}

func (w *World) event(r *rand.Rand, near bool) Case {
	c := Case{Stratum: Event, Near: near, Kind: grids.EventKind, Category: w.eventClass(r)}
	if near {
		c.at = w.land.atBorder(r)
	} else {
		c.at = w.land.offBorder(r)
	}
	c.Unit = w.land.zoneUnit(c.at)
	return c
}

func (w *World) eventClass(r *rand.Rand) string {
	all := w.City.Categories
	for {
		if k := &all[r.IntN(len(all))]; k.Kind == grids.EventKind && k.Major != "" && k.Scheme == w.City.Scheme {
			return k.Code
		}
	}
}

// thing draws a component of a stratum, near a border or not.
func (w *World) thing(r *rand.Rand, s Stratum, near bool) int32 {
	all := w.strata[s]
	for {
		i := all[r.IntN(len(all))]
		is := w.isNear(i)
		w.drawn[s][1]++
		if is {
			w.drawn[s][0]++
		}
		if is == near {
			return i
		}
	}
}

func (w *World) isNear(i int32) bool {
	near, known := w.near[i]
	if !known {
		near = w.land.nearGround(w.City.Components[w.things[i].row].Category, w.things[i].really)
		w.near[i] = near
	}
	return near
}

func (w *World) about(i int32, near bool) Case {
	t := &w.things[i]
	row := &w.City.Components[t.row]
	return Case{
		Stratum: t.stratum, Near: near, Kind: grids.ComponentKind, Category: row.Category, Component: row.Code,
		Unit: t.unit, Joint: t.joint, at: t.really,
	}
}

// Report reports a case with an error of position of sigma metres on each axis.
func (w *World) Report(c *Case, sigma float64, r *rand.Rand) Report {
	const perSigma = 1.5095921854516636
	seen := point{c.at.x + sigma*r.NormFloat64(), c.at.y + sigma*r.NormFloat64()}
	at := w.land.plane.coord(seen)
	out := Report{Case: c, Lon: at.Lon(), Lat: at.Lat(), AccuracyM: sigma * perSigma, Category: c.Category, seen: seen}
	minors := w.minorsOf(c.Kind, c.Category)
	if r.Float64() < w.mix.WrongCategory && len(minors) > 1 {
		for out.Category == c.Category {
			out.Category = minors[r.IntN(len(minors))]
		}
		out.Wrong = true
	}
	return out
}

func (w *World) minorsOf(kind grids.Kind, category string) []string {
	return w.minors[string(kind)+category[:2]]
}
