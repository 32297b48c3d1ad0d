package cases

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases/clock"
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
	// Then are further events of the same case: all of them or none, each in the
	// log and the feed. Only their Kind, Actor and Details count. What is wrong
	// with one is a [ThenError].
	Then []Request
	// Key, if any, makes the request safe to repeat for 30 days: the answer is
	// kept, and given again where Hash, of all that was asked, is the same.
	Key, Hash string
	// KeyOwner is whose key it is; "" is the actor's id.
	KeyOwner string
	// Answer, if any, writes what is to be kept and given again: for the case and
	// its last event as they stand then.
	Answer func(c *Case, e *Event) (string, error)
}

// maxThen bounds the further events of a request.
const maxThen = 10

// thenEvents makes the events that follow the first.
func (r *Request) thenEvents(at time.Time) ([]*Event, error) {
	if len(r.Then) > maxThen {
		return nil, invalid("then", strconv.Itoa(len(r.Then)), "more than "+strconv.Itoa(maxThen))
	}
	out := make([]*Event, len(r.Then))
	for i := range r.Then {
		next := Request{Case: ID{1}, Kind: r.Then[i].Kind, Actor: r.Then[i].Actor, Details: r.Then[i].Details}
		e, err := next.event(at)
		if err != nil {
			return nil, &ThenError{i, err}
		}
		out[i] = e
	}
	return out, nil
}

// ThenError is what is wrong with one of the further events of a request, of
// which nothing was stored.
type ThenError struct {
	Index int
	Err   error
}

func (t *ThenError) Error() string { return fmt.Sprintf("then[%d]: %v", t.Index, t.Err) }

// Unwrap gives the fault itself.
func (t *ThenError) Unwrap() error { return t.Err }

// Receipt is what became of a request.
type Receipt struct {
	ID      ID     `json:"id"`
	Version int    `json:"version"`
	Answer  string `json:"answer,omitempty"`
	// Repeated says that the request was done before, under the same key.
	Repeated bool `json:"-"`
}

// Query picks cases; the zero value of a field picks all. It is the filter of the
// API. A code that the city never had is refused: it would find nothing.
type Query struct {
	From, To   time.Time // reported, half open
	Kind       grids.Kind
	Categories []string // prefixes, with Kind
	States     []State
	Sources    []Source
	Units      []string
	Zones      []string
	Cells      []string
	// Communities, Streets and Districts are those that the case's cell lies in.
	Communities, Streets, Districts []string
	Component                       string
	// Hours (0 to 23) and Weekdays (1 is Monday) are of the report, by the city's
	// clocks.
	Hours, Weekdays []int
	// Text is looked for in number, id and external id, the component's code, the
	// category's name and the description; letters of ASCII in either case.
	Text string
	// Live picks what is not over.
	Live bool
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
		"community": len(q.Communities), "street": len(q.Streets), "district": len(q.Districts), "hour": len(q.Hours), "weekday": len(q.Weekdays),
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
	for _, h := range q.Hours {
		if h < 0 || h > 23 {
			return invalid("hour", strconv.Itoa(h), wantedMessage+"0 to 23")
		}
	}
	for _, d := range q.Weekdays {
		if d < 1 || d > 7 {
			return invalid("weekday", strconv.Itoa(d), wantedMessage+"1 (Monday) to 7")
		}
	}
	if err := checkTexts([]field{{"q", q.Text, maxCodeBytes}}); err != nil {
		return err
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
	if err := checkTexts([]field{{"Idempotency-Key", r.Key, maxKeyBytes}, {"hash", r.Hash, maxCodeBytes}}); err != nil {
		return nil, err
	}
	e := &Event{At: at, Kind: r.Kind, Actor: r.Actor, Details: r.Details}
	e.Media = slices.Clone(e.Media)
	e.DueAt, e.YellowAt, e.Limit = time.Time{}, time.Time{}, clock.Limit{} // the clock's to say
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
