package glyphs

import (
	"math"

	"golang.org/x/image/font/sfnt"
)

// Glyph is one character as MapLibre draws it.
type Glyph struct {
	ID            rune
	Width, Height int // of the glyph, without the buffer of 3 pixels around it
	Left, Top     int // of the glyph's corner: right of the pen, above the stack's ascent
	Advance       int
	// Bitmap has (Width+6)·(Height+6) bytes, row by row; none for what leaves no mark.
	Bitmap []byte
}

// pen draws glyphs one after the other; each goroutine has its own.
type pen struct {
	read  sfnt.Buffer
	edges []edge
	field field
}

// glyph draws a character by the first font of the stack that has it.
func (p *pen) glyph(s *Stack, r rune) (g Glyph, ok bool) {
	for _, f := range s.faces {
		segments, advance, ok := f.outline(&p.read, r)
		if !ok {
			continue
		}
		// Whole pixels, cut as node-fontnik cuts them: texts keep their lengths.
		g := Glyph{ID: r, Advance: max(0, int(advance)/64), Top: -s.faces[0].ascent}
		if p.draw(&g, segments) {
			return g, true
		}
	}
	return Glyph{}, false
}

// draw fills in the glyph from its outline; false for one that is out of all
// proportion.
func (p *pen) draw(g *Glyph, segments sfnt.Segments) bool {
	if len(segments) == 0 {
		return true // a space
	}
	if p.edges = flatten(p.edges, segments); len(p.edges) == 0 {
		return p.edges != nil
	}
	low, high := boxOf(p.edges)
	left, top := math.Round(low.x), math.Round(low.y)
	right, bottom := math.Round(high.x), math.Round(high.y)
	if left < -maxSide || top < -maxSide || right > maxSide || bottom > maxSide {
		return false
	}
	if left == right || top == bottom {
		return true
	}
	g.Left, g.Top = int(left), g.Top-int(top) // downwards is positive in outlines
	g.Width, g.Height = int(right-left), int(bottom-top)
	for i := range p.edges {
		e := &p.edges[i]
		e.a.x, e.a.y = e.a.x-left+buffer, e.a.y-top+buffer
		e.b.x, e.b.y = e.b.x-left+buffer, e.b.y-top+buffer
	}
	g.Bitmap = p.field.draw(p.edges, g.Width+2*buffer, g.Height+2*buffer)
	return true
}
