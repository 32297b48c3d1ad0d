package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/basemaps/pmtiles"
	archived "github.com/wanmi-gis/wanmi/basemaps/stored"
	"github.com/wanmi-gis/wanmi/tiler"
)

// crowd asks the program for tiles of a basemap that is replaced meanwhile. Each
// tile says of which edition of the archive it is, and where it lies.
type crowd struct {
	url     string
	dir     string
	edition atomic.Int64 // that the folder has
	answers atomic.Int64
	seen    atomic.Int64 // the latest edition that anybody was given
	tags    sync.Map     // ETag → the body it came with
	stop    chan struct{}
	clients sync.WaitGroup
}

// clientsAtOnce is how many ask at a time, each when it has its answer.
const clientsAtOnce = 64

// townTiles are those of zooms 0 to 3.
func townTiles() (ids []tiler.ID) {
	for z := range uint8(4) {
		for i := range uint32(1) << (2 * z) {
			ids = append(ids, tiler.ID{Z: z, X: i >> z, Y: i & (1<<z - 1)})
		}
	}
	slices.SortFunc(ids, func(a, b tiler.ID) int { return int(pmtiles.TileID(a)) - int(pmtiles.TileID(b)) })
	return ids
}

// editionTile is 2 to 6 KB that belong to one edition and place.
func editionTile(edition int64, id tiler.ID) []byte {
	line := fmt.Appendf(nil, "edition %d tile %v ", edition, id)
	return append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat(line, 80+int(edition*31+int64(id.X+id.Y))%100)...)
}

// put gives the folder an edition of an archive, by a rename.
func (c *crowd) put(t *testing.T, name string, edition int64) {
	t.Helper()
	doc := tiler.NewTileJSON(nil)
	doc.Name, doc.MaxZoom = fmt.Sprint("edition ", edition), 3
	var out bytes.Buffer
	_, err := pmtiles.WritePictures(&out, &doc, archived.PNG, "1", func(yield func(pmtiles.Tile, error) bool) {
		for _, id := range townTiles() {
			if !yield(pmtiles.Tile{ID: id, Body: editionTile(edition, id)}, nil) {
				return
			}
		}
	})
	path := filepath.Join(c.dir, name)
	if err = errors.Join(err, os.WriteFile(path+".new", out.Bytes(), 0o600), os.Rename(path+".new", path)); err != nil {
		t.Fatal(err)
	}
}

// gather serves the town with edition 1 of photo and lets the clients in.
func gather(t *testing.T) *crowd {
	t.Helper()
	city, _ := townFile(t)
	c := &crowd{dir: t.TempDir(), stop: make(chan struct{})}
	c.put(t, "photo.pmtiles", 1)
	c.edition.Store(1)
	c.url = start(t, "serve", city, "--listen", "127.0.0.1:0", "--basemaps", c.dir).url
	for i := range clientsAtOnce {
		c.clients.Go(func() { c.client(t, uint64(i)) })
	}
	return c
}

// replace puts the next edition and returns how long it took until it was seen.
func (c *crowd) replace(t *testing.T) time.Duration {
	t.Helper()
	next := c.edition.Add(1) // before it can be seen
	c.put(t, "photo.pmtiles", next)
	return c.until(t, "edition", func() bool { return c.seen.Load() == next })
}

// until looks until it is so and returns how long that took. The time is generous:
// it ends what would never come.
func (c *crowd) until(t *testing.T, what string, so func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for !so() {
		select {
		case <-look.C:
		case <-ctx.Done():
			t.Fatalf("%s: not within a minute; %d answers", what, c.answers.Load())
		}
	}
	return time.Since(began)
}

// client asks for tiles at random, for some only if they changed.
func (c *crowd) client(t *testing.T, seed uint64) {
	ids, r := townTiles(), rand.New(rand.NewPCG(seed, 7))
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	defer client.CloseIdleConnections()
	had := map[tiler.ID]string{} // tags
	latest := int64(0)
	for {
		select {
		case <-c.stop:
			return
		default:
		}
		id := ids[r.IntN(len(ids))]
		tag := ""
		if r.IntN(3) == 0 {
			tag = had[id]
		}
		got, edition, err := c.ask(t.Context(), client, id, tag)
		if err == nil && edition < latest {
			err = fmt.Errorf("edition %d after %d", edition, latest)
		}
		if err != nil {
			t.Errorf("%v: %v", id, err)
			return
		}
		latest, had[id] = edition, got
		c.answers.Add(1)
		for was := c.seen.Load(); was < edition && !c.seen.CompareAndSwap(was, edition); was = c.seen.Load() {
		}
	}
}

// ask asks for one tile and judges the answer: it is wholly of one edition that the
// folder has had, and its tag stands for these bytes and no others.
func (c *crowd) ask(ctx context.Context, client *http.Client, id tiler.ID, tag string) (got string, edition int64, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+"/basemaps/photo/"+id.String()+".png", nil)
	if err != nil {
		return "", 0, err
	}
	if tag != "" {
		r.Header.Set("If-None-Match", tag)
	}
	a, err := client.Do(r)
	if err != nil {
		return "", 0, err
	}
	body, err := io.ReadAll(a.Body)
	if err = errors.Join(err, a.Body.Close()); err != nil {
		return "", 0, err
	}
	got = a.Header.Get("ETag")
	switch a.StatusCode {
	case http.StatusNotModified:
		before, known := c.tags.Load(tag)
		if got != tag || !known {
			return "", 0, fmt.Errorf("304 of %q, asked for %q", got, tag)
		}
		body, _ = before.([]byte)
	case http.StatusOK:
	default:
		return "", 0, fmt.Errorf("status %d: %s", a.StatusCode, body)
	}
	if _, err := fmt.Sscanf(strings.TrimPrefix(string(body), "\x89PNG\r\n\x1a\n"), "edition %d", &edition); err != nil {
		return "", 0, fmt.Errorf("%d bytes: %w", len(body), err)
	}
	if edition < 1 || edition > c.edition.Load() || !bytes.Equal(body, editionTile(edition, id)) {
		return "", 0, fmt.Errorf("%d bytes are no tile of edition %d", len(body), edition)
	}
	if before, known := c.tags.LoadOrStore(got, body); known && !bytes.Equal(before.([]byte), body) {
		return "", 0, fmt.Errorf("tag %s stands for two bodies", got)
	}
	return got, edition, nil
}

// status of a path.
func (c *crowd) status(t *testing.T, path string) (int, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a.StatusCode, body
}

// listed reports whether the catalogue has a basemap.
func (c *crowd) listed(t *testing.T, id string) bool {
	t.Helper()
	_, body := c.status(t, "/basemaps.json")
	var list struct{ Basemaps []struct{ ID string } }
	if err := json.Unmarshal(body, &list); err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(list.Basemaps, func(b struct{ ID string }) bool { return b.ID == id })
}

// leave ends the load.
func (c *crowd) leave() {
	close(c.stop)
	c.clients.Wait()
}

// TestAFolderOfBasemapsIsFollowedUnderLoad has 64 clients ask the program for a
// basemap that is replaced three times: nobody is refused, and no answer mixes two
// editions. Another archive comes with the first change and goes with the second.
func TestAFolderOfBasemapsIsFollowedUnderLoad(t *testing.T) {
	c := gather(t)
	beside := filepath.Join(c.dir, "beside.pmtiles")
	for _, change := range []func(){
		func() { c.put(t, filepath.Base(beside), 1) },
		func() {
			c.until(t, "a new archive is listed", func() bool { return c.listed(t, "beside") })
			if code, body := c.status(t, "/basemaps/beside/0/0/0.png"); code != http.StatusOK || !bytes.Equal(body, editionTile(1, tiler.ID{})) {
				t.Errorf("a listed archive's tile: %d, %d bytes", code, len(body))
			}
			if err := os.Remove(beside); err != nil {
				t.Fatal(err)
			}
		},
		func() {
			c.until(t, "a removed archive's tile is 404", func() bool {
				code, _ := c.status(t, "/basemaps/beside/0/0/0.png")
				return code == http.StatusNotFound
			})
			if c.listed(t, "beside") {
				t.Error("a removed archive is listed")
			}
		},
	} {
		before := c.answers.Load()
		change()
		c.replace(t)
		c.until(t, "1,000 answers more", func() bool { return c.answers.Load() > before+1000 || t.Failed() })
	}
	c.leave()
	t.Logf("%d answers of %d editions to %d clients", c.answers.Load(), c.edition.Load(), clientsAtOnce)
}
