package cases_test

import (
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cases/storetest"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// job is what a server process does until it is killed or its disk fails.
type job struct {
	Path    string // of the city file
	Cycle   int
	Clients int
	// FirstRound numbers the clients' cases; of one cycle no number is given twice.
	FirstRound int
	Rounds     int    // cases of one client at most
	Repeat     []deed // to be asked once more first
	// History asks for the clients of a history in place of the usual ones.
	History []cases.ID
	Seed    uint64
}

// dayOf is the day of a cycle, of which the store's clock shows the beginning.
func dayOf(cycle int) time.Time { return time.Date(2026, 1, 1+cycle, 0, 0, 0, 0, time.UTC) }

// deed is one request: a report, or a step of the case's way.
type deed struct {
	Cycle, Client, Round int
	Step                 int // 0 is the report
	Case                 cases.ID
}

func (d deed) key() string { return fmt.Sprintf("%d-%d-%d-%d", d.Cycle, d.Client, d.Round, d.Step) }

// request returns the request, the same each time.
func (d deed) request() cases.Request {
	var r cases.Request
	if d.Step == 0 {
		r = storetest.Report(dayOf(d.Cycle))
		r.Report.System, r.Report.ExternalID = "trial", d.key()
	} else {
		r = storetest.Way(d.Case)[d.Step-1]
	}
	r.Key, r.Hash, r.Note = d.key(), d.key(), d.key()
	return r
}

// outcome is what a client tells: that it asks, and later what it was answered.
type outcome struct {
	Deed     deed
	Answered bool
	Receipt  cases.Receipt
	Failed   string // why there is no receipt
	Wrong    bool   // it failed of what it should not
}

// writers are clients that bring cases from report to closing.
type writers struct {
	store *cases.City
	job   job
	fails error // what a write may fail of
	tell  func(outcome)
}

// work has all of them write until the store fails.
func (w *writers) work() {
	var wg sync.WaitGroup
	for _, d := range w.job.Repeat {
		wg.Go(func() { w.ask(d) })
	}
	wg.Wait()
	for n := range w.job.Clients {
		wg.Go(func() {
			for i := range w.job.Rounds {
				if !w.wholeCase(deed{Cycle: w.job.Cycle, Client: n, Round: w.job.FirstRound + i}) {
					return
				}
			}
		})
	}
	wg.Wait()
}

func (w *writers) wholeCase(d deed) bool {
	got, ok := w.ask(d)
	d.Case = got.ID
	for range storetest.Way(got.ID) {
		if !ok {
			break
		}
		d.Step++
		_, ok = w.ask(d)
	}
	return ok
}

func (w *writers) ask(d deed) (cases.Receipt, bool) {
	w.tell(outcome{Deed: d})
	got, err := w.store.Append(context.Background(), d.request())
	out := outcome{Deed: d, Answered: true, Receipt: got}
	if err != nil {
		out.Failed, out.Wrong = err.Error(), !errors.Is(err, w.fails)
	}
	w.tell(out)
	return got, err == nil
}

// serveCases does one job and tells on stdout what becomes of it, each line
// before the store is asked and after it has answered.
func serveCases() {
	go func() { // who ends with the tests
		var todo job
		orders := gob.NewDecoder(os.Stdin)
		if err := orders.Decode(&todo); err != nil {
			os.Exit(1)
		}
		go func() {
			if err := todo.do(); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			os.Exit(0)
		}()
		_ = orders.Decode(&todo) // there is no other: until they close it
		os.Exit(1)
	}()
	select {}
}

func (j job) do() error {
	file, err := cityfile.Open(context.Background(), j.Path)
	if err != nil {
		return err
	}
	s, err := cases.NewCity(context.Background(), file, cases.Options{Now: func() time.Time { return dayOf(j.Cycle) }})
	if err != nil {
		return err
	}
	var mu sync.Mutex
	lines := gob.NewEncoder(os.Stdout)
	tell := func(v any) {
		mu.Lock()
		defer mu.Unlock()
		if err := lines.Encode(v); err != nil {
			os.Exit(1) // nobody listens
		}
	}
	if j.History != nil {
		historyWork(s, j, func(o turn) { tell(o) })
	} else {
		w := writers{s, j, cityfile.ErrNotWritable, func(o outcome) { tell(o) }}
		w.work()
	}
	_ = file.Close() // of a store without a disk
	return nil
}

// serve has a server do the job on the disk until the power fails after so many
// writes, which kills the server with it unless it lingers to see its disk fail.
// told is called for each line it tells.
func serve[T any](t testing.TB, d *disk, j job, after int, lingers bool, told func(T)) {
	t.Helper()
	c := started(t, serverPart)
	cut := Cut{After: after, Kills: c.cmd.Process.Pid}
	if lingers {
		cut.Kills = 0
	}
	d.cut(cut)
	if err := gob.NewEncoder(c.in).Encode(j); err != nil {
		t.Fatalf("give the server its job: %v", err)
	}
	lines := gob.NewDecoder(c.out)
	for {
		var line T
		err := lines.Decode(&line)
		if err == nil {
			told(line)
			continue
		}
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) { // the last may be cut
			t.Errorf("the server tells: %v", err)
		}
		break
	}
	d.cut(Cut{After: -1}) // its number may become another's
	err := c.end()
	// Without a disk it may also have given up, with 1 if it was still opening.
	if code := c.cmd.ProcessState.ExitCode(); !d.counts().Off || code > 1 {
		t.Fatalf("the server ended by itself: %v: %s", err, c.says.String())
	}
}
