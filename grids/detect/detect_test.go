package detect

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

func moveTo(tb testing.TB, s *grids.Snapshot, reading string) move {
	tb.Helper()
	for _, m := range moves(tb, s) {
		if m.String() == reading {
			return m
		}
	}
	tb.Fatalf("no move to %s", reading)
	return move{}
}

func find(tb testing.TB, s *grids.Snapshot, rows []Row) *Finding {
	tb.Helper()
	f, err := Detect(tb.Context(), s, rows)
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

func TestTheSystemOfTheTownsComponentsIsFound(t *testing.T) {
	s := town(t)
	const seed = 4
	r := rand.New(rand.NewPCG(seed, seed))
	list, table := moves(t, s), newConfusion()
	for i, m := range list {
		if testing.Short() && i%4 != 0 {
			continue
		}
		kind, n, sigmaM := kinds[r.IntN(len(kinds))], 210+r.IntN(200), float64(5*r.IntN(3))
		v := components(t, s, r, kind, n).shake(r, sigmaM).confuse(r, 0.03)
		table.add(t, m, fmt.Sprintf("%d by %s, σ %g m", n, kind, sigmaM), find(t, s, v.as(m)))
	}
	t.Logf("seed %d", seed)
	table.log(t, list)
	if n := table.total(table.cannotTell); n > 0 {
		t.Errorf("cannot tell of %d sets", n)
	}
}

func TestNoiseHasNoSystem(t *testing.T) {
	s := town(t)
	const seed = 5
	r := rand.New(rand.NewPCG(seed, seed))
	for i := range 20 {
		kind := kinds[i%len(kinds)]
		if f := find(t, s, noise(s, r, kind, 200+r.IntN(201))); f.Verdict != nil || f.Reason == "" {
			t.Errorf("seed %d: noise by %s: %s, %s", seed, kind, f.Verdict, f.Reason)
		}
	}
}

func TestTheFindingSaysWhatItRestsOn(t *testing.T) {
	s := town(t)
	r := rand.New(rand.NewPCG(1, 2))
	rows := components(t, s, r, byCell, 400).as(moveTo(t, s, "gcj02"))
	rows = append(rows, rows[:7]...)                                 // said twice
	rows = append(rows, Row{X: 114, Y: 34, Cell: "none"}, Row{X: 1}) // of no use
	f := find(t, s, rows)
	if f.Points != 400 || f.Rows != 409 || f.Repeated != 7 || f.Faulty != 2 {
		t.Errorf("%d points, %d rows, %d repeated, %d faulty", f.Points, f.Rows, f.Repeated, f.Faulty)
	}
	if len(f.Faults) != 2 || f.Faults[0] != (Fault{407, `the city has no cell "none"`}) || f.Faults[1].Row != 408 {
		t.Errorf("%v", f.Faults)
	}
	if f.ToleranceM != tolerances[0] || f.Offset != nil || !(f.Chance > 0 && f.Chance < 0.05) {
		t.Errorf("within %v m, offset %v, chance %v", f.ToleranceM, f.Offset, f.Chance)
	}
	best := f.Guesses[0]
	if best.String() != "gcj02" || best.Matched < 395 || best.Score != float64(best.Matched)/400 || !strings.Contains(f.Reason, "gcj02 explains") {
		t.Errorf("%+v, %s", best, f.Reason)
	}
	if !slices.IsSortedFunc(f.Guesses, func(a, b Guess) int { return b.Matched - a.Matched }) {
		t.Errorf("%v", f.Guesses)
	}
}

func TestAMixtureIsNamedWithBothShares(t *testing.T) {
	s := town(t)
	for _, part := range []int{50, 70, 85} {
		for _, kind := range kinds {
			r := rand.New(rand.NewPCG(6, uint64(part)))
			if part != 50 && kind != byAny {
				continue
			}
			v := components(t, s, r, kind, 500)
			rows, other := v.as(moveTo(t, s, "cgcs2000")), v.as(moveTo(t, s, "bd09"))
			copy(rows[part*5:], other[part*5:])
			r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
			f := find(t, s, rows)
			if f.Verdict != nil || !strings.Contains(f.Reason, "cgcs2000") || !strings.Contains(f.Reason, "bd09") || !strings.Contains(f.Reason, "mixed") {
				t.Errorf("%d %% by %s: %v, %s", part, kind, f.Verdict, f.Reason)
			}
		}
	}
}

func TestWrongCodesAndBadFixesDoNotChangeTheVerdict(t *testing.T) {
	s := town(t)
	r := rand.New(rand.NewPCG(7, 7))
	m := moveTo(t, s, "epsg:4526 lat,lon")
	for _, kind := range kinds {
		for _, c := range []struct{ sigmaM, wrong float64 }{{0, 0.05}, {10, 0.05}, {20, 0.02}, {0, 0.2}} {
			f := find(t, s, components(t, s, r, kind, 400).shake(r, c.sigmaM).confuse(r, c.wrong).as(m))
			if !m.is(f.Verdict) {
				t.Errorf("by %s, σ %g m, %g wrong: %v, %s", kind, c.sigmaM, c.wrong, f.Verdict, f.Reason)
			}
			if f.Offset != nil {
				t.Errorf("by %s, σ %g m: shifted %v", kind, c.sigmaM, f.Offset)
			}
		}
	}
}

// TestAnOlderDatumIsNoVerdict shifts a plane as the datums of 1954 and 1980 do.
func TestAnOlderDatumIsNoVerdict(t *testing.T) {
	s := town(t)
	r := rand.New(rand.NewPCG(8, 8))
	for _, c := range []struct {
		east, north float64
		told        bool
		verdict     bool
	}{{0, 0, false, true}, {-12, 16, true, true}, {95, -41, true, false}, {-60, 60, true, false}} {
		for _, kind := range []string{byCell, byCategory, byCommunity} {
			rows := components(t, s, r, kind, 1000).as(moveTo(t, s, "epsg:4547"))
			for i := range rows {
				rows[i].X += c.east
				rows[i].Y += c.north
			}
			f := find(t, s, rows)
			if (f.Verdict != nil) != c.verdict {
				t.Errorf("%g m east, %g m north by %s: %v, %s", c.east, c.north, kind, f.Verdict, f.Reason)
			}
			switch {
			case kind == byCommunity && c.east == -12:
				continue // the borders of communities are too few to tell 20 m
			case kind == byCategory && !c.verdict:
				continue // the next component of a category is no better off by then
			}
			if (f.Offset != nil) != c.told {
				t.Errorf("%g m east, %g m north by %s: offset %v, %s", c.east, c.north, kind, f.Offset, f.Reason)
			} else if o := f.Offset; o != nil && math.Hypot(o.EastM-c.east, o.NorthM-c.north) > 8 {
				t.Errorf("%g m east, %g m north by %s: offset %v", c.east, c.north, kind, *o)
			}
		}
	}
}

func TestWholeSecondsAreStillFound(t *testing.T) {
	s := town(t)
	r := rand.New(rand.NewPCG(9, 9))
	m := moveTo(t, s, "gcj02 dd.mmss")
	rows := components(t, s, r, byAny, 800).as(m)
	for i := range rows { // cut off: 15 m on the average
		rows[i].X, rows[i].Y = math.Floor(rows[i].X*1e4)/1e4, math.Floor(rows[i].Y*1e4)/1e4
	}
	if f := find(t, s, rows); !m.is(f.Verdict) {
		t.Errorf("%v, %s", f.Verdict, f.Reason)
	}
}

func TestTooFewPointsAreRefusedWithTheReason(t *testing.T) {
	s := town(t)
	r := rand.New(rand.NewPCG(10, 10))
	rows := components(t, s, r, byCell, 300).as(moveTo(t, s, "wgs84"))
	at := func(change func(i int, r *Row)) []Row {
		out := slices.Clone(rows)
		for i := range out {
			change(i, &out[i])
		}
		return out
	}
	for name, c := range map[string]struct {
		rows []Row
		want string
	}{
		"none":            {nil, "0 different points of 0 rows can be used, 200 are needed"},
		"199":             {rows[:199], "199 different points of 199 rows"},
		"one place":       {at(func(_ int, r *Row) { *r = rows[0] }), "1 different points of 300 rows can be used, 200 are needed; 299 repeat an earlier row"},
		"twice the same":  {at(func(i int, r *Row) { *r = rows[i/2] }), "150 different points"},
		"not a number":    {at(func(_ int, r *Row) { r.X = math.NaN() }), "300 are faulty, the first is row 1: (NaN,"},
		"infinite":        {at(func(_ int, r *Row) { r.Y = math.Inf(-1) }), "is not a pair of numbers"},
		"no expectation":  {at(func(_ int, r *Row) { r.Cell = "" }), "it names no cell, zone, community or category"},
		"unknown codes":   {at(func(_ int, r *Row) { r.Cell = "9" }), `the city has no cell "9"`},
		"unknown kinds":   {at(func(_ int, r *Row) { r.Cell, r.Category = "", "zz" }), `the city has no component of category "zz"`},
		"half of them":    {at(func(i int, r *Row) { r.Cell = r.Cell[:15-i%2] }), "150 are faulty, the first is row 2"},
		"very long codes": {at(func(_ int, r *Row) { r.Cell = strings.Repeat("x", 1<<16) }), "is row 1"},
	} {
		_, err := Detect(t.Context(), s, c.rows)
		if !errors.Is(err, ErrTooFew) || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 400 {
			t.Errorf("%s: %.500v, want %q", name, err, c.want)
		}
	}
	if f := find(t, s, rows[:200]); f.Verdict == nil || f.Verdict.Systems[0] != "cgcs2000" {
		t.Errorf("200 points: %+v", f)
	}
}

func TestTooManyRowsAndAnEndedContextAreErrors(t *testing.T) {
	s := town(t)
	if _, err := Detect(t.Context(), s, make([]Row, MaxRows+1)); !errors.Is(err, ErrTooMany) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	rows := components(t, s, rand.New(rand.NewPCG(1, 1)), byCell, 200).as(moveTo(t, s, "wgs84"))
	if _, err := Detect(ctx, s, rows); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestPointsOfOnePlaceTellNothing: 300 points within a metre may lie in their
// cell by accident as easily as one.
func TestPointsOfOnePlaceTellNothing(t *testing.T) {
	s := town(t)
	c := &s.City.Cells[100]
	var rows []Row
	for i := range 300 {
		rows = append(rows, Row{X: c.At.Lon() + float64(i%20)*1e-7, Y: c.At.Lat() + float64(i/20)*1e-7, Cell: c.Code})
	}
	if f := find(t, s, rows); f.Verdict != nil {
		t.Errorf("%v, %s", f.Verdict, f.Reason)
	}
}

func TestPointsFarAwayAreNamed(t *testing.T) {
	s := town(t)
	r := rand.New(rand.NewPCG(12, 12))
	rows := components(t, s, r, byCell, 300).as(moveTo(t, s, "wgs84"))
	for i := range rows {
		rows[i].X -= 40
	}
	f := find(t, s, rows)
	if f.Verdict != nil || len(f.Guesses) != 0 || !strings.Contains(f.Reason, "no reading puts any point near") {
		t.Errorf("%+v", f)
	}
}

func TestTheAnswerIsTheSameEachTimeAndForAnyNumberOfPoints(t *testing.T) {
	s := town(t)
	r := rand.New(rand.NewPCG(13, 13))
	m := moveTo(t, s, "bd09 lat,lon")
	v := components(t, s, r, byAny, 1000)
	var rows []Row
	for range 10 { // 10,000 different points
		w := &survey{slices.Clone(v.lon), slices.Clone(v.lat), v.rows}
		rows = append(rows, w.shake(r, 3).as(m)...)
	}
	first := find(t, s, rows)
	if first.Points != maxUsed || first.Rows != len(rows) || !m.is(first.Verdict) {
		t.Errorf("%d points of %d rows, %v", first.Points, first.Rows, first.Verdict)
	}
	if second := find(t, s, rows); first.Reason != second.Reason || fmt.Sprint(first.Guesses) != fmt.Sprint(second.Guesses) {
		t.Errorf("%s and %s", first.Reason, second.Reason)
	}
}

// TestSystemsThatAreThePlaneOfAnotherAreOneReading: the city's grid may be a
// Gauss-Krüger zone.
func TestSystemsThatAreThePlaneOfAnotherAreOneReading(t *testing.T) {
	box := town(t).Box(grids.Cells)
	for _, c := range []struct {
		lon0, x0 float64
		names    string
	}{{114, 500_000, "epsg:4547 city"}, {117, 500_000, "epsg:4509 epsg:4548 city"}, {114, 500_002, "city"}} {
		grid := crs.Grid{TM: crs.TM{Lon0: c.lon0, X0: c.x0, K: 1}}
		var found []string
		for _, g := range systems(&grid, box) {
			if slices.Contains(g.names, "city") {
				found = g.names
			}
		}
		if strings.Join(found, " ") != c.names {
			t.Errorf("%v: %v, want %s", grid.TM, found, c.names)
		}
	}
	for _, g := range systems(nil, box) {
		if slices.Contains(g.names, "cgcs2000") != slices.Contains(g.names, "wgs84") {
			t.Errorf("%v", g.names)
		}
	}
}

// TestTheWindowLeavesOutNothingOfTheCity compares with the conversion itself.
func TestTheWindowLeavesOutNothingOfTheCity(t *testing.T) {
	s := town(t)
	r := rand.New(rand.NewPCG(14, 14))
	g := newGround(s)
	for _, h := range hypotheses(s) {
		for range 200 {
			c := g.anywhere(r)
			x, y := h.system.FromCGCS2000(c.Lon(), c.Lat())
			if !h.near.holds(x, y) {
				t.Fatalf("%s: (%v, %v) is not in %v", h, x, y, h.near)
			}
		}
	}
}

// TestWestAndSouthAreFoundToo: a city where both figures may be negative and no
// Gauss-Krüger zone reaches.
func TestWestAndSouthAreFoundToo(t *testing.T) {
	for _, centre := range []spatial.Coord{spatial.At(-71.1, 42.37), spatial.At(18.42, -33.92)} {
		s := squareCity(t, spatial.Box{Min: centre, Max: centre}.Grow(200_000)) // 4 km
		r := rand.New(rand.NewPCG(15, 15))
		g, v := newGround(s), &survey{}
		for range 300 {
			c := g.anywhere(r)
			v.lon, v.lat = append(v.lon, c.Lon()), append(v.lat, c.Lat())
			v.rows = append(v.rows, Row{Cell: s.City.Cells[s.Locate(c).Cell].Code})
		}
		list, table := moves(t, s), newConfusion()
		for _, m := range list {
			table.add(t, m, fmt.Sprint(centre), find(t, s, v.as(m)))
		}
		if n := table.total(table.right); n != len(list) || n < 30 {
			t.Errorf("%v: %d of %d right", centre, n, len(list))
		}
	}
}
