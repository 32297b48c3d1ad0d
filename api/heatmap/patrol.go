package heatmap

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/batch"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler/heat"
)

// PatrolHours is how long was patrolled where, and when: what makes cases comparable
// that are found by looking.
type PatrolHours struct {
	spans []patrolSpan
	// first and last bound the times that are known.
	first, last time.Time
}

// patrolSpan is a row of the table.
type patrolSpan struct {
	layer    grids.Layer // cells or zones
	code     string
	from, to time.Time
	hours    float64
}

// Limits of the table.
const (
	maxPatrolRows   = 1_000_000
	maxPatrolHours  = 1e7 // in a row
	maxPatrolFaults = 20  // that are told
)

// patrolColumns are the names in the table's header.
var patrolColumns = []string{"cell", "zone", "from", "to", "hours"}

// ReadPatrolHours reads a table in CSV (UTF-8, GBK or GB18030) with the columns cell
// or zone, from, to and hours: so many hours were spent in that cell or zone from
// then until before then. Times are RFC 3339 or days of the city. The error has a
// line for each of the first rows that are wrong.
func ReadPatrolHours(r io.Reader, snap *grids.Snapshot) (*PatrolHours, error) {
	text, err := batch.Text(r)
	if err != nil {
		return nil, err
	}
	table := csv.NewReader(text)
	table.FieldsPerRecord, table.ReuseRecord, table.TrimLeadingSpace = -1, true, true
	head, err := table.Read()
	if err != nil {
		return nil, fmt.Errorf("line 1: no header with the columns %s: %w", strings.Join(patrolColumns, ", "), err)
	}
	columns, err := readPatrolHead(head)
	if err != nil {
		return nil, fmt.Errorf("line 1: %w", err)
	}
	out := &PatrolHours{}
	width := len(head)
	var faults []error
	for len(faults) < maxPatrolFaults {
		fields, err := table.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var broken *csv.ParseError
		if err != nil && !errors.As(err, &broken) {
			return nil, err
		}
		if err == nil && len(fields) != width {
			err = fmt.Errorf("%d fields, the header has %d", len(fields), width)
		}
		if err == nil {
			err = out.add(columns, fields, snap)
		}
		if broken != nil {
			faults = append(faults, fmt.Errorf("line %d: %w", broken.StartLine, broken.Err))
		} else if err != nil {
			line, _ := table.FieldPos(0)
			faults = append(faults, fmt.Errorf("line %d: %w", line, err))
		}
		if len(out.spans) > maxPatrolRows {
			return nil, fmt.Errorf("more than %d rows", maxPatrolRows)
		}
	}
	if faults == nil && len(out.spans) == 0 {
		return nil, errors.New("the table has a header and no row")
	}
	return out, errors.Join(faults...)
}

// readPatrolHead finds the columns: -1 for one that is not there.
func readPatrolHead(head []string) (at [5]int, err error) {
	for i, name := range patrolColumns {
		at[i] = -1
		for k, h := range head {
			if strings.EqualFold(strings.TrimSpace(h), name) {
				if at[i] >= 0 {
					return at, fmt.Errorf("two columns %s", name)
				}
				at[i] = k
			}
		}
	}
	if at[0] < 0 && at[1] < 0 {
		return at, fmt.Errorf("no column cell or zone; there are %s", strings.Join(head, ", "))
	}
	for i, name := range patrolColumns[2:] {
		if at[i+2] < 0 {
			return at, fmt.Errorf("no column %s; there are %s", name, strings.Join(head, ", "))
		}
	}
	return at, nil
}

// add reads a row.
func (p *PatrolHours) add(columns [5]int, fields []string, snap *grids.Snapshot) error {
	field := func(i int) string {
		if columns[i] < 0 {
			return ""
		}
		return strings.TrimSpace(fields[columns[i]])
	}
	s := patrolSpan{layer: grids.Cells, code: strings.Clone(field(0))}
	if zone := field(1); zone != "" {
		if s.code != "" {
			return fmt.Errorf("cell %s and zone %s: hours are of one of them", s.code, zone)
		}
		s.layer, s.code = grids.Zones, strings.Clone(zone)
	}
	if s.code == "" {
		return errors.New("neither cell nor zone is given")
	}
	if snap.Find(s.layer, s.code) == spatial.None {
		return fmt.Errorf("%s: the city has no such code in %s", web.Clip(s.code), s.layer)
	}
	var err error
	if s.from, err = web.Instant("from", field(2), snap.City.TimeZone); err == nil {
		s.to, err = web.Instant("to", field(3), snap.City.TimeZone)
	}
	if err != nil {
		return err
	}
	if !s.from.Before(s.to) {
		return fmt.Errorf("to %s is not after from %s", field(3), field(2))
	}
	if s.hours, err = strconv.ParseFloat(field(4), 64); err != nil || !(s.hours >= 0 && s.hours <= maxPatrolHours) {
		return fmt.Errorf("hours: %s; a number from 0 to %g", web.Clip(field(4)), float64(maxPatrolHours))
	}
	if len(p.spans) == 0 || s.from.Before(p.first) {
		p.first = s.from
	}
	if s.to.After(p.last) {
		p.last = s.to
	}
	p.spans = append(p.spans, s)
	return nil
}

// within returns the hours of a period by cell of the city; a row's are spread
// evenly over its time, a zone's over its cells by area.
func (p *PatrolHours) within(c *columns, from, to time.Time) []float64 {
	out := make([]float64, len(c.km2))
	zones := make([]float64, len(c.areas.Codes(heat.Zones)))
	for i := range p.spans {
		s := &p.spans[i]
		begin, end := s.from, s.to
		if begin.Before(from) {
			begin = from
		}
		if end.After(to) {
			end = to
		}
		if !begin.Before(end) {
			continue
		}
		hours := s.hours * (end.Sub(begin).Seconds() / s.to.Sub(s.from).Seconds())
		if s.layer == grids.Zones {
			if n, ok := c.areas.Number(heat.Zones, s.code); ok {
				zones[n] += hours
			}
		} else if n, ok := c.number[s.code]; ok {
			out[n] += hours
		}
	}
	km2 := make([]float64, len(zones))
	for cell, v := range c.km2 {
		if n := c.areas.Of(heat.Zones, uint32(cell)); n >= 0 {
			km2[n] += v
		}
	}
	for cell, v := range c.km2 {
		if n := c.areas.Of(heat.Zones, uint32(cell)); n >= 0 && zones[n] > 0 {
			out[cell] += float64(zones[n] * (v / km2[n]))
		}
	}
	return out
}

const (
	// leastPatrolHours is below what an area has no rate, and a place none where
	// there are fewer hours per km² and 30 days.
	leastPatrolHours = 1.0
	maxPatrolStepM   = 50.0
)

// spread lays the hours of cells on a grid of so many metres: a point's weight is an
// equal part of its cell's.
func (c *columns) spread(hours []float64, stepM float64) []heat.Weighted {
	var out []heat.Weighted
	plane := c.snap.City.Plane
	for i, h := range hours {
		if h == 0 {
			continue
		}
		cell := &c.snap.City.Cells[i]
		e0, n0, e1, n1 := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
		for _, at := range cell.Shape.Coords {
			e, n := plane.Forward(at.Lon(), at.Lat())
			e0, n0, e1, n1 = min(e0, e), min(n0, n), max(e1, e), max(n1, n)
		}
		step := max(stepM, math.Sqrt((e1-e0)*(n1-n0)/maxPatrolPoints)) // of a cell as large as a country
		first := len(out)
		for y := math.Ceil(n0/step) * step; y < n1; y += step {
			for x := math.Ceil(e0/step) * step; x < e1; x += step {
				at := spatial.At(plane.Inverse(x, y))
				if _, holds := cell.Shape.Contains(at); holds {
					out = append(out, heat.Weighted{At: at})
				}
			}
		}
		if len(out) == first {
			out = append(out, heat.Weighted{At: cell.At})
		}
		for k := first; k < len(out); k++ {
			out[k].Weight = h / float64(len(out)-first)
		}
	}
	return out
}

// maxPatrolPoints bounds the points of one cell.
const maxPatrolPoints = 1 << 18

// patrolFault says why there is no rate per hour of patrol for a question.
func (a *ask) patrolFault() error {
	if a.patrol == nil {
		return web.Refuse("per", perPatrolHour, "this server has no patrol hours (patrol_hours in its configuration)", web.ErrConflict)
	}
	if len(a.query.Hours) > 0 || len(a.query.Weekdays) > 0 {
		return web.Refuse("per", perPatrolHour, "patrol hours are not known by the hour of the day or the day of the week", web.ErrImpossible)
	}
	zone := a.snap.City.TimeZone
	if p := a.period(a.query.From, a.query.To); p.From.Before(a.patrol.first) || p.To.After(a.patrol.last) {
		return web.Refuse(
			"per", perPatrolHour, "patrol hours are known from "+a.patrol.first.In(zone).Format(time.RFC3339)+" to "+a.patrol.last.In(zone).Format(time.RFC3339)+
				": the period must lie within", web.ErrImpossible,
		)
	}
	return nil
}

// patrolled reports whether the question's cases can be divided by patrol hours.
func (a *ask) patrolled() bool { return a.patrolFault() == nil }

// patrolHours are those of the question's period, by cell.
func (a *ask) patrolHours() []float64 {
	p := a.period(a.query.From, a.query.To)
	return a.patrol.within(a.city, p.From, p.To)
}
