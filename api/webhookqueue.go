package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/wanmi-gis/wanmi/api/config"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// hook is one webhook. All but look and post is its own goroutine's; post reads
// what never changes, which stands first.
type hook struct {
	*WebhooksOptions
	to     *config.Webhook
	client *http.Client
	name   string // of its note in the city file
	epoch  string // of the feed
	kinds  eventKinds
	wake   chan struct{}
	done   chan posted

	// upto is how far the feed is taken up; behind says that there is more.
	upto   cityfile.Cursor
	behind bool
	queues map[cases.ID]*caseQueue
	open   map[place]bool // taken up and not delivered
	busy   int
	// streak counts the failures since something was taken last; from downAfter on
	// nothing is tried before again.
	streak int
	again  time.Time
	// changed says that there is something to keep, from keepAt on.
	changed bool
	keepAt  time.Time
}

// caseQueue has the messages of a case that wait, in order.
type caseQueue struct {
	waiting  []delivery
	busy     bool
	failures int
	again    time.Time
}

// posted is what became of a message.
type posted struct {
	id  cases.ID
	err error
}

// kept is what is kept of a hook in the city file.
type kept struct {
	Seq  int64   `json:"seq"`            // entries up to it are taken up
	Open []place `json:"open,omitempty"` // of them not delivered
}

func newHook(ctx context.Context, o *WebhooksOptions, to *config.Webhook) (*hook, error) {
	sum := sha256.Sum256([]byte(to.URL))
	h := &hook{
		WebhooksOptions: o, to: to, client: o.client, name: "webhook " + hex.EncodeToString(sum[:8]),
		wake: make(chan struct{}, 1), done: make(chan posted, postsAtOnce), behind: true,
		queues: map[cases.ID]*caseQueue{}, open: map[place]bool{},
	}
	if h.client == nil {
		h.client = newPoster(to)
	}
	for _, e := range to.Events {
		h.kinds |= eventKindNames[e]
	}
	text, err := o.Store.Note(ctx, h.name)
	if err != nil {
		return nil, err
	}
	h.upto = o.Board.View().Cursor
	h.epoch = h.upto.Epoch
	if text == "" { // from now on, whatever comes first: a message or a crash
		h.changed = true
		return h, h.keep(ctx)
	}
	var was kept
	if err := json.Unmarshal([]byte(text), &was); err != nil {
		return nil, fmt.Errorf("what was kept: %w", err)
	}
	h.upto.Seq = min(was.Seq, h.upto.Seq)
	return h, h.restore(ctx, was.Open)
}

// restore takes up again what was not delivered.
func (h *hook) restore(ctx context.Context, open []place) error {
	for _, p := range open {
		steps, _, err := h.Board.Steps(ctx, cityfile.Cursor{Epoch: h.upto.Epoch, Seq: p.seq() - 1}, 1)
		if err != nil {
			return err
		}
		if len(steps) == 1 && steps[0].Seq == p.seq() && steps[0].Case != nil {
			kind := caseEvents
			if p != placeOf(p.seq()) {
				kind = alarmEvents
			}
			h.queue(delivery{kind, &steps[0]})
		}
	}
	return nil
}

// look has the hook look at the feed. Anybody may call it.
func (h *hook) look() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

func (h *hook) run(ctx context.Context) {
	// What is under way when the server stops may still be answered.
	posting, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	for {
		if err := h.take(ctx); err != nil && ctx.Err() == nil {
			h.Log.Error("webhook", "url", h.to.URL, "error", err)
		}
		next := h.start(posting)
		if h.changed && (next.IsZero() || h.keepAt.Before(next)) {
			next = h.keepAt
		}
		var timer <-chan time.Time
		if !next.IsZero() {
			timer = h.after(max(next.Sub(h.now()), 0))
		}
		select {
		case <-ctx.Done():
			late := time.AfterFunc(stopGrace, cut)
			h.stop(posting)
			late.Stop()
			return
		case <-h.wake:
			h.behind = true
		case p := <-h.done:
			h.settle(p)
		case <-timer:
		}
		if h.changed && !h.now().Before(h.keepAt) {
			if err := h.keep(ctx); err != nil && ctx.Err() == nil {
				h.Log.Error("webhook", "url", h.to.URL, "error", err)
			}
		}
	}
}

// stop waits for what is under way and keeps what was delivered.
func (h *hook) stop(ctx context.Context) {
	for ; h.busy > 0; h.settle(<-h.done) {
	}
	if err := h.keep(context.WithoutCancel(ctx)); err != nil {
		h.Log.Error("webhook", "url", h.to.URL, "error", err)
	}
}

// take takes up what is new in the feed, as long as there is room.
func (h *hook) take(ctx context.Context) error {
	for h.behind && len(h.open) < maxTaken {
		steps, next, err := h.Board.Steps(ctx, h.upto, replayAtOnce)
		if err != nil {
			return err
		}
		h.behind = len(steps) == replayAtOnce
		if len(steps) == 0 {
			return nil
		}
		for i := range steps {
			if s := &steps[i]; s.Case != nil && h.wants(s) {
				if h.kinds&caseEvents != 0 {
					h.queue(delivery{caseEvents, s})
				}
				if h.kinds&alarmEvents != 0 && len(s.Told.Alarm) > 0 {
					h.queue(delivery{alarmEvents, s})
				}
			}
		}
		h.upto = next
		h.change()
	}
	return nil
}

// wants reports whether a step is of the units that the hook is for.
func (h *hook) wants(s *cases.Step) bool {
	return len(h.to.Units) == 0 || slices.Contains(h.to.Units, s.Case.Unit) || slices.Contains(h.to.Units, s.Told.Actor.Unit)
}

func (h *hook) queue(d delivery) {
	id := d.step.Case.ID
	q := h.queues[id]
	if q == nil {
		q = &caseQueue{}
		h.queues[id] = q
	}
	q.waiting = append(q.waiting, d)
	h.open[d.place()] = true
}

// change notes that there is something to keep.
func (h *hook) change() {
	if !h.changed {
		h.changed, h.keepAt = true, h.now().Add(keepEvery)
	}
}

// start posts what may be posted now, the oldest first, and returns when there is
// more to try; the zero time for when something else happens.
func (h *hook) start(ctx context.Context) (next time.Time) {
	now, most := h.now(), postsAtOnce
	if h.streak >= downAfter {
		if most = 1; now.Before(h.again) {
			return h.again
		}
	}
	for h.busy < most {
		var first *caseQueue
		next = time.Time{}
		for _, q := range h.queues {
			switch {
			case q.busy:
			case now.Before(q.again) && h.streak < downAfter:
				if next.IsZero() || q.again.Before(next) {
					next = q.again
				}
			case first == nil || q.waiting[0].place() < first.waiting[0].place():
				first = q
			}
		}
		if first == nil {
			return next
		}
		first.busy = true
		h.busy++
		d := first.waiting[0]
		go func() { h.done <- posted{d.step.Case.ID, h.post(ctx, &d)} }()
	}
	return time.Time{} // a place becomes free first
}

func (h *hook) post(ctx context.Context, d *delivery) error {
	body, err := d.body(h.Live.Current())
	if err != nil {
		return err
	}
	of := events{epoch: h.epoch}
	return post(ctx, h.client, h.to, of.id(d.place()), h.now(), body)
}

// settle notes what became of a message.
func (h *hook) settle(p posted) {
	h.busy--
	q := h.queues[p.id]
	q.busy = false
	d := q.waiting[0]
	if p.err != nil {
		h.failed(q, &d, p.err)
		return
	}
	if h.streak >= downAfter {
		h.Log.Info("webhook: the receiver takes messages again", "url", h.to.URL)
		for _, other := range h.queues {
			other.failures, other.again = 0, time.Time{}
		}
	}
	h.streak = 0
	h.delivered(q, &d)
}

// delivered takes a message off its queue.
func (h *hook) delivered(q *caseQueue, d *delivery) {
	delete(h.open, d.place())
	h.change()
	q.failures, q.again = 0, time.Time{}
	if q.waiting = q.waiting[1:]; len(q.waiting) == 0 {
		delete(h.queues, d.step.Case.ID)
	}
	h.behind = h.behind || h.upto.Seq < h.Board.View().Cursor.Seq
}

// failed has a message tried again, or given up.
func (h *hook) failed(q *caseQueue, d *delivery, err error) {
	now := h.now()
	q.failures++
	h.streak++
	q.again = now.Add(retryAfter(q.failures, chance()))
	if h.streak >= downAfter {
		if h.streak == downAfter {
			h.Log.Warn("webhook: the receiver takes nothing", "url", h.to.URL, "error", err)
		}
		h.again = now.Add(min(retryAfter(h.streak-downAfter+1, chance()), probeMost))
	}
	if now.Sub(d.step.At) > giveUpAfter {
		h.Log.Error("webhook: a message is given up", "url", h.to.URL, "case", d.step.Case.ID.String(), "seq", d.step.Seq, "error", err)
		h.delivered(q, d)
	}
}

// keep brings what was delivered into the city file.
func (h *hook) keep(ctx context.Context) error {
	if !h.changed {
		return nil
	}
	k := kept{Seq: h.upto.Seq}
	for p := range h.open {
		k.Open = append(k.Open, p)
	}
	slices.Sort(k.Open)
	text, err := json.Marshal(k)
	if err == nil {
		err = h.Store.KeepNote(ctx, h.name, string(text))
	}
	h.keepAt = h.now().Add(keepEvery)
	h.changed = err != nil
	return err
}
