package statistics

import (
	"cmp"
	"context"
	"slices"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/stats"
)

// SourcesAnswer is where the public reports and patrols do not, and the other way
// round.
type SourcesAnswer struct {
	By     string          `json:"by"`
	Around string          `json:"around"`
	City   terms.StatShare `json:"city" doc:"The public's share in the whole city"`
	Areas  int             `json:"areas" doc:"With a report of either, in them or around"`
	Public int             `json:"public" doc:"Areas with more of the public than by chance, at alpha"`
	Patrol int             `json:"patrol" doc:"Areas with more of patrols"`
	List   []SourceArea    `json:"list" doc:"Those that stand out, the least q first; at most 2,000. All areas with reports are in the map layer"`
}

// SourceArea is one of them.
type SourceArea struct {
	namedArea
	Class    string          `json:"class" enum:"public,patrol,none"`
	Public   int             `json:"public" doc:"Reports of the public, with around those of the neighbours too"`
	Patrol   int             `json:"patrol"`
	Share    terms.StatShare `json:"share" doc:"Of the public"`
	Expected terms.Figure    `json:"expected" doc:"Public reports at the city's share"`
	Ratio    terms.Figure    `json:"ratio" doc:"The public's part of its reports over patrols' part of theirs: 2 is twice; null where patrols have none"`
	P        terms.Figure    `json:"p"`
	Q        terms.Figure    `json:"q"`
}

func sourcesStatistic() *statistic {
	return &statistic{
		name: "sources", summary: "Where the public reports and patrols do not, and the other way round", method: stats.SourcesMethod,
		words: []word{byWord, qWord, {"around", "string", "none (default) or neighbours: each area together with those that touch it, which finds places of few reports"}},
		plan: func(a *ask, m web.Members) (work, error) {
			if text, has := a.filter["source"]; has {
				return nil, web.Refuse("filter.source", text.(string), "it compares public with patrol; leave source out", web.ErrMalformed)
			}
			by, err := a.choice(m, "by", "cell", "zone", "community", "street", "district")
			if err != nil {
				return nil, err
			}
			alpha, err := a.number(m, "alpha", 0.05, 1e-6, 0.5)
			if err != nil {
				return nil, err
			}
			around, err := a.choice(m, "around", "none", "neighbours")
			if err != nil {
				return nil, err
			}
			both := a.query
			both.Sources = []cases.Source{cases.Public, cases.Patrol}
			a.queries = []cases.Query{both}
			return func(ctx context.Context, j *job) (*outcome, error) { return a.sources(ctx, j, by, alpha, around) }, nil
		},
	}
}

// bySource counts the reports of both by area, and of all areas together.
func (a *ask) bySource(ctx context.Context, j *job, in *areas, out *outcome) (public, patrol []int, cityPublic int, err error) {
	public, patrol = make([]int, len(in.rows)), make([]int, len(in.rows))
	err = a.all.rows(ctx, j, a.queries[0], func(r *cases.Row) {
		at := in.of(r)
		switch {
		case at < 0:
			out.exclude(noArea)
			return
		case r.Source == cases.Public:
			cityPublic++
			public[at]++
		default:
			patrol[at]++
		}
		out.n++
	})
	return public, patrol, cityPublic, err
}

func (a *ask) sources(ctx context.Context, j *job, by string, alpha float64, around string) (*outcome, error) {
	in, out := a.areasOf(by), &outcome{}
	public, patrol, cityPublic, err := a.bySource(ctx, j, in, out)
	if err != nil {
		return nil, err
	}
	if around == "neighbours" {
		beside, err := in.neighbours(ctx, a.all)
		if err != nil {
			return nil, err
		}
		public, patrol = withNeighbours(public, beside), withNeighbours(patrol, beside)
	}
	found, err := stats.SourcesContext(ctx, public, patrol, cityPublic, out.n)
	if err != nil {
		return nil, err
	}
	res := &SourcesAnswer{By: by, Around: around, City: terms.ShareOf(stats.ShareOf(cityPublic, out.n)), List: []SourceArea{}}
	d := draw(ctx)
	for i := range found {
		s := &found[i]
		if s.Public+s.Patrol == 0 {
			continue
		}
		p := SourceArea{
			in.named(i), "none", s.Public, s.Patrol, terms.ShareOf(stats.ShareOf(s.Public, s.Public+s.Patrol)), terms.Figure(s.Expected), terms.Figure(s.Ratio),
			terms.Figure(s.P), terms.Figure(s.Q),
		}
		res.Areas++
		switch {
		case !(s.Q <= alpha):
		case float64(s.Public) > s.Expected:
			p.Class = string(cases.Public)
			res.Public++
		default:
			p.Class = string(cases.Patrol)
			res.Patrol++
		}
		if p.Class != "none" {
			res.List = append(res.List, p)
		}
		d.area(in, i, p)
	}
	slices.SortStableFunc(res.List, func(a, b SourceArea) int { return cmp.Or(cmp.Compare(a.Q, b.Q), cmp.Compare(a.Code, b.Code)) })
	res.List = res.List[:min(listedAreas, len(res.List))]
	out.result = res
	out.layer, err = d.end(stats.SourcesMethod())
	return out, err
}

// withNeighbours adds to each area's count those of its neighbours.
func withNeighbours(counts []int, beside *stats.Neighbours) []int {
	out := slices.Clone(counts)
	for i := range out {
		for _, j := range beside.Of(i) {
			out[i] += counts[j]
		}
	}
	return out
}
