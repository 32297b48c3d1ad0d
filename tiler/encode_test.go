package tiler

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/wanmi-gis/wanmi/spatial"
)

func TestEveryTileIsValid(t *testing.T) {
	town := newTown(t, 31, 14)
	rnd := rand.New(rand.NewPCG(31, 31))
	features := 0
	for i := range 2_300 {
		id := town.tile(rnd, uint8(i%(MaxZoom+1)))
		if i%7 == 0 { // a neighbour, perhaps outside the town
			id.X = (id.X + 1) & (1<<id.Z - 1)
		}
		body, stats, err := Encode(nil, town, town.names(), id, Options{})
		if err != nil {
			t.Fatal(err)
		}
		doc, err := decodeStrict(body)
		if err != nil {
			t.Fatalf("%v: %v", id, err)
		}
		if faults := Check(body); len(faults) > 0 {
			t.Fatalf("%v: %v", id, faults)
		}
		if i%5 == 0 { // the slowest by far
			sameModel(t, body, doc)
		}
		n := 0
		for _, l := range doc.layers {
			n += len(l.features)
		}
		if n != stats.Features || (n == 0) != (body == nil) {
			t.Fatalf("%v: %d features, %+v, %d bytes", id, n, stats, len(body))
		}
		features += n
	}
	t.Logf("%d features", features)
}

func TestEachPointIsInExactlyOneTileOfAZoom(t *testing.T) {
	town := newTown(t, 32, 12)
	for z := range uint8(18) {
		seen := map[uint64]int{}
		positions := 0
		for _, id := range tilesOf(town.layers[3].Box, z) {
			body, _, err := Encode(nil, town, []string{"components"}, id, Options{})
			if err != nil {
				t.Fatal(err)
			}
			doc, err := decodeStrict(body)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range doc.layers {
				for _, f := range l.features {
					seen[f.id]++
					positions += len(f.parts[0])
				}
			}
		}
		want := 0
		for _, f := range town.shapes["components"] {
			if f.Shape != nil {
				want += len(f.Shape.Coords)
				continue
			}
			want++
			if seen[f.ID] != 1 {
				t.Errorf("z%d: point %d in %d tiles", z, f.ID, seen[f.ID])
			}
		}
		if positions != want {
			t.Errorf("z%d: %d positions of %d", z, positions, want)
		}
	}
}

// tilesOf lists the tiles of a zoom that meet the box, and one more around.
func tilesOf(box spatial.Box, z uint8) (ids []ID) {
	lo, _ := At(spatial.Coord{X: box.Min.X, Y: box.Max.Y}, z)
	hi, _ := At(spatial.Coord{X: box.Max.X, Y: box.Min.Y}, z)
	side := int64(1) << z
	for x := max(int64(lo.X)-1, 0); x <= min(int64(hi.X)+1, side-1); x++ {
		for y := max(int64(lo.Y)-1, 0); y <= min(int64(hi.Y)+1, side-1); y++ {
			ids = append(ids, ID{z, uint32(x), uint32(y)})
		}
	}
	return ids
}

func TestPointsOnTilesEdgesBelongToOneTile(t *testing.T) {
	var edge []*Feature
	for _, c := range []spatial.Coord{
		{X: 0, Y: 0},
		{X: -1, Y: -1},
		{X: maxLon, Y: 0},
		{X: -maxLon, Y: 0},
		{X: 0, Y: maxLat},
		{X: 0, Y: -maxLat},
		{X: maxLon, Y: -maxLat},
		{X: maxLon / 2, Y: 0},
		{X: -maxLon / 4, Y: 0},
	} {
		edge = append(edge, &Feature{ID: uint64(len(edge) + 1), At: c})
	}
	src := listOf(edge...)
	for z := range uint8(5) {
		seen := map[uint64]int{}
		for x := range uint32(1) << z {
			for y := range uint32(1) << z {
				for _, f := range src.one(t, ID{z, x, y}) {
					seen[f.id]++
				}
			}
		}
		for _, f := range edge {
			if seen[f.ID] != 1 {
				t.Errorf("z%d: %v in %d tiles", z, f.At, seen[f.ID])
			}
		}
	}
	if got := listOf(&Feature{ID: 1, At: spatial.Coord{Y: maxLat + 1}}).one(t, ID{}); got != nil {
		t.Errorf("a point beyond the projection is drawn: %v", got)
	}
}

func TestEqualRequestsGiveEqualBytes(t *testing.T) {
	town := newTown(t, 36, 12)
	rnd := rand.New(rand.NewPCG(36, 36))
	ids := make([]ID, 40)
	want := make([][]byte, len(ids))
	for i := range ids {
		ids[i] = town.tile(rnd, uint8(8+i%10))
		want[i], _, _ = Encode(nil, town, town.names(), ids[i], Options{})
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(g), 1))
			buf := make([]byte, 0, 1<<16)
			for range 120 {
				i := rnd.IntN(len(ids))
				var err error
				buf, _, err = Encode(buf[:0], town, town.names(), ids[i], Options{})
				if err != nil || !bytes.Equal(buf, want[i]) {
					t.Errorf("%v: %v, %d bytes, first %d", ids[i], err, len(buf), len(want[i]))
				}
				if z := Gzip(nil, buf, 1); !bytes.Equal(z, Gzip(nil, want[i], 1)) {
					t.Errorf("%v: gzip differs", ids[i])
				}
			}
		})
	}
	wg.Wait()
}

func TestLayersAndColumnsAreChosenByTheRequest(t *testing.T) {
	town := newTown(t, 37, 6)
	id, _ := At(spatial.Coord{X: town.west + 30_000, Y: town.south + 30_000}, 14)
	encode := func(layers string, columns []string) []byte {
		b, _, err := Encode(nil, town, strings.Split(layers, ","), id, Options{Columns: columns})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	outline := func(b []byte) string {
		doc, err := decodeStrict(b)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, l := range doc.layers {
			out = append(out, fmt.Sprintf("%s(%s)", l.name, strings.Join(l.keys, " ")))
		}
		return strings.Join(out, ",")
	}
	for _, c := range []struct {
		layers  string
		columns []string
		want    string
	}{
		{"cells", nil, "cells(code zone)"},
		{"roads,cells,roads,cells", nil, "roads(name),cells(code zone)"},
		{"cells,roads", []string{"zone", "name", "zone"}, "cells(zone),roads(name)"},
		{"cells", []string{}, "cells()"},
	} {
		if got := outline(encode(c.layers, c.columns)); got != c.want {
			t.Errorf("%s %v: %s, want %s", c.layers, c.columns, got, c.want)
		}
	}
	if a, b := encode("cells", []string{"code", "zone"}), encode("cells", []string{"zone", "code", "zone"}); !bytes.Equal(a, b) {
		t.Error("the order of columns changes the bytes")
	}
}

func TestFaultyRequestsAreRefusedByName(t *testing.T) {
	town := newTown(t, 38, 3)
	many := func(n int) (layers []Layer, names []string) {
		for i := range n {
			layers = append(layers, Layer{Name: fmt.Sprint(i), MaxZoom: MaxZoom})
			names = append(names, fmt.Sprint(i), fmt.Sprint(i))
		}
		return layers, names
	}
	columns := make([]string, MaxColumns+1)
	wide := listOf(&Feature{ID: 1})
	for i := range columns {
		columns[i] = fmt.Sprint("c", i)
	}
	wide.layer.Fields = columns
	for name, c := range map[string]struct {
		src    Source
		layers []string
		id     ID
		opts   Options
		want   error
		param  string
		value  string
	}{
		"zoom":                {town, nil, ID{Z: 23}, Options{}, ErrTileRange, "z", "23"},
		"column of tiles":     {town, nil, ID{Z: 3, X: 8}, Options{}, ErrTileRange, "x", "8"},
		"row of tiles":        {town, nil, ID{Z: 3, Y: 9}, Options{}, ErrTileRange, "y", "9"},
		"layer":               {town, []string{"cells", "lamps"}, ID{}, Options{}, ErrUnknownLayer, "layers", "lamps"},
		"empty layer":         {town, []string{""}, ID{}, Options{}, ErrUnknownLayer, "layers", ""},
		"column":              {town, []string{"cells"}, ID{}, Options{Columns: []string{"code", "name"}}, ErrUnknownColumn, "columns", "name"},
		"129 columns":         {wide, []string{"l"}, ID{}, Options{Columns: columns}, ErrTooMany, "columns", "c128"},
		"column in no layers": {town, nil, ID{}, Options{Columns: []string{"code"}}, ErrUnknownColumn, "columns", "code"},
	} {
		got, _, err := Encode([]byte("x"), c.src, c.layers, c.id, c.opts)
		var fault *ParamError
		if !errors.Is(err, c.want) || !errors.As(err, &fault) || fault.Param != c.param || fault.Value != c.value || string(got) != "x" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, _, err := Encode(nil, wide, []string{"l"}, ID{}, Options{Columns: append(columns[:MaxColumns:MaxColumns], "c0")}); err != nil {
		t.Errorf("128 columns: %v", err)
	}
	layers, names := many(MaxLayers)
	if got, err := Select(layers, names); err != nil || len(got) != MaxLayers {
		t.Errorf("50 layers: %d, %v", len(got), err)
	}
	layers, names = many(MaxLayers + 1)
	if _, err := Select(layers, names); !errors.Is(err, ErrTooMany) {
		t.Errorf("51 layers: %v", err)
	}
	var fault *ParamError
	if _, err := Select(layers, []string{strings.Repeat("é", 10_000)}); !errors.As(err, &fault) || len(fault.Value) > maxQuoted+3 {
		t.Errorf("a long name is repeated whole: %d bytes", len(fault.Value))
	}
}

func TestATileWithNothingInItHasNoBytes(t *testing.T) {
	src := listOf(&Feature{ID: 1, At: spatial.Coord{X: 5, Y: 5}})
	src.layer.MinZoom, src.layer.MaxZoom = 3, 5
	for id, want := range map[ID]bool{
		{2, 2, 1}: false, {3, 4, 3}: true, {5, 16, 15}: true, {6, 32, 31}: false, {4, 3, 3}: false,
	} {
		got, stats, err := Encode(nil, src, []string{"l"}, id, Options{})
		if err != nil || (got != nil) != want || (stats.Features == 1) != want {
			t.Errorf("%v: %d bytes, %+v, %v", id, len(got), stats, err)
		}
	}
	if got, _, err := Encode([]byte("kept"), src, nil, ID{}, Options{}); err != nil || string(got) != "kept" {
		t.Errorf("no layers: %q, %v", got, err)
	}
}

func TestFeaturesBeyondTheCapAreCounted(t *testing.T) {
	var fs []*Feature
	for i := range 10 {
		fs = append(fs, &Feature{ID: uint64(i + 1), At: spatial.Coord{X: int32(i), Y: 5}})
	}
	fs = append(fs, &Feature{ID: 11, At: spatial.Coord{X: -5, Y: 5}}) // another tile
	src := listOf(fs...)
	id := ID{1, 1, 0}
	for capacity, want := range map[int]Stats{0: {Features: 10}, 10: {Features: 10}, 9: {Features: 9, Dropped: 1}, 1: {Features: 1, Dropped: 9}} {
		body, got, err := Encode(nil, src, []string{"l"}, id, Options{MaxFeatures: capacity})
		if err != nil || got != want {
			t.Errorf("cap %d: %+v, %v", capacity, got, err)
		}
		doc, err := decodeStrict(body)
		if err != nil || len(doc.layers[0].features) != want.Features || doc.layers[0].features[0].id != 1 {
			t.Errorf("cap %d: %v, %v", capacity, doc, err)
		}
	}
	var many []*Feature
	for i := range DefaultMaxFeatures + 7 {
		many = append(many, &Feature{ID: uint64(i + 1), At: spatial.Coord{X: int32(i), Y: 5}})
	}
	if _, got, _ := Encode(nil, listOf(many...), []string{"l"}, id, Options{}); got != (Stats{Features: DefaultMaxFeatures, Dropped: 7}) {
		t.Errorf("default cap: %+v", got)
	}
}

func TestValuesOfAnyKindAreKeptApart(t *testing.T) {
	f := func(id uint64, values ...string) *Feature { return &Feature{ID: id, Values: values} }
	long := strings.Repeat("长", 4000)
	src := listOf(f(1, "x", "y"), f(2, "", "x"), f(3), f(4, "\xffbad", "\xfebad"), f(5, "\uFFFDbad"), f(6, long, "x"), f(7, "y", "y", "no field"))
	src.layer.Fields = []string{"a", "b", "a"} // a field name twice: the second is not written
	got := src.one(t, ID{0, 0, 0})
	want := []map[string]string{
		{"a": "x", "b": "y"},
		{"b": "x"},
		{},
		{"a": "\uFFFDbad", "b": "\uFFFDbad"},
		{"a": "\uFFFDbad"},
		{"a": long, "b": "x"},
		{"a": "y", "b": "y"},
	}
	for i, w := range want {
		if fmt.Sprint(got[i].tags) != fmt.Sprint(w) {
			t.Errorf("feature %d: %v, want %v", i+1, got[i].tags, w)
		}
	}
}
