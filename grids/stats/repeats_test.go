package stats_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wanmi-gis/wanmi/grids/stats"
)

// repeatsByPairs links every case by looking at all others.
func repeatsByPairs(events []stats.Event, rule stats.RepeatRule) []int32 {
	order := make([]int, len(events))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(events[a].Reported - events[b].Reported) })
	after := make([]int32, len(events))
	for i := range after {
		after[i] = -1
	}
	for _, i := range order {
		e, best := events[i], -1
		for j, b := range events {
			if i == j || b.Class != e.Class || b.Closed == 0 || b.Closed > e.Reported || e.Reported-b.Closed > rule.WithinS {
				continue
			}
			if e.Component >= 0 && b.Component >= 0 {
				if e.Component != b.Component {
					continue
				}
			} else if math.Hypot(e.X-b.X, e.Y-b.Y) > rule.RadiusM {
				continue
			}
			if best < 0 || b.Closed > events[best].Closed {
				best = j
			}
		}
		if best >= 0 && after[best] < 0 {
			after[best] = int32(i)
		}
	}
	return after
}

func TestChainsAreThoseFoundByLookingAtAllPairs(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 4))
		events := make([]stats.Event, 1+r.IntN(250))
		used := map[int64]bool{0: true}
		for i := range events {
			e := stats.Event{
				X: float64(r.IntN(200)), Y: float64(r.IntN(200)), Class: int32(r.IntN(3)), Component: int32(r.IntN(9)) - 4,
				Unit: int32(r.IntN(4)), Reported: int64(r.IntN(5000)),
			}
			e.Component = max(e.Component, -1)
			// Closings differ, so that "the one closed last" is one.
			for e.Closed = 0; used[e.Closed] && r.IntN(10) > 0; {
				e.Closed = e.Reported + int64(r.IntN(900))
			}
			used[e.Closed] = true
			events[i] = e
		}
		rule := stats.RepeatRule{RadiusM: 25, WithinS: 700}
		got := stats.FindRepeats(events, rule, 5000)
		want := repeatsByPairs(events, rule)
		if !slices.Equal(got.After, want) {
			t.Fatalf("seed %d: chains differ from those by pairs", seed)
		}
		links, closed, returned := 0, 0, 0
		for i, a := range want {
			if a >= 0 {
				links++
			}
			if c := events[i].Closed; c != 0 && c <= 5000-700 {
				closed++
				if a >= 0 {
					returned++
				}
			}
		}
		sum, byUnit := 0, 0
		for _, c := range got.Chains {
			sum += len(c.Cases) - 1
			for k := 1; k < len(c.Cases); k++ {
				if want[c.Cases[k-1]] != c.Cases[k] {
					t.Fatalf("seed %d: chain %v is none", seed, c.Cases)
				}
			}
		}
		for _, u := range got.Units {
			byUnit += u.Returned
		}
		if sum != links || got.Avoidable != links || got.Closed != closed || got.Returned != returned || byUnit != returned {
			t.Fatalf("seed %d: %d of %d links, %d of %d came back, want %d of %d", seed, sum, links, got.Returned, got.Closed, returned, closed)
		}
	}
}

func TestAChainOfThreeIsToldWithItsDays(t *testing.T) {
	const day = 86400
	events := []stats.Event{
		{X: 0, Component: 7, Reported: 1 * day, Closed: 2 * day},
		{X: 3, Component: -1, Reported: 5 * day, Closed: 6 * day}, // near, its component not known
		{X: 90, Component: -1, Reported: 8 * day, Closed: 9 * day},
		{X: 4, Component: 7, Reported: 16 * day},
		{X: 4, Component: 8, Reported: 17 * day}, // another component beside
	}
	got := stats.FindRepeats(events, stats.RepeatRule{RadiusM: 10, WithinS: 30 * day}, 60*day)
	if c := got.Chains[0]; len(got.Chains) != 1 || !slices.Equal(c.Cases, []int32{0, 1, 3}) || c.MedianDays != 6.5 || got.Avoidable != 2 {
		t.Errorf("%+v", got)
	}
}

// TestTheLastSecondAndTheLastMetreCount: what comes back after exactly T, at exactly D,
// in the second of the closing, and what was watched for exactly T.
func TestTheLastSecondAndTheLastMetreCount(t *testing.T) {
	rule := stats.RepeatRule{RadiusM: 10, WithinS: 100}
	first := stats.Event{Component: -1, Reported: 50, Closed: 200}
	for _, c := range []struct {
		x         float64
		reported  int64
		comesBack bool
	}{{10, 300, true}, {-10, 300, true}, {10, 301, false}, {10.5, 300, false}, {0, 200, true}, {0, 199, false}} {
		events := []stats.Event{first, {X: c.x, Component: -1, Reported: c.reported}}
		if got := stats.FindRepeats(events, rule, 1000); (got.After[0] == 1) != c.comesBack || got.Closed != 1 || (got.Returned == 1) != c.comesBack {
			t.Errorf("%+v: %+v", c, got)
		}
	}
	for until, closed := range map[int64]int{299: 0, 300: 1} {
		if got := stats.FindRepeats([]stats.Event{first}, rule, until); got.Closed != closed {
			t.Errorf("known until %d: %d closed", until, got.Closed)
		}
	}
}

func BenchmarkChainsOfACityYear(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	events := make([]stats.Event, 230_000)
	for i := range events {
		at := int64(r.IntN(365 * 86400))
		events[i] = stats.Event{
			X: r.Float64() * 9000, Y: r.Float64() * 9000, Class: int32(r.IntN(100)), Component: -1,
			Reported: at, Closed: at + int64(r.IntN(5*86400)) + 1,
		}
	}
	for b.Loop() {
		stats.FindRepeats(events, stats.RepeatRule{RadiusM: 30, WithinS: 30 * 86400}, 365*86400)
	}
}
