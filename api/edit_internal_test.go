package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

func TestWhatTheStoreSaysHasItsCodeAndNamesNoFile(t *testing.T) {
	s := &server{log: slog.New(slog.DiscardHandler)}
	for fault, want := range map[error]struct {
		status int
		code   string
	}{
		cityfile.ErrDiskFull:                   {http.StatusInsufficientStorage, "disk-full"},
		cityfile.ErrNotWritable:                {http.StatusServiceUnavailable, "not-writable"},
		cityfile.ErrHeld:                       {http.StatusServiceUnavailable, "overloaded"},
		cityfile.ErrClosed:                     {http.StatusServiceUnavailable, "overloaded"},
		cityfile.ErrNoRow:                      {http.StatusNotFound, "not-found"},
		cityfile.ErrExists:                     {http.StatusConflict, "conflict"},
		cityfile.ErrKeyReused:                  {http.StatusConflict, "conflict"},
		cityfile.ErrNoSerial:                   {http.StatusUnprocessableEntity, "not-possible"},
		errors.New("select * from components"): {http.StatusInternalServerError, "internal"},
	} {
		err := fmt.Errorf("edit: write to /srv/city.gpkg: %w: sqlite says so", fault)
		p := problemOf(s.editFault(err, &cityfile.Edit{Layer: grids.Components, Code: "c"}))
		if p.Status != want.status || p.Code != want.code || strings.Contains(p.Detail, "/srv") || strings.Contains(p.Detail, "sql") || strings.Contains(p.Detail, "select") {
			t.Errorf("%v: %+v", fault, p)
		}
	}
}

// The examples of RFC 7396, appendix A, whose target and patch are objects.
func TestAttributesAreMergedAsTheStandardSays(t *testing.T) {
	for _, c := range [][3]string{
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		{`{"a":"b"}`, `{"a":null}`, `{}`},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
		{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
		{`{"e":null}`, `{"a":1}`, `{"a":1,"e":null}`},
		{`["a","b"]`, `{"a":"b"}`, `{"a":"b"}`},
		{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
		{``, `{"n":12345678901234567890}`, `{"n":12345678901234567890}`},
		{`{"a":1}`, `null`, ``},
	} {
		merge, err := members{"attributes": json.RawMessage(c[1])}.attributes()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := merge(c[0]); err != nil || got != c[2] {
			t.Errorf("%s with %s: %s, %v; want %s", c[0], c[1], got, err, c[2])
		}
	}
}

func FuzzReadMembers(f *testing.F) {
	for _, text := range []string{`{}`, `{"a":1,"b":{"c":[null]}}`, `{"a":1,"a":2}`, `{"a":1}{}`, `[1]`, `{"a":`, `{"\u0061":1,"a":2}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := readMembers([]byte(text))
		if err != nil {
			if _, ours := errors.AsType[*inputError](err); !ours {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		var want map[string]any
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatalf("%q is read, and is no JSON: %v", text, err)
		}
		got := map[string]any{}
		for name, value := range m {
			var v any
			if err := json.Unmarshal(value, &v); err != nil {
				t.Fatal(err)
			}
			got[name] = v
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	})
}
