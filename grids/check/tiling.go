package check

import (
	"fmt"
	"slices"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/repair"
)

// hairM is the width below which two borders were meant to be one. Rounding to
// the lattice moves each of two vertices by up to 0.8 cm; a gap that anyone
// surveyed is wider.
const hairM = 0.02

// tiling is one layer being judged by its suspect edges.
type tiling struct {
	x      *exam
	judge  *repair.Judge
	layer  *layer
	domain *layer // where the layer is to reach, or nil
	seams  []seam // suspects
	tree   spatial.Tree[int32]
}

// newTiling finds the suspects of a layer. Edges that run along the end of the
// domain are none.
func (x *exam) newTiling(j *repair.Judge, l, domain *layer) *tiling {
	t := &tiling{x: x, judge: j, layer: l}
	var all []seam
	for i, s := range l.shapes {
		if s != nil {
			all = addSeams(all, s, int32(i))
		}
	}
	t.seams = suspects(all)
	if domain == nil || !domain.hasShapes() || x.shifted[domain.name] != x.shifted[l.name] {
		return t
	}
	t.domain = domain
	all = all[:0]
	for i, s := range domain.shapes {
		if s != nil {
			all = addSeams(all, s, int32(i))
		}
	}
	t.seams = withoutEnds(t.seams, suspects(all))
	return t
}

// withoutEnds joins the suspects of a layer with those of its domain and leaves
// out where one edge of each runs the same way: there both end.
func withoutEnds(own, context []seam) (out []seam) {
	for i := range context {
		context[i].context = true
	}
	all := slices.Concat(own, context)
	slices.SortFunc(all, func(a, b seam) int { return a.along(&b) })
	for i := 0; i < len(all); {
		k := i + 1
		for k < len(all) && all[k].along(&all[i]) == 0 {
			k++
		}
		if k != i+2 || all[i].context == all[i+1].context || all[i].forward != all[i+1].forward {
			out = append(out, all[i:k]...)
		}
		i = k
	}
	return out
}

// index makes the suspects findable by place.
func (t *tiling) index() {
	for i := range t.seams {
		s := &t.seams[i]
		t.tree.Insert(spatial.EmptyBox().Extend(s.lo).Extend(s.hi), int32(i))
	}
}

// spot is a place with something wrong: faces that hang together.
type spot struct {
	face   repair.Face // the largest
	gap    bool        // in no row
	areaM2 float64     // of all
	widthM float64     // of the largest
	rows   []int32     // those that hold it, or those around where none does
}

func (s *spot) at() spatial.Coord { return rounded(s.face.X, s.face.Y) }

// spots are the faults of a tiling by kind.
type spots struct{ gaps, overlaps, outside, hairs []spot }

// faults cuts the suspects into faces and sorts these. Next to polygons that
// cross themselves nothing can be said; they are left out.
func (t *tiling) faults() (out spots, err error) {
	faces, err := t.judge.Faces(lines(t.seams))
	if err != nil {
		return out, fmt.Errorf("layer %s: %w", t.layer.name, err)
	}
	groups := map[string][]spot{}
	for _, f := range faces {
		rows := t.layer.holding(f.X, f.Y)
		within := t.domain == nil || len(t.domain.holding(f.X, f.Y)) > 0
		var kind string
		switch {
		case len(rows) == 0 && within:
			kind = "gap"
			rows = t.around(&f)
		case len(rows) > 1:
			kind = fmt.Sprint("overlap", rows)
		case len(rows) == 1 && !within:
			kind = fmt.Sprint("outside", rows)
		default:
			continue
		}
		if slices.ContainsFunc(rows, func(i int32) bool { return t.layer.invalid[i] }) {
			continue
		}
		s := spot{face: f, rows: rows, gap: kind == "gap"}
		s.areaM2, s.widthM = t.x.plane.measureFace(&f)
		groups[kind] = append(groups[kind], s)
	}
	for _, kind := range sortedKeys(groups) {
		for _, s := range hangingTogether(groups[kind]) {
			switch {
			case s.widthM < hairM:
				out.hairs = append(out.hairs, s)
			case kind == "gap":
				out.gaps = append(out.gaps, s)
			case kind[:3] == "ove":
				out.overlaps = append(out.overlaps, s)
			default:
				out.outside = append(out.outside, s)
			}
		}
	}
	return out, nil
}

// around returns the rows whose edges bound a face.
func (t *tiling) around(f *repair.Face) (rows []int32) {
	const reachQuanta = 1.5
	for _, ring := range f.Rings {
		for k := 1; k < len(ring); k++ {
			x, y := (ring[k-1][0]+ring[k][0])/2, (ring[k-1][1]+ring[k][1])/2
			c := rounded(x, y)
			t.tree.Search(spatial.Box{Min: c, Max: c}.Grow(2), func(i int32) bool {
				s := &t.seams[i]
				a, b := point{float64(s.lo.X), float64(s.lo.Y)}, point{float64(s.hi.X), float64(s.hi.Y)}
				if !s.context && !slices.Contains(rows, s.owner) && fromSegmentM(point{x, y}, a, b) < reachQuanta {
					rows = append(rows, s.owner)
				}
				return true
			})
		}
	}
	sortInts(rows)
	return rows
}

// hangingTogether joins spots whose faces share an edge.
func hangingTogether(all []spot) (out []spot) {
	if len(all) == 1 {
		return all
	}
	type edge struct{ ax, ay, bx, by float64 }
	of := make([]int, len(all)) // by spot: the first it hangs together with
	top := func(i int) int {
		for of[i] != i {
			i = of[i]
		}
		return i
	}
	seen := map[edge]int{}
	for i := range all {
		of[i] = i
		for _, r := range all[i].face.Rings {
			for k := 1; k < len(r); k++ {
				e := edge{r[k-1][0], r[k-1][1], r[k][0], r[k][1]}
				if e.ax > e.bx || (e.ax == e.bx && e.ay > e.by) {
					e = edge{e.bx, e.by, e.ax, e.ay}
				}
				if other, ok := seen[e]; ok {
					a, b := top(i), top(other)
					of[max(a, b)] = min(a, b)
				} else {
					seen[e] = i
				}
			}
		}
	}
	place := map[int]int{}
	for i, s := range all {
		k, ok := place[top(i)]
		if !ok {
			place[top(i)] = len(out)
			out = append(out, s)
			continue
		}
		o := &out[k]
		sum := o.areaM2 + s.areaM2
		if s.areaM2 > o.areaM2 {
			o.face = s.face
		}
		o.areaM2, o.widthM = sum, max(o.widthM, s.widthM)
		for _, r := range s.rows {
			if !slices.Contains(o.rows, r) {
				o.rows = append(o.rows, r)
			}
		}
		sortInts(o.rows)
	}
	return out
}

// checkCells judges how the cells tile the districts.
func (x *exam) checkCells(j *repair.Judge, s *sink) error {
	cells := x.layer[grids.Cells]
	t := x.newTiling(j, cells, x.domain())
	t.takeHoles(s)
	t.index()
	found, err := t.faults()
	if err != nil {
		return err
	}
	for _, g := range found.gaps {
		s.add(t.finding(ruleCellGap, &g,
			fmt.Sprintf("no cell holds %.2f m², up to %.2f m wide", g.areaM2, g.widthM),
			fmt.Sprintf("%.2f 平方米不属于任何网格，宽约 %.2f 米", g.areaM2, g.widthM)))
	}
	for _, g := range found.overlaps {
		s.add(t.finding(ruleCellOverlap, &g,
			fmt.Sprintf("%d cells overlap in %.2f m², up to %.2f m wide", len(g.rows), g.areaM2, g.widthM),
			fmt.Sprintf("%d 个网格重叠 %.2f 平方米，宽约 %.2f 米", len(g.rows), g.areaM2, g.widthM)))
	}
	for _, g := range found.outside {
		s.add(t.finding(ruleCellOutside, &g,
			fmt.Sprintf("%.2f m² of the cell lie outside every district", g.areaM2),
			fmt.Sprintf("网格有 %.2f 平方米不在任何区内", g.areaM2)))
	}
	t.nearMisses(s, found.hairs)
	return nil
}

// domain is the layer that says where the cells are to reach: the highest
// division that is drawn.
func (x *exam) domain() *layer {
	for _, name := range []grids.Layer{grids.Districts, grids.Streets, grids.Communities} {
		if l := x.layer[name]; l.hasShapes() && x.shifted[name] == x.shifted[grids.Cells] {
			return l
		}
	}
	return nil
}

func (t *tiling) finding(rule string, s *spot, en, zh string) Finding {
	f := Finding{
		Rule: rule, At: s.at(), Placed: true, Shape: shapeOf(&s.face),
		Measured: s.areaM2, Unit: "m2", Reason: en, ReasonZH: zh,
	}
	for _, i := range s.rows {
		f.Features = append(f.Features, t.layer.ref(i))
	}
	return f
}

// takeHoles reports the holes of cells that no other cell fills even in part,
// and takes their edges from the suspects.
func (t *tiling) takeHoles(s *sink) {
	type key struct{ lo, hi spatial.Coord }
	alone := map[key]int{}
	for i := range t.seams {
		alone[key{t.seams[i].lo, t.seams[i].hi}]++
	}
	taken := map[key]bool{}
	for i, shape := range t.layer.shapes {
		if shape == nil || t.layer.invalid[i] {
			continue
		}
		for p := range shape.Shells {
			from, to := shape.Rings(p)
			for r := from + 1; r < to; r++ {
				hole := &spatial.Shape{Kind: spatial.Polygons, Coords: shape.Part(r), Ends: []uint32{uint32(len(shape.Part(r)))}, Shells: []uint32{0}, Box: spatial.EmptyBox()}
				var keys []key
				for _, e := range addSeams(nil, hole, 0) {
					hole.Box = hole.Box.Extend(e.lo).Extend(e.hi)
					if alone[key{e.lo, e.hi}] == 1 {
						keys = append(keys, key{e.lo, e.hi})
					}
				}
				if len(keys) < len(hole.Coords) {
					continue // filled, or judged with what lies in it
				}
				for _, k := range keys {
					taken[k] = true
				}
				area := t.x.plane.areaM2(hole)
				s.add(Finding{
					Rule: ruleCellHole, At: hole.Representative(), Placed: true, Shape: hole,
					Features: []Ref{t.layer.ref(int32(i))}, Measured: area, Unit: "m2",
					Reason:   fmt.Sprintf("the cell has a hole of %.2f m² that no cell fills", area),
					ReasonZH: fmt.Sprintf("网格内有 %.2f 平方米的空洞，未被其他网格填补", area),
				})
			}
		}
	}
	if len(taken) > 0 {
		t.seams = slices.DeleteFunc(t.seams, func(e seam) bool { return taken[key{e.lo, e.hi}] })
	}
}
