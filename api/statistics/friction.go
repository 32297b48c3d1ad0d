package statistics

import (
	"context"
	"math"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/stats"
	"github.com/wanmi-gis/wanmi/spatial"
)

// FrictionAnswer is what the borders of zones cost.
type FrictionAnswer struct {
	Seed      uint64          `json:"seed"`
	All       terms.StatShare `json:"dispatched_again" doc:"Near any border"`
	Elsewhere terms.StatShare `json:"elsewhere" doc:"Off the borders, to hold it against"`
	List      []BorderCosts   `json:"list" doc:"The worst first, by the lower end of the interval; at most 1,000"`
}

// BorderCosts is a border of two zones.
type BorderCosts struct {
	A          string          `json:"a"`
	AName      string          `json:"a_name,omitempty"`
	AUnit      string          `json:"a_unit,omitempty"`
	B          string          `json:"b"`
	BName      string          `json:"b_name,omitempty"`
	BUnit      string          `json:"b_unit,omitempty"`
	Again      terms.StatShare `json:"dispatched_again"`
	ExtraHours terms.Figure    `json:"extra_hours" doc:"Median of those dispatched again less that of the others; null where one of the two has none"`
	Interval   terms.Band      `json:"interval" doc:"95 %, bootstrap; null where one of the two has less than five"`
}

const listedBorders = 1000

func frictionStatistic() *statistic {
	return &statistic{
		name: "friction", summary: "What borders of zones cost: cases beside them that were dispatched again", method: stats.FrictionMethod,
		words: []word{{"near_m", "number", "How far from a border of cells a case may lie; default 30, at most 200"}, {"seed", "integer", "Of the bootstrap; default 1"}},
		plan: func(a *ask, m web.Members) (work, error) {
			near, err := a.number(m, "near_m", 30, 0, 200)
			if err != nil {
				return nil, err
			}
			seed, err := a.seed(m)
			a.most = maxLogCases
			return func(ctx context.Context, j *job) (*outcome, error) { return a.friction(ctx, j, near, seed) }, err
		},
	}
}

// dispatches counts how often a case was given to a unit, and the hours from the
// first time to its closing, NaN while it is open.
func dispatches(l *cases.Log) (n int, hours float64) {
	hours = math.NaN()
	var first *cases.Event
	for i := range l.Events {
		e := &l.Events[i]
		if e.Kind != cases.Rule && (e.Kind != cases.Dispatch || e.Level == cases.DistrictLevel || e.Unit == "") {
			continue // a district passes it on
		}
		if n++; first == nil {
			first = e
		}
	}
	if first != nil && l.State == cases.Closed {
		hours = l.ClosedAt.Sub(first.At).Hours()
	}
	return n, hours
}

// borderAt is the border of zones near a position: the zones, the smaller first.
func borderAt(s *grids.Snapshot, at spatial.Coord, nearM float64) (border [2]int32, ok bool) {
	p := s.Locate(at)
	if p.Status != grids.StatusInside || p.Zone == spatial.None {
		return border, false
	}
	far, across := s.Border(p)
	if far > nearM || across == spatial.None {
		return border, false
	}
	other := s.Find(grids.Zones, s.City.Cells[across].Zone)
	if other == spatial.None || other == p.Zone {
		return border, false
	}
	return [2]int32{min(p.Zone, other), max(p.Zone, other)}, true
}

func (a *ask) friction(ctx context.Context, j *job, nearM float64, seed uint64) (*outcome, error) {
	out := &outcome{}
	var list []stats.Handled
	elsewhere, again, all := 0, 0, 0
	if err := a.all.logs(ctx, j, a.query, func(l *cases.Log) {
		n, hours := dispatches(l)
		border, near := borderAt(a.snap, l.At, nearM)
		switch {
		case l.State == cases.Voided:
			out.exclude(isVoid)
		case n == 0:
			out.exclude(unsent)
		case !near:
			out.exclude(farOff)
			if elsewhere++; n > 1 {
				again++
			}
		default:
			out.n++
			if n > 1 {
				all++
			}
			list = append(list, stats.Handled{Border: border, Again: n > 1, Hours: hours})
		}
	}); err != nil {
		return nil, err
	}
	found, err := stats.FindFrictionContext(ctx, list, seed)
	if err != nil {
		return nil, err
	}
	found = found[:min(listedBorders, len(found))]
	res := &FrictionAnswer{Seed: seed, All: terms.ShareOf(stats.ShareOf(all, len(list))), Elsewhere: terms.ShareOf(stats.ShareOf(again, elsewhere)), List: []BorderCosts{}}
	keys, wanted := make([]string, len(found)), map[string]bool{}
	for i := range found {
		f := &found[i]
		x, y := &a.snap.City.Zones[f.Border[0]], &a.snap.City.Zones[f.Border[1]]
		res.List = append(res.List, BorderCosts{
			x.Code, x.Name, x.Unit, y.Code, y.Name, y.Unit, terms.ShareOf(f.Again), terms.Figure(f.ExtraHours), terms.BandOf(f.Interval),
		})
		keys[i] = terms.BorderKey(min(x.Code, y.Code), max(x.Code, y.Code))
		wanted[keys[i]] = true
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	lines := terms.BorderLines(a.snap, wanted)
	d := draw(ctx)
	for i := range res.List {
		if l := lines[keys[i]]; l != nil {
			d.lines(l, res.List[i])
		}
	}
	out.result = res
	out.layer, err = d.end(stats.FrictionMethod())
	return out, err
}
