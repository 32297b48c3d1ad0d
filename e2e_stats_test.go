//go:build e2e

package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

func TestE2EStatisticsAreTheSameInTablesOnTheMapAndOverHTTP(t *testing.T) {
	binary, err := filepath.Abs("wanmi")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	// All cases are there before the first question: its answer stays the answer.
	town := []string{"demo", "--town", "--cases", "600000", "--feed", "0", "--data", dir}
	if out, err := exec.Command(binary, append(town, "--build")...).CombinedOutput(); err != nil {
		t.Fatalf("wanmi demo: %v\n%s", err, out)
	}
	url := serving(t, append(town, "--listen", "127.0.0.1:0")...)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "--prefix", "viewer/web", "run", "e2e:stats")
	npm.Env = append(os.Environ(), "WANMI_URL="+url)
	out, err := npm.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatalf("npm run e2e:stats: %v", err)
	}
}
