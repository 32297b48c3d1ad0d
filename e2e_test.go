//go:build e2e

package main

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// serving starts the binary that make built and returns its address. It ends
// with the test, and must end well.
func serving(t *testing.T, args ...string) string {
	t.Helper()
	binary, err := filepath.Abs("wanmi")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s (make build): %v", binary, err)
	}
	first := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			if n == 0 {
				first <- lines.Text()
			}
			t.Log(lines.Text())
		}
		close(first)
	}()
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Errorf("stop: %v", err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("the server did not end well: %v", err)
		}
	})
	select {
	case line := <-first:
		url, ok := strings.CutPrefix(line, "listening on ")
		if !ok {
			t.Fatalf("the first line is %q, want the address", line)
		}
		return url
	case <-time.After(time.Minute):
		t.Fatal("not ready within a minute")
	}
	return ""
}

func TestE2EViewerShowsTheTownAndAgreesWithTheAPI(t *testing.T) {
	url := serving(t, "demo", "--town", "--cases", "0", "--feed", "0", "--listen", "127.0.0.1:0", "--data", t.TempDir())
	ctx, cancel := context.WithTimeout(context.Background(), 12*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "--prefix", "viewer/web", "run", "e2e")
	npm.Env = append(os.Environ(), "WANMI_URL="+url)
	out, err := npm.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatalf("npm run e2e: %v", err)
	}
}

func TestE2EReportOfTheCheckOpensWithoutANetwork(t *testing.T) {
	binary, err := filepath.Abs("wanmi")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if out, err := exec.Command(binary, "demo", "--town", "--cases", "0", "--feed", "0", "--build", "--data", dir).CombinedOutput(); err != nil {
		t.Fatalf("wanmi demo: %v\n%s", err, out)
	}
	town, err := filepath.Glob(filepath.Join(dir, "*.gpkg"))
	if err != nil || len(town) != 1 {
		t.Fatalf("%q, %v", town, err)
	}
	page, document := filepath.Join(dir, "report.html"), filepath.Join(dir, "report.json")
	if out, err := exec.Command(binary, "check", town[0], "--html", page, "--json", document).CombinedOutput(); err != nil {
		t.Fatalf("wanmi check: %v\n%s", err, out)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "--prefix", "viewer/web", "run", "e2e:report")
	npm.Env = append(os.Environ(), "WANMI_REPORT="+page, "WANMI_FINDINGS="+document)
	out, err := npm.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatalf("npm run e2e:report: %v", err)
	}
}
