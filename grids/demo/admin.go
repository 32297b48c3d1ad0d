package demo

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// Names and codes of the sites.
const (
	townName     = "示例镇（虚构）"
	cityName     = "示例城市（虚构）"
	districtCode = "990101" // the first
	districtName = "示例区（虚构）"
	cityCode     = "990100"
	firstCode    = 990101
)

// First codes of the kinds of street and community (GB/T 10114-2003).
const (
	firstTown, firstCountryside = 100, 200
	firstVillage                = 200
)

// giveCodes numbers the divisions and, inside each community, the cells.
func (s *site) giveCodes() {
	for i := range s.design.districts {
		s.districtCodes = append(s.districtCodes, strconv.Itoa(firstCode+i))
	}
	serial := map[string]int{} // by parent and kind
	next := func(parent, kind string, first int) string {
		serial[parent+kind]++
		return fmt.Sprintf("%s%03d", parent, first+serial[parent+kind]-1)
	}
	for i, d := range s.district {
		kind, first := "street", 1
		switch s.rank[i] {
		case township:
			kind, first = "town", firstTown
		case countryside:
			kind, first = "country", firstCountryside
		}
		s.streetCodes = append(s.streetCodes, next(s.districtCodes[d], kind, first))
	}
	for i, st := range s.street {
		kind, first := "community", 1
		if s.village[i] {
			kind, first = "village", firstVillage
		}
		s.communityCodes = append(s.communityCodes, next(s.streetCodes[st], kind, first))
	}
	width := max(len(strconv.Itoa(s.design.zones)), 2)
	for i := range s.design.zones {
		s.zoneCodes = append(s.zoneCodes, fmt.Sprintf("Z%0*d", width, i+1))
	}
	s.cellCodes = make([]string, len(s.faces))
	for c, faces := range members(s.community, s.design.communities) {
		s.sortForReading(faces)
		for i, f := range faces {
			s.cellCodes[f] = fmt.Sprintf("%s%03d", s.communityCodes[c], i+1)
		}
	}
}

// members lists what belongs to each of n groups.
func members(group []int32, n int) [][]int32 {
	out := make([][]int32, n)
	for i, g := range group {
		out[g] = append(out[g], int32(i))
	}
	return out
}

// rowQuanta is the height of a row when the cells of a community are numbered,
// in 1e-7 degree of latitude: 120 m, a cell and a bit, since in a town no cells
// stand in exact rows.
const rowQuanta = 10_800

// sortForReading puts a community's cells in order, west to east in rows from
// north to south (DB11/T 2157, as far as that goes where there are no rows).
func (s *site) sortForReading(faces []int32) {
	at := map[int32]spatial.Coord{}
	north := int32(math.MinInt32)
	for _, f := range faces {
		at[f] = s.cells.Shape(f).Representative()
		north = max(north, at[f].Y)
	}
	slices.SortStableFunc(faces, func(a, b int32) int {
		p, q := at[a], at[b]
		return cmp.Or(cmp.Compare((north-p.Y)/rowQuanta, (north-q.Y)/rowQuanta), cmp.Compare(p.X, q.X), cmp.Compare(q.Y, p.Y))
	})
}

// writeDivisions adds the administrative chain and the zones, each the union
// of its cells.
func (s *site) writeDivisions(city *grids.City) {
	ofStreet, ofDistrict := make([]int32, len(s.faces)), make([]int32, len(s.faces))
	for f, c := range s.community {
		ofStreet[f] = s.street[c]
		ofDistrict[f] = s.district[s.street[c]]
	}
	divisions := func(codes []string, names []word, parent func(i int) string, group []int32) []grids.Division {
		out := make([]grids.Division, len(codes))
		for i, u := range s.unions(group, len(codes)) {
			out[i] = grids.Division{Feature: s.feature(codes[i], names[i].text, u, spatial.Coord{}), Parent: parent(i)}
		}
		return out
	}
	for _, d := range divisions(s.districtCodes, s.districtNames, func(int) string { return s.cityCode }, ofDistrict) {
		city.Districts = append(city.Districts, grids.District{Division: d})
	}
	for _, d := range divisions(s.streetCodes, s.officeNames, func(i int) string { return s.districtCodes[s.district[i]] }, ofStreet) {
		city.Streets = append(city.Streets, grids.Street{Division: d})
	}
	for _, d := range divisions(s.communityCodes, s.communityNames, func(i int) string { return s.streetCodes[s.street[i]] }, s.community) {
		city.Communities = append(city.Communities, grids.Community{Division: d})
	}
	for i, u := range s.unions(s.zone, len(s.zoneCodes)) {
		st := s.zoneOf[i]
		city.Zones = append(city.Zones, grids.Zone{
			Feature: s.feature(s.zoneCodes[i], fmt.Sprintf("%s第%d责任网格", s.officeNames[st].text, i+1), u, spatial.Coord{}),
			Street:  s.streetCodes[st],
			Unit:    s.officeUnit(st),
			Staff:   fmt.Sprintf(`[{"name":"网格长%02d","post":"网格长"},{"name":"网格员%02d","post":"网格员"},{"name":"网格员%02d","post":"网格员"}]`, i+1, 2*i+1, 2*i+2),
			OnDuty:  i != 3, // one is off duty, so that the viewer has both to show
		})
	}
}

// unions dissolves the cells of each of n groups.
func (s *site) unions(group []int32, n int) []*spatial.Shape {
	out := make([]*spatial.Shape, n)
	for g, faces := range members(group, n) {
		out[g] = s.shapeOf(s.dissolve(faces, func(f int32) bool { return group[f] == int32(g) }))
	}
	return out
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
