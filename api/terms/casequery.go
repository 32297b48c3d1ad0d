package terms

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
)

// CaseQueryWords are the parameters of GET /v1/cases.
func CaseQueryWords() []string {
	return []string{
		"from", "to", "kind", "category", "status", "source", "unit", "zone", "community", "street", "district", "cell", "component",
		"hour", "weekday", "q", "live", "limit", "cursor",
	}
}

// ReadCaseQuery reads the filter of a list.
func ReadCaseQuery(p *web.Params, snap *grids.Snapshot) (*cases.Query, error) {
	q := &cases.Query{Limit: web.DefaultLimit}
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
		if text, ok := p.Find(w.word); ok {
			if text == "" {
				return nil, web.Refuse(w.word, "", "it has no value; leave it out to have all", web.ErrMalformed)
			}
			list, err := web.List(w.word, text)
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
	q.Kind, q.Component, q.Text, q.After = grids.Kind(p.Get("kind")), p.Get("component"), p.Get("q"), p.Get("cursor")
	if text, ok := p.Find("live"); ok {
		if text != "true" && text != "false" {
			return nil, web.Refuse("live", text, "true or false", web.ErrMalformed)
		}
		q.Live = text == "true"
	}
	if text, ok := p.Find("limit"); ok {
		var err error
		if q.Limit, err = strconv.Atoi(text); err != nil || q.Limit < 1 || q.Limit > web.MaxLimit {
			return nil, web.Refuse("limit", text, fmt.Sprintf("1 to %d", web.MaxLimit), web.ErrMalformed)
		}
	}
	return q, caseTimes(p, snap.City.TimeZone, q)
}

// caseTimes reads the words about when a case was reported.
func caseTimes(p *web.Params, zone *time.Location, q *cases.Query) (err error) {
	for word, into := range map[string]*time.Time{"from": &q.From, "to": &q.To} {
		if text, ok := p.Find(word); ok {
			if *into, err = time.Parse(time.RFC3339, text); err == nil {
				continue
			}
			if *into, err = time.ParseInLocation(time.DateOnly, text, zone); err != nil {
				return web.Refuse(word, text, "write 2026-01-31 or RFC 3339", web.ErrMalformed)
			}
		}
	}
	if text, ok := p.Find("hour"); ok {
		if q.Hours, err = spans("hour", text, 0, 24); err != nil {
			return err
		}
	}
	if text, ok := p.Find("weekday"); ok {
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
	list, err := web.List(word, text)
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
			return nil, web.Refuse(word, text, fmt.Sprintf("numbers from %d to %d, or spans as 7-9", least, end-1), web.ErrMalformed)
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
