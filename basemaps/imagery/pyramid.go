package imagery

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/wanmi-gis/wanmi/basemaps/pmtiles"
	"github.com/wanmi-gis/wanmi/tiler"
)

const (
	// tileSize is the side of a tile in pixels.
	tileSize = 256
	// blockZooms is how many zooms a block has below its root: 8 × 8 tiles, 16 MB.
	blockZooms = 3
	// maxBlocks bounds the list of blocks: 400 million pixels square at once.
	maxBlocks = 1 << 22

	// earth is the sphere's circumference in metres, in the web map's projection.
	earth = 2 * math.Pi * 6378137
)

// extent is a box in metres of the web map's projection, EPSG:3857.
type extent struct{ west, south, east, north float64 }

// resolution is the side of a pixel at a zoom, in metres of the projection.
func resolution(z uint8) float64 { return earth / tileSize / float64(uint64(1)<<z) }

// ownZoom is the zoom whose pixels are nearest in size, by ratio.
func ownZoom(metres float64) uint8 {
	z := math.Round(math.Log2(resolution(0) / metres))
	return uint8(min(max(z, 0), tiler.MaxZoom))
}

// fitZoom is the deepest zoom at which the extent is no larger than a tile.
func fitZoom(e extent) uint8 {
	side := max(e.east-e.west, e.north-e.south)
	for z := uint8(tiler.MaxZoom); z > 0; z-- {
		if side <= resolution(z)*tileSize {
			return z
		}
	}
	return 0
}

// tileExtent is the box of a tile.
func tileExtent(t tiler.ID) extent {
	side := resolution(t.Z) * tileSize
	west, north := -earth/2+float64(float64(t.X)*side), earth/2-float64(float64(t.Y)*side)
	return extent{west, north - side, west + side, north}
}

func (e extent) meets(o extent) bool {
	return e.west < o.east && o.west < e.east && e.south < o.north && o.south < e.north
}

func (e extent) with(o extent) extent {
	return extent{min(e.west, o.west), min(e.south, o.south), max(e.east, o.east), max(e.north, o.north)}
}

// square is all that has tiles.
func square() extent { return extent{-earth / 2, -earth / 2, earth / 2, earth / 2} }

// degrees are west, south, east, north of an extent, rounded to 1e-7.
func (e extent) degrees() []float64 {
	lon := func(x float64) float64 { return x / earth * 360 }
	lat := func(y float64) float64 { return math.Atan(math.Sinh(y/earth*2*math.Pi)) * 180 / math.Pi }
	out := []float64{lon(e.west), lat(e.south), lon(e.east), lat(e.north)}
	for i, v := range out {
		out[i] = math.Round(v*1e7) / 1e7
	}
	return out
}

// errZooms says that there is nothing between the first and the last zoom.
var errZooms = errors.New("the first zoom is above the last")

// pyramid is which blocks there are.
type pyramid struct {
	min, root, max uint8
	bounds         extent
	blocks         []tiler.ID // of the root zoom, in the archive's order
}

// newPyramid finds zooms and blocks of sheets, of which the finest has pixels of so
// many metres of the projection.
func newPyramid(sheets []extent, metres float64, o *Options) (*pyramid, error) {
	p := &pyramid{max: ownZoom(metres), bounds: sheets[0]}
	for _, e := range sheets {
		p.bounds = p.bounds.with(e)
	}
	if o.MaxZoom != nil {
		p.max = *o.MaxZoom
	}
	p.min = min(fitZoom(p.bounds), p.max)
	if o.MinZoom != nil {
		p.min = *o.MinZoom
	}
	if p.min > p.max {
		return nil, fmt.Errorf("zooms %d to %d: %w", p.min, p.max, errZooms)
	}
	p.root = max(p.min, p.max-min(p.max, blockZooms))
	return p, p.find(sheets)
}

// find lists the blocks that meet a sheet.
func (p *pyramid) find(sheets []extent) error {
	seen := map[tiler.ID]bool{}
	side := resolution(p.root) * tileSize
	last := float64(uint64(1)<<p.root - 1)
	at := func(metres float64) float64 { return min(max(math.Floor(metres/side), 0), last) }
	for _, e := range sheets {
		x0, x1 := at(e.west+earth/2), at(e.east+earth/2)
		y0, y1 := at(earth/2-e.north), at(earth/2-e.south)
		if (x1-x0+1)*(y1-y0+1) > maxBlocks {
			return fmt.Errorf("a sheet is more than %d blocks of tiles at zoom %d: choose a --maxzoom", maxBlocks, p.max)
		}
		for x := x0; x <= x1; x++ {
			for y := y0; y <= y1; y++ {
				id := tiler.ID{Z: p.root, X: uint32(x), Y: uint32(y)}
				if !seen[id] && tileExtent(id).meets(e) {
					seen[id] = true
					p.blocks = append(p.blocks, id)
				}
			}
		}
		if len(p.blocks) > maxBlocks {
			return fmt.Errorf("the sheets are more than %d blocks of tiles at zoom %d: choose a --maxzoom", maxBlocks, p.max)
		}
	}
	inOrder(p.blocks)
	return nil
}

// inOrder sorts tiles as they are in the archive.
func inOrder(ids []tiler.ID) {
	slices.SortFunc(ids, func(a, b tiler.ID) int { return cmp.Compare(pmtiles.TileID(a), pmtiles.TileID(b)) })
}

// size is a block's side in pixels.
func (p *pyramid) size() int { return tileSize << (p.max - p.root) }
