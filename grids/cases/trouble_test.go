//go:build power

package cases_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cases/storetest"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// A disk that fails to bring a write to the platter, of the log at a commit or of
// the file at a checkpoint: what was acknowledged stays, nothing is written until
// the file is opened anew, and a power cut at any moment after that loses nothing
// either, although the system believes on disk what is not.
func TestAfterAFailedFsyncNothingIsWrittenUntilTheFileIsOpenedAnew(t *testing.T) {
	failedFsyncs(t, 3)
}

// failedFsyncs has the power fail so often after the file was opened anew.
func failedFsyncs(t *testing.T, cuts int) {
	t.Helper()
	for _, of := range []string{"-wal", cityName} {
		t.Run("of "+strings.TrimPrefix(of, "-"), func(t *testing.T) {
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			tr := newTrial(t, seed)
			s, file := tr.start()
			first, ok := tr.ask(s, storetest.Report(tr.now), "0-first")
			if !ok {
				t.Fatal("the first write failed")
			}
			// A log that begins anew: what it has, no older part of it makes good.
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
			s, file = tr.start()
			tr.disk.set(func(d *disk) {
				d.syncFails = of
				if of == "-wal" {
					d.syncGoes = 1 // of the log's head, before it has anything to lose
				}
			})
			tr.work(s, 0)
			var broken *cityfile.Broken
			if err := file.Ready(t.Context()); !errors.As(err, &broken) || !errors.Is(err, cityfile.ErrNotWritable) {
				t.Fatalf("ready: %v", err)
			}
			before := tr.disk.synced()
			_, err := s.Append(t.Context(), cases.Request{Case: first.ID, Kind: cases.Urge, Actor: cases.Actor{ID: "li", Role: cases.Operator}})
			if !errors.As(err, &broken) || !strings.Contains(err.Error(), "until it is opened anew: ") || tr.disk.synced() != before {
				t.Errorf("the next write: %v; %d fsyncs more", err, tr.disk.synced()-before)
			}
			if c, _, err := s.Get(t.Context(), first.ID); err != nil || c.State != cases.Reported {
				t.Errorf("reading: %+v, %v", c, err)
			}
			if page, err := s.List(t.Context(), cases.Query{}); err != nil || len(page.Cases) == 0 {
				t.Errorf("listing: %d cases, %v", len(page.Cases), err)
			}
			if err := file.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
			for range cuts {
				tr.anew(tr.random.IntN(60))
			}
			tr.healed()
		})
	}
}

// anew opens the file as the system shows it, which is not what the disk has, and
// cuts the power after a number of writes.
func (tr *trial) anew(writes int) {
	tr.t.Helper()
	seen, kept := tr.disk.content("0"), tr.disk.remains("0", tr.random, 0)
	tr.folder = tr.disk.folder("anew", seen)
	tr.disk.believe("anew", kept)
	tr.disk.cutAfter(writes)
	if file, err := cityfile.Open(context.Background(), tr.path()); err == nil {
		_ = file.Close() // the power may fail here too
	}
	left := tr.disk.remains("anew", tr.random, 0.5)
	tr.disk.drop("anew")
	tr.disk.cutAfter(-1)
	tr.folder = tr.disk.folder("anew on", left)
	s, file := tr.start()
	sound(tr.t, file)
	tr.compare(s, tr.now, tr.fresh)
	if err := file.Close(); err != nil {
		tr.t.Error(err)
	}
	if tr.disk.drop("anew on"); tr.t.Failed() {
		tr.t.Fatalf("with a power cut after %d writes", writes)
	}
}

// healed opens the file as the system shows it and goes on.
func (tr *trial) healed() {
	tr.t.Helper()
	seen, kept := tr.disk.content("0"), tr.disk.remains("0", tr.random, 0)
	tr.folder = tr.disk.folder("healed", seen)
	tr.disk.believe("healed", kept)
	s, file := tr.start()
	tr.repeat(s)
	tr.compare(s, tr.now, tr.fresh)
	if err := file.Close(); err != nil {
		tr.t.Error(err)
	}
}

// believe makes the disk have other content than the system shows, with nothing
// pending: as after a failed fsync.
func (d *disk) believe(name string, durable map[string][]byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.GetChild(name).Operations().(*dir)
	for name, f := range n.durable {
		f.durable = append([]byte{}, durable[name]...)
	}
}

func TestAFullDiskRefusesWritesAndTheStoreGoesOnWhenThereIsRoomAgain(t *testing.T) {
	tr := newTrial(t, 2)
	s, file := tr.start()
	tr.fails = cityfile.ErrDiskFull
	for round := range 3 {
		tr.disk.set(func(d *disk) { d.room = d.used + 500_000 })
		tr.work(s, round)
		if len(tr.unknown) != tr.clients || len(tr.acknowledged) == 0 {
			t.Fatalf("round %d: %d of %d clients were refused, %d writes acknowledged", round, len(tr.unknown), tr.clients, len(tr.acknowledged))
		}
		if err := file.Ready(t.Context()); err != nil {
			t.Errorf("ready: %v", err)
		}
		tr.compare(s, tr.now, tr.fresh)
		tr.disk.set(func(d *disk) { d.room = 0 })
		tr.repeat(s)
		tr.compare(s, tr.now, tr.fresh)
	}
	if err := file.Close(); err != nil {
		t.Error(err)
	}
}

func TestADiskThatBecomesReadOnlyIsReadFurther(t *testing.T) {
	tr := newTrial(t, 3)
	s, file := tr.start()
	first, ok := tr.ask(s, storetest.Report(tr.now), "0-first")
	if !ok {
		t.Fatal("the first write failed")
	}
	tr.disk.set(func(d *disk) { d.readOnly = true })
	tr.work(s, 0)
	if len(tr.unknown) != tr.clients || len(tr.acknowledged) != 1 {
		t.Errorf("%d of %d clients were refused, %d writes acknowledged", len(tr.unknown), tr.clients, len(tr.acknowledged))
	}
	if c, _, err := s.Get(t.Context(), first.ID); err != nil || c.Version != 1 {
		t.Errorf("reading: %+v, %v", c, err)
	}
	tr.disk.set(func(d *disk) { d.readOnly = false })
	_ = file.Close() // what it says depends on whether the log was settled
	tr.check(0)
}

// One fsync serves all who wait: with 64 clients at most one for 8 writes.
func TestManyWritesShareAnFsync(t *testing.T) {
	tr := newTrial(t, 4)
	s, file := tr.start()
	tr.clients = 64
	before := tr.disk.synced()
	tr.disk.set(func(d *disk) { d.room = d.used + 4_000_000 })
	tr.fails = cityfile.ErrDiskFull
	tr.work(s, 0)
	syncs, writes := tr.disk.synced()-before, len(tr.acknowledged)
	if t.Logf("%d writes with %d fsyncs", writes, syncs); writes < 500 || syncs*8 > writes {
		t.Errorf("%d writes took %d fsyncs", writes, syncs)
	}
	tr.disk.set(func(d *disk) { d.room = 0 })
	if err := file.Close(); err != nil {
		t.Error(err)
	}
}
