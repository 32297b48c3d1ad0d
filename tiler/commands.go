package tiler

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
	for _, u := range us[1:] {
		p.to(u)
	}
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
		for _, u := range us[1:] {
			p.to(u)
		}
	} else {
		for i := len(us) - 1; i > 0; i-- {
			p.to(us[i])
		}
	}
	p.bytes = append(p.bytes, closePath)
	return max(doubleArea, -doubleArea)
}
