package importers

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// ErrMapping is wrapped by everything that is wrong with a mapping file.
var ErrMapping = errors.New("mapping")

// Mapping is a city.yaml.
type Mapping struct {
	City CityMapping `yaml:"city"`
	// CRS is the coordinate system of files that name none.
	CRS CRS `yaml:"crs"`
	// ValidFrom is when the rows start to hold, RFC 3339; open when absent.
	ValidFrom string `yaml:"valid_from"`
	// Categories are the city's own classes, besides the national schemes.
	Categories []CategoryMapping `yaml:"categories"`
	Units      []UnitMapping     `yaml:"units"`
	// Layers says which files feed which layer.
	Layers map[grids.Layer][]FileMapping `yaml:"layers"`

	path string
}

// CityMapping describes the city as a whole.
type CityMapping struct {
	Code   string `yaml:"code"`
	Name   string `yaml:"name"`
	MadeUp bool   `yaml:"made_up"`
	// Scheme is the category system: a national one or the city's own.
	Scheme      string  `yaml:"scheme"`
	TimeZone    string  `yaml:"time_zone"`
	NearM       float64 `yaml:"near_m"`
	Attribution string  `yaml:"attribution"`
	// OffsetCRS allows conversion to and from GCJ-02 and BD-09; by default it
	// is allowed for a city in China's time zones.
	OffsetCRS *bool `yaml:"offset_crs"`
	// Grid is the city's own coordinate system, "city" in requests.
	Grid *crs.Grid `yaml:"grid"`
}

// CategoryMapping is one category of the city's own scheme.
type CategoryMapping struct {
	Kind          grids.Kind `yaml:"kind"`
	Code          string     `yaml:"code"`
	Major         string     `yaml:"major"`
	Name          string     `yaml:"name"`
	AccuracyClass string     `yaml:"accuracy_class"`
	// Equivalent is the same class elsewhere, as "scheme:code".
	Equivalent string `yaml:"equivalent"`
}

// UnitMapping is one unit.
type UnitMapping struct {
	Code      string   `yaml:"code"`
	Name      string   `yaml:"name"`
	Kind      string   `yaml:"kind"`
	Parent    string   `yaml:"parent"`
	Territory []string `yaml:"territory"`
	Contact   string   `yaml:"contact"`
}

// FileMapping is one file that feeds a layer.
type FileMapping struct {
	File string `yaml:"file"`
	// Format is geojson, ndjson, csv, xlsx, shp, gpkg or ogr; by default told from
	// the name.
	Format string `yaml:"format"`
	// Table is the layer within a GeoPackage or of OGR, the Shapefile within a zip, the sheet
	// of a workbook.
	Table string `yaml:"table"`
	// HeaderRow is the row of a workbook's sheet that names the columns; by default
	// the first.
	HeaderRow int `yaml:"header_row"`
	// Encoding is utf-8, gbk or gb18030; by default told from the text.
	Encoding string `yaml:"encoding"`
	CRS      CRS    `yaml:"crs"`
	// Lon and Lat name the coordinate columns of a table.
	Lon string `yaml:"lon"`
	Lat string `yaml:"lat"`
	// Where keeps only the records whose columns have one of the values.
	Where map[string][]string `yaml:"where"`
	// Join gives records without coordinates their place from other files.
	Join []JoinMapping `yaml:"join"`
	// Attributes adds columns of tables to the records.
	Attributes []AttributeMapping `yaml:"attributes"`
	// Fields says where each column of the layer comes from.
	Fields map[string]Value `yaml:"fields"`
	// Keep lists the source's columns to keep as attributes; absent means all
	// that no field uses.
	Keep *[]string `yaml:"keep"`
}

// JoinMapping finds a record's place in another file: where that file's column
// Key equals the record's column On, letter case and outer blanks aside.
type JoinMapping struct {
	File string `yaml:"file"`
	CRS  CRS    `yaml:"crs"`
	Key  string `yaml:"key"`
	On   string `yaml:"on"`
}

// AttributeMapping adds the columns of a table to a record: those of the row whose
// column Key equals the record's column On, outer blanks aside.
type AttributeMapping struct {
	File      string `yaml:"file"`
	Format    string `yaml:"format"`
	Table     string `yaml:"table"`
	HeaderRow int    `yaml:"header_row"`
	Encoding  string `yaml:"encoding"`
	Key       string `yaml:"key"`
	On        string `yaml:"on"`
	// Fields lists the columns to take; absent means all but the key.
	Fields []string `yaml:"fields"`
}

// CRS names a coordinate system as requests do, or spells out a city's own grid
// with its parameters.
type CRS struct {
	Name string
	Grid *crs.Grid
}

// UnmarshalYAML reads a name or {tm: …, affine: …}.
func (c *CRS) UnmarshalYAML(decode func(any) error) error {
	if err := decode(&c.Name); err == nil {
		return nil
	}
	c.Name, c.Grid = "", &crs.Grid{}
	if err := decode(c.Grid); err != nil {
		return err
	}
	return c.Grid.Validate()
}

// Value says how a field gets its text. Written as plain text it is a column's
// name.
type Value struct {
	Column string `yaml:"column"`
	// Value is the same text for every record.
	Value string `yaml:"value"`
	// Template is text with {COLUMN} and {#}, the record's number; {#:5} pads
	// it with zeros.
	Template string `yaml:"template"`
	// Map replaces what came out; Default stands for what it does not name.
	Map     map[string]string `yaml:"map"`
	Default *string           `yaml:"default"`
}

// UnmarshalYAML reads the short form, a column's name, or the long one.
func (v *Value) UnmarshalYAML(decode func(any) error) error {
	var name string
	if err := decode(&name); err == nil {
		v.Column = name
		return nil
	}
	type long Value
	return decode((*long)(v))
}

// check tells what is wrong with the value as it was written.
func (v *Value) check() error {
	n := 0
	for _, s := range []string{v.Column, v.Value, v.Template} {
		if s != "" {
			n++
		}
	}
	if n != 1 {
		return errors.New("a field has exactly one of column, value and template")
	}
	for rest := v.Template; ; {
		_, after, ok := strings.Cut(rest, "{")
		if !ok {
			return nil
		}
		name, tail, closed := strings.Cut(after, "}")
		if !closed {
			return fmt.Errorf("template %q: { without }", v.Template)
		}
		if width, isNumber := strings.CutPrefix(name, "#"); isNumber && width != "" {
			digits, colon := strings.CutPrefix(width, ":")
			if n, err := strconv.Atoi(digits); !colon || err != nil || n < 1 || n > maxPadding {
				return fmt.Errorf("template %q: {%s}, want {#} or {#:5}, at most %d digits", v.Template, name, maxPadding)
			}
		} else if name == "" {
			return fmt.Errorf("template %q: {} names no column", v.Template)
		}
		rest = tail
	}
}

// maxPadding bounds the zeros before a record's number; a million has 7 digits.
const maxPadding = 12

// maxMappingBytes bounds a mapping file; the largest known has 20 KB.
const maxMappingBytes = 4 << 20

// ReadMapping reads and checks a city.yaml. Every error names the key or line.
func ReadMapping(path string) (*Mapping, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMapping, err)
	}
	if info.Size() > maxMappingBytes {
		return nil, fmt.Errorf("%w %s: %d bytes, at most %d are read", ErrMapping, path, info.Size(), maxMappingBytes)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMapping, err)
	}
	m, err := parseMapping(b)
	if err != nil {
		return nil, fmt.Errorf("%w %s: %w", ErrMapping, path, err)
	}
	m.path = path
	return m, nil
}

func parseMapping(b []byte) (*Mapping, error) {
	if strings.TrimSpace(string(b)) == "" {
		return nil, errors.New("the file is empty")
	}
	// An alias may name a part that has aliases: a dozen lines become a billion
	// items before the decoder looks at a type.
	for _, t := range lexer.Tokenize(string(b)) {
		if t.Type == token.AliasType {
			return nil, fmt.Errorf("[%d:%d] aliases (*name) are not read; write the part out", t.Position.Line, t.Position.Column)
		}
		if t.Type == token.TagType { // the decoder panics where it wanted a list
			return nil, fmt.Errorf("[%d:%d] tags (!name) are not read; text that begins so stands in quotes", t.Position.Line, t.Position.Column)
		}
	}
	m := &Mapping{}
	if err := yaml.UnmarshalWithOptions(b, m, yaml.Strict()); err != nil {
		return nil, errors.New(strings.TrimSpace(yaml.FormatError(err, false, true)))
	}
	var errs []error
	for _, check := range []struct {
		missing bool
		text    string
	}{
		{m.City.Code == "", "city.code is missing"},
		{m.City.Name == "", "city.name is missing"},
		{m.City.Scheme == "", "city.scheme is missing: " + strings.Join(grids.NationalSchemes(), ", ") + ", or the city's own with its categories"},
		{m.City.TimeZone == "", "city.time_zone is missing, for example Asia/Shanghai"},
		{len(m.Layers[grids.Cells]) == 0, "layers.cells is missing: a city is at least its cells"},
		{m.City.NearM < 0, "city.near_m is negative"},
		{math.IsNaN(m.City.NearM) || math.IsInf(m.City.NearM, 1), "city.near_m is no length"},
	} {
		if check.missing {
			errs = append(errs, errors.New(check.text))
		}
	}
	if m.City.TimeZone == "Local" {
		errs = append(errs, errors.New("city.time_zone: Local is another zone on another machine; write its IANA name"))
	} else if m.City.TimeZone != "" {
		if _, err := time.LoadLocation(m.City.TimeZone); err != nil {
			errs = append(errs, fmt.Errorf("city.time_zone: %w", err))
		}
	}
	if m.ValidFrom != "" {
		if _, err := time.Parse(time.RFC3339, m.ValidFrom); err != nil {
			errs = append(errs, fmt.Errorf("valid_from: %w", err))
		}
	}
	if m.City.Grid != nil {
		if err := m.City.Grid.Validate(); err != nil {
			errs = append(errs, fmt.Errorf("city.grid: %w", err))
		}
	}
	for _, layer := range slices.Sorted(maps.Keys(m.Layers)) {
		if _, ok := fieldsOf[layer]; !ok {
			errs = append(errs, fmt.Errorf("layers.%s: unknown layer; there are %s", layer, strings.Join(layerNames(), ", ")))
			continue
		}
		for i := range m.Layers[layer] {
			if err := m.checkFile(layer, &m.Layers[layer][i]); err != nil {
				errs = append(errs, fmt.Errorf("layers.%s[%d]: %w", layer, i, err))
			}
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return m, nil
}

// Feeds lists the layers that the mapping has data for.
func (m *Mapping) Feeds() []grids.Layer {
	layers := slices.Sorted(maps.Keys(m.Layers))
	if len(m.Units) > 0 && !slices.Contains(layers, grids.Units) {
		layers = append(layers, grids.Units)
	}
	return layers
}

// grid is the city's own coordinate system: the one named so, or the one that
// all files are in.
func (m *Mapping) grid() *crs.Grid {
	if m.City.Grid != nil {
		return m.City.Grid
	}
	return m.CRS.Grid
}

// system resolves the coordinate system of a file.
func (m *Mapping) system(c CRS) (crs.System, error) {
	if c == (CRS{}) {
		c = m.CRS
	}
	switch {
	case c.Grid != nil:
		return *c.Grid, nil
	case c.Name == "":
		return nil, errors.New("no crs: name one for the file or, beside city, for all")
	case strings.EqualFold(c.Name, "city") && m.grid() != nil:
		return *m.grid(), nil
	}
	return resolve(c.Name)
}

func (m *Mapping) checkFile(layer grids.Layer, f *FileMapping) error {
	if f.File == "" {
		return errors.New("file is missing")
	}
	kind, err := f.format()
	if err != nil {
		return err
	}
	if placed := f.Lon != "" && f.Lat != ""; kind.tabular() && layer != grids.Units && !placed && (len(f.Join) == 0 || f.Lon+f.Lat != "") {
		return fmt.Errorf("%s: a table needs lon and lat, the names of its coordinate columns, or join", f.File)
	}
	if layer == grids.Units && !kind.tabular() {
		return fmt.Errorf("%s: units come from a table (csv, xlsx)", f.File)
	}
	if _, err := m.system(f.CRS); err != nil && layer != grids.Units && !(kind.placesItself() && f.CRS == CRS{} && m.CRS == CRS{}) {
		return fmt.Errorf("%s: %w", f.File, err)
	}
	if err := f.checkTables(); err != nil {
		return fmt.Errorf("%s: %w", f.File, err)
	}
	for _, j := range f.Join {
		if j.File == "" || j.Key == "" || j.On == "" {
			return fmt.Errorf("%s: join needs file, key and on", f.File)
		}
		if kind, err := (&FileMapping{File: j.File}).format(); err != nil || kind.tabular() {
			return fmt.Errorf("%s: join %s: places come from a file with geometry (geojson, ndjson, shp, gpkg)", f.File, j.File)
		}
		kind, _ := (&FileMapping{File: j.File}).format()
		if _, err := m.system(j.CRS); err != nil && !(kind.placesItself() && j.CRS == CRS{} && m.CRS == CRS{}) {
			return fmt.Errorf("%s: join %s: %w", f.File, j.File, err)
		}
	}
	known := slices.Concat(commonFields, fieldsOf[layer])
	for _, name := range slices.Sorted(maps.Keys(f.Fields)) {
		if !slices.Contains(known, name) {
			return fmt.Errorf("%s: unknown field %q; %s has %s", f.File, name, layer, strings.Join(known, ", "))
		}
		v := f.Fields[name]
		if err := v.check(); err != nil {
			return fmt.Errorf("%s: field %s: %w", f.File, name, err)
		}
	}
	if _, ok := f.Fields["code"]; !ok && needsCode(layer) {
		return fmt.Errorf("%s: no field code; where the file has none, number the records with {template: \"X-{#:5}\"}", f.File)
	}
	return nil
}

// lookup is a column that where or join reads, and what for.
type lookup struct{ name, column string }

func (f *FileMapping) lookups() []lookup {
	out := make([]lookup, 0, len(f.Where)+len(f.Join)+len(f.Attributes))
	for column := range f.Where {
		out = append(out, lookup{"where " + column, column})
	}
	for _, j := range f.Join {
		out = append(out, lookup{"join on " + j.On, j.On})
	}
	for _, a := range f.Attributes {
		out = append(out, lookup{"attributes on " + a.On, a.On})
	}
	return out
}
