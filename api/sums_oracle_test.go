//go:build proof || peers

package api

import (
	"math"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/tiler"
)

// Square is the middle of a square of a tile, in units.
type Square struct{ X, Y int }

// SquareSums are the counts of a tile's squares by attribute.
type SquareSums map[Square]map[string]int

// Total is how many features are counted.
func (s SquareSums) Total() (n int) {
	for _, counts := range s {
		n += counts["count"]
	}
	return n
}

// Side is the number of squares along the tile's side: of the coarsest grid
// whose squares have these middles.
func (s SquareSums) Side() int {
	side := 1
	for at := range s {
		for ; side < tiler.Extent/2; side *= 2 {
			if width := tiler.Extent / side; at.X%width == width/2 && at.Y%width == width/2 {
				break
			}
		}
	}
	return side
}

// SquareOf is the square of a zoom's grid, side of them along each tile, that a
// position lies in, from the north-west of the world, by the formula of the
// projection.
func SquareOf(lon, lat float64, z uint8, side int) (x, y int) {
	squares := float64(uint(side) << z)
	return int(math.Floor((lon + 180) / 360 * squares)),
		int(math.Floor((0.5 - math.Asinh(math.Tan(lat*math.Pi/180))/(2*math.Pi)) * squares))
}

// CountSums counts the components of a tile over all that the city has, and
// those of them that are single points.
func CountSums(snap *grids.Snapshot, id tiler.ID, side int) (want SquareSums, single int) {
	want = SquareSums{}
	width := tiler.Extent / side
	for i := range snap.All(grids.Components) {
		f := snap.Feature(grids.Components, i)
		x, y := SquareOf(f.At.Lon(), f.At.Lat(), id.Z, side)
		if x, y = x-int(id.X)*side, y-int(id.Y)*side; x < 0 || y < 0 || x >= side || y >= side {
			continue
		}
		if f.Shape == nil {
			single++
		}
		at := Square{x*width + width/2, y*width + width/2}
		if want[at] == nil {
			want[at] = map[string]int{}
		}
		want[at]["count"]++
		if cat := snap.Catalogue.Find(grids.ComponentKind, snap.Component(i).Category); cat != nil && cat.Major != "" {
			want[at]["count_"+cat.Major]++
		}
	}
	return want, single
}
