package api

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/check"
	"github.com/wanmi-gis/wanmi/grids/check/report"
)

// Examine is check.Check or another of its shape.
type Examine func(context.Context, *grids.City, check.Options) (*check.Result, error)

// Checks examines the served city in the background when it is asked for, each
// version once and one at a time, and keeps the last result. A check of a large
// city takes longer than a request may.
type Checks struct {
	ctx     context.Context
	rules   []check.Rule
	examine Examine
	running sync.WaitGroup

	mu    sync.Mutex
	under *grids.Snapshot // being examined
	rule  string          // the last it told
	last  *examined
	err   error // of the last check, until it is told
}

// examined is a finished check. It does not change.
type examined struct {
	version int64
	at      time.Time
	result  *check.Result
	rules   []report.Rule
	counts  report.Counts
}

// NewChecks makes checks that stop with the context.
func NewChecks(ctx context.Context, rules []check.Rule, examine Examine) *Checks {
	return &Checks{ctx: ctx, rules: rules, examine: examine}
}

// Wait returns when no check is under way any more; the context ends it.
func (c *Checks) Wait() { c.running.Wait() }

// of returns the last result, which may be of an older version, or nil while
// there is none, with the rule under way. It starts a check of the snapshot
// where there is none of it. An error is told once; asking again tries again.
func (c *Checks) of(snap *grids.Snapshot) (last *examined, rule string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.err; err != nil {
		c.err = nil
		return nil, "", err
	}
	fresh := c.last != nil && c.last.version == snap.City.Version
	if !fresh && c.under == nil && c.ctx.Err() == nil {
		c.under, c.rule = snap, ""
		c.running.Go(func() { c.run(snap) })
	}
	return c.last, c.rule, nil
}

// run examines one snapshot.
func (c *Checks) run(snap *grids.Snapshot) {
	done := &examined{version: snap.City.Version, at: time.Now()}
	err := c.fill(done, snap)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.under = nil
	if err != nil {
		c.err = err
		return
	}
	c.last = done
}

// fill examines. A rule that panics costs its check, not the server.
func (c *Checks) fill(done *examined, snap *grids.Snapshot) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("check: panic: %v", r)
		}
	}()
	done.result, err = c.examine(c.ctx, snap.Whole(), check.Options{
		At: done.at, Progress: c.tell, Workers: max(1, runtime.GOMAXPROCS(0)/2), // the other half answers
	})
	if err == nil {
		done.rules, done.counts = report.Summarise(c.rules, done.result)
	}
	return err
}

func (c *Checks) tell(rule string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rule = rule
}
