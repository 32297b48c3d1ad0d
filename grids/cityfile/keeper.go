package cityfile

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
)

// Keeper keeps a city file and the snapshot that is served of it together. All
// that changes the city goes through it:
//
//	Edit ──▶ committed to the file ──▶ published ──▶ answered
//	Reload ──▶ read beside the served city ──▶ city_version raised ──▶ published
//
// What is committed is published by the store's one writer, so in the order of
// the commits; edits of one commit are published together. A reload takes over
// the edits made while it read. After a crash between commit and publication
// the file has the edit, and that is what is loaded.
type Keeper struct {
	store *Store
	live  *grids.Live
	now   func() time.Time

	reloading sync.Mutex
	folding   atomic.Bool
	folds     sync.WaitGroup
}

// maxEdited is how many components may be edited before they are folded in
// among the others. Up to it an edit is published in less than 0.1 ms.
const maxEdited = 4096

// NewKeeper loads the store's city as it holds now. The store is the keeper's
// from then on, closed with it.
func NewKeeper(ctx context.Context, store *Store, now func() time.Time) (*Keeper, error) {
	city, err := store.Load(ctx)
	if err != nil {
		return nil, err
	}
	snap, err := grids.NewSnapshot(city, now())
	if err != nil {
		return nil, err
	}
	k := &Keeper{store: store, live: grids.NewLive(snap), now: now}
	store.follow = k.publish
	return k, nil
}

// Live has the snapshot that is served.
func (k *Keeper) Live() *grids.Live { return k.live }

// Store returns the city file.
func (k *Keeper) Store() *Store { return k.store }

// Now is the time that a write is given: to the second, in the city's zone.
func (k *Keeper) Now() time.Time {
	return k.now().In(k.live.Current().City.TimeZone).Truncate(time.Second)
}

// Edit makes the edit and returns its answer, or that of the same edit made
// before. When it returns the edit is durable and visible to every reader.
func (k *Keeper) Edit(ctx context.Context, e Edit) (answer string, err error) {
	at := k.Now()
	// The writer does not stop half way when the client leaves.
	work := &editing{Edit: e, ctx: context.WithoutCancel(ctx), at: at}
	work.r = &request{ctx: ctx, apply: work.apply}
	err = k.store.submit(work.r)
	if before, ok := errors.AsType[*replayed](err); ok {
		return before.answer, nil
	}
	if err != nil {
		return "", fmt.Errorf("edit %s %s: %w", e.Layer, e.Code, err)
	}
	return work.answer, nil
}

// publish follows the store's writer.
func (k *Keeper) publish(batch []*request) {
	var edits []grids.Edit
	apply := func() {
		if len(edits) > 0 {
			// What fails is only to bring the city to the present day, which
			// the next reload does or reports.
			_ = k.live.Apply(k.now(), edits...)
			edits = nil
		}
	}
	for _, r := range batch {
		if r.err != nil {
			continue
		}
		if r.edit != nil {
			edits = append(edits, *r.edit)
		}
		if r.replace != nil {
			apply()
			r.replace(r.version)
		}
	}
	apply()
	if k.live.Current().Edited() >= maxEdited && k.folding.CompareAndSwap(false, true) {
		k.folds.Go(k.fold)
	}
}

// fold builds the components' index anew, with the edits in it, beside the one
// that answers.
func (k *Keeper) fold() {
	defer k.folding.Store(false)
	r := k.live.Begin()
	defer r.End()
	r.Fold()
}

// Stale says why the served city must be read anew, or "": another program has
// changed the city in the file since the last call, or a row has started or ended to
// hold.
func (k *Keeper) Stale(ctx context.Context) (why string, err error) {
	foreign, err := k.store.Foreign(ctx)
	switch {
	case err != nil:
		return "", err
	case foreign:
		return "another program changed the city file", nil
	case !k.live.Current().Span.Holds(k.now()):
		return "a row has started or ended to hold", nil
	}
	return "", nil
}

// Reload reads the city anew beside the served one and publishes it under a new
// version, which it returns. On failure the old one goes on being served and
// its version stays. Edits go on meanwhile and are kept.
func (k *Keeper) Reload(ctx context.Context, why string) (version int64, err error) {
	k.reloading.Lock()
	defer k.reloading.Unlock()
	r := k.live.Begin()
	defer r.End()
	city, err := k.store.Load(ctx)
	if err != nil {
		return 0, err
	}
	snap, err := grids.NewSnapshot(city, k.now())
	if err != nil {
		return 0, err
	}
	r.Prepare(snap)
	return k.store.raise(ctx, why, k.now(), func(version int64) { r.Publish(snap, version) })
}

// Close waits for the work under way and closes the store.
func (k *Keeper) Close() error {
	err := k.store.Close()
	k.folds.Wait()
	return err
}
