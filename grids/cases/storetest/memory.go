package storetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// memory is the plain store: slices and maps under one lock.
type memory struct {
	mu      sync.Mutex
	machine *cases.Machine
	now     func() time.Time
	order   []cases.ID
	logs    map[cases.ID][]cases.Event
	kept    map[string]keptAnswer
	feed    []cityfile.Entry
}

type keptAnswer struct {
	hash    string
	receipt cases.Receipt
	at      time.Time
}

func newMemory(o cases.Options) *memory {
	return &memory{machine: &o.Machine, now: o.Now, logs: map[cases.ID][]cases.Event{}, kept: map[string]keptAnswer{}}
}

// append does the request under an id of the caller's, used for a new case.
func (m *memory) append(id cases.ID, r cases.Request) (cases.Receipt, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if id == (cases.ID{}) { // it was refused over there
		id = cases.ID{0xff}
	}
	order, feed := m.order, m.feed
	logs := maps.Clone(m.logs)
	key := cmp.Or(r.KeyOwner, r.Actor.ID) + " " + r.Key
	kept, wasKept := m.kept[key]
	out, err := m.one(id, r)
	for i := 0; err == nil && !out.Repeated && i < len(r.Then); i++ {
		next := r.Then[i]
		next.Case = out.ID
		if out, err = m.one(id, next); err != nil {
			err = &cases.ThenError{Index: i, Err: err}
		}
	}
	if err != nil { // all of them or none
		m.order, m.feed, m.logs = order, feed, logs
		if delete(m.kept, key); wasKept {
			m.kept[key] = kept
		}
		return cases.Receipt{}, err
	}
	if r.Key != "" && !out.Repeated {
		m.kept[key] = keptAnswer{r.Hash, out, m.now()}
	}
	return out, nil
}

func (m *memory) one(id cases.ID, r cases.Request) (cases.Receipt, error) {
	e := &cases.Event{At: m.now().UTC().Truncate(time.Second), Kind: r.Kind, Actor: r.Actor, Details: r.Details}
	if (r.Kind == cases.Report) != (r.Case == cases.ID{}) {
		return cases.Receipt{}, cases.ErrInvalid
	}
	if r.Kind == cases.Rule {
		e.Level = cases.UnitLevel
	}
	if _, err := m.machine.Next(&cases.Case{}, e); errors.Is(err, cases.ErrInvalid) {
		return cases.Receipt{}, err
	}
	key := cmp.Or(r.KeyOwner, r.Actor.ID) + " " + r.Key
	if k, ok := m.kept[key]; ok && r.Key != "" && m.now().Sub(k.at) <= 30*24*time.Hour {
		if k.hash != r.Hash {
			return cases.Receipt{}, cases.ErrKeyReused
		}
		k.receipt.Repeated = true
		return k.receipt, nil
	}
	before := &cases.Case{}
	if r.Kind != cases.Report {
		id = r.Case
		log, ok := m.logs[id]
		if !ok {
			return cases.Receipt{}, cases.ErrNotFound
		}
		before = m.fold(id, log)
		if r.Version != 0 && r.Version != before.Version {
			return cases.Receipt{}, cases.ErrVersion
		}
	} else if r.Report.ExternalID != "" {
		if _, err := m.find(r.Report.System, r.Report.ExternalID); err == nil {
			return cases.Receipt{}, cases.ErrExternal
		}
	}
	after, err := m.machine.Next(before, e)
	if err != nil {
		return cases.Receipt{}, err
	}
	if err := m.known(before, after); err != nil {
		return cases.Receipt{}, err
	}
	if r.Kind == cases.Report {
		m.order = append(m.order, id)
	}
	m.logs[id] = append(m.logs[id], *e)
	m.feed = append(m.feed, cityfile.Entry{Seq: int64(len(m.feed) + 1), Kind: cases.FeedKind, Key: id.String()})
	return cases.Receipt{ID: id, Version: len(m.logs[id])}, nil
}

// known refuses codes that the town has not, and numbers that are taken.
func (m *memory) known(before, after *cases.Case) error {
	for _, c := range []struct {
		code string
		of   []string
	}{
		{after.Unit, units}, {after.Cell, cells}, {after.Zone, zones}, {after.Component, components}, {after.Category, minors},
	} {
		if c.code != "" && !slices.Contains(c.of, c.code) {
			return cases.ErrInvalid
		}
	}
	if after.Number != "" && after.Number != before.Number {
		for id, log := range m.logs {
			if m.fold(id, log).Number == after.Number {
				return cases.ErrNumber
			}
		}
	}
	return nil
}

func (m *memory) fold(id cases.ID, log []cases.Event) *cases.Case {
	c, err := cases.Fold(id, log)
	if err != nil {
		panic(err)
	}
	return c
}

func (m *memory) get(id cases.ID) (*cases.Case, []cases.Event, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	log, ok := m.logs[id]
	if !ok {
		return nil, nil, cases.ErrNotFound
	}
	c := m.fold(id, log)
	c.FID = int64(slices.Index(m.order, id) + 1)
	return c, log, nil
}

func (m *memory) find(system, externalID string) (cases.ID, error) {
	for id, log := range m.logs {
		if d := log[0].Report; d.System == system && d.ExternalID == externalID {
			return id, nil
		}
	}
	return cases.ID{}, cases.ErrNotFound
}

// list returns all that the query picks, whatever its limit and cursor.
func (m *memory) list(q cases.Query) ([]cases.Summary, error) {
	for _, w := range [...]struct{ asked, has []string }{
		{q.Units, units}, {q.Zones, zones}, {q.Cells, cells}, {q.Communities, communities}, {q.Streets, streets}, {q.Districts, districts},
	} {
		for _, code := range w.asked {
			if !slices.Contains(w.has, code) {
				return nil, cases.ErrInvalid
			}
		}
	}
	for _, p := range q.Categories {
		if !slices.ContainsFunc(append(minors, "01"), func(code string) bool { return strings.HasPrefix(code, p) }) {
			return nil, cases.ErrInvalid
		}
	}
	out := []cases.Summary{}
	for _, id := range m.order {
		c, _, err := m.get(id)
		if err != nil {
			panic(err)
		}
		if picks(&q, c) {
			out = append(out, c.Summary)
		}
	}
	slices.SortFunc(out, func(a, b cases.Summary) int {
		return cmp.Or(b.ReportedAt.Compare(a.ReportedAt), cmp.Compare(b.FID, a.FID))
	})
	return out, nil
}

func picks(q *cases.Query, c *cases.Case) bool {
	in := func(list []string, v string) bool { return len(list) == 0 || slices.Contains(list, v) }
	prefix := len(q.Categories) == 0
	for _, p := range q.Categories {
		prefix = prefix || strings.HasPrefix(c.Category, p)
	}
	at := c.ReportedAt.In(Zone())
	weekday := int(at.Weekday())
	if weekday == 0 {
		weekday = 7
	}
	district := func(list, of []string) bool {
		i := slices.Index(cells, c.Cell)
		return len(list) == 0 || i >= 0 && slices.Contains(list, of[i])
	}
	return prefix && (len(q.Hours) == 0 || slices.Contains(q.Hours, at.Hour())) && (len(q.Weekdays) == 0 || slices.Contains(q.Weekdays, weekday)) &&
		district(q.Communities, communities) && district(q.Streets, streets) && district(q.Districts, districts) &&
		(!q.Live || !c.State.Over()) && says(c, q.Text) && (q.From.IsZero() || !c.ReportedAt.Before(q.From)) && (q.To.IsZero() || c.ReportedAt.Before(q.To)) &&
		(q.Kind == grids.Kind("") || q.Kind == c.Kind) && (len(q.States) == 0 || slices.Contains(q.States, c.State)) &&
		(len(q.Sources) == 0 || slices.Contains(q.Sources, c.Source)) &&
		in(q.Units, c.Unit) && in(q.Zones, c.Zone) && in(q.Cells, c.Cell) && (q.Component == "" || q.Component == c.Component)
}

// says tells whether a text is in the words of a case.
func says(c *cases.Case, text string) bool {
	if text == "" || strings.EqualFold(text, c.ID.String()) || text == c.Component {
		return true
	}
	for _, words := range []string{c.Number, c.ExternalID, "小类", c.Description} {
		if strings.Contains(strings.ToLower(words), strings.ToLower(text)) {
			return true
		}
	}
	return false
}

// all reads a list page by page.
func all(ctx context.Context, s cases.Store, q cases.Query) ([]cases.Summary, error) {
	out := []cases.Summary{}
	for pages := 0; ; pages++ {
		page, err := s.List(ctx, q)
		if err != nil {
			return nil, err
		}
		out = append(out, page.Cases...)
		if page.Next == "" {
			return out, nil
		}
		if q.After = page.Next; pages > 10_000 {
			return nil, fmt.Errorf("the list does not end")
		}
	}
}
