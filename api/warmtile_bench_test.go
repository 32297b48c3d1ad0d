package api_test

import (
	"bufio"
	"bytes"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api"
)

// caller asks one question over a kept connection, on a thread of its own, so
// that its processor time can be taken off the process's.
type caller struct {
	conn    net.Conn
	answer  *bufio.Reader
	request []byte
}

func call(tb testing.TB, base, target string, head ...string) *caller {
	tb.Helper()
	host := strings.TrimPrefix(base, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { conn.Close() })
	request := "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n"
	for i := 0; i < len(head); i += 2 {
		request += head[i] + ": " + head[i+1] + "\r\n"
	}
	return &caller{conn, bufio.NewReaderSize(conn, 1<<16), []byte(request + "\r\n")}
}

// ask sends the request once and reads the answer; it returns its status and
// length.
func (c *caller) ask(tb testing.TB) (status, length int) {
	if _, err := c.conn.Write(c.request); err != nil {
		tb.Fatal(err)
	}
	for first := true; ; first = false {
		line, err := c.answer.ReadSlice('\n')
		if err != nil {
			tb.Fatal(err)
		}
		switch {
		case first:
			status, _ = strconv.Atoi(string(line[9:12]))
		case len(line) == 2:
			if _, err := c.answer.Discard(length); err != nil {
				tb.Fatal(err)
			}
			return status, length
		case bytes.HasPrefix(line, []byte("Content-Length: ")):
			length, _ = strconv.Atoi(string(line[16 : len(line)-2]))
		}
	}
}

// cpu is the processor time of the whole process (0) or this thread (1).
func cpu(tb testing.TB, who int) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(who, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// byTurns asks both sides by turns and reports how much processor time the first
// takes of the second's, serving alone counted, and how its rate compares: the
// medians of rounds.
func byTurns(b *testing.B, ours, theirs *caller) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const rounds, questions = 9, 1500
	var cost, rate []float64
	side := func(c *caller) (perCPU, perWall float64) {
		runtime.GC()
		self, own, start := cpu(b, syscall.RUSAGE_SELF), cpu(b, syscall.RUSAGE_THREAD), time.Now()
		for range questions {
			c.ask(b)
		}
		wall := time.Since(start)
		return float64(cpu(b, syscall.RUSAGE_SELF)-self-(cpu(b, syscall.RUSAGE_THREAD)-own)) / questions, float64(wall) / questions
	}
	var ourCPU, theirCPU []float64
	for b.Loop() {
		for range rounds {
			a, aWall := side(ours)
			z, zWall := side(theirs)
			ourCPU, theirCPU = append(ourCPU, a/1000), append(theirCPU, z/1000)
			cost, rate = append(cost, a/z), append(rate, zWall/aWall)
		}
	}
	median := func(v []float64) float64 { slices.Sort(v); return v[len(v)/2] }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(ourCPU), "µs-cpu")
	b.ReportMetric(median(theirCPU), "µs-cpu-other")
	b.ReportMetric(median(cost), "×cpu")
	b.ReportMetric(median(rate), "×rate")
}

// BenchmarkWarmTile sets a kept tile beside bare net/http that has the same
// bytes ready, and beside net/http's file server with a file of them.
func BenchmarkWarmTile(b *testing.B) {
	d := open(b, townPlan{})
	target := tileURL(strings.Join(allLayers(), ","), d.middle(14))
	r := d.get(b, target, "Accept-Encoding", "gzip")
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "tile.mvt"), r.body, 0o600); err != nil {
		b.Fatal(err)
	}
	tag := r.header.Get("ETag")
	bare := http.NewServeMux()
	bare.HandleFunc("GET /tiles/", func(w http.ResponseWriter, q *http.Request) {
		h := w.Header()
		for _, name := range []string{"Content-Type", "Content-Encoding", "Cache-Control", "Vary"} {
			h.Set(name, r.header.Get(name))
		}
		h.Set("ETag", tag)
		if q.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		h.Set("Content-Length", strconv.Itoa(len(r.body)))
		w.Write(r.body)
	})
	bare.Handle("GET /", http.FileServer(http.Dir(dir)))
	ours, theirs := serve(b, d), serve(b, api.NewServer(bare).Handler)
	again := []string{"Accept-Encoding", "gzip", "If-None-Match", tag}
	b.Logf("a tile of %d bytes in gzip", len(r.body))
	for _, c := range []struct {
		name, beside string
		head         []string
		status       int
	}{
		{"200-beside-net-http", target, again[:2], 200},
		{"304-beside-net-http", target, again, 304},
		{"200-beside-file-server", "/tile.mvt", again[:2], 200},
	} {
		first, second := call(b, ours, target, c.head...), call(b, theirs, c.beside, c.head...)
		a, n := first.ask(b)
		z, m := second.ask(b)
		if a != c.status || z != c.status || n != m {
			b.Fatalf("%s: %d of %d bytes, %d of %d", c.name, a, n, z, m)
		}
		b.Run(c.name, func(b *testing.B) { byTurns(b, first, second) })
	}
}
