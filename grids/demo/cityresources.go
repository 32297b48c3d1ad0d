package demo

import (
	"fmt"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// cityCameras is how many cameras a city of scale 1 has.
const cityCameras = 500

// writeCityResources adds cameras at the largest crossings, a squad in each
// zone, and the toilets and car parks among the components.
func (s *site) writeCityResources(city *grids.City) error {
	add := func(kind, name, unit, state string, at spatial.Coord) {
		city.Resources = append(city.Resources, grids.Resource{
			Feature: s.feature(s.design.numbered("RS", len(city.Resources)), name, nil, at),
			Kind:    kind, Unit: unit, State: state, MovedAt: s.from,
		})
	}
	var taken squares
	n, want := 0, cityCameras*s.design.scale
	for round := int64(0); round < 4 && n < want; round++ {
		for _, sp := range (corner{off: 230 + 140*round, from: street, perCrossing: 1, largest: true}).spots(s) {
			if n == want {
				break
			}
			if cell, ok := s.stands(sp, &taken); ok {
				n++
				add("camera", fmt.Sprintf("%s%s摄像头%d", s.communityOf(cell), s.streets[sp.road].name, n), cityPolice, s.cameraState(), sp.at.coord())
			}
		}
	}
	if n != want {
		return fmt.Errorf("%d of %d cameras: %w", n, want, errPlan)
	}
	for z, f := range s.middles(s.zone, s.design.zones) {
		at, ok := s.kerbOf(f, &taken)
		if !ok {
			at = s.hearts[f]
		}
		add("squad", fmt.Sprintf("%s第%d责任网格巡查队", s.officeNames[s.zoneOf[z]].text, z+1), s.officeUnit(s.zoneOf[z]), "在岗", at.coord())
	}
	for i := range city.Components {
		switch x := &city.Components[i]; x.Category {
		case "0301":
			add("toilet", x.Name, cityCleaning, "开放", x.At)
		case "0201":
			add("parking", x.Name, cityTraffic, "开放", x.At)
		}
	}
	return nil
}

// cameraState is nearly always on line.
func (s *site) cameraState() string {
	if s.percent(3) {
		return "离线"
	}
	return "在线"
}

// middles returns for each of n groups of cells the dry cell nearest to the
// middle of all.
func (s *site) middles(group []int32, n int) []int32 {
	sum, count := make([]pt, n), make([]int64, n)
	for f, g := range group {
		sum[g], count[g] = sum[g].add(s.hearts[f]), count[g]+1
	}
	out := make([]int32, n)
	best := make([]int64, n)
	for g := range out {
		out[g], best[g] = -1, -1
	}
	for f, g := range group {
		d := apart(s.hearts[f], sum[g].times(1, count[g]))
		if s.wet(int32(f)) && out[g] >= 0 {
			continue
		}
		if out[g] < 0 || d < best[g] || s.wet(out[g]) {
			out[g], best[g] = int32(f), d
		}
	}
	return out
}

// kerbOf is a place on the pavement around a cell, on the cell's side.
func (s *site) kerbOf(f int32, taken *squares) (at pt, ok bool) {
	s.eachEdge(f, func(e edge) {
		k := s.classOf(e)
		if ok || k < lane {
			return
		}
		a, ab := s.at[e.from], s.at[e.to].sub(s.at[e.from])
		at = a.add(ab.times(1, 2)).add(ab.left().to(k.halfWidth() + 90))
		_, ok = s.stands(spot{at: at, road: -1}, taken)
	})
	return at, ok
}
