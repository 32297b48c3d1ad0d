package check

import (
	"fmt"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/repair"
)

// checkChain finds rows that name others which do not exist, and divisions and
// zones without cells.
func (x *exam) checkChain(_ *repair.Judge, s *sink) error {
	c := x.city
	districts, streets, communities := x.layer[grids.Districts], x.layer[grids.Streets], x.layer[grids.Communities]
	zones, cells := x.layer[grids.Zones], x.layer[grids.Cells]
	named := map[*layer]map[string]bool{}
	look := func(from *layer, i int, to *layer, code string, empty bool) {
		if named[to] == nil {
			named[to] = map[string]bool{}
		}
		named[to][code] = true
		if len(to.features) == 0 || to.find(code) != spatial.None || (code == "" && empty) {
			return
		}
		at := from.features[i].At
		s.add(Finding{
			Rule: ruleOrphan, At: at, Placed: true, Features: []Ref{from.ref(int32(i)), {Layer: to.name, Code: code}},
			Reason:   fmt.Sprintf("it names %q of the %s, which does not exist", code, to.name),
			ReasonZH: fmt.Sprintf("所引用的%s %q 不存在", layerZH(to.name), code),
		})
	}
	for i := range c.Streets {
		look(streets, i, districts, c.Streets[i].Parent, false)
	}
	for i := range c.Communities {
		look(communities, i, streets, c.Communities[i].Parent, false)
	}
	for i := range c.Zones {
		look(zones, i, streets, c.Zones[i].Street, true)
	}
	for i := range c.Cells {
		look(cells, i, communities, c.Cells[i].Community, false)
		look(cells, i, zones, c.Cells[i].Zone, c.ZonesByGeometry)
	}
	for i := range c.Components {
		look(x.layer[grids.Components], i, cells, c.Components[i].Cell, true)
	}
	for _, l := range []*layer{districts, streets, communities, zones} {
		if l == zones && c.ZonesByGeometry {
			continue
		}
		of := map[*layer]*layer{districts: streets, streets: communities, communities: cells, zones: cells}[l]
		if len(of.features) == 0 {
			continue
		}
		for i, f := range l.features {
			if f.Code == "" || named[l][f.Code] {
				continue
			}
			s.add(Finding{
				Rule: ruleEmptyDivision, At: f.At, Placed: true, Features: []Ref{l.ref(int32(i))},
				Reason:   fmt.Sprintf("none of the %s belongs to it", of.name),
				ReasonZH: fmt.Sprintf("没有所属的%s", layerZH(of.name)),
			})
		}
	}
	return nil
}
