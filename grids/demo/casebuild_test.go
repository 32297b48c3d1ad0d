package demo

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// townFile is a new file of the town of seed 1.
func townFile(t testing.TB) *cityfile.Store {
	t.Helper()
	city, err := Town(1)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "town.gpkg")
	if err := cityfile.Create(t.Context(), path, city); err != nil {
		t.Fatal(err)
	}
	file, err := cityfile.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	})
	return file
}

func now() time.Time { return testNow }

// rowsOf are the rows of all tables of cases as text, in order.
func rowsOf(t *testing.T, file *cityfile.Store) (out []string) {
	t.Helper()
	err := file.View(t.Context(), func(tx *sql.Tx) error {
		for _, q := range []string{
			`SELECT c.fid || '|' || hex(c.geom) || '|' || hex(c.id) || '|' || coalesce(number, '') || '|' || kind || '|' || category || '|' || condition || '|' ||
				source || '|' || state || '|' || unit || '|' || cell || '|' || zone || '|' || coalesce(component, 0) || '|' || reported_at || '|' ||
				due_at || '|' || closed_at || '|' || on_time || '|' || version || '|' || hex(h.events) FROM cases c JOIN history h ON h.case_fid = c.fid ORDER BY c.fid`,
			`SELECT id || '|' || actor || '|' || role || '|' || unit FROM case_actors ORDER BY id`,
			`SELECT source_system || '|' || external_id || '|' || case_fid FROM case_external ORDER BY source_system, external_id`,
		} {
			list, err := texts(tx, q)
			if err != nil {
				return err
			}
			out = append(out, list...)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// texts are the rows of a query with one column.
func texts(tx *sql.Tx, query string) (out []string, err error) {
	rows, err := tx.Query(query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// envBuild has a run of the tests build a history in the file that it names.
const envBuild = "WANMI_DEMO_BUILD"

// killedAt is how many cases the build has stored that is killed.
const killedAt = 2_200

// killABuild has another process go on with the build, and kills it.
func killABuild(t *testing.T, path string, n int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestABuildThatWasEndedGoesOnToTheSameRows$")
	cmd.Env = append(os.Environ(), envBuild+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if stored, err := strconv.Atoi(lines.Text()); err == nil && stored >= killedAt {
			break
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Fatalf("the build of %d cases ended by itself", n)
	}
}

// buildInto builds in a file until it is killed.
func buildInto(t *testing.T, path string, n int) {
	t.Helper()
	file, err := cityfile.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	err = townHistory(t, 1, n).Build(t.Context(), file, now, func(stored int) { fmt.Println(stored) })
	t.Fatal("not killed", err)
}

func TestABuildThatWasEndedGoesOnToTheSameRows(t *testing.T) {
	const n = 3_000
	if path := os.Getenv(envBuild); path != "" {
		buildInto(t, path, n)
	}
	whole, parts := townFile(t), townFile(t)
	if err := townHistory(t, 1, n).Build(t.Context(), whole, now, nil); err != nil {
		t.Fatal(err)
	}
	for _, at := range []int{1, 700, 1_900} {
		h := townHistory(t, 1, n)
		ctx, stop := context.WithCancel(t.Context())
		err := h.Build(ctx, parts, now, func(stored int) {
			if stored >= at {
				stop()
			}
		})
		if stop(); !errors.Is(err, context.Canceled) {
			t.Fatalf("ended at %d: %v", at, err)
		}
	}
	killABuild(t, parts.Path(), n)
	h := townHistory(t, 1, n)
	first, last := -1, 0
	if err := h.Build(t.Context(), parts, now, func(stored int) {
		if last = stored; first < 0 {
			first = stored
		}
	}); err != nil {
		t.Fatal(err)
	}
	if first < killedAt || last != n {
		t.Errorf("it went on at %d and ended at %d", first, last)
	}
	got, want := rowsOf(t, parts), rowsOf(t, whole)
	if len(want) < n || len(got) != len(want) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("row %d is\n%s, want\n%s", i, got[i], want[i])
		}
	}
	if err := h.Build(t.Context(), parts, now, nil); err != nil || len(rowsOf(t, parts)) != len(want) {
		t.Errorf("built once more: %v", err)
	}
}

// The file has what the history says, counted by SQL.
func TestTheFileHasTheHistory(t *testing.T) {
	file := townFile(t)
	h := townHistory(t, 1, townCases)
	if err := h.Build(t.Context(), file, now, nil); err != nil {
		t.Fatal(err)
	}
	wholeLogs := int64(townCases * wholeOfCity / CityCases)
	for query, want := range map[string]int64{
		"SELECT count(*) FROM cases":                                           townCases,
		"SELECT count(*) FROM case_list WHERE state = 'closed'":                townCases,
		"SELECT count(*) FROM history":                                         townCases,
		"SELECT count(*) FROM cases WHERE source = 2":                          int64(townCases * publicShare / perMyriad),
		"SELECT count(*) FROM cases WHERE on_time = 0":                         int64(townCases * lateShare / perMyriad),
		"SELECT count(*) FROM cases WHERE (closed_at <= due_at) != on_time":    0,
		"SELECT count(*) FROM cases WHERE due_at IS NULL OR closed_at IS NULL": 0,
		// The shortest way has eight steps; a whole log has one of handling more.
		"SELECT count(*) FROM cases WHERE version > 8":                              wholeLogs,
		"SELECT count(DISTINCT number) FROM cases":                                  townCases,
		"SELECT count(*) FROM rtree_cases_geom":                                     townCases,
		"SELECT count(*) FROM case_actors WHERE actor NOT LIKE 'demo-%'":            0,
		"SELECT count(*) FROM case_external WHERE source_system <> 'demo'":          0,
		"SELECT max(length(events)) > 160 OR avg(length(events)) > 60 FROM history": 0,
	} {
		var got int64
		if err := file.View(t.Context(), func(tx *sql.Tx) error { return tx.QueryRow(query).Scan(&got) }); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
}

func TestTheOpenCasesAreInAllStates(t *testing.T) {
	file := townFile(t)
	h := townHistory(t, 1, townCases)
	n, err := h.Live(t.Context(), file, &cases.Machine{}, testNow)
	if err != nil || n != h.LiveCount() {
		t.Fatalf("%d open cases, %v", n, err)
	}
	store, err := cases.NewCity(t.Context(), file, cases.Options{})
	if err != nil {
		t.Fatal(err)
	}
	page, err := store.List(t.Context(), cases.Query{Limit: 1000})
	if err != nil || len(page.Cases) != n {
		t.Fatalf("%d cases, %v", len(page.Cases), err)
	}
	states := map[cases.State]int{}
	for _, row := range page.Cases {
		c, log, err := store.Get(t.Context(), row.ID)
		if err != nil {
			t.Fatal(err)
		}
		if states[c.State]++; c.State.Over() || c.LastAt.After(testNow) || c.ReportedAt.Before(testNow.Add(-liveHours*time.Hour)) {
			t.Errorf("case %s is %s, last at %s", c.ExternalID, c.State, c.LastAt)
		}
		if c.System != HistorySystem || c.Description == "" || c.Description != h.describe(&slot{class: h.classOf(c)}) {
			t.Errorf("case %s of %q says %q", c.ExternalID, c.System, c.Description)
		}
		for i := range log {
			if log[i].At.Before(c.ReportedAt) || i > 0 && log[i].At.Before(log[i-1].At) {
				t.Errorf("case %s: event %d at %s", c.ExternalID, i+1, log[i].At)
			}
		}
	}
	if len(states) < 4 {
		t.Errorf("only the states %v", states)
	}
	if n, err := h.Live(t.Context(), file, &cases.Machine{}, testNow.Add(time.Hour)); n != 0 || err != nil {
		t.Errorf("%d more, %v", n, err)
	}
	// The history comes beside them.
	if err := h.Build(t.Context(), file, now, nil); err != nil {
		t.Error(err)
	}
}

// classOf is the class of a case.
func (h *History) classOf(c *cases.Case) int32 {
	for i := range h.classes.all {
		if h.classes.all[i].Class == (cases.Class{Kind: c.Kind, Code: c.Category}) {
			return int32(i)
		}
	}
	return none
}

func TestTheLiveFeedGoesOnWithinItsBounds(t *testing.T) {
	file := townFile(t)
	h := townHistory(t, 1, townCases)
	at := testNow
	clock := func() time.Time { return at }
	if _, err := h.Live(t.Context(), file, &cases.Machine{}, at); err != nil {
		t.Fatal(err)
	}
	store, err := cases.NewCity(t.Context(), file, cases.Options{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	feed, err := h.NewFeed(t.Context(), store, clock)
	if err != nil {
		t.Fatal(err)
	}
	before := eventsIn(t, file)
	const steps = 800
	for range steps {
		at = at.Add(time.Minute)
		if err := feed.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(feed.open) > feed.most {
			t.Fatalf("%d cases are open", len(feed.open))
		}
	}
	if n := eventsIn(t, file) - before; n < steps*95/100 || n > steps {
		t.Errorf("%d events of %d steps", n, steps)
	}
	all, err := store.List(t.Context(), cases.Query{Limit: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	states := map[cases.State]int{}
	for _, c := range all.Cases {
		states[c.State]++
	}
	open := len(all.Cases) - states[cases.Closed]
	if states[cases.Closed] < 20 || len(states) < 5 || open != len(feed.open) || open < h.LiveCount()/2 {
		t.Errorf("states %v, the feed has %d open", states, len(feed.open))
	}
	again, err := h.NewFeed(t.Context(), store, clock)
	if err != nil || len(again.open) != open {
		t.Errorf("a feed that begins now has %d open cases, want %d, %v", len(again.open), open, err)
	}
}

func eventsIn(t *testing.T, file *cityfile.Store) (n int) {
	t.Helper()
	if err := file.View(t.Context(), func(tx *sql.Tx) error { return tx.QueryRow("SELECT count(*) FROM case_events").Scan(&n) }); err != nil {
		t.Fatal(err)
	}
	return n
}

// refusing is a desk where others are always quicker.
type refusing struct{ *cases.City }

func (r refusing) Append(ctx context.Context, q cases.Request) (cases.Receipt, error) {
	if q.Kind != cases.Report {
		q.Version = 1_000
	}
	return r.City.Append(ctx, q)
}

func TestTheLiveFeedLetsOthersGoFirst(t *testing.T) {
	file := townFile(t)
	store, err := cases.NewCity(t.Context(), file, cases.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	feed, err := townHistory(t, 1, townCases).NewFeed(t.Context(), refusing{store}, now)
	if err != nil {
		t.Fatal(err)
	}
	for range 60 {
		if err := feed.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	page, err := store.List(t.Context(), cases.Query{})
	if err != nil || len(page.Cases) == 0 {
		t.Fatal(len(page.Cases), err)
	}
	for _, c := range page.Cases {
		if c.State != cases.Reported || c.Kind == grids.Kind("") {
			t.Errorf("a case is %s", c.State)
		}
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	failed := false
	for range 60 {
		failed = failed || feed.Step(t.Context()) != nil
	}
	if !failed {
		t.Error("a closed file is no error")
	}
}
