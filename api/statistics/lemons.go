package statistics

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/stats"
	"github.com/wanmi-gis/wanmi/spatial"
)

// LemonsAnswer is which components have more cases than their class explains.
type LemonsAnswer struct {
	Components int           `json:"components" doc:"That the filter looks after"`
	Lemons     int           `json:"lemons"`
	Classes    []LemonClass  `json:"classes" doc:"Those with a case, the most lemons first"`
	List       []LemonAnswer `json:"list" doc:"The most probable first, at most 200; 5,000 are in the map layer"`
}

// LemonClass is a class of components, whose rates are compared.
type LemonClass struct {
	Category     string       `json:"category"`
	CategoryName string       `json:"category_name,omitempty"`
	Components   int          `json:"components"`
	Cases        int          `json:"cases"`
	Mean         terms.Figure `json:"mean" doc:"Cases per component and year"`
	Shape        terms.Figure `json:"shape" doc:"Of the gamma distribution of rates: 0 where components differ no more than by chance, so that none is a lemon"`
	Rate         terms.Figure `json:"rate" doc:"Its other parameter, in years"`
	Lemons       int          `json:"lemons"`
}

// LemonAnswer is a component.
type LemonAnswer struct {
	Component    string         `json:"component"`
	Name         string         `json:"name,omitempty"`
	Category     string         `json:"category"`
	CategoryName string         `json:"category_name,omitempty"`
	Position     [2]web.Degrees `json:"position"`
	N            int            `json:"n"`
	Years        terms.Figure   `json:"exposure_years" doc:"From the beginning of the period, or when it was put there if that is known and later and no case is older"`
	Expected     terms.Figure   `json:"expected" doc:"Cases at the mean of its class"`
	Rate         terms.Figure   `json:"rate" doc:"Posterior mean, cases a year"`
	P            terms.Figure   `json:"probability" doc:"Posterior: that its rate is above so many times the mean of its class"`
	Cases        []ChainedCase  `json:"cases,omitempty" doc:"Its last cases, at most 40; in the list only"`
}

// secondsAYear is a mean year.
const secondsAYear = 365.25 * secondsADay

// What the cases of lemons are left out for.
const (
	noComponent   = "no_component"   // it is about none that is known
	goneComponent = "gone_component" // which is not in the city now, or not in the filter's areas
)

// looksAfter is after how many things it is looked whether they are still wanted.
const looksAfter = 4096

func lemonsStatistic() *statistic {
	return &statistic{
		name: "lemons", summary: "Components that have more cases than their class explains", method: stats.LemonsMethod,
		words: []word{
			{"times", "number", "How many times the mean of the class is too many; default 2, 1 to 100"},
			{"probability", "number", "How probable it must be, 0.5 to 0.9999; default 0.95"},
		},
		plan: func(a *ask, m web.Members) (work, error) {
			if a.query.Kind == grids.EventKind {
				return nil, web.Refuse("filter.kind", string(a.query.Kind), "events are of no component", web.ErrMalformed)
			}
			times, err := a.number(m, "times", 2, 1, 100)
			if err != nil {
				return nil, err
			}
			least, err := a.number(m, "probability", 0.95, 0.5, 0.9999)
			if err != nil {
				return nil, err
			}
			a.query.Kind, a.most = grids.ComponentKind, maxHeldCases
			return func(ctx context.Context, j *job) (*outcome, error) { return a.lemons(ctx, j, times, least) }, nil
		},
	}
}

// lemonYard is the components of one class.
type lemonYard struct {
	category string
	rows     []int32 // in the layer
	exposure []float64
	counts   []int
	cases    int
	found    *stats.Lemons
}

// inYard is where a component is counted.
type inYard struct {
	yard *lemonYard
	at   int
}

// yards lists the components that the filter looks after by class.
func (a *ask) yards(ctx context.Context) (byClass map[string]*lemonYard, byFID map[int64]inYard, err error) {
	byClass, byFID = map[string]*lemonYard{}, map[int64]inYard{}
	q := &a.query
	everywhere := len(q.Cells)+len(q.Zones)+len(q.Communities)+len(q.Streets)+len(q.Districts) == 0
	until := time.Unix(a.until(), 0)
	seen := 0
	for i := range a.snap.All(grids.Components) {
		if seen++; seen%looksAfter == 0 && ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		c := a.snap.Component(i)
		if len(q.Categories) > 0 && !hasPrefix(q.Categories, c.Category) {
			continue
		}
		if !everywhere {
			if p := a.snap.Locate(c.At); p.Cell == spatial.None || !a.looksAfter(p.Cell) {
				continue
			}
		}
		exposure := max(0, until.Sub(a.since(c)).Seconds()/secondsAYear)
		y := byClass[c.Category]
		if y == nil {
			y = &lemonYard{category: c.Category}
			byClass[c.Category] = y
		}
		byFID[c.FID] = inYard{y, len(y.rows)}
		y.rows, y.exposure = append(y.rows, i), append(y.exposure, exposure)
	}
	for _, y := range byClass {
		y.counts = make([]int, len(y.rows))
	}
	return byClass, byFID, nil
}

// since is when a component's exposure begins: with the period, or when it was put
// there, unless a case is older than that. A row's validity tells when the city
// began to know it, which says nothing.
func (a *ask) since(c *grids.Component) time.Time {
	if placed, err := time.ParseInLocation(time.DateOnly, c.PlacedOn, a.snap.City.TimeZone); err == nil && placed.After(a.query.From) {
		return placed
	}
	return a.query.From
}

func (a *ask) lemons(ctx context.Context, j *job, times, least float64) (*outcome, error) {
	byClass, byFID, err := a.yards(ctx)
	if err != nil {
		return nil, err
	}
	out, until := &outcome{}, a.until()
	of := map[int64][]int64{} // the cases of a component, in the order of their reports
	if err := a.all.rows(ctx, j, a.query, func(r *cases.Row) {
		at, known := byFID[r.Component]
		switch {
		case r.Component == 0:
			out.exclude(noComponent)
		case r.State == cases.Voided:
			out.exclude(isVoid)
		case !known:
			out.exclude(goneComponent)
		default:
			out.n++
			if years := float64(until-r.ReportedAt) / secondsAYear; years > at.yard.exposure[at.at] {
				at.yard.exposure[at.at] = float64(until-a.query.From.Unix()) / secondsAYear
			}
			at.yard.counts[at.at]++
			at.yard.cases++
			of[r.Component] = append(of[r.Component], r.FID)
		}
	}); err != nil {
		return nil, err
	}
	res := &LemonsAnswer{Components: len(byFID), Classes: []LemonClass{}, List: []LemonAnswer{}}
	var all []LemonAnswer
	for _, code := range slices.Sorted(maps.Keys(byClass)) {
		y := byClass[code]
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if y.cases == 0 {
			continue
		}
		if y.found, err = stats.FindLemons(y.counts, y.exposure, times, least); err != nil {
			return nil, err
		}
		res.Classes = append(res.Classes, LemonClass{
			code, terms.CategoryName(a.snap, grids.ComponentKind, code), len(y.rows), y.cases, terms.Figure(y.found.Mean), terms.Figure(y.found.Shape), terms.Figure(y.found.Rate),
			len(y.found.List),
		})
		for i := range y.found.List {
			all = append(all, a.lemon(y, &y.found.List[i]))
		}
	}
	slices.SortStableFunc(res.Classes, func(a, b LemonClass) int {
		return cmp.Or(cmp.Compare(b.Lemons, a.Lemons), cmp.Compare(b.Cases, a.Cases))
	})
	slices.SortStableFunc(all, func(a, b LemonAnswer) int {
		return cmp.Or(cmp.Compare(b.P, a.P), cmp.Compare(b.N, a.N), cmp.Compare(a.Component, b.Component))
	})
	res.Lemons = len(all)
	d := draw(ctx)
	for i := range all[:min(drawnChains, len(all))] {
		d.point(spatial.At(float64(all[i].Position[0]), float64(all[i].Position[1])), all[i])
	}
	res.List = append(res.List, all[:min(listedChains, len(all))]...)
	if err := a.lemonCases(ctx, res.List, of); err != nil {
		return nil, err
	}
	out.result = res
	out.layer, err = d.end(stats.LemonsMethod())
	return out, err
}

func (a *ask) lemon(y *lemonYard, l *stats.Lemon) LemonAnswer {
	c := a.snap.Component(y.rows[l.Index])
	return LemonAnswer{
		Component: c.Code, Name: c.Name, Category: y.category, CategoryName: terms.CategoryName(a.snap, grids.ComponentKind, y.category),
		Position: [2]web.Degrees{web.Degrees(c.At.Lon()), web.Degrees(c.At.Lat())}, N: l.Count, Years: terms.Figure(y.exposure[l.Index]), Expected: terms.Figure(l.Expected),
		Rate: terms.Figure(l.Rate), P: terms.Figure(l.P),
	}
}

// lemonCases names the last cases of each.
func (a *ask) lemonCases(ctx context.Context, list []LemonAnswer, of map[int64][]int64) error {
	for i := range list {
		row := a.snap.Find(grids.Components, list[i].Component)
		if row == spatial.None {
			continue
		}
		fids := of[a.snap.Component(row).FID]
		fids = fids[max(0, len(fids)-chainCases):]
		found, err := a.all.cases.Summaries(ctx, fids)
		if err != nil {
			return err
		}
		for _, fid := range fids {
			if k := found[fid]; k != nil { // not made away with meanwhile
				list[i].Cases = append(list[i].Cases, chainedCase(a.snap, k))
			}
		}
	}
	return nil
}
