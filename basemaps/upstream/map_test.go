package upstream_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/basemaps/stored"
	"github.com/wanmi-gis/wanmi/basemaps/upstream"
	"github.com/wanmi-gis/wanmi/tiler"
)

func packed(body string) string {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = io.WriteString(w, body)
	_ = w.Close()
	return out.String()
}

func TestATileIsFetchedOnceAndKept(t *testing.T) {
	t.Parallel()
	f := newFake(t, picture)
	h := newHall(t, t.TempDir(), f.xyz())
	for range 3 {
		h.says(t, tile, tileBody, 0)
	}
	if f.asked() != 1 || f.queries[0] != "/5/26/12.png?tk=k3y%2Fof%2Bthe%3Dcity" {
		t.Errorf("asked for %q", f.queries)
	}
	h.pass(time.Hour)
	h.says(t, tile, tileBody, 0)
	if f.asked() != 2 {
		t.Errorf("a tile over its age: asked %d times", f.asked())
	}
	// What cannot be is not asked for.
	h.says(t, tiler.ID{Z: 19, X: 5}, "", 0)
	h.says(t, tiler.ID{Z: 3, X: 8}, "", 0)
	if f.asked() != 2 {
		t.Errorf("asked for %q", f.queries[2:])
	}
}

func TestAllWhoWantATileShareOneRequest(t *testing.T) {
	t.Parallel()
	arrived, release := make(chan struct{}, 64), make(chan struct{})
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-release
		picture(w, r)
	})
	h := newHall(t, t.TempDir(), f.xyz())
	m, err := h.Find("map")
	if err != nil {
		t.Fatal(err)
	}
	// The first leaves: the others' tile comes all the same.
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, err := m.Load(ctx, tile)
		left <- err
	}()
	<-arrived
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("who left got %v", err)
	}
	var work sync.WaitGroup
	for range 50 {
		work.Go(func() { h.says(t, tile, tileBody, 0) })
	}
	close(release)
	work.Wait()
	if f.asked() != 1 {
		t.Errorf("asked %d times", f.asked())
	}
}

func TestWhatIsNoTileIsRefusedAndNotKept(t *testing.T) {
	t.Parallel()
	huge := strings.Repeat("x", upstream.MaxAnswer)
	elsewhere := newFake(t, picture)
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   error
	}{
		"a page":                  {says(200, "<html>sign in, tk="+secretKey, "Content-Type", "image/png"), upstream.ErrContent},
		"JSON":                    {says(200, `{"code":301012}`), upstream.ErrContent},
		"a vector tile":           {says(200, "\x1a\x09\x0a\x05roads\x78\x02"), upstream.ErrContent},
		"a picture of 4 MB and 8": {says(200, png+huge), upstream.ErrContent},
		"an endless picture": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusOK)
			for {
				if _, err := io.WriteString(w, png+huge[:1<<16]); err != nil {
					return
				}
			}
		}, upstream.ErrContent},
		"a bomb":                          {says(200, packed(png+strings.Repeat("\x00", 8<<20)), "Content-Encoding", "gzip"), upstream.ErrContent},
		"half a gzip":                     {says(200, packed(tileBody)[:20], "Content-Encoding", "gzip"), upstream.ErrContent},
		"a coding nobody asked for":       {says(200, tileBody, "Content-Encoding", "br"), upstream.ErrContent},
		"500":                             {says(500, tileBody), upstream.ErrDown},
		"403":                             {says(403, "the key "+secretKey+" is unknown"), upstream.ErrDown},
		"a redirect inside":               {says(302, "", "Location", "http://10.0.0.1/latest/meta-data"), upstream.ErrDown},
		"a redirect to somebody else":     {says(307, "", "Location", elsewhere.URL+"/5/26/12.png"), upstream.ErrDown},
		"half an answer":                  {says(200, png, "Content-Length", "500"), upstream.ErrDown},
		"no HTTP":                         {hijack("what?\r\n\r\n"), upstream.ErrDown},
		"a long head":                     {says(200, tileBody, "X-Long", strings.Repeat("x", 64<<10)), upstream.ErrDown},
		"an answer that says no length":   {says(200, tileBody), nil},
		"one packed":                      {says(200, packed(tileBody), "Content-Encoding", "gzip"), nil},
		"a picture by another media type": {says(200, tileBody, "Content-Type", "text/html"), nil},
	} {
		f := newFake(t, c.answer)
		h := newHall(t, t.TempDir(), f.xyz())
		if c.want == nil {
			h.says(t, tile, tileBody, 0)
			continue
		}
		t.Log(name, h.fails(t, tile, c.want).Detail())
		if h.cache.Bytes() != 0 {
			t.Errorf("%s is kept", name)
		}
		f.does(picture)
		h.pass(time.Minute)
		h.says(t, tile, tileBody, 0)
	}
	if elsewhere.asked() != 0 {
		t.Error("a redirect was followed")
	}
}

// hijack answers with bytes of its own.
func hijack(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_, _ = io.WriteString(c, text)
			_ = c.Close()
		}
	}
}

func TestWhatIsNotThereIsBelievedForAWhile(t *testing.T) {
	t.Parallel()
	for _, none := range []http.HandlerFunc{says(404, "no"), says(204, ""), says(410, ""), says(200, "")} {
		f := newFake(t, none)
		h := newHall(t, t.TempDir(), f.xyz())
		h.says(t, tile, "", 0)
		h.pass(9 * time.Minute)
		h.says(t, tile, "", 0)
		if f.asked() != 1 {
			t.Errorf("asked %d times", f.asked())
		}
		f.does(picture)
		h.pass(2 * time.Minute)
		h.says(t, tile, tileBody, 0)
	}
}

func TestWithTheServerDownOldTilesAreServedAndNobodyWaits(t *testing.T) {
	t.Parallel()
	f := newFake(t, picture)
	h := newHall(t, t.TempDir(), f.xyz())
	h.says(t, tile, tileBody, 0)
	h.pass(time.Hour + 90*time.Second)
	f.does(says(500, ""))
	other := tiler.ID{Z: 5, X: 26, Y: 13}
	for range 5 {
		h.says(t, tile, tileBody, 90*time.Second)
	}
	n := f.asked()
	if n != 6 {
		t.Fatalf("asked %d times", n)
	}
	// Five in a row: it is left alone.
	h.says(t, tile, tileBody, 90*time.Second)
	if failed := h.fails(t, other, upstream.ErrDown); failed.RetryAfter != 2*time.Second {
		t.Errorf("come again in %v", failed.RetryAfter)
	}
	if f.asked() != n || len(h.told) != 1 || !strings.Contains(h.told[0], "answers 500") {
		t.Errorf("asked %d times more; told %q", f.asked()-n, h.told)
	}
	// One request looks after the pause; the next pause is longer.
	h.pass(2 * time.Second)
	for range 3 {
		h.fails(t, other, upstream.ErrDown)
	}
	if f.asked() != n+1 {
		t.Errorf("after the pause it was asked %d times", f.asked()-n)
	}
	h.pass(3 * time.Second)
	h.fails(t, other, upstream.ErrDown)
	if f.asked() != n+1 {
		t.Error("the second pause is no longer than the first")
	}
	// It is well again.
	f.does(picture)
	h.pass(time.Second)
	h.says(t, other, png+"/5/26/13.png", 0)
	h.says(t, tile, tileBody, 0)
	if len(h.told) != 2 || h.told[1] != "map is well" {
		t.Errorf("told %q", h.told)
	}
	// Dead: nobody listens any more.
	h.pass(2 * time.Hour)
	f.Close()
	h.says(t, tile, tileBody, time.Hour)
	h.fails(t, tiler.ID{Z: 5, X: 1, Y: 1}, upstream.ErrDown)
	// And after the cache's own bound there is nothing.
	h.pass(31 * 24 * time.Hour)
	h.fails(t, tile, upstream.ErrDown)
}

func TestASlowServerIsCutOff(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{}, 8)
	slow := func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		_, _ = io.WriteString(w, png)
		_ = http.NewResponseController(w).Flush()
		arrived <- struct{}{}
		<-r.Context().Done()
	}
	f := newFake(t, slow)
	h := newHall(t, t.TempDir(), f.xyz())
	failed := make(chan struct{})
	go func() {
		defer close(failed)
		_, err := h.tile(tile)
		if !errors.Is(err, upstream.ErrSlow) {
			t.Errorf("%v", err)
		}
	}()
	<-arrived
	h.pass(15 * time.Second)
	<-failed

	// Who can have an old one waits two seconds.
	f.does(picture)
	h.says(t, tile, tileBody, 0)
	h.pass(time.Hour + time.Second)
	f.does(slow)
	served := make(chan struct{})
	go func() {
		defer close(served)
		h.says(t, tile, tileBody, time.Second)
	}()
	h.asked(2 * time.Second)
	h.pass(2 * time.Second)
	<-served
	<-arrived
}

func TestTheServerIsAskedNoMoreOftenThanAllowed(t *testing.T) {
	t.Parallel()
	f := newFake(t, picture)
	s := f.xyz()
	s.Rate = 2 // and so 4 at once
	h := newHall(t, t.TempDir(), s)
	at := func(i uint32) tiler.ID { return tiler.ID{Z: 9, X: i, Y: 1} }
	for i := range uint32(4) {
		h.says(t, at(i), fmt.Sprintf("%s/9/%d/1.png", png, i), 0)
	}
	got := make(chan struct{}, 6)
	for i := range uint32(6) { // these wait for half a second to three
		go func() {
			h.says(t, at(4+i), fmt.Sprintf("%s/9/%d/1.png", png, 4+i), 0)
			got <- struct{}{}
		}()
	}
	for i := 1; i <= 6; i++ {
		h.asked(time.Duration(i) * 500 * time.Millisecond)
	}
	if f.asked() != 4 {
		t.Errorf("asked %d times at once", f.asked())
	}
	if failed := h.fails(t, at(100), upstream.ErrBusy); failed.RetryAfter < 3*time.Second {
		t.Errorf("come again in %v", failed.RetryAfter)
	}
	for range 6 {
		h.pass(500 * time.Millisecond)
		<-got
	}
	f.does(says(429, "", "Retry-After", "30"))
	h.pass(time.Minute)
	if failed := h.fails(t, at(200), upstream.ErrDown); failed.RetryAfter != 30*time.Second {
		t.Errorf("told to wait 30 s: come again in %v", failed.RetryAfter)
	}
	n := f.asked()
	h.pass(29 * time.Second)
	h.fails(t, at(200), upstream.ErrDown)
	if f.asked() != n {
		t.Error("it was asked though it told to wait")
	}
}

func TestVectorTilesAreKeptPacked(t *testing.T) {
	t.Parallel()
	plain := "\x1a\x09\x0a\x05roads\x78\x02"
	for name, answer := range map[string]http.HandlerFunc{
		"plain": says(200, plain), "packed": says(200, packed(plain), "Content-Encoding", "gzip"), "packed and not said": says(200, packed(plain)),
	} {
		f := newFake(t, answer)
		s := f.xyz()
		s.Type = stored.MVT
		h := newHall(t, t.TempDir(), s)
		for range 2 {
			got, err := h.tile(tile)
			if err != nil || got.Type != stored.MVT || got.Coding != stored.GZIP {
				t.Fatalf("%s: %+v, %v", name, got, err)
			}
			if body, err := stored.Inflate(got.Coding, got.Body, 1000); err != nil || string(body) != plain {
				t.Errorf("%s: %q, %v", name, body, err)
			}
		}
		f.does(picture)
		h.fails(t, tiler.ID{}, upstream.ErrContent)
	}
}

func Example() {
	server := httptest.NewServer(http.HandlerFunc(picture))
	defer server.Close()
	maps, err := upstream.New(upstream.Options{Sources: []upstream.Source{{
		ID: "photo", Kind: upstream.XYZ, URL: server.URL + "/{z}/{x}/{y}.png", AllowHTTP: true, AllowAddresses: here,
	}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer maps.Close()
	photo, err := maps.Find("photo")
	if err != nil {
		fmt.Println(err)
		return
	}
	t, err := photo.Load(context.Background(), tiler.ID{Z: 3, X: 6, Y: 3})
	fmt.Println(t.Type.MIME(), len(t.Body), err)
	// Output: image/png 18 <nil>
}

func BenchmarkCachedTile(b *testing.B) {
	body := png + strings.Repeat("x", 20_000)
	f := newFake(b, says(200, body))
	h := newHall(b, b.TempDir(), f.xyz())
	for b.Loop() {
		if got, err := h.tile(tile); err != nil || len(got.Body) != len(body) {
			b.Fatal(err)
		}
	}
}
