package heatmap

import (
	"context"
	"math"
	"sync"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// heatBase is what the cases of areas are divided by.
type heatBase struct {
	of    []float64 // by area
	words terms.Words
	city  func(*HeatCity) **float64
	into  func(*HeatArea) **HeatRate
}

// some reports whether any area has any.
func (b *heatBase) some() bool {
	for _, v := range b.of {
		if v > 0 {
			return true
		}
	}
	return false
}

// bases are all that the city has and that fit the filter.
func (a *ask) bases(ctx context.Context, d *division) ([]heatBase, error) {
	var out []heatBase
	for _, baseOf := range []func(context.Context, *division) (heatBase, error){a.componentBase, a.roadBase, a.patrolBase} {
		b, err := baseOf(ctx, d)
		if err != nil {
			return nil, err
		}
		if b.some() {
			out = append(out, b)
		}
	}
	return out, nil
}

// lookThings is after how many things it is looked whether they are still wanted:
// to find the cell of one takes 1 µs.
const lookThings = 4096

// componentBase counts the components of the filter's class.
func (a *ask) componentBase(ctx context.Context, d *division) (heatBase, error) {
	b := heatBase{
		words: terms.Words{Chinese: "部件：按位置所在网格计数的同类部件。", English: "Components: those of the class, by the cell that holds them."},
		city:  func(c *HeatCity) **float64 { return &c.PerComponent },
		into:  func(of *HeatArea) **HeatRate { return &of.PerComponent },
	}
	if a.query.Kind == grids.EventKind {
		return b, nil
	}
	b.of = make([]float64, len(d.km2))
	seen := 0
	for i := range a.snap.All(grids.Components) {
		if seen++; seen%lookThings == 0 && ctx.Err() != nil {
			return b, ctx.Err()
		}
		c := a.snap.Component(i)
		if !a.matches(c.Category) {
			continue
		}
		if place := a.city.snap.Locate(c.At); place.Cell != spatial.None {
			if n := d.of(c.At, uint32(place.Cell)); n >= 0 {
				b.of[n]++
			}
		}
	}
	return b, nil
}

// roadPieceM is how long the pieces are into which roads are cut.
const roadPieceM = 10

// roadBase measures the roads.
func (a *ask) roadBase(ctx context.Context, d *division) (heatBase, error) {
	b := heatBase{
		of: make([]float64, len(d.km2)),
		words: terms.Words{
			Chinese: "道路：切成不超过 10 米的小段，每段计入其中点所在处。",
			English: "Roads: cut into pieces of at most 10 m, each counted where its middle lies.",
		},
		city: func(c *HeatCity) **float64 { return &c.PerRoadKM },
		into: func(of *HeatArea) **HeatRate { return &of.PerRoadKM },
	}
	pieces, err := a.city.roads.pieces(ctx, a.city.snap, a.snap)
	for i := range pieces {
		if n := d.of(pieces[i].at, pieces[i].cell); n >= 0 {
			b.of[n] += float64(pieces[i].km)
		}
	}
	return b, err
}

// roadPiece is a piece of road in a cell.
type roadPiece struct {
	at   spatial.Coord
	cell uint32
	km   float32
}

// cutRoads keeps the pieces as long as the city has the same roads.
type cutRoads struct {
	mu   sync.Mutex
	road *grids.Base // the first of those that it is about
	n    int
	is   []roadPiece
}

// pieces cuts the roads of a snapshot by the cells of another.
func (r *cutRoads) pieces(ctx context.Context, cells, of *grids.Snapshot) ([]roadPiece, error) {
	roads := of.City.Base[grids.BaseRoads]
	if len(roads) == 0 {
		return nil, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.road == &roads[0] && r.n == len(roads) {
		return r.is, nil
	}
	var out []roadPiece
	box := cells.Box(grids.Cells)
	for i := range of.All(grids.BaseRoads) {
		s := of.Feature(grids.BaseRoads, i).Shape
		if s == nil || s.Kind != spatial.Lines || !s.Box.Meets(box) {
			continue
		}
		for k := range s.Ends {
			line := s.Part(k)
			for j := 1; j < len(line); j++ {
				if ctx.Err() != nil {
					return nil, ctx.Err()
				}
				out = appendPieces(out, cells, line[j-1], line[j])
			}
		}
	}
	r.road, r.n, r.is = &roads[0], len(roads), out
	return out, nil
}

// appendPieces cuts a straight piece of road; what lies in no cell is left out.
func appendPieces(out []roadPiece, cells *grids.Snapshot, a, b spatial.Coord) []roadPiece {
	const most = 1 << 14 // a road across the country is none of the city's
	length := spatial.DistanceM(a, b)
	n := math.Min(math.Ceil(length/roadPieceM), most)
	for k := range int(n) {
		t := (float64(k) + 0.5) / n
		at := spatial.Coord{X: between(a.X, b.X, t), Y: between(a.Y, b.Y, t)}
		if p := cells.Locate(at); p.Cell != spatial.None {
			out = append(out, roadPiece{at, uint32(p.Cell), float32(length / n / 1000)})
		}
	}
	return out
}

func between(a, b int32, t float64) int32 {
	return a + int32(math.Round(float64(t*float64(int64(b)-int64(a)))))
}

// patrolBase spreads the hours of patrol.
func (a *ask) patrolBase(_ context.Context, d *division) (heatBase, error) {
	b := heatBase{
		words: terms.Words{
			Chinese: "巡查工时：按时段折算，责任网格的工时按面积摊到其单元网格；不足 1 小时的不计算。",
			English: "Patrol hours: those within the period; those of a zone are spread over its cells by area. None below one hour.",
		},
		city: func(c *HeatCity) **float64 { return &c.PerHour },
		into: func(of *HeatArea) **HeatRate { return &of.PerHour },
	}
	if !a.patrolled() {
		return b, nil
	}
	b.of = make([]float64, len(d.km2))
	hours := a.patrolHours()
	if d.hexagons == nil {
		for cell, h := range hours {
			if n := d.areas.Of(d.level, uint32(cell)); n >= 0 {
				b.of[n] += h
			}
		}
	} else {
		for _, p := range a.city.spread(hours, min(d.hex.WidthM/8, maxPatrolStepM)) {
			if n := d.hexagons.Of(p.At); n >= 0 {
				b.of[n] += p.Weight
			}
		}
	}
	for n, h := range b.of {
		if h < leastPatrolHours {
			b.of[n] = 0
		}
	}
	return b, nil
}
