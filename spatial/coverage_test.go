package spatial

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// asAreas fails unless the coverage answers as its areas do.
func asAreas(t testing.TB, v *Coverage, c Coord) (area int32) {
	t.Helper()
	area, also := v.Locate(c)
	want, wantAlso := v.Areas().Locate(c)
	if area != want || !reflect.DeepEqual(also, wantAlso) {
		t.Fatalf("%v: area %d also %v, areas say %d also %v", c, area, also, want, wantAlso)
	}
	var all [2]int32
	if v.LocateAll(all[:], []Coord{c, c}); all != [2]int32{want, want} {
		t.Fatalf("%v: areas %v, want %d", c, all, want)
	}
	return area
}

// gridOf builds a coverage whose buckets are as small as they get, so that
// small tilings have all kinds of bucket.
func gridOf(shapes []*Shape, shift uint8) *Coverage {
	v := &Coverage{areas: NewAreas(shapes)}
	return v.build(shift)
}

// TestCoverage_EveryPositionOfATilingHasItsFaceAndGap asks every lattice
// position in and around random tilings in buckets of all sizes: areas, the
// independent faces, and for gaps a flood over the lattice agree.
func TestCoverage_EveryPositionOfATilingHasItsFaceAndGap(t *testing.T) {
	r := newRand(t, 31)
	asked, gaps, outside := 0, 0, 0
	for round := range 80 {
		til := newTiling(r, 1+r.IntN(9), 1+r.IntN(9), kaifeng, round%4 == 0)
		v := gridOf(til.shapes, uint8(r.IntN(7)))
		shut := til.enclosed()
		for x := int32(-6); x <= til.w+6; x++ {
			for y := int32(-6); y <= til.h+6; y++ {
				c := Coord{x + til.origin.X, y + til.origin.Y}
				got := asAreas(t, v, c)
				want := til.want(t, Coord{x, y})
				if want == None && got != None {
					want = til.nearest(c) // rule 3
				}
				if got != want {
					t.Fatalf("round %d, %v: area %d, want %d", round, Coord{x, y}, got, want)
				}
				asked++
				if got != None {
					continue
				}
				gap := v.Gap(c)
				if gap != shut(Coord{x, y}) {
					t.Fatalf("round %d, %v: gap %v", round, Coord{x, y}, gap)
				}
				if gap {
					gaps++
				} else {
					outside++
				}
			}
		}
	}
	t.Logf("%d positions, %d in gaps, %d outside", asked, gaps, outside)
	if gaps < 500 || outside < 500 {
		t.Error("too few gaps: the test has lost its point")
	}
}

// enclosed tells which faces of no area are shut off from the outside: those
// that a flood from the outside over shared edges does not reach. Faces that
// meet at a vertex alone do not let it through.
func (t *tiling) enclosed() func(c Coord) bool {
	owners := map[[2]Coord][]int{}
	for f, face := range t.faces {
		a := face[len(face)-1]
		for _, b := range face {
			owners[edgeKey(a, b)] = append(owners[edgeKey(a, b)], f)
			a = b
		}
	}
	open := make([]bool, len(t.faces))
	for changed := true; changed; {
		changed = false
		for _, fs := range owners {
			reached := len(fs) == 1
			for _, f := range fs {
				reached = reached || open[f]
			}
			for _, f := range fs {
				if reached && t.label[f] == None && !open[f] {
					open[f], changed = true, true
				}
			}
		}
	}
	return func(c Coord) bool {
		for f, face := range t.faces {
			if t.label[f] == None && !open[f] && holds64(face, c) {
				return true
			}
		}
		return false
	}
}

// TestCoverage_WhatIsNoTilingIsAnsweredAsByAreas throws polygons about that
// overlap, cross themselves, repeat each other and leave anything between them.
func TestCoverage_WhatIsNoTilingIsAnsweredAsByAreas(t *testing.T) {
	r := newRand(t, 32)
	count := map[string]int{}
	for range 150 {
		var shapes []*Shape
		if r.IntN(2) == 0 {
			shapes = newTiling(r, 3, 3, kaifeng, false).shapes
		}
		for range r.IntN(8) {
			var rings [][]Coord
			for range 1 + r.IntN(2) {
				ring := make([]Coord, 3+r.IntN(6))
				for i := range ring {
					ring[i] = Coord{kaifeng.X + r.Int32N(40), kaifeng.Y + r.Int32N(40)}
				}
				rings = append(rings, ring)
			}
			shapes = append(shapes, shapeOf(rings...))
			if r.IntN(4) == 0 {
				shapes = append(shapes, shapes[r.IntN(len(shapes))], nil)
			}
		}
		if r.IntN(20) == 0 {
			for range 40 { // more than a word of bits has room for
				shapes = append(shapes, shapeOf([]Coord{kaifeng, {kaifeng.X + 30, kaifeng.Y}, {kaifeng.X + 15, kaifeng.Y + r.Int32N(30)}}))
			}
		}
		v := gridOf(shapes, uint8(r.IntN(7)))
		flooded := flood(v)
		for x := int32(-4); x <= 44; x++ {
			for y := int32(-4); y <= 44; y++ {
				c := Coord{kaifeng.X + x, kaifeng.Y + y}
				if asAreas(t, v, c) != None {
					continue
				}
				if v.Gap(c) {
					count["gap"]++
					if flooded[c] {
						t.Fatalf("%v is a gap, but a way over the lattice leads out of it", c)
					}
				} else {
					count["open"]++
				}
			}
		}
	}
	t.Log(count)
	if count["gap"] < 50 || count["open"] < 1000 {
		t.Error("too few gaps: the test has lost its point")
	}
}

// TestCoverage_BordersAreThoseOfAreas asks everywhere in tilings of 250 m, along
// their edges, and among polygons that overlap.
func TestCoverage_BordersAreThoseOfAreas(t *testing.T) {
	r := newRand(t, 36)
	asked, rims, apart := 0, 0, 0
	for round := range 12 {
		shapes := newTiling(r, 5, 4, kaifeng, round%4 == 0).scaled(r, 2000)
		if round%3 == 0 {
			shapes = append(shapes, newTiling(r, 2, 2, kaifeng, false).scaled(r, 1500)...)
			shapes = append(shapes, shapes[0])
		}
		areas := NewAreas(shapes)
		v := NewCoverage(areas)
		check := func(c Coord) {
			t.Helper()
			holder, also := areas.Locate(c)
			for _, i := range append(also, holder) {
				if i == None {
					continue
				}
				asked++
				got, across := v.Border(i, c)
				want, behind := areas.Border(i, c)
				if got != want || across != behind {
					t.Fatalf("%v in %d: %v m, across %d; areas say %v m, across %d", c, i, got, across, want, behind)
				}
				if across == None {
					rims++
				}
				if got > 20 {
					apart++
				}
			}
		}
		for range 500 {
			check(somewhere(r, areas.Box()))
		}
		for _, s := range shapes {
			if s == nil {
				continue
			}
			for p, q := range s.edges {
				check(p)
				check(Box{p, q}.Center())
			}
		}
	}
	t.Logf("%d positions, %d at a rim, %d over 20 m from the border", asked, rims, apart)
	if asked < 4000 || rims < 100 || apart < 1000 {
		t.Error("the positions prove little")
	}
}

// TestCoverage_TheNearestIsThatOfAreas asks around tilings of 250 m with faces
// left out, and around polygons so many that no bucket has room for them.
func TestCoverage_TheNearestIsThatOfAreas(t *testing.T) {
	r := newRand(t, 37)
	found, none := 0, 0
	for round := range 16 {
		shapes := newTiling(r, 5, 4, kaifeng, round%4 == 0).scaled(r, 2000)
		for range 4 {
			shapes[r.IntN(len(shapes))] = nil
		}
		if round%5 == 0 {
			for range maxMembers + 5 {
				shapes = append(shapes, shapeOf([]Coord{kaifeng, {kaifeng.X - 3000 - r.Int32N(900), kaifeng.Y}, {kaifeng.X, kaifeng.Y - 3000}}))
			}
		}
		v := NewCoverage(NewAreas(shapes))
		box := v.Areas().Box().Grow(6000)
		for range 3000 {
			c := somewhere(r, box)
			if area, _ := v.Locate(c); area != None {
				continue
			}
			for _, radiusM := range []float64{0, 1, 30, 30, 100, 2000, math.Inf(1), math.NaN()} {
				got, d := v.Nearest(c, radiusM)
				want, wantD := v.Areas().Nearest(c, radiusM)
				if got != want || d != wantD {
					t.Fatalf("%v within %v m: %d at %v m, areas say %d at %v m", c, radiusM, got, d, want, wantD)
				}
				if got == None {
					none++
				} else {
					found++
				}
			}
		}
	}
	t.Logf("%d found, %d with none", found, none)
	if found < 5000 || none < 5000 {
		t.Error("the positions prove little")
	}
}

// flood returns the positions of no area that steps of one quantum along the
// lattice, on which no polygon's edge lies across, connect with the outside.
func flood(v *Coverage) map[Coord]bool {
	free := func(c, d Coord) bool {
		for _, s := range v.areas.shapes {
			if s == nil {
				continue
			}
			for a, b := range s.edges {
				if segmentsMeet(a, b, c, d) {
					return false
				}
			}
		}
		return true
	}
	out := map[Coord]bool{}
	todo := []Coord{{kaifeng.X - 4, kaifeng.Y - 4}}
	out[todo[0]] = true
	box := Box{Coord{kaifeng.X - 4, kaifeng.Y - 4}, Coord{kaifeng.X + 44, kaifeng.Y + 44}}
	for len(todo) > 0 {
		c := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, d := range [...]Coord{{c.X + 1, c.Y}, {c.X - 1, c.Y}, {c.X, c.Y + 1}, {c.X, c.Y - 1}} {
			if box.Holds(d) && !out[d] && free(c, d) {
				out[d] = true
				todo = append(todo, d)
			}
		}
	}
	return out
}

// segmentsMeet says whether two closed segments share a point.
func segmentsMeet(a, b, c, d Coord) bool {
	sign := func(p, q, r Coord) int {
		turn := cross(p, q, r)
		switch {
		case turn > 0:
			return 1
		case turn < 0:
			return -1
		}
		return 0
	}
	on := func(p, q, r Coord) bool { return cross(p, q, r) == 0 && Box{p, p}.Extend(q).Holds(r) }
	if on(a, b, c) || on(a, b, d) || on(c, d, a) || on(c, d, b) {
		return true
	}
	return sign(a, b, c)*sign(a, b, d) < 0 && sign(c, d, a)*sign(c, d, b) < 0
}

// TestCoverage_LargeTilingsAgreeAtVerticesEdgesAndAnywhere has buckets of the
// usual size over faces of 100 m: whole neighbourhoods of vertices, positions
// along edges and on the lines between buckets.
func TestCoverage_LargeTilingsAgreeAtVerticesEdgesAndAnywhere(t *testing.T) {
	r := newRand(t, 33)
	for range 6 {
		til := newTiling(r, 5, 5, kaifeng, false)
		v := NewCoverage(NewAreas(til.scaled(r, 900)))
		box := v.Areas().Box().Grow(3000)
		for range 20_000 {
			c := somewhere(r, box)
			asAreas(t, v, c)
			c.X = int32(v.x0 + (int64(c.X)-v.x0)>>v.shift<<v.shift) // a bucket's western side
			asAreas(t, v, c)
			asAreas(t, v, Coord{c.X - 1, c.Y})
		}
		for _, s := range v.areas.shapes {
			for p, q := range s.edges {
				middle := Coord{int32((int64(p.X) + int64(q.X)) / 2), int32((int64(p.Y) + int64(q.Y)) / 2)}
				for _, c := range [...]Coord{p, middle} {
					for x := int32(-3); x <= 3; x++ {
						for y := int32(-3); y <= 3; y++ {
							asAreas(t, v, Coord{c.X + x, c.Y + y})
						}
					}
				}
			}
		}
	}
}

// TestCoverage_RealTilingsHaveTheBigIntegersAnswer compares with the oracle in
// big integers, near enough to the origin for it.
func TestCoverage_RealTilingsHaveTheBigIntegersAnswer(t *testing.T) {
	r := newRand(t, 34)
	for range 15 {
		til := newTiling(r, 3, 3, Coord{-20, -15}, false)
		v := gridOf(til.shapes, uint8(r.IntN(6)))
		for range 400 {
			c := somewhere(r, Box{Coord{-24, -19}, Coord{24, 29}})
			var holding []int32
			for i, s := range til.shapes {
				rings := make([][]Coord, len(s.Ends))
				for k := range s.Ends {
					rings[k] = s.Part(k)
				}
				if oracleHolds(rings, c) {
					holding = append(holding, int32(i))
				}
			}
			area, also := v.Locate(c)
			if len(holding) > 0 && !slices.Equal(holding, append([]int32{area}, also...)) {
				t.Fatalf("%v: area %d also %v, want %v", c, area, also, holding)
			}
			if len(holding) == 0 {
				asAreas(t, v, c)
			}
		}
	}
}

func TestCoverage_OfNothingHoldsNothing(t *testing.T) {
	line := &Shape{Kind: Lines, Coords: []Coord{{0, 0}, {5, 5}}, Ends: []uint32{2}, Box: Box{Coord{0, 0}, Coord{5, 5}}}
	for _, shapes := range [][]*Shape{nil, {nil, line}} {
		v := NewCoverage(NewAreas(shapes))
		if got := asAreas(t, v, Coord{1, 1}); got != None || v.Gap(Coord{1, 1}) || v.Bytes() != 0 {
			t.Errorf("%v: area %d, gap %v, %d bytes", shapes, got, v.Gap(Coord{1, 1}), v.Bytes())
		}
	}
}

// TestCoverage_SpansTheGlobe has the widest shapes there are, where differences
// are largest, and positions on the far side.
func TestCoverage_SpansTheGlobe(t *testing.T) {
	const x, y = 180 * perDegree, 90 * perDegree
	v := NewCoverage(NewAreas([]*Shape{
		shapeOf([]Coord{{-x, -y}, {0, -y}, {1, y}, {-x, y}}), shapeOf([]Coord{{0, -y}, {x, -y}, {x, y}, {1, y}}),
		shapeOf([]Coord{{-x, -y}, {5, 7}, {-x, y}}),
	}))
	r := newRand(t, 35)
	for range 20_000 {
		asAreas(t, v, onGlobe(r, x, y))
	}
	for _, c := range []Coord{{-x, -y}, {x, y}, {x, -y}, {-x, y}, {0, -y}, {1, y}, {5, 7}, {0, 0}, {1, 0}, {-1, 0}} {
		for dx := int32(-1); dx <= 1; dx++ {
			for dy := int32(-1); dy <= 1; dy++ {
				asAreas(t, v, Coord{c.X + dx, c.Y + dy})
			}
		}
	}
}

func onGlobe(r *rand.Rand, x, y int64) Coord {
	return Coord{int32(r.Int64N(2*x+1) - x), int32(r.Int64N(2*y+1) - y)}
}
