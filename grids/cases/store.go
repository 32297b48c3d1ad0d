package cases

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// Store keeps cases. It is safe for concurrent use.
type Store interface {
	// Append adds one event to a case, or a new case with its report, and
	// returns once that is durable.
	Append(ctx context.Context, r Request) (Receipt, error)
	// Get returns the case with its log.
	Get(ctx context.Context, id ID) (*Case, []Event, error)
	// Find returns the case that has the external id in the source system.
	Find(ctx context.Context, system, externalID string) (ID, error)
	// List returns cases, the newest report first.
	List(ctx context.Context, q Query) (Page, error)
	// Feed returns at most limit entries after the cursor in the order of the
	// commits, those of the city among them.
	Feed(ctx context.Context, after cityfile.Cursor, limit int) ([]cityfile.Entry, cityfile.Cursor, error)
}

// Request asks for one event.
type Request struct {
	// Case is the case; the zero value asks for a new one, whose event is a
	// report.
	Case  ID
	Kind  EventKind
	Actor Actor
	Details
	// Version is the one the case must have, or 0 for any.
	Version int
	// Key, if any, makes the request safe to repeat for 30 days: the answer is
	// kept, and given again where Hash, of all that was asked, is the same.
	Key, Hash string
	// Answer, if any, writes what is to be kept and given again.
	Answer func(c *Case, e *Event) (string, error)
}

// Receipt is what became of a request.
type Receipt struct {
	ID      ID     `json:"id"`
	Version int    `json:"version"`
	Answer  string `json:"answer,omitempty"`
	// Repeated says that the request was done before, under the same key.
	Repeated bool `json:"-"`
}

// Query picks cases; the zero value of a field picks all. It is the filter of the
// API by what a case's row has; codes of the chain come as cells.
type Query struct {
	From, To   time.Time // reported, half open
	Kind       grids.Kind
	Categories []string // prefixes, with Kind
	States     []State
	Sources    []Source
	Units      []string
	Zones      []string
	Cells      []string
	Component  string
	// After is the cursor of the page before.
	After string
	Limit int // at most 10,000; 0 is 100
}

// Page is a part of a list.
type Page struct {
	Cases []Summary
	Next  string // cursor of the next page, or ""
}

// Limits of a list.
const (
	defaultLimit = 100
	maxLimit     = 10_000
	maxWords     = 1000 // of one field of a query
)

func (q *Query) limit() int {
	if q.Limit <= 0 {
		return defaultLimit
	}
	return min(q.Limit, maxLimit)
}

// validate refuses words that no case can have.
func (q *Query) validate() error {
	for name, n := range map[string]int{
		"category": len(q.Categories), "status": len(q.States), "source": len(q.Sources), "unit": len(q.Units), "zone": len(q.Zones), "cell": len(q.Cells),
	} {
		if n > maxWords {
			return invalid(name, "", "too many values")
		}
	}
	for _, s := range q.States {
		if !slices.Contains(states[:], s) {
			return invalid("status", string(s), "no such state")
		}
	}
	for _, s := range q.Sources {
		if !slices.Contains(sources[:], s) {
			return invalid("source", string(s), "no such source")
		}
	}
	if q.Kind != "" && q.Kind != grids.ComponentKind && q.Kind != grids.EventKind {
		return invalid("kind", string(q.Kind), wantedMessage+"component or event")
	}
	if len(q.Categories) > 0 && q.Kind == "" {
		return invalid("category", q.Categories[0], "a code counts only together with its kind")
	}
	return nil
}

// event makes the event that is asked for.
func (r *Request) event(at time.Time) (*Event, error) {
	if (r.Case == ID{}) != (r.Kind == Report) {
		return nil, invalid("kind", string(r.Kind), "a new case begins with its report, and only it does")
	}
	if err := checkTexts([]field{{"Idempotency-Key", r.Key, maxCodeBytes}, {"hash", r.Hash, maxCodeBytes}}); err != nil {
		return nil, err
	}
	e := &Event{At: at, Kind: r.Kind, Actor: r.Actor, Details: r.Details}
	e.Media = slices.Clone(e.Media)
	e.DueAt = time.Time{} // the clock's to say
	if err := e.validate(); err != nil {
		return nil, err
	}
	e.normal()
	return e, nil
}

// compacted is JSON without the spaces of who wrote it.
func compacted(text json.RawMessage) json.RawMessage {
	if len(text) == 0 {
		return nil
	}
	var b bytes.Buffer
	if json.Compact(&b, text) != nil {
		return text // validate says so
	}
	return b.Bytes()
}
