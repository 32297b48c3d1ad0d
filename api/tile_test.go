package api_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/paulmach/orb/encoding/mvt"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/tiler"
)

// middle is the tile of a zoom in the middle of the town.
func (d *desk) middle(z uint8) tiler.ID {
	id, _ := tiler.At(d.snap.Box(grids.Cells).Center(), z)
	return id
}

func tileURL(layers string, id tiler.ID) string { return fmt.Sprintf("/tiles/%s/%v.mvt", layers, id) }

func TestATileHoldsWhatTheSnapshotHoldsThere(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{version: 9})
	rnd := rand.New(rand.NewPCG(8, 8))
	total := 0
	for range 150 {
		id, _ := tiler.At(somewhere(rnd), uint8(6+rnd.IntN(13)))
		r := d.get(t, tileURL(strings.Join(allLayers(), ","), id))
		if r.header.Get("X-City-Version") != "9" {
			t.Fatalf("%v: version %q", id, r.header.Get("X-City-Version"))
		}
		got := decoded{}
		if r.status == http.StatusOK {
			got = decodeOrb(t, r.body)
		} else if r.status != http.StatusNoContent || len(r.body) > 0 {
			t.Fatalf("%v: status %d", id, r.status)
		}
		total += d.holds(t, id, got, cannotMiss)
	}
	if total < 1000 {
		t.Errorf("only %d features compared", total)
	}
}

func TestTileAttributesAreTheRows(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	layers, err := mvt.Unmarshal(d.get(t, tileURL("cells,components", d.middle(14))).body)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range layers[0].Features {
		c := &d.snap.City.Cells[slices.IndexFunc(d.snap.City.Cells, func(c grids.Cell) bool { return c.FID == int64(f.ID.(float64)) })]
		if f.Properties["code"] != c.Code || f.Properties["zone"] != c.Zone || f.Properties["community"] != c.Community || f.Properties["name"] != c.Name {
			t.Fatalf("cell %v: %v", f.ID, f.Properties)
		}
	}
	for _, f := range layers[1].Features {
		c := &d.snap.City.Components[int(f.ID.(float64))-1]
		for _, other := range d.snap.City.Components {
			if other.FID == int64(f.ID.(float64)) {
				c = &other
			}
		}
		if f.Properties["code"] != c.Code || f.Properties["category"] != c.Category || f.Properties["state"] != c.State {
			t.Fatalf("component %v: %v", f.ID, f.Properties)
		}
	}
	for columns, want := range map[string]int{"": 0, "code": 1, "code,zone": 2, "zone,code,zone": 2, "level": 0} {
		layers, err := mvt.Unmarshal(d.get(t, tileURL("cells", d.middle(14))+"?columns="+columns).body)
		if err != nil || len(layers[0].Features[0].Properties) != want {
			t.Errorf("columns=%q: %v, %v", columns, layers[0].Features[0].Properties, err)
		}
	}
}

func TestBadTileRequestsAreRefused(t *testing.T) {
	t.Parallel()
	const outOfRange = "tile-out-of-range"
	d := open(t, townPlan{})
	for _, c := range []refusal{
		{"/tiles/cells/31/0/0.mvt", 400, outOfRange, "z"},
		{"/tiles/cells/23/0/0.mvt", 400, outOfRange, "z"},
		{"/tiles/cells/-1/0/0.mvt", 400, outOfRange, "z"},
		{"/tiles/cells/z/0/0.mvt", 400, outOfRange, "z"},
		{"/tiles/cells/99999999999999999999/0/0.mvt", 400, outOfRange, "z"},
		{"/tiles/cells/14/16384/0.mvt", 400, outOfRange, "x"},
		{"/tiles/cells/14/-1/0.mvt", 400, outOfRange, "x"},
		{"/tiles/cells/14/x/0.mvt", 400, outOfRange, "x"},
		{"/tiles/cells/14/1.0/0.mvt", 400, outOfRange, "x"},
		{"/tiles/cells/14/1e3/0.mvt", 400, outOfRange, "x"},
		{"/tiles/cells/14/0/16384.mvt", 400, outOfRange, "y"},
		{"/tiles/cells/14/0/y.mvt", 400, outOfRange, "y"},
		{"/tiles/cells/14/0/.mvt", 400, outOfRange, "y"},
		{"/tiles/cells/014/0/0.mvt", 400, outOfRange, "z"},
		{"/tiles/cells/14/00/0.mvt", 400, outOfRange, "x"},
		{"/tiles/cells/14/0/007.mvt", 400, outOfRange, "y"},
		{"/tiles/cells/14/0/+7.mvt", 400, outOfRange, "y"},
		{"/tiles/cells/14/0/%007.mvt", 400, outOfRange, "y"},
		{"/tiles/cells/14/0/7%0D%0A.mvt", 400, outOfRange, "y"},
		{"/tiles/cells/14/0/../../../etc/passwd.mvt", 400, outOfRange, "y"},
		{"/tiles/cells/14/0/..%2F..%2Fsecret.mvt", 400, outOfRange, "y"},
		{"/tiles/cells/14/0/%EF%BC%97.mvt", 400, outOfRange, "y"}, // a full-width 7
		{"/tiles/cells/14/0/0", 404, "not-found", "y"},
		{"/tiles/cells/14/0/0.pbf", 404, "not-found", "y"},
		{"/tiles/cells/14/0/0.mvt/more", 404, "not-found", "y"},
		{"/tiles/cells/14/0/", 404, "not-found", "path"},
		{"/tiles/cells/14", 404, "not-found", "path"},
		{"/tiles/planets/14/0/0.mvt", 404, "not-found", "layers"},
		{"/tiles//14/0/0.mvt", 400, "malformed", "layers"},
		{"/tiles/cells,/14/0/0.mvt", 400, "malformed", "layers"},
		{"/tiles/,/14/0/0.mvt", 400, "malformed", "layers"},
		{"/tiles/CELLS/14/0/0.mvt", 404, "not-found", "layers"},
		{"/tiles/cells%00/14/0/0.mvt", 400, "malformed", "layers"},
		{"/tiles/..%2F..%2Fcells/14/0/0.mvt", 400, "malformed", "layers"},
		{"/tiles/%3Cscript%3E/14/0/0.mvt", 400, "malformed", "layers"},
		{"/tiles/" + strings.Repeat("x", 9000) + "/14/0/0.mvt", 404, "not-found", "layers"},
		{"/tiles/" + names(51) + "/14/0/0.mvt", 400, "too-many", "layers"},
		{"/tiles/" + names(51) + ".json", 400, "too-many", "layers"},
		{"/tiles/" + names(50) + ".json", 404, "not-found", "layers"},
		{"/tiles/cells/14/2147483648/0.mvt", 400, outOfRange, "x"}, // 2³¹
		{"/tiles/cells/14/0/4294967296.mvt", 400, outOfRange, "y"}, // 2³²
		{"/tiles/%00/14/0/0.mvt", 400, "malformed", "layers"},
		{"/tiles/%2e%2e%2f/14/0/0.mvt", 400, "malformed", "layers"},
		{"/tiles/" + names(1000) + "/14/0/0.mvt", 400, "too-many", "layers"},
		{"/tiles/" + strings.Repeat(",", 9000) + "/14/0/0.mvt", 400, "too-many", "layers"},
		{"/tiles/cells/14/0/0.mvt?columns=" + strings.Repeat("code,", 3000), 400, "too-many", "columns"},
		{"/tiles/cells/14/0/0.mvt?columns=" + strings.Repeat("x", 12_000), 400, "malformed", "columns"},
		{"/tiles/cells/14/0/0.mvt?columns=..%2F", 400, "malformed", "columns"},
		{"/tiles/cells/14/0/0.mvt?columns=code%00", 400, "malformed", "columns"},
		{"/tiles/planets.json", 404, "not-found", "layers"},
		{"/tiles/.json", 400, "malformed", "layers"},
		{"/tiles/cells", 404, "not-found", "layers"},
		{"/tiles/cells.json?z=1", 400, "malformed", "z"},
		{"/tiles.json?all", 400, "malformed", "all"},
		{"/tiles/cells/14/0/0.mvt?columns=colour", 400, "malformed", "columns"},
		{"/tiles/cells/14/0/0.mvt?columns=code,", 400, "malformed", "columns"},
		{"/tiles/cells/14/0/0.mvt?columns=" + names(51), 400, "too-many", "columns"},
		{"/tiles/cells/14/0/0.mvt?column=code", 400, "malformed", "column"},
		{"/tiles/cells/14/0/0.mvt?columns=code&columns=zone", 400, "malformed", "columns"},
	} {
		d.refuses(t, c)
	}
}

func names(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprint("n", i)
	}
	return strings.Join(all, ",")
}

func TestALayerNamedOftenIsOneLayerAndTooOftenIsRefused(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	id := d.middle(14)
	once := d.get(t, tileURL("cells", id))
	for names, r := range map[string]refusal{
		strings.Repeat("cells,", 999) + "cells": {"/tiles/%s/14/0/0.mvt", 400, "too-many", "layers"},
		strings.Repeat(",", 1000):               {"/tiles/%s/14/0/0.mvt", 400, "too-many", "layers"},
		strings.Repeat("code,", 999) + "code":   {"/tiles/cells/14/0/0.mvt?columns=%s", 400, "too-many", "columns"},
	} {
		r.target = fmt.Sprintf(r.target, names)
		d.refuses(t, r)
	}
	often := d.get(t, tileURL(strings.Repeat("cells,", 199)+"cells", id))
	if often.status != http.StatusOK || !bytes.Equal(once.body, often.body) || once.header.Get("ETag") != often.header.Get("ETag") {
		t.Errorf("status %d, %d bytes, once %d", often.status, len(often.body), len(once.body))
	}
	escaped := d.get(t, tileURL("cells%2Czones", id)) // as encodeURIComponent writes a comma
	if plain := d.get(t, tileURL("cells,zones", id)); !bytes.Equal(plain.body, escaped.body) || plain.status != http.StatusOK {
		t.Errorf("%%2C: status %d", escaped.status)
	}
	var doc struct{ Tiles []string }
	d.get(t, "/tiles/cells,cells,zones.json").read(t, &doc)
	if len(doc.Tiles) != 1 || doc.Tiles[0] != "http://wanmi.example/tiles/cells,zones/{z}/{x}/{y}.mvt" {
		t.Errorf("%v", doc.Tiles)
	}
}

func TestWhereNothingIsTheAnswerIs204(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	id := d.middle(16)
	for _, target := range []string{
		"/tiles/cells/14/0/0.mvt", "/tiles/cells/0/0/0.mvt", "/tiles/cells/22/4194303/4194303.mvt", // below, beside and beyond
		tileURL("cells", tiler.ID{Z: 16, X: id.X + 100, Y: id.Y}), tileURL("components", d.middle(5)), tileURL("zones", d.middle(22)),
	} {
		r := d.get(t, target)
		if r.status != http.StatusNoContent || len(r.body) != 0 || r.header.Get("Content-Encoding") != "" {
			t.Errorf("%s: %d, %d bytes", target, r.status, len(r.body))
		}
	}
}

func TestEachEncodingHasItsOwnTagAndTheSameTile(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	for _, target := range []string{tileURL("cells,components", d.middle(14)), "/tiles.json", "/tiles/cells.json", "/"} {
		plain, zipped := d.get(t, target), d.get(t, target, "Accept-Encoding", "gzip")
		if plain.status != http.StatusOK || plain.header.Get("Content-Encoding") != "" || zipped.header.Get("Content-Encoding") != "gzip" {
			t.Fatalf("%s: %d, %v, %v", target, plain.status, plain.header, zipped.header)
		}
		z, err := gzip.NewReader(bytes.NewReader(zipped.body))
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(z); err != nil || !bytes.Equal(body, plain.body) {
			t.Errorf("%s: the gzip body differs: %v", target, err)
		}
		for _, r := range []reply{plain, zipped} {
			tag := r.header.Get("ETag")
			if len(tag) < 10 || tag[0] != '"' || r.header.Get("Vary") != "Accept-Encoding" || r.header.Get("Content-Length") != fmt.Sprint(len(r.body)) {
				t.Errorf("%s: %v", target, r.header)
			}
		}
		if plain.header.Get("ETag") == zipped.header.Get("ETag") {
			t.Errorf("%s: one tag for two encodings", target)
		}
	}
}

func TestAcceptEncodingIsObeyed(t *testing.T) {
	t.Parallel()
	d := openWith(t, api.Options{TileCacheBytes: -1}) // nothing is asked for again, so nothing is there in Brotli
	target := tileURL("cells", d.middle(14))
	for accept, want := range map[string]string{
		"gzip": "gzip", "GZIP": "gzip", "gzip, deflate, br, zstd": "gzip", "*": "gzip", "gzip;q=0.001": "gzip", "br, gzip;q=0.5": "gzip",
		"identity;q=0.5, gzip;q=1.0": "gzip", "*;q=0, gzip": "gzip", "identity;q=0, gzip;q=0.1": "gzip", "gzip ; q=0.8": "gzip",
		"": "", "identity": "", "br": "", "gzip;q=0": "", "gzip;q=0.0": "", "gzip;Q=0": "", "gzip;\tq=0": "", "*;q=0": "", "*, gzip;q=0": "",
		"identity;q=1, gzip;q=0.5": "", "identity, gzip;q=0.9": "", "gzip;q=NaN": "", "gzip;q=-1": "", "gzip;q=x": "", ",,;;==": "",
		"zstd": "zstd", "ZSTD, gzip;q=0.9": "zstd", "zstd, gzip": "gzip", "zstd;q=0.001, deflate": "zstd", "*, gzip;q=0, zstd": "zstd",
		"gzip;q=1.001": "", "gzip;q=0.0001": "", "gzip;q=.5": "", "gzip;q=2": "", "gzip;q=1.": "gzip", "gzip;q=1;q=0": "", "gzip;level=1": "", "gzip;q": "",
		"gzip;q=0, zstd;q=0, br;q=0, identity;q=0": "", "identity;q=0": "", "br, identity;q=0": "br", "*;q=0, br": "br", "deflate, compress": "",
		strings.Repeat("x,", 31) + "gzip": "gzip", strings.Repeat("x,", 32) + "gzip": "",
	} {
		r := d.get(t, target, "Accept-Encoding", accept)
		if got := r.header.Get("Content-Encoding"); r.status != http.StatusOK || got != want {
			t.Errorf("%q: %q, want %q", accept, got, want)
		}
	}
	if r := d.get(t, target, "Accept-Encoding", "br", "Accept-Encoding", "gzip"); r.header.Get("Content-Encoding") != "gzip" {
		t.Error("two header lines")
	}
}

// TestBrotliComesWithTheSecondAnswer, and does not make a new tile of the old.
func TestBrotliComesWithTheSecondAnswer(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	target := tileURL("cells", d.middle(14))
	const browser = "gzip, deflate, br, zstd"
	first := d.get(t, target, "Accept-Encoding", browser)
	second := d.get(t, target, "Accept-Encoding", browser)
	if first.header.Get("Content-Encoding") != "gzip" || second.header.Get("Content-Encoding") != "br" {
		t.Fatalf("%v, %v", first.header, second.header)
	}
	plain, err := io.ReadAll(brotli.NewReader(bytes.NewReader(second.body)))
	if err != nil || !bytes.Equal(plain, d.get(t, target).body) {
		t.Errorf("the body differs: %v", err)
	}
	for _, r := range []reply{first, second} {
		tag := r.header.Get("ETag")
		if again := d.get(t, target, "Accept-Encoding", browser, "If-None-Match", tag); again.status != http.StatusNotModified || again.header.Get("ETag") != tag {
			t.Errorf("%s: %d %v", tag, again.status, again.header)
		}
	}
	for accept, want := range map[string]string{"gzip": "gzip", "br;q=0.5, gzip": "gzip", "br;q=0.5": "br", "zstd, br;q=0.9": "zstd", "identity, br;q=0.1": ""} {
		if r := d.get(t, target, "Accept-Encoding", accept); r.header.Get("Content-Encoding") != want {
			t.Errorf("%q: %q", accept, r.header.Get("Content-Encoding"))
		}
	}
	if r := d.get(t, target, "Accept-Encoding", "gzip", "If-None-Match", second.header.Get("ETag")); r.status != http.StatusOK {
		t.Errorf("the tag of a coding that is not accepted: %d", r.status)
	}
}

func TestCacheControlIsThatOfTheConfiguration(t *testing.T) {
	t.Parallel()
	d := openWith(t, api.Options{TileCacheControl: "public, max-age=5"})
	for target, want := range map[string]string{
		tileURL("cells", d.middle(14)): "public, max-age=5", "/tiles/cells/14/0/0.mvt": "public, max-age=5", "/tiles/cells/31/0/0.mvt": "no-store", "/tiles.json": "no-cache",
	} {
		if got := d.get(t, target).header.Get("Cache-Control"); got != want {
			t.Errorf("%s: %q", target, got)
		}
	}
	tag := d.get(t, tileURL("cells", d.middle(14))).header.Get("ETag")
	if r := d.get(t, tileURL("cells", d.middle(14)), "If-None-Match", tag); r.status != 304 || r.header.Get("Cache-Control") != "public, max-age=5" {
		t.Errorf("%d %v", r.status, r.header)
	}
}

func TestIfNoneMatchIsAnsweredWith304(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	for _, target := range []string{tileURL("cells", d.middle(14)), "/tiles.json", "/tiles/cells.json", "/"} {
		tag := d.get(t, target).header.Get("ETag")
		zipped := d.get(t, target, "Accept-Encoding", "gzip").header.Get("ETag")
		for match, want := range map[string]int{
			tag: 304, "W/" + tag: 304, `"a", ` + tag + `,"b"`: 304, "*": 304, " " + tag + " ": 304,
			zipped: 200, `"nothing"`: 200, "": 200, strings.Trim(tag, `"`): 200, "w/" + tag: 200, `"*"`: 200,
		} {
			r := d.get(t, target, "If-None-Match", match)
			if r.status != want || r.header.Get("ETag") != tag || r.header.Get("Vary") != "Accept-Encoding" {
				t.Errorf("%s If-None-Match %s: %d %v", target, match, r.status, r.header)
			}
			if want == 304 && (len(r.body) > 0 || r.header.Get("Content-Encoding") != "") {
				t.Errorf("%s: a 304 with a body", target)
			}
		}
		if r := d.get(t, target, "If-None-Match", zipped, "Accept-Encoding", "gzip"); r.status != http.StatusNotModified {
			t.Errorf("%s gzip: %d", target, r.status)
		}
		if r := d.get(t, target, "If-None-Match", `"a"`, "If-None-Match", tag); r.status != http.StatusNotModified {
			t.Errorf("%s two lines: %d", target, r.status)
		}
	}
}

func TestEqualRequestsGetEqualBytes(t *testing.T) {
	t.Parallel()
	d, again := open(t, townPlan{}), open(t, townPlan{})
	target := tileURL(strings.Join(allLayers(), ","), d.middle(14))
	first := d.get(t, target, "Accept-Encoding", "gzip")
	done := make(chan reply)
	for range 16 {
		go func() { done <- d.get(t, target, "Accept-Encoding", "gzip") }()
	}
	for range 16 {
		if r := <-done; !bytes.Equal(r.body, first.body) || r.header.Get("ETag") != first.header.Get("ETag") {
			t.Error("other bytes for an equal request")
		}
	}
	if r := again.get(t, target, "Accept-Encoding", "gzip"); !bytes.Equal(r.body, first.body) {
		t.Error("other bytes from an equal server")
	}
}

func TestHeadIsGetWithoutTheBody(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	for _, target := range []string{
		tileURL("cells", d.middle(14)), "/tiles/cells/14/0/0.mvt", "/tiles.json", "/tiles/cells.json", "/", "/v1/city", "/healthz", "/readyz",
		"/openapi.json", "/v1/geocode?" + lonLat(d.snap.City.Cells[0].At), "/v1/cells/nothing", "/tiles/cells/31/0/0.mvt", "/nothing",
	} {
		get, head := d.get(t, target), d.ask(t, http.MethodHead, target, "")
		if head.status != get.status || len(head.body) != 0 {
			t.Errorf("HEAD %s: %d with %d bytes, GET %d", target, head.status, len(head.body), get.status)
		}
		for _, name := range []string{"Content-Type", "ETag", "Vary", "Cache-Control", "Content-Length", "X-City-Version"} {
			if get.header.Get(name) != head.header.Get(name) {
				t.Errorf("HEAD %s: %s %q, GET %q", target, name, head.header.Get(name), get.header.Get(name))
			}
		}
	}
	if r := d.ask(t, http.MethodHead, tileURL("cells", d.middle(14)), "", "If-None-Match", "*"); r.status != http.StatusNotModified {
		t.Errorf("HEAD with If-None-Match: %d", r.status)
	}
}
