package api_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api/config"
	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cases/stories"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// stage is a hall in which a story is played.
type stage struct {
	*hall
	current string
}

func TestStoriesOfCasesEndAsTheyAreToldOverHTTP(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob(filepath.Join("..", "grids", "cases", "testdata", "*.txt"))
	if err != nil || len(names) < 13 {
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
			if err != nil {
				t.Fatal(err)
			}
			city := town(t, townPlan{})
			s.City(city)
			plan := hallPlan{city: city, rules: "-", machine: cases.Machine{Expert: s.Expert, Centre: s.Centre}, now: stories.Begin()}
			if plan.clock, err = s.Clock(); err != nil {
				t.Fatal(err)
			}
			for i := range s.Steps { // who changes the role has another token
				a := s.Steps[i].Who
				plan.people = append(plan.people, config.NewToken(tokenOf(a), cityfile.Actor{ID: a.ID, Role: string(a.Role), Unit: a.Unit}))
			}
			on := &stage{hall: openHall(t, plan)}
			for i := range s.Steps {
				st := &s.Steps[i]
				on.set(st.At)
				if err := s.Check(st, on.step(t, st)); err != nil {
					t.Fatalf("%s:%d: %v", filepath.Base(name), st.Line, err)
				}
			}
		})
	}
}

func tokenOf(a cases.Actor) string { return a.ID + "/" + string(a.Role) + "/" + a.Unit }

// step does one step over HTTP.
func (s *stage) step(t *testing.T, st *stories.Step) *stories.Outcome {
	t.Helper()
	at := s.snap.City.Cells[9].At
	m := object{"lon": at.Lon(), "lat": at.Lat(), "kind": "event", "category": st.Category}
	if st.Condition != "" {
		m["condition"] = st.Condition
	}
	target, created := "/v1/cases", http.StatusCreated
	switch {
	case st.Device != "":
		m["source_system"], m["device"], target = "story", st.Device, "/v1/alarms"
	case st.Kind == cases.Report:
		m["source"] = "public" // whose reports wait for somebody
	default:
		m, target, created = stepBody(st), "/v1/cases/"+s.current+"/events", http.StatusOK
	}
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	r := s.by(t, tokenOf(st.Who), http.MethodPost, target, string(text))
	if r.status == http.StatusUnprocessableEntity {
		var p web.Problem
		if err := json.Unmarshal(r.body, &p); err != nil || p.Code != "event-not-allowed" {
			t.Fatalf("line %d: %s", st.Line, r.body)
		}
		return &stories.Outcome{Refused: p.Reason, Allowed: p.Allowed}
	}
	o := &stories.Outcome{}
	if st.Device != "" {
		if o.Alarm = "note"; r.status == http.StatusCreated {
			o.Alarm = "new"
		}
		created = r.status
	}
	var got struct{ Case terms.CaseSummary }
	if got = taken[struct{ Case terms.CaseSummary }](t, r, created); got.Case.ID != "" {
		s.current = got.Case.ID
	}
	whole := s.whole(t, "", s.current)
	if whole.Case.Version != got.Case.Version || !slices.Equal(whole.Case.Position, got.Case.Position) || len(whole.Events) != whole.Case.Version {
		t.Errorf("line %d: answered %+v, read %+v", st.Line, got.Case, whole.Case)
	}
	o.State, o.Unit, o.Events = whole.Case.State, whole.Case.Unit, whole.Case.Version
	o.DueAt, o.YellowAt = timeOf(whole.Case.DueAt), timeOf(whole.Case.YellowAt)
	o.OnTime = whole.Case.OnTime != nil && *whole.Case.OnTime
	return o
}

func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// stepBody is an event as it is sent.
func stepBody(st *stories.Step) object {
	d := &st.Details
	m := object{"kind": st.Kind, "note": d.Note}
	if d.Unit != "" {
		m["unit"], m["level"], m["members"] = d.Unit, d.Level, d.Members
	}
	if d.Score != 0 {
		m["score"] = d.Score
	}
	if !d.Until.IsZero() {
		m["until"] = d.Until.Format(time.RFC3339)
	}
	return m
}
