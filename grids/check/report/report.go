package report

import (
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb/geojson"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/check"
	"github.com/wanmi-gis/wanmi/spatial"
)

// Format names the JSON document and its version.
const Format = "wanmi-check/1"

// Text is the same words in both languages.
type Text struct {
	En string `json:"en"`
	Zh string `json:"zh"`
}

// In returns the words in a language.
func (t Text) In(l Lang) string {
	if l == Chinese {
		return t.Zh
	}
	return t.En
}

// both fills the missing language with the other.
func both(en, zh string) Text {
	if zh == "" {
		zh = en
	}
	if en == "" {
		en = zh
	}
	return Text{en, zh}
}

// City says what was checked.
type City struct {
	Code        string `json:"code"`
	Name        string `json:"name"`
	MadeUp      bool   `json:"made_up"`
	CityVersion int64  `json:"city_version"`
}

// Counts has the number of findings by severity.
type Counts struct {
	Error   int `json:"error"`
	Warning int `json:"warning"`
	Note    int `json:"note"`
}

// add counts n findings of a severity.
func (c *Counts) add(s grids.Severity, n int) {
	switch s {
	case grids.Error:
		c.Error += n
	case grids.Warning:
		c.Warning += n
	default:
		c.Note += n
	}
}

// Rule is a rule with what it found.
type Rule struct {
	ID       string `json:"id" doc:"Stable, for programs"`
	Severity string `json:"severity" enum:"error,warning,note"`
	Clause   string `json:"clause,omitempty" doc:"Standard and clause where known"`
	Title    Text   `json:"title"`
	Hint     Text   `json:"hint" doc:"What to do"`
	Fixable  bool   `json:"fixable" doc:"Can be mended at the desk, without a visit"`
	Import   bool   `json:"import,omitempty" doc:"A rule of the import: the data as they stand in the source files"`
	N        int    `json:"n" doc:"All findings"`
	Listed   int    `json:"listed" doc:"Those kept"`
}

// Ref names a feature of the city.
type Ref struct {
	Layer grids.Layer `json:"layer"`
	Code  string      `json:"code"`
	FID   int64       `json:"fid,omitempty" doc:"The row's number in the city file"`
}

// Degrees is a longitude or latitude, written with 7 decimals.
type Degrees float64

// MarshalJSON implements json.Marshaler.
func (d Degrees) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(d), 'f', 7, 64), nil
}

// Finding is one fault.
type Finding struct {
	Rule     string          `json:"rule"`
	Severity string          `json:"severity" enum:"error,warning,note"`
	At       []Degrees       `json:"at" doc:"Longitude and latitude of the place to look at; null where there is none"`
	Geometry json.RawMessage `json:"geometry" doc:"GeoJSON geometry of the gap, the overlap, the edge …; null for a point or none"`
	Features []Ref           `json:"features" doc:"The features at fault"`
	Measured *float64        `json:"measured,omitempty" doc:"In unit"`
	Unit     string          `json:"unit,omitempty" doc:"m, m2, count …"`
	Reason   Text            `json:"reason"`
	File     string          `json:"file,omitempty" doc:"Of the import: the source file"`
	Record   int             `json:"record,omitempty" doc:"Of the import: the record in the file, from 1; the line of a CSV"`

	at     spatial.Coord
	placed bool
	shape  *spatial.Shape
}

// Report is a check, and the import before it, put into words. It is the JSON
// document.
type Report struct {
	Format   string              `json:"format"`
	Source   string              `json:"source" doc:"The file that was checked"`
	City     City                `json:"city"`
	At       time.Time           `json:"at" doc:"The city as it holds at this time"`
	Checked  bool                `json:"checked" doc:"False when the data could not be loaded: only the faults of the import are known"`
	TookS    float64             `json:"took_s"`
	Layers   map[grids.Layer]int `json:"layers" doc:"Rows checked"`
	Counts   Counts              `json:"counts" doc:"All findings by severity"`
	Rules    []Rule              `json:"rules" doc:"Every rule, also those that found nothing, in the order of the findings"`
	Findings []Finding           `json:"findings"`

	outline *grids.City
}

// Input is what a report is made of. Result is nil when the data could not be
// loaded, Import when a city file was checked.
type Input struct {
	Source string
	At     time.Time
	// City is the city that was checked, for the map; nil where the data could
	// not be loaded. Profile then names it as far as is known.
	City    *grids.City
	Profile grids.Profile
	Rules   []check.Rule
	Result  *check.Result
	Import  *grids.Report
}

// New makes the report.
func New(in Input) *Report {
	r := &Report{
		Format: Format, Source: in.Source, At: in.At, Checked: in.Result != nil, Layers: map[grids.Layer]int{},
		Rules: []Rule{}, Findings: []Finding{}, outline: in.City,
	}
	r.City = cityOf(&in.Profile)
	if in.City != nil {
		r.City = cityOf(&in.City.Profile)
	}
	r.takeImport(in.Import)
	r.takeResult(in.Rules, in.Result)
	return r
}

func cityOf(p *grids.Profile) City {
	return City{Code: p.Code, Name: p.Name, MadeUp: p.MadeUp, CityVersion: p.Version}
}

// importPrefix tells the import's rules from those of the check.
const importPrefix = "import-"

// takeImport adds the faults of an import, which have no place on the map.
func (r *Report) takeImport(in *grids.Report) {
	if in == nil {
		return
	}
	at := map[string]int{}
	for _, t := range in.Tallies() {
		i, known := at[t.Rule]
		if !known {
			i = len(r.Rules)
			at[t.Rule] = i
			r.Rules = append(r.Rules, Rule{ID: importPrefix + t.Rule, Severity: t.Severity.String(), Title: importTitle(t.Rule), Import: true})
		}
		if t.Severity == grids.Error {
			r.Rules[i].Severity = t.Severity.String()
		}
		r.Rules[i].N += t.N
		r.Counts.add(t.Severity, t.N)
	}
	faults := slices.Clone(in.Faults)
	slices.SortStableFunc(faults, func(a, b grids.Fault) int { return at[a.Rule] - at[b.Rule] })
	for _, f := range faults {
		rule := &r.Rules[at[f.Rule]]
		rule.Listed++
		if rule.Hint.En == "" {
			rule.Hint = both(f.Hint, "")
		}
		one := Finding{
			Rule: rule.ID, Severity: f.Severity.String(), Features: []Ref{}, Reason: both(f.Reason, ""), File: f.File, Record: f.Feature,
		}
		if f.Code != "" || f.Layer != "" {
			one.Features = []Ref{{Layer: f.Layer, Code: f.Code}}
		}
		r.Findings = append(r.Findings, one)
	}
}

// takeResult adds what the check found.
func (r *Report) takeResult(rules []check.Rule, res *check.Result) {
	if res == nil {
		return
	}
	r.City, r.TookS = cityOf(&res.City), res.Took.Seconds()
	maps.Copy(r.Layers, res.Layers)
	from := len(r.Findings)
	for i := range res.Findings {
		r.Findings = append(r.Findings, FindingOf(&res.Findings[i]))
	}
	order := map[string]int{}
	for i, rule := range rules {
		order[rule.ID] = i
	}
	slices.SortStableFunc(r.Findings[from:], func(a, b Finding) int { return order[a.Rule] - order[b.Rule] })
	found, counts := Summarise(rules, res)
	r.Rules = append(r.Rules, found...)
	r.Counts.Error, r.Counts.Warning, r.Counts.Note = r.Counts.Error+counts.Error, r.Counts.Warning+counts.Warning, r.Counts.Note+counts.Note
}

// Summarise gives the rules with what each found, and the findings by severity.
func Summarise(rules []check.Rule, res *check.Result) ([]Rule, Counts) {
	listed := map[string]Counts{}
	for i := range res.Findings {
		f := &res.Findings[i]
		c := listed[f.Rule]
		c.add(f.Severity, 1)
		listed[f.Rule] = c
	}
	out, all := make([]Rule, len(rules)), Counts{}
	for i, rule := range rules {
		c := listed[rule.ID]
		out[i] = ruleOf(rule)
		out[i].Listed = c.Error + c.Warning + c.Note
		out[i].N = max(res.Counts[rule.ID], out[i].Listed)
		all.Error, all.Warning, all.Note = all.Error+c.Error, all.Warning+c.Warning, all.Note+c.Note
		all.add(rest(rule, c), out[i].N-out[i].Listed)
	}
	return out, all
}

// rest is the severity of the findings of a rule that were counted and not
// kept: that of those kept where it is one, else the rule's.
func rest(rule check.Rule, kept Counts) grids.Severity {
	switch {
	case kept.Error > 0 && kept.Warning+kept.Note == 0:
		return grids.Error
	case kept.Warning > 0 && kept.Error+kept.Note == 0:
		return grids.Warning
	case kept.Note > 0 && kept.Error+kept.Warning == 0:
		return grids.Note
	}
	return rule.Severity
}

// ruleOf describes a rule that found nothing yet.
func ruleOf(rule check.Rule) Rule {
	return Rule{
		ID: rule.ID, Severity: rule.Severity.String(), Clause: rule.Clause, Title: both(headed(rule.Title), rule.TitleZH),
		Hint: both(rule.Hint, rule.HintZH), Fixable: rule.Fixable,
	}
}

// headed is a title with a capital, as it stands at the head of a list.
func headed(title string) string {
	if title != "" && title[0] >= 'a' && title[0] <= 'z' {
		return strings.ToUpper(title[:1]) + title[1:]
	}
	return title
}

// FindingOf describes a finding of a check.
func FindingOf(f *check.Finding) Finding {
	out := Finding{
		Rule: f.Rule, Severity: f.Severity.String(), Features: make([]Ref, len(f.Features)), Unit: f.Unit,
		Reason: both(f.Reason, f.ReasonZH), at: f.At, placed: f.Placed, shape: f.Shape,
	}
	for i, ref := range f.Features {
		out.Features[i] = Ref(ref)
	}
	if f.Placed {
		out.At = []Degrees{Degrees(f.At.Lon()), Degrees(f.At.Lat())}
	}
	if f.Unit != "" {
		out.Measured = new(f.Measured)
	}
	if f.Shape != nil {
		b, err := geojson.NewGeometry(f.Shape.Orb()).MarshalJSON()
		if err != nil {
			panic(err) // numbers and fixed names
		}
		out.Geometry = b
	}
	return out
}

// JSON writes the report as a document for programs.
func (r *Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	e.SetEscapeHTML(false)
	return e.Encode(r)
}

// maxNamed is how many features of a finding a line names.
const maxNamed = 4

// place names what a finding is about: the file and record, or the features.
func (f *Finding) place() string {
	var parts []string
	if f.File != "" {
		at := f.File
		if f.Record > 0 {
			at += ":" + strconv.Itoa(f.Record)
		}
		parts = append(parts, at)
	}
	for i, ref := range f.Features {
		if i == maxNamed {
			parts = append(parts, "…")
			break
		}
		if ref.Code != "" {
			parts = append(parts, ref.Code)
		}
	}
	return strings.Join(parts, " ")
}
