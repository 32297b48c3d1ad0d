package api_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
)

// settled waits for the board to have what was appended.
func (h *boardroom) settled(t testing.TB) *cases.View {
	t.Helper()
	if err := h.board.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	return h.board.View()
}

// fill appends cases all over the town, some of them further on their way.
func (h *boardroom) fill(t testing.TB, rnd *rand.Rand, n int) {
	t.Helper()
	classes := map[grids.Kind][]string{}
	for _, c := range h.snap.Catalogue.All() {
		if c.Major != "" {
			classes[c.Kind] = append(classes[c.Kind], c.Code)
		}
	}
	for i := range n {
		r := h.report(rnd.IntN(len(h.snap.City.Cells)))
		d := r.Report
		d.Kind = []grids.Kind{grids.ComponentKind, grids.EventKind}[rnd.IntN(2)]
		d.Category = classes[d.Kind][rnd.IntN(len(classes[d.Kind]))]
		d.Source = cases.Sources()[rnd.IntN(3)]
		d.ReportedAt = time.Now().Add(-time.Duration(rnd.IntN(100)) * time.Hour)
		d.At.X += rnd.Int32N(5000)
		r.Actor.Role = map[cases.Source]cases.Role{cases.Patrol: cases.Supervisor, cases.Public: cases.PublicRole, cases.Sensor: cases.SensorRole}[d.Source]
		id := h.do(t, r)
		if i%3 > 0 {
			h.step(t, id, cases.Register, officer)
			h.step(t, id, cases.Open, officer)
		}
		if i%3 > 1 {
			h.do(t, cases.Request{Case: id, Kind: cases.Dispatch, Actor: sender, Details: cases.Details{Unit: "U1", Level: cases.UnitLevel}})
		}
	}
}

// TestATileOfCasesHasTheBoardsCasesThere by orb's count of tiles, with every field,
// and sums that add up.
func TestATileOfCasesHasTheBoardsCasesThere(t *testing.T) {
	t.Parallel()
	h := newBoardroom(t, api.Options{})
	h.fill(t, rand.New(rand.NewPCG(5, 1)), 120)
	v := h.settled(t)
	for _, z := range []uint8{8, 10, 11, 12, 14, 16, 18} {
		want := map[maptile.Tile]map[string]*cases.Live{}
		v.Newest(func(c *cases.Live) bool {
			id := maptile.At(c.At.Point(), maptile.Zoom(z))
			if want[id] == nil {
				want[id] = map[string]*cases.Live{}
			}
			want[id][c.ID.String()] = c
			return true
		})
		n := 0
		for id, list := range want {
			r := h.get(t, fmt.Sprintf("/tiles/cases/%d/%d/%d.mvt", id.Z, id.X, id.Y))
			if z < 12 {
				if got := sumsIn(t, r); got["count"] != len(list) || got["count_grey"] != len(list) {
					t.Errorf("%v: %v instead of %d cases", id, got, len(list))
				}
				n += len(list)
				continue
			}
			got := inTile(t, r)
			for code, c := range list {
				n++
				f := got[code]
				major := h.snap.Catalogue.Find(c.Kind, c.Category).Major
				fields := map[string]any{
					"code": code, "kind": string(c.Kind), "category": c.Category, "major": major, "state": string(c.State), "source": string(c.Source),
					"unit": c.Unit, "zone": c.Zone, "lamp": "grey", "reported_at": float64(c.ReportedAt.Unix()),
				}
				maps.DeleteFunc(fields, func(_ string, v any) bool { return v == "" })
				if !reflect.DeepEqual(f, fields) {
					t.Errorf("%v: %v\nnot %v", id, f, fields)
				}
			}
			if len(got) != len(list) {
				t.Errorf("%v: %d cases of %d", id, len(got), len(list))
			}
		}
		if n != v.Len() {
			t.Errorf("zoom %d: %d cases of %d", z, n, v.Len())
		}
	}
}

// sumsIn adds up the numbers of a tile of sums.
func sumsIn(t *testing.T, r reply) map[string]int {
	t.Helper()
	layers, err := mvt.Unmarshal(r.body)
	if err != nil || r.status != http.StatusOK {
		t.Fatalf("%d %v", r.status, err)
	}
	out := map[string]int{}
	for _, f := range layers[0].Features {
		for k, v := range f.Properties {
			out[k] += int(v.(float64))
		}
	}
	return out
}

// TestACaseThatGoesOnMakesItsTilesOthersAtOnce and no others: a client that asks
// whether its tile changed is told.
func TestACaseThatGoesOnMakesItsTilesOthersAtOnce(t *testing.T) {
	t.Parallel()
	h := newBoardroom(t, api.Options{})
	h.fill(t, rand.New(rand.NewPCG(5, 2)), 30)
	h.settled(t)
	e := listen(t, h.base, "?events=tiles&layers=cases", "")
	e.beat(t)
	here, far := h.report(3), h.report(32)
	tags := func(z uint8) (string, string) {
		a, b := tileURL("cases,components", tileAt(here.Report.At, z)), tileURL("cases,components", tileAt(far.Report.At, z))
		return h.get(t, a).header.Get("ETag"), h.get(t, b).header.Get("ETag")
	}
	id := h.do(t, here)
	e.hear(t)
	before := map[uint8][2]string{}
	zooms := []uint8{8, 12, 14, 18}
	for _, z := range zooms {
		a, b := tags(z)
		before[z] = [2]string{a, b}
	}
	h.step(t, id, cases.Register, officer)
	news := e.hear(t)
	if got := slices.Sorted(slices.Values(news.data.Layers["cases"])); !slices.Equal(got, casePyramid(here)) {
		t.Errorf("told of %v", got)
	}
	for _, z := range zooms {
		a, b := tags(z)
		if z >= 12 && a == before[z][0] {
			t.Errorf("zoom %d: the tile is as before", z)
		}
		if z >= 16 && b != before[z][1] {
			t.Errorf("zoom %d: a tile far off is another", z)
		}
		r := h.get(t, tileURL("cases,components", tileAt(here.Report.At, z)), "If-None-Match", a)
		if r.status != http.StatusNotModified {
			t.Errorf("zoom %d: %d for the tile it has", z, r.status)
		}
	}
	// What changes nothing that is drawn makes no tile another.
	h.do(t, cases.Request{Case: id, Kind: cases.Open, Actor: officer})
	e.hear(t)
	a, _ := tags(14)
	h.do(t, cases.Request{Case: id, Kind: cases.Urge, Actor: officer, Details: cases.Details{Note: "!"}})
	h.settled(t)
	if b, _ := tags(14); a != b {
		t.Error("an urge changed a tile")
	}
}

func casePyramid(r cases.Request) []string {
	var out []string
	for z := 8; z <= 18; z++ {
		id := maptile.At(r.Report.At.Point(), maptile.Zoom(z))
		out = append(out, fmt.Sprintf("%d/%d/%d", id.Z, id.X, id.Y))
	}
	slices.Sort(out)
	return out
}

func TestTilesOfCasesAreFilteredByEachWord(t *testing.T) {
	t.Parallel()
	h := newBoardroom(t, api.Options{})
	h.fill(t, rand.New(rand.NewPCG(5, 3)), 150)
	v := h.settled(t)
	var all []*cases.Live
	v.Newest(func(c *cases.Live) bool { all = append(all, c); return true })
	at, mid := h.snap.City.Cells[14].At, all[len(all)/2].ReportedAt
	street, ok := h.snap.City.Communities[0].Parent, h.snap.City.Communities[0].Code
	for query, keep := range map[string]func(c *cases.Live) bool{
		"":                       func(*cases.Live) bool { return true },
		"status=open,dispatched": func(c *cases.Live) bool { return c.State == cases.Opened || c.State == cases.Dispatched },
		"source=patrol":          func(c *cases.Live) bool { return c.Source == cases.Patrol },
		"kind=event":             func(c *cases.Live) bool { return c.Kind == grids.EventKind },
		"kind=component&category=01,02": func(c *cases.Live) bool {
			return c.Kind == grids.ComponentKind && (c.Category[:2] == "01" || c.Category[:2] == "02")
		},
		"unit=U1":                              func(c *cases.Live) bool { return c.Unit == "U1" },
		"zone=Z1,Z2":                           func(c *cases.Live) bool { return c.Zone == "Z1" || c.Zone == "Z2" },
		"lamp=red":                             func(*cases.Live) bool { return false },
		"lamp=red,grey&source=sensor":          func(c *cases.Live) bool { return c.Source == cases.Sensor },
		"street=" + street:                     func(c *cases.Live) bool { return true },
		"community=" + ok:                      func(c *cases.Live) bool { return communityOf(h, c) == ok },
		"from=" + mid.Format(time.RFC3339):     func(c *cases.Live) bool { return !c.ReportedAt.Before(mid) },
		"to=" + mid.UTC().Format(time.RFC3339): func(c *cases.Live) bool { return c.ReportedAt.Before(mid) },
	} {
		want := 0
		for _, c := range all {
			if keep(c) {
				want++
			}
		}
		got := 0
		seen := map[string]bool{}
		for _, c := range all {
			url := tileURL("cases", tileAt(c.At, 13))
			if seen[url] {
				continue
			}
			seen[url] = true
			r := h.get(t, url+"?"+strings.ReplaceAll(query, "+", "%2B"))
			if r.status == http.StatusNoContent {
				continue
			}
			for code := range inTile(t, r) {
				id, err := cases.ParseID(code)
				if err != nil || !keep(v.Case(id)) {
					t.Errorf("%s: it has %s", query, code)
				}
				got++
			}
		}
		if got != want {
			t.Errorf("%s: %d cases of %d", query, got, want)
		}
	}
	url := tileURL("cases", tileAt(at, 13))
	for _, c := range []refusal{
		{url + "?status=lost", 400, "malformed", "status"},
		{url + "?source=rumour", 400, "malformed", "source"},
		{url + "?lamp=blue", 400, "malformed", "lamp"},
		{url + "?state=open", 400, "malformed", "state"},
		{url + "?kind=case", 400, "malformed", "kind"},
		{url + "?kind=event,component", 400, "malformed", "kind"},
		{url + "?category=01", 400, "malformed", "category"},
		{url + "?kind=event&category=zz", 422, "category-unknown", "category"},
		{url + "?unit=nobody", 422, "not-possible", "unit"},
		{url + "?zone=Z99", 422, "not-possible", "zone"},
		{url + "?district=1", 422, "not-possible", "district"},
		{url + "?from=yesterday", 400, "malformed", "from"},
		{url + "?status=", 400, "malformed", "status"},
		{url + "?columns=planet", 400, "malformed", "columns"},
		{tileURL("cases,components", tileAt(at, 13)) + "?status=open", 400, "malformed", "status"},
		{tileURL("components", tileAt(at, 13)) + "?status=open", 400, "malformed", "status"},
		{tileURL("components", tileAt(at, 13)) + "?kind=event", 400, "malformed", "kind"},
	} {
		h.refuses(t, c)
	}
}

func communityOf(h *boardroom, c *cases.Live) string {
	for i := range h.snap.City.Cells {
		if h.snap.City.Cells[i].Code == c.Cell {
			return h.snap.City.Cells[i].Community
		}
	}
	return ""
}

func TestTheLayerOfCasesIsDescribedWhereLayersAre(t *testing.T) {
	t.Parallel()
	h := newBoardroom(t, api.Options{})
	h.fill(t, rand.New(rand.NewPCG(5, 4)), 10)
	h.settled(t)
	for url, want := range map[string]string{
		"/tiles.json":                                  `"cases"`,
		"/tiles/cases.json":                            `"due_at":"Number"`,
		"/tiles/cases,components.json":                 `"count_red":"Number"`,
		"/styles/cases.json":                           `"cases-point"`,
		"/styles/city.json?theme=dark":                 `"cases-count"`,
		"/ogc/collections":                             `/ogc/collections/cases"`,
		"/ogc/collections/cases":                       `"bbox"`,
		"/ogc/tiles/WebMercatorQuad":                   `"cases"`,
		"/ogc/collections/cases/tiles/WebMercatorQuad": `"cases"`,
	} {
		if r := h.get(t, url); r.status != http.StatusOK || !strings.Contains(string(r.body), want) {
			t.Errorf("%s: %d, no %s in %.300s", url, r.status, want, r.body)
		}
	}
	id := tileAt(h.snap.City.Cells[3].At, 9)
	if r := h.get(t, fmt.Sprintf("/ogc/collections/cases/tiles/WebMercatorQuad/%d/%d/%d", id.Z, id.Y, id.X)); r.status != http.StatusOK {
		t.Errorf("%d", r.status)
	}
	without := open(t, townPlan{})
	without.refuses(t, refusal{tileURL("cases", id), 404, "not-found", "layers"})
}
