package clock

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

func FuzzParseLimit(f *testing.F) {
	for _, s := range []string{"2 work_day", "0.5 urgent_hour", "0 natural_day", "1e9 work_day", "٣ work_day", "-1 work_hour", "1  work_hour", "1", ".5 urgent_day", "0.0001 work_hour", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, err := ParseLimit(text)
		if err != nil {
			if l != (Limit{}) {
				t.Errorf("%q gives %v and %v", text, l, err)
			}
			return
		}
		s, err := l.Seconds()
		if err != nil || s < 0 || s > maxLimitSeconds || math.Signbit(l.Count) {
			t.Errorf("%q: %d s, %v", text, s, err)
		}
		again, err := ParseLimit(l.String())
		if err != nil || again != l {
			t.Errorf("%q is %v, written %q and read %v, %v", text, l, l.String(), again, err)
		}
	})
}

// FuzzDeadline holds deadlines against the oracle for any second, limit and one
// hold.
func FuzzDeadline(f *testing.F) {
	o, c := chinaOracle(), china(f)
	from, span := time.Date(2021, 1, 1, 0, 0, 0, 0, c.zone).Unix(), int64(6*365*day)
	for unit := range uint8(5) {
		f.Add(int64(unit)*1e7, uint32(20_000)*uint32(unit), unit, uint32(50_000), uint32(400_000), unit, uint32(9e5))
	}
	f.Fuzz(func(t *testing.T, start int64, need uint32, unit uint8, until, pause uint32, extensions uint8, look uint32) {
		u := Units()[int(unit)%len(Units())]
		run := trial{run: Run{
			Start:      c.time(from + int64(uint64(start)%uint64(span))),
			Limit:      Limit{float64(need%(15*workingDay)) / float64(u.seconds()), u},
			Extensions: int(extensions % 3),
		}}
		run.look = int64(look % 1_200)
		if pause > 0 {
			p := window{run.run.Start.Unix() + int64(until%(40*day)), 0}
			p.to = p.from + int64(pause%(60*day))
			run.pauses = []window{p}
			run.run.Pauses = []Pause{{c.time(p.from), c.time(p.to)}}
		}
		if diff := run.differs(c, o); diff != "" {
			t.Error(diff)
		}
	})
}

func TestALimitsTextIsReadOnlyAsItIsWritten(t *testing.T) {
	for text, seconds := range map[string]int64{
		"2 urgent_hour": 7_200, "1 urgent_day": 86_400, "4 work_hour": 14_400, "1 work_day": 28_800, "3 natural_day": 259_200, "0.1 work_hour": 360, "0 work_day": 0,
	} {
		l, err := ParseLimit(text)
		if s, err2 := l.Seconds(); err != nil || err2 != nil || s != seconds || l.String() != text {
			t.Errorf("%q: %v is %d s, %v, %v", text, l, s, err, err2)
		}
	}
	for _, text := range []string{"", "2", "work_day", "2 days", "+2 work_day", "2e1 work_day", "0x2 work_day", "1_0 work_day", "NaN work_day", "Inf work_day", "1.2.3 work_day", "2 work_day ", "99999999 work_hour", "0.00001 work_hour", "000000000000000000000000000000000000002 work_day"} {
		if l, err := ParseLimit(text); err == nil {
			t.Errorf("%q was read as %v", text, l)
		}
		var l Limit
		if err := l.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was unmarshalled as %v", text, l)
		}
	}
	if text, err := (Limit{-1, WorkDay}).MarshalText(); err == nil {
		t.Errorf("written: %s", text)
	}
}

func benchmarkRuns(b *testing.B, c *Calendar, l Limit, busy bool) []trial {
	b.Helper()
	dice := rand.New(rand.NewPCG(1, 2))
	out := make([]trial, 1<<12)
	for i := range out {
		out[i] = drawn(dice, c, l, busy)
	}
	return out
}

func BenchmarkDeadline(b *testing.B) {
	c := china(b)
	for _, l := range []Limit{{2, UrgentHour}, {2, WorkDay}, {15, WorkDay}} {
		runs := benchmarkRuns(b, c, l, false)
		b.Run(l.String(), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, err := c.Deadline(runs[i%len(runs)].run.Start, l); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDeadlineStanding(b *testing.B) {
	c := china(b)
	l := Limit{5, WorkDay}
	for name, busy := range map[string]bool{"plain": false, "held and extended": true} {
		runs := benchmarkRuns(b, c, l, busy)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, err := c.Standing(runs[i%len(runs)].run, runs[i%len(runs)].run.Start.Add(30*time.Hour)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDeadlineCalendar(b *testing.B) {
	zone := shanghai(b)
	days, err := China()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := NewCalendar(zone, days); err != nil {
			b.Fatal(err)
		}
	}
}
