package pmtiles

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wanmi-gis/wanmi/basemaps/stored"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// archive reads an archive as the specification says, in the plainest way.
type archive struct {
	t    *testing.T
	b    []byte
	u64  func(at int) uint64
	tile map[tiler.ID][]byte
}

func readArchive(t *testing.T, b []byte) *archive {
	t.Helper()
	a := &archive{t: t, b: b, tile: map[tiler.ID][]byte{}}
	a.u64 = func(at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }
	if string(b[:7]) != "PMTiles" || b[7] != 3 || a.u64(8) != 127 || a.u64(8)+a.u64(16) > 16384 {
		t.Fatalf("header % x", b[:127])
	}
	a.walk(a.part(8))
	return a
}

// part is the section whose offset is at.
func (a *archive) part(at int) []byte { return a.b[a.u64(at):][:a.u64(at+8)] }

func (a *archive) unzip(b []byte) []byte {
	a.t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		a.t.Fatal(err)
	}
	out, err := io.ReadAll(z)
	if err != nil {
		a.t.Fatal(err)
	}
	return out
}

func (a *archive) walk(directory []byte) {
	a.t.Helper()
	in := bytes.NewReader(a.unzip(directory))
	read := func() uint64 {
		v, err := binary.ReadUvarint(in)
		if err != nil {
			a.t.Fatal(err)
		}
		return v
	}
	n := read()
	if n == 0 {
		a.t.Fatal("an empty directory")
	}
	columns := [4][]uint64{}
	for c := range columns {
		for range n {
			columns[c] = append(columns[c], read())
		}
	}
	if in.Len() != 0 {
		a.t.Fatalf("%d bytes more", in.Len())
	}
	id, end := uint64(0), uint64(0)
	for i := range n {
		id += columns[0][i]
		run, length, offset := columns[1][i], columns[2][i], columns[3][i]
		if offset == 0 {
			offset = end
		} else {
			offset--
		}
		end = offset + length
		if run == 0 {
			a.walk(a.part(40)[offset:end])
		}
		for k := range run {
			at, err := TileAt(id + k)
			if err != nil || a.tile[at] != nil {
				a.t.Fatalf("%v, %v", at, err)
			}
			a.tile[at] = a.part(56)[offset:end]
		}
	}
}

// tilesOf gives bodies by id, in order.
func tilesOf(bodies map[tiler.ID][]byte) iter.Seq2[Tile, error] {
	ids := make([]tiler.ID, 0, len(bodies))
	for id := range bodies {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b tiler.ID) int { return int(TileID(a)) - int(TileID(b)) })
	return func(yield func(Tile, error) bool) {
		for _, id := range ids {
			if !yield(Tile{id, bodies[id]}, nil) {
				return
			}
		}
	}
}

func document() *tiler.TileJSON {
	doc := tiler.NewTileJSON([]tiler.Layer{{
		Name: "cells", Kind: spatial.Polygons, MinZoom: 8, MaxZoom: 16, Fields: []string{"code"}, Count: 3,
		Box: spatial.Box{Min: spatial.Coord{X: 1_143_000_001, Y: 347_500_002}, Max: spatial.Coord{X: 1_144_000_003, Y: 348_200_004}},
	}})
	doc.Name, doc.Attribution = "试验城", "made up"
	return &doc
}

func TestAnArchiveHoldsTheTilesAndEachContentOnce(t *testing.T) {
	rnd := rand.New(rand.NewPCG(9, 9))
	for _, n := range []int{1, 40, 3000, 60_000} {
		bodies := map[tiler.ID][]byte{}
		distinct := map[string]bool{}
		size := 0
		for range n {
			id := tiler.ID{Z: 9 + uint8(rnd.IntN(8))}
			id.X, id.Y = rnd.Uint32N(1<<id.Z), rnd.Uint32N(1<<id.Z)
			if _, there := bodies[id]; there {
				continue
			}
			body := fmt.Sprint("tile ", rnd.IntN(n/2+1))
			bodies[id] = []byte(body)
			if !distinct[body] {
				distinct[body] = true
				size += len(body)
			}
		}
		// A run: neighbours along the curve that are equal.
		for k := range uint64(50) {
			id, _ := TileAt(first(8) + 1000 + k)
			bodies[id] = []byte("sea")
		}
		var out bytes.Buffer
		stats, err := Write(&out, document(), "7", tilesOf(bodies))
		if err != nil {
			t.Fatal(err)
		}
		a := readArchive(t, out.Bytes())
		if len(a.tile) != len(bodies) {
			t.Fatalf("%d tiles, want %d", len(a.tile), len(bodies))
		}
		for id, body := range bodies {
			if !bytes.Equal(a.tile[id], body) {
				t.Fatalf("%v: %q, want %q", id, a.tile[id], body)
			}
		}
		want := Stats{uint64(len(bodies)), uint64(len(distinct) + 1), uint64(out.Len())}
		if stats != want || a.u64(72) != want.Tiles || a.u64(88) != want.Contents || a.u64(64) != uint64(size+3) {
			t.Errorf("%+v, want %+v; tile data %d", stats, want, a.u64(64))
		}
		if entries := a.u64(80); entries > want.Tiles-49 {
			t.Errorf("%d entries for %d tiles with a run of 50", entries, want.Tiles)
		}
		if leaves := a.u64(48); (leaves > 0) != (n == 60_000) {
			t.Errorf("%d tiles: %d bytes of leaves", n, leaves)
		}
		var again bytes.Buffer
		if _, err := Write(&again, document(), "7", tilesOf(bodies)); err != nil || !bytes.Equal(out.Bytes(), again.Bytes()) {
			t.Errorf("other bytes the second time: %v", err)
		}
	}
}

func TestTheHeaderAndMetadataSayWhatItIs(t *testing.T) {
	var out bytes.Buffer
	doc := document()
	if _, err := Write(&out, doc, "7", tilesOf(map[tiler.ID][]byte{{Z: 8, X: 209, Y: 101}: []byte("x")})); err != nil {
		t.Fatal(err)
	}
	a := readArchive(t, out.Bytes())
	i32 := func(at int) int32 { return int32(binary.LittleEndian.Uint32(a.b[at:])) }
	if got := [6]byte(a.b[96:102]); got != [6]byte{1, 2, 2, 1, 8, 16} {
		t.Errorf("flags %v", got)
	}
	if got := [4]int32{i32(102), i32(106), i32(110), i32(114)}; got != [4]int32{1_143_000_001, 347_500_002, 1_144_000_003, 348_200_004} {
		t.Errorf("bounds %v", got)
	}
	if z, x, y := a.b[118], i32(119), i32(123); float64(z) != doc.Center[2] || x != 1_143_500_002 || y != 347_850_003 {
		t.Errorf("centre %d %d %d, %v", z, x, y, doc.Center)
	}
	var metadata struct {
		Name, Attribution, Type, Version string
		VectorLayers                     []tiler.VectorLayer `json:"vector_layers"`
	}
	if err := json.Unmarshal(a.unzip(a.part(24)), &metadata); err != nil {
		t.Fatal(err)
	}
	if metadata.Name != "试验城" || metadata.Attribution != "made up" || metadata.Type != "overlay" || metadata.Version != "7" ||
		len(metadata.VectorLayers) != 1 || metadata.VectorLayers[0].Fields["code"] != "String" {
		t.Errorf("%+v", metadata)
	}
}

func TestWhatCannotBeWrittenIsRefused(t *testing.T) {
	broken := errors.New("broken")
	give := func(tiles ...Tile) iter.Seq2[Tile, error] {
		return func(yield func(Tile, error) bool) {
			for _, tile := range tiles {
				var err error
				if tile.ID.Z == 22 {
					err = broken
				}
				if !yield(tile, err) {
					return
				}
			}
		}
	}
	x := []byte("x")
	passes := 0
	changing := func(yield func(Tile, error) bool) {
		passes++
		yield(Tile{tiler.ID{Z: 3}, bytes.Repeat(x, passes)}, nil)
	}
	for name, c := range map[string]struct {
		tiles iter.Seq2[Tile, error]
		want  error
	}{
		"none":            {give(), ErrNoTiles},
		"out of order":    {give(Tile{tiler.ID{Z: 9}, x}, Tile{tiler.ID{Z: 8}, x}), ErrOrder},
		"the same twice":  {give(Tile{tiler.ID{Z: 9}, x}, Tile{tiler.ID{Z: 9}, x}), ErrOrder},
		"a failing input": {give(Tile{tiler.ID{Z: 9}, x}, Tile{tiler.ID{Z: 22}, x}), broken},
		"a moving input":  {changing, ErrChanged},
	} {
		if _, err := Write(io.Discard, document(), "1", c.tiles); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := Write(io.Discard, document(), "1", give(Tile{tiler.ID{Z: 9}, nil})); err == nil {
		t.Error("an empty tile was written")
	}
	full := writer(func(p []byte) (int, error) { return 0, broken })
	if _, err := Write(full, document(), "1", give(Tile{tiler.ID{Z: 9}, x})); !errors.Is(err, broken) {
		t.Errorf("a full disk: %v", err)
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

func ExampleWrite() {
	doc := tiler.NewTileJSON(nil)
	tiles := func(yield func(Tile, error) bool) {
		yield(Tile{tiler.ID{Z: 1, X: 1, Y: 0}, tiler.Gzip(nil, []byte{0x1a, 0}, 9)}, nil)
	}
	var file bytes.Buffer
	stats, err := Write(&file, &doc, "1", tiles)
	fmt.Println(stats.Tiles, stats.Contents, int(stats.Bytes) == file.Len(), err)
	// Output: 1 1 true <nil>
}

func TestPicturesAreStoredAsTheyAreAndReadAgain(t *testing.T) {
	bodies := map[tiler.ID][]byte{}
	for k := range uint64(300) {
		id, _ := TileAt(first(11) + k*k)
		bodies[id] = fmt.Appendf(nil, "\x89PNG\r\n\x1a\n and so on %d", k%7)
	}
	var out bytes.Buffer
	stats, err := WritePictures(&out, document(), stored.PNG, "9", tilesOf(bodies))
	if err != nil || stats.Tiles != uint64(len(bodies)) || stats.Contents != 7 {
		t.Fatalf("%+v, %v", stats, err)
	}
	plain := readArchive(t, out.Bytes())
	if got := [3]byte(out.Bytes()[97:100]); got != [3]byte{2, 1, 2} {
		t.Errorf("flags %v: directories in gzip, tiles as they are, PNG", got)
	}
	a, err := Open(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil || a.Info().Type != stored.PNG || a.Info().Coding != stored.Plain {
		t.Fatalf("%+v, %v", a, err)
	}
	for id, body := range bodies {
		got, err := a.Tile(id)
		if err != nil || !bytes.Equal(got, body) || !bytes.Equal(plain.tile[id], body) {
			t.Fatalf("%v: %q, %v", id, got, err)
		}
	}
	var metadata map[string]any
	if err := json.Unmarshal(a.Metadata(), &metadata); err != nil || metadata["format"] != "png" || metadata["type"] != "baselayer" || metadata["version"] != "9" {
		t.Errorf("%s, %v", a.Metadata(), err)
	}
	if _, there := metadata["vector_layers"]; there {
		t.Errorf("a picture has layers: %s", a.Metadata())
	}
}

func TestAPictureOfAnotherTypeIsRefused(t *testing.T) {
	tiles := tilesOf(map[tiler.ID][]byte{{Z: 3, X: 1, Y: 2}: []byte("\xff\xd8\xff and so on")})
	for _, kind := range []stored.Type{stored.PNG, stored.WebP, stored.MVT, stored.Unknown} {
		if _, err := WritePictures(io.Discard, document(), kind, "1", tiles); !errors.Is(err, ErrPicture) {
			t.Errorf("%q: %v", kind.Ext(), err)
		}
	}
	if _, err := WritePictures(io.Discard, document(), stored.JPEG, "1", tiles); err != nil {
		t.Error(err)
	}
}

func ExampleWritePictures() {
	doc := tiler.NewTileJSON(nil)
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 256, 256))); err != nil {
		fmt.Println(err)
		return
	}
	tiles := func(yield func(Tile, error) bool) {
		yield(Tile{tiler.ID{Z: 1, X: 1, Y: 0}, picture.Bytes()}, nil)
	}
	var file bytes.Buffer
	stats, err := WritePictures(&file, &doc, stored.PNG, "1", tiles)
	fmt.Println(stats.Tiles, stats.Contents, int(stats.Bytes) == file.Len(), err)
	// Output: 1 1 true <nil>
}

func BenchmarkArchiveWrite(b *testing.B) {
	bodies := map[tiler.ID][]byte{}
	rnd := rand.New(rand.NewPCG(1, 1))
	for k := range uint64(20_000) {
		id, _ := TileAt(first(12) + k)
		body := make([]byte, 500)
		for i := range body {
			body[i] = byte(rnd.Uint32())
		}
		bodies[id] = body
	}
	tiles := tilesOf(bodies)
	b.SetBytes(20_000 * 500)
	for b.Loop() {
		if _, err := Write(io.Discard, document(), "1", tiles); err != nil {
			b.Fatal(err)
		}
	}
}
