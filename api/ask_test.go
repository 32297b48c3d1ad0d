package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// desk is a handler to ask and the snapshot that its answers must agree with.
type desk struct {
	http.Handler
	snap *grids.Snapshot
	live *grids.Live
}

func open(tb testing.TB, plan townPlan) *desk {
	tb.Helper()
	return openSnapshot(tb, snapshot(tb, plan), api.Options{})
}

// openWith opens the usual town with options of its own.
func openWith(tb testing.TB, o api.Options) *desk {
	tb.Helper()
	return openSnapshot(tb, snapshot(tb, townPlan{}), o)
}

func openSnapshot(tb testing.TB, snap *grids.Snapshot, o api.Options) *desk {
	tb.Helper()
	o.Live, o.Log = grids.NewLive(snap), quiet()
	return &desk{api.New(o), snap, o.Live}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// reply is an answer that was read whole.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// ask sends a request with a body; head has header names and values in turn.
func (d *desk) ask(tb testing.TB, method, target, body string, head ...string) reply {
	tb.Helper()
	u, err := url.ParseRequestURI(target)
	if err != nil {
		tb.Fatalf("%s: %v", target, err)
	}
	r := httptest.NewRequestWithContext(tb.Context(), method, "/", strings.NewReader(body))
	r.URL, r.RequestURI, r.Host = u, target, "wanmi.example"
	for i := 0; i < len(head); i += 2 {
		r.Header.Add(head[i], head[i+1])
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return reply{w.Code, w.Header(), w.Body.Bytes()}
}

func (d *desk) get(tb testing.TB, target string, head ...string) reply {
	tb.Helper()
	return d.ask(tb, http.MethodGet, target, "", head...)
}

func (d *desk) post(tb testing.TB, target, body string) reply {
	tb.Helper()
	return d.ask(tb, http.MethodPost, target, body, "Content-Type", "application/json")
}

// read decodes a 200 answer of JSON.
func (r reply) read(tb testing.TB, into any) {
	tb.Helper()
	if kind := r.header.Get("Content-Type"); r.status != http.StatusOK || kind != "application/json" {
		tb.Fatalf("status %d, %s: %s", r.status, kind, r.body)
	}
	if err := json.Unmarshal(r.body, into); err != nil {
		tb.Fatalf("%v in %.300s", err, r.body)
	}
}

// problem is the shape of RFC 9457 with the members of the contract.
type problem struct {
	Type, Title, Detail, Code string
	Status                    int
	Errors                    []struct{ Location, Message, Value string }
}

// secrets are what no answer may hold: names of Go, of files, of SQL.
var secrets = regexp.MustCompile(`(?i)\*json|json: |strconv\.|go struct|goroutine|runtime\.|panic|\.go:\d|/(root|home|tmp|usr|work)/|` +
	`select .* from|sqlite|of type |\[\]float64|float64|unmarshal|uint32|huma|echo|0x[0-9a-f]{6}`)

// problem checks that the answer is a whole problem document that gives
// nothing away.
func (r reply) problem(tb testing.TB) problem {
	tb.Helper()
	if found := secrets.Find(r.body); found != nil {
		tb.Errorf("tells %q: %s", found, r.body)
	}
	return r.shape(tb)
}

// shape checks that the answer is a whole problem document.
func (r reply) shape(tb testing.TB) problem {
	tb.Helper()
	var p problem
	if kind := r.header.Get("Content-Type"); kind != "application/problem+json" {
		tb.Fatalf("status %d, Content-Type %q: %.300s", r.status, kind, r.body)
	}
	members := map[string]any{}
	if err := json.Unmarshal(r.body, &members); err != nil {
		tb.Fatalf("%v in %s", err, r.body)
	}
	if err := json.Unmarshal(r.body, &p); err != nil {
		tb.Fatalf("%v in %s", err, r.body)
	}
	for _, name := range []string{"type", "title", "status", "detail", "code"} {
		if v := members[name]; v == nil || v == "" {
			tb.Errorf("member %s is %v in %s", name, v, r.body)
		}
	}
	if p.Status != r.status || p.Type != "urn:wanmi:problem:"+p.Code {
		tb.Errorf("status %d, %s", r.status, r.body)
	}
	if r.header.Get("X-Content-Type-Options") != "nosniff" {
		tb.Error("a problem without nosniff")
	}
	return p
}

// lonLat writes a position as it stands in a query.
func lonLat(c spatial.Coord) string { return fmt.Sprintf("lon=%.7f&lat=%.7f", c.Lon(), c.Lat()) }

// sameJSON compares an answer with what was worked out without the handler.
func sameJSON(tb testing.TB, got []byte, want any) {
	tb.Helper()
	x, y := sortedJSON(tb, got), sortedJSON(tb, asJSON(tb, want))
	if !bytes.Equal(x, y) {
		at := 0
		for at < min(len(x), len(y)) && x[at] == y[at] {
			at++
		}
		from := max(0, at-200)
		tb.Fatalf("got  …%.400s\nwant …%.400s", x[from:], y[min(from, len(y)):])
	}
}

func asJSON(tb testing.TB, v any) []byte {
	tb.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// sortedJSON writes a document anew with its members in order of name and its
// numbers as they stand.
func sortedJSON(tb testing.TB, b []byte) []byte {
	tb.Helper()
	var v any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		tb.Fatalf("%v in %.300s", err, b)
	}
	return asJSON(tb, v)
}
