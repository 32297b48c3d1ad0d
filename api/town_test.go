package api_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// The town: 6 by 6 cells of some 180 m with wandering corners. Zones are pairs
// of columns, communities halves of rows.
//
//	         z1   z2   z3
//	north  ┌────┬────┬────┐
//	       │    │    │    │ community 002
//	       ├────┼────┼────┤
//	       │    │    │    │ community 001
//	south  └────┴────┴────┘
const (
	townSide   = 6
	townPitch  = 20_000 // quanta: 0.002°
	townWest   = 1_143_000_000
	townSouth  = 347_800_000
	townPoints = 280
)

var (
	cst      = time.FixedZone("Asia/Shanghai", 8*3600)
	townNow  = time.Date(2026, 6, 1, 12, 0, 0, 0, cst)
	cellFrom = time.Date(2025, 12, 31, 16, 0, 0, 0, time.UTC) // 2026-01-01 in the town
	replaced = time.Date(2030, 1, 1, 0, 0, 0, 0, cst)
)

// townPlan says how a town differs from the usual one.
type townPlan struct {
	version  int64
	prefix   string // of the cells' codes; "" is "990104001"
	overlap  bool   // the cell in the south-west reaches over its neighbours
	planned  bool   // that cell has another code from replaced on
	noOffset bool
	noGrid   bool
}

// town makes the city of a plan; equal plans give equal cities.
func town(tb testing.TB, plan townPlan) *grids.City {
	tb.Helper()
	if plan.prefix == "" {
		plan.prefix = "990104001"
	}
	national, err := grids.National(grids.SchemeGB2013)
	if err != nil {
		tb.Fatal(err)
	}
	c := &grids.City{Base: map[grids.Layer][]grids.Base{}, Categories: national}
	c.Profile = grids.Profile{
		Code: "990104", Name: "试验城", MadeUp: true, Scheme: grids.SchemeGB2013, TimeZone: cst,
		Plane: crs.LocalPlane(114.3, 34.78), Offset: !plan.noOffset, NearM: 30, Version: max(plan.version, 1),
		Epoch: "test", Attribution: "made up",
	}
	if !plan.noGrid {
		grid, err := crs.NewGrid(crs.LocalPlane(114.3, 34.78), [6]float64{0.8, -0.6, 50_000, 0.6, 0.8, 30_000})
		if err != nil {
			tb.Fatal(err)
		}
		c.Grid = &grid
	}
	rnd := rand.New(rand.NewPCG(6, 6))
	corners := townCorners(rnd)
	addDivisions(tb, c, corners)
	addCells(tb, c, corners, plan)
	addThings(tb, c, rnd)
	return c
}

func snapshot(tb testing.TB, plan townPlan) *grids.Snapshot {
	tb.Helper()
	s, err := grids.NewSnapshot(town(tb, plan), townNow)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

type corners [townSide + 1][townSide + 1]spatial.Coord

func townCorners(rnd *rand.Rand) *corners {
	var out corners
	for i := range out {
		for j := range out[i] {
			jitter := func() int32 { return int32(rnd.IntN(townPitch/2) - townPitch/4) }
			out[i][j] = spatial.Coord{X: int32(townWest+i*townPitch) + jitter(), Y: int32(townSouth+j*townPitch) + jitter()}
		}
	}
	return &out
}

// block is the outline of the cells [i0, i1) × [j0, j1).
func (c *corners) block(tb testing.TB, i0, i1, j0, j1 int) *spatial.Shape {
	tb.Helper()
	var ring orb.Ring
	for i := i0; i < i1; i++ {
		ring = append(ring, c[i][j0].Point())
	}
	for j := j0; j < j1; j++ {
		ring = append(ring, c[i1][j].Point())
	}
	for i := i1; i > i0; i-- {
		ring = append(ring, c[i][j1].Point())
	}
	for j := j1; j > j0; j-- {
		ring = append(ring, c[i0][j].Point())
	}
	return shape(tb, orb.Polygon{append(ring, ring[0])})
}

func shape(tb testing.TB, g orb.Geometry) *spatial.Shape {
	tb.Helper()
	s, err := spatial.FromOrb(g)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func feature(fid int, code, name string, s *spatial.Shape) grids.Feature {
	return grids.Feature{FID: int64(fid), Code: code, Name: name, Shape: s, At: s.Representative()}
}

func addDivisions(tb testing.TB, c *grids.City, at *corners) {
	whole := at.block(tb, 0, townSide, 0, townSide)
	c.Districts = []grids.District{{Division: grids.Division{Feature: feature(1, "990104", "试验区", whole)}}}
	c.Streets = []grids.Street{{Division: grids.Division{Feature: feature(1, "990104001", "一号街道", whole), Parent: "990104"}}}
	for k := range 2 {
		half := at.block(tb, 0, townSide, k*3, k*3+3)
		c.Communities = append(c.Communities, grids.Community{Division: grids.Division{
			Feature: feature(k+1, fmt.Sprintf("990104001%03d", k+1), fmt.Sprintf("社区%d", k+1), half), Parent: "990104001",
		}})
	}
	for k := range 3 {
		strip := at.block(tb, k*2, k*2+2, 0, townSide)
		c.Zones = append(c.Zones, grids.Zone{
			Feature: feature(k+1, fmt.Sprintf("Z%d", k+1), fmt.Sprintf("责任网格%d", k+1), strip),
			Street:  "990104001", Unit: fmt.Sprintf("U%d", k+1), Staff: `["张三"]`, OnDuty: k == 0,
		})
		c.Units = append(c.Units, grids.Unit{
			FID: int64(k + 1), Code: fmt.Sprintf("U%d", k+1), Name: fmt.Sprintf("单位%d", k+1), Kind: "territorial",
			Territory: []string{"990104001"},
		})
	}
}

func addCells(tb testing.TB, c *grids.City, at *corners, plan townPlan) {
	for j := range townSide {
		for i := range townSide {
			n := j*townSide + i
			s := at.block(tb, i, i+1, j, j+1)
			if plan.overlap && n == 0 {
				s = at.block(tb, 0, 2, 0, 2)
			}
			community := fmt.Sprintf("990104001%03d", j/3+1)
			cell := grids.Cell{
				Feature:   feature(n+1, fmt.Sprintf("%s%06d", plan.prefix, n+1), fmt.Sprintf("网格%d", n+1), s),
				Community: community, Zone: fmt.Sprintf("Z%d", i/2+1), AreaM2: 40_000, LandUse: "residential",
			}
			cell.Valid.From = grids.MomentOf(cellFrom)
			if plan.planned && n == 0 {
				next := cell
				next.FID, next.Code, next.Valid.From = 100, plan.prefix+"900001", grids.MomentOf(replaced)
				cell.Valid.To = grids.MomentOf(replaced)
				c.Cells = append(c.Cells, next)
			}
			c.Cells = append(c.Cells, cell)
		}
	}
}

// somewhere is a position in the town or a little outside.
func somewhere(rnd *rand.Rand) spatial.Coord {
	const margin = townPitch / 2
	return spatial.Coord{
		X: int32(townWest - margin + rnd.IntN(townSide*townPitch+2*margin)),
		Y: int32(townSouth - margin + rnd.IntN(townSide*townPitch+2*margin)),
	}
}

func addThings(tb testing.TB, c *grids.City, rnd *rand.Rand) {
	var minors []string
	for _, cat := range c.Categories {
		if cat.Kind == grids.ComponentKind && cat.Major != "" && len(minors) < 12 {
			minors = append(minors, cat.Code)
		}
	}
	line := func(n int) *spatial.Shape {
		p := somewhere(rnd).Point()
		var l orb.LineString
		for k := range n {
			l = append(l, orb.Point{p[0] + float64(k)*2e-4, p[1] + rnd.Float64()*2e-4})
		}
		return shape(tb, l)
	}
	square := func(size float64) *spatial.Shape {
		p := somewhere(rnd).Point()
		return shape(tb, orb.Polygon{{p, {p[0] + size, p[1]}, {p[0] + size, p[1] + size}, {p[0], p[1] + size}, p}})
	}
	for n := range townPoints + 20 {
		f := grids.Feature{FID: int64(n + 1), Code: fmt.Sprintf("%s%06d", minors[n%12], n), Name: fmt.Sprintf("部件%d", n), At: somewhere(rnd)}
		switch {
		case n >= townPoints+10:
			f = feature(n+1, f.Code, f.Name, square(3e-4))
		case n >= townPoints:
			f = feature(n+1, f.Code, f.Name, line(4))
		}
		f.Attributes = fmt.Sprintf(`{"n":%d}`, n)
		c.Components = append(c.Components, grids.Component{
			Feature: f, Cell: "990104001000001", ComponentTraits: &grids.ComponentTraits{Category: minors[n%12], State: "完好", Owner: "U1"},
		})
	}
	for n := range 20 {
		f := grids.Feature{FID: int64(n + 1), Code: fmt.Sprintf("A%02d", n), Name: fmt.Sprintf("门牌%d", n), At: somewhere(rnd)}
		c.Addresses = append(c.Addresses, grids.Address{Feature: f, Kind: "plate", Full: "试验区" + f.Name, Pinyin: "MP"})
	}
	for n := range 5 {
		f := grids.Feature{FID: int64(n + 1), Code: fmt.Sprintf("R%d", n), Name: "巡查车", At: somewhere(rnd)}
		c.Resources = append(c.Resources, grids.Resource{Feature: f, Kind: "car", Unit: "U1", State: "free"})
	}
	for n := range 8 {
		id := fmt.Sprint("b", n)
		c.Base[grids.BaseRoads] = append(c.Base[grids.BaseRoads], grids.Base{Feature: feature(n+1, id, "路", line(8)), Class: "road"})
		c.Base[grids.BaseBuildings] = append(c.Base[grids.BaseBuildings], grids.Base{Feature: feature(n+1, id, "", square(2e-4)), Class: "house"})
	}
	c.Base[grids.BaseWater] = []grids.Base{{Feature: feature(1, "w", "湖", square(2e-3)), Class: "water"}}
	c.Base[grids.BaseGreen] = []grids.Base{{Feature: feature(1, "g", "公园", square(1e-3)), Class: "park"}}
}
