package heatmap

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
	"github.com/wanmi-gis/wanmi/tiler/heat"
)

// emptySurface is one of a square without cases.
func emptySurface(t *testing.T) *heatSurface {
	t.Helper()
	square, err := spatial.FromOrb(orb.Polygon{{{114.3, 34.78}, {114.31, 34.78}, {114.31, 34.79}, {114.3, 34.79}, {114.3, 34.78}}})
	if err != nil {
		t.Fatal(err)
	}
	g, err := heat.NewGround(crs.LocalPlane(114.3, 34.78), []*spatial.Shape{square})
	if err != nil {
		t.Fatal(err)
	}
	s, err := g.Weigh(t.Context(), nil, heat.Options{Kernel: heat.Kernel{BandwidthM: 50}})
	if err != nil {
		t.Fatal(err)
	}
	d, err := s.Domain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return &heatSurface{Surface: s, domain: d}
}

// TestASurfaceIsComputedOnceForAllWhoAskAtOnce and kept within the bound, those used
// last.
func TestASurfaceIsComputedOnceForAllWhoAskAtOnce(t *testing.T) {
	t.Parallel()
	one := emptySurface(t)
	s := newSurfaces(t.Context(), 2*one.bytes())
	made := map[string]int{}
	begun, go1 := make(chan struct{}), make(chan struct{})
	slow := func(context.Context) (*heatSurface, error) {
		made["a"]++
		close(begun)
		<-go1
		return one, nil
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got, err := s.get(t.Context(), "a", slow); got != one || err != nil {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
	<-begun
	close(go1)
	all.Wait()
	for _, key := range []string{"b", "a", "c", "a", "b"} { // c drives b out
		if _, err := s.get(t.Context(), key, func(context.Context) (*heatSurface, error) {
			made[key]++
			return one, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	s.wait()
	if made["a"] != 1 || made["b"] != 2 || made["c"] != 1 || s.bytes != 2*one.bytes() || len(s.kept) != 2 {
		t.Errorf("made %v, %d bytes in %d", made, s.bytes, len(s.kept))
	}
}

// TestASurfaceIsGivenUpWhenTheLastHasLeft and not before.
func TestASurfaceIsGivenUpWhenTheLastHasLeft(t *testing.T) {
	t.Parallel()
	s := newSurfaces(t.Context(), 1<<20)
	begun, ended := make(chan struct{}), make(chan struct{})
	work := func(ctx context.Context) (*heatSurface, error) {
		close(begun)
		<-ctx.Done() // nothing else ends it
		close(ended)
		return nil, ctx.Err()
	}
	first, leave1 := context.WithCancel(t.Context())
	second, leave2 := context.WithCancel(t.Context())
	answers := make(chan error, 2)
	go func() { _, err := s.get(first, "a", work); answers <- err }()
	<-begun
	go func() { _, err := s.get(second, "a", work); answers <- err }()
	for both := false; !both; runtime.Gosched() {
		s.mu.Lock()
		both = s.flights["a"].waiting == 2
		s.mu.Unlock()
	}
	leave1()
	if err := <-answers; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	select {
	case <-ended:
		t.Error("it ended although one waits")
	default:
	}
	leave2()
	if err := <-answers; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	<-ended
	s.wait()
	if len(s.flights)+len(s.kept) != 0 {
		t.Errorf("%d flights, %d kept", len(s.flights), len(s.kept))
	}
}

// TestAPanicOfAComputationIsItsRequests and no more.
func TestAPanicOfAComputationIsItsRequests(t *testing.T) {
	t.Parallel()
	s := newSurfaces(t.Context(), 1<<20)
	if _, err := s.get(t.Context(), "a", func(context.Context) (*heatSurface, error) { panic("broken") }); err == nil {
		t.Error("no error")
	}
	if _, err := s.get(t.Context(), "a", func(context.Context) (*heatSurface, error) { return emptySurface(t), nil }); err != nil {
		t.Error(err)
	}
	s.wait()
}
