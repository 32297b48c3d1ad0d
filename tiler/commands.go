package tiler

import "slices"

// Geometry types of the specification.
const (
	typeNone = iota
	typePoint
	typeLine
	typePolygon
)

// Drawing commands: id in the low three bits, repeat count above.
const (
	moveTo    = 1
	lineTo    = 2
	closePath = 7 | 1<<3 // whole: its count is always 1
)

func command(id, count int) uint64 { return uint64(count)<<3 | uint64(id) }

// pen writes drawing commands; positions are relative to the one before, also
// across parts.
type pen struct {
	bytes []byte
	at    unit
}

func (p *pen) reset()                      { p.bytes, p.at = p.bytes[:0], unit{} }
func (p *pen) empty() bool                 { return len(p.bytes) == 0 }
func (p *pen) command(id, count int)       { p.bytes = appendVarint(p.bytes, command(id, count)) }
func (p *pen) mark() (length int, at unit) { return len(p.bytes), p.at }

// rewind takes back what was written since mark.
func (p *pen) rewind(length int, at unit) { p.bytes, p.at = p.bytes[:length], at }

func (p *pen) to(u unit) {
	p.bytes = appendVarint(p.bytes, zigzag(u.x-p.at.x))
	p.bytes = appendVarint(p.bytes, zigzag(u.y-p.at.y))
	p.at = u
}

// through is to for many. Whether a step takes one byte or two is no pattern
// that a processor could guess: both are written, and the end moves on.
// It returns how many steps went nowhere, and writes none for them.
func (p *pen) through(us []unit, from, end, step int) (idle int) {
	const most = 10 // bytes of a step
	n := len(p.bytes)
	p.bytes = slices.Grow(p.bytes, most*len(us))
	b := p.bytes[:n+most*len(us)]
	at := p.at
	for i := from; i != end; i += step {
		u := us[i]
		x, y := zigzag(u.x-at.x), zigzag(u.y-at.y)
		at = u
		switch {
		case x|y == 0:
			idle++
			continue
		case (x|y)>>14 != 0:
			n = len(appendVarint(appendVarint(b[:n], x), y))
			continue
		}
		two := (0x7f - x) >> 63 // 1 if x takes two bytes
		b[n], b[n+1] = byte(x|two<<7), byte(x>>7)
		n += 1 + int(two)
		two = (0x7f - y) >> 63
		b[n], b[n+1] = byte(y|two<<7), byte(y>>7)
		n += 1 + int(two)
	}
	p.bytes, p.at = b[:n], at
	return idle
}

// points writes one or more points; coinciding ones all stay, so that counts
// are kept.
func (p *pen) points(us []unit) {
	if len(us) == 0 {
		return
	}
	p.command(moveTo, len(us))
	for _, u := range us {
		p.to(u)
	}
}

// line writes a line without repeated vertices, or nothing if it has no length.
func (p *pen) line(us []unit) {
	if len(us) < 2 {
		return
	}
	p.command(moveTo, 1)
	p.to(us[0])
	p.command(lineTo, len(us)-1)
	p.through(us, 1, len(us), 1)
}

// ring writes a ring without repeated vertices, turned so that shells have a
// positive area by the surveyor's formula in tile coordinates (y down) and
// holes a negative one. It returns twice the area, without sign; a ring with
// none is not written.
func (p *pen) ring(us []unit, hole bool) (doubleArea int64) {
	if len(us) < 3 {
		return 0
	}
	o := us[0]
	for i := 2; i < len(us); i++ {
		a, b := us[i-1], us[i]
		doubleArea += int64(a.x-o.x)*int64(b.y-o.y) - int64(a.y-o.y)*int64(b.x-o.x)
	}
	if doubleArea == 0 {
		return 0
	}
	p.command(moveTo, 1)
	p.to(us[0])
	p.command(lineTo, len(us)-1)
	if (doubleArea > 0) != hole {
		p.through(us, 1, len(us), 1)
	} else {
		p.through(us, len(us)-1, 0, -1)
	}
	p.bytes = append(p.bytes, closePath)
	return max(doubleArea, -doubleArea)
}

// solidRing writes a shell that surely has an area, of the sign given, unless
// it repeats a vertex: then it writes nothing and returns false.
func (p *pen) solidRing(us []unit, positive bool) bool {
	n := len(us)
	if n < 3 || us[0] == us[n-1] {
		return false
	}
	length, at := p.mark()
	p.command(moveTo, 1)
	p.to(us[0])
	p.command(lineTo, n-1)
	from, end, step := 1, n, 1
	if !positive {
		from, end, step = n-1, 0, -1
	}
	if idle := p.through(us, from, end, step); idle > 0 {
		p.rewind(length, at)
		return false
	}
	p.bytes = append(p.bytes, closePath)
	return true
}
