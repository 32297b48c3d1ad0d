package web

import (
	"fmt"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// A query is read where it stands as long as it has no escapes: a url.Values
// costs as much as half an answer.

// maxPairs is how many parameters are compared with each other; more are left
// to a map.
const maxPairs = 24

// plainQuery reports whether a query's names and values stand for themselves.
func plainQuery(raw string) bool { return !strings.ContainsAny(raw, "%+;") }

// nextPair takes the first name=value off a plain query; ok is false at its end.
func nextPair(raw string) (name, value, rest string, ok bool) {
	for raw != "" {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		if pair != "" {
			name, value, _ = strings.Cut(pair, "=")
			return name, value, raw, true
		}
	}
	return "", "", "", false
}

// readQuery refuses a query that net/url reads in part only, and a parameter
// given twice, of which one would be forgotten.
func readQuery(c echo.Context) error {
	raw := c.Request().URL.RawQuery
	if raw == "" {
		return nil
	}
	if name, few := repeated(raw); few {
		if name != nil {
			return twice(*name)
		}
		return nil
	}
	if strings.ContainsAny(raw, ";%") {
		if _, err := url.ParseQuery(raw); err != nil {
			return Refuse("query", raw, "not name=value&name=value with whole %XX escapes", ErrMalformed)
		}
	}
	values := c.QueryParams()
	for _, name := range slices.Sorted(maps.Keys(values)) { // in order: the same request gets the same refusal
		if len(values[name]) > 1 {
			return twice(name)
		}
	}
	return nil
}

func twice(name string) error {
	return Refuse(Clip(name), "", "given twice", ErrMalformed)
}

// repeated returns a name that a plain query of few parameters has twice, nil
// for none.
func repeated(raw string) (name *string, few bool) {
	if !plainQuery(raw) {
		return nil, false
	}
	var seen [maxPairs]string
	n := 0
	for {
		name, _, rest, ok := nextPair(raw)
		if !ok {
			return nil, true
		}
		if slices.Contains(seen[:n], name) {
			return &name, true
		}
		if n == maxPairs {
			return nil, false
		}
		seen[n] = name
		n++
		raw = rest
	}
}

// Params are the parameters of a plain handler, by name.
type Params struct {
	pairs [maxPairs][2]string
	n     int
}

// Find returns the value, and whether the parameter is there.
func (p *Params) Find(name string) (value string, ok bool) {
	for i := range p.pairs[:p.n] {
		if p.pairs[i][0] == name {
			return p.pairs[i][1], true
		}
	}
	return "", false
}

// Get returns the value, "" for a parameter that is not there.
func (p *Params) Get(name string) string {
	value, _ := p.Find(name)
	return value
}

// Parameters reads the query of a plain handler, which has each name once (see
// guard): the known names, at most maxPairs, and no other.
func Parameters(c echo.Context, known ...string) (out Params, err error) {
	raw := c.Request().URL.RawQuery
	if !plainQuery(raw) {
		values := c.QueryParams()
		for _, name := range slices.Sorted(maps.Keys(values)) {
			if err := out.Add(name, values[name][0], known); err != nil {
				return out, err
			}
		}
		return out, nil
	}
	for name, value, rest, ok := nextPair(raw); ok; name, value, rest, ok = nextPair(rest) {
		if err := out.Add(name, value, known); err != nil {
			return out, err
		}
	}
	return out, nil
}

// All yields names and values as they were sent.
func (p *Params) All() iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for _, pair := range p.pairs[:p.n] {
			if !yield(pair[0], pair[1]) {
				return
			}
		}
	}
}

// Add adds a parameter, which must be one of those known.
func (p *Params) Add(name, value string, known []string) error {
	if !slices.Contains(known, name) {
		reason := "unknown parameter; there are none"
		if len(known) > 0 {
			reason = "unknown parameter; there are " + strings.Join(known, ", ")
		}
		return Refuse(Clip(name), "", reason, ErrMalformed)
	}
	if p.n == maxPairs {
		return Refuse(Clip(name), "", fmt.Sprintf("more than %d parameters", maxPairs), ErrTooMany)
	}
	p.pairs[p.n] = [2]string{name, value}
	p.n++
	return nil
}
