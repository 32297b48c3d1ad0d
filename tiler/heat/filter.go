package heat

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Filter says which cases count. An empty member asks for all; what is in one
// member is joined by or, members by and.
type Filter struct {
	// From and To bound the time of report, half open; zero is open.
	From, To time.Time
	// Classes, Units, Sources and States are numbers as in [Row].
	Classes, Units  []uint16
	Sources, States []uint8
	// Areas of one level are joined by or, levels by and.
	Areas []Area
	// Hours of the day, each half open: {7, 9} is from 7:00 to 8:59. {22, 6} goes
	// over midnight.
	Hours [][2]int
	// Weekdays, Monday 1 to Sunday 7. The hours after midnight of {22, 6} are of
	// the day they lie in.
	Weekdays []int
}

// Area is one area of a city.
type Area struct {
	Level  Level
	Number int32
}

// Nowhere is the number of an area of any level that no cell lies in.
const Nowhere = math.MaxInt32

// ErrFilter marks a filter that says nothing sensible.
var ErrFilter = errors.New("filter")

// Fail bits: which member of the filter a case does not meet.
const (
	failClass uint8 = 1 << iota
	failUnit
	failArea
	failSource
	failState
	failClock
	failTime
	failPile
)

// Predicate is a filter made ready for the columns: a table for each property,
// with a bit of its own where a value fails. Immutable; for any number of views
// of one city.
type Predicate struct {
	city        *Areas
	class, unit *[1 << 16]uint8
	tags        *[1 << 8]uint8
	area        []uint8 // by cell, 1 more than the row's
	clock       *[hoursOfWeek]uint8
	from, to    uint64 // half open
	piles       *Piles // left out; nil is none
	// active has the fail bits that some value can have.
	active uint8
}

// Compile makes the filter ready for the views of a city. Errors wrap [ErrFilter].
func (f *Filter) Compile(areas *Areas) (*Predicate, error) {
	p := &Predicate{
		city: areas, class: new([1 << 16]uint8), unit: new([1 << 16]uint8), tags: new([1 << 8]uint8),
		clock: new([hoursOfWeek]uint8), to: math.MaxUint64, area: make([]uint8, len(areas.Codes(Cells))+1),
	}
	if err := p.times(f); err != nil {
		return nil, err
	}
	p.only(p.class[:], f.Classes, failClass)
	p.only(p.unit[:], f.Units, failUnit)
	if err := p.sources(f); err != nil {
		return nil, err
	}
	if err := p.areas(f, areas); err != nil {
		return nil, err
	}
	return p, p.hours(f)
}

// fits refuses a predicate that was compiled for other cells.
func (v *View) fits(p *Predicate) error {
	if p.city != v.city.Areas {
		return fmt.Errorf("%w: compiled for another city", ErrFilter)
	}
	return nil
}

func (p *Predicate) only(table []uint8, wanted []uint16, fail uint8) {
	if len(wanted) == 0 {
		return
	}
	p.active |= fail
	for i := range table {
		table[i] = fail
	}
	for _, w := range wanted {
		table[w] = 0
	}
}

func (p *Predicate) times(f *Filter) error {
	if !f.From.IsZero() && !f.To.IsZero() && !f.From.Before(f.To) {
		return fmt.Errorf("%w: from %s is not before to %s", ErrFilter, f.From.Format(time.RFC3339), f.To.Format(time.RFC3339))
	}
	if !f.From.IsZero() {
		p.active |= failTime
		p.from = wholeSecond(f.From)
	}
	if !f.To.IsZero() {
		p.active |= failTime
		p.to = wholeSecond(f.To)
	}
	return nil
}

// wholeSecond rounds a bound up: no case lies in a part of a second.
func wholeSecond(t time.Time) uint64 {
	s := t.Unix()
	if t.Nanosecond() > 0 {
		s++
	}
	return uint64(max(s, 0))
}

func (p *Predicate) sources(f *Filter) error {
	var sources, states uint32
	for _, s := range f.Sources {
		if s >= MaxSources {
			return fmt.Errorf("%w: source %d", ErrFilter, s)
		}
		sources |= 1 << s
	}
	for _, s := range f.States {
		if s >= MaxStates {
			return fmt.Errorf("%w: state %d", ErrFilter, s)
		}
		states |= 1 << s
	}
	for i := range p.tags {
		if sources != 0 && sources>>(i>>stateBits)&1 == 0 {
			p.tags[i] |= failSource
		}
		if states != 0 && states>>(i&(1<<stateBits-1))&1 == 0 {
			p.tags[i] |= failState
		}
		p.active |= p.tags[i]
	}
	return nil
}

func (p *Predicate) areas(f *Filter, areas *Areas) error {
	if len(f.Areas) == 0 {
		return nil
	}
	p.active |= failArea
	var wanted [levels]map[int32]bool
	for _, a := range f.Areas {
		if a.Level >= levels || a.Number != Nowhere && (a.Number < 0 || int(a.Number) >= len(areas.Codes(a.Level))) {
			return fmt.Errorf("%w: level %d, area %d: %w", ErrFilter, a.Level, a.Number, ErrArea)
		}
		if wanted[a.Level] == nil {
			wanted[a.Level] = make(map[int32]bool)
		}
		wanted[a.Level][a.Number] = true // no cell lies in number Nowhere
	}
	p.area[0] = failArea
	for cell := range p.area[1:] {
		for l, set := range wanted {
			if set != nil && !set[areas.Of(Level(l), uint32(cell))] {
				p.area[cell+1] = failArea
			}
		}
	}
	return nil
}

func (p *Predicate) hours(f *Filter) error {
	var hours, days uint32
	for _, h := range f.Hours {
		if h[0] < 0 || h[0] > 23 || h[1] < 0 || h[1] > 24 || h[0] == h[1] {
			return fmt.Errorf("%w: hours %d-%d", ErrFilter, h[0], h[1])
		}
		for i := h[0]; i != h[1] && i-24 != h[1]; i++ {
			hours |= 1 << (i % 24)
		}
	}
	for _, d := range f.Weekdays {
		if d < 1 || d > 7 {
			return fmt.Errorf("%w: weekday %d", ErrFilter, d)
		}
		days |= 1 << (d - 1)
	}
	for i := range p.clock {
		if hours != 0 && hours>>(i%24)&1 == 0 || days != 0 && days>>(i/24)&1 == 0 {
			p.clock[i] = failClock
			p.active |= failClock
		}
	}
	return nil
}
