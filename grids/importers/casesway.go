package importers

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
)

// rowFaults are all faults of one row.
type rowFaults []error

func (r rowFaults) Error() string {
	lines := make([]string, len(r))
	for i, err := range r {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "; ")
}

// Unwrap gives them.
func (r rowFaults) Unwrap() []error { return r }

// one makes a case of the row.
func (c *CaseReader) one() (cases.Past, error) {
	c.faults = c.faults[:0]
	d := c.report()
	p := cases.Past{Report: d, Row: c.row.line, Reporter: c.reporter(&d)}
	w := c.walk(&d)
	p.Events = w.log
	if len(c.faults) > 0 {
		return p, cases.RowFault{Row: c.row.line, Err: rowFaults(slices.Clone(c.faults))}
	}
	return p, nil
}

// text is a field of the row, a copy that stays.
func (c *CaseReader) text(name string) string { return strings.Clone(c.fields[name].text(&c.row)) }

func (c *CaseReader) time(f *caseField) time.Time {
	text := f.text(&c.row)
	t, err := c.times.read(text)
	if err != nil {
		c.fault(f, text, err)
	}
	return t.Truncate(time.Second)
}

func (c *CaseReader) report() cases.Draft {
	d := cases.Draft{
		Kind: grids.Kind(c.text("kind")), Condition: c.text("condition"), Source: cases.Source(c.text("source")),
		System: c.text("source_system"), ExternalID: c.text("external_id"), Number: c.text("number"),
		Cell: c.text("cell"), Zone: c.text("zone"), Component: c.text("component"), Description: c.text("description"),
		ReportedAt: c.time(c.fields["reported_at"]),
	}
	if d.ReportedAt.IsZero() && len(c.faults) == 0 {
		c.fault(c.fields["reported_at"], "", errors.New("it is needed"))
	}
	if d.ExternalID == "" && d.Number == "" {
		c.faultf("external_id and number are both empty: the row would be taken twice")
	}
	if d.ExternalID == "" {
		d.System = "" // which counts only together with it
	}
	if !slices.Contains([]grids.Kind{grids.ComponentKind, grids.EventKind}, d.Kind) {
		c.fault(c.fields["kind"], string(d.Kind), errors.New("neither component nor event"))
	}
	if !slices.Contains(cases.Sources(), d.Source) {
		c.fault(c.fields["source"], string(d.Source), errors.New("none of "+words(cases.Sources())))
	}
	c.category(&d)
	c.place(&d)
	return d
}

func (c *CaseReader) category(d *cases.Draft) {
	f := c.fields["category"]
	text := f.text(&c.row)
	if text == "" {
		c.fault(f, text, errors.New("it is needed"))
		return
	}
	var err error
	if d.Category, err = c.classes.find(d.Kind, text); err != nil {
		c.fault(f, text, err)
	}
}

// reporter is who reported the case.
func (c *CaseReader) reporter(d *cases.Draft) cases.Actor {
	role, ok := map[cases.Source]cases.Role{
		cases.Patrol: cases.Supervisor, cases.Public: cases.PublicRole, cases.Sensor: cases.SensorRole,
	}[d.Source]
	if !ok {
		role = cases.SystemActor
	}
	if id := c.text("reporter"); id != "" {
		return cases.Actor{ID: id, Role: role}
	}
	return cases.Actor{ID: nobody(d), Role: role}
}

// nobody stands for whoever the table does not name.
func nobody(d *cases.Draft) string {
	if d.System != "" {
		return d.System
	}
	return "import"
}

// way is the usual way of a case. What is needed must happen before a later step
// can, and is filled in where the table has no time for it.
var way = []struct {
	kind   cases.EventKind
	state  cases.State
	role   cases.Role
	needed bool
	// late steps are filled in at the time of the step after them, the others at
	// that of the step before.
	late bool
}{
	{cases.Register, cases.Registered, cases.Operator, true, false},
	{cases.Verify, cases.Verified, cases.Supervisor, false, false},
	{cases.Open, cases.Opened, cases.Operator, true, false},
	{cases.Dispatch, cases.Dispatched, cases.Dispatcher, true, false},
	{cases.Accept, cases.Accepted, cases.Handler, true, true},
	{cases.Handle, cases.Handling, cases.Handler, false, true},
	{cases.Feedback, cases.Done, cases.Handler, true, true},
	{cases.Check, cases.Checked, cases.Supervisor, true, true},
	{cases.Close, cases.Closed, cases.Operator, true, true},
}

// wayTo is the place of a state on the way: -1 for reported, or false.
func wayTo(s cases.State) (int, bool) {
	if s == cases.Reported {
		return -1, true
	}
	for i := range way {
		if way[i].state == s {
			return i, true
		}
	}
	return 0, false
}

// walking builds the events of a case.
type walking struct {
	*CaseReader
	draft *cases.Draft
	unit  string
	due   time.Time
	when  []time.Time // of the way
	last  time.Time
	log   []cases.Event
}

// walk makes the case's log of its times and its state.
func (c *CaseReader) walk(d *cases.Draft) *walking {
	w := &walking{CaseReader: c, draft: d, unit: c.text("unit"), when: make([]time.Time, len(way)), last: d.ReportedAt}
	w.due = c.time2("due_at")
	to := -1
	for i := range way {
		if f, ok := c.events[way[i].kind]; ok {
			if w.when[i] = c.time(f.at); !w.when[i].IsZero() {
				to = i
			}
		}
	}
	void := w.at(cases.Void)
	survey := w.at(cases.Survey)
	state := cases.State(c.text("state"))
	if len(c.faults) > 0 {
		return w // what would follow is of no use
	}
	to, ok := w.target(state, to, !void.IsZero())
	if !ok {
		return w
	}
	w.steps(to)
	if !void.IsZero() {
		w.add(cases.Void, void, cases.Operator, "")
	}
	if !survey.IsZero() {
		w.add(cases.Survey, survey, cases.Operator, "")
	}
	w.limit()
	return w
}

func (c *CaseReader) time2(name string) time.Time {
	if f := c.fields[name]; f != nil {
		return c.time(f)
	}
	return time.Time{}
}

func (w *walking) at(kind cases.EventKind) time.Time {
	if f, ok := w.events[kind]; ok {
		return w.time(f.at)
	}
	return time.Time{}
}

// target is how far the case went: to its state, or where the table has none to the
// last step that has a time.
func (w *walking) target(state cases.State, timed int, void bool) (int, bool) {
	if state == "" {
		return timed, true
	}
	f := w.fields["state"]
	if state == cases.Voided {
		if !void {
			w.fault(f, string(state), errors.New("the time of void is missing"))
		}
		return timed, void
	}
	to, known := wayTo(state)
	switch {
	case !known:
		w.fault(f, string(state), errors.New("no state that a table can give; there are reported, registered, verified, open, dispatched, accepted, handling, done, checked, closed, void"))
	case void:
		w.fault(f, string(state), errors.New("but there is a time of void"))
	case timed > to:
		w.fault(f, string(state), fmt.Errorf("but there is a time of %s", way[timed].kind))
	case state == cases.Closed && timed < to:
		w.fault(f, string(state), errors.New("the time of close is missing"))
	default:
		return to, true
	}
	return 0, false
}

// steps adds the steps up to one, filling in what is needed.
func (w *walking) steps(to int) {
	if dispatch, _ := wayTo(cases.Dispatched); to >= dispatch && w.unit == "" {
		w.faultf("unit is empty: a case that is %s was dispatched to one", way[to].state)
		return
	}
	w.log = make([]cases.Event, 0, to+3) // with void and survey
	for i := range way[:to+1] {
		s := &way[i]
		at := w.when[i]
		if at.IsZero() {
			if !s.needed && i < to {
				continue
			}
			if at = w.last; s.late {
				for _, later := range w.when[i+1 : to+1] {
					if !later.IsZero() {
						at = later
						break
					}
				}
			}
		}
		unit := ""
		if s.role == cases.Handler {
			unit = w.unit
		}
		w.add(s.kind, at, s.role, unit)
	}
}

// add appends a step.
func (w *walking) add(kind cases.EventKind, at time.Time, role cases.Role, unit string) {
	f := w.events[kind]
	if at.Before(w.last) {
		if !w.lift {
			w.faultf("%s at %s is before the step it follows, at %s", kind, w.show(at), w.show(w.last))
			return
		}
		at = w.last
		w.stats.Lifted++
	}
	w.last = at
	e := cases.Event{Kind: kind, At: at, Actor: cases.Actor{ID: nobody(w.draft), Role: cases.SystemActor, Unit: unit}}
	if id := strings.Clone(f.actor.text(&w.row)); id != "" {
		e.Actor.ID, e.Actor.Role = id, role
	}
	e.Note = strings.Clone(f.note.text(&w.row))
	switch kind {
	case cases.Dispatch:
		e.Unit, e.Level = w.unit, cases.UnitLevel
	case cases.Survey:
		text := f.score.text(&w.row)
		n, err := strconv.Atoi(text)
		if err != nil {
			w.fault(f.score, text, errors.New("not a score of 1 to 5"))
		}
		e.Score = n
	}
	w.log = append(w.log, e)
}

func (w *walking) show(t time.Time) string { return t.In(w.times.zone).Format("2006-01-02 15:04:05") }

// limit puts the time by which the case was due to its dispatch, or else to its last
// step, and holds the table's flag against it.
func (w *walking) limit() {
	if !w.due.IsZero() {
		i := slices.IndexFunc(w.log, func(e cases.Event) bool { return e.Kind == cases.Dispatch })
		if i < 0 {
			i = len(w.log) - 1
		}
		if i < 0 {
			w.fault(w.fields["due_at"], w.show(w.due), errors.New("a case that is only reported has no limit"))
			return
		}
		w.log[i].DueAt = w.due
	}
	flag := w.fields["on_time"]
	text := flag.text(&w.row)
	closed := slices.IndexFunc(w.log, func(e cases.Event) bool { return e.Kind == cases.Close })
	if text == "" || closed < 0 {
		return
	}
	onTime, ok := truth(text)
	switch {
	case !ok:
		w.fault(flag, text, errors.New("neither yes nor no"))
	case w.due.IsZero():
		w.stats.NoLimit++
	case onTime == w.log[closed].At.After(w.due):
		w.fault(flag, text, fmt.Errorf("but it was due at %s and closed at %s", w.show(w.due), w.show(w.log[closed].At)))
	}
}

// truth reads yes and no.
func truth(s string) (value, ok bool) {
	switch strings.ToLower(s) {
	case "1", "true", "yes", "是":
		return true, true
	case "0", "false", "no", "否":
		return false, true
	}
	return false, false
}
