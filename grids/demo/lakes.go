package demo

import "slices"

// A lake of the site.
type lake struct {
	name  word
	shore []pt // counter-clockwise
	// inGraph: the shore is a line of the graph and the water is divided into
	// cells of its own. Otherwise the lake lies inside one cell, the park.
	inGraph bool
	park    int32   // a dry face beside it
	faces   []int32 // of water and park, before they are divided
}

// digLakeAt makes a lake in the park: a causeway first, from which the shore
// can be drawn, then the shore.
func (p *plan) digLakeAt(b *borough, at, half pt, park func(f int32) bool) {
	var way []pt
	for k := int64(-4); k <= 4; k++ {
		way = append(way, p.groundIn(b, pt{at.x + p.between(-half.x/9, half.x/9), at.y + k*half.y}))
	}
	p.draw(stroke{line: line{class: lane, name: "湖堤", pinyin: "hu di"}, path: paced(smooth(way, false, 3), false, paceCm), may: park})
	shore := dozen()
	for i, c := range shore {
		size := p.between(760, 1060)
		shore[i] = p.groundIn(b, at.add(pt{c.x * half.x / 1000 * size / 1000, c.y * half.y / 1000 * size / 1000}))
	}
	ring := paced(smooth(shore, true, 3), true, paceCm)
	if area2(ring) < 0 { // mirrored
		slices.Reverse(ring)
	}
	p.draw(stroke{line: line{class: bank}, path: ring, closed: true, may: park})
	dry := int32(-1)
	var all []int32
	for f := range int32(len(p.faces)) {
		if !park(f) {
			continue
		}
		q := p.sketched(b, heart(p.points(f))).sub(at)
		if max(q.x, -q.x) > 4*half.x || max(q.y, -q.y) > 4*half.y {
			continue // of another lake
		}
		all = append(all, f)
		if within(heart(p.points(f)), ring) {
			p.faces[f].kind = lakebed
		} else if dry < 0 {
			dry = f
		}
	}
	if dry >= 0 {
		p.lakes = append(p.lakes, lake{shore: ring, inGraph: true, park: dry, faces: all})
		if b.park < 0 {
			b.park = dry
		}
	}
}
