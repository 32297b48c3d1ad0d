package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/api/config"
	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// boardroom is an office with cases: the store behind them, and the board that follows.
type boardroom struct {
	*office
	city  *cases.City
	board *cases.Board
	base  string
	close func()
}

// openBoardroom opens the town with a board that follows its store at once; ticks stand
// for the commits of other programs and the clock.
func openBoardroom(tb testing.TB, path string, tick <-chan time.Time, o api.Options) *boardroom {
	tb.Helper()
	store, err := cityfile.Open(tb.Context(), path)
	if err != nil {
		tb.Fatal(err)
	}
	keeper, err := cityfile.NewKeeper(tb.Context(), store, time.Now)
	if err != nil {
		tb.Fatal(err)
	}
	city, err := cases.NewCity(tb.Context(), store, cases.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	board, err := cases.NewBoard(tb.Context(), city)
	if err != nil {
		tb.Fatal(err)
	}
	o.Keeper, o.Board, o.Log = keeper, board, quiet()
	o.Tokens = []config.Token{config.NewToken(clerkToken, cityfile.Actor{ID: "0017", Role: "operator", Unit: "U1"})}
	handler := api.New(o)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		board.Run(ctx, tick, func(err error) { tb.Error(err) })
	}()
	closing := sync.OnceFunc(func() {
		stop()
		<-done
		if err := keeper.Close(); err != nil {
			tb.Error(err)
		}
	})
	tb.Cleanup(closing)
	return &boardroom{&office{&desk{handler, keeper.Live().Current(), keeper.Live()}, path, keeper}, city, board, serve(tb, handler), closing}
}

func newBoardroom(tb testing.TB, o api.Options) *boardroom {
	tb.Helper()
	return openBoardroom(tb, newTownFile(tb), nil, o)
}

func newTownFile(tb testing.TB) string {
	tb.Helper()
	path := tb.TempDir() + "/town.gpkg"
	if err := cityfile.Create(tb.Context(), path, town(tb, townPlan{})); err != nil {
		tb.Fatal(err)
	}
	return path
}

var (
	inspector = cases.Actor{ID: "wang", Role: cases.Supervisor, Unit: "JD"}
	officer   = cases.Actor{ID: "li", Role: cases.Operator, Unit: "JD"}
	sender    = cases.Actor{ID: "zhao", Role: cases.Dispatcher, Unit: "ZH"}
	probe     = cases.Actor{ID: "s1", Role: cases.SensorRole}
)

// report is a request for a case in a cell of the town.
func (h *boardroom) report(n int) cases.Request {
	cell := &h.snap.City.Cells[n%len(h.snap.City.Cells)]
	return cases.Request{Kind: cases.Report, Actor: inspector, Details: cases.Details{Report: &cases.Draft{
		Kind: grids.EventKind, Category: h.eventClass(), Source: cases.Patrol, ReportedAt: time.Now(), At: cell.At, Cell: cell.Code, Zone: cell.Zone,
	}}}
}

// eventClass is a minor of the town's events.
func (h *boardroom) eventClass() string {
	for _, c := range h.snap.Catalogue.All() {
		if c.Kind == grids.EventKind && c.Major != "" {
			return c.Code
		}
	}
	return ""
}

func (h *boardroom) do(tb testing.TB, r cases.Request) cases.ID {
	tb.Helper()
	got, err := h.city.Append(tb.Context(), r)
	if err != nil {
		tb.Fatal(err)
	}
	return got.ID
}

func (h *boardroom) step(tb testing.TB, id cases.ID, kind cases.EventKind, a cases.Actor) {
	tb.Helper()
	h.do(tb, cases.Request{Case: id, Kind: kind, Actor: a})
}

// newsText is an event of the stream as its text has it.
type newsText struct {
	kind, id string
	data     struct {
		ID, Event   string
		Seq         int
		Case        terms.CaseSummary
		Alarm       json.RawMessage
		New, Missed bool
		CityVersion int64 `json:"city_version"`
		Layers      map[string][]string
	}
}

// hear returns the next event whole.
func (e *ear) hear(t testing.TB) (h newsText) {
	t.Helper()
	for e.lines.Scan() {
		name, value, _ := strings.Cut(e.lines.Text(), ": ")
		switch name {
		case "event":
			h.kind = value
		case "id":
			e.id, h.id = value, value
		case "data":
			if err := json.Unmarshal([]byte(value), &h.data); err != nil {
				t.Fatalf("%v in %s", err, value)
			}
		case "":
			if h.kind != "" {
				return h
			}
			h = newsText{}
		}
	}
	t.Fatalf("the stream ended: %v", e.lines.Err())
	return h
}

// line is an event in a word.
func (h newsText) line() string {
	switch h.kind {
	case "case":
		return fmt.Sprintf("case %s/%d %s", h.data.Event, h.data.Seq, h.data.Case.State)
	case "alarm":
		return fmt.Sprintf("alarm %s new %t", h.data.Alarm, h.data.New)
	case "tiles":
		for l := range h.data.Layers {
			return "tiles " + l
		}
	case "city":
		return fmt.Sprintf("city missed %t", h.data.Missed)
	}
	return h.kind
}

func (e *ear) hears(t *testing.T, want ...string) {
	t.Helper()
	for _, w := range want {
		if h := e.hear(t); h.line() != w {
			t.Errorf("%s (%s), not %s", h.line(), h.id, w)
		}
	}
}

func TestCasesAlarmsAndEditsComeInOneOrderAndTheirIdsAreTheFeeds(t *testing.T) {
	t.Parallel()
	h := newBoardroom(t, api.Options{})
	all := listen(t, h.base, "", "")
	all.beat(t)
	if all.id != "test-0" {
		t.Errorf("it begins at %s", all.id)
	}
	id := h.do(t, h.report(3))
	all.hears(t, "tiles cases")
	first := all.hear(t)
	s := first.data.Case
	if first.kind != "case" || first.id != "test-1" || first.data.ID != id.String() || first.data.Event != "report" || first.data.Seq != 1 ||
		s.ID != id.String() || s.State != "reported" || s.Lamp != "grey" || s.Cell != h.snap.City.Cells[3].Code || s.CategoryName == "" || s.Community == "" ||
		s.Version != 1 || first.data.CityVersion != 1 {
		t.Errorf("%+v", first)
	}
	h.write(t, http.MethodPatch, "/v1/zones/Z1", `{"name":"z"}`).written(t, http.StatusOK)
	if e := all.hear(t); e.line() != "tiles zones" || e.id != "test-2" || e.data.CityVersion != 2 {
		t.Errorf("%s %s", e.line(), e.id)
	}
	h.step(t, id, cases.Register, officer)
	all.hears(t, "tiles cases", "case register/2 registered")
	alarm := h.report(5)
	alarm.Actor, alarm.Report.Source, alarm.Alarm = probe, cases.Sensor, json.RawMessage(`{"level":3}`)
	h.do(t, alarm)
	all.hears(t, "tiles cases", "case report/1 reported")
	if e := all.hear(t); e.line() != `alarm {"level":3} new true` || e.id != "test-4.1" || e.data.Case.Source != cases.Sensor {
		t.Errorf("%s %s", e.line(), e.id)
	}
	if _, err := h.keeper.Reload(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	if e := all.hear(t); e.line() != "city missed false" || e.id != "test-5" || e.data.CityVersion != 3 {
		t.Errorf("%s %s", e.line(), e.id)
	}
	for from, want := range map[string][]string{
		"test-0":   {"tiles cases", "case report/1 reported", "tiles zones", "tiles cases", "case register/2 registered", "tiles cases", "case report/1 reported", `alarm {"level":3} new true`, "city missed false"},
		"test-3":   {"tiles cases", "case report/1 reported", `alarm {"level":3} new true`, "city missed false"},
		"test-4":   {`alarm {"level":3} new true`, "city missed false"},
		"test-4.1": {"city missed false"},
	} {
		listen(t, h.base, "", from).hears(t, want...)
	}
	listen(t, h.base, "?events=case", "test-0").hears(t, "case report/1 reported", "case register/2 registered", "case report/1 reported")
	listen(t, h.base, "?events=alarm,city", "test-0").hears(t, `alarm {"level":3} new true`, "city missed false")
	listen(t, h.base, "?events=tiles&layers=zones", "test-0").hears(t, "tiles zones")
	for _, id := range []string{"test-6", "other-3", "test-", "test--1", "test-1.2", "test-01"} {
		listen(t, h.base, "?events=case", id).hears(t, "city missed true")
	}
}

// TestAServerStartedAnewTellsWhatWasMissed from the feed: every event of a case
// once, the same bytes as when it happened.
func TestAServerStartedAnewTellsWhatWasMissed(t *testing.T) {
	t.Parallel()
	path := newTownFile(t)
	h := openBoardroom(t, path, nil, api.Options{})
	e := listen(t, h.base, "?events=case,alarm", "")
	e.beat(t)
	var want []newsText
	for n := range 300 {
		r := h.report(n)
		if n%10 == 0 {
			r.Actor, r.Report.Source, r.Alarm = probe, cases.Sensor, json.RawMessage(`{"n":1}`)
		}
		id := h.do(t, r)
		want = append(want, e.hear(t))
		if n%10 == 0 {
			want = append(want, e.hear(t))
		} else if n%3 == 0 {
			h.step(t, id, cases.Register, officer)
			want = append(want, e.hear(t))
		}
		if n == 150 {
			h.write(t, http.MethodPatch, "/v1/zones/Z1", `{"name":"z"}`).written(t, http.StatusOK)
		}
	}
	e.close()
	h.close()
	again := openBoardroom(t, path, nil, api.Options{})
	listen(t, again.base, "", want[0].id).hears(t, "city missed false") // for what is drawn
	for _, from := range []int{0, 1, 2, 7, 150, 299, len(want) - 1} {
		e := listen(t, again.base, "?events=case,alarm", want[from].id)
		for i := from + 1; i < len(want); i++ {
			got := e.hear(t)
			if !reflect.DeepEqual(got, want[i]) {
				t.Fatalf("from %s: %+v\nnot %+v", want[from].id, got, want[i])
			}
		}
		again.do(t, again.report(1))
		want = append(want, e.hear(t))
	}
}

func TestWhatAnotherProgramAppendsIsToldAndDrawnWithTheNextTick(t *testing.T) {
	t.Parallel()
	path, tick := newTownFile(t), make(chan time.Time)
	h := openBoardroom(t, path, tick, api.Options{})
	other, err := cityfile.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	there, err := cases.NewCity(t.Context(), other, cases.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e := listen(t, h.base, "", "")
	e.beat(t)
	for n := range 3 {
		got, err := there.Append(t.Context(), h.report(n))
		if err != nil {
			t.Fatal(err)
		}
		tick <- time.Time{}
		e.hears(t, "tiles cases")
		if c := e.hear(t); c.data.ID != got.ID.String() {
			t.Errorf("%+v", c)
		}
		if h.caseTile(t, h.snap.City.Cells[n].At, 14, "")[got.ID.String()] == nil {
			t.Error("it is not in its tile")
		}
	}
}

// caseTile are the cases of the tile at a place, by id.
func (h *boardroom) caseTile(t testing.TB, at spatial.Coord, z uint8, query string) map[string]map[string]any {
	t.Helper()
	r := h.get(t, tileURL("cases", tileAt(at, z))+query)
	if r.status == http.StatusNoContent {
		return nil
	}
	return inTile(t, r)
}

func TestTheStreamsKindsAreAskedForRightly(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	for _, c := range []refusal{
		{"/v1/stream?events=planets", 400, "malformed", "events"},
		{"/v1/stream?events=", 400, "malformed", "events"},
		{"/v1/stream?events=case,,tiles", 400, "malformed", "events"},
		{"/v1/stream?events=" + names(51), 400, "too-many", "events"},
	} {
		d.refuses(t, c)
	}
}

// TestNoEventIsLostOrDoubledForThoseWhoComeAndGo has listeners that are cut off at
// every place, with more events than are kept.
func TestNoEventIsLostOrDoubledForThoseWhoComeAndGo(t *testing.T) {
	t.Parallel()
	h := newBoardroom(t, api.Options{})
	const n, listeners = 400, 8
	done := make(chan error, listeners)
	start := make(chan struct{}, listeners)
	for k := range listeners {
		go func() {
			id, heardAll := "test-0", []string(nil)
			start <- struct{}{}
			for len(heardAll) < n {
				e := listen(t, h.base, "?events=case", id)
				for range 1 + k*7 {
					if len(heardAll) == n {
						break
					}
					c := e.hear(t)
					heardAll = append(heardAll, c.data.ID)
				}
				e.close()
				id = e.id
			}
			unique := slices.Compact(slices.Sorted(slices.Values(heardAll)))
			if len(unique) != n || !slices.IsSorted(heardAll) {
				done <- fmt.Errorf("listener %d heard %d different cases, in order %t", k, len(unique), slices.IsSorted(heardAll))
				return
			}
			done <- nil
		}()
	}
	for range listeners {
		<-start
	}
	for i := range n { // ids rise
		h.do(t, h.report(i))
	}
	for range listeners {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func tileAt(at spatial.Coord, z uint8) tiler.ID {
	id, _ := tiler.At(at, z)
	return id
}
