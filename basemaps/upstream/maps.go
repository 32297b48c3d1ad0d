package upstream

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/wanmi-gis/wanmi/basemaps"
	"github.com/wanmi-gis/wanmi/egress"
)

// Options are what [New] is told.
type Options struct {
	Sources []Source
	// Cache keeps tiles; nil keeps none, so that nothing is served stale.
	Cache *Cache
	// Told hears when a map fails, after some failures in a row, when its document
	// or the cache does, and a nil Failure when it is well again; nil hears nothing.
	Told func(id string, f *Failure)
	// Resolver finds the addresses of the servers; nil is the system's.
	Resolver *net.Resolver
	// Now and After are the clock; nil is the system's.
	Now   func() time.Time
	After func(time.Duration) <-chan time.Time
}

// Maps are the maps of other servers.
type Maps struct {
	list  []*Map // by ID
	cache *Cache
	told  func(string, *Failure)
	now   func() time.Time
	after func(time.Duration) <-chan time.Time

	base   context.Context // of all requests
	cancel context.CancelFunc
	mu     sync.Mutex // of closed and of adding work
	closed bool
	work   sync.WaitGroup
}

const (
	// lookAgain is how old a document gets before it is read anew; the waits are
	// those after failures.
	lookAgain = 24 * time.Hour
	firstLook = 5 * time.Second
	mostLook  = 10 * time.Minute
	sweepEach = time.Hour
)

// New makes ready what is configured. What documents said before is taken from the
// cache; [Maps.Look] asks for those that are not there. It asks nothing itself.
func New(o Options) (*Maps, error) {
	out := &Maps{cache: o.Cache, told: o.Told, now: o.Now, after: o.After}
	if out.now == nil {
		out.now = time.Now
	}
	if out.after == nil {
		out.after = time.After
	}
	if out.told == nil {
		out.told = func(string, *Failure) {}
	}
	seen := map[string]bool{}
	for i := range o.Sources {
		s := o.Sources[i]
		if err := s.Check(); err != nil {
			return nil, fmt.Errorf("upstreams[%d]: %w", i, err)
		}
		if seen[s.ID] {
			return nil, fmt.Errorf("upstreams[%d]: id: %s is the name of another", i, s.ID)
		}
		seen[s.ID] = true
		m := &Map{
			source: s, maps: out, flights: map[cacheKey]*flight{}, name: s.fingerprint(),
			limiter: rate.NewLimiter(rate.Limit(s.Rate), max(int(2*s.Rate), 1)),
			client: egress.Client(&egress.Options{
				Allow: s.AllowAddresses, Timeout: 2 * fetchTime, AtOnce: atOnce, MaxHeaderBytes: maxHeadBytes, Resolver: o.Resolver,
			}),
		}
		if err := m.begin(out.now()); err != nil {
			return nil, fmt.Errorf("upstreams[%d]: %w", i, err)
		}
		out.list = append(out.list, m)
	}
	slices.SortFunc(out.list, func(a, b *Map) int { return cmp.Compare(a.source.ID, b.source.ID) })
	out.base, out.cancel = context.WithCancel(context.Background())
	return out, nil
}

// fingerprint names what the source's tiles are, so that another map by the same
// name has none of them; the key, which may change, is no part of it.
func (s *Source) fingerprint() string {
	k := keyOf(s.ID, string(s.Kind), s.URL, s.Layer, s.Style, s.MatrixSet, fmt.Sprint(s.Type))
	return fmt.Sprintf("%x", k)
}

// Close ends all requests, waits for them and lets go of the cache.
func (m *Maps) Close() error {
	m.mu.Lock()
	m.closed = true
	m.cancel()
	m.mu.Unlock()
	m.work.Wait()
	for _, one := range m.list {
		one.client.CloseIdleConnections()
	}
	return m.cache.Close()
}

// run has something done beside, unless all ends.
func (m *Maps) run(f func()) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.closed {
		m.work.Go(f)
	}
	return !m.closed
}

// IDs returns the names of all maps, whether they are known yet or not.
func (m *Maps) IDs() (out []string) {
	if m == nil {
		return nil
	}
	for _, one := range m.list {
		out = append(out, one.source.ID)
	}
	return out
}

// Find returns the map; nil where there is none by the name. An error is a
// [Failure]: it is not known yet what the map is, as its document could not be read.
func (m *Maps) Find(id string) (*Map, error) {
	if m == nil {
		return nil, nil
	}
	i, ok := slices.BinarySearchFunc(m.list, id, func(a *Map, id string) int { return cmp.Compare(a.source.ID, id) })
	if !ok {
		return nil, nil
	}
	if one := m.list[i]; one.layout.Load() != nil {
		return one, nil
	}
	return nil, m.list[i].unknown()
}

// List returns what is served, by id.
func (m *Maps) List() (out []basemaps.Info) {
	if m == nil {
		return nil
	}
	for _, one := range m.list {
		if l := one.layout.Load(); l != nil {
			out = append(out, l.info)
		}
	}
	return out
}

// Refused returns what is not served, and why.
func (m *Maps) Refused() (out []basemaps.Refusal) {
	if m == nil {
		return nil
	}
	for _, one := range m.list {
		if one.layout.Load() == nil {
			out = append(out, basemaps.Refusal{Name: one.source.ID, Err: one.unknown()})
		}
	}
	return out
}

// Look asks for the documents that are due, all at once, and waits for them.
func (m *Maps) Look(ctx context.Context) {
	var looks sync.WaitGroup
	for _, one := range m.list {
		looks.Go(func() { one.look(ctx) })
	}
	looks.Wait()
}

// Follow looks, and sweeps the cache, with the ticks until the context ends.
func (m *Maps) Follow(ctx context.Context, ticks <-chan time.Time) {
	swept := m.now()
	for {
		m.Look(ctx)
		if now := m.now(); now.Sub(swept) >= sweepEach {
			m.cache.Sweep(now)
			swept = now
		}
		select {
		case <-ctx.Done():
			return
		case <-ticks:
		}
	}
}

// tell passes on that a map fails, once until it is well again.
func (m *Maps) tell(one *Map, f *Failure) {
	if one.failing.Swap(f != nil) != (f != nil) {
		m.told(one.source.ID, f)
	}
}
