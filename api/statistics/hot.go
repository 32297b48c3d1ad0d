package statistics

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/stats"
	"github.com/wanmi-gis/wanmi/spatial"
)

// HotSpots are the areas that stand out together with those around them.
type HotSpots struct {
	By      string        `json:"by"`
	Areas   int           `json:"areas" doc:"That were looked after, those without a case too"`
	Hot     int           `json:"hot"`
	Cold    int           `json:"cold"`
	Islands []string      `json:"islands" doc:"Areas without neighbours, at most 100"`
	Rate    *terms.Figure `json:"rate,omitempty" doc:"The city's, of the base"`
	List    []HotArea     `json:"list" doc:"Those that stand out, the least q first; at most 2,000. All areas are in the map layer"`
}

// HotArea is one of them.
type HotArea struct {
	namedArea
	Class    string       `json:"class" enum:"hot,cold,none"`
	Count    int          `json:"count"`
	Around   int          `json:"around" doc:"Of the area and its neighbours"`
	Areas    int          `json:"areas" doc:"How many these are"`
	Expected terms.Figure `json:"expected" doc:"What so many areas have on average"`
	Z        terms.Figure `json:"z" doc:"Gi*"`
	P        terms.Figure `json:"p"`
	Q        terms.Figure `json:"q"`
	*HotRate
}

// HotRate is the count against a base.
type HotRate struct {
	Base     terms.Figure `json:"base"`
	Rate     terms.Figure `json:"rate"`
	Shrunk   terms.Figure `json:"rate_shrunk" doc:"Empirical Bayes"`
	Excess   terms.Figure `json:"excess" doc:"Count over what the city's rate would give"`
	Interval terms.Band   `json:"rate_interval" doc:"Exact, 95 %"`
	Wide     bool         `json:"wide" doc:"The interval spans so much that the rate says nothing"`
}

// What lists of areas are cut at: the map layer has the rest.
const (
	listedAreas   = 2000
	listedIslands = 100
)

var (
	byWord = word{"by", "string", "cell, zone, community, street or district"}
	qWord  = word{"alpha", "number", "The false discovery rate that is accepted; default 0.05, at most 0.5"}
)

func hotspotsStatistic() *statistic {
	return &statistic{
		name: "hotspots", summary: "Where there are more cases, or fewer, than chance explains", method: stats.HotSpotsMethod,
		words: []word{byWord, qWord, {"band_m", "number", "Areas whose middles are so near are neighbours; default 0: those that touch. At most 20,000"}, {"base", "string", "none (default), area or components: rates per km², or per component of the class (kind component and category)"}},
		plan: func(a *ask, m web.Members) (work, error) {
			by, err := a.choice(m, "by", "cell", "zone", "community", "street", "district")
			if err != nil {
				return nil, err
			}
			alpha, err := a.number(m, "alpha", 0.05, 1e-6, 0.5)
			if err != nil {
				return nil, err
			}
			band, err := a.number(m, "band_m", 0, 0, 20_000)
			if err != nil {
				return nil, err
			}
			base, err := a.choice(m, "base", "none", "area", "components")
			if err == nil && base == "components" && (a.query.Kind != grids.ComponentKind || len(a.query.Categories) == 0) {
				err = web.Refuse("base", base, "the filter needs kind component and category", web.ErrMalformed)
			}
			if err != nil {
				return nil, err
			}
			return func(ctx context.Context, j *job) (*outcome, error) {
				return a.hotspots(ctx, j, by, alpha, band, base)
			}, nil
		},
	}
}

// within makes areas neighbours whose middles are at most so many metres apart; of 0
// those that touch.
func (a *areas) within(ctx context.Context, s *Jobs, bandM float64) (*stats.Neighbours, error) {
	if bandM == 0 {
		return a.neighbours(ctx, s)
	}
	middles := make([]spatial.Coord, len(a.rows))
	for i := range middles {
		middles[i] = a.feature(i).At
	}
	beside, err := stats.Band(middles, bandM)
	if at, ok := errors.AsType[*stats.BandError](err); ok {
		return nil, web.Refuse("band_m", fmt.Sprint(bandM), fmt.Sprintf("%s has more than %d areas around", a.feature(at.Area).Code, stats.MaxNeighbourhood-1), web.ErrImpossible)
	}
	return beside, err
}

// counted counts the cases of a query by area.
func (a *ask) counted(ctx context.Context, j *job, q cases.Query, in *areas, out *outcome) ([]int, error) {
	counts := make([]int, len(in.rows))
	err := a.all.rows(ctx, j, q, func(r *cases.Row) {
		if at := in.of(r); at >= 0 {
			counts[at]++
			out.n++
		} else {
			out.exclude(noArea)
		}
	})
	return counts, err
}

func (a *ask) hotspots(ctx context.Context, j *job, by string, alpha, band float64, base string) (*outcome, error) {
	in, out := a.areasOf(by), &outcome{}
	counts, err := a.counted(ctx, j, a.query, in, out)
	if err != nil {
		return nil, err
	}
	beside, err := in.within(ctx, a.all, band)
	if err != nil {
		return nil, err
	}
	values := make([]float64, len(counts))
	for i, n := range counts {
		values[i] = float64(n)
	}
	spots, err := stats.HotSpotsContext(ctx, values, beside)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, web.Refuse("by", by, err.Error(), web.ErrImpossible)
	}
	res := &HotSpots{By: by, Areas: len(spots), Islands: []string{}, List: []HotArea{}}
	rates, err := a.rates(in, counts, base, res)
	if err != nil {
		return nil, err
	}
	for _, i := range beside.Islands()[:min(listedIslands, len(beside.Islands()))] {
		res.Islands = append(res.Islands, in.feature(int(i)).Code)
	}
	d := draw(ctx)
	for i := range spots {
		h := &spots[i]
		p := HotArea{
			namedArea: in.named(i), Class: "none", Count: counts[i], Around: int(h.Around), Areas: h.Areas, Expected: terms.Figure(h.Expected),
			Z: terms.Figure(h.Z), P: terms.Figure(h.P), Q: terms.Figure(h.Q),
		}
		if rates != nil {
			p.HotRate = rateOf(&rates[i])
		}
		switch {
		case h.Hot(alpha):
			p.Class = "hot"
			res.Hot++
		case h.Cold(alpha):
			p.Class = "cold"
			res.Cold++
		}
		if p.Class != "none" {
			res.List = append(res.List, p)
		}
		d.area(in, i, p)
	}
	slices.SortStableFunc(res.List, func(a, b HotArea) int {
		return cmp.Or(cmp.Compare(a.Q, b.Q), cmp.Compare(math.Abs(float64(b.Z)), math.Abs(float64(a.Z))), cmp.Compare(a.Code, b.Code))
	})
	res.List = res.List[:min(listedAreas, len(res.List))]
	out.result = res
	out.layer, err = d.end(stats.HotSpotsMethod())
	return out, err
}

func rateOf(r *stats.Rate) *HotRate {
	return &HotRate{terms.Figure(r.Base), terms.Figure(r.Raw), terms.Figure(r.Shrunk), terms.Figure(r.Excess), terms.BandOf(r.Interval), r.Wide}
}

const m2PerKM2 = 1e6

// rates holds the counts against what could have had the cases; nil for no base.
func (a *ask) rates(in *areas, counts []int, base string, res *HotSpots) ([]stats.Rate, error) {
	of := make([]float64, len(counts))
	switch base {
	case "none":
		return nil, nil
	case "area":
		for i := range of {
			of[i] = in.feature(i).Shape.AreaM2() / m2PerKM2
		}
	case "components":
		for i := range a.snap.All(grids.Components) {
			c := a.snap.Component(i)
			if !hasPrefix(a.query.Categories, c.Category) {
				continue
			}
			p := a.snap.Locate(c.At)
			if p.Status != grids.StatusInside {
				continue
			}
			zone := ""
			if p.Zone != spatial.None {
				zone = a.snap.City.Zones[p.Zone].Code
			}
			if at := in.ofCodes(a.snap.City.Cells[p.Cell].Code, zone); at >= 0 {
				of[at]++
			}
		}
	}
	rates, city, err := stats.EmpiricalBayes(counts, of)
	if err != nil {
		return nil, web.Refuse("base", base, err.Error(), web.ErrImpossible)
	}
	rate := terms.Figure(city)
	res.Rate = &rate
	return rates, nil
}

func hasPrefix(prefixes []string, code string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return len(code) >= len(p) && code[:len(p)] == p })
}
