package spatial

import (
	"errors"
	"fmt"

	"github.com/paulmach/orb"
)

// Kind tells what the coordinates of a Shape mean.
type Kind uint8

// The kinds of shape; each may have several parts.
const (
	Points Kind = iota + 1
	Lines
	Polygons
)

// String returns the kind as it stands in catalogues: point, line, polygon.
func (k Kind) String() string {
	switch k {
	case Points:
		return "point"
	case Lines:
		return "line"
	case Polygons:
		return "polygon"
	}
	return "unknown"
}

// Limits of one shape (reliability.md): what is larger is refused, not cut.
const (
	MaxVertices = 1_000_000
	MaxRings    = 10_000
)

// Why a geometry cannot be a Shape. ErrTooWide: orientation is exact in int64
// only while two coordinates differ by less than 2^31 quanta (214 degrees).
var (
	ErrEmpty       = errors.New("geometry is empty")
	ErrUnsupported = errors.New("geometry type is not supported")
	ErrTooLarge    = errors.New("geometry has too many vertices or rings")
	ErrTooWide     = errors.New("geometry spans more than 180 degrees")
	ErrDegenerate  = errors.New("geometry collapses on the 1e-7 degree lattice")
)

// Shape is a geometry on the lattice, flat: one slice of coordinates, cut into
// parts (a point set, lines, or rings) by their end indices. Rings are stored
// without the repeated last vertex and without repeated neighbours; the rings
// of one polygon follow one another, shell first.
//
// A Shape is immutable once built.
type Shape struct {
	Kind   Kind
	Coords []Coord
	// Ends[i] is the index after the last coordinate of part i.
	Ends []uint32
	// Shells[i] is the index in Ends of the shell of polygon i. Nil for lines and points.
	Shells []uint32
	Box    Box
}

// Part returns the coordinates of part i.
func (s *Shape) Part(i int) []Coord {
	from := uint32(0)
	if i > 0 {
		from = s.Ends[i-1]
	}
	return s.Coords[from:s.Ends[i]]
}

// FromOrb rounds a geometry in degrees to the lattice. Vertices that fall
// together are merged; holes, and parts of a multi-geometry, that vanish are
// dropped; where nothing is left it is ErrDegenerate. Validity
// (self-intersection) is not judged here.
func FromOrb(g orb.Geometry) (*Shape, error) {
	s := &Shape{}
	if err := s.fill(g); err != nil {
		return nil, err
	}
	return s, nil
}

// fill is FromOrb for a shape that is empty; its slices may have room.
func (s *Shape) fill(g orb.Geometry) error {
	s.Box = EmptyBox()
	var err error
	vanished := false
	switch g := g.(type) {
	case nil:
		return ErrEmpty
	case orb.Point:
		s.Kind = Points
		err = s.addPart([]orb.Point{g})
	case orb.MultiPoint:
		s.Kind = Points
		err = s.addPart(g)
	case orb.LineString:
		s.Kind = Lines
		err = s.addLine(g)
	case orb.MultiLineString:
		s.Kind = Lines
		for _, l := range g {
			if err = s.addLine(l); err != nil && !errors.Is(err, ErrDegenerate) {
				break
			}
			vanished, err = vanished || err != nil, nil
		}
	case orb.Polygon:
		s.Kind = Polygons
		err = s.addPolygon(g)
	case orb.MultiPolygon:
		s.Kind = Polygons
		for i, p := range g {
			if err = s.addPolygon(p); err != nil && !errors.Is(err, ErrDegenerate) {
				err = fmt.Errorf("polygon %d: %w", i, err)
				break
			}
			vanished, err = vanished || err != nil, nil
		}
	default:
		return fmt.Errorf("%s: %w", g.GeoJSONType(), ErrUnsupported)
	}
	if err != nil {
		return err
	}
	if len(s.Coords) == 0 {
		if vanished {
			return ErrDegenerate
		}
		return ErrEmpty
	}
	for _, c := range s.Coords { // of what is left, not of what was dropped
		s.Box = s.Box.Extend(c)
	}
	if int64(s.Box.Max.X)-int64(s.Box.Min.X) > 180*perDegree {
		return ErrTooWide
	}
	return nil
}

// addPart appends the coordinates of ps as one part, neighbours merged except
// in point sets.
func (s *Shape) addPart(ps []orb.Point) error {
	if len(s.Coords)+len(ps) > MaxVertices || len(s.Ends) >= MaxRings {
		return ErrTooLarge
	}
	start := len(s.Coords)
	for i, p := range ps {
		c, err := Checked(p[0], p[1])
		if err != nil {
			return fmt.Errorf("vertex %d: %w", i, err)
		}
		if s.Kind != Points && len(s.Coords) > start && s.Coords[len(s.Coords)-1] == c {
			continue
		}
		s.Coords = append(s.Coords, c)
	}
	if len(s.Coords) > start {
		s.Ends = append(s.Ends, uint32(len(s.Coords)))
	}
	return nil
}

func (s *Shape) addLine(l orb.LineString) error {
	if len(l) == 0 {
		return nil
	}
	n := len(s.Coords)
	if err := s.addPart(l); err != nil {
		return err
	}
	if len(s.Coords)-n < 2 {
		s.Coords, s.Ends = s.Coords[:n], s.Ends[:len(s.Ends)-1]
		return ErrDegenerate
	}
	return nil
}

func (s *Shape) addPolygon(p orb.Polygon) error {
	if len(p) == 0 || len(p[0]) == 0 {
		return nil // without a shell there is nothing for holes to be in
	}
	for i, r := range p {
		n, parts := len(s.Coords), len(s.Ends)
		if err := s.addPart(r); err != nil {
			return fmt.Errorf("ring %d: %w", i, err)
		}
		if m := len(s.Coords); m > n+1 && s.Coords[m-1] == s.Coords[n] {
			s.Coords = s.Coords[:m-1]
			s.Ends[len(s.Ends)-1]--
		}
		if ring := s.Coords[n:]; len(ring) < 3 || collapsed(ring) {
			s.Coords, s.Ends = s.Coords[:n], s.Ends[:parts]
			if i == 0 {
				return ErrDegenerate
			}
			continue
		}
		if i == 0 {
			s.Shells = append(s.Shells, uint32(parts))
		}
	}
	return nil
}

// collapsed says whether a ring runs there and back on the same lines. A bow tie
// whose halves cancel out does not: it is invalid, and for package repair to
// name.
func collapsed(ring []Coord) bool {
	if doubleArea(ring) != 0 {
		return false
	}
	const widthQuanta = 0.01 // above the rounding of two crossings at 1.8e9 quanta, 5e-7
	s := Shape{Kind: Polygons, Coords: ring, Ends: []uint32{uint32(len(ring))}, Shells: []uint32{0}}
	for _, level := range s.levels(0) {
		if _, width := s.widest(0, level); width > widthQuanta {
			return false
		}
	}
	return true
}

// doubleArea is twice the signed area of a ring in square quanta, positive
// when counter-clockwise. Exact: differences from the first vertex stay below
// 2^31, each product below 2^62; the sum wraps only for rings over 2^62, which
// a city never has.
func doubleArea(ring []Coord) int64 {
	var sum int64
	o := ring[0]
	for i := 1; i+1 < len(ring); i++ {
		sum += cross(o, ring[i], ring[i+1])
	}
	return sum
}

// cross is twice the signed area of the triangle a, b, c: positive when c lies
// to the left of a→b.
func cross(a, b, c Coord) int64 {
	return (int64(b.X)-int64(a.X))*(int64(c.Y)-int64(a.Y)) -
		(int64(b.Y)-int64(a.Y))*(int64(c.X)-int64(a.X))
}

// Orb returns the shape in degrees: shells counter-clockwise, holes clockwise
// (RFC 7946), rings closed.
func (s *Shape) Orb() orb.Geometry {
	switch s.Kind {
	case Points:
		if len(s.Coords) == 1 {
			return s.Coords[0].Point()
		}
		return orb.MultiPoint(points(s.Coords))
	case Lines:
		if len(s.Ends) == 1 {
			return orb.LineString(points(s.Coords))
		}
		m := make(orb.MultiLineString, len(s.Ends))
		for i := range s.Ends {
			m[i] = points(s.Part(i))
		}
		return m
	default:
		m := make(orb.MultiPolygon, len(s.Shells))
		for i := range s.Shells {
			from, to := s.Rings(i)
			for r := from; r < to; r++ {
				m[i] = append(m[i], ringOrb(s.Part(r), r == from))
			}
		}
		if len(m) == 1 {
			return m[0]
		}
		return m
	}
}

// Rings returns the range of parts that make polygon i.
func (s *Shape) Rings(i int) (from, to int) {
	to = len(s.Ends)
	if i+1 < len(s.Shells) {
		to = int(s.Shells[i+1])
	}
	return int(s.Shells[i]), to
}

func points(cs []Coord) []orb.Point {
	ps := make([]orb.Point, len(cs))
	for i, c := range cs {
		ps[i] = c.Point()
	}
	return ps
}

func ringOrb(ring []Coord, ccw bool) orb.Ring {
	r := make(orb.Ring, 0, len(ring)+1)
	r = append(r, points(ring)...)
	r = append(r, r[0])
	if a := doubleArea(ring); a != 0 && (a > 0) != ccw {
		r.Reverse()
	}
	return r
}
