//go:build peers

package api

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/textproto"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// question is one path and how long its answer is.
type question struct {
	Path string
	Size int
}

// onslaught is what the clients' process is told: to ask the questions at random,
// over so many connections, each when it has its answer.
type onslaught struct {
	Addr        string
	Connections int
	For         time.Duration
	Questions   []question
}

// endured is what it saw.
type endured struct {
	Answers        int
	Wall, P50, P99 time.Duration
	Slowest        time.Duration
	Wrong          string // the first answer that was not 200 of the size
}

// clientsTold names the variable that the clients' process is told by.
const clientsTold = "WANMI_PEERS_CLIENTS"

// TestPeers_ClientsProcess is the process of the clients, for [onslaught.run], so
// that the servers' processor time is theirs alone. Without being told it asks a
// server of its own, and counts.
func TestPeers_ClientsProcess(t *testing.T) {
	if told := os.Getenv(clientsTold); told != "" {
		var o onslaught
		if err := json.Unmarshal([]byte(told), &o); err != nil {
			t.Fatal(err)
		}
		out, err := json.Marshal(o.ask())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("\n%s%s\n", clientsTold, out)
		return
	}
	addr := listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := []byte(strings.Repeat("x", len(r.URL.Path)))
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		if _, err := w.Write(body); err != nil {
			panic(http.ErrAbortHandler)
		}
	}))
	o := onslaught{Addr: addr, Connections: 4, For: 200 * time.Millisecond, Questions: []question{{"/a", 2}, {"/abc", 4}}}
	if got := o.run(t); got.Answers < 4 || got.Wrong != "" || got.P50 > got.P99 || got.P99 > got.Slowest || got.Wall < o.For {
		t.Errorf("%+v", got)
	}
	o.Questions[0].Size = 3
	if got := o.run(t); got.Wrong == "" {
		t.Errorf("a wrong length is not told: %+v", got)
	}
}

// run has another process be the clients.
func (o *onslaught) run(t *testing.T) (got endured) {
	t.Helper()
	told, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestPeers_ClientsProcess$")
	cmd.Env = append(os.Environ(), clientsTold+"="+string(told))
	out, err := cmd.CombinedOutput()
	_, answer, found := bytes.Cut(out, []byte("\n"+clientsTold))
	if err != nil || !found {
		t.Fatalf("clients: %v\n%s", err, out)
	}
	line, _, _ := bytes.Cut(answer, []byte("\n"))
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatal(err)
	}
	return got
}

func (o *onslaught) ask() (all endured) {
	var mu sync.Mutex
	var took []time.Duration
	var clients sync.WaitGroup
	start := time.Now()
	for i := range o.Connections {
		clients.Go(func() {
			mine, err := o.connection(uint64(i), start)
			mu.Lock()
			defer mu.Unlock()
			took = append(took, mine...)
			if err != nil && all.Wrong == "" {
				all.Wrong = err.Error()
			}
		})
	}
	clients.Wait()
	all.Wall, all.Answers = time.Since(start), len(took)
	if len(took) > 0 {
		slices.Sort(took)
		all.P50, all.P99, all.Slowest = took[len(took)/2], took[len(took)*99/100], took[len(took)-1]
	}
	return all
}

func (o *onslaught) connection(seed uint64, start time.Time) (took []time.Duration, err error) {
	conn, err := net.Dial("tcp", o.Addr)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	in := bufio.NewReaderSize(conn, 64<<10)
	r := rand.New(rand.NewPCG(seed, 64))
	for time.Since(start) < o.For {
		q := o.Questions[r.IntN(len(o.Questions))]
		asked := time.Now()
		if _, err := conn.Write([]byte("GET " + q.Path + " HTTP/1.1\r\nHost: " + o.Addr + "\r\nAccept-Encoding: gzip\r\n\r\n")); err != nil {
			return took, err
		}
		if err := answered(in, q); err != nil {
			return took, err
		}
		took = append(took, time.Since(asked))
	}
	return took, nil
}

// answered reads an answer, which is to be 200 and of the size.
func answered(in *bufio.Reader, q question) error {
	head := textproto.NewReader(in)
	status, err := head.ReadLine()
	if err != nil || !strings.HasPrefix(status, "HTTP/1.1 200") {
		return fmt.Errorf("%s: %q: %w", q.Path, status, err)
	}
	length := -1
	for {
		line, err := head.ReadLineBytes()
		if err != nil {
			return err
		}
		if len(line) == 0 {
			break
		}
		if name, value, ok := bytes.Cut(line, []byte(": ")); ok && len(name) == 14 && bytes.EqualFold(name, []byte("Content-Length")) {
			length, _ = strconv.Atoi(string(value))
		}
	}
	if length != q.Size {
		return fmt.Errorf("%s: %d bytes, want %d", q.Path, length, q.Size)
	}
	_, err = in.Discard(length)
	return err
}
