package stats_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wanmi-gis/wanmi/grids/stats"
	"github.com/wanmi-gis/wanmi/spatial"
)

// golden is the example of six points with a band of 15 whose Gi* is published
// with the binary weights of esda's documentation.
func TestGiStarOfTheGoldenExample(t *testing.T) {
	at := [][2]float64{{10, 10}, {20, 10}, {40, 10}, {15, 20}, {30, 20}, {30, 30}}
	counts := []float64{2, 3, 3.2, 5, 8, 7}
	want := []float64{-1.39728, -0.28918, 0.65065, -0.28918, 1.23452, 2.02424}
	var pairs [][2]int32
	for i, a := range at {
		for j, b := range at {
			if i < j && math.Hypot(a[0]-b[0], a[1]-b[1]) <= 15 {
				pairs = append(pairs, [2]int32{int32(i), int32(j)})
			}
		}
	}
	got, err := stats.HotSpots(counts, stats.NewNeighbours(len(at), pairs))
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if math.Abs(got[i].Z-want[i]) > 1e-5 {
			t.Errorf("point %d: Gi* %.6f, want %.5f", i, got[i].Z, want[i])
		}
	}
}

// plainGiStar is Gi* by the published formula with a full matrix of weights.
func plainGiStar(x []float64, w [][]float64) []float64 {
	n := float64(len(x))
	sum, square := 0.0, 0.0
	for _, v := range x {
		sum += v
		square += v * v
	}
	mean := sum / n
	s := math.Sqrt(square/n - mean*mean)
	z := make([]float64, len(x))
	for i := range x {
		wx, w1, w2 := 0.0, 0.0, 0.0
		for j := range x {
			wx += w[i][j] * x[j]
			w1 += w[i][j]
			w2 += w[i][j] * w[i][j]
		}
		z[i] = (wx - mean*w1) / (s * math.Sqrt((n*w2-w1*w1)/(n-1)))
	}
	return z
}

func TestHotSpotsAgreeWithPlainLoopsOnRandomCities(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 7))
		n := 3 + r.IntN(40)
		counts := make([]float64, n)
		for i := range counts {
			counts[i] = float64(r.IntN(6) * r.IntN(4))
		}
		counts[0]++
		w := make([][]float64, n)
		for i := range w {
			w[i] = make([]float64, n)
			w[i][i] = 1
		}
		var pairs [][2]int32
		for range n {
			a, b := r.IntN(n), r.IntN(n)
			if a != b {
				pairs = append(pairs, [2]int32{int32(a), int32(b)})
				w[a][b], w[b][a] = 1, 1
			}
		}
		got, err := stats.HotSpots(counts, stats.NewNeighbours(n, pairs))
		if err != nil {
			t.Fatal(err)
		}
		for i, z := range plainGiStar(counts, w) {
			if math.Abs(got[i].Z-z) > 1e-9 && !math.IsNaN(z) {
				t.Fatalf("seed %d area %d: Gi* %g, by plain loops %g", seed, i, got[i].Z, z)
			}
		}
	}
}

// TestTheChanceOfASumIsTheShareOfAllDraws holds the counted distribution against
// every subset of small lists.
func TestTheChanceOfASumIsTheShareOfAllDraws(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 9))
		n := 2 + r.IntN(11)
		values := make([]float64, n)
		for i := range values {
			values[i] = float64(r.IntN(5))
		}
		m := 1 + r.IntN(n)
		ways, sums := 0, map[float64]int{}
		for set := range 1 << n {
			sum, size := 0.0, 0
			for i, v := range values {
				if set>>i&1 == 1 {
					sum += v
					size++
				}
			}
			if size == m {
				ways++
				sums[sum]++
			}
		}
		// What is asked for may be less than the largest sum there is.
		most := float64(4 * m)
		if seed%2 == 0 {
			most = float64(m)
		}
		d := stats.NewDeal(values, []int{m, max(1, m-1)}, most)
		for s := 0.0; s <= most; s++ {
			least, all := 0, 0
			for sum, k := range sums {
				if sum >= s {
					least += k
				}
				if sum <= s {
					all += k
				}
			}
			if got, want := d.AtLeast(m, s), float64(least)/float64(ways); math.Abs(got-want) > 1e-12 {
				t.Fatalf("seed %d: P(sum of %d of %v ≥ %g) = %g, counted %g", seed, m, values, s, got, want)
			}
			if got, want := d.AtMost(m, s), float64(all)/float64(ways); math.Abs(got-want) > 1e-12 {
				t.Fatalf("seed %d: P(sum of %d of %v ≤ %g) = %g, counted %g", seed, m, values, s, got, want)
			}
		}
	}
}

func TestRatesAreRoundedSoLittleThatTheChanceStays(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	const n, m, rounds = 400, 7, 40_000
	values := make([]float64, n)
	for i := range values {
		values[i] = r.ExpFloat64() * 3.3
	}
	d := stats.NewDeal(values, []int{m}, 80)
	for _, s := range []float64{15, 23, 35, 45} {
		hits := 0
		for range rounds {
			sum := 0.0
			for i := range m { // the first steps of a shuffle
				j := i + r.IntN(n-i)
				values[i], values[j] = values[j], values[i]
				sum += values[i]
			}
			if sum >= s {
				hits++
			}
		}
		got, want := d.AtLeast(m, s), float64(hits)/rounds
		if math.Abs(got-want) > 4*math.Sqrt(want*(1-want)/rounds)+0.004*want {
			t.Errorf("P(sum ≥ %g) = %.5f, drawn %.5f", s, got, want)
		}
	}
}

func TestCountsThatAreNoneAreNamed(t *testing.T) {
	beside := stats.NewNeighbours(3, nil)
	for _, bad := range []float64{math.NaN(), math.Inf(1), -1} {
		if _, err := stats.HotSpots([]float64{1, bad, 2}, beside); err == nil {
			t.Errorf("%g was taken for a count", bad)
		}
	}
	if _, err := stats.HotSpots([]float64{1}, beside); err == nil {
		t.Error("one count for three areas was taken")
	}
	same, err := stats.HotSpots([]float64{4, 4, 4}, beside)
	if err != nil || same[1].Q != 1 || same[1].Z != 0 {
		t.Errorf("a city that has the same everywhere: %+v, %v", same, err)
	}
	two, err := stats.HotSpots([]float64{1, 5}, stats.NewNeighbours(2, [][2]int32{{0, 1}}))
	if err != nil || two[0].Z != 0 || two[0].P != 1 || two[0].Hot(0.5) || two[0].Cold(0.5) {
		t.Errorf("two areas, each with all around: %+v, %v", two, err)
	}
	none, err := stats.HotSpots(nil, stats.NewNeighbours(0, nil))
	if err != nil || len(none) != 0 {
		t.Errorf("no areas: %v, %v", none, err)
	}
}

// torus is a city of w × h square cells, each with eight neighbours.
func torus(w, h int) *stats.Neighbours {
	var pairs [][2]int32
	for y := range h {
		for x := range w {
			for _, d := range [][2]int{{1, 0}, {0, 1}, {1, 1}, {1, h - 1}} {
				pairs = append(pairs, [2]int32{int32(y*w + x), int32((y+d[1])%h*w + (x+d[0])%w)})
			}
		}
	}
	return stats.NewNeighbours(w*h, pairs)
}

func TestAPlantedHotSpotIsFound(t *testing.T) {
	const w = 40
	r := rand.New(rand.NewPCG(5, 5))
	counts := make([]float64, w*w)
	for i := range counts {
		counts[i] = float64(r.IntN(4))
	}
	for _, i := range []int{w*10 + 10, w*10 + 11, w*11 + 10, w*11 + 11} {
		counts[i] += 9
	}
	got, err := stats.HotSpots(counts, torus(w, w))
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		x, y := i%w, i/w
		core, near := x/2 == 5 && y/2 == 5, x >= 9 && x <= 12 && y >= 9 && y <= 12
		if hot := got[i].Hot(0.05); hot != core && hot != near {
			t.Errorf("cell %d, %d: hot %v, q %g", x, y, got[i].Hot(0.05), got[i].Q)
		}
	}
}

func TestNeighboursTouchAtACornerToo(t *testing.T) {
	square := func(x, y int32) *spatial.Shape {
		c := []spatial.Coord{{X: x, Y: y}, {X: x + 1000, Y: y}, {X: x + 1000, Y: y + 1000}, {X: x, Y: y + 1000}}
		return &spatial.Shape{Kind: spatial.Polygons, Coords: c, Ends: []uint32{4}, Shells: []uint32{0}, Box: spatial.Box{Min: c[0], Max: c[2]}}
	}
	// Two beside, one at the corner, one over a gap of 20 quanta (0.2 m), one far.
	areas := []*spatial.Shape{square(0, 0), square(1000, 0), square(1000, 1000), square(2020, 0), square(9000, 9000)}
	for tolerance, want := range map[float64]string{
		0.02: "[1 2] [0 2] [0 1] [] []",
		0.5:  "[1 2] [0 2 3] [0 1 3] [1 2] []",
	} {
		n, got := stats.Contiguity(areas, tolerance), ""
		for i := range areas {
			got += fmt.Sprint(n.Of(i)) + " "
		}
		if got != want+" " {
			t.Errorf("within %g m: %s, want %s", tolerance, got, want)
		}
	}
	// A corner of one on the middle of another's side, whichever comes first.
	tee := []*spatial.Shape{square(0, 0), square(1000, 500)}
	for range 2 {
		if n := stats.Contiguity(tee, 0.02); len(n.Of(0)) != 1 {
			t.Errorf("a corner on a side: %v", n.Of(0))
		}
		tee[0], tee[1] = tee[1], tee[0]
	}
	wide := square(0, 0) // a side so long that none of its corners is near
	wide.Coords[2].Y, wide.Coords[3].Y, wide.Box.Max.Y = 90_000, 90_000, 90_000
	for _, pair := range [][]*spatial.Shape{{wide, square(1000, 40_000)}, {square(1000, 40_000), wide}} {
		if n := stats.Contiguity(pair, 0.02); len(n.Of(1)) != 1 {
			t.Errorf("a long side: %v", n.Of(1))
		}
	}
	if islands := stats.Contiguity(areas, 0.5).Islands(); len(islands) != 1 || islands[0] != 4 {
		t.Errorf("islands %v", islands)
	}
}

func BenchmarkHotSpotsOfACity(b *testing.B) {
	const w, h = 99, 82
	beside := torus(w, h)
	r := rand.New(rand.NewPCG(1, 1))
	counts := make([]float64, w*h)
	for range 19_439 {
		counts[r.IntN(len(counts))]++
	}
	counts[77] = 900 // a pile
	for b.Loop() {
		if _, err := stats.HotSpots(counts, beside); err != nil {
			b.Fatal(err)
		}
	}
}

// TestAColdSpotsChanceIsNeverNothing: where nearly all areas have many cases, one
// with none among neighbours with none keeps a chance that is small and not 0.
func TestAColdSpotsChanceIsNeverNothing(t *testing.T) {
	t.Parallel()
	values := make([]float64, 4000)
	for i := range values {
		values[i] = 20
	}
	for i := range 12 {
		values[i] = 0
	}
	d := stats.NewDeal(values, []int{9}, 180)
	want := 1.0 // 9 of the 12 drawn from 4,000
	for i := range 9 {
		want *= float64(12-i) / float64(4000-i)
	}
	if got := d.AtMost(9, 0); math.Abs(got/want-1) > 1e-9 {
		t.Errorf("the chance of none around is %g, by hand %g", got, want)
	}
}

// TestABandIsAllThatIsWithinIt holds the neighbours by distance against a look at all
// pairs.
func TestABandIsAllThatIsWithinIt(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(6, 1))
	centres := make([]spatial.Coord, 300)
	for i := range centres {
		centres[i] = spatial.At(114.3+r.Float64()*0.03, 34.78+r.Float64()*0.02)
	}
	centres[1] = centres[0] // at one place
	// The distance of a pair itself is within.
	for _, metres := range []float64{0, 100, 400, spatial.DistanceM(centres[2], centres[3])} {
		got, err := stats.Band(centres, metres)
		if err != nil {
			t.Fatal(err)
		}
		for i := range centres {
			var want []int32
			for j := range centres {
				if i != j && spatial.DistanceM(centres[min(i, j)], centres[max(i, j)]) <= metres {
					want = append(want, int32(j))
				}
			}
			if !slices.Equal(got.Of(i), want) {
				t.Fatalf("%g m, area %d: %v, want %v", metres, i, got.Of(i), want)
			}
		}
	}
	var wide *stats.BandError
	if _, err := stats.Band(centres, 1e5); !errors.As(err, &wide) || wide.Metres != 1e5 {
		t.Errorf("a band over the whole city: %v", err)
	}
}
