package statistics

import (
	"context"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/stats"
)

// ClockAnswer is when cases happen, in the city and area by area.
type ClockAnswer struct {
	Clock
	By   string      `json:"by"`
	List []AreaClock `json:"list" doc:"Areas with cases; without their tables"`
}

// Clock is the 7×24 table with what it says of the hours.
type Clock struct {
	Counts        [7][24]int   `json:"counts" doc:"By weekday, Monday first, and hour of the city's clocks"`
	Days          [7]int       `json:"days" doc:"How many of each weekday the period has"`
	MeanHour      terms.Figure `json:"mean_hour" doc:"Where the mean of the day's circle points; null where it points nowhere"`
	Concentration terms.Figure `json:"concentration" doc:"0 all around, 1 one moment"`
	P             terms.Figure `json:"p" doc:"Rayleigh's, against no preference of any hour"`
	Midnight      int          `json:"midnight" doc:"At exactly 00:00:00"`
	Unknown       bool         `json:"midnight_means_unknown" doc:"These are so many that they are left out of the hours"`
}

// AreaClock is an area's.
type AreaClock struct {
	namedArea
	N             int          `json:"n"`
	MeanHour      terms.Figure `json:"mean_hour"`
	Concentration terms.Figure `json:"concentration"`
	P             terms.Figure `json:"p"`
	PeakWeekday   int          `json:"peak_weekday" doc:"1 is Monday"`
	PeakHour      int          `json:"peak_hour"`
	PeakN         int          `json:"peak_n"`
}

// SeasonAnswer is how the months differ.
type SeasonAnswer struct {
	Months  [12]MonthAnswer `json:"months"`
	Years   terms.Figure    `json:"years"`
	OneYear bool            `json:"one_year_only" doc:"A single year tells no season"`
	By      string          `json:"by"`
	List    []AreaSeason    `json:"list" doc:"Areas with cases"`
}

// MonthAnswer is a month's part of the year.
type MonthAnswer struct {
	Cases    int          `json:"cases"`
	Days     int          `json:"days"`
	Index    terms.Figure `json:"index" doc:"1 is as always; null where the period has no day of it"`
	Interval terms.Band   `json:"interval"`
}

// AreaSeason is an area's.
type AreaSeason struct {
	namedArea
	N         int              `json:"n"`
	Index     [12]terms.Figure `json:"index"`
	PeakMonth int              `json:"peak_month"`
	PeakIndex terms.Figure     `json:"peak_index"`
}

var coarseWord = word{"by", "string", "zone (default), community, street or district"}

func clockStatistic() *statistic {
	return &statistic{
		name: "clock", summary: "When cases happen: weekdays and hours", method: stats.ClockMethod, words: []word{coarseWord},
		plan: timesPlan((*ask).clock),
	}
}

func seasonStatistic() *statistic {
	return &statistic{
		name: "season", summary: "How the months differ", method: stats.SeasonMethod, words: []word{coarseWord},
		plan: timesPlan((*ask).season),
	}
}

// timesPlan reads the areas that times are looked at by.
func timesPlan(answer func(a *ask, ctx context.Context, by string, in *areas, all []int64, byArea [][]int64, out *outcome) error) func(a *ask, m web.Members) (work, error) {
	return func(a *ask, m web.Members) (work, error) {
		by, err := a.choice(m, "by", "zone", "community", "street", "district")
		if err != nil {
			return nil, err
		}
		a.most = maxHeldCases
		return func(ctx context.Context, j *job) (*outcome, error) {
			in, out := a.areasOf(by), &outcome{}
			var all []int64
			byArea := make([][]int64, len(in.rows))
			if err := a.all.rows(ctx, j, a.query, func(r *cases.Row) {
				all = append(all, r.ReportedAt)
				if at := in.of(r); at >= 0 {
					byArea[at] = append(byArea[at], r.ReportedAt)
				}
			}); err != nil {
				return nil, err
			}
			out.n = len(all)
			return out, answer(a, ctx, by, in, all, byArea, out)
		}, nil
	}
}

func (a *ask) clock(ctx context.Context, by string, in *areas, all []int64, byArea [][]int64, out *outcome) error {
	zone := a.snap.City.TimeZone
	f, err := stats.NewClockFaceContext(ctx, all, a.from, a.to, zone)
	if err != nil {
		return err
	}
	res := &ClockAnswer{
		Clock: Clock{f.Counts, f.Days, terms.Figure(f.MeanHour), terms.Figure(f.Concentration), terms.Figure(f.P), f.Midnight, f.Unknown},
		By:    by, List: []AreaClock{},
	}
	d := draw(ctx)
	for i, times := range byArea {
		if len(times) == 0 {
			continue
		}
		if f, err = stats.NewClockFaceContext(ctx, times, a.from, a.to, zone); err != nil {
			return err
		}
		p := AreaClock{namedArea: in.named(i), N: f.N, MeanHour: terms.Figure(f.MeanHour), Concentration: terms.Figure(f.Concentration), P: terms.Figure(f.P)}
		for weekday := range f.Counts {
			for hour, n := range f.Counts[weekday] {
				if n > p.PeakN {
					p.PeakWeekday, p.PeakHour, p.PeakN = weekday+1, hour, n
				}
			}
		}
		res.List = append(res.List, p)
		d.area(in, i, p)
	}
	out.result = res
	out.layer, err = d.end(stats.ClockMethod())
	return err
}

func (a *ask) season(ctx context.Context, by string, in *areas, all []int64, byArea [][]int64, out *outcome) error {
	zone := a.snap.City.TimeZone
	s, err := stats.NewSeasonContext(ctx, all, a.from, a.to, zone)
	if err != nil {
		return err
	}
	res := &SeasonAnswer{Years: terms.Figure(s.Years), OneYear: s.OneYear, By: by, List: []AreaSeason{}}
	for i, m := range s.Months {
		res.Months[i] = MonthAnswer{m.Cases, m.Days, terms.Figure(m.Index), terms.BandOf(m.Interval)}
	}
	if s.OneYear {
		out.warnings = append(out.warnings, terms.Words{Chinese: "不足两年：看不出季节性，只是这一年的月份差异。", English: "Less than two years: the months of one year, which tell no season."})
	}
	d := draw(ctx)
	for i, times := range byArea {
		if len(times) == 0 {
			continue
		}
		if s, err = stats.NewSeasonContext(ctx, times, a.from, a.to, zone); err != nil {
			return err
		}
		p := AreaSeason{namedArea: in.named(i), N: len(times)}
		for k, m := range s.Months {
			if p.Index[k] = terms.Figure(m.Index); m.Index > float64(p.PeakIndex) {
				p.PeakMonth, p.PeakIndex = k+1, terms.Figure(m.Index)
			}
		}
		res.List = append(res.List, p)
		d.area(in, i, p)
	}
	out.result = res
	out.layer, err = d.end(stats.SeasonMethod())
	return err
}
