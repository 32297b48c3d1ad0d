package stats

import (
	"fmt"
	"slices"

	"github.com/wanmi-gis/wanmi/spatial"
)

// Neighbours lists for every area the others beside it.
type Neighbours struct {
	starts []int32
	list   []int32
}

// Of returns the neighbours of area i, ascending, without itself. Not to be
// changed.
func (n *Neighbours) Of(i int) []int32 { return n.list[n.starts[i]:n.starts[i+1]] }

// Len is how many areas there are.
func (n *Neighbours) Len() int { return len(n.starts) - 1 }

// Islands lists the areas without neighbours.
func (n *Neighbours) Islands() (islands []int32) {
	for i := range n.Len() {
		if len(n.Of(i)) == 0 {
			islands = append(islands, int32(i))
		}
	}
	return islands
}

// NewNeighbours takes the neighbours of each area; of a pair one is enough.
func NewNeighbours(areas int, pairs [][2]int32) *Neighbours {
	both := make([][2]int32, 0, 2*len(pairs))
	for _, p := range pairs {
		if p[0] != p[1] {
			both = append(both, p, [2]int32{p[1], p[0]})
		}
	}
	slices.SortFunc(both, func(a, b [2]int32) int { return slices.Compare(a[:], b[:]) })
	both = slices.Compact(both)
	n := &Neighbours{starts: make([]int32, areas+1), list: make([]int32, len(both))}
	for i, p := range both {
		n.starts[p[0]+1]++
		n.list[i] = p[1]
	}
	for i := range areas {
		n.starts[i+1] += n.starts[i]
	}
	return n
}

// Contiguity makes areas neighbours whose borders come within toleranceM of each
// other, also at one corner only (queen's case). A tolerance of 0.5 m bridges
// what surveying leaves between areas that are meant to touch; the data of a clean
// tiling need none beyond the lattice (0.02 m).
func Contiguity(areas []*spatial.Shape, toleranceM float64) *Neighbours {
	var tree spatial.Tree[int32]
	for i, s := range areas {
		if s != nil && len(s.Coords) > 0 {
			tree.Insert(s.Box, int32(i))
		}
	}
	var pairs [][2]int32
	for i, s := range areas {
		if s == nil || len(s.Coords) == 0 {
			continue
		}
		tree.Search(widened(s.Box, toleranceM), func(j int32) bool {
			if int(j) > i && touch(s, areas[j], toleranceM) {
				pairs = append(pairs, [2]int32{int32(i), j})
			}
			return true
		})
	}
	return NewNeighbours(len(areas), pairs)
}

// touch reports whether a vertex of one lies within the tolerance of the other's
// border: where borders do not cross, what is nearest is a vertex of one of them.
func touch(a, b *spatial.Shape, toleranceM float64) bool {
	return reaches(a, b, toleranceM) || reaches(b, a, toleranceM)
}

func reaches(a, b *spatial.Shape, toleranceM float64) bool {
	near := widened(b.Box, toleranceM)
	for _, c := range a.Coords {
		if near.Holds(c) && b.DistanceM(c) <= toleranceM {
			return true
		}
	}
	return false
}

// widened is the box with so many metres around it, or a little more.
func widened(b spatial.Box, metres float64) spatial.Box {
	return spatial.BoxAround(b.Min, metres).Union(spatial.BoxAround(b.Max, metres)).Union(b)
}

// Band makes areas neighbours whose centres are at most so many metres apart.
// It stops with an error of the area that has more than [MaxNeighbourhood].
func Band(centres []spatial.Coord, metres float64) (*Neighbours, error) {
	var tree spatial.Tree[int32]
	for i, c := range centres {
		tree.Insert(spatial.Box{Min: c, Max: c}, int32(i))
	}
	var pairs [][2]int32
	for i, c := range centres {
		around := 1
		tree.Search(spatial.BoxAround(c, metres), func(j int32) bool {
			if spatial.DistanceM(c, centres[j]) <= metres && int(j) != i {
				if around++; int(j) > i {
					pairs = append(pairs, [2]int32{int32(i), j})
				}
			}
			return around <= MaxNeighbourhood
		})
		if around > MaxNeighbourhood {
			return nil, &BandError{Area: i, Metres: metres}
		}
	}
	return NewNeighbours(len(centres), pairs), nil
}

// BandError is a band so wide that an area has too many neighbours.
type BandError struct {
	Area   int
	Metres float64
}

// Error implements error.
func (e *BandError) Error() string {
	return fmt.Sprintf("a band of %g m gives area %d more than %d areas around", e.Metres, e.Area, MaxNeighbourhood)
}
