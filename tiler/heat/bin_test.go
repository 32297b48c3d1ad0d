package heat

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// TestSquaresAndNodesGetTheSameNumbers on lattices of all spacings: many cases in a
// block are summed by square, few are laid on the nodes one by one.
func TestSquaresAndNodesGetTheSameNumbers(t *testing.T) {
	town, rows := smallTown(t)
	v, ground := town.table(t, slices.Values(rows)).View(), town.ground(t)
	all := town.compile(t, Filter{})
	for _, spacing := range []float64{1, 3, 6.25, 18.75, 50, 300} {
		l, err := latticeFor(spacing, ground.bounds)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := v.bin(t.Context(), all, l)
		if err != nil {
			t.Fatal(err)
		}
		single := &bins{Lattice: l, sums: make([]uint64, l.Nodes())}
		err = v.scan(t.Context(), all, func(c *columns, b *block, rows []uint32) {
			for i := range rows {
				single.add(c, b, rows[i:i+1:i+1])
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if whole.n != single.n || whole.excluded != single.excluded || whole.n == 0 || whole.excluded == 0 || !slices.Equal(whole.sums, single.sums) {
			t.Errorf("spacing %g: %d and %d cases, or other sums", spacing, whole.n, single.n)
		}
		var sum uint64
		for _, s := range whole.sums {
			sum += s
		}
		if sum != uint64(whole.n)*weightUnit*weightUnit {
			t.Errorf("spacing %g: %d parts of %d cases", spacing, sum, whole.n)
		}
	}
}

// TestCutsAreWhereTheSquareChanges at every zoom, for every case of a block.
func TestCutsAreWhereTheSquareChanges(t *testing.T) {
	town, _ := smallTown(t)
	rows := slices.Collect(town.rows(3, 60_000)) // blocks of a hundred, and with piles
	v := town.table(t, slices.Values(rows)).View()
	p := town.compile(t, Filter{})
	rnd := rand.New(rand.NewPCG(4, 4))
	for z := range uint8(tiler.MaxZoom + 1) {
		for range 2 {
			id, _ := tiler.At(rows[rnd.IntN(len(rows))].At, z)
			bits := uint8(1 + rnd.IntN(7))
			got := &counting{id: id, bits: bits, squares: make([]square, 1<<(2*bits))}
			want := &counting{id: id, bits: bits, squares: make([]square, 1<<(2*bits))}
			err := v.scan(t.Context(), p, func(c *columns, b *block, rows []uint32) {
				got.add(c, b, rows)
				for _, r := range rows {
					if s, ok := want.squareOf(c.coord(b, r)); ok {
						want.count(s, c, b, r)
					}
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.squares, want.squares) {
				t.Errorf("%v with %d bits: other squares", id, bits)
			}
		}
	}
	// Beyond the map, where cuts have no meaning.
	var east, south cuts
	c := &counting{id: tiler.ID{}, bits: 4}
	if c.cut(spatial.At(114, 86), 1000, &east, &south) || c.cut(spatial.At(114, -86), 1000, &east, &south) {
		t.Error("a block beyond the map was cut")
	}
}
