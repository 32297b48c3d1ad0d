package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
)

// Limits of a question for resources near by.
const (
	maxWanted      = 10
	maxWantedEach  = 20
	defaultWantedK = 3
)

// dispatchMembers are those of the body of POST /v1/dispatch.
func dispatchMembers() []string {
	return []string{"lon", "lat", "crs", "accuracy_m", "kind", "category", "condition", "component", "at", "nearest"}
}

// reportIn reads the body of POST /v1/dispatch. A position outside the city is
// none the less one; asked says whether a time was given.
func reportIn(m web.Members, s *grids.Snapshot, now time.Time) (q dispatch.Report, asked bool, err error) {
	if err := m.Only(dispatchMembers()...); err != nil {
		return q, false, err
	}
	at, err := terms.AnyPositionIn(m, s)
	if err != nil {
		return q, false, err
	}
	if at == nil {
		return q, false, web.Refuse("lon", "", "it is missing", web.ErrMalformed)
	}
	q.At = *at
	if _, ok := m[accuracyName]; ok {
		if err := m.Decode(accuracyName, "a number", &q.AccuracyM); err != nil {
			return q, false, err
		}
		if q.AccuracyM != 0 { // that is the rules' own
			if err := grids.CheckAccuracy(q.AccuracyM); err != nil {
				return q, false, web.Refuse(accuracyName, string(m[accuracyName]), err.Error(), err)
			}
		}
	}
	if err := classIn(m, s, &q); err != nil {
		return q, false, err
	}
	q.Time = now
	when, err := m.Instant("at", s.City.TimeZone)
	if err != nil {
		return q, false, err
	}
	if when != nil && !when.IsZero() {
		q.Time, asked = *when, true
	}
	q.Nearest, err = wantedIn(m)
	return q, asked, err
}

// classIn reads what was reported: kind, category, condition and component.
func classIn(m web.Members, s *grids.Snapshot, q *dispatch.Report) error {
	kind, err := m.OneOf("kind", string(grids.ComponentKind), string(grids.EventKind))
	if err != nil {
		return err
	}
	if kind == nil {
		return web.Refuse("kind", "", "it is missing; component or event", web.ErrMalformed)
	}
	category, err := m.Text("category")
	if err != nil {
		return err
	}
	if category == nil || *category == "" {
		return web.Refuse("category", "", "it is missing", web.ErrMalformed)
	}
	q.Kind = grids.Kind(*kind)
	if q.Category, err = minorOf(s, q.Kind, *category); err != nil {
		return err
	}
	condition, err := m.Text("condition")
	if err != nil {
		return err
	}
	if condition != nil && *condition != "" {
		if !hasCondition(s, q, *condition) {
			return web.Refuse("condition", *condition, "the city has no such condition of "+q.Category, web.ErrImpossible)
		}
		q.Condition = *condition
	}
	component, err := m.Text("component")
	if err != nil || component == nil || *component == "" {
		return err
	}
	if q.Kind != grids.ComponentKind {
		return web.Refuse("component", *component, "only with kind component", web.ErrMalformed)
	}
	q.Component = *component
	return nil
}

// minorOf checks the code of a minor category of the city's scheme. Another
// scheme may stand before it, SCHEME:CODE, and is translated.
func minorOf(s *grids.Snapshot, kind grids.Kind, text string) (string, error) {
	scheme, code := grids.SplitCategory(text)
	if scheme != "" && scheme != s.City.Scheme {
		return translated(s, kind, text)
	}
	c := s.Catalogue.Find(kind, code)
	switch {
	case c == nil:
		return "", web.Refuse("category", text, fmt.Sprintf("no %s category of scheme %s", kind, s.City.Scheme), web.ErrCategory)
	case c.Major == "":
		return "", web.Refuse("category", text, "a major category; name one of its minors", web.ErrCategory)
	}
	return code, nil
}

// translated is the minor of the city's scheme that surely stands for one of
// another. Where there are several, or one that only resembles it, a person must
// choose.
func translated(s *grids.Snapshot, kind grids.Kind, text string) (string, error) {
	found, err := s.Catalogue.Resolve(kind, text)
	if err != nil {
		return "", web.Refuse("category", text, err.Error(), web.ErrScheme)
	}
	sure := slices.DeleteFunc(found, func(c grids.Counterpart) bool {
		return c.Certainty != grids.Same && c.Certainty != grids.ExactName && c.Certainty != grids.ByRule
	})
	if len(sure) != 1 {
		return "", web.Refuse("category", text, "nothing in the city's scheme "+s.City.Scheme+" stands for it surely; GET /v1/categories has the counterparts", web.ErrScheme)
	}
	return sure[0].Code, nil
}

// hasCondition reports whether the city has the condition of the class.
func hasCondition(s *grids.Snapshot, q *dispatch.Report, code string) bool {
	for i := range s.City.Conditions {
		c := &s.City.Conditions[i]
		if c.Code == code && c.Minor == q.Category && c.Kind == q.Kind && c.Scheme == s.City.Scheme {
			return true
		}
	}
	return false
}

// wantedIn reads which resources near by are asked for.
func wantedIn(m web.Members) ([]dispatch.Wanted, error) {
	text, ok := m["nearest"]
	if !ok {
		return nil, nil
	}
	var list []struct {
		Kind string `json:"kind"`
		K    *int   `json:"k"`
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&list); err != nil {
		return nil, web.Refuse("nearest", "", "not a list of {kind, k}", web.ErrMalformed)
	}
	if len(list) > maxWanted {
		return nil, web.Refuse("nearest", "", fmt.Sprintf("at most %d kinds", maxWanted), web.ErrTooMany)
	}
	out := make([]dispatch.Wanted, len(list))
	for i, w := range list {
		out[i] = dispatch.Wanted{Kind: w.Kind, K: defaultWantedK}
		if w.K != nil {
			out[i].K = *w.K
		}
		if out[i].K < 1 || out[i].K > maxWantedEach || len(w.Kind) > web.MaxText {
			return nil, web.Refuse(fmt.Sprintf("nearest[%d]", i), "", fmt.Sprintf("k is 1 to %d, kind a text", maxWantedEach), web.ErrMalformed)
		}
	}
	return out, nil
}

// reportFault puts what the engine says of a report into the body's words.
func reportFault(err error, q *dispatch.Report) error {
	switch {
	case errors.Is(err, dispatch.ErrComponent):
		return web.Refuse("component", q.Component, "the city has no such component", web.ErrImpossible)
	case errors.Is(err, dispatch.ErrCategory):
		return web.Refuse("category", q.Category, "the city's scheme has no such category", web.ErrCategory)
	case errors.Is(err, dispatch.ErrReport):
		return web.Refuse("body", "", "it is no report", web.ErrMalformed)
	}
	return err
}
