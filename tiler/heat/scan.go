package heat

import (
	"context"
	"sort"
)

// ctxBlocks is how many blocks are read between two looks at the context: at
// 10 million cases in a city some 100,000 rows, 0.3 ms.
const ctxBlocks = 128

// scan visits every block that has cases of the predicate, with the numbers of
// their rows in ascending order; rows is reused. All answers come this way, so
// that what counts for one counts for each.
func (v *View) scan(ctx context.Context, p *Predicate, visit func(c *columns, b *block, rows []uint32)) error {
	if err := v.fits(p); err != nil {
		return err
	}
	var rows []uint32
	for i := range v.segments {
		s := &v.segments[i]
		if len(s.at) == 0 {
			continue
		}
		dead := s.dead
		for j := range s.blocks {
			if j%ctxBlocks == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			b := &s.blocks[j]
			rows, dead = s.match(p, b, rows, dead)
			if len(rows) > 0 {
				visit(s.columns, b, rows)
			}
		}
	}
	return ctx.Err()
}

// match returns the rows of the block that the predicate takes, in the memory
// of rows, and those of the dead that lie behind the block.
func (s *segment) match(p *Predicate, b *block, rows, dead []uint32) (matched, rest []uint32) {
	lo, hi := b.from, b.to
	if p.active&failTime != 0 {
		lo, hi = s.between(b, p.from, p.to)
	}
	rows = room(rows, int(hi-lo))
	n := s.meeting(p, b, lo, hi, rows)
	rows = rows[:n]
	if p.active&failClock != 0 {
		rows = s.clocked(p, rows)
	}
	if p.piles != nil {
		rows = p.piles.drop(s.columns, b, rows)
	}
	for len(dead) > 0 && dead[0] < b.from {
		dead = dead[1:]
	}
	if len(dead) > 0 && dead[0] < b.to {
		rows, dead = without(rows, dead, b.to)
	}
	return rows, dead
}

func room(rows []uint32, n int) []uint32 {
	if cap(rows) < n {
		return make([]uint32, n, n+n/2)
	}
	return rows[:n]
}

// between returns the rows of the block from one time to before another.
func (c *columns) between(b *block, from, to uint64) (lo, hi uint32) {
	times := c.time[b.from:b.to]
	at := func(t uint64) uint32 {
		switch n := len(times); {
		case n == 0 || t <= uint64(times[0]):
			return b.from
		case t > uint64(times[n-1]):
			return b.to
		}
		return b.from + uint32(sort.Search(len(times), func(i int) bool { return uint64(times[i]) >= t }))
	}
	lo = at(from)
	return lo, max(at(to), lo)
}

// areas tells whether the predicate takes all, or none, of the cells in a block.
func (c *columns) areas(p *Predicate, b *block) (all, none bool) {
	if p.active&failArea == 0 {
		return true, false
	}
	all, none = b.cells < b.cellsEnd, b.cells < b.cellsEnd
	for _, cell := range c.sets[b.cells:b.cellsEnd] {
		if p.area[cell] == 0 {
			none = false
		} else {
			all = false
		}
	}
	return all, none
}

// meeting writes the rows of the block from lo to hi that meet all but the times
// to out, without a branch on what a row holds. It reads no more columns than
// the predicate needs.
func (c *columns) meeting(p *Predicate, b *block, lo, hi uint32, out []uint32) int {
	all, none := c.areas(p, b)
	if none {
		return 0
	}
	needs := p.active & (failClass | failUnit | failSource | failState)
	switch {
	case needs&(failSource|failState) != 0 && (!all || needs&(failClass|failUnit) != 0):
		return c.meetingAll(p, lo, hi, out)
	case !all:
		return c.meetingThree(p, lo, hi, out)
	case needs == failClass:
		return selected(c.class[lo:hi], p.class, lo, out)
	case needs == failUnit:
		return selected(c.unit[lo:hi], p.unit, lo, out)
	case needs == failClass|failUnit:
		return c.meetingTwo(p, lo, hi, out)
	case needs != 0:
		return c.meetingTags(p, lo, hi, out)
	}
	for i := range out {
		out[i] = lo + uint32(i)
	}
	return len(out)
}

// passes is 1 for a row that fails in nothing, else 0.
func passes(fails uint8) int { return int((uint32(fails) - 1) >> 31) }

// The loops take two rows at a time, which halves their cost: a row is written
// wherever the ones before it end, and is overwritten if it does not pass.

func (c *columns) meetingAll(p *Predicate, lo, hi uint32, out []uint32) (n int) {
	class := c.class[lo:hi]
	unit := c.unit[lo:hi][:len(class)]
	cell := c.cell[lo:hi][:len(class)]
	tags := c.tags[lo:hi][:len(class)]
	classes, units, areas, marks := p.class, p.unit, p.area, p.tags
	i := 0
	for ; i+2 <= len(class) && n+2 <= len(out); i += 2 {
		a := passes(classes[class[i]] | units[unit[i]] | areas[cell[i]] | marks[tags[i]])
		b := passes(classes[class[i+1]] | units[unit[i+1]] | areas[cell[i+1]] | marks[tags[i+1]])
		out[n] = lo + uint32(i)
		out[n+a] = lo + uint32(i) + 1
		n += a + b
	}
	if i < len(class) {
		out[n] = lo + uint32(i)
		n += passes(classes[class[i]] | units[unit[i]] | areas[cell[i]] | marks[tags[i]])
	}
	return n
}

func (c *columns) meetingThree(p *Predicate, lo, hi uint32, out []uint32) (n int) {
	class := c.class[lo:hi]
	unit := c.unit[lo:hi][:len(class)]
	cell := c.cell[lo:hi][:len(class)]
	classes, units, areas := p.class, p.unit, p.area
	i := 0
	for ; i+2 <= len(class) && n+2 <= len(out); i += 2 {
		a := passes(classes[class[i]] | units[unit[i]] | areas[cell[i]])
		b := passes(classes[class[i+1]] | units[unit[i+1]] | areas[cell[i+1]])
		out[n] = lo + uint32(i)
		out[n+a] = lo + uint32(i) + 1
		n += a + b
	}
	if i < len(class) {
		out[n] = lo + uint32(i)
		n += passes(classes[class[i]] | units[unit[i]] | areas[cell[i]])
	}
	return n
}

func (c *columns) meetingTwo(p *Predicate, lo, hi uint32, out []uint32) (n int) {
	class := c.class[lo:hi]
	unit := c.unit[lo:hi][:len(class)]
	classes, units := p.class, p.unit
	i := 0
	for ; i+2 <= len(class) && n+2 <= len(out); i += 2 {
		a := passes(classes[class[i]] | units[unit[i]])
		b := passes(classes[class[i+1]] | units[unit[i+1]])
		out[n] = lo + uint32(i)
		out[n+a] = lo + uint32(i) + 1
		n += a + b
	}
	if i < len(class) {
		out[n] = lo + uint32(i)
		n += passes(classes[class[i]] | units[unit[i]])
	}
	return n
}

func selected(column []uint16, table *[1 << 16]uint8, lo uint32, out []uint32) (n int) {
	i := 0
	for ; i+2 <= len(column) && n+2 <= len(out); i += 2 {
		a, b := passes(table[column[i]]), passes(table[column[i+1]])
		out[n] = lo + uint32(i)
		out[n+a] = lo + uint32(i) + 1
		n += a + b
	}
	if i < len(column) {
		out[n] = lo + uint32(i)
		n += passes(table[column[i]])
	}
	return n
}

func (c *columns) meetingTags(p *Predicate, lo, hi uint32, out []uint32) (n int) {
	tags := c.tags[lo:hi]
	out = out[:len(tags)]
	for i, k := range tags {
		out[n] = lo + uint32(i)
		n += passes(p.tags[k])
	}
	return n
}

// clocked keeps the rows at the hours and weekdays of the predicate.
func (c *columns) clocked(p *Predicate, rows []uint32) []uint32 {
	n := 0
	for _, r := range rows {
		rows[n] = r
		n += int(1 - p.clock[c.hourOf(r)]>>5)
	}
	return rows[:n]
}

// hourOf returns the local hour of the week of a row.
func (c *columns) hourOf(r uint32) uint8 {
	return c.calendar.hour[c.calendar.slot(c.time[r])]
}

// without takes dead rows, up to row to, out of rows; both are ascending.
func without(rows, dead []uint32, to uint32) (live, rest []uint32) {
	n := 0
	for _, r := range rows {
		for len(dead) > 0 && dead[0] < r {
			dead = dead[1:]
		}
		if len(dead) > 0 && dead[0] == r {
			continue
		}
		rows[n] = r
		n++
	}
	for len(dead) > 0 && dead[0] < to {
		dead = dead[1:]
	}
	return rows[:n], dead
}

// Count returns how many cases the predicate takes.
func (v *View) Count(ctx context.Context, p *Predicate) (n int64, err error) {
	err = v.scan(ctx, p, func(_ *columns, _ *block, rows []uint32) { n += int64(len(rows)) })
	return n, err
}

// Each calls visit for every case that the predicate takes, until it returns
// false: those that lie near each other one after another, otherwise in no order
// that is promised.
func (v *View) Each(ctx context.Context, p *Predicate, visit func(r Row) bool) error {
	inner, stop := context.WithCancel(ctx)
	defer stop()
	err := v.scan(inner, p, func(c *columns, b *block, rows []uint32) {
		for _, r := range rows {
			if inner.Err() != nil {
				return
			}
			if !visit(c.row(b, r)) {
				stop()
			}
		}
	})
	if ctx.Err() == nil && inner.Err() != nil {
		return nil
	}
	return err
}
