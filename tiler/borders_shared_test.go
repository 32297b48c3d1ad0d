package tiler

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/tidwall/rtree"
	"github.com/twpayne/go-geos"

	"github.com/wanmi-gis/wanmi/spatial"
)

// step is an edge of a drawn polygon or line, from the smaller end.
type step struct{ a, b unit }

func stepOf(a, b unit) step {
	if b.x < a.x || (b.x == a.x && b.y < a.y) {
		a, b = b, a
	}
	return step{a, b}
}

// steps counts the edges of the drawn features that do not touch the window's
// limits, where clipping makes edges of its own.
func steps(features map[uint64]featureDoc) map[step]int {
	out := map[step]int{}
	inner := func(u unit) bool { return min(u.x, u.y) > -Buffer && max(u.x, u.y) < Extent+Buffer }
	for _, f := range features {
		for _, p := range f.parts {
			for i, u := range p {
				if i == 0 && f.kind == typeLine {
					continue
				}
				if v := p[(i+len(p)-1)%len(p)]; inner(u) && inner(v) {
					out[stepOf(u, v)]++
				}
			}
		}
	}
	return out
}

func TestUnionsOfCellsHaveTheirCellsBorders(t *testing.T) {
	b := newLayeredTown(t, 62, 12)
	rnd := rand.New(rand.NewPCG(62, 62))
	shared := 0
	for round := range 120 {
		id := b.view(rnd, "zones", uint8(11+round%8))
		cells := steps(b.drawn(t, "cells", id))
		for _, layer := range []string{"zones", "communities", "districts"} {
			for s := range steps(b.drawn(t, layer, id)) {
				if cells[s] == 0 {
					t.Fatalf("%v: edge %v of %s is no cell's", id, s, layer)
				}
				shared++
			}
		}
	}
	if shared < 3000 {
		t.Errorf("only %d edges compared", shared)
	}
}

func TestTheMeshHasEachArcOnceUnderItsHighestKind(t *testing.T) {
	b := newLayeredTown(t, 63, 12)
	rnd := rand.New(rand.NewPCG(63, 63))
	compared := 0
	for round := range 60 {
		id := b.view(rnd, "cells", uint8(11+round%6))
		b.meshBelow = 0
		cells := steps(b.drawn(t, "cells", id))
		above := map[BorderKind]map[step]int{}
		for name, kind := range townKinds {
			above[kind] = steps(b.drawn(t, name, id))
		}
		b.meshBelow = MaxZoom + 1
		mesh := map[step]string{}
		for _, f := range b.drawn(t, "cells", id) {
			for s, n := range steps(map[uint64]featureDoc{0: f}) {
				if n > 1 || mesh[s] != "" {
					t.Fatalf("%v: edge %v %d times in the mesh, also as %q", id, s, n, mesh[s])
				}
				mesh[s] = f.tags[MeshField]
			}
		}
		if len(mesh) != len(cells) {
			t.Fatalf("%v: %d edges in the mesh, %d of cells", id, len(mesh), len(cells))
		}
		for s, n := range cells {
			want := EdgeBorder
			for kind := CellBorder; n == 2 && kind < kindCount; kind-- { // wraps after the first
				if above[kind][s] > 0 {
					want = kind
				}
			}
			if n > 2 || mesh[s] != want.String() {
				t.Fatalf("%v: edge %v of %d cells is %q in the mesh, want %v", id, s, n, mesh[s], want)
			}
			compared++
		}
	}
	if compared < 5000 {
		t.Errorf("only %d edges compared", compared)
	}
}

// What two tiles side by side both show, in the strip that their buffers share,
// is the same to the unit.
func TestTilesSideBySideAgreeInTheStripTheyShare(t *testing.T) {
	b := newLayeredTown(t, 64, 12)
	rnd := rand.New(rand.NewPCG(64, 64))
	compared := 0
	for round := range 160 {
		z := uint8(9 + round%10)
		id := b.view(rnd, "zones", z)
		for layer := range townKinds {
			for _, next := range []ID{{z, id.X + 1, id.Y}, {z, id.X, id.Y + 1}} {
				dx, dy := int32(next.X-id.X)*Extent, int32(next.Y-id.Y)*Extent
				here, there := b.drawn(t, layer, id), b.drawn(t, layer, next)
				for fid, f := range here {
					mine, its := strip0(f, unit{0, 0}, dx, dy), strip0(there[fid], unit{dx, dy}, dx, dy)
					if !slices.Equal(mine, its) {
						t.Fatalf("%v %s %d: %v, and %v beside it in %v", id, layer, fid, mine, its, next)
					}
					compared += len(mine)
				}
			}
		}
	}
	if compared < 1000 {
		t.Errorf("only %d vertices compared", compared)
	}
}

// strip0 lists the vertices of a feature within the buffers along the edge
// between a tile and the next, which lies dx and dy from it, in its units.
func strip0(f featureDoc, at unit, dx, dy int32) (out []unit) {
	for _, p := range f.parts {
		for _, u := range p {
			u = unit{u.x + at.x, u.y + at.y}
			along, across := u.y, u.x-dx
			if dy > 0 {
				along, across = u.x, u.y-dy
			}
			if across > -Buffer && across < Buffer && along > -Buffer && along < Extent+Buffer {
				out = append(out, u)
			}
		}
	}
	slices.SortFunc(out, func(a, b unit) int { return int(a.x-b.x)*10000 + int(a.y-b.y) })
	return slices.Compact(out)
}

func TestTheOrderOfTheInputDoesNotChangeABorder(t *testing.T) {
	b := newLayeredTown(t, 65, 10)
	for _, l := range b.layersOf(map[string]BorderKind{"parks": ZoneBorder}) {
		b.shapes["parks"] = nil
		for i := range l.Features {
			b.shapes["parks"] = append(b.shapes["parks"], &l.Features[i])
		}
	}
	kinds := map[string]BorderKind{
		"districts": DistrictBorder, "communities": CommunityBorder, "zones": ZoneBorder, "cells": CellBorder, "parks": StreetBorder,
	}
	layers := b.layersOf(kinds)
	b.borders = NewBorders(layers...)
	rnd := rand.New(rand.NewPCG(65, 65))
	for i := range layers {
		fs := slices.Clone(layers[i].Features)
		rnd.Shuffle(len(fs), func(j, k int) { fs[j], fs[k] = fs[k], fs[j] })
		for k := range fs {
			fs[k].Shape = shuffled(rnd, fs[k].Shape)
		}
		layers[i].Features = fs
	}
	again := &bordered{town: b.town, borders: NewBorders(layers...)}
	if !slices.Equal(again.borders.vertices, b.borders.vertices) || !slices.Equal(again.borders.levels, b.borders.levels) {
		t.Fatal("other arcs or levels")
	}
	for round := range 100 {
		id := b.view(rnd, "cells", uint8(8+round%12))
		b.meshBelow, again.meshBelow = uint8(round%2)*23, uint8(round%2)*23
		for layer := range kinds {
			one, _, err := Encode(nil, b, []string{layer}, id, Options{})
			two, _, err2 := Encode(nil, again, []string{layer}, id, Options{})
			if err != nil || err2 != nil || !bytes.Equal(one, two) {
				t.Fatalf("%v %s: %d bytes and %d, %v, %v", id, layer, len(one), len(two), err, err2)
			}
		}
	}
}

// shuffled is the same shape with its polygons and holes in another order and
// its rings begun and turned otherwise.
func shuffled(rnd *rand.Rand, s *spatial.Shape) *spatial.Shape {
	out := &spatial.Shape{Kind: s.Kind, Box: s.Box}
	for _, i := range rnd.Perm(len(s.Shells)) {
		from, to := s.Rings(i)
		out.Shells = append(out.Shells, uint32(len(out.Ends)))
		order := []int{from}
		for _, k := range rnd.Perm(to - from - 1) {
			order = append(order, from+1+k)
		}
		for _, r := range order {
			ring := s.Part(r)
			k := rnd.IntN(len(ring))
			ring = slices.Concat(ring[k:], ring[:k])
			if rnd.IntN(2) == 0 {
				slices.Reverse(ring)
			}
			out.Coords = append(out.Coords, ring...)
			out.Ends = append(out.Ends, uint32(len(out.Coords)))
		}
	}
	return out
}

// Polygons that overlap, cross themselves, touch, repeat or stand alone are no
// tiling; each is drawn within the bound all the same.
func TestPolygonsThatAreNoTilingAreDrawnWithinTheBound(t *testing.T) {
	b := &bordered{town: newTown(t, 66, 4)}
	rnd := rand.New(rand.NewPCG(66, 66))
	var features []*Feature
	corner := func() orb.Point {
		return spatial.Coord{X: b.west + int32(rnd.IntN(300)*50), Y: b.south + int32(rnd.IntN(300)*50)}.Point()
	}
	for len(features) < 150 {
		var ring orb.Ring
		for range 3 + rnd.IntN(9) {
			ring = append(ring, corner())
		}
		if rnd.IntN(3) == 0 { // there and back
			ring = append(ring, ring[1], corner(), ring[1])
		}
		s, err := spatial.FromOrb(orb.Polygon{append(ring, ring[0])})
		if err != nil {
			continue
		}
		features = append(features, &Feature{Shape: s, Values: []string{"x"}})
		if rnd.IntN(4) == 0 {
			features = append(features, &Feature{Shape: s, Values: []string{"twice"}})
		}
	}
	features = append(features, &Feature{At: spatial.Coord{X: b.west, Y: b.south}, Values: []string{"no polygon"}})
	b.addLayer(Layer{Name: "odd", Kind: spatial.Polygons, Fields: []string{"a"}}, features)
	b.borders = NewBorders(b.layersOf(map[string]BorderKind{"odd": ZoneBorder})...)
	g := geos.NewContext()
	worst := 0.0
	for round := range 20 {
		id, _ := At(spatial.Coord{X: b.west + int32(rnd.IntN(15000)), Y: b.south + int32(rnd.IntN(15000))}, uint8(11+round%10))
		worst = max(worst, b.keepsTheBound(t, "odd", id, g)/boundUnits(id.Z))
	}
	id, _ := At(spatial.Coord{X: b.west, Y: b.south}, 14)
	if f, ok := b.drawn(t, "odd", id)[uint64(len(features))]; !ok || f.kind != typePoint {
		t.Error("what is no polygon is not drawn as it is")
	}
	t.Logf("%d polygons, up to %.2f of the bound", len(features), worst)
}

func TestNeighboursWhoseVerticesMissEachOtherShareTheirBorder(t *testing.T) {
	at := func(x, y int32) spatial.Coord { return spatial.Coord{X: 1_143_000_000 + x, Y: 347_000_000 + y} }
	// The right one has no vertex where the two on the left meet, and the lower
	// left one's corner is a quantum off its edge.
	b := &bordered{town: newTown(t, 67, 2)}
	b.addLayer(Layer{Name: "odd", Kind: spatial.Polygons, Fields: []string{"a", MeshField}}, []*Feature{
		{Shape: polygon(t, []spatial.Coord{at(0, 0), at(9999, 0), at(10001, 5000), at(0, 5000)}), Values: []string{"1"}},
		{Shape: polygon(t, []spatial.Coord{at(0, 5000), at(10001, 5000), at(10000, 9999), at(0, 10000)}), Values: []string{"2"}},
		{Shape: polygon(t, []spatial.Coord{at(10000, 0), at(20000, 0), at(20000, 10000), at(10000, 10000)}), Values: []string{"3"}},
	})
	b.borders = NewBorders(b.layersOf(map[string]BorderKind{"odd": CellBorder})...)
	if got := len(b.borders.arcs); got != 7-1 { // the three inside, and three of the rim
		t.Errorf("%d arcs", got)
	}
	b.meshBelow = MaxZoom + 1
	id, _ := At(at(10000, 5000), 12)
	levels := []string{}
	for _, f := range b.drawn(t, "odd", id) {
		levels = append(levels, f.tags[MeshField]+strings.Repeat("+", len(f.parts)))
	}
	slices.Sort(levels)
	if !slices.Equal(levels, []string{"cell++", "edge++"}) && !slices.Equal(levels, []string{"cell++", "edge+"}) {
		t.Errorf("%v", levels)
	}
}

func TestBoxTreeFindsWhatARectangleTreeFinds(t *testing.T) {
	rnd := rand.New(rand.NewPCG(68, 68))
	for _, n := range []int{0, 1, 16, 17, 256, 257, 5000} {
		var boxes []worldBox
		var tree rtree.RTreeG[int32]
		for i := range n {
			p := worldPoint{rnd.Uint32N(1 << 20), rnd.Uint32N(1 << 20)}
			box := worldBox{p.x, p.y, p.x + rnd.Uint32N(1<<12), p.y + rnd.Uint32N(1<<12)}
			boxes = append(boxes, box)
			tree.Insert([2]float64{float64(box.x0), float64(box.y0)}, [2]float64{float64(box.x1), float64(box.y1)}, int32(i))
		}
		mine := newBoxTree(boxes)
		for range 50 {
			w := worldBox{rnd.Uint32N(1 << 20), rnd.Uint32N(1 << 20), 0, 0}
			w.x1, w.y1 = w.x0+rnd.Uint32N(1<<18), w.y0+rnd.Uint32N(1<<18)
			var want []int32
			tree.Search([2]float64{float64(w.x0), float64(w.y0)}, [2]float64{float64(w.x1), float64(w.y1)}, func(_, _ [2]float64, i int32) bool {
				want = append(want, i)
				return true
			})
			slices.Sort(want)
			if got := mine.find(nil, w); !slices.Equal(got, want) {
				t.Fatalf("%d boxes: %v, want %v", n, got, want)
			}
			// Of a segment nothing within reach may be missed.
			a, b, reach := worldPoint{w.x0, w.y0}, worldPoint{w.x1, w.y1}, float64(rnd.IntN(5000))
			s := stripAround(a, b, reach)
			near := mine.near(nil, &s)
			for i, box := range boxes {
				if c := (worldPoint{box.x0, box.y0}); segmentDistance(c, a, b) <= reach && !slices.Contains(near, int32(i)) {
					t.Fatalf("%d boxes: %d is missed", n, i)
				}
			}
		}
	}
}
