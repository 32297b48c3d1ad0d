package grids

import (
	"testing"
	"time"
)

// TestMoment_IsTheTimeToTheMicrosecond compares with time.Time, from the year
// -20 to the year 19,000.
func TestMoment_IsTheTimeToTheMicrosecond(t *testing.T) {
	r := newRand(t, 11)
	zone := time.FixedZone("", 8*60*60)
	at := func() time.Time {
		switch r.IntN(4) {
		case 0: // close together
			return time.Date(2026, 1, 1, 0, 0, 0, r.IntN(5000), zone)
		case 1: // around the beginning of both counts
			return []time.Time{{}, time.Unix(0, 0)}[r.IntN(2)].Add(time.Duration(r.IntN(9)-4) * time.Microsecond)
		}
		return time.Unix(r.Int64N(600e9)-63e9, r.Int64N(1e9)).In(zone)
	}
	for range 20_000 {
		a, b := at(), at()
		x, y := MomentOf(a), MomentOf(b)
		cutA, cutB := a.Truncate(time.Microsecond), b.Truncate(time.Microsecond)
		if !x.Time().Equal(cutA) || !x.In(zone).Equal(cutA) || x.IsZero() != cutA.IsZero() {
			t.Fatalf("%v is %v", a, x.Time())
		}
		if x.Compare(y) != cutA.Compare(cutB) || x.Before(y) != cutA.Before(cutB) || x.After(y) != cutA.After(cutB) {
			t.Fatalf("%v and %v are in another order", a, b)
		}
		// Rows begin and end on whole microseconds, questions come at any time.
		v, ask := Between(cutA, cutB), cutA.Add(time.Duration(r.IntN(4000)-2000))
		if r.IntN(2) == 0 {
			ask = cutB.Add(time.Duration(r.IntN(4000) - 2000))
		}
		if want := (cutA.IsZero() || !ask.Before(cutA)) && (cutB.IsZero() || ask.Before(cutB)); v.Holds(ask) != want {
			t.Fatalf("%v in %v: %v", ask, v, !want)
		}
		if !x.IsZero() && MomentOf(x.Time()) != x {
			t.Fatalf("%v comes back as %v", x, MomentOf(x.Time()))
		}
	}
}

func TestMoment_AnOpenEndHasNoTimeAndNoText(t *testing.T) {
	var m Moment
	if !m.Time().IsZero() || !m.In(time.FixedZone("", 3600)).IsZero() || m.String() != "" || MomentOf(time.Time{}) != 0 {
		t.Errorf("none is %v, %q", m.Time(), m.String())
	}
	if got := MomentOf(time.Date(9999, 12, 31, 23, 59, 59, 250e6, time.FixedZone("", 8*60*60))).String(); got != "9999-12-31T15:59:59.25Z" {
		t.Errorf("the customary end of time is %s", got)
	}
	if v := Since(date("2025-01-01")); !v.To.IsZero() || !v.Holds(date("9999-01-01")) || v.Holds(date("2024-12-31")) {
		t.Errorf("since 2025: %v", v)
	}
}
