package storetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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
	key := r.Actor.ID + " " + r.Key
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
	out := cases.Receipt{ID: id, Version: len(m.logs[id])}
	if r.Key != "" {
		m.kept[key] = keptAnswer{r.Hash, out, m.now()}
	}
	return out, nil
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
func (m *memory) list(q cases.Query) []cases.Summary {
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
	return out
}

func picks(q *cases.Query, c *cases.Case) bool {
	in := func(list []string, v string) bool { return len(list) == 0 || slices.Contains(list, v) }
	prefix := len(q.Categories) == 0
	for _, p := range q.Categories {
		prefix = prefix || strings.HasPrefix(c.Category, p)
	}
	return prefix && (q.From.IsZero() || !c.ReportedAt.Before(q.From)) && (q.To.IsZero() || c.ReportedAt.Before(q.To)) &&
		(q.Kind == grids.Kind("") || q.Kind == c.Kind) && (len(q.States) == 0 || slices.Contains(q.States, c.State)) &&
		(len(q.Sources) == 0 || slices.Contains(q.Sources, c.Source)) &&
		in(q.Units, c.Unit) && in(q.Zones, c.Zone) && in(q.Cells, c.Cell) && (q.Component == "" || q.Component == c.Component)
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
