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
			Feature: s.feature(numbered(prefix, len(rows)), name, shape, spatial.Coord{}), Class: class,
		})
	}
	for _, r := range s.streets {
		add(grids.BaseRoads, "RD", r.class.String(), r.name, polyline(r.points))
	}
	add(grids.BaseWater, "WT", "river", "清水河", s.shapeOf(s.river))
	add(grids.BaseWater, "WT", "lake", "镜湖", polygon(s.lake))
	parks := 0
	for f, use := range s.uses {
		switch {
		case s.faces[f].kind == lakePark:
			add(grids.BaseGreen, "GR", "park", "镜湖公园", s.cells.Shape(int32(f)))
		case s.faces[f].kind == promenade:
			add(grids.BaseGreen, "GR", "riverside", "滨河绿带", s.cells.Shape(int32(f)))
		case use == usePark:
			add(grids.BaseGreen, "GR", "park", parkNames()[parks%len(parkNames())], s.cells.Shape(int32(f)))
			parks++
		case use == useFields:
			add(grids.BaseGreen, "GR", "farmland", "农田", s.cells.Shape(int32(f)))
		}
	}
	count := make([]int, communityCount)
	for _, h := range s.houses {
		c := s.community[h.cell]
		count[c]++
		add(grids.BaseBuildings, "BD", h.class, fmt.Sprintf("%s%d号楼", s.communityNames[c].text, count[c]), polygon(h.ring))
	}
}

func parkNames() []string {
	return []string{"书香园", "槐荫园", "桃李园", "儿童公园", "怡园", "体育公园"}
}
