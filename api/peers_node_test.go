//go:build peers

package api

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"github.com/wanmi-gis/wanmi/api/peers"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/tiler"
)

// nodePeers is one with the city in geojson-vt and supercluster.
type nodePeers struct {
	*peers.Node
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

	n := &nodePeers{Node: peers.StartNode(t, "peers", "tiles.mjs", files...)}
	var ready struct {
		CutNs, ClusterNs float64
		Sum              int
	}
	if err := n.Answer(&ready); err != nil {
		t.Fatal(err)
	}
	n.sum = ready.Sum
	t.Logf("beforehand geojson-vt cut tiles for %.1f s and supercluster its index for %.1f s", ready.CutNs/1e9, ready.ClusterNs/1e9)
	return n
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

// tile has a maker of peers/tiles.mjs make a tile; the time is what it takes
// inside of that process.
func (n *nodePeers) tile(maker string, id tiler.ID) (m peers.Made, err error) {
	if _, err := fmt.Fprintf(n.In, "%s %d %d %d\n", maker, id.Z, id.X, id.Y); err != nil {
		return m, err
	}
	var got struct {
		WallNs, CPUNs int64
		Body          string
	}
	if err := n.Answer(&got); err != nil {
		return m, err
	}
	m.Wall, m.CPU = time.Duration(got.WallNs), time.Duration(got.CPUNs)
	m.Body, err = base64.StdEncoding.DecodeString(got.Body)
	return m, err
}
