package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"

	"github.com/wanmi-gis/wanmi/api/heatmap"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/spatial"
)

// piled is a town with cases on piles: at an address that stands for what is not
// known, and at the middle of a cell.
type piled struct {
	*warm
	hall, middle spatial.Coord
	cell         string
}

func openPiled(t *testing.T) *piled {
	t.Helper()
	w := openHeat(t, 250, true)
	cell := &w.snap.City.Cells[8]
	p := &piled{w, spatial.Coord{X: cell.At.X + 3001, Y: cell.At.Y + 77}, w.snap.City.Cells[21].At, w.snap.City.Cells[21].Code}
	rnd := rand.New(rand.NewPCG(1, 9))
	for range 70 {
		w.do(t, p.at(rnd, p.hall, cell))
	}
	for range 15 {
		w.do(t, p.at(rnd, p.middle, &w.snap.City.Cells[21]))
	}
	w.sync(t)
	return p
}

// at reports an event of some class.
func (p *piled) at(rnd *rand.Rand, at spatial.Coord, cell *grids.Cell) cases.Request {
	r := p.report(0)
	var classes []string
	for _, c := range p.snap.Catalogue.All() {
		if c.Kind == grids.EventKind && c.Major != "" {
			classes = append(classes, c.Code)
		}
	}
	d := r.Report
	d.Category, d.At, d.Cell, d.Zone = classes[rnd.IntN(len(classes))], at, cell.Code, cell.Zone
	d.ReportedAt = time.Now().Add(-time.Duration(rnd.IntN(100)) * time.Hour)
	return r
}

func (p *piled) on(c *cases.Summary) bool { return c.At == p.hall || c.At == p.middle }

func TestPilesAreToldAndLeftOutOnRequest(t *testing.T) {
	t.Parallel()
	p := openPiled(t)
	got := heatOf[heatmap.HeatPiles](t, p.warm, "/heat/piles")
	if len(got.Features) != 2 || got.N != int64(len(p.all)) || got.PiledN != 85 || got.TopShare <= 85.0/float64(len(p.all)) || len(got.Largest) != 10 {
		t.Fatalf("%+v", got)
	}
	hall, middle := got.Features[0].Properties, got.Features[1].Properties
	if hall.N != 70 || hall.Rank != 1 || hall.Reason != "default" || hall.Around < 20 || hall.Share != 70/float64(len(p.all)) || hall.Address != p.snap.Words(p.hall) {
		t.Errorf("%+v", hall)
	}
	if middle.N != 15 || middle.Reason != "middle" || middle.Layer != "cells" || middle.Area != p.cell || middle.Rank != 2 {
		t.Errorf("%+v", middle)
	}
	// Whatever the filter, n is counted by it and the piles are the same.
	for _, f := range p.heatFilters(rand.New(rand.NewPCG(3, 3))) {
		var kept, rest []cases.Summary
		for i := range p.all {
			if c := &p.all[i]; f.keep(c) {
				kept = append(kept, *c)
				if !p.on(c) {
					rest = append(rest, *c)
				}
			}
		}
		p.told(t, f.words, kept, rest)
	}
}

// told holds what is told under a filter against its cases, and those of them that
// are not on piles.
func (p *piled) told(t *testing.T, filter url.Values, kept, rest []cases.Summary) {
	t.Helper()
	words := filter.Encode()
	n, on := int64(len(kept)), int64(len(kept)-len(rest))
	piles := heatOf[heatmap.HeatPiles](t, p.warm, "/heat/piles?"+words)
	again := heatOf[heatmap.HeatPiles](t, p.warm, "/heat/piles?piles=without&"+words)
	if piles.N != n || piles.PiledN != on || again.PiledN != on || again.N != n {
		t.Errorf("%s: %d of %d cases on piles, not %d of %d", words, piles.PiledN, piles.N, on, n)
	}
	places := map[spatial.Coord]bool{}
	located := int64(0)
	for i := range rest {
		places[rest[i].At] = true
		if rest[i].Cell != "" {
			located++
		}
	}
	words = "piles=without&" + words
	l := heatOf[heatmap.HeatDescription](t, p.warm, "/heat.json?"+words).Legend
	if l.N != located || l.ExcludedN != n-on-located || l.PiledN == nil || *l.PiledN != on || !strings.Contains(l.Method.English, fmt.Sprintf("Without the %d cases on piles", on)) {
		t.Errorf("%s: %+v, want %d", words, l, located)
	}
	p.checkAreas(t, words, rest)
	p.checkClusters(t, words, len(rest))
	f := heatOf[heatmap.HeatFacets](t, p.warm, "/heat/facets?"+words)
	a := heatOf[heatmap.HeatAreas](t, p.warm, "/heat/areas?by=zone&"+words)
	if f.N != n-on || f.PiledN == nil || *f.PiledN != on || a.PiledN == nil || *a.PiledN != on {
		t.Errorf("%s: %d of %d, piles %v %v", words, f.N, n, f.PiledN, a.PiledN)
	}
	for _, at := range []spatial.Coord{p.hall, p.middle, p.snap.City.Cells[14].At} {
		v := heatOf[heatmap.HeatValue](t, p.warm, "/heat/value?"+words+"&"+lonLat(at))
		if want := p.density(rest, at, 150); math.Abs(*v.Value-want) > 0.01*l.Max+1e-9 {
			t.Errorf("%s at %v: %g, by the definition %g", words, at, *v.Value, want)
		}
		if slices.ContainsFunc(v.Cases, func(c heatmap.HeatCase) bool {
			return p.on(&cases.Summary{At: spatial.At(float64(c.Case.Position[0]), float64(c.Case.Position[1]))})
		}) {
			t.Errorf("%s: a case of a pile has weight", words)
		}
	}
	if got := p.placesAt(t, words); got != len(places) {
		t.Errorf("%s: clusters of %d places, not %d", words, got, len(places))
	}
}

// placesAt adds up the places of clusters.
func (p *piled) placesAt(t *testing.T, words string) (sum int) {
	t.Helper()
	const z = 16
	tiles := map[maptile.Tile]bool{}
	for i := range p.all {
		tiles[maptile.At(p.all[i].At.Point(), z)] = true
	}
	for id := range tiles {
		r := p.get(t, fmt.Sprintf("/heat/clusters/%d/%d/%d.mvt?%s", id.Z, id.X, id.Y, words))
		if r.status == 204 {
			continue
		}
		layers, err := mvt.Unmarshal(r.body)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range layers[0].Features {
			places, _ := f.Properties["places"].(float64)
			sum += int(places)
		}
	}
	return sum
}

// TestACaseAtAPileIsOfItAtOnce, and one that makes a pile makes it.
func TestACaseAtAPileIsOfItAtOnce(t *testing.T) {
	t.Parallel()
	p := openPiled(t)
	cell := &p.snap.City.Cells[27]
	at := spatial.Coord{X: cell.At.X + 1234, Y: cell.At.Y + 4321}
	rnd := rand.New(rand.NewPCG(4, 4))
	for range 49 {
		p.do(t, p.at(rnd, at, cell))
	}
	p.do(t, p.at(rnd, p.hall, &p.snap.City.Cells[8]))
	p.sync(t)
	got := heatOf[heatmap.HeatPiles](t, p.warm, "/heat/piles")
	if len(got.Features) != 2 || got.Features[0].Properties.N != 71 {
		t.Errorf("%+v", got.Features)
	}
	before := heatOf[heatmap.HeatDescription](t, p.warm, "/heat.json?piles=without").Legend
	p.do(t, p.at(rnd, at, cell))
	p.sync(t)
	after := heatOf[heatmap.HeatDescription](t, p.warm, "/heat.json?piles=without").Legend
	if got := heatOf[heatmap.HeatPiles](t, p.warm, "/heat/piles"); len(got.Features) != 3 || before.N-after.N != 49 || *after.PiledN-*before.PiledN != 50 {
		t.Errorf("%d piles; %d and %d cases, %d and %d on piles", len(got.Features), before.N, after.N, *before.PiledN, *after.PiledN)
	}
}

func TestPilesRefuseWhatSaysNothing(t *testing.T) {
	t.Parallel()
	w := openHeat(t, 20, true)
	for _, path := range []string{"/heat/piles?piles=maybe", "/heat.json?piles=", "/heat/areas?by=cell&piles=with,without", "/heat/facets?piles=no", "/heat/piles?from=2026-02-01&to=2026-01-01", "/heat/piles?colour=red"} {
		r := w.get(t, path)
		var problem struct{ Code string }
		if err := json.Unmarshal(r.body, &problem); err != nil || r.status < 400 || r.status >= 500 || problem.Code == "" {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
	// With is what is asked by default.
	a, b := w.get(t, "/heat/areas?by=cell"), w.get(t, "/heat/areas?by=cell&piles=with")
	if !bytes.Equal(a.body, b.body) || bytes.Contains(a.body, []byte("piled_n")) {
		t.Errorf("%s\n%s", a.body, b.body)
	}
}
