//go:build proof && gdal

package imagery

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/basemaps/pmtiles"
	"github.com/wanmi-gis/wanmi/tiler"
)

// What Done-when promises.
const (
	maxMean     = 2.0 // of 255
	maxShift    = 0.5 // of a pixel
	maxRSS      = 1 << 30
	sampleTiles = 500
)

func program(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "wanmi")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-tags", "gdal", "-o", path, "github.com/wanmi-gis/wanmi").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// cost is what a command took; of its own processes, and theirs.
type cost struct {
	wall, cpu time.Duration
	// rss is of the largest process, or what this one had when it started it: the
	// kernel hands that on. It is never too little.
	rss int64
}

func (c cost) String() string {
	return fmt.Sprintf("%.1f s, %.1f s of CPU, %d MB RSS", c.wall.Seconds(), c.cpu.Seconds(), c.rss>>20)
}

func run(t *testing.T, name string, args ...string) cost {
	t.Helper()
	start := time.Now()
	cmd := exec.CommandContext(t.Context(), name, args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	use, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		t.Fatal("no rusage")
	}
	return cost{time.Since(start), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), use.Maxrss << 10}
}

// pyramids makes both, of the same sheets: ours and gdal2tiles' of a VRT, at the same
// zooms, in PNG, with the same number of processes.
func pyramids(t *testing.T, wanmi, dir string, sheets []string, vrt string, zooms [2]uint8) (ours *pmtiles.Archive, theirs string) {
	t.Helper()
	out, theirs := filepath.Join(dir, "ours.pmtiles"), filepath.Join(dir, "theirs")
	processes := strconv.Itoa(runtime.GOMAXPROCS(0))
	args := []string{
		"basemap", "add", "--name", "town", "--format", "png", "--workers", processes,
		"--minzoom", fmt.Sprint(zooms[0]), "--maxzoom", fmt.Sprint(zooms[1]), "-o", out,
	}
	a := run(t, wanmi, append(args, sheets...)...)
	b := gdal2tiles(t, vrt, theirs, zooms)
	fmt.Printf("PNG, %s processes: wanmi %v; gdal2tiles %v; %.2f times as fast, %.2f times by CPU\n",
		processes, a, b, b.wall.Seconds()/a.wall.Seconds(), b.cpu.Seconds()/a.cpu.Seconds())
	if a.rss > maxRSS {
		t.Errorf("%d MB RSS", a.rss>>20)
	}
	f, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	ours, err = pmtiles.Open(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	report, err := ours.Verify(context.Background())
	if err != nil || len(report.Notes) > 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	return ours, theirs
}

// tilesIn lists gdal2tiles' tiles.
func tilesIn(t *testing.T, dir string) (all []tiler.ID) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*", "*", "*.png"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d tiles, %v", len(paths), err)
	}
	for _, p := range paths {
		rel, _ := filepath.Rel(dir, p)
		var id tiler.ID
		if _, err := fmt.Sscanf(rel, "%d/%d/%d.png", &id.Z, &id.X, &id.Y); err != nil {
			t.Fatal(err)
		}
		all = append(all, id)
	}
	return all
}

func decode(t *testing.T, b []byte) *image.NRGBA {
	t.Helper()
	p, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	out := image.NewNRGBA(image.Rect(0, 0, tileSize, tileSize))
	draw.Draw(out, out.Rect, p, p.Bounds().Min, draw.Src)
	return out
}

// difference is of two tiles: of colours where both are opaque, of alpha all over.
type difference struct {
	id            tiler.ID
	colour, alpha float64
	dx, dy        float64 // of the second against the first, in pixels
	placed        bool    // there is enough in it to tell
}

func differ(id tiler.ID, a, b *image.NRGBA) difference {
	d := difference{id: id}
	n := 0
	for i := 0; i < len(a.Pix); i += 4 {
		d.alpha += math.Abs(float64(a.Pix[i+3]) - float64(b.Pix[i+3]))
		if a.Pix[i+3] == 255 && b.Pix[i+3] == 255 {
			n++
			for c := range 3 {
				d.colour += math.Abs(float64(a.Pix[i+c])-float64(b.Pix[i+c])) / 3
			}
		}
	}
	d.colour /= max(1, float64(n))
	d.alpha /= tileSize * tileSize
	d.dx, d.dy, d.placed = shift(a, b)
	return d
}

// shift is the least-squares shift by which a's gradient explains b−a (Lucas and
// Kanade, 1981); it needs pixels that differ from their neighbours in both directions.
func shift(a, b *image.NRGBA) (dx, dy float64, ok bool) {
	at := func(p *image.NRGBA, x, y, c int) float64 { return float64(p.Pix[p.PixOffset(x, y)+c]) }
	var xx, xy, yy, xt, yt float64
	for y := 1; y < tileSize-1; y++ {
		for x := 1; x < tileSize-1; x++ {
			opaque := true
			for _, q := range [][2]int{{x, y}, {x - 1, y}, {x + 1, y}, {x, y - 1}, {x, y + 1}} {
				opaque = opaque && at(a, q[0], q[1], 3) == 255 && at(b, q[0], q[1], 3) == 255
			}
			if !opaque {
				continue
			}
			for c := range 3 {
				gx := (at(a, x+1, y, c) - at(a, x-1, y, c) + at(b, x+1, y, c) - at(b, x-1, y, c)) / 4
				gy := (at(a, x, y+1, c) - at(a, x, y-1, c) + at(b, x, y+1, c) - at(b, x, y-1, c)) / 4
				diff := at(b, x, y, c) - at(a, x, y, c)
				xx, xy, yy, xt, yt = xx+gx*gx, xy+gx*gy, yy+gy*gy, xt-gx*diff, yt-gy*diff
			}
		}
	}
	det := xx*yy - xy*xy
	if min(xx, yy) < 1e4 || det < 0.1*xx*yy {
		return 0, 0, false
	}
	return (xt*yy - yt*xy) / det, (yt*xx - xt*xy) / det, true
}

// compare holds tiles of both against each other and returns the mean difference of
// colours and the farthest shift.
func compare(t *testing.T, what string, ids []tiler.ID, first, second func(tiler.ID) *image.NRGBA) (mean, far float64) {
	t.Helper()
	var alpha, sx, sy float64
	placed, worst := 0, difference{}
	for _, id := range ids {
		d := differ(id, first(id), second(id))
		mean, alpha = mean+d.colour/float64(len(ids)), alpha+d.alpha/float64(len(ids))
		if d.colour > worst.colour {
			worst = d
		}
		if d.placed {
			placed++
			sx, sy, far = sx+d.dx, sy+d.dy, max(far, math.Abs(d.dx), math.Abs(d.dy))
		}
	}
	n := float64(max(placed, 1))
	fmt.Printf("%s: %d tiles, mean difference %.3f of 255, alpha %.3f, worst tile %.2f (%v); placed %d: shift %.3f, %.3f on average, at most %.3f pixel\n",
		what, len(ids), mean, alpha, worst.colour, worst.id, placed, sx/n, sy/n, far)
	if placed == 0 {
		t.Errorf("%s: no tile says where it is", what)
	}
	return mean, far
}

// some of the tiles, at random.
func some(ids []tiler.ID, atMost int) []tiler.ID {
	ids = slices.Clone(ids)
	rand.New(rand.NewPCG(9, 2)).Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	return ids[:min(len(ids), atMost)]
}

// of an archive, and of gdal2tiles' folder; transparent where there is no tile.
func of(t *testing.T, a *pmtiles.Archive) func(tiler.ID) *image.NRGBA {
	return func(id tiler.ID) *image.NRGBA {
		t.Helper()
		body, err := a.Tile(id)
		if err != nil {
			t.Fatal(err)
		}
		if body == nil {
			return image.NewNRGBA(image.Rect(0, 0, tileSize, tileSize))
		}
		return decode(t, body)
	}
}

func inFolder(t *testing.T, dir string) func(tiler.ID) *image.NRGBA {
	return func(id tiler.ID) *image.NRGBA {
		t.Helper()
		body, err := os.ReadFile(filepath.Join(dir, fmt.Sprint(id.Z), fmt.Sprint(id.X), fmt.Sprint(id.Y)+".png"))
		if err != nil {
			t.Fatal(err)
		}
		return decode(t, body)
	}
}

// judgeTown compares with gdal2tiles, and both with the pattern itself, projected by
// the module's own Gauss-Krüger. gdal2tiles cuts the window that it reads off at whole
// pixels of the warped mosaic, so that its tiles lie up to a pixel aside: where ours
// lie is held against the pattern.
func judgeTown(t *testing.T, ours *pmtiles.Archive, theirs string, side int) {
	t.Helper()
	all := tilesIn(t, theirs)
	if n := ours.Info().Addressed; int(n) < len(all)*99/100 || int(n) > len(all)*101/100 {
		t.Errorf("%d tiles, gdal2tiles has %d", n, len(all))
	}
	mean, _ := compare(t, "ours and gdal2tiles", some(all, sampleTiles), of(t, ours), inFolder(t, theirs))
	var deep []tiler.ID
	for _, id := range all {
		if id.Z >= townZoom-2 {
			deep = append(deep, id)
		}
	}
	deep = some(deep, 60)
	town := newTown(t, side)
	off, far := compare(t, "pattern and ours", deep, town.tile, of(t, ours))
	compare(t, "pattern and gdal2tiles", deep, town.tile, inFolder(t, theirs))
	if mean > maxMean || off > maxMean || far > maxShift {
		t.Errorf("difference %.3f, from the pattern %.3f; shift %.3f", mean, off, far)
	}
}

// TestProof_TheCitysMosaicIsAsGDALMakesIt is of four sheets in EPSG:4547, 20,000
// pixels a side (1,000 when short): beside gdal2tiles, then killed and resumed.
func TestProof_TheCitysMosaicIsAsGDALMakesIt(t *testing.T) {
	side := 20_000
	if testing.Short() {
		side = 1000
	}
	wanmi, dir := program(t), t.TempDir()
	sheets := townSheets(t, dir, side)
	vrt := filepath.Join(dir, "mosaic.vrt")
	run(t, "gdalbuildvrt", append([]string{"-q", vrt}, sheets...)...)
	zooms := [2]uint8{12, townZoom}
	ours, theirs := pyramids(t, wanmi, dir, sheets, vrt, zooms)
	judgeTown(t, ours, theirs, side)
	// Given the mosaic as whole tiles of the last zoom, on its own pixels, gdal2tiles
	// has no window to round: there its tiles must lie where ours do.
	lattice := filepath.Join(dir, "lattice.vrt")
	box := around(tilesIn(t, theirs), townZoom)
	onLattice(t, vrt, lattice, townZoom, "average", "-te", metres(box.west), metres(box.south), metres(box.east), metres(box.north))
	theirs = filepath.Join(dir, "lattice")
	gdal2tiles(t, lattice, theirs, zooms)
	mean, far := compare(t, "ours and gdal2tiles on the lattice", some(tilesIn(t, theirs), sampleTiles), of(t, ours), inFolder(t, theirs))
	if mean > maxMean || far > maxShift {
		t.Errorf("on the lattice: difference %.3f, shift %.3f", mean, far)
	}
	killed(t, wanmi, dir, sheets)
}

func metres(v float64) string { return fmt.Sprintf("%.17g", v) }

// around is the box of the tiles of a zoom.
func around(ids []tiler.ID, zoom uint8) extent {
	e := extent{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	for _, id := range ids {
		if id.Z == zoom {
			o := tileExtent(id)
			e = extent{min(e.west, o.west), min(e.south, o.south), max(e.east, o.east), max(e.north, o.north)}
		}
	}
	return e
}

// onLattice gives GDAL's own view of a picture on the pixels of a zoom.
func onLattice(t *testing.T, from, to string, zoom uint8, method string, more ...string) {
	t.Helper()
	pixel := metres(resolution(zoom))
	args := append([]string{"-q", "-of", "VRT", "-t_srs", "EPSG:3857", "-tr", pixel, pixel, "-tap", "-et", "0", "-r", method, "-dstalpha"}, more...)
	run(t, "gdalwarp", append(args, from, to)...)
}

// gdal2tiles makes a folder of PNG tiles with as many processes as there are processors.
func gdal2tiles(t *testing.T, from, to string, zooms [2]uint8) cost {
	t.Helper()
	return run(t, "gdal2tiles.py", "-q", "--xyz", "-r", "average", "-w", "none", "--exclude", "--processes="+strconv.Itoa(runtime.GOMAXPROCS(0)),
		"-z", fmt.Sprintf("%d-%d", zooms[0], zooms[1]), from, to)
}

// TestProof_RealSheetsAreAsGDALMakesThem is of the data folder's sheets: RGB and a
// model of heights in EPSG:4326, and LZW with alpha in the web map's projection.
func TestProof_RealSheetsAreAsGDALMakesThem(t *testing.T) {
	data := os.Getenv("WANMI_DATA")
	if data == "" {
		t.Fatal("WANMI_DATA does not name the data folder")
	}
	wanmi := program(t)
	for name, zooms := range map[string][2]uint8{
		"test-rgb.cog.tif": {10, 12}, "test-dem.cog.tif": {10, 12}, "usda_naip_256_lzw_z3.tif": {15, 18},
	} {
		dir, path := t.TempDir(), filepath.Join(data, "basemap", name)
		vrt := path
		if name == "test-dem.cog.tif" {
			// gdal2tiles takes 8 bits only: the same stretch, by GDAL.
			src, err := openSheets(t.Context(), []string{path}, &Options{Format: PNG})
			if err != nil {
				t.Fatal(err)
			}
			s, ok := src.(*studio)
			if !ok {
				t.Fatalf("%T", src)
			}
			low, high := s.stretch[0][0][0], s.stretch[0][0][1]
			vrt = filepath.Join(dir, "dem.vrt")
			run(t, "gdal_translate", "-q", "-of", "VRT", "-ot", "Byte", "-a_nodata", "0", "-scale", fmt.Sprint(low), fmt.Sprint(high), "1", "255", path, vrt)
		}
		fmt.Println(name)
		// gdal2tiles reads whole pixels of what it warps: four a side in each of the
		// last zoom's, and on the tiles' lattice, it reads all of them and no other.
		fine := filepath.Join(dir, "fine.vrt")
		onLattice(t, vrt, fine, zooms[1]+2, "near")
		ours, theirs := pyramids(t, wanmi, dir, []string{path}, fine, zooms)
		mean, far := compare(t, "ours and gdal2tiles", some(tilesIn(t, theirs), sampleTiles), of(t, ours), inFolder(t, theirs))
		if mean > maxMean || far > maxShift {
			t.Errorf("%s: difference %.3f, shift %.3f", name, mean, far)
		}
	}
}
