package heatmap

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler/heat"
)

// Options of New.
type Options struct {
	Live  *grids.Live
	Cases *cases.City
	Board *cases.Board
	// Log takes what could not be read; nil for slog's default.
	Log *slog.Logger
	// Patrol has the hours of patrol; nil for none.
	Patrol *PatrolHours
	// CacheBytes bounds the surfaces that are kept; 0 for DefaultCacheMB.
	CacheBytes int64
	// Read is called when all cases have been read, so that the memory it took can go
	// back; nil for nothing.
	Read func()
}

// DefaultCacheMB is room for some thirty surfaces of a city of 200 km² at 150 m.
const DefaultCacheMB = 96

// Heat has all cases of a city in columns, for densities, clusters and counts under
// any filter. It reads them in the background and follows the feed:
//
//	file ─Scan─▶ table ◀─Steps─ feed       an import, or other cells: read anew
//	               │
//	             View ─▶ surface (kept by question and serial) ─▶ tiles, values
type Heat struct {
	live  *grids.Live
	store *cases.City
	board *cases.Board
	log   *slog.Logger
	// patrol has the hours of patrol, nil for none.
	patrol *PatrolHours
	read   func()

	wake     chan struct{}
	city     atomic.Pointer[columns]
	surfaces *surfaces
	exports  chan struct{} // see exportTurn
	running  sync.WaitGroup
	ready    chan struct{}

	// mu is held by who follows; all below is its.
	mu     sync.Mutex
	cursor cityfile.Cursor
	alike  *grids.Snapshot // has the columns' division: compared once
	stale  bool            // an import came since the cases were read
	filled time.Time
	took   time.Duration
}

// columns are the cases in columns, for one division into cells.
type columns struct {
	snap    *grids.Snapshot // whose cells these are
	number  map[string]uint32
	table   *heat.Table
	ground  *heat.Ground
	areas   *heat.Areas
	km2     []float64 // by cell
	roads   cutRoads
	classes heat.Dictionary // kind and code, see classKey
	units   heat.Dictionary
	// none is a class that no case has, nobody a unit.
	none, nobody uint16
	piles        pileKeeper
	// generation tells it from those before.
	generation uint64
	// first and last bound the times of report, in seconds.
	first, last atomic.Int64
}

// looksEvery is how often the city is looked at, and the feed of other programs.
const looksEvery = time.Second

// restAfterFill is how many times as long as it took to read the cases nothing is
// read anew: a history that comes in many imports would else be read all the time.
const restAfterFill = 3

// New begins to read the cases and to follow them until the context ends.
func New(ctx context.Context, o Options) *Heat {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = DefaultCacheMB << 20
	}
	if o.Read == nil {
		o.Read = func() {}
	}
	h := &Heat{
		live: o.Live, store: o.Cases, board: o.Board, log: o.Log, read: o.Read, patrol: o.Patrol, wake: make(chan struct{}, 1), ready: make(chan struct{}),
		surfaces: newSurfaces(ctx, o.CacheBytes), exports: make(chan struct{}, exportsAtOnce),
	}
	h.board.Follow(cases.BoardFollower{Coming: func(*cases.BoardChange) {}, Published: func(*cases.BoardChange) { h.look() }})
	h.running.Go(func() { h.run(ctx) })
	return h
}

// Ready is closed once all cases have been read.
func (h *Heat) Ready() <-chan struct{} { return h.ready }

// Wait returns once nothing goes on any more, after the context ended.
func (h *Heat) Wait() {
	h.running.Wait()
	h.surfaces.wait()
}

// look has the feed read. It does not wait.
func (h *Heat) look() {
	select {
	case h.wake <- struct{}{}:
	default: // it is about to
	}
}

func (h *Heat) run(ctx context.Context) {
	tick := time.NewTicker(looksEvery)
	defer tick.Stop()
	for {
		if err := h.Sync(ctx); err != nil && ctx.Err() == nil {
			h.log.Error("the cases of heat are not followed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-h.wake:
		case <-tick.C:
		}
	}
}

// Sync brings the columns up to the feed.
func (h *Heat) Sync(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		city, snap := h.city.Load(), h.live.Current()
		if city == nil || snap != h.alike && !sameDivision(city.snap, snap) {
			return h.fill(ctx, snap)
		}
		h.alike = snap
		const atOnce = 512
		steps, next, err := h.board.Steps(ctx, h.cursor, atOnce)
		if err != nil {
			return err
		}
		var changes []heat.Change
		for i := range steps {
			h.stale = h.stale || steps[i].Kind == cases.FeedImport
			if steps[i].Case == nil {
				continue
			}
			b := cases.BareOf(steps[i].Case)
			r, err := city.row(&b)
			if err != nil {
				return err
			}
			changes = append(changes, heat.Change{Row: r})
		}
		if len(changes) > 0 {
			if err := city.table.Apply(ctx, changes); err != nil {
				return err
			}
		}
		h.cursor = next
		if len(steps) == atOnce {
			continue
		}
		if h.stale && time.Since(h.filled) >= restAfterFill*h.took {
			return h.fill(ctx, snap)
		}
		h.fold(ctx, city.table)
		return nil
	}
}

// fold sorts the table anew beside its readers where that pays.
func (h *Heat) fold(ctx context.Context, t *heat.Table) {
	const least = 100_000
	if tail := t.Tail(); tail < least || tail < t.View().Len()/10 {
		return
	}
	h.running.Go(func() {
		if err := t.Fold(ctx); err != nil && ctx.Err() == nil {
			h.log.Error("the cases of heat are not sorted", "error", err)
		}
	})
}

// fill reads all cases for the cells of a snapshot.
func (h *Heat) fill(ctx context.Context, snap *grids.Snapshot) error {
	begin := time.Now()
	city, err := newColumns(snap)
	if err != nil {
		return err
	}
	old := h.city.Load()
	if old != nil {
		city.generation = old.generation + 1
	}
	var end cityfile.Cursor
	var failed error
	var rows iter.Seq[heat.Row] = func(yield func(heat.Row) bool) {
		end, failed = h.store.Scan(ctx, func(b *cases.Bare) error {
			r, err := city.row(b)
			if err == nil && !yield(r) {
				err = context.Canceled
			}
			return err
		})
	}
	city.table, err = heat.NewTable(ctx, heat.City{Plane: snap.City.Plane, Zone: snap.City.TimeZone, Areas: city.areas}, rows)
	if failed != nil {
		return failed
	}
	if err != nil {
		return err
	}
	h.cursor, h.stale, h.filled, h.took = end, false, time.Now(), time.Since(begin)
	h.city.Store(city)
	if old == nil {
		close(h.ready)
	}
	v := city.table.View()
	h.log.Info("cases in columns", "cases", v.Len(), "seconds", math.Round(h.took.Seconds()*100)/100, "bytes", v.Bytes())
	h.read()
	h.look() // what came meanwhile
	return nil
}

// newColumns prepares for the cells of a snapshot.
func newColumns(snap *grids.Snapshot) (*columns, error) {
	city := &columns{snap: snap, number: make(map[string]uint32, len(snap.City.Cells)), km2: make([]float64, len(snap.City.Cells))}
	city.first.Store(math.MaxInt64)
	chains := make([]heat.Chain, len(snap.City.Cells))
	shapes := make([]*spatial.Shape, len(chains))
	for i := range chains {
		c := &snap.City.Cells[i]
		zone, community, street, district := snap.Chain(int32(i))
		chains[i] = heat.Chain{
			c.Code, terms.CodeAt(snap, grids.Zones, zone), terms.CodeAt(snap, grids.Communities, community),
			terms.CodeAt(snap, grids.Streets, street), terms.CodeAt(snap, grids.Districts, district),
		}
		shapes[i] = c.Shape
		city.number[c.Code], city.km2[i] = uint32(i), c.Shape.AreaM2()/1e6
	}
	var err error
	if city.areas, err = heat.NewAreas(chains); err != nil {
		return nil, err
	}
	if city.ground, err = heat.NewGround(snap.City.Plane, shapes); err != nil {
		return nil, err
	}
	if city.none, err = city.classes.Intern(""); err != nil {
		return nil, err
	}
	if city.nobody, err = city.units.Intern("\x00"); err != nil {
		return nil, err
	}
	for _, c := range snap.Catalogue.All() {
		if _, err := city.classes.Intern(classKey(c.Kind, c.Code)); err != nil {
			return nil, err
		}
	}
	return city, nil
}

// classKey names a class in the dictionary: kinds use the same codes.
func classKey(k grids.Kind, code string) string { return string(k) + " " + code }

// row is a case as the columns have it. A case whose cell is no more is of the cell
// that holds its place today; one that no cell held when it came is of none.
func (c *columns) row(b *cases.Bare) (r heat.Row, err error) {
	if b.FID < 0 || b.FID > math.MaxUint32 {
		return r, fmt.Errorf("case in row %d: beyond the numbers that columns have", b.FID)
	}
	r = heat.Row{FID: uint32(b.FID), At: b.At, Time: b.ReportedAt, Cell: heat.NoCell}
	if r.Class, err = c.classes.Intern(classKey(b.Kind, b.Category)); err != nil {
		return r, err
	}
	if r.Unit, err = c.units.Intern(b.Unit); err != nil {
		return r, err
	}
	r.Source, r.State = uint8(slices.Index(cases.Sources(), b.Source)), uint8(slices.Index(cases.States(), b.State))
	if n, ok := c.number[b.Cell]; ok {
		r.Cell = n
	} else if b.Cell != "" {
		if p := c.snap.Locate(b.At); p.Cell != spatial.None {
			r.Cell = uint32(p.Cell)
		}
	}
	if r.Time < c.first.Load() {
		c.first.Store(r.Time) // one goroutine writes
	}
	if r.Time > c.last.Load() {
		c.last.Store(r.Time)
	}
	return r, nil
}

// sameDivision reports whether two snapshots have the same cells in the same areas.
func sameDivision(a, b *grids.Snapshot) bool {
	if a == b {
		return true
	}
	x, y := a.City, b.City
	return slices.EqualFunc(x.Cells, y.Cells, func(p, q grids.Cell) bool {
		return p.Code == q.Code && p.Zone == q.Zone && p.Community == q.Community &&
			(p.Shape == q.Shape || slices.Equal(p.Shape.Coords, q.Shape.Coords) && slices.Equal(p.Shape.Ends, q.Shape.Ends))
	}) && slices.EqualFunc(x.Communities, y.Communities, func(p, q grids.Community) bool {
		return p.Code == q.Code && p.Parent == q.Parent
	}) && slices.EqualFunc(x.Streets, y.Streets, func(p, q grids.Street) bool {
		return p.Code == q.Code && p.Parent == q.Parent
	})
}
