package cases_test

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cases/storetest"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/spatial"
)

// hours is a clock that tests move.
type hours struct {
	mu  sync.Mutex
	now time.Time
}

func (h *hours) read() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *hours) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func newHours() *hours { return &hours{now: time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)} }

func board(t testing.TB, city *cases.City) *cases.Board {
	t.Helper()
	b, err := cases.NewBoard(t.Context(), city)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// listed is what the store's list says of what belongs on the board.
func listed(t *testing.T, s cases.Store, now time.Time) []cases.Summary {
	t.Helper()
	page, err := s.List(t.Context(), cases.Query{Limit: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(page.Cases, func(c cases.Summary) bool {
		return c.State.Over() && now.Sub(c.ClosedAt) >= 24*time.Hour
	})
}

func onBoard(v *cases.View) (out []cases.Summary) {
	v.Newest(func(c *cases.Live) bool { out = append(out, c.Summary); return true })
	return out
}

// sameAsListed holds a view against the list: all of it, each case by its id, and
// windows against brute force.
func sameAsListed(t *testing.T, v *cases.View, want []cases.Summary, rnd *rand.Rand) {
	t.Helper()
	if got := onBoard(v); !reflect.DeepEqual(got, want) {
		t.Fatalf("the board has\n%+v\nthe list\n%+v", got, want)
	}
	if v.Len() != len(want) {
		t.Fatalf("%d cases, length %d", len(want), v.Len())
	}
	for i := range want {
		if c := v.Case(want[i].ID); c == nil || !reflect.DeepEqual(c.Summary, want[i]) {
			t.Fatalf("by id: %+v, not %+v", c, want[i])
		}
	}
	if c := v.Case(cases.ID{1, 2, 3}); c != nil {
		t.Fatalf("a case that is not there: %+v", c)
	}
	corner := spatial.At(storetest.Corner.Lon(), storetest.Corner.Lat())
	for range 3 {
		a := spatial.Coord{X: corner.X + rnd.Int32N(10_000), Y: corner.Y + rnd.Int32N(10_000)}
		w := spatial.Box{Min: a, Max: spatial.Coord{X: a.X + rnd.Int32N(5000), Y: a.Y + rnd.Int32N(5000)}}
		var got, all []int64
		v.Window(w, func(c *cases.Live) bool { got = append(got, c.FID); return true })
		for i := range want {
			if at := want[i].At; at.X >= w.Min.X && at.X <= w.Max.X && at.Y >= w.Min.Y && at.Y <= w.Max.Y {
				all = append(all, want[i].FID)
			}
		}
		slices.Sort(got)
		slices.Sort(all)
		if !slices.Equal(got, all) {
			t.Fatalf("window %v has %v, not %v", w, got, all)
		}
	}
}

// walk makes random steps of random cases in a store and returns what happened.
type walk struct {
	rnd  *rand.Rand
	hour *hours
	open map[cases.ID][]cases.Request
	ids  []cases.ID
}

func (w *walk) step(t *testing.T, s cases.Store) {
	t.Helper()
	w.hour.pass(time.Duration(w.rnd.IntN(1200)) * time.Second)
	if len(w.ids) < 3 || w.rnd.IntN(4) == 0 {
		r := storetest.Report(w.hour.read().Add(-time.Duration(w.rnd.IntN(3000)) * time.Second))
		r.Report.At = spatial.At(storetest.Corner.Lon()+w.rnd.Float64()/1000, storetest.Corner.Lat()+w.rnd.Float64()/1000)
		got, err := s.Append(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		w.open[got.ID] = storetest.Way(got.ID)
		w.ids = append(w.ids, got.ID)
		return
	}
	i := w.rnd.IntN(len(w.ids))
	id := w.ids[i]
	next := w.open[id]
	if _, err := s.Append(t.Context(), next[0]); err != nil {
		t.Fatal(err)
	}
	if w.open[id] = next[1:]; len(next) == 1 {
		w.ids = slices.Delete(w.ids, i, i+1)
	}
}

func TestTheBoardHasWhatTheListHasWhateverHappens(t *testing.T) {
	path, hour := created(t), newHours()
	here, _ := opened(t, path, cases.Options{Now: hour.read})
	there, _ := opened(t, path, cases.Options{Now: hour.read}) // another program on the same file
	rnd := rand.New(rand.NewPCG(7, 1))
	w := &walk{rnd: rnd, hour: hour, open: map[cases.ID][]cases.Request{}}
	for range 20 {
		w.step(t, here)
	}
	b := board(t, here)
	sameAsListed(t, b.View(), listed(t, here, hour.read()), rnd)
	var rows, steps int
	b.Follow(cases.BoardFollower{Coming: func(c *cases.BoardChange) {}, Published: func(c *cases.BoardChange) {
		rows += len(c.Rows)
		for i := range c.Steps {
			if c.Steps[i].Case != nil {
				steps++
			}
		}
	}})
	before, was := b.View(), onBoard(b.View())
	const n = 600
	for i := range n {
		if i%7 == 0 {
			w.step(t, there)
		} else {
			w.step(t, here)
		}
		if i%5 != 0 {
			continue
		}
		if err := b.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		sameAsListed(t, b.View(), listed(t, here, hour.read()), rnd)
	}
	if err := b.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if steps != n || rows < n/2 {
		t.Errorf("%d steps and %d changes of %d events", steps, rows, n)
	}
	if got := onBoard(before); !reflect.DeepEqual(got, was) {
		t.Error("a view that was taken has changed")
	}
	sameAsListed(t, board(t, there).View(), listed(t, here, hour.read()), rnd) // one that is filled anew
}

func TestStepsAreTheCasesAsTheyStoodAfterEachEvent(t *testing.T) {
	hour := newHours()
	city, _ := opened(t, created(t), cases.Options{Now: hour.read})
	b := board(t, city)
	w := &walk{rnd: rand.New(rand.NewPCG(7, 2)), hour: hour, open: map[cases.ID][]cases.Request{}}
	for range 300 {
		w.step(t, city)
	}
	hour.pass(100 * time.Hour) // most are over for long and on no board
	for name, b := range map[string]*cases.Board{"one that stood still": b, "one that was filled late": board(t, city)} {
		seen, after := map[cases.ID]int{}, cityfile.Cursor{}
		for {
			steps, next, err := b.Steps(t.Context(), after, 17)
			if err != nil {
				t.Fatal(err)
			}
			if len(steps) == 0 {
				break
			}
			for _, s := range steps {
				_, events, err := city.Get(t.Context(), s.Case.ID)
				if err != nil {
					t.Fatal(err)
				}
				seen[s.Case.ID]++
				want, err := cases.Fold(s.Case.ID, events[:seen[s.Case.ID]])
				if err != nil {
					t.Fatal(err)
				}
				want.FID = s.Case.FID
				if !reflect.DeepEqual(*s.Case, want.Summary) || s.Told.Seq != want.Version {
					t.Fatalf("%s: entry %d has\n%+v\nthe log makes\n%+v", name, s.Seq, *s.Case, want.Summary)
				}
			}
			after = next
		}
		if len(seen) != len(w.open) {
			t.Errorf("%s: %d cases of %d", name, len(seen), len(w.open))
		}
	}
}

// noon is a clock by which every case is due an hour after it is dispatched.
type noon struct{}

func (noon) Due(_ *cases.Case, e *cases.Event) (cases.Deadline, error) {
	return cases.Deadline{YellowAt: e.At.Add(48 * time.Minute), DueAt: e.At.Add(time.Hour)}, nil
}

func TestLampsTurnWithTheClockAndWhatIsOverLeavesAfterADay(t *testing.T) {
	hour := newHours()
	city, _ := opened(t, created(t), cases.Options{Now: hour.read, Machine: cases.Machine{Clock: noon{}}})
	b := board(t, city)
	var rows []cases.LiveChange
	b.Follow(cases.BoardFollower{Coming: func(*cases.BoardChange) {}, Published: func(c *cases.BoardChange) { rows = append(rows, c.Rows...) }})
	got, err := city.Append(t.Context(), storetest.Report(hour.read()))
	if err != nil {
		t.Fatal(err)
	}
	way := storetest.Way(got.ID)
	look := func(want string) {
		t.Helper()
		rows = nil
		if err := b.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		told := ""
		for _, r := range rows {
			lamp := func(c *cases.Live) string {
				if c == nil {
					return "-"
				}
				return string(c.Lit)
			}
			told += fmt.Sprintf("%s>%s ", lamp(r.Before), lamp(r.After))
		}
		if told != want {
			t.Errorf("at %s: %q, not %q", hour.read(), told, want)
		}
	}
	do := func(n int) {
		t.Helper()
		for range n {
			if _, err := city.Append(t.Context(), way[0]); err != nil {
				t.Fatal(err)
			}
			way = way[1:]
		}
	}
	look("->grey ") // no limit yet
	do(3)           // register, open, dispatch: of three steps at once one change is told
	look("grey>green ")
	look("")
	hour.pass(48 * time.Minute)
	look("") // four fifths are green
	hour.pass(time.Second)
	look("green>yellow ")
	hour.pass(12*time.Minute - time.Second)
	look("") // the due second is in time
	hour.pass(time.Second)
	look("yellow>red ")
	hour.pass(time.Hour)
	look("")
	do(len(way))
	look("red>grey ")
	hour.pass(24*time.Hour - time.Second)
	look("")
	hour.pass(time.Second)
	look("grey>- ")
	if b.View().Len() != 0 {
		t.Errorf("%d cases are left", b.View().Len())
	}
}

func TestAnImportIsReadAnewAndItsEventsAreNotToldSingly(t *testing.T) {
	city, _ := opened(t, created(t), cases.Options{})
	b := board(t, city)
	whole := 0
	b.Follow(cases.BoardFollower{Coming: func(*cases.BoardChange) {}, Published: func(c *cases.BoardChange) {
		if c.Whole {
			whole++
		}
		for _, s := range c.Steps {
			if s.Case != nil && s.Kind != cases.FeedKind {
				t.Errorf("step %+v", s)
			}
		}
	}})
	n, err := city.Import(t.Context(), pasts(rand.New(rand.NewPCG(7, 3)), 0, 300), nil)
	if err != nil || n != 300 {
		t.Fatal(n, err)
	}
	if _, err := city.Append(t.Context(), storetest.Report(time.Now())); err != nil {
		t.Fatal(err)
	}
	if err := b.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	sameAsListed(t, b.View(), listed(t, city, time.Now()), rand.New(rand.NewPCG(7, 4)))
	if whole != 1 || b.View().Len() == 0 {
		t.Errorf("read anew %d times, %d cases", whole, b.View().Len())
	}
}

// TestABoardThatFollowsIsOneThatIsReadAnew: whatever comes, one by one or by
// imports, from this program or another, before and after the board looks.
func TestABoardThatFollowsIsOneThatIsReadAnew(t *testing.T) {
	path, hour := created(t), newHours()
	o := cases.Options{Now: hour.read, Machine: cases.Machine{Clock: noon{}}}
	here, _ := opened(t, path, o)
	there, _ := opened(t, path, o)
	rnd := rand.New(rand.NewPCG(7, 11))
	w := &walk{rnd: rnd, hour: hour, open: map[cases.ID][]cases.Request{}}
	lit := func(b *cases.Board) (out []cases.Live) {
		b.View().Newest(func(c *cases.Live) bool { out = append(out, *c); return true })
		return out
	}
	b := board(t, here)
	imported, whole, taken, versions := 0, 0, 0, map[cases.ID]int{}
	b.Follow(cases.BoardFollower{Coming: func(c *cases.BoardChange) {
		if c.Whole {
			whole++
		}
	}, Published: func(*cases.BoardChange) {
		b.View().Newest(func(c *cases.Live) bool {
			if c.Version < versions[c.ID] {
				t.Errorf("case %s has gone back from version %d to %d", c.ID, versions[c.ID], c.Version)
			}
			versions[c.ID] = c.Version
			return true
		})
	}})
	open := func(n int) iter.Seq2[cases.Past, error] {
		return func(yield func(cases.Past, error) bool) {
			for range n {
				p := past(rnd, imported)
				p.Report.ReportedAt = hour.read().Add(-time.Duration(1+rnd.IntN(3000)) * time.Second)
				p.Events, p.Report.Number = nil, fmt.Sprint("P", imported)
				if imported++; !yield(p, nil) {
					return
				}
			}
		}
	}
	for round := range 25 {
		steps := rnd.IntN(30)
		if round == 12 {
			steps = 1150 // twice more than is read at once
		}
		for range steps {
			w.step(t, []*cases.City{here, there}[rnd.IntN(2)])
			if rnd.IntN(40) > 0 {
				continue
			}
			n := 1 + rnd.IntN(20)
			if _, err := []*cases.City{here, there}[rnd.IntN(2)].Import(t.Context(), open(n), nil); err != nil {
				t.Fatal(err)
			}
			page, err := here.List(t.Context(), cases.Query{Text: "P", States: []cases.State{cases.Reported}, Limit: 1 + rnd.IntN(2*n)})
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range page.Cases {
				if w.open[c.ID] == nil {
					w.open[c.ID], w.ids = storetest.Way(c.ID), append(w.ids, c.ID)
					taken++
				}
			}
		}
		if err := b.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, want := lit(b), lit(board(t, there)); !reflect.DeepEqual(got, want) {
			t.Fatalf("round %d: the board that follows has\n%+v\none that is read anew\n%+v", round, got, want)
		}
	}
	if whole == 0 || imported < 150 || taken < 30 {
		t.Errorf("%d imports were read, %d cases of %d went on", whole, taken, imported)
	}
}

// TestRunFollowsThisProgramAtOnceAndOthersWithTheTick: the ticks of the test are
// the only ones.
func TestRunFollowsThisProgramAtOnceAndOthersWithTheTick(t *testing.T) {
	path := created(t)
	here, _ := opened(t, path, cases.Options{})
	there, _ := opened(t, path, cases.Options{})
	b := board(t, here)
	news := make(chan *cases.BoardChange)
	b.Follow(cases.BoardFollower{Coming: func(*cases.BoardChange) {}, Published: func(c *cases.BoardChange) { news <- c }})
	ctx, stop := context.WithCancel(t.Context())
	tick, done := make(chan time.Time), make(chan struct{})
	go func() {
		defer close(done)
		b.Run(ctx, tick, func(err error) { t.Error(err) })
	}()
	for range 3 {
		got, err := here.Append(t.Context(), storetest.Report(time.Now()))
		if err != nil {
			t.Fatal(err)
		}
		if c := <-news; len(c.Rows) != 1 || c.Rows[0].After.ID != got.ID {
			t.Errorf("%+v", c)
		}
	}
	got, err := there.Append(t.Context(), storetest.Report(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	tick <- time.Time{}
	if c := <-news; len(c.Rows) != 1 || c.Rows[0].After.ID != got.ID {
		t.Errorf("%+v", c)
	}
	stop()
	<-done
}
