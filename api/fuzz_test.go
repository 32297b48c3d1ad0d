package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/api"
)

// answers sends a request that may be anything and checks what always holds:
// never a 5xx, and whatever is refused is a whole problem document.
func (d *desk) answers(tb testing.TB, u *url.URL, head ...string) reply {
	tb.Helper()
	r := httptest.NewRequestWithContext(tb.Context(), http.MethodGet, "/", nil)
	r.URL, r.RequestURI = u, u.RequestURI()
	for i := 0; i < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	got := reply{w.Code, w.Header(), w.Body.Bytes()}
	switch {
	case got.status >= 500:
		tb.Fatalf("%s: %d %s", u, got.status, got.body)
	case got.status >= 400:
		var p problem
		if p = got.shape(tb); p.Status != got.status {
			tb.Fatalf("%s: %s", u, got.body)
		}
	}
	return got
}

func FuzzAcceptEncoding(f *testing.F) {
	d := open(f, townPlan{})
	target := &url.URL{Path: tileURL("cells", d.middle(14))}
	bodies := map[string]reply{"": d.answers(f, target)}
	for _, coding := range []string{"gzip", "zstd", "br"} {
		bodies[coding] = d.answers(f, target, "Accept-Encoding", coding+", identity;q=0")
	}
	for _, seed := range []string{
		"gzip", "gzip;q=0", "identity;q=1, gzip;q=0.5", "*;q=0.1", ";q=", "gzip;q=1e400", "gzip;;", "a,b;q=0x1p-2",
		"gzip, deflate, br, zstd", "br;q=1.000, zstd;q=0.999", "zstd;q=1.0001", "\tBR ;\tQ=0.5,", "identity;q=0", ",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,gzip",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		r := d.answers(t, target, "Accept-Encoding", accept)
		coding := r.header.Get("Content-Encoding")
		want, known := bodies[coding]
		if !known || string(r.body) != string(want.body) || r.header.Get("ETag") != want.header.Get("ETag") || r.header.Get("Vary") != "Accept-Encoding" {
			t.Fatalf("%q: %v", accept, r.header)
		}
		if !strings.Contains(strings.ToLower(accept), coding) && !(coding == "gzip" && strings.Contains(accept, "*")) {
			t.Fatalf("%q is answered with %q", accept, coding)
		}
		tag := r.header.Get("ETag")
		if again := d.answers(t, target, "Accept-Encoding", accept, "If-None-Match", tag); again.status != http.StatusNotModified || again.header.Get("ETag") != tag {
			t.Fatalf("%q, If-None-Match %s: %d", accept, tag, again.status)
		}
	})
}

func FuzzTileQuery(f *testing.F) {
	d := open(f, townPlan{})
	plain := tileURL("cells,components", d.middle(14))
	for _, seed := range []string{
		"columns=", "columns=code,zone,code", "columns=zone,code", "columns=code&columns=zone", "columns=%00", "columns=,,,,", "columns=code;zone", "COLUMNS=code", "&&&", "columns",
		"columns=井", "columns=code%2Czone", "columns=../../etc", "=", "%zz",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		u := &url.URL{Path: plain, RawQuery: query}
		// What is kept answers like what is made.
		if first, again := d.answers(t, u), d.answers(t, u); first.status != again.status || string(first.body) != string(again.body) {
			t.Fatalf("%q: %d, then %d", query, first.status, again.status)
		}
	})
}

func FuzzEventStreamRequest(f *testing.F) {
	d := openWith(f, api.Options{Until: gone()})
	for _, seed := range [][2]string{{"layers=components", "test-1"}, {"layers=a,b", "test-x"}, {"layers=", "-"}, {"x=1", "test--1"}, {"layers=cells,cells", "test-9223372036854775808"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, query, id string) {
		r := d.answers(t, &url.URL{Path: "/v1/stream", RawQuery: query}, "Last-Event-ID", id)
		if r.status == http.StatusOK && r.header.Get("Content-Type") != "text/event-stream" {
			t.Fatalf("%q %q: %v", query, id, r.header)
		}
	})
}

// gone is the life of a server that is stopping: streams end at once.
func gone() context.Context {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	return ctx
}

func FuzzGeocodeQuery(f *testing.F) {
	d := open(f, townPlan{})
	for _, seed := range []string{
		"lon=114.305&lat=34.785", "lon=NaN&lat=1e999", "lon=1;lat=2", "lon=%zz", "lon=1&lon=2", "lon=0x1p3&lat=1_0&crs=city",
		"lon=114.305&lat=34.785&at=2031-01-01&boundary=true", "lon=114.305&lat=34.785&accuracy_m=1e-300", "lon=500000&lat=3850000&crs=epsg:4547", "crs=%ff%00", "lon=-0&lat=-0&crs=bd09",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		for _, path := range []string{"/v1/geocode", "/v1/nearest", "/v1/crs/convert"} {
			d.answers(t, &url.URL{Path: path, RawQuery: query})
		}
		d.answers(t, &url.URL{Path: "/v1/nearest", RawQuery: query + "&layer=components"})
		d.answers(t, &url.URL{Path: "/v1/crs/convert", RawQuery: query + "&to=city,epsg:4547"})
	})
}

func FuzzGeocodeBody(f *testing.F) {
	d := open(f, townPlan{})
	for _, seed := range []string{
		`{"points":[[114.305,34.785],[200,0],null]}`, `{"points":[]}`, `{"points":[[1]]}{}`, `[[[[[[`, `{"crs":"gcj02","at":"2031-01-01","border":true,"points":[[1,2]]}`,
		`{"points":[[1e999,"2"]]}`, `{"accuracy_m":499,"points":[[114.305,34.785],[-180,-90]]}`, `{"points":{"a":[1,2]}}`, `"\`, "\xff\xfe", `{"points":[[1,2],]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r := d.ask(t, http.MethodPost, "/v1/geocode", string(body))
		if r.status >= 500 {
			t.Fatalf("%q: %d", body, r.status)
		}
		if r.status != http.StatusOK {
			r.shape(t)
			return
		}
		var got struct{ Results []object }
		r.read(t, &got)
	})
}

func FuzzTilePath(f *testing.F) {
	d := open(f, townPlan{})
	for _, seed := range []string{
		"cells/14/13391/6506.mvt", "cells,zones/31/0/0.mvt", "/../..//x.mvt", "cells/014/0/0.mvt", "%2e%2e/1/1/1.mvt", "cells.json", "cells%2Czones.json",
		"cells/14/-1/0.mvt", "a\x00/1/1/1.mvt", "井/1/1/1.mvt", ",,,/0/0/0.mvt",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, rest string) {
		d.answers(t, &url.URL{Path: "/tiles/" + rest})
		if path, err := url.PathUnescape("/tiles/" + rest); err == nil {
			d.answers(t, &url.URL{Path: path, RawPath: "/tiles/" + rest})
		}
	})
}
