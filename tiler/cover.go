package tiler

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/wanmi-gis/wanmi/spatial"
)

// coverMargin widens the tiles' windows in [Cover], in world units (15 cm):
// clipping rounds each crossing by half a unit, and an edge that is tested by
// four sides by two at most.
const coverMargin = 16

// Cover appends to dst the tiles of the zooms lo to hi, hi at most 20, in
// which the feature can be drawn: for points exactly those, for shapes those
// whose window, buffer included and slack tile units wider, the geometry
// meets. Slack is by how much what is drawn may leave what is stored, where a
// source simplifies. Each comes once. It reports false, and appends nothing, where there are
// more than limit, each point of a set counted on its own.
//
// The windows of a zoom lie within those of the zoom above, so that the tiles
// are found from the top down, each with the edges its parent was left with:
// in the order of what they share.
func Cover(dst []ID, f *Feature, lo, hi uint8, slack, limit int) ([]ID, bool) {
	hi = min(hi, worldZoom)
	if lo > hi {
		return dst, true
	}
	if f.Shape == nil {
		return coverPoint(dst, f.At, lo, hi, limit)
	}
	if f.Shape.Kind == spatial.Points {
		length := len(dst)
		for _, c := range f.Shape.Coords {
			var ok bool
			if dst, ok = coverPoint(dst, c, lo, hi, limit-(len(dst)-length)); !ok {
				return dst[:length], false
			}
		}
		own := dst[length:]
		slices.SortFunc(own, func(a, b ID) int {
			return cmp.Or(cmp.Compare(a.Z, b.Z), cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y))
		})
		return dst[:length+len(slices.Compact(own))], true
	}
	c := covering{tiles: dst, lo: lo, hi: hi, room: limit, slack: int64(Buffer + slack), area: f.Shape.Kind == spatial.Polygons}
	edges := edgesOf(f.Shape)
	if c.area {
		c.rings = edges
	}
	c.visit(ID{}, edges)
	if c.room < 0 {
		return dst, false
	}
	return c.tiles, true
}

func coverPoint(dst []ID, c spatial.Coord, lo, hi uint8, limit int) ([]ID, bool) {
	if limit < int(hi-lo)+1 {
		return dst, false
	}
	for z := lo; z <= hi; z++ {
		if id, ok := At(c, z); ok {
			dst = append(dst, id)
		}
	}
	return dst, true
}

// edge is one straight piece of a shape, in world units.
type edge [2]vertex

// edgesOf projects a shape; rings come closed.
func edgesOf(s *spatial.Shape) []edge {
	bands := latBands()
	world := func(c spatial.Coord) vertex { return vertex{worldX(c.X), bands.worldY(c.Y)} }
	edges := make([]edge, 0, len(s.Coords))
	for i := range s.Ends {
		part := s.Part(i)
		if len(part) == 0 {
			continue
		}
		from := world(part[0])
		first := from
		for _, c := range part[1:] {
			to := world(c)
			edges = append(edges, edge{from, to})
			from = to
		}
		if s.Kind == spatial.Polygons {
			edges = append(edges, edge{from, first})
		}
	}
	return edges
}

// covering is one walk down the zooms.
type covering struct {
	tiles  []ID
	lo, hi uint8
	room   int   // below 0 once there are too many
	slack  int64 // tile units around a tile
	area   bool
	rings  []edge // all of a polygon's
	stack  []edge
}

// visit takes the tile and those below it; edges are those in the window of
// the tile above.
func (c *covering) visit(id ID, edges []edge) {
	if c.room < 0 {
		return
	}
	frac := worldZoom - id.Z
	west, north := int64(id.X)<<(extentBits+frac), int64(id.Y)<<(extentBits+frac)
	width, margin := int64(Extent)<<frac, c.slack<<frac+coverMargin
	window := [4]side{{0, west - margin, false}, {0, west + width + margin, true}, {1, north - margin, false}, {1, north + width + margin, true}}
	// On one stack for the whole walk. When it grows, the edges of the tiles
	// above stay where they are.
	mark := len(c.stack)
	for _, e := range edges {
		if _, _, _, _, meets := clipEdge(&window, e[0], e[1]); meets {
			c.stack = append(c.stack, e)
		}
	}
	left := c.stack[mark:]
	defer func() { c.stack = c.stack[:mark] }()
	if len(left) == 0 {
		// No border here: the tile is all inside or all outside.
		if c.area && holds(c.rings, vertex{west + width/2, north + width/2}) {
			c.fill(id)
		}
		return
	}
	c.add(id)
	if id.Z < c.hi {
		for _, child := range children(id) {
			c.visit(child, left)
		}
	}
}

func (c *covering) add(id ID) {
	if id.Z < c.lo {
		return
	}
	if c.room--; c.room >= 0 {
		c.tiles = append(c.tiles, id)
	}
}

// fill takes the tile and all below it.
func (c *covering) fill(id ID) {
	if c.room < 0 {
		return
	}
	c.add(id)
	if id.Z < c.hi {
		for _, child := range children(id) {
			c.fill(child)
		}
	}
}

func children(id ID) [4]ID {
	z, x, y := id.Z+1, id.X*2, id.Y*2
	return [4]ID{{z, x, y}, {z, x + 1, y}, {z, x, y + 1}, {z, x + 1, y + 1}}
}

// holds reports whether a place off the rings is inside them, by the edges
// that a ray to the east crosses.
func holds(rings []edge, at vertex) bool {
	inside := false
	for _, e := range rings {
		a, b := e[0], e[1]
		if (a[1] > at[1]) == (b[1] > at[1]) {
			continue
		}
		// The edge's column in that row, rounded: at is half a tile from any edge.
		rise, run := b[1]-a[1], b[0]-a[0]
		high, low := bits.Mul64(uint64(max(run, -run)), uint64(max(at[1]-a[1], a[1]-at[1])))
		along, _ := bits.Div64(high, low, uint64(max(rise, -rise)))
		x := a[0] + int64(along)
		if run < 0 {
			x = a[0] - int64(along)
		}
		if x > at[0] {
			inside = !inside
		}
	}
	return inside
}
