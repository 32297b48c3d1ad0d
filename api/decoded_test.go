package api_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/paulmach/orb/encoding/mvt"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// decoded is what some decoder read in a tile: layer → feature ids, sorted; for a
// sum of features its count, negative; 0 for others without an id.
type decoded map[string][]int64

func (d decoded) add(layer string, id int64) { d[layer] = append(d[layer], id) }

func (d decoded) sorted() decoded {
	for _, ids := range d {
		slices.Sort(ids)
	}
	return d
}

func (d decoded) equal(o decoded) bool {
	return maps.EqualFunc(d, o, slices.Equal[[]int64])
}

func (d decoded) String() string {
	text := ""
	for _, layer := range slices.Sorted(maps.Keys(d)) {
		text += fmt.Sprintf(" %s:%d", layer, len(d[layer]))
	}
	return text
}

func allLayers() []string {
	var out []string
	for _, l := range grids.MapLayers() {
		out = append(out, string(l))
	}
	return out
}

func decodeOrb(tb testing.TB, body []byte) decoded {
	tb.Helper()
	layers, err := mvt.Unmarshal(body)
	if err != nil {
		tb.Fatal(err)
	}
	out := decoded{}
	for _, l := range layers {
		for _, f := range l.Features {
			id, _ := f.ID.(float64)
			if count, ok := f.Properties["count"].(float64); ok {
				id = -count
			}
			out.add(l.Name, int64(id))
		}
	}
	return out.sorted()
}

// minZooms is from where each layer is drawn, as the catalogue says.
func (d *desk) minZooms(tb testing.TB) map[string]int {
	tb.Helper()
	var doc struct {
		Layers []struct {
			ID      string
			MinZoom int
		}
	}
	d.get(tb, "/tiles.json").read(tb, &doc)
	out := map[string]int{}
	for _, l := range doc.Layers {
		out[l.ID] = l.MinZoom
	}
	return out
}

// holds checks a tile of all layers against the snapshot by counting over all
// its features: single points exactly, lines and polygons by what must be
// there and what cannot be. It returns the number of features.
func (d *desk) holds(tb testing.TB, id tiler.ID, got decoded, mustShow func(*spatial.Shape, tiler.ID) bool) (n int) {
	tb.Helper()
	zooms := d.minZooms(tb)
	window := id.Box(tiler.Buffer)
	for _, layer := range grids.MapLayers() {
		ids := got[string(layer)]
		n += len(ids)
		if int(id.Z) < zooms[string(layer)] {
			if len(ids) > 0 {
				tb.Fatalf("%v: %s below its zoom %d", id, layer, zooms[string(layer)])
			}
			continue
		}
		if layer == grids.Cells && id.Z < 12 { // the mesh
			if slices.ContainsFunc(ids, func(id int64) bool { return id != 0 }) {
				tb.Fatalf("%v: the borders of cells have ids: %v", id, ids)
			}
			continue
		}
		if layer == grids.Components && id.Z < 14 {
			if there := d.countIn(layer, id); there != -sum(ids) {
				tb.Fatalf("%v %s: %d are counted, %d are there", id, layer, -sum(ids), there)
			}
			continue
		}
		points, may, must := []int64{}, map[int64]bool{}, []int64{}
		for i := range int32(d.snap.Count(layer)) {
			f := d.snap.Feature(layer, i)
			switch {
			case f.Shape == nil:
				if in, ok := tiler.At(f.At, id.Z); ok && in == id {
					points = append(points, f.FID)
				}
			case f.Shape.Box.Meets(window):
				may[f.FID] = true
				if mustShow(f.Shape, id) {
					must = append(must, f.FID)
				}
			}
		}
		slices.Sort(points)
		seen := []int64{}
		for _, fid := range ids {
			if !may[fid] {
				seen = append(seen, fid)
			}
		}
		if !slices.Equal(seen, points) {
			tb.Fatalf("%v %s: points %v, want %v", id, layer, seen, points)
		}
		for _, fid := range must {
			if !slices.Contains(ids, fid) {
				tb.Fatalf("%v %s: feature %d is not there", id, layer, fid)
			}
		}
		if compact := slices.Compact(slices.Clone(ids)); len(compact) != len(ids) {
			tb.Fatalf("%v %s: a feature twice in %v", id, layer, ids)
		}
	}
	return n
}

// countIn counts the features of a layer by the positions that stand for them.
func (d *desk) countIn(layer grids.Layer, id tiler.ID) (n int64) {
	for i := range d.snap.All(layer) {
		if in, ok := tiler.At(d.snap.Feature(layer, i).At, id.Z); ok && in == id {
			n++
		}
	}
	return n
}

func sum(list []int64) (n int64) {
	for _, v := range list {
		n += v
	}
	return n
}

// holdsCentre reports whether a polygon holds the middle of the tile.
func holdsCentre(s *spatial.Shape, id tiler.ID) bool {
	if s.Kind != spatial.Polygons {
		return false
	}
	side, _ := s.Contains(id.Box(0).Center())
	return side == spatial.Inside
}

// cannotMiss also holds for what has a vertex in the tile and is larger than a
// few units. Only of shapes without slivers: those may round to nothing.
func cannotMiss(s *spatial.Shape, id tiler.ID) bool {
	const units = 8
	x0, y0 := tiler.World(s.Box.Min)
	x1, y1 := tiler.World(s.Box.Max)
	if least := uint32(units) << max(20-int(id.Z), 0); x1-x0 < least || y0-y1 < least {
		return holdsCentre(s, id)
	}
	return holdsCentre(s, id) || slices.ContainsFunc(s.Coords, func(c spatial.Coord) bool {
		in, ok := tiler.At(c, id.Z)
		return ok && in == id
	})
}
