package statistics

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/spatial"
)

// Cases has the cases that statistics are made of: a city's file does, see
// [cases.City].
type Cases interface {
	terms.CaseLogs

	// Check says what is wrong with a query.
	Check(ctx context.Context, q *cases.Query) error
	// Rows yields all cases of a query, in the order of their reports.
	Rows(ctx context.Context, q cases.Query) iter.Seq2[cases.Row, error]
	// Summaries returns cases by the numbers of their rows.
	Summaries(ctx context.Context, fids []int64) (map[int64]*cases.Summary, error)
}

// Options of New.
type Options struct {
	Cases Cases
	// Log is slog's default unless set; Now is time.Now.
	Log *slog.Logger
	Now func() time.Time
}

// What is worked out at a time, may wait, and is kept of what is done: the newest,
// with map layers of so many bytes in all.
const (
	workingStats  = 2
	waitingStats  = 8
	keptStats     = 16
	keptStatBytes = 64 << 20
)

// Jobs works out statistics beside the requests. Answers are in memory only.
type Jobs struct {
	ctx    context.Context //nolint:containedctx // it ends all that runs
	cases  Cases
	log    *slog.Logger
	now    func() time.Time
	work   sync.WaitGroup
	turn   chan struct{}
	beside touching

	mu  sync.Mutex
	all []*job // in the order they were asked for
}

// New returns what answers until the context ends; then Wait.
func New(ctx context.Context, o Options) *Jobs {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Jobs{ctx: ctx, cases: o.Cases, log: o.Log, now: o.Now, turn: make(chan struct{}, workingStats)}
}

// Wait returns when nothing runs any more: the context must have ended.
func (s *Jobs) Wait() { s.work.Wait() }

// work works a question out.
type work func(ctx context.Context, j *job) (*outcome, error)

// outcome is what comes of it.
type outcome struct {
	n        int
	excluded map[string]int
	result   any
	warnings []terms.Words
	layer    []byte
}

func (o *outcome) exclude(reason string) { o.excludeSome(reason, 1) }

func (o *outcome) excludeSome(reason string, n int) {
	if o.excluded == nil {
		o.excluded = map[string]int{}
	}
	o.excluded[reason] += n
}

// job is a question under way. What stands below over is there once that is
// closed.
type job struct {
	*ask

	id          string
	ctx         context.Context //nolint:containedctx // it ends the job
	cancel      context.CancelFunc
	running     atomic.Bool
	done, total atomic.Int64
	// piles are left out, nil for none; atPiles counts the cases there.
	piles   map[spatial.Coord]bool
	atPiles int

	over     chan struct{}
	ended    time.Time
	position string
	out      *outcome
	err      error
}

func (j *job) isOver() bool {
	select {
	case <-j.over:
		return true
	default:
		return false
	}
}

// start begins to work a question out.
func (s *Jobs) start(a *ask) (*job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		return nil, web.Refuse("statistic", a.of.name, "the server is stopping", web.ErrNotReady)
	}
	waits := 0
	for _, j := range s.all {
		if !j.isOver() {
			waits++
		}
	}
	if waits >= waitingStats {
		return nil, web.Refuse("statistic", a.of.name, fmt.Sprintf("%d statistics are under way or wait", waits), web.ErrBusy)
	}
	j := &job{ask: a, id: rand.Text(), over: make(chan struct{})}
	j.ctx, j.cancel = context.WithCancel(s.ctx)
	s.all = append(s.all, j)
	s.work.Go(func() { s.run(j) })
	return j, nil
}

// run waits for its turn and works the question out.
func (s *Jobs) run(j *job) {
	defer j.cancel()
	select {
	case s.turn <- struct{}{}:
		j.running.Store(true)
		j.position, j.out, j.err = s.workOut(j)
		<-s.turn
	case <-j.ctx.Done():
		j.err = j.ctx.Err()
	}
	j.ended = s.now()
	close(j.over)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
}

// workOut does it. A panic costs the answer, not the server.
func (s *Jobs) workOut(j *job) (position string, out *outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			out, err = nil, fmt.Errorf("statistic %s: panic: %v", j.of.name, p)
		}
	}()
	at, err := s.cases.Position(j.ctx)
	if err != nil {
		return "", nil, err
	}
	if err := j.findPiles(); err != nil {
		return "", nil, err
	}
	for _, q := range j.queries {
		n, err := s.cases.CountLogs(j.ctx, q)
		if err != nil {
			return "", nil, err
		}
		j.total.Add(int64(n))
	}
	if n := j.total.Load(); n > j.most {
		return "", nil, web.Refuse("filter", "", fmt.Sprintf("it picks %d cases; at most %d here", n, j.most), web.ErrTooMany)
	}
	out, err = j.work(j.ctx, j)
	if err == nil {
		err = j.ctx.Err()
	}
	if err == nil && j.atPiles > 0 {
		out.excludeSome(atPile, j.atPiles)
	}
	return at.String(), out, err
}

// forget drops the oldest that are over. The caller holds mu.
func (s *Jobs) forget() {
	kept, n, bytes := make([]*job, 0, len(s.all)), 0, 0
	for _, j := range slices.Backward(s.all) {
		if j.isOver() {
			if n++; j.out != nil {
				bytes += len(j.out.layer)
			}
			if n > keptStats || (bytes > keptStatBytes && n > 1) {
				continue
			}
		}
		kept = append(kept, j)
	}
	slices.Reverse(kept)
	s.all = kept
}

// find returns a job, nil for none.
func (s *Jobs) find(id string) *job {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range s.all {
		if j.id == id {
			return j
		}
	}
	return nil
}

// drop cancels a job and forgets it.
func (s *Jobs) drop(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.all, func(j *job) bool { return j.id == id })
	if i < 0 {
		return false
	}
	s.all[i].cancel()
	s.all = slices.Delete(s.all, i, i+1)
	return true
}

// blame is the error as the client is told it.
func (s *Jobs) blame(err error) error {
	if fault := terms.RefusalOf(err); fault != nil {
		return web.Within("filter", fault)
	}
	if s.ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return web.Refuse("statistic", "", "the server is stopping", web.ErrNotReady)
	}
	return err
}

// answer puts a job into words, as it stands.
func (s *Jobs) answer(j *job) *Statistic {
	zone := j.snap.City.TimeZone
	out := &Statistic{
		ID: j.id, Statistic: j.of.name, State: string(web.Queued), AskedAt: j.asked.In(zone), Done: j.done.Load(), Total: j.total.Load(),
		Method: j.of.method(), Filter: j.filter, Parameters: j.parameters, Period: periodOf(j.from, j.to, zone), CityVersion: j.snap.City.Version,
	}
	if j.running.Load() {
		out.State = string(web.Running)
	}
	if !j.isOver() {
		return out
	}
	ended := j.ended.In(zone)
	out.EndedAt, out.Position = &ended, j.position
	if j.err != nil {
		out.State, out.Fault = string(web.Failed), s.fault(j.err)
		return out
	}
	out.State, out.N, out.Excluded, out.Result, out.Warnings, out.Layer = string(web.Done), j.out.n, j.out.excluded, j.out.result, j.out.warnings, j.id
	for n := range maps.Values(j.out.excluded) {
		out.ExcludedN += n
	}
	return out
}

// fault puts why a job failed into words; what is the server's own is logged.
func (s *Jobs) fault(err error) string {
	if errors.Is(err, context.Canceled) {
		return "it was cancelled"
	}
	err = s.blame(err)
	if web.ProblemOf(err).Code != "internal" {
		return err.Error()
	}
	s.log.Error("a statistic failed", "error", err)
	return "the server failed; its log says more"
}

// rows yields the cases of a job's query and counts them.
func (s *Jobs) rows(ctx context.Context, j *job, q cases.Query, visit func(r *cases.Row)) error {
	n := int64(0)
	for r, err := range s.cases.Rows(ctx, q) {
		if err != nil {
			return err
		}
		if n++; n%lookRows == 0 {
			j.done.Add(lookRows)
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
		if !j.piled(r.At, r.ReportedAt) {
			visit(&r)
		}
	}
	j.done.Add(n % lookRows)
	return ctx.Err()
}

// lookRows is after how many cases a job looks whether it is still wanted.
const lookRows = 1024

// logs is rows with every step.
func (s *Jobs) logs(ctx context.Context, j *job, q cases.Query, visit func(l *cases.Log)) error {
	for l, err := range s.cases.Logs(ctx, q, 0) {
		if err != nil {
			return err
		}
		if j.done.Add(1); ctx.Err() != nil {
			return ctx.Err()
		}
		if !j.piled(l.At, l.ReportedAt.Unix()) {
			visit(&l)
		}
	}
	return ctx.Err()
}
