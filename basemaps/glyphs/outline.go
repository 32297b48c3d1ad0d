package glyphs

import (
	"math"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// point is a place in pixels, y downwards.
type point struct{ x, y float64 }

// edge is a straight piece of an outline.
type edge struct{ a, b point }

// flatness is how far a straight piece may be from its curve, in pixels: a third
// of a step of the values, of which there are 32 to the pixel.
const flatness = 0.01

// maxEdges is for one glyph; the most intricate characters have some 600.
const maxEdges = 10_000

// flatten makes straight pieces of an outline. Contours that do not end where they
// began are closed. It returns nil for more than maxEdges.
func flatten(edges []edge, segments sfnt.Segments) []edge {
	edges = edges[:0]
	var start, at point
	draw := func(to point) {
		if to != at {
			edges = append(edges, edge{at, to})
		}
		at = to
	}
	for i := range segments {
		s := &segments[i]
		p, q, r := toPoint(s.Args[0]), toPoint(s.Args[1]), toPoint(s.Args[2])
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			draw(start)
			start, at = p, p
		case sfnt.SegmentOpLineTo:
			draw(p)
		case sfnt.SegmentOpQuadTo:
			from := at
			// A curve is within max|f″|/8n² of n straight pieces; here f″ = 2·bend.
			n := pieces(bend(from, p, q) / 4)
			for k := 1; k < n; k++ {
				draw(quadAt(from, p, q, float64(k)/float64(n)))
			}
			draw(q)
		case sfnt.SegmentOpCubeTo:
			from := at
			n := pieces(0.75 * max(bend(from, p, q), bend(p, q, r)))
			for k := 1; k < n; k++ {
				draw(cubeAt(from, p, q, r, float64(k)/float64(n)))
			}
			draw(r)
		}
		if len(edges) > maxEdges {
			return nil
		}
	}
	draw(start)
	return edges
}

func toPoint(p fixed.Point26_6) point { return point{float64(p.X) / 64, float64(p.Y) / 64} }

// bend is the length of a − 2b + c.
func bend(a, b, c point) float64 {
	dx, dy := a.x-2*b.x+c.x, a.y-2*b.y+c.y
	return math.Sqrt(float64(dx*dx) + float64(dy*dy))
}

// pieces is how many straight ones a curve needs whose error with one is given.
func pieces(err float64) int { return max(1, int(math.Ceil(math.Sqrt(err/flatness)))) }

func quadAt(a, b, c point, t float64) point {
	u := 1 - t
	ka, kb, kc := u*u, 2*u*t, t*t
	return point{
		float64(ka*a.x) + float64(kb*b.x) + float64(kc*c.x),
		float64(ka*a.y) + float64(kb*b.y) + float64(kc*c.y),
	}
}

func cubeAt(a, b, c, d point, t float64) point {
	u := 1 - t
	ka, kb, kc, kd := u*u*u, 3*u*u*t, 3*u*t*t, t*t*t
	return point{
		float64(ka*a.x) + float64(kb*b.x) + float64(kc*c.x) + float64(kd*d.x),
		float64(ka*a.y) + float64(kb*b.y) + float64(kc*c.y) + float64(kd*d.y),
	}
}

// boxOf returns the edges' box; the edges are not none.
func boxOf(edges []edge) (low, high point) {
	low, high = edges[0].a, edges[0].a
	for _, e := range edges { // closed contours: each point begins an edge
		low.x, low.y = min(low.x, e.a.x), min(low.y, e.a.y)
		high.x, high.y = max(high.x, e.a.x), max(high.y, e.a.y)
	}
	return low, high
}
