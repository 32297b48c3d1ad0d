package importers

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// rawFeature is a GeoJSON feature before its geometry is looked at.
type rawFeature struct {
	Type       string          `json:"type"`
	ID         any             `json:"id"`
	Geometry   json.RawMessage `json:"geometry"`
	Properties map[string]any  `json:"properties"`
}

// record makes a record of the feature. Numbers stay as they are written, so
// that a long code loses no digit.
func (f *rawFeature) record(number int) (*record, error) {
	if f.Type != "Feature" {
		return nil, fmt.Errorf("type is %q, want Feature", f.Type)
	}
	r := &record{number: number, props: f.Properties}
	if r.props == nil {
		r.props = map[string]any{}
	}
	if _, taken := r.props["id"]; !taken && f.ID != nil {
		r.props["id"], r.numbered = f.ID, true
	}
	for name, v := range r.props {
		if text, ok := v.(string); ok && (strings.ContainsRune(text, utf8.RuneError) || strings.ContainsRune(name, utf8.RuneError)) {
			return nil, fmt.Errorf("the text of %q has bytes that are not of the file's encoding", name)
		}
	}
	g, err := decodeGeometry(f.Geometry)
	r.geometry = g
	return r, err
}

// readGeoJSON streams the features of a FeatureCollection.
func readGeoJSON(r io.Reader, row func(*record), fault func(*recordError)) error {
	d := json.NewDecoder(r)
	d.UseNumber()
	if err := openFeatures(d); err != nil {
		return err
	}
	n := 0
	for d.More() {
		n++
		var f rawFeature
		if err := d.Decode(&f); err != nil {
			if errors.Is(err, errStream) {
				return err
			}
			bad := &recordError{number: n, rule: "broken-json", reason: fmt.Errorf("%w (byte %d)", err, d.InputOffset())}
			if _, ok := errors.AsType[*json.UnmarshalTypeError](err); !ok {
				bad.hint = "nothing after this feature was read"
				fault(bad)
				return nil
			}
			fault(bad)
			continue
		}
		rec, err := f.record(n)
		if err != nil {
			fault(&recordError{number: n, rule: "broken-geometry", reason: err})
			continue
		}
		row(rec)
	}
	if err := closeFeatures(d); err != nil {
		if errors.Is(err, errStream) {
			return err
		}
		fault(&recordError{
			number: n, rule: "broken-json", reason: fmt.Errorf("after this feature: %w (byte %d)", err, d.InputOffset()),
			hint: "the file may be cut short",
		})
		return nil
	}
	if n == 0 {
		return errors.New("the feature collection has no feature")
	}
	return nil
}

// openFeatures moves the decoder into the array of features.
func openFeatures(d *json.Decoder) error {
	t, err := d.Token()
	if err != nil {
		return fmt.Errorf("not GeoJSON: %w", err)
	}
	if t != json.Delim('{') {
		return fmt.Errorf("not GeoJSON: begins with %v, want an object", t)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return fmt.Errorf("not GeoJSON: %w", err)
		}
		if key == "features" {
			if t, err := d.Token(); err != nil || t != json.Delim('[') {
				return fmt.Errorf("features is no array (%v %w)", t, errors.Join(err))
			}
			return nil
		}
		if err := skipMember(d, key); err != nil {
			return fmt.Errorf("not GeoJSON: %w", err)
		}
	}
	return errors.New("no member features: not a feature collection")
}

// closeFeatures reads what stands behind the features, to the end of the file:
// a second collection there would be lost without a word.
func closeFeatures(d *json.Decoder) error {
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		if key == "features" {
			return errors.New("a second member features")
		}
		if err := skipMember(d, key); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return err
	}
	switch _, err := d.Token(); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	}
	return errors.New("the file goes on after the collection; newline-delimited GeoJSON is format ndjson")
}

// skipMember reads past a member of the collection and looks at its type.
func skipMember(d *json.Decoder, key json.Token) error {
	var skipped json.RawMessage
	if err := d.Decode(&skipped); err != nil {
		return fmt.Errorf("%v: %w", key, err)
	}
	if key == "type" && string(skipped) != `"FeatureCollection"` {
		return fmt.Errorf("type is %.40s, want \"FeatureCollection\"", skipped)
	}
	return nil
}

// maxLine bounds one line of newline-delimited GeoJSON: a polygon of a million
// vertices has 40 MB.
const maxLine = 64 << 20

// readNDJSON reads one feature a line; a broken line costs only itself.
func readNDJSON(r io.Reader, row func(*record), fault func(*recordError)) error {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 1<<16), maxLine)
	n, seen := 0, 0
	for s.Scan() && s.Err() == nil { // the last line of a broken stream is no line
		n++
		line := bytes.Trim(s.Bytes(), " \t\r\x1e")
		if len(line) == 0 {
			continue
		}
		seen++
		d := json.NewDecoder(bytes.NewReader(line))
		d.UseNumber()
		var f rawFeature
		err := d.Decode(&f)
		if err == nil && len(bytes.TrimSpace(line[d.InputOffset():])) > 0 {
			err = errors.New("text after the feature: one line is one feature")
		}
		if err != nil {
			fault(&recordError{number: n, rule: "broken-json", reason: err})
			continue
		}
		rec, err := f.record(n)
		if err != nil {
			fault(&recordError{number: n, rule: "broken-geometry", reason: err})
			continue
		}
		row(rec)
	}
	if err := s.Err(); err != nil {
		return fmt.Errorf("line %d: %w", n+1, err)
	}
	if seen == 0 {
		return ErrEmptyFile
	}
	return nil
}
