package spatial

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// The oracles: exact values where there are any, and level lines, between whose
// crossings with the border the distribution is known by math.Erfc.

func erfBelow(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

func expDensity(x float64) float64 { return math.Exp(-x*x/2) / math.Sqrt(2*math.Pi) }

// oracleMass cuts the rings by level lines within 7 σ and counts the pieces by
// turns as inside and outside. Between two neighbouring vertices the sum over
// the lines is smooth, so that Simpson's rule adds it up.
func oracleMass(g *Gaussian, rings [][]Coord) float64 {
	const reach = 7.0
	ys := []float64{-reach, reach}
	for _, ring := range rings {
		for _, c := range ring {
			if _, y := g.plane(c); math.Abs(y) < reach {
				ys = append(ys, y)
			}
		}
	}
	slices.Sort(ys)
	sum := 0.0
	for i := 1; i < len(ys); i++ {
		low, high := ys[i-1], ys[i]
		n := 64 + int((high-low)/0.01)
		h := (high - low) / float64(n)
		for k := range n {
			y := low + (float64(k)+0.5)*h
			// The lines of the band's ends pass through vertices: a little within.
			const within = 1e-9
			sum += h / 6 * (level(g, rings, y-h/2*(1-within)) + 4*level(g, rings, y) + level(g, rings, y+h/2*(1-within)))
		}
	}
	return sum
}

// level is the integral along a level line over what is inside.
func level(g *Gaussian, rings [][]Coord, y float64) float64 {
	var xs []float64
	for _, ring := range rings {
		ax, ay := g.plane(ring[len(ring)-1])
		for _, c := range ring {
			bx, by := g.plane(c)
			if (ay > y) != (by > y) {
				xs = append(xs, ax+(bx-ax)*(y-ay)/(by-ay))
			}
			ax, ay = bx, by
		}
	}
	slices.Sort(xs)
	sum := 0.0
	for i := 0; i+1 < len(xs); i += 2 {
		sum += erfBelow(xs[i+1]) - erfBelow(xs[i])
	}
	return sum * expDensity(y)
}

const sigmaM = 12.5

// beside returns the position so many metres east and north of c.
func beside(c Coord, east, north float64) Coord {
	mx, my := quantumM(c)
	return Coord{c.X + int32(math.Round(east/mx)), c.Y + int32(math.Round(north/my))}
}

func rectangle(c Coord, west, south, east, north float64) []Coord {
	return []Coord{beside(c, west, south), beside(c, east, south), beside(c, east, north), beside(c, west, north)}
}

func TestGaussian_OverRectanglesHalfPlanesAndQuadrantsIsTheProductOfErf(t *testing.T) {
	const far = 5000
	c := At(114.3488, 34.7886)
	g := NewGaussian(c, sigmaM)
	side := func(a, b float64) float64 { return erfBelow(b/sigmaM) - erfBelow(a/sigmaM) }
	for _, k := range []struct {
		name                     string
		west, south, east, north float64
	}{
		{"all", -far, -far, far, far},
		{"the eastern half plane, on its border", 0, -far, far, far},
		{"the north-western quadrant, at its corner", -far, 0, 0, far},
		{"a half plane", -far, -far, far, 10},
		{"a half plane beyond", 25, -far, far, far},
		{"a quadrant", -far, -far, 17, -9},
		{"a square of 100 m", -50, -50, 50, 50},
		{"a square beside", 10, 20, 110, 120},
		{"a strip of 2 m", -300, 5, 300, 7},
		{"a strip of 1 m across", 3, -40, 4, 400},
		{"a spot", 6, 6, 6.4, 6.4},
		{"nothing, east", 80, -far, far, far},
		{"nothing, south", -far, -far, far, -80},
	} {
		ring := rectangle(c, k.west, k.south, k.east, k.north)
		// The corners as they are on the lattice.
		ax, ay := g.plane(ring[0])
		bx, by := g.plane(ring[2])
		want := (erfBelow(bx) - erfBelow(ax)) * (erfBelow(by) - erfBelow(ay))
		if meant := side(k.west, k.east) * side(k.south, k.north); math.Abs(want-meant) > 1e-3 {
			t.Fatalf("%s: the test means %v, its rectangle has %v", k.name, meant, want)
		}
		if got := g.Over(shapeOf(ring)); math.Abs(got-want) > 1e-8 {
			t.Errorf("%s: %.12f, want %.12f", k.name, got, want)
		}
	}
}

// starAround is a ring round c with n vertices between two radii in metres.
func starAround(r *rand.Rand, c Coord, n int, inner, outer float64) []Coord {
	ring := make([]Coord, n)
	for i := range ring {
		d := inner + r.Float64()*(outer-inner)
		sin, cos := math.Sincos(2 * math.Pi * (float64(i) + 0.8*r.Float64()) / float64(n))
		ring[i] = beside(c, d*cos, d*sin)
	}
	return ring
}

// pond is a star-shaped polygon, every other time with a star-shaped hole, which
// six vertices or more keep inside.
func pond(r *rand.Rand) (at Coord, rings [][]Coord, sigma float64) {
	at = At(114.3488, 34.7886)
	middle := beside(at, r.NormFloat64()*60, r.NormFloat64()*60)
	rings = [][]Coord{starAround(r, middle, 6+r.IntN(60), 40, 120)}
	if r.IntN(2) == 0 {
		rings = append(rings, starAround(r, middle, 3+r.IntN(20), 3, 19))
	}
	for _, ring := range rings {
		if r.IntN(2) == 0 {
			slices.Reverse(ring)
		}
	}
	return at, rings, []float64{2, 5, 10, 20, 30, 100, 330}[r.IntN(7)]
}

func TestGaussian_OverAnyPolygonIsTheSumOverLevelLines(t *testing.T) {
	r := newRand(t, 151)
	worst := 0.0
	for range 30 {
		at, rings, sigma := pond(r)
		g := NewGaussian(at, sigma)
		got, want := g.Over(shapeOf(rings...)), oracleMass(&g, rings)
		worst = max(worst, math.Abs(got-want))
		if math.Abs(got-want) > 1e-7 {
			t.Errorf("σ = %v, %d rings: %.9f, level lines %.9f", sigma, len(rings), got, want)
		}
	}
	t.Logf("off by %.2g at the most", worst)
}

// TestGaussian_TheRulesAreAsExactAsTheySay integrates pieces of every length at
// once and in a hundred parts.
func TestGaussian_TheRulesAreAsExactAsTheySay(t *testing.T) {
	r := newRand(t, 152)
	shortest := 0.0
	for i, errorPerSigma := range [...]float64{3e-8, 1e-9, 1e-9} {
		worst := 0.0
		for range 4000 {
			length := shortest + (rules[i].longest-shortest)*(1-r.Float64())
			x, y := r.NormFloat64()*1.5, r.NormFloat64()*1.5
			sin, cos := math.Sincos(r.Float64() * 2 * math.Pi)
			dx, dy := length*cos, length*sin
			if max(math.Abs(x), math.Abs(y), math.Abs(x+dx), math.Abs(y+dy)) > reachSigma {
				continue
			}
			const parts = 20
			fine := 0.0
			for k := range parts {
				fine += oracleEdge(x+float64(k)/parts*dx, y+float64(k)/parts*dy, dx/parts, dy/parts)
			}
			worst = max(worst, math.Abs(quadrature(x, y, dx, dy)-fine)/length)
		}
		t.Logf("pieces of %v to %v σ: error at most %.2g a σ", shortest, rules[i].longest, worst)
		if worst > errorPerSigma {
			t.Errorf("more than %v", errorPerSigma)
		}
		shortest = rules[i].longest
	}
}

// oracleEdge is Simpson's rule in five parts, by package math.
func oracleEdge(x, y, dx, dy float64) float64 {
	f := func(t float64) float64 {
		v := y + t*dy
		return erfBelow(x+t*dx) * expDensity(v) * dy
	}
	const parts = 5
	sum := 0.0
	for k := range parts {
		a := float64(k) / parts
		sum += (f(a) + 4*f(a+0.5/parts) + f(a+1.0/parts)) / (6 * parts)
	}
	return sum
}

func TestGaussian_RingStartsDirectionsAndLongitudeMakeNoDifference(t *testing.T) {
	r := newRand(t, 153)
	for range 300 {
		at, rings, sigma := pond(r)
		g := NewGaussian(at, sigma)
		want := g.Over(shapeOf(rings...))
		shift := r.Int32N(200_000_000) - 100_000_000
		moved := NewGaussian(Coord{at.X + shift, at.Y}, sigma)
		for i, ring := range rings {
			k := r.IntN(len(ring))
			rings[i] = slices.Concat(ring[k:], ring[:k])
			if r.IntN(2) == 0 {
				slices.Reverse(rings[i])
			}
		}
		if got := g.Over(shapeOf(rings...)); got != want {
			t.Fatalf("σ = %v: %v, with other ring starts %v", sigma, want, got)
		}
		for _, ring := range rings {
			for i := range ring {
				ring[i].X += shift
			}
		}
		if got := moved.Over(shapeOf(rings...)); got != want {
			t.Fatalf("σ = %v: %v, at another longitude %v", sigma, want, got)
		}
	}
}

func TestMasses_OfATilingSumTo1(t *testing.T) {
	r := newRand(t, 154)
	areas := NewAreas(town().shapes)
	box := areas.Box().Grow(-60_000)
	for _, sigma := range []float64{0.001, 1, 5, 30, 100} {
		worst := 0.0
		for range 20 {
			g := NewGaussian(somewhere(r, box), sigma)
			sum := 0.0
			areas.Masses(&g, func(i int32, p float64) {
				if want := g.Over(areas.Shape(i)); p != want || p < 0 || p > 1 {
					t.Fatalf("area %d: %v, alone %v", i, p, want)
				}
				sum += p
			})
			worst = max(worst, math.Abs(sum-1))
		}
		t.Logf("σ = %v m: the sum is off by %.2g at the most", sigma, worst)
		if worst > 1e-7 {
			t.Error("more than what lies beyond the reach")
		}
	}
}

func TestMasses_OfLargeShapesAreThoseOfAllTheirEdges(t *testing.T) {
	r := newRand(t, 155)
	at := At(114.3488, 34.7886)
	for range 40 {
		middle := beside(at, r.NormFloat64()*300, r.NormFloat64()*300)
		shape := shapeOf(starAround(r, middle, runsFrom+r.IntN(3000), 300, 310), starAround(r, middle, 40, 30, 100))
		areas := NewAreas([]*Shape{shape})
		if areas.runs[0] == nil {
			t.Fatal("the shape has no runs")
		}
		for _, sigma := range []float64{5, 30, 150} {
			g := NewGaussian(at, sigma)
			areas.Masses(&g, func(_ int32, p float64) {
				if want := g.Over(shape); p != want {
					t.Errorf("σ = %v: %v, edge by edge %v", sigma, p, want)
				}
			})
		}
	}
}

func TestGaussian_TheBitsAreThoseCommitted(t *testing.T) {
	r := rand.New(rand.NewPCG(156, 156))
	h := fnv.New64a()
	for range 500 {
		at := Coord{r.Int32N(3_600_000_000 / 2), r.Int32N(600_000_000)}
		ring := make([]Coord, 0, 9)
		for i := range int32(9) { // whole numbers only: no sine of this machine
			ring = append(ring, Coord{at.X + r.Int32N(4000)*(i%3-1), at.Y + r.Int32N(4000)*(i/3-1)})
		}
		g := NewGaussian(at, float64(1+r.IntN(60)))
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], math.Float64bits(g.Over(shapeOf(ring))))
		h.Write(b[:])
	}
	const want = 0x37da08d81f0cecf4
	if got := h.Sum64(); got != want {
		t.Errorf("the hash is %#x, committed is %#x: the arithmetic differs on this machine", got, uint64(want))
	}
}

func TestNewGaussian_RefusesWhatIsNoDeviation(t *testing.T) {
	for _, sigma := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("σ = %v is taken", sigma)
				}
			}()
			NewGaussian(Coord{}, sigma)
		}()
	}
}

// FuzzGaussian reads σ, a position and rings from the bytes, two a vertex, 0x80
// ends a ring.
func FuzzGaussian(f *testing.F) {
	f.Add(30.0, 114.35, 34.79, []byte{0, 0, 9, 0, 9, 9, 0, 9})
	f.Add(0.0001, -180.0, -90.0, []byte{0, 0, 0x7f, 0, 9, 9, 0x80, 1, 1, 3, 1, 3, 3})
	f.Add(1e9, 180.0, 89.9, []byte{1, 2, 0x7f, 0xf0, 9, 9, 3, 4})
	f.Fuzz(func(t *testing.T, sigma, lon, lat float64, b []byte) {
		at, err := Checked(lon, lat)
		if err != nil || !(sigma > 0 && sigma <= math.MaxFloat64) || len(b) > 2000 {
			return
		}
		var rings [][]Coord
		var ring []Coord
		for ; len(b) > 1; b = b[2:] {
			if b[0] == 0x80 && len(ring) >= 3 {
				rings, ring = append(rings, ring), nil
			}
			x, y := int32(int8(b[0])), int32(int8(b[1]))
			ring = append(ring, Coord{at.X/2 + x*x*x*10, at.Y/2 + y*y*y*10})
		}
		if len(ring) >= 3 {
			rings = append(rings, ring)
		}
		if len(rings) == 0 {
			return
		}
		g := NewGaussian(at, sigma)
		p := g.Over(shapeOf(rings...))
		if !(p >= 0 && p <= 1) {
			t.Fatalf("σ = %v: probability %v", sigma, p)
		}
		for i, ring := range rings {
			slices.Reverse(ring)
			rings[i] = append(ring[1:], ring[0])
		}
		if q := g.Over(shapeOf(rings...)); q != p {
			t.Fatalf("σ = %v: %v, reversed %v", sigma, p, q)
		}
	})
}

// BenchmarkMasses is all areas round a position of the reference city.
func BenchmarkMasses(b *testing.B) {
	t := town()
	areas := NewAreas(t.shapes)
	for _, k := range []struct {
		name  string
		sigma float64
	}{{"σ=5m", 5}, {"σ=30m", 30}, {"σ=100m", 100}, {"σ=200m", 200}, {"σ=331m", 331}} {
		b.Run(k.name, func(b *testing.B) {
			n := 0
			for i := 0; b.Loop(); i++ {
				g := NewGaussian(t.ask[i%benchPoints], k.sigma)
				areas.Masses(&g, func(int32, float64) { n++ })
			}
			b.ReportMetric(float64(n)/float64(b.N), "areas/op")
		})
	}
}

// BenchmarkMassOfLargeShape is one polygon of a million vertices, 2 km wide.
func BenchmarkMassOfLargeShape(b *testing.B) {
	at := At(114.3488, 34.7886)
	r := newRand(b, 157)
	areas := NewAreas([]*Shape{shapeOf(starAround(r, beside(at, -1000, 0), MaxVertices, 1000, 1001))})
	for _, sigma := range []float64{5, 30} {
		b.Run(map[float64]string{5: "σ=5m", 30: "σ=30m"}[sigma], func(b *testing.B) {
			for b.Loop() {
				g := NewGaussian(at, sigma)
				areas.Masses(&g, func(int32, float64) {})
			}
		})
	}
}
