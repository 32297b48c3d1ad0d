package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
	"github.com/wanmi-gis/wanmi/spatial"
)

// AlarmAnswer is the answer to a sensor's alarm.
type AlarmAnswer struct {
	Alarm       cases.Alarm       `json:"alarm"`
	Case        terms.CaseSummary `json:"case" doc:"The new case, or the open one that got the alarm as a note"`
	New         bool              `json:"new"`
	CityVersion int64             `json:"city_version"`
}

// alarmMembers are those of the body of POST /v1/alarms.
func alarmMembers() []string {
	return []string{
		"source_system", "device", "external_id", "lon", "lat", "crs", accuracyName, "component", "kind", "category", "condition", "at", "value", "description",
	}
}

// maxAlarmValue bounds what was measured, as JSON.
const maxAlarmValue = 256

// newAlarm is POST /v1/alarms.
func (s *server) newAlarm(c echo.Context) error {
	a, err := s.readEdit(c, web.TypeJSON)
	if err != nil {
		return err
	}
	d, err := s.takesCases()
	if err != nil {
		return err
	}
	r, alarm, err := a.alarm(d.now())
	if err != nil {
		return err
	}
	own := a.key == "" && alarm.ExternalID != "" // then the alarm's id makes it safe to repeat
	if own {
		sum := sha256.Sum256([]byte(alarm.System + "\n" + alarm.ExternalID))
		a.key = "alarm-" + hex.EncodeToString(sum[:])
	}
	who := r.draft.Component
	if who == "" {
		who = alarm.System + "\n" + alarm.Device
	}
	lock := d.waiting(string(r.draft.Kind) + r.draft.Category + "\n" + who)
	defer lock.Unlock()
	receipt, err := s.alarmed(c, a, r, alarm)
	switch {
	case own && errors.Is(err, cases.ErrKeyReused):
		return web.Refuse("external_id", alarm.ExternalID, "this source system gave it to another alarm", web.ErrConflict)
	case err != nil:
		return terms.CaseFault(s.log, c, err)
	}
	return sendKept(c, receipt.Answer)
}

// alarmed stores an alarm: as a note of the open case, or as a case of its own.
func (s *server) alarmed(c echo.Context, a *asked, r *caseReport, alarm *cases.Alarm) (cases.Receipt, error) {
	ctx, d := c.Request().Context(), s.desk
	said, err := json.Marshal(alarm)
	if err != nil {
		return cases.Receipt{}, err
	}
	answer := func(isNew bool) func(k *cases.Case, _ *cases.Event) (string, error) {
		return func(k *cases.Case, _ *cases.Event) (string, error) {
			body, err := json.Marshal(AlarmAnswer{*alarm, terms.SummaryOf(a.snap, &k.Summary, d.now()), isNew, a.snap.City.Version})
			if err != nil {
				return "", err
			}
			out := editAnswer{Status: http.StatusOK, Location: "/v1/cases/" + k.ID.String(), ETag: versionTag(k.Version), Body: string(body) + "\n"}
			if isNew {
				out.Status = http.StatusCreated
			}
			text, err := json.Marshal(out)
			return string(text), err
		}
	}
	id, err := cases.AlarmOf(ctx, d.store, cases.Class{Kind: r.draft.Kind, Code: r.draft.Category}, r.draft.At, r.draft.Component, alarm)
	switch {
	case err == nil:
		return s.noteAlarm(ctx, a, c, id, said, answer(false))
	case !errors.Is(err, cases.ErrNotFound):
		return cases.Receipt{}, err
	}
	f, err := s.findOut(ctx, a.snap, r)
	if err != nil {
		return cases.Receipt{}, err
	}
	q := s.requestOf(a, c, r, f)
	q.Alarm, q.Answer = said, answer(true)
	receipt, err := s.append(ctx, q)
	if x, ok := errors.AsType[*cases.ExternalTaken](err); ok {
		// Its case is over, and its key is gone with the month.
		k, _, err := d.store.Get(ctx, x.ID)
		if err != nil {
			return cases.Receipt{}, err
		}
		text, err := answer(false)(k, nil)
		return cases.Receipt{ID: x.ID, Version: k.Version, Answer: text}, err
	}
	return receipt, err
}

// noteAlarm adds an alarm to the open case.
func (s *server) noteAlarm(
	ctx context.Context, a *asked, c echo.Context, id cases.ID, said []byte, answer func(*cases.Case, *cases.Event) (string, error),
) (cases.Receipt, error) {
	k, _, err := s.desk.store.Get(ctx, id)
	if err != nil {
		return cases.Receipt{}, err
	}
	q := cases.Request{
		Case: id, Kind: cases.Note, Actor: s.desk.actorFor(a.actor, k, cases.Note), Details: cases.Details{Alarm: said},
		Key: a.key, KeyOwner: a.actor.ID, Answer: answer,
	}
	if a.key != "" {
		q.Hash = a.hash(c)
	}
	return s.desk.store.Append(ctx, q)
}

// alarm reads the body of POST /v1/alarms. A component tells place and class where
// they are not given.
func (a *asked) alarm(now time.Time) (*caseReport, *cases.Alarm, error) {
	m, s := a.members, a.snap
	if err := m.Only(alarmMembers()...); err != nil {
		return nil, nil, err
	}
	if a.ifMatch != "" {
		return nil, nil, web.Refuse("If-Match", a.ifMatch, "an alarm is added, nothing is changed", web.ErrMalformed)
	}
	r := &caseReport{question: dispatch.Report{Time: now}, timed: true}
	alarm := &cases.Alarm{At: now}
	if err := sensorIn(m, alarm, now, s.City.TimeZone); err != nil {
		return nil, nil, err
	}
	if err := alarmPlaceIn(m, s, r); err != nil {
		return nil, nil, err
	}
	if err := accuracyIn(m, &r.question.AccuracyM); err != nil {
		return nil, nil, err
	}
	if alarm.Device == "" && alarm.ExternalID == "" && r.question.Component == "" {
		return nil, nil, web.Refuse("device", "", "name the device, the alarm's external_id or the component: else two alarms cannot be told apart", web.ErrMalformed)
	}
	r.draft = cases.Draft{
		Source: cases.Sensor, System: alarm.System, ExternalID: alarm.ExternalID, ReportedAt: alarm.At, Description: alarm.Description,
	}
	r.stands(s)
	alarm.Condition = r.draft.Condition
	return r, alarm, nil
}

// sensorIn reads who speaks, when and what.
func sensorIn(m web.Members, alarm *cases.Alarm, now time.Time, zone *time.Location) error {
	for name, into := range map[string]*string{"source_system": &alarm.System, "device": &alarm.Device, "external_id": &alarm.ExternalID} {
		v, err := m.Text(name)
		if err != nil {
			return err
		}
		if v != nil {
			*into = *v
		}
		if len(*into) > maxSensorCode {
			return web.Refuse(name, *into, fmt.Sprintf("at most %d bytes", maxSensorCode), web.ErrMalformed)
		}
	}
	if alarm.System == "" {
		return web.Refuse("source_system", "", "it is missing", web.ErrMalformed)
	}
	at, err := m.Instant("at", zone)
	if err != nil {
		return err
	}
	if at != nil && !at.IsZero() {
		alarm.At = at.UTC().Truncate(time.Second)
	}
	if alarm.At.Year() < earliestAlarm || alarm.At.After(now.Add(maxAlarmAhead)) {
		return web.Refuse("at", alarm.At.Format(time.RFC3339), fmt.Sprintf("not a time between %d and now", earliestAlarm), web.ErrImpossible)
	}
	description, err := m.Text("description")
	if err != nil {
		return err
	}
	if description != nil {
		if alarm.Description = *description; len(*description) > maxAlarmText {
			return web.Refuse("description", *description, fmt.Sprintf("at most %d bytes", maxAlarmText), web.ErrTooLarge)
		}
	}
	if value, ok := m["value"]; ok && !m.Null("value") {
		if len(value) > maxAlarmValue || value[0] == '{' || value[0] == '[' {
			return web.Refuse("value", "", fmt.Sprintf("a number, text or truth of at most %d bytes", maxAlarmValue), web.ErrMalformed)
		}
		alarm.Value = value
	}
	return nil
}

// Limits of an alarm.
const (
	maxSensorCode = 128
	maxAlarmText  = 2 << 10
	earliestAlarm = 1990
	maxAlarmAhead = 5 * time.Minute // as for reports
)

// alarmPlaceIn reads where it is and of what class.
func alarmPlaceIn(m web.Members, s *grids.Snapshot, r *caseReport) error {
	component, err := m.Text("component")
	if err != nil {
		return err
	}
	at, err := terms.AnyPositionIn(m, s)
	if err != nil {
		return err
	}
	if component != nil && *component != "" {
		i := s.Find(grids.Components, *component)
		if i == spatial.None {
			return knownComponent(s, *component)
		}
		row := s.Component(i)
		if at == nil {
			at = &row.At
		}
		if _, ok := m["kind"]; !ok {
			m["kind"] = json.RawMessage(`"` + string(grids.ComponentKind) + `"`)
		}
		if _, ok := m["category"]; !ok {
			if m["category"], err = json.Marshal(row.Category); err != nil {
				return err
			}
		}
	}
	if at == nil {
		return web.Refuse("lon", "", "it is missing; give lon and lat, or a component", web.ErrMalformed)
	}
	r.question.At = *at
	return classIn(m, s, &r.question)
}
