package demo

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cases/clock"
)

// The closed cases of a city of scale 1, those of them with whole logs, and how
// many times fewer the town has.
const (
	CityCases   = 1_100_000
	wholeOfCity = 105_903 // what the reference city handled (domain.md)
	TownShare   = 200
)

// Shares of all cases in ten thousandths: 98.23 % in time, 1.12 % from the
// public (domain.md), the rest from patrols and a few from sensors.
const (
	perMyriad     = 10_000
	lateShare     = 177
	publicShare   = 112
	sensorShare   = 40
	patrolOfThing = 6_029 // of the patrols' are about components: 60 % of all
)

// HistorySystem is the source system of made-up cases, where one is told.
const HistorySystem = "demo"

// A History is five years of closed cases that never were: reported from the
// start of 2021 to the end of 2025, the same for the same city, seed and number
// on every machine. The last ones have every step in their logs, the earlier
// ones the shortest way to a closing. It is made week by week, so that a week
// can be made again alone.
//
// What is in it to be found is told by Planted. It is safe for one goroutine.
type History struct {
	snap  *grids.Snapshot
	seed  uint64
	table *clock.Table
	cal   *clock.Calendar

	days    days
	whole   int64 // from this case on logs are whole
	classes classes
	places  places
	people  people
	planted Planted
	chains  map[int][]chained // by day

	day []slot // of the day being made
}

// NewHistory plans n cases for a made-up city.
func NewHistory(snap *grids.Snapshot, seed uint64, n int) (*History, error) {
	city := snap.City
	h := &History{snap: snap, seed: seed, whole: int64(n) - int64(n)*wholeOfCity/CityCases}
	var err error
	if h.table, err = clock.NewTable(city.Scheme, city.Conditions); err != nil {
		return nil, fmt.Errorf("make up cases of %s: %w", city.Name, err)
	}
	if h.cal, err = clock.ForCity(&city.Profile, city.Calendar); err != nil {
		return nil, fmt.Errorf("make up cases of %s: %w", city.Name, err)
	}
	h.days = newDays(h.cal, h.dice(diceDays, 0), int64(n))
	if h.places, err = newPlaces(snap, h.dice(dicePlaces, 0)); err != nil {
		return nil, fmt.Errorf("make up cases of %s: %w", city.Name, err)
	}
	h.classes = newClasses(snap, h.table)
	h.people = newPeople(snap, h.places.zones)
	if err := h.plant(h.dice(dicePlanted, 0)); err != nil {
		return nil, fmt.Errorf("make up cases of %s: %w", city.Name, err)
	}
	return h, nil
}

// What dice are thrown for.
const (
	diceDays = iota + 1
	dicePlaces
	dicePlanted
	diceDay
	diceChain
	diceLive
	diceIDs
)

// dice are those of one purpose and place in it, so that each day falls the same
// whatever was made before it.
func (h *History) dice(purpose, place uint64) dice {
	return dice{rand.New(rand.NewPCG(h.seed^purpose<<56, place))}
}

// Len is how many cases there are.
func (h *History) Len() int { return int(h.days.first[len(h.days.first)-1]) }

// Planted tells what is in the history to be found.
func (h *History) Planted() Planted { return h.planted }

// weekDays is how many days are stored at a time: some 4,200 cases, which take
// the one writer of a city's file for a quarter of a second.
const weekDays = 7

// Weeks is how many weeks the history has.
func (h *History) Weeks() int { return (historyDays + weekDays - 1) / weekDays }

// Before is how many cases the weeks before this one have.
func (h *History) Before(week int) int { return int(h.days.first[min(week*weekDays, historyDays)]) }

// Week makes the cases of a week, in the order of their reports. The last one
// has an external id that says which week it is.
func (h *History) Week(week int) []cases.Past {
	var out []cases.Past
	for d := week * weekDays; d < min((week+1)*weekDays, historyDays); d++ {
		out = h.appendDay(out, d)
	}
	if len(out) > 0 {
		last := &out[len(out)-1].Report
		last.System, last.ExternalID = HistorySystem, weekName(week)
	}
	return out
}

// weekName is the external id of the last case of a week: where it is stored,
// all of the week are.
func weekName(week int) string { return fmt.Sprintf("week-%03d", week) }

// slot is one case of a day, before its way is known.
type slot struct {
	at     time.Time
	source cases.Source
	class  int32 // in classes
	place  scene
	unit   string // that handles it
	late   bool
	chain  *chained // of a planted chain
}

// appendDay makes the cases of a day.
func (h *History) appendDay(out []cases.Past, d int) []cases.Past {
	first, n := h.days.first[d], int(h.days.first[d+1]-h.days.first[d])
	dice := h.dice(diceDay, uint64(d))
	h.day = h.day[:0]
	for i := range h.chains[d] {
		h.day = append(h.day, h.chainSlot(&h.chains[d][i]))
	}
	quota := func(share int64) int64 { return (first+int64(n))*share/perMyriad - first*share/perMyriad }
	public, sensors := quota(publicShare), quota(sensorShare)
	for i := int64(0); len(h.day) < n; i++ {
		source := cases.Patrol
		switch {
		case i < public:
			source = cases.Public
		case i < public+sensors:
			source = cases.Sensor
		}
		h.day = append(h.day, h.slot(dice, d, source))
	}
	sortSlots(h.day)
	h.chooseLate(dice, quota(lateShare))
	for i := range h.day {
		s := &h.day[i]
		way := dice
		if s.chain != nil {
			way = h.dice(diceChain, s.chain.dice)
		}
		p := h.way(way, s, first+int64(i) >= h.whole)
		p.Report.Number = fmt.Sprintf("D%s%04d", s.at.In(h.cal.Zone()).Format("060102"), i+1)
		out = append(out, p)
	}
	return out
}

// slot draws one case of a day: what, where, when and whose.
func (h *History) slot(dice dice, d int, source cases.Source) slot {
	date := h.days.date(d)
	s := slot{source: source}
	kind := grids.EventKind
	switch {
	case source == cases.Sensor, source == cases.Public && dice.percent(publicOfThing),
		source == cases.Patrol && dice.between(1, perMyriad) <= patrolOfThing:
		kind = grids.ComponentKind
	}
	s.class = h.classes.draw(dice, kind, source, date.Month())
	c := &h.classes.all[s.class]
	if kind == grids.ComponentKind {
		s.place = h.places.ofThing(dice, c.things, source == cases.Public)
	} else {
		s.place = h.places.ofEvent(dice, h.strength(c, d), source == cases.Public)
	}
	s.at = h.days.hour(dice, d, source, c.night)
	s.unit = h.people.unitOf(&s.place)
	return s
}

// publicOfThing is the percentage of the public's reports that are about
// components: people complain about what happens.
const publicOfThing = 20
