package check

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/repair"
)

// Options say how a city is examined; the zero value is usable.
type Options struct {
	// At is the time whose rows are examined; the zero time is now. Retired
	// numbers and reversed dates are looked for in the rows of all times.
	At time.Time
	// AreaM2 is the band in which the area of a cell is to lie, in square
	// metres; zeros are 2,000 and 25,000: a fifth and two and a half times the
	// 10,000 m² of the name. Acceptance in a city's centre commonly asks for
	// 9,000 to 11,000.
	AreaM2 [2]float64
	// Workers is how many families of rules run at a time, 0 as many as there
	// are processors.
	Workers int
	// Progress is called with the name of each rule when it has been examined,
	// by one goroutine at a time; nil is allowed.
	Progress func(rule string)
}

// defaultBand is the area band of cells where the caller has none.
var defaultBand = [2]float64{2_000, 25_000}

// exam is one check as it runs. Families only read it, but for the first two,
// which run before the others and on their own.
type exam struct {
	Options
	ctx   context.Context
	whole *grids.City // rows of all times
	city  *grids.City // rows that hold
	plane plane
	cover *spatial.Coverage // of the cells
	layer map[grids.Layer]*layer

	shifted map[grids.Layer]bool // in another coordinate system
}

// layer is one layer with geometry: its rows and which of them take part.
type layer struct {
	name     grids.Layer
	features []*grids.Feature
	shapes   []*spatial.Shape // polygons, nil where there is none
	invalid  []bool           // polygons that cross themselves
	byCode   map[string]int32
	tree     spatial.Tree[int32] // of shapes
}

// family is a set of rules that are examined together.
type family struct {
	name  string
	rules []string
	run   func(*exam, *repair.Judge, *sink) error
}

// first are the families that decide what the others may rely on.
var first = []family{
	{"layers", []string{ruleLayerShifted}, (*exam).checkShifts},
	{"shapes", []string{ruleShapeMissing, ruleShapeInvalid, ruleDuplicateVertex, ruleSpike, ruleCellParts, ruleCellSliver}, (*exam).checkShapes},
}

var families = []family{
	{"components", []string{
		ruleComponentOutside, ruleComponentCell, ruleComponentCode, ruleCategory, ruleUnit, ruleState, ruleAccuracy, ruleDate,
	}, (*exam).checkComponents},
	{"tiling", []string{ruleCellGap, ruleCellOverlap, ruleCellOutside, ruleEdgeNearMiss, ruleEdgeUnmatched, ruleCellHole}, (*exam).checkCells},
	{"divisions", []string{ruleDivisionGap, ruleDivisionOverlap, ruleDivisionAcross}, (*exam).checkDivisions},
	{"borders", []string{ruleAcrossDistrict, ruleAcrossStreet, ruleAcrossCommunity, ruleCellElsewhere, ruleZoneNotUnion}, (*exam).checkBorders},
	{"ownership", []string{ruleOwnershipOverlap}, (*exam).checkOwnership},
	{"chain", []string{ruleOrphan, ruleEmptyDivision}, (*exam).checkChain},
	{"codes", []string{ruleCodeMissing, ruleDuplicateCode, ruleCodeReused, ruleValidity}, (*exam).checkCodes},
	{"cell codes", []string{ruleCodeFormat, ruleCodeChain, ruleCodeRange, ruleSerialRange, ruleSerialOrder, ruleUnexamined}, (*exam).checkCellCodes},
	{"areas", []string{ruleAreaBand, ruleAreaRecorded}, (*exam).checkAreas},
}

// Check examines a city as it holds at a time. It does not change it. The error
// is that of ctx, or of a judge that failed; what is wrong with the city is in
// the result.
func Check(ctx context.Context, city *grids.City, o Options) (*Result, error) {
	start := time.Now()
	if o.At.IsZero() {
		o.At = start
	}
	if o.AreaM2 == [2]float64{} {
		o.AreaM2 = defaultBand
	}
	if o.Workers < 1 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	x := newExam(ctx, city, o)
	r := &Result{City: city.Profile, Layers: map[grids.Layer]int{}, Counts: map[string]int{}}
	for _, l := range x.layer {
		r.Layers[l.name] = len(l.features)
	}
	r.Layers[grids.Units] = len(x.city.Units)
	for i := range first {
		if err := x.run(first[i:i+1], r); err != nil {
			return nil, err
		}
	}
	if err := x.run(families, r); err != nil {
		return nil, err
	}
	order(r.Findings)
	r.Took = time.Since(start)
	return r, nil
}

// run examines families side by side and adds what they find to r.
func (x *exam) run(all []family, r *Result) error {
	var (
		mu     sync.Mutex
		wait   sync.WaitGroup
		failed error
		turn   = make(chan struct{}, x.Workers)
	)
	for _, f := range all {
		wait.Add(1)
		turn <- struct{}{}
		go func() {
			defer wait.Done()
			defer func() { <-turn }()
			s := newSink()
			err := x.ctx.Err()
			if err == nil {
				err = f.run(x, repair.NewJudge(), s)
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				if failed == nil {
					failed = fmt.Errorf("check %s: %w", f.name, err)
				}
				return
			}
			r.Findings = append(r.Findings, s.kept...)
			for rule, n := range s.counts {
				r.Counts[rule] += n
			}
			if x.Progress != nil {
				for _, rule := range f.rules {
					x.Progress(rule)
				}
			}
		}()
	}
	wait.Wait()
	return failed
}

// newExam gathers the rows that hold.
func newExam(ctx context.Context, city *grids.City, o Options) *exam {
	now := city.HoldingAt(o.At)
	x := &exam{
		Options: o, ctx: ctx, whole: city, city: now, plane: plane{now.Plane},
		layer: map[grids.Layer]*layer{}, shifted: map[grids.Layer]bool{},
	}
	for name, features := range featuresOf(now) {
		x.layer[name] = newLayer(name, features)
	}
	x.cover = spatial.NewCoverage(spatial.NewAreas(x.layer[grids.Cells].shapes))
	return x
}

func newLayer(name grids.Layer, features []*grids.Feature) *layer {
	l := &layer{
		name: name, features: features,
		shapes: make([]*spatial.Shape, len(features)), invalid: make([]bool, len(features)),
		byCode: make(map[string]int32, len(features)),
	}
	for i, f := range features {
		if f.Shape != nil && f.Shape.Kind == spatial.Polygons && whole(f.Shape) {
			l.shapes[i] = f.Shape
		}
		if _, twice := l.byCode[f.Code]; !twice && f.Code != "" {
			l.byCode[f.Code] = int32(i)
		}
	}
	return l
}

// whole tells whether every ring has the three vertices that make one.
func whole(s *spatial.Shape) bool {
	for i := range s.Ends {
		if len(s.Part(i)) < 3 {
			return false
		}
	}
	return len(s.Shells) > 0
}

// index fills the tree of those layers whose polygons are asked for by place.
func (l *layer) index() {
	for i, s := range l.shapes {
		if s != nil {
			l.tree.Insert(s.Box, int32(i))
		}
	}
}

// find returns the row with the code, or spatial.None.
func (l *layer) find(code string) int32 {
	if i, ok := l.byCode[code]; ok {
		return i
	}
	return spatial.None
}

// ref names a row.
func (l *layer) ref(i int32) Ref {
	f := l.features[i]
	return Ref{l.name, f.Code, f.FID}
}

// hasShapes tells whether any row has a polygon.
func (l *layer) hasShapes() bool {
	for _, s := range l.shapes {
		if s != nil {
			return true
		}
	}
	return false
}

// featuresOf gives the rows of every layer that has geometry.
func featuresOf(c *grids.City) map[grids.Layer][]*grids.Feature {
	out := map[grids.Layer][]*grids.Feature{
		grids.Districts:      pointers(c.Districts, func(r *grids.District) *grids.Feature { return &r.Feature }),
		grids.Streets:        pointers(c.Streets, func(r *grids.Street) *grids.Feature { return &r.Feature }),
		grids.Communities:    pointers(c.Communities, func(r *grids.Community) *grids.Feature { return &r.Feature }),
		grids.Zones:          pointers(c.Zones, func(r *grids.Zone) *grids.Feature { return &r.Feature }),
		grids.Cells:          pointers(c.Cells, func(r *grids.Cell) *grids.Feature { return &r.Feature }),
		grids.Components:     pointers(c.Components, func(r *grids.Component) *grids.Feature { return &r.Feature }),
		grids.Addresses:      pointers(c.Addresses, func(r *grids.Address) *grids.Feature { return &r.Feature }),
		grids.Resources:      pointers(c.Resources, func(r *grids.Resource) *grids.Feature { return &r.Feature }),
		grids.OwnershipAreas: pointers(c.OwnershipAreas, func(r *grids.OwnershipArea) *grids.Feature { return &r.Feature }),
	}
	for _, l := range grids.BaseLayers() {
		out[l] = pointers(c.Base[l], func(r *grids.Base) *grids.Feature { return &r.Feature })
	}
	return out
}

func pointers[T any](rows []T, feature func(*T) *grids.Feature) []*grids.Feature {
	out := make([]*grids.Feature, len(rows))
	for i := range rows {
		out[i] = feature(&rows[i])
	}
	return out
}
