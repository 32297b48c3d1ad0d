package api

import (
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/tiler"
)

// TileSource shows a snapshot to the tiler as the server draws it, so that an
// archive's tiles are the server's.
func TileSource(snap *grids.Snapshot) tiler.Source { return tileSource{snap: snap} }
