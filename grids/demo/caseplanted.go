package demo

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/spatial"
)

// Planted is what a made-up history has in it to be found, so that what finds
// such things can be held against it.
type Planted struct {
	// Hot is a street where one class of events comes many times as often as
	// elsewhere, all the time; Rising one where it comes more often each month.
	Hot, Rising PlantedStreet
	// Chains are places where the same came back again and again, each time
	// after it was closed (反复).
	Chains []PlantedChain
}

// PlantedStreet is a street along which a class of events comes more often.
type PlantedStreet struct {
	Code, Name string // of the road
	Line       []spatial.Coord
	// Cells lie along the street: their codes, in order. What came in more than
	// usual lies in them, at most 15 m from the line.
	Cells []string
	Class cases.Class
	// From and To are the time, half open, in which the class comes in these
	// cells Factor times as often as their land use makes it come, at From and
	// at To; between them the factor grows by the same each month.
	From, To             time.Time
	FactorFrom, FactorTo float64
}

// PlantedChain is one place and class with several cases.
type PlantedChain struct {
	Class     cases.Class
	Component string // "" for events
	At        spatial.Coord
	// Reported and Closed are the times of its cases. Each was reported at most
	// 20 days after the closing before it.
	Reported, Closed []time.Time
}

// What is planted. The factors are whole so that they can be drawn in integers.
const (
	hotFactor    = 12
	risingFactor = 15 // at the end, from 1
	historyMonth = 60
	chainsOfCity = 60
	leastChains  = 6
	// A chain has so many cases, and each comes back after so many days.
	leastLinks, mostLinks   = 4, 9
	leastReturn, mostReturn = 2, 20
)

// alongStreet is a planted street as cases are drawn on it.
type alongStreet struct {
	class  int32
	cells  []int32
	weight int64 // of the cells together
	spots  []kerbside
	rising bool
}

// kerbside is a place on the middle of the street and the way it runs there.
type kerbside struct {
	at    spatial.Coord
	along pt
}

// chained is one case of a chain.
type chained struct {
	at    time.Time
	class int32
	place scene
	dice  uint64
}

var errNoStreet = errors.New("no street is long enough to plant something along it")

// plant chooses streets and chains.
func (h *History) plant(dice dice) error {
	from := time.Date(historyFrom, time.January, 1, 0, 0, 0, 0, h.cal.Zone())
	to := from.AddDate(0, historyMonth, 0)
	taken := map[int32]bool{}
	for _, s := range []struct {
		into   *PlantedStreet
		words  string
		factor float64
		rising bool
	}{{&h.planted.Hot, "店外经营", hotFactor, false}, {&h.planted.Rising, "无照经营", risingFactor, true}} {
		class := h.classes.find(h.snap.Catalogue, grids.EventKind, s.words)
		road, along := h.streetFor(dice, taken)
		if along == nil || class < 0 {
			return errNoStreet
		}
		along.class, along.rising = class, s.rising
		for _, c := range along.cells {
			taken[c] = true
		}
		*s.into = PlantedStreet{
			Code: road.Code, Name: road.Name, Line: road.Shape.Coords, Cells: h.codesOf(along.cells),
			Class: h.classes.all[class].Class, From: from, To: to, FactorFrom: s.factor, FactorTo: s.factor,
		}
		if s.rising {
			s.into.FactorFrom = 1
		}
		h.places.along = append(h.places.along, along)
	}
	h.plantChains(dice)
	return nil
}

func (h *History) codesOf(cells []int32) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = h.snap.City.Cells[c].Code
	}
	return out
}

// Streets to plant something along have so many cells beside them, with places
// on them every alongCm.
const (
	leastAlong, mostAlong = 6, 30
	alongCm               = 500
	besideCm              = 1_000 // where the cells beside a street are looked for
)

// streetFor picks a street whose cells are not taken: of those that will do one
// of the ten with the most weight.
func (h *History) streetFor(dice dice, taken map[int32]bool) (*grids.Base, *alongStreet) {
	type candidate struct {
		road  *grids.Base
		along *alongStreet
	}
	var all []candidate
	roads := h.snap.City.Base[grids.BaseRoads]
	for i := range roads {
		if roads[i].Class != "street" || roads[i].Name == "" || roads[i].Shape == nil || len(roads[i].Shape.Ends) != 1 {
			continue
		}
		a := h.places.alongOf(roads[i].Shape.Coords)
		if len(a.cells) < leastAlong || len(a.cells) > mostAlong || slices.ContainsFunc(a.cells, func(c int32) bool { return taken[c] }) {
			continue
		}
		all = append(all, candidate{&roads[i], a})
	}
	if len(all) == 0 {
		return nil, nil
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(b.along.weight, a.along.weight) })
	const best = 10
	c := pick(dice, all[:min(best, len(all))])
	return c.road, c.along
}

// alongOf finds the cells beside a line.
func (p *places) alongOf(line []spatial.Coord) *alongStreet {
	a := &alongStreet{}
	seen := map[int32]bool{}
	for i := 1; i < len(line); i++ {
		along := vector(line[i-1], line[i])
		length := along.length()
		for d := int64(0); length > 0 && d < length; d += alongCm {
			s := kerbside{movedBy(line[i-1], along.to(d)), along}
			a.spots = append(a.spots, s)
			for _, side := range [...]int64{-besideCm, besideCm} {
				at := p.snap.Locate(movedBy(s.at, along.left().to(side)))
				if at.Status == grids.StatusInside && !seen[at.Cell] && p.weight(at.Cell) > 0 {
					seen[at.Cell] = true
					a.cells = append(a.cells, at.Cell)
					a.weight += p.weight(at.Cell)
				}
			}
		}
	}
	slices.Sort(a.cells)
	return a
}

// Off the middle of a planted street cases lie at most so far.
const mostOffCm = 1_200

// place draws where along the street something happens.
func (a *alongStreet) place(dice dice, p *places) scene {
	for range placeTries {
		s := pick(dice, a.spots)
		c := movedBy(s.at, s.along.left().to(dice.between(-mostOffCm, mostOffCm)))
		at := p.snap.Locate(c)
		if _, of := slices.BinarySearch(a.cells, at.Cell); of && at.Status == grids.StatusInside {
			return scene{c, at.Cell, none}
		}
	}
	return p.within(dice, pick(dice, a.cells))
}

// strength is how much more often a class comes on a day along its planted
// street.
func (h *History) strength(c *caseClass, day int) strength {
	for _, a := range h.places.along {
		if &h.classes.all[a.class] != c {
			continue
		}
		if !a.rising {
			return strength{a, a.weight * (hotFactor - 1)}
		}
		date := h.days.date(day)
		month := int64(date.Year()-historyFrom)*12 + int64(date.Month()) - 1
		return strength{a, a.weight * (risingFactor - 1) * month / (historyMonth - 1)}
	}
	return strength{}
}

// plantChains plans where things come back. The days are those with room for one
// case more.
func (h *History) plantChains(dice dice) {
	h.chains = map[int][]chained{}
	n := max(leastChains, chainsOfCity*h.Len()/CityCases)
	for i := range n {
		class, at := h.chainPlace(dice, i%2 == 0)
		links := int(dice.between(leastLinks, mostLinks))
		day := int(dice.between(0, historyDays-1-mostLinks*2*mostReturn))
		chain := PlantedChain{Class: h.classes.all[class].Class, At: at.at}
		if at.thing != none {
			chain.Component = h.snap.Component(at.thing).Code
		}
		for k := range links {
			const perChain = 100
			c := chained{class: class, place: at, dice: uint64(i*perChain + k)}
			for day < historyDays && int64(len(h.chains[day])) >= h.days.first[day+1]-h.days.first[day] {
				day++
			}
			if day >= historyDays {
				break
			}
			c.at = h.days.hour(dice, day, cases.Patrol, false)
			h.chains[day] = append(h.chains[day], c)
			closed := h.chainClosed(&c)
			chain.Reported, chain.Closed = append(chain.Reported, c.at), append(chain.Closed, closed)
			day = h.days.of(closed) + int(dice.between(leastReturn, mostReturn-4))
		}
		h.planted.Chains = append(h.planted.Chains, chain)
	}
}

// chainClasses are what comes back, by words in their names.
var chainClasses = [...]string{"雨水箅子", "污水井盖", "行道树", "路灯", "垃圾箱", "交通护栏"}

var chainEvents = [...]string{"暴露垃圾", "道路破损", "乱堆物堆料", "积存垃圾", "无照经营"}

// chainPlace draws what comes back and where.
func (h *History) chainPlace(dice dice, thing bool) (int32, scene) {
	kind, names := grids.EventKind, chainEvents[:]
	if thing {
		kind, names = grids.ComponentKind, chainClasses[:]
	}
	class := h.classes.find(h.snap.Catalogue, kind, pick(dice, names))
	if class < 0 { // the city has none of these
		class = h.classes.draw(dice, kind, cases.Patrol, time.January)
	}
	if thing {
		return class, h.places.ofThing(dice, h.classes.all[class].things, false)
	}
	return class, h.places.ofEvent(dice, strength{}, false)
}

// chainSlot is a case of a chain among those of its day.
func (h *History) chainSlot(c *chained) slot {
	return slot{at: c.at, source: cases.Patrol, class: c.class, place: c.place, unit: h.people.unitOf(&c.place), chain: c}
}

// chainClosed is when a case of a chain is closed.
func (h *History) chainClosed(c *chained) time.Time {
	s := h.chainSlot(c)
	p := h.way(h.dice(diceChain, c.dice), &s, false)
	return p.Events[len(p.Events)-1].At
}
