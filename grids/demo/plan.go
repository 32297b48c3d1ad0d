package demo

import "slices"

// The size of the town's plan in centimetres. Distances below are in
// thousandths of the half extents unless they say so.
const (
	halfWidth, halfHeight = 82_000, 67_000
	areaCm2               = 200 * 100_000_000 // 200 cells of 10,000 m²
	paceCm                = 2_500             // between vertices of a curve
)

// outlineShape is the outline before chance moves its corners.
func outlineShape() []pt {
	return []pt{
		{-1000, -230},
		{-965, -640},
		{-690, -940},
		{-380, -900},
		{-60, -1010},
		{330, -960},
		{640, -1000},
		{930, -700},
		{900, -400},
		{1010, -60},
		{985, 420},
		{860, 840},
		{540, 930},
		{200, 880},
		{-130, 1010},
		{-480, 980},
		{-800, 900},
		{-930, 560},
		{-1030, 200},
	}
}

// A plan is the graph with what is known of the site's parts.
type plan struct {
	dice
	*graph
	frame
	design   design
	outline  []pt
	boroughs []borough
	rivers   []river
	lakes    []lake
	hub      pt   // the town's main crossing in its design
	hearts   []pt // of the faces
}

// A frame lays the design onto the ground: mirrored or not, turned a little.
type frame struct {
	flipX, flipY bool
	slope        int64 // rise in thousandths
}

func (f frame) lay(p pt) pt {
	if f.flipX {
		p.x = -p.x
	}
	if f.flipY {
		p.y = -p.y
	}
	return pt{p.x - p.y*f.slope/1000, p.y + p.x*f.slope/1000}
}

// sketchTown draws the outline, the river and the arterials of the town.
func sketchTown(d dice) (*plan, error) {
	p := &plan{dice: d, design: townDesign(), frame: frame{flipX: d.toss(), flipY: d.toss(), slope: d.between(-130, 130)}}
	p.boroughs = []borough{{cells: p.design.cells, park: -1}}
	p.hub = pt{p.between(-60, 60), p.between(120, 180)}
	p.drawOutline()
	p.graph = newGraph(p.outline)
	for _, draw := range []func() error{p.drawRiver, p.drawRing, p.drawArterials} {
		if err := draw(); err != nil {
			return nil, err
		}
	}
	p.nameParts()
	return p, nil
}

// ground scales a point of the design to centimetres on the ground.
func (p *plan) ground(q pt) pt { return p.lay(pt{q.x * halfWidth / 1000, q.y * halfHeight / 1000}) }

func (p *plan) drawOutline() {
	shape := outlineShape()
	for i := range shape {
		shape[i] = p.ground(p.jitter(shape[i], 45))
	}
	outline := smooth(shape, true, 1)
	if area2(outline) < 0 { // mirrored
		slices.Reverse(outline)
	}
	outline = paced(outline, true, 2*paceCm)
	const fine = 1 << 12
	size := isqrt(areaCm2 * 2 / (area2(outline) / fine) * fine)
	for i := range outline {
		outline[i] = outline[i].times(size, fine)
	}
	p.outline = outline
}

// drawRiver cuts out the river bed and the promenade on its northern side.
func (p *plan) drawRiver() error {
	base, swing, fall := p.between(-280, -200), p.between(45, 90), p.between(-60, 60)
	var through []pt
	for i := int64(-4); i <= 4; i++ {
		swing = -swing
		through = append(through, p.ground(pt{i * 300, base + swing + fall*i/4}))
	}
	course := p.wander(through, 1500, paceCm)
	width := p.between(1500, 1800)
	if p.flipX != p.flipY { // mirrored: left is the other side
		width = -width
	}
	north := beside(course, width)
	south := beside(course, -width)
	road := beside(course, width*38/10)
	for _, l := range []struct {
		path []pt
		line line
	}{
		{north, line{class: bank, name: "北岸"}},
		{south, line{class: bank, name: "南岸"}},
		{road, line{class: street}},
	} {
		if err := p.cut(l.path, false, l.line); err != nil {
			return err
		}
	}
	hub := p.ground(p.hub)
	for i := range p.faces {
		f := &p.faces[i]
		ring := p.points(int32(i))
		switch n := len(course) / 2; {
		case within(course[n], ring):
			f.kind = riverbed
		case within(middle(north[n], road[n]), ring):
			f.kind = promenade
		case within(hub, ring):
			f.kind = oldTown
		}
	}
	return nil
}

// drawRing draws the ring road around the main crossing. It passes the river
// twice.
func (p *plan) drawRing() error {
	b := &p.boroughs[0]
	b.centre = p.ground(p.hub)
	circle := dozen()
	rx, ry := p.between(42_000, 47_000), p.between(38_000, 42_000)
	for i, c := range circle {
		size := p.between(930, 1060)
		circle[i] = b.centre.add(p.lay(pt{c.x * rx / 1000 * size / 1000, c.y * ry / 1000 * size / 1000}))
	}
	b.ring = paced(smooth(circle, true, 2), true, paceCm)
	return p.cut(b.ring, true, line{class: arterial, name: "环城路", pinyin: "huan cheng lu"})
}

// drawArterials draws the roads through and past the town. The main ones meet
// in the hub, the others keep off the ring road.
func (p *plan) drawArterials() error {
	const out = 1350 // beyond the outline wherever it is
	x, y, lean := p.hub.x, p.hub.y, p.between(-60, 60)
	west, east, south := p.between(-790, -740), p.between(740, 790), p.between(-650, -600)
	for _, through := range [][]pt{
		{{-out, y - lean}, {-800, y - lean}, {-400, y}, {x, y}, {400, y}, {800, y + lean}, {out, y + lean}},
		{{x + lean, out}, {x + lean, 700}, {x, 400}, {x, y}, {x, -250}, {x - lean, -700}, {x - lean, -out}},
		{{-out, south - lean}, {-600, south - lean}, {0, south}, {600, south}, {out, south + lean}},
		{{west + 40, out}, {west, 500}, {west - 20, 0}, {west + 20, -500}, {west + 30, -out}},
		{{east - 40, out}, {east, 500}, {east + 20, 0}, {east - 20, -500}, {east - 30, -out}},
	} {
		for i, q := range through {
			through[i] = p.ground(q)
		}
		if err := p.cut(p.wander(through, 2800, paceCm), false, line{class: arterial}); err != nil {
			return err
		}
	}
	return nil
}

// nameParts tells the old town and the outskirts from the rest and numbers the
// blocks between the arterials. Before, oldTown is all land north of the river.
func (p *plan) nameParts() {
	for i := range p.faces {
		f := &p.faces[i]
		f.block = int32(i)
		if f.kind == riverbed || f.kind == promenade {
			continue
		}
		old := f.kind == oldTown && within(heart(p.points(int32(i))), p.boroughs[0].ring)
		f.kind = newTown
		if old {
			f.kind = oldTown
		} else if p.onOutline(int32(i)) {
			f.kind = outskirts
		}
	}
}

// onOutline tells whether the face lies at the town's edge.
func (p *plan) onOutline(f int32) bool {
	on := false
	p.eachEdge(f, func(e edge) {
		_, inner := p.across(e)
		on = on || !inner
	})
	return on
}
