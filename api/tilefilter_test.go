package api_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb/encoding/mvt"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// deskOf serves a snapshot.
func deskOf(snap *grids.Snapshot) *desk {
	live := grids.NewLive(snap)
	return &desk{api.New(api.Options{Live: live, Log: quiet()}), snap, live}
}

// editing makes random edits of a served city's components.
type editing struct {
	rnd     *rand.Rand
	live    *grids.Live
	version int64
	nextFID int64
}

func newEditing(rnd *rand.Rand, d *desk) *editing {
	return &editing{rnd, d.live, d.snap.City.Version, 100_000}
}

// edit moves, changes, ends or adds n components, one by one.
func (e *editing) edit(tb testing.TB, n int) {
	tb.Helper()
	for range n {
		snap := e.live.Current()
		e.version++
		all := slices.Collect(snap.All(grids.Components))
		c := *snap.Component(all[e.rnd.IntN(len(all))])
		at, state, name := somewhere(e.rnd), []string{"完好", "破损", ""}[e.rnd.IntN(3)], fmt.Sprint("部件", e.rnd.IntN(40))
		category := snap.Component(all[e.rnd.IntN(len(all))]).Category
		switch e.rnd.IntN(6) {
		case 0:
			c.FID, c.Code = e.nextFID, fmt.Sprintf("%s%06d", category, e.nextFID)
			e.nextFID++
			c = c.Patched(grids.ComponentPatch{At: &at, Category: &category})
		case 1:
			c = c.Patched(grids.ComponentPatch{At: &at})
		case 2:
			c = c.Patched(grids.ComponentPatch{State: &state, Name: &name})
		case 3:
			c = c.Patched(grids.ComponentPatch{Category: &category})
		case 4:
			c = c.Patched(grids.ComponentPatch{Owner: &name})
		default:
			if e.rnd.IntN(4) == 0 {
				c = c.Patched(grids.ComponentPatch{ValidTo: &cellFrom})
			}
		}
		if err := e.live.Apply(townNow, grids.Edit{Version: e.version, Component: &c}); err != nil {
			tb.Fatal(err)
		}
	}
}

// randomFilter is a tile's query and the same filter as a plain judgement.
func randomFilter(rnd *rand.Rand, s *grids.Snapshot) (query url.Values, keeps func(i int32) bool) {
	query = url.Values{}
	var all []func(c *grids.Component, p *grids.Place) bool
	take := func(word, value string, keeps func(c *grids.Component, p *grids.Place) bool) {
		query.Set(word, value)
		all = append(all, keeps)
	}
	component := func() *grids.Component { return s.Component(int32(rnd.IntN(s.Count(grids.Components)))) }
	for _, word := range []string{"category", "state", "unit", "zone", "community", "street"} {
		if rnd.IntN(3) > 0 {
			continue
		}
		switch word {
		case "category":
			a, b := component().Category, component().Category[:2]
			take(word, a+","+b, func(c *grids.Component, _ *grids.Place) bool {
				return strings.HasPrefix(c.Category, a) || strings.HasPrefix(c.Category, b)
			})
		case "state":
			take(word, "完好", func(c *grids.Component, _ *grids.Place) bool { return c.State == "完好" })
		case "unit":
			unit := component().Owner
			take(word, unit, func(c *grids.Component, _ *grids.Place) bool {
				return c.Owner == unit || c.Maintainer == unit || c.Authority == unit
			})
		case "zone":
			i := int32(rnd.IntN(len(s.City.Zones)))
			take(word, s.City.Zones[i].Code, func(_ *grids.Component, p *grids.Place) bool { return p.Zone == i })
		case "community":
			i := int32(rnd.IntN(len(s.City.Communities)))
			take(word, s.City.Communities[i].Code, func(_ *grids.Component, p *grids.Place) bool { return p.Community == i })
		case "street":
			take(word, s.City.Streets[0].Code, func(_ *grids.Component, p *grids.Place) bool { return p.Street == 0 })
		}
	}
	chained := query.Has("zone") || query.Has("community") || query.Has("street")
	return query, func(i int32) bool {
		c := s.Component(i)
		p := s.Locate(c.At)
		return (!chained || p.Status == grids.StatusInside) &&
			!slices.ContainsFunc(all, func(keeps func(*grids.Component, *grids.Place) bool) bool { return !keeps(c, &p) })
	}
}

func TestTheClustersOfAViewAddUpUnderAnyFilter(t *testing.T) {
	t.Parallel()
	overlapping := open(t, townPlan{overlap: true})
	byGeometry := town(t, townPlan{})
	byGeometry.ZonesByGeometry = true
	snap, err := grids.NewSnapshot(byGeometry, townNow)
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]*desk{"a usual town": open(t, townPlan{}), "cells that overlap": overlapping, "zones by geometry": deskOf(snap)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const seed = 100
			rnd := rand.New(rand.NewPCG(seed, seed))
			edits := newEditing(rnd, d)
			total := 0
			for n := range 100 {
				edits.edit(t, n%3)
				total += d.addsUp(t, rnd)
			}
			if total < 1000 {
				t.Errorf("only %d features were counted", total)
			}
		})
	}
}

// addsUp compares the tiles of a random view and filter with a count over all
// components, feature by feature where they are drawn singly.
func (d *desk) addsUp(t *testing.T, rnd *rand.Rand) int {
	t.Helper()
	snap := d.live.Current()
	query, keeps := randomFilter(rnd, snap)
	z := uint8(8 + rnd.IntN(9))
	from, _ := tiler.At(somewhere(rnd), z)
	wide, high := uint32(1+rnd.IntN(3)), uint32(1+rnd.IntN(3))
	count, singles := 0, map[int64]int{}
	for x := from.X; x < from.X+wide; x++ {
		for y := from.Y; y < from.Y+high; y++ {
			r := d.get(t, tileURL("components", tiler.ID{Z: z, X: x, Y: y})+"?"+query.Encode())
			if r.status == http.StatusNoContent {
				continue
			}
			layers, err := mvt.Unmarshal(r.body)
			if err != nil {
				t.Fatalf("%s: %d %s", query.Encode(), r.status, r.body)
			}
			for _, f := range layers[0].Features {
				if n, ok := f.Properties["count"].(float64); ok {
					count += int(n)
				} else {
					singles[int64(f.ID.(float64))]++
				}
			}
		}
	}
	want := 0
	for i := range snap.All(grids.Components) {
		f := snap.Feature(grids.Components, i)
		at, ok := tiler.At(f.At, z)
		in := ok && at.X-from.X < wide && at.Y-from.Y < high && keeps(i)
		switch {
		case in:
			want++
		case f.Shape == nil || !keeps(i):
			if singles[f.FID] > 0 {
				t.Fatalf("z%d %s: feature %d is there", z, query.Encode(), f.FID)
			}
		}
		if in && z >= 14 && (singles[f.FID] < 1 || f.Shape == nil && singles[f.FID] > 1) {
			t.Fatalf("z%d %s: feature %d is in %d tiles", z, query.Encode(), f.FID, singles[f.FID])
		}
	}
	if z < 14 && (count != want || len(singles) > 0) {
		t.Fatalf("z%d %v %d × %d %s: %d are counted, %d are there", z, from, wide, high, query.Encode(), count, want)
	}
	return want
}

func TestTilesAfterEditsAreThoseOfACityBuiltAnew(t *testing.T) {
	t.Parallel()
	const seed = 101
	rnd := rand.New(rand.NewPCG(seed, seed))
	d := open(t, townPlan{})
	d.get(t, tileURL("components", d.middle(14))) // prepares the layer as it is before
	edits := newEditing(rnd, d)
	compared := 0
	for range 10 {
		edits.edit(t, 100)
		whole := *d.live.Current().Whole()
		whole.Components = slices.Clone(whole.Components)
		snap, err := grids.NewSnapshot(&whole, townNow)
		if err != nil {
			t.Fatal(err)
		}
		anew := deskOf(snap)
		for n := range 40 {
			id, _ := tiler.At(somewhere(rnd), uint8(6+n%13))
			target := tileURL("components,resources", id)
			switch n % 4 {
			case 1:
				target += "?columns=name,category,count,count_01,count_0102"
			case 2:
				query, _ := randomFilter(rnd, d.live.Current())
				target = tileURL("components", id) + "?" + query.Encode()
			}
			got, want := d.get(t, target), anew.get(t, target)
			if got.status != want.status || !bytes.Equal(got.body, want.body) {
				t.Fatalf("%s: %d with %d bytes, anew %d with %d", target, got.status, len(got.body), want.status, len(want.body))
			}
			compared += len(got.body)
		}
	}
	if compared < 100_000 {
		t.Errorf("only %d bytes were compared", compared)
	}
}

func TestBadTileFiltersAreRefused(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	components, cells, zones := tileURL("components", d.middle(14))+"?", tileURL("cells", d.middle(14))+"?", tileURL("zones", d.middle(14))+"?"
	for _, c := range []refusal{
		{components + "category=99", 422, "category-unknown", "category"},
		{components + "category=nothing:0101", 422, "category-unknown", "category"},
		{components + "category=", 400, "malformed", "category"},
		{components + "category=01,", 422, "category-unknown", "category"},
		{components + "category=" + names(51), 400, "too-many", "category"},
		{components + "category=" + names(1500), 400, "too-many", "category"},
		{components + "category=01&category=02", 400, "malformed", "category"},
		{components + "state=", 400, "malformed", "state"},
		{components + "state=" + strings.Repeat("x", 257), 400, "malformed", "state"},
		{components + "zone=Z99", 422, "not-possible", "zone"},
		{components + "community=%00", 422, "not-possible", "community"},
		{components + "street=1&street=1", 400, "malformed", "street"},
		{components + "district=none", 422, "not-possible", "district"},
		{components + "kind=event", 400, "malformed", "kind"},
		{components + "kind=", 400, "malformed", "kind"},
		{components + "colour=red", 400, "malformed", "colour"},
		{components + "columns=count_9999", 400, "malformed", "columns"},
		{components + "columns=count_", 400, "malformed", "columns"},
		{components + "columns=count_01%2C%20count_02", 400, "malformed", "columns"},
		{cells + "columns=count", 400, "malformed", "columns"},
		{cells + "category=01", 400, "malformed", "category"},
		{cells + "state=x", 400, "malformed", "state"},
		{zones + "zone=Z1", 400, "malformed", "zone"},
		{tileURL("components,cells", d.middle(14)) + "?state=x", 400, "malformed", "state"},
		{tileURL("planets", d.middle(14)) + "?state=x", 404, "not-found", "layers"},
	} {
		d.refuses(t, c)
	}
}

func TestFiltersOfAreasKeepWhatTheyName(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	zone := d.snap.City.Zones[1].Code
	layers, err := mvt.Unmarshal(d.get(t, tileURL("cells,components,resources", d.middle(14))+"?zone="+zone).body)
	if err != nil || len(layers) < 2 {
		t.Fatal(err, len(layers))
	}
	for _, f := range layers[0].Features {
		if f.Properties["zone"] != zone {
			t.Errorf("cell %v", f.Properties)
		}
	}
	for _, target := range []string{"?kind=component", "?kind=component&columns=code"} {
		if r := d.get(t, tileURL("components", d.middle(14))+target); r.status != http.StatusOK {
			t.Errorf("%s: %d", target, r.status)
		}
	}
}

func TestTheDescriptionTellsOfSums(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	var doc tiler.TileJSON
	d.get(t, "/tiles/components,addresses.json").read(t, &doc)
	l := doc.VectorLayers[0]
	if l.MinZoom != 8 || l.Fields["count"] != "Number" || l.Fields["count_01"] != "Number" || l.Fields["code"] != "String" ||
		l.Fields["count_0101"] != "" || !strings.Contains(l.Description, "X-Tile-Thinned") || !strings.Contains(l.Description, "count_0101") {
		t.Errorf("%+v", l)
	}
	if a := doc.VectorLayers[1]; a.Fields["count"] != "" || strings.Contains(a.Description, "count") {
		t.Errorf("%+v", a)
	}
}

func TestACrowdedTileSaysWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	city := town(t, townPlan{})
	first := city.Components[0]
	for n := range 40_000 { // all in one tile of z 18
		c := first
		c.FID, c.Code = int64(1000+n), fmt.Sprintf("9901040101%06d", n)
		c.At = spatial.Coord{X: first.At.X + int32(n%100), Y: first.At.Y + int32(n/100)}
		city.Components = append(city.Components, c)
	}
	snap, err := grids.NewSnapshot(city, townNow)
	if err != nil {
		t.Fatal(err)
	}
	d := deskOf(snap)
	id, _ := tiler.At(first.At, 14)
	r := d.get(t, tileURL("components", id))
	var kept, total int
	if _, err := fmt.Sscanf(r.header.Get("X-Tile-Thinned"), "%d/%d", &kept, &total); err != nil || kept < 1 || total < 40_000 || kept >= total ||
		r.header.Get("X-Features-Dropped") != fmt.Sprint(total-kept) {
		t.Errorf("%v: %v", err, r.header)
	}
	shapes := 0
	for _, f := range typesByOrb(t, r.body) {
		shapes += f
	}
	if points := typesByOrb(t, r.body)["components point"]; points != kept {
		t.Errorf("%d points of %d features, %d are said to be kept", points, shapes, kept)
	}
	for _, quiet := range []string{tileURL("components", d.middle(12)), tileURL("cells", id)} {
		if r := d.get(t, quiet); r.header.Get("X-Tile-Thinned") != "" {
			t.Errorf("%s: %v", quiet, r.header)
		}
	}
}

func FuzzTileFilter(f *testing.F) {
	d := open(f, townPlan{})
	path := tileURL("components", d.middle(13))
	for _, seed := range []string{
		"category=01", "category=cjt214:0101,02&state=%E5%AE%8C%E5%A5%BD", "zone=Z1&columns=count_01,count_0101", "kind=component&unit=U1",
		"columns=", "category=,,,&street=%ff", "state=a&state=b", "community;district", "category=01&%63ategory=02",
	} {
		f.Add(seed)
	}
	all := 0
	for i := range d.snap.All(grids.Components) {
		if at, _ := tiler.At(d.snap.Feature(grids.Components, i).At, 13); at == d.middle(13) {
			all++
		}
	}
	f.Fuzz(func(t *testing.T, query string) {
		r := d.answers(t, &url.URL{Path: path, RawQuery: query})
		if r.status != http.StatusOK {
			return
		}
		layers, err := mvt.Unmarshal(r.body)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, f := range layers[0].Features {
			count, _ := f.Properties["count"].(float64)
			n += int(count)
		}
		if n > all {
			t.Fatalf("%q: %d features of %d", query, n, all)
		}
	})
}
