package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/basemaps"
	"github.com/wanmi-gis/wanmi/basemaps/upstream"
)

// TestMapsOfOtherServersStandBesideTheArchives over HTTP, from the first tile to
// the other server's end.
func TestMapsOfOtherServersStandBesideTheArchives(t *testing.T) {
	t.Parallel()
	const key = "0123456789abcdef"
	var code atomic.Int64
	code.Store(http.StatusOK)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(int(code.Load()))
		fmt.Fprint(w, "\xff\xd8\xff", r.URL.RequestURI())
	}))
	t.Cleanup(other.Close)
	now := time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)
	cache, err := upstream.OpenCache(t.TempDir(), 1<<20, 24*time.Hour, now)
	if err != nil {
		t.Fatal(err)
	}
	var later atomic.Int64 // seconds
	maps, err := upstream.New(upstream.Options{
		Sources: []upstream.Source{{
			ID: "影像", Kind: upstream.XYZ, URL: other.URL + "/{z}/{x}/{y}.png", AllowHTTP: true, AllowAddresses: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
			Key: key, KeyParam: "tk", Attribution: "审图号 GS(2026)0001号", MaxAge: time.Hour,
		}, {ID: "later", Kind: upstream.WMTS, URL: "https://maps.example.org/wmts", Key: key, KeyParam: "tk"}},
		Cache: cache, Now: func() time.Time { return now.Add(time.Duration(later.Load()) * time.Second) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := maps.Close(); err != nil {
			t.Error(err)
		}
	})
	d := openWith(t, api.Options{Upstreams: maps})
	get := func(target string, header ...string) reply {
		t.Helper()
		r := d.get(t, target, header...)
		if strings.Contains(string(r.body)+fmt.Sprint(r.header), key) && !strings.HasSuffix(target, ".png") {
			t.Errorf("%s tells the key", target)
		}
		return r
	}
	var list api.BasemapList
	get("/basemaps.json").read(t, &list)
	if len(list.Basemaps) != 2 || list.Basemaps[1].ID != "影像" || list.Basemaps[1].Format != "xyz" || list.Basemaps[1].Attribution == "" ||
		len(list.Refused) != 1 || list.Refused[0].File != "later" {
		t.Fatalf("%+v", list)
	}
	const base = "/basemaps/%E5%BD%B1%E5%83%8F"
	var doc basemaps.TileJSON
	get(base+".json").read(t, &doc)
	if doc.Tiles[0] != "http://wanmi.example"+base+"/{z}/{x}/{y}.png" || doc.MaxZoom != 18 || strings.Contains(doc.Tiles[0], other.URL) {
		t.Errorf("%+v", doc)
	}
	first := get(base + "/5/26/12.png")
	if first.status != http.StatusOK || first.header.Get("Content-Type") != "image/jpeg" || first.header.Get("X-Basemap-Stale") != "" {
		t.Errorf("%d %v %q", first.status, first.header, first.body)
	}
	if again := get(base+"/5/26/12.png", "If-None-Match", first.header.Get("ETag")); again.status != http.StatusNotModified {
		t.Errorf("the same again: %d", again.status)
	}
	code.Store(http.StatusInternalServerError)
	later.Store(3600 + 30)
	stale := get(base + "/5/26/12.png")
	if string(stale.body) != string(first.body) || stale.header.Get("X-Basemap-Stale") != "30" || !strings.HasPrefix(stale.header.Get("Warning"), "110 ") {
		t.Errorf("%d %v %q", stale.status, stale.header, stale.body)
	}
	for target, want := range map[string]string{
		base + "/5/26/13.png": "503 upstream-down", "/basemaps/later.json": "503 upstream-down", "/basemaps/later/5/26/12.png": "503 upstream-down",
	} {
		r := get(target)
		if p := r.problem(t); fmt.Sprint(p.Status, " ", p.Code) != want || r.header.Get("Retry-After") == "" || strings.Contains(p.Detail, "127.0.0.1") {
			t.Errorf("%s: %+v, %v", target, p, r.header)
		}
	}
	for target, want := range map[string]int{
		base + "/5/26/12.jpg": http.StatusNotFound, base + "/19/1/1.png": http.StatusNoContent, base + "/5/99/1.png": http.StatusBadRequest,
		base + "/5/26/12.png?tk=mine": http.StatusBadRequest, "/basemaps/none/5/26/12.png": http.StatusNotFound,
	} {
		if r := get(target); r.status != want {
			t.Errorf("%s: %d, want %d", target, r.status, want)
		}
	}
}
