package demo

import (
	"slices"

	"github.com/wanmi-gis/wanmi/spatial"
)

// index lists the pieces of each face.
func (l *land) index(faces int) {
	l.firstOf = make([]int32, faces+1)
	for i := range l.pieces {
		p := &l.pieces[i]
		slices.Sort(p.faces)
		p.faces = slices.Compact(p.faces)
		for _, f := range p.faces {
			l.firstOf[f+1]++
		}
	}
	for f := range faces {
		l.firstOf[f+1] += l.firstOf[f]
	}
	l.which = make([]int32, l.firstOf[faces])
	next := slices.Clone(l.firstOf)
	for i := range l.pieces {
		for _, f := range l.pieces[i].faces {
			l.which[next[f]] = int32(i)
			next[f]++
		}
		l.pieces[i].faces = nil
	}
}

// inBlock tells whether a position in face f lies inside the roads' edges.
func (l *land) inBlock(f int32, at spatial.Coord) bool { return l.holds(l.blocks[f], at) }

// locate returns the piece of road that holds a position in face f or, with -1,
// the face whose block does; -2 where neither is found. Where a wall meets a
// road, land may reach a little across the wall, into the face behind it. The
// border rule is that of package spatial.
func (l *land) locate(f int32, at spatial.Coord) (piece, block int32) {
	if l.inBlock(f, at) {
		return -1, f
	}
	if i := l.pieceOf(f, at); i >= 0 {
		return i, f
	}
	piece, block = -2, f
	l.g.eachEdge(f, func(e edge) {
		g, ok := l.g.across(e)
		if !ok || piece != -2 {
			return
		}
		if l.inBlock(g, at) {
			piece, block = -1, g
		} else if i := l.pieceOf(g, at); i >= 0 {
			piece = i
		}
	})
	return piece, block
}

// pieceOf returns the piece beside face f that holds a position, or -2.
func (l *land) pieceOf(f int32, at spatial.Coord) int32 {
	for _, i := range l.which[l.firstOf[f]:l.firstOf[f+1]] {
		if l.holds(l.pieces[i].ring, at) {
			return i
		}
	}
	return -2
}

func (l *land) holds(ring []int32, at spatial.Coord) bool {
	if len(ring) == 0 {
		return false
	}
	odd := false
	a := l.coords[ring[len(ring)-1]]
	for _, v := range ring {
		b := l.coords[v]
		if (a.Y > at.Y) != (b.Y > at.Y) {
			t := (int64(b.X)-int64(a.X))*(int64(at.Y)-int64(a.Y)) - (int64(b.Y)-int64(a.Y))*(int64(at.X)-int64(a.X))
			if t != 0 && (t > 0) == (b.Y > a.Y) {
				odd = !odd
			}
		}
		a = b
	}
	return odd
}
