package upstream_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/basemaps"
	"github.com/wanmi-gis/wanmi/basemaps/upstream"
	"github.com/wanmi-gis/wanmi/tiler"
)

// clock is one on which time passes when the test says so.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	waits map[chan time.Time]time.Time
	more  *sync.Cond
}

func newClock() *clock {
	c := &clock{now: time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC), waits: map[chan time.Time]time.Time{}}
	c.more = sync.NewCond(&c.mu)
	return c
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) after(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	wait := make(chan time.Time, 1)
	c.waits[wait] = c.now.Add(d)
	c.more.Broadcast()
	return wait
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	for wait, at := range c.waits {
		if !c.now.Before(at) {
			wait <- c.now
			delete(c.waits, wait)
		}
	}
}

// asked waits until somebody waits for a moment so far away.
func (c *clock) asked(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		for _, at := range c.waits {
			if at.Sub(c.now) == d {
				return
			}
		}
		c.more.Wait()
	}
}

// fake is another server of maps, which does as it is told.
type fake struct {
	*httptest.Server
	mu      sync.Mutex
	answer  http.HandlerFunc
	queries []string
}

func newFake(t testing.TB, answer http.HandlerFunc) *fake {
	t.Helper()
	f := &fake{answer: answer}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		f.queries = append(f.queries, r.URL.RequestURI())
		answer := f.answer
		f.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *fake) does(answer http.HandlerFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answer = answer
}

func (f *fake) asked() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.queries)
}

const png = "\x89PNG\r\n\x1a\n"

// picture answers with a picture that says what was asked for.
func picture(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, png, r.URL.Path) }

func says(code int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		fmt.Fprint(w, body)
	}
}

const secretKey = "k3y/of+the=city"

var here = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}

// xyz is a source of the server's tiles.
func (f *fake) xyz() upstream.Source {
	return upstream.Source{
		ID: "map", Kind: upstream.XYZ, URL: f.URL + "/{z}/{x}/{y}.png", AllowHTTP: true, AllowAddresses: here, Key: secretKey, KeyParam: "tk", Rate: 1000, MaxAge: time.Hour,
	}
}

// hall is all that is served, with all that is told of it.
type hall struct {
	*upstream.Maps
	*clock
	cache *upstream.Cache
	told  []string
	mu    sync.Mutex
}

func newHall(t testing.TB, dir string, sources ...upstream.Source) *hall {
	t.Helper()
	h := &hall{clock: newClock()}
	h.open(t, dir, upstream.Options{Sources: sources})
	return h
}

func (h *hall) open(t testing.TB, dir string, o upstream.Options) {
	t.Helper()
	if dir != "" {
		var err error
		if h.cache, err = upstream.OpenCache(dir, 8<<20, 30*24*time.Hour, h.read()); err != nil {
			t.Fatal(err)
		}
	}
	o.Cache, o.Now, o.After = h.cache, h.read, h.after
	o.Told = func(id string, f *upstream.Failure) {
		h.mu.Lock()
		defer h.mu.Unlock()
		if f == nil {
			h.told = append(h.told, id+" is well")
			return
		}
		h.told = append(h.told, id+": "+f.Detail())
	}
	var err error
	if h.Maps, err = upstream.New(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() }) // a second time where a test ended it
}

func (h *hall) tile(id tiler.ID) (basemaps.Tile, error) {
	m, err := h.Find("map")
	if err != nil {
		return basemaps.Tile{}, err
	}
	return m.Load(context.Background(), id)
}

// says checks that a tile has the body and is so stale.
func (h *hall) says(t testing.TB, id tiler.ID, body string, stale time.Duration) {
	t.Helper()
	got, err := h.tile(id)
	if err != nil || string(got.Body) != body || got.Stale != stale {
		t.Errorf("%v: %q, stale %v, %v; want %q, stale %v", id, got.Body, got.Stale, err, body, stale)
	}
}

// fails checks that there is no tile for the reason, and says when to come again.
func (h *hall) fails(t testing.TB, id tiler.ID, kind error) *upstream.Failure {
	t.Helper()
	got, err := h.tile(id)
	f, ok := errors.AsType[*upstream.Failure](err)
	if !ok || !errors.Is(err, kind) || f.RetryAfter < time.Second || len(got.Body) > 0 {
		t.Fatalf("%v: %q, %v; want %v", id, got.Body, err, kind)
	}
	if text := err.Error() + f.Detail(); strings.Contains(text, secretKey) || strings.Contains(text, "k3y") || strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("the error tells too much: %s", text)
	}
	return f
}

var tile = tiler.ID{Z: 5, X: 26, Y: 12}

const tileBody = png + "/5/26/12.png"
