package spatial

import (
	"cmp"
	"math"
	"slices"
	"testing"
)

func TestMortonOrder_IsThatOfAComparingSort(t *testing.T) {
	r := newRand(t, 22)
	clouds := pointClouds(r)
	clouds["one"] = []Coord{{7, -7}}
	clouds["the corners of the lattice"] = []Coord{
		{math.MaxInt32, math.MaxInt32}, {math.MinInt32, math.MinInt32}, {0, 0}, {-1, 0}, {0, -1}, {math.MinInt32, math.MaxInt32}, {0, 0},
	}
	clouds["a column"] = nil
	for range 5000 {
		clouds["a column"] = append(clouds["a column"], Coord{1, int32(r.Uint32())})
	}
	for name, points := range clouds {
		got := mortonOrder(points)
		want := make([]keyed, len(points))
		for i, c := range points {
			var key uint64 // bit by bit
			for b := range 32 {
				key |= uint64(uint32(c.X)^1<<31)>>b&1<<(2*b) | uint64(uint32(c.Y)^1<<31)>>b&1<<(2*b+1)
			}
			want[i] = keyed{key, int32(i)}
		}
		slices.SortFunc(want, func(a, b keyed) int {
			return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.index, b.index))
		})
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d points are in another order", name, len(points))
		}
	}
}
