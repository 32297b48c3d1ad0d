package cityfile

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
)

// state sets the state of the first component.
func state(v string) func(tx *sql.Tx) error {
	return func(tx *sql.Tx) error {
		_, err := tx.Exec("UPDATE components SET state = ? WHERE fid = 1", v)
		return err
	}
}

func TestSixtyFourWritersGetEachVersionOnceAndLeaveARowEach(t *testing.T) {
	before := runtime.NumGoroutine()
	s, err := Open(t.Context(), created(t, town(t)))
	if err != nil {
		t.Fatal(err)
	}
	const writers, each = 64, 8
	at := time.Date(2026, 5, 1, 8, 0, 0, 0, zone(t))
	keys := make([]map[int64]string, writers)
	var wg sync.WaitGroup
	for w := range writers {
		keys[w] = map[int64]string{}
		wg.Go(func() {
			last := int64(0)
			for i := range each {
				key := fmt.Sprintf("%d-%d", w, i)
				v, err := s.Write(context.Background(), Change{Kind: "component", Key: key, Body: "{}", At: at}, state(key))
				if err != nil || v <= last {
					t.Errorf("write %s: version %d after %d, %v", key, v, last, err)
				}
				if s.Version() < v {
					t.Errorf("version %d was answered, the store says %d", v, s.Version())
				}
				last, keys[w][v] = v, key
			}
		})
	}
	wg.Wait()
	want := map[int64]string{}
	for _, m := range keys {
		for v, k := range m {
			if want[v] != "" {
				t.Errorf("version %d was given to %s and %s", v, want[v], k)
			}
			want[v] = k
		}
	}
	if s.Version() != 1+writers*each {
		t.Errorf("the store is at %d", s.Version())
	}
	city, err := s.Load(t.Context())
	if err != nil || city.Version != s.Version() {
		t.Fatalf("loaded version %d, %v", city.Version, err)
	}
	if city.Components[0].State != want[city.Version] {
		t.Errorf("the last state is %q, the last write %q", city.Components[0].State, want[city.Version])
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	settled(t, before)
	alone(t, s.Path())
	changes(t, s.Path(), city, func(i int, version int64, key, epoch, when string) {
		if version != int64(i+2) || key != want[version] || epoch != city.Epoch || when != "2026-05-01T08:00:00+08:00" {
			t.Errorf("change %d: version %d, key %s, epoch %s, at %s", i, version, key, epoch, when)
		}
	})
}

// changes goes through the change table in its order.
func changes(t *testing.T, path string, city *grids.City, row func(i int, version int64, key, epoch, at string)) {
	t.Helper()
	db := openDB(path, readOnly, 1)
	defer db.Close()
	rows, err := db.Query("SELECT version, key, epoch, at FROM change ORDER BY seq")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
		var version int64
		var key, epoch, at string
		if err := rows.Scan(&version, &key, &epoch, &at); err != nil {
			t.Fatal(err)
		}
		row(n, version, key, epoch, at)
	}
	if rows.Err() != nil || int64(n) != city.Version-1 {
		t.Errorf("%d changes at version %d, %v", n, city.Version, rows.Err())
	}
}

// held opens a write that keeps the writer busy until release is called, so
// that what is written meanwhile waits together.
func held(t *testing.T, s *Store) (release func() error) {
	t.Helper()
	began, end, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		_, err := s.Write(context.Background(), Change{Kind: "held"}, func(*sql.Tx) error {
			close(began)
			<-end
			return nil
		})
		done <- err
	}()
	<-began
	return func() error { close(end); return <-done }
}

// queued waits until n goroutines stand in Write.
func queued(t *testing.T, n int) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		stacks := make([]byte, 4<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		if strings.Count(string(stacks), "cityfile.(*Store).Write(") >= n {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d writers do not stand in Write:\n%s", n, stacks)
		}
		runtime.Gosched()
	}
}

func TestWritesThatWaitTogetherShareACommitAndOneThatFailsCostsOnlyItself(t *testing.T) {
	s := opened(t, created(t, town(t)))
	release := held(t, s)
	const n = 40
	broken := errors.New("broken")
	results := make([]error, n)
	versions := make([]int64, n)
	var wg sync.WaitGroup
	var txs sync.Map
	for i := range n {
		wg.Go(func() {
			versions[i], results[i] = s.Write(context.Background(), Change{Kind: "c", Key: fmt.Sprint(i)}, func(tx *sql.Tx) error {
				txs.Store(tx, true)
				if _, err := tx.Exec("INSERT INTO calendar (date, working) VALUES (?, 1)", fmt.Sprint(i)); err != nil {
					return err
				}
				switch i % 4 {
				case 1:
					return broken
				case 2: // the statement itself fails
					_, err := tx.Exec("INSERT INTO calendar (date, working) VALUES (?, 1)", fmt.Sprint(i))
					return err
				}
				return nil
			})
		})
	}
	queued(t, n+1)
	if err := release(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	commits := 0
	txs.Range(func(any, any) bool { commits++; return true })
	if commits > 2 { // one is usual; the last writer may come to the door late
		t.Errorf("%d waiting writes took %d commits", n, commits)
	}
	var good []int64
	for i, err := range results {
		switch {
		case i%4 == 1 && !errors.Is(err, broken), i%4 == 2 && err == nil, (i%4 == 0 || i%4 == 3) && err != nil:
			t.Errorf("write %d: %v", i, err)
		}
		if err != nil && versions[i] != 0 {
			t.Errorf("write %d failed and has version %d", i, versions[i])
		}
		if err == nil {
			good = append(good, versions[i])
		}
	}
	slices.Sort(good)
	for i, v := range good {
		if v != int64(i+3) {
			t.Errorf("versions are %v, want 3 and on", good)
			break
		}
	}
	if n := integer(t, s.Path(), "SELECT count(*) FROM calendar WHERE date % 4 IN (1, 2)"); n != 0 {
		t.Errorf("%d rows of failed writes are there", n)
	}
	if n := integer(t, s.Path(), "SELECT count(*) FROM calendar"); n != int64(len(good)) {
		t.Errorf("%d rows, %d writes went well", n, len(good))
	}
}

func TestAWriteThatFailsAloneRaisesNothing(t *testing.T) {
	s := opened(t, created(t, town(t)))
	watcher := openDB(s.Path(), readOnly, 1)
	defer watcher.Close()
	commits := func() int64 {
		v, err := dataVersion(t.Context(), watcher)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	before := commits()
	broken := errors.New("broken")
	if v, err := s.Write(t.Context(), Change{}, func(*sql.Tx) error { return broken }); !errors.Is(err, broken) || v != 0 {
		t.Errorf("version %d, %v", v, err)
	}
	if s.Version() != 1 || integer(t, s.Path(), "SELECT count(*) FROM change") != 0 {
		t.Error("a failed write left something")
	}
	if after := commits(); after != before {
		t.Error("a failed write made a commit")
	}
	if v, err := s.Write(t.Context(), Change{}, state("x")); v != 2 || err != nil {
		t.Errorf("the next write: version %d, %v", v, err)
	}
}

// SQLite ends the whole transaction on a full disk; a write that ends it itself
// does the same.
func TestWhenTheTransactionIsLostNoWriteOfItIsCalledDone(t *testing.T) {
	s := opened(t, created(t, town(t)))
	release := held(t, s)
	type answer struct {
		version int64
		err     error
	}
	good, bad := make(chan answer, 1), make(chan answer, 1)
	write := func(to chan answer, apply func(*sql.Tx) error) {
		v, err := s.Write(context.Background(), Change{}, apply)
		to <- answer{v, err}
	}
	go write(good, state("lost"))
	queued(t, 2)
	go write(bad, func(tx *sql.Tx) error {
		_, err := tx.Exec("ROLLBACK")
		return err
	})
	queued(t, 3)
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if a := <-bad; a.err == nil || a.version != 0 {
		t.Errorf("the write that lost it: %+v", a)
	}
	// Usually both shared the transaction; whichever came to be is what is told.
	done := int64(0)
	if a := <-good; a.err == nil {
		done = 1
	} else if a.version != 0 || !strings.Contains(a.err.Error(), "write to "+s.Path()) {
		t.Errorf("the write beside it: %+v", a)
	}
	if n := integer(t, s.Path(), "SELECT count(*) FROM components WHERE state = 'lost'"); n != done || s.Version() != 2+done {
		t.Errorf("%d rows of %d, version %d", n, done, s.Version())
	}
	if v, err := s.Write(t.Context(), Change{}, state("next")); err != nil || v != 3+done {
		t.Errorf("the next write: version %d, %v", v, err)
	}
}

func TestAWriteWhoseCallerLeftBeforeItsTurnDoesNotHappen(t *testing.T) {
	s := opened(t, created(t, town(t)))
	gone, leave := context.WithCancel(context.Background())
	leave()
	for range 20 {
		if v, err := s.Write(gone, Change{}, state("gone")); !errors.Is(err, context.Canceled) || v != 0 {
			t.Fatalf("version %d, %v", v, err)
		}
	}
	release := held(t, s)
	waiting, leave := context.WithCancel(context.Background())
	answer := make(chan error, 1)
	go func() {
		_, err := s.Write(waiting, Change{}, state("gone"))
		answer <- err
	}()
	queued(t, 2)
	leave()
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if err := <-answer; !errors.Is(err, context.Canceled) {
		t.Errorf("the waiting write: %v", err)
	}
	if s.Version() != 2 || integer(t, s.Path(), "SELECT count(*) FROM components WHERE state = 'gone'") != 0 {
		t.Errorf("a cancelled write was done; version %d", s.Version())
	}
}

func TestAWriteWhoseCallerLeavesAfterwardsIsAnsweredAsDone(t *testing.T) {
	s := opened(t, created(t, town(t)))
	ctx, leave := context.WithCancel(context.Background())
	v, err := s.Write(ctx, Change{}, func(tx *sql.Tx) error {
		defer leave()
		return state("done")(tx)
	})
	if v != 2 || err != nil {
		t.Errorf("version %d, %v", v, err)
	}
}

func TestAClosedStoreRefusesWrites(t *testing.T) {
	before := runtime.NumGoroutine()
	s, err := Open(t.Context(), created(t, bareTown(t)))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for {
				if _, err := s.Write(context.Background(), Change{}, func(*sql.Tx) error { return nil }); err != nil {
					if !errors.Is(err, ErrClosed) {
						t.Error(err)
					}
					return
				}
			}
		})
	}
	for s.Version() < 20 {
		runtime.Gosched()
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	wg.Wait()
	if _, err := s.Write(t.Context(), Change{}, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("a write after Close: %v", err)
	}
	if err := s.Ready(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("Ready after Close: %v", err)
	}
	settled(t, before)
	alone(t, s.Path())
	if got := integer(t, s.Path(), "SELECT value FROM wanmi_meta WHERE key = 'city_version'"); got != s.Version() {
		t.Errorf("the file has version %d, the store said %d", got, s.Version())
	}
	if mode := content(t, s.Path())[18:20]; mode != "\x01\x01" {
		t.Errorf("the header's read and write versions are %x, want a rollback journal", mode)
	}
}

func TestRaiseSaysWhyInTheFeed(t *testing.T) {
	s := opened(t, created(t, bareTown(t)))
	v, err := s.Raise(t.Context(), `another "program"`, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	if v != 2 || err != nil {
		t.Fatalf("version %d, %v", v, err)
	}
	want := `SELECT count(*) FROM change WHERE kind = 'city' AND version = 2 AND at = '2026-01-02T03:04:05Z' AND body = '{"reason":"another \"program\""}'`
	if integer(t, s.Path(), want) != 1 {
		t.Error("the feed has no such row")
	}
}

func TestAWriteWaitsForAnotherProgramAndThenGoesOnFromItsState(t *testing.T) {
	s := opened(t, created(t, town(t)))
	other := openDB(s.Path(), readWrite, 1)
	defer other.Close()
	tx, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec("UPDATE wanmi_meta SET value = '41' WHERE key = 'city_version'"); err != nil {
		t.Fatal(err)
	}
	answer := make(chan error, 1)
	go func() {
		v, err := s.Write(context.Background(), Change{}, state("ours"))
		if err == nil && v != 42 {
			err = fmt.Errorf("version %d, want 42", v)
		}
		answer <- err
	}()
	queued(t, 1)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-answer; err != nil {
		t.Error(err)
	}
}

func TestAWriteThatCannotGetTheLockFailsAndTheNextOneWorks(t *testing.T) {
	s := opened(t, created(t, town(t)))
	if _, err := s.db.Exec("PRAGMA busy_timeout=20"); err != nil { // 5 s are long for a test
		t.Fatal(err)
	}
	other := openDB(s.Path(), readWrite, 1)
	defer other.Close()
	tx, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	v, err := s.Write(t.Context(), Change{}, state("no"))
	if v != 0 || err == nil || !strings.Contains(err.Error(), "write to "+s.Path()+": another program holds the city file: database is locked") {
		t.Errorf("version %d, %v", v, err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if v, err := s.Write(t.Context(), Change{}, state("yes")); v != 2 || err != nil {
		t.Errorf("the next write: version %d, %v", v, err)
	}
}
