package cases_test

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cases/storetest"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/spatial"
)

var madeAt = time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)

// past makes a closed case of the made-up kind, number n of its city.
func past(random *rand.Rand, n int) cases.Past {
	at := madeAt.Add(time.Duration(n) * 143 * time.Second)
	somebody := func(role cases.Role, n int, unit string) cases.Actor {
		return cases.Actor{ID: fmt.Sprintf("%s%03d", role, random.IntN(n)), Role: role, Unit: unit}
	}
	supervisor, operator := somebody(cases.Supervisor, 120, "JD"), somebody(cases.Operator, 20, "JD")
	unit := []string{"U1", "U2", "U3"}[random.IntN(3)]
	handler := somebody(cases.Handler, 60, unit)
	kind := []grids.Kind{grids.ComponentKind, grids.EventKind}[random.IntN(2)]
	p := cases.Past{Reporter: supervisor, Report: cases.Draft{
		Kind: kind, Category: []string{"0101", "0102"}[random.IntN(2)], Condition: fmt.Sprint(1 + random.IntN(3)), Source: cases.Patrol,
		At: spatial.At(storetest.Corner.Lon()+random.Float64()*0.1, storetest.Corner.Lat()+random.Float64()*0.08), Cell: "990101001001001", Zone: "Z1",
		Number: fmt.Sprintf("%s%06d", at.Format("2006"), n), ReportedAt: at,
	}}
	if kind == grids.ComponentKind {
		p.Report.Component = []string{"9901010102000001", "9901010102000002"}[random.IntN(2)]
	}
	step := func(k cases.EventKind, a cases.Actor, after time.Duration) *cases.Event {
		at = at.Add(time.Duration(1+random.Int64N(int64(after/time.Second))) * time.Second)
		p.Events = append(p.Events, cases.Event{Kind: k, Actor: a, At: at})
		return &p.Events[len(p.Events)-1]
	}
	step(cases.Register, operator, 10*time.Minute)
	step(cases.Open, operator, 10*time.Minute)
	d := step(cases.Dispatch, somebody(cases.Dispatcher, 10, "ZH"), 10*time.Minute)
	d.Unit, d.Level, d.DueAt = unit, cases.UnitLevel, at.Add(24*time.Hour)
	step(cases.Accept, handler, time.Hour)
	step(cases.Handle, handler, 3*time.Hour)
	step(cases.Feedback, handler, 12*time.Hour)
	if random.IntN(20) == 0 {
		step(cases.Rework, supervisor, 2*time.Hour)
		step(cases.Handle, handler, 2*time.Hour)
		step(cases.Feedback, handler, 12*time.Hour)
	}
	step(cases.Check, supervisor, 5*time.Hour)
	step(cases.Close, operator, time.Hour)
	return p
}

func pasts(random *rand.Rand, from, n int) iter.Seq2[cases.Past, error] {
	return func(yield func(cases.Past, error) bool) {
		for i := range n {
			if !yield(past(random, from+i), nil) {
				return
			}
		}
	}
}

// fixed yields what it is given.
func fixed(list ...cases.Past) iter.Seq2[cases.Past, error] {
	return func(yield func(cases.Past, error) bool) {
		for _, p := range list {
			if !yield(p, nil) {
				return
			}
		}
	}
}

func TestBulkHistoryReadsBackAsItWasGivenAndGoesOnLikeAnyCase(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	s, file := opened(t, created(t), cases.Options{})
	list := []cases.Past{}
	for i := range 50 {
		list = append(list, past(random, i))
	}
	last := &list[49].Events[len(list[49].Events)-1]
	last.Note = "结案说明"
	list[49].Events = append(list[49].Events, cases.Event{Kind: cases.Survey, Actor: cases.Actor{ID: "p", Role: cases.PublicRole}, At: last.At.Add(time.Hour), Details: cases.Details{Score: 4}})
	list[47].Report.Description = "井盖破损 🕳️ مكسور"
	list[48].Report.System, list[48].Report.ExternalID = "12345", "E-48"
	if n, err := s.Import(t.Context(), fixed(list...), nil); n != 50 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	page, err := s.List(t.Context(), cases.Query{})
	if err != nil || len(page.Cases) != 50 {
		t.Fatalf("%d cases, %v", len(page.Cases), err)
	}
	for i, row := range page.Cases {
		want := list[49-i]
		c, events, err := s.Get(t.Context(), row.ID)
		if err != nil || !reflect.DeepEqual(c.Summary, row) || c.State != cases.Closed || !row.ID.At().Equal(row.ReportedAt) {
			t.Fatalf("%+v, %v; the row is %+v", c, err, row)
		}
		if !reflect.DeepEqual(*events[0].Report, want.Report) || events[0].Actor != want.Reporter || len(events) != len(want.Events)+1 {
			t.Fatalf("report %+v, want %+v", events[0], want.Report)
		}
		for k, e := range events[1:] {
			w := want.Events[k]
			if w.Seq = k + 2; !reflect.DeepEqual(e, w) {
				t.Fatalf("event %+v, want %+v", e, w)
			}
		}
	}
	// An old case is reopened: its log goes on in rows of its own.
	id := page.Cases[3].ID
	version := page.Cases[3].Version
	for i, k := range []cases.EventKind{cases.Reopen, cases.Urge} {
		got, err := s.Append(t.Context(), cases.Request{Case: id, Kind: k, Actor: cases.Actor{ID: "shen", Role: cases.Arbiter}})
		if err != nil || got.Version != version+i+1 {
			t.Fatalf("%s: %+v, %v", k, got, err)
		}
	}
	if c, events, err := s.Get(t.Context(), id); err != nil || c.State != cases.Opened || len(events) != version+2 || c.Urges != 1 {
		t.Errorf("%+v with %d events, %v", c, len(events), err)
	}
	entries, _, err := s.Feed(t.Context(), cityfile.Cursor{}, 10)
	var told map[string]int
	if err != nil || len(entries) != 3 || entries[0].Kind != cases.FeedImport || json.Unmarshal(entries[0].Body, &told) != nil || told["imported"] != 50 {
		t.Errorf("the feed is %+v, %v", entries, err)
	}
	whole(t, file)
}

// whole asks SQLite whether the file is whole, r-tree included.
func whole(t *testing.T, file *cityfile.Store) {
	t.Helper()
	var verdict string
	if err := file.View(t.Context(), func(tx *sql.Tx) error {
		return tx.QueryRow("PRAGMA integrity_check").Scan(&verdict)
	}); err != nil || verdict != "ok" {
		t.Errorf("integrity_check: %s, %v", verdict, err)
	}
}

func TestAnImportStoresAllOrNothingAndListsEveryFaultWithItsRow(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 6))
	s, _ := opened(t, created(t), cases.Options{})
	if _, err := s.Import(t.Context(), fixed(past(random, 0)), nil); err != nil {
		t.Fatal(err)
	}
	var list []cases.Past
	want := map[int]error{}
	fault := func(is error, change func(p *cases.Past)) {
		list = append(list, past(random, 100+len(list)))
		p := past(random, 100+len(list))
		change(&p)
		list = append(list, p)
		want[len(list)] = is
	}
	fault(cases.ErrInvalid, func(p *cases.Past) { p.Report.Category = "9999" })
	fault(cases.ErrInvalid, func(p *cases.Past) { p.Report.Cell = "nowhere" })
	fault(cases.ErrInvalid, func(p *cases.Past) { p.Events[2].Unit = "U99" })
	fault(cases.ErrInvalid, func(p *cases.Past) { p.Events[0].Actor.Role = "king" })
	fault(cases.ErrInvalid, func(p *cases.Past) { p.Events[len(p.Events)-1].At = time.Now().Add(time.Hour) })
	fault(cases.ErrNumber, func(p *cases.Past) { p.Report.Number = "2021000000" })
	fault(cases.ErrNumber, func(p *cases.Past) { p.Report.Number = list[0].Report.Number })
	fault(cases.ErrBlob, func(p *cases.Past) { p.Events[1].At = p.Events[0].At.Add(-time.Hour) })
	fault(cases.ErrBlob, func(p *cases.Past) { p.Report.AccuracyM = 5 })
	fault(cases.ErrBlob, func(p *cases.Past) { p.Events[0].Number = "7" })
	fault(nil, func(p *cases.Past) { p.Events = p.Events[1:] })
	seen := 0
	_, err := s.Import(t.Context(), fixed(list...), func(int) { seen++ })
	faulty, ok := errors.AsType[*cases.Faulty](err)
	if !ok || faulty.Rows != len(list) || len(faulty.Faults) != len(want) || !strings.Contains(err.Error(), "row 22: the events do not follow each other") {
		t.Fatalf("%v", err)
	}
	for _, f := range faulty.Faults {
		if is, ok := want[f.Row]; !ok || (is != nil && !errors.Is(f, is)) {
			t.Errorf("%v", f)
		}
	}
	stop := errors.New("the file ends in the middle")
	if _, err := s.Import(t.Context(), func(yield func(cases.Past, error) bool) {
		_ = yield(past(random, 500), nil) && yield(cases.Past{}, stop)
	}, nil); !errors.Is(err, stop) || !strings.Contains(err.Error(), "row 2") {
		t.Errorf("%v", err)
	}
	if page, err := s.List(t.Context(), cases.Query{}); err != nil || len(page.Cases) != 1 {
		t.Errorf("%d cases, %v", len(page.Cases), err)
	}
	if n, err := s.Import(t.Context(), pasts(random, 1000, 2500), func(int) { seen++ }); n != 2500 || err != nil || seen != 2 {
		t.Errorf("%d cases, %d times progress, %v", n, seen, err)
	}
}

func TestAnImportDoneTwiceAddsNothingAndTheRestOfAFileIsTaken(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 9))
	s, _ := opened(t, created(t), cases.Options{})
	list := []cases.Past{}
	for i := range 40 {
		p := past(random, i)
		if i%2 == 0 {
			p.Report.System, p.Report.ExternalID = "12345", fmt.Sprint("E-", i)
		}
		list = append(list, p)
	}
	bad := past(random, 99)
	bad.Report.Cell = "nowhere"
	twice := list[6]
	twice.Report.Number = "another"
	for _, c := range []struct {
		name string
		list []cases.Past
		o    cases.ImportOptions
		want cases.Imported
		feed int
	}{
		{"a try stores nothing", list, cases.ImportOptions{Try: true, Batch: 7}, cases.Imported{Rows: 40, Stored: 40}, 0},
		{"half of them", list[:20], cases.ImportOptions{}, cases.Imported{Rows: 20, Stored: 20}, 1},
		{"the whole file by batches", list, cases.ImportOptions{PassKnown: true, Batch: 7}, cases.Imported{Rows: 40, Stored: 20, Known: 20}, 5},
		{"the same again", list, cases.ImportOptions{PassKnown: true}, cases.Imported{Rows: 40, Known: 40}, 5},
		{"the good ones", append([]cases.Past{bad}, past(random, 50)), cases.ImportOptions{SkipFaulty: true, Batch: 1}, cases.Imported{Rows: 2, Stored: 1, Faulty: 1}, 6},
	} {
		got, err := s.ImportWith(t.Context(), fixed(c.list...), c.o)
		entries, _, ferr := s.Feed(t.Context(), cityfile.Cursor{}, 100)
		if err != nil || ferr != nil || got != c.want || len(entries) != c.feed {
			t.Errorf("%s: %+v, %v; %d entries in the feed, %v", c.name, got, err, len(entries), ferr)
		}
	}
	// Without PassKnown a known one is at fault, and so is one that its own file has twice.
	if _, err := s.Import(t.Context(), fixed(twice), nil); !errors.Is(err, cases.ErrExternal) {
		t.Error(err)
	}
	first := past(random, 60)
	first.Report.System, first.Report.ExternalID = "12345", "E-60"
	again := first
	again.Report.Number, again.Row = "60b", 77
	var told []int
	done, err := s.ImportWith(t.Context(), fixed(first, again), cases.ImportOptions{PassKnown: true, Fault: func(f cases.RowFault) { told = append(told, f.Row) }})
	if !errors.Is(err, cases.ErrExternal) || done.Stored != 0 || !reflect.DeepEqual(told, []int{77}) {
		t.Errorf("%+v, %v, told of %v", done, err, told)
	}
	// What batches before had committed stays, and the error says so.
	good := past(random, 61)
	_, err = s.ImportWith(t.Context(), fixed(good, bad, past(random, 62)), cases.ImportOptions{Batch: 1})
	if err == nil || !strings.Contains(err.Error(), "1 of 2 cases are at fault, 1 were stored before") {
		t.Error(err)
	}
	// A sequence may say itself that a row is at fault; the rest is counted.
	unread := errors.New("no case")
	_, err = s.ImportWith(t.Context(), func(yield func(cases.Past, error) bool) {
		for i := range 250 {
			if !yield(cases.Past{}, cases.RowFault{Row: i + 2, Err: unread}) {
				return
			}
		}
	}, cases.ImportOptions{})
	faulty, ok := errors.AsType[*cases.Faulty](err)
	if !ok || faulty.Count != 250 || len(faulty.Faults) != 100 || !errors.Is(err, unread) || !strings.Contains(err.Error(), "and 150 more") {
		t.Error(err)
	}
}

func BenchmarkImport(b *testing.B) {
	random := rand.New(rand.NewPCG(7, 7))
	s, _ := opened(b, created(b), cases.Options{})
	b.ResetTimer()
	if _, err := s.Import(b.Context(), pasts(random, 0, b.N), nil); err != nil {
		b.Fatal(err)
	}
}
