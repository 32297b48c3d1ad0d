//go:build proof

package api_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/grids/cases"
)

// TestProof_AThousandListenersHearEveryEventOnce has 1,000 clients listen for ten
// minutes while 50 events a second are appended. Each is cut off every 5 to 35
// seconds, some stay away for a while, and comes back with the id it heard last; a
// few stay away for longer than events are kept in memory. Every one hears every
// event once and in order. Heap and goroutines of minute 2 and 10 are the same.
func TestProof_AThousandListenersHearEveryEventOnce(t *testing.T) {
	const perSecond = 50
	listeners, lasts, early := 1000, 10*time.Minute, 2*time.Minute
	if testing.Short() {
		listeners, lasts, early = 1000, 30*time.Second, 10*time.Second
	}
	aThousandListeners(t, listeners, perSecond, lasts, early)
}

func aThousandListeners(t *testing.T, listeners, perSecond int, lasts, early time.Duration) {
	h := newBoardroom(t, api.Options{})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	total := int(lasts.Seconds()) * perSecond
	var cuts, replays, bytes, busy atomic.Int64
	var slowest atomic.Int64
	sentAt := make([]atomic.Int64, total+1) // by entry of the feed
	h.board.Follow(cases.BoardFollower{Coming: func(c *cases.BoardChange) {
		for i := range c.Steps {
			sentAt[c.Steps[i].Seq].Store(time.Now().UnixNano())
		}
	}, Published: func(*cases.BoardChange) {}})
	var all sync.WaitGroup
	ready := make(chan struct{}, listeners)
	for k := range listeners {
		all.Go(func() {
			l := &follower{base: h.base, rnd: rand.New(rand.NewPCG(9, uint64(k))), id: "test-0", want: total, cuts: &cuts, replays: &replays, bytes: &bytes, busy: &busy, slowest: &slowest, sentAt: sentAt}
			if err := l.run(ctx, ready); err != nil {
				t.Errorf("listener %d: %v", k, err)
			}
		})
	}
	for range listeners {
		<-ready
	}
	began := time.Now()
	var was [2]usage
	before := processor()
	turns, sent := make(chan int, total), sync.WaitGroup{}
	for range 16 { // who report at the same time share an fsync
		sent.Go(func() { h.work(t, turns) })
	}
	measured := false
	for n := range total {
		<-time.After(time.Until(began.Add(time.Duration(n) * time.Second / time.Duration(perSecond))))
		turns <- n
		if !measured && time.Since(began) >= early {
			was[0], measured = use(), true
		}
	}
	close(turns)
	sent.Wait()
	was[1] = use()
	sending, spent := time.Since(began), processor()-before
	all.Wait()
	t.Logf("%d listeners, %d events in %v: %d connections cut and resumed, %d of them told from the feed, %d refused or not answered in time, %.1f GB heard, the slowest of those heard at once %v",
		listeners, total, sending.Round(time.Second), cuts.Load(), replays.Load(), busy.Load(), float64(bytes.Load())/1e9, time.Duration(slowest.Load()))
	t.Logf("%.2f s of a processor for each second, server and clients together", spent.Seconds()/sending.Seconds())
	t.Logf("after %v: heap %d MB, %d goroutines, RSS %d MB; at the end: heap %d MB, %d goroutines, RSS %d MB; %d cases on the board",
		early, was[0].heap>>20, was[0].goroutines, was[0].rss, was[1].heap>>20, was[1].goroutines, was[1].rss, h.board.View().Len())
	// The board's own cases grow with the events: some 400 bytes each, and more in the test's own lists.
	grown := int64(was[1].heap) - int64(was[0].heap) - int64(total)*1024
	if grown > 32<<20 {
		t.Errorf("the heap grew by %d MB besides the cases", grown>>20)
	}
	if was[1].goroutines > was[0].goroutines+listeners/10+100 {
		t.Errorf("%d goroutines, then %d", was[0].goroutines, was[1].goroutines)
	}
}

type usage struct {
	heap       uint64
	goroutines int
	rss        int
}

func use() usage {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	rss := 0
	if b, err := os.ReadFile("/proc/self/statm"); err == nil {
		pages, _ := strconv.Atoi(strings.Fields(string(b))[1])
		rss = pages * os.Getpagesize() >> 20
	}
	return usage{m.HeapAlloc, runtime.NumGoroutine(), rss}
}

// work does the turns: of three cases two are reported and one of those is made
// void.
func (h *boardroom) work(t *testing.T, turns <-chan int) {
	var open []cases.ID
	k := 0
	for n := range turns {
		if k++; k%3 != 0 {
			open = append(open, h.do(t, h.report(n)))
			continue
		}
		id := open[0]
		open = open[1:]
		h.do(t, cases.Request{Case: id, Kind: cases.Void, Actor: officer, Details: cases.Details{Note: "duplicate"}})
	}
}

// processor is the processor time spent by this process.
func processor() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // cannot fail for self
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// follower is one client that comes and goes.
type follower struct {
	base                                string
	rnd                                 *rand.Rand
	id                                  string
	since                               int64 // when it was there again, and had a second
	arrived                             bool
	want, heard                         int
	cuts, replays, bytes, busy, slowest *atomic.Int64
	sentAt                              []atomic.Int64
}

func (l *follower) run(ctx context.Context, ready chan<- struct{}) error {
	for l.heard < l.want {
		if err := l.once(ctx, ready); err != nil {
			return err
		}
		if l.heard == l.want {
			break
		}
		l.cuts.Add(1)
		away := time.Duration(l.rnd.IntN(500)) * time.Millisecond
		if l.rnd.IntN(60) == 0 {
			away = 60 * time.Second // 3,000 events, with their tiles more than are kept
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(away):
		}
	}
	return nil
}

// once listens until it is cut off, by itself, after a while.
func (l *follower) once(ctx context.Context, ready chan<- struct{}) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", strings.TrimPrefix(l.base, "http://"))
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "GET /v1/stream HTTP/1.1\r\nHost: x\r\nLast-Event-ID: %s\r\n\r\n", l.id); err != nil {
		l.busy.Add(1)
		return nil // it comes again
	}
	in := bufio.NewReaderSize(conn, 8<<10)
	answer, err := http.ReadResponse(in, nil)
	if err != nil { // a busy machine takes more than the five seconds for a head
		l.busy.Add(1)
		return nil // it comes again
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusServiceUnavailable {
		l.busy.Add(1)
		return nil // it comes again
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", answer.StatusCode)
	}
	l.since = time.Now().Add(time.Second).UnixNano()
	l.arrive(ready)
	if err := conn.SetReadDeadline(time.Now().Add(time.Duration(5+l.rnd.IntN(30)) * time.Second)); err != nil {
		return err
	}
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 1<<20)
	kind, id := "", ""
	for l.heard < l.want && lines.Scan() {
		text := lines.Text()
		l.bytes.Add(int64(len(text)) + 1)
		switch {
		case strings.HasPrefix(text, "event: "):
			kind = text[len("event: "):]
		case strings.HasPrefix(text, "id: "):
			id = text[len("id: "):]
		case strings.HasPrefix(text, "data: ") && kind == "city":
			if strings.Contains(text, "missed") {
				return fmt.Errorf("after %s: %s", l.id, text)
			}
			l.replays.Add(1)
		case text == "":
			if err := l.take(kind, id); err != nil {
				return err
			}
			kind, id = "", ""
		}
	}
	return nil // cut off; the last event may have come in part
}

// arrive tells once that it listens.
func (l *follower) arrive(ready chan<- struct{}) {
	if !l.arrived {
		l.arrived = true
		ready <- struct{}{}
	}
}

// take counts an event that came whole.
func (l *follower) take(kind, id string) error {
	if id == "" {
		return nil
	}
	l.id = id
	if kind != "case" {
		return nil
	}
	seq, err := strconv.Atoi(id[len("test-"):])
	if err != nil || seq != l.heard+1 {
		return fmt.Errorf("event %s after %d", id, l.heard)
	}
	l.heard = seq
	sent := l.sentAt[seq].Load()
	if d := time.Now().UnixNano() - sent; sent > l.since && d > l.slowest.Load() {
		l.slowest.Store(d)
	}
	return nil
}
