package cases

import (
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
// A reader takes a [View], which never changes. A case takes some 400 bytes; an
// event costs 120 µs when it comes alone and 30 µs, with 21 KB that are soon
// garbage, among a hundred, however many cases there are.
type Board struct {
	city *City
	now  func() time.Time
	view atomic.Pointer[View]
	wake chan struct{}

	// mu lets one change be made at a time; all below is its.
	mu        sync.Mutex
	followers []BoardFollower
	// filled is the last entry of the feed that the cases were read with: older
	// ones change none of them.
	filled int64
	// turns is when the first lamp turns or case leaves; zero for never.
	turns time.Time
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
	// Whole says that the cases were read anew; else Rows has those that look
	// different from before, each once.
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
	view, end, err := b.fill(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the live cases: %w", err)
	}
	view.Serial, view.Cursor, b.filled = 1, end, end.Seq
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
	view := old.draft()
	for i := range steps {
		c.Whole = c.Whole || steps[i].Kind == FeedImport
	}
	if c.Whole {
		var end cityfile.Cursor
		if view, end, err = b.fill(ctx); err != nil {
			return err
		}
		b.filled = end.Seq
	}
	seen, now := map[ID]int{}, b.now()
	for i := range steps {
		if s := &steps[i]; s.Case != nil && s.Seq > b.filled {
			b.put(view, c, seen, b.lit(s.Case, now))
		}
	}
	b.publish(view, c)
	return nil
}

// lit is a case as it stands on the board, nil where it is over for too long.
func (b *Board) lit(s *Summary, now time.Time) *Live {
	c := &Live{Summary: *s, Lit: s.Lamp(now)}
	b.names.share(&c.Summary)
	if c.State.Over() && !now.Before(c.ClosedAt.Add(keptOver)) {
		return &Live{Summary: Summary{ID: s.ID}} // which is taken out
	}
	return c
}

// put brings a case into the view that comes and into what is told of it.
func (b *Board) put(view *View, c *BoardChange, seen map[ID]int, after *Live) {
	id := after.ID
	before := view.Case(id)
	if after.Version == 0 {
		after = nil
	}
	if before == nil && after == nil {
		return
	}
	view.put(before, after)
	b.expect(after)
	if c.Whole {
		return
	}
	if before != nil && after != nil && before.outer() == after.outer() {
		return
	}
	if i, ok := seen[id]; ok {
		c.Rows[i].After = after
		return
	}
	seen[id] = len(c.Rows)
	c.Rows = append(c.Rows, LiveChange{before, after})
}

// expect notes when the case turns.
func (b *Board) expect(c *Live) {
	if c == nil {
		return
	}
	if at := c.turnsAt(); !at.IsZero() && (b.turns.IsZero() || at.Before(b.turns)) {
		b.turns = at
	}
}

// turn brings the lamps up to the clock and takes out what is over for long.
func (b *Board) turn(now time.Time) {
	if b.turns.IsZero() || now.Before(b.turns) {
		return
	}
	b.turns = time.Time{}
	old := b.View()
	c := &BoardChange{Cursor: old.Cursor}
	view := old.draft()
	seen := map[ID]int{}
	old.Newest(func(x *Live) bool {
		if at := x.turnsAt(); !at.IsZero() && !now.Before(at) {
			b.put(view, c, seen, b.lit(&x.Summary, now))
		} else {
			b.expect(x)
		}
		return true
	})
	b.publish(view, c)
}

// draft is a copy that may be changed and then published.
func (v *View) draft() *View {
	next := *v
	next.places = v.places.Copy()
	return &next
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
