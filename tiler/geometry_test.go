package tiler

import (
	"testing"

	"github.com/wanmi-gis/wanmi/spatial"
)

func TestATileInsideALargePolygonIsFilled(t *testing.T) {
	// 10 km across, and one over most of the globe.
	for _, half := range []int32{500_000, 800_000_000} {
		c := spatial.Coord{X: 20_000_000, Y: 10_000_000}
		corner := func(sx, sy int32) spatial.Coord { return spatial.Coord{X: c.X + sx*half, Y: c.Y + sy*half} }
		src := listOf(&Feature{ID: 1, Shape: polygon(t,
			[]spatial.Coord{corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)})})
		for _, z := range []uint8{14, 18, 20, 21, 22} {
			id, _ := At(c, z)
			got := src.one(t, id)
			const side = Extent + 2*Buffer
			if len(got) != 1 || len(got[0].parts) != 1 || len(got[0].parts[0]) != 4 || got[0].areas[0] != 2*side*side {
				t.Errorf("half %d %v: %v", half, id, got)
			}
		}
	}
}

func TestATileInsideAHoleIsEmpty(t *testing.T) {
	square := func(half int32) []spatial.Coord {
		return []spatial.Coord{{X: -half, Y: -half}, {X: half, Y: -half}, {X: half, Y: half}, {X: -half, Y: half}}
	}
	src := listOf(&Feature{ID: 1, Shape: polygon(t, square(2_000_000), square(1_000_000))})
	id, _ := At(spatial.Coord{X: 1000, Y: 1000}, 16)
	if got := src.one(t, id); got != nil {
		t.Errorf("%v: %v", id, got)
	}
	id, _ = At(spatial.Coord{X: 1_500_000, Y: 0}, 16)
	if got := src.one(t, id); len(got) != 1 || len(got[0].parts) != 1 {
		t.Errorf("between shell and hole: %v", got)
	}
	if got := src.one(t, ID{Z: 7, X: 64, Y: 64}); len(got) != 1 || len(got[0].parts) != 2 || got[0].areas[1] >= 0 {
		t.Errorf("shell and hole in sight: %v", got)
	}
}

func TestRingsThatOnlyTouchTheWindowAreLeftOut(t *testing.T) {
	// The tile north-west of the origin ends at the equator and meridian; its
	// window reaches Buffer units further. At z 20 a unit is a world unit.
	id := ID{20, 1<<19 - 1, 1<<19 - 1}
	edge := id.Box(Buffer)
	lon, lat := edge.Max.X, edge.Min.Y
	touching := polygon(t, []spatial.Coord{{X: lon, Y: lat}, {X: lon + 500, Y: lat}, {X: lon + 500, Y: lat - 500}, {X: lon, Y: lat - 500}})
	across := polygon(t, []spatial.Coord{{X: lon - 40, Y: lat + 40}, {X: lon + 500, Y: lat + 40}, {X: lon + 500, Y: lat - 500}, {X: lon - 40, Y: lat - 500}})
	tip := polygon(t, []spatial.Coord{{X: lon + 1, Y: lat + 900}, {X: lon + 500, Y: lat + 1400}, {X: lon + 500, Y: lat + 400}})
	for i, c := range []struct {
		shape *spatial.Shape
		want  int
	}{{touching, 0}, {across, 1}, {tip, 0}} {
		if got := listOf(&Feature{ID: 1, Shape: c.shape}).one(t, id); len(got) != c.want {
			t.Errorf("case %d: %v", i, got)
		}
	}
}

func TestShapesAtTheEndsOfTheWorldAreCut(t *testing.T) {
	cap1 := polygon(t, []spatial.Coord{{X: -maxLon, Y: 900_000_000}, {X: -maxLon, Y: 600_000_000}, {X: -100, Y: 600_000_000}, {X: -100, Y: 900_000_000}})
	south := polygon(t, []spatial.Coord{{X: 100, Y: -900_000_000}, {X: maxLon, Y: -900_000_000}, {X: maxLon, Y: -1}, {X: 100, Y: -1}})
	line := &spatial.Shape{
		Kind: spatial.Lines, Coords: []spatial.Coord{{X: -maxLon, Y: -900_000_000}, {X: maxLon, Y: 900_000_000}}, Ends: []uint32{2},
		Box: spatial.Box{Min: spatial.Coord{X: -maxLon, Y: -900_000_000}, Max: spatial.Coord{X: maxLon, Y: 900_000_000}},
	}
	src := listOf(&Feature{ID: 1, Shape: cap1}, &Feature{ID: 2, Shape: south}, &Feature{ID: 3, Shape: line})
	for z := uint8(0); z <= MaxZoom; z++ {
		last := uint32(1)<<z - 1
		for _, id := range []ID{{z, 0, 0}, {z, last, last}, {z, last / 2, last / 2}, {z, 0, last}, {z, last, 0}} {
			src.one(t, id) // strict
		}
		if got := src.one(t, ID{z, 0, 0}); len(got) == 0 || got[0].id != 1 {
			t.Errorf("z%d: %v", z, got)
		}
	}
}

func TestALineThatLeavesAndReturnsHasTwoParts(t *testing.T) {
	id := ID{20, 1 << 19, 1 << 19} // x east and y south of the origin
	at := func(x, y int32) spatial.Coord { return spatial.Coord{X: x, Y: -y} }
	s := func(cs ...spatial.Coord) *spatial.Shape {
		box := spatial.EmptyBox()
		for _, c := range cs {
			box = box.Extend(c)
		}
		return &spatial.Shape{Kind: spatial.Lines, Coords: cs, Ends: []uint32{uint32(len(cs))}, Box: box}
	}
	for name, c := range map[string]struct {
		shape *spatial.Shape
		parts int
	}{
		"leaves and returns":        {s(at(100, 100), at(9000, 100), at(9000, 300), at(100, 300)), 2},
		"crosses from side to side": {s(at(-9000, 100), at(9000, 200)), 1},
		"passes a corner outside":   {s(at(-9000, 5000), at(5000, -9000)), 0},
		"stays":                     {s(at(1, 1), at(50, 60), at(70, 80)), 1},
		"no longer than a unit":     {s(at(100, 100), at(100, 101)), -1},
	} {
		got := listOf(&Feature{ID: 1, Shape: c.shape}).one(t, id)
		parts := 0
		if len(got) > 0 {
			parts = len(got[0].parts)
		}
		if c.parts >= 0 && parts != c.parts {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestWhatIsSmallerThanAUnitVanishes(t *testing.T) {
	tiny := func(d int32) *spatial.Shape {
		c := spatial.Coord{X: 1_143_000_100, Y: 347_000_100}
		return polygon(t, []spatial.Coord{c, {X: c.X + d, Y: c.Y}, {X: c.X + d, Y: c.Y + d}, {X: c.X, Y: c.Y + d}})
	}
	id, _ := At(spatial.Coord{X: 1_143_000_100, Y: 347_000_100}, 10) // a unit is 860 quanta
	if got := listOf(&Feature{ID: 1, Shape: tiny(20)}).one(t, id); got != nil {
		t.Errorf("20 quanta: %v", got)
	}
	if got := listOf(&Feature{ID: 1, Shape: tiny(5000)}).one(t, id); len(got) != 1 {
		t.Errorf("5000 quanta: %v", got)
	}
}
