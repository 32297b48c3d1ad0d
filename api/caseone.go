package api

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
)

// CaseActor is who did something.
type CaseActor struct {
	ID   string     `json:"id,omitempty" doc:"Only to who sends a token"`
	Role cases.Role `json:"role"`
	Unit string     `json:"unit,omitempty"`
}

// CaseMedia refers to a picture or film that is kept elsewhere.
type CaseMedia struct {
	Stage   string     `json:"stage" doc:"The event it was taken at"`
	URL     string     `json:"url"`
	SHA256  string     `json:"sha256"`
	TakenAt *time.Time `json:"taken_at,omitempty"`
}

// CaseEvent is one step of a case's way.
type CaseEvent struct {
	Seq      int             `json:"seq" doc:"The version of the case that it made"`
	At       time.Time       `json:"at"`
	Kind     cases.EventKind `json:"kind"`
	Actor    CaseActor       `json:"actor"`
	Note     string          `json:"note,omitempty"`
	Media    []CaseMedia     `json:"media,omitempty"`
	Unit     string          `json:"unit,omitempty"`
	UnitName string          `json:"unit_name,omitempty"`
	Level    cases.Level     `json:"level,omitempty"`
	Members  []terms.UnitOf  `json:"members,omitempty"`
	Limit    string          `json:"limit,omitempty" doc:"What began to run, as in 4 work_hour"`
	YellowAt *time.Time      `json:"yellow_at,omitempty"`
	DueAt    *time.Time      `json:"due_at,omitempty"`
	Until    *time.Time      `json:"until,omitempty"`
	Score    int             `json:"score,omitempty"`
	Number   string          `json:"number,omitempty"`
	Alarm    json.RawMessage `json:"alarm,omitempty" doc:"A sensor's, as it came"`
	Decision json.RawMessage `json:"decision,omitempty" doc:"What the rules said then, as in /v1/dispatch"`
}

// CaseDetail is a case as it stands.
type CaseDetail struct {
	terms.CaseSummary
	Description string          `json:"description,omitempty"`
	Attributes  json.RawMessage `json:"attributes,omitempty" doc:"Only to who sends a token"`
	AccuracyM   float64         `json:"accuracy_m,omitempty"`
	System      string          `json:"source_system,omitempty"`
	ExternalID  string          `json:"external_id,omitempty"`
	Level       cases.Level     `json:"level" enum:"city,district,unit"`
	Via         string          `json:"via,omitempty" doc:"The unit of the district that the case came through"`
	Members     []terms.UnitOf  `json:"members,omitempty"`
	Handled     []CaseActor     `json:"handled,omitempty" doc:"Who may neither check nor close it"`
	HeldFrom    cases.State     `json:"held_from,omitempty"`
	HeldUntil   *time.Time      `json:"held_until,omitempty"`
	Extensions  int             `json:"extensions,omitempty"`
	Urges       int             `json:"urges,omitempty"`
}

// WholeCase is a case with its history.
type WholeCase struct {
	Case        CaseDetail        `json:"case"`
	Events      []CaseEvent       `json:"events"`
	Decision    json.RawMessage   `json:"decision,omitempty" doc:"The newest of the events"`
	Allowed     []cases.EventKind `json:"allowed,omitempty" doc:"The events that the token's actor may do now"`
	Deadlines   []CaseDeadline    `json:"deadlines" doc:"Of a case whose clock does not run yet: what it would have from now on"`
	Duplicates  []CaseMatch       `json:"duplicates"`
	Recurrences []CaseMatch       `json:"recurrences"`
	CityVersion int64             `json:"city_version"`
}

// oneCase is GET /v1/cases/{id}.
func (s *server) oneCase(c echo.Context) error {
	if _, err := web.Parameters(c); err != nil {
		return err
	}
	d, err := s.takesCases()
	if err != nil {
		return err
	}
	reader, err := s.reader(c)
	if err != nil {
		return err
	}
	id, err := cases.ParseID(c.Param("id"))
	if err != nil {
		return web.Refuse("id", c.Param("id"), "there is no such case", web.ErrNotFound)
	}
	k, log, err := d.store.Get(c.Request().Context(), id)
	if err != nil {
		return terms.CaseFault(s.log, c, err)
	}
	snap := s.live.Current()
	out := WholeCase{Case: caseDetail(snap, k, d.now(), reader != nil), Deadlines: []CaseDeadline{}, CityVersion: snap.City.Version}
	for i := range log {
		out.Events = append(out.Events, eventBody(snap, &log[i], reader != nil))
		if log[i].Decision != nil {
			out.Decision = log[i].Decision
		}
	}
	if reader != nil {
		out.Allowed = d.allowed(*reader, k)
	}
	if k.DueAt.IsZero() && !k.State.Over() {
		out.Deadlines = d.deadlines(snap, k.Kind, k.Category, k.Condition)
	}
	repeats, err := cases.Intake(c.Request().Context(), log[0].Report, d.store, d.intake)
	if err != nil {
		return terms.CaseFault(s.log, c, err)
	}
	out.Duplicates = withoutCase(matchesOf(repeats.Duplicates, snap.City.TimeZone), id)
	out.Recurrences = withoutCase(matchesOf(repeats.Recurrences, snap.City.TimeZone), id)
	h := c.Response().Header()
	h.Set("ETag", versionTag(k.Version))
	h.Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, out)
}

// caseDetail tells all of a case; names of persons and what may have them only to
// who is known.
func caseDetail(snap *grids.Snapshot, k *cases.Case, now time.Time, known bool) CaseDetail {
	out := CaseDetail{
		CaseSummary: terms.SummaryOf(snap, &k.Summary, now), Description: k.Description, AccuracyM: k.AccuracyM, System: k.System, ExternalID: k.ExternalID,
		Level: k.Level, Via: k.District, HeldFrom: k.HeldFrom, HeldUntil: terms.TimeOrNil(k.HeldUntil, snap.City.TimeZone),
		Extensions: k.Extensions, Urges: k.Urges,
	}
	if len(k.Members) > 0 {
		out.Members = terms.UnitsWithNames(snap, k.Members)
	}
	for _, a := range k.Handled {
		out.Handled = append(out.Handled, actorBody(a, known))
	}
	if known {
		out.Attributes = k.Attributes
	}
	return out
}

func actorBody(a cases.Actor, known bool) CaseActor {
	out := CaseActor{Role: a.Role, Unit: a.Unit}
	if known {
		out.ID = a.ID
	}
	return out
}

func eventBody(snap *grids.Snapshot, e *cases.Event, known bool) CaseEvent {
	zone := snap.City.TimeZone
	out := CaseEvent{
		Seq: e.Seq, At: e.At.In(zone), Kind: e.Kind, Actor: actorBody(e.Actor, known), Note: e.Note, Unit: e.Unit, UnitName: terms.UnitName(snap, e.Unit),
		Level: e.Level, YellowAt: terms.TimeOrNil(e.YellowAt, zone), DueAt: terms.TimeOrNil(e.DueAt, zone), Until: terms.TimeOrNil(e.Until, zone),
		Score: e.Score, Number: e.Number, Alarm: e.Alarm, Decision: e.Decision,
	}
	if e.Limit.Unit != "" {
		out.Limit = e.Limit.String()
	}
	if len(e.Members) > 0 {
		out.Members = terms.UnitsWithNames(snap, e.Members)
	}
	for _, m := range e.Media {
		out.Media = append(out.Media, CaseMedia{m.Stage, m.URL, m.SHA256, terms.TimeOrNil(m.TakenAt, zone)})
	}
	return out
}
