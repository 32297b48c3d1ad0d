package repair

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/spatial"
)

// faceArea is the area of a face in square quanta, holes taken off.
func faceArea(f Face) float64 {
	sum := 0.0
	for i, r := range f.Rings {
		a := 0.0
		for k := 1; k < len(r); k++ {
			a += (r[k-1][0]-r[0][0])*(r[k][1]-r[0][1]) - (r[k][0]-r[0][0])*(r[k-1][1]-r[0][1])
		}
		if a = math.Abs(a) / 2; i > 0 {
			a = -a
		}
		sum += a
	}
	return sum
}

func TestASquareCutByALineHasTwoFaces(t *testing.T) {
	c := func(x, y int32) spatial.Coord { return spatial.Coord{X: x + 1_143_000_000, Y: y + 348_000_000} }
	faces, err := NewJudge().Faces([]Line{
		{c(0, 0), c(100, 0)},
		{c(100, 0), c(100, 100)},
		{c(100, 100), c(0, 100)},
		{c(0, 100), c(0, 0)},
		{c(-10, 25), c(110, 25)}, // reaches out on both sides
		{c(20, 60), c(40, 60)},   // shuts nothing in
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(faces) != 2 {
		t.Fatalf("%d faces, want 2", len(faces))
	}
	areas := map[float64]bool{}
	for _, f := range faces {
		areas[faceArea(f)] = true
		x, y := f.X-1_143_000_000, f.Y-348_000_000
		if low := y < 25; x <= 0 || x >= 100 || (faceArea(f) == 2500) != low {
			t.Errorf("face of %g has its point at %g,%g", faceArea(f), x, y)
		}
	}
	if !areas[2500] || !areas[7500] {
		t.Errorf("areas are %v, want 2500 and 7500", areas)
	}
	none, err := NewJudge().Faces(nil)
	if err != nil || none != nil {
		t.Errorf("no lines give %v, %v", none, err)
	}
}

// TestFacesOfRandomRectanglesAddUp counts by hand: the faces inside a grid cut
// by random whole lines are the products of the cuts.
func TestFacesOfRandomRectanglesAddUp(t *testing.T) {
	const seed = 11
	r := rand.New(rand.NewPCG(seed, seed))
	for round := range 50 {
		nx, ny := 1+r.IntN(5), 1+r.IntN(5)
		var lines []Line
		for k := range nx + 1 {
			x := int32(k*1000 + r.IntN(900))
			lines = append(lines, Line{spatial.Coord{X: x, Y: -10}, spatial.Coord{X: x, Y: 10_010}})
		}
		for k := range ny + 1 {
			y := int32(k*1000 + r.IntN(900))
			lines = append(lines, Line{spatial.Coord{X: -10, Y: y}, spatial.Coord{X: 10_010, Y: y}})
		}
		faces, err := NewJudge().Faces(lines)
		if err != nil {
			t.Fatal(err)
		}
		if len(faces) != nx*ny {
			t.Errorf("seed %d round %d: %d faces, want %d", seed, round, len(faces), nx*ny)
		}
	}
}

func TestOverlapOfTwoSquares(t *testing.T) {
	a, b := shape(t, orb.Polygon{rect(114, 34, 0.001, 0.001)}), shape(t, orb.Polygon{rect(114.0005, 34.0005, 0.001, 0.001)})
	faces, err := NewJudge().Overlap(a, b)
	if err != nil || len(faces) != 1 || faceArea(faces[0]) != 5000*5000 {
		t.Errorf("overlap is %v, %v", faces, err)
	}
	beside := shape(t, orb.Polygon{rect(114.001, 34, 0.001, 0.001)})
	if faces, err = NewJudge().Overlap(a, beside); err != nil || len(faces) != 0 {
		t.Errorf("squares that touch overlap in %v, %v", faces, err)
	}
}

func TestFaultNamesReasonAndPlace(t *testing.T) {
	j := NewJudge()
	tie := shape(t, orb.Polygon{{{114, 34}, {114.002, 34.002}, {114.002, 34}, {114, 34.004}, {114, 34}}})
	reason, at, err := j.Fault(tie)
	if err != nil || !strings.Contains(reason, "Self-intersection") {
		t.Fatalf("fault is %q, %v", reason, err)
	}
	// The edges y = x and y = 0.004 - 2x cross at x = 0.004/3.
	if want := spatial.At(114+0.004/3, 34+0.004/3); spatial.DistanceM(at, want) > 0.02 {
		t.Errorf("it lies at %v, want %v", at, want)
	}
	if reason, _, err = j.Fault(shape(t, orb.Polygon{rect(114, 34, 0.01, 0.01)})); err != nil || reason != "" {
		t.Errorf("a square has fault %q, %v", reason, err)
	}
	if reason, _, err = j.Fault(shape(t, orb.LineString{{114, 34}, {114.1, 34}})); err != nil || reason != "" {
		t.Errorf("a line has fault %q, %v", reason, err)
	}
}
