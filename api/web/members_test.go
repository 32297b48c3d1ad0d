package web

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
)

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
		merge, err := Members{"attributes": json.RawMessage(c[1])}.Attributes()
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
		m, err := ReadMembers([]byte(text))
		if err != nil {
			if _, ours := errors.AsType[*InputError](err); !ours {
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
