package importers

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/batch"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// CasesMapping is a cases.yaml: how a table of another system's cases is read.
type CasesMapping struct {
	// Encoding is utf-8, gbk or gb18030; by default told from the text.
	Encoding string `yaml:"encoding"`
	// CRS, Lon and Lat say where a case is.
	CRS CRS    `yaml:"crs"`
	Lon string `yaml:"lon"`
	Lat string `yaml:"lat"`
	// Missing lists texts that stand for nothing in any column, besides the empty one.
	Missing []string `yaml:"missing"`
	// Where keeps only the rows whose columns have one of the values.
	Where map[string][]string `yaml:"where"`
	Time  TimeMapping         `yaml:"time"`
	// Categories says of what the field category is.
	Categories CategoriesMapping `yaml:"categories"`
	// OutOfOrder is fault or lift: what to do with a step before the one it follows.
	OutOfOrder string `yaml:"out_of_order"`
	// Fields says where each part of the report comes from.
	Fields map[string]Value `yaml:"fields"`
	// Events says when each step was.
	Events map[cases.EventKind]EventMapping `yaml:"events"`
}

// TimeMapping says how times are written.
type TimeMapping struct {
	// Zone is the zone of times that name none; by default the city's.
	Zone string `yaml:"zone"`
	// Formats are tried in turn: patterns of YYYY MM DD HH mm ss, or rfc3339, unix,
	// unix_ms. Absent means the usual ones.
	Formats []string `yaml:"formats"`
}

// CategoriesMapping says how a text becomes a minor of the city's scheme.
type CategoriesMapping struct {
	// Scheme is the one that the table is in; by default the city's. Another is
	// brought to the city's by the crosswalk.
	Scheme string `yaml:"scheme"`
	// By is code or name.
	By string `yaml:"by"`
}

// EventMapping is one step: when it was and, where that is known, by whom. Written
// as plain text it is the column of the time.
type EventMapping struct {
	At    Value  `yaml:"at"`
	Actor *Value `yaml:"actor"`
	Note  *Value `yaml:"note"`
	// Score is the answer to a survey.
	Score *Value `yaml:"score"`
}

// UnmarshalYAML reads the short form, a column's name, or the long one.
func (e *EventMapping) UnmarshalYAML(decode func(any) error) error {
	var name string
	if err := decode(&name); err == nil {
		e.At.Column = name
		return nil
	}
	type long EventMapping
	return decode((*long)(e))
}

// values are the event's texts by their names.
func (e *EventMapping) values() map[string]*Value {
	out := map[string]*Value{"at": &e.At}
	for name, v := range map[string]*Value{"actor": e.Actor, "note": e.Note, "score": e.Score} {
		if v != nil {
			out[name] = v
		}
	}
	return out
}

// The words of out_of_order and of categories.by.
const (
	orderFault = "fault"
	orderLift  = "lift"
	byCode     = "code"
	byName     = "name"
)

// caseFields are the words that fields of a cases.yaml may have.
var caseFields = []string{
	"external_id", "source_system", "number", "kind", "category", "condition", "source", "reporter", "reported_at", "due_at",
	"state", "on_time", "unit", "cell", "zone", "component", "description",
}

// caseEvents are the steps that may have a time, in the order of the case's way.
var caseEvents = []cases.EventKind{
	cases.Register, cases.Verify, cases.Open, cases.Dispatch, cases.Accept, cases.Handle, cases.Feedback, cases.Check, cases.Close,
	cases.Survey, cases.Void,
}

// maxMissing and maxFormats bound the lists of a cases.yaml: each is gone through
// for every text of the table.
const (
	maxMissing = 100
	maxFormats = 20
)

// ReadCasesMapping reads and checks a cases.yaml. Every error names the key or line
// and wraps [ErrMapping].
func ReadCasesMapping(path string) (*CasesMapping, error) {
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
	m, err := ParseCasesMapping(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// ParseCasesMapping is [ReadCasesMapping] of a text.
func ParseCasesMapping(b []byte) (*CasesMapping, error) {
	m := &CasesMapping{}
	if err := strictYAML(b, m); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMapping, err)
	}
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMapping, err)
	}
	return m, nil
}

// strictYAML reads a mapping without what the decoder falls over: see parseMapping.
func strictYAML(b []byte, into any) error {
	if strings.TrimSpace(string(b)) == "" {
		return errors.New("the file is empty")
	}
	for _, t := range lexer.Tokenize(string(b)) {
		switch t.Type {
		case token.AliasType:
			return fmt.Errorf("[%d:%d] aliases (*name) are not read; write the part out", t.Position.Line, t.Position.Column)
		case token.TagType:
			return fmt.Errorf("[%d:%d] tags (!name) are not read; text that begins so stands in quotes", t.Position.Line, t.Position.Column)
		}
	}
	if err := yaml.UnmarshalWithOptions(b, into, yaml.Strict()); err != nil {
		return errors.New(strings.TrimSpace(yaml.FormatError(err, false, true)))
	}
	return nil
}

// check tells all that is wrong with the mapping as it was written.
func (m *CasesMapping) check() error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if m.Lon == "" || m.Lat == "" {
		fail("lon and lat are missing: the columns of the place")
	}
	if m.CRS == (CRS{}) {
		fail("crs is missing: cgcs2000, wgs84, gcj02, … or city")
	} else if err := m.checkCRS(); err != nil {
		fail("crs: %w", err)
	}
	if m.Encoding != "" {
		if _, err := batch.ParseEncoding(m.Encoding); err != nil {
			fail("encoding: %w", err)
		}
	}
	if len(m.Missing) > maxMissing {
		fail("missing: %d texts, at most %d", len(m.Missing), maxMissing)
	}
	if m.OutOfOrder != "" && m.OutOfOrder != orderFault && m.OutOfOrder != orderLift {
		fail("out_of_order: %q is none of fault and lift", m.OutOfOrder)
	}
	if m.Categories.By != "" && m.Categories.By != byCode && m.Categories.By != byName {
		fail("categories.by: %q is none of code and name", m.Categories.By)
	}
	if m.Time.Zone == "Local" {
		fail("time.zone: Local is another zone on another machine; write its IANA name")
	} else if _, err := time.LoadLocation(m.Time.Zone); err != nil {
		fail("time.zone: %w", err)
	}
	if _, err := parseFormats(m.Time.Formats); err != nil {
		fail("time.formats: %w", err)
	}
	errs = append(errs, m.checkFields()...)
	errs = append(errs, m.checkEvents()...)
	return errors.Join(errs...)
}

// checkCRS looks whether the system is one, as far as that can be told without
// the city.
func (m *CasesMapping) checkCRS() error {
	if strings.EqualFold(m.CRS.Name, "city") {
		return nil
	}
	_, err := (&Mapping{}).system(m.CRS)
	return err
}

// system is the coordinate system of the table, for a city.
func (m *CasesMapping) system(city *grids.City) (crs.System, error) {
	if strings.EqualFold(m.CRS.Name, "city") && city.Grid != nil {
		return *city.Grid, nil
	}
	sys, err := (&Mapping{}).system(m.CRS)
	if err != nil {
		return nil, err
	}
	if n := sys.Name(); (n == "gcj02" || n == "bd09") && !city.Offset {
		return nil, fmt.Errorf("conversion from %s is switched off for this city", n)
	}
	return sys, nil
}

func (m *CasesMapping) checkFields() (errs []error) {
	for _, name := range slices.Sorted(maps.Keys(m.Fields)) {
		v := m.Fields[name]
		if !slices.Contains(caseFields, name) {
			errs = append(errs, fmt.Errorf("fields: unknown field %q; there are %s", name, strings.Join(caseFields, ", ")))
		} else if err := v.check(); err != nil {
			errs = append(errs, fmt.Errorf("fields.%s: %w", name, err))
		}
	}
	for _, name := range []string{"kind", "category", "source", "reported_at"} {
		if _, ok := m.Fields[name]; !ok {
			errs = append(errs, fmt.Errorf("fields.%s is missing", name))
		}
	}
	_, external := m.Fields["external_id"]
	_, system := m.Fields["source_system"]
	_, number := m.Fields["number"]
	switch {
	case external && !system:
		errs = append(errs, errors.New("fields.source_system is missing: an external id counts only together with its system"))
	case !external && !number:
		errs = append(errs, errors.New("fields.external_id (with source_system) or fields.number is missing: without one the same file would be taken twice"))
	}
	return errs
}

func (m *CasesMapping) checkEvents() (errs []error) {
	for _, kind := range slices.Sorted(maps.Keys(m.Events)) {
		if !slices.Contains(caseEvents, kind) {
			errs = append(errs, fmt.Errorf("events: %q is no step that a table can have; there are %s", kind, words(caseEvents)))
			continue
		}
		e := m.Events[kind]
		for _, name := range slices.Sorted(maps.Keys(e.values())) {
			if err := e.values()[name].check(); err != nil {
				errs = append(errs, fmt.Errorf("events.%s.%s: %w", kind, name, err))
			}
		}
		if (e.Score != nil) != (kind == cases.Survey) {
			errs = append(errs, fmt.Errorf("events.%s: a survey has a score, and only it", kind))
		}
	}
	return errs
}

// words lists texts of a kind with commas between.
func words[T ~string](list []T) string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = string(w)
	}
	return strings.Join(out, ", ")
}
