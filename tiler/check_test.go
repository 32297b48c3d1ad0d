package tiler

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/spatial"
)

type faultyTile struct {
	name string
	tile []byte
	want string // severity, place: reason
}

// faultyTiles has a tile for each rule.
func faultyTiles() []faultyTile {
	point := written(keyFeatureType, typePoint, keyFeatureGeometry, []byte{9, 50, 34})
	with := func(fields ...any) []byte {
		return append(slices.Clone(point), written(fields...)...)
	}
	layer := func(fields ...any) []byte { return written(keyTileLayer, written(fields...)) }
	square := func(more ...byte) []byte {
		return withGeometry(spatial.Polygons, append([]byte{9, 0, 0, 26, 20, 0, 0, 20, 19, 0, 15}, more...)...)
	}
	bare := []any{keyLayerVersion, 2, keyLayerName, "l"}
	const unreadable, broken, advice = "unreadable ", "broken ", "advice "
	const first = `layer 1 "l", feature 1: `
	return []faultyTile{
		{"gzip", []byte{0x1f, 0x8b, 8, 0}, unreadable + "tile: compressed with gzip"},
		{"end within a key", []byte{0x9a}, unreadable + "tile: the bytes end before a number does"},
		{"65 bits", bytes.Repeat([]byte{0xff}, 11), unreadable + "tile: a number has more than 64 bits"},
		{"group", appendVarint(nil, 16<<3|3), unreadable + "tile: key 131 is no field"},
		{"field 0", []byte{2, 0}, unreadable + "tile: key 2 is no field"},
		{"layer as a number", []byte{3 << 3, 1}, unreadable + "tile: field 3 has wire type 0"},
		{"foreign field", written(4<<3, 1), broken + "tile: field 4 does not exist"},
		{"extension", written(16<<3, 1), advice + "tile: field 16 is an extension"},
		{"layer without name", layer(keyLayerVersion, 2), unreadable + "layer 1: no name"},
		{"layer without version", layer(keyLayerName, "l"), unreadable + `layer 1 "l": no version`},
		{"version 3", layer(keyLayerVersion, 3, keyLayerName, "l"), unreadable + "layer 1: version 3"},
		{"version as text", layer(15<<3|2, "2", keyLayerName, "l"), unreadable + "layer 1: field 15 has wire type 2"},
		{"version twice", layer(keyLayerVersion, 2, keyLayerVersion, 2), unreadable + "layer 1: field 15 stands twice"},
		{"extent 0", layer(append(bare, keyLayerExtent, 0)...), unreadable + `layer 1 "l": extent 0`},
		{"extent of 33 bits", layer(append(bare, keyLayerExtent, 1<<32)...), unreadable + `layer 1 "l": the number 4294967296 has more than 32 bits`},
		{"no features", layer(bare...), advice + `layer 1 "l": no features`},
		{"empty name", layer(keyLayerVersion, 2, keyLayerName, ""), broken + "layer 1: the name is empty"},
		{"name not UTF-8", layer(keyLayerVersion, 2, keyLayerName, "\xff"), broken + `layer 1 "\xff": name "\xff" is not UTF-8`},
		{"same names", append(oneFeature(), oneFeature()...), broken + `layer 2 "l": layer 1 has the same name`},
		{"key twice in a layer", oneLayer(keyLayerKeys, "k", keyLayerKeys, "k"), advice + `layer 1 "l": key "k" stands twice`},
		{"value twice in a layer", oneLayer(keyLayerValues, written(keyValueInt, 5), keyLayerValues, written(keyValueInt, 5)), advice + `layer 1 "l": value "5" stands twice`},
		{"empty value", oneLayer(keyLayerValues, ""), unreadable + `layer 1 "l": value 0: it is empty`},
		{"value of two types", oneLayer(keyLayerValues, written(keyValueInt, 5, keyValueUint, 5)), unreadable + `layer 1 "l": value 0: fields 4 and 5; one is due`},
		{"value of a new type", oneLayer(keyLayerValues, written(9<<3, 5)), unreadable + `layer 1 "l": value 0: field 9 is no type`},
		{"text as a number", oneLayer(keyLayerValues, written(1<<3, 5)), unreadable + `layer 1 "l": value 0: field 1 has wire type 0`},
		{"truth of 2", oneLayer(keyLayerValues, written(keyValueBool, 2)), unreadable + `layer 1 "l": value 0: the truth value is 2`},
		{"three bytes of a float", oneLayer(keyLayerValues, "\x15\x00\x00\x00"), unreadable + `layer 1 "l": value 0: a length of 4 where 3 bytes are left`},
		{"value not UTF-8", oneLayer(keyLayerValues, written(keyValueString, "\xff")), broken + `layer 1 "l": value "\xff" is not UTF-8`},
		{"no type", oneFeature(keyFeatureGeometry, []byte{9, 50, 34}), broken + first + "no geometry type"},
		{"type 4", withGeometry(4, 9, 50, 34), unreadable + first + "geometry type 4"},
		{"no geometry", oneFeature(keyFeatureType, typePoint), unreadable + first + "no geometry"},
		{"two geometries", oneLayer(keyLayerFeatures, with(keyFeatureGeometry, []byte{9, 50, 34})), unreadable + first + "field 4 stands twice"},
		{"same ids", oneLayer(keyLayerFeatures, with(keyFeatureID, 7), keyLayerFeatures, with(keyFeatureID, 7)), advice + `layer 1 "l", feature 2: feature 1 has the same id 7`},
		{"odd tags", oneLayer(keyLayerFeatures, with(keyFeatureTags, []byte{0})), unreadable + first + "1 tags do not make pairs"},
		{"tags cut off", oneLayer(keyLayerFeatures, with(keyFeatureTags, []byte{0, 0x80})), unreadable + first + "tags: the bytes end before a number does"},
		{"key index", oneLayer(keyLayerKeys, "k", keyLayerFeatures, with(keyFeatureTags, []byte{0, 0})), unreadable + first + "tag 0=0 where there are 1 keys and 0 values"},
		{"key twice", oneLayer(keyLayerKeys, "k", keyLayerValues, written(keyValueInt, 5), keyLayerFeatures, with(keyFeatureTags, []byte{0, 0, 0, 0})), broken + first + `key "k" twice`},
		{"point with LineTo", withGeometry(spatial.Points, 10, 0, 0), unreadable + first + "command 2 count 1 where MoveTo was due"},
		{"points by two commands", withGeometry(spatial.Points, 9, 0, 0, 9, 0, 0), unreadable + first + "3 bytes after the points"},
		{"no points", withGeometry(spatial.Points, 1), unreadable + first + "command 1 count 0 where MoveTo was due"},
		{"half a point", withGeometry(spatial.Points, 9, 0), unreadable + first + "MoveTo count 1 with 1 bytes left"},
		{"line of one point", withGeometry(spatial.Lines, 9, 0, 0), unreadable + first + "the geometry ends where LineTo was due"},
		{"line without length", withGeometry(spatial.Lines, 9, 0, 0, 10, 0, 0), broken + `layer 1 "l", feature 1, part 1: a LineTo stays at {0 0}`},
		{"line that closes", withGeometry(spatial.Lines, 9, 0, 0, 10, 2, 2, 15), unreadable + first + "command 7 count 1 where MoveTo count 1 was due"},
		{"ring not closed", withGeometry(spatial.Polygons, 9, 0, 0, 18, 2, 0, 0, 2), unreadable + first + "the bytes end before a number does"},
		{"MoveTo then ClosePath", withGeometry(spatial.Polygons, 9, 0, 0, 15), unreadable + first + "command 7 count 1 where LineTo was due"},
		{"ClosePath count 0", withGeometry(spatial.Polygons, 9, 0, 0, 18, 2, 0, 0, 2, 7), unreadable + first + "command 7 count 0 where ClosePath count 1 was due"},
		{"ClosePath count 2", withGeometry(spatial.Polygons, 9, 0, 0, 18, 2, 0, 0, 2, 23), unreadable + first + "command 7 count 2 where"},
		{"ring of two", withGeometry(spatial.Polygons, 9, 0, 0, 10, 2, 0, 15), broken + `layer 1 "l", feature 1, part 1: a ring of 2 vertices`},
		{"ring that repeats its start", withGeometry(spatial.Polygons, 9, 0, 0, 26, 2, 0, 0, 2, 1, 1, 15), broken + `layer 1 "l", feature 1, part 1: the ring repeats its start`},
		{"ring without area", withGeometry(spatial.Polygons, 9, 0, 0, 18, 2, 0, 2, 0, 15), advice + `layer 1 "l", feature 1, part 1: the ring has no area`},
		{"first ring a hole", withGeometry(spatial.Polygons, 9, 0, 0, 18, 0, 2, 2, 0, 15), broken + `layer 1 "l", feature 1, part 1: the first ring turns as a hole does`},
		{"hole outside", square(9, 40, 40, 18, 0, 2, 2, 0, 15), broken + `layer 1 "l", feature 1, part 2: the hole reaches out of its polygon`},
		{"ring far off", withGeometry(spatial.Polygons, 9, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0, 18, 0, 2, 2, 0, 15), advice + `layer 1 "l", feature 1, part 1: the ring is too far off`},
	}
}

func TestEachFaultIsNamedWithItsPlace(t *testing.T) {
	for _, c := range faultyTiles() {
		var said []string
		var worst Severity
		for _, f := range Check(c.tile) {
			severity := []string{"advice", "broken", "unreadable"}[f.Severity]
			said = append(said, severity+" "+f.Place.String()+": "+f.Reason)
			worst = max(worst, f.Severity)
		}
		if !slices.ContainsFunc(said, func(s string) bool { return strings.HasPrefix(s, c.want) }) {
			t.Errorf("%s: %q, want %q", c.name, said, c.want)
		}
		if _, err := Decode(c.tile); (err != nil) != (worst == Unreadable) {
			t.Errorf("%s: Decode says %v, Check %q", c.name, err, said)
		}
		if _, err := decodeStrict(c.tile); err == nil && c.name != "ring far off" {
			t.Errorf("%s: the tests' own decoder finds nothing", c.name)
		}
	}
}

func TestVersion1IsFreeOfTheRulesForRings(t *testing.T) {
	tile, err := Decode(withGeometry(spatial.Polygons, 9, 0, 0, 18, 0, 2, 2, 0, 15))
	if err != nil {
		t.Fatal(err)
	}
	tile.Layers[0].Version = 1
	if faults := Check(tile.Append(nil)); len(faults) > 0 {
		t.Error(faults)
	}
}

func TestAllFaultsAreReportedUpToAHundredOfEachSeverity(t *testing.T) {
	bad := []byte{0}
	noType := written(keyFeatureGeometry, []byte{9, 0, 0})
	var fields []any
	for range 3 * maxFaults {
		fields = append(fields, keyLayerFeatures, noType, keyLayerFeatures, bad)
	}
	var counts [3]int
	for _, f := range Check(oneLayer(fields...)) {
		counts[f.Severity]++
	}
	if counts != [3]int{0, maxFaults, maxFaults} {
		t.Error(counts)
	}
	if s := (Fault{Place: Place{Layer: 1, Name: strings.Repeat("长", 1000)}}).Place.String(); len(s) > 4*maxQuoted {
		t.Errorf("a long name is repeated whole: %d bytes", len(s))
	}
}
