package api

import (
	"net/http"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/tiler"
)

// TileKeeper is the tile cache of a server, without HTTP.
type TileKeeper struct{ s *server }

// KeepTiles returns a cache that follows the city.
func KeepTiles(live *grids.Live) *TileKeeper {
	s := &server{live: live}
	s.followCity(Options{})
	return &TileKeeper{s}
}

// Tile returns a tile and whether it was made for this call.
func (k *TileKeeper) Tile(layers string, id tiler.ID) (body []byte, made bool, err error) {
	set, err := layerSet(layers)
	if err != nil {
		return nil, false, err
	}
	snap, serial := k.s.live.Served()
	t, err := k.s.tiles.Tile(tiler.Key{ID: id, Layers: set}, serial, snap.City.Version, func(dst []byte) ([]byte, tiler.Stats, error) {
		made = true
		return tiler.Encode(dst, tileSource{snap: snap}, layersOf(set), id, tiler.Options{})
	})
	if err != nil {
		return nil, made, err
	}
	return t.Ready(tiler.Identity).Body, made, nil
}

// FreshTile encodes a tile of a snapshot.
func FreshTile(snap *grids.Snapshot, layers string, id tiler.ID) ([]byte, error) {
	set, err := layerSet(layers)
	if err != nil {
		return nil, err
	}
	body, _, err := tiler.Encode(nil, tileSource{snap: snap}, layersOf(set), id, tiler.Options{})
	return body, err
}

// TileZooms are the zooms at which a layer is drawn.
func TileZooms(l grids.Layer) (from, to uint8) { return tileLayers[l].minZoom, maxTileZoom }

// Listeners returns the options with other limits of the event stream.
func (o Options) Listeners(n int, beat time.Duration) Options {
	o.listeners, o.heartbeat = n, beat
	return o
}

// Clock returns the options with another clock and client.
func (o WebhooksOptions) Clock(now func() time.Time, after func(time.Duration) <-chan time.Time, client *http.Client) WebhooksOptions {
	o.now, o.after, o.client = now, after, client
	return o
}

// ParseEventID is parseEventID, its place as a number.
func ParseEventID(id string) (epoch string, at int, ok bool) {
	epoch, p, ok := parseEventID(id)
	return epoch, int(p), ok
}
