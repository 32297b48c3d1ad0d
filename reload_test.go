package main

import (
	"errors"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// collector stands for the garbage collector: it notes what it is set to.
type collector struct{ set []int }

func (c *collector) percent(p int) (before int) {
	before = c.set[len(c.set)-1]
	c.set = append(c.set, p)
	return before
}

// newReloader serves the made-up town.
func newReloader(t *testing.T) (*reloader, *collector) {
	t.Helper()
	path, _ := townFile(t)
	store, err := cityfile.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	keeper, err := cityfile.NewKeeper(t.Context(), store, time.Now)
	if err != nil {
		t.Fatal(errors.Join(err, store.Close()))
	}
	t.Cleanup(func() { _ = keeper.Close() }) // a test may have damaged the file
	gc := &collector{set: []int{100}}
	return &reloader{keeper: keeper, collector: gc.percent}, gc
}

func TestAReloadRaisesTheVersionByOneAndGivesTheCollectorBack(t *testing.T) {
	r, gc := newReloader(t)
	first := r.keeper.Live().Current()
	version, err := r.reload(t.Context(), "test")
	if err != nil {
		t.Fatal(err)
	}
	now := r.keeper.Live().Current()
	if version != 2 || now.City.Version != 2 || r.keeper.Store().Version() != 2 {
		t.Errorf("version %d, served %d, stored %d", version, now.City.Version, r.keeper.Store().Version())
	}
	if first.City.Version != 1 || first == now {
		t.Error("the version of a snapshot that is served was changed")
	}
	if past, err := r.keeper.Live().AsOf(time.Date(2400, 1, 1, 0, 0, 0, 0, time.UTC)); err == nil && past.City.Version != 2 {
		t.Errorf("another date is of version %d", past.City.Version)
	}
	if !slices.Equal(gc.set, []int{100, reloadGCPercent, 100}) {
		t.Errorf("the collector was set to %v", gc.set)
	}
}

func TestAReloadThatFailsLeavesTheOldCityAndItsVersion(t *testing.T) {
	r, gc := newReloader(t)
	first := r.keeper.Live().Current()
	drop := "UPDATE cells SET geom = x'00'"
	if out, err := exec.CommandContext(t.Context(), "ogrinfo", "-q", r.keeper.Store().Path(), "-sql", drop).CombinedOutput(); err != nil {
		t.Fatalf("ogrinfo: %v\n%s", err, out)
	}
	if version, err := r.reload(t.Context(), "test"); err == nil {
		t.Fatalf("a file with broken cells was read as version %d", version)
	}
	if r.keeper.Live().Current() != first || r.keeper.Store().Version() != 1 {
		t.Errorf("served %d, stored %d", r.keeper.Live().Current().City.Version, r.keeper.Store().Version())
	}
	if gc.set[len(gc.set)-1] != 100 {
		t.Errorf("the collector was left at %v", gc.set)
	}
}

func TestACollectorThatIsOffOrRestsLongerStaysSo(t *testing.T) {
	for before, during := range map[int]int{100: reloadGCPercent, 50: reloadGCPercent, 1000: 1000, -1: -1} {
		gc := &collector{set: []int{before}}
		r := &reloader{collector: gc.percent}
		if err := r.besideRequests(func() error {
			if now := gc.set[len(gc.set)-1]; now != during {
				t.Errorf("%d becomes %d during a load, want %d", before, now, during)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if now := gc.set[len(gc.set)-1]; now != before {
			t.Errorf("%d is %d afterwards", before, now)
		}
	}
}
