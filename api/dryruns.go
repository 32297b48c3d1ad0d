package api

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
)

// What is kept of dry runs: so many, and of all together so many changed cases, some
// 150 bytes each. The oldest go first.
const (
	keptRuns    = 8
	waitingRuns = 4
	keptPoints  = 2 * dispatch.MaxPoints
)

// dryRuns replays past cases under changed rules, one run after the other, beside
// the requests. Results are in memory only.
type dryRuns struct {
	mu      sync.Mutex
	last    int
	all     []*dryRun // in the order they were asked for
	working bool
}

// dryRun is one of them. What stands below state is guarded by the list's mu.
type dryRun struct {
	id      string
	rules   *dispatch.Rules
	past    past
	byRules bool // compared with what the present rules say
	asked   time.Time
	ctx     context.Context //nolint:containedctx // it ends the run
	cancel  context.CancelFunc
	done    atomic.Int64
	total   atomic.Int64
	// undispatched counts cases that were sent to nobody.
	undispatched atomic.Int64

	state          web.JobState
	started, ended time.Time
	fault          string
	cityVersion    int64
	diff           *dispatch.Diff
}

// start takes a run; it waits for those before it.
func (d *Dispatcher) start(r *dryRun) error {
	runs := &d.runs
	runs.mu.Lock()
	defer runs.mu.Unlock()
	if d.ctx.Err() != nil {
		return web.Refuse("rules", "", "the server is stopping", web.ErrNotReady)
	}
	waiting := 0
	for _, x := range runs.all {
		if !x.over() {
			waiting++
		}
	}
	if waiting >= waitingRuns {
		return web.Refuse("rules", "", fmt.Sprintf("%d dry runs are under way or wait", waiting), web.ErrBusy)
	}
	runs.last++
	r.id, r.state = strconv.Itoa(runs.last), web.Queued
	r.ctx, r.cancel = context.WithCancel(d.ctx)
	runs.all = append(runs.all, r)
	runs.forget()
	if !runs.working {
		runs.working = true
		d.work.Go(d.workOff)
	}
	return nil
}

func (r *dryRun) over() bool { return r.state == web.Done || r.state == web.Failed }

// forget drops the oldest that are over. The caller holds mu.
func (runs *dryRuns) forget() {
	points := 0
	var kept []*dryRun
	for _, r := range slices.Backward(runs.all) {
		if r.diff != nil {
			points += len(r.diff.Points)
		}
		if !r.over() || (len(kept) < keptRuns && (points <= keptPoints || len(kept) == 0)) {
			kept = append(kept, r)
		}
	}
	slices.Reverse(kept)
	runs.all = kept
}

// workOff works off what waits.
func (d *Dispatcher) workOff() {
	for {
		d.runs.mu.Lock()
		i := slices.IndexFunc(d.runs.all, func(r *dryRun) bool { return r.state == web.Queued })
		if i < 0 {
			d.runs.working = false
			d.runs.mu.Unlock()
			return
		}
		r := d.runs.all[i]
		r.state, r.started = web.Running, d.now()
		d.runs.mu.Unlock()
		diff, version, err := d.replay(r)
		d.runs.mu.Lock()
		r.ended, r.diff, r.cityVersion, r.state = d.now(), diff, version, web.Done
		if err != nil {
			r.state, r.fault = web.Failed, d.blame(err)
		}
		r.cancel()
		d.runs.forget()
		d.runs.mu.Unlock()
	}
}

// blame puts why a run ended into words; what is the server's own fault is logged.
func (d *Dispatcher) blame(err error) string {
	if errors.Is(err, context.Canceled) {
		return "it was cancelled"
	}
	if p := web.ProblemOf(err); p.Code != "internal" || errors.Is(err, dispatch.ErrRules) {
		return err.Error()
	}
	d.log.Error("a dry run failed", "error", err)
	return "the server failed; its log says more"
}

// replay does the work of a run. A panic costs the run, not the server.
func (d *Dispatcher) replay(r *dryRun) (diff *dispatch.Diff, cityVersion int64, err error) {
	defer func() {
		if p := recover(); p != nil {
			diff, err = nil, fmt.Errorf("dry run: panic: %v", p)
		}
	}()
	now, err := d.deciding(r.ctx)
	if err != nil {
		return nil, 0, err
	}
	changed, err := now.engine.WithRules(r.rules)
	if err != nil {
		return nil, 0, err
	}
	n, err := d.logs.CountLogs(r.ctx, r.past.Query)
	if err != nil {
		return nil, 0, err
	}
	r.total.Store(int64(min(n, r.past.most)))
	var broken error
	diff, err = dispatch.Replay(r.ctx, changed, d.pasts(r, now.engine, &broken))
	if broken != nil {
		return nil, 0, broken
	}
	return diff, changed.City().City.Version, err
}

// pasts yields the cases of a run with the decisions they are compared with.
func (d *Dispatcher) pasts(r *dryRun, present *dispatch.Engine, broken *error) iter.Seq[dispatch.Past] {
	return func(yield func(dispatch.Past) bool) {
		for l, err := range d.logs.Logs(r.ctx, r.past.Query, r.past.most) {
			if err != nil {
				*broken = err
				return
			}
			r.done.Add(1)
			p, ok := pastCase(&l)
			if !ok {
				r.undispatched.Add(1)
				continue
			}
			if r.byRules {
				if v, err := present.Whose(p.Report); err == nil {
					p.Unit, p.Mode = v.Unit, v.Mode
				}
			}
			if !yield(p) {
				return
			}
		}
	}
}

// pastCase is a case that was dispatched.
func pastCase(l *cases.Log) (dispatch.Past, bool) {
	j := judge(l)
	return dispatch.Past{ID: l.ID.String(), Report: j.report, Unit: j.First, Mode: j.mode, Right: j.Right}, j.First != ""
}

// find returns a run, as it stands, nil for none.
func (runs *dryRuns) find(id string) *dryRun {
	for _, r := range runs.all {
		if r.id == id {
			return r
		}
	}
	return nil
}

// drop cancels a run and forgets it.
func (runs *dryRuns) drop(id string) bool {
	runs.mu.Lock()
	defer runs.mu.Unlock()
	r := runs.find(id)
	if r == nil {
		return false
	}
	r.cancel()
	runs.all = slices.DeleteFunc(runs.all, func(x *dryRun) bool { return x == r })
	return true
}
