package statistics

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/stats"
)

// Comparison is what changed from one period to another.
type Comparison struct {
	By      string       `json:"by"`
	Before  StatPeriod   `json:"before"`
	After   StatPeriod   `json:"after"`
	City    ChangedArea  `json:"city" doc:"All areas together, by the lengths of the periods"`
	Areas   int          `json:"areas" doc:"With a case in either period"`
	More    int          `json:"more" doc:"Areas with more than before, at alpha"`
	Fewer   int          `json:"fewer"`
	Scatter terms.Figure `json:"scatter" doc:"How many times as much the areas' counts differ from one period to the other as those of single cases: above 1 cases come in bursts, which the test does not take for changes. 1 with scatter none, and of fewer than 30 areas"`

	List []ChangedArea `json:"list" doc:"Those that changed, the least q first; at most 2,000. All areas with cases are in the map layer"`
}

// ChangedArea is an area in two periods.
type ChangedArea struct {
	namedArea
	Class  string       `json:"class" enum:"more,fewer,none"`
	Before int          `json:"before"`
	After  int          `json:"after"`
	Ratio  terms.Figure `json:"ratio" doc:"Of the rates, after over before; null without a case before"`
	P      terms.Figure `json:"p"`
	Q      terms.Figure `json:"q"`
}

func compareStatistic() *statistic {
	return &statistic{
		name: "compare", summary: "What changed from one period to another, area by area", method: stats.ScatteredMethod,
		words: []word{
			{"before", "object", "from and to: the earlier period, instead of the filter's"},
			{"after", "object", "from and to: the later one"},
			byWord, qWord,
			{"scatter", "string", "auto (default): cases that come in bursts are no change; none: the exact test of single cases"},
			{"against", "string", "time (default): whether rates changed; city: whether they changed otherwise than the city's"},
		},
		plan: planCompare,
	}
}

func planCompare(a *ask, m web.Members) (work, error) {
	for _, w := range []string{"from", "to"} {
		if _, has := a.filter[w]; has {
			return nil, web.Refuse("filter."+w, "", "the periods are before and after", web.ErrMalformed)
		}
	}
	b0, b1, err := a.span(m, "before")
	if err != nil {
		return nil, err
	}
	a0, a1, err := a.span(m, "after")
	if err != nil {
		return nil, err
	}
	if a0.Before(b1) {
		return nil, web.Refuse("after.from", a0.Format(time.RFC3339), "it lies before the end of before", web.ErrMalformed)
	}
	if err := periodFault("before.from", b0, a1); err != nil {
		return nil, err
	}
	by, err := a.choice(m, "by", "cell", "zone", "community", "street", "district")
	if err != nil {
		return nil, err
	}
	alpha, err := a.number(m, "alpha", 0.05, 1e-6, 0.5)
	if err != nil {
		return nil, err
	}
	against, err := a.choice(m, "against", "time", "city")
	if err != nil {
		return nil, err
	}
	scatter, err := a.choice(m, "scatter", "auto", "none")
	if err != nil {
		return nil, err
	}
	earlier, later := a.query, a.query
	earlier.From, earlier.To, later.From, later.To = b0, b1, a0, a1
	a.queries, a.from, a.to = []cases.Query{earlier, later}, b0, a1
	return func(ctx context.Context, j *job) (*outcome, error) {
		return a.compare(ctx, j, by, alpha, against, scatter == "auto")
	}, nil
}

func (a *ask) compare(ctx context.Context, j *job, by string, alpha float64, against string, bursts bool) (*outcome, error) {
	in, out := a.areasOf(by), &outcome{}
	var counts [2][]int
	var totals [2]int
	for k, q := range a.queries {
		var err error
		if counts[k], err = a.counted(ctx, j, q, in, out); err != nil {
			return nil, err
		}
		for _, n := range counts[k] {
			totals[k] += n
		}
	}
	before, after := a.queries[0], a.queries[1]
	if !after.From.Before(a.asked) {
		return nil, web.Refuse("after.from", after.From.Format(time.RFC3339), "it has not begun", web.ErrImpossible)
	}
	unfinished := after.To.After(a.asked)
	if unfinished {
		after.To = a.asked // what has not happened yet is no fewer
	}
	t0, t1 := before.To.Sub(before.From).Seconds(), after.To.Sub(after.From).Seconds()
	byTime := t1 / (t0 + t1)
	share := byTime
	if against == "city" {
		if share = float64(totals[1]) / float64(totals[0]+totals[1]); totals[0] == 0 || totals[1] == 0 {
			return nil, web.Refuse("against", against, "a period without a case tells nothing of the city", web.ErrImpossible)
		}
	}
	scatter := 1.0
	if bursts {
		scatter = stats.Scatter(counts[0], counts[1])
	}
	city, err := stats.CompareScattered(ctx, totals[:1], totals[1:], byTime, scatter)
	if err != nil {
		return nil, err
	}
	changes, err := stats.CompareScattered(ctx, counts[0], counts[1], share, scatter)
	if err != nil {
		return nil, err
	}
	zone := a.snap.City.TimeZone
	res := &Comparison{
		By: by, Before: periodOf(before.From, before.To, zone), After: periodOf(after.From, after.To, zone),
		City: changedArea(namedArea{}, &city[0], alpha), Scatter: terms.Figure(scatter), List: []ChangedArea{},
	}
	d := draw(ctx)
	for i := range changes {
		c := &changes[i]
		if c.Before+c.After == 0 {
			continue
		}
		p := changedArea(in.named(i), c, alpha)
		switch res.Areas++; p.Class {
		case "more":
			res.More++
			res.List = append(res.List, p)
		case "fewer":
			res.Fewer++
			res.List = append(res.List, p)
		}
		d.area(in, i, p)
	}
	slices.SortStableFunc(res.List, func(a, b ChangedArea) int { return cmp.Or(cmp.Compare(a.Q, b.Q), cmp.Compare(a.Code, b.Code)) })
	res.List = res.List[:min(listedAreas, len(res.List))]
	out.result, out.warnings = res, mixWarnings(&before, &after, zone)
	if unfinished {
		out.warnings = append(out.warnings, terms.Words{Chinese: "后一时段尚未结束：按至今的时长折算。", English: "The later period is not over: it counts until now."})
	}
	if otherSeason(&before, &after, zone) {
		out.warnings = append(out.warnings, terms.Words{
			Chinese: "两时段不在一年中的同一时节：差异可能来自季节；可与上年同期比较，或用 against=city。",
			English: "The periods lie in other parts of the year: what differs may be the season. Compare with the same months of another year, or against the city.",
		})
	}
	out.layer, err = d.end(stats.ScatteredMethod())
	return out, err
}

func changedArea(of namedArea, c *stats.Change, alpha float64) ChangedArea {
	p := ChangedArea{of, "none", c.Before, c.After, terms.Figure(c.Ratio), terms.Figure(c.P), terms.Figure(c.Q)}
	switch {
	case !(c.Q <= alpha):
	case c.Ratio > 1:
		p.Class = "more"
	default:
		p.Class = "fewer"
	}
	return p
}

// mixWarnings says where two periods are not alike.
func mixWarnings(before, after *cases.Query, zone *time.Location) (out []terms.Words) {
	d0, d1 := before.To.Sub(before.From).Hours()/24, after.To.Sub(after.From).Hours()/24
	if d0 != d1 {
		out = append(out, terms.Words{
			Chinese: fmt.Sprintf("两时段长度不同：%.4g 天与 %.4g 天，比值按时长折算。", d0, d1),
			English: fmt.Sprintf("The periods have other lengths, %.4g and %.4g days: ratios are by the day.", d0, d1),
		})
	}
	// Less than a day of a week that is not whole is no matter.
	w0, w1 := stats.NewClockFace(nil, before.From, before.To, zone).Days, stats.NewClockFace(nil, after.From, after.To, zone).Days
	for i := range w0 {
		if s0, s1 := float64(w0[i])/d0, float64(w1[i])/d1; s0-s1 > mixTolerance || s1-s0 > mixTolerance {
			return append(out, terms.Words{
				Chinese: "两时段的星期构成不同：差异可能来自周末或工作日的多少。",
				English: "The periods have other shares of the days of the week: what differs may be their weekends.",
			})
		}
	}
	return out
}

// otherSeason reports whether two periods begin more than six weeks apart in the year,
// and do not both last for whole years.
func otherSeason(before, after *cases.Query, zone *time.Location) bool {
	const tolerance, near, year = 16, 45, 365.2425
	days := func(q *cases.Query) float64 { return q.To.Sub(q.From).Hours() / 24 }
	whole := func(q *cases.Query) bool {
		r := math.Mod(days(q)+tolerance/2, year)
		return days(q) > year/2 && r < tolerance
	}
	if whole(before) && whole(after) {
		return false
	}
	d := math.Abs(float64(before.From.In(zone).YearDay() - after.From.In(zone).YearDay()))
	return min(d, year-d) > near
}

// mixTolerance is by how much the share of a day of the week may differ: that of
// a month of 31 days from one of 30 does by 0.034.
const mixTolerance = 0.005
