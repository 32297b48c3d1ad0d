package demo

import "slices"

// A borough is one centre with the streets around it: a town or a city of
// scale 1 has one, a city of scale N has N of them.
type borough struct {
	// How its sketch is laid onto the ground.
	flipX, flipY bool
	origin, half pt

	river  int   // which one flows through it
	word   word  // before names that every borough has, or nothing
	cells  int   // how many it is divided into
	centre pt    // its main crossing
	ring   []pt  // its inner ring road
	park   int32 // a dry face beside its lake
}

// Sizes of the sketch of a borough in centimetres, before it is stretched to
// the borough's own extents.
const (
	stdHalfX, stdHalfY = 545_000, 407_000
	hubY               = 30_000 // the main crossing lies so far north of the middle
	outside            = 1_400  // thousandths of the half extents: beyond the outline
)

// ground lays a position of borough b's sketch, relative to its main crossing,
// onto the ground.
func (p *plan) groundIn(b *borough, q pt) pt {
	q.y += hubY
	if b.flipX {
		q.x = -q.x
	}
	if b.flipY {
		q.y = -q.y
	}
	return p.lay(b.origin.add(pt{q.x * b.half.x / stdHalfX, q.y * b.half.y / stdHalfY}))
}

// The sketch of a borough, in metres from the main crossing:
//
//	+340  ....................   outline
//	+265    ______________       outer ring
//	+228  ==================     railway
//	+190  ------------------     E–W arterial
//	+115       ______            inner ring, the old town in it
//	   0  -----|--+-|-------     main axis;  x > 225: the new district
//	-115       |____|
//	-175  ~~~~~~~~~~~~~~~~~~     river
//	-265    |____________|       x < -330, south: the works
//	-335  ------------------     E–W arterial
const (
	innerX, innerY   = 135_000, 115_000
	outerX, outerY   = 330_000, 265_000
	northY, southY   = 190_000, -335_000
	railY            = 228_000
	riverY           = -175_000
	besideX, fringeX = 225_000, 430_000
	civicY           = -95_000 // the southern end of the lake park
)

// roundedRing is a ring road: a rectangle with wide corners around the main
// crossing.
func (p *plan) roundedRing(b *borough, x, y, r int64) []pt {
	corners := []pt{
		{1000, -560},
		{1000, 0},
		{1000, 560},
		{930, 900},
		{620, 1000},
		{0, 1000},
		{-620, 1000},
		{-930, 900},
		{-1000, 560},
		{-1000, 0},
		{-1000, -560},
		{-930, -900},
		{-620, -1000},
		{0, -1000},
		{620, -1000},
		{930, -900},
	}
	for i, c := range corners {
		corners[i] = p.groundIn(b, p.jitter(pt{c.x * x / 1000, c.y * y / 1000}, r))
	}
	return paced(smooth(corners, true, 3), true, 2*paceCm)
}

// sketchBorough draws the roads that are the borough's own and tells its parts
// apart.
func (p *plan) sketchBorough(i int32) {
	b := &p.boroughs[i]
	b.centre = p.groundIn(b, pt{})
	own := func(f int32) bool { return p.faces[f].borough == i }
	of := func(kinds ...faceKind) func(f int32) bool {
		return func(f int32) bool { return own(f) && slices.Contains(kinds, p.faces[f].kind) }
	}
	p.draw(stroke{
		line: named(arterial, b.word.and(word{"外环路", "wai huan lu"})),
		path: p.roundedRing(b, outerX, outerY, 1_500), closed: true, may: own,
	})
	for _, x := range [...]int64{0, -besideX, besideX, -fringeX, fringeX} {
		p.draw(stroke{line: line{class: arterial}, path: p.northSouth(b, x, 2_500), may: own})
	}
	b.ring = p.roundedRing(b, innerX, innerY, 3_500)
	p.draw(stroke{
		line: named(arterial, b.word.and(word{"内环路", "nei huan lu"})),
		path: b.ring, closed: true, may: of(newTown),
	})
	p.nameKinds(i)
	town := of(newTown, outskirts, riverbed, promenade)
	nw := []pt{{-105_000, 92_000}, {-260_000, 205_000}, {-410_000, 330_000}, {-720_000, 600_000}}
	se := []pt{{105_000, -92_000}, {150_000, -160_000}, {180_000, -215_000}, {270_000, -275_000}, {420_000, -335_000}, {720_000, -480_000}}
	for _, through := range [][]pt{nw, se} {
		p.draw(stroke{line: line{class: arterial}, path: p.along(b, through, 4_000), may: town})
	}
	for f := range int32(len(p.faces)) {
		if own(f) {
			p.faces[f].block = f
		}
	}
	p.sketchDistrict(b, of(newDistrict), of(lakePark))
	p.sketchWorks(b, of(works))
	p.sketchOldTown(b, of(oldTown), of(lakePark))
}

// northSouth is a road through the borough at x. Its ends are where those of
// the boroughs above and below are.
func (p *plan) northSouth(b *borough, x, r int64) []pt {
	var through []pt
	for k := int64(-6); k <= 6; k++ {
		y := k * 75_000
		q := pt{x, y}
		if k > -6 && k < 6 {
			q = p.jitter(q, r)
		}
		through = append(through, p.groundIn(b, q))
	}
	return paced(smooth(through, false, 3), false, 2*paceCm)
}

// along is a line through positions of the borough's sketch.
func (p *plan) along(b *borough, through []pt, r int64) []pt {
	out := make([]pt, len(through))
	for i, q := range through {
		out[i] = p.groundIn(b, q)
	}
	return p.wander(out, r, 2*paceCm)
}

// sketched is where a position on the ground is in the borough's sketch.
func (p *plan) sketched(b *borough, q pt) pt {
	q = p.unlay(q).sub(b.origin)
	q = pt{q.x * stdHalfX / b.half.x, q.y * stdHalfY / b.half.y}
	if b.flipX {
		q.x = -q.x
	}
	if b.flipY {
		q.y = -q.y
	}
	q.y -= hubY
	return q
}

// nameKinds tells the parts of a borough apart by where their hearts are.
func (p *plan) nameKinds(i int32) {
	b := &p.boroughs[i]
	for f := range int32(len(p.faces)) {
		t := &p.faces[f]
		if t.borough != i || t.kind == riverbed || t.kind == promenade {
			continue
		}
		ring := p.points(f)
		at := heart(ring)
		q := p.sketched(b, at)
		switch {
		case within(at, b.ring):
			t.kind = oldTown
		case q.x > besideX && q.y > riverY && q.y < northY:
			t.kind = newDistrict
		case q.x < -outerX && q.y < 0:
			t.kind = works
		case max(q.x, -q.x) > outerX || max(q.y, -q.y) > outerY:
			t.kind = outskirts
		default:
			t.kind = newTown
		}
	}
}

// sketchDistrict lays the grid of the new district, with a lake in a park.
func (p *plan) sketchDistrict(b *borough, district, park func(f int32) bool) {
	lay := func(class class, horizontal bool, at int64) {
		path := []pt{p.groundIn(b, pt{at, -900_000}), p.groundIn(b, pt{at, 900_000})}
		if horizontal {
			path = []pt{p.groundIn(b, pt{-900_000, at}), p.groundIn(b, pt{900_000, at})}
		}
		p.draw(stroke{line: line{class: class}, path: paced(path, false, 4*paceCm), may: district})
	}
	lay(street, true, civicY)
	for f := range int32(len(p.faces)) {
		if district(f) {
			if q := p.sketched(b, heart(p.points(f))); q.x < outerX && q.y < 0 && q.y > civicY {
				p.faces[f].kind = lakePark
			}
		}
	}
	p.digLakeAt(b, pt{(besideX + outerX) / 2, civicY / 2}, pt{41_000, 35_000}, park)
	lay(arterial, true, 95_000)
	lay(arterial, false, 380_000)
	for _, y := range [...]int64{48_000, 142_000, -47_000} {
		lay(street, true, y)
	}
	for _, x := range [...]int64{277_500, 487_000} {
		lay(street, false, x)
	}
}

// sketchWorks lays wide streets between the works.
func (p *plan) sketchWorks(b *borough, may func(f int32) bool) {
	for _, x := range [...]int64{-380_000, -485_000} {
		p.draw(stroke{line: line{class: street}, path: p.northSouth(b, x, 800), may: may})
	}
	for _, y := range [...]int64{-60_000, -118_000, -235_000, -285_000} {
		p.draw(stroke{line: line{class: street}, path: p.along(b, []pt{{-900_000, y}, {-600_000, y}, {-450_000, y}, {-300_000, y}, {-100_000, y}}, 1_000), may: may})
	}
}

// sketchOldTown draws the crooked streets inside the inner ring and, in one
// corner, a garden with a lake.
func (p *plan) sketchOldTown(b *borough, may, park func(f int32) bool) {
	for _, x := range [...]int64{-68_000, 68_000} {
		p.draw(stroke{line: line{class: street, old: true}, path: p.crooked(b, x, false), may: may})
	}
	for _, y := range [...]int64{-58_000, 58_000} {
		p.draw(stroke{line: line{class: street, old: true}, path: p.crooked(b, y, true), may: may})
	}
	for f := range int32(len(p.faces)) {
		if may(f) {
			if q := p.sketched(b, heart(p.points(f))); q.x < -75_000 && q.y > 65_000 {
				p.faces[f].kind = lakePark
			}
		}
	}
	p.digLakeAt(b, pt{-99_000, 84_000}, pt{19_000, 14_500}, park)
}

// crooked is a street of the old town at x, or at y when level.
func (p *plan) crooked(b *borough, at int64, level bool) []pt {
	var through []pt
	for k := int64(-7); k <= 7; k++ {
		q := pt{at, k * 26_000}
		if level {
			q = pt{k * 26_000, at}
		}
		through = append(through, p.groundIn(b, p.jitter(q, 5_500)))
	}
	return paced(smooth(through, false, 1), false, paceCm)
}
