package stats_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/wanmi-gis/wanmi/grids/stats"
)

// TestRepeatsOfManyCasesAreInTheOrderOfTheirReports also where they are sorted in
// several runs: each case repeats the one before at its place.
func TestRepeatsOfManyCasesAreInTheOrderOfTheirReports(t *testing.T) {
	t.Parallel()
	const places, times = 30_000, 5
	events := make([]stats.Event, 0, places*times)
	for _, k := range rand.New(rand.NewPCG(1, 1)).Perm(places * times) {
		place, at := k%places, int64(k/places)*1000+1
		events = append(events, stats.Event{X: float64(place%200) * 100, Y: float64(place/200) * 100, Component: -1, Reported: at, Closed: at + 500})
	}
	got := stats.FindRepeats(events, stats.RepeatRule{RadiusM: 5, WithinS: 600}, 1<<40)
	if len(got.Chains) != places || got.Avoidable != places*(times-1) {
		t.Fatalf("%d chains, %d avoidable", len(got.Chains), got.Avoidable)
	}
	for _, c := range got.Chains {
		for i := 1; i < len(c.Cases); i++ {
			if a, b := events[c.Cases[i-1]], events[c.Cases[i]]; a.X != b.X || a.Y != b.Y || b.Reported != a.Reported+1000 {
				t.Fatalf("%+v after %+v", b, a)
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := stats.FindRepeatsContext(ctx, events, stats.RepeatRule{RadiusM: 5, WithinS: 600}, 1<<40); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
