package importers

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
)

// readCSV reads a table with a header line. lon and lat name the coordinate
// columns; both empty for a table without places.
func readCSV(r io.Reader, lon, lat string, row func(*record), fault func(*recordError)) error {
	cr := csv.NewReader(r)
	cr.ReuseRecord = true
	cr.FieldsPerRecord = -1 // counted here, to go on after a bad line
	head, err := cr.Read()
	if errors.Is(err, io.EOF) {
		return ErrEmptyFile
	}
	if err != nil {
		return fmt.Errorf("header: %w", err)
	}
	names := make([]string, len(head))
	for i, h := range head {
		names[i] = strings.TrimSpace(h)
		if j := slices.Index(names[:i], names[i]); j >= 0 {
			return fmt.Errorf("header: columns %d and %d are both called %q", j+1, i+1, names[i])
		}
	}
	x, y, err := coordinateColumns(names, lon, lat)
	if err != nil {
		return err
	}
	rows := 0
	for {
		fields, err := cr.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			if bad, ok := errors.AsType[*csv.ParseError](err); ok {
				fault(&recordError{number: bad.StartLine, rule: "broken-csv", reason: bad.Err})
				continue
			}
			return err
		}
		rows++
		line, _ := cr.FieldPos(0)
		if len(fields) != len(names) {
			fault(&recordError{
				number: line, rule: "broken-csv",
				reason: fmt.Errorf("%d fields, the header has %d", len(fields), len(names)),
			})
			continue
		}
		rec, bad := csvRecord(names, fields, x, y, line)
		if bad != nil {
			fault(bad)
			continue
		}
		row(rec)
	}
	if rows == 0 {
		return errors.New("the table has a header and no row")
	}
	return nil
}

func coordinateColumns(names []string, lon, lat string) (x, y int, err error) {
	x, y = -1, -1
	if lon == "" && lat == "" {
		return x, y, nil
	}
	for i, n := range names {
		if n == lon {
			x = i
		}
		if n == lat {
			y = i
		}
	}
	if x < 0 {
		return x, y, fmt.Errorf("no column %q (lon); there are %s", lon, strings.Join(names, ", "))
	}
	if y < 0 {
		return x, y, fmt.Errorf("no column %q (lat); there are %s", lat, strings.Join(names, ", "))
	}
	return x, y, nil
}

func csvRecord(names, fields []string, x, y, line int) (*record, *recordError) {
	rec := &record{number: line, props: make(map[string]any, len(names))}
	for i, n := range names {
		rec.props[n] = strings.Clone(fields[i])
	}
	if x < 0 {
		return rec, nil
	}
	var p orb.Point
	for k, col := range [...]int{x, y} {
		text := strings.TrimSpace(fields[col])
		if text == "" {
			return nil, &recordError{
				number: line, rule: "no-coordinate", reason: fmt.Errorf("column %s is empty", names[col]),
				hint: "the row has no place and is left out",
			}
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, &recordError{
				number: line, rule: "broken-coordinate", reason: fmt.Errorf("column %s: %.40q is no number", names[col], text),
			}
		}
		p[k] = v
		delete(rec.props, names[col])
	}
	rec.geometry = p
	return rec, nil
}
