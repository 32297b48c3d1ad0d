package cases_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids/cases"
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
			first := tr.first(s)
			// A log that begins anew: what it has, no older part of it makes good.
			tr.close(file)
			s, file = tr.start()
			faults := Faults{SyncFails: of}
			if of == "-wal" {
				faults.SyncGoes = 1 // of the log's head, before it has anything to lose
			}
			tr.disk.faults(faults)
			tr.work(s, cityfile.ErrNotWritable)
			var broken *cityfile.Broken
			if err := file.Ready(t.Context()); !errors.As(err, &broken) || !errors.Is(err, cityfile.ErrNotWritable) {
				t.Fatalf("ready: %v", err)
			}
			before := tr.disk.counts().Syncs
			_, err := s.Append(t.Context(), cases.Request{Case: first.ID, Kind: cases.Urge, Actor: cases.Actor{ID: "li", Role: cases.Operator}})
			if !errors.As(err, &broken) || !strings.Contains(err.Error(), "until it is opened anew: ") || tr.disk.counts().Syncs != before {
				t.Errorf("the next write: %v; %d fsyncs more", err, tr.disk.counts().Syncs-before)
			}
			if c, _, err := s.Get(t.Context(), first.ID); err != nil || c.State != cases.Reported {
				t.Errorf("reading: %+v, %v", c, err)
			}
			if page, err := s.List(t.Context(), cases.Query{}); err != nil || len(page.Cases) == 0 {
				t.Errorf("listing: %d cases, %v", len(page.Cases), err)
			}
			tr.close(file)
			for range cuts {
				tr.anew(1 + tr.random.IntN(60))
			}
			tr.healed()
		})
	}
}

// start opens the store on the disk in this process: one that ends by itself.
func (tr *trial) start() (*cases.City, *cityfile.Store) {
	tr.t.Helper()
	return tr.open(filepath.Join(tr.disk.path, tr.folder()))
}

// work has clients write until the store fails, which it may of one reason; it
// does so long before they end by themselves.
func (tr *trial) work(s *cases.City, fails error) {
	const rounds = 100
	tr.round += rounds
	j := job{Cycle: tr.cycle, Clients: tr.clients, FirstRound: tr.round, Rounds: rounds}
	w := writers{s, j, fails, tr.note}
	w.work()
}

// repeat sends once more what was not answered.
func (tr *trial) repeat(s *cases.City) {
	w := writers{s, job{Repeat: tr.asked()}, nil, tr.note}
	if w.work(); len(tr.unknown) > 0 {
		tr.t.Errorf("%d writes failed once more", len(tr.unknown))
	}
}

// first reports a case that stays as it is.
func (tr *trial) first(s *cases.City) cases.Receipt {
	tr.t.Helper()
	w := writers{s, job{}, nil, tr.note}
	got, ok := w.ask(deed{Cycle: tr.cycle, Round: -1})
	if !ok {
		tr.t.Fatal("the first write failed")
	}
	return got
}

// believed makes a folder on the disk with what the system shows of the first
// one, which is not what the disk has of it: as after a failed fsync.
func (tr *trial) believed(folder string) (path string) {
	tr.t.Helper()
	return tr.disk.put(Put{
		Folder:  folder,
		Seen:    tr.disk.take(Take{Folder: tr.folder(), To: tr.scratch + "/seen"}),
		Durable: tr.disk.take(Take{Folder: tr.folder(), To: tr.scratch + "/durable", Left: true}),
	})
}

// anew opens the file as the system shows it and cuts the power after a number of
// writes.
func (tr *trial) anew(writes int) {
	tr.t.Helper()
	path := tr.believed("anew")
	tr.disk.cut(Cut{After: writes})
	if file, err := cityfile.Open(context.Background(), filepath.Join(path, cityName)); err == nil {
		_ = file.Close() // the power may fail here too
	}
	s, file := tr.open(tr.disk.take(Take{Folder: "anew", To: tr.scratch + "/left", Left: true, Chance: 0.5, Seed: tr.random.Uint64()}))
	tr.disk.drop("anew")
	tr.disk.cut(Cut{After: -1})
	sound(tr.t, file)
	tr.compare(s, tr.cycle)
	if tr.close(file); tr.t.Failed() {
		tr.t.Fatalf("with a power cut after %d writes", writes)
	}
}

// healed opens the file as the system shows it and goes on.
func (tr *trial) healed() {
	tr.t.Helper()
	s, file := tr.open(tr.believed("healed"))
	tr.repeat(s)
	tr.compare(s, tr.cycle)
	tr.close(file)
}

func TestAFullDiskRefusesWritesAndTheStoreGoesOnWhenThereIsRoomAgain(t *testing.T) {
	tr := newTrial(t, 2)
	s, file := tr.start()
	for round := range 3 {
		tr.disk.faults(Faults{Room: 500_000})
		tr.work(s, cityfile.ErrDiskFull)
		if len(tr.unknown) != tr.clients || len(tr.acknowledged) == 0 {
			t.Fatalf("round %d: %d of %d clients were refused, %d writes acknowledged", round, len(tr.unknown), tr.clients, len(tr.acknowledged))
		}
		if err := file.Ready(t.Context()); err != nil {
			t.Errorf("ready: %v", err)
		}
		tr.compare(s, tr.cycle)
		tr.disk.faults(Faults{})
		tr.repeat(s)
		tr.compare(s, tr.cycle)
	}
	tr.close(file)
}

func TestADiskThatBecomesReadOnlyIsReadFurther(t *testing.T) {
	tr := newTrial(t, 3)
	s, file := tr.start()
	first := tr.first(s)
	tr.disk.faults(Faults{ReadOnly: true})
	tr.work(s, cityfile.ErrNotWritable)
	if len(tr.unknown) != tr.clients || len(tr.acknowledged) != 1 {
		t.Errorf("%d of %d clients were refused, %d writes acknowledged", len(tr.unknown), tr.clients, len(tr.acknowledged))
	}
	if c, _, err := s.Get(t.Context(), first.ID); err != nil || c.Version != 1 {
		t.Errorf("reading: %+v, %v", c, err)
	}
	tr.disk.faults(Faults{})
	_ = file.Close() // what it says depends on whether the log was settled
	s, file = tr.start()
	sound(t, file)
	tr.compare(s, tr.cycle)
	tr.repeat(s)
	tr.compare(s, tr.cycle)
	tr.close(file)
}

// One fsync serves all who wait: with 64 clients at most one for 10 writes, so that
// a slow disk costs them a tenth of what it costs one client. That one has an fsync
// for each, or else it would be told of what may be lost.
func TestManyWritesShareAnFsync(t *testing.T) {
	tr := newTrial(t, 4)
	s, _ := opened(t, filepath.Join(tr.disk.path, tr.folder(), cityName), cases.Options{})
	tr.disk.faults(Faults{SyncTakes: time.Millisecond})
	syncs := func(clients, writes int) int {
		before := tr.disk.counts().Syncs
		appendAll(t, s, clients, writes)
		return tr.disk.counts().Syncs - before
	}
	const one, many = 100, 4000
	if n := syncs(1, one); n < one {
		t.Errorf("%d writes of one client took %d fsyncs", one, n)
	}
	n := syncs(64, many)
	if t.Logf("%d writes of 64 clients took %d fsyncs", many, n); n*10 > many {
		t.Errorf("%d writes of 64 clients took %d fsyncs", many, n)
	}
}
