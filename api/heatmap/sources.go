package heatmap

import (
	"context"
	"math"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/stats"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler/heat"
)

// HeatLeast is below what there is no number.
type HeatLeast struct {
	Value float64     `json:"value"`
	Units string      `json:"units"`
	Words terms.Words `json:"words"`
}

// HeatSources are the reports around a place by who made them.
type HeatSources struct {
	RadiusM float64         `json:"radius_m" doc:"Cases within it are counted: two bandwidths"`
	Public  int64           `json:"public"`
	Patrol  int64           `json:"patrol"`
	Share   terms.StatShare `json:"share" doc:"Of the public"`
	City    terms.StatShare `json:"city" doc:"The public's share in the whole city"`
	P       terms.Figure    `json:"p" doc:"Exact, two-sided: the share is the city's"`
}

// oneCase is the density that a single case has at the distance of a bandwidth.
func oneCase(k heat.Kernel) float64 {
	return m2PerKM2 / (2 * math.Pi * float64(k.BandwidthM*k.BandwidthM)) * 0.6065 // e^-1/2
}

// twoSources has the question ask for the public's cases, against those of patrols.
func (q *question) twoSources(p *web.Params) error {
	if text, ok := p.Find("source"); ok {
		return web.Refuse("source", text, "mode="+modeSources+" compares public with patrol; leave source out", web.ErrMalformed)
	}
	q.against = q.query
	q.query.Sources, q.against.Sources = []cases.Source{cases.Public}, []cases.Source{cases.Patrol}
	return nil
}

// contrast holds the density of the public's cases against that of patrols': how
// many more of its own the public has here than patrols of theirs.
func (a *ask) contrast(ctx context.Context, s *heatSurface) error {
	p, err := a.predicate(&a.against)
	if err != nil {
		return err
	}
	patrol, err := a.city.ground.Density(ctx, a.view, p, s.Options)
	if err != nil {
		return err
	}
	public := s.Surface
	s.againstN, s.againstExcluded = patrol.N, patrol.Excluded
	if s.againstPiledN, err = a.piledN(ctx, &a.against); err != nil {
		return err
	}
	if public.N == 0 || patrol.N == 0 {
		which := cases.Public
		if public.N > 0 {
			which = cases.Patrol
		}
		return web.Refuse("mode", modeSources, "the filter picks no case of source "+string(which), web.ErrImpossible)
	}
	s.least = oneCase(s.Kernel)
	if s.Surface, err = heat.LogRatio(public, patrol, float64(public.N)/float64(patrol.N), s.least); err != nil {
		return err
	}
	s.N, s.Excluded = public.N, public.Excluded
	return nil
}

// byPatrol divides by the density of patrol hours.
func (a *ask) byPatrol(ctx context.Context, s *heatSurface) (*heat.Surface, error) {
	if err := a.patrolFault(); err != nil {
		return nil, err
	}
	s.least = leastPatrolHours * a.period(a.query.From, a.query.To).Days / 30
	// Half a bandwidth is far below what the kernel can tell apart.
	return a.city.ground.Weigh(ctx, a.city.spread(a.patrolHours(), min(s.BandwidthM/2, maxPatrolStepM)), s.Options)
}

// leastOf is what the legend says of places without a number.
func (a *ask) leastOf(s *heatSurface) *HeatLeast {
	one := terms.Words{Chinese: "即一件在一个带宽处的密度", English: "what one alone has at the distance of a bandwidth"}
	switch {
	case a.mode == modeSources:
		return &HeatLeast{s.least, "cases/km²", terms.Words{
			Chinese: "公众或巡查案件密度低于此值处不显示（" + one.Chinese + "）。", English: "Hidden where the density of either, public or patrol, is below this: " + one.English + ".",
		}}
	case a.mode != modeRate:
		return nil
	case a.per == perRoad:
		return &HeatLeast{s.least, "km/km²", terms.Words{Chinese: "道路密度低于此值处不显示。", English: "Hidden where there is less road than this."}}
	case a.per == perPatrolHour:
		return &HeatLeast{s.least, "hours/km²", terms.Words{
			Chinese: "巡查工时密度低于此值处不显示（每 30 天每平方公里 1 小时）。", English: "Hidden where fewer hours were patrolled than this: one per km² and 30 days.",
		}}
	}
	return &HeatLeast{s.least, "components/km²", terms.Words{Chinese: "部件密度低于此值处不显示（" + one.Chinese + "）。", English: "Hidden where there are fewer components than this: " + one.English + "."}}
}

// sourcesAround counts the two sources around a place.
func (a *ask) sourcesAround(ctx context.Context, s *heatSurface, at spatial.Coord) (*HeatSources, error) {
	out := &HeatSources{RadiusM: 2 * s.BandwidthM}
	for _, w := range [...]struct {
		query *cases.Query
		into  *int64
	}{{&a.query, &out.Public}, {&a.against, &out.Patrol}} {
		p, err := a.predicate(w.query)
		if err == nil {
			*w.into, err = a.city.ground.CountWithin(ctx, a.view, p, at, out.RadiusM)
		}
		if err != nil {
			return nil, err
		}
	}
	public, patrol := int(s.N+s.Excluded), int(s.againstN+s.againstExcluded)
	found, err := stats.Sources([]int{int(out.Public)}, []int{int(out.Patrol)}, public, public+patrol)
	if err != nil {
		return nil, err
	}
	out.Share = terms.ShareOf(stats.ShareOf(int(out.Public), int(out.Public+out.Patrol)))
	out.City, out.P = terms.ShareOf(stats.ShareOf(public, public+patrol)), terms.Figure(found[0].P)
	return out, nil
}
