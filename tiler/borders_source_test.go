package tiler

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wanmi-gis/wanmi/spatial"
)

// bordered is a town whose polygons are drawn from shared borders.
type bordered struct {
	*town

	borders   *Borders
	meshBelow uint8
}

func (b *bordered) Prepared(layer string) Prepared {
	for i := range b.borders.layers {
		if l := &b.borders.layers[i]; l.name == layer {
			a := &Areas{Borders: b.borders}
			if l.kind == CellBorder {
				a.MeshBelow = b.meshBelow
			}
			return a
		}
	}
	return nil
}

// layersOf lists a town's layers for NewBorders.
func (t *town) layersOf(kinds map[string]BorderKind) []AreaLayer {
	var out []AreaLayer
	for _, l := range t.layers {
		if k, ok := kinds[l.Name]; ok {
			layer := AreaLayer{Name: l.Name, Kind: k}
			for _, f := range t.shapes[l.Name] {
				layer.Features = append(layer.Features, *f)
			}
			out = append(out, layer)
		}
	}
	return out
}

var townKinds = map[string]BorderKind{
	"districts": DistrictBorder, "communities": CommunityBorder, "zones": ZoneBorder, "cells": CellBorder,
}

// newLayeredTown adds to a town what unites its cells: zones of 4 by 4,
// communities of 6 by 6 and one district. Their rings leave out some of the
// vertices that lie straight.
func newLayeredTown(tb testing.TB, seed uint64, side int) *bordered {
	tb.Helper()
	t := newTown(tb, seed, side)
	rnd := rand.New(rand.NewPCG(seed, 2))
	for _, l := range []struct {
		name string
		n    int
	}{{"zones", 4}, {"communities", 6}, {"districts", side}} {
		var features []*Feature
		for i := 0; i < side; i += l.n {
			for j := 0; j < side; j += l.n {
				ring := t.block(i, j, min(i+l.n, side), min(j+l.n, side))
				k := rnd.IntN(len(ring))
				ring = slices.Concat(ring[k:], ring[:k])
				if rnd.IntN(2) == 0 {
					slices.Reverse(ring)
				}
				features = append(features, &Feature{Shape: polygon(tb, ring), Values: []string{fmt.Sprint(l.name, " ", len(features))}})
			}
		}
		t.addLayer(Layer{Name: l.name, Kind: spatial.Polygons, Fields: []string{"code"}}, features)
	}
	for i := range t.layers {
		if l := &t.layers[i]; l.Name == "cells" {
			l.Fields = append(l.Fields, MeshField)
		}
	}
	return &bordered{town: t, borders: NewBorders(t.layersOf(townKinds)...)}
}

// block goes round the cells from (i, j) up to (k, l).
func (t *town) block(i, j, k, l int) (ring []spatial.Coord) {
	side := func(dir, n int, at func(int) [2]int, back bool) {
		var part []spatial.Coord
		for s := range n {
			arc := t.arcs[dir][at(s)]
			part = append(part, arc[:len(arc)-1]...)
			if s == n-1 {
				part = append(part, arc[len(arc)-1])
			}
		}
		if back {
			slices.Reverse(part)
		}
		ring = append(ring, part[:len(part)-1]...)
	}
	side(0, k-i, func(s int) [2]int { return [2]int{i + s, j} }, false)
	side(1, l-j, func(s int) [2]int { return [2]int{k, j + s} }, false)
	side(0, k-i, func(s int) [2]int { return [2]int{i + s, l} }, true)
	side(1, l-j, func(s int) [2]int { return [2]int{i, j + s} }, true)
	return withoutStraights(ring)
}

// withoutStraights drops vertices that lie on the line between their
// neighbours: other polygons keep them.
func withoutStraights(ring []spatial.Coord) (out []spatial.Coord) {
	for i, c := range ring {
		a, b := ring[(i+len(ring)-1)%len(ring)], ring[(i+1)%len(ring)]
		if (int64(c.X)-int64(a.X))*(int64(b.Y)-int64(a.Y)) != (int64(c.Y)-int64(a.Y))*(int64(b.X)-int64(a.X)) {
			out = append(out, c)
		}
	}
	return out
}

// drawn encodes a layer and reads it: its features by id, in tile units.
func (b *bordered) drawn(tb testing.TB, layer string, id ID) map[uint64]featureDoc {
	tb.Helper()
	body, _, err := Encode(nil, b, []string{layer}, id, Options{})
	if err != nil {
		tb.Fatal(err)
	}
	doc, err := decodeStrict(body)
	if err != nil {
		tb.Fatalf("%v %s: %v", id, layer, err)
	}
	out := map[uint64]featureDoc{}
	for _, l := range doc.layers {
		for i, f := range l.features {
			key := f.id
			if key == 0 {
				key = uint64(i) // the mesh
			}
			out[key] = f
		}
	}
	return out
}
