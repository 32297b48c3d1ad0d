package importers

import (
	"slices"
	"strconv"
	"strings"
)

// caseField is a Value of a table whose columns are known.
type caseField struct {
	name    string
	parts   []fieldPart
	replace map[string]string
	def     *string
}

// fieldPart is a fixed text, a column (from 0) or the row's number.
type fieldPart struct {
	text   string
	column int // -1 for a text, -2 for the number
	digits int
}

const (
	partText   = -1
	partNumber = -2
)

// compile finds the columns of a value in the header; missing are those that are
// not there.
func (v *Value) compile(name string, header []string) (f *caseField, missing []string) {
	f = &caseField{name: name, replace: v.Map, def: v.Default}
	column := func(c string) {
		i := slices.Index(header, c)
		if i < 0 {
			missing = append(missing, c)
		}
		f.parts = append(f.parts, fieldPart{column: i})
	}
	switch {
	case v.Value != "":
		f.parts = []fieldPart{{text: v.Value, column: partText}}
	case v.Column != "":
		column(v.Column)
	default:
		for rest := v.Template; rest != ""; {
			before, after, ok := strings.Cut(rest, "{")
			if before != "" {
				f.parts = append(f.parts, fieldPart{text: before, column: partText})
			}
			if !ok {
				break
			}
			name, tail, _ := strings.Cut(after, "}") // check saw to it
			if width, isNumber := strings.CutPrefix(name, "#"); isNumber {
				n, _ := strconv.Atoi(strings.TrimPrefix(width, ":"))
				f.parts = append(f.parts, fieldPart{column: partNumber, digits: n})
			} else {
				column(name)
			}
			rest = tail
		}
	}
	return f, missing
}

// source says where the field comes from, for a fault.
func (f *caseField) source(header []string) string {
	for _, p := range f.parts {
		if p.column >= 0 && p.column < len(header) {
			return header[p.column]
		}
	}
	return f.name
}

// caseRow is one row of the table.
type caseRow struct {
	line, number int // number counts the rows from 1
	fields       []string
	missing      []string
}

// cell is a column's text, empty where the mapping says that it stands for nothing.
func (r *caseRow) cell(i int) string {
	s := strings.TrimSpace(r.fields[i])
	if slices.Contains(r.missing, s) {
		return ""
	}
	return s
}

// text evaluates the field; that of no field is empty.
func (f *caseField) text(r *caseRow) string {
	if f == nil {
		return ""
	}
	s := f.raw(r)
	if to, ok := f.replace[s]; ok {
		return to
	}
	if f.def != nil && (f.replace != nil || s == "") {
		return *f.def
	}
	return s
}

func (f *caseField) raw(r *caseRow) string {
	if len(f.parts) == 1 {
		return f.parts[0].text1(r)
	}
	var b strings.Builder
	for _, p := range f.parts {
		s := p.text1(r)
		if s == "" && p.column >= 0 {
			return "" // half a template is no code
		}
		b.WriteString(s)
	}
	return b.String()
}

func (p fieldPart) text1(r *caseRow) string {
	switch p.column {
	case partText:
		return p.text
	case partNumber:
		s := strconv.Itoa(r.number)
		return strings.Repeat("0", max(p.digits-len(s), 0)) + s
	}
	return r.cell(p.column)
}
