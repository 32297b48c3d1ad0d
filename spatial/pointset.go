package spatial

import (
	"math"

	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// PointSet finds points by window and by distance, as a [Tree] of them does, in
// at most 16 bytes each: the points stand in Morton order (a square of 2^n
// quanta is one piece of it) and a raster of such squares says where each
// begins. What is near lies in the square of the position and the rings around
// it. It is built once and answers with indices into what it was built from.
//
// The nearest of 200,000 costs 0.3 µs, the nearest ten 1 µs. Points that crowd
// into few squares of a wide raster cost the time to look at them.
type PointSet struct {
	points []Coord
	index  []int32

	x0, y0     int64 // of the raster's south-western square, in squares
	wide, high int64
	shift      uint8
	squares    []run

	box Box
	// perLon is the least width of a quantum in metres within the box.
	perLon float64
}

// run is where a square's points stand.
type run struct{ from, to uint32 }

// pointsPerSquare is how many points a square has on average, at least: 8 bytes
// a square are then 4 bytes a point at most.
const pointsPerSquare = 2

// NewPointSet indexes the points, in time that grows as their number does:
// 200,000 take 6 ms, 10 million 0.6 s.
func NewPointSet(points []Coord) *PointSet {
	s := &PointSet{box: EmptyBox()}
	if len(points) == 0 {
		return s
	}
	for _, c := range points {
		s.box = s.box.Extend(c)
	}
	s.perLon = leastPerLon(s.box)
	s.frame(len(points))
	s.points, s.index = make([]Coord, len(points)), make([]int32, len(points))
	for i, o := range mortonOrder(points) {
		c := points[o.index]
		s.points[i], s.index[i] = c, o.index
		q := &s.squares[(int64(c.Y)>>s.shift-s.y0)*s.wide+int64(c.X)>>s.shift-s.x0]
		if q.to == 0 {
			q.from = uint32(i)
		}
		q.to = uint32(i) + 1
	}
	return s
}

// wholeGlobe is the shift at which squares are as large as they get: four of them
// hold all positions, two on either side of longitude and latitude 0.
const wholeGlobe = 32

// frame chooses the smallest squares that are few enough.
func (s *PointSet) frame(n int) {
	for s.shift = 0; ; s.shift++ {
		s.x0, s.y0 = int64(s.box.Min.X)>>s.shift, int64(s.box.Min.Y)>>s.shift
		s.wide, s.high = int64(s.box.Max.X)>>s.shift-s.x0+1, int64(s.box.Max.Y)>>s.shift-s.y0+1
		// Each factor is below 2^32: the first test keeps the product in range.
		if limit := int64(n)/pointsPerSquare + 1; s.shift == wholeGlobe || s.wide <= limit && s.wide*s.high <= limit {
			break
		}
	}
	s.squares = make([]run, s.wide*s.high)
}

// leastPerLon is the least width of a quantum in metres in the box, less the
// slack of all lower bounds.
func leastPerLon(b Box) float64 {
	perLon, _ := crs.MetresPerDegree(max(math.Abs(b.Min.Lat()), math.Abs(b.Max.Lat())))
	return perLon / perDegree * boundSlack
}

// Len returns the number of points.
func (s *PointSet) Len() int { return len(s.points) }

// Bytes returns the memory the points and their raster take.
func (s *PointSet) Bytes() int { return 12*len(s.points) + 8*len(s.squares) }

// Search calls visit for every point in w, in no stated order, until visit
// returns false.
func (s *PointSet) Search(w Box, visit func(i int32) bool) {
	s.Visit(w, func(i int32, _ Coord) bool { return visit(i) })
}

// Visit is Search with the positions, which stand beside each other here and
// are scattered over memory where the points came from.
func (s *PointSet) Visit(w Box, visit func(i int32, c Coord) bool) {
	if len(s.points) == 0 || w.Empty() || !w.Meets(s.box) {
		return
	}
	west, east := max(int64(w.Min.X)>>s.shift-s.x0, 0), min(int64(w.Max.X)>>s.shift-s.x0, s.wide-1)
	south, north := max(int64(w.Min.Y)>>s.shift-s.y0, 0), min(int64(w.Max.Y)>>s.shift-s.y0, s.high-1)
	for y := south; y <= north; y++ {
		for _, q := range s.squares[y*s.wide+west : y*s.wide+east+1] {
			for i := q.from; i < q.to; i++ {
				if c := s.points[i]; w.Holds(c) && !visit(s.index[i], c) {
					return
				}
			}
		}
	}
}

// Neighbour is something found with its distance.
type Neighbour struct {
	Index     int32
	DistanceM float64
}

// Nearest appends to out the k points nearest to c within radiusM that keep
// accepts (nil for all), nearest first, ties by index. Distances are those of
// the ruler at c, to the last bit.
func (s *PointSet) Nearest(out []Neighbour, c Coord, k int, radiusM float64, keep func(i int32) bool) []Neighbour {
	if len(s.points) == 0 || k <= 0 || !(radiusM >= 0) {
		return out
	}
	f := finder{s: s, ruler: RulerAt(c), k: k, keep: keep, start: len(out), out: out, radiusM: radiusM, most2: over(radiusM)}
	f.perLon, f.perLat = s.perLon, shortestPerLat/perDegree*boundSlack
	if math.Abs(c.Lat()) > max(math.Abs(s.box.Min.Lat()), math.Abs(s.box.Max.Lat())) {
		f.perLon = leastPerLon(Box{c, c})
	}
	f.rings(int64(c.X)>>s.shift-s.x0, int64(c.Y)>>s.shift-s.y0)
	return f.out
}

// finder is one search for the nearest.
type finder struct {
	s              *PointSet
	ruler          Ruler
	perLon, perLat float64 // metres per quantum, at most
	k              int
	keep           func(i int32) bool
	start          int // of what was found, in out
	out            []Neighbour
	radiusM        float64
	// most2 is a little over the square of the distance from which on nothing
	// is looked for.
	most2 float64
}

// over is the square of d and a little more: what is not over it may be at d.
func over(d float64) float64 { return float64(d*d) * (1 + 1e-12) }

// rings goes through the squares around square (x, y), which may lie off the
// raster, ring by ring, until none can hold anything nearer.
func (f *finder) rings(x, y int64) {
	s := f.s
	r := max(-x, x-s.wide+1, -y, y-s.high+1, 0)
	for ; ; r++ {
		west, east, south, north := x-r, x+r, y-r, y+r
		for row := max(south, 0); row <= min(north, s.high-1); row++ {
			dy := f.gap(int64(f.ruler.from.Y), s.y0+row, f.perLat)
			if dy > f.most2 {
				continue
			}
			if row == south || row == north {
				for col := max(west, 0); col <= min(east, s.wide-1); col++ {
					f.square(col, row, dy)
				}
				continue
			}
			if west >= 0 {
				f.square(west, row, dy)
			}
			if east < s.wide {
				f.square(east, row, dy)
			}
		}
		covered := west <= 0 && south <= 0 && east >= s.wide-1 && north >= s.high-1
		if covered || f.beyond(west, east, south, north) > f.most2 {
			return
		}
	}
}

// beyond is the square of the least distance to what lies outside the squares
// gone through.
func (f *finder) beyond(west, east, south, north int64) float64 {
	s, d := f.s, math.Inf(1)
	x, y := int64(f.ruler.from.X), int64(f.ruler.from.Y)
	if west > 0 {
		d = min(d, float64(x-(s.x0+west)<<s.shift)*f.perLon)
	}
	if east < s.wide-1 {
		d = min(d, float64((s.x0+east+1)<<s.shift-x)*f.perLon)
	}
	if south > 0 {
		d = min(d, float64(y-(s.y0+south)<<s.shift)*f.perLat)
	}
	if north < s.high-1 {
		d = min(d, float64((s.y0+north+1)<<s.shift-y)*f.perLat)
	}
	return float64(d * d)
}

// gap is the square of the least distance from a coordinate to a row or column
// of squares.
func (f *finder) gap(at, square int64, per float64) float64 {
	from := square << f.s.shift
	d := float64(max(from-at, at-(from+1<<f.s.shift-1), 0)) * per
	return float64(d * d)
}

// square looks at the points of one square, whose row is dy2 away, squared.
func (f *finder) square(x, y int64, dy2 float64) {
	s := f.s
	q := s.squares[y*s.wide+x]
	if q.from == q.to || f.gap(int64(f.ruler.from.X), s.x0+x, f.perLon)+dy2 > f.most2 {
		return
	}
	for i, c := range s.points[q.from:q.to] {
		if d2 := f.ruler.distance2(c); d2 <= f.most2 {
			f.add(s.index[int(q.from)+i], math.Sqrt(d2))
		}
	}
}

// add takes a point in, if it is one of the k first so far.
func (f *finder) add(i int32, d float64) {
	if d > f.radiusM {
		return
	}
	found := f.out[f.start:]
	full := len(found) == f.k
	if full {
		if last := found[f.k-1]; d > last.DistanceM || (d == last.DistanceM && i > last.Index) {
			return
		}
	}
	if f.keep != nil && !f.keep(i) {
		return
	}
	if !full {
		f.out = append(f.out, Neighbour{})
		found = f.out[f.start:]
	}
	at := len(found) - 1
	for ; at > 0 && (found[at-1].DistanceM > d || (found[at-1].DistanceM == d && found[at-1].Index > i)); at-- {
		found[at] = found[at-1]
	}
	found[at] = Neighbour{i, d}
	if len(found) == f.k {
		f.most2 = min(f.most2, over(found[f.k-1].DistanceM))
	}
}
