package heat

import (
	"math"
	"slices"
	"sync"

	"github.com/wanmi-gis/wanmi/spatial/crs"
	"github.com/wanmi-gis/wanmi/tiler"
)

// TileSize is the side of a value tile in pixels.
const TileSize = 256

// levelCount is how many numbers a tile tells apart: at 12 bits it is a third of
// the bytes that it is at 17.
const levelCount = 4096

// draftLevels are those of drafts: a byte a pixel.
const draftLevels = 256

// Coding packs numbers into the pixels of value tiles, in steps of Quantum:
//
//	level = 256·G + B, R = 0        number = level·Quantum − Shift
//
// which is what a map reads as a raster-dem source of encoding "custom" with the
// factors 65536, 256 and 1, each times Quantum, and baseShift = Shift.
type Coding struct{ Quantum, Shift float64 }

// Coding returns the coding of the domain. 0 is a level exactly.
func (d *Domain) Coding() Coding {
	levels := float64(levelCount)
	if d.surface != nil && d.surface.Draft() {
		levels = draftLevels
	}
	switch {
	case d.Max-d.Min == 0:
		return Coding{Quantum: 1}
	case d.Min >= 0:
		return Coding{Quantum: d.Max / (levels - 1)}
	}
	q := (d.Max - d.Min) / (levels - 2)
	return Coding{q, float64(q * math.Ceil(-d.Min/q))}
}

// zero is the level of 0.
func (c Coding) zero() uint16 { return c.level(0) }

// level returns the level nearest to a number, the first or the last for what is
// beyond them. None is told as 0.
func (c Coding) level(v float64) uint16 {
	if v != v {
		v = 0
	}
	switch at := (v+c.Shift)/c.Quantum + 0.5; {
	case at >= levelCount-1:
		return levelCount - 1
	case at > 0:
		return uint16(int32(at))
	}
	return 0
}

// Number returns the number that a pixel stands for.
func (c Coding) Number(r, g, b uint8) float64 {
	level := float64(r)*65536 + float64(g)*256 + float64(b)
	return float64(level*c.Quantum) - c.Shift
}

// levels are the numbers of a tile's pixels, coded.
type levels4k = [TileSize * TileSize]uint16

// sample reads the surface at the centres of the tile's pixels. It reports
// whether any differs from 0.
func (s *Surface) sample(id tiler.ID, c Coding, out *levels4k) bool {
	zero := c.zero()
	for i := range out {
		out[i] = zero
	}
	box := s.ground.box
	if tile := id.Box(0); !tile.Meets(box.Grow(rimQuanta)) {
		return false
	}
	world := float64(uint64(TileSize) << id.Z)
	first, last := 0, TileSize // the columns that may meet the ground
	step := 360 / world
	west := func(i int) float64 { return (float64(uint64(id.X)*TileSize+uint64(i))+0.5)*step - 180 }
	for first < last && west(first) < box.Min.Lon()-rimQuanta/1e7 {
		first++
	}
	for first < last && west(last-1) > box.Max.Lon()+rimQuanta/1e7 {
		last--
	}
	meridians, nodes := make([]meridian, last-first), make([]node, last-first)
	for i := range meridians {
		meridians[i] = s.ground.meridian(west(first + i))
	}
	some := false
	for j := range TileSize {
		lat := mercatorLat(1 - 2*(float64(uint64(id.Y)*TileSize+uint64(j))+0.5)/world)
		if lat < box.Min.Lat()-rimQuanta/1e7 || lat > box.Max.Lat()+rimQuanta/1e7 {
			continue
		}
		m := s.ground.line(&s.window.Lattice, lat)
		if !m.valid {
			continue
		}
		for i := range meridians {
			nodes[i].u, nodes[i].v = m.node(&meridians[i])
		}
		row := out[j*TileSize+first:][:len(nodes)]
		s.values.levels(nodes, c, row)
		some = some || slices.ContainsFunc(row, func(l uint16) bool { return l != zero })
	}
	return some
}

// levels reads between the nodes, as between does, for a row of pixels.
func (g grid) levels(nodes []node, c Coding, row []uint16) {
	nx, ny := float64(g.nx-1), float64(g.ny-1)
	for at := range nodes {
		u, v := nodes[at].u, nodes[at].v
		if !(u >= 0 && v >= 0 && u < nx && v < ny) {
			continue
		}
		i, j := int(u), int(v)
		x, y := u-float64(i), v-float64(j)
		k := j*g.nx + i
		lower, upper := g.v[k:k+2], g.v[k+g.nx:k+g.nx+2]
		a, b := float64(lower[0]), float64(lower[1])
		p, q := float64(upper[0]), float64(upper[1])
		south, north := a+float64(x*(b-a)), p+float64(x*(q-p))
		if value := south + float64(y*(north-south)); value != 0 {
			row[at] = c.level(value)
		}
	}
}

// node is a place in nodes from the lattice's first.
type node struct{ u, v float64 }

// rimQuanta is how far beyond the cells a surface may differ from 0: two nodes
// of the coarsest lattice are 2.5 km.
const rimQuanta = 500_000

// mercatorLat returns the latitude at a height in Web Mercator, −1 to 1.
func mercatorLat(h float64) float64 {
	const half = math.Pi * 6378137
	_, lat := mercator().ToCGCS2000(0, float64(h*half))
	return lat
}

var mercator = sync.OnceValue(func() crs.System {
	s, err := crs.Parse("epsg:3857")
	if err != nil {
		panic(err) // the package's own name
	}
	return s
})

// Tile returns the value tile as a PNG, nil where it has nothing but 0.
func (s *Surface) Tile(id tiler.ID, c Coding) []byte {
	w := pictures.Get().(*picture)
	defer pictures.Put(w)
	if !s.sample(id, c, &w.levels) {
		return nil
	}
	return w.values()
}

// Picture returns the tile coloured by a palette, as a PNG of at most 256 colours,
// nil where it has nothing but 0. Numbers between two breaks have one colour;
// without breaks they are cut evenly over the coding. 0 and none are clear.
func (s *Surface) Picture(id tiler.ID, c Coding, p Palette, breaks []float64) []byte {
	w := pictures.Get().(*picture)
	defer pictures.Put(w)
	if !s.sample(id, c, &w.levels) {
		return nil
	}
	return w.coloured(c, p, breaks)
}
