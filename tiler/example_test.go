package tiler_test

import (
	"fmt"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// lamps is a source with one layer of two street lamps.
type lamps struct{}

func (lamps) Layers() []tiler.Layer {
	return []tiler.Layer{{Name: "components", Kind: spatial.Points, MinZoom: 12, MaxZoom: 18, Fields: []string{"class", "status"}}}
}

func (lamps) Visit(_ string, window spatial.Box, visit func(*tiler.Feature) bool) {
	for _, f := range []tiler.Feature{
		{ID: 7, At: spatial.At(114.3488, 34.7886), Values: []string{"street lamp", "normal"}},
		{ID: 9, At: spatial.At(114.3491, 34.7887), Values: []string{"street lamp", "damaged"}},
	} {
		if window.Holds(f.At) && !visit(&f) {
			return
		}
	}
}

func ExampleEncode() {
	id, err := tiler.ParseID("14", "13396", "6501")
	if err != nil {
		fmt.Println(err)
		return
	}
	body, stats, err := tiler.Encode(nil, lamps{}, []string{"components"}, id, tiler.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%v: %d features in %d bytes\n", id, stats.Features, len(body))
	fmt.Println(tiler.ETag(body, "identity"))

	_, err = tiler.ParseID("14", "16384", "0")
	fmt.Println(err)
	// Output:
	// 14/13396/6501: 2 features in 108 bytes
	// "545110e04924a2db6793445ff4e2a2e9"
	// x "16384": no such tile: must be 0 to 16383
}

func ExampleCache() {
	cache := tiler.NewCache(1 << 20)
	key := tiler.Key{ID: tiler.ID{Z: 14, X: 13396, Y: 6501}, Layers: 1 << 0}
	encode := func(dst []byte) ([]byte, tiler.Stats, error) {
		fmt.Println("encoded")
		return tiler.Encode(dst, lamps{}, []string{"components"}, key.ID, tiler.Options{})
	}
	ask := func(serial uint64) {
		tile, err := cache.Tile(key, serial, 1, encode)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(len(tile.Ready(tiler.Identity).Body), "bytes, true of snapshot", serial)
	}
	ask(1)
	ask(1)
	// A lamp is moved: where it was and is, in the layer at place 0.
	lamp := tiler.Feature{At: spatial.At(114.3488, 34.7886)}
	tiles, _ := tiler.Cover(nil, &lamp, 12, 18, 0, 100)
	cache.Touch(2, []tiler.Dirty{{Layer: 0, Tiles: tiles}})
	ask(2)
	// Output:
	// encoded
	// 108 bytes, true of snapshot 1
	// 108 bytes, true of snapshot 1
	// encoded
	// 108 bytes, true of snapshot 2
}

func ExampleCheck() {
	// A layer whose only feature is a line of one point.
	tile := []byte("\x1a\x12\x0a\x05roads\x78\x02\x12\x07\x18\x02\x22\x03\x09\x02\x02")
	for _, fault := range tiler.Check(tile) {
		fmt.Printf("%v: %s\n", fault.Place, fault.Reason)
	}
	_, err := tiler.Decode(tile)
	fmt.Println(err)
	// Output:
	// layer 1 "roads", feature 1: the geometry ends where LineTo was due
	// decode tile: layer 1 "roads", feature 1: the geometry ends where LineTo was due
}

// blocks is a source of two cells side by side, drawn from shared borders.
type blocks struct{ borders *tiler.Borders }

func (blocks) Layers() []tiler.Layer {
	return []tiler.Layer{{Name: "cells", Kind: spatial.Polygons, MinZoom: 8, MaxZoom: 18, Fields: []string{"code", tiler.MeshField}}}
}

func (blocks) Visit(string, spatial.Box, func(*tiler.Feature) bool) {}

func (b blocks) Prepared(string) tiler.Prepared {
	return &tiler.Areas{Borders: b.borders, MeshBelow: 12}
}

func ExampleNewBorders() {
	block := func(id uint64, west, east float64) tiler.Feature {
		shape, err := spatial.FromOrb(orb.Polygon{{{west, 34.78}, {east, 34.78}, {east, 34.79}, {west, 34.79}, {west, 34.78}}})
		if err != nil {
			panic(err)
		}
		return tiler.Feature{ID: id, Shape: shape, Values: []string{fmt.Sprint("41020400300100", id)}}
	}
	source := blocks{tiler.NewBorders(tiler.AreaLayer{
		Name: "cells", Kind: tiler.CellBorder,
		Features: []tiler.Feature{block(1, 114.34, 114.35), block(2, 114.35, 114.36)},
	})}
	for _, z := range []uint8{11, 12} {
		id, _ := tiler.At(spatial.At(114.355, 34.785), z)
		body, _, err := tiler.Encode(nil, source, []string{"cells"}, id, tiler.Options{})
		if err != nil {
			fmt.Println(err)
			return
		}
		tile, err := tiler.Decode(body)
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, f := range tile.Layers[0].Features {
			fmt.Println(id, f.Type, tile.Layers[0].Values[f.Tags[1]].Text)
		}
	}
	fmt.Printf("drawn within %.1f m at zoom 14\n", tiler.BorderToleranceM(14, spatial.At(114.345, 34.785)))
	// Output:
	// 11/1674/812 line cell
	// 11/1674/812 line edge
	// 12/3349/1625 polygon 410204003001001
	// 12/3349/1625 polygon 410204003001002
	// drawn within 2.0 m at zoom 14
}
