package heatmap

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/tiler/heat"
)

// heatSurface is a surface with what its tiles and legend need.
type heatSurface struct {
	*heat.Surface
	domain *heat.Domain
	// against is the surface of the other period in mode difference, for its counts;
	// base of what cases are divided by in mode rate.
	againstN, againstExcluded int64
	piledN, againstPiledN     *int64 // nil unless cases at piles are left out
	// least is below what there is no number in the modes rate and sources.
	least  float64
	serial uint64
	// told is the domain as a legend tells it: 3 ms, and only maps ask for it.
	told func() HeatDomain
}

// bytes is what it keeps: numbers at the nodes, and their order.
func (s *heatSurface) bytes() int64 { return int64(s.Lattice().Nodes()+s.domain.Len()) * 4 }

// surfacesAtOnce is how many surfaces are computed at the same time: each needs some
// 40 bytes a node while it is.
const surfacesAtOnce = 2

// surfaceTimeout leaves the time to say that it was too long: after web.AnswerTimeout the
// connection is closed without a word.
const surfaceTimeout = web.AnswerTimeout - 5*time.Second

// surfaces keeps those used last within a bound of bytes, and computes each once,
// however many ask. What nobody waits for any more is given up.
type surfaces struct {
	most int64
	life context.Context //nolint:containedctx // the server's, under which surfaces are computed
	slot chan struct{}
	busy sync.WaitGroup

	mu      sync.Mutex
	bytes   int64
	uses    uint64
	kept    map[string]*keptSurface
	flights map[string]*flight
}

type keptSurface struct {
	surface *heatSurface
	used    uint64 // when it was last, in uses
}

// flight is a surface being computed.
type flight struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiting int
	surface *heatSurface
	err     error
}

func newSurfaces(life context.Context, most int64) *surfaces {
	return &surfaces{
		most: most, life: life, slot: make(chan struct{}, surfacesAtOnce),
		kept: map[string]*keptSurface{}, flights: map[string]*flight{},
	}
}

func (s *surfaces) wait() { s.busy.Wait() }

// get returns the surface of a key, which make computes where there is none.
func (s *surfaces) get(ctx context.Context, key string, compute func(context.Context) (*heatSurface, error)) (*heatSurface, error) {
	if err := ctx.Err(); err != nil {
		return nil, err // nothing is begun for who has gone
	}
	s.mu.Lock()
	if k, ok := s.kept[key]; ok {
		s.uses++
		k.used = s.uses
		s.mu.Unlock()
		return k.surface, nil
	}
	f := s.flights[key]
	if f == nil {
		f = s.begin(key, compute)
	}
	f.waiting++
	s.mu.Unlock()
	select {
	case <-f.done:
		return f.surface, f.err
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.waiting--; f.waiting == 0 {
		f.cancel()
		if s.flights[key] == f {
			delete(s.flights, key) // who comes now begins anew
		}
	}
	return nil, ctx.Err()
}

// begin computes beside; s.mu is held.
func (s *surfaces) begin(key string, compute func(context.Context) (*heatSurface, error)) *flight {
	ctx, cancel := context.WithTimeout(s.life, surfaceTimeout)
	f := &flight{done: make(chan struct{}), cancel: cancel}
	s.flights[key] = f
	s.busy.Go(func() {
		defer cancel()
		f.surface, f.err = s.inTurn(ctx, compute)
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.flights[key] == f {
			delete(s.flights, key)
		}
		if f.err == nil {
			s.keep(key, f.surface)
		}
		close(f.done)
	})
	return f
}

// inTurn waits for a slot. A panic is the request's, as in every handler.
func (s *surfaces) inTurn(ctx context.Context, compute func(context.Context) (*heatSurface, error)) (out *heatSurface, err error) {
	select {
	case s.slot <- struct{}{}:
	case <-ctx.Done():
		if s.life.Err() == nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return nil, web.Refuse("heat", "", "too many other surfaces are being computed; ask again", web.ErrBusy)
		}
		return nil, ctx.Err()
	}
	defer func() {
		<-s.slot
		if r := recover(); r != nil {
			out, err = nil, fmt.Errorf("panic: %v", r)
		}
	}()
	return compute(ctx)
}

// keep keeps a surface and lets go of those not used for longest; s.mu is held.
func (s *surfaces) keep(key string, surface *heatSurface) {
	if surface.bytes() > s.most || s.kept[key] != nil {
		return
	}
	s.uses++
	s.kept[key] = &keptSurface{surface, s.uses}
	s.bytes += surface.bytes()
	for s.bytes > s.most {
		oldest := key
		for k, one := range s.kept { // some dozens
			if one.used < s.kept[oldest].used {
				oldest = k
			}
		}
		s.bytes -= s.kept[oldest].surface.bytes()
		delete(s.kept, oldest)
	}
}
