package grids

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"github.com/wanmi-gis/wanmi/spatial"
)

func TestASubjectIsReadAsItWasWritten(t *testing.T) {
	for _, s := range []Subject{
		{Component: "9901010102000001"},
		{Area: "OA00001", Kind: ComponentKind, Category: "01"},
		{Line: []spatial.Coord{spatial.At(114.35, 34.79)}, WithinM: 20},
		{Line: []spatial.Coord{spatial.At(114.35, 34.79), spatial.At(114.351, 34.79)}, WithinM: 12.5, Kind: EventKind, Category: "05,0102"},
	} {
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var got Subject
		if err := json.Unmarshal(b, &got); err != nil || !reflect.DeepEqual(got, s) {
			t.Errorf("%s: %+v, %v", b, got, err)
		}
	}
}

func TestASubjectCoversTheClassesThatBeginAsItSays(t *testing.T) {
	s := Subject{Component: "c", Kind: EventKind, Category: "05, 0102"}
	for _, c := range []struct {
		kind     Kind
		category string
		want     bool
	}{{EventKind, "0501", true}, {EventKind, "0102", true}, {EventKind, "0103", false}, {ComponentKind, "0501", false}} {
		if got := s.Covers(c.kind, c.category); got != c.want {
			t.Errorf("%s %s: %v", c.kind, c.category, got)
		}
	}
	if all := (Subject{Component: "c"}); !all.Covers(EventKind, "0103") {
		t.Error("a subject without classes is about all")
	}
}

func FuzzSubject(f *testing.F) {
	f.Add([]byte(`{"component":"x"}`))
	f.Add([]byte(`{"line":[[114.35,34.79],[114.36,34.79]],"within_m":10,"kind":"event","category":"05"}`))
	f.Add([]byte(`{"area":"OA1","component":"x"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s Subject
		if err := json.Unmarshal(b, &s); err != nil {
			return
		}
		if err := s.Check(); err != nil && !errors.Is(err, ErrSubject) {
			t.Fatal(err)
		}
		out, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var again Subject
		if len(s.Line) == 0 && s.Component == "" && s.Area == "" {
			return // null
		}
		if err := json.Unmarshal(out, &again); err != nil || !reflect.DeepEqual(again, s) {
			t.Fatalf("%s became %s: %v", b, out, err)
		}
	})
}
