package demo

import (
	"fmt"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// writeBase adds the background map: roads, water, green and houses.
func (s *site) writeBase(city *grids.City) {
	city.Base = map[grids.Layer][]grids.Base{}
	add := func(l grids.Layer, prefix, class, name string, shape *spatial.Shape) {
		rows := city.Base[l]
		city.Base[l] = append(rows, grids.Base{
			Feature: s.feature(s.design.numbered(prefix, len(rows)), name, shape, spatial.Coord{}), Class: class,
		})
	}
	for _, r := range s.streets {
		add(grids.BaseRoads, "RD", r.class.String(), r.name, polyline(r.points))
	}
	for _, r := range s.rails {
		add(grids.BaseRoads, "RD", r.class.String(), r.name, polyline(r.points))
	}
	for _, r := range s.rivers {
		add(grids.BaseWater, "WT", "river", r.name.text, s.shapeOf(r.rings))
	}
	for _, l := range s.lakes {
		add(grids.BaseWater, "WT", "lake", l.name.text, polygon(l.shore))
	}
	for f, name := range s.greenNames() {
		class := "park"
		switch {
		case name == "":
			continue
		case s.faces[f].kind == promenade:
			class = "riverside"
		case s.uses[f] == useFields:
			class = "farmland"
		}
		add(grids.BaseGreen, "GR", class, name, s.cells.Shape(int32(f)))
	}
	count := make([]int, s.design.communities)
	for _, h := range s.houses {
		c := s.community[h.cell]
		count[c]++
		add(grids.BaseBuildings, "BD", h.class, fmt.Sprintf("%s%d号楼", s.communityNames[c].text, count[c]), polygon(h.ring))
	}
	for _, w := range s.walls {
		add(grids.BaseBuildings, "BD", w.class.String(), "院墙", polyline(w.points))
	}
}

// greenNames names what is green, by cell. In a town each park is a cell, in a
// city a quarter is one.
func (s *site) greenNames() []string {
	out := make([]string, len(s.faces))
	ofQuarter := map[int32]string{}
	parks := 0
	for f, use := range s.uses {
		t := &s.faces[f]
		switch {
		case t.kind == lakePark:
			out[f] = s.lakeAt(s.hearts[f]).text + "公园"
		case t.kind == promenade:
			out[f] = "滨河绿带"
		case use == useFields:
			out[f] = "农田"
		case use == usePark:
			name, ok := ofQuarter[t.quarter]
			if !ok || s.design.scale == 0 {
				if name = s.parkName(parks); s.design.scale > 0 {
					ofQuarter[t.quarter] = name
				}
				parks++
			}
			out[f] = name
		}
	}
	return out
}

// lakeAt is the name of the lake nearest to a position.
func (s *site) lakeAt(p pt) word {
	best := &s.lakes[0]
	for i := range s.lakes {
		if apart(s.lakes[i].shore[0], p) < apart(best.shore[0], p) {
			best = &s.lakes[i]
		}
	}
	return best.name
}

// parkName is the name of park number i.
func (s *site) parkName(i int) string {
	names := []string{"书香园", "槐荫园", "桃李园", "儿童公园", "怡园", "体育公园"}
	if s.design.scale == 0 {
		return names[i%len(names)]
	}
	return s.parkNames.next(word{"公园", "gong yuan"}).text
}
