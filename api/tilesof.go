package api

import (
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/tiler"
)

// TileSource shows a snapshot to the tiler as the server draws it, so that an
// archive's tiles are the server's.
func TileSource(snap *grids.Snapshot) tiler.Source { return tileSource{snap: snap} }

// PrepareTiles makes what the tiles of a snapshot are drawn from, which the first
// request would otherwise wait for: 0.2 s of CPU time for a city of 8,118 cells
// and 200,000 components. Edits of the snapshot share it.
func PrepareTiles(s *grids.Snapshot) {
	for l := range tileLayers {
		tileSource{snap: s}.prepared(l, nil)
	}
}
