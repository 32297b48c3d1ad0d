//go:build proof

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/demo"
)

// exporter is the program and the demo city, to be exported.
type exporter struct {
	binary, city string
	made         *grids.City
}

func newExporter(t *testing.T) *exporter {
	t.Helper()
	dir := t.TempDir()
	e := &exporter{binary: filepath.Join(dir, "wanmi"), city: filepath.Join(dir, "city.gpkg")}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", e.binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var err error
	if testing.Short() {
		e.made, err = demo.Town(1)
	} else {
		e.made, err = demo.City(demo.Options{Seed: 1})
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := cityfile.Create(t.Context(), e.city, e.made); err != nil {
		t.Fatal(err)
	}
	return e
}

func (e *exporter) command(t *testing.T, out string) *exec.Cmd {
	t.Helper()
	return exec.CommandContext(t.Context(), e.binary, "export", "--city", e.city, "--layers", "cells,components", "--zoom", "8-16", "-o", out)
}

// run exports and returns the file.
func (e *exporter) run(t *testing.T, out string) []byte {
	t.Helper()
	cmd := e.command(t, out)
	start := time.Now()
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s%.1f s, %.2f s of CPU on %d processors, %.1f MB, with the city's loading",
		said, time.Since(start).Seconds(), (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), runtime.GOMAXPROCS(0), float64(len(b))/1e6)
	return b
}

// TestProof_AKilledExportEndsWithTheSameBytes kills the program at random times
// and by both signals until it has ended, and compares with one that ran through.
func TestProof_AKilledExportEndsWithTheSameBytes(t *testing.T) {
	e := newExporter(t)
	dir := t.TempDir()
	rnd := rand.New(rand.NewPCG(8, 16))
	for _, format := range []string{"pmtiles", "mbtiles"} {
		whole := e.run(t, filepath.Join(dir, "whole."+format))
		if again := e.run(t, filepath.Join(dir, "again."+format)); !bytes.Equal(whole, again) {
			t.Fatalf("%s: two exports differ", format)
		}
		out := filepath.Join(dir, "killed."+format)
		kills := 0
		for {
			cmd := e.command(t, out)
			var said bytes.Buffer
			cmd.Stdout, cmd.Stderr = &said, &said
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			signal := syscall.SIGKILL
			if kills%3 == 2 {
				signal = syscall.SIGINT
			}
			// Later each time, so that it ends.
			timer := time.AfterFunc(time.Duration(float64(time.Second)*(0.2+rnd.Float64())*float64(1+kills)), func() { cmd.Process.Signal(signal) })
			err := cmd.Wait()
			timer.Stop()
			if err == nil {
				break
			}
			if kills++; kills > 60 {
				t.Fatalf("it does not end: %s", said.String())
			}
			if _, serr := os.Stat(out); serr == nil {
				t.Fatalf("killed (%v), and yet there is an archive", err)
			}
		}
		b, err := os.ReadFile(out)
		if err != nil || !bytes.Equal(b, whole) {
			t.Errorf("%s: %d bytes after %d kills, %d in one run; %v", format, len(b), kills, len(whole), err)
		}
		if kills == 0 && !testing.Short() {
			t.Errorf("%s: it was never killed", format)
		}
		t.Logf("%s: %d kills", format, kills)
	}
}

// TestProof_TheFormatsOwnLibraryReadsTheServersTiles has npm's pmtiles read the
// archive and compare each tile with the server's, and GDAL count the points.
func TestProof_TheFormatsOwnLibraryReadsTheServersTiles(t *testing.T) {
	e := newExporter(t)
	dir := t.TempDir()
	archive := filepath.Join(dir, "city.pmtiles")
	e.run(t, archive)
	snap, err := grids.NewSnapshot(e.made, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api.New(api.Options{Live: grids.NewLive(snap)}))
	defer server.Close()
	judges := filepath.Join(dir, "judges")
	if err := os.CopyFS(judges, os.DirFS(filepath.Join("basemaps", "pmtiles", "judges"))); err != nil {
		t.Fatal(err)
	}
	npm := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	npm.Dir = judges
	if out, err := npm.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	node := exec.CommandContext(t.Context(), "node", "read.mjs", archive, server.URL+"/tiles/cells,components")
	node.Dir = judges
	out, err := node.CombinedOutput()
	if err != nil {
		t.Fatalf("node (20 or later must be there): %v\n%s", err, out)
	}
	var seen struct {
		Tiles, Empty, Addressed int
		Layers                  []string
	}
	if err := json.Unmarshal(out, &seen); err != nil {
		t.Fatal(err)
	}
	if seen.Tiles == 0 || seen.Tiles != seen.Addressed || fmt.Sprint(seen.Layers) != "[cells components]" {
		t.Errorf("%s", out)
	}
	t.Logf("%s", out)
}
