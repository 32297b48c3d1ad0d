package glyphs

import "math"

// Of the bitmaps.
const (
	buffer = 3    // pixels around the glyph
	radius = 8    // pixels that 256 values stand for
	cutoff = 0.25 // of the values lie inside the outline
	// reach is from where a pixel outside is 0; inside it is full before.
	reach = radius * (1 - cutoff)
	// maxSide is of a glyph, in pixels; the widest ligatures have eight ems.
	maxSide = 10 * em
)

// field computes a bitmap of distances; one is used again and again.
type field struct {
	edges         []edge
	width, height int
	distance2     []float64 // to the nearest edge, squared; far where beyond reach
	winding       []int16   // how often the outline goes around the pixel's centre
}

const far = (reach + 1) * (reach + 1)

// draw returns the bitmap of the edges, of width × height pixels.
func (f *field) draw(edges []edge, width, height int) []byte {
	f.edges, f.width, f.height = edges, width, height
	f.distance2 = fill(f.distance2, width*height, far)
	f.winding = fill(f.winding, width*height, 0)
	crossed := f.wind()
	if crossed {
		f.edges = outer(edges)
	}
	for _, e := range f.edges {
		f.near(e)
	}
	out := make([]byte, width*height)
	for i, d2 := range f.distance2 {
		d := math.Sqrt(d2)
		if f.winding[i] != 0 {
			d = -d
		}
		// Multiplying by a power of two is exact: no rounding can differ.
		v := min(max(d*(256/radius)+256*cutoff, 0), 255)
		out[i] = 255 - byte(v)
	}
	return out
}

func fill[T any](s []T, n int, v T) []T {
	if cap(s) < n {
		s = make([]T, n)
	}
	s = s[:n]
	for i := range s {
		s[i] = v
	}
	return s
}

// near lowers the distances of the pixels within reach of the edge.
func (f *field) near(e edge) {
	x0, x1 := pixels(e.a.x, e.b.x, f.width)
	y0, y1 := pixels(e.a.y, e.b.y, f.height)
	dx, dy := e.b.x-e.a.x, e.b.y-e.a.y
	length2 := float64(dx*dx) + float64(dy*dy)
	for y := y0; y < y1; y++ {
		py := float64(y) + 0.5 - e.a.y
		row := f.distance2[y*f.width : (y+1)*f.width]
		for x := x0; x < x1; x++ {
			px := float64(x) + 0.5 - e.a.x
			t := (float64(px*dx) + float64(py*dy)) / length2
			t = min(max(t, 0), 1)
			qx, qy := px-float64(t*dx), py-float64(t*dy)
			if d2 := float64(qx*qx) + float64(qy*qy); d2 < row[x] {
				row[x] = d2
			}
		}
	}
}

// pixels is the range of those within reach of an interval.
func pixels(a, b float64, n int) (from, to int) {
	from = int(math.Floor(min(a, b) - reach - 0.5))
	to = int(math.Ceil(max(a, b)+reach-0.5)) + 1
	return min(max(from, 0), n), min(max(to, 0), n)
}

// wind counts how often the outline goes around each pixel's centre. It reports
// whether it goes around any more than once: then contours lie over each other.
func (f *field) wind() (crossed bool) {
	for _, e := range f.edges {
		for y := max(0, int(math.Floor(min(e.a.y, e.b.y)-0.5))); y < f.height; y++ {
			py := float64(y) + 0.5
			if py >= max(e.a.y, e.b.y) {
				break
			}
			turn, x := e.crossing(py)
			if turn == 0 {
				continue
			}
			// All centres to the right of the crossing.
			for i := max(0, int(math.Ceil(x-0.5))); i < f.width; i++ {
				f.winding[y*f.width+i] += turn
			}
		}
	}
	for _, w := range f.winding {
		if w < -1 || w > 1 {
			return true
		}
	}
	return false
}

// crossing says which way the edge crosses the level y, 0 for not, and where. An
// edge has its upper end and not its lower.
func (e *edge) crossing(y float64) (turn int16, x float64) {
	turn, a, b := int16(1), e.a, e.b
	if a.y > b.y {
		turn, a, b = -1, b, a
	}
	if y < a.y || y >= b.y {
		return 0, 0
	}
	return turn, a.x + float64((y-a.y)/(b.y-a.y)*(b.x-a.x))
}

// Pieces of edges that are examined for being inside, and how far to both sides it
// is looked.
const (
	pieceLength = 0.25
	besides     = 1.0 / 64
)

// outer leaves out what of the edges has the glyph on both sides: where contours
// lie over each other their borders are no outline.
func outer(edges []edge) (out []edge) {
	looks := 0
	for _, e := range edges {
		dx, dy := e.b.x-e.a.x, e.b.y-e.a.y
		length := math.Sqrt(float64(dx*dx) + float64(dy*dy))
		n := int(math.Ceil(length / pieceLength))
		if looks += n * len(edges); looks > maxLooks {
			return edges // no letter has as much; seams do no harm
		}
		nx, ny := -dy/length*besides, dx/length*besides
		at := e.a
		for k := 1; k <= n; k++ {
			to := e.b
			if k < n {
				t := float64(k) / float64(n)
				to = point{e.a.x + float64(t*dx), e.a.y + float64(t*dy)}
			}
			mid := point{(at.x + to.x) / 2, (at.y + to.y) / 2}
			if around(edges, point{mid.x + nx, mid.y + ny}) == 0 || around(edges, point{mid.x - nx, mid.y - ny}) == 0 {
				out = append(out, edge{at, to})
			}
			at = to
		}
	}
	return out
}

// maxLooks bounds the work of outer.
const maxLooks = 20_000_000

// around is how often the edges go around p.
func around(edges []edge, p point) (n int16) {
	for i := range edges {
		if turn, x := edges[i].crossing(p.y); turn != 0 && x <= p.x {
			n += turn
		}
	}
	return n
}
