//go:build peers

package api

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/tiler"
)

// nodeProcess is a program of the folder peers: it is told by lines, and answers in
// lines of JSON.
type nodeProcess struct {
	in  io.Writer
	out *bufio.Reader
}

// nodePeers is one with the city in geojson-vt and supercluster.
type nodePeers struct {
	*nodeProcess
	// sum is how many components supercluster's clusters have.
	sum int
}

func startNodePeers(t *testing.T, snap *grids.Snapshot) *nodePeers {
	t.Helper()
	dir := t.TempDir()
	files := []string{"components", "positions", "cells"}
	for i, name := range files {
		files[i] = filepath.Join(dir, name+".geojson")
	}
	writeGeoJSON(t, files[0], snap, grids.Components, geometryOf)
	writeGeoJSON(t, files[1], snap, grids.Components, func(f *grids.Feature) orb.Geometry { return f.At.Point() })
	writeGeoJSON(t, files[2], snap, grids.Cells, geometryOf)

	n := &nodePeers{nodeProcess: startNode(t, "peers", "tiles.mjs", files...)}
	var ready struct {
		CutNs, ClusterNs float64
		Sum              int
	}
	if err := n.answer(&ready); err != nil {
		t.Fatal(err)
	}
	n.sum = ready.Sum
	t.Logf("beforehand geojson-vt cut tiles for %.1f s and supercluster its index for %.1f s", ready.CutNs/1e9, ready.ClusterNs/1e9)
	return n
}

// startNode starts a program of a folder, with its packages.
func startNode(t *testing.T, folder, program string, args ...string) *nodeProcess {
	t.Helper()
	install := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	install.Dir = folder
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm ci in %s: %v\n%s", folder, err, out)
	}
	node := exec.Command("node", append([]string{"--max-old-space-size=12288", program}, args...)...)
	node.Dir, node.Stderr = folder, os.Stderr
	in, err := node.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatalf("node (20 or later) must be there: %v", err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := node.Wait(); err != nil {
			t.Errorf("node: %v", err)
		}
	})
	return &nodeProcess{in: in, out: bufio.NewReaderSize(out, 1<<20)}
}

func writeGeoJSON(t *testing.T, path string, snap *grids.Snapshot, l grids.Layer, geometry func(*grids.Feature) orb.Geometry) {
	t.Helper()
	all := geojson.NewFeatureCollection()
	for i := range snap.All(l) {
		f := snap.Feature(l, i)
		g := geojson.NewFeature(geometry(f))
		g.ID = f.FID
		for _, v := range rowOf(snap, l, i) {
			g.Properties[v.name] = v.text
		}
		all.Append(g)
	}
	b, err := json.Marshal(all)
	if err == nil {
		err = os.WriteFile(path, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (n *nodeProcess) answer(into any) error {
	line, err := n.out.ReadBytes('\n')
	if err != nil {
		return err
	}
	return json.Unmarshal(line, into)
}

// tile has a maker of peers/tiles.mjs make a tile; the time is what it takes
// inside of that process.
func (n *nodePeers) tile(maker string, id tiler.ID) (m made, err error) {
	if _, err := fmt.Fprintf(n.in, "%s %d %d %d\n", maker, id.Z, id.X, id.Y); err != nil {
		return m, err
	}
	var got struct {
		WallNs, CPUNs int64
		Body          string
	}
	if err := n.answer(&got); err != nil {
		return m, err
	}
	m.wall, m.cpu = time.Duration(got.WallNs), time.Duration(got.CPUNs)
	m.body, err = base64.StdEncoding.DecodeString(got.Body)
	return m, err
}
