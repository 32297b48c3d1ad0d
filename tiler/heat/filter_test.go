package heat

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"
)

// fids lists what a predicate takes.
func fids(tb testing.TB, v *View, p *Predicate) []uint32 {
	tb.Helper()
	var out []uint32
	if err := v.Each(tb.Context(), p, func(r Row) bool {
		out = append(out, r.FID)
		return true
	}); err != nil {
		tb.Fatal(err)
	}
	slices.Sort(out)
	return out
}

func TestEveryFilterTakesWhatItsWordsSay(t *testing.T) {
	for _, zone := range []string{"Asia/Shanghai", "America/New_York", "Australia/Lord_Howe"} {
		town := newTown(t, 7, 20, orb.Point{114.31, 34.79}, zone)
		rows := slices.Collect(town.rows(3, 3000))
		v := town.table(t, slices.Values(rows)).View()
		rnd := rand.New(rand.NewPCG(1, 4))
		some := 0
		for range 60 {
			f := town.randomFilter(rnd)
			p := town.compile(t, f)
			var want []uint32
			for i := range rows {
				if town.meets(&f, &rows[i], "") {
					want = append(want, rows[i].FID)
				}
			}
			if got := fids(t, v, p); !slices.Equal(got, want) {
				t.Fatalf("%s, %+v: %d cases, not %d", zone, f, len(got), len(want))
			}
			if n, err := v.Count(t.Context(), p); err != nil || n != int64(len(want)) {
				t.Fatalf("%s, %+v: count %d, %v, not %d", zone, f, n, err, len(want))
			}
			if len(want) > 0 && len(want) < len(rows) {
				some++
			}
			checkFacets(t, town, v, rows, &f, p)
		}
		if some < 30 {
			t.Errorf("only %d filters took a part of the cases", some)
		}
	}
}

// checkFacets counts beside every choice in the plain way.
func checkFacets(t *testing.T, town *town, v *View, rows []Row, f *Filter, p *Predicate) {
	t.Helper()
	got, err := v.Facets(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	want := &Facets{
		Classes: make([]int64, len(got.Classes)), Units: make([]int64, len(got.Units)),
		Cells: make([]int64, len(got.Cells)), Days: make([]int64, len(got.Days)), FirstDay: got.FirstDay,
	}
	for i := range rows {
		r := &rows[i]
		at := time.Unix(r.Time, 0).In(town.city.Zone)
		count := func(but string, n *int64) {
			if town.meets(f, r, but) {
				*n++
			}
		}
		count("", &want.N)
		if int(r.Class) < len(want.Classes) {
			count("class", &want.Classes[r.Class])
		}
		if int(r.Unit) < len(want.Units) {
			count("unit", &want.Units[r.Unit])
		}
		count("source", &want.Sources[r.Source])
		count("state", &want.States[r.State])
		count("clock", &want.Clock[(int(at.Weekday())+6)%7*24+at.Hour()])
		count("time", &want.Days[DayOf(at, town.city.Zone)-got.FirstDay])
		if r.Cell == NoCell {
			count("area", &want.NoCell)
		} else {
			count("area", &want.Cells[r.Cell])
		}
	}
	equal := got.N == want.N && slices.Equal(got.Classes, want.Classes) && slices.Equal(got.Units, want.Units) &&
		got.Sources == want.Sources && got.States == want.States && got.Clock == want.Clock &&
		slices.Equal(got.Days, want.Days) && slices.Equal(got.Cells, want.Cells) && got.NoCell == want.NoCell
	if !equal {
		t.Fatalf("%+v: facets\n%+v, not\n%+v", f, got, want)
	}
	for l := range levels {
		byArea, rest := town.city.Areas.Fold(l, got.Cells)
		var sum int64
		for _, n := range byArea {
			sum += n
		}
		if want := sumOf(got.Cells); sum+rest != want {
			t.Fatalf("level %d: %d and %d in none, not %d", l, sum, rest, want)
		}
	}
}

func sumOf(counts []int64) (sum int64) {
	for _, n := range counts {
		sum += n
	}
	return sum
}

func TestTheChangingHourCountsAsTheClockShows(t *testing.T) {
	town := newTown(t, 7, 6, orb.Point{-73.9, 40.7}, "America/New_York")
	// 2022-11-06: 1:30 twice. 2022-03-13: no hour from 2:00 to 3:00.
	rows := []Row{
		{FID: 1, At: town.center, Time: time.Date(2022, 11, 6, 5, 30, 0, 0, time.UTC).Unix()},
		{FID: 2, At: town.center, Time: time.Date(2022, 11, 6, 6, 30, 0, 0, time.UTC).Unix()},
		{FID: 3, At: town.center, Time: time.Date(2022, 3, 13, 6, 59, 59, 0, time.UTC).Unix()},
		{FID: 4, At: town.center, Time: time.Date(2022, 3, 13, 7, 0, 0, 0, time.UTC).Unix()},
	}
	v := town.table(t, slices.Values(rows)).View()
	for _, c := range []struct {
		hours [2]int
		want  []uint32
	}{{[2]int{1, 2}, []uint32{1, 2, 3}}, {[2]int{2, 3}, nil}, {[2]int{3, 4}, []uint32{4}}, {[2]int{23, 2}, []uint32{1, 2, 3}}} {
		if got := fids(t, v, town.compile(t, Filter{Hours: [][2]int{c.hours}, Weekdays: []int{7}})); !slices.Equal(got, c.want) {
			t.Errorf("hours %v: %v, not %v", c.hours, got, c.want)
		}
	}
}

func TestAFilterThatSaysNothingSensibleIsRefused(t *testing.T) {
	town, _ := smallTown(t)
	day := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, f := range map[string]Filter{
		"from after to": {From: day, To: day.Add(-time.Second)}, "from is to": {From: day, To: day},
		"hour 25": {Hours: [][2]int{{3, 25}}}, "an hour of none": {Hours: [][2]int{{3, 3}}}, "hour −1": {Hours: [][2]int{{-1, 3}}},
		"weekday 0": {Weekdays: []int{0}}, "weekday 8": {Weekdays: []int{8}}, "source": {Sources: []uint8{8}},
		"state": {States: []uint8{32}}, "area": {Areas: []Area{{Cells, 1 << 20}}}, "level": {Areas: []Area{{levels, 0}}},
		"area −1": {Areas: []Area{{Zones, -1}}},
	} {
		if _, err := f.Compile(town.city.Areas); !errors.Is(err, ErrFilter) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAPredicateOfAnotherCityIsRefused(t *testing.T) {
	town, rows := smallTown(t)
	v := town.table(t, slices.Values(rows)).View()
	other := newTown(t, 8, 5, orb.Point{114.31, 34.79}, "Asia/Shanghai").compile(t, Filter{})
	if _, err := v.Count(t.Context(), other); !errors.Is(err, ErrFilter) {
		t.Error(err)
	}
	if _, err := v.Facets(t.Context(), other); !errors.Is(err, ErrFilter) {
		t.Error(err)
	}
	if _, err := town.ground(t).CountWithin(t.Context(), v, other, town.center, 50); !errors.Is(err, ErrFilter) {
		t.Error(err)
	}
}

func TestACancelledQuestionEnds(t *testing.T) {
	town, rows := smallTown(t)
	v := town.table(t, slices.Values(rows)).View()
	p := town.compile(t, Filter{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := v.Count(ctx, p); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := v.Facets(ctx, p); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := town.ground(t).Density(ctx, v, p, Options{Kernel: Kernel{BandwidthM: BlockM}}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := NewTable(ctx, town.city, slices.Values(rows)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	stopped := 0
	if err := v.Each(t.Context(), p, func(Row) bool { stopped++; return stopped < 10 }); err != nil || stopped != 10 {
		t.Errorf("%d, %v", stopped, err)
	}
}
