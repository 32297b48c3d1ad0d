package api

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

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// members are those of a JSON object, each as it was written.
type members map[string]json.RawMessage

// readMembers splits an object. A member given twice is refused, of which one
// would be forgotten.
func readMembers(body []byte) (members, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	t, err := d.Token()
	if err != nil {
		return nil, jsonFault(err)
	}
	if t != json.Delim('{') {
		return nil, &inputError{"body", "", "not an object", errMalformed}
	}
	out := members{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, jsonFault(err)
		}
		key := name.(string) // within an object
		if _, twice := out[key]; twice {
			return nil, &inputError{clip(key), "", "given twice", errMalformed}
		}
		if len(out) == maxMembers {
			return nil, &inputError{"body", "", fmt.Sprintf("at most %d members", maxMembers), errMalformed}
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, jsonFault(err)
		}
		out[key] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, jsonFault(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, &inputError{"body", "", "more than one JSON value", errMalformed}
	}
	return out, nil
}

// only refuses members that are not known.
func (m members) only(known ...string) error {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if !slices.Contains(known, name) {
			return &inputError{clip(name), "", "unknown member; there are " + strings.Join(known, ", "), errMalformed}
		}
	}
	return nil
}

func (m members) null(name string) bool { return string(m[name]) == "null" }

// decode reads a member that is there; what says what it must be.
func (m members) decode(name, what string, into any) error {
	if m.null(name) || json.Unmarshal(m[name], into) != nil {
		return &inputError{name, "", "not " + what, errMalformed}
	}
	return nil
}

// text reads a text, nil where there is none. null is the empty text.
func (m members) text(name string) (*string, error) {
	if _, ok := m[name]; !ok {
		return nil, nil
	}
	var v string
	if m.null(name) {
		return &v, nil
	}
	if err := m.decode(name, "text", &v); err != nil {
		return nil, err
	}
	if len(v) > maxText || strings.ContainsFunc(v, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
		return nil, &inputError{name, v, fmt.Sprintf("at most %d bytes, without control characters", maxText), errMalformed}
	}
	return &v, nil
}

// oneOf reads a text that must be one of those listed.
func (m members) oneOf(name string, allowed ...string) (*string, error) {
	v, err := m.text(name)
	if err != nil || v == nil || slices.Contains(allowed, *v) {
		return v, err
	}
	return nil, &inputError{name, *v, "one of " + strings.Join(allowed, ", "), errMalformed}
}

// date reads a day, nil where there is none, "" for null.
func (m members) date(name string) (*string, error) {
	v, err := m.text(name)
	if err != nil || v == nil || *v == "" {
		return v, err
	}
	if _, err := time.Parse(time.DateOnly, *v); err != nil {
		return nil, &inputError{name, *v, "write 2026-01-31", errMalformed}
	}
	return v, nil
}

// instant reads a time, or a day in the city's zone; zero for null.
func (m members) instant(name string, zone *time.Location) (*time.Time, error) {
	text, err := m.text(name)
	if err != nil || text == nil {
		return nil, err
	}
	var t time.Time
	if *text == "" {
		return &t, nil
	}
	if t, err = time.Parse(time.RFC3339, *text); err != nil {
		if t, err = time.ParseInLocation(time.DateOnly, *text, zone); err != nil {
			return nil, &inputError{name, *text, "write 2026-01-31 or RFC 3339", errMalformed}
		}
	}
	if y := t.UTC().Year(); y < 1 || y > 9998 {
		return nil, &inputError{name, *text, "a year from 1 to 9998", errMalformed}
	}
	return &t, nil
}

// position reads lon, lat and crs; nil where they are not there. The position
// must be in the city or near it.
func (m members) position(s *grids.Snapshot) (*spatial.Coord, error) {
	at, err := m.anyPosition(s)
	if err == nil && at != nil && s.Locate(*at).Status == grids.StatusOutside {
		return nil, &inputError{"lon,lat", fmt.Sprintf("%s,%s", m["lon"], m["lat"]), "the position lies outside the city", errImpossible}
	}
	return at, err
}

// anyPosition is position for all that has coordinates.
func (m members) anyPosition(s *grids.Snapshot) (*spatial.Coord, error) {
	_, hasLon := m["lon"]
	_, hasLat := m["lat"]
	_, hasCRS := m["crs"]
	if !hasLon && !hasLat && !hasCRS {
		return nil, nil
	}
	var lon, lat float64
	name, err := m.text("crs")
	if err != nil {
		return nil, err
	}
	if name == nil {
		name = new(string)
	}
	for param, into := range map[string]*float64{"lon": &lon, "lat": &lat} {
		if _, ok := m[param]; !ok {
			return nil, &inputError{param, "", "lon and lat go together", errMalformed}
		}
		if err := m.decode(param, "a number", into); err != nil {
			return nil, err
		}
	}
	sys, err := system(s.City, "crs", *name)
	if err != nil {
		return nil, err
	}
	at, err := toLattice(sys, lon, lat)
	if err != nil {
		return nil, err
	}
	return &at, nil
}

// unit reads the code of a unit of the city; "" is none.
func (m members) unit(s *grids.Snapshot, name string) (*string, error) {
	v, err := m.text(name)
	if err == nil && v != nil && *v != "" && s.Unit(*v) == nil {
		return nil, &inputError{name, *v, "no unit of the city", errImpossible}
	}
	return v, err
}

// attributes reads a merge patch of a row's attributes and returns what makes
// of the old ones the new, nil where there is none.
func (m members) attributes() (func(old string) (string, error), error) {
	if _, ok := m["attributes"]; !ok {
		return nil, nil
	}
	if m.null("attributes") {
		return func(string) (string, error) { return "", nil }, nil
	}
	patch, err := object(m["attributes"])
	if err != nil {
		return nil, &inputError{"attributes", "", err.Error(), errMalformed}
	}
	return func(old string) (string, error) {
		was, err := object([]byte(old))
		if err != nil {
			was = nil // what is no object is replaced (RFC 7396)
		}
		text, err := json.Marshal(merge(was, patch))
		if err == nil && len(text) > maxAttributes {
			err = &inputError{"attributes", "", fmt.Sprintf("together more than %d bytes", maxAttributes), errTooLarge}
		}
		return string(text), err
	}, nil
}

// maxAttributes bounds what a row has in attributes.
const maxAttributes = 64 << 10

// object reads an object within the limits on members and texts; numbers keep
// their digits.
func object(text []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil || v == nil {
		return nil, errors.New("not an object")
	}
	return v, bounded(v)
}

func bounded(v any) error {
	switch v := v.(type) {
	case string:
		if len(v) > maxText {
			return fmt.Errorf("a text of more than %d bytes", maxText)
		}
	case []any:
		for _, inner := range v {
			if err := bounded(inner); err != nil {
				return err
			}
		}
	case map[string]any:
		if len(v) > maxMembers {
			return fmt.Errorf("more than %d members", maxMembers)
		}
		for name, inner := range v {
			if err := errors.Join(bounded(name), bounded(inner)); err != nil {
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
