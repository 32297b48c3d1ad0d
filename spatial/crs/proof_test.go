//go:build proof

package crs

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestProof_PROJAgreesAtRandomPlacesInEveryCode needs cs2cs (Debian: proj-bin).
func TestProof_PROJAgreesAtRandomPlacesInEveryCode(t *testing.T) {
	const perCode = 157 // 64 × 157 = 10,048 places
	r := newRand(t)
	var worstM, worstDeg float64
	for code := firstGaussKruger; code <= lastGaussKruger; code++ {
		s := newGaussKruger(code)
		var places, planes strings.Builder
		var want [][4]float64
		for range perCode {
			lon, lat := s.tm.Lon0+between(r, -7, 7), between(r, 0, 60)
			e, n := s.FromCGCS2000(lon, lat)
			want = append(want, [4]float64{lon, lat, e, n})
			fmt.Fprintf(&places, "%.17g %.17g\n", lat, lon) // EPSG:4490 is latitude first
			fmt.Fprintf(&planes, "%.17g %.17g\n", n, e)     // and these northing first
		}
		forward := cs2cs(t, places.String(), "-d", "9", "EPSG:4490", s.name)
		inverse := cs2cs(t, planes.String(), "-d", "14", s.name, "EPSG:4490")
		for i, w := range want {
			dM := max(math.Abs(forward[i][1]-w[2]), math.Abs(forward[i][0]-w[3]))
			dDeg := max(math.Abs(inverse[i][1]-w[0]), math.Abs(inverse[i][0]-w[1]))
			worstM, worstDeg = max(worstM, dM), max(worstDeg, dDeg)
			lon, lat := s.ToCGCS2000(w[2], w[3])
			dDeg = max(dDeg, math.Abs(lon-inverse[i][1]), math.Abs(lat-inverse[i][0]))
			if !(dM <= projWithinM && dDeg <= projWithinDeg) {
				t.Fatalf("%v: %v, PROJ forward %v, inverse %v", s, w, forward[i], inverse[i])
			}
		}
	}
	t.Logf("largest difference from PROJ: %.2g m, %.2g°", worstM, worstDeg)
}

func TestProof_PROJAgreesOnWebMercator(t *testing.T) {
	r := newRand(t)
	var places strings.Builder
	var want [][2]float64
	var worst float64
	for range 10_000 {
		lon, lat := between(r, -180, 180), between(r, -85, 85)
		x, y := webMercator{}.FromCGCS2000(lon, lat)
		want = append(want, [2]float64{x, y})
		fmt.Fprintf(&places, "%.17g %.17g\n", lat, lon)
	}
	for i, got := range cs2cs(t, places.String(), "-d", "9", "EPSG:4326", "EPSG:3857") {
		worst = max(worst, math.Abs(got[0]-want[i][0]), math.Abs(got[1]-want[i][1]))
	}
	if t.Logf("largest difference %.2g m", worst); !(worst <= 1e-6) {
		t.Error("more than a micrometre")
	}
}

func cs2cs(t *testing.T, input string, args ...string) [][3]float64 {
	t.Helper()
	cmd := exec.Command("cs2cs", args...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("cs2cs %v: %v", args, err)
	}
	var rows [][3]float64
	for line := range strings.Lines(string(out)) {
		var row [3]float64
		if _, err := fmt.Sscan(line, &row[0], &row[1], &row[2]); err != nil {
			t.Fatalf("cs2cs %v: %q: %v", args, line, err)
		}
		rows = append(rows, row)
	}
	if len(rows) != strings.Count(input, "\n") {
		t.Fatalf("cs2cs %v: %d answers", args, len(rows))
	}
	return rows
}

// TestProof_NoProcessorFusesMultiplicationAndAddition reads the compiler's
// assembly of this package and of spatial for every processor that could. What
// package rtree inlines are bounds that decide nothing but the order of search.
func TestProof_NoProcessorFusesMultiplicationAndAddition(t *testing.T) {
	fused := regexp.MustCompile(`\bW?FN?M(ADD|SUB|A|S)[SDF]?B?\s`)
	for _, arch := range []string{"arm64", "riscv64", "ppc64le", "s390x", "loong64"} {
		for dir, known := range map[string]string{".": "crs.TM.Forward", "..": "spatial.segment2"} {
			cmd := exec.Command("go", "build", "-gcflags=-S", dir)
			cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0")
			listing, err := cmd.CombinedOutput()
			if err != nil || !bytes.Contains(listing, []byte(known)) {
				t.Fatalf("go build %s for %s: %v", dir, arch, err)
			}
			for line := range bytes.Lines(listing) {
				if fused.Match(line) && !bytes.Contains(line, []byte("rtree@")) {
					t.Errorf("%s: %s", arch, bytes.TrimSpace(line))
				}
			}
		}
	}
}
