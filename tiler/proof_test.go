//go:build proof

package tiler

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/paulmach/orb/encoding/mvt"
)

// The files of @mapbox/mvt-fixtures 4.0.0 by their path in the archive.
func fixtureFiles(t *testing.T) map[string][]byte {
	t.Helper()
	data := os.Getenv("WANMI_DATA")
	if data == "" {
		data = filepath.Join("..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(data, "conformance", "mvt-fixtures-4.0.0.tar.gz"))
	if err != nil {
		t.Fatalf("the proof needs the mvt-fixtures (WANMI_DATA names the folder above conformance): %v", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for archive := tar.NewReader(z); ; {
		head, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[head.Name], err = io.ReadAll(archive); err != nil {
			t.Fatal(err)
		}
	}
}

type fixture struct {
	number, description string
	tile, expected      []byte
}

// fixtures returns the tiles that are valid by version 2 of the specification,
// and those that are not.
func fixtures(t *testing.T) (valid, invalid []fixture) {
	t.Helper()
	files := fixtureFiles(t)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		dir, found := strings.CutSuffix(name, "/info.json")
		if !found {
			continue
		}
		var info struct {
			Description string
			Validity    struct{ V2 bool }
		}
		if err := json.Unmarshal(files[name], &info); err != nil {
			t.Fatal(err)
		}
		f := fixture{filepath.Base(dir), info.Description, files[dir+"/tile.mvt"], files[dir+"/tile.json"]}
		if info.Validity.V2 {
			valid = append(valid, f)
		} else {
			invalid = append(invalid, f)
		}
	}
	if len(valid) != 46 || len(invalid) != 28 {
		t.Fatalf("%d valid fixtures and %d invalid ones", len(valid), len(invalid))
	}
	return valid, invalid
}

// notRead are valid fixtures that Decode refuses, and why it stays so.
var notRead = map[string]string{
	"057": "called valid, but its MoveTo claims 536,870,911 points and brings one; 051, called invalid, does the same",
}

// notPassed are valid fixtures that Check finds broken.
var notPassed = map[string]string{
	"016": "byte for byte the same tile as 003, which is invalid: its type 0 is not written out",
	"057": notRead["057"],
}

func TestProof_ValidFixturesAreReadAndWrittenWithoutLoss(t *testing.T) {
	valid, invalid := fixtures(t)
	read, byOrb := 0, 0
	for _, f := range valid {
		tile, err := Decode(f.tile)
		if (err != nil) != (notRead[f.number] != "") {
			t.Errorf("%s (%s): %v", f.number, f.description, err)
		}
		broken := slices.ContainsFunc(Check(f.tile), func(f Fault) bool { return f.Severity > Advice })
		if broken != (notPassed[f.number] != "") {
			t.Errorf("%s (%s): %v", f.number, f.description, Check(f.tile))
		}
		if err != nil {
			continue
		}
		read++
		again := tile.Append(nil)
		if second, err := Decode(again); err != nil || !reflect.DeepEqual(second, tile) {
			t.Errorf("%s: %v\n%+v\n%+v", f.number, err, second, tile)
		}
		// The fixture's own words against the bytes that were written, by a
		// reader that knows neither Decode nor Append.
		want, got := expectedTile(t, f.expected), rawTileOf(t, again)
		if got != want {
			t.Errorf("%s:\n%s\nwant\n%s", f.number, got, want)
		}
		if sameByOrb(t, f.number, f.tile, again) {
			byOrb++
		}
	}
	at := func(fs []fixture, number string) []byte {
		return fs[slices.IndexFunc(fs, func(f fixture) bool { return f.number == number })].tile
	}
	if !bytes.Equal(at(valid, "016"), at(invalid, "003")) {
		t.Error("016 and 003 are not the same bytes")
	}
	t.Logf("%d of %d read and written again without loss, %d of them compared by orb too", read, len(valid), byOrb)
}

func TestProof_InvalidFixturesAreRejected(t *testing.T) {
	_, invalid := fixtures(t)
	rejected, refused := 0, 0
	for _, f := range invalid {
		faults := Check(f.tile)
		if slices.ContainsFunc(faults, func(f Fault) bool { return f.Severity > Advice }) {
			rejected++
		} else {
			t.Errorf("%s (%s) passes: %v", f.number, f.description, faults)
		}
		if _, err := Decode(f.tile); err != nil {
			refused++
		}
	}
	t.Logf("%d of %d rejected, %d of them not read at all", rejected, len(invalid), refused)
}

func TestProof_RealTilesAreReadAndWrittenWithoutLoss(t *testing.T) {
	tiles, features := 0, 0
	said := map[string]int{}
	for name, b := range fixtureFiles(t) {
		if !strings.HasPrefix(name, "real-world/") || len(b) == 0 {
			continue
		}
		if strings.HasSuffix(name, ".gz") {
			z, err := gzip.NewReader(bytes.NewReader(b))
			if err == nil {
				b, err = io.ReadAll(z)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		tile, err := Decode(b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, f := range Check(b) {
			if f.Severity > Advice {
				t.Errorf("%s: %v: %s", name, f.Place, f.Reason)
			}
			said[strings.Join(strings.FieldsFunc(f.Reason, func(r rune) bool { return r >= '0' && r <= '9' }), "#")]++
		}
		again := tile.Append(nil)
		if got, want := rawTileOf(t, again), rawTileOf(t, b); got != want {
			t.Errorf("%s: written otherwise than read", name)
		}
		if !sameByOrb(t, name, b, again) {
			t.Errorf("%s: orb does not read it", name)
		}
		tiles++
		for _, l := range tile.Layers {
			features += len(l.Features)
		}
	}
	if tiles != 43 {
		t.Errorf("%d real tiles", tiles)
	}
	t.Logf("%d tiles, %d features; advice: %v", tiles, features, said)
}

// sameByOrb compares what orb reads of two tiles; false if it reads neither.
func sameByOrb(t *testing.T, name string, a, b []byte) bool {
	t.Helper()
	inA, errA := mvt.Unmarshal(a)
	inB, errB := mvt.Unmarshal(b)
	if fmt.Sprint(errA) != fmt.Sprint(errB) || !reflect.DeepEqual(inA, inB) {
		t.Errorf("%s: orb reads %v, %v and %v, %v", name, inA, errA, inB, errB)
	}
	return errA == nil
}

// rawTile is a tile as the fixtures write it in JSON.
type rawTile struct {
	Layers []rawLayer `json:"layers"`
}

type rawLayer struct {
	Version  uint32           `json:"version"`
	Name     string           `json:"name"`
	Extent   uint32           `json:"extent"`
	Features []rawFeature     `json:"features,omitempty"`
	Keys     []string         `json:"keys,omitempty"`
	Values   []map[string]any `json:"values,omitempty"`
}

type rawFeature struct {
	ID       *uint64  `json:"id,omitempty"`
	Tags     []uint32 `json:"tags,omitempty"`
	Type     uint32   `json:"type"`
	Geometry []uint32 `json:"geometry"`
}

// UnmarshalJSON sets what the specification says of an extent that is not there.
func (l *rawLayer) UnmarshalJSON(b []byte) error {
	type plain rawLayer
	l.Extent = 4096
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return d.Decode((*plain)(l))
}

// expectedTile puts a fixture's JSON into the form of rawTileOf.
func expectedTile(t *testing.T, expected []byte) string {
	t.Helper()
	var tile rawTile
	if err := json.Unmarshal(expected, &tile); err != nil {
		t.Fatal(err)
	}
	for _, l := range tile.Layers {
		for _, v := range l.Values {
			if s, ok := v["string_value"]; ok { // 076 has a number there, and its text in the tile
				v["string_value"] = fmt.Sprint(s)
			}
		}
	}
	return oneLine(t, tile)
}

func oneLine(t *testing.T, tile rawTile) string {
	t.Helper()
	b, err := json.Marshal(tile)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// rawTileOf reads a tile with the scanner of strict_test.go.
func rawTileOf(t *testing.T, b []byte) string {
	t.Helper()
	var tile rawTile
	s := scanner{b: b}
	for len(s.b) > 0 {
		if key := s.varint(); key != 3<<3|2 {
			s.failf("tile field %d", key)
			break
		}
		l := rawLayer{Extent: 4096}
		l.read(&scanner{b: s.chunk()}, &s)
		tile.Layers = append(tile.Layers, l)
	}
	if s.err != nil {
		t.Fatal(s.err)
	}
	return oneLine(t, tile)
}

func (l *rawLayer) read(s, outer *scanner) {
	for len(s.b) > 0 {
		switch key := s.varint(); key {
		case 15 << 3:
			l.Version = s.uint32()
		case 1<<3 | 2:
			l.Name = s.text()
		case 5 << 3:
			l.Extent = s.uint32()
		case 3<<3 | 2:
			l.Keys = append(l.Keys, s.text())
		case 4<<3 | 2:
			v := scanner{b: s.chunk()}
			l.Values = append(l.Values, readRawValue(&v))
			if v.err != nil || len(v.b) > 0 {
				s.failf("value: %v", v.err)
			}
		case 2<<3 | 2:
			var f rawFeature
			in := scanner{b: s.chunk()}
			f.read(&in)
			if in.err != nil {
				s.failf("feature: %w", in.err)
			}
			l.Features = append(l.Features, f)
		default:
			s.failf("layer field %d", key)
		}
	}
	if s.err != nil {
		outer.failf("layer %q: %w", l.Name, s.err)
	}
}

func (f *rawFeature) read(s *scanner) {
	packed := func() (out []uint32) {
		in := scanner{b: s.chunk()}
		for len(in.b) > 0 {
			out = append(out, in.uint32())
		}
		if in.err != nil {
			s.failf("packed: %w", in.err)
		}
		return out
	}
	for len(s.b) > 0 {
		switch key := s.varint(); key {
		case 1 << 3:
			id := s.varint()
			f.ID = &id
		case 2<<3 | 2:
			f.Tags = packed()
		case 3 << 3:
			f.Type = s.uint32()
		case 4<<3 | 2:
			f.Geometry = packed()
		default:
			s.failf("field %d", key)
		}
	}
}

func readRawValue(s *scanner) map[string]any {
	fixed := func(n int) (v uint64) {
		if len(s.b) < n {
			s.failf("%d bytes of %d", len(s.b), n)
			return 0
		}
		for i := range n {
			v |= uint64(s.b[i]) << (8 * i)
		}
		s.b = s.b[n:]
		return v
	}
	number := func(v float64, bits int) json.Number {
		return json.Number(strconv.FormatFloat(v, 'g', -1, bits))
	}
	switch key := s.varint(); key {
	case 1<<3 | 2:
		return map[string]any{"string_value": s.text()}
	case 2<<3 | 5:
		return map[string]any{"float_value": number(float64(math.Float32frombits(uint32(fixed(4)))), 32)}
	case 3<<3 | 1:
		return map[string]any{"double_value": number(math.Float64frombits(fixed(8)), 64)}
	case 4 << 3:
		return map[string]any{"int_value": int64(s.varint())}
	case 5 << 3:
		return map[string]any{"uint_value": s.varint()}
	case 6 << 3:
		v := s.varint()
		return map[string]any{"sint_value": int64(v>>1) ^ -int64(v&1)}
	case 7 << 3:
		return map[string]any{"bool_value": s.varint() == 1}
	default:
		s.failf("value field %d", key)
		return nil
	}
}
