package heat

import (
	"math"
	"sync"

	"github.com/wanmi-gis/wanmi/spatial/crs"
	"github.com/wanmi-gis/wanmi/tiler"
)

// TileSize is the side of a value tile in pixels.
const TileSize = 256

// levelCount is how many numbers a tile tells apart: at 12 bits it is a third of
// the bytes that it is at 17.
const levelCount = 4096

// Coding packs numbers into the pixels of value tiles, in steps of Quantum:
//
//	level = 256·G + B, R = 0        number = level·Quantum − Shift
//
// which is what a map reads as a raster-dem source of encoding "custom" with the
// factors 65536, 256 and 1, each times Quantum, and baseShift = Shift.
type Coding struct{ Quantum, Shift float64 }

// Coding returns the coding of the domain. 0 is a level exactly.
func (d *Domain) Coding() Coding {
	switch {
	case d.Max-d.Min == 0:
		return Coding{Quantum: 1}
	case d.Min >= 0:
		return Coding{Quantum: d.Max / (levelCount - 1)}
	}
	q := (d.Max - d.Min) / (levelCount - 2)
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
	return uint16(min(max((v+c.Shift)/c.Quantum+0.5, 0), levelCount-1))
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
		row := out[j*TileSize : (j+1)*TileSize]
		for i := first; i < last; i++ {
			u, v := m.node(west(i))
			if value := s.values.between(u, v); value != 0 {
				row[i] = c.level(value)
				some = some || row[i] != zero
			}
		}
	}
	return some
}

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
