package grids_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// wordsOracle words a position by going through all addresses, with the wind by
// its bearing.
func wordsOracle(s *grids.Snapshot, c spatial.Coord) string {
	all := s.City.Addresses
	nearest := func(radiusM float64, kinds string) (at int, d float64) {
		at, d = -1, math.Inf(1)
		for i := range all {
			m := spatial.DistanceM(c, all[i].At)
			if strings.Contains(kinds, all[i].Kind) && m <= radiusM && m < d {
				at, d = i, m
			}
		}
		return at, d
	}
	i, d := nearest(50, "plate")
	if i < 0 {
		i, d = nearest(200, "plate place")
	}
	if i < 0 {
		if i, _ = nearest(200, "street"); i >= 0 {
			return all[i].Name + "附近"
		}
		return ""
	}
	if d <= 10 {
		return all[i].Name + "附近"
	}
	a := all[i].At
	perLon, perLat := crs.MetresPerDegree(a.Lat())
	bearing := math.Atan2((c.Lon()-a.Lon())*perLon, (c.Lat()-a.Lat())*perLat) * 180 / math.Pi
	wind := []string{"北", "东北", "东", "东南", "南", "西南", "西", "西北"}[int(math.Round(bearing/45)+8)%8]
	return fmt.Sprintf("%s%s约%.0f米", all[i].Name, wind, math.Round(d/5)*5)
}

func TestWordsAreThoseOfAllAddressesLookedThrough(t *testing.T) {
	t.Parallel()
	s := townSnapshot(t)
	box := s.Box(grids.Cells).Grow(30_000)
	const seed = 31
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, seed))
	kinds := map[string]int{}
	for range 3000 {
		c := spatial.Coord{X: box.Min.X + r.Int32N(box.Max.X-box.Min.X), Y: box.Min.Y + r.Int32N(box.Max.Y-box.Min.Y)}
		got, want := s.Words(c), wordsOracle(s, c)
		switch {
		case want == "":
			kinds["none"]++
		case strings.HasSuffix(want, "附近"):
			kinds["at"]++
		case strings.Contains(want, "号"):
			kinds["plate"]++
		default:
			kinds["place"]++
		}
		if got != want {
			t.Fatalf("%v: %q, want %q", c, got, want)
		}
	}
	if kinds["none"] < 20 || kinds["at"] < 20 || kinds["plate"] < 200 || kinds["place"] < 20 {
		t.Errorf("the positions prove little: %v", kinds)
	}
}

// around makes a snapshot with the addresses, given as metres east and north of
// the first cell's point.
func around(t testing.TB, rows ...grids.Address) (*grids.Snapshot, spatial.Coord) {
	t.Helper()
	town := *townSnapshot(t).City
	at := town.Cells[0].At
	for i := range rows {
		rows[i].Code = fmt.Sprint("A", i)
		rows[i].At = spatial.Coord{X: at.X + rows[i].At.X*109, Y: at.Y + rows[i].At.Y*90} // quanta in a metre
	}
	town.Addresses = rows
	s, err := grids.NewSnapshot(&town, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return s, at
}

func address(kind, name string, east, north int32) grids.Address {
	return grids.Address{Kind: kind, Feature: grids.Feature{Name: name, At: spatial.Coord{X: east, Y: north}}}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		rows []grids.Address
		want string
	}{
		{"no address", nil, ""},
		{"none near", []grids.Address{address("plate", "东大街12号", 400, 0)}, ""},
		{"the position lies in the wind", []grids.Address{address("plate", "东大街12号", -25, -25)}, "东大街12号东北约35米"},
		{"at the plate", []grids.Address{address("plate", "东大街12号", 6, 6)}, "东大街12号附近"},
		{"a plate before a nearer place", []grids.Address{address("plate", "东大街12号", 0, 40), address("place", "文庙", 0, 20)}, "东大街12号南约40米"},
		{"a place before a farther plate", []grids.Address{address("plate", "东大街12号", 0, 80), address("place", "文庙", 60, 0)}, "文庙西约60米"},
		{"a far plate before nothing", []grids.Address{address("plate", "东大街12号", 0, 80)}, "东大街12号南约80米"},
		{"a place before a street", []grids.Address{address("street", "东大街", 0, 80), address("place", "文庙", 0, 150)}, "文庙南约150米"},
		{"a street", []grids.Address{address("street", "东大街", 0, 80)}, "东大街附近"},
		{"an area is no place", []grids.Address{address("area", "片区", 0, 80)}, ""},
		{"a kind of its own", []grids.Address{address("gate", "东门", 0, 80)}, "东门南约80米"},
		{"Latin names", []grids.Address{address("plate", "12 Main St", 25, -25)}, "35 m NW of 12 Main St"},
		{"at a Latin name", []grids.Address{address("plate", "12 Main St", 2, -2)}, "near 12 Main St"},
		{"no name", []grids.Address{address("plate", "", 2, -2)}, ""},
		{"the first code of two on one spot", []grids.Address{address("plate", "甲", 30, 0), address("plate", "乙", 30, 0)}, "甲西约30米"},
	} {
		s, at := around(t, c.rows...)
		if got := s.Words(at); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestEveryWindHasItsEighth(t *testing.T) {
	t.Parallel()
	for i, wind := range []string{"北", "东北", "东", "东南", "南", "西南", "西", "西北"} {
		for _, off := range []float64{-20, 0, 20} { // of 22.5
			bearing := (float64(i)*45 + off) * math.Pi / 180
			east, north := int32(math.Round(-400*math.Sin(bearing)/4)), int32(math.Round(-400*math.Cos(bearing)/4))
			s, at := around(t, address("place", "甲", east, north))
			if got := s.Words(at); got != "甲"+wind+"约100米" {
				t.Errorf("bearing %.0f°: %q, want %s", float64(i)*45+off, got, wind)
			}
		}
	}
}

func TestWordsOfAStreetAlongItsLine(t *testing.T) {
	t.Parallel()
	s, at := around(t, address("street", "东大街", 0, 0))
	rows := s.City.Addresses
	rows[0].Shape = townSnapshot(t).City.Cells[0].Shape
	again, err := grids.NewSnapshot(s.City, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if got := again.Words(at); got != "东大街附近" {
		t.Errorf("%q", got)
	}
}

func BenchmarkWords(b *testing.B) {
	for _, c := range []struct {
		name string
		make func() (*grids.Snapshot, error)
	}{{"town", madeUp}, {"city", func() (*grids.Snapshot, error) {
		city, err := demo.City(demo.Options{Seed: 1})
		if err != nil {
			return nil, err
		}
		return grids.NewSnapshot(city, time.Now())
	}}} {
		s, err := c.make()
		if err != nil {
			b.Fatal(err)
		}
		r := rand.New(rand.NewPCG(1, 1))
		places := make([]spatial.Coord, 4096)
		for i := range places {
			places[i] = s.City.Components[r.IntN(len(s.City.Components))].At
		}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				s.Words(places[i%len(places)])
			}
		})
	}
}
