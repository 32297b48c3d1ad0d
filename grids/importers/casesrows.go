package importers

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/batch"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// CaseReader reads a table of cases row by row, in memory that does not grow with
// the table.
type CaseReader struct {
	mapping *CasesMapping
	snap    *grids.Snapshot
	system  crs.System
	times   timeReader
	classes classifier
	where   []whereColumn
	x, y    int
	fields  map[string]*caseField
	events  map[cases.EventKind]eventFields
	lift    bool
	near    nearness

	csv    *csv.Reader
	room   *recordRoom
	header []string
	row    caseRow
	faults []error // of the row
	// mixed are lines that are in another encoding than the file.
	mixed []*recordError
	stats CaseStats
}

// eventFields are the texts of one step.
type eventFields struct{ at, actor, note, score *caseField }

type whereColumn struct {
	column int
	values []string
}

// CaseStats counts what a reader met and what no fault tells.
type CaseStats struct {
	Left    int // rows that where leaves out
	Outside int // cases in no cell
	Lifted  int // steps that were lifted to the one before
	NoLimit int // on_time flags of closed cases that have no due_at
}

// NewCaseReader reads the header of a table. The city's snapshot gives cells, zones,
// categories and the zone of times.
func NewCaseReader(ctx context.Context, m *CasesMapping, snap *grids.Snapshot, r io.Reader) (*CaseReader, error) {
	c := &CaseReader{mapping: m, snap: snap, lift: m.OutOfOrder == orderLift, near: nearTo(snap), row: caseRow{missing: m.Missing}}
	var err error
	if c.system, err = m.system(snap.City); err != nil {
		return nil, fmt.Errorf("%w: crs: %w", ErrMapping, err)
	}
	if err := c.prepare(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMapping, err)
	}
	enc := batch.Detect
	if m.Encoding != "" {
		if enc, err = batch.ParseEncoding(m.Encoding); err != nil {
			return nil, fmt.Errorf("%w: encoding: %w", ErrMapping, err)
		}
	}
	head := bufio.NewReader(contextReader{ctx, r})
	if mark, _ := head.Peek(len(byteOrderMark)); string(mark) == byteOrderMark {
		enc = batch.UTF8 // whatever the mapping says of the table that this one was made of
	}
	text, err := newUniform(head, enc, func(e *recordError) { c.mixed = append(c.mixed, e) })
	if err != nil {
		return nil, err
	}
	c.room = &recordRoom{r: text}
	c.csv = csv.NewReader(c.room)
	c.csv.ReuseRecord = true
	c.csv.FieldsPerRecord = -1 // counted here, to go on after a bad line
	if err := c.readHeader(); err != nil {
		return nil, err
	}
	return c, c.compile()
}

// byteOrderMark begins a text that is UTF-8 for sure.
const byteOrderMark = "\ufeff"

// contextReader ends with its context.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// maxRecordBytes bounds one row: a quote that is never closed would have the rest
// of the file for its field.
const maxRecordBytes = 8 << 20

// recordRoom fails when one record takes too much of the text.
type recordRoom struct {
	r    io.Reader
	left int
}

var errLongRecord = fmt.Errorf("%w: a row of more than %d MB: is a quote left open?", errStream, maxRecordBytes>>20)

func (r *recordRoom) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, errLongRecord
	}
	n, err := r.r.Read(p)
	r.left -= n
	return n, err
}

func (c *CaseReader) prepare() error {
	m := c.mapping
	formats, err := parseFormats(m.Time.Formats)
	if err != nil {
		return fmt.Errorf("time.formats: %w", err)
	}
	c.times = timeReader{zone: c.snap.City.TimeZone, formats: formats}
	if m.Time.Zone != "" {
		if c.times.zone, err = time.LoadLocation(m.Time.Zone); err != nil {
			return fmt.Errorf("time.zone: %w", err)
		}
	}
	c.classes = classifier{catalogue: c.snap.Catalogue, scheme: m.Categories.Scheme, byName: m.Categories.By == byName, known: map[classText]classFound{}}
	if schemes := c.snap.Catalogue.Schemes(); m.Categories.Scheme != "" && !slices.Contains(schemes, m.Categories.Scheme) {
		return fmt.Errorf("categories.scheme: no scheme %q; there are %s", m.Categories.Scheme, strings.Join(schemes, ", "))
	}
	return nil
}

func (c *CaseReader) readHeader() error {
	c.room.left = maxRecordBytes
	head, err := c.csv.Read()
	if errors.Is(err, io.EOF) {
		return ErrEmptyFile
	}
	if err != nil {
		return fmt.Errorf("header: %w", err)
	}
	for _, h := range head {
		h = strings.TrimSpace(h)
		if i := slices.Index(c.header, h); i >= 0 {
			return fmt.Errorf("header: columns %d and %d are both called %q", i+1, len(c.header)+1, h)
		}
		c.header = append(c.header, strings.Clone(h))
	}
	return nil
}

// compile finds all columns of the mapping, or tells all that are not there.
func (c *CaseReader) compile() error {
	var missing []string
	column := func(name string) int {
		i := slices.Index(c.header, name)
		if i < 0 {
			missing = append(missing, name)
		}
		return i
	}
	field := func(name string, v *Value) *caseField {
		if v == nil {
			return nil
		}
		f, none := v.compile(name, c.header)
		missing = append(missing, none...)
		return f
	}
	m := c.mapping
	c.x, c.y = column(m.Lon), column(m.Lat)
	for _, name := range slices.Sorted(maps.Keys(m.Where)) {
		c.where = append(c.where, whereColumn{column(name), m.Where[name]})
	}
	c.fields = map[string]*caseField{}
	for _, name := range slices.Sorted(maps.Keys(m.Fields)) {
		v := m.Fields[name]
		c.fields[name] = field(name, &v)
	}
	c.events = map[cases.EventKind]eventFields{}
	for _, kind := range slices.Sorted(maps.Keys(m.Events)) {
		e := m.Events[kind]
		name := string(kind)
		c.events[kind] = eventFields{field(name, &e.At), field(name+".actor", e.Actor), field(name+".note", e.Note), field(name+".score", e.Score)}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	return fmt.Errorf("the table has no column %s; it has %s", strings.Join(slices.Compact(missing), ", "), strings.Join(c.header, ", "))
}

// Header is the names of the columns.
func (c *CaseReader) Header() []string { return c.header }

// Fields is the row that was read last, as it stands in the table. It holds until
// the next is read.
func (c *CaseReader) Fields() []string { return c.row.fields }

// Stats counts what was met so far.
func (c *CaseReader) Stats() CaseStats { return c.stats }

// All yields the cases of the table. A row that cannot be read comes as a
// [cases.RowFault] with all its faults, by its line; another error ends it. When the
// first [farRows] places are all far from the city, that is the one error: the
// coordinate system is not what the mapping says.
func (c *CaseReader) All() iter.Seq2[cases.Past, error] {
	return func(yield func(cases.Past, error) bool) {
		rows := 0
		for {
			ok, err := c.read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil && !isRowFault(err) {
				yield(cases.Past{}, err)
				return
			}
			if rows++; !ok && err == nil {
				c.stats.Left++
				continue
			}
			var p cases.Past
			if err == nil {
				p, err = c.one()
			}
			if far := c.near.verdict(false); far != nil {
				yield(cases.Past{}, c.strayed(far))
				return
			}
			if !yield(p, err) {
				return
			}
		}
		if rows == 0 {
			yield(cases.Past{}, errors.New("the table has a header and no row"))
		} else if far := c.near.verdict(true); far != nil {
			yield(cases.Past{}, c.strayed(far))
		}
	}
}

func (c *CaseReader) strayed(far error) error {
	return fmt.Errorf("%w: lon %s and lat %s are read as %s", far, c.mapping.Lon, c.mapping.Lat, c.system.Name())
}

func isRowFault(err error) bool {
	_, ok := errors.AsType[cases.RowFault](err)
	return ok
}

// read takes the next row that can be taken apart; ok says that where keeps it.
func (c *CaseReader) read() (ok bool, err error) {
	c.room.left = maxRecordBytes
	fields, err := c.csv.Read()
	if bad, broken := errors.AsType[*csv.ParseError](err); broken && !errors.Is(err, errStream) {
		c.row.fields = fields
		return false, cases.RowFault{Row: bad.StartLine, Err: bad.Err}
	}
	if err != nil {
		return false, err
	}
	line, _ := c.csv.FieldPos(0)
	c.row.line, c.row.fields = line, fields
	c.row.number++
	if len(fields) != len(c.header) {
		return false, cases.RowFault{Row: line, Err: fmt.Errorf("%d fields, the header has %d", len(fields), len(c.header))}
	}
	if bad := c.mixedIn(line); bad != nil {
		return false, cases.RowFault{Row: line, Err: bad}
	}
	for _, w := range c.where {
		if !slices.Contains(w.values, c.row.cell(w.column)) {
			return false, nil
		}
	}
	return true, nil
}

// mixedIn is the fault of a line in another encoding among those of the row, which
// ends where the next begins. The text is read ahead of the rows.
func (c *CaseReader) mixedIn(line int) error {
	end, _ := c.csv.FieldPos(len(c.row.fields) - 1)
	for len(c.mixed) > 0 && c.mixed[0].number <= end {
		bad := c.mixed[0]
		c.mixed = c.mixed[1:]
		if bad.number >= line {
			return fmt.Errorf("%w; %s", bad.reason, bad.hint)
		}
	}
	return nil
}

// fault notes what is wrong with a field of the row.
func (c *CaseReader) fault(f *caseField, text string, err error) {
	name := f.source(c.header)
	if name != f.name {
		name += " (" + f.name + ")"
	}
	c.faults = append(c.faults, fmt.Errorf("%s %.60q: %w", name, text, err))
}

func (c *CaseReader) faultf(format string, args ...any) {
	c.faults = append(c.faults, fmt.Errorf(format, args...))
}
