package osm

import (
	"math"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// drawn is a shape whose vertices and parts come in with the zooms.
type drawn struct {
	spatial.Shape
	vertices []uint8 // by coordinate, the first zoom that has it
	parts    []uint8 // by part
}

const (
	// worldZoom is the zoom at which a tile's unit is one of tiler.World's.
	worldZoom = 20
	// toleranceUnits, half a pixel of a tile 512 pixels wide, is how far what is
	// drawn may be from what is stored; at the last zoom, which is enlarged beyond,
	// it is one unit.
	toleranceUnits = 4
	// smallUnits2, four such pixels, is the area from which on a ring is drawn.
	smallUnits2 = 256
	// never is later than every zoom.
	never = tiler.MaxZoom + 1
	// piece bounds the square that simplification of a line costs at worst: the
	// vertices between two pieces stay at every zoom.
	piece = 4096
)

// leveller gives shapes their levels; its slices serve one after the other.
type leveller struct {
	last  uint8 // the deepest zoom
	xs    []float64
	ys    []float64
	sizes []float64 // by vertex: the tolerance below which it is drawn
	stack []span

	// Of the shape being made, and where it is kept:
	coords     []spatial.Coord
	ends       []uint32
	levels     []uint8
	parts      []uint8
	shapes     slab[drawn]
	coordSlab  slab[spatial.Coord]
	numberSlab slab[uint32]
	levelSlab  slab[uint8]
}

// span is a stretch of vertices between two that stay, and what the greatest
// distance of those is worth at most.
type span struct {
	from, to int
	limit    float64
}

// level makes a drawn shape of s, without the vertices that no zoom needs.
func (l *leveller) level(s *spatial.Shape) *drawn {
	l.ends, l.parts, l.coords, l.levels = l.ends[:0], l.parts[:0], l.coords[:0], l.levels[:0]
	for i := range s.Ends {
		part := s.Part(i)
		l.project(part)
		from := uint8(0)
		if s.Kind == spatial.Polygons {
			from = l.areaLevel()
			l.ring(len(part))
		} else {
			l.sizes[0], l.sizes[len(part)-1] = math.Inf(1), math.Inf(1)
			l.line(0, len(part)-1)
		}
		l.parts = append(l.parts, from)
		for k, c := range part {
			if at := l.zoomOf(l.sizes[k]); at < never {
				l.coords, l.levels = append(l.coords, c), append(l.levels, at)
			}
		}
		l.ends = append(l.ends, uint32(len(l.coords)))
	}
	d := l.shapes.one()
	d.Shape = spatial.Shape{
		Kind: s.Kind, Box: s.Box, Coords: l.coordSlab.copyOf(l.coords),
		Ends: l.numberSlab.copyOf(l.ends), Shells: l.numberSlab.copyOf(s.Shells),
	}
	d.vertices, d.parts = l.levelSlab.copyOf(l.levels), l.levelSlab.copyOf(l.parts)
	return d
}

// first is the zoom from which on something of the shape is drawn.
func (d *drawn) first() uint8 {
	if d.Kind != spatial.Polygons {
		return 0
	}
	first := uint8(never)
	for _, shell := range d.Shells {
		first = min(first, d.parts[shell])
	}
	return first
}

func (l *leveller) project(part []spatial.Coord) {
	l.xs, l.ys, l.sizes = l.xs[:0], l.ys[:0], l.sizes[:0]
	for _, c := range part {
		x, y := tiler.World(c)
		l.xs, l.ys, l.sizes = append(l.xs, float64(x)), append(l.ys, float64(y)), append(l.sizes, 0)
	}
}

// unit is the length of a tile's unit at a zoom in world units.
func unit(z uint8) float64 { return math.Ldexp(1, worldZoom-int(z)) }

// zoomOf is the first zoom at which a vertex that is so far off is drawn.
func (l *leveller) zoomOf(size float64) uint8 {
	for z := range l.last {
		if size > toleranceUnits*unit(z) {
			return z
		}
	}
	if size >= unit(l.last) {
		return l.last
	}
	return never
}

// areaLevel is the first zoom at which the ring is large enough; at the last zoom
// every one is.
func (l *leveller) areaLevel() uint8 {
	double, n := 0.0, len(l.xs)
	for i := range n {
		j := (i + 1) % n
		ax, ay, bx, by := l.xs[i]-l.xs[0], l.ys[i]-l.ys[0], l.xs[j]-l.xs[0], l.ys[j]-l.ys[0]
		double += float64(ax*by) - float64(ay*bx)
	}
	area := math.Abs(double) / 2
	for z := range l.last {
		if u := unit(z); area >= smallUnits2*u*u {
			return z
		}
	}
	return l.last
}

// ring simplifies between the first vertex and the one farthest from it.
func (l *leveller) ring(n int) {
	far, best := 0, -1.0
	for i := 1; i < n; i++ {
		dx, dy := l.xs[i]-l.xs[0], l.ys[i]-l.ys[0]
		if d := float64(dx*dx) + float64(dy*dy); d > best {
			far, best = i, d
		}
	}
	l.sizes[0], l.sizes[far] = math.Inf(1), math.Inf(1)
	l.line(0, far)
	// The way back ends where the ring began.
	l.xs, l.ys, l.sizes = append(l.xs, l.xs[0]), append(l.ys, l.ys[0]), append(l.sizes, math.Inf(1))
	l.line(far, n)
	l.keepThree(n)
}

// keepThree makes sure that a ring has a third vertex as long as it is drawn, and
// not only the two ends: a sliver stays a sliver.
func (l *leveller) keepThree(n int) {
	third, most := -1, -1.0
	for i := range n {
		if s := l.sizes[i]; !math.IsInf(s, 1) && s > most {
			third, most = i, s
		}
	}
	if third >= 0 {
		l.sizes[third] = math.Inf(1)
	}
}

// line gives the vertices between two others the sizes of Douglas and Peucker's
// algorithm: those of a size above a tolerance are what it leaves with it.
func (l *leveller) line(from, to int) {
	for ; to-from > piece; from += piece {
		l.sizes[from+piece] = math.Inf(1)
		l.simplify(from, from+piece)
	}
	l.simplify(from, to)
}

func (l *leveller) simplify(from, to int) {
	l.stack = append(l.stack[:0], span{from, to, math.Inf(1)})
	for len(l.stack) > 0 {
		s := l.stack[len(l.stack)-1]
		l.stack = l.stack[:len(l.stack)-1]
		far, best := -1, -1.0
		for i := s.from + 1; i < s.to; i++ {
			if d := l.distance2(i, s.from, s.to); d > best {
				far, best = i, d
			}
		}
		if far < 0 {
			continue
		}
		size := min(math.Sqrt(best), s.limit)
		l.sizes[far] = size
		l.stack = append(l.stack, span{s.from, far, size}, span{far, s.to, size})
	}
}

// distance2 is the square of the distance of vertex i from the segment between
// two others. Products are rounded one by one: the same on every processor.
func (l *leveller) distance2(i, a, b int) float64 {
	dx, dy := l.xs[b]-l.xs[a], l.ys[b]-l.ys[a]
	px, py := l.xs[i]-l.xs[a], l.ys[i]-l.ys[a]
	if length2 := float64(dx*dx) + float64(dy*dy); length2 > 0 {
		t := (float64(px*dx) + float64(py*dy)) / length2
		t = min(max(t, 0), 1)
		px, py = px-float64(t*dx), py-float64(t*dy)
	}
	return float64(px*px) + float64(py*py)
}

// at returns the shape as zoom z has it, made in room, nil for nothing.
func (d *drawn) at(z uint8, room *spatial.Shape) *spatial.Shape {
	room.Kind, room.Box = d.Kind, d.Box
	room.Coords, room.Ends, room.Shells = room.Coords[:0], room.Ends[:0], room.Shells[:0]
	if d.Kind != spatial.Polygons {
		for i := range d.Ends {
			d.copyPart(room, i, z)
		}
		return room
	}
	for i, shell := range d.Shells {
		if d.parts[shell] > z {
			continue // and its holes
		}
		room.Shells = append(room.Shells, uint32(len(room.Ends)))
		from, to := d.Rings(i)
		for r := from; r < to; r++ {
			if d.parts[r] <= z {
				d.copyPart(room, r, z)
			}
		}
	}
	if len(room.Shells) == 0 {
		return nil
	}
	return room
}

func (d *drawn) copyPart(room *spatial.Shape, part int, z uint8) {
	from := uint32(0)
	if part > 0 {
		from = d.Ends[part-1]
	}
	for k := from; k < d.Ends[part]; k++ {
		if d.vertices[k] <= z {
			room.Coords = append(room.Coords, d.Coords[k])
		}
	}
	room.Ends = append(room.Ends, uint32(len(room.Coords)))
}
