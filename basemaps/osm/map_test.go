package osm

import (
	"slices"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

func TestValuesOfATown(t *testing.T) {
	m := read(t, made(), Options{MaxZoom: 15})
	for _, c := range []struct {
		layer layerNumber
		class string
		want  string
	}{
		{places, "city", "开封|Kaifeng|city|4824016"},
		{pois, "hospital", "人民医院||hospital"},
		{pois, "school", "一中||school"},
		{roads, "path", "Rue 1||path"},
		{rail, "subway", "一号线||subway|tunnel"},
		{water, "river", "汴河||river"},
		{water, "lake", "龙亭湖||lake"},
		{green, "forest", "林||forest"},
		{buildings, "residential", "||residential|12.5||4"},
		{buildings, "public", "一中||public"},
	} {
		if got := strings.Join(only(t, m, c.layer, c.class).values, "|"); got != c.want {
			t.Errorf("%s %s: %q, want %q", layerNames[c.layer], c.class, got, c.want)
		}
	}
	var primary []string
	for i := range m.layers[roads].features {
		if f := &m.layers[roads].features[i]; f.values[classField] == "primary" {
			primary = append(primary, strings.Join(f.values, "|"))
		}
	}
	if want := []string{"东大街|East Street|primary|G310|||yes", "||primary||yes|bridge"}; !slices.Equal(primary, want) {
		t.Errorf("primary roads %q, want %q", primary, want)
	}
	if m.Written != 1_700_000_000 {
		t.Errorf("written %d", m.Written)
	}
	if n := m.Report.Features["base_water"]["stream"]; n != 0 {
		t.Errorf("%d streams: the one in a culvert is drawn", n)
	}
	if n := m.Report.Features["base_places"]["suburb"]; n != 0 {
		t.Errorf("a place without a name is drawn")
	}
}

func TestAMultipolygonOfTurnedWaysHasItsHole(t *testing.T) {
	m := read(t, made(), Options{MaxZoom: 15})
	lake := only(t, m, water, "lake")
	if lake.id != 2001*10+3 {
		t.Errorf("id %d", lake.id)
	}
	if len(lake.shape.Shells) != 1 || len(lake.shape.Ends) != 2 {
		t.Fatalf("%d shells, %d rings", len(lake.shape.Shells), len(lake.shape.Ends))
	}
	if !holdsPoint(lake, at(114.323, 34.80)) || holdsPoint(lake, at(114.32, 34.80)) {
		t.Error("the island is not where it is")
	}
	if wood := only(t, m, green, "forest"); wood.id != 2002*10+3 || holdsPoint(wood, at(114.33, 34.80)) || !holdsPoint(wood, at(114.3315, 34.80)) {
		t.Errorf("forest %d: the tags of the outer way count for the multipolygon, not for the way", wood.id)
	}
}

func TestWhatIsBrokenIsNamedAndNotDrawn(t *testing.T) {
	m := read(t, made(), Options{MaxZoom: 15})
	var got []string
	for _, b := range m.Report.Broken {
		got = append(got, b.String())
	}
	slices.Sort(got)
	want := []string{
		"relation 2003: not drawn: not whole: 1 of its ways are not in the file, 1 close no ring",
		"way 1017: fewer than two of its nodes are in the file",
		"way 1019: the file does not have all of its nodes",
	}
	if !slices.Equal(got, want) {
		t.Errorf("broken:\n%s", strings.Join(got, "\n"))
	}
	if m.Report.LeftOut != 3 || m.Report.Cut != 2 {
		t.Errorf("%d left out, %d cut", m.Report.LeftOut, m.Report.Cut)
	}
	cut := only(t, m, roads, "residential")
	if len(cut.shape.Ends) != 2 {
		t.Errorf("a way with two nodes missing in its middle is of %d pieces", len(cut.shape.Ends))
	}
	for i := range m.layers[water].features {
		f := &m.layers[water].features[i]
		if f.shape.Kind == spatial.Polygons && holdsPoint(f, at(114.34, 34.80)) {
			t.Error("the hole of a lake without a shore became a lake")
		}
	}
}

func TestZoomsOfAMap(t *testing.T) {
	m := read(t, made(), Options{MaxZoom: 15})
	for _, c := range []struct {
		layer layerNumber
		class string
		z     uint8
		shown bool
	}{
		{places, "city", 4, true},
		{places, "city", 3, false},
		{roads, "path", 13, false},
		{roads, "path", 14, true},
		{buildings, "residential", 12, false},
		{buildings, "residential", 13, true}, // 40 m: 16 pixels²
		{water, "lake", 6, false},            // 800 m are 2 pixels, but not 4 pixels²
		{water, "lake", 9, true},
	} {
		seen := false
		m.VisitZoom(layerNames[c.layer], c.z, spatial.Box{Min: at(-180, -85), Max: at(180, 85)}, func(f *tiler.Feature) bool {
			seen = seen || f.Values[classField] == c.class
			return true
		})
		if seen != c.shown {
			t.Errorf("%s at zoom %d: shown %v", c.class, c.z, seen)
		}
	}
	// A map of few zooms has everything at its last.
	few := read(t, made(), Options{MaxZoom: 10})
	if n := len(few.layers[buildings].features); n != 2 || few.layers[buildings].first != 10 {
		t.Errorf("%d buildings from zoom %d on", n, few.layers[buildings].first)
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct {
		tags          tags
		name, english string
	}{
		{tagged("name", "东大街"), "东大街", ""},
		{tagged("name", "Orchard Road", "name:zh", "乌节路", "name:en", "Orchard Road"), "乌节路", "Orchard Road"},
		{tagged("name", "中環 Central", "name:zh", "中環", "name:zh-Hans", "中环"), "中环", ""},
		{tagged("name", "東京都", "name:zh", "东京"), "东京", ""},
		{tagged("name", "東京タワー", "name:en", "Tokyo Tower"), "東京タワー", "Tokyo Tower"},
		{tagged("name", "人民路", "name:zh", "Renmin Lu"), "人民路", ""},
		{tagged("name:en", "Nanjing Road"), "Nanjing Road", ""},
		{tagged("name", "Bund", "int_name", "The Bund"), "Bund", "The Bund"},
		{tagged("name", " a\tb\xff "), "a b\uFFFD", ""},
		{tagged("name", strings.Repeat("街", 300)), strings.Repeat("街", 255), ""},
		{nil, "", ""},
	} {
		if name, english := names(c.tags); name != c.name || english != c.english {
			t.Errorf("%v: %q, %q", c.tags, name, english)
		}
	}
}

func TestHeights(t *testing.T) {
	for in, want := range map[string]string{
		"12": "12", "12.50 m": "12.5", " 3m": "3", "40'": "", "-3": "", "1e3": "", "": "", "5000": "", "1.2.3": "", "007": "7",
	} {
		if got := metres(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestNoTileIsMadeBeyondTheExtractsBox(t *testing.T) {
	x := made()
	x.box = [4]float64{114.29, 114.32, 34.81, 34.78}
	from, to := x.node(114.30, 34.79), x.node(116, 36)
	x.way([]int64{from, to}, "highway", "motorway")
	m := read(t, x, Options{MaxZoom: 12})
	box := spatial.Box{Min: at(114.29, 34.78), Max: at(114.32, 34.81)}
	all := tiles(t, m)
	for id := range all {
		if !id.Box(tiler.Buffer).Meets(box) {
			t.Errorf("tile %v is outside", id)
		}
	}
	for _, l := range m.Layers() {
		if !l.Box.Empty() && (!box.Holds(l.Box.Min) || !box.Holds(l.Box.Max)) {
			t.Errorf("%s spans %v", l.Name, l.Box)
		}
	}
	if len(all) < 8 {
		t.Errorf("%d tiles", len(all))
	}
}

func TestAWayThatItsMultipolygonRepeatsIsDrawnOnce(t *testing.T) {
	x := &extract{}
	a := x.way(x.square(114.3, 34.8, 0.001), "building", "school", "name", "一中")
	b := x.way(x.square(114.31, 34.8, 0.001), "building", "house")
	x.relation([]testMember{outer(a), outer(b)}, "type", "multipolygon", "building", "school", "name", "一中")
	c := x.way(x.square(114.32, 34.8, 0.001), "natural", "water")
	x.relation([]testMember{outer(c)}, "type", "multipolygon", "natural", "water", "name", "湖")
	x.relation([]testMember{outer(x.way(x.square(114.33, 34.8, 0.001))), outer(a)}, "type", "multipolygon", "highway", "pedestrian")
	m := read(t, x, Options{MaxZoom: 15})
	if got := only(t, m, buildings, "public"); got.id%10 != idRelation || len(got.shape.Shells) != 2 {
		t.Errorf("%d", got.id)
	}
	if got := only(t, m, buildings, "residential"); got.id != uint64(b)*10+idWay {
		t.Errorf("%d: a part that is another kind is drawn by itself", got.id)
	}
	if got := only(t, m, water, "water"); got.values[0] != "湖" {
		t.Errorf("%q", got.values)
	}
	only(t, m, roads, "pedestrian")
}

func TestTheSeaIsDrawnInItsExtract(t *testing.T) {
	x := &extract{box: [4]float64{114, 115, 35, 34}}
	a, b, c := x.node(113.9, 34.5), x.node(114.5, 34.6), x.node(115.1, 34.5)
	x.way([]int64{b, c}, "natural", "coastline") // the sea is south of it
	x.way([]int64{a, b}, "natural", "coastline")
	m := read(t, x, Options{MaxZoom: 10})
	s := only(t, m, water, "sea")
	if !holdsPoint(s, at(114.5, 34.1)) || holdsPoint(s, at(114.5, 34.9)) {
		t.Error("the sea is right of its coast")
	}
	x.node(114.5, 34.2)
	x.way([]int64{x.node(114.4, 34.3), x.node(114.6, 34.3)}, "natural", "coastline")
	if m := read(t, x, Options{MaxZoom: 10}); m.Report.Sea == "" || m.Report.Features["base_water"]["sea"] != 0 {
		t.Errorf("%q", m.Report.Sea)
	}
}

// However wild the coasts are, the sea stays in its box.
func FuzzSea(f *testing.F) {
	f.Add([]byte{0, 5, 9, 5, 1}, uint8(2))
	f.Add([]byte{5, 5, 7, 5, 7, 7, 5, 5}, uint8(3))
	f.Fuzz(func(t *testing.T, b []byte, cut uint8) {
		box := spatial.Box{Max: spatial.Coord{X: 200, Y: 150}}
		var coasts [][]spatial.Coord
		var line []spatial.Coord
		for i := 0; i+1 < len(b); i += 2 {
			line = append(line, spatial.Coord{X: int32(b[i]) - 20, Y: int32(b[i+1]) - 30})
			if len(line) > int(cut%16)+2 {
				if i%3 == 0 {
					line = append(line, line[0])
				}
				coasts, line = append(coasts, line), nil
			}
		}
		s, err := sea(coasts, box)
		if err != nil || s == nil {
			return
		}
		for _, c := range s.Coords {
			if !box.Holds(c) {
				t.Errorf("%v is outside the box", c)
			}
		}
	})
}
