package api

import (
	"context"
	"encoding/json"
	"fmt"
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

// CaseStep is the answer to an event.
type CaseStep struct {
	Case        terms.CaseSummary `json:"case"`
	Event       CaseEvent         `json:"event"`
	Allowed     []cases.EventKind `json:"allowed" doc:"The events that this actor may do next"`
	CityVersion int64             `json:"city_version"`
}

// eventMembers are those of the body of POST /v1/cases/{id}/events.
func eventMembers() []string {
	return []string{"kind", "note", "unit", "members", "level", "until", "score", "media", "number"}
}

// eventNames are the events that may be asked for: a report makes a new case.
func eventNames() []string {
	return terms.KindsOf(cases.EventKinds()[1:])
}

// newEvent is POST /v1/cases/{id}/events.
func (s *server) newEvent(c echo.Context) error {
	a, err := s.readEdit(c, web.TypeJSON)
	if err != nil {
		return err
	}
	d, err := s.takesCases()
	if err != nil {
		return err
	}
	q := cases.Request{Key: a.key, KeyOwner: a.actor.ID}
	if a.key != "" {
		q.Hash = a.hash(c)
	}
	if q.Case, err = cases.ParseID(c.Param("id")); err != nil {
		return web.Refuse("id", c.Param("id"), "there is no such case", web.ErrNotFound)
	}
	if q.Version, err = versionOf(a.ifMatch); err != nil {
		return err
	}
	if err := eventIn(a.members, a.snap, &q); err != nil {
		return err
	}
	k, _, err := d.store.Get(c.Request().Context(), q.Case)
	if err != nil {
		return terms.CaseFault(s.log, c, err)
	}
	q.Actor = d.actorFor(a.actor, k, q.Kind)
	if q.Kind == cases.Dispatch {
		if q.Decision, err = s.decisionNow(c.Request().Context(), k); err != nil {
			return err
		}
	}
	q.Answer = func(after *cases.Case, e *cases.Event) (string, error) {
		body, err := json.Marshal(CaseStep{
			terms.SummaryOf(a.snap, &after.Summary, d.now()), eventBody(a.snap, e, true), d.allowed(a.actor, after), a.snap.City.Version,
		})
		if err != nil {
			return "", err
		}
		text, err := json.Marshal(editAnswer{Status: http.StatusOK, ETag: versionTag(after.Version), Body: string(body) + "\n"})
		return string(text), err
	}
	receipt, err := d.store.Append(c.Request().Context(), q)
	if err != nil {
		return terms.CaseFault(s.log, c, err)
	}
	return sendKept(c, receipt.Answer)
}

// versionOf reads If-Match: the version of the case, as it is or as an ETag; 0
// where none is asked for.
func versionOf(header string) (int, error) {
	text := strings.TrimSpace(header)
	if text == "" || text == "*" {
		return 0, nil
	}
	if v, err := strconv.Atoi(strings.Trim(text, `"`)); err == nil && v > 0 {
		return v, nil
	}
	return 0, web.Refuse("If-Match", header, "it is the version of no case: one whole number, as the ETag has it", web.ErrVersion)
}

// eventIn reads what an event says.
func eventIn(m web.Members, s *grids.Snapshot, q *cases.Request) error {
	if err := m.Only(eventMembers()...); err != nil {
		return err
	}
	kind, err := m.OneOf("kind", eventNames()...)
	if err != nil {
		return err
	}
	if kind == nil {
		return web.Refuse("kind", "", "it is missing; one of "+strings.Join(eventNames(), ", "), web.ErrMalformed)
	}
	q.Kind = cases.EventKind(*kind)
	if q.Note, err = longTextIn(m, "note"); err != nil {
		return err
	}
	if err := addresseeIn(m, s, q); err != nil {
		return err
	}
	until, err := m.Instant("until", s.City.TimeZone)
	if err != nil {
		return err
	}
	if until != nil {
		q.Until = *until
	}
	if _, ok := m["score"]; ok && !m.Null("score") {
		if err := m.Decode("score", "a whole number", &q.Score); err != nil {
			return err
		}
	}
	number, err := m.Text("number")
	if err != nil {
		return err
	}
	if number != nil {
		q.Number = *number
	}
	q.Media, err = mediaIn(m, q.Kind)
	return err
}

// addresseeIn reads to whom a case goes; a dispatch that names no level is to a unit.
func addresseeIn(m web.Members, s *grids.Snapshot, q *cases.Request) error {
	unit, err := terms.UnitIn(m, s, "unit")
	if err != nil {
		return err
	}
	if unit != nil {
		q.Unit = *unit
	}
	level, err := m.OneOf("level", "", string(cases.DistrictLevel), string(cases.UnitLevel))
	if err != nil {
		return err
	}
	if level != nil {
		q.Level = cases.Level(*level)
	}
	if q.Level == "" && q.Kind == cases.Dispatch {
		q.Level = cases.UnitLevel
	}
	if _, ok := m["members"]; !ok || m.Null("members") {
		return nil
	}
	if err := m.Decode("members", "a list of units", &q.Members); err != nil {
		return err
	}
	if len(q.Members) > maxUnits {
		return web.Refuse("members", "", fmt.Sprintf("at most %d", maxUnits), web.ErrTooMany)
	}
	for i, u := range q.Members {
		if s.Unit(u) == nil {
			return web.Refuse(fmt.Sprintf("members[%d]", i), u, "no unit of the city", web.ErrImpossible)
		}
	}
	return nil
}

// decisionNow is what the rules say of a case now, for the log of its dispatch;
// nil where nothing decides, or not about this case any more.
func (s *server) decisionNow(ctx context.Context, k *cases.Case) (json.RawMessage, error) {
	now, err := s.decides(ctx)
	if now == nil || err != nil {
		return nil, err
	}
	q := dispatch.Report{
		At: k.At, AccuracyM: k.AccuracyM, Kind: k.Kind, Category: k.Category, Condition: k.Condition, Component: k.Component, Time: s.desk.now(),
	}
	if k.Kind != grids.ComponentKind {
		q.Component = ""
	}
	decided, err := now.engine.Decide(q)
	if err != nil {
		return nil, nil //nolint:nilerr // the component or class is gone: the dispatcher decides alone
	}
	return keptDecision(decisionOf(now, &q, &decided)), nil
}
