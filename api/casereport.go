package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
	"github.com/wanmi-gis/wanmi/spatial"
)

// Limits of what a report or event brings.
const (
	maxLongText = 16 << 10 // bytes of a note or description
	maxMedia    = 50
	maxMediaURL = 2 << 10
	maxUnits    = 50 // of joint handling
)

// caseMembers are those of the body of POST /v1/cases. When the case is due is
// not among them: that is the clock's to say.
func caseMembers() []string {
	return []string{
		"lon", "lat", "crs", accuracyName, "kind", "category", "condition", "component", "description", "source", "source_system",
		"external_id", "number", "reported_at", "media", "attributes",
	}
}

// caseReport is a report as it was asked for.
type caseReport struct {
	draft    cases.Draft
	media    []cases.Media
	question dispatch.Report
	place    grids.Place
	// timed says that the report names its time.
	timed bool
}

// caseReport reads the body of POST /v1/cases.
func (a *asked) caseReport(now time.Time) (*caseReport, error) {
	m, s := a.members, a.snap
	if err := m.Only(caseMembers()...); err != nil {
		return nil, err
	}
	at, err := terms.AnyPositionIn(m, s)
	if err != nil {
		return nil, err
	}
	if at == nil {
		return nil, web.Refuse("lon", "", "it is missing", web.ErrMalformed)
	}
	r := &caseReport{question: dispatch.Report{At: *at, Time: now}}
	if err := accuracyIn(m, &r.question.AccuracyM); err != nil {
		return nil, err
	}
	if err := classIn(m, s, &r.question); err != nil {
		return nil, err
	}
	if err := knownComponent(s, r.question.Component); err != nil {
		return nil, err
	}
	if err := draftIn(m, a, &r.draft, now); err != nil {
		return nil, err
	}
	_, r.timed = m["reported_at"]
	r.stands(s)
	r.media, err = mediaIn(m, cases.Report)
	return r, err
}

// stands puts what was found out about place and class into the draft.
func (r *caseReport) stands(s *grids.Snapshot) {
	d, q := &r.draft, &r.question
	d.Kind, d.Category, d.Condition, d.Component, d.At, d.AccuracyM = q.Kind, q.Category, q.Condition, q.Component, q.At, q.AccuracyM
	r.place = s.Locate(q.At)
	if r.place.Cell != spatial.None {
		d.Cell = s.City.Cells[r.place.Cell].Code
	}
	if r.place.Zone != spatial.None {
		d.Zone = s.City.Zones[r.place.Zone].Code
	}
}

// accuracyIn reads accuracy_m; 0 is the rules' own.
func accuracyIn(m web.Members, into *float64) error {
	if _, ok := m[accuracyName]; !ok {
		return nil
	}
	if err := m.Decode(accuracyName, "a number", into); err != nil {
		return err
	}
	if *into == 0 {
		return nil
	}
	if err := grids.CheckAccuracy(*into); err != nil {
		return web.Refuse(accuracyName, string(m[accuracyName]), err.Error(), err)
	}
	return nil
}

func knownComponent(s *grids.Snapshot, code string) error {
	if code != "" && s.Find(grids.Components, code) == spatial.None {
		return web.Refuse("component", code, "the city has no such component", web.ErrImpossible)
	}
	return nil
}

// draftIn reads what a report says besides place and class.
func draftIn(m web.Members, a *asked, d *cases.Draft, now time.Time) error {
	source, err := m.OneOf("source", sourceNames()...)
	if err != nil {
		return err
	}
	d.Source = sourceOfRole(cases.Role(a.actor.Role))
	if source != nil {
		d.Source = cases.Source(*source)
	}
	for name, into := range map[string]*string{"source_system": &d.System, "external_id": &d.ExternalID, "number": &d.Number} {
		v, err := m.Text(name)
		if err != nil {
			return err
		}
		if v != nil {
			*into = *v
		}
	}
	if d.Description, err = longTextIn(m, "description"); err != nil {
		return err
	}
	d.ReportedAt = now
	at, err := m.Instant("reported_at", a.snap.City.TimeZone)
	if err != nil {
		return err
	}
	if at != nil && !at.IsZero() {
		d.ReportedAt = *at
	}
	if text, ok := m["attributes"]; ok && !m.Null("attributes") {
		if _, err := web.Object(text); err != nil {
			return web.Refuse("attributes", "", err.Error(), web.ErrMalformed)
		}
		if len(text) > web.MaxAttributes {
			return web.Refuse("attributes", "", fmt.Sprintf("more than %d bytes", web.MaxAttributes), web.ErrTooLarge)
		}
		d.Attributes = text
	}
	return nil
}

func sourceNames() []string {
	var out []string
	for _, s := range cases.Sources() {
		out = append(out, string(s))
	}
	return out
}

// sourceOfRole is where a report comes from that does not say so.
func sourceOfRole(r cases.Role) cases.Source {
	switch r {
	case cases.PublicRole:
		return cases.Public
	case cases.SensorRole:
		return cases.Sensor
	case cases.SystemActor:
		return cases.System
	}
	return cases.Patrol
}

// longTextIn reads a note or description, "" where there is none.
func longTextIn(m web.Members, name string) (string, error) {
	var v string
	if _, ok := m[name]; !ok || m.Null(name) {
		return "", nil
	}
	if err := m.Decode(name, "text", &v); err != nil {
		return "", err
	}
	if len(v) > maxLongText {
		return "", web.Refuse(name, v, fmt.Sprintf("%d bytes, at most %d", len(v), maxLongText), web.ErrTooLarge)
	}
	if strings.ContainsFunc(v, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' }) {
		return "", web.Refuse(name, v, "it has control characters", web.ErrMalformed)
	}
	return v, nil
}

// mediaIn reads references to pictures and films; a stage that is not named is that
// of the event.
func mediaIn(m web.Members, stage cases.EventKind) ([]cases.Media, error) {
	text, ok := m["media"]
	if !ok || m.Null("media") {
		return nil, nil
	}
	var list []struct {
		Stage   string     `json:"stage"`
		URL     string     `json:"url"`
		SHA256  string     `json:"sha256"`
		TakenAt *time.Time `json:"taken_at"`
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&list); err != nil {
		return nil, web.Refuse("media", "", "not a list of {stage, url, sha256, taken_at}", web.ErrMalformed)
	}
	if len(list) > maxMedia {
		return nil, web.Refuse("media", "", fmt.Sprintf("at most %d", maxMedia), web.ErrTooMany)
	}
	out := make([]cases.Media, len(list))
	for i, x := range list {
		name := fmt.Sprintf("media[%d].url", i)
		// A page shows it as a link: nothing but http may run there.
		u, err := url.Parse(x.URL)
		if err != nil || len(x.URL) > maxMediaURL || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			return nil, web.Refuse(name, x.URL, fmt.Sprintf("an address that begins with https:// or http://, of at most %d bytes", maxMediaURL), web.ErrMalformed)
		}
		if x.Stage == "" {
			x.Stage = string(stage)
		}
		out[i] = cases.Media{Stage: x.Stage, URL: x.URL, SHA256: x.SHA256}
		if x.TakenAt != nil {
			if y := x.TakenAt.UTC().Year(); y < 1 || y > 9998 {
				return nil, web.Refuse(fmt.Sprintf("media[%d].taken_at", i), "", "a year from 1 to 9998", web.ErrMalformed)
			}
			out[i].TakenAt = *x.TakenAt
		}
	}
	return out, nil
}
