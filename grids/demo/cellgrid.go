package demo

import "github.com/wanmi-gis/wanmi/spatial"

// cellGrid finds the cell at a position by squares of the lattice. A cell is
// about as large as a square, so that a look at some five cells answers, three
// times as fast as the tree of [spatial.Areas]; millions of spots are tried.
type cellGrid struct {
	shapes     *spatial.Areas
	box        spatial.Box
	wide, high int64
	first      []int32 // by square: where its cells begin in which
	which      []int32
	rim        []bool // by cell: it has an edge of the city's outline
}

// gridQuanta is the side of a square, about 100 m.
const gridQuanta = 10_000

func newCellGrid(s *site) *cellGrid {
	g := &cellGrid{shapes: s.cells, box: s.cells.Box(), rim: make([]bool, len(s.faces))}
	g.wide = (int64(g.box.Max.X)-int64(g.box.Min.X))/gridQuanta + 1
	g.high = (int64(g.box.Max.Y)-int64(g.box.Min.Y))/gridQuanta + 1
	g.first = make([]int32, g.wide*g.high+1)
	g.each(len(s.faces), func(square int64, _ int32) { g.first[square+1]++ })
	for i := 1; i < len(g.first); i++ {
		g.first[i] += g.first[i-1]
	}
	g.which = make([]int32, g.first[len(g.first)-1])
	next := append([]int32(nil), g.first...)
	g.each(len(s.faces), func(square int64, f int32) {
		g.which[next[square]] = f
		next[square]++
	})
	for f := range s.faces {
		g.rim[f] = s.onOutline(int32(f))
	}
	return g
}

// each visits every cell with every square its box meets.
func (g *cellGrid) each(n int, visit func(square int64, f int32)) {
	for f := range int32(n) {
		b := g.shapes.Shape(f).Box
		for y := g.row(b.Min); y <= g.row(b.Max); y++ {
			for x := g.column(b.Min); x <= g.column(b.Max); x++ {
				visit(y*g.wide+x, f)
			}
		}
	}
}

func (g *cellGrid) row(c spatial.Coord) int64 {
	return (int64(c.Y) - int64(g.box.Min.Y)) / gridQuanta
}

func (g *cellGrid) column(c spatial.Coord) int64 {
	return (int64(c.X) - int64(g.box.Min.X)) / gridQuanta
}

// locate returns the cell that holds the position by the border rule, or None.
func (g *cellGrid) locate(c spatial.Coord) int32 {
	if !g.box.Holds(c) {
		return spatial.None
	}
	square := g.row(c)*g.wide + g.column(c)
	for _, f := range g.which[g.first[square]:g.first[square+1]] {
		if _, holds := g.shapes.Shape(f).Contains(c); holds {
			return f
		}
	}
	return spatial.None
}
