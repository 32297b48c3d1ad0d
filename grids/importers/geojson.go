package importers

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"
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
		r.props["id"] = f.ID
	}
	g, err := decodeGeometry(f.Geometry)
	r.geometry = g
	return r, err
}

// decodeGeometry reads a GeoJSON geometry; a third coordinate is dropped.
func decodeGeometry(raw json.RawMessage) (orb.Geometry, error) {
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return nil, nil
	}
	var g geojson.Geometry
	if err := json.Unmarshal(raw, &g); err != nil {
		return nil, fmt.Errorf("geometry: %w", err)
	}
	return g.Geometry(), nil
}

// readGeoJSON streams the features of a FeatureCollection (or a single
// Feature).
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
			if unreadable(err) {
				return err
			}
			var kind *json.UnmarshalTypeError
			fault(&recordError{
				number: n, rule: "broken-json", reason: fmt.Errorf("%w (byte %d)", err, d.InputOffset()),
				hint: "nothing after this feature was read", fatal: !errors.As(err, &kind),
			})
			if !errors.As(err, &kind) {
				return nil
			}
			continue
		}
		rec, err := f.record(n)
		if err != nil {
			fault(&recordError{number: n, rule: "broken-geometry", reason: err})
			continue
		}
		row(rec)
	}
	if n == 0 {
		return errors.New("the feature collection has no feature")
	}
	if _, err := d.Token(); err != nil {
		if unreadable(err) {
			return err
		}
		fault(&recordError{
			number: n, rule: "broken-json", reason: fmt.Errorf("after this feature: %w (byte %d)", err, d.InputOffset()),
			hint: "the file may be cut short", fatal: true,
		})
	}
	return nil
}

// unreadable tells errors of the stream from errors of the text.
func unreadable(err error) bool { return errors.Is(err, ErrBomb) }

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
		var skipped json.RawMessage
		if err := d.Decode(&skipped); err != nil {
			return fmt.Errorf("not GeoJSON: %v: %w", key, err)
		}
		if key == "type" && string(skipped) != `"FeatureCollection"` {
			return fmt.Errorf("type is %s, want \"FeatureCollection\"", skipped)
		}
	}
	return errors.New("no member features: not a feature collection")
}

// maxLine bounds one line of newline-delimited GeoJSON: a polygon of a million
// vertices has 40 MB.
const maxLine = 64 << 20

// readNDJSON reads one feature a line; a broken line costs only itself.
func readNDJSON(r io.Reader, row func(*record), fault func(*recordError)) error {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 1<<16), maxLine)
	n, seen := 0, 0
	for s.Scan() {
		n++
		line := bytes.Trim(s.Bytes(), " \t\r\x1e")
		if len(line) == 0 {
			continue
		}
		seen++
		d := json.NewDecoder(bytes.NewReader(line))
		d.UseNumber()
		var f rawFeature
		if err := d.Decode(&f); err != nil {
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
