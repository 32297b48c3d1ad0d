package spatial

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestCopiesOfATreeGoTheirOwnWays changes copies of copies and holds each tree
// against a plain list of what is in it.
func TestCopiesOfATreeGoTheirOwnWays(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	type book struct {
		tree Tree[int32]
		in   map[int32]Box
	}
	books := []*book{{in: map[int32]Box{}}}
	everywhere := Box{At(-180, -90), At(180, 90)}
	for n := range int32(4000) {
		b := books[r.IntN(len(books))]
		switch {
		case n%150 == 149:
			c := &book{tree: b.tree.Copy(), in: map[int32]Box{}}
			maps.Copy(c.in, b.in)
			books = append(books, c)
		case r.IntN(3) == 0:
			for k, box := range b.in { // whichever comes first
				b.tree.Delete(box, k)
				delete(b.in, k)
				break
			}
		default:
			at := Coord{int32(r.IntN(100_000)), int32(r.IntN(100_000))}
			box := Box{at, at}.Grow(int32(r.IntN(3)))
			b.tree.Insert(box, n)
			b.in[n] = box
		}
	}
	for k, b := range books {
		extent := EmptyBox()
		var want, got []int32
		for i, box := range b.in {
			extent, want = extent.Union(box), append(want, i)
		}
		b.tree.Search(everywhere, func(i int32) bool { got = append(got, i); return true })
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) || b.tree.Len() != len(want) {
			t.Errorf("tree %d has %d values, its length is %d; want %d", k, len(got), b.tree.Len(), len(want))
		}
		if b.tree.Box() != extent {
			t.Errorf("tree %d reaches over %v, want %v", k, b.tree.Box(), extent)
		}
	}
	if len(books) < 20 {
		t.Errorf("%d trees", len(books))
	}
}

func TestBoxAroundHoldsAllWithinTheRadius(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	for range 20_000 {
		c := At(r.Float64()*340-170, r.Float64()*176-88)
		radius := []float64{0, 0.5, 40, 3000, 50_000}[r.IntN(5)]
		b := BoxAround(c, radius)
		if !b.Holds(c) {
			t.Fatalf("%v is not in the box of %v m around it", c, radius)
		}
		ruler := RulerAt(c)
		p := Box{c, c}.Grow(int32(radius*200) + 3)
		q := Coord{p.Min.X + int32(r.Int64N(int64(p.Max.X)-int64(p.Min.X)+1)), p.Min.Y + int32(r.Int64N(int64(p.Max.Y)-int64(p.Min.Y)+1))}
		if ruler.DistanceM(q) <= radius && !b.Holds(q) {
			t.Fatalf("%v is %v m from %v, and not in the box of %v m", q, ruler.DistanceM(q), c, radius)
		}
	}
}
