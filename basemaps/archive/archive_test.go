package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// place is a source of a few points and one polygon.
type place struct {
	layers   []tiler.Layer
	features map[string][]tiler.Feature
}

func (p *place) Layers() []tiler.Layer { return p.layers }

func (p *place) Visit(layer string, window spatial.Box, visit func(*tiler.Feature) bool) {
	for i := range p.features[layer] {
		f := &p.features[layer][i]
		if (f.Shape != nil && f.Shape.Box.Meets(window) || f.Shape == nil && window.Holds(f.At)) && !visit(f) {
			return
		}
	}
}

func newPlace(t testing.TB, seed uint64) *place {
	t.Helper()
	rnd := rand.New(rand.NewPCG(seed, seed))
	p := &place{features: map[string][]tiler.Feature{}}
	box := spatial.Box{Min: spatial.Coord{X: 1_143_000_000, Y: 347_800_000}, Max: spatial.Coord{X: 1_143_600_000, Y: 348_100_000}}
	for i := range uint64(60) {
		at := spatial.Coord{X: box.Min.X + rnd.Int32N(600_000), Y: box.Min.Y + rnd.Int32N(300_000)}
		p.features["posts"] = append(p.features["posts"], tiler.Feature{ID: i + 1, At: at, Values: []string{fmt.Sprint("p", i)}})
	}
	shape, err := spatial.FromOrb(orb.Polygon{box.Bound().ToRing()})
	if err != nil {
		t.Fatal(err)
	}
	p.features["area"] = []tiler.Feature{{ID: 1, Shape: shape, Values: []string{"a"}}}
	p.layers = []tiler.Layer{
		{Name: "area", Kind: spatial.Polygons, MinZoom: 6, MaxZoom: 18, Fields: []string{"code"}, Count: 1, Box: box},
		{Name: "posts", Kind: spatial.Points, MinZoom: 13, MaxZoom: 18, Fields: []string{"code"}, Count: 60, Box: box},
	}
	return p
}

func options(format Format) Options {
	return Options{
		Format: format, Layers: []string{"area", "posts"}, MinZoom: 8, MaxZoom: 15,
		Name: "试验城", Attribution: "made up", Version: "3", Key: "test 3",
	}
}

func export(t *testing.T, path string, src tiler.Source, o Options) (Result, []byte) {
	t.Helper()
	result, err := Export(t.Context(), path, src, o)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil || int64(len(b)) != result.Size {
		t.Fatalf("%d bytes, %v; %+v", len(b), err, result)
	}
	for _, left := range []string{".partial", ".writing"} {
		if _, err := os.Stat(path + left); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left: %v", left, err)
		}
	}
	return result, b
}

// counts encodes every tile of the world square that holds the place.
func counts(t *testing.T, src *place, o Options) (tiles int64) {
	t.Helper()
	box := src.layers[0].Box
	for z := o.MinZoom; z <= o.MaxZoom; z++ {
		from, _ := tiler.At(spatial.Coord{X: box.Min.X, Y: box.Max.Y}, z)
		to, _ := tiler.At(spatial.Coord{X: box.Max.X, Y: box.Min.Y}, z)
		for x := from.X - 1; x <= to.X+1; x++ {
			for y := from.Y - 1; y <= to.Y+1; y++ {
				body, _, err := tiler.Encode(nil, src, o.Layers, tiler.ID{Z: z, X: x, Y: y}, tiler.Options{})
				if err != nil {
					t.Fatal(err)
				}
				if len(body) > 0 {
					tiles++
				}
			}
		}
	}
	return tiles
}

func TestEveryTileWithContentIsInTheArchiveWhoeverMadeIt(t *testing.T) {
	src := newPlace(t, 1)
	for _, format := range []Format{PMTiles, MBTiles} {
		o := options(format)
		want := counts(t, src, o)
		var first []byte
		for _, workers := range []int{1, 2, 7} {
			o.Workers = workers
			calls := int64(0)
			o.Progress = func(p Progress) {
				if calls++; p.Looked != calls || p.Done > p.OfZoom {
					t.Errorf("%+v at call %d", p, calls)
				}
			}
			result, b := export(t, filepath.Join(t.TempDir(), "a."+string(format)), src, o)
			if result.Tiles != want || result.Looked != calls || result.Looked > want*3 || result.Resumed != 0 {
				t.Errorf("%+v, want %d tiles, %d calls", result, want, calls)
			}
			if first == nil {
				first = b
			} else if !bytes.Equal(first, b) {
				t.Errorf("%s: %d workers make other bytes", format, workers)
			}
		}
	}
}

func TestALayerThatBeginsBelowAnEmptyZoomIsFound(t *testing.T) {
	src := newPlace(t, 2)
	o := options(PMTiles)
	o.Layers, o.MinZoom, o.MaxZoom = []string{"posts"}, 9, 14
	result, _ := export(t, filepath.Join(t.TempDir(), "a.pmtiles"), src, o)
	if want := counts(t, src, o); result.Tiles != want || want < 2 {
		t.Errorf("%+v, want %d", result, want)
	}
}

func TestAnExportThatWasCutOffAnywhereEndsWithTheSameBytes(t *testing.T) {
	src := newPlace(t, 3)
	o := options(PMTiles)
	dir := t.TempDir()
	_, whole := export(t, filepath.Join(dir, "whole.pmtiles"), src, o)
	partial := partialFile(t, src, o)
	rnd := rand.New(rand.NewPCG(5, 5))
	head := headBytes(partial)
	cuts := []int{0, 1, len(firstLine), head, head + 1, len(partial) - 1, len(partial)}
	for range 25 {
		cuts = append(cuts, rnd.IntN(len(partial)))
	}
	for i, cut := range cuts {
		path := filepath.Join(dir, fmt.Sprint(i, ".pmtiles"))
		left := bytes.Clone(partial[:cut])
		if i%3 == 2 && cut >= head { // in the head, it would be another export's as far as can be told
			left = append(left, make([]byte, 4096)...) // what a power cut may leave of a block
		}
		if err := os.WriteFile(path+".partial", left, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path+".writing", []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		result, b := export(t, path, src, o)
		if !bytes.Equal(b, whole) {
			t.Fatalf("cut at %d of %d: other bytes", cut, len(partial))
		}
		if cut == len(partial) && result.Resumed != result.Looked {
			t.Errorf("%+v: all was there", result)
		}
	}
}

// partialFile is what an export leaves when it is stopped before the archive.
func partialFile(t *testing.T, src tiler.Source, o Options) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.pmtiles")
	// A folder in the way of the archive stops it at the very end.
	if err := os.MkdirAll(filepath.Join(path+".writing", "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Export(t.Context(), path, src, o); !errors.Is(err, ErrPaused) {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path + ".partial")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// headBytes is where the first record begins.
func headBytes(partial []byte) int {
	return bytes.IndexByte(partial[len(firstLine):], '\n') + len(firstLine) + 1
}

func TestAFlippedBitInThePartialFileCostsWorkAndNothingElse(t *testing.T) {
	src := newPlace(t, 4)
	o := options(PMTiles)
	dir := t.TempDir()
	_, whole := export(t, filepath.Join(dir, "whole.pmtiles"), src, o)
	partial := partialFile(t, src, o)
	head := headBytes(partial)
	rnd := rand.New(rand.NewPCG(6, 6))
	for i := range 25 {
		bad := bytes.Clone(partial)
		at := head + rnd.IntN(len(bad)-head)
		bad[at] ^= 1 << rnd.IntN(8)
		path := filepath.Join(dir, fmt.Sprint(i, ".pmtiles"))
		if err := os.WriteFile(path+".partial", bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, b := export(t, path, src, o); !bytes.Equal(b, whole) {
			t.Fatalf("bit at %d: other bytes", at)
		}
	}
}

func TestAStoppedExportGoesOn(t *testing.T) {
	src := newPlace(t, 5)
	o := options(MBTiles)
	dir := t.TempDir()
	_, whole := export(t, filepath.Join(dir, "whole.mbtiles"), src, o)
	path := filepath.Join(dir, "a.mbtiles")
	ctx, stop := context.WithCancel(t.Context())
	o.Progress = func(p Progress) {
		if p.Looked == 20 {
			stop()
		}
	}
	result, err := Export(ctx, path, src, o)
	if !errors.Is(err, ErrPaused) || !errors.Is(err, context.Canceled) || result.Looked < 20 {
		t.Fatalf("%+v, %v", result, err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("half an archive has the name: %v", err)
	}
	o.Progress = nil
	again, b := export(t, path, src, o)
	if again.Resumed != result.Looked || !bytes.Equal(b, whole) {
		t.Errorf("%+v after %+v; equal %v", again, result, bytes.Equal(b, whole))
	}
}

func TestThePartialFileOfAnotherExportIsRefused(t *testing.T) {
	src := newPlace(t, 6)
	partial := partialFile(t, src, options(PMTiles))
	path := filepath.Join(t.TempDir(), "a.pmtiles")
	for name, change := range map[string]func(*Options){
		"another version": func(o *Options) { o.Key = "test 4" },
		"fewer layers":    func(o *Options) { o.Layers = o.Layers[:1] },
		"other zooms":     func(o *Options) { o.MaxZoom = 14 },
		"earlier zooms":   func(o *Options) { o.MinZoom = 7 },
	} {
		if err := os.WriteFile(path+".partial", partial, 0o600); err != nil {
			t.Fatal(err)
		}
		o := options(PMTiles)
		change(&o)
		if _, err := Export(t.Context(), path, src, o); !errors.Is(err, ErrOther) || !strings.Contains(err.Error(), path+".partial") {
			t.Errorf("%s: %v", name, err)
		}
		if b, err := os.ReadFile(path + ".partial"); err != nil || !bytes.Equal(b, partial) {
			t.Errorf("%s: the other export's work is gone: %v", name, err)
		}
	}
	// The key agrees, the tiles do not.
	other := newPlace(t, 7)
	other.features = map[string][]tiler.Feature{"posts": {{ID: 1, At: spatial.Coord{X: -700_000_000, Y: 400_000_000}}}}
	if _, err := Export(t.Context(), path, other, options(PMTiles)); !errors.Is(err, errSequence) {
		t.Errorf("other tiles under one key: %v", err)
	}
	// Either format is made of the same tiles.
	if result, _ := export(t, path, src, options(MBTiles)); result.Resumed != result.Looked {
		t.Errorf("%+v", result)
	}
}

func TestWhatCannotBeExportedIsRefused(t *testing.T) {
	src := newPlace(t, 8)
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken")
	if err := os.WriteFile(taken, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		path   string
		change func(*Options)
		want   error
	}{
		"a name that is taken": {taken, func(*Options) {}, ErrExists},
		"no folder":            {filepath.Join(dir, "none", "a"), func(*Options) {}, os.ErrNotExist},
		"an unknown layer":     {filepath.Join(dir, "a"), func(o *Options) { o.Layers = []string{"moon"} }, tiler.ErrUnknownLayer},
		"an unknown format":    {filepath.Join(dir, "a"), func(o *Options) { o.Format = "zip" }, nil},
		"zooms upside down":    {filepath.Join(dir, "a"), func(o *Options) { o.MinZoom = 16 }, nil},
		"a zoom too deep":      {filepath.Join(dir, "a"), func(o *Options) { o.MaxZoom = 23 }, nil},
		"no layer there":       {filepath.Join(dir, "a"), func(o *Options) { o.MinZoom, o.MaxZoom = 1, 3 }, ErrEmpty},
		"nothing there":        {filepath.Join(dir, "a"), func(o *Options) { o.Layers = []string{"posts"}; src.features["posts"] = nil }, ErrEmpty},
	} {
		o := options(PMTiles)
		c.change(&o)
		_, err := Export(t.Context(), c.path, src, o)
		if err == nil || errors.Is(err, ErrPaused) || (c.want != nil && !errors.Is(err, c.want)) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	if b, err := os.ReadFile(taken); err != nil || string(b) != "mine" {
		t.Errorf("%q, %v", b, err)
	}
}

func ExampleExport() {
	src := &place{
		layers:   []tiler.Layer{{Name: "posts", Kind: spatial.Points, MinZoom: 0, MaxZoom: 18, Fields: []string{"code"}, Count: 1}},
		features: map[string][]tiler.Feature{"posts": {{ID: 1, At: spatial.Coord{X: 1_143_000_000, Y: 347_800_000}, Values: []string{"p1"}}}},
	}
	dir, err := os.MkdirTemp("", "archive")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	result, err := Export(context.Background(), filepath.Join(dir, "posts.pmtiles"), src, Options{
		Format: PMTiles, Layers: []string{"posts"}, MinZoom: 8, MaxZoom: 12,
	})
	fmt.Println(result.Tiles, err)
	// Output: 5 <nil>
}

func BenchmarkExportTiles(b *testing.B) {
	src := newPlace(b, 9)
	o := options(PMTiles)
	path := filepath.Join(b.TempDir(), "a.pmtiles")
	for b.Loop() {
		result, err := Export(b.Context(), path, src, o)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(result.Tiles), "tiles")
		if err := os.Remove(path); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzPartialFile(f *testing.F) {
	f.Add([]byte{}, uint16(3))
	f.Add(make([]byte, 40), uint16(0))
	f.Add([]byte{9, 1, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 1, 2, 3, 4}, uint16(0))
	f.Fuzz(func(t *testing.T, tail []byte, n uint16) {
		name := filepath.Join(t.TempDir(), "a.partial")
		head := []byte(firstLine + "{}\n")
		good := record{id: tiler.ID{Z: 9, X: 1, Y: uint32(n)}, deeper: n%2 == 0, body: bytes.Repeat([]byte{7}, int(n%300))}
		if err := os.WriteFile(name, head, 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := openJournal(name, []byte("{}"))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(j.add(good), j.flush()); err != nil {
			t.Fatal(err)
		}
		end := j.size()
		if _, err := j.file.WriteAt(tail, end); err != nil {
			t.Fatal(err)
		}
		j.close()
		// Whatever follows, what was whole is read again, and reading ends.
		j, err = openJournal(name, []byte("{}"))
		if err != nil {
			t.Fatal(err)
		}
		defer j.close()
		if j.size() < end || j.size() > end+int64(len(tail)) {
			t.Fatalf("%d bytes of %d+%d are whole", j.size(), end, len(tail))
		}
		r, ok, err := j.earlier()
		if err != nil || !ok || r.id != good.id || r.deeper != good.deeper || !bytes.Equal(r.body, good.body) {
			t.Fatalf("%+v, %v, %v", r, ok, err)
		}
	})
}
