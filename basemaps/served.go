package basemaps

import (
	"context"
	"time"

	"github.com/wanmi-gis/wanmi/basemaps/stored"
	"github.com/wanmi-gis/wanmi/tiler"
)

// Tile is one as it is served, whether from an archive or from another server.
type Tile struct {
	// Body is empty where there is nothing.
	Body   []byte
	Type   stored.Type
	Coding stored.Coding
	// Tag names the content: the same tag, the same bytes.
	Tag string
	// Stale is since when the tile should have been fetched anew and could not be;
	// 0 is a tile that is as it should be.
	Stale time.Duration
}

// Describe returns what the basemap is.
func (b *Basemap) Describe() *Info { return &b.Info }

// Load returns a tile with what it is. The file's digest and the tile's number
// name its content: what is stored once under one digest does not change.
func (b *Basemap) Load(ctx context.Context, t tiler.ID) (Tile, error) {
	body, err := b.Tile(ctx, t)
	return Tile{Body: body, Type: b.Type, Coding: b.Coding, Tag: b.Digest + "-" + t.String()}, err
}
