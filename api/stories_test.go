package api_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/api/config"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
	"github.com/wanmi-gis/wanmi/grids/dispatch/stories"
)

// openDispatch serves a city with its rules from a file of its own; the claims
// of the book are in the file from the start, returns are beside it.
func openDispatch(tb testing.TB, city *grids.City, rules string, book dispatch.Book) (*office, *api.Dispatcher) {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "town.gpkg")
	if err := cityfile.CreateWith(tb.Context(), path, city, cityfile.Claims{Ownership: book.Records, Rulings: book.Rulings}); err != nil {
		tb.Fatal(err)
	}
	return reopenDispatch(tb, path, rules, book.Returns)
}

func reopenDispatch(tb testing.TB, path, rules string, returns []dispatch.Return) (*office, *api.Dispatcher) {
	tb.Helper()
	read, err := dispatch.ReadRules([]byte(rules))
	if err != nil {
		tb.Fatal(err)
	}
	store, err := cityfile.Open(tb.Context(), path)
	if err != nil {
		tb.Fatal(err)
	}
	keeper, err := cityfile.NewKeeper(tb.Context(), store, time.Now)
	if err != nil {
		tb.Fatal(err)
	}
	d, err := api.NewDispatcher(tb.Context(), api.DispatcherOptions{Keeper: keeper, Rules: read, Book: dispatch.Book{Returns: returns}, Log: quiet()})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		d.Wait()
		if err := keeper.Close(); err != nil {
			tb.Error(err)
		}
	})
	tokens := []config.Token{config.NewToken(clerkToken, cityfile.Actor{ID: "0017", Role: "operator", Unit: "U1"})}
	handler := api.New(api.Options{Keeper: keeper, Tokens: tokens, Dispatcher: d, Log: quiet()})
	return &office{&desk{handler, keeper.Live().Current(), keeper.Live()}, path, keeper}, d
}

// reportBody is a report as it is sent.
func reportBody(r *dispatch.Report) string {
	m := object{
		"lon": r.At.Lon(), "lat": r.At.Lat(), "kind": r.Kind, "category": r.Category, "accuracy_m": r.AccuracyM,
		"component": r.Component, "at": r.Time.Format(time.RFC3339),
	}
	for _, w := range r.Nearest {
		m["nearest"] = []object{{"kind": w.Kind, "k": w.K}}
	}
	text, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// claimBody is a record or ruling as it is sent.
func claimBody(c *grids.Claim) string {
	date := func(m grids.Moment) any {
		if m.IsZero() {
			return nil
		}
		return m.Time().Format(time.RFC3339Nano)
	}
	text, err := json.Marshal(object{
		"subject": c.Subject, "unit": c.Unit, "evidence": "故事", "valid": object{"from": date(c.Valid.From), "to": date(c.Valid.To)},
	})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// inWords is a decision over HTTP in the scripts' words.
func inWords(tb testing.TB, r reply) *stories.Answer {
	tb.Helper()
	if r.status != http.StatusOK {
		p := r.shape(tb)
		return &stories.Answer{Refused: p.Errors[0].Location + " " + p.Detail + " " + p.Errors[0].Value}
	}
	var d api.Decision
	if err := json.Unmarshal(r.body, &d); err != nil {
		tb.Fatal(err)
	}
	a := &stories.Answer{}
	a.Mode, a.Unit, a.Confidence, a.Automatic, a.Basis = d.Mode, d.Unit, float64(d.Confidence), d.Automatic, d.Basis
	for _, m := range d.Members {
		a.Members = append(a.Members, m.Unit)
	}
	for _, t := range d.Trace {
		a.Trace = append(a.Trace, dispatch.Tried{Rule: t.Rule, Outcome: t.Outcome, Unit: t.Unit})
		if t.Words.Chinese == "" || t.Words.English == "" {
			tb.Errorf("%+v has no words", t)
		}
	}
	for _, x := range d.Alternatives {
		a.Alternatives = append(a.Alternatives, dispatch.Alternative{Unit: x.Unit, DistanceM: float64(x.DistanceM), Direction: x.Direction})
	}
	if q := d.Question; q != nil {
		a.Decision.Question, a.Question = &dispatch.Question{Kind: q.Kind}, q.Words.Chinese+" "+q.Words.English
	}
	if c := d.Component; c != nil {
		a.Component = &dispatch.Match{Code: c.Code, Ambiguous: c.Ambiguous}
	}
	for _, n := range d.Nearest {
		a.Nearest = append(a.Nearest, n.Code)
	}
	return a
}

func TestStoriesOfDispatchComeOutAsTheyAreToldOverHTTP(t *testing.T) {
	t.Parallel()
	folder := filepath.Join("..", "grids", "dispatch", "testdata")
	rules, err := os.ReadFile(filepath.Join(folder, "rules.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(folder, "stories", "*.txt"))
	if err != nil || len(names) < 20 {
		t.Fatalf("%d stories, %v", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			t.Parallel()
			f, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			s, err := stories.Read(f)
			if err != nil || len(s.Asks) == 0 {
				t.Fatalf("%d reports, %v", len(s.Asks), err)
			}
			o, _ := openDispatch(t, s.City, string(rules), dispatch.Book{Returns: s.Book.Returns})
			for i := range s.Book.Records {
				o.claim(t, "ownership", claimBody(&s.Book.Records[i].Claim))
			}
			for i := range s.Book.Rulings {
				o.claim(t, "rulings", claimBody(&s.Book.Rulings[i].Claim))
			}
			for i := range s.Asks {
				a := inWords(t, o.post(t, "/v1/dispatch", reportBody(&s.Asks[i].Report)))
				for _, x := range s.Asks[i].Expects {
					if err := x.Check(a); err != nil {
						t.Errorf("%s:%d: %s: %v", filepath.Base(name), x.Line, strings.Join(x.Words, " "), err)
					}
				}
			}
		})
	}
}

// claim adds a record or ruling, which must be taken.
func (o *office) claim(tb testing.TB, kind, body string, head ...string) api.NewClaim {
	tb.Helper()
	r := o.write(tb, http.MethodPost, "/v1/"+kind, body, head...)
	var c api.NewClaim
	if err := json.Unmarshal(r.body, &c); err != nil || r.status != http.StatusCreated {
		tb.Fatalf("%s %s: %d %s", kind, body, r.status, r.body)
	}
	return c
}

func (o *office) decide(tb testing.TB, body string) api.Decision {
	tb.Helper()
	r := o.post(tb, "/v1/dispatch", body)
	var d api.Decision
	if err := json.Unmarshal(r.body, &d); err != nil || r.status != http.StatusOK {
		tb.Fatalf("%s: %d %s", body, r.status, r.body)
	}
	return d
}
