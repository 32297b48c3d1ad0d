//go:build proof

package main

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestProof_WhatAReloadCostsItsReaders prints how long lookups and requests take
// while nothing happens, while the city is reloaded and while it is reloaded with
// the collector left alone, by turns in one run. The figures are reported, not
// judged: they are the machine's as much as ours.
func TestProof_WhatAReloadCostsItsReaders(t *testing.T) {
	rounds := 5
	if testing.Short() {
		rounds = 2
	}
	s := serveDemo(t)
	q := s.ask(t)
	capacity := s.capacity(t, q)
	states := []*state{
		{name: "idle"},
		{name: "reload", collector: debug.SetGCPercent},
		{name: "reload, collector left alone", collector: func(int) int { return 2 * reloadGCPercent }},
	}
	for range rounds {
		for _, st := range states {
			st.lookups = append(st.lookups, s.during(t, st, s.timeLookups))
			st.requests = append(st.requests, s.during(t, st, func(stop <-chan struct{}) []time.Duration {
				return s.timeRequests(t, q, capacity/5, stop)
			}))
		}
	}
	table := []string{
		"| | 1000 lookups p50 | p99 | p99.9 | GET /v1/geocode at 20 % load p50 | p99 | peak RSS | took |", "|---|---|---|---|---|---|---|---|",
	}
	for _, st := range states {
		table = append(table, fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %d MB | %.1f s |", st.name,
			median(st.lookups, 0.5), median(st.lookups, 0.99), median(st.lookups, 0.999),
			median(st.requests, 0.5), median(st.requests, 0.99), st.peakMB, st.took.Seconds()))
	}
	t.Logf("median of %d rounds; capacity %.0f requests/s\n%s", rounds, capacity, strings.Join(table, "\n"))
	t.Logf("p99 of lookups during a reload is %.2f times that of idle (target 9: at most 2)",
		float64(median(states[1].lookups, 0.99))/float64(median(states[0].lookups, 0.99)))
}

// state is what the server does while it is measured.
type state struct {
	name              string
	collector         func(int) int // nil for no reload
	lookups, requests [][]time.Duration
	peakMB            int
	took              time.Duration
}

// during measures while the state lasts: two seconds of idleness or one reload.
func (s *served) during(t *testing.T, st *state, measure func(stop <-chan struct{}) []time.Duration) []time.Duration {
	t.Helper()
	debug.FreeOSMemory()
	stop, measured := make(chan struct{}), make(chan []time.Duration, 1)
	go func() { measured <- measure(stop) }()
	start, ended := time.Now(), make(chan error, 1)
	go func() {
		if st.collector == nil {
			time.Sleep(2 * time.Second) // the length of a measurement
			ended <- nil
			return
		}
		s.collector = st.collector
		_, err := s.reload(t.Context(), "measured")
		ended <- err
	}()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatal(err)
			}
			st.took = time.Since(start)
			close(stop)
			return <-measured
		case <-look.C:
			st.peakMB = max(st.peakMB, residentMB())
		}
	}
}

// timeLookups times lookups by the thousand on one goroutine.
func (s *served) timeLookups(stop <-chan struct{}) (out []time.Duration) {
	ask := insideCells(s.keeper.Live().Current(), 1<<14)
	for k := 0; ; k++ {
		select {
		case <-stop:
			return out
		default:
		}
		snap, start := s.keeper.Live().Current(), time.Now()
		for i := range 1000 {
			snap.Locate(ask[(k*1000+i)%len(ask)])
		}
		out = append(out, time.Since(start))
	}
}

// capacity is how many requests a second two clients without pause get answered.
func (s *served) capacity(t *testing.T, q *questions) float64 {
	t.Helper()
	const seconds = 2
	n := make(chan int, 2)
	for range 2 {
		go func() {
			client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
			defer client.CloseIdleConnections()
			count := 0
			for start := time.Now(); time.Since(start) < seconds*time.Second; count++ {
				if _, _, err := q.put(client, s.base, count*3%len(q.paths)); err != nil {
					t.Error(err)
				}
			}
			n <- count
		}()
	}
	return float64(<-n+<-n) / seconds
}

// senders bounds how many requests are under way; what is due beyond them waits,
// and its wait counts.
const senders = 32

// timeRequests sends requests when they are due, whatever becomes of those
// before, and times each from when it was due.
func (s *served) timeRequests(t *testing.T, q *questions, perSecond float64, stop <-chan struct{}) (out []time.Duration) {
	client := &http.Client{Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: senders}}
	defer client.CloseIdleConnections()
	var next atomic.Int64
	var mu sync.Mutex
	var under sync.WaitGroup
	start := time.Now()
	for range senders {
		under.Go(func() {
			for {
				k := next.Add(1) - 1
				due := start.Add(time.Duration(float64(k) / perSecond * float64(time.Second)))
				select {
				case <-stop:
					return
				case <-time.After(time.Until(due)):
				}
				i := int(k) * 3 % len(q.paths) // every third question is geocode
				if _, _, err := q.put(client, s.base, i); err != nil {
					t.Error(err)
				}
				mu.Lock()
				out = append(out, time.Since(due))
				mu.Unlock()
			}
		})
	}
	under.Wait()
	return out
}

func quantile(d []time.Duration, p float64) time.Duration {
	slices.Sort(d)
	return d[int(float64(len(d)-1)*p)]
}

// median is that of the rounds' quantiles.
func median(rounds [][]time.Duration, p float64) time.Duration {
	var all []time.Duration
	for _, r := range rounds {
		all = append(all, quantile(r, p))
	}
	return quantile(all, 0.5).Round(time.Microsecond)
}
