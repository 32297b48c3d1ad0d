package heatmap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler/heat"
)

const m2PerKM2 = 1e6

// areaWords say which areas are counted.
var areaWords = []string{"by", "hex_m"}

// areaLevel is a level of areas by its word.
type areaLevel struct {
	word  string
	level heat.Level
	layer grids.Layer
}

// levels are the words of by, hexagons aside.
var levels = [...]areaLevel{
	{"cell", heat.Cells, grids.Cells},
	{"zone", heat.Zones, grids.Zones},
	{"community", heat.Communities, grids.Communities},
	{"street", heat.Streets, grids.Streets},
	{"district", heat.Districts, grids.Districts},
}

// byHex is the word of hexagons, and usualHexM their width.
const (
	byHex     = "hex"
	usualHexM = 200
)

// readBy reads which areas are counted: an index of levels, or their number for
// hexagons.
func readBy(p *web.Params) (int, error) {
	var words []string
	for _, l := range levels {
		words = append(words, l.word)
	}
	words = append(words, byHex)
	text, ok := p.Find("by")
	if !ok {
		return 0, web.Refuse("by", "", "there are "+strings.Join(words, ", "), web.ErrMalformed)
	}
	if width, has := p.Find("hex_m"); has && text != byHex {
		return 0, web.Refuse("hex_m", width, "only with by="+byHex, web.ErrMalformed)
	}
	return oneOf(p, "by", words...)
}

// division says which area a thing lies in, by number.
type division struct {
	by       string
	km2      []float64 // on the ground
	hex      *HeatHex
	hexagons *heat.Hexagons // of by=hex; else areas of a level
	areas    *heat.Areas
	level    heat.Level
	layer    grids.Layer
	snap     *grids.Snapshot
}

// division makes the areas of a question.
func (a *ask) division(ctx context.Context, by int) (*division, error) {
	if by == len(levels) {
		return a.hexagons(ctx)
	}
	l := &levels[by]
	d := &division{by: l.word, areas: a.city.areas, level: l.level, layer: l.layer, snap: a.snap}
	d.km2 = make([]float64, len(d.areas.Codes(d.level)))
	for cell, km2 := range a.city.km2 {
		if n := d.areas.Of(d.level, uint32(cell)); n >= 0 {
			d.km2[n] += km2
		}
	}
	return d, nil
}

// hexagons reads how wide they are and cuts the city.
func (a *ask) hexagons(ctx context.Context) (*division, error) {
	width := float64(usualHexM)
	text, ok := a.params.Find("hex_m")
	if ok {
		var err error
		if width, err = strconv.ParseFloat(text, 64); err != nil {
			return nil, web.Refuse("hex_m", text, fmt.Sprintf("metres from side to side, %g to %g", heat.MinHexM, heat.MaxHexM), web.ErrMalformed)
		}
	}
	h, err := a.city.ground.Hexagons(ctx, width)
	if errors.Is(err, heat.ErrHexagons) {
		return nil, web.Refuse("hex_m", text, err.Error(), web.ErrImpossible)
	}
	if err != nil {
		return nil, err
	}
	d := &division{by: byHex, hexagons: h, hex: &HeatHex{width, h.AreaM2() / m2PerKM2}, snap: a.snap, km2: make([]float64, h.Len())}
	for n := range d.km2 {
		d.km2[n] = h.InsideM2(n) / m2PerKM2
	}
	return d, nil
}

// of is the area of what lies at a place in a cell, -1 for none.
func (d *division) of(at spatial.Coord, cell uint32) int32 {
	switch {
	case cell == heat.NoCell:
		return -1
	case d.hexagons != nil:
		return d.hexagons.Of(at)
	}
	return d.areas.Of(d.level, cell)
}

// count counts cases by area; rest are those of n that lie in none.
func (d *division) count(ctx context.Context, v *heat.View, p *heat.Predicate) (counts []int, n, rest int64, err error) {
	var by []int64
	if d.hexagons != nil {
		by, rest, err = d.hexagons.Count(ctx, v, p)
	} else {
		byCell := make([]int64, len(d.areas.Codes(heat.Cells)))
		inNone := int64(0)
		err = v.Each(ctx, p, func(r heat.Row) bool {
			if r.Cell == heat.NoCell {
				inNone++
			} else {
				byCell[r.Cell]++
			}
			return true
		})
		by, rest = d.areas.Fold(d.level, byCell)
		rest += inNone
	}
	counts, n = make([]int, len(by)), rest
	for i, k := range by {
		counts[i] = int(k)
		n += k
	}
	return counts, n, rest, err
}

func (d *division) code(n int) string {
	if d.hexagons != nil {
		return d.hexagons.Code(n)
	}
	return d.areas.Codes(d.level)[n]
}

// describe says of an area what does not depend on the cases.
func (d *division) describe(n int, area *HeatArea) {
	if d.hexagons == nil {
		if i := d.snap.Find(d.layer, area.Code); i != spatial.None {
			area.Name = d.snap.Feature(d.layer, i).Name
		}
		return
	}
	if area.KM2 == 0 && area.N == 0 {
		return // it is not told
	}
	inside, at := d.hexagons.InsideM2(n)/d.hexagons.AreaM2(), d.hexagons.Middle(n)
	area.number, area.Inside, area.Middle = n, &inside, &[2]web.Degrees{web.Degrees(at.Lon()), web.Degrees(at.Lat())}
}

// shape is the outline of an area as GeoJSON; nil where the city that is served by
// now has it no more.
func (d *division) shape(area *HeatArea) json.RawMessage {
	if d.hexagons != nil {
		out := []byte(`{"type":"Polygon","coordinates":[`)
		out = web.AppendAll(out, d.hexagons.Ring(area.number), func(b []byte, c spatial.Coord) []byte { return web.AppendPosition(b, c.Point()) })
		return append(out, `]}`...)
	}
	if n := d.snap.Find(d.layer, area.Code); n != spatial.None {
		return web.GeoJSON(d.snap.Feature(d.layer, n).Shape)
	}
	return nil
}

// basis says what the areas are.
func (d *division) basis() terms.Words {
	if d.hexagons == nil {
		return terms.Words{Chinese: "面积：所含单元网格的椭球面积之和。", English: "Areas: those of the cells in them, on the ellipsoid."}
	}
	wide := strconv.FormatFloat(d.hex.WidthM, 'f', -1, 64)
	return terms.Words{
		Chinese: "正六边形：对边距 " + wide + " 米，以城市平面坐标原点为起点等面积排列；比率按其落在辖区内的面积计算（inside 为所占比例）。",
		English: "Hexagons of " + wide + " m between opposite sides, of equal area in the city's plane, counted from its origin; rates are over the part that lies in the city (inside is its share).",
	}
}
