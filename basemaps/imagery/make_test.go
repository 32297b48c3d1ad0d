package imagery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/wanmi-gis/wanmi/basemaps/pmtiles"
	"github.com/wanmi-gis/wanmi/basemaps/stored"
	"github.com/wanmi-gis/wanmi/tiler"
)

// field is a source of one box in plain colours, by the standard library.
type field struct {
	box  extent
	fail error
}

func newField() *field {
	e := tileExtent(tiler.ID{Z: 12, X: 3348, Y: 1625})
	side := e.east - e.west
	return &field{box: extent{e.west + side/5, e.south + side/7, e.east + side/3, e.north - side/9}}
}

func (f *field) extents() ([]extent, float64) { return []extent{f.box}, resolution(15) }
func (f *field) key() []string                { return []string{fmt.Sprint(f.box)} }
func (f *field) painter() painter             { return f }
func (f *field) close()                       {}

func (f *field) paint(_ context.Context, box extent, onto *image.NRGBA) error {
	side := onto.Rect.Dx()
	pixel := (box.east - box.west) / float64(side)
	for y := range side {
		for x := range side {
			u, v := box.west+(float64(x)+0.5)*pixel, box.north-(float64(y)+0.5)*pixel
			if u > f.box.west && u < f.box.east && v > f.box.south && v < f.box.north {
				onto.SetNRGBA(x, y, color.NRGBA{uint8(int(u) / 64), uint8(int(v) / 64), 90, 255})
			}
		}
	}
	return f.fail
}

func (f *field) encode(tile *image.NRGBA, _ bool) ([]byte, error) {
	var b bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, tile)
	return b.Bytes(), err
}

func options(t testing.TB, path string) Options {
	t.Helper()
	o := Options{Format: PNG, MinZoom: new(uint8), Name: "试验城", Attribution: "made up", Workers: 2}
	*o.MinZoom = 10
	if err := o.check(path); err != nil {
		t.Fatal(err)
	}
	return o
}

func makeField(t testing.TB, path string, f *field) (Result, []byte) {
	t.Helper()
	result, err := makeOf(t.Context(), path, f, options(t, path))
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

// TestThePyramidIsTheFieldAtEachZoom holds each tile against the field, painted at
// the last zoom over the whole of the tile and halved.
func TestThePyramidIsTheFieldAtEachZoom(t *testing.T) {
	f := newField()
	path := filepath.Join(t.TempDir(), "a.pmtiles")
	result, b := makeField(t, path, f)
	a, err := pmtiles.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	report, err := a.Verify(t.Context())
	info := a.Info()
	if err != nil || len(report.Notes) > 0 || info.Type != stored.PNG || info.MinZoom != 10 || info.MaxZoom != 15 || result.MaxZoom != 15 {
		t.Fatalf("%+v, %+v, %v", report, info, err)
	}
	want := int64(0)
	for z := uint8(11); z <= 15; z++ { // painting zoom 10 takes long
		for x := uint32(3346) << z >> 12; x <= 3350<<z>>12; x++ {
			for y := uint32(1623) << z >> 12; y <= 1627<<z>>12; y++ {
				id := tiler.ID{Z: z, X: x, Y: y}
				body, err := a.Tile(id)
				if err != nil {
					t.Fatal(err)
				}
				if !tileExtent(id).meets(f.box) {
					if body != nil {
						t.Errorf("%v has a tile", id)
					}
					continue
				}
				want++
				check(t, f, id, body)
			}
		}
	}
	if want+1 != result.Tiles || int64(report.Addressed) != result.Tiles {
		t.Errorf("%d tiles, want %d; %+v", result.Tiles, want+1, report)
	}
}

func check(t *testing.T, f *field, id tiler.ID, body []byte) {
	t.Helper()
	picture := image.NewNRGBA(image.Rect(0, 0, tileSize<<(15-id.Z), tileSize<<(15-id.Z)))
	if err := f.paint(t.Context(), tileExtent(id), picture); err != nil {
		t.Fatal(err)
	}
	for picture.Rect.Dx() > tileSize {
		picture = half(picture)
	}
	got, err := png.Decode(bytes.NewReader(body))
	if err != nil {
		t.Fatalf("%v: %v", id, err)
	}
	for y := range tileSize {
		for x := range tileSize {
			g, w := color.NRGBAModel.Convert(got.At(x, y)).(color.NRGBA), picture.NRGBAAt(x, y) //nolint:forcetypeassert // the model's
			if g != w && (g.A != 0 || w.A != 0) {
				t.Fatalf("%v at %d, %d: %v, want %v", id, x, y, g, w)
			}
		}
	}
}

func TestWhatWasCutOffAnywhereEndsWithTheSameBytes(t *testing.T) {
	f := newField()
	dir := t.TempDir()
	_, whole := makeField(t, filepath.Join(dir, "whole.pmtiles"), f)
	partial := partialFile(t, f)
	r := rand.New(rand.NewPCG(5, 5))
	for i := range 12 {
		path := filepath.Join(dir, fmt.Sprint(i, ".pmtiles"))
		left := bytes.Clone(partial[:r.IntN(len(partial))])
		switch {
		case i == 0:
			left = bytes.Clone(partial)
		case i%3 == 1 && len(left) > 1000:
			left[len(left)-r.IntN(500)-1] ^= 16
		case i%3 == 2 && len(left) > 1000:
			left = append(left, make([]byte, 4096)...) // what a power cut may leave of a block
		}
		if err := os.WriteFile(path+".partial", left, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path+".writing", []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		result, b := makeField(t, path, f)
		if !bytes.Equal(b, whole) {
			t.Fatalf("%d of %d bytes left: other bytes", len(left), len(partial))
		}
		if i == 0 && result.Resumed != result.Of {
			t.Errorf("%+v: all was there", result)
		}
	}
}

// partialFile is what is left when it is stopped before the archive.
func partialFile(t *testing.T, f *field) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.pmtiles")
	// A folder in the way of the archive stops it at the very end.
	if err := os.MkdirAll(filepath.Join(path+".writing", "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := makeOf(t.Context(), path, f, options(t, path)); !errors.Is(err, ErrPaused) {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path + ".partial")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWhatIsStoppedGoesOn(t *testing.T) {
	f := newField()
	dir := t.TempDir()
	_, whole := makeField(t, filepath.Join(dir, "whole.pmtiles"), f)
	path := filepath.Join(dir, "a.pmtiles")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	o := options(t, path)
	o.Progress = func(p Progress) {
		if p.Done == 1 {
			stop()
		}
	}
	result, err := makeOf(ctx, path, f, o)
	if !errors.Is(err, ErrPaused) || !errors.Is(err, context.Canceled) || result.Done == result.Of {
		t.Fatalf("%+v, %v", result, err)
	}
	again, b := makeField(t, path, f)
	if again.Resumed < 1 || !bytes.Equal(b, whole) {
		t.Errorf("%+v after %+v", again, result)
	}
}

func TestThePartialFileOfOthersIsRefused(t *testing.T) {
	f := newField()
	partial := partialFile(t, f)
	path := filepath.Join(t.TempDir(), "a.pmtiles")
	if err := os.WriteFile(path+".partial", partial, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Options, *field){
		"another sheet":   func(_ *Options, f *field) { f.box.west++ },
		"another quality": func(o *Options, _ *field) { o.Quality = 7 },
		"other zooms":     func(o *Options, _ *field) { *o.MinZoom = 9 },
	} {
		o, g := options(t, path), newField()
		change(&o, g)
		if _, err := makeOf(t.Context(), path, g, o); !errors.Is(err, ErrOther) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if b, err := os.ReadFile(path + ".partial"); err != nil || !bytes.Equal(b, partial) {
		t.Errorf("the others' work is gone: %v", err)
	}
}

func TestWhatCannotBeMadeIsRefusedAndLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.pmtiles")
	broken := errors.New("broken sheet")
	f := newField()
	f.fail = broken
	if _, err := makeOf(t.Context(), path, f, options(t, path)); !errors.Is(err, broken) || errors.Is(err, ErrPaused) {
		t.Error(err)
	}
	if _, err := makeOf(t.Context(), path, &empty{newField()}, options(t, path)); !errors.Is(err, ErrEmpty) {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	deep := uint8(23)
	for name, o := range map[string]Options{
		"format": {Format: "gif"}, "quality": {Quality: 101}, "zoom": {MaxZoom: &deep},
	} {
		if _, err := Make(t.Context(), path, []string{"a.tif"}, o); err == nil || errors.Is(err, ErrNoGDAL) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Make(t.Context(), path, []string{"a.tif"}, Options{}); !errors.Is(err, ErrExists) {
		t.Error(err)
	}
}

// empty is a field where nothing is painted.
type empty struct{ *field }

func (e *empty) painter() painter                                  { return e }
func (e *empty) paint(context.Context, extent, *image.NRGBA) error { return nil }

func FuzzPartialFile(f *testing.F) {
	f.Add([]byte{}, uint8(3))
	f.Add(make([]byte, 40), uint8(0))
	f.Add([]byte{1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 1, 2, 3, 4}, uint8(0))
	f.Add(appendRecord(nil, recordRoot, tiler.ID{Z: 9, X: 4}, []byte("not zstd")), uint8(9))
	f.Fuzz(func(t *testing.T, tail []byte, n uint8) {
		name := filepath.Join(t.TempDir(), "a.partial")
		j, err := openJournal(name, []byte("{}"))
		if err != nil {
			t.Fatal(err)
		}
		id := tiler.ID{Z: 9, X: 1, Y: uint32(n)}
		if err := j.addBlock(id, []made{{id, bytes.Repeat([]byte{7}, int(n))}}, image.NewNRGBA(image.Rect(0, 0, tileSize, tileSize))); err != nil {
			t.Fatal(err)
		}
		end := j.end
		if _, err := j.file.WriteAt(tail, end); err != nil {
			t.Fatal(err)
		}
		j.close()
		// Whatever follows, what was whole is read again, and reading ends.
		if j, err = openJournal(name, []byte("{}")); err != nil {
			t.Fatal(err)
		}
		defer j.close()
		if j.end < end || j.end > end+int64(len(tail)) {
			t.Fatalf("%d bytes of %d+%d are whole", j.end, end, len(tail))
		}
		for at := range j.roots {
			if _, err := j.root(at); err != nil && at == id {
				t.Fatal(err)
			}
		}
		if body, err := j.read(j.tiles[0].place, nil); err != nil || len(body) != int(n) {
			t.Fatalf("%d bytes, %v", len(body), err)
		}
	})
}
