package importers

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
)

// sheetTable makes records of the rows of a sheet.
type sheetTable struct {
	book     *workbook
	header   int
	lon, lat string
	row      func(*record)
	fault    func(*recordError)

	names []string // by column; "" for a column that is empty in the header
	x, y  int
	at    int // the number of the row being read
	rows  int
	cells []sheetCell
}

func (t *sheetTable) read(part string) error {
	r, ok, err := t.book.open(part)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("the sheet's part %s is not in the file", part)
	}
	defer r.Close()
	d := newXMLStream(r)
	for {
		token, err := d.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("row %d: %w", t.at+1, err)
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch e.Name.Local {
		case "row":
			if err := t.readRow(d, e); err != nil {
				return fmt.Errorf("row %d: %w", t.at, err)
			}
		case "mergeCell":
			t.merged(attribute(e, "ref"))
		}
	}
	switch {
	case t.names == nil:
		return fmt.Errorf("the sheet has no row %d, which should name the columns (header_row)", t.header)
	case t.rows == 0:
		return errors.New("the table has a header and no row")
	}
	return nil
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// Limits of the format.
const (
	maxSheetRows    = 1 << 20
	maxSheetColumns = 1 << 14
)

func (t *sheetTable) readRow(d *xmlStream, e xml.StartElement) error {
	t.at++
	if text := attribute(e, "r"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < t.at || n > maxSheetRows {
			return fmt.Errorf("a row numbered %.12q", text)
		}
		t.at = n
	}
	t.cells = t.cells[:0]
	column := -1
	for {
		token, err := d.next()
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Local != "c" {
				continue
			}
			column++
			if ref := attribute(token, "r"); ref != "" {
				if column = columnOf(ref); column < 0 {
					return fmt.Errorf("a cell called %.12q", ref)
				}
			}
			if len(t.cells) > maxSheetColumns {
				return fmt.Errorf("more than %d cells", maxSheetColumns)
			}
			c, err := t.book.cell(d, token)
			if err != nil {
				return err
			}
			if c.column = column; c.value != nil || c.fault != "" {
				t.cells = append(t.cells, c)
			}
		case xml.EndElement:
			if token.Name.Local == "row" {
				return t.endRow()
			}
		}
	}
}

// columnOf is the number of a cell's column from 0, -1 when it has none.
func columnOf(ref string) int {
	n := 0
	for _, c := range ref {
		if c < 'A' || c > 'Z' {
			break
		}
		if n = n*26 + int(c-'A') + 1; n > maxSheetColumns {
			return -1
		}
	}
	return n - 1
}

// columnLetters is a column as spreadsheets name it.
func columnLetters(n int) string {
	var b []byte
	for n++; n > 0; n = (n - 1) / 26 {
		b = append(b, byte('A'+(n-1)%26))
	}
	slices.Reverse(b)
	return string(b)
}

func (t *sheetTable) endRow() error {
	switch {
	case t.at < t.header || len(t.cells) == 0 && t.at != t.header:
		return nil // a title above, a blank row
	case t.names == nil:
		if t.at > t.header {
			return fmt.Errorf("row %d, which should name the columns, is empty (header_row)", t.header)
		}
		return t.readHeader()
	}
	t.rows++
	rec := &record{number: t.at, props: make(map[string]any, len(t.names))}
	for _, n := range t.names {
		if n != "" {
			rec.props[n] = nil
		}
	}
	for _, c := range t.cells {
		place := columnLetters(c.column) + strconv.Itoa(t.at)
		if c.fault != "" {
			t.fault(&recordError{number: t.at, rule: c.rule, reason: fmt.Errorf("cell %s: %s", place, c.fault), hint: c.hint})
			return nil
		}
		if c.column >= len(t.names) || t.names[c.column] == "" {
			t.fault(&recordError{
				number: t.at, rule: "nameless-column", reason: fmt.Errorf("cell %s has a value, and row %d no name above it", place, t.header),
				hint: "name the column, unmerge the header, or name the right header_row",
			})
			return nil
		}
		rec.props[t.names[c.column]] = c.value
	}
	if bad := t.place(rec); bad != nil {
		t.fault(bad)
		return nil
	}
	t.row(rec)
	return nil
}

func (t *sheetTable) readHeader() error {
	for _, c := range t.cells {
		if c.fault != "" {
			return fmt.Errorf("cell %s: %s", columnLetters(c.column), c.fault)
		}
		for len(t.names) <= c.column {
			t.names = append(t.names, "")
		}
		name := strings.Join(strings.Fields(plain(c.value)), " ")
		if j := slices.Index(t.names, name); name != "" && j >= 0 {
			return fmt.Errorf("columns %s and %s are both called %q", columnLetters(j), columnLetters(c.column), name)
		}
		t.names[c.column] = name
	}
	if len(t.names) == 0 {
		return errors.New("it should name the columns and is empty (header_row)")
	}
	named := slices.DeleteFunc(slices.Clone(t.names), func(n string) bool { return n == "" })
	if _, _, err := coordinateColumns(named, t.lon, t.lat); err != nil {
		return err
	}
	t.x, t.y = slices.Index(t.names, t.lon), slices.Index(t.names, t.lat)
	return nil
}

// place takes the coordinates of a row.
func (t *sheetTable) place(rec *record) *recordError {
	if t.lon == "" {
		return nil
	}
	var p orb.Point
	for k, name := range [...]string{t.lon, t.lat} {
		text := strings.TrimSpace(plain(rec.props[name]))
		if text == "" {
			return &recordError{
				number: rec.number, rule: "no-coordinate", reason: fmt.Errorf("column %s is empty", name),
				hint: "the row has no place and is left out",
			}
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return &recordError{number: rec.number, rule: "broken-coordinate", reason: fmt.Errorf("column %s: %.40q is no number", name, text)}
		}
		p[k] = v
		delete(rec.props, name)
	}
	rec.geometry = p
	return nil
}

// merged reports cells that are one: only the first has the value, the others look
// empty. It comes after the rows, as it stands in the file.
func (t *sheetTable) merged(ref string) {
	from, to, _ := strings.Cut(ref, ":")
	first, last := rowOf(from), rowOf(to)
	if last < t.header || first > t.at || columnOf(from) >= len(t.names) {
		return // a title above, a remark below or aside
	}
	if first <= t.header {
		t.fault(&recordError{
			number: t.header, rule: "merged-header", reason: fmt.Errorf("the cells %s of the header are merged", ref),
			hint: "unmerge them and give each column its own name, in one row",
		})
		return
	}
	t.fault(&recordError{
		number: first, rule: "merged-cells", reason: fmt.Errorf("the cells %s are merged: all but the first are empty", ref),
		hint: "unmerge them and fill each",
	})
}

func rowOf(ref string) int {
	n, err := strconv.Atoi(strings.TrimLeft(ref, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
	if err != nil {
		return math.MaxInt32
	}
	return n
}
