package heat

import (
	"errors"
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/wanmi-gis/wanmi/spatial"
)

// same holds a view to a table made anew from the same cases.
func same(t *testing.T, town *town, v *View, cases map[uint32]Row, rnd *rand.Rand) {
	t.Helper()
	fresh := town.table(t, maps.Values(cases)).View()
	if v.Len() != len(cases) {
		t.Fatalf("%d cases, not %d", v.Len(), len(cases))
	}
	for range 5 {
		f := town.randomFilter(rnd)
		p := town.compile(t, f)
		if got, want := fids(t, v, p), fids(t, fresh, p); !slices.Equal(got, want) {
			t.Fatalf("%+v: %d cases, not %d", f, len(got), len(want))
		}
		got, err := v.Facets(t.Context(), p)
		want, wantErr := fresh.Facets(t.Context(), p)
		if err != nil || wantErr != nil {
			t.Fatal(err, wantErr)
		}
		got.trim()
		want.trim()
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v: facets\n%+v, not\n%+v", f, got, want)
		}
	}
	if err := v.Each(t.Context(), town.compile(t, Filter{}), func(r Row) bool {
		if cases[r.FID] != r {
			t.Fatalf("%+v, not %+v", r, cases[r.FID])
		}
		return true
	}); err != nil {
		t.Fatal(err)
	}
}

// trim takes empty ends away, which tell what there once was.
func (f *Facets) trim() {
	for len(f.Days) > 0 && f.Days[0] == 0 {
		f.Days, f.FirstDay = f.Days[1:], f.FirstDay+1
	}
	for _, list := range []*[]int64{&f.Days, &f.Classes, &f.Units} {
		for len(*list) > 0 && (*list)[len(*list)-1] == 0 {
			*list = (*list)[:len(*list)-1]
		}
	}
	if len(f.Days) == 0 {
		f.FirstDay, f.Days = 0, nil
	}
	if len(f.Classes) == 0 {
		f.Classes = nil
	}
	if len(f.Units) == 0 {
		f.Units = nil
	}
}

func TestATableThatChangesIsOneMadeAnew(t *testing.T) {
	town, rows := smallTown(t)
	rows = rows[:3000]
	spare := slices.Collect(town.rows(99, 6000))
	table := town.table(t, slices.Values(rows))
	cases := make(map[uint32]Row)
	for _, r := range rows {
		cases[r.FID] = r
	}
	rnd := rand.New(rand.NewPCG(8, 8))
	next := uint32(10_000)
	old, oldCases := table.View(), maps.Clone(cases)
	for step := range 60 {
		var changes []Change
		for range 1 + rnd.IntN(120) {
			c := Change{Row: spare[rnd.IntN(len(spare))]}
			switch rnd.IntN(5) {
			case 0: // new, late or not
				next++
				c.FID = next - uint32(rnd.IntN(2)*5000)
			case 1: // moved
				c.FID = uint32(1 + rnd.IntN(3000))
			case 2: // gone, or never there
				c = Change{Row: Row{FID: uint32(1 + rnd.IntN(4000))}, Deleted: true}
			default: // another state
				c.FID = uint32(1 + rnd.IntN(3000))
				if r, ok := cases[c.FID]; ok {
					c.Row = r
					c.State, c.Unit = uint8(rnd.IntN(MaxStates)), uint16(rnd.IntN(30))
				}
			}
			changes = append(changes, c)
			if c.Deleted {
				delete(cases, c.FID)
			} else {
				cases[c.FID] = c.Row
			}
		}
		if err := table.Apply(t.Context(), changes); err != nil {
			t.Fatal(err)
		}
		if step%20 == 19 {
			same(t, town, table.View(), cases, rnd)
			if err := table.Fold(t.Context()); err != nil {
				t.Fatal(err)
			}
			if table.Tail() != 0 {
				t.Errorf("%d rows are not folded", table.Tail())
			}
		}
		if step%10 == 0 {
			same(t, town, table.View(), cases, rnd)
		}
	}
	same(t, town, old, oldCases, rnd) // who has a view keeps it as it was
	for fid, r := range cases {
		if got, ok := table.View().Get(fid, r.At); !ok || got != r {
			t.Fatalf("%+v, %v, not %+v", got, ok, r)
		}
	}
	if _, ok := table.View().Get(next+1, town.center); ok {
		t.Error("a case that there never was")
	}
}

// The same cases have the same bits, whichever way they came.
func TestDensityDoesNotTellTheOrderOfCases(t *testing.T) {
	town, rows := smallTown(t)
	ground := town.ground(t)
	p := town.compile(t, Filter{})
	once := town.table(t, slices.Values(rows))
	var changes []Change
	for _, r := range rows[2000:] {
		changes = append(changes, Change{Row: r})
	}
	rand.New(rand.NewPCG(4, 4)).Shuffle(len(changes), func(i, j int) { changes[i], changes[j] = changes[j], changes[i] })
	later := town.table(t, slices.Values(rows[:2500]))
	for part := range slices.Chunk(changes, 700) {
		if err := later.Apply(t.Context(), part); err != nil {
			t.Fatal(err)
		}
	}
	for _, o := range []Options{{Kernel{StreetM, Gaussian}, Mass}, {Kernel{BlockM, Quartic}, Uniform}} {
		a, b := ground.density(t, once.View(), p, o), ground.density(t, later.View(), p, o)
		if !slices.Equal(a.Values(), b.Values()) {
			t.Errorf("%+v: other bits", o)
		}
	}
}

func TestReadersGoOnWhileCasesComeAndAreFolded(t *testing.T) {
	town, rows := smallTown(t)
	table := town.table(t, slices.Values(rows[:3000]))
	all := town.compile(t, Filter{})
	var readers sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		readers.Go(func() {
			for {
				v := table.View()
				n, err := v.Count(t.Context(), all)
				if err != nil || int(n) != v.Len() || v.Len() < 3000 {
					t.Errorf("%d, %v, %d", n, err, v.Len())
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	var folds sync.WaitGroup
	for i, r := range rows[3000:] {
		changes := []Change{{Row: r}, {Row: rows[i]}}
		changes[1].State = 7
		if i%30 == 0 {
			if err := table.Apply(t.Context(), changes); err != nil {
				t.Fatal(err)
			}
		}
		if i%600 == 0 {
			folds.Go(func() {
				if err := table.Fold(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
	}
	folds.Wait()
	close(done)
	readers.Wait()
	if err := table.Fold(t.Context()); err != nil {
		t.Fatal(err)
	}
	n, err := table.View().Count(t.Context(), town.compile(t, Filter{States: []uint8{7}}))
	was := 0
	for i, r := range rows[:3000] {
		if r.State == 7 || i%30 == 0 {
			was++
		}
	}
	for i, r := range rows[3000:] {
		if i%30 == 0 && r.State == 7 {
			was++
		}
	}
	if err != nil || int(n) != was || table.View().Len() != 3100 {
		t.Errorf("%d in state 7, %v, not %d; %d cases", n, err, was, table.View().Len())
	}
}

func TestARowThatCannotBeHeldIsRefusedWhole(t *testing.T) {
	town, rows := smallTown(t)
	table := town.table(t, slices.Values(rows[:10]))
	for name, r := range map[string]Row{
		"before 1970": {Time: -1}, "after 2106": {Time: 1 << 32}, "source": {Source: 8}, "state": {State: 32},
		"cell": {Cell: uint32(len(town.shapes))}, "position": {At: spatial.Coord{X: math.MinInt32}, Cell: NoCell},
		"far away": {At: spatial.Coord{X: -700_000_000}, Cell: NoCell},
	} {
		r.FID = 77
		if name != "position" && name != "far away" {
			r.At = town.center
		}
		if err := table.Apply(t.Context(), []Change{{Row: rows[20]}, {Row: r}}); !errors.Is(err, ErrRow) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := NewTable(t.Context(), town.city, slices.Values([]Row{r})); !errors.Is(err, ErrRow) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if v := table.View(); v.Len() != 10 || v.Serial() != 1 {
		t.Errorf("%d cases, serial %d", v.Len(), v.Serial())
	}
	bare, err := NewTable(t.Context(), City{Plane: town.city.Plane}, slices.Values([]Row{{FID: 3, At: town.center, Cell: NoCell}}))
	if err != nil || bare.View().Len() != 1 {
		t.Error("a city without cells and zone", err)
	}
	empty := town.table(t, slices.Values[[]Row](nil)).View()
	if n, err := empty.Count(t.Context(), town.compile(t, Filter{})); err != nil || n != 0 {
		t.Error(n, err)
	}
	if f, err := empty.Facets(t.Context(), town.compile(t, Filter{})); err != nil || f.N != 0 {
		t.Error(f, err)
	}
}

func TestNumbersOfCodesStay(t *testing.T) {
	var d Dictionary
	for i := range 3 {
		for j, code := range []string{"a", "b", ""} {
			if n, err := d.Intern(code); err != nil || int(n) != j {
				t.Errorf("%d: %q is %d, %v", i, code, n, err)
			}
		}
	}
	if _, ok := d.Number("c"); ok || !slices.Equal(d.Codes(), []string{"a", "b", ""}) {
		t.Error(d.Codes())
	}
	for i := range 1<<16 - 3 {
		if _, err := d.Intern(string(rune(i + 0x10000))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Intern("one too many"); !errors.Is(err, ErrTooManyCodes) {
		t.Error(err)
	}
}
