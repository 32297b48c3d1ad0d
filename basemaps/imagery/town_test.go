//go:build gdal

package imagery

import (
	"fmt"
	"image"
	"math"
	"path/filepath"
	"testing"

	"github.com/airbusgeo/godal"

	"github.com/wanmi-gis/wanmi/spatial/crs"
	"github.com/wanmi-gis/wanmi/tiler"
)

// Where the made-up sheets lie: metres of EPSG:4547, CGCS2000 / 3-degree, 114° E.
const (
	townEast, townNorth = 527_000.0, 3_852_000.0
	townPixel           = 0.2
	townZoom            = 19 // whose pixels are nearest in size
)

// townColour is a smooth pattern with sharp marks: a cross and a square in each 500
// pixels.
type townColour struct{ waves [2048]float64 }

func newTownColour() *townColour {
	var c townColour
	for i := range c.waves {
		c.waves[i] = math.Sin(2 * math.Pi * float64(i) / float64(len(c.waves)))
	}
	return &c
}

func (c *townColour) at(x, y int, to []byte) {
	wave := func(v int) float64 { return c.waves[v&2047] }
	to[0] = byte(128 + 60*wave(5*x) + 60*wave(3*y))
	to[1] = byte(128 + 60*wave(3*x+2*y) + 60*wave(4*y))
	to[2] = byte(128 + 60*wave(2*x-3*y) + 60*wave(6*x))
	u, v := x%500, y%500
	switch {
	case u >= 245 && u < 255 && v > 150 && v < 350 || v >= 245 && v < 255 && u > 150 && u < 350:
		to[0], to[1], to[2] = 255, 255, 255
	case u > 380 && u < 420 && v > 80 && v < 120:
		to[0], to[1], to[2] = 10, 10, 10
	}
}

// townSheets makes four sheets, two by two, of together side pixels a side, as
// compressed GeoTIFF in tiles.
func townSheets(t testing.TB, dir string, side int) (paths []string) {
	t.Helper()
	godal.RegisterAll()
	ref, err := godal.NewSpatialRefFromEPSG(4547)
	if err != nil {
		t.Fatal(err)
	}
	defer ref.Close()
	half, colour := side/2, newTownColour()
	for k := range 4 {
		x0, y0 := k%2*half, k/2*half
		path := filepath.Join(dir, fmt.Sprintf("sheet%d.tif", k))
		ds, err := godal.Create(godal.GTiff, path, 3, godal.Byte, half, half,
			godal.CreationOption("TILED=YES", "COMPRESS=DEFLATE", "ZLEVEL=1", "PREDICTOR=2", "BLOCKXSIZE=512", "BLOCKYSIZE=512"))
		if err != nil {
			t.Fatal(err)
		}
		check := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		check(ds.SetSpatialRef(ref))
		check(ds.SetGeoTransform([6]float64{townEast + townPixel*float64(x0), townPixel, 0, townNorth - townPixel*float64(y0), 0, -townPixel}))
		for from := 0; from < half; from += 512 {
			rows := min(512, half-from)
			strip := make([]byte, 3*rows*half)
			for y := range rows {
				for x := range half {
					colour.at(x0+x, y0+from+y, strip[3*(y*half+x):])
				}
			}
			check(ds.Write(0, from, strip, half, rows))
		}
		check(ds.Close())
		paths = append(paths, path)
	}
	return paths
}

// town is the pattern where it truly lies.
type town struct {
	t      testing.TB
	system crs.System
	colour *townColour
	side   int
}

func newTown(t testing.TB, side int) *town {
	t.Helper()
	system, err := crs.Parse("epsg:4547")
	if err != nil {
		t.Fatal(err)
	}
	return &town{t, system, newTownColour(), side}
}

// pixel is where a point of the web map is in the pattern.
func (w *town) pixel(x, y float64) (u, v float64) {
	lon := x / earth * 360
	lat := math.Atan(math.Sinh(y/earth*2*math.Pi)) * 180 / math.Pi
	east, north := w.system.FromCGCS2000(lon, lat)
	return (east - townEast) / townPixel, (townNorth - north) / townPixel
}

// tile paints a tile of the last zooms: the mean of the points in each pixel, four or
// more a side. The projection is taken at each corner of 16 × 16 pixels, and as good
// as straight between.
func (w *town) tile(id tiler.ID) *image.NRGBA {
	const step = 16
	out := image.NewNRGBA(image.Rect(0, 0, tileSize, tileSize))
	box, points := tileExtent(id), 4<<(townZoom-id.Z)
	metres := resolution(id.Z)
	for y0 := 0; y0 < tileSize; y0 += step {
		for x0 := 0; x0 < tileSize; x0 += step {
			west, north := box.west+float64(x0)*metres, box.north-float64(y0)*metres
			u, v := w.pixel(west, north)
			ux, vx := w.pixel(west+step*metres, north)
			uy, vy := w.pixel(west, north-step*metres)
			ux, vx, uy, vy = (ux-u)/step, (vx-v)/step, (uy-u)/step, (vy-v)/step
			for k := range step * step {
				x, y := float64(k%step), float64(k/step)
				w.mean(out.Pix[out.PixOffset(x0+k%step, y0+k/step):], points, [2]float64{u + ux*x + uy*y, v + vx*x + vy*y}, [4]float64{ux, vx, uy, vy})
			}
		}
	}
	return out
}

// mean of a pixel's points; one with a point outside of the town is transparent.
func (w *town) mean(to []byte, points int, at [2]float64, way [4]float64) {
	var sum [3]int
	var c [3]byte
	for k := range points * points {
		x, y := (float64(k%points)+0.5)/float64(points), (float64(k/points)+0.5)/float64(points)
		u, v := math.Floor(at[0]+way[0]*x+way[2]*y), math.Floor(at[1]+way[1]*x+way[3]*y)
		if u < 0 || v < 0 || u >= float64(w.side) || v >= float64(w.side) {
			return
		}
		w.colour.at(int(u), int(v), c[:])
		sum[0], sum[1], sum[2] = sum[0]+int(c[0]), sum[1]+int(c[1]), sum[2]+int(c[2])
	}
	n := points * points
	to[0], to[1], to[2], to[3] = byte((sum[0]+n/2)/n), byte((sum[1]+n/2)/n), byte((sum[2]+n/2)/n), 255
}
