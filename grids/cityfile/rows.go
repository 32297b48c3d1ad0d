package cityfile

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/wanmi-gis/wanmi/grids"
)

// A row comes as one text of all its columns, cut at unitSeparator, beside its
// geometry and its real numbers: each column of its own costs an allocation and
// 65 ns on the way from SQLite through database/sql (scanning 200,000 components
// 0.36 s, joined 0.17 s). A value that has the separator itself shows in the number of
// pieces; such a row is read again column by column.
const unitSeparator = 31

// commonColumns are those of every layer, in the order of fields.
var commonColumns = [...]string{"fid", "code", "name", "valid_from", "valid_to", "attributes"}

// Places in the fields of a row; the layer's own columns follow.
const (
	fieldFID = iota
	fieldCode
	fieldName
	fieldFrom
	fieldTo
	fieldAttributes
	ownFields
)

// layerReader reads the rows of one layer.
type layerReader struct {
	t      table
	layer  grids.Layer
	names  []string
	joined []int // fields that come in the joined text
	apart  []int // fields that are columns of their own

	// Of the row being read.
	feature grids.Feature
	fields  [][]byte
	values  []string

	texts  []texts // by field
	from   readMoment
	to     readMoment
	shapes *shapeReader
	room   *textBlock
}

func newLayerReader(l grids.Layer, shapes *shapeReader, room *textBlock) *layerReader {
	t := tableOf(l)
	own, types := t.columns()
	r := &layerReader{t: t, layer: l, names: append(commonColumns[:len(commonColumns):len(commonColumns)], own...), shapes: shapes, room: room}
	for i := range r.names {
		if i >= ownFields && types[i-ownFields] == realColumn {
			r.apart = append(r.apart, i) // as text it would lose digits
			continue
		}
		r.joined = append(r.joined, i)
	}
	r.fields = make([][]byte, len(r.names))
	r.values = make([]string, len(own))
	r.texts = make([]texts, len(r.names))
	return r
}

// query selects the joined text, the geometry and the columns apart of the rows
// that end picks and orders.
func (r *layerReader) query(end string) string {
	var b strings.Builder
	b.WriteString("SELECT concat(")
	for k, i := range r.joined {
		if k > 0 {
			fmt.Fprintf(&b, ", char(%d), ", unitSeparator)
		}
		b.WriteString(r.names[i])
	}
	b.WriteString("), geom")
	for _, i := range r.apart {
		b.WriteString(", " + r.names[i])
	}
	fmt.Fprintf(&b, " FROM %s %s", r.layer, end)
	return b.String()
}

// load appends the layer's rows to the city.
func (r *layerReader) load(ctx context.Context, tx *sql.Tx, city *grids.City) error {
	var n int
	if err := tx.QueryRowContext(ctx, fmt.Sprintf("SELECT count(*) FROM %s", r.layer)).Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		return nil
	}
	r.t.reserve(city, n)
	return r.rows(ctx, tx, city, "ORDER BY fid")
}

// rows appends the layer's rows that the end of the query picks.
func (r *layerReader) rows(ctx context.Context, tx *sql.Tx, city *grids.City, end string, args ...any) error {
	return each(ctx, tx, r.query(end), func(raw []sql.RawBytes) error {
		if !r.split(raw[0]) {
			if err := r.again(ctx, tx); err != nil {
				return err
			}
		}
		for k, i := range r.apart {
			r.fields[i] = raw[2+k]
		}
		if err := r.row(city, raw[1]); err != nil {
			return fmt.Errorf("row fid %s (%s): %w", r.fields[fieldFID], r.fields[fieldCode], err)
		}
		return nil
	}, args...)
}

// split cuts the joined text into the fields, or returns false.
func (r *layerReader) split(text []byte) bool {
	for k, i := range r.joined {
		end := bytes.IndexByte(text, unitSeparator)
		if last := k == len(r.joined)-1; last == (end >= 0) {
			return false
		}
		if end < 0 {
			end = len(text)
		}
		r.fields[i] = text[:end]
		text = text[min(end+1, len(text)):]
	}
	return true
}

// again reads a row, whose fid is known, column by column.
func (r *layerReader) again(ctx context.Context, tx *sql.Tx) error {
	fid := string(r.fields[fieldFID])
	query := fmt.Sprintf("SELECT %s FROM %s WHERE fid = %s", strings.Join(r.names, ", "), r.layer, fid)
	found := false
	err := each(ctx, tx, query, func(raw []sql.RawBytes) error {
		found = true
		for i := range raw {
			r.fields[i] = bytes.Clone(raw[i])
		}
		return nil
	})
	if err == nil && !found {
		err = errors.New("the row is not found again")
	}
	if err != nil {
		return fmt.Errorf("row fid %s: %w", fid, err)
	}
	return nil
}

// row appends the row of the fields.
func (r *layerReader) row(city *grids.City, geom []byte) error {
	f := &r.feature
	*f = grids.Feature{
		Code:       r.room.text(r.fields[fieldCode]), // the key: it does not recur
		Name:       r.text(fieldName),
		Attributes: r.text(fieldAttributes),
	}
	var err error
	if f.FID, err = strconv.ParseInt(string(r.fields[fieldFID]), 10, 64); err != nil {
		return err
	}
	if err := r.shapes.read(geom, f); err != nil {
		return err
	}
	if f.Valid.From, err = r.from.read(r.fields[fieldFrom]); err != nil {
		return fmt.Errorf("valid_from: %w", err)
	}
	if f.Valid.To, err = r.to.read(r.fields[fieldTo]); err != nil {
		return fmt.Errorf("valid_to: %w", err)
	}
	for i := range r.values {
		r.values[i] = r.text(ownFields + i)
	}
	return r.t.add(city, f, r.values)
}

func (r *layerReader) text(field int) string { return r.texts[field].of(r.fields[field], r.room) }

// readMoment reads the times of one column, which hardly differ.
type readMoment struct {
	text string
	last grids.Moment
}

func (m *readMoment) read(b []byte) (grids.Moment, error) {
	if string(b) == m.text {
		return m.last, nil
	}
	t, err := readTime(string(b))
	if err != nil {
		return 0, err
	}
	m.text, m.last = string(b), grids.MomentOf(t)
	return m.last, nil
}
