package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/basemaps/archive"
	"github.com/wanmi-gis/wanmi/basemaps/osm"
	"github.com/wanmi-gis/wanmi/basemaps/pmtiles"
)

func osmCmd(file, out string) *basemapOSMCmd {
	return &basemapOSMCmd{File: file, Out: out, MinZoom: 4, MaxZoom: 15}
}

const townOSM = "basemaps/osm/testdata/town.osm.pbf"

func TestBasemapOSMMakesTheSameWholeArchiveEachTime(t *testing.T) {
	dir := t.TempDir()
	first, second := filepath.Join(dir, "a.pmtiles"), filepath.Join(dir, "b.pmtiles")
	for _, out := range []string{first, second} {
		if err := osmCmd(townOSM, out).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	a, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(second)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Error("the second archive has other bytes")
	}
	if err := (&verifyCmd{Files: []string{first}}).Run(t.Context()); err != nil {
		t.Error(err)
	}
	p, err := pmtiles.Open(bytes.NewReader(a), int64(len(a)))
	if err != nil {
		t.Fatal(err)
	}
	var about struct {
		Name, Attribution, Version string
		Layers                     []struct{ ID string } `json:"vector_layers"`
	}
	if err := json.Unmarshal(p.Metadata(), &about); err != nil {
		t.Fatal(err)
	}
	if about.Name != "town" || about.Attribution != "© OpenStreetMap contributors" || about.Version != "2023-11-14T22:13:20Z" {
		t.Errorf("%+v", about)
	}
	var layers []string
	for _, l := range about.Layers {
		layers = append(layers, l.ID)
	}
	slices.Sort(layers)
	want := osm.Names()
	slices.Sort(want)
	if !slices.Equal(layers, want) {
		t.Errorf("layers %q", layers)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) != 2 {
		t.Errorf("%q is left (%v)", left, err)
	}
}

func TestBasemapOSMSaysWhatIsWrongAndLeavesNoHalfFile(t *testing.T) {
	dir := t.TempDir()
	whole, err := os.ReadFile(townOSM)
	if err != nil {
		t.Fatal(err)
	}
	cut := write(t, "cut.osm.pbf", string(whole[:len(whole)-9]))
	text := write(t, "city.osm.pbf", "<?xml version='1.0'?>")
	there := write(t, "there.pmtiles", "")
	out := filepath.Join(dir, "out.pmtiles")
	zooms := osmCmd(townOSM, out)
	zooms.MinZoom = 16
	for _, c := range []struct {
		cmd    *basemapOSMCmd
		reason error
		says   string
	}{
		{osmCmd(cut, out), osm.ErrTruncated, "cut.osm.pbf: block at byte"},
		{osmCmd(text, out), osm.ErrNotPBF, "city.osm.pbf: block at byte 0"},
		{osmCmd(townOSM, there), archive.ErrExists, "there.pmtiles"},
		{osmCmd(townOSM, filepath.Join(dir, "out.tif")), nil, ".pmtiles or .mbtiles"},
		{zooms, nil, "--minzoom 16 is above --maxzoom 15"},
	} {
		err := c.cmd.Run(t.Context())
		if err == nil || c.reason != nil && !errors.Is(err, c.reason) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.says, err)
		}
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := osmCmd(townOSM, out).Run(stopped); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) != 0 {
		t.Errorf("%q is left (%v)", left, err)
	}
}
