package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Members are those of a JSON object, each as it was written.
type Members map[string]json.RawMessage

// ReadMembers splits an object. A member given twice is refused, of which one
// would be forgotten.
func ReadMembers(body []byte) (Members, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	t, err := d.Token()
	if err != nil {
		return nil, JSONFault(err)
	}
	if t != json.Delim('{') {
		return nil, Refuse("body", "", "not an object", ErrMalformed)
	}
	out := Members{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, JSONFault(err)
		}
		key := name.(string) // within an object
		if _, twice := out[key]; twice {
			return nil, Refuse(Clip(key), "", "given twice", ErrMalformed)
		}
		if len(out) == MaxMembers {
			return nil, Refuse("body", "", fmt.Sprintf("at most %d members", MaxMembers), ErrMalformed)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, JSONFault(err)
		}
		out[key] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, JSONFault(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, Refuse("body", "", "more than one JSON value", ErrMalformed)
	}
	return out, nil
}

// Only refuses members that are not known.
func (m Members) Only(known ...string) error {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if !slices.Contains(known, name) {
			return Refuse(Clip(name), "", "unknown member; there are "+strings.Join(known, ", "), ErrMalformed)
		}
	}
	return nil
}

// Null reports whether a member is null.
func (m Members) Null(name string) bool { return string(m[name]) == "null" }

// Decode reads a member that is there; what says what it must be.
func (m Members) Decode(name, what string, into any) error {
	if m.Null(name) || json.Unmarshal(m[name], into) != nil {
		return Refuse(name, "", "not "+what, ErrMalformed)
	}
	return nil
}

// Text reads a text, nil where there is none. null is the empty text.
func (m Members) Text(name string) (*string, error) {
	if _, ok := m[name]; !ok {
		return nil, nil
	}
	var v string
	if m.Null(name) {
		return &v, nil
	}
	if err := m.Decode(name, "text", &v); err != nil {
		return nil, err
	}
	if len(v) > MaxText || strings.ContainsFunc(v, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
		return nil, Refuse(name, v, fmt.Sprintf("at most %d bytes, without control characters", MaxText), ErrMalformed)
	}
	return &v, nil
}

// OneOf reads a text that must be one of those listed.
func (m Members) OneOf(name string, allowed ...string) (*string, error) {
	v, err := m.Text(name)
	if err != nil || v == nil || slices.Contains(allowed, *v) {
		return v, err
	}
	return nil, Refuse(name, *v, "one of "+strings.Join(allowed, ", "), ErrMalformed)
}

// Date reads a day, nil where there is none, "" for null.
func (m Members) Date(name string) (*string, error) {
	v, err := m.Text(name)
	if err != nil || v == nil || *v == "" {
		return v, err
	}
	if _, err := time.Parse(time.DateOnly, *v); err != nil {
		return nil, Refuse(name, *v, "write 2026-01-31", ErrMalformed)
	}
	return v, nil
}

// Instant reads a time, or a day in the city's zone; zero for null.
func (m Members) Instant(name string, zone *time.Location) (*time.Time, error) {
	text, err := m.Text(name)
	if err != nil || text == nil {
		return nil, err
	}
	var t time.Time
	if *text == "" {
		return &t, nil
	}
	if t, err = time.Parse(time.RFC3339, *text); err != nil {
		if t, err = time.ParseInLocation(time.DateOnly, *text, zone); err != nil {
			return nil, Refuse(name, *text, "write 2026-01-31 or RFC 3339", ErrMalformed)
		}
	}
	if y := t.UTC().Year(); y < 1 || y > 9998 {
		return nil, Refuse(name, *text, "a year from 1 to 9998", ErrMalformed)
	}
	return &t, nil
}

// Attributes reads a merge patch of a row's attributes and returns what makes
// of the old ones the new, nil where there is none.
func (m Members) Attributes() (func(old string) (string, error), error) {
	if _, ok := m["attributes"]; !ok {
		return nil, nil
	}
	if m.Null("attributes") {
		return func(string) (string, error) { return "", nil }, nil
	}
	patch, err := Object(m["attributes"])
	if err != nil {
		return nil, Refuse("attributes", "", err.Error(), ErrMalformed)
	}
	return func(old string) (string, error) {
		was, err := Object([]byte(old))
		if err != nil {
			was = nil // what is no object is replaced (RFC 7396)
		}
		text, err := json.Marshal(merge(was, patch))
		if err == nil && len(text) > MaxAttributes {
			err = Refuse("attributes", "", fmt.Sprintf("together more than %d bytes", MaxAttributes), ErrTooLarge)
		}
		return string(text), err
	}, nil
}

// Object reads an object within the limits on members and texts; numbers keep
// their digits.
func Object(text []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil || v == nil {
		return nil, errors.New("not an object")
	}
	return v, Bounded(v)
}

// Bounded says what of a value is beyond the limits on members and texts.
func Bounded(v any) error {
	switch v := v.(type) {
	case string:
		if len(v) > MaxText {
			return fmt.Errorf("a text of more than %d bytes", MaxText)
		}
	case []any:
		for _, inner := range v {
			if err := Bounded(inner); err != nil {
				return err
			}
		}
	case map[string]any:
		if len(v) > MaxMembers {
			return fmt.Errorf("more than %d members", MaxMembers)
		}
		for name, inner := range v {
			if err := errors.Join(Bounded(name), Bounded(inner)); err != nil {
				return err
			}
		}
	}
	return nil
}

// merge is the merge patch of RFC 7396.
func merge(target, patch map[string]any) map[string]any {
	if target == nil {
		target = map[string]any{}
	}
	for name, v := range patch {
		switch v := v.(type) {
		case nil:
			delete(target, name)
		case map[string]any:
			inner, _ := target[name].(map[string]any)
			target[name] = merge(inner, v)
		default:
			target[name] = v
		}
	}
	return target
}
