package osm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/osm"
	"github.com/paulmach/osm/osmpbf"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

func readBytes(b []byte) (*Map, error) {
	return Read(context.Background(), bytes.NewReader(b), int64(len(b)), Options{MaxZoom: 14, Workers: 2})
}

// lines are all objects of a file as this package reads them.
func lines(t testing.TB, b []byte) (all []string) {
	t.Helper()
	file := bytes.NewReader(b)
	x, err := readIndex(context.Background(), file, int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	u, r := &unpacker{file: file}, &reader{}
	r.node = func(id int64, at spatial.Coord, tg tags) error {
		all = append(all, fmt.Sprintf("node %d %.7f %.7f %v", id, at.Lon(), at.Lat(), tg))
		return nil
	}
	r.way = func(id int64, refs []int64, tg tags) error {
		all = append(all, fmt.Sprintf("way %d %v %v", id, refs, tg))
		return nil
	}
	r.relation = func(id int64, members []member, tg tags) error {
		all = append(all, fmt.Sprintf("relation %d %v %v", id, members, tg))
		return nil
	}
	for _, blob := range x.blobs {
		content, err := u.unpack(blob)
		if err == nil {
			err = r.block(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// oracle are the same objects as paulmach/osm reads them.
func oracle(t testing.TB, b []byte) (all []string) {
	t.Helper()
	s := osmpbf.New(context.Background(), bytes.NewReader(b), 1)
	defer s.Close()
	pairs := func(in osm.Tags) (out tags) {
		for _, p := range in {
			out = append(out, tag{p.Key, p.Value})
		}
		return out
	}
	for s.Scan() {
		switch o := s.Object().(type) {
		case *osm.Node:
			at := spatial.At(o.Lon, o.Lat)
			all = append(all, fmt.Sprintf("node %d %.7f %.7f %v", o.ID, at.Lon(), at.Lat(), pairs(o.Tags)))
		case *osm.Way:
			var refs []int64
			for _, n := range o.Nodes {
				refs = append(refs, int64(n.ID))
			}
			all = append(all, fmt.Sprintf("way %d %v %v", o.ID, refs, pairs(o.Tags)))
		case *osm.Relation:
			var members []member
			for _, m := range o.Members {
				if m.Type == osm.TypeWay {
					members = append(members, member{m.Ref, map[string]role{"outer": outerRole, "inner": innerRole}[m.Role]})
				}
			}
			all = append(all, fmt.Sprintf("relation %d %v %v", o.ID, members, pairs(o.Tags)))
		}
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAFileIsReadAsPaulmachOSMReadsIt(t *testing.T) {
	b := made().bytes()
	got, want := lines(t, b), oracle(t, b)
	if len(want) < 60 || !slices.Equal(got, want) {
		t.Errorf("%d objects, want %d", len(got), len(want))
		for i := range min(len(got), len(want)) {
			if got[i] != want[i] {
				t.Fatalf("first difference:\n%s\n%s", got[i], want[i])
			}
		}
	}
}

// The oracle panics at nodes that stand one by one; they say the same.
func TestPlainNodesAndUnpackedBlocksSayTheSame(t *testing.T) {
	x, y := made(), made()
	y.plain = true
	if !slices.Equal(lines(t, x.bytes()), lines(t, y.bytes())) {
		t.Error("plain nodes differ from dense ones")
	}
}

func TestAFileIsRefusedWithItsReasonAndPlace(t *testing.T) {
	good := made().bytes()
	head := frame("OSMHeader", (&extract{}).header(), true)
	data := func(content []byte) []byte { return append(slices.Clone(head), frame("OSMData", content, false)...) }
	far := &extract{nodes: []testNode{{id: 5, lon: 512.25, lat: 30}}}
	textless := pbBytes(nil, 2, pbBytes(nil, 3, pbBytes(pbBytes(pbVarint(nil, 1, 77), 2, []byte{9}), 3, []byte{9})))
	bomb := pbBytes(pbVarint(nil, 2, 31<<20), 3, []byte{0x78, 0x9c, 3, 0, 0, 0, 0, 1})
	at := int64(len(head))
	for name, c := range map[string]struct {
		file   []byte
		reason error
		offset int64
		says   string
	}{
		"empty":                {nil, ErrNotPBF, 0, ""},
		"two bytes":            {[]byte("PK"), ErrNotPBF, 0, ""},
		"XML":                  {[]byte("<?xml version='1.0'?><osm version='0.6'>"), ErrNotPBF, 0, ""},
		"no header":            {frame("OSMData", nil, true), ErrNotPBF, 0, "OSMData"},
		"two headers":          {append(slices.Clone(head), head...), ErrBlock, at, "second header"},
		"history":              {frame("OSMHeader", (&extract{required: []string{"HistoricalInformation"}}).header(), true), ErrFeature, 0, "HistoricalInformation"},
		"cut in a header":      {append(slices.Clone(head), 0, 0), ErrTruncated, at, ""},
		"cut in a block":       {good[:len(good)-1], ErrTruncated, -1, "are there"},
		"off the globe":        {far.bytes(), ErrPosition, -1, "node 5 at longitude 512.25"},
		"text not there":       {data(textless), ErrBlock, at, "way 77"},
		"garbage":              {data([]byte{0xff, 0xff, 0xff}), ErrBlock, at, ""},
		"granularity 0":        {data(pbVarint(nil, 17, 0)), ErrBlock, at, "0 nanodegrees"},
		"packed with LZMA":     {append(slices.Clone(head), rawFrame("OSMData", pbBytes(nil, 4, []byte{1}))...), ErrFeature, at, "LZMA"},
		"claims 31 MiB":        {append(slices.Clone(head), rawFrame("OSMData", bomb)...), ErrBlock, at, "cannot unpack"},
		"dense lists differ":   {data(pbBytes(nil, 2, pbBytes(nil, 2, pbBytes(nil, 1, []byte{2})))), ErrBlock, at, "different lengths"},
		"member lists differ":  {data(pbBytes(nil, 2, pbBytes(nil, 4, pbBytes(pbVarint(nil, 1, 8), 9, []byte{2})))), ErrBlock, at, "relation 8"},
		"a block that is long": {append(slices.Clone(head), 0, 1, 0, 0), ErrBlock, at, "65536"},
	} {
		_, err := readBytes(c.file)
		var f *Fault
		if !errors.Is(err, c.reason) || !errors.As(err, &f) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c.offset >= 0 && f.Offset != c.offset {
			t.Errorf("%s: at %d, want %d", name, f.Offset, c.offset)
		}
	}
}

func rawFrame(kind string, body []byte) []byte {
	f := frame(kind, nil, true)
	head := pbVarint(pbBytes(nil, 1, []byte(kind)), 3, uint64(len(body)))
	return append(append(append(f[:0:0], 0, 0, 0, byte(len(head))), head...), body...)
}

func TestAFileCutAnywhereIsRefusedOrEndsWithABlock(t *testing.T) {
	b := made().bytes()
	whole := 0
	for n := range b {
		if _, err := readBytes(b[:n]); err == nil {
			whole++
		}
	}
	// Between two blocks nothing tells that more should come.
	if blocks := bytes.Count(b, []byte("OSMData")); whole != blocks {
		t.Errorf("%d cuts read as whole files, want one before each of %d blocks", whole, blocks)
	}
}

func TestTooManyNodesAreRefused(t *testing.T) {
	b := made().bytes()
	_, err := Read(context.Background(), bytes.NewReader(b), int64(len(b)), Options{MaxZoom: 14, MaxNodes: 20})
	if !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), "more than 20") {
		t.Error(err)
	}
}

func TestReadingStopsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	b := made().bytes()
	_, err := Read(ctx, bytes.NewReader(b), int64(len(b)), Options{MaxZoom: 14, Workers: 1, Progress: func(Progress) { stop() }})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestNodesInAnyOrderAreFound(t *testing.T) {
	x, y := made(), made()
	slices.Reverse(y.nodes)
	if a, b := read(t, x, Options{MaxZoom: 14}).Report.String(), read(t, y, Options{MaxZoom: 14}).Report.String(); a != b {
		t.Errorf("%s\n%s", a, b)
	}
}

func FuzzRead(f *testing.F) {
	x := made()
	f.Add(x.bytes())
	x.plain, x.perBlock = true, 0
	f.Add(x.bytes())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := readBytes(b)
		var fault *Fault
		switch {
		case err != nil && !errors.As(err, &fault):
			t.Errorf("%v is no Fault", err)
		case err == nil: // one tile: a broken position may span millions
			if _, _, err := tiler.Encode(nil, m, Names(), tiler.ID{}, tiler.Options{}); err != nil {
				t.Error(err)
			}
			if _, _, err := tiler.Encode(nil, m, Names(), tiler.ID{Z: 12, X: 3348, Y: 1625}, tiler.Options{}); err != nil {
				t.Error(err)
			}
		}
	})
}

// FuzzBlock decodes what was packed: the packing would keep most changes from
// coming through.
func FuzzBlock(f *testing.F) {
	tx := newTexts()
	x := made()
	f.Add(tx.block(tx.dense(x.nodes)))
	tx = newTexts()
	f.Add(tx.block(slices.Concat(tx.way(x.ways[0]), tx.way(x.ways[1]), tx.relation(x.relations[0]), tx.one(x.nodes[0]))))
	f.Fuzz(func(t *testing.T, content []byte) {
		file := frame("OSMHeader", (&extract{}).header(), true)
		if _, err := readBytes(append(file, frame("OSMData", content, true)...)); err != nil && !errors.As(err, new(*Fault)) {
			t.Errorf("%v is no Fault", err)
		}
	})
}

func FuzzTags(f *testing.F) {
	f.Add("highway", "primary_link", "name", "东大街", "oneway", "-1")
	f.Add("natural", "water", "water", "lake", "name:zh", "\xff")
	f.Add("building", "yes", "height", "1e9 m", "building:levels", "4;5")
	f.Add("place", "city", "name", "\x00", "population", "99999999999999999999")
	f.Fuzz(func(t *testing.T, k1, v1, k2, v2, k3, v3 string) {
		tg := tagged(k1, v1, k2, v2, k3, v3)
		for _, h := range slices.Concat(ofPoint(nil, tg), ofLine(nil, tg), ofArea(nil, tg)) {
			switch {
			case len(h.values) <= classField || h.values[classField] == "" || len(h.values) > len(fields[h.layer]):
				t.Errorf("%v: values %q of %s", tg, h.values, layerNames[h.layer])
			case h.from > 15:
				t.Errorf("%v: from zoom %d", tg, h.from)
			}
			for _, v := range h.values {
				if v != clean(v) {
					t.Errorf("%v: %q is not fit to be drawn", tg, v)
				}
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	x := &extract{perBlock: 8000}
	for i := range 20_000 {
		x.way(x.square(114+float64(i%200)*0.001, 34+float64(i/200)*0.001, 0.0002), "building", "yes", "name", fmt.Sprint("楼", i))
	}
	file := x.bytes()
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		if _, err := Read(context.Background(), bytes.NewReader(file), int64(len(file)), Options{MaxZoom: 15}); err != nil {
			b.Fatal(err)
		}
	}
}
