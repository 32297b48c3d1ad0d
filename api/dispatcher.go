package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
)

// Dispatcher decides whose a case is, by the city that is served, its rule file,
// and the ownership records and rulings of the city file.
//
//	edit      ──▶ the engine moves to the next snapshot        at once, before the edit is answered
//	claim     ──▶ the book is compiled beside and swapped in   before the write is answered
//	reload    ──▶ indices are built beside, 1 s for a city     the old city decides until then
//
// Whoever asks takes one pointer and waits for nobody, but for the first engine.
type Dispatcher struct {
	live    *grids.Live
	keeper  *cityfile.Keeper
	rules   *dispatch.Rules
	returns []dispatch.Return
	now     func() time.Time
	built   func()
	logs    terms.CaseLogs // nil where there are none
	log     *slog.Logger
	ctx     context.Context //nolint:containedctx // it is the builder's life, not a call's
	work    sync.WaitGroup

	state atomic.Pointer[deciding] // nil until the first engine is built
	book  atomic.Pointer[claimBook]

	// compiling is held for as long as a book is compiled.
	compiling sync.Mutex
	// mu orders the swaps of state and book; nothing slow is done under it.
	mu       sync.Mutex
	building bool
	stale    bool // the city was published whole since the builder looked
	tried    chan struct{}
	triedOne sync.Once

	runs    dryRuns
	quality qualities
	charts  responsibilities

	pastMu sync.Mutex
	past   *deciding // of the time asked for last
}

// deciding is an engine with the book that it was compiled with. It does not
// change.
type deciding struct {
	engine *dispatch.Engine
	book   *claimBook
}

// claimBook has the ownership records and rulings in the order they were added,
// and the city's version that brought the last. It does not change.
type claimBook struct {
	version int64
	records []grids.OwnershipRecord
	rulings []grids.Ruling
}

// DispatcherOptions of NewDispatcher.
type DispatcherOptions struct {
	// Keeper has the city and its claims; without one Live has the city, and
	// claims cannot be added.
	Keeper *cityfile.Keeper
	Live   *grids.Live
	// Rules are the city's; nil where it has none, and nothing is decided.
	Rules *dispatch.Rules
	// Book is what is known beside the city file.
	Book dispatch.Book
	// Cases are those of the past, for dry runs and quality; nil for none.
	Cases terms.CaseLogs
	// Built, if any, is called when an engine was built, which leaves much to
	// collect.
	Built func()
	// Log takes the dispatcher's own failures; nil for slog's default.
	Log *slog.Logger
}

// NewDispatcher reads the claims and checks the rules against the city, then
// builds the engine beside the caller. It stops with the context; see Wait.
func NewDispatcher(ctx context.Context, o DispatcherOptions) (*Dispatcher, error) {
	d := &Dispatcher{
		live: o.Live, keeper: o.Keeper, rules: o.Rules, returns: o.Book.Returns, now: time.Now, built: o.Built, logs: o.Cases, log: o.Log,
		ctx: ctx, tried: make(chan struct{}),
	}
	if d.keeper != nil {
		d.live, d.now = d.keeper.Live(), d.keeper.Now
	}
	if d.log == nil {
		d.log = slog.Default()
	}
	snap := d.live.Current()
	first := &claimBook{snap.City.Version, o.Book.Records, o.Book.Rulings}
	d.book.Store(first)
	if err := d.readClaims(ctx); err != nil {
		return nil, err
	}
	if d.rules != nil {
		if err := d.rules.Check(snap); err != nil {
			return nil, err
		}
	}
	d.live.Follow(grids.Follower{Coming: func(*grids.Change) {}, Published: d.published})
	if d.rules != nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.build()
	}
	return d, nil
}

// Wait returns when nothing is being built any more; the context ends it.
func (d *Dispatcher) Wait() { d.work.Wait() }

// published follows the city. It holds up the writer.
func (d *Dispatcher) published(c *grids.Change) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now, snap := d.state.Load(), d.live.Current()
	switch {
	case c.Whole:
		d.stale = true
		d.build()
	case now == nil: // the builder takes the city as it is when it is done
	case now.engine.Fits(snap):
		d.state.Store(&deciding{now.engine.On(snap), now.book})
	default:
		d.build() // unless it is under way, it failed
	}
}

// build starts the builder where it is not at work. The caller holds mu.
func (d *Dispatcher) build() {
	if d.building || d.ctx.Err() != nil {
		return
	}
	d.building = true
	d.work.Go(d.buildAll)
}

// buildAll builds until what it built is of the city that is served.
func (d *Dispatcher) buildAll() {
	for again := true; again; {
		d.mu.Lock()
		d.stale = false
		d.mu.Unlock()
		err := d.buildOne()
		if err != nil {
			d.log.Error("dispatch goes on by the city and the claims from before", "error", err)
		}
		d.triedOne.Do(func() { close(d.tried) })
		if d.built != nil {
			d.built()
		}
		d.mu.Lock()
		again = d.stale && d.ctx.Err() == nil
		d.building = again
		d.mu.Unlock()
	}
}

// buildOne makes the engine of the city that is served. A panic costs the
// engine, not the server.
func (d *Dispatcher) buildOne() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("build the dispatch engine: panic: %v", p)
		}
	}()
	snap, now := d.live.Current(), d.state.Load()
	if err := d.readClaims(d.ctx); err != nil || d.rules == nil {
		return err
	}
	book := d.book.Load()
	var engine *dispatch.Engine
	if now != nil {
		if err := d.rules.Check(snap); err != nil {
			d.log.Warn("the rules name what the city has no longer", "error", err)
		}
		engine, book = now.engine.On(snap), nil
	} else if engine, err = dispatch.New(snap, d.rules, d.bookOf(book)); err != nil {
		return err
	}
	d.compiling.Lock()
	defer d.compiling.Unlock()
	if latest := d.book.Load(); latest != book {
		if engine, err = engine.With(d.bookOf(latest)); err != nil {
			return err
		}
		book = latest
	}
	d.mu.Lock()
	if latest := d.live.Current(); engine.Fits(latest) {
		engine = engine.On(latest)
	}
	d.state.Store(&deciding{engine, book})
	d.mu.Unlock()
	d.forgetPast()
	return nil
}

func (d *Dispatcher) bookOf(b *claimBook) *dispatch.Book {
	return &dispatch.Book{Records: b.records, Rulings: b.rulings, Returns: d.returns}
}

// readClaims takes the claims as the file has them: another program may have
// written some. What was read and what was noted are each all up to some version,
// so together all up to the later one, and that is the book's.
func (d *Dispatcher) readClaims(ctx context.Context) error {
	if d.keeper == nil {
		return d.bookOf(d.book.Load()).Check()
	}
	store := d.keeper.Store()
	version := store.Version()
	claims, err := store.Claims(ctx)
	if err != nil {
		return err
	}
	records, rulings := claims.Ownership, claims.Rulings
	read := &claimBook{version, records, rulings}
	if err := d.bookOf(read).Check(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	was, seen := d.book.Load(), store.Version()
	read.version = max(version, was.version)
	for i := range records {
		if v := records[i].Version; v <= seen { // else another program made it up
			read.version = max(read.version, v)
		}
	}
	for i := range rulings {
		if v := rulings[i].Version; v <= seen {
			read.version = max(read.version, v)
		}
	}
	for i := range was.records {
		if was.records[i].Version > version {
			read.addRecord(&was.records[i].Claim)
		}
	}
	for i := range was.rulings {
		if was.rulings[i].Version > version {
			read.addRuling(&was.rulings[i].Claim)
		}
	}
	d.book.Store(read)
	return nil
}

// addRecord adds a record unless it is there: numbers only grow. The list may
// share room with that of the book before, which ends earlier; only the last
// book is added to.
func (b *claimBook) addRecord(c *grids.Claim) {
	if n := len(b.records); n == 0 || c.ID > b.records[n-1].ID {
		b.records = append(b.records, grids.OwnershipRecord{Claim: *c})
	}
}

func (b *claimBook) addRuling(c *grids.Claim) {
	if n := len(b.rulings); n == 0 || c.ID > b.rulings[n-1].ID {
		b.rulings = append(b.rulings, grids.Ruling{Claim: *c})
	}
}

// claimed notes claims that are durable now; the store's writer calls it.
func (d *Dispatcher) claimed(k claimKind, version int64, claims []grids.Claim) {
	d.mu.Lock()
	defer d.mu.Unlock()
	next := *d.book.Load()
	next.version = max(next.version, version)
	for i := range claims {
		if k == rulingClaims {
			next.addRuling(&claims[i])
		} else {
			next.addRecord(&claims[i])
		}
	}
	d.book.Store(&next)
}

// catchUp has the engine decide by all claims noted so far. Of many that wait
// the first does the work of all.
func (d *Dispatcher) catchUp() error {
	d.compiling.Lock()
	defer d.compiling.Unlock()
	now, book := d.state.Load(), d.book.Load()
	if now == nil || now.book == book {
		return nil // who builds the first engine takes the book after this
	}
	engine, err := now.engine.With(d.bookOf(book))
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.state.Store(&deciding{engine.On(d.state.Load().engine.City()), book})
	return nil
}

// errNoEngine is what decisions get when the engine could not be built; the log
// says why.
var errNoEngine = errors.New("there is no dispatch engine")

// deciding returns what decides now. It waits only for the first engine.
func (d *Dispatcher) deciding(ctx context.Context) (*deciding, error) {
	if d.rules == nil {
		return nil, web.Refuse("rules", "", "this city has no rule file: nothing says how it dispatches; name one as rules in the server's configuration", web.ErrConflict)
	}
	if now := d.state.Load(); now != nil {
		return now, nil
	}
	select {
	case <-d.tried:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if now := d.state.Load(); now != nil {
		return now, nil
	}
	return nil, errNoEngine
}

// decidingAt is deciding by the city as it holds at a time. Another time than now
// takes as long as a reload, one at a time, and the last is kept.
func (d *Dispatcher) decidingAt(ctx context.Context, t time.Time) (*deciding, error) {
	now, err := d.deciding(ctx)
	if err != nil || now.engine.City().Span.Holds(t) {
		return now, err
	}
	snap, err := d.live.AsOf(t)
	if err != nil {
		return nil, web.Refuse("at", t.Format(time.RFC3339), err.Error(), web.ErrNotFound)
	}
	d.pastMu.Lock()
	defer d.pastMu.Unlock()
	if d.past == nil || d.past.engine.City() != snap || d.past.book != now.book {
		d.past = &deciding{now.engine.On(snap), now.book}
	}
	return d.past, nil
}

func (d *Dispatcher) forgetPast() {
	d.pastMu.Lock()
	defer d.pastMu.Unlock()
	d.past = nil
}
