package tiler

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb/encoding/mvt"

	"github.com/wanmi-gis/wanmi/spatial"
)

// Both sides get the same features, all of them in or near the tile, so that
// the figures are those of projecting, clipping and encoding. Each first shows
// that both say the same (agree in oracle_test.go).

// benchTile is a z14 tile, 2 km wide, in the middle of the bench's town.
var benchTile, _ = At(spatial.At(114.32, 34.72), 14)

// benchPoints are 10,000 points of the tile with four attributes.
func benchPoints() *list {
	rnd := rand.New(rand.NewPCG(51, 51))
	box := benchTile.Box(0)
	states := []string{"normal", "damaged", "missing", "under repair"}
	src := listOf()
	src.layer.Fields = []string{"class", "status", "unit", "cell"}
	cells := make([]string, 400)
	for i := range cells {
		cells[i] = fmt.Sprintf("110101%09d", i*37+1000)
	}
	for i := range 10_000 {
		src.features = append(src.features, &Feature{
			ID: uint64(i + 1),
			At: spatial.Coord{
				X: box.Min.X + 1 + int32(rnd.IntN(int(box.Max.X-box.Min.X-2))),
				Y: box.Min.Y + 1 + int32(rnd.IntN(int(box.Max.Y-box.Min.Y-2))),
			},
			Values: []string{
				fmt.Sprintf("component-class-%02d", rnd.IntN(32)), states[rnd.IntN(4)],
				fmt.Sprintf("unit %d", rnd.IntN(24)), cells[rnd.IntN(400)],
			},
		})
	}
	return src
}

// benchCells are the cells of a town that meet the tile's window, about 500.
func benchCells(tb testing.TB) *list {
	town := newTown(tb, 52, 40)
	window := benchTile.Box(Buffer)
	src := listOf()
	src.layer.Fields = []string{"code", "zone"}
	for _, f := range town.shapes["cells"] {
		if f.Shape.Box.Meets(window) {
			src.features = append(src.features, f)
		}
	}
	return src
}

func BenchmarkTilePoints(b *testing.B) { benchmarkTile(b, benchPoints()) }
func BenchmarkTileCells(b *testing.B)  { benchmarkTile(b, benchCells(b)) }

func benchmarkTile(b *testing.B, src *list) {
	b.Run("wanmi", func(b *testing.B) {
		checkAgreement(b, src)
		var buf []byte
		b.ReportAllocs()
		for b.Loop() {
			buf, _, _ = Encode(buf[:0], src, []string{"l"}, benchTile, Options{})
		}
		b.ReportMetric(float64(len(buf)), "tile-bytes")
	})
	b.Run("orb", func(b *testing.B) {
		var buf []byte
		b.ReportAllocs()
		for b.Loop() {
			buf, _ = mvt.Marshal(mvt.Layers{orbLayer(src.features, src.layer.Fields, "l", benchTile)})
		}
		b.ReportMetric(float64(len(buf)), "tile-bytes")
	})
}

func checkAgreement(b *testing.B, src *list) {
	b.Helper()
	body, _, err := Encode(nil, src, []string{"l"}, benchTile, Options{})
	if err != nil {
		b.Fatal(err)
	}
	theirs, err := mvt.Marshal(mvt.Layers{orbLayer(src.features, src.layer.Fields, "l", benchTile)})
	if err != nil {
		b.Fatal(err)
	}
	mine, err := mvt.Unmarshal(body)
	if err != nil {
		b.Fatal(err)
	}
	orbs, err := mvt.Unmarshal(theirs)
	if err != nil {
		b.Fatal(err)
	}
	got, want := mine[0].Features, orbs[0].Features
	if len(got) != len(want) {
		b.Fatalf("%d features, orb's %d", len(got), len(want))
	}
	for i := range want {
		if t := (&testing.T{}); got[i].ID != want[i].ID || !agree(t, benchTile, got[i], want[i]) {
			b.Fatalf("feature %v: %v, orb's %v", want[i].ID, got[i].Geometry, want[i].Geometry)
		}
	}
}

func BenchmarkGzip(b *testing.B) {
	body, _, _ := Encode(nil, benchPoints(), []string{"l"}, benchTile, Options{})
	var buf []byte
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		buf = Gzip(buf[:0], body, GzipLevel)
	}
}

func BenchmarkWorld(b *testing.B) {
	rnd := rand.New(rand.NewPCG(53, 53))
	cs := make([]spatial.Coord, 1024)
	for i := range cs {
		cs[i] = spatial.Coord{X: 1_143_000_000 + int32(rnd.IntN(1e6)), Y: 347_000_000 + int32(rnd.IntN(1e6))}
	}
	cs = slices.Clip(cs)
	i, sum := 0, uint32(0)
	for b.Loop() {
		x, y := World(cs[i&1023])
		sum += x ^ y
		i++
	}
	_ = sum
}
