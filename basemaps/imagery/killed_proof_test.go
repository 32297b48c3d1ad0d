//go:build proof && gdal

package imagery

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// At work it is stopped this many times, the last but one by a request to end, the
// others by SIGKILL, each time within this share of the time that one run takes: six
// times never reach the end.
const (
	kills     = 6
	killShare = 0.16
)

// addition is the command, into one archive.
type addition struct {
	wanmi, out string
	sheets     []string
}

func (a addition) args(workers int) []string {
	return append([]string{"basemap", "add", "--name", "town", "--workers", strconv.Itoa(workers), "-o", a.out}, a.sheets...)
}

// stopped starts it and sends the signal when it is due; it must not end by itself,
// and leaves no archive.
func (a addition) stopped(t *testing.T, workers int, signal syscall.Signal, due func(ended <-chan struct{})) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), a.wanmi, a.args(workers)...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended, result := make(chan struct{}), error(nil)
	go func() {
		defer close(ended)
		result = cmd.Wait()
	}()
	due(ended)
	_ = cmd.Process.Signal(signal) // one that has ended is told below
	<-ended
	if result == nil {
		t.Fatalf("it ended before it was killed: %s", said.String())
	}
	if _, err := os.Stat(a.out); err == nil {
		t.Fatal("killed, and yet there is an archive")
	}
	if signal == syscall.SIGKILL && cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("it fell by itself: %v\n%s", result, said.String())
	}
	fmt.Printf("%v: %.1f MB are kept\n", signal, float64(size(a.out+".partial"))/1e6)
}

// size of a file, 0 where there is none.
func size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// resumedLine is of what the command says in the end.
var resumedLine = regexp.MustCompile(`\((\d+) of (\d+) blocks by an earlier run\)`)

// killed makes WebP in one run, and again with kills at random moments of its work and
// one while the archive itself is being written, and compares the bytes.
func killed(t *testing.T, wanmi, dir string, sheets []string) {
	t.Helper()
	whole := addition{wanmi, filepath.Join(dir, "whole.pmtiles"), sheets}
	cut := addition{wanmi, filepath.Join(dir, "cut.pmtiles"), sheets}
	one := run(t, wanmi, whole.args(2)...)
	fmt.Printf("WebP of quality %d, 2 processes: %v; %.1f MB\n", DefaultQuality, one, float64(size(whole.out))/1e6)
	if one.rss > maxRSS {
		t.Errorf("%d MB RSS", one.rss>>20)
	}
	seed := uint64(time.Now().UnixNano())
	fmt.Println("moments of seed", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for k := range kills {
		signal := syscall.SIGKILL
		if k == kills-2 {
			signal = syscall.SIGINT
		}
		moment := time.Duration(r.Float64() * killShare * float64(one.wall))
		cut.stopped(t, 1+k%3, signal, func(ended <-chan struct{}) {
			timer := time.NewTimer(moment)
			defer timer.Stop()
			select {
			case <-timer.C:
			case <-ended:
			}
		})
	}
	cut.stopped(t, 2, syscall.SIGKILL, func(ended <-chan struct{}) {
		look := time.NewTicker(100 * time.Microsecond)
		defer look.Stop()
		for size(cut.out+".writing") == 0 {
			select {
			case <-look.C:
			case <-ended:
				return
			}
		}
	})
	out, err := exec.CommandContext(t.Context(), wanmi, cut.args(3)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if m := resumedLine.FindSubmatch(out); m == nil || !bytes.Equal(m[1], m[2]) {
		t.Errorf("killed at the archive's writing, blocks are made again: %s", out)
	}
	a, err := os.ReadFile(whole.out)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(cut.out)
	if err != nil || !bytes.Equal(a, b) {
		t.Errorf("%d bytes after %d kills, %d in one run; %v", len(b), kills+1, len(a), err)
	}
	fmt.Printf("stopped %d times, with 1 to 3 workers: the same %d bytes\n", kills+1, len(a))
}
