package demo

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// The town's own names and codes.
const (
	townName     = "示例镇（虚构）"
	districtCode = "990101"
	districtName = "示例区（虚构）"
	cityCode     = "990100"
)

// giveCodes numbers the divisions and, inside each community, the cells.
func (s *site) giveCodes() {
	for i := range 2 {
		s.streetCodes = append(s.streetCodes, fmt.Sprintf("%s%03d", districtCode, i+1))
	}
	serial := [2]int{}
	for _, st := range s.street {
		serial[st]++
		s.communityCodes = append(s.communityCodes, fmt.Sprintf("%s%03d", s.streetCodes[st], serial[st]))
	}
	for i := range zoneCount {
		s.zoneCodes = append(s.zoneCodes, fmt.Sprintf("Z%02d", i+1))
	}
	s.cellCodes = make([]string, len(s.faces))
	for c, code := range s.communityCodes {
		for i, f := range s.readingOrder(int32(c)) {
			s.cellCodes[f] = fmt.Sprintf("%s%03d", code, i+1)
		}
	}
}

// rowQuanta is the height of a row when the cells of a community are numbered,
// in 1e-7 degree of latitude: 120 m, a cell and a bit, since in a town no cells
// stand in exact rows.
const rowQuanta = 10_800

// readingOrder lists a community's cells west to east in rows from north to
// south (DB11/T 2157, as far as that goes where there are no rows).
func (s *site) readingOrder(community int32) []int32 {
	var fs []int32
	north := int32(math.MinInt32)
	for f := range int32(len(s.faces)) {
		if s.community[f] == community {
			fs = append(fs, f)
			north = max(north, s.cells.Shape(f).Representative().Y)
		}
	}
	slices.SortStableFunc(fs, func(a, b int32) int {
		p, q := s.cells.Shape(a).Representative(), s.cells.Shape(b).Representative()
		return cmp.Or(cmp.Compare((north-p.Y)/rowQuanta, (north-q.Y)/rowQuanta), cmp.Compare(p.X, q.X), cmp.Compare(q.Y, p.Y))
	})
	return fs
}

// writeDivisions adds the administrative chain and the zones, each the union
// of its cells.
func (s *site) writeDivisions(city *grids.City) {
	union := func(in func(f int32) bool) *spatial.Shape { return s.shapeOf(s.dissolve(in)) }
	division := func(code, name, parent string, in func(f int32) bool) grids.Division {
		return grids.Division{Feature: s.feature(code, name, union(in), spatial.Coord{}), Parent: parent}
	}
	city.Districts = []grids.District{{Division: division(districtCode, districtName, cityCode, func(int32) bool { return true })}}
	offices := s.byAge(len(s.streetCodes), func(f int32) int32 { return s.street[s.community[f]] }, officeNames())
	for i, code := range s.streetCodes {
		city.Streets = append(city.Streets, grids.Street{Division: division(code, offices[i].text, districtCode,
			func(f int32) bool { return s.street[s.community[f]] == int32(i) })})
	}
	for i, code := range s.communityCodes {
		city.Communities = append(city.Communities, grids.Community{Division: division(code, s.communityNames[i].text, s.streetCodes[s.street[i]],
			func(f int32) bool { return s.community[f] == int32(i) })})
	}
	for i, code := range s.zoneCodes {
		st := s.zoneOf[i]
		city.Zones = append(city.Zones, grids.Zone{
			Feature: s.feature(code, fmt.Sprintf("%s第%d责任网格", offices[st].text, i+1),
				union(func(f int32) bool { return s.zone[f] == int32(i) }), spatial.Coord{}),
			Street: s.streetCodes[st],
			Unit:   officeUnit(st),
			Staff:  fmt.Sprintf(`[{"name":"网格长%02d","post":"网格长"},{"name":"网格员%02d","post":"网格员"},{"name":"网格员%02d","post":"网格员"}]`, i+1, 2*i+1, 2*i+2),
			OnDuty: i != 3, // one is off duty, so that the viewer has both to show
		})
	}
}

// byAge gives the names, which are in order of age, to groups by how much of
// the old town lies in them.
func (s *site) byAge(k int, group func(f int32) int32, names []word) []word {
	old := make([]int, k)
	order := make([]int, k)
	for f := range s.faces {
		if s.faces[f].kind == oldTown {
			old[group(int32(f))]++
		}
	}
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(old[b], old[a]) })
	out := make([]word, k)
	for i, g := range order {
		out[g] = names[i]
	}
	return out
}

// writeCells adds the cells.
func (s *site) writeCells(city *grids.City) {
	for f := range int32(len(s.faces)) {
		code, c := s.cellCodes[f], s.community[f]
		shape := s.cells.Shape(f)
		city.Cells = append(city.Cells, grids.Cell{
			Feature:   s.feature(code, s.communityNames[c].text+code[12:]+"号网格", shape, spatial.Coord{}),
			Community: s.communityCodes[c],
			Zone:      s.zoneCodes[s.zone[f]],
			AreaM2:    areaM2(city.Plane, shape.Coords),
			LandUse:   s.uses[f],
		})
	}
}

// areaM2 is the area of a ring in the plane, to the square decimetre: the last
// bits of a projection are nobody's concern.
func areaM2(plane crs.TM, ring []spatial.Coord) float64 {
	var sum float64
	x0, y0 := plane.Forward(ring[0].Lon(), ring[0].Lat())
	ax, ay := 0.0, 0.0
	for _, c := range ring[1:] {
		x, y := plane.Forward(c.Lon(), c.Lat())
		bx, by := x-x0, y-y0
		sum += float64(ax*by) - float64(ay*bx)
		ax, ay = bx, by
	}
	return math.Round(math.Abs(sum)/2*100) / 100
}
