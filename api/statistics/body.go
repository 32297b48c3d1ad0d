package statistics

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
)

// ask is a question as it was read.
type ask struct {
	of         *statistic
	all        *Jobs
	snap       *grids.Snapshot
	asked      time.Time
	who        asker
	filter     map[string]any
	parameters map[string]any
	from, to   time.Time
	// query is the filter's; queries are those that are worked off, each once.
	query   cases.Query
	queries []cases.Query
	most    int64 // cases
	work    work
	// withoutPiles leaves out the cases at piles.
	withoutPiles bool
}

// Bounds of a question.
const (
	maxStatYears = 30
	maxStatCases = 20_000_000 // that are counted as they are read
	maxHeldCases = 3_000_000  // that are held in memory, some 100 bytes each
	maxLogCases  = 3_000_000  // whose logs are read, some 30 µs each
)

// filterWords are the words of GET /v1/cases without those of pages.
func filterWords() []string {
	return slices.DeleteFunc(terms.CaseQueryWords(), func(w string) bool { return w == "limit" || w == "cursor" })
}

// read reads a question and says what is wrong with it before any work.
func (s *Jobs) read(ctx context.Context, of *statistic, body []byte, snap *grids.Snapshot, who asker) (*ask, error) {
	m, err := web.ReadMembers(body)
	if err != nil {
		return nil, err
	}
	known := []string{"filter"}
	for _, w := range of.words {
		known = append(known, w.name)
	}
	if err := m.Only(known...); err != nil {
		return nil, err
	}
	a := &ask{of: of, all: s, snap: snap, asked: s.now(), who: who, filter: map[string]any{}, parameters: map[string]any{}, most: maxStatCases}
	if err := a.readFilter(m); err != nil {
		return nil, web.Within("filter", err)
	}
	if a.work, err = of.plan(a, m); err != nil {
		return nil, err
	}
	if a.queries == nil {
		a.queries = []cases.Query{a.query}
	}
	if err := s.cases.Check(ctx, &a.query); err != nil {
		return nil, s.blame(err)
	}
	return a, nil
}

// readFilter reads the filter; the last year is what counts unless it says
// otherwise.
func (a *ask) readFilter(m web.Members) error {
	words := web.Members{}
	if text, ok := m["filter"]; ok {
		var err error
		if words, err = web.ReadMembers(text); err != nil {
			return err
		}
	}
	var p web.Params
	for _, name := range filterWords() {
		text, err := words.Text(name)
		if err != nil {
			return err
		}
		if text == nil {
			continue
		}
		if err := p.Add(name, *text, filterWords()); err != nil {
			return err
		}
		a.filter[name] = *text
	}
	if err := words.Only(append(filterWords(), pilesWord)...); err != nil {
		return err
	}
	if err := a.readPiles(words); err != nil {
		return err
	}
	q, err := terms.ReadCaseQuery(&p, a.snap)
	if err != nil {
		return err
	}
	if len(q.Categories) > 0 && q.Kind == "" {
		return web.Refuse("kind", "", "a category counts only together with its kind", web.ErrMalformed)
	}
	if q.To.IsZero() {
		q.To = a.asked.Truncate(time.Second).Add(time.Second) // times of cases are whole seconds: this one too
	}
	if q.From.IsZero() {
		q.From = q.To.AddDate(-1, 0, 0)
	}
	a.query, a.from, a.to = *q, q.From, q.To
	return periodFault("from", q.From, q.To)
}

// periodFault says what is wrong with a period.
func periodFault(name string, from, to time.Time) error {
	switch {
	case from.Year() < 1 || to.Year() > 9998:
		return web.Refuse(name, from.Format(time.RFC3339), "a year from 1 to 9998", web.ErrMalformed)
	case !from.Before(to):
		return web.Refuse(name, from.Format(time.RFC3339), "it is not before to", web.ErrMalformed)
	case from.AddDate(maxStatYears, 0, 0).Before(to):
		return web.Refuse(name, from.Format(time.RFC3339), fmt.Sprintf("at most %d years until to", maxStatYears), web.ErrMalformed)
	}
	return nil
}

// number reads a parameter and keeps it with the answer.
func (a *ask) number(m web.Members, name string, usual, least, most float64) (float64, error) {
	v := usual
	if _, ok := m[name]; ok {
		if err := m.Decode(name, "a number", &v); err != nil {
			return 0, err
		}
		if !(v >= least && v <= most) {
			return 0, web.Refuse(name, string(m[name]), fmt.Sprintf("%g to %g", least, most), web.ErrMalformed)
		}
	}
	a.parameters[name] = v
	return v, nil
}

// seed reads the seed of a bootstrap.
func (a *ask) seed(m web.Members) (uint64, error) {
	const most = 1 << 53 // what a JSON number holds everywhere
	v, err := a.number(m, "seed", 1, 0, most)
	if err == nil && v != math.Trunc(v) {
		err = web.Refuse("seed", string(m["seed"]), "a whole number", web.ErrMalformed)
	}
	a.parameters["seed"] = uint64(v)
	return uint64(v), err
}

// choice reads one of several words, the first of which is usual.
func (a *ask) choice(m web.Members, name string, of ...string) (string, error) {
	v, err := m.OneOf(name, of...)
	if err != nil {
		return "", err
	}
	if v == nil {
		v = &of[0]
	}
	a.parameters[name] = *v
	return *v, nil
}

// span reads a period: {"from", "to"}.
func (a *ask) span(m web.Members, name string) (from, to time.Time, err error) {
	text, ok := m[name]
	if !ok {
		return from, to, web.Refuse(name, "", `the member is missing: {"from", "to"}`, web.ErrMalformed)
	}
	inner, err := web.ReadMembers(text)
	if err == nil {
		err = inner.Only("from", "to")
	}
	if err != nil {
		return from, to, web.Within(name, err)
	}
	if from, err = a.instant(inner, "from"); err == nil {
		to, err = a.instant(inner, "to")
	}
	if err != nil {
		return from, to, web.Within(name, err)
	}
	a.parameters[name] = periodOf(from, to, a.snap.City.TimeZone)
	return from, to, web.Within(name, periodFault("from", from, to))
}

// instant reads a date or time that must be there.
func (a *ask) instant(m web.Members, name string) (time.Time, error) {
	v, err := m.Text(name)
	if err != nil {
		return time.Time{}, err
	}
	if v == nil {
		return time.Time{}, web.Refuse(name, "", "the member is missing", web.ErrMalformed)
	}
	return web.Instant(name, *v, a.snap.City.TimeZone)
}

// echoed is a member as it was written, for the parameters.
func echoed(text json.RawMessage) json.RawMessage { return slices.Clone(text) }
