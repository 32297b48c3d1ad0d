package api_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
)

// allocated is how much a function allocates, all of it added up. No other test
// runs meanwhile: the one that calls is not parallel.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// endless is a body of a head and then so many times the same, made while it is
// read.
type endless struct {
	head, again string
	times       int
}

func (e *endless) Read(b []byte) (int, error) {
	if e.head == "" {
		if e.times == 0 {
			return 0, io.EOF
		}
		e.head = e.again
		e.times--
	}
	n := copy(b, e.head)
	e.head = e.head[n:]
	return n, nil
}

// ringOf is a closed ring of n different positions on a circle, all digits
// written.
func ringOf(n int) string {
	var b strings.Builder
	for i := range n + 1 {
		k := i % n
		fmt.Fprintf(&b, "[%.7f,%.7f],", 114.3+float64(k)*1e-7, 34.78+float64(k)*float64(n-k)*1e-10)
	}
	return "[" + strings.TrimSuffix(b.String(), ",") + "]"
}

// The bodies a request may have, and what a refusal may allocate besides: the
// reading of a body doubles a buffer until it fits.
const (
	queryBytes = 1 << 20
	batchBytes = 8 << 20
)

// TestBadInputIsRefusedInFlatMemory sends what is meant to hurt. Each refusal
// has a status, a code and the place at fault, and takes a bounded amount of
// memory, however much is sent.
func TestBadInputIsRefusedInFlatMemory(t *testing.T) {
	d := open(t, townPlan{})
	polygon := func(rings string) string { return `{"geometry":{"type":"Polygon","coordinates":[` + rings + `]}}` }
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	var squeezed bytes.Buffer
	w := gzip.NewWriter(&squeezed)
	w.Write(bytes.Repeat([]byte("lon,lat\n"), 2<<20/8))
	w.Close()
	for _, c := range []struct {
		name, target, kind string
		body               *endless
		encoding           string
		limit              uint64 // of what is allocated
		want               refusal
	}{
		{
			"a polygon of a million vertices", "/v1/select", "application/json",
			&endless{`{"geometry":{"type":"Polygon","coordinates":[[[1,2],`, strings.Repeat("[114.3000000,34.8000000],", 1000), 1000}, "", 8 * queryBytes,
			refusal{"", 413, "too-large", "body"},
		},
		{
			"150,000 vertices that fit into the body", "/v1/select", "application/json",
			&endless{polygon("[" + strings.Repeat("[0,0],", 150_000) + "[0,0]]"), "", 0}, "", 8 * queryBytes,
			refusal{"", 422, "polygon-invalid", "geometry.coordinates[0][10000]"},
		},
		{
			"10,001 positions", "/v1/select", "application/json", &endless{polygon(ringOf(10_000)), "", 0}, "", 8 * queryBytes,
			refusal{"", 422, "polygon-invalid", "geometry.coordinates[0][10000]"},
		},
		{
			"a line of 10,001 positions", "/v1/select", "application/json",
			&endless{`{"geometry":{"type":"Buffer","radius_m":1,"line":` + ringOf(10_000) + `}}`, "", 0}, "", 8 * queryBytes,
			refusal{"", 422, "not-possible", "geometry.line[10000]"},
		},
		{
			"a self-crossing polygon of 9,999 vertices", "/v1/select", "application/json",
			&endless{polygon(strings.Replace(ringOf(9_999), "[114.3005000,", "[114.3007000,", 1)), "", 0}, "", 8 * queryBytes,
			refusal{"", 422, "polygon-invalid", "geometry.coordinates"},
		},
		{
			"a radius that is no number", "/v1/select", "application/json",
			&endless{`{"geometry":{"type":"Circle","center":[114.3,34.8],"radius_m":NaN}}`, "", 0}, "", queryBytes,
			refusal{"", 400, "malformed", "body"},
		},
		{
			"a radius too large for a number", "/v1/select", "application/json",
			&endless{`{"geometry":{"type":"Circle","center":[114.3,34.8],"radius_m":1e999}}`, "", 0}, "", queryBytes,
			refusal{"", 400, "malformed", "geometry.radius_m"},
		},
		{
			"half a million brackets", "/v1/select", "application/json", &endless{polygon(nested(500_000 / 2)), "", 0}, "", 8 * queryBytes,
			refusal{"", 400, "malformed", "body"},
		},
		{
			"brackets without end", "/v1/select", "application/json", &endless{"", strings.Repeat("[", 1<<12), 1 << 12}, "", 8 * queryBytes,
			refusal{"", 413, "too-large", "body"},
		},
		{
			"a gigabyte of points", "/v1/geocode", "application/json", &endless{`{"points":[`, strings.Repeat("[114.3,34.8],", 1000), 80_000}, "", 6 * batchBytes,
			refusal{"", 413, "too-large", "body"},
		},
		{
			"100,001 points", "/v1/geocode", "application/json",
			&endless{`{"points":[` + strings.Repeat("[0,0],", 100_000) + "[0,0]]}", "", 0}, "", 6 * batchBytes,
			refusal{"", 400, "too-many", "points"},
		},
		{
			"a gzipped table of 2 MB in 2 KB", "/v1/geocode", "text/csv", &endless{squeezed.String(), "", 0}, "gzip", queryBytes,
			refusal{"", 415, "unsupported-media-type", "Content-Encoding"},
		},
		{
			"a gzipped table that breaks off", "/v1/geocode", "text/csv", &endless{squeezed.String()[:squeezed.Len()/2], "", 0}, "gzip", queryBytes,
			refusal{"", 415, "unsupported-media-type", "Content-Encoding"},
		},
		{
			"gzipped JSON", "/v1/geocode", "application/json", &endless{squeezed.String(), "", 0}, "gzip", 2 * queryBytes,
			refusal{"", 415, "unsupported-media-type", "Content-Encoding"},
		},
		{
			"a gzipped question", "/v1/select", "application/json", &endless{squeezed.String(), "", 0}, "gzip", 2 * queryBytes,
			refusal{"", 415, "unsupported-media-type", "Content-Encoding"},
		},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, c.target, c.body)
		r.Header.Set("Content-Type", c.kind)
		if c.encoding != "" {
			r.Header.Set("Content-Encoding", c.encoding)
		}
		w := httptest.NewRecorder()
		took := allocated(func() { d.ServeHTTP(w, r) })
		c.want.target = c.name
		d.refused(t, reply{w.Code, w.Header(), w.Body.Bytes()}, c.want)
		if took > c.limit {
			t.Errorf("%s: %.1f MB allocated, at most %.1f", c.name, float64(took)/(1<<20), float64(c.limit)/(1<<20))
		}
		t.Logf("%-60s %d %-22s %5.1f MB", c.name, w.Code, c.want.code, float64(took)/(1<<20))
	}
	for _, c := range []refusal{
		{"/v1/nearest?lon=114.3&lat=34.8&layer=components&k=1000000000", 400, "malformed", "k"},
		{"/v1/nearest?lon=114.3&lat=34.8&layer=components&radius_m=NaN", 400, "malformed", "radius_m"},
		{"/v1/nearest?lon=114.3&lat=34.8&layer=components&radius_m=Inf", 400, "malformed", "radius_m"},
		{"/v1/nearest?lon=114.3&lat=34.8&layer=components&radius_m=-5", 400, "malformed", "radius_m"},
	} {
		if took := allocated(func() { d.refuses(t, c) }); took > queryBytes {
			t.Errorf("%s: %d bytes", c.target, took)
		}
	}
}

// TestALineOf10MBCostsOnlyItself streams rows with one that is longer than a
// row may be: the others are answered, and memory does not grow with it.
func TestALineOf10MBCostsOnlyItself(t *testing.T) {
	d := open(t, townPlan{})
	good := `{"lon":114.305,"lat":34.785}` + "\n"
	table := io.MultiReader(&endless{good + `{"lon":114.305,"x":"`, strings.Repeat("x", 1000), 10_000}, strings.NewReader("\"}\n"+good))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/geocode", table)
	r.Header.Set("Content-Type", "application/x-ndjson")
	w := httptest.NewRecorder()
	took := allocated(func() { d.ServeHTTP(w, r) })
	rows := strings.Split(strings.TrimSpace(w.Body.String()), "\n")
	if w.Code != http.StatusOK || len(rows) != 3 || !strings.Contains(rows[0], `"inside"`) || !strings.Contains(rows[2], `"inside"`) {
		t.Fatalf("%d, %d rows: %.300s", w.Code, len(rows), w.Body)
	}
	if !strings.Contains(rows[1], "error") || len(rows[1]) > 2000 {
		t.Errorf("the long row: %.300s", rows[1])
	}
	if took > 40<<20 {
		t.Errorf("%d MB allocated", took>>20)
	}
	t.Logf("%.1f MB: %.200s", float64(took)/(1<<20), rows[1])
}
