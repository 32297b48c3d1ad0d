package crs

import "math"

// Table undoes GCJ-02 or BD-09 for many positions in one place: it keeps the
// shift at nodes, computed when first needed, and interpolates by cubics through
// 4×4 of them: 25 ns instead of 360 and 530. Every square is
// tested when it is first used; where the cubics are not good enough, as around
// 105°E, where the shift has a root, the table has no answer.
//
// A Table is not safe for concurrent use.
type Table struct {
	sys        System
	perDegree  float64 // nodes
	x0, y0     float64 // the node in the south-west
	wide, high int     // in squares
	nodes      []shift // (wide+3)·(high+3), the first row and column outside
	squares    []quality
}

// TableErrorDeg bounds how far a table's answer is from that of the system.
const TableErrorDeg = 1e-11

const (
	// The ripples of BD-09 are 0.12° long and 40 m high, those of GCJ-02 0.33° and
	// 13 m: cubics err by 2e-12° and 5e-13° between these.
	nodesPerDegreeGCJ = 1000
	nodesPerDegreeBD  = 2500
	// maxNodes is 16 MB: a city of 100 by 100 km.
	maxNodes = 1 << 20
	// squareErrorDeg is what a square may err by where it is tested, which is
	// where it errs most.
	squareErrorDeg = TableErrorDeg / 4
)

// shift is what is taken off a coordinate, in degrees; NaN until it is known.
type shift struct{ lon, lat float64 }

// quality says how good a square is.
type quality uint8

const (
	untested quality = iota
	good
	bad
)

// NewTable makes a table for what the system has between two corners in
// CGCS2000, nil where the system is another or the place too large.
func NewTable(sys System, west, south, east, north float64) *Table {
	t := &Table{sys: sys}
	switch sys.(type) {
	case gcj02:
		t.perDegree = nodesPerDegreeGCJ
	case bd09:
		t.perDegree = nodesPerDegreeBD
	default:
		return nil
	}
	// So far from the ends of the coordinates all that is in the table passes Check.
	if !(-179 < west && west < east && east < 179 && 1-maxGCJLat < south && south < north && north < maxGCJLat-1) {
		return nil
	}
	// The shift turns and stretches the rectangle by less than margin.
	const margin = 0.002
	ax, ay := sys.FromCGCS2000(west, south)
	bx, by := sys.FromCGCS2000(east, north)
	t.x0, t.y0 = math.Floor((ax-margin)*t.perDegree)/t.perDegree, math.Floor((ay-margin)*t.perDegree)/t.perDegree
	wide, high := math.Ceil((bx+margin-t.x0)*t.perDegree), math.Ceil((by+margin-t.y0)*t.perDegree)
	if !((wide+3)*(high+3) <= maxNodes) {
		return nil
	}
	t.wide, t.high = int(wide), int(high)
	t.nodes = make([]shift, (t.wide+3)*(t.high+3))
	for i := range t.nodes {
		t.nodes[i].lon = math.NaN()
	}
	t.squares = make([]quality, t.wide*t.high)
	return t
}

// ToCGCS2000 is the system's within TableErrorDeg; ok is false where the table
// has no answer.
func (t *Table) ToCGCS2000(x, y float64) (lon, lat float64, ok bool) {
	u, v := float64((x-t.x0)*t.perDegree), float64((y-t.y0)*t.perDegree)
	if !(u >= 0 && v >= 0 && u < float64(t.wide) && v < float64(t.high)) {
		return 0, 0, false
	}
	i, j := int(u), int(v)
	switch t.squares[j*t.wide+i] {
	case bad:
		return 0, 0, false
	case untested:
		if !t.test(i, j) {
			return 0, 0, false
		}
	}
	s := t.interpolate(i, j, u-float64(i), v-float64(j))
	return x - s.lon, y - s.lat, true
}

// interpolate is the shift at (p, q) of square (i, j), both from 0 to 1.
func (t *Table) interpolate(i, j int, p, q float64) (s shift) {
	a, b := cubic(p), cubic(q)
	for row := range 4 {
		from := (j+row)*(t.wide+3) + i
		n := t.nodes[from : from+4 : from+4]
		lon := float64(a[0]*n[0].lon) + float64(a[1]*n[1].lon) + float64(a[2]*n[2].lon) + float64(a[3]*n[3].lon)
		lat := float64(a[0]*n[0].lat) + float64(a[1]*n[1].lat) + float64(a[2]*n[2].lat) + float64(a[3]*n[3].lat)
		s.lon += float64(b[row] * lon)
		s.lat += float64(b[row] * lat)
	}
	return s
}

// cubic has the weights of the nodes at -1, 0, 1 and 2 (Lagrange).
func cubic(p float64) [4]float64 {
	m, n, o := p+1, p-1, p-2
	no, mp := float64(n*o), float64(m*p)
	return [4]float64{-float64(p*no) / 6, float64(m*no) / 2, -float64(mp*o) / 2, float64(mp*n) / 6}
}

// test computes the nodes around a square and holds it against the system where
// cubics err most: in the middle and between nodes on its sides.
func (t *Table) test(i, j int) bool {
	for row := j; row < j+4; row++ {
		for column := i; column < i+4; column++ {
			n := &t.nodes[row*(t.wide+3)+column]
			if math.IsNaN(n.lon) {
				*n = t.shiftAt(float64(column-1), float64(row-1))
			}
		}
	}
	q := &t.squares[j*t.wide+i]
	*q = good
	for _, at := range [...][2]float64{{0.5, 0.5}, {0, 0.5}, {0.5, 0}, {1, 0.5}, {0.5, 1}} {
		want := t.shiftAt(float64(i)+at[0], float64(j)+at[1])
		got := t.interpolate(i, j, at[0], at[1])
		if !(math.Abs(got.lon-want.lon) <= squareErrorDeg && math.Abs(got.lat-want.lat) <= squareErrorDeg) {
			*q = bad
			return false
		}
	}
	return true
}

// shiftAt is the shift at u, v nodes from the south-west.
func (t *Table) shiftAt(u, v float64) shift {
	x, y := t.x0+u/t.perDegree, t.y0+v/t.perDegree
	lon, lat := t.sys.ToCGCS2000(x, y)
	return shift{x - lon, y - lat}
}
