package detect

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// move writes true places as some system and notation has them.
type move struct {
	system   string
	axes     Axes
	notation Notation
	write    func(lon, lat float64) (x, y float64)
}

func (m move) String() string { return Reading{[]string{m.system}, m.axes, m.notation}.String() }

// is says whether a reading is what the points were moved to.
func (m move) is(r *Reading) bool {
	return r != nil && slices.Contains(r.Systems, m.system) && r.Axes == m.axes && r.Notation == m.notation
}

// spelt are the notations as their standards spell them out, in digits.
var spelt = map[Notation]func(deg float64) string{
	Degrees: func(deg float64) string { return strconv.FormatFloat(deg, 'f', 7, 64) },
	DegreesMinutesSecond: func(deg float64) string {
		units := int64(math.Round(deg * 3600e3)) // milliseconds
		return fmt.Sprintf("%d.%02d%02d%03d", units/3600e3, units/60e3%60, units/1e3%60, units%1e3)
	},
	DegreesMinutesPoint: func(deg float64) string {
		units := int64(math.Round(deg * 60e5))
		return fmt.Sprintf("%d.%02d%05d", units/60e5, units/1e5%60, units%1e5)
	},
	MinutesOfReceiver: func(deg float64) string {
		units := int64(math.Round(deg * 60e4))
		return fmt.Sprintf("%d%02d.%04d", units/60e4, units/1e4%60, units%1e4)
	},
	SecondsWithoutPoint: func(deg float64) string {
		units := int64(math.Round(deg * 3600e2))
		return fmt.Sprintf("%d%02d%02d.%02d", units/3600e2, units/60e2%60, units/1e2%60, units%1e2)
	},
}

func spelled(tb testing.TB, text string) float64 {
	tb.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// moves lists everything that can be done to the points of a city.
func moves(tb testing.TB, s *grids.Snapshot) []move {
	tb.Helper()
	all := crs.All()
	if s.City.Grid != nil {
		all = append(all, *s.City.Grid)
	}
	centre := s.Box(grids.Cells).Center()
	var out []move
	for _, sys := range all {
		if x, y := sys.FromCGCS2000(centre.Lon(), centre.Lat()); sys.Check(x, y) != nil {
			continue // a zone too far away to hold the city
		}
		notations := []Notation{Metres}
		if sys.Geographic() {
			notations = []Notation{Degrees, DegreesMinutesSecond, DegreesMinutesPoint, MinutesOfReceiver, SecondsWithoutPoint}
		}
		for _, n := range notations {
			write := func(lon, lat float64) (x, y float64) {
				x, y = sys.FromCGCS2000(lon, lat)
				if n == Metres {
					return math.Round(x*100) / 100, math.Round(y*100) / 100
				}
				return math.Copysign(spelled(tb, spelt[n](math.Abs(x))), x), math.Copysign(spelled(tb, spelt[n](math.Abs(y))), y)
			}
			out = append(out,
				move{sys.Name(), LonLat, n, write},
				move{sys.Name(), LatLon, n, func(lon, lat float64) (x, y float64) { x, y = write(lon, lat); return y, x }})
		}
	}
	return out
}

// The kinds of expectation.
const (
	byCell      = "cell"
	byCommunity = "community"
	byZone      = "zone"
	byCategory  = "category"
	byAny       = "mixed"
)

var kinds = []string{byCell, byCommunity, byZone, byCategory, byAny}

// survey is a set of components with what is known of each.
type survey struct {
	lon, lat []float64
	rows     []Row // without figures
}

// components draws n components of the city, each with an expectation of a kind.
func components(tb testing.TB, s *grids.Snapshot, r *rand.Rand, kind string, n int) *survey {
	tb.Helper()
	out := &survey{}
	for _, i := range r.Perm(len(s.City.Components)) {
		c := &s.City.Components[i]
		p := s.Locate(c.At)
		if p.Status != grids.StatusInside || p.Zone == spatial.None || p.Community == spatial.None {
			continue
		}
		k := kind
		if k == byAny {
			k = kinds[r.IntN(4)]
		}
		var row Row
		switch k {
		case byCell:
			if row.Cell = c.Cell; row.Cell == "" {
				row.Cell = s.City.Cells[p.Cell].Code
			}
		case byCommunity:
			row.Community = s.City.Communities[p.Community].Code
		case byZone:
			row.Zone = s.City.Zones[p.Zone].Code
		default:
			row.Category = c.Category
		}
		out.lon, out.lat = append(out.lon, c.At.Lon()), append(out.lat, c.At.Lat())
		if out.rows = append(out.rows, row); len(out.rows) == n {
			return out
		}
	}
	tb.Fatalf("the city has only %d components in cells", len(out.rows))
	return nil
}

// shake moves the true places as GPS does.
func (v *survey) shake(r *rand.Rand, sigmaM float64) *survey {
	for i := range v.lon {
		perLon, perLat := crs.MetresPerDegree(v.lat[i])
		v.lon[i] += r.NormFloat64() * sigmaM / perLon
		v.lat[i] += r.NormFloat64() * sigmaM / perLat
	}
	return v
}

// confuse gives a share of the points the expectation of another.
func (v *survey) confuse(r *rand.Rand, share float64) *survey {
	for i := range v.rows {
		if r.Float64() < share {
			v.rows[i] = v.rows[r.IntN(len(v.rows))]
		}
	}
	return v
}

// as writes the set.
func (v *survey) as(m move) []Row {
	out := slices.Clone(v.rows)
	for i := range out {
		out[i].X, out[i].Y = m.write(v.lon[i], v.lat[i])
	}
	return out
}

// confusion counts what was found for what was there.
type confusion struct{ right, cannotTell, wrong map[string]int }

func newConfusion() *confusion {
	return &confusion{map[string]int{}, map[string]int{}, map[string]int{}}
}

// add tells whether the finding is right, and reports it when it is wrong.
func (c *confusion) add(t *testing.T, m move, what string, f *Finding) {
	t.Helper()
	switch {
	case f.Verdict == nil:
		c.cannotTell[m.String()]++
		t.Logf("cannot tell: %s, %s: %s", m, what, f.Reason)
	case m.is(f.Verdict):
		c.right[m.String()]++
	default:
		c.wrong[m.String()]++
		t.Errorf("%s, %s: %s, %s", m, what, f.Verdict, f.Reason)
	}
}

func (c *confusion) total(counts map[string]int) (n int) {
	for _, k := range counts {
		n += k
	}
	return n
}

// log prints the table.
func (c *confusion) log(t *testing.T, list []move) {
	t.Helper()
	out := fmt.Sprintf("%-26s %6s %12s %6s\n", "moved to", "right", "cannot tell", "wrong")
	for _, m := range list {
		k := m.String()
		out += fmt.Sprintf("%-26s %6d %12d %6d\n", k, c.right[k], c.cannotTell[k], c.wrong[k])
	}
	out += fmt.Sprintf("%-26s %6d %12d %6d", "all", c.total(c.right), c.total(c.cannotTell), c.total(c.wrong))
	t.Log("\n" + out)
}

// noise draws points and expectations that have nothing to do with each other.
func noise(s *grids.Snapshot, r *rand.Rand, kind string, n int) []Row {
	g := newGround(s)
	rows := make([]Row, n)
	for i := range rows {
		k := kind
		if k == byAny {
			k = kinds[r.IntN(4)]
		}
		c := g.anywhere(r)
		rows[i].X, rows[i].Y = c.Lon(), c.Lat()
		switch k {
		case byCell:
			rows[i].Cell = s.City.Cells[r.IntN(len(s.City.Cells))].Code
		case byCommunity:
			rows[i].Community = s.City.Communities[r.IntN(len(s.City.Communities))].Code
		case byZone:
			rows[i].Zone = s.City.Zones[r.IntN(len(s.City.Zones))].Code
		default:
			rows[i].Category = s.City.Components[r.IntN(len(s.City.Components))].Category
		}
	}
	return rows
}

// squareCity makes a city of cells of 100 m, and a ring of them around the box.
func squareCity(tb testing.TB, box spatial.Box) *grids.Snapshot {
	tb.Helper()
	const sideM = 100
	centre := box.Center()
	plane := crs.LocalPlane(centre.Lon(), centre.Lat())
	west, south := plane.Forward(box.Min.Lon(), box.Min.Lat())
	east, north := plane.Forward(box.Max.Lon(), box.Max.Lat())
	i0, i1 := int(math.Floor(west/sideM))-1, int(math.Floor(east/sideM))+1
	j0, j1 := int(math.Floor(south/sideM))-1, int(math.Floor(north/sideM))+1
	corner := func(i, j int) orb.Point {
		lon, lat := plane.Inverse(float64(i*sideM), float64(j*sideM))
		return orb.Point{lon, lat}
	}
	city := &grids.City{Profile: grids.Profile{Code: "310115", Name: "squares", NearM: 30, TimeZone: time.UTC, Plane: plane}}
	for i := i0; i <= i1; i++ {
		for j := j0; j <= j1; j++ {
			shape, err := spatial.FromOrb(orb.Polygon{{corner(i, j), corner(i+1, j), corner(i+1, j+1), corner(i, j+1), corner(i, j)}})
			if err != nil {
				tb.Fatal(err)
			}
			city.Cells = append(city.Cells, grids.Cell{Feature: grids.Feature{
				Code: fmt.Sprintf("%03d-%03d", i-i0, j-j0), Shape: shape, At: shape.Representative(),
			}})
		}
	}
	return withGrid(tb, city)
}
