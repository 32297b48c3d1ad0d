package check_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// The planter puts defects of known kinds at known places of a clean city. It
// knows nothing of the checker: it moves vertices in metres by the scale of a
// degree, and what it expects follows from what it did.

// expectation is one finding that must be there.
type expectation struct {
	rule    string
	at      spatial.Coord
	withinM float64
	in      *spatial.Shape // where not nil, the place is to lie in it instead
	code    string         // of one of the features
}

func (e *expectation) String() string {
	return fmt.Sprintf("%s at %.7f,%.7f (%s)", e.rule, e.at.Lon(), e.at.Lat(), e.code)
}

type planter struct {
	t      *testing.T
	r      *rand.Rand
	city   *grids.City
	mx, my float64 // metres per quantum

	edges  map[[2]spatial.Coord]int // cell on the left of a→b
	at     map[spatial.Coord][]int  // cells by vertex
	list   [][2]spatial.Coord       // edges in chance order
	used   map[int]bool             // cells with a defect or beside one
	taken  map[string]bool          // components, areas, communities by code
	byCell map[string][]int         // components by recorded cell
	astray []int                    // components that lie elsewhere than recorded
	gone   map[grids.Layer]map[int]bool
	want   []expectation
	kinds  map[string]int
	kind   string
}

func newPlanter(t *testing.T, city *grids.City, seed uint64) *planter {
	c := *city
	c.Cells, c.Components, c.Zones = slices.Clone(c.Cells), slices.Clone(c.Components), slices.Clone(c.Zones)
	c.Communities, c.OwnershipAreas = slices.Clone(c.Communities), slices.Clone(c.OwnershipAreas)
	base := map[grids.Layer][]grids.Base{}
	for l, rows := range c.Base {
		base[l] = slices.Clone(rows)
	}
	c.Base = base
	perLon, perLat := crs.MetresPerDegree(c.Cells[0].At.Lat())
	p := &planter{
		t: t, r: rand.New(rand.NewPCG(seed, 5)), city: &c, mx: perLon / 1e7, my: perLat / 1e7,
		edges: map[[2]spatial.Coord]int{}, at: map[spatial.Coord][]int{}, used: map[int]bool{}, taken: map[string]bool{},
		byCell: map[string][]int{}, gone: map[grids.Layer]map[int]bool{grids.Cells: {}, grids.Components: {}}, kinds: map[string]int{},
	}
	for i := range c.Cells {
		ring := c.Cells[i].Shape.Coords
		for k, a := range ring {
			e := [2]spatial.Coord{a, ring[(k+1)%len(ring)]}
			p.edges[e] = i
			p.list = append(p.list, e)
			p.at[a] = append(p.at[a], i)
		}
	}
	p.r.Shuffle(len(p.list), func(i, k int) { p.list[i], p.list[k] = p.list[k], p.list[i] })
	for i := range c.Components {
		p.byCell[c.Components[i].Cell] = append(p.byCell[c.Components[i].Cell], i)
	}
	for i := range c.Cells {
		for _, k := range p.byCell[c.Cells[i].Code] {
			if !holds(c.Cells[i].Shape, c.Components[k].At) {
				p.astray = append(p.astray, k)
			}
		}
	}
	return p
}

// finish puts the city together.
func (p *planter) finish() *grids.City {
	n := 0
	p.city.Cells = slices.DeleteFunc(p.city.Cells, func(grids.Cell) bool { n++; return p.gone[grids.Cells][n-1] })
	n = 0
	p.city.Components = slices.DeleteFunc(p.city.Components, func(grids.Component) bool { n++; return p.gone[grids.Components][n-1] })
	p.city.Sort()
	return p.city
}

// expect notes a finding.
func (p *planter) expect(rule string, at spatial.Coord, withinM float64, code string) {
	p.want = append(p.want, expectation{rule: rule, at: at, withinM: withinM, code: code})
}

func (p *planter) expectIn(rule string, in *spatial.Shape, code string) {
	p.want = append(p.want, expectation{rule: rule, in: in, at: in.Box.Center(), code: code})
}

// place plants n of a kind with try, which is offered one edge after the other.
func (p *planter) place(kind string, n int, try func(a, b spatial.Coord) bool) {
	p.kind = kind
	for _, e := range p.list {
		if p.kinds[kind] == n {
			return
		}
		if try(e[0], e[1]) {
			p.kinds[kind]++
		}
	}
	if p.kinds[kind] < n {
		p.t.Errorf("%s: found %d places of %d", kind, p.kinds[kind], n)
	}
}

// free tells whether the cells have no defect near, and takes them and all
// around.
func (p *planter) free(cells ...int) bool {
	for _, c := range cells {
		if p.used[c] {
			return false
		}
	}
	return true
}

func (p *planter) take(cells ...int) {
	for _, c := range cells {
		p.used[c] = true
		for _, v := range p.city.Cells[c].Shape.Coords {
			for _, o := range p.at[v] {
				p.used[o] = true
			}
		}
		for _, i := range p.byCell[p.city.Cells[c].Code] {
			p.gone[grids.Components][i] = true // what lies there is not this kind's business
		}
		for _, i := range p.astray {
			if s := p.city.Cells[c].Shape; s != nil && s.Box.Holds(p.city.Components[i].At) && holds(s, p.city.Components[i].At) {
				p.gone[grids.Components][i] = true
			}
		}
	}
}

// lengthM is the length of an edge.
func (p *planter) lengthM(a, b spatial.Coord) float64 {
	return math.Hypot(float64(b.X-a.X)*p.mx, float64(b.Y-a.Y)*p.my)
}

// beside is the position alongM from a on the way to b, leftM to its left.
func (p *planter) beside(a, b spatial.Coord, alongM, leftM float64) spatial.Coord {
	l := p.lengthM(a, b)
	ux, uy := float64(b.X-a.X)*p.mx/l, float64(b.Y-a.Y)*p.my/l
	x, y := float64(a.X)*p.mx+ux*alongM-uy*leftM, float64(a.Y)*p.my+uy*alongM+ux*leftM
	return spatial.Coord{X: int32(math.Round(x / p.mx)), Y: int32(math.Round(y / p.my))}
}

// areaM2 by the scale of a degree.
func (p *planter) areaM2(s *spatial.Shape) float64 {
	sum := 0.0
	for i := range s.Ends {
		ring := s.Part(i)
		o := ring[0]
		for k := range ring {
			a, b := ring[k], ring[(k+1)%len(ring)]
			sum += float64(a.X-o.X)*p.mx*float64(b.Y-o.Y)*p.my - float64(b.X-o.X)*p.mx*float64(a.Y-o.Y)*p.my
		}
	}
	return math.Abs(sum) / 2
}

// polygon makes a shape of rings, each given with its first a shell.
func polygon(rings ...[]spatial.Coord) *spatial.Shape {
	s := &spatial.Shape{Kind: spatial.Polygons, Shells: []uint32{0}, Box: spatial.EmptyBox()}
	for _, r := range rings {
		s.Coords = append(s.Coords, r...)
		s.Ends = append(s.Ends, uint32(len(s.Coords)))
	}
	for _, c := range s.Coords {
		s.Box = s.Box.Extend(c)
	}
	return s
}

// inserted returns the shape with vertices between a and b, whichever way its
// ring runs; nil where it has no such edge.
func inserted(s *spatial.Shape, a, b spatial.Coord, between ...spatial.Coord) *spatial.Shape {
	out := &spatial.Shape{Kind: s.Kind, Shells: s.Shells, Box: s.Box}
	found := false
	for i := range s.Ends {
		ring := s.Part(i)
		for k, v := range ring {
			out.Coords = append(out.Coords, v)
			switch next := ring[(k+1)%len(ring)]; {
			case v == a && next == b:
				out.Coords = append(out.Coords, between...)
				found = true
			case v == b && next == a:
				for _, c := range slices.Backward(between) {
					out.Coords = append(out.Coords, c)
				}
				found = true
			}
		}
		out.Ends = append(out.Ends, uint32(len(out.Coords)))
	}
	if !found {
		return nil
	}
	for _, c := range between {
		out.Box = out.Box.Extend(c)
	}
	return out
}

func (p *planter) insert(cell int, a, b spatial.Coord, between ...spatial.Coord) {
	c := &p.city.Cells[cell]
	c.Shape = inserted(c.Shape, a, b, between...)
	if c.AreaM2 != 0 {
		c.AreaM2 = p.areaM2(c.Shape)
	}
}

// deep tells whether a position lies well inside a cell: so far from all of its
// edges but a→b.
func (p *planter) deep(cell int, c spatial.Coord, marginM float64, a, b spatial.Coord) bool {
	s := p.city.Cells[cell].Shape
	if !s.Box.Holds(c) || !holds(s, c) {
		return false
	}
	at := orb.Point{float64(c.X) * p.mx, float64(c.Y) * p.my}
	ring := s.Coords
	for k, v := range ring {
		w := ring[(k+1)%len(ring)]
		if (v == a && w == b) || (v == b && w == a) {
			continue
		}
		d := planar.DistanceFromSegment(orb.Point{float64(v.X) * p.mx, float64(v.Y) * p.my}, orb.Point{float64(w.X) * p.mx, float64(w.Y) * p.my}, at)
		if d < marginM {
			return false
		}
	}
	return true
}

// holds is orb's point in polygon.
func holds(s *spatial.Shape, c spatial.Coord) bool {
	switch g := s.Orb().(type) {
	case orb.Polygon:
		return planar.PolygonContains(g, c.Point())
	case orb.MultiPolygon:
		return planar.MultiPolygonContains(g, c.Point())
	}
	return false
}

// sides returns the cells left and right of an edge, right -1 at the rim.
func (p *planter) sides(a, b spatial.Coord) (left, right int) {
	left = p.edges[[2]spatial.Coord{a, b}]
	right, ok := p.edges[[2]spatial.Coord{b, a}]
	if !ok {
		return left, -1
	}
	return left, right
}

// middling tells of an edge that is neither short nor long.
func (p *planter) middling(a, b spatial.Coord) bool {
	l := p.lengthM(a, b)
	return l > 8 && l < 60
}

// both offers free inner edges of middling length, with their middle moved.
func (p *planter) both(leftM float64, want func(l, r *grids.Cell) bool, plant func(a, b, m spatial.Coord, l, r int)) func(a, b spatial.Coord) bool {
	return func(a, b spatial.Coord) bool {
		l, r := p.sides(a, b)
		if r < 0 || !p.free(l, r) || !p.middling(a, b) || !want(&p.city.Cells[l], &p.city.Cells[r]) {
			return false
		}
		m := p.beside(a, b, p.lengthM(a, b)/2, leftM)
		into := l
		if leftM < 0 {
			into = r
		}
		if leftM != 0 && !p.deep(into, m, 1, a, b) {
			return false
		}
		plant(a, b, m, l, r)
		p.take(l, r)
		return true
	}
}

func anyTwo(_, _ *grids.Cell) bool { return true }

func alike(l, r *grids.Cell) bool { return l.Community == r.Community && l.Zone == r.Zone }

// rename gives a cell another code, with the components recorded in it.
func (p *planter) rename(cell int, code string) {
	old := p.city.Cells[cell].Code
	for _, i := range p.byCell[old] {
		p.city.Components[i].Cell = code
	}
	p.byCell[code] = append(p.byCell[code], p.byCell[old]...)
	delete(p.byCell, old)
	p.city.Cells[cell].Code = code
}

// lastSerial is the highest serial of a community, and what was appended.
func (p *planter) nextCode(community string) string {
	n := 0
	for i := range p.city.Cells {
		if c := p.city.Cells[i].Code; len(c) == 15 && c[:12] == community {
			k := 0
			if _, err := fmt.Sscanf(c[12:], "%03d", &k); err == nil {
				n = max(n, k)
			}
		}
	}
	return fmt.Sprintf("%s%03d", community, n+1)
}

// appended is a new row like a cell, numbered later than the others.
func (p *planter) appended(like int, shape *spatial.Shape) *grids.Cell {
	c := p.city.Cells[like]
	c.Code, c.Shape, c.At = p.nextCode(c.Community), shape, shape.Representative()
	c.Valid = grids.Since(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	c.AreaM2 = p.areaM2(shape)
	p.city.Cells = append(p.city.Cells, c)
	return &p.city.Cells[len(p.city.Cells)-1]
}
