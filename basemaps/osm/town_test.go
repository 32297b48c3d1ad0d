package osm

import (
	"bytes"
	"context"
	"flag"
	"os"
	"testing"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

var update = flag.Bool("update", false, "write testdata anew")

// made is a small made-up town with one of everything.
func made() *extract {
	x := &extract{perBlock: 7, written: 1_700_000_000}
	x.node(114.30, 34.80, "place", "city", "name", "Kaifeng", "name:zh", "开封", "name:en", "Kaifeng", "population", "4824016")
	x.node(114.31, 34.80, "amenity", "hospital", "name", "人民医院")
	x.node(114.31, 34.79, "place", "suburb") // without a name
	street := []int64{x.node(114.300, 34.790), x.node(114.305, 34.7901), x.node(114.310, 34.790)}
	x.way(street, "highway", "primary", "name", "东大街", "name:en", "East Street", "ref", "G310", "oneway", "yes")
	x.way([]int64{street[2], x.node(114.315, 34.79)}, "highway", "primary_link", "bridge", "yes")
	x.way([]int64{street[0], x.node(114.30, 34.785)}, "highway", "footway", "name", "Rue 1")
	x.way([]int64{street[1], x.node(114.305, 34.785)}, "railway", "subway", "tunnel", "yes", "name:zh", "一号线", "name", "Line 1")
	x.way([]int64{street[1], x.node(114.306, 34.785)}, "waterway", "stream", "tunnel", "culvert")
	x.way([]int64{street[1], x.node(114.307, 34.785)}, "waterway", "river", "name", "汴河")
	x.way(x.square(114.302, 34.795, 0.0002), "building", "apartments", "height", "12.50 m", "building:levels", "4")
	x.way(x.square(114.304, 34.795, 0.0002), "building", "no")
	x.way(x.square(114.306, 34.795, 0.0002), "amenity", "school", "name", "一中", "building", "school")
	// A lake with an island, its shore in two ways, one of them turned round.
	s := x.square(114.32, 34.80, 0.004)
	north := x.way([]int64{s[2], s[3], s[0]})
	south := x.way([]int64{s[2], s[1], s[0]})
	island := x.way(x.square(114.32, 34.80, 0.001))
	x.relation([]testMember{outer(north), outer(south), inner(island), {1, "label", 0}}, "type", "multipolygon", "natural", "water", "water", "lake", "name", "龙亭湖")
	// The custom of old: the tags are on the outer way.
	wood := x.way(x.square(114.33, 34.80, 0.002), "landuse", "forest", "name", "林")
	glade := x.way(x.square(114.33, 34.80, 0.0005))
	x.relation([]testMember{outer(wood), inner(glade)}, "type", "multipolygon")
	// One whose shore is not all there, with a hole that must not become a lake.
	t := x.square(114.34, 34.80, 0.002)
	half := x.way([]int64{t[0], t[1], t[2]})
	hole := x.way(x.square(114.34, 34.80, 0.0005))
	x.relation([]testMember{outer(half), inner(hole), outer(9999)}, "type", "multipolygon", "natural", "water")
	// At the edge of the extract.
	x.way([]int64{street[2], 777, 778}, "highway", "residential")
	x.way([]int64{street[1], street[2], 779, 780, street[0], street[1]}, "highway", "residential")
	x.way([]int64{t[0], t[1], 781, t[0]}, "landuse", "grass")
	return x
}

func read(t testing.TB, x *extract, o Options) *Map {
	t.Helper()
	b := x.bytes()
	m, err := Read(context.Background(), bytes.NewReader(b), int64(len(b)), o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// only returns the one feature of a class; its shape is that of the last zoom.
func only(t testing.TB, m *Map, n layerNumber, class string) *feature {
	t.Helper()
	var found *feature
	for i := range m.layers[n].features {
		if f := &m.layers[n].features[i]; f.values[classField] == class {
			if found != nil {
				t.Fatalf("%s: more than one %s", layerNames[n], class)
			}
			found = f
		}
	}
	if found == nil {
		t.Fatalf("%s: no %s", layerNames[n], class)
	}
	return found
}

func TestTheTownOfTestdataIsTheMadeOne(t *testing.T) {
	const name = "testdata/town.osm.pbf"
	want := made().bytes()
	if *update {
		if err := os.WriteFile(name, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	// Packed bytes follow the Go version's compressor: what is in them counts.
	a, err := Read(context.Background(), bytes.NewReader(got), int64(len(got)), Options{MaxZoom: 15})
	if err != nil {
		t.Fatal(err)
	}
	b := read(t, made(), Options{MaxZoom: 15})
	if a.Report.String() != b.Report.String() {
		t.Errorf("%s is another: run the test with -update\n%s\n%s", name, &a.Report, &b.Report)
	}
}

// tiles are all tiles of a map that have content, by name.
func tiles(t testing.TB, m *Map) map[tiler.ID][]byte {
	t.Helper()
	all := map[tiler.ID][]byte{}
	for z := uint8(0); z <= m.last; z++ {
		for _, id := range tiler.Occupied(m, m.Layers(), z, z) {
			b, _, err := tiler.Encode(nil, m, Names(), id, tiler.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(b) > 0 {
				all[id] = b
			}
		}
	}
	return all
}

func TestTilesAreTheSameWhoeverWorksAndHoweverTheFileIsCut(t *testing.T) {
	want := tiles(t, read(t, made(), Options{MaxZoom: 15, Workers: 1}))
	if len(want) < 20 {
		t.Fatalf("only %d tiles", len(want))
	}
	other := made()
	other.perBlock, other.plain = 0, true
	for name, m := range map[string]*Map{
		"eight workers":                   read(t, made(), Options{MaxZoom: 15, Workers: 8}),
		"one block, plain nodes, no zlib": read(t, other, Options{MaxZoom: 15, Workers: 2}),
	} {
		got := tiles(t, m)
		if len(got) != len(want) {
			t.Errorf("%s: %d tiles in place of %d", name, len(got), len(want))
		}
		for id, b := range want {
			if !bytes.Equal(got[id], b) {
				t.Errorf("%s: tile %v differs", name, id)
			}
		}
	}
}

func TestEveryTileOfATownIsValid(t *testing.T) {
	for id, b := range tiles(t, read(t, made(), Options{MaxZoom: 16})) {
		for _, f := range tiler.Check(b) {
			if f.Severity > tiler.Advice {
				t.Errorf("tile %v: %v: %s", id, f.Place, f.Reason)
			}
		}
	}
}

func at(lon, lat float64) spatial.Coord { return spatial.At(lon, lat) }

func holdsPoint(f *feature, c spatial.Coord) bool {
	_, holds := f.shape.Contains(c)
	return holds
}
