package heat

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	_ "time/tzdata" // zones are judged, wherever the test runs

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// town is a made-up city: cells of about 100 m with bent borders, whose outline
// has bays, a tip and a lake.
type town struct {
	city   City
	shapes []*spatial.Shape
	areas  *spatial.Areas
	cover  *spatial.Coverage
	center spatial.Coord
	side   int
}

// newTown makes a town with side×side cells, less those of the bays and the lake.
func newTown(tb testing.TB, seed uint64, side int, at orb.Point, zone string) *town {
	tb.Helper()
	rnd := rand.New(rand.NewPCG(seed, 1))
	perLon, perLat := crs.MetresPerDegree(at[1])
	corner := func(i, j int) orb.Point { // the same for the cells that share it
		r := rand.New(rand.NewPCG(seed, uint64(i*10_000+j)))
		x, y := float64(i-side/2)*100+(r.Float64()-0.5)*40, float64(j-side/2)*100+(r.Float64()-0.5)*40
		return orb.Point{at[0] + x/perLon, at[1] + y/perLat}
	}
	t := &town{center: spatial.At(at[0], at[1]), side: side}
	var chains []Chain
	lake := side * 2 / 3
	for j := range side {
		for i := range side {
			bay := i < side/4 && (j < side/3 || j > side-side/5) && rnd.IntN(9) > 0
			tip := i > side-3 && j != side/2
			if bay || tip || i == lake && j == lake {
				continue
			}
			s, err := spatial.FromOrb(orb.Polygon{{corner(i, j), corner(i+1, j), corner(i+1, j+1), corner(i, j+1), corner(i, j)}})
			if err != nil {
				tb.Fatal(err)
			}
			t.shapes = append(t.shapes, s)
			chains = append(chains, Chain{
				fmt.Sprintf("c%d-%d", i, j), fmt.Sprintf("z%d-%d", i/4, j/3), fmt.Sprintf("k%d-%d", i/5, j/5), fmt.Sprintf("s%d", i/10), "d",
			})
		}
	}
	areas, err := NewAreas(chains)
	if err != nil {
		tb.Fatal(err)
	}
	location, err := time.LoadLocation(zone)
	if err != nil {
		tb.Fatal(err)
	}
	t.city = City{Plane: crs.LocalPlane(at[0], at[1]), Zone: location, Areas: areas}
	t.areas = spatial.NewAreas(t.shapes)
	t.cover = spatial.NewCoverage(t.areas)
	return t
}

func (t *town) ground(tb testing.TB) *Ground {
	tb.Helper()
	g, err := NewGround(t.city.Plane, t.shapes)
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

// from and years of the cases.
var casesFrom = time.Date(2021, 3, 1, 0, 0, 0, 0, time.UTC)

const caseYears = 3

// rows makes n cases: even ones, streaks along streets and piles on one spot.
// Some lie in no cell.
func (t *town) rows(seed uint64, n int) iter.Seq[Row] {
	return func(yield func(Row) bool) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		perLon, perLat := crs.MetresPerDegree(t.center.Lat())
		half := float64(t.side) * 50
		var piles []spatial.Coord
		for i := range n {
			x, y := (rnd.Float64()*2-1)*half, (rnd.Float64()*2-1)*half
			switch rnd.IntN(10) {
			case 0, 1, 2:
				x = math.Round(x/400)*400 + rnd.NormFloat64()*15
			case 3, 4:
				x, y = half/5+rnd.NormFloat64()*half/8, half/7+rnd.NormFloat64()*half/6
			}
			at := spatial.At(t.center.Lon()+x/perLon, t.center.Lat()+y/perLat)
			if i%17 == 0 && len(piles) > 0 {
				at = piles[rnd.IntN(len(piles))]
			} else if len(piles) < 5 {
				piles = append(piles, at)
			}
			cell, _ := t.cover.Locate(at)
			r := Row{
				FID: uint32(i + 1), At: at, Class: uint16(rnd.IntN(60)), Unit: uint16(rnd.IntN(37)), Cell: NoCell,
				Time:   casesFrom.Unix() + int64(float64(i)/float64(n)*caseYears*365*86400) + int64(rnd.IntN(7200)),
				Source: uint8(min(rnd.IntN(40), 3)), State: uint8(min(rnd.IntN(80), 15)),
			}
			if cell >= 0 {
				r.Cell = uint32(cell)
			}
			if !yield(r) {
				return
			}
		}
	}
}

func (t *town) table(tb testing.TB, rows iter.Seq[Row]) *Table {
	tb.Helper()
	table, err := NewTable(tb.Context(), t.city, rows)
	if err != nil {
		tb.Fatal(err)
	}
	return table
}

// smallTown is the town of most tests, with its cases.
func smallTown(tb testing.TB) (*town, []Row) {
	tb.Helper()
	t := newTown(tb, 7, 20, orb.Point{114.31, 34.79}, "Asia/Shanghai")
	return t, slices.Collect(t.rows(3, 6000))
}

func (t *town) compile(tb testing.TB, f Filter) *Predicate {
	tb.Helper()
	p, err := f.Compile(t.city.Areas)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// randomFilter makes a filter of a few members.
func (t *town) randomFilter(rnd *rand.Rand) Filter {
	var f Filter
	some := func(n int) (out []uint16) {
		for range 1 + rnd.IntN(n) {
			out = append(out, uint16(rnd.IntN(n)))
		}
		return out
	}
	if rnd.IntN(2) == 0 {
		f.From = casesFrom.Add(time.Duration(rnd.IntN(caseYears*300*24)) * time.Hour)
		f.To = f.From.Add(time.Duration(1+rnd.IntN(500*24)) * time.Hour)
	}
	if rnd.IntN(3) == 0 {
		f.Classes = some(60)
	}
	if rnd.IntN(3) == 0 {
		f.Units = some(37)
	}
	if rnd.IntN(4) == 0 {
		for _, s := range some(3) {
			f.Sources = append(f.Sources, uint8(s))
		}
	}
	if rnd.IntN(4) == 0 {
		for _, s := range some(16) {
			f.States = append(f.States, uint8(s))
		}
	}
	if rnd.IntN(3) == 0 {
		f.Hours = append(f.Hours, [2]int{rnd.IntN(12), 12 + rnd.IntN(13)})
		if rnd.IntN(2) == 0 {
			f.Hours = append(f.Hours, [2]int{21, 4})
		}
	}
	if rnd.IntN(3) == 0 {
		f.Weekdays = []int{1 + rnd.IntN(7), 1 + rnd.IntN(7)}
	}
	for rnd.IntN(3) == 0 {
		l := Level(rnd.IntN(int(levels)))
		f.Areas = append(f.Areas, Area{l, int32(rnd.IntN(len(t.city.Areas.Codes(l))))})
	}
	return f
}

// meets judges a row by the filter's own words, one at a time; member says which
// of them may fail.
func (t *town) meets(f *Filter, r *Row, but string) bool {
	at := time.Unix(r.Time, 0).In(t.city.Zone)
	if but != "time" && (!f.From.IsZero() && at.Before(f.From) || !f.To.IsZero() && !at.Before(f.To)) {
		return false
	}
	if but != "class" && len(f.Classes) > 0 && !slices.Contains(f.Classes, r.Class) {
		return false
	}
	if but != "unit" && len(f.Units) > 0 && !slices.Contains(f.Units, r.Unit) {
		return false
	}
	if but != "source" && len(f.Sources) > 0 && !slices.Contains(f.Sources, r.Source) {
		return false
	}
	if but != "state" && len(f.States) > 0 && !slices.Contains(f.States, r.State) {
		return false
	}
	if but != "clock" && !t.meetsClock(f, at) {
		return false
	}
	return but == "area" || t.meetsAreas(f, r)
}

func (t *town) meetsClock(f *Filter, at time.Time) bool {
	ok := len(f.Hours) == 0
	for _, h := range f.Hours {
		if h[0] < h[1] {
			ok = ok || at.Hour() >= h[0] && at.Hour() < h[1]
		} else {
			ok = ok || at.Hour() >= h[0] || at.Hour() < h[1]
		}
	}
	return ok && (len(f.Weekdays) == 0 || slices.Contains(f.Weekdays, (int(at.Weekday())+6)%7+1))
}

func (t *town) meetsAreas(f *Filter, r *Row) bool {
	for l := range levels {
		asked, ok := false, false
		for _, a := range f.Areas {
			if a.Level == l {
				asked = true
				ok = ok || r.Cell != NoCell && t.city.Areas.Of(l, r.Cell) == a.Number
			}
		}
		if asked && !ok {
			return false
		}
	}
	return true
}
