package importers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
	"github.com/wanmi-gis/wanmi/spatial/repair"
)

// defaultNearM is how far outside the grid a position still gets the nearest
// cell when the mapping does not say.
const defaultNearM = 30

// Options of Import. The zero value reads beside the mapping and tells nobody.
type Options struct {
	// Dir is where the mapping's relative paths begin.
	Dir string
	// Progress is told after each file: its name and the records read.
	Progress func(file string, records int)
}

// Import reads all files of the mapping and returns the city with the report
// of its faults. The city is nil when the report has errors. The error is for
// what stopped the import as a whole (a cancelled context).
func Import(ctx context.Context, m *Mapping, o Options) (*grids.City, *grids.Report, error) {
	im := &importer{
		mapping: m, options: o, judge: repair.NewJudge(), report: &grids.Report{},
		city: &grids.City{Base: map[grids.Layer][]grids.Base{}}, seen: map[grids.Layer]map[string]string{},
	}
	if err := im.profile(); err != nil {
		return nil, im.report, err
	}
	for i := range m.Layers[grids.Units] {
		im.units(ctx, &m.Layers[grids.Units][i])
	}
	im.missingParents()
	for _, layer := range readingOrder {
		for i := range m.Layers[layer] {
			if err := ctx.Err(); err != nil {
				return nil, im.report, err
			}
			im.file(ctx, layer, &m.Layers[layer][i])
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, im.report, err
	}
	if im.report.Count(grids.Error) > 0 {
		return nil, im.report, nil
	}
	if err := im.finish(ctx); err != nil {
		return nil, im.report, err
	}
	if im.report.Count(grids.Error) > 0 {
		return nil, im.report, nil
	}
	return im.city, im.report, nil
}

// readingOrder reads what is above before what lies in it.
var readingOrder = [...]grids.Layer{
	grids.Districts, grids.Streets, grids.Communities, grids.Zones, grids.Cells, grids.Components,
	grids.Addresses, grids.Resources, grids.BaseWater, grids.BaseGreen, grids.BaseRoads, grids.BaseBuildings,
	grids.OwnershipAreas,
}

// importer carries one import.
type importer struct {
	mapping *Mapping
	options Options
	judge   *repair.Judge
	report  *grids.Report
	city    *grids.City
	from    time.Time
	// seen has each layer's codes with where they were found.
	seen map[grids.Layer]map[string]string
}

// profile takes over what the mapping says of the city as a whole.
func (im *importer) profile() error {
	m := im.mapping
	zone, err := time.LoadLocation(m.City.TimeZone)
	if err != nil {
		return fmt.Errorf("%w: city.time_zone: %w", ErrMapping, err)
	}
	if m.ValidFrom != "" {
		if im.from, err = time.Parse(time.RFC3339, m.ValidFrom); err != nil {
			return fmt.Errorf("%w: valid_from: %w", ErrMapping, err)
		}
	}
	im.city.Profile = grids.Profile{
		Code: m.City.Code, Name: m.City.Name, MadeUp: m.City.MadeUp, Scheme: m.City.Scheme, TimeZone: zone,
		Grid: m.grid(), NearM: m.City.NearM, Attribution: m.City.Attribution, Version: 1,
		Offset: chinese(m.City.TimeZone),
	}
	if m.City.OffsetCRS != nil {
		im.city.Offset = *m.City.OffsetCRS
	}
	if im.city.NearM == 0 {
		im.city.NearM = defaultNearM
	}
	for _, name := range grids.NationalSchemes() {
		national, err := grids.National(name)
		if err != nil {
			return err
		}
		im.city.Categories = append(im.city.Categories, national...)
	}
	for _, c := range m.Categories {
		im.city.Categories = append(im.city.Categories, grids.Category{
			Scheme: m.City.Scheme, Kind: c.Kind, Code: c.Code, Major: c.Major, Name: c.Name,
			AccuracyClass: c.AccuracyClass, Equivalent: c.Equivalent,
		})
	}
	im.checkCategories()
	im.checkUnits()
	for _, u := range m.Units {
		im.city.Units = append(im.city.Units, grids.Unit{
			Code: u.Code, Name: u.Name, Kind: u.Kind, Parent: u.Parent, Territory: u.Territory, Contact: u.Contact,
			Valid: grids.Since(im.from),
		})
	}
	return nil
}

// chinese says whether the time zone is one of China's, where GCJ-02 holds.
func chinese(zone string) bool {
	return zone == "Asia/Shanghai" || zone == "Asia/Urumqi" || zone == "PRC"
}

func (im *importer) checkCategories() {
	byKey := map[string]bool{}
	for _, c := range im.city.Categories {
		key := c.Scheme + ":" + string(c.Kind) + ":" + c.Code
		if byKey[key] {
			im.report.Add(grids.Fault{
				Severity: grids.Error, Rule: "duplicate-category", Code: c.Code,
				Reason: fmt.Sprintf("category %s %s occurs twice in scheme %s", c.Kind, c.Code, c.Scheme),
			})
		}
		byKey[key] = true
	}
	for _, c := range im.mapping.Categories {
		if c.Kind != grids.ComponentKind && c.Kind != grids.EventKind {
			im.report.Add(grids.Fault{
				Severity: grids.Error, Rule: "unknown-kind", Code: c.Code,
				Reason: fmt.Sprintf("category kind %q; there are component and event", c.Kind),
			})
		}
		if scheme, code, ok := strings.Cut(c.Equivalent, ":"); c.Equivalent != "" &&
			(!ok || !byKey[scheme+":"+string(c.Kind)+":"+code]) {
			im.report.Add(grids.Fault{
				Severity: grids.Error, Rule: "unknown-category", Code: c.Code,
				Reason: fmt.Sprintf("equivalent %q is no category known here", c.Equivalent),
				Hint:   "written as scheme:code, for example " + grids.SchemeGB2013 + ":0137",
			})
		}
	}
}

func (im *importer) checkUnits() {
	seen := map[string]bool{}
	for i, u := range im.mapping.Units {
		if u.Code == "" {
			im.report.Add(grids.Fault{
				Severity: grids.Error, Rule: "missing-code", Layer: grids.Units, Feature: i + 1, Reason: "the unit has no code",
			})
		} else if seen[u.Code] {
			im.report.Add(grids.Fault{
				Severity: grids.Error, Rule: "duplicate-code", Layer: grids.Units, Feature: i + 1, Code: u.Code,
				Reason: "an earlier unit has the same code",
			})
		}
		seen[u.Code] = true
	}
}

// file reads one file into a layer.
func (im *importer) file(ctx context.Context, layer grids.Layer, f *FileMapping) {
	chosen, err := im.mapping.choose(ctx, f, im.options.Dir)
	if err != nil {
		im.fileFault(layer, f.File, err)
		return
	}
	places, err := im.joined(ctx, f)
	if err != nil {
		im.fileFault(layer, f.File, err)
		return
	}
	extra, err := im.attributeTables(ctx, layer, f)
	if err != nil {
		im.fileFault(layer, f.File, err)
		return
	}
	rf := &reading{
		im: im, layer: layer, f: f, chosen: chosen, places: places, extra: extra, used: usedColumns(f), lookups: f.lookups(), table: tables[layer],
		found: map[string]bool{}, lacking: map[string]string{},
	}
	err = f.read(ctx, im.options.Dir, rf.row, im.recordFaults(layer, f.File))
	if err != nil {
		im.fileFault(layer, f.File, err)
	}
	rf.missingColumns()
	rf.lostZeros()
	rf.unusedRows()
	if err == nil && rf.n == 0 && len(f.Where) > 0 {
		im.report.Add(grids.Fault{
			Severity: grids.Warning, Rule: "no-record", File: f.File, Layer: layer, Reason: "no record passes where",
		})
	}
	if im.options.Progress != nil {
		im.options.Progress(f.File, rf.n)
	}
}

// recordFaults takes what is wrong with single records of a file.
func (im *importer) recordFaults(layer grids.Layer, file string) func(*recordError) {
	return func(e *recordError) {
		im.report.Add(grids.Fault{
			Severity: severityOf(e.rule), Rule: e.rule, File: file, Layer: layer, Feature: e.number,
			Reason: e.reason.Error(), Hint: e.hint,
		})
	}
}

// severityOf is an error except for what costs only itself.
func severityOf(rule string) grids.Severity {
	switch rule {
	case "no-coordinate", "deleted-row", "cut-text":
		return grids.Warning
	case "flattened":
		return grids.Note
	}
	return grids.Error
}

func (im *importer) fileFault(layer grids.Layer, file string, err error) {
	rule := "unreadable-file"
	switch {
	case errors.Is(err, ErrEmptyFile):
		rule = "empty-file"
	case errors.Is(err, ErrBomb):
		rule = "compressed-bomb"
	}
	im.report.Add(grids.Fault{Severity: grids.Error, Rule: rule, File: file, Layer: layer, Reason: err.Error()})
}

// usedColumns lists the source columns that fields, join and coordinates read.
func usedColumns(f *FileMapping) map[string]bool {
	used := map[string]bool{f.Lon: true, f.Lat: true}
	for _, v := range f.Fields {
		for _, c := range v.columns() {
			used[c] = true
		}
	}
	return used
}

// reading turns the records of one file into rows.
type reading struct {
	im     *importer
	layer  grids.Layer
	f      *FileMapping
	chosen choice
	places []places
	extra  []attributes
	used   map[string]bool
	// lookups are the columns of where and join.
	lookups []lookup
	table   rowMaker
	n       int
	// found and lacking have the uses ("field code") whose columns some record
	// had, and lacked; columns are those of the first that lacked one.
	found   map[string]bool
	lacking map[string]string
	columns []string
	// compared and contradicted say whether chosen was looked at with a coordinate,
	// and what came of it.
	compared, contradicted bool
	codes                  codeWatch
}

func (rd *reading) fault(r *record, severity grids.Severity, rule, code, reason, hint string) {
	rd.im.report.Add(grids.Fault{
		Severity: severity, Rule: rule, File: rd.f.File, Layer: rd.layer, Feature: r.number, Code: code, Reason: reason, Hint: hint,
	})
}

func (rd *reading) row(r *record) {
	rd.extend(r)
	rd.note(r)
	if !r.matches(rd.f.Where) {
		return
	}
	rd.n++
	values := rd.values(r)
	f := grids.Feature{Code: values["code"], Name: values["name"], Valid: grids.Since(rd.im.from)}
	if f.Code == "" && !needsCode(rd.layer) {
		f.Code = fmt.Sprintf("%s-%d", rd.layer, rd.im.next(rd.layer))
	}
	if f.Code == "" {
		rd.fault(r, grids.Error, "missing-code", "", "the record has no code", "")
		return
	}
	if scientific(f.Code) {
		rd.fault(r, grids.Error, "number-as-code", f.Code, notACode, textHint)
		return
	}
	rd.codes.see(r, f.Code)
	ok := rd.geometry(r, &f) && rd.validity(r, values, &f)
	var err error
	if f.Attributes, err = r.attributes(rd.used, rd.f.Keep); err != nil {
		rd.fault(r, grids.Error, "broken-json", f.Code, err.Error(), "")
		ok = false
	}
	if first, again := rd.im.remember(rd.layer, &f, fmt.Sprintf("%s feature %d", rd.f.File, r.number)); again {
		rd.fault(r, grids.Error, "duplicate-code", f.Code, "the code was seen already in "+first, "")
		ok = false
	}
	if ok {
		rd.table(rd.im.city, rd.layer, f, values)
	}
}

// values evaluates all mapped fields. A column that a record lacks is empty
// there, as GeoJSON often leaves nulls out; which columns were ever seen is
// remembered for missingColumns.
func (rd *reading) values(r *record) map[string]string {
	out := make(map[string]string, len(rd.f.Fields))
	for name, v := range rd.f.Fields {
		text, missing := v.text(r)
		if field := "field " + name; missing == "" {
			rd.found[field] = true
		} else if _, noted := rd.lacking[field]; !noted {
			rd.lacking[field] = missing
			rd.columns = columnNames(r)
		}
		if name == "code" && v.hollow(r) {
			text = ""
		}
		out[name] = text
	}
	return out
}

// note remembers which columns of where and join the record has.
func (rd *reading) note(r *record) {
	for _, c := range rd.lookups {
		if _, ok := r.props[c.column]; ok {
			rd.found[c.name] = true
		} else if _, noted := rd.lacking[c.name]; !noted {
			rd.lacking[c.name] = c.column
			rd.columns = columnNames(r)
		}
	}
}

// missingColumns reports the mapped columns that no record of the file had.
func (rd *reading) missingColumns() {
	for _, name := range slices.Sorted(maps.Keys(rd.lacking)) {
		if rd.found[name] {
			continue
		}
		rd.im.report.Add(grids.Fault{
			Severity: grids.Error, Rule: "missing-field", File: rd.f.File, Layer: rd.layer,
			Reason: fmt.Sprintf("no column %q for %s", rd.lacking[name], name),
			Hint:   "columns here: " + strings.Join(rd.columns, ", "),
		})
	}
}

// next numbers the rows of layers without codes.
func (im *importer) next(layer grids.Layer) int { return len(im.seen[layer]) + 1 }

func (im *importer) remember(layer grids.Layer, f *grids.Feature, where string) (first string, again bool) {
	if im.seen[layer] == nil {
		im.seen[layer] = map[string]string{}
	}
	key := f.Code + "\x00" + f.Valid.From.String()
	if first, again = im.seen[layer][key]; again {
		return first, true
	}
	im.seen[layer][key] = where
	return "", false
}

func (rd *reading) validity(r *record, values map[string]string, f *grids.Feature) bool {
	for _, end := range [...]struct {
		name string
		at   *grids.Moment
	}{{"valid_from", &f.Valid.From}, {"valid_to", &f.Valid.To}} {
		text := values[end.name]
		if text == "" {
			continue
		}
		t, err := readDate(text, rd.im.city.TimeZone)
		if err != nil {
			rd.fault(r, grids.Error, "broken-date", f.Code, fmt.Sprintf("%s %q", end.name, text), "write 2026-01-31 or RFC 3339")
			return false
		}
		*end.at = grids.MomentOf(t)
	}
	if !f.Valid.To.IsZero() && !f.Valid.To.After(f.Valid.From) {
		rd.fault(r, grids.Error, "broken-date", f.Code, "valid_to is not after valid_from", "")
		return false
	}
	return true
}

func readDate(s string, zone *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	if t, err := time.ParseInLocation("2006-01-02T15:04:05", s, zone); err == nil {
		return t, nil // a date with its time in a workbook
	}
	return time.ParseInLocation(time.DateOnly, s, zone)
}

// geometry brings the record's geometry to the lattice and judges it.
func (rd *reading) geometry(r *record, f *grids.Feature) bool {
	if r.geometry == nil {
		r.geometry = rd.place(r)
	}
	if r.geometry == nil {
		if len(rd.f.Join) > 0 {
			rd.fault(r, grids.Note, "no-place", f.Code, "found in none of the joined files", "the record is left out")
		} else {
			rd.fault(r, grids.Error, "no-geometry", f.Code, "the record has no geometry", "")
		}
		return false
	}
	if !rd.agrees(r) {
		return false
	}
	g, err := transform(rd.chosen.system, r.geometry)
	if err != nil {
		rd.fault(r, grids.Error, "coordinate-out-of-range", f.Code, err.Error(), "")
		return false
	}
	s, err := spatial.FromOrb(g)
	if errors.Is(err, spatial.ErrDegenerate) && !polygonal(rd.layer) && rd.layer != grids.Components {
		rd.fault(r, grids.Warning, "vanished", f.Code, err.Error(), "too small to draw; left out")
		return false
	}
	if err != nil {
		rd.fault(r, grids.Error, "broken-geometry", f.Code, err.Error(), "")
		return false
	}
	if polygonal(rd.layer) && s.Kind != spatial.Polygons {
		rd.fault(r, grids.Error, "wrong-geometry", f.Code, fmt.Sprintf("a %s, %s are polygons", s.Kind, rd.layer), "")
		return false
	}
	if err := rd.im.judge.Check(s); err != nil {
		severity := grids.Error
		if !polygonal(rd.layer) {
			severity = grids.Warning // only drawn: a blemish, not a wrong answer
		}
		rd.fault(r, severity, "invalid-geometry", f.Code, err.Error(), "")
		if severity == grids.Error {
			return false
		}
	}
	f.At = s.Representative()
	if s.Kind != spatial.Points || len(s.Coords) > 1 {
		f.Shape = s
	}
	return true
}

// polygonal says whether a layer's features must be areas.
func polygonal(l grids.Layer) bool {
	switch l {
	case grids.Districts, grids.Streets, grids.Communities, grids.Zones, grids.Cells:
		return true
	}
	return false
}

// transform brings a geometry to CGCS2000 degrees, every vertex checked.
func transform(s crs.System, g orb.Geometry) (orb.Geometry, error) {
	var bad error
	n := 0
	one := func(p orb.Point) orb.Point {
		if n++; bad == nil {
			if err := s.Check(p[0], p[1]); err != nil {
				bad = fmt.Errorf("vertex %d: %w", n, err)
				return p
			}
		}
		lon, lat := s.ToCGCS2000(p[0], p[1])
		return orb.Point{lon, lat}
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
	var out orb.Geometry
	switch g := g.(type) {
	case orb.Point:
		out = one(g)
	case orb.MultiPoint:
		out = orb.MultiPoint(all(g))
	case orb.LineString:
		out = orb.LineString(all(g))
	case orb.MultiLineString:
		m := make(orb.MultiLineString, len(g))
		for i, l := range g {
			m[i] = all(l)
		}
		out = m
	case orb.Polygon:
		out = polygon(g)
	case orb.MultiPolygon:
		m := make(orb.MultiPolygon, len(g))
		for i, p := range g {
			m[i] = polygon(p)
		}
		out = m
	default:
		return nil, fmt.Errorf("geometry type %s is not supported", g.GeoJSONType())
	}
	return out, bad
}
