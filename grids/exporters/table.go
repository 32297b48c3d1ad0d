package exporters

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// table is a layer as other programs see it: columns of which the last are the keys
// of the rows' attributes.
type table struct {
	x       *export
	layer   grids.Layer
	columns []string
	// numeric says of a column that all its values are numbers.
	numeric []bool
	own     int            // how many columns are not attributes
	keys    map[string]int // the column of an attribute
}

// maxColumns bounds the columns that attributes can make: SQLite and dBASE have
// limits of their own.
const maxColumns = 250

func newTable(x *export, l grids.Layer) (*table, error) {
	t := &table{x: x, layer: l, keys: map[string]int{}}
	t.columns = slices.Concat([]string{"code", "name", "valid_from", "valid_to"}, cityfile.Columns(l))
	t.own = len(t.columns)
	numbers := map[string]bool{}
	err := cityfile.EachRow(x.city, l, func(f *grids.Feature, _ []any) error {
		attributes, err := decoded(f.Attributes)
		for k, v := range attributes {
			_, isNumber := v.(json.Number)
			if all, seen := numbers[k]; v != nil {
				numbers[k] = isNumber && (all || !seen)
			}
		}
		if len(numbers) > maxColumns {
			return fmt.Errorf("the layer's attributes have more than %d keys", maxColumns)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	t.numeric = make([]bool, t.own, t.own+len(numbers))
	for i, c := range t.columns {
		t.numeric[i] = c == "area_m2"
	}
	for _, k := range slices.Sorted(maps.Keys(numbers)) {
		name := k
		for slices.ContainsFunc(t.columns, func(c string) bool { return strings.EqualFold(c, name) }) || reserved(name) {
			name += "_"
		}
		t.keys[k] = len(t.columns)
		t.columns, t.numeric = append(t.columns, name), append(t.numeric, numbers[k])
	}
	return t, nil
}

// reserved are names that formats use themselves.
func reserved(name string) bool {
	switch strings.ToLower(name) {
	case "fid", "geom", "lon", "lat", "wkt":
		return true
	}
	return false
}

// decoded reads a row's attributes; numbers stay as they are written.
func decoded(attributes string) (map[string]any, error) {
	if attributes == "" {
		return nil, nil
	}
	d := json.NewDecoder(strings.NewReader(attributes))
	d.UseNumber()
	out := map[string]any{}
	if err := d.Decode(&out); err != nil {
		return nil, fmt.Errorf("attributes: %w", err)
	}
	return out, nil
}

// each calls row for every row: values are nil, text, bool, json.Number or what else
// JSON has, by column.
func (t *table) each(row func(f *grids.Feature, g orb.Geometry, values []any) error) error {
	values := make([]any, len(t.columns))
	return cityfile.EachRow(t.x.city, t.layer, func(f *grids.Feature, own []any) error {
		clear(values)
		values[0], values[1], values[2], values[3] = cityfile.ForeignRow(&t.x.city.Profile, f)
		for i, v := range own {
			if n, ok := v.(float64); ok {
				v = json.Number(strconv.FormatFloat(n, 'f', -1, 64))
			}
			values[4+i] = v
		}
		attributes, err := decoded(f.Attributes)
		if err != nil {
			return err
		}
		for k, v := range attributes {
			values[t.keys[k]] = v
		}
		g, err := t.x.placed(f.Geometry().Orb())
		if err != nil {
			return err
		}
		return row(f, g, values)
	})
}

// plain writes a value as text.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return v.String()
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSpace(b.String())
}

// placed brings a geometry from CGCS2000 into the export's system.
func (x *export) placed(g orb.Geometry) (orb.Geometry, error) {
	var bad error
	one := func(p orb.Point) orb.Point {
		a, b := x.system.FromCGCS2000(p[0], p[1])
		if a != a || b != b {
			bad = fmt.Errorf("%.7f,%.7f has no place in %s", p[0], p[1], x.system.Name())
		}
		return orb.Point{round(x.system, a), round(x.system, b)}
	}
	all := func(ps []orb.Point) []orb.Point {
		out := make([]orb.Point, len(ps))
		for i, p := range ps {
			out[i] = one(p)
		}
		return out
	}
	polygon := func(p orb.Polygon) orb.Polygon {
		out := make(orb.Polygon, len(p))
		for i, r := range p {
			out[i] = all(r)
		}
		return out
	}
	switch h := g.(type) {
	case orb.Point:
		g = one(h)
	case orb.MultiPoint:
		g = orb.MultiPoint(all(h))
	case orb.LineString:
		g = orb.LineString(all(h))
	case orb.MultiLineString:
		m := make(orb.MultiLineString, len(h))
		for i, l := range h {
			m[i] = all(l)
		}
		g = m
	case orb.Polygon:
		g = polygon(h)
	case orb.MultiPolygon:
		m := make(orb.MultiPolygon, len(h))
		for i, p := range h {
			m[i] = polygon(p)
		}
		g = m
	}
	return g, bad
}

// decimals of coordinates: a tenth of a millimetre, the lattice itself where the
// degrees are the city's own.
func decimals(s crs.System) int {
	switch {
	case !s.Geographic():
		return 4
	case s.Name() == "gcj02", s.Name() == "bd09":
		return 9
	}
	return 7
}

func round(s crs.System, v float64) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'f', decimals(s), 64), 64)
	if err != nil {
		return v
	}
	return r
}

// figure writes a coordinate.
func figure(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
