package pmtiles

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/basemaps/stored"
	"github.com/wanmi-gis/wanmi/tiler"
)

// written is an archive of many tiles, with leaf directories.
func written(t testing.TB, tiles int) ([]byte, map[tiler.ID][]byte) {
	t.Helper()
	r := rand.New(rand.NewPCG(9, 9))
	bodies, packed := map[tiler.ID][]byte{}, map[string][]byte{}
	for len(bodies) < tiles {
		z := uint8(8 + r.IntN(6))
		id := tiler.ID{Z: z, X: r.Uint32N(1 << z), Y: r.Uint32N(1 << z)}
		// A layer of a name and a version; many tiles are equal.
		name := string([]byte{byte('a' + r.IntN(26)), byte('a' + r.IntN(4))})
		if packed[name] == nil {
			packed[name] = tiler.Gzip(nil, []byte("\x1a\x06\x0a\x02"+name+"\x78\x02"), 9)
		}
		bodies[id] = packed[name]
	}
	var out bytes.Buffer
	if _, err := Write(&out, document(), "1", tilesOf(bodies)); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), bodies
}

func opened(t testing.TB, b []byte) *Archive {
	t.Helper()
	a, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestEveryTileOfAnArchiveComesBack(t *testing.T) {
	b, bodies := written(t, 9000)
	a := opened(t, b)
	if a.sections.leaves.length == 0 {
		t.Fatal("the archive has no leaf directory")
	}
	for id, want := range bodies {
		got, err := a.Tile(id)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%v: %d bytes, want %d, %v", id, len(got), len(want), err)
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	for range 10_000 {
		z := uint8(r.IntN(tiler.MaxZoom + 1))
		id := tiler.ID{Z: z, X: r.Uint32N(1 << z), Y: r.Uint32N(1 << z)}
		if got, err := a.Tile(id); err != nil || (got != nil) != (bodies[id] != nil) {
			t.Fatalf("%v: %d bytes, %v", id, len(got), err)
		}
	}
	report, err := a.Verify(context.Background())
	if err != nil || report.Addressed != 9000 || len(report.Notes) != 1 { // the zooms of document()
		t.Errorf("%+v, %v", report, err)
	}
	if i := a.Info(); i.Type != stored.MVT || i.Coding != stored.GZIP || i.Contents != report.Contents || !strings.Contains(string(a.Metadata()), "vector_layers") {
		t.Errorf("%+v, %s", i, a.Metadata())
	}
}

// TestLeavesThatAreKeptAreBounded reads with room for one leaf only.
func TestLeavesThatAreKeptAreBounded(t *testing.T) {
	b, bodies := written(t, 9000)
	a := opened(t, b)
	tries := 0
	for id := range bodies {
		if tries++; tries > 200 {
			break
		}
		a.mu.Lock()
		a.bytes += maxLeafBytes // as if others took all of it
		a.mu.Unlock()
		if _, err := a.Tile(id); err != nil {
			t.Fatal(err)
		}
		a.mu.Lock()
		a.bytes -= maxLeafBytes
		n := len(a.kept)
		a.mu.Unlock()
		if n > 2 {
			t.Fatalf("%d leaves are kept", n)
		}
	}
}

// mustNotFall opens and reads whatever the bytes are: each error has a place.
func mustNotFall(t testing.TB, b []byte) {
	t.Helper()
	a, err := Open(bytes.NewReader(b), int64(len(b)))
	if err == nil {
		_, err = a.Verify(context.Background())
		for z := range uint8(4) {
			if _, err := a.Tile(tiler.ID{Z: z, X: 1<<z - 1}); err != nil {
				placed(t, err, len(b))
			}
		}
	}
	if err != nil {
		placed(t, err, len(b))
	}
}

func placed(t testing.TB, err error, size int) {
	t.Helper()
	f, ok := errors.AsType[*Fault](err)
	if !ok || f.Offset < 0 || f.Offset > int64(size) || f.Part == "" || f.Err == nil {
		t.Fatalf("an error without its place in %d bytes: %#v", size, err)
	}
}

func TestBrokenArchivesAreRefusedWithTheirPlace(t *testing.T) {
	whole, _ := written(t, 400)
	r := rand.New(rand.NewPCG(2, 2))
	for range 100 {
		b := bytes.Clone(whole)
		switch r.IntN(3) {
		case 0:
			b = b[:r.IntN(len(b))]
		case 1:
			b[r.IntN(headerBytes)] ^= 1 << r.IntN(8)
		default:
			b[r.IntN(len(b))] ^= 1 << r.IntN(8)
		}
		mustNotFall(t, b)
	}
}

func TestLengthsThatLieAllocateNothing(t *testing.T) {
	whole, _ := written(t, 100)
	for at := 8; at < 72; at += 8 {
		for _, lie := range []uint64{1 << 20, 1 << 40, 1<<63 - 1, 1<<64 - 1, uint64(len(whole))} {
			b := bytes.Clone(whole)
			binary.LittleEndian.PutUint64(b[at:], lie)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := Open(bytes.NewReader(b), int64(len(b)))
			runtime.ReadMemStats(&after)
			if err != nil {
				placed(t, err, len(b))
			} else if at < 24 {
				t.Errorf("a root directory whose place says %d was taken", lie)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
				t.Errorf("%d at %d: %d bytes allocated", lie, at, n)
			}
		}
	}
	// A directory that claims a billion entries in ten bytes.
	if _, err := parseDirectory(binary.AppendUvarint(nil, 1e9)); !errors.Is(err, ErrDirectory) {
		t.Errorf("%v", err)
	}
}

func TestWhatIsNoArchiveSaysSo(t *testing.T) {
	for text, want := range map[string]error{
		"":                        ErrNotPMTiles,
		"PMTile":                  ErrNotPMTiles,
		"SQLite format 3\x00 ...": ErrNotPMTiles,
		"PMTiles\x02 and more":    ErrVersion,
		"PMTiles\x03 and less":    ErrSection,
	} {
		_, err := Open(strings.NewReader(text), int64(len(text)))
		if !errors.Is(err, want) {
			t.Errorf("%q: %v", text, err)
		}
		placed(t, err, len(text))
	}
}

func FuzzParseDirectory(f *testing.F) {
	f.Add([]byte{0})
	f.Add([]byte{2, 0, 5, 1, 1, 10, 20, 1, 0})
	f.Add([]byte{1, 3, 0, 200, 1, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		entries, err := parseDirectory(b)
		if err != nil {
			return
		}
		for i, e := range entries {
			if i > 0 && (e.id <= entries[i-1].id || entries[i-1].id+uint64(entries[i-1].run) > e.id) {
				t.Fatalf("entries %+v and %+v", entries[i-1], e)
			}
			if e.length == 0 || e.id+uint64(e.run) > lastID+1 {
				t.Fatalf("%+v", e)
			}
		}
		// What is read can be written and is read as the same.
		again, err := stored.Inflate(stored.GZIP, appendDirectory(nil, entries), 64<<20)
		if err != nil && !errors.Is(err, stored.ErrTooLong) {
			t.Fatal(err)
		}
		if err == nil {
			if twice, err := parseDirectory(again); err != nil || len(twice) != len(entries) {
				t.Fatalf("%d entries came back as %d: %v", len(entries), len(twice), err)
			}
		}
	})
}

func FuzzArchive(f *testing.F) {
	b, _ := written(f, 40)
	f.Add(b)
	f.Add([]byte("PMTiles\x03"))
	f.Fuzz(func(t *testing.T, b []byte) { mustNotFall(t, b) })
}

func BenchmarkArchiveTile(b *testing.B) {
	file, bodies := written(b, 30_000)
	a := opened(b, file)
	ids := make([]tiler.ID, 0, len(bodies))
	for id := range bodies {
		ids = append(ids, id)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		if _, err := a.Tile(ids[i%len(ids)]); err != nil {
			b.Fatal(err)
		}
	}
}
