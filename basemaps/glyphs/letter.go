package glyphs

import "golang.org/x/image/font/sfnt"

// Letter is the outline of a character, for pictures that are drawn on the server.
// Lengths are in ems, y downwards from the baseline, x from the pen.
type Letter struct {
	Advance float64
	// Edges are closed contours one after another, each edge from where the last one
	// ended unless it begins a contour; straight within 1/2400 of an em.
	Edges [][2][2]float64
}

// Letter returns the outline of a character by the first font of the stack that has
// it; ok is false where none has.
func (s Stack) Letter(r rune) (l Letter, ok bool) {
	var b sfnt.Buffer
	for _, f := range s.faces {
		segments, advance, ok := f.outline(&b, r)
		if !ok {
			continue
		}
		edges := flatten(nil, segments)
		l.Advance, l.Edges = float64(advance)/(64*em), make([][2][2]float64, len(edges))
		for i, e := range edges {
			l.Edges[i] = [2][2]float64{{e.a.x / em, e.a.y / em}, {e.b.x / em, e.b.y / em}}
		}
		return l, true
	}
	return Letter{}, false
}
