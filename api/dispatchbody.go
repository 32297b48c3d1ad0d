package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

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

// report reads the body of POST /v1/dispatch. A position outside the city is
// none the less one; asked says whether a time was given.
func (m members) report(s *grids.Snapshot, now time.Time) (q dispatch.Report, asked bool, err error) {
	if err := m.only(dispatchMembers()...); err != nil {
		return q, false, err
	}
	at, err := m.anyPosition(s)
	if err != nil {
		return q, false, err
	}
	if at == nil {
		return q, false, &inputError{"lon", "", "it is missing", errMalformed}
	}
	q.At = *at
	if _, ok := m[accuracyName]; ok {
		if err := m.decode(accuracyName, "a number", &q.AccuracyM); err != nil {
			return q, false, err
		}
		if q.AccuracyM != 0 { // that is the rules' own
			if err := grids.CheckAccuracy(q.AccuracyM); err != nil {
				return q, false, &inputError{accuracyName, string(m[accuracyName]), err.Error(), err}
			}
		}
	}
	if err := m.class(s, &q); err != nil {
		return q, false, err
	}
	q.Time = now
	when, err := m.instant("at", s.City.TimeZone)
	if err != nil {
		return q, false, err
	}
	if when != nil && !when.IsZero() {
		q.Time, asked = *when, true
	}
	q.Nearest, err = m.wanted()
	return q, asked, err
}

// class reads what was reported: kind, category, condition and component.
func (m members) class(s *grids.Snapshot, q *dispatch.Report) error {
	kind, err := m.oneOf("kind", string(grids.ComponentKind), string(grids.EventKind))
	if err != nil {
		return err
	}
	if kind == nil {
		return &inputError{"kind", "", "it is missing; component or event", errMalformed}
	}
	category, err := m.text("category")
	if err != nil {
		return err
	}
	if category == nil || *category == "" {
		return &inputError{"category", "", "it is missing", errMalformed}
	}
	q.Kind = grids.Kind(*kind)
	if q.Category, err = minorOf(s, q.Kind, *category); err != nil {
		return err
	}
	condition, err := m.text("condition")
	if err != nil {
		return err
	}
	if condition != nil && *condition != "" {
		if !hasCondition(s, q, *condition) {
			return &inputError{"condition", *condition, "the city has no such condition of " + q.Category, errImpossible}
		}
		q.Condition = *condition
	}
	component, err := m.text("component")
	if err != nil || component == nil || *component == "" {
		return err
	}
	if q.Kind != grids.ComponentKind {
		return &inputError{"component", *component, "only with kind component", errMalformed}
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
		return "", &inputError{"category", text, fmt.Sprintf("no %s category of scheme %s", kind, s.City.Scheme), errCategory}
	case c.Major == "":
		return "", &inputError{"category", text, "a major category; name one of its minors", errCategory}
	}
	return code, nil
}

// translated is the minor of the city's scheme that surely stands for one of
// another. Where there are several, or one that only resembles it, a person must
// choose.
func translated(s *grids.Snapshot, kind grids.Kind, text string) (string, error) {
	found, err := s.Catalogue.Resolve(kind, text)
	if err != nil {
		return "", &inputError{"category", text, err.Error(), errScheme}
	}
	sure := slices.DeleteFunc(found, func(c grids.Counterpart) bool {
		return c.Certainty != grids.Same && c.Certainty != grids.ExactName && c.Certainty != grids.ByRule
	})
	if len(sure) != 1 {
		return "", &inputError{"category", text, "nothing in the city's scheme " + s.City.Scheme + " stands for it surely; GET /v1/categories has the counterparts", errScheme}
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

// wanted reads which resources near by are asked for.
func (m members) wanted() ([]dispatch.Wanted, error) {
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
		return nil, &inputError{"nearest", "", "not a list of {kind, k}", errMalformed}
	}
	if len(list) > maxWanted {
		return nil, &inputError{"nearest", "", fmt.Sprintf("at most %d kinds", maxWanted), errTooMany}
	}
	out := make([]dispatch.Wanted, len(list))
	for i, w := range list {
		out[i] = dispatch.Wanted{Kind: w.Kind, K: defaultWantedK}
		if w.K != nil {
			out[i].K = *w.K
		}
		if out[i].K < 1 || out[i].K > maxWantedEach || len(w.Kind) > maxText {
			return nil, &inputError{fmt.Sprintf("nearest[%d]", i), "", fmt.Sprintf("k is 1 to %d, kind a text", maxWantedEach), errMalformed}
		}
	}
	return out, nil
}

// reportFault puts what the engine says of a report into the body's words.
func reportFault(err error, q *dispatch.Report) error {
	switch {
	case errors.Is(err, dispatch.ErrComponent):
		return &inputError{"component", q.Component, "the city has no such component", errImpossible}
	case errors.Is(err, dispatch.ErrCategory):
		return &inputError{"category", q.Category, "the city's scheme has no such category", errCategory}
	case errors.Is(err, dispatch.ErrReport):
		return &inputError{"body", "", "it is no report", errMalformed}
	}
	return err
}
