package api

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
)

// CaseList is a page of cases.
type CaseList struct {
	Cases       []CaseSummary `json:"cases" doc:"The newest report first"`
	Next        string        `json:"next,omitempty" doc:"The cursor of the next page; none after the last"`
	CityVersion int64         `json:"city_version"`
}

// caseWords are the parameters of GET /v1/cases.
func caseWords() []string {
	return []string{
		"from", "to", "kind", "category", "status", "source", "unit", "zone", "community", "street", "district", "cell", "component",
		"hour", "weekday", "q", "live", "limit", "cursor",
	}
}

// listCases is GET /v1/cases.
func (s *server) listCases(c echo.Context) error {
	params, err := parameters(c, caseWords()...)
	if err != nil {
		return err
	}
	d, err := s.takesCases()
	if err != nil {
		return err
	}
	snap := s.live.Current()
	q, err := caseQuery(&params, snap)
	if err != nil {
		return err
	}
	page, err := d.store.List(c.Request().Context(), *q)
	if err != nil {
		return caseFault(s.log, c, err)
	}
	out := CaseList{Cases: make([]CaseSummary, len(page.Cases)), Next: page.Next, CityVersion: snap.City.Version}
	now := d.now()
	for i := range page.Cases {
		out.Cases[i] = caseSummary(snap, &page.Cases[i], now)
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, out)
}

// caseQuery reads the filter of a list.
func caseQuery(p *params, snap *grids.Snapshot) (*cases.Query, error) {
	q := &cases.Query{Limit: defaultLimit}
	var states, sources []string
	for _, w := range []struct {
		word string
		into *[]string
	}{
		{"category", &q.Categories},
		{"status", &states},
		{"source", &sources},
		{"unit", &q.Units},
		{"zone", &q.Zones},
		{"community", &q.Communities},
		{"street", &q.Streets},
		{"district", &q.Districts},
		{"cell", &q.Cells},
	} {
		if text, ok := p.find(w.word); ok {
			if text == "" {
				return nil, &inputError{w.word, "", "it has no value; leave it out to have all", errMalformed}
			}
			list, err := items(w.word, text)
			if err != nil {
				return nil, err
			}
			*w.into = list
		}
	}
	for _, v := range states {
		q.States = append(q.States, cases.State(v))
	}
	for _, v := range sources {
		q.Sources = append(q.Sources, cases.Source(v))
	}
	q.Kind, q.Component, q.Text, q.After = grids.Kind(p.get("kind")), p.get("component"), p.get("q"), p.get("cursor")
	if text, ok := p.find("live"); ok {
		if text != "true" && text != "false" {
			return nil, &inputError{"live", text, "true or false", errMalformed}
		}
		q.Live = text == "true"
	}
	if text, ok := p.find("limit"); ok {
		var err error
		if q.Limit, err = strconv.Atoi(text); err != nil || q.Limit < 1 || q.Limit > maxLimit {
			return nil, &inputError{"limit", text, fmt.Sprintf("1 to %d", maxLimit), errMalformed}
		}
	}
	return q, caseTimes(p, snap.City.TimeZone, q)
}

// caseTimes reads the words about when a case was reported.
func caseTimes(p *params, zone *time.Location, q *cases.Query) (err error) {
	for word, into := range map[string]*time.Time{"from": &q.From, "to": &q.To} {
		if text, ok := p.find(word); ok {
			if *into, err = time.Parse(time.RFC3339, text); err == nil {
				continue
			}
			if *into, err = time.ParseInLocation(time.DateOnly, text, zone); err != nil {
				return &inputError{word, text, "write 2026-01-31 or RFC 3339", errMalformed}
			}
		}
	}
	if text, ok := p.find("hour"); ok {
		if q.Hours, err = spans("hour", text, 0, 24); err != nil {
			return err
		}
	}
	if text, ok := p.find("weekday"); ok {
		if q.Weekdays, err = spans("weekday", text, 1, 8); err != nil {
			return err
		}
	}
	return nil
}

// spans reads "7-9,22": numbers from least on and below end, and half-open spans
// of them, of which one may go on from the beginning: 22-2 is 22, 23, 0, 1. Of
// weekdays a span has both its ends: 1-5 is Monday to Friday.
func spans(word, text string, least, end int) ([]int, error) {
	var out []int
	list, err := items(word, text)
	if err != nil {
		return nil, err
	}
	for _, item := range list {
		a, b, span := strings.Cut(item, "-")
		from, err := strconv.Atoi(a)
		to := from + 1
		if err == nil && span {
			if to, err = strconv.Atoi(b); word == "weekday" {
				to++
			}
		}
		if err != nil || from < least || from >= end || to < least || to > end || to == from {
			return nil, &inputError{word, text, fmt.Sprintf("numbers from %d to %d, or spans as 7-9", least, end-1), errMalformed}
		}
		for i := from; i != to; i++ {
			if i == end {
				if i = least; i == to {
					break
				}
			}
			out = append(out, i)
		}
	}
	return out, nil
}
