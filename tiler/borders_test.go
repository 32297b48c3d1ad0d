package tiler

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wanmi-gis/wanmi/spatial"
)

func TestNeighboursShareTheirBorder(t *testing.T) {
	town := newTown(t, 33, 10)
	rnd := rand.New(rand.NewPCG(33, 33))
	checked := 0
	for i := range 400 {
		id := town.tile(rnd, uint8(9+i%14))
		body, _, err := Encode(nil, town, []string{"cells"}, id, Options{})
		if err != nil {
			t.Fatal(err)
		}
		doc, err := decodeStrict(body)
		if err != nil {
			t.Fatal(err)
		}
		if len(doc.layers) == 0 {
			continue // the town's rim
		}
		rings := map[uint64][]unit{}
		for _, f := range doc.layers[0].features {
			rings[f.id] = slices.Concat(f.parts...)
		}
		f := newFrame(id)
		cell := func(i, j int) uint64 { return uint64(j*town.side + i + 1) }
		for dir, arcs := range town.arcs {
			for at, arc := range arcs {
				a, b := cell(at[0], at[1]), cell(at[0]-1, at[1])
				if dir == 0 {
					b = cell(at[0], at[1]-1)
				}
				if at[0]%town.side == 0 || at[1]%town.side == 0 || rings[a] == nil || rings[b] == nil {
					continue
				}
				for _, c := range arc {
					u := f.unit(f.vertex(c))
					if min(u.x, u.y) <= -Buffer || max(u.x, u.y) >= Extent+Buffer {
						continue
					}
					if !slices.Contains(rings[a], u) || !slices.Contains(rings[b], u) {
						t.Fatalf("%v: border vertex %v of cells %d and %d: %v %v", id, u, a, b,
							slices.Contains(rings[a], u), slices.Contains(rings[b], u))
					}
					checked++
				}
			}
		}
	}
	t.Logf("%d border vertices", checked)
}

// Cells that tile the plane tile the window, exactly: any gap or overlap along
// a shared border, cut or not, would change the sum.
func TestCellsFillTheWindowExactly(t *testing.T) {
	town := newTown(t, 34, 60)
	rnd := rand.New(rand.NewPCG(34, 34))
	inner := spatial.Box{
		Min: spatial.Coord{X: town.west + cellQuanta, Y: town.south + cellQuanta},
		Max: spatial.Coord{X: town.west + int32(town.side-1)*cellQuanta, Y: town.south + int32(town.side-1)*cellQuanta},
	}
	filled := 0
	for i := range 600 {
		id := town.tile(rnd, uint8(14+i%9))
		if box := id.Box(Buffer + 1); !inner.Holds(box.Min) || !inner.Holds(box.Max) {
			continue
		}
		body, _, err := Encode(nil, town, []string{"cells"}, id, Options{})
		if err != nil {
			t.Fatal(err)
		}
		doc, err := decodeStrict(body)
		if err != nil {
			t.Fatal(err)
		}
		var sum int64
		for _, f := range doc.layers[0].features {
			for _, a := range f.areas {
				sum += a
			}
		}
		const side = Extent + 2*Buffer
		if sum != 2*side*side {
			t.Errorf("%v: cells cover %d of %d half units", id, sum, 2*side*side)
		}
		filled++
	}
	if filled < 200 {
		t.Errorf("only %d tiles inside the town", filled)
	}
}

func TestAVertexIsTheSameSpotInNeighbouringTiles(t *testing.T) {
	rnd := rand.New(rand.NewPCG(35, 35))
	for range 50_000 {
		z := uint8(1 + rnd.IntN(MaxZoom))
		c := spatial.Coord{X: 1_143_000_000 + int32(rnd.IntN(1e7)), Y: 347_000_000 + int32(rnd.IntN(1e7))}
		id, _ := At(c, z)
		right := ID{z, id.X + 1, id.Y + 1}
		if !right.valid() {
			continue
		}
		f, g := newFrame(id), newFrame(right)
		u, v := f.unit(f.vertex(c)), g.unit(g.vertex(c))
		if u.x-v.x != Extent || u.y-v.y != Extent {
			t.Fatalf("%v: %v in %v, %v in %v", c, u, id, v, right)
		}
	}
}
