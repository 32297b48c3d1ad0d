package statistics

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/stats"
	"github.com/wanmi-gis/wanmi/spatial"
)

// RepeatAnswer is what came back after it was closed.
type RepeatAnswer struct {
	Closed    terms.StatShare `json:"closed_not_solved" doc:"Of the cases closed and watched long enough, those that came back"`
	Chains    int             `json:"chains"`
	Avoidable int             `json:"avoidable" doc:"The cases of chains without the first of each"`
	Units     []UnitReturns   `json:"units" doc:"By the unit that the case lay with, the worst first by the lower end of the interval"`
	List      []ChainAnswer   `json:"list" doc:"The longest chains, at most 200; 5,000 are in the map layer"`
}

// UnitReturns is a unit's part.
type UnitReturns struct {
	terms.UnitOf
	Closed terms.StatShare `json:"closed_not_solved"`
}

// ChainAnswer is a problem that came back.
type ChainAnswer struct {
	Kind         grids.Kind     `json:"kind"`
	Category     string         `json:"category"`
	CategoryName string         `json:"category_name,omitempty"`
	Component    string         `json:"component,omitempty"`
	Position     [2]web.Degrees `json:"position" doc:"Of the last case"`
	N            int            `json:"n"`
	MedianDays   terms.Figure   `json:"median_days" doc:"From a closing to the next report"`
	Cases        []ChainedCase  `json:"cases"`
}

// ChainedCase is a case of a chain.
type ChainedCase struct {
	ID         string     `json:"id"`
	Number     string     `json:"number,omitempty"`
	ReportedAt time.Time  `json:"reported_at"`
	ClosedAt   *time.Time `json:"closed_at,omitempty"`
	terms.UnitOf
}

// What lists and layers of chains are cut at.
const (
	listedChains = 200
	drawnChains  = 5000
	chainCases   = 40 // of one chain that are named
	secondsADay  = 86400
)

func repeatsStatistic() *statistic {
	return &statistic{
		name: "repeats", summary: "What came back after it was closed: chains, and who closed without solving", method: stats.RepeatsMethod,
		words: []word{
			{"radius_m", "number", "How near, where the component is not known; default 20, at most 500"},
			{"within_days", "number", "How long after the closing; default 30, at most 365"},
		},
		plan: func(a *ask, m web.Members) (work, error) {
			radius, err := a.number(m, "radius_m", 20, 0, 500)
			if err != nil {
				return nil, err
			}
			days, err := a.number(m, "within_days", 30, 1, 365)
			if err != nil {
				return nil, err
			}
			a.most = maxHeldCases
			rule := stats.RepeatRule{RadiusM: radius, WithinS: int64(days * secondsADay)}
			a.followUp(rule)
			return func(ctx context.Context, j *job) (*outcome, error) { return a.repeats(ctx, j, rule) }, nil
		},
	}
}

// numbering gives texts numbers from 0 on.
type numbering struct {
	of    map[string]int32
	texts []string
}

func (n *numbering) number(text string) int32 {
	if i, has := n.of[text]; has {
		return i
	}
	if n.of == nil {
		n.of = map[string]int32{}
	}
	i := int32(len(n.texts))
	n.of[text] = i
	n.texts = append(n.texts, text)
	return i
}

// happenings are cases as FindRepeats reads them, with what names them.
type happenings struct {
	events     []stats.Event
	fids       []int64
	units      numbering
	components map[int64]int32
}

func (h *happenings) add(s *grids.Snapshot, r *cases.Row) {
	e := stats.Event{Class: int32(r.Class), Component: -1, Unit: h.units.number(r.Unit), Reported: r.ReportedAt, Closed: r.ClosedAt}
	e.X, e.Y = s.City.Plane.Forward(r.At.Lon(), r.At.Lat())
	if r.Component != 0 {
		if h.components == nil {
			h.components = map[int64]int32{}
		}
		c, has := h.components[r.Component]
		if !has {
			c = int32(len(h.components))
			h.components[r.Component] = c
		}
		e.Component = c
	}
	h.events, h.fids = append(h.events, e), append(h.fids, r.FID)
}

// until is when what is known of the period ends.
func (a *ask) until() int64 { return min(a.to.Unix(), a.asked.Unix()) }

// followUp has what was reported after the period read, too, as far as it may repeat
// what was closed in it.
func (a *ask) followUp(rule stats.RepeatRule) {
	after := a.query
	after.From, after.To = a.to, a.to.Add(time.Duration(rule.WithinS)*time.Second)
	if after.To.After(a.asked) {
		after.To = a.asked
	}
	if a.queries = []cases.Query{a.query}; after.From.Before(after.To) {
		a.queries = append(a.queries, after)
	}
}

// watchedUntil is when what is known of repeats ends.
func (a *ask) watchedUntil() int64 {
	return min(a.queries[len(a.queries)-1].To.Unix(), a.asked.Unix())
}

func (a *ask) repeats(ctx context.Context, j *job, rule stats.RepeatRule) (*outcome, error) {
	out, h := &outcome{}, &happenings{}
	for k, q := range a.queries {
		if err := a.all.rows(ctx, j, q, func(r *cases.Row) {
			switch {
			case k > 0: // it may repeat a case of the period, and counts for nothing else
				if r.State != cases.Voided {
					r.ClosedAt = 0
					h.add(a.snap, r)
				}
			case r.State == cases.Voided:
				out.exclude(isVoid)
			default:
				h.add(a.snap, r)
				out.n++
			}
		}); err != nil {
			return nil, err
		}
	}
	found, err := stats.FindRepeatsContext(ctx, h.events, rule, a.watchedUntil())
	if err != nil {
		return nil, err
	}
	res := &RepeatAnswer{
		Closed: terms.ShareOf(stats.ShareOf(found.Returned, found.Closed)), Chains: len(found.Chains), Avoidable: found.Avoidable,
		Units: []UnitReturns{}, List: []ChainAnswer{},
	}
	for _, u := range found.Units {
		res.Units = append(res.Units, UnitReturns{terms.UnitWithName(a.snap, h.units.texts[u.Unit]), terms.ShareOf(stats.ShareOf(u.Returned, u.Closed))})
	}
	slices.SortStableFunc(res.Units, func(a, b UnitReturns) int {
		return cmp.Or(cmp.Compare(b.Closed.Interval.Low, a.Closed.Interval.Low), cmp.Compare(a.Unit, b.Unit))
	})
	for i := range found.Chains[:min(listedChains, len(found.Chains))] {
		c, err := a.chain(ctx, h, &found.Chains[i])
		if err != nil {
			return nil, err
		}
		res.List = append(res.List, c)
	}
	out.result = res
	out.layer, err = a.drawChains(ctx, h, found, res.List)
	return out, err
}

// chain reads the cases of a chain.
func (a *ask) chain(ctx context.Context, h *happenings, c *stats.Chain) (out ChainAnswer, err error) {
	named := c.Cases[max(0, len(c.Cases)-chainCases):] // the last ones
	fids := make([]int64, len(named))
	for i, k := range named {
		fids[i] = h.fids[k]
	}
	found, err := a.all.cases.Summaries(ctx, fids)
	if err != nil {
		return out, err
	}
	list := make([]*cases.Summary, 0, len(fids))
	for _, fid := range fids {
		if k := found[fid]; k != nil { // not made away with meanwhile
			list = append(list, k)
		}
	}
	if len(list) == 0 {
		return out, nil
	}
	last := list[len(list)-1]
	out = ChainAnswer{
		Kind: last.Kind, Category: last.Category, CategoryName: terms.CategoryName(a.snap, last.Kind, last.Category),
		Position: [2]web.Degrees{web.Degrees(last.At.Lon()), web.Degrees(last.At.Lat())}, N: len(c.Cases), MedianDays: terms.Figure(c.MedianDays),
	}
	for _, k := range list {
		if k.Component != "" {
			out.Component = k.Component
		}
		out.Cases = append(out.Cases, chainedCase(a.snap, k))
	}
	return out, nil
}

// chainedCase is what is told of a case among others.
func chainedCase(snap *grids.Snapshot, k *cases.Summary) ChainedCase {
	zone := snap.City.TimeZone
	of := ChainedCase{ID: k.ID.String(), Number: k.Number, ReportedAt: k.ReportedAt.In(zone), UnitOf: terms.UnitWithName(snap, k.Unit)}
	if !k.ClosedAt.IsZero() {
		at := k.ClosedAt.In(zone)
		of.ClosedAt = &at
	}
	return of
}

// drawnChain has the properties of a chain in the map layer.
type drawnChain struct {
	N            int          `json:"n"`
	MedianDays   terms.Figure `json:"median_days"`
	First        time.Time    `json:"first"`
	Last         time.Time    `json:"last"`
	CategoryName string       `json:"category_name,omitempty"`
	Component    string       `json:"component,omitempty"`
}

// drawChains draws each chain as its last place, and as a line where its places
// differ.
func (a *ask) drawChains(ctx context.Context, h *happenings, found *stats.Repeats, list []ChainAnswer) ([]byte, error) {
	d, zone := draw(ctx), a.snap.City.TimeZone
	for i := range found.Chains[:min(drawnChains, len(found.Chains))] {
		c := &found.Chains[i]
		p := drawnChain{
			N: len(c.Cases), MedianDays: terms.Figure(c.MedianDays),
			First: time.Unix(h.events[c.Cases[0]].Reported, 0).In(zone), Last: time.Unix(h.events[c.Cases[len(c.Cases)-1]].Reported, 0).In(zone),
		}
		if i < len(list) {
			p.CategoryName, p.Component = list[i].CategoryName, list[i].Component
		}
		var line []spatial.Coord
		for _, k := range c.Cases {
			at := spatial.At(a.snap.City.Plane.Inverse(h.events[k].X, h.events[k].Y))
			if len(line) == 0 || line[len(line)-1] != at {
				line = append(line, at)
			}
		}
		d.point(line[len(line)-1], p)
		if len(line) > 1 {
			d.lines([][]spatial.Coord{line}, p)
		}
	}
	return d.end(stats.RepeatsMethod())
}
