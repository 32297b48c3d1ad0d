//go:build peers

package api

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api/peers"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/tiler"
)

// What the load of the cached path is.
const (
	loadConnections = 8
	loadFor         = 500 * time.Millisecond // a round and server
)

// TestPeers_ServeAFileOfTheTilesSize has a tile that is cached fetched over 8
// connections, by turns with a file that has the same bytes, from
// http.FileServer, and with a handler that only writes them, all from servers
// with the same settings in this process. It prints lines as benchmarks do; the
// clients' time is in them, on all sides alike, and speed is not judged.
func TestPeers_ServeAFileOfTheTilesSize(t *testing.T) {
	snap := demoSnapshot(t)
	id := tilesWithContent(snap, 14)[0]
	path := fmt.Sprintf("/tiles/cells,components/%v.mvt", id)
	tiles := listen(t, New(Options{Live: grids.NewLive(snap), Log: slog.New(slog.DiscardHandler)}))
	body := fetchOnce(t, tiles, path)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "tile.mvt"), body, 0o600); err != nil {
		t.Fatal(err)
	}
	etag, length := tiler.ETag(body, "gzip"), strconv.Itoa(len(body))
	bare := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", web.TypeMVT)
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Length", length)
		h.Set("ETag", etag)
		if _, err := w.Write(body); err != nil {
			panic(http.ErrAbortHandler)
		}
	})
	sides := []struct{ name, addr, path string }{
		{"wanmi", tiles, path},
		{"file", listen(t, http.FileServer(http.Dir(dir))), "/tile.mvt"},
		{"bytes", listen(t, bare), "/tile.mvt"},
	}
	for round := range peers.Rounds + 1 {
		for i := range sides {
			s := sides[(i+round)%len(sides)]
			n, wall, cpu, slowest := load(t, s.addr, s.path, len(body))
			if round > 0 {
				fmt.Printf("BenchmarkTileCached%dKB/%s\t%d\t%d ns/op\t%d cpu-ns/op\t%.0f requests/s\t%.2f slowest-ms\n",
					len(body)>>10, s.name, n, int(wall)/n, int(cpu)/n, float64(n)/wall.Seconds(), slowest.Seconds()*1e3)
			}
		}
	}
}

// listen serves a handler with the server's settings and returns its address.
func listen(t *testing.T, h http.Handler) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := NewServer(h)
	done := make(chan error, 1)
	go func() { done <- srv.Serve(listener) }()
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		<-done
	})
	return listener.Addr().String()
}

// fetchOnce gets the tile as a browser would, compressed; from then on it is
// cached.
func fetchOnce(t *testing.T, addr, path string) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip")
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil || a.StatusCode != http.StatusOK || a.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("%s: status %d, %v, %v", path, a.StatusCode, a.Header, err)
	}
	return body
}

// load asks for one path over and over, each connection when it has its answer.
// It returns the number of answers, what they took together and the longest.
func load(t *testing.T, addr, path string, size int) (n int, wall, cpu, slowest time.Duration) {
	t.Helper()
	var answers, longest atomic.Int64
	var clients sync.WaitGroup
	before, start := peers.ProcessTime(), time.Now()
	for range loadConnections {
		clients.Go(func() {
			one, most, err := fetchFor(addr, path, size)
			if err != nil {
				t.Errorf("%s: %v", path, err)
			}
			answers.Add(int64(one))
			for was := longest.Load(); int64(most) > was && !longest.CompareAndSwap(was, int64(most)); was = longest.Load() {
			}
		})
	}
	clients.Wait()
	wall, cpu = time.Since(start), peers.ProcessTime()-before
	if n = int(answers.Load()); n == 0 {
		t.Fatalf("%s: no answer", path)
	}
	return n, wall, cpu, time.Duration(longest.Load())
}

// fetchFor is one connection of load: a client that does next to nothing, so
// that the server is what is measured.
func fetchFor(addr, path string, size int) (n int, slowest time.Duration, err error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return 0, 0, err
	}
	defer conn.Close()
	in := bufio.NewReaderSize(conn, 64<<10)
	request := []byte("GET " + path + " HTTP/1.1\r\nHost: " + addr + "\r\nAccept-Encoding: gzip\r\n\r\n")
	for start := time.Now(); time.Since(start) < loadFor; n++ {
		asked := time.Now()
		if _, err = conn.Write(request); err != nil {
			return n, slowest, err
		}
		if err = readAnswer(in, size); err != nil {
			return n, slowest, err
		}
		slowest = max(slowest, time.Since(asked))
	}
	return n, slowest, nil
}

func readAnswer(in *bufio.Reader, size int) error {
	head := textproto.NewReader(in)
	status, err := head.ReadLine()
	if err != nil || !strings.HasPrefix(status, "HTTP/1.1 200") {
		return fmt.Errorf("%q: %w", status, err)
	}
	length := ""
	for {
		line, err := head.ReadLine()
		if err != nil {
			return err
		}
		if line == "" {
			break
		}
		if v, ok := strings.CutPrefix(line, "Content-Length: "); ok {
			length = v
		}
	}
	if length != strconv.Itoa(size) {
		return fmt.Errorf("length %q, want %d", length, size)
	}
	_, err = in.Discard(size)
	return err
}
