package demo

import (
	"fmt"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
)

// people are who acts in made-up cases, and for which units. Their ids say that
// they are made up.
type people struct {
	snap   *grids.Snapshot
	zones  []int32 // by cell
	paces  map[string]int64
	parent map[string]string // the department above a territorial unit
}

// Units take quickest to slowest percent of the usual time.
const quickest, slowest = 55, 150

func newPeople(snap *grids.Snapshot, zones []int32) people {
	p := people{snap: snap, zones: zones, paces: map[string]int64{}, parent: map[string]string{}}
	for i := range snap.City.Units {
		u := &snap.City.Units[i]
		p.paces[u.Code] = quickest + int64(hashOfText(u.Code)%(slowest-quickest+1))
		if u.Kind == "territorial" && snap.Unit(u.Parent) != nil {
			p.parent[u.Code] = u.Parent
		}
	}
	return p
}

// hashOfText is FNV-1a with a last stir, so that codes which differ in their last
// digit are far apart.
func hashOfText(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	h ^= h >> 32
	return h * 0x9e3779b97f4a7c15 >> 20
}

// pace is how long a unit takes in percent.
func (p *people) pace(unit string) int64 {
	const usual = 100
	if v, ok := p.paces[unit]; ok {
		return v
	}
	return usual
}

// unitOf is the unit that handles what is at a place: a component's owner, else
// who looks after it; otherwise, and for events, that of the zone.
func (p *people) unitOf(at *scene) string {
	if at.thing != none {
		c := p.snap.Component(at.thing)
		for _, unit := range [...]string{c.Owner, c.Maintainer} {
			if unit != "" && p.snap.Unit(unit) != nil {
				return unit
			}
		}
	}
	return p.unitOfCell(at.cell)
}

func (p *people) unitOfCell(cell int32) string {
	return p.snap.City.Zones[p.zones[cell]].Unit
}

// How many there are of each.
const (
	operators, dispatchers, supervisorsPerZone, handlersPerUnit, districtDispatchers = 8, 4, 3, 4, 2
)

func (p *people) operator(dice dice) cases.Actor {
	return cases.Actor{ID: fmt.Sprintf("demo-operator-%d", dice.between(1, operators)), Role: cases.Operator}
}

func (p *people) dispatcher(dice dice) cases.Actor {
	return cases.Actor{ID: fmt.Sprintf("demo-dispatcher-%d", dice.between(1, dispatchers)), Role: cases.Dispatcher}
}

func (p *people) districtDispatcher(dice dice, unit string) cases.Actor {
	return cases.Actor{ID: fmt.Sprintf("demo-dispatcher-%s-%d", unit, dice.between(1, districtDispatchers)), Role: cases.Dispatcher, Unit: unit}
}

func (p *people) supervisor(dice dice, cell int32) cases.Actor {
	return cases.Actor{ID: fmt.Sprintf("demo-supervisor-%s-%d", p.snap.City.Zones[p.zones[cell]].Code, dice.between(1, supervisorsPerZone)), Role: cases.Supervisor}
}

func (p *people) handler(dice dice, unit string) cases.Actor {
	return cases.Actor{ID: fmt.Sprintf("demo-handler-%s-%d", unit, dice.between(1, handlersPerUnit)), Role: cases.Handler, Unit: unit}
}

func (p *people) arbiter() cases.Actor {
	return cases.Actor{ID: "demo-arbiter-1", Role: cases.Arbiter}
}

// reporter is who reports a case of a source.
func (p *people) reporter(dice dice, s *slot) cases.Actor {
	switch s.source {
	case cases.Public:
		return cases.Actor{ID: "demo-public", Role: cases.PublicRole}
	case cases.Sensor:
		return cases.Actor{ID: "demo-sensors", Role: cases.SensorRole}
	}
	return p.supervisor(dice, s.place.cell)
}
