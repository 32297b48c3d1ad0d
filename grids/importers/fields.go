package importers

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/wanmi-gis/wanmi/grids"
)

// commonFields are the columns every layer has.
var commonFields = []string{"code", "name", "valid_from", "valid_to"}

// fieldsOf lists the columns of each layer besides the common ones: the words
// a mapping may use.
var fieldsOf = map[grids.Layer][]string{
	grids.Districts:      {"parent"},
	grids.Streets:        {"parent"},
	grids.Communities:    {"parent"},
	grids.Zones:          {"street", "unit", "staff", "on_duty"},
	grids.Cells:          {"community", "zone", "land_use"},
	grids.Components:     {"category", "state", "accuracy_class", "cell", "owner", "maintainer", "authority", "source", "placed_on", "changed_on"},
	grids.Addresses:      {"kind", "full", "pinyin"},
	grids.Resources:      {"kind", "unit", "state"},
	grids.OwnershipAreas: {"category", "unit", "evidence"},
	grids.BaseRoads:      {"class"},
	grids.BaseWater:      {"class"},
	grids.BaseGreen:      {"class"},
	grids.BaseBuildings:  {"class"},
	grids.Units:          {"kind", "parent", "territory", "contact"},
}

func layerNames() []string {
	names := make([]string, 0, len(fieldsOf))
	for l := range fieldsOf {
		names = append(names, string(l))
	}
	sort.Strings(names)
	return names
}

// needsCode says whether a layer's rows are named by others. Background and
// addresses may be numbered by the importer.
func needsCode(l grids.Layer) bool {
	switch l {
	case grids.BaseRoads, grids.BaseWater, grids.BaseGreen, grids.BaseBuildings, grids.Addresses:
		return false
	}
	return true
}

// text evaluates the value for a record. missing names a column the record
// does not have.
func (v *Value) text(r *record) (s, missing string) {
	switch {
	case v.Value != "":
		s = v.Value
	case v.Template != "":
		s, missing = r.expand(v.Template)
	default:
		var ok bool
		if s, ok = r.column(v.Column); !ok {
			missing = v.Column
		}
	}
	s = strings.TrimSpace(s)
	if m, ok := v.Map[s]; ok {
		return m, missing
	}
	if v.Default != nil && (v.Map != nil || s == "") {
		return *v.Default, ""
	}
	return s, missing
}

// hollow says whether a template has a place that the record leaves empty: the
// text is then good enough for a name and not for a code.
func (v *Value) hollow(r *record) bool {
	if v.Template == "" {
		return false
	}
	for _, c := range v.columns() {
		if s, _ := r.column(c); strings.TrimSpace(s) == "" {
			return true
		}
	}
	return false
}

// columns lists the source columns the value reads.
func (v *Value) columns() []string {
	if v.Column != "" {
		return []string{v.Column}
	}
	var out []string
	for rest := v.Template; ; {
		_, after, ok := strings.Cut(rest, "{")
		name, tail, closed := strings.Cut(after, "}")
		if !ok || !closed {
			return out
		}
		if !strings.HasPrefix(name, "#") {
			out = append(out, name)
		}
		rest = tail
	}
}

// record is one feature or row of a source file.
type record struct {
	// number counts from 1; for CSV it is the line.
	number int
	// geometry as text or bytes is decoded by the source.
	geometry geometry
	props    map[string]any
	// numbered says that props has the feature's own id as column id.
	numbered bool
}

// column returns a column as text; ok is false when the record has none of
// that name. JSON null is an empty text.
func (r *record) column(name string) (s string, ok bool) {
	v, ok := r.props[name]
	if !ok {
		return "", false
	}
	return plain(v), true
}

// plain writes a JSON value as the text a person would.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return trimInteger(v.String())
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return trimInteger(strconv.FormatFloat(v, 'f', -1, 64))
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

// trimInteger takes the ".0" off a whole number that a source wrote as a float.
func trimInteger(s string) string {
	if head, tail, ok := strings.Cut(s, "."); ok && strings.Trim(tail, "0") == "" {
		return head
	}
	return s
}

// expand fills a template.
func (r *record) expand(template string) (s, missing string) {
	var b strings.Builder
	for rest := template; ; {
		before, after, ok := strings.Cut(rest, "{")
		b.WriteString(before)
		name, tail, closed := strings.Cut(after, "}")
		if !ok || !closed {
			return b.String(), missing
		}
		if width, isNumber := strings.CutPrefix(name, "#"); isNumber {
			n, _ := strconv.Atoi(strings.TrimPrefix(width, ":"))
			fmt.Fprintf(&b, "%0*d", max(n, 1), r.number)
		} else if v, ok := r.column(name); ok {
			b.WriteString(strings.TrimSpace(v))
		} else {
			missing = name
		}
		rest = tail
	}
}

// matches applies the file's where clause.
func (r *record) matches(where map[string][]string) bool {
	for col, values := range where {
		v, _ := r.column(col)
		if !slices.Contains(values, strings.TrimSpace(v)) {
			return false
		}
	}
	return true
}

// attributes is the JSON object of what no field uses, or of the columns in
// keep, with its keys sorted; "" when there is nothing.
func (r *record) attributes(used map[string]bool, keep *[]string) (string, error) {
	left := map[string]any{}
	take := func(k string) {
		if v, ok := r.props[k]; ok && v != nil && v != "" {
			left[k] = v
		}
	}
	if keep != nil {
		for _, k := range *keep {
			take(k)
		}
	} else {
		for k := range r.props {
			if !used[k] && !(k == "id" && r.numbered) {
				take(k)
			}
		}
	}
	if len(left) == 0 {
		return "", nil
	}
	b, err := json.Marshal(left)
	return string(b), err
}
