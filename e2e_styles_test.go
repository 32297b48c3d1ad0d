//go:build e2e

package main

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"
)

func TestE2EStylesAreValidAndOpenInMapLibre(t *testing.T) {
	url := serving(t, "demo", "--town", "--listen", "127.0.0.1:0", "--data", t.TempDir())
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "--prefix", "viewer/web", "run", "e2e:styles")
	npm.Env = append(os.Environ(), "WANMI_URL="+url)
	out, err := npm.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatalf("npm run e2e:styles: %v", err)
	}
}
