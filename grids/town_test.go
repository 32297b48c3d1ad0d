package grids

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// newRand returns a source whose seed is printed when the test fails.
func newRand(t testing.TB, seed uint64) *rand.Rand {
	t.Helper()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0x677269647300))
}

// The made-up town of these tests: side × side cells of about 100 m with bent
// borders, four of them a community, four communities a street, two districts;
// a zone is a row of communities. Two cells have no community, one community no
// street, one zone is unknown.
const (
	townSide = 8
	cellDeg  = 0.001
	townLon  = 114.34
	townLat  = 34.78
)

func date(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func polygon(t testing.TB, rings ...orb.Ring) *spatial.Shape {
	t.Helper()
	s, err := spatial.FromOrb(orb.Polygon(rings))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newTown(t testing.TB, r *rand.Rand) *City {
	t.Helper()
	c := &City{
		Profile: Profile{
			Code: "990101", Name: "test town", MadeUp: true, Scheme: SchemeGB2013, TimeZone: time.UTC, NearM: 30,
			Plane: crs.LocalPlane(townLon, townLat), Version: 1,
		},
		Base: map[Layer][]Base{},
	}
	corner := make([][]orb.Point, townSide+1)
	for i := range corner {
		corner[i] = make([]orb.Point, townSide+1)
		for j := range corner[i] {
			corner[i][j] = orb.Point{
				townLon + (float64(i)+r.Float64()*0.3)*cellDeg, townLat + (float64(j)+r.Float64()*0.3)*cellDeg,
			}
		}
	}
	fid := int64(0)
	feature := func(code string, s *spatial.Shape) Feature {
		fid++
		f := Feature{FID: fid, Code: code, Name: "name of " + code, Shape: s}
		if s != nil {
			f.At = s.Representative()
		}
		return f
	}
	for d := range 2 {
		c.Districts = append(c.Districts, District{Division{Feature: feature(fmt.Sprintf("99010%d", d), nil)}})
	}
	communities := map[string]bool{}
	for i := range townSide {
		for j := range townSide {
			community := fmt.Sprintf("99010%d%03d%03d", i/4, 1+j/4, 1+j%4/2*2+i%4/2)
			if !communities[community] {
				communities[community] = true
				street := community[:9]
				c.Communities = append(c.Communities, Community{Division{Feature: feature(community, nil), Parent: street}})
				if community[9:] == "001" {
					c.Streets = append(c.Streets, Street{Division{Feature: feature(street, nil), Parent: street[:6]}})
				}
			}
			ring := orb.Ring{corner[i][j], corner[i+1][j], corner[i+1][j+1], corner[i][j+1], corner[i][j]}
			code := fmt.Sprintf("%s%03d", community, 1+j%2*2+i%2)
			c.Cells = append(c.Cells, Cell{
				Feature: feature(code, polygon(t, ring)), Community: community, Zone: fmt.Sprintf("Z%d", j/2),
			})
		}
	}
	for z := range townSide/2 - 1 { // the last one is missing
		c.Zones = append(c.Zones, Zone{Feature: feature(fmt.Sprintf("Z%d", z), nil), Street: c.Streets[0].Code})
	}
	c.Cells[0].Community, c.Cells[1].Community = "", "nowhere"
	c.Communities[3].Parent = ""
	for i := range 600 {
		f := feature(fmt.Sprintf("9901010102%06d", i), nil)
		// On a coarse raster, so that many stand on one spot or equally far away.
		f.At = spatial.At(townLon+float64(r.IntN(25))*3.2e-4, townLat+float64(r.IntN(25))*3.2e-4)
		if i%50 == 0 {
			at := f.At.Point()
			f.Shape = polygon(t, orb.Ring{at, {at[0] + 3e-4, at[1]}, {at[0], at[1] + 3e-4}, at})
			f.At = f.Shape.Representative()
		}
		c.Components = append(c.Components, Component{Feature: f, ComponentTraits: &ComponentTraits{Category: "0102"}})
	}
	for _, l := range BaseLayers() {
		for i := range 20 {
			x, y := townLon+r.Float64()*0.008, townLat+r.Float64()*0.008
			c.Base[l] = append(c.Base[l], Base{Feature: feature(fmt.Sprintf("%s-%d", l, i), polygon(t, orb.Ring{{x, y}, {x + 5e-4, y}, {x, y + 5e-4}, {x, y}}))})
		}
	}
	for i := range 5 {
		c.Addresses = append(c.Addresses, Address{Feature: feature(fmt.Sprintf("A%d", i), nil), Kind: "place"})
		c.Resources = append(c.Resources, Resource{Feature: feature(fmt.Sprintf("R%d", i), nil), Kind: "person"})
		c.Units = append(c.Units, Unit{FID: int64(i), Code: fmt.Sprintf("U%d", i), Name: fmt.Sprintf("unit %d", i), Kind: "department"})
		c.Addresses[i].At = spatial.At(townLon+float64(i)*0.001, townLat)
		c.Resources[i].At = spatial.At(townLon, townLat+float64(i)*0.001)
	}
	for _, scheme := range NationalSchemes() {
		national, err := National(scheme)
		if err != nil {
			t.Fatal(err)
		}
		c.Categories = append(c.Categories, national...)
	}
	return c
}

// shuffled returns the city with the rows of every layer in another order.
func shuffled(c *City, r *rand.Rand) *City {
	out := *c
	out.Districts = mixed(c.Districts, r)
	out.Streets = mixed(c.Streets, r)
	out.Communities = mixed(c.Communities, r)
	out.Zones = mixed(c.Zones, r)
	out.Cells = mixed(c.Cells, r)
	out.Components = mixed(c.Components, r)
	out.Addresses = mixed(c.Addresses, r)
	out.Resources = mixed(c.Resources, r)
	out.Units = mixed(c.Units, r)
	out.Categories = mixed(c.Categories, r)
	out.Base = map[Layer][]Base{}
	for _, l := range BaseLayers() {
		out.Base[l] = mixed(c.Base[l], r)
	}
	return &out
}

func mixed[T any](rows []T, r *rand.Rand) []T {
	out := make([]T, len(rows))
	for i, k := range r.Perm(len(rows)) {
		out[i] = rows[k]
	}
	return out
}

func snapshot(t testing.TB, c *City, at time.Time) *Snapshot {
	t.Helper()
	s, err := NewSnapshot(c, at)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// somewhere is a position in and around the town.
func somewhere(r *rand.Rand) spatial.Coord {
	return spatial.At(townLon-0.001+r.Float64()*0.0105, townLat-0.001+r.Float64()*0.0105)
}

// asText writes anything for comparison.
func asText(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
