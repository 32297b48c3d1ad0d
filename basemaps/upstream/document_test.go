package upstream_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/wanmi-gis/wanmi/basemaps"
	"github.com/wanmi-gis/wanmi/basemaps/upstream"
	"github.com/wanmi-gis/wanmi/tiler"
)

// tianditu answers as the service of that name does, to who has the key.
func tianditu(t testing.TB) http.HandlerFunc {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "tianditu_w.xml"))
	if err != nil {
		t.Fatal(err)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		switch {
		case q.Get("tk") != secretKey:
			http.Error(w, "the key "+q.Get("tk")+" is unknown", http.StatusForbidden)
		case strings.EqualFold(q.Get("REQUEST"), "GetCapabilities"):
			// Some repeat the key where tiles are.
			_, _ = w.Write(bytes.ReplaceAll(text, []byte("/wmts?"), []byte("/wmts?tk="+url.QueryEscape(secretKey)+"&amp;")))
		default:
			fmt.Fprint(w, png, q.Get("TILEMATRIX"), "/", q.Get("TILECOL"), "/", q.Get("TILEROW"))
		}
	}
}

func (f *fake) wmts() upstream.Source {
	s := f.xyz()
	s.Kind, s.URL = upstream.WMTS, f.URL+"/img_w/wmts"
	return s
}

func TestAWMTSIsServedOnceItIsKnown(t *testing.T) {
	t.Parallel()
	f := newFake(t, says(500, ""))
	dir := t.TempDir()
	h := newHall(t, dir, f.wmts())
	h.fails(t, tile, upstream.ErrDown)
	h.Look(t.Context())
	if r := h.Refused(); len(r) != 1 || r[0].Name != "map" || !strings.Contains(r[0].Err.Error(), "500") || len(h.List()) != 0 {
		t.Errorf("%v, %v", r, h.List())
	}
	f.does(tianditu(t))
	h.Look(t.Context()) // not due yet
	if f.asked() != 1 {
		t.Errorf("asked %d times", f.asked())
	}
	h.pass(5 * time.Second)
	h.Look(t.Context())
	if list := h.List(); len(list) != 1 || list[0].Name != "影像底图" || list[0].MinZoom != 1 || list[0].Format != "wmts" || len(h.Refused()) != 0 {
		t.Errorf("%+v, %v", list, h.Refused())
	}
	h.says(t, tile, png+"5/26/12", 0)

	// After a restart with the other server gone, both are still known.
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	f.Close()
	h.open(t, dir, upstream.Options{Sources: []upstream.Source{f.wmts()}})
	h.Look(t.Context())
	h.says(t, tile, png+"5/26/12", 0)
	h.pass(25 * time.Hour)
	h.Look(t.Context()) // which fails: what it said before stays
	if len(h.List()) != 1 {
		t.Error("the map is gone")
	}
	h.says(t, tile, png+"5/26/12", 24*time.Hour)
}

func TestADocumentThatIsWrongSaysWhy(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"": "no document", "<html>": "cannot be read", "<ExceptionReport/>": "ExceptionReport",
		`<Capabilities><Contents><Layer><Identifier>a</Identifier></Layer></Contents></Capabilities>`: "matrix_set",
	} {
		f := newFake(t, says(200, body))
		h := newHall(t, t.TempDir(), f.wmts())
		h.Look(t.Context())
		if r := h.Refused(); len(r) != 1 || (body != "" && !strings.Contains(r[0].Err.Error(), want)) {
			t.Errorf("%s: %v", body, r)
		}
		h.Look(t.Context())
		if f.asked() != 1 {
			t.Errorf("%s: asked %d times", body, f.asked())
		}
	}
	f := newFake(t, picture)
	f.does(says(200, `{"tilejson":"3.0.0","tiles":["`+f.URL+`/{z}/{x}/{y}.png?tk=`+url.QueryEscape(secretKey)+`"],"name":"a","maxzoom":6}`))
	s := f.xyz()
	s.Kind, s.URL = upstream.JSON, f.URL+"/a.json"
	h := newHall(t, "", s)
	h.Look(t.Context())
	f.does(picture)
	h.says(t, tile, tileBody, 0)
	if len(f.queries) != 2 || f.queries[1] != "/5/26/12.png?tk=k3y%2Fof%2Bthe%3Dcity" {
		t.Errorf("asked for %q", f.queries)
	}
	fresh := newHall(t, "", s)
	if _, err := fresh.Find("map"); !errors.Is(err, upstream.ErrDown) {
		t.Errorf("a map that is not known: %v", err)
	}
}

func TestAMapByATakenNameIsRefused(t *testing.T) {
	t.Parallel()
	s := upstream.Source{ID: "a", Kind: upstream.XYZ, URL: "https://maps.example.org/{z}/{x}/{y}.png"}
	if _, err := upstream.New(upstream.Options{Sources: []upstream.Source{s, s}}); err == nil || !strings.Contains(err.Error(), "upstreams[1]") {
		t.Errorf("%v", err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.pmtiles"), []byte("PMTiles"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := basemaps.NewCatalogue(t.Context(), dir, nil, "a")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if r := c.Refused(); len(r) != 1 || !strings.Contains(r[0].Err.Error(), "another server") {
		t.Errorf("%v", r)
	}
}

// TestTheKeyIsToldToNobody has everything go well and wrong, and searches all that
// comes out: errors, logs, lists, documents and the cache's files.
func TestTheKeyIsToldToNobody(t *testing.T) { // not parallel: it hears the process' log
	var out bytes.Buffer
	logger, before := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})), slog.Default()
	flags := log.Flags()
	slog.SetDefault(logger)
	defer func() { slog.SetDefault(before); log.SetOutput(os.Stderr); log.SetFlags(flags) }()

	good := tianditu(t)
	f := newFake(t, good)
	dir := t.TempDir()
	s := f.wmts()
	h := newHall(t, dir, s)
	h.Look(t.Context())
	h.says(t, tile, png+"5/26/12", 0)
	next := tiler.ID{Z: 9, X: 26, Y: 12}
	for _, answer := range []http.HandlerFunc{
		says(403, "the key "+secretKey), says(500, secretKey), says(200, "key "+secretKey), says(200, "the tile’s "+secretKey+"?"), says(302, "", "Location", f.URL+"/?tk="+secretKey),
		hijack("what " + secretKey + "\r\n\r\n"), hijack("HTTP/1.1 200 OK\r\nContent-Length: " + secretKey + "\r\n\r\n"),
		hijack("HTTP/1.1 " + secretKey + "\r\n\r\n"), says(200, "x", "Content-Encoding", secretKey),
	} {
		f.does(answer)
		next.X++
		h.pass(10 * time.Minute)
		_, err := h.tile(next)
		failed, ok := errors.AsType[*upstream.Failure](err)
		if !ok {
			t.Fatalf("%v: %v", next, err)
		}
		fmt.Fprintln(&out, failed, failed.Detail())
	}
	f.does(good)
	h.pass(time.Hour)
	f.Close()
	for range 6 {
		next.X++
		failed := h.fails(t, next, upstream.ErrDown)
		fmt.Fprintln(&out, failed, failed.Detail())
	}
	h.pass(25 * time.Hour)
	h.Look(t.Context())
	m, err := h.Find("map")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := json.Marshal(m.TileJSON("http://wanmi.example/basemaps/map/{z}/{x}/{y}.png"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&out, "%v %+v %#v %s %q %s %s\n", s, s, s, s.Key, s.Key, doc, text)
	fmt.Fprintf(&out, "%+v %v %q\n", h.List(), h.Refused(), h.told)
	slog.Info("source", "source", s, "key", s.Key)
	if err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			var b []byte
			b, err = os.ReadFile(path)
			out.Write(b)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "Capabilities") || !strings.Contains(out.String(), png) || len(h.told) < 2 {
		t.Fatalf("what was to be searched is not there; told %q", h.told)
	}
	for _, form := range []string{secretKey, url.QueryEscape(secretKey), url.PathEscape(secretKey), "k3y"} {
		if at := strings.Index(out.String(), form); at >= 0 {
			t.Errorf("the key came out: …%s", out.String()[max(0, at-200):at+20])
		}
	}
	if f.asked() < 10 || !strings.Contains(f.queries[0], url.QueryEscape(secretKey)) {
		t.Errorf("the server did not get it: %q", f.queries[0])
	}
}

// names answers questions for names as told, on a connection of its own.
func names(address func() netip.Addr) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer ours.Close()
			for answerName(ours, address) == nil {
			}
		}()
		return theirs, nil
	}}
}

// answerName answers one question of DNS over TCP.
func answerName(c net.Conn, address func() netip.Addr) error {
	var length [2]byte
	if _, err := readFull(c, length[:]); err != nil {
		return err
	}
	text := make([]byte, int(length[0])<<8|int(length[1]))
	if _, err := readFull(c, text); err != nil {
		return err
	}
	var m dnsmessage.Message
	if err := m.Unpack(text); err != nil {
		return err
	}
	m.Response, m.Additionals = true, nil
	if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
		m.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET}, Body: &dnsmessage.AResource{A: address().As4()},
		}}
	}
	text, err := m.Pack()
	if err == nil {
		_, err = c.Write(append([]byte{byte(len(text) >> 8), byte(len(text))}, text...))
	}
	return err
}

func readFull(c net.Conn, b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		var k int
		k, err = c.Read(b[n:])
		n += k
	}
	return n, err
}

// TestANameThatChangesItsMeaningIsRefused has a name lead to a listed address
// first, then to another of this machine (rebinding).
func TestANameThatChangesItsMeaningIsRefused(t *testing.T) {
	t.Parallel()
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close") // so that the name is asked for each time
		picture(w, r)
	})
	at, err := url.Parse(f.URL)
	if err != nil {
		t.Fatal(err)
	}
	inside, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.2:"+at.Port())
	if err != nil {
		t.Fatal(err)
	}
	var came atomic.Int64
	victim := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	victim.Config.ConnState = func(net.Conn, http.ConnState) { came.Add(1) }
	_ = victim.Listener.Close()
	victim.Listener = inside
	victim.Start()
	defer victim.Close()

	var leads atomic.Pointer[netip.Addr]
	lead := func(text string) { a := netip.MustParseAddr(text); leads.Store(&a) }
	lead("127.0.0.1")
	s := f.xyz()
	s.URL = "http://tiles.example.org:" + at.Port() + "/{z}/{x}/{y}.png"
	h := &hall{clock: newClock()}
	h.open(t, "", upstream.Options{Sources: []upstream.Source{s}, Resolver: names(func() netip.Addr { return *leads.Load() })})
	h.says(t, tile, tileBody, 0)
	for _, to := range []string{"127.0.0.2", "169.254.169.254", "10.0.0.1", "0.0.0.0"} {
		lead(to)
		h.pass(time.Minute)
		if failed := h.fails(t, tile, upstream.ErrDown); !strings.Contains(failed.Error(), "not public") {
			t.Errorf("%s: %v", to, failed)
		}
	}
	lead("127.0.0.1")
	h.pass(time.Minute)
	h.says(t, tile, tileBody, 0)
	if came.Load() != 0 || f.asked() != 2 {
		t.Errorf("%d connections came to who is not listed, %d to who is", came.Load(), f.asked())
	}
}

func TestFollowingLooksWithEachTick(t *testing.T) {
	t.Parallel()
	f := newFake(t, says(500, ""))
	h := newHall(t, t.TempDir(), f.wmts())
	ctx, stop := context.WithCancel(t.Context())
	ticks, done := make(chan time.Time), make(chan struct{})
	go func() { defer close(done); h.Follow(ctx, ticks) }()
	ticks <- time.Time{}
	f.does(tianditu(t))
	h.pass(2 * time.Hour)
	ticks <- time.Time{}
	ticks <- time.Time{}
	if len(h.List()) != 1 {
		t.Error("it did not look")
	}
	stop()
	<-done
}
