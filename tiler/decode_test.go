package tiler

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/spatial"
)

// everything is a tile with all that the specification knows and some fields
// that it does not.
func everything() *Tile {
	field := func(number int, content string) []byte {
		b := appendVarint(nil, uint64(number<<3|2))
		return append(appendVarint(b, uint64(len(content))), content...)
	}
	return &Tile{
		Layers: []TileLayer{
			{
				Version: 2, Name: "道路", Extent: 512,
				Keys: []string{"a", "", "b", "unused"},
				Values: []Value{
					{Kind: StringValue, Text: "路"},
					{Kind: StringValue},
					{Kind: FloatValue, Bits: uint64(math.Float32bits(3.1))},
					{Kind: DoubleValue, Bits: math.Float64bits(math.NaN())},
					{Kind: IntValue, Bits: 1<<64 - 5},
					{Kind: UintValue, Bits: 1<<64 - 5},
					{Kind: SintValue, Bits: 1 << 63},
					{Kind: BoolValue, Bits: 1},
					{Kind: BoolValue},
				},
				Features: []TileFeature{
					{Type: spatial.Points, Parts: [][]Point{{{5, 5}, {5, 5}, {-9, 600}}}, Tags: []uint32{0, 8, 2, 3, 1, 1}},
					{HasID: true, Type: spatial.Lines, Parts: [][]Point{{{1, 1}, {2, 2}, {1, 1}}, {{7, 7}, {0, 0}}}},
					{ID: 1<<64 - 1, HasID: true, Type: spatial.Polygons, Parts: [][]Point{
						{{0, 0}, {9, 0}, {9, 9}, {0, 9}}, {{1, 1}, {1, 2}, {2, 2}}, {{20, 20}, {30, 20}, {30, 30}},
					}, Extra: field(17, "feature")},
					{Type: 0, Commands: []uint32{9, 50, 34, 1<<32 - 1}},
					{HasID: true, ID: 4, Type: spatial.Lines, Parts: [][]Point{{{math.MaxInt32, 0}, {math.MaxInt32 + 1, 1}}}},
				},
				Extra: field(16, "layer"),
			},
			{Version: 1, Name: "empty", Extent: Extent},
		},
		Extra: append(field(16, "tile"), field(999, "")...),
	}
}

func TestATileOfEverythingIsReadAsItWasWritten(t *testing.T) {
	want := everything()
	b := want.Append([]byte("before"))[len("before"):]
	got, err := Decode(b)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%v\n%+v\n%+v", err, got, want)
	}
	var said []any
	for _, v := range got.Layers[0].Values {
		said = append(said, v.Any())
	}
	if s := fmt.Sprint(said); s != "[路  3.1 NaN -5 18446744073709551611 -9223372036854775808 true false]" {
		t.Error(s)
	}
	for _, f := range Check(b) {
		if f.Severity != Advice {
			t.Error(f)
		}
	}
	for n := range b { // cut anywhere but between the fields of the tile
		if cut, err := Decode(b[:n]); err == nil && !bytes.HasPrefix(b, cut.Append(nil)) {
			t.Errorf("%d of %d bytes: %+v", n, len(b), cut)
		}
	}
}

// The examples of the specification, section 4.3.5, in its own numbers.
func TestTheExamplesOfTheSpecificationAreRead(t *testing.T) {
	for name, c := range map[string]struct {
		kind     spatial.Kind
		geometry []byte
		want     [][]Point
	}{
		"point":       {spatial.Points, []byte{9, 50, 34}, [][]Point{{{25, 17}}}},
		"multi point": {spatial.Points, []byte{17, 10, 14, 3, 9}, [][]Point{{{5, 7}, {3, 2}}}},
		"line":        {spatial.Lines, []byte{9, 4, 4, 18, 0, 16, 16, 0}, [][]Point{{{2, 2}, {2, 10}, {10, 10}}}},
		"multi line": {
			spatial.Lines,
			[]byte{9, 4, 4, 18, 0, 16, 16, 0, 9, 17, 17, 10, 4, 8},
			[][]Point{{{2, 2}, {2, 10}, {10, 10}}, {{1, 1}, {3, 5}}},
		},
		"polygon": {spatial.Polygons, []byte{9, 6, 12, 18, 10, 12, 24, 44, 15}, [][]Point{{{3, 6}, {8, 12}, {20, 34}}}},
		"multi polygon": {
			spatial.Polygons,
			[]byte{9, 0, 0, 26, 20, 0, 0, 20, 19, 0, 15, 9, 22, 2, 26, 18, 0, 0, 18, 17, 0, 15, 9, 4, 13, 26, 0, 8, 8, 0, 0, 7, 15},
			[][]Point{{{0, 0}, {10, 0}, {10, 10}, {0, 10}}, {{11, 11}, {20, 11}, {20, 20}, {11, 20}}, {{13, 13}, {13, 17}, {17, 17}, {17, 13}}},
		},
	} {
		b := withGeometry(c.kind, c.geometry...)
		tile, err := Decode(b)
		if err != nil || !reflect.DeepEqual(tile.Layers[0].Features[0].Parts, c.want) {
			t.Errorf("%s: %v, %+v", name, err, tile)
			continue
		}
		if again := tile.Append(nil); !bytes.Equal(again, b) {
			t.Errorf("%s: written as %x, read from %x", name, again, b)
		}
		if faults := Check(b); len(faults) > 0 {
			t.Errorf("%s: %v", name, faults)
		}
	}
}

// message is written by its parts: key and content by turns.
func written(fields ...any) (b []byte) {
	for i := 0; i < len(fields); i += 2 {
		b = appendVarint(b, uint64(fields[i].(int)))
		switch v := fields[i+1].(type) {
		case int:
			b = appendVarint(b, uint64(v))
		case string:
			b = append(appendVarint(b, uint64(len(v))), v...)
		case []byte:
			b = append(appendVarint(b, uint64(len(v))), v...)
		}
	}
	return b
}

// oneLayer is a tile of one layer with these fields after version and name.
func oneLayer(fields ...any) []byte {
	all := append([]any{keyLayerVersion, 2, keyLayerName, "l"}, fields...)
	return written(keyTileLayer, written(append(all, keyLayerExtent, Extent)...))
}

func oneFeature(fields ...any) []byte { return oneLayer(keyLayerFeatures, written(fields...)) }

func withGeometry(kind spatial.Kind, geometry ...byte) []byte {
	return oneFeature(keyFeatureType, int(kind), keyFeatureGeometry, geometry)
}

// sameModel holds what Decode makes of an encoder's tile against what the
// tests' own decoder makes of it, and the bytes that Append makes of it again.
func sameModel(t *testing.T, body []byte, doc tileDoc) {
	t.Helper()
	tile, err := Decode(body)
	if err != nil || len(tile.Layers) != len(doc.layers) {
		t.Fatalf("%v, %+v", err, tile)
	}
	if again := tile.Append(nil); !bytes.Equal(again, body) {
		t.Fatalf("%d bytes read, %d written", len(body), len(again))
	}
	for i, l := range tile.Layers {
		want := doc.layers[i]
		if l.Name != want.name || l.Version != 2 || l.Extent != Extent || len(l.Features) != len(want.features) {
			t.Fatalf("layer %q is %q with %d features", l.Name, want.name, len(l.Features))
		}
		for k, f := range l.Features {
			w := want.features[k]
			tags := map[string]string{}
			for n := 0; n < len(f.Tags); n += 2 {
				tags[l.Keys[f.Tags[n]]] = l.Values[f.Tags[n+1]].Text
			}
			var parts [][]unit
			for _, p := range f.Parts {
				var part []unit
				for _, at := range p {
					part = append(part, unit{int32(at.X), int32(at.Y)})
				}
				parts = append(parts, part)
			}
			if f.ID != w.id || uint64(f.Type) != w.kind || !reflect.DeepEqual(tags, w.tags) || !reflect.DeepEqual(parts, w.parts) {
				t.Fatalf("feature %+v is %+v", f, w)
			}
		}
	}
}

// Every length and count of a tile may be a lie. None may cost more than the
// bytes that tell it.
func TestClaimedLengthsAndCountsCostNothing(t *testing.T) {
	const huge = 1_000_000_000
	count := func(id uint64) string { return string(appendVarint(nil, huge/2<<3|id)) }
	length := string(appendVarint(nil, huge))
	for name, b := range map[string][]byte{
		"layer":            []byte("\x1a" + length),
		"layer, 63 bits":   []byte("\x1a\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
		"name":             written(keyTileLayer, "\x0a"+length),
		"feature":          written(keyTileLayer, "\x12"+length),
		"key":              written(keyTileLayer, "\x1a"+length),
		"value":            written(keyTileLayer, "\x22"+length),
		"text":             oneLayer(keyLayerValues, "\x0a"+length),
		"unknown field":    oneLayer(16<<3|2, "", 17<<3|2, huge),
		"tags":             oneLayer(keyLayerFeatures, "\x12"+length),
		"geometry":         oneLayer(keyLayerFeatures, "\x22"+length),
		"MoveTo":           oneFeature(keyFeatureType, typePoint, keyFeatureGeometry, count(1)+"\x02\x02"),
		"MoveTo of a line": oneFeature(keyFeatureType, typeLine, keyFeatureGeometry, count(1)+"\x02\x02"),
		"LineTo":           oneFeature(keyFeatureType, typeLine, keyFeatureGeometry, "\x09\x00\x00"+count(2)+"\x06\x0a"),
		"LineTo of a ring": oneFeature(keyFeatureType, typePolygon, keyFeatureGeometry, "\x09\x00\x00"+count(2)+"\x06\x0a"),
		"ClosePath":        oneFeature(keyFeatureType, typePolygon, keyFeatureGeometry, "\x09\x00\x00\x12\x02\x02\x04\x05"+count(7)),
		"too large a tile": make([]byte, maxTileBytes+1),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		tile, err := Decode(b)
		faults := Check(b)
		runtime.ReadMemStats(&after)
		if err == nil || len(faults) == 0 {
			t.Errorf("%s: %+v, %v", name, tile, faults)
		}
		if spent := after.TotalAlloc - before.TotalAlloc; spent > 64<<10 {
			t.Errorf("%s: %d bytes allocated", name, spent)
		}
	}
}

// The model of the tiles that swell most stays within what maxTileBytes is
// derived from.
func TestAModelIsBoundedByTheBytesOfItsTile(t *testing.T) {
	const times = 10_000
	layer := func(field ...any) []byte {
		var fields []any
		for range times {
			fields = append(fields, field...)
		}
		return oneLayer(fields...)
	}
	feature := written(keyFeatureGeometry, []byte{9, 0, 0})
	point := written(keyFeatureType, typePoint, keyFeatureGeometry, []byte{9, 0, 0})
	for name, b := range map[string][]byte{
		"unknown features": layer(keyLayerFeatures, feature),
		"points":           layer(keyLayerFeatures, point),
		"keys":             layer(keyLayerKeys, ""),
		"values":           layer(keyLayerValues, written(keyValueBool, 1)),
		"lines": oneFeature(keyFeatureType, typeLine,
			keyFeatureGeometry, bytes.Repeat([]byte{9, 0, 0, 10, 2, 2}, times)),
		"points of one": oneFeature(keyFeatureType, typePoint,
			keyFeatureGeometry, append(appendVarint(nil, command(moveTo, times)), make([]byte, 2*times)...)),
		"unknown fields": layer(16<<3, 1),
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		tile, err := Decode(b)
		runtime.GC()
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		held := float64(after.HeapAlloc-min(before.HeapAlloc, after.HeapAlloc)) / float64(len(b))
		if t.Logf("%s: %.1f times its bytes", name, held); held > 25 {
			t.Errorf("%s: the model holds %.1f times the bytes of the tile", name, held)
		}
		runtime.KeepAlive(tile)
	}
	if b := bytes.Repeat(oneLayer(), maxTileLayers+1); !refused(b, "more than 1024 layers") {
		t.Error("1025 layers are read")
	}
	if b := layer(keyLayerFeatures, point); !refused(bytes.Repeat(b, maxTileFeatures/times+1), "more than 1048576 features") {
		t.Error("more than a million features are read")
	}
}

// refused reports whether Check names the fault as unreadable and Decode
// refuses the tile.
func refused(b []byte, reason string) bool {
	_, err := Decode(b)
	for _, f := range Check(b) {
		if f.Severity == Unreadable && strings.Contains(f.Reason, reason) {
			return err != nil
		}
	}
	return false
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{})
	f.Add(everything().Append(nil))
	town := newTown(f, 41, 3)
	rnd := rand.New(rand.NewPCG(41, 41))
	for z := range uint8(8) {
		b, _, err := Encode(nil, town, town.names(), town.tile(rnd, 15+z), Options{})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, c := range faultyTiles() {
		f.Add(c.tile)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		tile, err := Decode(b)
		var worst Severity
		faults := Check(b)
		for _, f := range faults {
			worst = max(worst, f.Severity)
		}
		if (err != nil) != (worst == Unreadable) {
			t.Fatalf("Decode says %v, Check %v", err, faults)
		}
		if _, strict := decodeStrict(b); strict == nil && len(faults) > 0 {
			t.Fatalf("the tests' own decoder finds nothing, Check %v", faults)
		}
		if err != nil {
			return
		}
		again := tile.Append(nil)
		second, err := Decode(again)
		if err != nil || !reflect.DeepEqual(second, tile) {
			t.Fatalf("%v\n%+v\n%+v", err, second, tile)
		}
		if third := second.Append(nil); !bytes.Equal(third, again) {
			t.Fatalf("%x\n%x", third, again)
		}
	})
}
