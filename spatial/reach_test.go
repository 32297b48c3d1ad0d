package spatial

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
)

// randomLine is a walk of so many steps around a position.
func randomLine(r *rand.Rand, steps int, stepQuanta int32) *Shape {
	s := &Shape{Kind: Lines, Box: EmptyBox()}
	at := Coord{kaifeng.X + r.Int32N(200_000), kaifeng.Y + r.Int32N(200_000)}
	for range steps + 1 {
		s.Coords = append(s.Coords, at)
		s.Box = s.Box.Extend(at)
		at = Coord{at.X + 1 + r.Int32N(2*stepQuanta) - stepQuanta, at.Y + r.Int32N(2*stepQuanta) - stepQuanta}
	}
	s.Ends = []uint32{uint32(len(s.Coords))}
	return s
}

func TestCorridor_HoldsWhatIsWithinTheRadiusOfTheLine(t *testing.T) {
	r := newRand(t, 75)
	var counts [2]int
	for range 50 {
		line := randomLine(r, 1+r.IntN(700), 5_000)
		radius := math.Exp(r.Float64()*9 - 1) // 0.4 m to 3 km
		c := NewCorridor(line, radius)
		for range 200 {
			at := somewhere(r, c.Box().Grow(1000))
			want := line.DistanceM(at) <= radius
			if got := c.Holds(at); got != want {
				t.Fatalf("%v at %v m: %v", at, line.DistanceM(at), got)
			}
			if want && !c.Box().Holds(at) {
				t.Fatalf("%v is not in the box", at)
			}
			counts[btoi(want)]++
		}
		// Exactly as far as the radius says.
		at := somewhere(r, line.Box)
		if d := line.DistanceM(at); !NewCorridor(line, d).Holds(at) || NewCorridor(line, math.Nextafter(d, 0)).Holds(at) {
			t.Fatalf("%v at exactly %v m", at, d)
		}
	}
	if counts[0] < 1000 || counts[1] < 1000 {
		t.Errorf("%v", counts)
	}
}

func TestDisc_HoldsWhatIsWithinTheRadius(t *testing.T) {
	r := newRand(t, 76)
	for range 200 {
		center := Coord{r.Int32N(3_600_000_000/2) - 900_000_000, r.Int32N(1_600_000_000) - 800_000_000}
		radius := math.Exp(r.Float64() * 11) // 1 m to 60 km
		d := NewDisc(center, radius)
		for range 200 {
			// The box grows with 1/cos φ: go round in a frame a little larger.
			at := somewhere(r, d.Box().Grow(2000))
			ruler := RulerAt(center)
			want := ruler.DistanceM(at) <= radius
			if got := d.Holds(at); got != want {
				t.Fatalf("%v from %v: %v", at, center, got)
			}
			if want && !d.Box().Holds(at) {
				t.Fatalf("%v is not in the box of %v m around %v", at, radius, center)
			}
			if want != (DistanceM(center, at) <= radius) && math.Abs(DistanceM(center, at)/radius-1) > 1e-6 {
				t.Fatalf("%v from %v: %v m", at, center, DistanceM(center, at))
			}
		}
	}
	for _, pole := range []Coord{{0, 900_000_000}, {5, -899_999_999}} {
		if b := NewDisc(pole, 100).Box(); b.Min.X != -180*perDegree || b.Max.X != 180*perDegree {
			t.Errorf("at the pole %v: %v", pole, b)
		}
	}
}

// nearestM is the distance between a shape and the pieces of a line by every
// pair of edges, sampled where they do not meet.
func nearestM(s, line *Shape, mx, my float64) float64 {
	best := math.Inf(1)
	for a, b := range s.edges {
		for p, q := range line.edges {
			if segmentsMeet(a, b, p, q) {
				return 0
			}
			for k := range 65 {
				t := float64(k) / 64
				best = min(best, between2(a, b, t, p, q, mx, my), between2(p, q, t, a, b, mx, my))
			}
		}
	}
	return math.Sqrt(best)
}

// between2 is the squared distance from a position along a-b to p-q.
func between2(a, b Coord, t float64, p, q Coord, mx, my float64) float64 {
	x, y := float64(a.X)+t*float64(b.X-a.X), float64(a.Y)+t*float64(b.Y-a.Y)
	px, py := (float64(p.X)-x)*mx, (float64(p.Y)-y)*my
	qx, qy := (float64(q.X)-x)*mx, (float64(q.Y)-y)*my
	dx, dy := qx-px, qy-py
	u := min(max(-(px*dx+py*dy)/(dx*dx+dy*dy), 0), 1)
	return (px+u*dx)*(px+u*dx) + (py+u*dy)*(py+u*dy)
}

// TestReach_MeetsShapesByTheirDistance compares discs and corridors with the
// distances of all pairs of edges.
func TestReach_MeetsShapesByTheirDistance(t *testing.T) {
	r := newRand(t, 77)
	var counts [2]int
	for range 1500 {
		line := randomLine(r, 1+r.IntN(20), 8_000)
		other := randomLine(r, 2+r.IntN(4), 20_000)
		inside := false
		if r.IntN(2) == 0 {
			other.Kind = Polygons
			other.Shells = []uint32{0}
			side, _ := other.Contains(line.Coords[0])
			inside = side != Outside
		}
		radius := math.Exp(r.Float64() * 7.5)
		mx, my := quantumM(other.Box.Center())
		d := nearestM(other, line, mx, my)
		if inside {
			d = 0
		}
		if math.Abs(d/radius-1) > 1e-3 {
			counts[btoi(d < radius)]++
			if got := NewCorridor(line, radius).Meets(other); got != (d <= radius) {
				t.Fatalf("corridor %v m of %v and %v at %v m: %v", radius, line, other, d, got)
			}
		}
		center := somewhere(r, line.Box.Grow(20_000))
		d = other.DistanceM(center)
		if side, _ := other.Contains(center); side != Outside {
			d = 0
		}
		if got := NewDisc(center, radius).Meets(other); got != (d <= radius) {
			t.Fatalf("disc %v m at %v and %v at %v m: %v", radius, center, other, d, got)
		}
	}
	if counts[0] < 100 || counts[1] < 100 {
		t.Errorf("%v", counts)
	}
	points := &Shape{Kind: Points, Coords: []Coord{{kaifeng.X, kaifeng.Y}, {kaifeng.X + 1000, kaifeng.Y}}, Ends: []uint32{2}}
	points.Box = Box{points.Coords[0], points.Coords[1]}
	line := &Shape{Kind: Lines, Coords: []Coord{{kaifeng.X + 1100, kaifeng.Y - 50}, {kaifeng.X + 1100, kaifeng.Y + 50}}, Ends: []uint32{2}}
	line.Box = Box{line.Coords[0], line.Coords[1]}
	for _, c := range []struct {
		radius float64
		want   bool
	}{{0.9, false}, {0.92, true}} { // 100 quanta are 0.915 m here
		if NewCorridor(line, c.radius).Meets(points) != c.want || NewDisc(line.Coords[0].north(50), c.radius).Meets(points) != c.want {
			t.Errorf("points and %v m", c.radius)
		}
	}
}

func (c Coord) north(quanta int32) Coord { return Coord{c.X, c.Y + quanta} }

// TestAreaM2_IsTheAreaOnTheEllipsoid compares with the closed form for areas
// between parallels (Snyder 1987, 3-12): b²·Δλ/2·[s/(1-e²s²) + atanh(es)/e].
func TestAreaM2_IsTheAreaOnTheEllipsoid(t *testing.T) {
	const e2 = flatness * (2 - flatness)
	e := math.Sqrt(e2)
	zone := func(lat float64) float64 {
		s := math.Sin(lat * math.Pi / 180)
		return minorM * minorM / 2 * (s/(1-e2*s*s) + math.Atanh(e*s)/e) * math.Pi / 180
	}
	for _, c := range [][4]float64{
		{114.3, 34.7, 114.301, 34.701}, {114, 34, 115, 35}, {-60, -80, 100, 85}, {0, -90, 180, 90}, {10, 59.9, 10.0001, 60},
	} {
		s, err := FromOrb(orb.Polygon{{{c[0], c[1]}, {c[2], c[1]}, {c[2], c[3]}, {c[0], c[3]}, {c[0], c[1]}}})
		if err != nil {
			t.Fatal(err)
		}
		want := (zone(c[3]) - zone(c[1])) * (c[2] - c[0])
		if got := s.AreaM2(); math.Abs(got/want-1) > 2e-9 {
			t.Errorf("%v: %.6g, closed form %.6g: %.2g off", c, got, want, got/want-1)
		}
		// Half of it along the diagonal and back is a half and a half.
		low, _ := FromOrb(orb.Polygon{{{c[0], c[1]}, {c[2], c[1]}, {c[2], c[3]}, {c[0], c[1]}}})
		high, _ := FromOrb(orb.Polygon{{{c[0], c[1]}, {c[2], c[3]}, {c[0], c[3]}, {c[0], c[1]}}})
		if got := low.AreaM2() + high.AreaM2(); math.Abs(got/want-1) > 2e-9 {
			t.Errorf("%v: two triangles make %.6g of %.6g", c, got, want)
		}
	}
	hole, err := FromOrb(orb.Polygon{square(0, 0, 1e6), square(2e5, 2e5, 5e5)})
	if err != nil {
		t.Fatal(err)
	}
	shell, _ := FromOrb(orb.Polygon{square(0, 0, 1e6)})
	cut, _ := FromOrb(orb.Polygon{square(2e5, 2e5, 5e5)})
	if got, want := hole.AreaM2(), shell.AreaM2()-cut.AreaM2(); math.Abs(got/want-1) > 1e-9 {
		t.Errorf("with a hole %v, want %v", got, want)
	}
	line, _ := FromOrb(orb.LineString{{114.3, 34.8}, {114.3, 34.801}, {114.301, 34.801}})
	want := geodesicM(line.Coords[0], line.Coords[1]) + geodesicM(line.Coords[1], line.Coords[2])
	if got := line.LengthM(); math.Abs(got/want-1) > 1e-6 || line.AreaM2() != 0 || shell.LengthM() != 0 {
		t.Errorf("length %v, want %v", got, want)
	}
}
