package check

import (
	"fmt"
	"maps"
	"slices"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/repair"
)

// stray is a row that lies, in whole or in part, outside the polygon of the
// group it belongs to.
type stray struct {
	child, group int32
	others       []int32 // groups it lies in instead, there
	spot         spot
	share        float64 // of the child's area
}

// strays compares the edges of groups of children with the polygons of the
// groups: where both are the same no child strays.
func (x *exam) strays(j *repair.Judge, children, groups *layer, groupOf func(i int32) int32) ([]stray, error) {
	if x.shifted[children.name] != x.shifted[groups.name] {
		return nil, nil
	}
	var of, own []seam
	for i, s := range children.shapes {
		if g := groupOf(int32(i)); s != nil && g != spatial.None && groups.shapes[g] != nil {
			of = addSeams(of, s, g)
		}
	}
	for g, s := range groups.shapes {
		if s != nil {
			own = addSeams(own, s, int32(g))
		}
	}
	faces, err := j.Faces(lines(differing(rim(of), rim(own))))
	if err != nil {
		return nil, fmt.Errorf("%s in %s: %w", children.name, groups.name, err)
	}
	byChild := map[int32][]spot{}
	for _, f := range faces {
		// Where children overlap, that is what is wrong.
		in := children.holding(f.X, f.Y)
		if len(in) != 1 || children.invalid[in[0]] {
			continue
		}
		g := groupOf(in[0])
		if g == spatial.None || groups.shapes[g] == nil || groups.invalid[g] {
			continue
		}
		s := spot{face: f, rows: groups.holding(f.X, f.Y)}
		if slices.Contains(s.rows, g) {
			continue
		}
		if s.areaM2, s.widthM = x.plane.measureFace(&f); s.widthM >= hairM {
			byChild[in[0]] = append(byChild[in[0]], s)
		}
	}
	var out []stray
	for _, c := range slices.Sorted(maps.Keys(byChild)) {
		area := x.plane.areaM2(children.shapes[c])
		for _, s := range hangingTogether(byChild[c]) {
			out = append(out, stray{child: c, group: groupOf(c), others: s.rows, spot: s, share: s.areaM2 / area})
		}
	}
	return out, nil
}

// mostly is the share of a cell from which it lies in another division rather
// than across a border.
const mostly = 0.5

// checkBorders holds the cells against the divisions above them and the zones.
func (x *exam) checkBorders(j *repair.Judge, s *sink) error {
	cells := x.layer[grids.Cells]
	if l := x.layer[grids.Communities]; l.hasShapes() {
		found, err := x.strays(j, cells, l, func(i int32) int32 { return l.find(x.city.Cells[i].Community) })
		if err != nil {
			return err
		}
		for i := range found {
			if st := &found[i]; len(st.others) > 0 {
				s.add(x.acrossFinding(st, cells, l))
			}
		}
	}
	if x.city.ZonesByGeometry {
		return nil // the import said that zones are not unions of cells
	}
	zones, domain := x.layer[grids.Zones], x.domain()
	found, err := x.strays(j, cells, zones, func(i int32) int32 { return zones.find(x.city.Cells[i].Zone) })
	if err != nil {
		return err
	}
	for i := range found {
		st := &found[i]
		if len(st.others) == 0 && domain != nil && len(domain.holding(st.spot.face.X, st.spot.face.Y)) == 0 {
			continue // the cell reaches beyond the city
		}
		f := Finding{
			Rule: ruleZoneNotUnion, At: st.spot.at(), Placed: true, Shape: shapeOf(&st.spot.face),
			Features: []Ref{zones.ref(st.group), cells.ref(st.child)}, Measured: st.spot.areaM2, Unit: "m2",
			Reason:   fmt.Sprintf("%.2f m² (%.1f %%) of its cell lie outside the zone", st.spot.areaM2, 100*st.share),
			ReasonZH: fmt.Sprintf("所属单元网格有 %.2f 平方米（%.1f%%）在责任网格之外", st.spot.areaM2, 100*st.share),
		}
		for _, o := range st.others {
			f.Features = append(f.Features, zones.ref(o))
		}
		s.add(f)
	}
	return nil
}

// acrossFinding names the highest border that the cell crosses.
func (x *exam) acrossFinding(st *stray, cells, communities *layer) Finding {
	rule, en, zh := ruleAcrossCommunity, "community", "社区"
	own := x.chainOf(st.group)
	for _, o := range st.others {
		other := x.chainOf(o)
		if own[0] != other[0] && rule == ruleAcrossCommunity {
			rule, en, zh = ruleAcrossStreet, "street", "街道"
		}
		if own[1] != other[1] {
			rule, en, zh = ruleAcrossDistrict, "district", "区"
		}
	}
	f := Finding{
		Rule: rule, At: st.spot.at(), Placed: true, Shape: shapeOf(&st.spot.face),
		Features: []Ref{cells.ref(st.child), communities.ref(st.group)}, Measured: st.spot.areaM2, Unit: "m2",
		Reason:   fmt.Sprintf("%.2f m² (%.1f %%) of the cell lie in another %s", st.spot.areaM2, 100*st.share, en),
		ReasonZH: fmt.Sprintf("网格有 %.2f 平方米（%.1f%%）在另一%s内", st.spot.areaM2, 100*st.share, zh),
	}
	if st.share > mostly {
		f.Rule = ruleCellElsewhere
		f.Reason = fmt.Sprintf("%.1f %% of the cell lie outside the recorded community", 100*st.share)
		f.ReasonZH = fmt.Sprintf("网格有 %.1f%% 不在所属社区内", 100*st.share)
	}
	for _, o := range st.others {
		f.Features = append(f.Features, communities.ref(o))
	}
	return f
}

// chainOf returns the street and the district of a community.
func (x *exam) chainOf(community int32) [2]string {
	street := x.city.Communities[community].Parent
	district := ""
	if i := x.layer[grids.Streets].find(street); i != spatial.None {
		district = x.city.Streets[i].Parent
	}
	return [2]string{street, district}
}

// checkDivisions judges how communities, streets and districts tile, that each
// lies in the one above, and that zones do not overlap.
func (x *exam) checkDivisions(j *repair.Judge, s *sink) error {
	for _, name := range []grids.Layer{grids.Communities, grids.Streets, grids.Districts, grids.Zones} {
		l := x.layer[name]
		domain := x.layer[grids.Districts]
		if l == domain {
			domain = nil
		}
		t := x.newTiling(j, l, domain)
		t.index()
		found, err := t.faults()
		if err != nil {
			return err
		}
		if name != grids.Zones {
			for _, g := range found.gaps {
				s.add(t.finding(ruleDivisionGap, &g,
					fmt.Sprintf("none of the %s holds %.2f m², up to %.2f m wide", name, g.areaM2, g.widthM),
					fmt.Sprintf("%.2f 平方米不属于任何%s，宽约 %.2f 米", g.areaM2, layerZH(name), g.widthM)))
			}
		}
		for _, g := range found.overlaps {
			s.add(t.finding(ruleDivisionOverlap, &g,
				fmt.Sprintf("%d %s overlap in %.2f m², up to %.2f m wide", len(g.rows), name, g.areaM2, g.widthM),
				fmt.Sprintf("%d 个%s重叠 %.2f 平方米，宽约 %.2f 米", len(g.rows), layerZH(name), g.areaM2, g.widthM)))
		}
	}
	communities, streets, districts := x.layer[grids.Communities], x.layer[grids.Streets], x.layer[grids.Districts]
	inStreets, err := x.strays(j, communities, streets, func(i int32) int32 { return streets.find(x.city.Communities[i].Parent) })
	if err != nil {
		return err
	}
	x.addAcross(s, inStreets, communities, streets)
	inDistricts, err := x.strays(j, streets, districts, func(i int32) int32 { return districts.find(x.city.Streets[i].Parent) })
	if err != nil {
		return err
	}
	x.addAcross(s, inDistricts, streets, districts)
	return nil
}

// addAcross reports divisions that reach into another of those above.
func (x *exam) addAcross(s *sink, found []stray, children, groups *layer) {
	for i := range found {
		st := &found[i]
		if len(st.others) == 0 {
			continue // a gap between the groups
		}
		f := Finding{
			Rule: ruleDivisionAcross, At: st.spot.at(), Placed: true, Shape: shapeOf(&st.spot.face),
			Features: []Ref{children.ref(st.child), groups.ref(st.group)}, Measured: st.spot.areaM2, Unit: "m2",
			Reason:   fmt.Sprintf("%.2f m² of it lie outside the one of the %s that it belongs to", st.spot.areaM2, groups.name),
			ReasonZH: fmt.Sprintf("有 %.2f 平方米在所属%s之外", st.spot.areaM2, layerZH(groups.name)),
		}
		for _, o := range st.others {
			f.Features = append(f.Features, groups.ref(o))
		}
		s.add(f)
	}
}

// layerZH is what one of a layer's rows is called.
func layerZH(l grids.Layer) string {
	names := map[grids.Layer]string{
		grids.Districts: "区", grids.Streets: "街道", grids.Communities: "社区", grids.Zones: "责任网格",
		grids.Cells: "单元网格", grids.Components: "部件", grids.Addresses: "地址", grids.Resources: "资源",
		grids.BaseRoads: "道路", grids.BaseWater: "水系", grids.BaseGreen: "绿地", grids.BaseBuildings: "建筑",
		grids.Units: "单位", grids.OwnershipAreas: "确权范围",
	}
	return names[l]
}
