package tiler

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wanmi-gis/wanmi/spatial"
)

// decodedByID encodes one tile and returns its features by id as text.
func decodedByID(tb testing.TB, src Source, id ID, opts Options) (map[uint64]string, Stats) {
	tb.Helper()
	body, stats, err := Encode(nil, src, []string{"l"}, id, opts)
	if err != nil {
		tb.Fatal(err)
	}
	for _, f := range Check(body) {
		if f.Severity != Advice { // a code that two rows have stands twice
			tb.Fatalf("%v: %v", id, f)
		}
	}
	tile, err := Decode(body)
	if err != nil {
		tb.Fatal(err)
	}
	out := map[uint64]string{}
	for _, l := range tile.Layers {
		for _, f := range l.Features {
			tags := map[string]any{}
			for i := 0; i < len(f.Tags); i += 2 {
				tags[l.Keys[f.Tags[i]]] = l.Values[f.Tags[i+1]].Any()
			}
			if out[f.ID] != "" {
				tb.Fatalf("%v: feature %d twice", id, f.ID)
			}
			out[f.ID] = fmt.Sprint(f.Type, f.Parts, tags)
		}
	}
	return out, stats
}

// sameFeatures holds a prepared source against one whose features are visited.
func sameFeatures(tb testing.TB, got, want Source, id ID) int {
	tb.Helper()
	g, _ := decodedByID(tb, got, id, Options{})
	w, _ := decodedByID(tb, want, id, Options{})
	if !maps.Equal(g, w) {
		for _, k := range slices.Sorted(maps.Keys(w)) {
			if g[k] != w[k] {
				tb.Fatalf("%v: %d and %d features; %d is\n%s\nwant\n%s", id, len(g), len(w), k, g[k], w[k])
			}
		}
		tb.Fatalf("%v: %d features, want %d", id, len(g), len(w))
	}
	return len(w)
}

// crowdedThings are rows of all sorts around a few tiles: on one spot, lines and
// polygons, texts that are empty, equal or no UTF-8, beyond the projection.
func crowdedThings(tb testing.TB, rnd *rand.Rand, n int) ([]thing, *town) {
	tb.Helper()
	town := newTown(tb, rnd.Uint64(), 12)
	rows := randomThings(rnd, n, town.layers[0].Box)
	for i := range rows {
		r := &rows[i]
		r.ID = uint64(n - i) // rows are not in order of their ids
		switch rnd.IntN(12) {
		case 0:
			r.At = rows[rnd.IntN(i+1)].At
		case 1:
			r.Shape = town.shapes["roads"][rnd.IntN(len(town.shapes["roads"]))].Shape
		case 2:
			r.Shape = town.shapes["parks"][rnd.IntN(len(town.shapes["parks"]))].Shape
		case 3:
			r.Values[0], r.Values[1] = "", ""
		case 4:
			r.Values[0], r.Values[1] = r.Values[1], r.Values[2] // texts that other fields have too
		case 5:
			r.Values[0], r.Values[1] = "a\xff", "b\xfe"+r.Values[1]
		case 6:
			r.classes = nil
		}
		if r.Shape != nil {
			r.At = r.Shape.Coords[0]
		}
	}
	rows[0].At, rows[0].Shape = spatial.Coord{X: 7, Y: maxLat + 1}, nil
	return rows, town
}

// someColumns is nil or a few columns.
func someColumns(rnd *rand.Rand, all []string) []string {
	if rnd.IntN(2) == 0 {
		return nil
	}
	out := []string{}
	for _, name := range all {
		if rnd.IntN(2) == 0 {
			out = append(out, name)
		}
	}
	return out
}

func TestAPreparedLayerDrawsWhatVisitingItDraws(t *testing.T) {
	const seed = 61
	rnd := rand.New(rand.NewPCG(seed, seed))
	rows, town := crowdedThings(t, rnd, 1500)
	src := newThings(rows, len(rows))
	visited := *src
	visited.points, visited.layer.Sums = nil, nil
	seen := 0
	for range 100 {
		id := town.tile(rnd, uint8(14+rnd.IntN(MaxZoom-13)))
		opts := Options{Columns: someColumns(rnd, thingFields)}
		got, stats := decodedByID(t, src, id, opts)
		want, _ := decodedByID(t, &visited, id, opts)
		if !maps.Equal(got, want) || stats.Features != len(want) {
			t.Fatalf("%v %v: %d features, %+v, want %d", id, opts.Columns, len(got), stats, len(want))
		}
		seen += len(want)
	}
	if seen < 2000 {
		t.Errorf("only %d features were compared", seen)
	}
}

func TestTheBytesDoNotTellWhichRowsWereAdded(t *testing.T) {
	const seed = 62
	rnd := rand.New(rand.NewPCG(seed, seed))
	rows, town := crowdedThings(t, rnd, 1500)
	whole := newThings(rows, len(rows))
	// Some rows are edited: those prepared are of before, and their last state is
	// added behind.
	edited := newThings(slices.Clone(rows), len(rows))
	edited.gone = map[int32]bool{}
	before := slices.Clone(rows)
	for range 200 {
		i := rnd.IntN(len(rows))
		if edited.gone[int32(i)] {
			continue
		}
		edited.gone[int32(i)] = true
		edited.rows = append(edited.rows, rows[i])
		before[i] = thing{Feature{ID: rows[i].ID, At: town.somewhere(rnd), Values: []string{"old", "older", "0101", "", "gone"}}, []string{"count_77"}}
	}
	edited.points = newThings(before, len(before)).points
	for n := range 220 {
		id := town.tile(rnd, uint8(8+n%15))
		fields := thingFields
		if id.Z < 14 {
			fields = whole.layer.Sums.fields()
		}
		opts := Options{Columns: someColumns(rnd, fields)}
		want, stats, err := Encode(nil, whole, []string{"l"}, id, opts)
		got, other, err2 := Encode(nil, edited, []string{"l"}, id, opts)
		if err != nil || err2 != nil || !bytes.Equal(got, want) || stats != other {
			t.Fatalf("%v %v: %d bytes, %d where all were prepared, %v %v", id, opts.Columns, len(got), len(want), stats, other)
		}
	}
}

func TestSumsCountEachFeatureInItsSquare(t *testing.T) {
	const seed = 63
	rnd := rand.New(rand.NewPCG(seed, seed))
	rows, town := crowdedThings(t, rnd, 4000)
	src := newThings(rows, len(rows))
	box := town.layers[0].Box
	for i := range rows[1:] {
		box = box.Extend(rows[i+1].At)
	}
	for z := range uint8(14) {
		total := 0
		for _, id := range tilesOf(box, z) {
			columns := someColumns(rnd, src.layer.Sums.fields())
			type square struct {
				id     uint64
				counts map[string]int
			}
			want := map[[2]int64]*square{}
			for i := range rows {
				if at, ok := At(rows[i].At, z); !ok || at != id {
					continue
				}
				total++
				x, y := World(rows[i].At)
				f := newFrame(id)
				key := [2]int64{f.along(x, f.west)/32*32 + 16, f.along(y, f.north)/32*32 + 16}
				s := want[key]
				if s == nil {
					s = &square{rows[i].ID, map[string]int{}}
					want[key] = s
				} else {
					s.id = 0
				}
				for _, c := range append([]string{CountField}, rows[i].classes...) {
					if columns == nil && len(c) <= len("count_00") || slices.Contains(columns, c) {
						s.counts[c]++
					}
				}
			}
			body, stats, err := Encode(nil, src, []string{"l"}, id, Options{Columns: columns})
			if err != nil || stats.Features != len(want) {
				t.Fatalf("%v: %v %v, want %d", id, err, stats, len(want))
			}
			tile, err := Decode(body)
			if err != nil {
				t.Fatal(err)
			}
			if faults := Check(body); len(faults) > 0 {
				t.Fatalf("%v: %v", id, faults)
			}
			for _, l := range tile.Layers {
				for _, f := range l.Features {
					s := want[[2]int64{f.Parts[0][0].X, f.Parts[0][0].Y}]
					if s == nil || f.ID != s.id || len(f.Tags) != 2*len(s.counts) {
						t.Fatalf("%v: %+v, want %+v", id, f, s)
					}
					for i := 0; i < len(f.Tags); i += 2 {
						if l.Values[f.Tags[i+1]] != (Value{Kind: UintValue, Bits: uint64(s.counts[l.Keys[f.Tags[i]]])}) {
							t.Fatalf("%v: %+v, want %+v", id, f, s)
						}
					}
				}
			}
		}
		if total != len(rows)-1 { // one is beyond the projection
			t.Errorf("z%d: %d of %d features", z, total, len(rows))
		}
	}
}

func TestACrowdedTileIsThinnedBySquares(t *testing.T) {
	const seed, n = 64, 60_000
	rnd := rand.New(rand.NewPCG(seed, seed))
	id := benchTile
	box := id.Box(0)
	crowd := box
	crowd.Max.X = box.Min.X + (box.Max.X-box.Min.X)/4
	rows := slices.Concat(randomThings(rnd, n, crowd), randomThings(rnd, 4000, box))
	for i := range rows {
		rows[i].ID = uint64(i + 1)
	}
	src := newThings(rows, len(rows))
	got, stats := decodedByID(t, src, id, Options{Columns: []string{}})
	// The reference: the lowest ranks of each square.
	type square [2]uint32
	f, bySquare := newFrame(id), map[square][]uint64{}
	total := 0
	for i := range rows {
		if at, _ := At(rows[i].At, id.Z); at != id {
			continue
		}
		total++
		x, y := World(rows[i].At)
		s := square{uint32(f.along(x, f.west)) / 64, uint32(f.along(y, f.north)) / 64}
		bySquare[s] = append(bySquare[s], rows[i].ID)
	}
	kept := 0
	for s, ids := range bySquare {
		slices.SortFunc(ids, func(a, b uint64) int { return cmp.Compare(rank(a), rank(b)) })
		for i, id := range ids {
			if (got[id] != "") != (i < 12) {
				t.Fatalf("square %v: the point of rank %d of %d is there: %v", s, i, len(ids), got[id] != "")
			}
		}
		kept += min(len(ids), 12)
	}
	if want := (Stats{Features: kept, Dropped: total - kept, Kept: kept, Total: total}); stats != want || kept == total {
		t.Errorf("%+v, want %+v", stats, want)
	}
	// By bytes: with all columns the same points take more than a layer may.
	fewer := newThings(rows[:40_000], 40_000)
	body, heavy, err := Encode(nil, fewer, []string{"l"}, id, Options{})
	if err != nil || heavy.Total < 39_000 || heavy.Kept != heavy.Features || heavy.Kept >= heavy.Total || heavy.Kept < 5000 || len(body) > 1_301_000 {
		t.Errorf("40,000 points: %v, %d bytes, %+v", err, len(body), heavy)
	}
	if _, light, err := Encode(nil, fewer, []string{"l"}, id, Options{Columns: []string{}}); err != nil || light.Total != 0 || light.Features < 39_000 {
		t.Errorf("40,000 points without attributes: %v, %+v", err, light)
	}
	// What a stricter limit leaves is a part of what a milder one does.
	last := got
	for _, most := range []int{6000, 900, 20, 1} {
		left, stats := decodedByID(t, src, id, Options{Columns: []string{}, MaxFeatures: most})
		for id := range left {
			if last[id] == "" {
				t.Fatalf("at most %d: %d was not there before", most, id)
			}
		}
		if len(left) > most || len(left) < most/8 || stats.Kept != len(left) || stats.Total != total {
			t.Errorf("at most %d: %d, %+v", most, len(left), stats)
		}
		last = left
	}
}

func TestStampsOfTheTileBeforeAreNeverSeen(t *testing.T) {
	var s stamps
	s.begin(3)
	s.set(1, 7)
	for range 2 {
		s.epoch = 1<<32 - 1
		s.begin(3)
		if _, known := s.find(1); known {
			t.Fatal("a value of another tile")
		}
		s.set(1, 8)
		if at, known := s.find(1); !known || at != 8 {
			t.Fatal("the value is lost")
		}
	}
}

// The encoder is not taken from its pool, which under the race detector forgets
// at random.
func TestAPreparedTileTakesFewAllocations(t *testing.T) {
	rows := benchThings()
	src := newThings(rows, len(rows))
	e := encoders.New().(*encoder)
	var body []byte
	for _, z := range []uint8{12, 14} {
		id := ID{z, benchTile.X >> (14 - z), benchTile.Y >> (14 - z)}
		n := testing.AllocsPerRun(20, func() {
			e.begin(id, 0)
			body = e.layer(body[:0], src, &src.layer, nil)
		})
		if n > 7 || len(body) < 1000 { // Encode adds two
			t.Errorf("z%d: %v allocations, %d bytes", z, n, len(body))
		}
	}
}

func TestMortonKeysInterleave(t *testing.T) {
	rnd := rand.New(rand.NewPCG(65, 65))
	for range 1000 {
		x, y := rnd.Uint32(), rnd.Uint32()
		key := uint64(0)
		for bit := range 32 {
			key |= uint64(x>>bit&1)<<(2*bit) | uint64(y>>bit&1)<<(2*bit+1)
		}
		if morton(x, y) != key || gather(key) != x || gather(key>>1) != y {
			t.Fatalf("%x %x: %x", x, y, morton(x, y))
		}
	}
}
