package demo

import (
	"fmt"

	"github.com/wanmi-gis/wanmi/grids"
)

// writeResources adds what can be sent or looked through: cameras at main
// crossings, a squad in each zone, toilets in parks, car parks.
func (s *site) writeResources(city *grids.City) error {
	if s.design.scale > 0 {
		return s.writeCityResources(city)
	}
	var taken squares
	for _, group := range []struct {
		kind, label, unit, state string
		count                    int
		spots                    []spot
	}{
		{"camera", "摄像头", unitTraffic, "在线", 10, corner{off: 240, from: arterial, perCrossing: 1}.spots(s)},
		{"squad", "巡查队", "", "在岗", s.design.zones, nil},
		{"toilet", "公共厕所", unitCleaning, "开放", 3, s.lawns()},
		{"parking", "停车场", unitTraffic, "开放", 2, s.courts()},
	} {
		if group.kind == "squad" {
			group.spots = s.squadSpots()
		}
		n := 0
		for _, sp := range group.spots {
			cell, ok := s.stands(sp, &taken)
			if !ok || n == group.count {
				continue
			}
			n++
			unit := group.unit
			if unit == "" {
				unit = s.officeUnit(s.street[s.community[cell]])
			}
			city.Resources = append(city.Resources, grids.Resource{
				Feature: s.feature(s.design.numbered("RS", len(city.Resources)),
					fmt.Sprintf("%s%s%d", s.communityOf(cell), group.label, n), nil, sp.at.coord()),
				Kind: group.kind, Unit: unit, State: group.state, MovedAt: s.from,
			})
		}
		if n != group.count {
			return fmt.Errorf("%d of kind %s: %w", n, group.kind, errPlan)
		}
	}
	return nil
}

// squadSpots are by the kerb, one in each zone near its middle: on the way.
func (s *site) squadSpots() []spot {
	var out []spot
	beat := kerb{every: 2_000, off: 120, of: []class{arterial, street, lane}, both: true}.spots(s)
	for z := range int32(s.design.zones) {
		middle := s.hearts[s.middleCell(func(f int32) bool { return s.zone[f] == z })]
		best := -1
		for i, sp := range beat {
			if best >= 0 && apart(sp.at, middle) >= apart(beat[best].at, middle) {
				continue
			}
			if _, ok := s.stands(sp, &squares{}); ok {
				best = i
			}
		}
		out = append(out, beat[best])
	}
	return out
}
