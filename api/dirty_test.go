package api_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/clip"
	"github.com/paulmach/orb/maptile"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// layerSets are what maps ask for in one tile.
var layerSets = []string{
	"components", "zones", "resources", "cells", "components,zones", "zones,components,cells", "resources,addresses", strings.Join(allLayers(), ","),
}

// watch is a tile that is looked at after every edit.
type watch struct {
	layers string
	id     tiler.ID
}

// clerk edits at random: one thing after another, remembering where things are.
type clerk struct {
	*office
	rnd   *rand.Rand
	codes []string
	moved time.Time
}

func newClerk(o *office, seed uint64) *clerk {
	c := &clerk{office: o, rnd: rand.New(rand.NewPCG(seed, 77)), moved: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	for i := range o.snap.All(grids.Components) {
		c.codes = append(c.codes, o.snap.Component(i).Code)
	}
	return c
}

// edit makes one edit and returns the layer and the row before and after.
func (c *clerk) edit(t *testing.T) grids.RowChange {
	t.Helper()
	before := c.live.Current()
	find := func(s *grids.Snapshot, l grids.Layer, code string) *grids.Feature {
		if i := s.Find(l, code); i != spatial.None {
			return s.Feature(l, i)
		}
		return nil
	}
	home := before.City.Cells[c.rnd.IntN(len(before.City.Cells))].At
	at := fmt.Sprintf(`"lon":%.7f,"lat":%.7f`, home.Lon()+(c.rnd.Float64()-0.5)*1e-3, home.Lat()+(c.rnd.Float64()-0.5)*1e-3)
	l, code := grids.Components, c.codes[c.rnd.IntN(len(c.codes))]
	switch n := c.rnd.IntN(20); {
	case n < 2:
		r := c.write(t, http.MethodPost, "/v1/components", `{`+at+`,"category":"0101"}`)
		if r.status == http.StatusUnprocessableEntity {
			return grids.RowChange{Layer: l} // beyond the city
		}
		code = r.written(t, http.StatusCreated).Properties.Code
		c.codes = append(c.codes, code)
	case n < 8:
		r := c.write(t, http.MethodPatch, "/v1/components/"+code, `{`+at+`}`)
		if r.status == http.StatusUnprocessableEntity {
			return grids.RowChange{Layer: l} // a line or an area
		}
		r.written(t, http.StatusOK)
	case n < 12:
		c.write(t, http.MethodPatch, "/v1/components/"+code, fmt.Sprintf(`{"state":"破损","name":"盏%d"}`, c.rnd.IntN(1000))).written(t, http.StatusOK)
	case n < 14:
		c.write(t, http.MethodPatch, "/v1/components/"+code, `{"category":"0103"}`).written(t, http.StatusOK)
	case n < 15 && len(c.codes) > 100:
		r := c.write(t, http.MethodPatch, "/v1/components/"+code, `{"valid_to":"2026-03-01T00:00:00+08:00"}`)
		if r.status == http.StatusUnprocessableEntity {
			return grids.RowChange{Layer: l} // it has begun since
		}
		r.written(t, http.StatusOK)
		for i := range c.codes {
			if c.codes[i] == code {
				c.codes = append(c.codes[:i], c.codes[i+1:]...)
				break
			}
		}
	case n < 17:
		l, code = grids.Zones, fmt.Sprintf("Z%d", 1+c.rnd.IntN(3))
		c.write(t, http.MethodPatch, "/v1/zones/"+code, fmt.Sprintf(`{"name":"网格%d"}`, c.rnd.IntN(1000))).written(t, http.StatusOK)
	default:
		l, code = grids.Resources, fmt.Sprintf("R%d", c.rnd.IntN(5))
		c.moved = c.moved.Add(time.Second)
		c.write(t, http.MethodPut, "/v1/resources/"+code+"/position", fmt.Sprintf(`{%s,"at":%q}`, at, c.moved.Format(time.RFC3339))).written(t, http.StatusOK)
	}
	return grids.RowChange{Layer: l, Before: find(before, l, code), After: find(c.live.Current(), l, code)}
}

// mayTouch is what orb says of whether a change can show in a tile.
func mayTouch(c grids.RowChange, id tiler.ID) bool {
	from, to := api.TileZooms(c.Layer)
	if id.Z < from || id.Z > to {
		return false
	}
	tile := maptile.New(id.X, id.Y, maptile.Zoom(id.Z))
	for _, f := range []*grids.Feature{c.Before, c.After} {
		if f == nil {
			continue
		}
		if maptile.At(f.At.Point(), tile.Z) == tile {
			return true
		}
		// A sixteenth of a tile around it is more than buffer and simplification.
		if f.Shape != nil && clip.Geometry(tile.Bound(1.0/16), orb.Clone(f.Shape.Orb())) != nil {
			return true
		}
	}
	return false
}

// editBesideReaders makes edits while others read, and looks at the tiles of
// the watch list after each: no byte is old, and none was made anew that the
// edit cannot show in.
func editBesideReaders(t *testing.T, edits, watched int) {
	o := openOffice(t, townPlan{})
	c, kept := newClerk(o, 1), api.KeepTiles(o.live)
	list := make([]watch, watched)
	for n := range list {
		id, _ := tiler.At(somewhere(c.rnd), uint8(8+c.rnd.IntN(12)))
		list[n] = watch{layers: layerSets[n%len(layerSets)], id: id}
		if _, _, err := kept.Tile(list[n].layers, id); err != nil {
			t.Fatal(err)
		}
	}
	var versions sync.Map // city version → snapshot
	versions.Store(o.live.Current().City.Version, o.live.Current())
	acked := atomic.Int64{}
	acked.Store(o.live.Current().City.Version)
	stop := make(chan struct{})
	var readers sync.WaitGroup
	var reads atomic.Int64
	for r := range 3 {
		readers.Go(func() { o.readOn(t, rand.New(rand.NewPCG(uint64(r), 5)), &versions, &acked, &reads, stop) })
	}
	keptOn, madeAnew := 0, 0
	for range edits {
		change := c.edit(t)
		now := o.live.Current()
		versions.Store(now.City.Version, now)
		versions.Delete(now.City.Version - 50)
		acked.Store(now.City.Version)
		for n := range list {
			w := &list[n]
			want, err := api.FreshTile(now, w.layers, w.id)
			if err != nil {
				t.Fatal(err)
			}
			got, made, err := kept.Tile(w.layers, w.id)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%s %v: old bytes after %s of %s, %v", w.layers, w.id, change.Layer, now.City.Epoch, err)
			}
			switch {
			case !made:
				keptOn++
			case !strings.Contains(","+w.layers+",", ","+string(change.Layer)+",") || !mayTouch(change, w.id):
				t.Fatalf("%s %v was dropped for %s %+v %+v", w.layers, w.id, change.Layer, change.Before, change.After)
			default:
				madeAnew++
			}
		}
		for seen := reads.Load(); reads.Load() < seen+3; {
			runtime.Gosched()
		}
	}
	close(stop)
	readers.Wait()
	t.Logf("%d edits: %d looks found a kept tile, %d one made anew; %d reads beside", edits, keptOn, madeAnew, reads.Load())
	if madeAnew < edits || keptOn < 3*madeAnew {
		t.Error("too little was seen")
	}
}

// readOn fetches tiles over HTTP and compares each with a fresh one of the
// version it claims, which is none from before the last acknowledged edit.
func (o *office) readOn(t *testing.T, rnd *rand.Rand, versions *sync.Map, acked, reads *atomic.Int64, stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		id, _ := tiler.At(somewhere(rnd), uint8(10+rnd.IntN(9)))
		layers, atLeast := layerSets[rnd.IntN(len(layerSets))], acked.Load()
		r := o.get(t, tileURL(layers, id))
		reads.Add(1)
		version, err := strconv.ParseInt(r.header.Get("X-City-Version"), 10, 64)
		if err != nil || version < atLeast {
			t.Errorf("%s %v: version %d after edit %d was answered, %v", layers, id, version, atLeast, err)
			return
		}
		for version > acked.Load() { // its answer is on the way
			select {
			case <-stop:
				return
			default:
				runtime.Gosched()
			}
		}
		snap, ok := versions.Load(version)
		if !ok {
			continue // long ago by now
		}
		want, err := api.FreshTile(snap.(*grids.Snapshot), layers, id)
		if err != nil || !bytes.Equal(r.body, want) {
			t.Errorf("%s %v: not the bytes of version %d, %v", layers, id, version, err)
			return
		}
		runtime.Gosched()
	}
}

func TestNoTileIsOldAfterAnEditAndNoneIsDroppedForNothing(t *testing.T) {
	t.Parallel()
	editBesideReaders(t, 80, 48)
}

func TestAReloadedCityShowsInEveryTileAndKeepsTheTagsOfWhatIsTheSame(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	same, other := tileURL("zones", d.middle(14)), tileURL("cells", d.middle(14))
	tags := [2]string{d.get(t, same).header.Get("ETag"), d.get(t, other).header.Get("ETag")}
	d.live.Publish(snapshot(t, townPlan{version: 2, prefix: turns[2]}))
	if r := d.get(t, same, "If-None-Match", tags[0]); r.status != http.StatusNotModified || r.header.Get("X-City-Version") != "2" {
		t.Errorf("what did not change: %d %v", r.status, r.header)
	}
	if r := d.get(t, other, "If-None-Match", tags[1]); r.status != http.StatusOK || !strings.Contains(string(r.body), turns[2]) {
		t.Errorf("what changed: %d %v", r.status, r.header)
	}
}

// stable fetches random tiles, each by many at a time, and returns their
// hashes by coding; each has one.
func stable(t *testing.T, d *desk, tiles, readers int) map[string][32]byte {
	t.Helper()
	rnd := rand.New(rand.NewPCG(3, 3))
	hashes := map[string][32]byte{}
	for n := range tiles {
		id, _ := tiler.At(somewhere(rnd), uint8(8+rnd.IntN(11)))
		target := tileURL(layerSets[n%len(layerSets)], id)
		for _, accept := range []string{"", "gzip", "zstd", "br, identity;q=0"} {
			got := make(chan [32]byte)
			for range readers {
				go func() {
					r := d.get(t, target, "Accept-Encoding", accept)
					got <- sha256.Sum256(append(r.body, r.header.Get("ETag")...))
				}()
			}
			first := <-got
			for range readers - 1 {
				if <-got != first {
					t.Errorf("%s %q: other bytes", target, accept)
				}
			}
			hashes[target+" "+accept] = first
		}
	}
	return hashes
}

func sameHashes(t *testing.T, a, b map[string][32]byte) {
	t.Helper()
	if len(a) == 0 || len(a) != len(b) {
		t.Errorf("%d and %d tiles", len(a), len(b))
	}
	for target, hash := range a {
		if b[target] != hash {
			t.Errorf("%s: other bytes after a restart", target)
		}
	}
}

func TestTilesAreTheSameForAllWhoAskAndAfterARestart(t *testing.T) {
	t.Parallel()
	o := openOffice(t, townPlan{})
	c := newClerk(o, 2)
	for range 20 {
		c.edit(t)
	}
	sameHashes(t, stable(t, o.desk, 25, 20), stable(t, reopened(t, o).desk, 25, 20))
}

// reopened closes the office and opens its file anew.
func reopened(t *testing.T, o *office) *office {
	t.Helper()
	if err := o.keeper.Close(); err != nil {
		t.Fatal(err)
	}
	return reopen(t, o.path)
}
