package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/api/config"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
)

// hall is a command hall: an office that takes cases, with a clock of its own.
type hall struct {
	*office
	store *cases.City
	hand  *api.Desk
	mu    sync.Mutex
	now   time.Time
}

// hallPlan says how a hall differs from the usual one.
type hallPlan struct {
	city    *grids.City
	rules   string // "-" is none
	auto    bool
	people  []config.Token
	machine cases.Machine
	clock   cases.Clock // nil is the city's
	now     time.Time
}

// The people of the usual hall; each has a token of the same name.
var hallPeople = []config.Token{
	person("wang", cases.Supervisor, "JD"), person("li", cases.Operator, "JD"), person("zhao", cases.Dispatcher, "ZH"),
	person("qian", cases.Handler, "U1"), person("han", cases.Handler, "U2"), person("lao", cases.Arbiter, ""),
	person("citizen", cases.PublicRole, ""), person("iot", cases.SensorRole, ""), person("boss", "admin", ""), person("nobody", "clerk", ""),
}

func person(name string, role cases.Role, unit string) config.Token {
	return config.NewToken(name, cityfile.Actor{ID: name, Role: string(role), Unit: unit})
}

// hallCity is the usual town, where each class of components and events has two
// conditions.
func hallCity(tb testing.TB) *grids.City {
	tb.Helper()
	city := town(tb, townPlan{})
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		tb.Fatal(err)
	}
	city.TimeZone = zone
	for _, c := range city.Categories {
		if c.Major != "" {
			for code, limit := range map[string]float64{"1": 4, "2": 10} {
				city.Conditions = append(city.Conditions, grids.Condition{
					Scheme: city.Scheme, Kind: c.Kind, Minor: c.Code, Code: code, Text: "条件" + code, Stage: cases.HandleStage, Limit: limit, Unit: "urgent_hour",
				})
			}
		}
	}
	return city
}

func openHall(tb testing.TB, plan hallPlan) *hall {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "hall.gpkg")
	if plan.city != nil {
		if err := cityfile.Create(tb.Context(), path, plan.city); err != nil {
			tb.Fatal(err)
		}
	} else if err := os.WriteFile(path, usualHall.file(tb), 0o600); err != nil {
		tb.Fatal(err)
	}
	return reopenHall(tb, path, plan)
}

// hallFile is the city file of a hall, made once: making one takes longer than
// most tests.
type hallFile struct {
	once sync.Once
	text []byte
}

var usualHall hallFile

func (f *hallFile) file(tb testing.TB) []byte {
	tb.Helper()
	f.once.Do(func() {
		path := filepath.Join(tb.TempDir(), "usual.gpkg")
		if err := cityfile.Create(tb.Context(), path, hallCity(tb)); err != nil {
			tb.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		f.text = text
	})
	return f.text
}

func reopenHall(tb testing.TB, path string, plan hallPlan) *hall {
	tb.Helper()
	if plan.now.IsZero() {
		plan.now = townNow
	}
	h := &hall{now: plan.now}
	file, err := cityfile.Open(tb.Context(), path)
	if err != nil {
		tb.Fatal(err)
	}
	keeper, err := cityfile.NewKeeper(tb.Context(), file, h.clock)
	if err != nil {
		tb.Fatal(err)
	}
	o := api.Options{Keeper: keeper, Tokens: plan.people, Log: quiet()}
	if plan.people == nil {
		o.Tokens = hallPeople
	}
	if plan.rules != "-" {
		if plan.rules == "" {
			plan.rules = officeRules
		}
		read, err := dispatch.ReadRules([]byte(plan.rules))
		if err != nil {
			tb.Fatal(err)
		}
		if o.Dispatcher, err = api.NewDispatcher(tb.Context(), api.DispatcherOptions{Keeper: keeper, Rules: read, Log: quiet()}); err != nil {
			tb.Fatal(err)
		}
	}
	clock := api.NewCaseClock(keeper.Live(), quiet())
	if plan.machine.Clock = plan.clock; plan.clock == nil {
		plan.machine.Clock = clock
	}
	if h.store, err = cases.NewCity(tb.Context(), file, cases.Options{Machine: plan.machine, Now: h.clock}); err != nil {
		tb.Fatal(err)
	}
	h.hand = api.NewDesk(api.DeskOptions{Store: h.store, Machine: plan.machine, Clock: clock, Auto: plan.auto, Now: h.clock})
	o.Cases = h.hand
	tb.Cleanup(func() {
		if o.Dispatcher != nil {
			o.Dispatcher.Wait()
		}
		if err := keeper.Close(); err != nil {
			tb.Error(err)
		}
	})
	h.office = &office{&desk{api.New(o), keeper.Live().Current(), keeper.Live()}, path, keeper}
	return h
}

func (h *hall) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *hall) pass(d time.Duration) { h.set(h.clock().Add(d)) }

func (h *hall) set(t time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = t
}

// by sends a request as somebody; head has header names and values in turn.
func (h *hall) by(tb testing.TB, who, method, target, body string, head ...string) reply {
	tb.Helper()
	if who != "" {
		head = append([]string{"Authorization", "Bearer " + who}, head...)
	}
	if method == http.MethodPost {
		head = append([]string{"Content-Type", "application/json"}, head...)
	}
	return h.ask(tb, method, target, body, head...)
}

// report reports a case, which must be taken.
func (h *hall) report(tb testing.TB, who, body string, head ...string) api.NewCase {
	tb.Helper()
	return taken[api.NewCase](tb, h.by(tb, who, http.MethodPost, "/v1/cases", body, head...), http.StatusCreated)
}

// does has somebody do an event, which must be taken.
func (h *hall) does(tb testing.TB, who, id, body string, head ...string) api.CaseStep {
	tb.Helper()
	return taken[api.CaseStep](tb, h.by(tb, who, http.MethodPost, "/v1/cases/"+id+"/events", body, head...), http.StatusOK)
}

// whole reads a case as somebody sees it.
func (h *hall) whole(tb testing.TB, who, id string) api.WholeCase {
	tb.Helper()
	return taken[api.WholeCase](tb, h.by(tb, who, http.MethodGet, "/v1/cases/"+id, ""), http.StatusOK)
}

func (h *hall) list(tb testing.TB, query string) api.CaseList {
	tb.Helper()
	return taken[api.CaseList](tb, h.get(tb, "/v1/cases"+query), http.StatusOK)
}

func taken[T any](tb testing.TB, r reply, status int) (out T) {
	tb.Helper()
	if r.status != status {
		tb.Fatalf("%d, want %d: %s", r.status, status, r.body)
	}
	if err := json.Unmarshal(r.body, &out); err != nil {
		tb.Fatalf("%v in %s", err, r.body)
	}
	return out
}

// refuses holds a refusal against what it must say.
func (h *hall) refuses(tb testing.TB, r reply, status int, code, location string) problem {
	tb.Helper()
	p := r.shape(tb)
	if r.status != status || p.Code != code || !slices.ContainsFunc(p.Errors, func(e struct{ Location, Message, Value string }) bool { return e.Location == location }) {
		tb.Errorf("%d %.400s, want %d %s at %s", r.status, r.body, status, code, location)
	}
	return p
}

// happening is a report of an event at the middle of a cell.
func (h *hall) happening(cell int, more string) string {
	at := h.snap.City.Cells[cell].At
	return fmt.Sprintf(`{"lon":%.7f,"lat":%.7f,"accuracy_m":3,"kind":"event","category":"0102","condition":"1"%s}`, at.Lon(), at.Lat(), more)
}

// way brings a case from its report to its closing by the people of the hall.
func (h *hall) way(tb testing.TB, id string) {
	tb.Helper()
	for _, step := range []string{
		`li {"kind":"open"}`, `zhao {"kind":"dispatch","unit":"U1"}`, `qian {"kind":"accept"}`, `qian {"kind":"handle"}`,
		`qian {"kind":"feedback"}`, `wang {"kind":"check"}`, `li {"kind":"close"}`,
	} {
		who, body, _ := strings.Cut(step, " ")
		h.does(tb, who, id, body)
	}
}
