package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
)

// NewCase is the answer to a report.
type NewCase struct {
	Case terms.CaseSummary `json:"case"`
	Findings
}

// Findings are what is found out about a report.
type Findings struct {
	Place       terms.Answer   `json:"place" doc:"Where the position is, as in /v1/geocode"`
	Decision    *Decision      `json:"decision" doc:"Whose the case is; null in a city without rules"`
	Deadlines   []CaseDeadline `json:"deadlines" doc:"From now, of the condition, or of all the class has where none is named"`
	Duplicates  []CaseMatch    `json:"duplicates" doc:"Open cases that this one may repeat, the nearest first. It is taken all the same, and waits for a person"`
	Recurrences []CaseMatch    `json:"recurrences" doc:"Closed cases that may have come back (反复)"`
	CityVersion int64          `json:"city_version"`
}

// found is what is known of a report before it is stored.
type found struct {
	snap      *grids.Snapshot
	decision  *Decision
	decided   *dispatch.Decision
	repeats   cases.Repeats
	deadlines []CaseDeadline
}

// newCase is POST /v1/cases.
func (s *server) newCase(c echo.Context) error {
	a, err := s.readEdit(c, web.TypeJSON)
	if err != nil {
		return err
	}
	d, err := s.takesCases()
	if err != nil {
		return err
	}
	if a.ifMatch != "" {
		return web.Refuse("If-Match", a.ifMatch, "a case is reported, nothing is changed", web.ErrMalformed)
	}
	r, err := a.caseReport(d.now())
	if err != nil {
		return err
	}
	f, err := s.findOut(c.Request().Context(), a.snap, r)
	if err != nil {
		return terms.CaseFault(s.log, c, err)
	}
	place := terms.AnswerOf(a.snap, r.place, true)
	place.Place = a.snap.Words(r.place.At)
	known := Findings{
		Place: place, Decision: f.decision, Deadlines: f.deadlines,
		Duplicates: matchesOf(f.repeats.Duplicates, a.snap.City.TimeZone), Recurrences: matchesOf(f.repeats.Recurrences, a.snap.City.TimeZone),
		CityVersion: a.snap.City.Version,
	}
	q := s.requestOf(a, c, r, f)
	rest, err := json.Marshal(known) // not while the writer waits
	if err != nil {
		return err
	}
	q.Answer = func(k *cases.Case, _ *cases.Event) (string, error) {
		return d.newCaseAnswer(a.snap, k, rest, http.StatusCreated)
	}
	receipt, err := s.append(c.Request().Context(), q)
	if x, ok := errors.AsType[*cases.ExternalTaken](err); ok {
		return s.again(c, x.ID, r, known)
	}
	if err != nil {
		return terms.CaseFault(s.log, c, err)
	}
	return sendKept(c, receipt.Answer)
}

// findOut decides, looks for what the report repeats, and counts deadlines. What
// cannot be decided is left to a person: a case is taken all the same.
func (s *server) findOut(ctx context.Context, snap *grids.Snapshot, r *caseReport) (*found, error) {
	f := &found{snap: snap}
	now, err := s.decides(ctx)
	if err != nil {
		return nil, err
	}
	if now != nil {
		decided, err := now.engine.Decide(r.question)
		if err != nil {
			return nil, reportFault(err, &r.question)
		}
		f.decided, f.decision = &decided, decisionOf(now, &r.question, &decided)
		if m := decided.Component; r.draft.Component == "" && m != nil && !m.Ambiguous && m.Probability >= surelyMatched {
			r.draft.Component = m.Code
		}
	}
	if f.repeats, err = cases.Intake(ctx, &r.draft, s.desk.store, s.desk.intake); err != nil {
		return nil, err
	}
	f.deadlines = s.desk.deadlines(snap, r.draft.Kind, r.draft.Category, r.draft.Condition)
	return f, nil
}

// surelyMatched is how probable a component must be to be written into the case.
const surelyMatched = 0.9

// decides returns what decides, nil where the city has no rules or no engine.
func (s *server) decides(ctx context.Context) (*deciding, error) {
	if s.dispatcher == nil || s.dispatcher.rules == nil {
		return nil, nil
	}
	now, err := s.dispatcher.deciding(ctx)
	if errors.Is(err, errNoEngine) {
		s.log.Error("a case is taken without a decision", "error", err)
		return nil, nil
	}
	return now, err
}

// deadlines are those of a class from now on.
func (d *Desk) deadlines(snap *grids.Snapshot, kind grids.Kind, category, condition string) []CaseDeadline {
	if d.clock == nil {
		return []CaseDeadline{}
	}
	return d.clock.deadlines(snap.City, kind, category, condition, d.now())
}

// requestOf is the write of a report, with what follows of itself.
func (s *server) requestOf(a *asked, c echo.Context, r *caseReport, f *found) *cases.Request {
	q := &cases.Request{
		Kind: cases.Report, Actor: s.desk.actorFor(a.actor, &cases.Case{}, cases.Report),
		Details: cases.Details{Media: r.media, Report: &r.draft}, Key: a.key, KeyOwner: a.actor.ID,
	}
	if a.key != "" {
		q.Hash = a.hash(c)
	}
	kept := keptDecision(f.decision)
	q.Decision = kept
	if r.draft.Source == cases.Public {
		return q // somebody must look first whether it is so
	}
	step := func(k cases.EventKind, d cases.Details) {
		q.Then = append(q.Then, cases.Request{Kind: k, Actor: automaton, Details: d})
	}
	step(cases.Register, cases.Details{})
	if d := f.decided; s.desk.auto && d != nil && d.Automatic && d.Unit != "" && len(f.repeats.Duplicates) == 0 {
		step(cases.Open, cases.Details{})
		step(cases.Dispatch, cases.Details{Unit: d.Unit, Level: cases.UnitLevel, Members: d.Members, Decision: kept})
		q.Decision = nil // it is with the dispatch
	}
	return q
}

// keptDecision is a decision as the log has it: without the chain, which is the
// case's own.
func keptDecision(d *Decision) json.RawMessage {
	if d == nil {
		return nil
	}
	text, err := json.Marshal(struct {
		*Decision
		Chain *struct{} `json:"chain,omitempty"`
	}{d, nil})
	if err != nil || len(text) > maxKeptDecision {
		return nil
	}
	return text
}

// maxKeptDecision bounds what a store keeps of a decision.
const maxKeptDecision = 64 << 10

// append stores a report. Where one of the steps that follow of themselves is
// refused, the case is left before that step, for a person.
func (s *server) append(ctx context.Context, q *cases.Request) (cases.Receipt, error) {
	for {
		receipt, err := s.desk.store.Append(ctx, *q)
		x, ok := errors.AsType[*cases.ThenError](err)
		if !ok || !(errors.Is(err, cases.ErrNotAllowed) || errors.Is(err, cases.ErrInvalid)) {
			return receipt, err
		}
		s.log.Warn("a case is left to a person", "step", string(q.Then[x.Index].Kind), "error", err)
		if last := q.Then[len(q.Then)-1]; q.Decision == nil {
			q.Decision = last.Decision
		}
		q.Then = q.Then[:x.Index]
	}
}

// newCaseAnswer is the answer to a report as it is kept for its repetition.
// The findings come as JSON.
func (d *Desk) newCaseAnswer(snap *grids.Snapshot, k *cases.Case, findings []byte, status int) (string, error) {
	summary, err := json.Marshal(terms.SummaryOf(snap, &k.Summary, d.now()))
	if err != nil {
		return "", err
	}
	var body strings.Builder
	body.Grow(len(summary) + len(findings) + len(`{"case":,`) + 1)
	body.WriteString(`{"case":`)
	body.Write(summary)
	body.WriteByte(',')
	body.Write(findings[1:])
	body.WriteByte('\n') // as huma ends its answers
	text, err := json.Marshal(editAnswer{Status: status, Location: "/v1/cases/" + k.ID.String(), ETag: versionTag(k.Version), Body: body.String()})
	return string(text), err
}

func versionTag(version int) string { return `"` + strconv.Itoa(version) + `"` }

// sendKept sends an answer as it was kept.
func sendKept(c echo.Context, text string) error {
	var out editAnswer
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("ETag", out.ETag)
	h.Set("Cache-Control", "no-store")
	if out.Location != "" {
		h.Set("Location", out.Location)
	}
	return c.JSONBlob(out.Status, []byte(out.Body))
}

// again answers a report whose external_id is that of a case: 200 with the case
// where it says the same, as systems send until they are answered, and a conflict
// where it says something else.
func (s *server) again(c echo.Context, id cases.ID, r *caseReport, known Findings) error {
	k, log, err := s.desk.store.Get(c.Request().Context(), id)
	if err != nil {
		return terms.CaseFault(s.log, c, err)
	}
	if !r.saysAs(log[0].Report) {
		return terms.Taken(id)
	}
	known.Duplicates = withoutCase(known.Duplicates, id)
	known.Recurrences = withoutCase(known.Recurrences, id)
	findings, err := json.Marshal(known)
	if err != nil {
		return err
	}
	text, err := s.desk.newCaseAnswer(s.live.Current(), k, findings, http.StatusOK)
	if err != nil {
		return err
	}
	return sendKept(c, text)
}

// saysAs tells whether a report says what an earlier one said. Time and component
// count only where it names them: else they were found.
func (r *caseReport) saysAs(was *cases.Draft) bool {
	d := &r.draft
	return was.Kind == d.Kind && was.Category == d.Category && was.Condition == d.Condition && was.At == d.At &&
		was.Description == d.Description && was.Source == d.Source && was.Number == d.Number && was.AccuracyM == d.AccuracyM &&
		(r.question.Component == "" || was.Component == d.Component) && (!r.timed || was.ReportedAt.Unix() == d.ReportedAt.Unix()) &&
		sameJSON(was.Attributes, d.Attributes)
}

// sameJSON compares two texts whatever their spaces.
func sameJSON(a, b json.RawMessage) bool {
	var x, y bytes.Buffer
	return (len(a) == 0) == (len(b) == 0) && (len(a) == 0 || json.Compact(&x, a) == nil && json.Compact(&y, b) == nil && bytes.Equal(x.Bytes(), y.Bytes()))
}

func withoutCase(list []CaseMatch, id cases.ID) []CaseMatch {
	out := []CaseMatch{}
	for _, m := range list {
		if m.ID != id.String() {
			out = append(out, m)
		}
	}
	return out
}
