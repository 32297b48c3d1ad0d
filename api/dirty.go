package api

import (
	"cmp"
	"context"
	"slices"

	"github.com/wanmi-gis/wanmi/api/config"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// followCity keeps the tiles that are kept true to what is published, and
// tells listeners of it.
func (s *server) followCity(o Options) {
	if s.until = o.Until; s.until == nil {
		s.until = context.Background()
	}
	s.tiles = tiler.NewCache(cmp.Or(o.TileCacheBytes, config.DefaultTileCacheMB*1_000_000))
	s.tileCacheControl = []string{cmp.Or(o.TileCacheControl, "no-cache")}
	s.heartbeat = cmp.Or(o.heartbeat, heartbeatEvery)
	city, listeners := s.live.Current().City, cmp.Or(o.listeners, maxListeners)
	if s.board = o.Board; s.board != nil {
		s.followBoard(city.Version, listeners)
	} else {
		s.events = newEvents(city.Epoch, city.Version, city.Version, listeners)
	}
	d := newDirt()
	s.live.Follow(grids.Follower{
		Coming: func(c *grids.Change) {
			d.read(c)
			s.drawing.Lock() // until it is published
			s.touch(s.serialOf(c.Serial), d.whole, d.layers)
		},
		Published: func(c *grids.Change) {
			s.drawing.Unlock()
			switch {
			case s.board != nil:
				s.teller.coming(c.Version, d.whole, d.layers)
			case d.whole:
				s.events.city(c.Epoch, c.Version)
			default:
				s.events.tiles(c.Version, d.layers)
			}
		},
	})
}

// touch notes which tiles the scene with the serial has others of.
func (s *server) touch(serial uint64, whole bool, dirty []tiler.Dirty) {
	if whole {
		s.tiles.TouchAll(serial)
		return
	}
	s.tiles.Touch(serial, dirty)
}

// dirt works out which tiles a change touches. One change at a time.
type dirt struct {
	zooms map[grids.Layer][2]uint8
	// whole says that it may be all tiles, else layers has them, each once.
	whole  bool
	layers []tiler.Dirty
	seen   map[tiler.ID]bool
	// covers has the tiles of shapes, nil for too many; a zone keeps its shape
	// when it is edited.
	covers map[*spatial.Shape][]tiler.ID
}

const (
	// maxDirty is how many tiles one change may touch before everything counts
	// as touched: 1,400 components moved far, or a zone of 20 by 20 km.
	maxDirty = 1 << 15
	// maxCovers bounds the shapes that are remembered.
	maxCovers = 256
	// dirtySlack is how far, in tile units, what is drawn of an area may leave
	// its shape: more than simplification moves it.
	dirtySlack = 16
)

func newDirt() *dirt {
	d := &dirt{
		zooms: map[grids.Layer][2]uint8{}, seen: map[tiler.ID]bool{}, covers: map[*spatial.Shape][]tiler.ID{},
	}
	for l, t := range tileLayers {
		d.zooms[l] = [2]uint8{t.minZoom, maxTileZoom}
	}
	return d
}

func (d *dirt) read(c *grids.Change) {
	d.whole, d.layers = c.Whole, nil // whoever has the old list keeps it
	if d.whole {
		clear(d.covers) // the shapes are others
		return
	}
	room := maxDirty
	for n, l := range grids.MapLayers() {
		clear(d.seen)
		var tiles []tiler.ID
		for i := range c.Rows {
			r := &c.Rows[i]
			if r.Layer != l {
				continue
			}
			d.inherit(r)
			for _, f := range [...]*grids.Feature{r.Before, r.After} {
				var ok bool
				if tiles, ok = d.add(tiles, l, f); !ok || len(tiles) > room {
					d.whole, d.layers = true, nil
					return
				}
			}
		}
		if len(tiles) > 0 {
			d.layers = append(d.layers, tiler.Dirty{Layer: n, Tiles: tiles})
			room -= len(tiles)
		}
	}
}

// inherit spares the work for a shape that was stored and read again.
func (d *dirt) inherit(r *grids.RowChange) {
	if r.Before == nil || r.After == nil || r.Before.Shape == r.After.Shape || r.Before.Shape == nil || r.After.Shape == nil {
		return
	}
	was, now := r.Before.Shape, r.After.Shape
	tiles, known := d.covers[was]
	if known && r.Before.At == r.After.At && was.Kind == now.Kind && slices.Equal(was.Coords, now.Coords) && slices.Equal(was.Ends, now.Ends) {
		d.covers[now] = tiles
	}
}

// add appends the tiles that show the feature and are not there yet; it
// reports false when there are too many.
func (d *dirt) add(tiles []tiler.ID, l grids.Layer, f *grids.Feature) ([]tiler.ID, bool) {
	if f == nil {
		return tiles, true
	}
	of := d.cover(l, f)
	for _, id := range of {
		if !d.seen[id] {
			d.seen[id] = true
			tiles = append(tiles, id)
		}
	}
	return tiles, of != nil
}

// cover returns the tiles that show the feature, nil when there are more than
// maxDirty.
func (d *dirt) cover(l grids.Layer, f *grids.Feature) []tiler.ID {
	if tiles, ok := d.covers[f.Shape]; ok {
		return tiles
	}
	z := d.zooms[l]
	// Where shapes are summed up, it is their point that counts.
	tiles, _ := tiler.Cover(make([]tiler.ID, 0, maxTileZoom+1), &tiler.Feature{At: f.At}, z[0], z[1], 0, maxDirty)
	if f.Shape == nil {
		return tiles
	}
	tiles, ok := tiler.Cover(tiles, &tiler.Feature{Shape: f.Shape}, z[0], z[1], dirtySlack, maxDirty)
	if !ok {
		tiles = nil
	}
	if len(d.covers) >= maxCovers {
		clear(d.covers)
	}
	d.covers[f.Shape] = tiles
	return tiles
}
