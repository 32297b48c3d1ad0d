//go:build e2e

package main

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"
)

// TestE2EHeatIsReadAsItIsDrawn serves the town with five years of cases.
func TestE2EHeatIsReadAsItIsDrawn(t *testing.T) {
	url := serving(t, "demo", "--town", "--cases", "1100000", "--feed", "0", "--listen", "127.0.0.1:0", "--data", t.TempDir())
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "--prefix", "viewer/web", "run", "e2e:heat")
	npm.Env = append(os.Environ(), "WANMI_URL="+url)
	out, err := npm.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatalf("npm run e2e:heat: %v", err)
	}
}
