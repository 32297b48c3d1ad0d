//go:build proof

package heat

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/tiler"
)

// Of ten million cases: how long work goes on after it was cancelled at some moment
// of its course, which may be 100 ms of processor time. By the clock it is told only:
// what else the machine does is in it.
func TestProof_WorkEndsSoonAfterItIsCancelled(t *testing.T) {
	n := 10_000_000
	if testing.Short() {
		n = 1_000_000
	}
	town := newTown(t, 31, 90, orb.Point{114.31, 34.79}, "Asia/Shanghai")
	v := town.table(t, town.rows(37, n)).View()
	ground := town.ground(t)
	p := town.compile(t, Filter{Units: []uint16{1, 2, 3, 4, 5, 6, 7, 8}, Weekdays: []int{1, 2, 3, 4, 5}})
	block := Options{Kernel: Kernel{BlockM, Gaussian}}
	surface := ground.density(t, v, p, block)
	hexagons, err := ground.Hexagons(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(8, 2026))
	for name, work := range map[string]func(ctx context.Context) error{
		"count":    func(ctx context.Context) error { _, err := v.Count(ctx, p); return err },
		"each":     func(ctx context.Context) error { return v.Each(ctx, p, func(Row) bool { return true }) },
		"facets":   func(ctx context.Context) error { _, err := v.Facets(ctx, p); return err },
		"hexagons": func(ctx context.Context) error { _, _, err := hexagons.Count(ctx, v, p); return err },
		"clusters": func(ctx context.Context) error {
			_, err := (&Clusters{Bits: 7}).Count(ctx, v, p, tiler.ID{})
			return err
		},
		"density": func(ctx context.Context) error { _, err := ground.Density(ctx, v, p, block); return err },
		"density of 50 m": func(ctx context.Context) error {
			_, err := town.ground(t).Density(ctx, v, p, Options{Kernel: Kernel{StreetM, Quartic}})
			return err
		},
		"domain":  func(ctx context.Context) error { _, err := surface.Domain(ctx); return err },
		"auto":    func(ctx context.Context) error { _, err := ground.Auto(ctx, v, p, Gaussian); return err },
		"explain": func(ctx context.Context) error { _, err := surface.Explain(ctx, v, p, town.center, 100); return err },
	} {
		begin := time.Now()
		if err := work(t.Context()); err != nil {
			t.Fatal(name, err)
		}
		whole := time.Since(begin)
		var after, worked []time.Duration
		for range 25 {
			ctx, cancel := context.WithCancel(t.Context())
			type moment struct {
				clock time.Time
				cpu   time.Duration
			}
			cancelled := make(chan moment, 1)
			timer := time.AfterFunc(time.Duration(rnd.Float64()*float64(whole)), func() {
				cancelled <- moment{time.Now(), cpuTime(t)}
				cancel()
			})
			err := work(ctx)
			end := moment{time.Now(), cpuTime(t)}
			if timer.Stop() {
				cancel()
				continue // it was quicker this time
			}
			at := <-cancelled
			cancel()
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Fatal(name, err)
			}
			after, worked = append(after, max(0, end.clock.Sub(at.clock))), append(worked, max(0, end.cpu-at.cpu))
		}
		if len(after) == 0 {
			t.Logf("%s takes %v and was never caught", name, whole)
			continue
		}
		slices.Sort(after)
		slices.Sort(worked)
		last, longest := len(after)-1, worked[len(worked)-1]
		t.Logf("%s of %d cases takes %v; cancelled %d times it ended %v (median) to %v (longest) later, after %v to %v of processor time", name, n,
			whole.Round(time.Millisecond), len(after), after[last/2].Round(time.Microsecond), after[last].Round(time.Microsecond),
			worked[last/2].Round(time.Microsecond), longest.Round(time.Microsecond))
		if longest > 100*time.Millisecond {
			t.Errorf("%s worked for %v after it was cancelled", name, longest)
		}
	}
}
