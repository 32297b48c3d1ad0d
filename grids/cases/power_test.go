package cases_test

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// cityName is the file on a disk of the tests.
const cityName = "city.gpkg"

// trial cuts the power of a store again and again and keeps account of what the
// store acknowledged.
type trial struct {
	t       testing.TB
	disk    *disk
	scratch string // a plain folder for what is taken from the disk
	random  *rand.Rand
	clients int
	writes  int // the power fails before so many writes and fsyncs of the disk
	cycle   int
	round   int // of work in this process

	mu           sync.Mutex
	acknowledged map[string]acknowledgement // by key
	unknown      map[string]deed            // asked and not answered
}

// acknowledgement is what a store said, and in which cycle the case was reported.
type acknowledgement struct {
	cases.Receipt
	cycle int
}

func newTrial(t testing.TB, seed uint64) *trial {
	t.Helper()
	tr := &trial{
		t: t, disk: mounted(t), scratch: t.TempDir(), random: rand.New(rand.NewPCG(seed, 0)), clients: 32, writes: 300,
		acknowledged: map[string]acknowledgement{}, unknown: map[string]deed{},
	}
	text, err := os.ReadFile(created(t))
	if err != nil {
		t.Fatal(err)
	}
	tr.disk.put(Put{Folder: tr.folder(), Seen: plain(t, tr.scratch+"/left", map[string][]byte{cityName: text})})
	return tr
}

// folder is the one on the disk of the cycle.
func (tr *trial) folder() string { return fmt.Sprint(tr.cycle) }

// open opens the store of a folder.
func (tr *trial) open(folder string) (*cases.City, *cityfile.Store) {
	tr.t.Helper()
	file, err := cityfile.Open(context.Background(), filepath.Join(folder, cityName))
	if err != nil {
		tr.t.Fatal(err)
	}
	now := dayOf(tr.cycle)
	s, err := cases.NewCity(context.Background(), file, cases.Options{Now: func() time.Time { return now }})
	if err != nil {
		tr.t.Fatal(err)
	}
	return s, file
}

func (tr *trial) close(file *cityfile.Store) {
	tr.t.Helper()
	if err := file.Close(); err != nil {
		tr.t.Error(err)
	}
}

// note keeps account of what a client tells.
func (tr *trial) note(o outcome) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	key := o.Deed.key()
	switch {
	case !o.Answered:
		tr.unknown[key] = o.Deed
	case o.Wrong:
		tr.t.Errorf("%s fails: %s", key, o.Failed)
	case o.Failed == "":
		if before, ok := tr.acknowledged[key]; ok && (before.ID != o.Receipt.ID || before.Version != o.Receipt.Version) {
			tr.t.Errorf("%s was acknowledged as %+v and then as %+v", key, before.Receipt, o.Receipt)
		}
		tr.acknowledged[key] = acknowledgement{o.Receipt, o.Deed.Cycle}
		delete(tr.unknown, key)
	}
}

// asked lists what was asked and not answered, oldest first.
func (tr *trial) asked() []deed {
	return slices.SortedFunc(maps.Values(tr.unknown), func(a, b deed) int { return a.Cycle - b.Cycle })
}

// power lets a server work until the power fails, and checks what is left. Every
// other server dies with the power; the rest live to see their disk fail.
func (tr *trial) power() {
	tr.t.Helper()
	repeat := tr.asked()
	since := tr.cycle
	if len(repeat) > 0 {
		since = repeat[0].Cycle
	}
	j := job{Path: filepath.Join(tr.disk.path, tr.folder(), cityName), Cycle: tr.cycle, Clients: tr.clients, Rounds: math.MaxInt, Repeat: repeat}
	serve(tr.t, tr.disk, j, 1+tr.random.IntN(tr.writes), tr.cycle%2 == 1, tr.note)
	left := tr.powerOn(Take{Left: true, Chance: [...]float64{0, 0, 0.5, 0.9, 0.1}[tr.cycle%5]})
	s, file := tr.open(left)
	sound(tr.t, file)
	tr.compare(s, since)
	tr.close(file)
}

// powerOn has the disk come back in the next cycle with what it still has, and
// returns a plain folder with the same: who judges it does not change it.
func (tr *trial) powerOn(k Take) (left string) {
	tr.t.Helper()
	k.Folder, k.To, k.Seed = tr.folder(), tr.scratch+"/left", tr.random.Uint64()
	left = tr.disk.take(k)
	tr.disk.drop(tr.folder())
	tr.cycle++
	tr.disk.put(Put{Folder: tr.folder(), Seen: left})
	return left
}

// compare holds the cases reported since a cycle against what was acknowledged of
// them: each is there once, and nothing else than what was asked.
func (tr *trial) compare(s *cases.City, since int) {
	tr.t.Helper()
	ctx := context.Background()
	found := map[string]cases.Receipt{}
	for q := (cases.Query{From: dayOf(since), Limit: 10_000}); ; {
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
				found[e.Note] = cases.Receipt{ID: row.ID, Version: e.Seq}
			}
		}
		if q.After = page.Next; page.Next == "" {
			break
		}
	}
	for key := range found {
		_, acknowledged := tr.acknowledged[key]
		if _, asked := tr.unknown[key]; !acknowledged && !asked {
			tr.t.Errorf("%q was never asked", key)
		}
	}
	for key, got := range tr.acknowledged {
		if have, ok := found[key]; got.cycle >= since && (!ok || have.ID != got.ID || have.Version != got.Version) {
			tr.t.Errorf("%s was acknowledged as %+v, the store has %+v", key, got.Receipt, have)
		}
	}
}

// sound asks SQLite whether the file is whole, r-tree included, and whether every
// event is in the feed once.
func sound(t testing.TB, file *cityfile.Store) {
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

// cuts has the power fail so often.
func (tr *trial) cuts(n int) {
	tr.t.Helper()
	for range n {
		if tr.power(); tr.t.Failed() {
			tr.t.Fatalf("after power cut %d", tr.cycle)
		}
	}
}

// all compares all that was ever acknowledged.
func (tr *trial) all() {
	tr.t.Helper()
	s, file := tr.open(tr.disk.take(Take{Folder: tr.folder(), To: tr.scratch + "/all"}))
	tr.compare(s, 0)
	tr.close(file)
}

func TestNothingAcknowledgedIsLostWhenThePowerFails(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	tr := newTrial(t, seed)
	tr.cuts(20)
	tr.all()
	if t.Logf("%d acknowledged", len(tr.acknowledged)); len(tr.acknowledged) < 100 {
		t.Errorf("only %d writes were acknowledged", len(tr.acknowledged))
	}
}
