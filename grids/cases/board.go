package cases

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// Board has the live cases of a city in memory: those that are not over, and those
// over for less than 24 hours, with the lamps of now. It follows the feed, so that
// what other programs append to the same file comes to it as what this one does:
//
//	Append ─▶ commit ─▶ Notify ─┐
//	another program's commit ───┼─▶ Sync ─▶ followers ─▶ View
//	the clock ──────────────────┘
//
// A reader takes a [View], which never changes. A case takes some 370 bytes; to read
// one costs 5 µs of a processor, however many there are, and an event 120 µs when it
// comes alone and 26 µs, with 5 KB that are soon garbage, among a hundred of some
// thousand cases. With 800,000 an event leaves 100 KB.
type Board struct {
	city *City
	now  func() time.Time
	view atomic.Pointer[View]
	wake chan struct{}

	// mu lets one change be made at a time; all below is its.
	mu        sync.Mutex
	followers []BoardFollower
	// last is the row of the newest case when cases were read last: what an import
	// brings comes after it.
	last  int64
	names names
}

// keptOver is how long a case stays on the board when it is over.
const keptOver = 24 * time.Hour

// stepsAtOnce bounds what is read of the feed at a time.
const stepsAtOnce = 512

// BoardChange is what a view that is published differs in from the one before.
type BoardChange struct {
	// Serial and Cursor are those of the view that comes.
	Serial uint64
	Cursor cityfile.Cursor
	// Steps are the entries of the feed that led to it, of the city among them.
	Steps []Step
	// Whole says that an import brought cases, which nobody is told of singly; else
	// Rows has those that look different from before, each once.
	Whole bool
	Rows  []LiveChange
}

// LiveChange is a case as it was on the board and as it is; nil where it is not.
type LiveChange struct{ Before, After *Live }

// BoardFollower is told of every change, in order and one at a time: Coming before
// a reader can have the new view, and Published after. Both hold up the board.
type BoardFollower struct {
	Coming, Published func(*BoardChange)
}

// NewBoard reads the live cases. It stands still until [Board.Run].
func NewBoard(ctx context.Context, city *City) (*Board, error) {
	b := &Board{city: city, now: city.now, wake: make(chan struct{}, 1)}
	list, end, err := b.read(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the live cases: %w", err)
	}
	view := viewOf(list)
	view.Serial, view.Cursor = 1, end
	b.view.Store(view)
	city.file.Notify(b.Wake)
	return b, nil
}

// View is the board as it stands.
func (b *Board) View() *View { return b.view.Load() }

// Follow tells the follower of all changes from now on.
func (b *Board) Follow(f BoardFollower) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.followers = append(b.followers, f)
}

// Wake has Run look at the feed. It does not wait.
func (b *Board) Wake() {
	select {
	case b.wake <- struct{}{}:
	default: // it is about to look
	}
}

// Run follows the feed until the context ends: at once when this program appends,
// with every tick for other programs and the lamps. Failed is told of what could
// not be read; the next look goes on from there.
func (b *Board) Run(ctx context.Context, tick <-chan time.Time, failed func(error)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.wake:
		case <-tick:
		}
		if err := b.Sync(ctx); err != nil && ctx.Err() == nil {
			failed(err)
		}
	}
}

// Sync brings the board up to the feed and the clock.
func (b *Board) Sync(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		entries, next, err := b.city.Feed(ctx, b.View().Cursor, stepsAtOnce)
		if err != nil {
			return err
		}
		if len(entries) > 0 {
			if err := b.take(ctx, entries, next); err != nil {
				return err
			}
		}
		if len(entries) < stepsAtOnce {
			break
		}
	}
	b.turn(b.now())
	return nil
}

// take brings entries of the feed onto the board.
func (b *Board) take(ctx context.Context, entries []cityfile.Entry, next cityfile.Cursor) error {
	old := b.View()
	steps, err := b.city.steps(ctx, old, entries)
	if err != nil {
		return err
	}
	c := &BoardChange{Cursor: next, Steps: steps}
	for i := range steps {
		c.Whole = c.Whole || steps[i].Kind == FeedImport
	}
	view := old.draft()
	if c.Whole {
		if view, err = b.imported(ctx, old); err != nil {
			return err
		}
	}
	seen, now := map[ID]int{}, b.now()
	for i := range steps {
		s := steps[i].Case
		if s == nil {
			continue
		}
		before, after := view.Case(s.ID), b.lit(s, now)
		if before != nil && before.Version >= s.Version {
			continue // it was read with an import, as it stood later
		}
		view.put(before, after)
		c.tell(seen, before, after)
	}
	b.publish(view, c)
	return nil
}

// lit is a case as it stands on the board, nil where it is over for too long.
func (b *Board) lit(s *Summary, now time.Time) *Live {
	if s.State.Over() && !now.Before(s.ClosedAt.Add(keptOver)) {
		return nil
	}
	c := &Live{Summary: *s, Lit: s.Lamp(now)}
	b.names.share(&c.Summary)
	return c
}

// tell says of a change what others are told of it. Seen has where a case is told
// of, nil where none comes twice.
func (c *BoardChange) tell(seen map[ID]int, before, after *Live) {
	switch {
	case c.Whole, before == nil && after == nil:
		return
	case before != nil && after != nil && before.outer() == after.outer():
		return
	}
	if seen != nil {
		id := cmp.Or(before, after).ID
		if i, ok := seen[id]; ok {
			c.Rows[i].After = after
			return
		}
		seen[id] = len(c.Rows)
	}
	c.Rows = append(c.Rows, LiveChange{before, after})
}

// turn brings the lamps up to the clock and takes out what is over for long. It
// looks at those only that change.
func (b *Board) turn(now time.Time) {
	old := b.View()
	if first := old.byTurn.least(); first == nil || now.Before(first.turnsAt()) {
		return
	}
	c := &BoardChange{Cursor: old.Cursor}
	n := 0
	old.byTurn.each(func(x *Live) bool {
		if now.Before(x.turnsAt()) {
			return false
		}
		n++
		return true
	})
	if n > old.Len()/manyTurns {
		b.publish(b.turned(old, c, now), c)
		return
	}
	view := old.draft()
	old.byTurn.each(func(x *Live) bool {
		after := b.lit(&x.Summary, now)
		view.put(x, after)
		c.tell(nil, x, after)
		n--
		return n > 0
	})
	b.publish(view, c)
}

// manyTurns is the part of the cases from which on it costs less to sort all of
// them again.
const manyTurns = 8

// turned is a view in which many cases have turned.
func (b *Board) turned(old *View, c *BoardChange, now time.Time) *View {
	list := make([]*Live, 0, old.Len())
	old.Newest(func(x *Live) bool {
		after := x
		if at := x.turnsAt(); !at.IsZero() && !now.Before(at) {
			after = b.lit(&x.Summary, now)
			c.tell(nil, x, after)
		}
		if after != nil {
			list = append(list, after)
		}
		return true
	})
	return viewOf(list)
}

// publish makes the view the one that readers get.
func (b *Board) publish(view *View, c *BoardChange) {
	view.Serial, view.Cursor = b.View().Serial+1, c.Cursor
	c.Serial = view.Serial
	for _, f := range b.followers {
		f.Coming(c)
	}
	b.view.Store(view)
	for _, f := range b.followers {
		f.Published(c)
	}
}
