package spatial

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/paulmach/orb"
)

// kaifeng is where the tests' cities stand.
var kaifeng = Coord{1143488000, 347886000}

// TestAreas_EveryPositionOfATilingHasExactlyOneArea asks every lattice position
// in and around random tilings, so all vertices and all edges too.
func TestAreas_EveryPositionOfATilingHasExactlyOneArea(t *testing.T) {
	r := newRand(t, 11)
	asked, rims, parts, holes := 0, 0, 0, 0
	for round := range 60 {
		til := newTiling(r, 1+r.IntN(9), 1+r.IntN(9), kaifeng, round%4 == 0)
		areas := NewAreas(til.shapes)
		for _, s := range til.shapes {
			parts += len(s.Shells) - 1
			holes += len(s.Ends) - len(s.Shells)
		}
		for x := int32(-6); x <= til.w+6; x++ {
			for y := int32(-6); y <= til.h+6; y++ {
				c := Coord{x + til.origin.X, y + til.origin.Y}
				got, also := areas.Locate(c)
				want := til.want(t, Coord{x, y})
				if want == None && got != None {
					// Rule 3 reaches SnapQuanta beyond the rim, and no further.
					if d := math.Sqrt(til.shapes[got].nearest2(c, 1, 1)); d > SnapQuanta {
						t.Fatalf("round %d, %v: area %d is %v quanta off", round, c, got, d)
					}
					rims++
					want = til.nearest(c)
				}
				if got != want || also != nil {
					t.Fatalf("round %d, %v: area %d also %v, want %d", round, Coord{x, y}, got, also, want)
				}
				asked++
			}
		}
	}
	t.Logf("%d positions, %d snapped, %d further parts, %d holes", asked, rims, parts, holes)
	if parts < 50 || holes < 15 || rims < 500 {
		t.Error("too few parts, holes or snaps: the test has lost its point")
	}
}

// nearest is rule 3 in words.
func (t *tiling) nearest(c Coord) int32 {
	found, best := None, math.Inf(1)
	for i, s := range t.shapes {
		if d := s.nearest2(c, 1, 1); d < best {
			found, best = int32(i), d
		}
	}
	if best > SnapQuanta*SnapQuanta {
		return None
	}
	return found
}

// TestAreas_TheOrderOfRingsStartsAndDirectionsDoNotMatter builds every tiling
// twice over with another order of everything.
func TestAreas_TheOrderOfRingsStartsAndDirectionsDoNotMatter(t *testing.T) {
	r := newRand(t, 12)
	for range 12 {
		til := newTiling(r, 4, 4, kaifeng, false)
		big := til.scaled(r, 700)
		again := til.scaled(r, 700)
		a, b := NewAreas(big), NewAreas(again)
		box := a.Box()
		if box != b.Box() || a.Len() != b.Len() {
			t.Fatal("another box or length")
		}
		var ask []Coord
		for _, s := range big {
			ask = append(ask, s.Coords...)
			for p, q := range s.edges {
				ask = append(ask, Box{p, q}.Center(), Coord{p.X + 1, p.Y}, Coord{p.X, p.Y - 1})
			}
		}
		for range 500 {
			ask = append(ask, somewhere(r, box.Grow(3000)))
		}
		for _, c := range ask {
			i, also := a.Locate(c)
			j, also2 := b.Locate(c)
			if i != j || !reflect.DeepEqual(also, also2) {
				t.Fatalf("%v: %d %v and %d %v", c, i, also, j, also2)
			}
			n, d := a.Nearest(c, 100)
			m, e := b.Nearest(c, 100)
			if n != m || d != e {
				t.Fatalf("%v: nearest %d at %v and %d at %v", c, n, d, m, e)
			}
			if i == None {
				continue
			}
			d, n = a.Border(i, c)
			e, m = b.Border(i, c)
			if n != m || d != e {
				t.Fatalf("%v in %d: border %v across %d and %v across %d", c, i, d, n, e, m)
			}
		}
	}
}

// scaled returns the tiling's areas k times as large.
func (t *tiling) scaled(r *rand.Rand, k int32) []*Shape {
	big := &tiling{origin: t.origin}
	out := make([]*Shape, len(t.rings))
	for l, rings := range t.rings {
		grown := make([][]Coord, len(rings))
		for i, ring := range rings {
			for _, c := range ring {
				grown[i] = append(grown[i], Coord{c.X * k, c.Y * k})
			}
		}
		out[l] = big.shape(r, grown)
	}
	return out
}

func somewhere(r *rand.Rand, b Box) Coord {
	return Coord{b.Min.X + r.Int32N(b.Max.X-b.Min.X+1), b.Min.Y + r.Int32N(b.Max.Y-b.Min.Y+1)}
}

func TestAreas_OverlapsAreReportedInOrder(t *testing.T) {
	at := func(x, y, side float64) *Shape {
		s, err := FromOrb(orb.Polygon{square(x, y, side)})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	line, err := FromOrb(orb.LineString{{0, 0}, {1e-5, 1e-5}})
	if err != nil {
		t.Fatal(err)
	}
	areas := NewAreas([]*Shape{at(0, 0, 10), nil, at(5, 5, 10), line, at(-20, -20, 100), at(15, 5, 5)})
	for _, c := range []struct {
		name string
		c    Coord
		area int32
		also []int32
	}{
		{"three hold it", Coord{7, 7}, 0, []int32{2, 4}},
		{"on the border of the first, which does not hold it", Coord{10, 7}, 2, []int32{4}},
		{"only the large one", Coord{-7, 0}, 4, nil},
		{"between two, in the large one", Coord{15, 7}, 4, []int32{5}},
		{"on the rim, held by none", Coord{80, 80}, 4, nil},
		{"just off the rim", Coord{81, 0}, 4, nil},
		{"off the rim", Coord{82, 0}, None, nil},
		{"a line is never found", Coord{-100, -100}, None, nil},
	} {
		if area, also := areas.Locate(c.c); area != c.area || !reflect.DeepEqual(also, c.also) {
			t.Errorf("%s: %v in %d also %v, want %d also %v", c.name, c.c, area, also, c.area, c.also)
		}
	}
	if areas.Len() != 6 || areas.Shape(3) != line || areas.Box() != (Box{Coord{-20, -20}, Coord{100, 100}}) {
		t.Error("Len, Shape or Box changed what was given")
	}
	none := NewAreas(nil)
	if a, also := none.Locate(Coord{}); a != None || also != nil {
		t.Errorf("nothing holds %d, %v", a, also)
	}
	if a, _ := none.Nearest(Coord{}, 1e9); a != None || !none.Box().Empty() {
		t.Errorf("nothing is near %d", a)
	}
}

// TestAreas_RoundedBorderPositionsHaveOneNeighbourOfTheEdge is rule 3: in a
// tiling drawn in real numbers, what lies on an edge, rounded to the lattice,
// still belongs to one of the areas the edge divides.
func TestAreas_RoundedBorderPositionsHaveOneNeighbourOfTheEdge(t *testing.T) {
	r := newRand(t, 13)
	snapped := 0
	for _, size := range []float64{1e-5, 1e-4, 1e-3, 1e-1} { // of a face, in degrees: 1 m to 10 km
		for range 5 {
			shapes, edges := realTiling(t, r, 6, size)
			areas := NewAreas(shapes)
			for e, owners := range edges {
				for _, f := range []float64{0, 0.5, 1, r.Float64(), r.Float64()} {
					c := At(e[0][0]+(e[1][0]-e[0][0])*f, e[0][1]+(e[1][1]-e[0][1])*f)
					got, also := areas.Locate(c)
					if also != nil || got == None {
						t.Fatalf("size %v: %v of edge %v: area %d also %v", size, c, e, got, also)
					}
					if f > 0 && f < 1 && !slices.Contains(owners, got) {
						// Near a corner rounding may cross into the next area.
						if d := areas.Shape(owners[0]).nearest2(c, 1, 1); d > SnapQuanta*SnapQuanta {
							t.Fatalf("size %v: %v of edge %v: area %d, want one of %v", size, c, e, got, owners)
						}
					}
					if side, _ := areas.Shape(got).Contains(c); side == Outside {
						snapped++
					}
				}
			}
		}
	}
	t.Logf("%d positions snapped", snapped)
	if snapped < 100 {
		t.Error("too few snaps: the test has lost its point")
	}
}

// realTiling is a jittered grid of n×n faces in float degrees, and which faces
// each edge divides.
func realTiling(t *testing.T, r *rand.Rand, n int, size float64) ([]*Shape, map[[2]orb.Point][]int32) {
	t.Helper()
	v := make([][]orb.Point, n+1)
	for i := range v {
		v[i] = make([]orb.Point, n+1)
		for j := range v[i] {
			v[i][j] = orb.Point{114 + (float64(i)+r.Float64()*0.4)*size, 34 + (float64(j)+r.Float64()*0.4)*size}
		}
	}
	var shapes []*Shape
	edges := map[[2]orb.Point][]int32{}
	for i := range n {
		for j := range n {
			ring := orb.Ring{v[i][j], v[i+1][j], v[i+1][j+1], v[i][j+1], v[i][j]}
			for k := 1; k < len(ring); k++ {
				e := [2]orb.Point{ring[k-1], ring[k]}
				if _, there := edges[[2]orb.Point{e[1], e[0]}]; there {
					e = [2]orb.Point{e[1], e[0]}
				}
				edges[e] = append(edges[e], int32(len(shapes)))
			}
			s, err := FromOrb(orb.Polygon{ring})
			if err != nil {
				t.Fatal(err)
			}
			shapes = append(shapes, s)
		}
	}
	return shapes, edges
}

func TestAreas_NearestIsTheNearestOfAllAndTheFirstOfEquals(t *testing.T) {
	r := newRand(t, 14)
	ties := 0
	for range 12 {
		til := newTiling(r, 4, 4, kaifeng, true)
		shapes := til.scaled(r, 700)
		areas := NewAreas(shapes)
		var ask []Coord
		for range 250 {
			ask = append(ask, somewhere(r, areas.Box().Grow(9000)))
		}
		for _, s := range shapes { // straight off a shared corner the distances are equal
			for _, v := range s.Coords {
				ask = append(ask, v, Coord{v.X, areas.Box().Max.Y + 500}, Coord{areas.Box().Min.X - 500, v.Y})
			}
		}
		for _, c := range ask {
			radius := r.Float64() * 60
			want, best, equal := None, math.Inf(1), 0
			for i, s := range shapes {
				d := s.DistanceM(c)
				if _, holds := s.Contains(c); holds {
					d = 0
				}
				if d == best {
					equal++
				}
				if d <= radius && d < best {
					want, best, equal = int32(i), d, 0
				}
			}
			if equal > 0 {
				ties++
			}
			got, d := areas.Nearest(c, radius)
			if got != want || (want != None && d != best) {
				t.Fatalf("%v within %v m: area %d at %v m, want %d at %v m", c, radius, got, d, want, best)
			}
		}
	}
	t.Logf("%d ties", ties)
	if ties < 200 {
		t.Error("too few ties: the test has lost its point")
	}
}

// TestAreas_BorderIsTheNearestEdgeAndWhatLiesBehindIt compares with all edges
// of the area; behind an edge lies the area that has the same edge.
func TestAreas_BorderIsTheNearestEdgeAndWhatLiesBehindIt(t *testing.T) {
	r := newRand(t, 15)
	asked, rims, corners := 0, 0, 0
	for range 12 {
		til := newTiling(r, 5, 4, kaifeng, false)
		shapes := til.scaled(r, 2000) // faces of 250 m
		areas := NewAreas(shapes)
		owners := map[[2]Coord][]int32{}
		for f, face := range til.faces {
			a := face[len(face)-1]
			for _, b := range face {
				k := edgeKey(til.grown(a, 2000), til.grown(b, 2000))
				owners[k] = append(owners[k], til.label[f])
				a = b
			}
		}
		for range 400 {
			c := somewhere(r, areas.Box())
			i, _ := areas.Locate(c)
			if i == None {
				continue
			}
			asked++
			got, across := areas.Border(i, c)
			want, behind, corner := bruteBorder(owners, i, c)
			if math.Abs(got-want) > 1e-9*want+1e-9 {
				t.Fatalf("%v in %d: border at %v m, want %v m", c, i, got, want)
			}
			if corner {
				// Straight on through a corner: any area that meets it.
				corners++
				if across != None && math.Abs(shapes[across].DistanceM(c)-want) > 0.5 {
					t.Fatalf("%v in %d: area %d lies not behind the corner at %v m", c, i, across, want)
				}
				continue
			}
			if behind == None {
				rims++
			}
			if across != behind {
				t.Fatalf("%v in %d: border at %v m, across %d, want %d", c, i, got, across, behind)
			}
		}
	}
	t.Logf("%d positions, %d at a rim, %d nearest to a corner", asked, rims, corners)
	if rims < 100 || corners < 100 {
		t.Error("too few rims or corners: the test has lost its point")
	}
}

func (t *tiling) grown(c Coord, k int32) Coord {
	return Coord{c.X*k + t.origin.X, c.Y*k + t.origin.Y}
}

func edgeKey(a, b Coord) [2]Coord {
	if b.X < a.X || (b.X == a.X && b.Y < a.Y) {
		a, b = b, a
	}
	return [2]Coord{a, b}
}

// bruteBorder looks at every edge between two faces of which exactly one
// belongs to area i. corner says that the nearest point is within 1 m of an
// edge's end, where what lies behind is not told by one edge.
func bruteBorder(owners map[[2]Coord][]int32, i int32, c Coord) (metres float64, behind int32, corner bool) {
	const a, e2 = 6378137.0, flatness * (2 - flatness)
	sin, cos := math.Sincos(c.Lat() * math.Pi / 180)
	w := math.Sqrt(1 - e2*sin*sin)
	mx, my := a/w*cos*math.Pi/180/1e7, a*(1-e2)/(w*w*w)*math.Pi/180/1e7
	metres, behind = math.Inf(1), None
	for e, labels := range owners {
		mine := slices.Contains(labels, i)
		if !mine || (len(labels) == 2 && labels[0] == labels[1]) {
			continue
		}
		px, py := float64(e[0].X-c.X)*mx, float64(e[0].Y-c.Y)*my
		qx, qy := float64(e[1].X-c.X)*mx, float64(e[1].Y-c.Y)*my
		l := math.Hypot(qx-px, qy-py)
		along := -(px*(qx-px) + py*(qy-py)) / l
		at := min(max(along, 0), l)
		d := math.Hypot(px+(qx-px)*at/l, py+(qy-py)*at/l)
		if d < metres {
			metres, behind = d, None
			if len(labels) == 2 {
				behind = labels[0] + labels[1] - i
			}
			corner = at < 1 || at > l-1
		}
	}
	return metres, behind, corner
}

func TestAreas_BorderOfAPositionOnTheBorderIsZero(t *testing.T) {
	til := newTiling(newRand(t, 16), 4, 4, kaifeng, false)
	areas := NewAreas(til.scaled(newRand(t, 17), 2000))
	for i := range int32(areas.Len()) {
		for p, q := range areas.Shape(i).edges {
			for _, c := range []Coord{p, Box{p, q}.Center()} {
				in, _ := areas.Locate(c)
				m, across := areas.Border(in, c)
				if m > 0.02 || across == in {
					t.Fatalf("%v on the border of %d, in %d: %v m, across %d", c, i, in, m, across)
				}
				if in != i && across == None {
					t.Fatalf("%v on the border of %d, in %d: nothing across", c, i, in)
				}
			}
		}
	}
}
