package api

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
)

// Limits of what is made of past cases. The reference city handles 105,903 in a
// year; ten of these take a minute.
const (
	defaultPast = 200_000
	maxPast     = 2_000_000
)

// pastWords are the filter words of past cases.
var pastWords = []string{"from", "to", "kind", "category", "unit", "zone", "source"}

// pastDocs says what each of them means.
var pastDocs = map[string]string{
	"from":     "Cases reported from this date or time on; default a year before to",
	"to":       "Cases reported before it; default now",
	"kind":     "component or event",
	"category": "Codes of the city's scheme or how they begin, separated by commas; with kind",
	"unit":     "Codes of units with whom the cases lie or lay last, separated by commas",
	"zone":     "Codes of zones, separated by commas",
	"source":   "patrol, public, sensor, system, separated by commas",
}

// past is a part of the past that is asked for.
type past struct {
	cases.Query
	most int
}

// pastOf reads the filter words and the limit.
func pastOf(s *grids.Snapshot, now time.Time, word func(name string) (string, bool)) (p past, err error) {
	p.most = defaultPast
	if text, ok := word("limit"); ok {
		if p.most, err = strconv.Atoi(text); err != nil || p.most < 1 || p.most > maxPast {
			return p, web.Refuse("limit", text, fmt.Sprintf("1 to %d", maxPast), web.ErrMalformed)
		}
	}
	p.To = now.Truncate(time.Second).Add(time.Second) // times of cases are whole seconds: this one too
	for name, t := range map[string]*time.Time{"from": &p.From, "to": &p.To} {
		if text, ok := word(name); ok {
			if *t, err = web.Instant(name, text, s.City.TimeZone); err != nil {
				return p, err
			}
		}
	}
	if p.From.IsZero() {
		p.From = p.To.AddDate(-1, 0, 0)
	}
	if !p.From.Before(p.To) {
		return p, web.Refuse("from", p.From.Format(time.RFC3339), "it is not before to", web.ErrMalformed)
	}
	if text, ok := word("kind"); ok {
		if p.Kind = grids.Kind(text); p.Kind != grids.ComponentKind && p.Kind != grids.EventKind {
			return p, web.Refuse("kind", text, "component or event", web.ErrMalformed)
		}
	}
	return p, p.lists(s, word)
}

// lists reads the words that are lists: what they name must be there, or have been.
func (p *past) lists(s *grids.Snapshot, word func(name string) (string, bool)) error {
	for name, into := range map[string]*[]string{"category": &p.Categories, "unit": &p.Units, "zone": &p.Zones} {
		text, ok := word(name)
		if !ok {
			continue
		}
		list := strings.SplitN(text, ",", web.MaxNames+1)
		if len(list) > web.MaxNames {
			return web.Refuse(name, "", fmt.Sprintf("at most %d codes", web.MaxNames), web.ErrTooMany)
		}
		for _, code := range list {
			if code == "" || len(code) > maxCode {
				return web.Refuse(name, text, "codes separated by commas", web.ErrMalformed)
			}
		}
		*into = list
	}
	if len(p.Categories) > 0 && p.Kind == "" {
		return web.Refuse("kind", "", "a category counts only together with its kind", web.ErrMalformed)
	}
	for _, prefix := range p.Categories {
		if !slices.ContainsFunc(s.Catalogue.All(), func(c grids.Category) bool { return c.Kind == p.Kind && strings.HasPrefix(c.Code, prefix) }) {
			return web.Refuse("category", prefix, fmt.Sprintf("no %s category of scheme %s begins with it", p.Kind, s.City.Scheme), web.ErrCategory)
		}
	}
	for _, u := range p.Units {
		if s.Unit(u) == nil {
			return web.Refuse("unit", u, "the city has no such unit", web.ErrImpossible)
		}
	}
	if text, ok := word("source"); ok {
		for one := range strings.SplitSeq(web.Clip(text), ",") {
			if !slices.Contains(cases.Sources(), cases.Source(one)) {
				return web.Refuse("source", one, "patrol, public, sensor or system", web.ErrMalformed)
			}
			p.Sources = append(p.Sources, cases.Source(one))
		}
	}
	return nil
}

// caseLogs returns the cases of the past.
func (d *Dispatcher) caseLogs() (terms.CaseLogs, error) {
	if d.logs == nil {
		return nil, web.Refuse("cases", "", "this server keeps no cases", web.ErrConflict)
	}
	return d.logs, nil
}

// judged is what a case's log says of its first dispatch.
type judged struct {
	cases.Outcome
	report dispatch.Report
	mode   dispatch.Mode
	basis  dispatch.Step
	claim  int64
}

// judge reads a log. The decision kept with the first dispatch says by what rule it
// was made, unless a person sent the case elsewhere.
func judge(l *cases.Log) judged {
	j := judged{Outcome: cases.OutcomeOf(l.Events), basis: dispatch.Unrecorded}
	j.report = dispatch.Report{At: l.At, Kind: l.Kind, Category: l.Category, Condition: l.Condition, Component: l.Component, Time: l.ReportedAt}
	if len(l.Events) > 0 && l.Events[0].Report != nil {
		j.report.AccuracyM = min(l.Events[0].Report.AccuracyM, grids.MaxAccuracyM)
	}
	var said struct {
		Unit  string        `json:"unit"`
		Basis dispatch.Step `json:"basis"`
		Claim int64         `json:"claim"`
	}
	switch {
	case j.Decision == nil || json.Unmarshal(j.Decision, &said) != nil || said.Unit == "":
		if j.Joint {
			j.mode = dispatch.Joint
		}
		return j
	case said.Unit != j.First:
		j.basis = dispatch.ByHand
	default:
		j.basis, j.claim = said.Basis, said.Claim
	}
	j.mode = dispatch.Single
	if j.Joint {
		j.mode = dispatch.Joint
	}
	return j
}
