package geotiff_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/spatial/crs"
	"github.com/wanmi-gis/wanmi/tiler/geotiff"
)

// GDAL, of Debian's gdal-bin, is the judge: it shares nothing with the writer.

func output(t *testing.T, stdin, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// write writes a raster to a file.
func write(t *testing.T, r *geotiff.Raster) string {
	t.Helper()
	body, err := r.Encode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.tif")
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// random is a raster of numbers of all sizes and signs, and of none.
func random(rnd *rand.Rand, width, height int) (*geotiff.Raster, []float32) {
	numbers := make([]float32, width*height)
	for i := range numbers {
		numbers[i] = float32(rnd.NormFloat64() * math.Exp(rnd.NormFloat64()*20))
		if rnd.IntN(5) == 0 {
			numbers[i] = float32(math.NaN())
		}
	}
	return &geotiff.Raster{
		Plane: crs.LocalPlane(114.35, 34.8), West: -1234.5, North: 987.25, PixelM: 6.25, Width: width, Height: height,
		Row: func(y int, dst []float32) { copy(dst, numbers[y*width:(y+1)*width]) },
	}, numbers
}

// TestGDALReadsTheNumbersThatWereWritten bit by bit, whatever the size.
func TestGDALReadsTheNumbersThatWereWritten(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(5, 5))
	for _, size := range [][2]int{{1, 1}, {255, 3}, {256, 256}, {257, 255}, {513, 260}} {
		r, want := random(rnd, size[0], size[1])
		path := write(t, r)
		raw := filepath.Join(t.TempDir(), "a.bin")
		output(t, "", "gdal_translate", "-q", "-of", "ENVI", path, raw)
		got, err := os.ReadFile(raw)
		if err != nil || len(got) != 4*len(want) {
			t.Fatalf("%v: %d bytes of %d numbers, %v", size, len(got), len(want), err)
		}
		for i, v := range want {
			bits := binary.LittleEndian.Uint32(got[4*i:])
			if read := math.Float32frombits(bits); bits != math.Float32bits(v) && (v == v || read == read) {
				t.Fatalf("%v: number %d is %g, not %g", size, i, read, v)
			}
		}
	}
}

// TestGDALFindsAPlaceByItsLongitudeAndLatitude in planes of the register and in others:
// each pixel's number is where it is.
func TestGDALFindsAPlaceByItsLongitudeAndLatitude(t *testing.T) {
	t.Parallel()
	registered := crs.TM{Lon0: 114, X0: 38_500_000, K: 1}
	for name, c := range map[string]struct {
		plane    crs.TM
		lon, lat float64
	}{
		"a city's own plane":     {crs.LocalPlane(114.35, 34.8), 114.3271, 34.7812},
		"with all parameters":    {crs.TM{Lon0: 120.6, X0: 50_000, Y0: -3_000_000, K: 1.0003}, 120.71, 31.3},
		"of the register":        {registered, 114.4, 34.8},
		"of the register, plain": {crs.TM{Lon0: 117, X0: 500_000, K: 1}, 117.2, 39.1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const side, pixel = 40, 5.0
			e, n := c.plane.Forward(c.lon, c.lat)
			r := &geotiff.Raster{
				Plane: c.plane, West: e - 17.5*pixel, North: n + 11.5*pixel, PixelM: pixel, Width: side, Height: side,
				Row: func(y int, dst []float32) {
					for x := range dst {
						dst[x] = float32(1000*y + x)
					}
				},
			}
			path := write(t, r)
			if got := output(t, "", "gdallocationinfo", "-wgs84", "-valonly", path, fmt.Sprint(c.lon), fmt.Sprint(c.lat)); got != "11017" {
				t.Errorf("there is %s, not 11017", got)
			}
			back := strings.Fields(output(t, "17.5 11.5\n", "gdaltransform", "-t_srs", "EPSG:4490", path))
			for i, want := range []float64{c.lon, c.lat} {
				if got, err := strconv.ParseFloat(back[i], 64); err != nil || math.Abs(got-want) > 1e-9 {
					t.Errorf("the middle of the pixel is at %v, not %g, %g", back, c.lon, c.lat)
				}
			}
			named := output(t, "", "gdalsrsinfo", "-e", "-o", "epsg", path)
			code, ok := c.plane.EPSG()
			if want := fmt.Sprint("EPSG:", code); ok && !strings.Contains(named, want) {
				t.Errorf("%s is not %s", named, want)
			}
		})
	}
}

// TestGDALReadsWhatTheFileSaysOfItself with letters of all kinds.
func TestGDALReadsWhatTheFileSaysOfItself(t *testing.T) {
	t.Parallel()
	r, _ := random(rand.New(rand.NewPCG(1, 1)), 20, 10)
	r.Description, r.Software, r.Band, r.Unit = "城市 & <heat>", "wanmi 1", `a "band"`, "cases/km²"
	r.Items = []geotiff.Item{{Name: "FILTER", Value: "kind=event&q=<3"}, {Name: "EMPTY"}, {Name: "N", Value: "17"}}
	info := output(t, "", "gdalinfo", write(t, r))
	for _, want := range []string{
		"TIFFTAG_IMAGEDESCRIPTION=城市 & <heat>", "TIFFTAG_SOFTWARE=wanmi 1", `Description = a "band"`, "Unit Type: cases/km²",
		"FILTER=kind=event&q=<3", "N=17", "NoData Value=nan", "AREA_OR_POINT=Area", "Block=256x256", "PREDICTOR=3", "COMPRESSION=DEFLATE",
		`ID["EPSG",4490]`, "Origin = (-1234.5", "Pixel Size = (6.25",
	} {
		if !strings.Contains(info, want) {
			t.Errorf("%s is not in\n%s", want, info)
		}
	}
	if strings.Contains(info, "EMPTY") {
		t.Errorf("%s", info)
	}
}

func TestARasterThatMakesNoSenseIsRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(r *geotiff.Raster){
		"no width":       func(r *geotiff.Raster) { r.Width = 0 },
		"too many":       func(r *geotiff.Raster) { r.Width, r.Height = 1<<20, 1<<20 },
		"a pixel of 0 m": func(r *geotiff.Raster) { r.PixelM = 0 },
		"a pixel of NaN": func(r *geotiff.Raster) { r.PixelM = math.NaN() },
		"a corner of ∞":  func(r *geotiff.Raster) { r.North = math.Inf(1) },
		"a plane of NaN": func(r *geotiff.Raster) { r.Plane.Lon0 = math.NaN() },
	} {
		r, _ := random(rand.New(rand.NewPCG(1, 1)), 2, 2)
		change(r)
		if _, err := r.Encode(t.Context()); !errors.Is(err, geotiff.ErrRaster) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEncodingEndsWithItsContext: no row is asked for afterwards.
func TestEncodingEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	rows := 0
	r := &geotiff.Raster{Plane: crs.LocalPlane(114, 35), PixelM: 1, Width: 3000, Height: 3000, Row: func(int, []float32) {
		if rows++; rows == 300 {
			cancel()
		}
	}}
	if _, err := r.Encode(ctx); !errors.Is(err, context.Canceled) || rows != 300 {
		t.Errorf("%v after %d rows", err, rows)
	}
}

func Example() {
	r := geotiff.Raster{
		Plane: crs.LocalPlane(114.35, 34.8), West: -50, North: 50, PixelM: 10, Width: 10, Height: 10,
		Row: func(y int, dst []float32) {
			for x := range dst {
				dst[x] = float32(x * y)
			}
		},
		Unit: "cases/km²",
	}
	body, err := r.Encode(context.Background())
	fmt.Println(string(body[:2]), len(body) < 4000, err)
	// Output: II true <nil>
}

// BenchmarkEncode is a smooth surface of the size of a city at 150 m.
func BenchmarkEncode(b *testing.B) {
	const width, height = 600, 440
	r := &geotiff.Raster{Plane: crs.LocalPlane(114, 35), PixelM: 18.75, Width: width, Height: height, Row: func(y int, dst []float32) {
		for x := range dst {
			dst[x] = float32(500 + 400*math.Sin(float64(x)/30)*math.Cos(float64(y)/20))
		}
	}}
	var size int
	for b.Loop() {
		body, err := r.Encode(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		size = len(body)
	}
	b.ReportMetric(float64(size)/(width*height), "B/pixel")
}
