package truth

import (
	"math"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// point is a position in metres from the middle of the city.
type point struct{ x, y float64 }

// plane turns positions into metres by the scale at the city's middle: for a city
// of 10 km lengths are off by less than 1e-3.
type plane struct{ lon, lat, perLon, perLat float64 }

func newPlane(c *grids.City) plane {
	box := spatial.EmptyBox()
	for i := range c.Cells {
		box = box.Union(c.Cells[i].Box())
	}
	m := box.Center()
	p := plane{lon: m.Lon(), lat: m.Lat()}
	east := spatial.At(m.Lon()+0.01, m.Lat())
	north := spatial.At(m.Lon(), m.Lat()+0.01)
	p.perLon, p.perLat = spatial.DistanceM(m, east)*100, spatial.DistanceM(m, north)*100
	return p
}

func (p plane) of(c spatial.Coord) point {
	return point{(c.Lon() - p.lon) * p.perLon, (c.Lat() - p.lat) * p.perLat}
}

func (p plane) coord(q point) spatial.Coord {
	return spatial.At(p.lon+q.x/p.perLon, p.lat+q.y/p.perLat)
}

// area is a polygon in the plane.
type area struct {
	rings                  [][]point
	minX, minY, maxX, maxY float64
}

func (p plane) area(s *spatial.Shape) area {
	a := area{minX: math.Inf(1), minY: math.Inf(1), maxX: math.Inf(-1), maxY: math.Inf(-1)}
	from := 0
	for _, end := range s.Ends {
		var ring []point
		for _, c := range s.Coords[from:end] {
			q := p.of(c)
			ring = append(ring, q)
			a.minX, a.minY, a.maxX, a.maxY = min(a.minX, q.x), min(a.minY, q.y), max(a.maxX, q.x), max(a.maxY, q.y)
		}
		from = int(end)
		a.rings = append(a.rings, ring)
	}
	return a
}

// holds counts how often a ray to the east crosses the rings.
func (a *area) holds(q point) bool {
	if q.x < a.minX || q.x > a.maxX || q.y < a.minY || q.y > a.maxY {
		return false
	}
	odd := false
	for _, ring := range a.rings {
		u := ring[len(ring)-1]
		for _, v := range ring {
			if (u.y > q.y) != (v.y > q.y) && q.x < u.x+(q.y-u.y)/(v.y-u.y)*(v.x-u.x) {
				odd = !odd
			}
			u = v
		}
	}
	return odd
}

// squares finds what has a box near a point, by squares of squareM.
type squares struct {
	of map[[2]int][]int32
}

const squareM = 100

func squareOf(x, y float64) [2]int {
	return [2]int{int(math.Floor(x / squareM)), int(math.Floor(y / squareM))}
}

func (s *squares) add(i int32, minX, minY, maxX, maxY float64) {
	if s.of == nil {
		s.of = map[[2]int][]int32{}
	}
	a, b := squareOf(minX, minY), squareOf(maxX, maxY)
	for x := a[0]; x <= b[0]; x++ {
		for y := a[1]; y <= b[1]; y++ {
			k := [2]int{x, y}
			s.of[k] = append(s.of[k], i)
		}
	}
}

// addArea puts an area into the squares that it meets: those its border runs
// through and those whose middle it holds. A road's box is a whole quarter.
func (s *squares) addArea(i int32, a *area) {
	if s.of == nil {
		s.of = map[[2]int][]int32{}
	}
	met := map[[2]int]bool{}
	for _, ring := range a.rings {
		u := ring[len(ring)-1]
		for _, v := range ring {
			from, to := squareOf(min(u.x, v.x), min(u.y, v.y)), squareOf(max(u.x, v.x), max(u.y, v.y))
			for x := from[0]; x <= to[0]; x++ {
				for y := from[1]; y <= to[1]; y++ {
					met[[2]int{x, y}] = true
				}
			}
			u = v
		}
	}
	from, to := squareOf(a.minX, a.minY), squareOf(a.maxX, a.maxY)
	for x := from[0]; x <= to[0]; x++ {
		for y := from[1]; y <= to[1]; y++ {
			k := [2]int{x, y}
			if met[k] || a.holds(point{(float64(x) + 0.5) * squareM, (float64(y) + 0.5) * squareM}) {
				s.of[k] = append(s.of[k], i)
			}
		}
	}
}

// at has the numbers whose box reaches the point's square.
func (s *squares) at(q point) []int32 { return s.of[squareOf(q.x, q.y)] }

// around calls visit for those in the squares that the window meets; some come
// more than once.
func (s *squares) around(q point, radius float64, visit func(i int32)) {
	a, b := squareOf(q.x-radius, q.y-radius), squareOf(q.x+radius, q.y+radius)
	for x := a[0]; x <= b[0]; x++ {
		for y := a[1]; y <= b[1]; y++ {
			for _, i := range s.of[[2]int{x, y}] {
				visit(i)
			}
		}
	}
}

// toSegment is how far a point is from a segment.
func toSegment(q, a, b point) float64 {
	dx, dy := b.x-a.x, b.y-a.y
	t := 0.0
	if l2 := dx*dx + dy*dy; l2 > 0 {
		t = min(max(((q.x-a.x)*dx+(q.y-a.y)*dy)/l2, 0), 1)
	}
	return math.Hypot(q.x-a.x-t*dx, q.y-a.y-t*dy)
}
