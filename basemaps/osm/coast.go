package osm

import (
	"cmp"
	"errors"
	"slices"

	"github.com/wanmi-gis/wanmi/spatial"
)

// Why the sea is not drawn as an area.
var (
	errCoastEnds  = errors.New("the sea is not drawn: a coastline ends inside the extract")
	errCoastWrong = errors.New("the sea is not drawn: coastlines that follow each other along the edge of the extract disagree on which side it is")
)

// sea returns what lies to the right of the coastlines, as OpenStreetMap has
// them, inside the box; nil where no coastline is in it.
//
//	╔═══════════════╗   A coastline enters the box at a and leaves it at b. From
//	║  sea    ╭──╮  ║   b the way goes on along the edge, clockwise, to the next
//	║         │▒▒│  ║   one that enters; so the sea is always on the right, and
//	b──◀──╮   ╰──╯  ║   what has come round is one piece of it. Islands, which go
//	║▒land╰───◀─────a   round the other way, are its holes.
//	╚═══════════════╝
func sea(coasts [][]spatial.Coord, box spatial.Box) (*spatial.Shape, error) {
	var pieces, shells, islands [][]spatial.Coord
	for _, c := range coasts {
		n := len(c)
		if n > 3 && c[0] == c[n-1] && inside(c, box) {
			if signedArea(c) > 0 {
				islands = append(islands, c[:n-1])
			} else {
				shells = append(shells, c[:n-1])
			}
			continue
		}
		cut, err := cutToBox(c, box)
		if err != nil {
			return nil, err
		}
		pieces = append(pieces, cut...)
	}
	around, err := alongEdge(pieces, box)
	if err != nil {
		return nil, err
	}
	shells = append(shells, around...)
	switch {
	case len(shells) == 0 && len(islands) == 0:
		return nil, nil
	case len(shells) == 0:
		a, b := box.Min, box.Max
		shells = append(shells, []spatial.Coord{a, {X: a.X, Y: b.Y}, b, {X: b.X, Y: a.Y}})
	}
	return polygonsOf(shells, islands)
}

func inside(c []spatial.Coord, box spatial.Box) bool {
	return !slices.ContainsFunc(c, func(p spatial.Coord) bool { return !box.Holds(p) })
}

// signedArea is positive for a closed line that goes round counter-clockwise.
func signedArea(c []spatial.Coord) float64 {
	sum := 0.0
	for i := 1; i+1 < len(c); i++ {
		ax, ay := float64(c[i].X)-float64(c[0].X), float64(c[i].Y)-float64(c[0].Y)
		bx, by := float64(c[i+1].X)-float64(c[0].X), float64(c[i+1].Y)-float64(c[0].Y)
		sum += float64(ax*by) - float64(ay*bx)
	}
	return sum
}

// cutToBox returns the pieces of a line inside the box, from edge to edge.
func cutToBox(c []spatial.Coord, box spatial.Box) (pieces [][]spatial.Coord, err error) {
	closed := c[0] == c[len(c)-1]
	if closed {
		// Begin outside, so that no piece is cut at the line's own start.
		out := slices.IndexFunc(c, func(p spatial.Coord) bool { return !box.Holds(p) })
		if out < 0 {
			return nil, nil // there and back
		}
		c = slices.Concat(c[out:], c[1:out+1])
	}
	var piece []spatial.Coord
	end := func() {
		if piece = slices.Compact(piece); len(piece) > 1 {
			first, ok1 := toEdge(piece[0], box)
			last, ok2 := toEdge(piece[len(piece)-1], box)
			if !ok1 || !ok2 {
				err = errCoastEnds
			}
			pieces = append(pieces, slices.Compact(slices.Concat([]spatial.Coord{first}, piece, []spatial.Coord{last})))
		}
		piece = nil
	}
	for i := 1; i < len(c); i++ {
		a, b, ok := cutSegment(c[i-1], c[i], box)
		if !ok {
			end()
			continue
		}
		if len(piece) > 0 && piece[len(piece)-1] != a {
			end()
		}
		piece = append(piece, a, b)
		if b != c[i] {
			end()
		}
	}
	end()
	return pieces, err
}

// rim is the part of the box's shorter side within which a coastline may end: an
// extract cut along a border that is no rectangle has its last coast near its
// box's edge, and beyond that end there is nothing else on the map.
const rim = 10

// toEdge is the place on the box's edge where a coastline that ends at c goes on:
// c itself, or the nearest if it is near.
func toEdge(c spatial.Coord, box spatial.Box) (spatial.Coord, bool) {
	w, h := int64(box.Max.X)-int64(box.Min.X), int64(box.Max.Y)-int64(box.Min.Y)
	x, y := int64(c.X)-int64(box.Min.X), int64(c.Y)-int64(box.Min.Y)
	near := min(x, w-x, y, h-y)
	switch near {
	case x:
		c.X = box.Min.X
	case w - x:
		c.X = box.Max.X
	case y:
		c.Y = box.Min.Y
	default:
		c.Y = box.Max.Y
	}
	return c, near <= min(w, h)/rim
}

// cutSegment is the part of a segment in the box, its ends rounded to the lattice.
func cutSegment(a, b spatial.Coord, box spatial.Box) (from, to spatial.Coord, ok bool) {
	t0, t1 := 0.0, 1.0
	ax, ay := float64(a.X), float64(a.Y)
	dx, dy := float64(b.X)-ax, float64(b.Y)-ay
	for _, side := range [...]struct{ p, q float64 }{
		{-dx, ax - float64(box.Min.X)},
		{dx, float64(box.Max.X) - ax},
		{-dy, ay - float64(box.Min.Y)},
		{dy, float64(box.Max.Y) - ay},
	} {
		switch t := side.q / side.p; {
		case side.p == 0 && side.q < 0:
			return a, b, false
		case side.p < 0:
			t0 = max(t0, t)
		case side.p > 0:
			t1 = min(t1, t)
		}
	}
	if t0 > t1 {
		return a, b, false
	}
	at := func(t float64, end spatial.Coord, whole float64) spatial.Coord {
		if t == whole {
			return end
		}
		x, y := ax+float64(t*dx), ay+float64(t*dy)
		c := spatial.Coord{X: roundCoord(x), Y: roundCoord(y)}
		c.X, c.Y = min(max(c.X, box.Min.X), box.Max.X), min(max(c.Y, box.Min.Y), box.Max.Y)
		return c
	}
	return at(t0, a, 0), at(t1, b, 1), true
}

func roundCoord(v float64) int32 {
	if v < 0 {
		return int32(v - 0.5)
	}
	return int32(v + 0.5)
}

// edgePlace is how far along the box's edge a position lies, clockwise from its
// south-western corner; −1 where it is not on it.
func edgePlace(c spatial.Coord, box spatial.Box) int64 {
	w, h := int64(box.Max.X)-int64(box.Min.X), int64(box.Max.Y)-int64(box.Min.Y)
	x, y := int64(c.X)-int64(box.Min.X), int64(c.Y)-int64(box.Min.Y)
	switch {
	case x == 0:
		return y
	case y == h:
		return h + x
	case x == w:
		return h + w + (h - y)
	case y == 0:
		return 2*h + w + (w - x)
	}
	return -1
}

// alongEdge joins pieces, which go from edge to edge, to rings.
func alongEdge(pieces [][]spatial.Coord, box spatial.Box) (rings [][]spatial.Coord, err error) {
	w, h := int64(box.Max.X)-int64(box.Min.X), int64(box.Max.Y)-int64(box.Min.Y)
	type place struct {
		at    int64
		piece int
		start bool
	}
	var places []place
	for i, p := range pieces {
		places = append(places, place{edgePlace(p[0], box), i, true}, place{edgePlace(p[len(p)-1], box), i, false})
	}
	// Where one ends at the very spot where another begins, the end is first.
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(b2i(a.start), b2i(b.start)), cmp.Compare(a.piece, b.piece))
	})
	next := make([]int, len(pieces)) // the piece that begins after the end of one
	after := make([]int64, len(pieces))
	for i, p := range places {
		if p.start {
			continue
		}
		n := places[(i+1)%len(places)]
		if !n.start {
			return nil, errCoastWrong
		}
		next[p.piece], after[p.piece] = n.piece, n.at
	}
	corners := [...]struct {
		at int64
		c  spatial.Coord
	}{
		{h, spatial.Coord{X: box.Min.X, Y: box.Max.Y}},
		{h + w, box.Max},
		{2*h + w, spatial.Coord{X: box.Max.X, Y: box.Min.Y}},
		{2*h + 2*w, box.Min},
	}
	used := make([]bool, len(pieces))
	for first := range pieces {
		if used[first] {
			continue
		}
		var ring []spatial.Coord
		for i := first; !used[i]; i = next[i] {
			used[i] = true
			ring = append(ring, pieces[i]...)
			from, to := edgePlace(pieces[i][len(pieces[i])-1], box), after[i]
			if to < from {
				to += 2 * (w + h)
			}
			for _, turn := range [...]int64{0, 2 * (w + h)} {
				for _, k := range corners {
					if at := k.at + turn; at > from && at < to {
						ring = append(ring, k.c)
					}
				}
			}
		}
		rings = append(rings, ring)
	}
	return rings, nil
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// drawSea adds the sea to the map.
func (c *conversion) drawSea() {
	box := c.out.box
	if box.Empty() {
		box = c.nodes.box()
	}
	if len(c.coast) == 0 || box.Empty() || wide(box) || box.Min.X == box.Max.X || box.Min.Y == box.Max.Y {
		return
	}
	var coasts [][]spatial.Coord
	for _, line := range joinCoast(c.coast) {
		var part []spatial.Coord
		for _, ref := range line {
			if at, ok := c.nodes.at(ref); ok {
				part = append(part, at)
				continue
			}
			if len(part) > 1 {
				coasts = append(coasts, part)
			}
			part = nil
		}
		if len(part) > 1 {
			coasts = append(coasts, part)
		}
	}
	s, err := sea(coasts, box)
	switch {
	case err != nil:
		c.out.Report.Sea = err.Error()
	case s != nil:
		l := &leveller{last: c.options.MaxZoom}
		c.take(of(nil, []hit{{layer: water, from: coastFrom, values: trim("", "", "sea")}}, 0, l.level(s), nil))
	}
}

// coastFrom is the zoom from which on there is a sea.
const coastFrom = 4

// joinCoast joins coastlines where one ends and the next begins; they are never
// turned, for the sea is on their right.
func joinCoast(lines []chain) (joined []chain) {
	begins := map[int64]int{}
	led := make([]bool, len(lines)) // another ends where it begins
	for i, l := range lines {
		if len(l) > 1 && l[0] != l[len(l)-1] {
			if _, twice := begins[l[0]]; !twice {
				begins[l[0]] = i
			}
		}
	}
	for i, l := range lines {
		if n := len(l); n > 1 && l[0] != l[n-1] {
			if k, ok := begins[l[n-1]]; ok && k != i {
				led[k] = true
			}
		}
	}
	used := make([]bool, len(lines))
	follow := func(i int) {
		var all chain
		for ok := true; ok && !used[i]; {
			used[i] = true
			l := lines[i]
			if len(all) > 0 {
				l = l[1:]
			}
			all = append(all, l...)
			if len(all) < 2 || lines[i][0] == lines[i][len(lines[i])-1] {
				break
			}
			i, ok = begins[all[len(all)-1]]
		}
		if len(all) > 1 {
			joined = append(joined, all)
		}
	}
	for _, heads := range [...]bool{true, false} { // then those that go round
		for i := range lines {
			if !used[i] && (!heads || !led[i]) {
				follow(i)
			}
		}
	}
	return joined
}
