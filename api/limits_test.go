package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/grids"
)

// patience is how long a test waits for what must come at once.
const patience = 20 * time.Second

// speak sends text to the server and returns all it answers until it hangs up.
func speak(tb testing.TB, base, text string) string {
	tb.Helper()
	u, err := url.Parse(base)
	if err != nil {
		tb.Fatal(err)
	}
	conn, err := net.DialTimeout("tcp", u.Host, patience)
	if err != nil {
		tb.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		tb.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		tb.Logf("the server hung up early: %v", err)
	}
	answer, err := io.ReadAll(conn)
	var network net.Error
	if errors.As(err, &network) && network.Timeout() {
		tb.Fatalf("the server went on listening; so far %q", answer)
	}
	return string(answer)
}

func TestTheServerHasTheLimitsThatWerePromised(t *testing.T) {
	t.Parallel()
	srv := api.NewServer(http.NotFoundHandler())
	if srv.MaxHeaderBytes != 16<<10 || srv.ReadHeaderTimeout != 5*time.Second || srv.ReadTimeout != 30*time.Second ||
		srv.WriteTimeout <= 0 || srv.IdleTimeout <= 0 {
		t.Errorf("%+v", srv)
	}
}

func TestAHeadOver16KBIsRefused(t *testing.T) {
	t.Parallel()
	base := serve(t, open(t, townPlan{}))
	head := func(n int) string {
		return "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Filler: " + strings.Repeat("x", n) + "\r\n\r\n"
	}
	if a := speak(t, base, head(15<<10)); !strings.HasPrefix(a, "HTTP/1.1 200") {
		t.Errorf("15 KB: %.100s", a)
	}
	// net/http grants 4 KB more than it is told.
	if a := speak(t, base, head(21<<10)); !strings.HasPrefix(a, "HTTP/1.1 431") {
		t.Errorf("21 KB: %.100s", a)
	}
	if a := speak(t, base, "GET /tiles/"+strings.Repeat("cells,", 5000)+"cells/14/0/0.mvt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); !strings.HasPrefix(a, "HTTP/1.1 431") {
		t.Errorf("a URL of 30 KB: %.100s", a)
	}
}

// hurried serves with short patience, yet more than a busy machine needs for a head.
func hurried(t *testing.T, h http.Handler) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := api.NewServer(h)
	srv.ReadHeaderTimeout, srv.ReadTimeout = 2*time.Second, 3*time.Second
	done := make(chan error, 1)
	go func() { done <- srv.Serve(listener) }()
	t.Cleanup(func() {
		srv.Close()
		<-done
	})
	return "http://" + listener.Addr().String()
}

func TestASlowClientIsHungUpOn(t *testing.T) {
	t.Parallel()
	base := hurried(t, open(t, townPlan{}))
	if a := speak(t, base, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "); strings.HasPrefix(a, "HTTP/1.1 200") {
		t.Errorf("half a head: %.100s", a)
	}
	a := speak(t, base, "POST /v1/geocode HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"points\":")
	if !strings.HasPrefix(a, "HTTP/1.1 408") || !strings.Contains(a, `"code":"timeout"`) {
		t.Errorf("half a body: %.300s", a)
	}
}

func TestServeFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	entered, release := make(chan struct{}), make(chan struct{})
	h := api.New(api.Options{Live: grids.NewLive(snapshot(t, townPlan{})), Log: quiet(), Ready: func(context.Context) error {
		close(entered)
		<-release
		return nil
	}})
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := api.NewServer(h)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- api.Serve(ctx, srv, func() error { return srv.Serve(listener) }) }()
	conn, err := net.DialTimeout("tcp", listener.Addr().String(), patience)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
	<-entered
	stop()
	for { // until the listener is closed, which is the first thing that Serve does
		next, err := net.DialTimeout("tcp", listener.Addr().String(), patience)
		if err != nil {
			break
		}
		next.Close()
	}
	select {
	case err := <-served:
		t.Fatalf("Serve returned %v with a request under way", err)
	default:
	}
	close(release)
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, err := io.ReadAll(answer.Body); err != nil || string(body) != "ready\n" || answer.StatusCode != http.StatusOK {
		t.Errorf("%d %q, %v", answer.StatusCode, body, err)
	}
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

func TestServeTellsWhenItCannotListen(t *testing.T) {
	t.Parallel()
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	srv := api.NewServer(open(t, townPlan{}))
	srv.Addr = taken.Addr().String()
	if err := api.Serve(t.Context(), srv, srv.ListenAndServe); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("Serve: %v", err)
	}
	closed, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	if err := api.Serve(t.Context(), srv, func() error { return srv.Serve(closed) }); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve on a closed listener: %v", err)
	}
}

func TestAddressesInAnswersAreWhereTheClientIs(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	for _, c := range []struct{ peer, header, value, want string }{
		{"127.0.0.1:5", "X-Forwarded-Proto", "https", "https://wanmi.example/"},
		{"203.0.113.9:5", "X-Forwarded-Proto", "https", "http://wanmi.example/"},
		{"127.0.0.1:5", "X-Forwarded-Proto", "javascript", "http://wanmi.example/"},
		{"127.0.0.1:5", "X-Forwarded-Host", "evil.example", "http://wanmi.example/"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://wanmi.example/tiles/cells.json", nil)
		r.RemoteAddr = c.peer
		r.Header.Set(c.header, c.value)
		w := httptest.NewRecorder()
		d.ServeHTTP(w, r)
		var doc struct{ Tiles []string }
		if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || !strings.HasPrefix(doc.Tiles[0], c.want) {
			t.Errorf("%+v: %v, %v", c, doc.Tiles, err)
		}
	}
}
