package heat

import (
	"context"
	"slices"
)

// Facets are the numbers beside every choice of a filter: how many cases there
// would be of each class, were all members of the filter as they are but the
// classes; and so for the other members. Areas are one member, whatever the
// level, and are counted by cell.
type Facets struct {
	// N is how many cases the whole filter takes.
	N int64
	// Classes and Units are as long as the highest number that occurs asks for.
	Classes, Units []int64
	Sources        [MaxSources]int64
	States         [MaxStates]int64
	// Cells are counted by number; NoCell has those in none.
	Cells  []int64
	NoCell int64
	// Clock counts by the local hour of the week, from Monday 0:00.
	Clock [hoursOfWeek]int64
	// Days counts by local day, the first of which is FirstDay days after
	// 1970-01-01 (see [DayOf]).
	FirstDay int32
	Days     []int64
}

// facetCounts are a segment's counts while it is read.
type facetCounts struct {
	class, unit   []uint32 // 1 << 16 each
	cell          []uint32
	tags          [1 << 8]uint32 // of what meets the whole filter
	source, state [1 << 8]uint32 // of what fails in the one only
	slots         []uint32       // of what meets the whole filter, by the calendar
	clock         [hoursOfWeek]uint32
	day           []uint32
	hits          int64
	fails         []uint8
	matched, near []uint32
}

// Facets counts the cases beside every choice. 10 million take some 0.1 s.
func (v *View) Facets(ctx context.Context, p *Predicate) (*Facets, error) {
	if err := v.fits(p); err != nil {
		return nil, err
	}
	out := &Facets{Cells: make([]int64, len(v.city.Areas.Codes(Cells)))}
	for i := range v.segments {
		s := &v.segments[i]
		if len(s.at) == 0 {
			continue
		}
		k := &facetCounts{
			class: make([]uint32, 1<<16), unit: make([]uint32, 1<<16),
			cell: make([]uint32, len(p.area)), day: make([]uint32, s.calendar.days), slots: make([]uint32, len(s.calendar.hour)),
		}
		if err := k.read(ctx, s, p); err != nil {
			return nil, err
		}
		out.add(k, &s.calendar)
	}
	return out, ctx.Err()
}

// read counts the rows of a segment.
func (k *facetCounts) read(ctx context.Context, s *segment, p *Predicate) error {
	dead := s.dead
	for i := range s.blocks {
		if i%ctxBlocks == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		b := &s.blocks[i]
		for len(dead) > 0 && dead[0] < b.from {
			dead = dead[1:]
		}
		if p.active == 0 {
			k.matched = room(k.matched, int(b.to-b.from))
			for j := range k.matched {
				k.matched[j] = b.from + uint32(j)
			}
		} else {
			k.split(s.columns, p, b)
			near, _ := without(k.near, dead, b.to)
			k.one(s.columns, b, near)
		}
		rows, rest := without(k.matched, dead, b.to)
		k.all(s.columns, rows)
		dead = rest
	}
	return nil
}

// split finds the rows that fail in nothing, and those that fail in one thing.
func (k *facetCounts) split(c *columns, p *Predicate, b *block) {
	n := int(b.to - b.from)
	k.matched, k.near = room(k.matched, n), room(k.near, n)
	class := c.class[b.from:b.to]
	unit := c.unit[b.from:b.to][:len(class)]
	cell := c.cell[b.from:b.to][:len(class)]
	tags := c.tags[b.from:b.to][:len(class)]
	matched, near := k.matched[:len(class)], k.near[:len(class)]
	k.fails = append(k.fails[:0], make([]uint8, len(class))...)
	fails := k.fails[:len(class)]
	if p.active&failClock != 0 {
		for i, t := range c.time[b.from:b.to] {
			fails[i] = p.clock[c.calendar.hour[c.calendar.slot(t)]]
		}
	}
	if p.active&failTime != 0 {
		lo, hi := c.between(b, p.from, p.to)
		for i := range fails[:lo-b.from] {
			fails[i] |= failTime
		}
		late := fails[hi-b.from:]
		for i := range late {
			late[i] |= failTime
		}
	}
	if p.piles != nil {
		if piles := p.piles.here(b); len(piles) > 0 {
			for i, at := range c.at[b.from:b.to] {
				if slices.Contains(piles, at) {
					fails[i] |= failPile
				}
			}
		}
	}
	m, o := 0, 0
	for i, kind := range class {
		f := fails[i] | p.class[kind] | p.unit[unit[i]] | p.tags[tags[i]] | p.area[cell[i]]
		fails[i] = f
		none, single := passes(f), passes(f&(f-1)) // none is single too
		row := b.from + uint32(i)
		matched[m] = row
		m += none
		near[o] = row
		o += single - none
	}
	k.matched, k.near = matched[:m], near[:o]
}

// all counts rows that meet the whole filter.
func (k *facetCounts) all(c *columns, rows []uint32) {
	k.hits += int64(len(rows))
	class, unit := (*[1 << 16]uint32)(k.class), (*[1 << 16]uint32)(k.unit)
	for _, r := range rows {
		class[c.class[r]]++
		unit[c.unit[r]]++
		k.cell[c.cell[r]]++
		k.tags[c.tags[r]]++
		k.slots[c.calendar.slot(c.time[r])]++
	}
}

// one counts rows that fail in one member of the filter, by that one.
func (k *facetCounts) one(c *columns, b *block, rows []uint32) {
	for _, r := range rows {
		switch k.fails[r-b.from] {
		case failClass:
			k.class[c.class[r]]++
		case failUnit:
			k.unit[c.unit[r]]++
		case failArea:
			k.cell[c.cell[r]]++
		case failSource:
			k.source[c.tags[r]]++
		case failState:
			k.state[c.tags[r]]++
		case failClock:
			k.clock[c.hourOf(r)]++
		case failTime:
			k.day[c.calendar.day[c.calendar.slot(c.time[r])]]++
		}
	}
}

// add adds the counts of a segment.
func (f *Facets) add(k *facetCounts, cal *calendar) {
	f.N += k.hits
	f.Classes, f.Units = addCounts(f.Classes, k.class), addCounts(f.Units, k.unit)
	for tags := range 1 << 8 {
		f.Sources[tags>>stateBits] += int64(k.tags[tags] + k.source[tags])
		f.States[tags&(1<<stateBits-1)] += int64(k.tags[tags] + k.state[tags])
	}
	for slot, n := range k.slots {
		k.clock[cal.hour[slot]] += n
		k.day[cal.day[slot]] += n
	}
	for hour, n := range k.clock {
		f.Clock[hour] += int64(n)
	}
	f.NoCell += int64(k.cell[0])
	for cell, n := range k.cell[1:] {
		f.Cells[cell] += int64(n)
	}
	f.addDays(k.day, cal.firstDay)
}

// addCounts adds counts to a list, which grows to the last that is not 0.
func addCounts(to []int64, counts []uint32) []int64 {
	n := len(counts)
	for n > len(to) && counts[n-1] == 0 {
		n--
	}
	for len(to) < n {
		to = append(to, 0)
	}
	for i := range to {
		to[i] += int64(counts[i])
	}
	return to
}

func (f *Facets) addDays(days []uint32, first int32) {
	if len(f.Days) == 0 {
		f.FirstDay = first
	}
	if before := int(f.FirstDay - first); before > 0 {
		f.Days = append(make([]int64, before), f.Days...)
		f.FirstDay = first
	}
	shift := int(first - f.FirstDay)
	for len(f.Days) < shift+len(days) {
		f.Days = append(f.Days, 0)
	}
	for i, n := range days {
		f.Days[shift+i] += int64(n)
	}
}
