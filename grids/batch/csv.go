package batch

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/wanmi-gis/wanmi/grids"
)

// csvTable is the format of tables with a header.
type csvTable struct {
	finder

	width int    // columns of the input
	x, y  int    // the columns of the coordinates
	eol   []byte // of the header

	afterError string // the empty fields behind an error
	accuracyAt int    // the column of the accuracy, if there is one
}

func (t *csvTable) cut(data []byte, last bool) (record, int) { return cutRecord(data, last) }
func (t *csvTable) quotes() bool                             { return true }

func (t *csvTable) head(data []byte, last bool, enc Encoding) (out []byte, size int, err error) {
	t.enc = enc
	start := 0
	if bytes.HasPrefix(data, bom) {
		start = len(bom)
	}
	for {
		rec, n := cutRecord(data[start+size:], last)
		size += n
		switch {
		case n == 0 && last:
			return nil, 0, fmt.Errorf("%w: it is empty", ErrTable)
		case n == 0 && len(data) > maxRecord+len(bom)+1:
			return nil, 0, fmt.Errorf("%w: header: %s", ErrTable, faultLong)
		case n == 0:
			return nil, -1, nil
		case rec.fault != "":
			return nil, 0, fmt.Errorf("%w: header: %s", ErrTable, rec.fault)
		case len(rec.text) == 0:
			continue // a blank line
		}
		if t.eol = []byte("\n"); len(rec.eol) > 1 {
			t.eol = []byte("\r\n")
		}
		if err := t.columnsOf(rec); err != nil {
			return nil, 0, err
		}
		out = append(append(out, data[:start]...), rec.text...)
		for _, name := range t.columns() {
			out = append(append(out, ','), name...)
		}
		t.afterError = strings.Repeat(",", len(t.columns())-len(answerColumns))
		return append(out, t.eol...), start + size, nil
	}
}

// columnsOf finds the coordinates' columns in the header.
func (t *csvTable) columnsOf(rec record) error {
	var names []string
	for rest, more := rec.text, true; more; {
		var field []byte
		field, rest, more = nextField(rest, rec.quoted)
		text := strings.ReplaceAll(t.enc.decode(unquoted(field)), `""`, `"`)
		names = append(names, strings.TrimSpace(text))
	}
	t.width = len(names)
	var err error
	if t.x, err = t.column(names, "longitude", t.o.Lon, lonNames); err != nil {
		return err
	}
	if t.y, err = t.column(names, "latitude", t.o.Lat, latNames); err != nil {
		return err
	}
	if t.x == t.y {
		return fmt.Errorf("%w: column %q cannot be both longitude and latitude", ErrTable, names[t.x])
	}
	if t.uncertain, err = t.o.uncertain(); err != nil {
		return err
	}
	if name := t.uncertain.name; name != "" {
		t.accuracyAt, err = t.column(names, "accuracy", name, nil)
	}
	return err
}

// column finds the column of the likeliest name.
func (t *csvTable) column(header []string, what, told string, usual []string) (int, error) {
	names, exact := t.names(told, usual)
	found, best, twice := -1, len(names), false
	for i, name := range header {
		switch k := rank(name, names, exact); {
		case k < 0 || k > best:
		case k == best:
			twice = true
		default:
			found, best, twice = i, k, false
		}
	}
	const shown = 20
	switch {
	case twice:
		return 0, fmt.Errorf("%w: there are two columns %q for the %s", ErrTable, names[best], what)
	case found < 0 && exact:
		return 0, fmt.Errorf("%w: no column %q for the %s; there are %.500s", ErrTable, told, what,
			strings.Join(header[:min(len(header), shown)], ", "))
	case found < 0:
		return 0, fmt.Errorf("%w: no column for the %s (%s), name it; there are %.500s", ErrTable, what,
			strings.Join(names, ", "), strings.Join(header[:min(len(header), shown)], ", "))
	}
	return found, nil
}

// nextField takes the first field off the text of a record whose quotes are in
// their places.
func nextField(text []byte, quoted bool) (field, rest []byte, more bool) {
	i := 0
	if quoted && len(text) > 0 && text[0] == '"' {
		i, _ = closing(text, 1)
	}
	k := bytes.IndexByte(text[i:], ',')
	if k < 0 {
		return text, nil, false
	}
	return text[:i+k], text[i+k+1:], true
}

// unquoted takes the quotes off a field. What is doubled within stays so.
func unquoted(field []byte) []byte {
	if len(field) >= 2 && field[0] == '"' {
		return field[1 : len(field)-1]
	}
	return field
}

func (t *csvTable) worker() rower {
	return &csvRows{csvTable: t, usualChain: !t.snap.City.ZonesByGeometry && t.plain && !t.o.Border}
}

func (t *csvTable) row(out []byte, rec record) ([]byte, bool) {
	if rec.fault != "" {
		if rec.text != nil {
			out = append(out, '"')
			out = append(out, bytes.ReplaceAll(rec.text, []byte{'"'}, []byte(`""`))...)
			out = append(out, '"')
		}
		return t.failed(out, rec, 1, rec.fault), true
	}
	n, x, y, cut := t.split(rec)
	if n != t.width {
		out = append(out, rec.text[:cut]...)
		return t.failed(out, rec, min(n, t.width), fmt.Sprintf("%d fields, the header has %d", n, t.width)), true
	}
	out = append(out, rec.text...)
	lon, ok := number(unquoted(x))
	if !ok {
		return t.failed(out, rec, n, t.notNumber(unquoted(x))), true
	}
	lat, ok := number(unquoted(y))
	if !ok {
		return t.failed(out, rec, n, t.notNumber(unquoted(y))), true
	}
	p, err := t.locate(lon, lat)
	if err != nil {
		return t.failed(out, rec, n, err.Error()), true
	}
	if t.o.Accuracy != "" {
		return t.uncertainRow(out, rec, n, &p)
	}
	return t.end(t.answer(out, &p), rec), false
}

// split counts the fields and finds the coordinates among them. cut is where
// the header's width is reached, for rows that have more.
func (t *csvTable) split(rec record) (n int, x, y []byte, cut int) {
	rest, more := rec.text, true
	for last := max(t.x, t.y); more && n <= last; n++ {
		var field []byte
		field, rest, more = nextField(rest, rec.quoted)
		switch n {
		case t.x:
			x = field
		case t.y:
			y = field
		}
	}
	if more && !rec.quoted && n < t.width { // the usual row needs no look at its other fields
		if tail := bytes.Count(rest, []byte{','}) + 1; n+tail == t.width {
			return t.width, x, y, len(rec.text)
		}
	}
	cut = len(rec.text) - len(rest)
	if more {
		cut-- // the comma
	}
	for more {
		var field []byte
		field, rest, more = nextField(rest, rec.quoted)
		if n++; n <= t.width {
			cut += len(field) + 1
		}
	}
	return n, x, y, cut
}

// answer appends the added columns.
func (t *csvTable) answer(out []byte, p *grids.Place) []byte {
	out = append(append(out, ','), p.Status...)
	for _, code := range t.codes(p) {
		out = t.field(append(out, ','), code)
	}
	out = append(out, ',') // no error
	if t.o.Border {
		out = append(out, ',')
		metres, across, ok := t.border(p)
		if ok {
			out = strconv.AppendFloat(out, metres, 'f', -1, 64)
		}
		out = t.field(append(out, ','), across)
	}
	return out
}

// field appends one field, quoted where it must be.
func (t *csvTable) field(out []byte, text string) []byte {
	if t.plain {
		return append(out, text...)
	}
	return t.anyField(out, text)
}

func (t *csvTable) anyField(out []byte, text string) []byte {
	if !strings.ContainsAny(text, "\",\r\n") && !strings.HasPrefix(text, " ") {
		return t.enc.encode(out, text)
	}
	out = append(out, '"')
	out = t.enc.encode(out, strings.ReplaceAll(text, `"`, `""`))
	return append(out, '"')
}

// failed fills a row up that has so many fields, and appends its error.
func (t *csvTable) failed(out []byte, rec record, fields int, why string) []byte {
	for ; fields < t.width; fields++ {
		out = append(out, ',')
	}
	out = t.anyField(append(out, ",,,,,,,"...), why)
	return t.end(append(out, t.afterError...), rec)
}

// end appends the row's own line end, or the header's.
func (t *csvTable) end(out []byte, rec record) []byte {
	if n := len(rec.eol); n > 0 && rec.eol[n-1] == '\n' {
		return append(out, rec.eol...)
	}
	return append(out, t.eol...)
}
