package api

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/wanmi-gis/wanmi/api/config"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// Webhooks post what happens to cases to other systems, at least once each, the
// events of a case in their order:
//
//	feed ─▶ taken up (at most maxTaken) ─▶ a queue for each case ─▶ 8 posts at a time
//	                                          ▲ tried again ──────────┘
//
// A message that fails is tried again after 1, 2, 4 … seconds, at most 5 minutes,
// each less up to half by chance; what follows in the same case waits, others do
// not. After 5 failures in a row the receiver counts as down: one message at a time
// is tried, every 15 seconds at least, until one is taken. A message is given up 3 days after it happened. What
// was taken up and not delivered is kept in the city file each second: a crash has
// at most the last second's messages sent twice, under the same ids.
type Webhooks struct {
	hooks []*hook
	done  sync.WaitGroup
}

// WebhooksOptions of NewWebhooks.
type WebhooksOptions struct {
	Hooks []config.Webhook
	Board *cases.Board
	Store *cityfile.Store
	Live  *grids.Live
	Log   *slog.Logger // nil for slog's default

	// Of tests; nil for the real ones.
	now    func() time.Time
	after  func(time.Duration) <-chan time.Time
	client *http.Client
}

const (
	// maxTaken is how many messages may wait for a receiver outside the feed.
	maxTaken = 1000
	// postsAtOnce is how many messages of different cases are under way.
	postsAtOnce = 8
	// retryFirst and retryMost bound the wait after a failure, giveUpAfter the age
	// of what is tried.
	retryFirst  = time.Second
	retryMost   = 5 * time.Minute
	giveUpAfter = 72 * time.Hour
	// downAfter is how many failures in a row make a receiver count as down; it is
	// tried at least every probeMost then.
	downAfter = 5
	probeMost = 15 * time.Second
	// stopGrace is how long an answer is waited for when the server stops.
	stopGrace = 5 * time.Second
	// keepEvery is how often it is kept what was delivered.
	keepEvery = time.Second
)

// NewWebhooks begins to post where it was left, with a hook that is new from now
// on, until the context ends. The store must outlive Wait.
func NewWebhooks(ctx context.Context, o WebhooksOptions) (*Webhooks, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.now == nil {
		o.now, o.after = time.Now, time.After
	}
	w := &Webhooks{}
	for i := range o.Hooks {
		h, err := newHook(ctx, &o, &o.Hooks[i])
		if err != nil {
			return nil, fmt.Errorf("webhook %s: %w", o.Hooks[i].URL, err)
		}
		w.hooks = append(w.hooks, h)
	}
	if len(w.hooks) > 0 {
		o.Board.Follow(cases.BoardFollower{Coming: func(*cases.BoardChange) {}, Published: func(c *cases.BoardChange) {
			if len(c.Steps) == 0 {
				return
			}
			for _, h := range w.hooks {
				h.look()
			}
		}})
	}
	for _, h := range w.hooks {
		w.done.Go(func() { h.run(ctx) })
	}
	return w, nil
}

// Wait returns once all is kept after the context's end.
func (w *Webhooks) Wait() { w.done.Wait() }

// retryAfter is the wait after n failures.
func retryAfter(n int, chance float64) time.Duration {
	d := retryMost
	if n < 10 { // 2⁹ seconds are more already
		d = min(retryFirst<<(n-1), retryMost)
	}
	return d - time.Duration(chance/2*float64(d))
}

func chance() float64 { return rand.Float64() } //nolint:gosec // spreads retries, keeps no secret
