package grids

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/spatial"
)

// rowBook is the oracle: all rows of the town as plain slices, from which a
// snapshot is built from scratch.
type rowBook struct {
	city    *City
	nextFID int64
	version int64
}

func newBook(t testing.TB, r *rand.Rand) *rowBook {
	c := newTown(t, r)
	c.Sort()
	for i := range c.Components {
		c.Components[i].FID = int64(i + 1)
		if i < 4 { // far out, alone: the extent shrinks when they are moved
			c.Components[i].At, c.Components[i].Shape = spatial.At(townLon+0.02*float64(i-2), townLat-0.02*float64(i-1)), nil
		}
	}
	return &rowBook{city: c, nextFID: int64(len(c.Components)) + 1, version: 1}
}

// copied is a city of its own with the rows of the book.
func (b *rowBook) copied() *City {
	c := *b.city
	c.Version = b.version
	c.Components, c.Zones, c.Resources = slices.Clone(c.Components), slices.Clone(c.Zones), slices.Clone(c.Resources)
	return &c
}

// edit makes a random edit, in the book too.
func (b *rowBook) edit(r *rand.Rand, now time.Time) Edit {
	b.version++
	c := b.city
	text := fmt.Sprint("v", b.version)
	switch r.IntN(12) {
	case 0:
		i := r.IntN(len(c.Zones))
		z := c.Zones[i].Patched(ZonePatch{Name: &text})
		c.Zones[i] = z
		return Edit{Version: b.version, Zone: &z}
	case 1, 2:
		i := r.IntN(len(c.Resources))
		at := somewhere(r)
		x := c.Resources[i].Patched(ResourcePatch{At: &at, State: &text})
		c.Resources[i] = x
		return Edit{Version: b.version, Resource: &x}
	case 3, 4:
		// New, at times with the code of another that may hold too.
		code := fmt.Sprintf("9901010102%06d", r.IntN(900))
		x := Component{Feature: Feature{FID: b.nextFID, Code: code, At: b.spot(r)}}
		x = x.Patched(ComponentPatch{Name: &text, State: &text, ValidFrom: &now})
		b.nextFID++
		c.Components = append(c.Components, x)
		return Edit{Version: b.version, Component: &x}
	}
	i := r.IntN(len(c.Components))
	if r.IntN(3) == 0 {
		i = r.IntN(12) // again and again
	}
	p := ComponentPatch{Name: &text}
	switch r.IntN(4) {
	case 0:
		at := b.spot(r)
		p.At = &at
	case 1:
		ends := []time.Time{now.Add(-time.Minute), now.Add(1000 * time.Hour), {}}[r.IntN(3)]
		p.ValidTo = &ends
	}
	x := c.Components[i].Patched(p)
	c.Components[i] = x
	return Edit{Version: b.version, Component: &x}
}

// spot is a place on the town's coarse raster, where many are equally far away,
// and now and then one far out, which the extent must follow.
func (b *rowBook) spot(r *rand.Rand) spatial.Coord {
	c := spatial.At(townLon+float64(r.IntN(25))*3.2e-4, townLat+float64(r.IntN(25))*3.2e-4)
	if r.IntN(8) == 0 {
		c.X += int32(r.IntN(40_000) - 20_000)
	}
	return c
}

// told is what a snapshot says of a feature, without its index.
func told(s *Snapshot, l Layer, i int32) string {
	if i == spatial.None {
		return "none"
	}
	f := s.Feature(l, i)
	return fmt.Sprintf("%d %s %s %v %v v%d", f.FID, f.Code, f.Name, f.At, f.Valid.To.IsZero(), s.RowVersion(l, i))
}

func toldAll(s *Snapshot, l Layer, list []int32) (out []string) {
	for _, i := range list {
		out = append(out, told(s, l, i))
	}
	return out
}

// equalAnswers asks both snapshots everything.
func equalAnswers(t *testing.T, what string, r *rand.Rand, got, want *Snapshot) {
	t.Helper()
	check := func(question string, g, w any) {
		if a, b := fmt.Sprint(g), fmt.Sprint(w); a != b {
			t.Fatalf("%s: %s:\n got %s\nwant %s", what, question, a, b)
		}
	}
	check("version", got.City.Version, want.City.Version)
	for _, l := range []Layer{Components, Zones, Resources} {
		check(string(l)+" count", got.Count(l), want.Count(l))
		check(string(l)+" box", got.Box(l), want.Box(l))
		check(string(l)+" all", toldAll(got, l, slices.Collect(got.All(l))), toldAll(want, l, slices.Collect(want.All(l))))
		for range 20 {
			at := somewhere(r)
			w := spatial.Box{Min: at, Max: at}.Grow(int32(r.IntN(20_000)))
			check(fmt.Sprint(l, " window ", w), toldAll(got, l, got.Window(l, w)), toldAll(want, l, want.Window(l, w)))
			k, radius := 1+r.IntN(20), []float64{50, 400, math.Inf(1)}[r.IntN(3)]
			near := func(s *Snapshot, odd bool) (out []string) {
				var keep func(int32) bool
				if odd {
					keep = func(i int32) bool { return s.Feature(l, i).FID%2 == 1 }
				}
				for _, n := range s.Nearest(l, at, k, radius, keep) {
					out = append(out, told(s, l, n.Index), fmt.Sprintf("%x", n.DistanceM))
				}
				return out
			}
			for _, odd := range []bool{false, true} {
				check(fmt.Sprint(l, " nearest ", at, k, radius, odd), near(got, odd), near(want, odd))
			}
		}
	}
	for n := range 900 {
		code := fmt.Sprintf("9901010102%06d", n)
		check("find "+code, told(got, Components, got.Find(Components, code)), told(want, Components, want.Find(Components, code)))
	}
	check("find nothing", got.Find(Components, "zzz"), spatial.None)
	for i := range got.All(Components) {
		if got.Component(i).FID != got.Feature(Components, i).FID {
			t.Fatalf("%s: component %d is two", what, i)
		}
	}
}

// fromScratch builds the book's city as it holds at t, with the row versions
// that the edits made.
func (b *rowBook) fromScratch(t *testing.T, versions map[Layer]map[int64]int64, at time.Time) *Snapshot {
	c := b.copied()
	c.RowVersions = versions
	return snapshot(t, c, at)
}

func TestSnapshot_EditsAnswerAsACityBuiltFromScratch(t *testing.T) {
	for seed := range uint64(2) {
		editAndCompare(t, seed, 11)
	}
}

// editAndCompare makes random edits, and holds every answer against that of a
// city built from scratch: now, in the past, after folds.
func editAndCompare(t *testing.T, seed uint64, rounds int) {
	t.Helper()
	r := newRand(t, seed)
	book := newBook(t, r)
	now, past := date("2026-06-01"), date("2020-01-01")
	live := NewLive(snapshot(t, book.copied(), now))
	versions := map[Layer]map[int64]int64{Components: {}, Zones: {}, Resources: {}}
	keep := live.Current()
	before := asText(t, toldAll(keep, Components, slices.Collect(keep.All(Components))))
	for round := range rounds {
		now = now.Add(time.Minute)
		var edits []Edit
		for range 1 + r.IntN(8) {
			e := book.edit(r, now)
			l, f := e.Row()
			versions[l][f.FID] = e.Version
			edits = append(edits, e)
		}
		if err := live.Apply(now, edits...); err != nil {
			t.Fatal(err)
		}
		what := fmt.Sprintf("seed %d round %d", seed, round)
		equalAnswers(t, what, r, live.Current(), book.fromScratch(t, versions, now))
		if round%5 == 4 { // built of the whole city, then followed by later edits
			s, err := live.AsOf(past)
			if err != nil {
				t.Fatal(err)
			}
			equalAnswers(t, what+" in the past", r, s, book.fromScratch(t, versions, past))
		}
		if round%7 == 6 {
			rebuild := live.Begin()
			e := book.edit(r, now) // while it folds
			l, f := e.Row()
			versions[l][f.FID] = e.Version
			if err := live.Apply(now, e); err != nil {
				t.Fatal(err)
			}
			rebuild.Fold()
			rebuild.End()
			if n := live.Current().Edited(); n > 1 {
				t.Errorf("%s: %d rows are still apart", what, n)
			}
			equalAnswers(t, what+" folded", r, live.Current(), book.fromScratch(t, versions, now))
		}
	}
	if len(live.since) > 0 || live.rebuilds > 0 {
		t.Errorf("%d edits are remembered for %d rebuilds", len(live.since), live.rebuilds)
	}
	if after := asText(t, toldAll(keep, Components, slices.Collect(keep.All(Components)))); after != before {
		t.Error("a snapshot that was published has changed")
	}
}

func TestSnapshot_TwoEditsOfOneSnapshotDoNotMeet(t *testing.T) {
	r := newRand(t, 9)
	book := newBook(t, r)
	now := date("2026-06-01")
	s := snapshot(t, book.copied(), now)
	for range 5 { // so that there is an overlay to share
		s = s.With(now, book.edit(r, now))
	}
	everywhere := spatial.Box{Min: spatial.At(-180, -90), Max: spatial.At(180, 90)}
	all := func(s *Snapshot) string {
		return asText(t, [][]string{
			toldAll(s, Components, slices.Collect(s.All(Components))), toldAll(s, Components, s.Window(Components, everywhere)),
		})
	}
	want := all(s)
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			mine := s
			for n := range 50 {
				name := fmt.Sprintf("%d-%d", w, n)
				c := book.city.Components[n*7].Patched(ComponentPatch{Name: &name})
				mine = mine.With(now, Edit{Version: int64(100 + n), Component: &c})
				if got := mine.Find(Components, c.Code); got == spatial.None {
					t.Errorf("%s is not there", c.Code)
				}
			}
			if n := len(mine.Window(Components, everywhere)); n != mine.Count(Components) {
				t.Errorf("%d of %d components are found", n, mine.Count(Components))
			}
			for n := range 50 {
				fid := book.city.Components[n*7].FID
				for i := range mine.All(Components) {
					if f := mine.Feature(Components, i); f.FID == fid && f.Name != fmt.Sprintf("%d-%d", w, n) {
						t.Errorf("writer %d reads %s", w, f.Name)
					}
				}
			}
		})
	}
	wg.Wait()
	if all(s) != want {
		t.Error("the snapshot they began with has changed")
	}
}

func TestLive_AReloadKeepsTheEditsMadeMeanwhile(t *testing.T) {
	r := newRand(t, 10)
	book := newBook(t, r)
	now := date("2026-06-01")
	live := NewLive(snapshot(t, book.copied(), now))
	early := live.Begin() // a fold that will come too late
	versions := map[Layer]map[int64]int64{Components: {}, Zones: {}, Resources: {}}
	apply := func() {
		e := book.edit(r, now)
		l, f := e.Row()
		versions[l][f.FID] = e.Version
		if err := live.Apply(now, e); err != nil {
			t.Fatal(err)
		}
	}
	apply()
	rebuild := live.Begin()
	apply()
	// Another program changes all rows after that: what was read has it, and an
	// edit made before does not bring the old back.
	for i := range book.city.Components {
		book.city.Components[i].Name = "foreign"
	}
	for i := range book.city.Zones {
		book.city.Zones[i].Name = "foreign"
	}
	for i := range book.city.Resources {
		book.city.Resources[i].State = "foreign"
	}
	read := book.fromScratch(t, map[Layer]map[int64]int64{
		Components: cloned(versions[Components]), Zones: cloned(versions[Zones]), Resources: cloned(versions[Resources]),
	}, now)
	for range 20 {
		apply()
	}
	book.version++
	rebuild.Publish(read, book.version)
	rebuild.End()
	equalAnswers(t, "reloaded", r, live.Current(), book.fromScratch(t, versions, now))
	for range 20 {
		apply()
	}
	early.Fold()
	early.End()
	equalAnswers(t, "after a fold of the city before", r, live.Current(), book.fromScratch(t, versions, now))
}

func cloned(m map[int64]int64) map[int64]int64 {
	out := map[int64]int64{}
	maps.Copy(out, m)
	return out
}

func TestLive_AnEditAfterARowHasEndedBringsTheCityToTheDay(t *testing.T) {
	r := newRand(t, 11)
	book := newBook(t, r)
	now := date("2026-06-01")
	book.city.Components[3].Valid.To = MomentOf(now.Add(time.Hour))
	live := NewLive(snapshot(t, book.copied(), now))
	later := now.Add(2 * time.Hour)
	c := Component{Feature: Feature{FID: book.nextFID, Code: "new", At: somewhere(r), Valid: Since(later)}, ComponentTraits: &ComponentTraits{}}
	book.city.Components, book.version = append(book.city.Components, c), 2
	if err := live.Apply(later, Edit{Version: 2, Component: &c}); err != nil {
		t.Fatal(err)
	}
	s := live.Current()
	if s.Find(Components, "new") == spatial.None || s.Find(Components, book.city.Components[3].Code) != spatial.None {
		t.Error("the new row is not there, or the ended one is")
	}
	versions := map[Layer]map[int64]int64{Components: {c.FID: 2}}
	equalAnswers(t, "a day later", r, s, book.fromScratch(t, versions, later))
	// A city that has no cell any more goes on as it was.
	for i := range book.city.Cells {
		book.city.Cells[i].Valid.To = MomentOf(later.Add(time.Hour))
	}
	live = NewLive(snapshot(t, book.copied(), later))
	name := "renamed"
	c = c.Patched(ComponentPatch{Name: &name})
	if err := live.Apply(later.Add(2*time.Hour), Edit{Version: 3, Component: &c}); err == nil {
		t.Error("nobody says that the city has ended")
	}
	s = live.Current()
	if i := s.Find(Components, "new"); i == spatial.None || s.Component(i).Name != name {
		t.Error("the edit is not there")
	}
}

// big is a city of n components for the benchmarks.
func big(b *testing.B, n int) *Snapshot {
	r := newRand(b, 1)
	c := newTown(b, r)
	c.Components = c.Components[:0]
	for i := range n {
		c.Components = append(c.Components, Component{Feature: Feature{FID: int64(i + 1), Code: fmt.Sprintf("%016d", i), At: somewhere(r)}, ComponentTraits: &ComponentTraits{Category: "0102"}})
	}
	return snapshot(b, c, date("2026-06-01"))
}

func edited(s *Snapshot, r *rand.Rand, n int) *Snapshot {
	edits := make([]Edit, n)
	for i := range edits {
		at := somewhere(r)
		c := s.City.Components[r.IntN(len(s.City.Components))].Patched(ComponentPatch{At: &at})
		edits[i] = Edit{Version: int64(i + 2), Component: &c}
	}
	return s.With(s.at, edits...)
}

func BenchmarkEditWith(b *testing.B) {
	s := big(b, 200_000)
	for _, n := range []int{0, 100, 4096} {
		b.Run(fmt.Sprintf("200k components, %d edited", n), func(b *testing.B) {
			r := newRand(b, 2)
			s := edited(s, r, n)
			at := somewhere(r)
			c := s.City.Components[777].Patched(ComponentPatch{At: &at})
			e := Edit{Version: 1e6, Component: &c}
			b.ReportAllocs()
			for b.Loop() {
				s.With(s.at, e)
			}
		})
	}
}

func BenchmarkEditFold(b *testing.B) {
	s := edited(big(b, 200_000), newRand(b, 2), 4096)
	b.ReportAllocs()
	for b.Loop() {
		s.Folded()
	}
}

func BenchmarkEditNearest(b *testing.B) {
	s := big(b, 200_000)
	for _, n := range []int{0, 4096} {
		b.Run(fmt.Sprintf("200k components, %d edited", n), func(b *testing.B) {
			s, r := edited(s, newRand(b, 2), n), newRand(b, 3)
			for b.Loop() {
				s.Nearest(Components, somewhere(r), 5, 1000, nil)
			}
		})
	}
}
