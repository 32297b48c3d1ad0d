package crs

import (
	"encoding/csv"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
)

// newRand is seeded from WANMI_SEED, or always the same; it prints the seed.
func newRand(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(20000101)
	if s := os.Getenv("WANMI_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatalf("WANMI_SEED: %v", err)
		}
		seed = n
	}
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

func between(r *rand.Rand, low, high float64) float64 {
	return low + float64((high-low)*r.Float64())
}

// groundM is the distance of two near places in degrees.
func groundM(lon1, lat1, lon2, lat2 float64) float64 {
	perLon, perLat := MetresPerDegree(lat1)
	return math.Hypot((lon2-lon1)*perLon, (lat2-lat1)*perLat)
}

func mustParse(t testing.TB, name string) System {
	t.Helper()
	s, err := Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// readTable gives the rows of a committed table of figures, header dropped.
func readTable(t *testing.T, path string) [][]float64 {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment = '#'
	records, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]float64
	for _, record := range records[1:] {
		var row []float64
		for _, field := range record {
			v, err := strconv.ParseFloat(field, 64)
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			row = append(row, v)
		}
		rows = append(rows, row)
	}
	return rows
}

func TestParse_AcceptsTheNamesOfTheContractInAnyCase(t *testing.T) {
	for given, want := range map[string]string{
		"cgcs2000": "cgcs2000", "CGCS2000": "cgcs2000", "EPSG:4490": "cgcs2000",
		"wgs84": "wgs84", "Epsg:4326": "wgs84", "GCJ02": "gcj02", "bd09": "bd09",
		"epsg:3857": "epsg:3857", "epsg:4491": "epsg:4491", "EPSG:4554": "epsg:4554",
	} {
		if got := mustParse(t, given).Name(); got != want {
			t.Errorf("Parse(%q).Name() = %q, want %q", given, got, want)
		}
	}
}

func TestParse_RefusesOtherNamesAndSaysWhichAreAccepted(t *testing.T) {
	for _, name := range []string{
		"", " ", "city", "epsg:4489", "epsg:4555", "epsg:04547", "epsg:+547", "epsg:", "4547", "gcj-02", " wgs84",
		strings.Repeat("高", 1000),
	} {
		s, err := Parse(name)
		if s != nil || !errors.Is(err, ErrUnknown) {
			t.Errorf("Parse(%.20q) = %v, %v; want ErrUnknown", name, s, err)
			continue
		}
		if !strings.Contains(err.Error(), accepted) || len(err.Error()) > 400 {
			t.Errorf("Parse(%.20q): the error does not help or is too long: %v", name, err)
		}
	}
}

func TestAll_ListsEverySystemOnceAndParseFindsEach(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range All() {
		if seen[s.Name()] {
			t.Errorf("%s is listed twice", s.Name())
		}
		seen[s.Name()] = true
		if mustParse(t, s.Name()) != s {
			t.Errorf("Parse(%q) is another system", s.Name())
		}
	}
	if len(seen) != 5+64 {
		t.Errorf("%d systems, want 69", len(seen))
	}
}

func TestConversion_PassesNaNOn(t *testing.T) {
	nan := math.NaN()
	for _, s := range append(All(), Grid{TM: TM{Lon0: 114}}) {
		for _, p := range [][2]float64{{nan, 35}, {114, nan}, {nan, nan}} {
			x, y := s.FromCGCS2000(p[0], p[1])
			lon, lat := s.ToCGCS2000(p[0], p[1])
			if !math.IsNaN(x+y) || !math.IsNaN(lon+lat) {
				t.Errorf("%s %v: from %g %g, to %g %g; want NaN", s.Name(), p, x, y, lon, lat)
			}
		}
	}
}

func TestConversion_IsTheIdentityForCGCS2000AndWGS84(t *testing.T) {
	for _, name := range []string{"cgcs2000", "wgs84"} {
		s := mustParse(t, name)
		if x, y := s.FromCGCS2000(114.3488, 34.7886); x != 114.3488 || y != 34.7886 || !s.Geographic() {
			t.Errorf("%s: from %g %g", name, x, y)
		}
		if x, y := s.ToCGCS2000(114.3488, 34.7886); x != 114.3488 || y != 34.7886 {
			t.Errorf("%s: to %g %g", name, x, y)
		}
	}
}

// The hash was computed on amd64 and is the same on arm64 and s390x, whose
// compilers fuse multiplication and addition wherever the language lets them.
func TestResults_HaveTheSameBitsOnEveryProcessor(t *testing.T) {
	const want = "b369289e8e6af26a"
	r := rand.New(rand.NewPCG(20000101, 0))
	h := fnv.New64a()
	// Shortest decimals that read back as the same bits; one NaN for all of them.
	add := func(x, y float64) { fmt.Fprintf(h, "%g %g\n", x, y) }
	systems := append(All(), Grid{TM: TM{Lon0: 114, X0: 500000, K: 1.00002}, Affine: [6]float64{0.9998, 0.02, -100, -0.02, 0.9998, 5000}})
	for range 200 {
		lon, lat := between(r, 73, 135), between(r, 3, 54)
		for _, s := range systems {
			x, y := s.FromCGCS2000(lon, lat)
			add(x, y)
			add(s.ToCGCS2000(x, y))
		}
		add(MetresPerDegree(lat))
		add(TM{Lon0: 105}.Scale(lon, lat), 0)
	}
	if got := fmt.Sprintf("%016x", h.Sum64()); got != want {
		t.Errorf("hash of the results %s, want %s", got, want)
	}
}

func TestConversion_DoesNotAllocate(t *testing.T) {
	var sum float64
	for _, name := range []string{"cgcs2000", "gcj02", "bd09", "epsg:3857", "epsg:4547"} {
		s := mustParse(t, name)
		allocs := testing.AllocsPerRun(100, func() {
			x, y := s.FromCGCS2000(114.3488, 34.7886)
			lon, lat := s.ToCGCS2000(x, y)
			if s.Check(x, y) != nil {
				panic(name)
			}
			sum += lon + lat
		})
		if allocs != 0 {
			t.Errorf("%s: %g allocations", name, allocs)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		if _, err := Parse("EPSG:4547"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkConversion(b *testing.B) {
	grid := Grid{TM: TM{Lon0: 114, X0: 500000}, Affine: [6]float64{0.9998, 0.02, -100, -0.02, 0.9998, 5000}}
	for _, s := range []System{gcj02{}, bd09{}, webMercator{}, newGaussKruger(4547), grid} {
		x, y := s.FromCGCS2000(114.3488, 34.7886)
		b.Run(s.Name()+"/from_cgcs2000", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.FromCGCS2000(114.3488, 34.7886)
			}
		})
		b.Run(s.Name()+"/to_cgcs2000", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.ToCGCS2000(x, y)
			}
		})
	}
}
