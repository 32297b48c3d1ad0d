package upstream

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/wanmi-gis/wanmi/basemaps"
	"github.com/wanmi-gis/wanmi/basemaps/stored"
	"github.com/wanmi-gis/wanmi/tiler"
)

// Map is a map of another server.
type Map struct {
	source  Source
	name    string // of its tiles in the cache
	maps    *Maps
	client  *http.Client
	limiter *rate.Limiter
	breaker breaker
	failing atomic.Bool
	layout  atomic.Pointer[layout] // nil until its document is read

	mu      sync.Mutex
	flights map[cacheKey]*flight

	// Of the document.
	looking  sync.Mutex
	next     time.Time // when to look again
	attempts int
	why      atomic.Pointer[Failure]
}

const (
	// noneAge is how long it is believed that there is nothing.
	noneAge = 10 * time.Minute
	// patience is how long who can have an old tile waits for a new one.
	patience = 2 * time.Second
)

// Describe returns what the map is.
func (m *Map) Describe() *basemaps.Info { return &m.layout.Load().info }

// TileJSON describes the map for maps; tiles is the template of its URLs here.
func (m *Map) TileJSON(tiles string) basemaps.TileJSON { return m.Describe().TileJSON(tiles) }

// Release does nothing: a map is there as long as the server.
func (m *Map) Release() {}

// Load returns a tile: kept, fetched, or kept and older than it should be where
// fetching fails. What has no body is nothing. An error is a [Failure] or the
// context's.
func (m *Map) Load(ctx context.Context, id tiler.ID) (basemaps.Tile, error) {
	l := m.layout.Load()
	if !l.holds(id) {
		return basemaps.Tile{}, nil
	}
	key := keyOf(m.name, id.String())
	now := m.maps.now()
	kept, have := m.maps.cache.get(key, now)
	if have && m.fresh(kept, now) {
		return kept.tile(0), nil
	}
	f, err := m.join(key, l, id)
	if err == nil {
		var bored <-chan time.Time
		if have {
			bored = m.maps.after(patience)
		}
		select {
		case <-f.done:
			if f.failure == nil {
				return f.record.tile(0), nil
			}
			err = f.failure
		case <-bored:
		case <-ctx.Done():
			return basemaps.Tile{}, ctx.Err()
		}
	}
	if have {
		return kept.tile(max(now.Sub(kept.fetched)-m.lifetime(kept), time.Second)), nil
	}
	return basemaps.Tile{}, err
}

// lifetime is how long a record is believed.
func (m *Map) lifetime(r *record) time.Duration {
	if len(r.body) == 0 {
		return min(noneAge, m.source.MaxAge)
	}
	return m.source.MaxAge
}

// fresh also takes what is from the future, by a clock that was set back, for old.
func (m *Map) fresh(r *record, now time.Time) bool {
	age := now.Sub(r.fetched)
	return age < m.lifetime(r) && age > -time.Minute
}

func (r *record) tile(stale time.Duration) basemaps.Tile {
	return basemaps.Tile{Body: r.body, Type: r.kind, Coding: r.coding, Tag: r.tag, Stale: stale}
}

// holds reports whether there may be such a tile.
func (l *layout) holds(id tiler.ID) bool {
	switch {
	case id.Z < l.info.MinZoom || id.Z > l.info.MaxZoom || id.X>>id.Z != 0 || id.Y>>id.Z != 0:
		return false
	case l.tiles.levels != nil && l.tiles.levels[id.Z] == "":
		return false
	case l.info.CRS != "" && l.info.CRS != GCJ02:
		return id.Y < 1<<id.Z/2 // half as many rows
	}
	return l.info.Box.Empty() || id.Box(0).Meets(l.info.Box)
}

// flight is a tile on its way, for all who want it.
type flight struct {
	done    chan struct{}
	record  *record
	failure *Failure
}

// join takes part in the tile's flight, which it begins where there is none. It goes
// on when who asked has left: others may have come, and the cache is fed.
func (m *Map) join(key cacheKey, l *layout, id tiler.ID) (*flight, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if f := m.flights[key]; f != nil {
		return f, nil
	}
	if len(m.flights) >= maxFlights {
		return nil, m.failure(ErrBusy, time.Second, ErrBusy.Error(), "")
	}
	f := &flight{done: make(chan struct{})}
	if !m.maps.run(func() { m.fly(f, key, l, id) }) {
		return nil, m.failure(ErrDown, 0, "the server stops", "")
	}
	m.flights[key] = f
	return f, nil
}

func (m *Map) fly(f *flight, key cacheKey, l *layout, id tiler.ID) {
	f.failure = m.fetch(m.maps.base, l.tiles.url(id), acceptTiles, func(body []byte) (err error) {
		f.record, err = tileOf(body, l.info.Type == stored.MVT)
		return err
	})
	if f.failure == nil {
		f.record.fetched, f.record.tag = m.maps.now(), tagOf(f.record.body)
		if err := m.maps.cache.put(key, f.record); err != nil {
			m.maps.told(m.source.ID, m.failure(ErrDown, 0, "tiles cannot be kept", err.Error()))
		}
	}
	m.mu.Lock()
	delete(m.flights, key)
	m.mu.Unlock()
	close(f.done)
}
