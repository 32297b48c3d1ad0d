package cityfile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// clock is a time that tests set.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func kept(t testing.TB, path string) (*Keeper, *clock) {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	at := &clock{t: time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC)}
	k, err := NewKeeper(t.Context(), s, at.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	})
	return k, at
}

// patch is an edit of a component that answers with the version it made.
func patch(code string, p grids.ComponentPatch) Edit {
	return Edit{
		Layer: grids.Components, Code: code, Actor: Actor{ID: "tester"},
		Change: func(row *grids.Edit, _ time.Time) error {
			next := row.Component.Patched(p)
			row.Component = &next
			return nil
		},
		Answer: func(row *grids.Edit) (string, error) { return fmt.Sprint(row.Version), nil },
	}
}

func renamed(name string) grids.ComponentPatch { return grids.ComponentPatch{Name: &name} }

// inFile reads the file beside the store.
func inFile(t *testing.T, path string) *grids.City {
	t.Helper()
	city, err := Read(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return city
}

func TestAnEditIsInTheFileTheSnapshotAndTheTables(t *testing.T) {
	city := town(t)
	path := created(t, city)
	k, at := kept(t, path)
	// Far outside what the layer reached.
	far := spatial.At(lon0-1, lat0+2)
	p := renamed("moved")
	p.At = &far
	answer, err := k.Edit(t.Context(), patch(city.Components[0].Code, p))
	if err != nil || answer != "2" {
		t.Fatalf("%q, %v", answer, err)
	}
	now := k.Live().Current()
	i := now.Find(grids.Components, city.Components[0].Code)
	if c := now.Component(i); c.Name != "moved" || c.At != far || now.City.Version != 2 || now.RowVersion(grids.Components, i) != 2 {
		t.Errorf("the snapshot has %+v", c)
	}
	file := inFile(t, path)
	if c := file.Components[0]; c.Name != "moved" || c.At != far || file.RowVersions[grids.Components][c.FID] != 2 {
		t.Errorf("the file has %+v", c)
	}
	compareTree(t, path, grids.Components)
	db := openDB(path, readOnly, 1)
	var minX, maxY float64
	var last string
	if err := db.QueryRow("SELECT min_x, max_y, CAST(last_change AS TEXT) FROM gpkg_contents WHERE table_name = 'components'").Scan(&minX, &maxY, &last); err != nil {
		t.Fatal(err)
	}
	if minX != far.Lon() || maxY != far.Lat() || last != at.now().Format("2006-01-02T15:04:05.000Z") {
		t.Errorf("gpkg_contents has %v, %v, %s", minX, maxY, last)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	validator(t, path)
	unblemished(t, output(t, "ogrinfo", "-ro", "-al", "-so", path))
}

func TestANewRowHasANumberThatWasNeverUsed(t *testing.T) {
	city := town(t)
	path := created(t, city)
	highest := city.Components[0].FID
	for _, c := range city.Components {
		highest = max(highest, c.FID)
	}
	execute(t, path, fmt.Sprintf("DELETE FROM components WHERE fid = %d", highest))
	k, _ := kept(t, path)
	e := patch("", renamed("new"))
	e.New, e.Prefix = true, "9901010104"
	change := e.Change
	e.Change = func(row *grids.Edit, at time.Time) error {
		here := city.Cells[0].At
		row.Component.At = here
		return change(row, at)
	}
	for n := range 3 {
		if _, err := k.Edit(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		s := k.Live().Current()
		c := s.Component(s.Find(grids.Components, fmt.Sprintf("9901010104%06d", n+1)))
		if c.FID != highest+1+int64(n) {
			t.Errorf("row %d has number %d after %d", n, c.FID, highest)
		}
	}
}

func TestAnEditReadsTheRowAsAnotherProgramLeftIt(t *testing.T) {
	city := town(t)
	path := created(t, city)
	k, _ := kept(t, path)
	if _, err := k.store.Foreign(t.Context()); err != nil {
		t.Fatal(err)
	}
	other := openDB(path, readWrite, 1)
	defer other.Close()
	change := func(query string) {
		if _, err := other.Exec(query); err != nil {
			t.Fatal(err)
		}
	}
	change("UPDATE components SET owner = 'foreign' WHERE fid = 1")
	code := city.Components[0].Code
	if _, err := k.Edit(t.Context(), patch(code, renamed("ours"))); err != nil {
		t.Fatal(err)
	}
	first := func() *grids.Component {
		s := k.Live().Current()
		return s.Component(s.Find(grids.Components, code))
	}
	if c := first(); c.Owner != "foreign" || c.Name != "ours" {
		t.Errorf("%+v", c)
	}
	// Our own commit is not foreign, the other's is.
	if why, err := k.Stale(t.Context()); why != "another program changed the city file" || err != nil {
		t.Errorf("stale: %q, %v", why, err)
	}
	if _, err := k.Edit(t.Context(), patch(code, renamed("again"))); err != nil {
		t.Fatal(err)
	}
	if why, err := k.Stale(t.Context()); why != "" || err != nil {
		t.Errorf("our own commit: %q, %v", why, err)
	}
	change("UPDATE components SET maintainer = 'foreign' WHERE fid = 1")
	if version, err := k.Reload(t.Context(), "test"); err != nil || version != 4 || k.Live().Current().City.Version != 4 {
		t.Errorf("version %d, %v", version, err)
	}
	if c := first(); c.Maintainer != "foreign" || c.Name != "again" {
		t.Errorf("%+v", c)
	}
	// A file that cannot be read leaves city and version as they are.
	change("UPDATE wanmi_meta SET value = 'nowhere/land' WHERE key = 'time_zone'")
	if _, err := k.Reload(t.Context(), "test"); err == nil || k.Live().Current().City.Version != 4 {
		t.Errorf("version %d, %v", k.Live().Current().City.Version, err)
	}
	if _, err := k.Edit(t.Context(), patch(code, renamed("still"))); err != nil || first().Name != "still" {
		t.Errorf("an edit after that: %+v, %v", first(), err)
	}
}

// TestReloadsAndFoldsLoseNoEdit has writers count while the city is read anew
// and folded beside them: no reader sees a count go back or fail to go on.
func TestReloadsAndFoldsLoseNoEdit(t *testing.T) {
	before := runtime.NumGoroutine()
	city := town(t)
	path := created(t, city)
	k, at := kept(t, path)
	const writers, each = 4, 60
	stop := make(chan struct{})
	var others, wg sync.WaitGroup
	others.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			if n%2 == 0 {
				k.fold()
			} else if _, err := k.Reload(context.Background(), "test"); err != nil {
				t.Error(err)
			}
		}
	})
	for w := range writers {
		code := city.Components[w].Code
		wg.Go(func() {
			last := int64(0)
			for n := range each {
				at.add(time.Millisecond)
				answer, err := k.Edit(context.Background(), patch(code, renamed(fmt.Sprint(n))))
				if err != nil {
					t.Error(err)
					return
				}
				s := k.Live().Current()
				i := s.Find(grids.Components, code)
				if s.Component(i).Name != fmt.Sprint(n) || fmt.Sprint(s.RowVersion(grids.Components, i)) != answer || s.City.Version < last {
					t.Errorf("edit %d of %s, version %s: the snapshot of %d has %s of %d",
						n, code, answer, s.City.Version, s.Component(i).Name, s.RowVersion(grids.Components, i))
				}
				last = s.City.Version
			}
		})
	}
	wg.Wait()
	close(stop)
	others.Wait()
	if v := k.Live().Current().City.Version; v != k.store.Version() {
		t.Errorf("version %d is served, %d in the file", v, k.store.Version())
	}
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	settled(t, before)
}

func TestAReloadIsPublishedAfterTheEditsCommittedBeforeIt(t *testing.T) {
	city := town(t)
	k, _ := kept(t, created(t, city))
	row := func(name string, version int64) *grids.Edit {
		c := city.Components[0].Patched(renamed(name))
		return &grids.Edit{Version: version, Component: &c}
	}
	seen := ""
	name := func() string {
		s := k.Live().Current()
		return fmt.Sprint(s.City.Version, s.Component(s.Find(grids.Components, city.Components[0].Code)).Name)
	}
	k.publish([]*request{
		{edit: row("a", 2), version: 2},
		{edit: row("failed", 3), version: 3, err: errors.New("failed")},
		{replace: func(int64) { seen = name() }, version: 3},
		{edit: row("b", 4), version: 4},
	})
	if seen != "2a" || name() != "4b" {
		t.Errorf("at the reload %s was served, afterwards %s", seen, name())
	}
}

func TestManyEditsAreFoldedIn(t *testing.T) {
	city := bareTown(t)
	for i := range maxEdited {
		city.Components = append(city.Components, grids.Component{Feature: feature(t, fmt.Sprintf("L%05d", i), "", orb.Point{float64(i%64) / 100, float64(i/64) / 100})})
	}
	k, _ := kept(t, created(t, city))
	var wg sync.WaitGroup
	for w := range 64 {
		wg.Go(func() {
			for i := w; i < maxEdited; i += 64 {
				if _, err := k.Edit(context.Background(), patch(fmt.Sprintf("L%05d", i), renamed("edited"))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	k.folds.Wait()
	s := k.Live().Current()
	if s.Edited() > 0 || s.City.Version != 1+maxEdited {
		t.Errorf("%d rows are apart in version %d", s.Edited(), s.City.Version)
	}
	for i := range s.All(grids.Components) {
		if s.Component(i).Name != "edited" || s.RowVersion(grids.Components, i) < 2 {
			t.Fatalf("%+v", s.Component(i))
		}
	}
}

func TestAFullDiskLosesNothingAndIsSaid(t *testing.T) {
	city := town(t)
	path := created(t, city)
	k, _ := kept(t, path)
	code := city.Components[0].Code
	if _, err := k.Edit(t.Context(), patch(code, renamed("before"))); err != nil {
		t.Fatal(err)
	}
	limit := func(pages string) {
		if _, err := k.store.db.Exec("PRAGMA max_page_count = " + pages); err != nil {
			t.Fatal(err)
		}
	}
	limit("1") // SQLite makes of it as many as there are
	attributes := `{"a":"` + strings.Repeat("x", 100_000) + `"}`
	large := patch(code, grids.ComponentPatch{Attributes: &attributes})
	large.Key, large.Hash = "k", "h"
	if _, err := k.Edit(t.Context(), large); !errors.Is(err, ErrDiskFull) {
		t.Errorf("a full disk: %v", err)
	}
	s := k.Live().Current()
	if c := s.Component(s.Find(grids.Components, code)); c.Name != "before" || c.Attributes == attributes || s.City.Version != 2 {
		t.Errorf("version %d has %s", s.City.Version, c.Name)
	}
	limit("1000000")
	if answer, err := k.Edit(t.Context(), large); err != nil || answer != "3" {
		t.Errorf("with room again: %q, %v", answer, err)
	}
	if file := inFile(t, path); file.Components[0].Attributes != attributes || file.Version != 3 {
		t.Errorf("the file is at version %d", file.Version)
	}
}

func TestAnEditThatFailsOrPanicsCostsOnlyItself(t *testing.T) {
	city := town(t)
	k, _ := kept(t, created(t, city))
	code := city.Components[0].Code
	wrong := errors.New("not like this")
	for want, e := range map[string]Edit{
		"not like this": {Change: func(*grids.Edit, time.Time) error { return wrong }},
		"panic: oh":     {Change: func(*grids.Edit, time.Time) error { panic("oh") }},
		"no answer": {
			Change: func(row *grids.Edit, _ time.Time) error { row.Component.Name = "x"; return nil },
			Answer: func(*grids.Edit) (string, error) { return "", errors.New("no answer") },
		},
	} {
		e.Layer, e.Code, e.Key, e.Hash = grids.Components, code, "k", "h"
		if _, err := k.Edit(t.Context(), e); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if answer, err := k.Edit(t.Context(), patch(code, renamed("y"))); answer != "2" || err != nil {
		t.Errorf("the next: %q, %v", answer, err)
	}
	if _, err := k.Edit(t.Context(), patch("none", renamed("y"))); !errors.Is(err, ErrNoRow) {
		t.Errorf("no such row: %v", err)
	}
	ended := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	if _, err := k.Edit(t.Context(), patch(code, grids.ComponentPatch{ValidTo: &ended})); err != nil {
		t.Error(err)
	}
	if _, err := k.Edit(t.Context(), patch(code, renamed("z"))); !errors.Is(err, ErrNoRow) {
		t.Errorf("a row that has ended: %v", err)
	}
}

func TestAnswersAreKeptThirtyDays(t *testing.T) {
	city := town(t)
	path := created(t, city)
	k, at := kept(t, path)
	edit := func(key string) string {
		e := patch(city.Components[0].Code, renamed("x"))
		e.Key, e.Hash = key, "h"
		answer, err := k.Edit(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	for n, want := range []string{"a2", "a2", "b3", "a2"} {
		if got := want[:1] + edit(want[:1]); got != want {
			t.Errorf("edit %d: %s, want %s", n, got, want)
		}
	}
	at.add(29 * 24 * time.Hour)
	if edit("a") != "2" {
		t.Error("it was forgotten after 29 days")
	}
	at.add(2 * 24 * time.Hour)
	if first, second := edit("a"), edit("a"); first != "4" || second != "4" {
		t.Errorf("after 31 days it is answered %s, then %s", first, second)
	}
	if n := integer(t, path, "SELECT count(*) FROM idempotency"); n != 1 { // b is gone
		t.Errorf("%d answers are kept", n)
	}
}

func TestFeedGivesEachChangeOnceInOrder(t *testing.T) {
	city := town(t)
	path := created(t, city)
	k, _ := kept(t, path)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				if _, err := k.Edit(context.Background(), patch(city.Components[0].Code, renamed("x"))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	var at Cursor
	var all []Entry
	for len(all) < 80 { // followed while it is written
		entries, next, err := k.Store().Feed(t.Context(), at, 7)
		if err != nil || len(entries) > 7 {
			t.Fatalf("%d entries, %v", len(entries), err)
		}
		all = append(all, entries...)
		back, err := ParseCursor(next.String())
		if err != nil || back != next {
			t.Fatalf("cursor %s, %v", next, err)
		}
		at = next
	}
	wg.Wait()
	for i, e := range all {
		if e.Seq != int64(i+1) || e.Version != int64(i+2) || !json.Valid(e.Body) {
			t.Errorf("entry %d: %+v", i, e)
		}
	}
	if _, _, err := k.Store().Feed(t.Context(), Cursor{"other", 3}, 7); !errors.Is(err, ErrCursor) {
		t.Errorf("another file's cursor: %v", err)
	}
}

func FuzzParseCursor(f *testing.F) {
	for _, text := range []string{"", "ab-1", "-1", "ab--1", "ab-99999999999999999999"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCursor(text)
		if err != nil {
			return
		}
		if c.Seq < 0 {
			t.Errorf("%q: %+v", text, c)
		}
		if again, err := ParseCursor(c.String()); text != "" && (err != nil || again != c) {
			t.Errorf("%q: %+v, then %+v, %v", text, c, again, err)
		}
	})
}

func BenchmarkKeeperEdit(b *testing.B) {
	city := town(b)
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprintf("%d writers", writers), func(b *testing.B) {
			k, _ := kept(b, created(b, city))
			e := patch(city.Components[0].Code, renamed("x"))
			var wg sync.WaitGroup
			b.ResetTimer()
			for w := range writers {
				wg.Go(func() {
					for i := w; i < b.N; i += writers {
						if _, err := k.Edit(context.Background(), e); err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "edits/s")
		})
	}
}
