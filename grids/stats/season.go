package stats

import (
	"context"
	"math"
	"time"
)

// Month is a month's part of the year (季节性).
type Month struct {
	Cases int `json:"cases"`
	Days  int `json:"days"`
	// Index is the month's cases a day over the whole period's: 1 is as always.
	// NaN where the period has no day of it.
	Index    float64  `json:"-"`
	Interval Interval `json:"-"` // 95 %, exact Poisson
}

// Season is how the months differ.
type Season struct {
	Months [12]Month `json:"months"`
	// Years the period has; below 2, OneYear says that no season can be told from
	// a single year.
	Years   float64 `json:"years"`
	OneYear bool    `json:"one_year_only"`
}

var seasonMethod = Method{
	ID:      "month-index",
	Chinese: "月份指数 = 该月日均件数/全期日均件数，区间为精确泊松 95%；不足两年的标为“仅一年”。",
	English: "Month index = the month's cases a day over the whole period's; intervals are exact Poisson at 95 %. Less than two years are labelled as one year only.",
}

// SeasonMethod returns the method of [NewSeason] in words.
func SeasonMethod() Method { return seasonMethod }

// NewSeason counts times (Unix seconds) within [from, to); those outside are left
// out. Days are those of the city's time zone; one whose noon is in the period
// counts.
func NewSeason(times []int64, from, to time.Time, zone *time.Location) *Season {
	s, _ := NewSeasonContext(context.Background(), times, from, to, zone) // which does not end
	return s
}

// NewSeasonContext is NewSeason that stops with the context's error when that ends.
func NewSeasonContext(ctx context.Context, times []int64, from, to time.Time, zone *time.Location) (*Season, error) {
	s := &Season{}
	from, to = from.In(zone), to.In(zone)
	days := 0
	for noon := range noons(from, to, zone) {
		s.Months[noon.Month()-1].Days++
		days++
	}
	n := 0
	for i, at := range times {
		if i%lookEvery == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if t := time.Unix(at, 0).In(zone); !t.Before(from) && t.Before(to) {
			s.Months[t.Month()-1].Cases++
			n++
		}
	}
	s.Years = float64(days) / 365.2425
	s.OneYear = !from.AddDate(2, 0, 0).Before(to) && !from.AddDate(2, 0, 0).Equal(to)
	perDay := float64(n) / float64(days)
	for i := range s.Months {
		m := &s.Months[i]
		expected := perDay * float64(m.Days)
		exact := PoissonInterval(m.Cases, rateLevel)
		m.Index, m.Interval = float64(m.Cases)/expected, Interval{exact.Low / expected, exact.High / expected}
		if expected == 0 || math.IsNaN(expected) {
			m.Index, m.Interval = math.NaN(), Interval{math.NaN(), math.NaN()}
		}
	}
	return s, nil
}
