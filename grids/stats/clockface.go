package stats

import (
	"context"
	"iter"
	"math"
	"time"
)

// ClockFace is when cases happen (时段性).
type ClockFace struct {
	N int `json:"n"`
	// Counts by weekday (Monday first) and hour of the city's own time.
	Counts [7][24]int `json:"counts"`
	// Days is how many of each weekday the period has: of those whose noon is in it.
	Days [7]int `json:"days"`
	// MeanHour is the direction of the mean on the face of 24 hours, NaN where there
	// is none; Concentration its length, 0 (all around) to 1 (one moment), P
	// Rayleigh's against no preference of any hour.
	MeanHour      float64 `json:"-"`
	Concentration float64 `json:"concentration"`
	P             float64 `json:"p"`
	// Midnight counts those at exactly 00:00:00; Unknown says that these are so
	// many that midnight stands for "time unknown".
	Midnight int  `json:"midnight"`
	Unknown  bool `json:"midnight_means_unknown"`
}

var clockMethod = Method{
	ID: "clock-7x24",
	Chinese: "7×24 时段：城市当地时间的星期与小时；圆周平均方向与 Rayleigh 检验。恰为 00:00:00 的件数若显著多于其他整点（三倍以上，精确二项 p<0.001），" +
		"视为“时间不详”，不计入小时。",
	English: "7×24 clock in the city's own time; circular mean and Rayleigh's test. Where exactly 00:00:00 has significantly more than the other " +
		"full hours (three times, exact binomial p < 0.001), it stands for \"time unknown\" and is left out of the hours.",
}

// ClockMethod returns the method of [NewClockFace] in words.
func ClockMethod() Method { return clockMethod }

const (
	midnightTimes = 3
	midnightLevel = 0.001
	midnightLeast = 10
)

// NewClockFace counts times (Unix seconds) of the period [from, to).
func NewClockFace(times []int64, from, to time.Time, zone *time.Location) *ClockFace {
	f, _ := NewClockFaceContext(context.Background(), times, from, to, zone) // which does not end
	return f
}

// NewClockFaceContext is NewClockFace that stops with the context's error when that
// ends.
func NewClockFaceContext(ctx context.Context, times []int64, from, to time.Time, zone *time.Location) (*ClockFace, error) {
	f := &ClockFace{}
	full := 0
	for i, s := range times {
		if i%lookEvery == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if t := time.Unix(s, 0).In(zone); t.Minute() == 0 && t.Second() == 0 {
			full++
			if t.Hour() == 0 {
				f.Midnight++
			}
		}
	}
	f.Unknown = f.Midnight >= midnightLeast && float64(f.Midnight) >= midnightTimes*float64(full-f.Midnight)/23 &&
		BinomialTest(f.Midnight, full, 1.0/24) < midnightLevel
	sin, cos := 0.0, 0.0
	for i, s := range times {
		if i%lookEvery == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		t := time.Unix(s, 0).In(zone)
		second := t.Hour()*3600 + t.Minute()*60 + t.Second()
		if f.Unknown && second == 0 {
			continue
		}
		f.N++
		f.Counts[(int(t.Weekday())+6)%7][t.Hour()]++
		a := 2 * math.Pi * float64(second) / 86400
		sin, cos = sin+math.Sin(a), cos+math.Cos(a)
	}
	f.direction(sin, cos)
	for noon := range noons(from, to, zone) {
		f.Days[(int(noon.Weekday())+6)%7]++
	}
	return f, nil
}

// noons are those of the days of a period. A day is told by its noon, since some have
// no midnight: where clocks go forward at it.
func noons(from, to time.Time, zone *time.Location) iter.Seq[time.Time] {
	const noon = 12
	return func(yield func(time.Time) bool) {
		first := from.In(zone)
		for i := 0; ; i++ {
			d := time.Date(first.Year(), first.Month(), first.Day()+i, noon, 0, 0, 0, zone)
			if !d.Before(to) || !d.Before(from) && !yield(d) {
				return
			}
		}
	}
}

// direction by the sums of sines and cosines; p by the approximation of Zar
// (Biostatistical Analysis, 27.1), good to 0.001 from ten cases on.
func (f *ClockFace) direction(sin, cos float64) {
	f.P, f.MeanHour = 1, math.NaN()
	n, r := float64(f.N), math.Hypot(sin, cos)
	const rounding = 1e-9
	if r <= n*rounding { // nothing, or as much on the one side as on the other
		return
	}
	f.Concentration = r / n
	if f.MeanHour = math.Atan2(sin, cos) * 12 / math.Pi; f.MeanHour < 0 {
		f.MeanHour = math.Mod(f.MeanHour+24, 24) // a hair before midnight is midnight
	}
	f.P = never0(math.Exp(math.Sqrt(1+4*n+4*(n*n-r*r)) - (1 + 2*n)))
}
