package heat

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// Clusters asks for the cases of a tile as numbers by square.
type Clusters struct {
	// Bits halve the side of the tile to that of a square; 0 is 4, which are 32
	// pixels on a tile of 512. At most 7.
	Bits uint8
	// Groups are names, and Of has the place in it of each class, by its number:
	// what else a square counts. Classes beyond Of are in none.
	Groups []string
	Of     []int
	// Places has the positions counted too: cases at one are told from those side by
	// side.
	Places bool
}

// MaxGroups is how many groups a square counts apart.
const MaxGroups = 32

// ErrClusters marks clusters that cannot be counted.
var ErrClusters = errors.New("clusters")

// Cluster is the cases of one square.
type Cluster struct {
	// X and Y are the square's place in the tile, from the west and the north.
	X, Y int
	N    int64
	// Places is at how many positions they lie, where that is asked for.
	Places int64
	// Groups counts the cases by group.
	Groups []int64
	// At is the middle of the cases.
	At spatial.Coord
	// FID is the case's if it is alone.
	FID uint32
}

// Count counts the cases that the predicate takes in the tile's squares, row by
// row from the north, empty ones left out. Every case is in one square of one
// tile of each zoom, the same that shows it as a point: so squares add up to
// those of the zoom above, and tiles to all there are.
func (k *Clusters) Count(ctx context.Context, v *View, p *Predicate, id tiler.ID) ([]Cluster, error) {
	bits := k.Bits
	if bits == 0 {
		bits = 4
	}
	if bits > 7 || len(k.Groups) > MaxGroups || id.Z > tiler.MaxZoom || id.X>>id.Z != 0 || id.Y>>id.Z != 0 {
		return nil, fmt.Errorf("%w: tile %v, %d bits, %d groups", ErrClusters, id, k.Bits, len(k.Groups))
	}
	for _, g := range k.Of {
		if g >= len(k.Groups) {
			return nil, fmt.Errorf("%w: group %d of %d", ErrClusters, g, len(k.Groups))
		}
	}
	c := &counting{of: k.Of, groups: len(k.Groups), id: id, bits: bits, places: k.Places, squares: make([]square, 1<<(2*bits))}
	c.counts = make([]int64, len(c.squares)*len(k.Groups))
	if err := v.scanIn(ctx, p, id.Box(0), c.add); err != nil {
		return nil, err
	}
	c.countPlaces()
	return c.result(), nil
}

// square is the sums of one square's cases.
type square struct {
	n, x, y int64
	places  int64
	fid     uint32
}

type counting struct {
	of      []int
	groups  int
	id      tiler.ID
	bits    uint8
	squares []square
	counts  []int64 // by square and group
	places  bool
	at      []placeOf // of all cases, where places are counted
}

// placeOf is where a case lies, and in which square.
type placeOf struct {
	at     spatial.Coord
	square int
}

// countPlaces counts the different positions of each square.
func (c *counting) countPlaces() {
	slices.SortFunc(c.at, func(a, b placeOf) int { return southWest(a.at, b.at) })
	for i, p := range c.at {
		if i == 0 || p.at != c.at[i-1].at {
			c.squares[p.square].places++
		}
	}
}

// squareOf returns the square of a position, by its row's numbers; false where
// the position is in another tile.
func (c *counting) squareOf(at spatial.Coord) (int, bool) {
	x, y := tiler.World(at)
	below := 32 - uint(c.id.Z)
	if tile, ok := tiler.At(at, c.id.Z); !ok || tile != c.id {
		return 0, false
	}
	// At the deepest zooms a square is less than a unit of the world: 32−22 ≥ 7.
	mask := uint64(1)<<c.bits - 1
	column := uint64(x) >> (below - uint(c.bits)) & mask
	row := uint64(y) >> (below - uint(c.bits)) & mask
	return int(row<<c.bits | column), true
}

func (c *counting) add(cols *columns, b *block, rows []uint32) {
	var east, south cuts
	if c.cut(b.corner, len(rows), &east, &south) {
		if east.n+south.n == 0 && !c.places {
			if east.first>>c.bits == 0 && south.first>>c.bits == 0 {
				c.all(int(south.first<<c.bits|east.first), cols, b, rows)
			}
			return
		}
		for _, r := range rows {
			x, y := east.of(cols.at[r]&0xffff), south.of(cols.at[r]>>16)
			if x>>c.bits == 0 && y>>c.bits == 0 {
				c.count(int(y<<c.bits|x), cols, b, r)
			}
		}
		return
	}
	for _, r := range rows {
		if s, ok := c.squareOf(cols.coord(b, r)); ok {
			c.count(s, cols, b, r)
		}
	}
}

// cuts are where in a block, in quanta from its corner, the next column of squares
// begins, or the next line.
type cuts struct {
	first uint32 // the column at the corner, from the tile's western one
	step  uint32 // 1, or −1 for lines, which are counted from the north
	n     int
	at    [maxCuts]uint32
}

// maxCuts is how many squares beyond the first are told of a block: from zoom 18 on,
// where there are more, each place is looked up.
const maxCuts = 16

// of returns the column that a place is in.
func (k *cuts) of(at uint32) uint32 {
	out := k.first
	for _, cut := range k.at[:k.n] {
		if at >= cut {
			out += k.step
		}
	}
	return out
}

// cut finds the squares of a block, as squareOf has them; false where there are too
// many for so many cases, or some of it is no part of the map.
func (c *counting) cut(corner spatial.Coord, cases int, east, south *cuts) bool {
	far := spatial.Coord{X: corner.X + blockMask, Y: corner.Y + blockMask}
	if _, ok := tiler.At(corner, 0); !ok {
		return false
	}
	if _, ok := tiler.At(far, 0); !ok {
		return false
	}
	below := 32 - uint(c.id.Z) - uint(c.bits)
	column := func(at uint32) uint32 {
		x, _ := tiler.World(spatial.Coord{X: corner.X + int32(at), Y: corner.Y})
		return x>>below - c.id.X<<c.bits
	}
	line := func(at uint32) uint32 {
		_, y := tiler.World(spatial.Coord{X: corner.X, Y: corner.Y + int32(at)})
		return y>>below - c.id.Y<<c.bits
	}
	east.step, south.step = 1, ^uint32(0)
	return east.find(cases, column) && south.find(cases, line)
}

// find cuts a block where the column changes, which it does in one direction. A cut
// takes blockBits looks for each of the two sides, and a case without cuts one.
func (k *cuts) find(cases int, column func(at uint32) uint32) bool {
	k.first, k.n = column(0), 0
	last := column(blockMask)
	if n := (last - k.first) * k.step; n > maxCuts || int(n)*2*blockBits > cases {
		return false
	}
	for want := k.first; want != last; k.n++ {
		want += k.step
		from := uint32(0)
		if k.n > 0 {
			from = k.at[k.n-1]
		}
		behind := (last - want) * k.step // columns after the wanted one
		k.at[k.n] = from + uint32(sort.Search(int(blockMask-from), func(i int) bool {
			return (last-column(from+uint32(i)))*k.step <= behind
		}))
	}
	return true
}

// all counts rows that are in one square.
func (c *counting) all(at int, cols *columns, b *block, rows []uint32) {
	var x, y int64
	for _, r := range rows {
		x += int64(cols.at[r] & 0xffff)
		y += int64(cols.at[r] >> 16)
	}
	s, n := &c.squares[at], int64(len(rows))
	s.n += n
	s.x += int64(b.corner.X)*n + x
	s.y += int64(b.corner.Y)*n + y
	s.fid = cols.fid[rows[n-1]]
	if len(c.of) == 0 {
		return
	}
	for _, r := range rows {
		c.group(at, cols.class[r])
	}
}

// group counts a case by the group of its class, if it has one.
func (c *counting) group(at int, class uint16) {
	if class := int(class); class < len(c.of) && c.of[class] >= 0 {
		c.counts[at*c.groups+c.of[class]]++
	}
}

func (c *counting) count(at int, cols *columns, b *block, r uint32) {
	s := &c.squares[at]
	s.n++
	s.x += int64(b.corner.X) + int64(cols.at[r]&0xffff)
	s.y += int64(b.corner.Y) + int64(cols.at[r]>>16)
	s.fid = cols.fid[r]
	if c.places {
		if p := (placeOf{cols.coord(b, r), at}); len(c.at) == 0 || c.at[len(c.at)-1] != p {
			c.at = append(c.at, p)
		}
	}
	c.group(at, cols.class[r])
}

func (c *counting) result() []Cluster {
	var out []Cluster
	for i := range c.squares {
		s := &c.squares[i]
		if s.n == 0 {
			continue
		}
		k := Cluster{X: i & (1<<c.bits - 1), Y: i >> c.bits, N: s.n, Places: s.places, Groups: c.counts[i*c.groups : (i+1)*c.groups]}
		k.At = spatial.Coord{X: int32(floorDiv(s.x, s.n)), Y: int32(floorDiv(s.y, s.n))}
		if s.n == 1 {
			k.FID = s.fid
		}
		out = append(out, k)
	}
	return out
}

// PlacesField has in vector tiles at how many positions the cases of a square lie.
const PlacesField = "places"

// ClusterLayer is the name of the clusters' layer in vector tiles.
const ClusterLayer = "clusters"

// Tile appends the clusters of a tile as a vector tile to dst: points with the
// field count, places where they are counted, and one for each group that is not
// empty. A case that is alone has its FID as the feature's id. Without cases dst
// comes back as it was.
func (k *Clusters) Tile(ctx context.Context, dst []byte, v *View, p *Predicate, id tiler.ID) ([]byte, error) {
	clusters, err := k.Count(ctx, v, p, id)
	if err != nil || len(clusters) == 0 {
		return dst, err
	}
	l := tiler.TileLayer{Version: 2, Name: ClusterLayer, Extent: tiler.Extent}
	numbers, keys := make(map[int64]uint32), make(map[string]uint32)
	tag := func(f *tiler.TileFeature, name string, n int64) {
		at, known := numbers[n]
		if !known {
			at = uint32(len(l.Values))
			numbers[n] = at
			l.Values = append(l.Values, tiler.Value{Kind: tiler.UintValue, Bits: uint64(n)})
		}
		key, known := keys[name]
		if !known {
			key = uint32(len(l.Keys))
			keys[name] = key
			l.Keys = append(l.Keys, name)
		}
		f.Tags = append(f.Tags, key, at)
	}
	for i := range clusters {
		c := &clusters[i]
		f := tiler.TileFeature{ID: uint64(c.FID), HasID: c.N == 1, Type: spatial.Points, Parts: [][]tiler.Point{{unitsIn(id, c.At)}}}
		tag(&f, tiler.CountField, c.N)
		if k.Places {
			tag(&f, PlacesField, c.Places)
		}
		for g, n := range c.Groups {
			if n > 0 {
				tag(&f, k.Groups[g], n)
			}
		}
		l.Features = append(l.Features, f)
	}
	t := tiler.Tile{Layers: []tiler.TileLayer{l}}
	return t.Append(dst), nil
}

// unitsIn returns a position in units of a tile.
func unitsIn(id tiler.ID, at spatial.Coord) tiler.Point {
	x, y := tiler.World(at)
	units := func(world uint32, tile uint32) int64 {
		return (int64(world)<<id.Z - int64(tile)<<32) * tiler.Extent >> 32
	}
	return tiler.Point{X: units(x, id.X), Y: units(y, id.Y)}
}
