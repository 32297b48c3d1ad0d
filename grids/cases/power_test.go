//go:build power

package cases_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cases/storetest"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// cityName is the file on a disk of the tests.
const cityName = "city.gpkg"

// trial cuts the power of a store again and again and keeps account of what the
// store acknowledged.
type trial struct {
	t       *testing.T
	disk    *disk
	random  *rand.Rand
	clients int
	writes  int   // the power fails before so many writes and fsyncs of the disk
	fails   error // what a write may fail with

	folder string
	now    time.Time // the store's clock; each cycle has a day of its own

	mu           sync.Mutex
	acknowledged map[string]cases.Receipt // by key
	fresh        map[string]cases.Receipt // those of this cycle
	unknown      []cases.Request          // asked in this cycle and not answered
}

func newTrial(t *testing.T, seed uint64) *trial {
	t.Helper()
	text, err := os.ReadFile(created(t))
	if err != nil {
		t.Fatal(err)
	}
	tr := &trial{
		t: t, disk: mounted(t), random: rand.New(rand.NewPCG(seed, 0)), clients: 32, writes: 150, fails: cityfile.ErrNotWritable, now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		acknowledged: map[string]cases.Receipt{}, fresh: map[string]cases.Receipt{},
	}
	tr.folder = tr.disk.folder("0", map[string][]byte{cityName: text})
	return tr
}

func (tr *trial) path() string { return tr.folder + "/" + cityName }

// start opens the store as it is on the disk now.
func (tr *trial) start() (*cases.City, *cityfile.Store) {
	tr.t.Helper()
	file, err := cityfile.Open(context.Background(), tr.path())
	if err != nil {
		tr.t.Fatal(err)
	}
	now := tr.now
	s, err := cases.NewCity(context.Background(), file, cases.Options{Now: func() time.Time { return now }})
	if err != nil {
		tr.t.Fatal(err)
	}
	return s, file
}

// work has the clients write until the store fails.
func (tr *trial) work(s *cases.City, cycle int) {
	var wg sync.WaitGroup
	for n := range tr.clients {
		wg.Go(func() {
			for i := 0; ; i++ {
				r := storetest.Report(tr.now)
				r.Report.System, r.Report.ExternalID = "trial", fmt.Sprintf("%d-%d-%d", cycle, n, i)
				got, ok := tr.ask(s, r, r.Report.ExternalID)
				if !ok {
					return
				}
				for k, r := range storetest.Way(got.ID) {
					if _, ok := tr.ask(s, r, fmt.Sprintf("%d-%d-%d-%d", cycle, n, i, k)); !ok {
						return
					}
				}
			}
		})
	}
	wg.Wait()
}

// ask sends one request and notes what became of it.
func (tr *trial) ask(s *cases.City, r cases.Request, key string) (cases.Receipt, bool) {
	r.Key, r.Hash, r.Note = key, key, key
	got, err := s.Append(context.Background(), r)
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if err != nil {
		if !errors.Is(err, tr.fails) {
			tr.t.Errorf("a write fails with %v, not %v", err, tr.fails)
		}
		tr.unknown = append(tr.unknown, r)
		return got, false
	}
	tr.acknowledged[key], tr.fresh[key] = got, got
	return got, true
}

// cycle lets the store work until the power fails, and checks what is left.
func (tr *trial) cycle(n int) {
	tr.t.Helper()
	tr.now = tr.now.Add(24 * time.Hour)
	clear(tr.fresh)
	s, file := tr.start()
	tr.disk.cutAfter(tr.random.IntN(tr.writes))
	tr.work(s, n)
	_ = file.Close() // of a store without a disk
	tr.powerOn(n, [...]float64{0, 0, 0.5, 0.9, 0.1}[n%5])
	tr.check(n)
}

// powerOn has the disk come back with what it still has.
func (tr *trial) powerOn(n int, chance float64) {
	left := tr.disk.remains(fmt.Sprint(n), tr.random, chance)
	tr.disk.drop(fmt.Sprint(n))
	tr.folder = tr.disk.folder(fmt.Sprint(n+1), left)
}

// check opens the store and compares it with what was acknowledged in the cycle;
// then it repeats what was not answered.
func (tr *trial) check(n int) {
	tr.t.Helper()
	s, file := tr.start()
	defer func() {
		if err := file.Close(); err != nil {
			tr.t.Error(err)
		}
	}()
	sound(tr.t, file)
	tr.compare(s, tr.now, tr.fresh)
	tr.repeat(s)
	tr.compare(s, tr.now, tr.fresh)
}

// repeat sends once more what was not answered.
func (tr *trial) repeat(s *cases.City) {
	again := tr.unknown
	tr.unknown = nil
	var wg sync.WaitGroup
	for _, r := range again {
		wg.Go(func() {
			if _, ok := tr.ask(s, r, r.Key); !ok {
				tr.t.Errorf("%s failed once more", r.Key)
			}
		})
	}
	wg.Wait()
}

// compare holds the cases reported since a time against what was acknowledged
// since then: each is there once, and nothing else than what was asked.
func (tr *trial) compare(s *cases.City, since time.Time, acknowledged map[string]cases.Receipt) {
	tr.t.Helper()
	ctx := context.Background()
	asked := map[string]bool{}
	for _, r := range tr.unknown {
		asked[r.Key] = true
	}
	found := map[string]cases.Receipt{}
	for q := (cases.Query{From: since, Limit: 10_000}); ; {
		page, err := s.List(ctx, q)
		if err != nil {
			tr.t.Fatal(err)
		}
		for _, row := range page.Cases {
			c, events, err := s.Get(ctx, row.ID)
			if err != nil || !reflect.DeepEqual(c.Summary, row) {
				tr.t.Fatalf("case %s: the row is %+v, the fold of its log %+v, %v", row.ID, row, c, err)
			}
			for _, e := range events {
				if _, double := found[e.Note]; double {
					tr.t.Errorf("%s is there twice", e.Note)
				}
				if _, ok := acknowledged[e.Note]; !ok && !asked[e.Note] {
					tr.t.Errorf("%q was never asked", e.Note)
				}
				found[e.Note] = cases.Receipt{ID: row.ID, Version: e.Seq}
			}
		}
		if q.After = page.Next; page.Next == "" {
			break
		}
	}
	for key, got := range acknowledged {
		if have, ok := found[key]; !ok || have.ID != got.ID || have.Version != got.Version {
			tr.t.Errorf("%s was acknowledged as %+v, the store has %+v", key, got, have)
		}
	}
}

// sound asks SQLite whether the file is whole, r-tree included, and whether every
// event is in the feed once.
func sound(t *testing.T, file *cityfile.Store) {
	t.Helper()
	ctx := context.Background()
	if err := file.View(ctx, func(tx *sql.Tx) error {
		var verdict string
		var events, fed int
		if err := tx.QueryRowContext(ctx, "PRAGMA integrity_check").Scan(&verdict); err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM case_events), (SELECT count(*) FROM change WHERE kind = 'case')`).Scan(&events, &fed); err != nil {
			return err
		}
		if verdict != "ok" || events != fed {
			return fmt.Errorf("integrity_check says %s; %d events, %d in the feed", verdict, events, fed)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

func (tr *trial) cycles(n int) {
	for i := range n {
		if tr.cycle(i); tr.t.Failed() {
			tr.t.Fatalf("in cycle %d", i)
		}
	}
}

func TestNothingAcknowledgedIsLostWhenThePowerFails(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	tr := newTrial(t, seed)
	tr.cycles(20)
	if t.Logf("%d acknowledged", len(tr.acknowledged)); len(tr.acknowledged) < 100 {
		t.Errorf("only %d writes were acknowledged", len(tr.acknowledged))
	}
}
