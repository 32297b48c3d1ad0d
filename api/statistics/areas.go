package statistics

import (
	"bufio"
	"bytes"
	"context"
	"slices"
	"sync"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/stats"
	"github.com/wanmi-gis/wanmi/spatial"
)

// areaLayers are the areas that cases are counted by, the finest first.
var areaLayers = map[string]grids.Layer{
	"cell": grids.Cells, "zone": grids.Zones, "community": grids.Communities, "street": grids.Streets, "district": grids.Districts,
}

// areas are those that the filter looks after: each counts, also without a case.
type areas struct {
	snap  *grids.Snapshot
	layer grids.Layer
	rows  []int32          // in the layer
	cells []int32          // area of each of the city's cells, -1 for none
	codes map[string]int32 // area by the code that a case is known by: its zone's, else its cell's
}

// areasOf lists the areas of a layer in which the filter can find cases.
func (a *ask) areasOf(by string) *areas {
	snap, l := a.snap, areaLayers[by]
	out := &areas{snap: snap, layer: l, cells: make([]int32, len(snap.City.Cells)), codes: map[string]int32{}}
	place := map[int32]int32{}
	add := func(row int32) int32 {
		at, has := place[row]
		if !has {
			at = int32(len(out.rows))
			place[row] = at
			out.rows = append(out.rows, row)
		}
		return at
	}
	for i := range snap.City.Cells {
		out.cells[i] = -1
		row := out.above(int32(i))
		if row == spatial.None || !a.looksAfter(int32(i)) {
			continue
		}
		out.cells[i] = add(row)
		if l != grids.Zones {
			out.codes[snap.City.Cells[i].Code] = out.cells[i]
		}
	}
	if l != grids.Zones {
		return out
	}
	if snap.City.ZonesByGeometry { // they are not above cells
		for i := range snap.City.Zones {
			if len(a.query.Zones) == 0 || slices.Contains(a.query.Zones, snap.City.Zones[i].Code) {
				add(int32(i))
			}
		}
	}
	for at, row := range out.rows {
		out.codes[snap.City.Zones[row].Code] = int32(at)
	}
	return out
}

// above is the row of the layer that a cell lies in.
func (a *areas) above(cell int32) int32 {
	zone, community, street, district := a.snap.Chain(cell)
	switch a.layer {
	case grids.Zones:
		return zone
	case grids.Communities:
		return community
	case grids.Streets:
		return street
	case grids.Districts:
		return district
	}
	return cell
}

// looksAfter reports whether the filter can find cases in a cell.
func (a *ask) looksAfter(cell int32) bool {
	zone, community, street, district := a.snap.Chain(cell)
	for _, w := range [...]struct {
		codes []string
		layer grids.Layer
		row   int32
	}{
		{a.query.Cells, grids.Cells, cell},
		{a.query.Zones, grids.Zones, zone},
		{a.query.Communities, grids.Communities, community},
		{a.query.Streets, grids.Streets, street},
		{a.query.Districts, grids.Districts, district},
	} {
		if len(w.codes) > 0 && (w.row == spatial.None || !slices.Contains(w.codes, a.snap.Feature(w.layer, w.row).Code)) {
			return false
		}
	}
	return true
}

// of is the area of a case, -1 for none.
func (a *areas) of(r *cases.Row) int32 { return a.ofCodes(r.Cell, r.Zone) }

func (a *areas) ofCodes(cell, zone string) int32 {
	code := cell
	if a.layer == grids.Zones {
		code = zone
	}
	if at, has := a.codes[code]; has {
		return at
	}
	return -1
}

func (a *areas) feature(at int) *grids.Feature { return a.snap.Feature(a.layer, a.rows[at]) }

// Why a case is left out.
const (
	noArea     = "no_area"      // it lies in no area that is there now
	atPile     = "pile"         // it lies at a pile, and these are not to count
	isVoid     = "void"         // it was none
	noLimit    = "no_limit"     // its class has no time limit
	isHeld     = "held"         // its clock stands still
	notDue     = "not_due"      // it may still be in time
	noUnit     = "no_unit"      // nobody had it
	farOff     = "not_near"     // it lies off the borders
	unsent     = "undispatched" // it was sent to nobody
	outsideAll = "outside"      // it lies in neither target, ring nor control
)

// contiguityM is what may lie between cells that are meant to touch.
const contiguityM = 0.5

// touching remembers which cells touch: as long as the city has the same cells, they
// do not change.
type touching struct {
	mu    sync.Mutex
	cells *grids.Cell // the first of those that it is about
	n     int
	ready chan struct{}
	is    *stats.Neighbours
}

// cellNeighbours finds which cells touch, once for a set of cells. Who does not want
// to wait goes.
func (s *Jobs) cellNeighbours(ctx context.Context, snap *grids.Snapshot) (*stats.Neighbours, error) {
	cells := snap.City.Cells
	if len(cells) == 0 {
		return stats.NewNeighbours(0, nil), nil
	}
	t := &s.beside
	t.mu.Lock()
	if t.cells != &cells[0] || t.n != len(cells) {
		ready := make(chan struct{})
		t.cells, t.n, t.ready, t.is = &cells[0], len(cells), ready, nil
		s.work.Go(func() {
			defer close(ready)
			shapes := make([]*spatial.Shape, len(cells))
			for i := range cells {
				shapes[i] = cells[i].Shape
			}
			is := stats.Contiguity(shapes, contiguityM)
			t.mu.Lock()
			defer t.mu.Unlock()
			if t.ready == ready { // else the city has other cells by now
				t.is = is
			}
		})
	}
	ready := t.ready
	t.mu.Unlock()
	select {
	case <-ready:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	t.mu.Lock()
	is := t.is
	t.mu.Unlock()
	if is == nil || is.Len() != len(cells) {
		return s.cellNeighbours(ctx, snap)
	}
	return is, nil
}

// neighbours makes areas neighbours that have cells which touch.
func (a *areas) neighbours(ctx context.Context, s *Jobs) (*stats.Neighbours, error) {
	if a.layer == grids.Zones && a.snap.City.ZonesByGeometry {
		shapes := make([]*spatial.Shape, len(a.rows))
		for i := range a.rows {
			shapes[i] = a.feature(i).Shape
		}
		return stats.Contiguity(shapes, contiguityM), nil
	}
	cells, err := s.cellNeighbours(ctx, a.snap)
	if err != nil {
		return nil, err
	}
	var pairs [][2]int32
	for i, area := range a.cells {
		if area < 0 {
			continue
		}
		for _, j := range cells.Of(i) {
			if other := a.cells[j]; int(j) > i && other >= 0 && other != area {
				pairs = append(pairs, [2]int32{area, other})
			}
		}
	}
	return stats.NewNeighbours(len(a.rows), pairs), nil
}

// namedArea is an area of an answer.
type namedArea struct {
	Code string `json:"code"`
	Name string `json:"name,omitempty"`
}

func (a *areas) named(at int) namedArea {
	f := a.feature(at)
	return namedArea{f.Code, f.Name}
}

// maxLayerBytes bounds a map layer; what does not fit is counted.
const maxLayerBytes = 32 << 20

// drawing makes a map layer in memory.
type drawing struct {
	ctx     context.Context //nolint:containedctx // of the one call that draws
	text    bytes.Buffer
	l       *web.Layer
	dropped int
}

func draw(ctx context.Context) *drawing {
	d := &drawing{ctx: ctx}
	d.l = web.LayerTo(bufio.NewWriter(&d.text))
	return d
}

func (d *drawing) add(geometry []byte, end byte, properties any) {
	switch {
	case d.ctx.Err() != nil:
	case d.text.Len() > maxLayerBytes:
		d.dropped++
	default:
		d.l.Add(geometry, end, properties)
	}
}

func (d *drawing) area(a *areas, at int, properties any) {
	d.add(web.GeoJSON(a.feature(at).Shape), 0, properties)
}

func (d *drawing) point(at spatial.Coord, properties any) {
	d.add(web.AppendPosition([]byte(`{"type":"Point","coordinates":`), at.Point()), '}', properties)
}

func (d *drawing) lines(lines [][]spatial.Coord, properties any) {
	d.add(web.AppendAll([]byte(`{"type":"MultiLineString","coordinates":`), lines, func(b []byte, line []spatial.Coord) []byte {
		return web.AppendAll(b, line, func(b []byte, c spatial.Coord) []byte { return web.AppendPosition(b, c.Point()) })
	}), '}', properties)
}

// end closes the layer with the method beside its features.
func (d *drawing) end(method stats.Method) ([]byte, error) {
	more := map[string]any{"method": method}
	if d.dropped > 0 {
		more["features_dropped"] = d.dropped
	}
	if err := d.l.End(more); err != nil {
		return nil, err
	}
	return d.text.Bytes(), d.ctx.Err()
}
