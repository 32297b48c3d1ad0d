package check

import (
	"fmt"
	"math"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/repair"
)

const (
	// twinM is how near two vertices in a row are to be one: neighbours on the
	// lattice are 0.9 to 1.6 cm apart.
	twinM = 0.016
	// spikeDegrees is the angle below which a corner is a spike; its sides are at
	// least spikeSideM long, else it is the rounding that makes it.
	spikeDegrees = 1.0
	spikeSideM   = 0.5
	// sliverM is the width below which a cell is a sliver: narrower than a lane.
	sliverM = 2.0
)

// checked layers are those whose polygons must be valid; of the cells and the
// divisions there must be one for each row.
var (
	tiledLayers = []grids.Layer{grids.Districts, grids.Streets, grids.Communities, grids.Zones, grids.Cells}
	otherLayers = []grids.Layer{
		grids.OwnershipAreas, grids.BaseWater, grids.BaseGreen, grids.BaseRoads, grids.BaseBuildings,
		grids.Components, grids.Addresses, grids.Resources,
	}
)

// checkShapes judges each polygon on its own. It runs alone: what it finds
// invalid the other families leave out.
func (x *exam) checkShapes(j *repair.Judge, s *sink) error {
	for _, name := range tiledLayers {
		l := x.layer[name]
		if l.hasShapes() {
			x.shapesMissing(l, s)
		}
		if err := x.checkLayer(j, l, s); err != nil {
			return err
		}
		l.index()
		x.fineFaults(l, s)
	}
	for _, name := range otherLayers {
		if err := x.checkLayer(j, x.layer[name], s); err != nil {
			return err
		}
	}
	x.checkCellShapes(s)
	return nil
}

// shapesMissing reports rows without a polygon where others have one.
func (x *exam) shapesMissing(l *layer, s *sink) {
	for i := range l.features {
		if l.shapes[i] != nil {
			continue
		}
		f := Finding{
			Rule: ruleShapeMissing, Features: []Ref{l.ref(int32(i))},
			Reason: "the row has no polygon", ReasonZH: "该记录没有面图形",
		}
		if at := l.features[i].At; at != (spatial.Coord{}) {
			f.At, f.Placed = at, true
		}
		s.add(f)
	}
}

// checkLayer finds polygons that cross or touch themselves.
func (x *exam) checkLayer(j *repair.Judge, l *layer, s *sink) error {
	for i, shape := range l.shapes {
		if shape == nil || simple(shape) {
			continue
		}
		reason, at, err := j.Fault(shape)
		if err != nil {
			return fmt.Errorf("%s %s: %w", l.name, l.features[i].Code, err)
		}
		if reason == "" {
			continue
		}
		l.invalid[i] = true
		s.add(Finding{
			Rule: ruleShapeInvalid, At: at, Placed: true, Shape: shape, Features: []Ref{l.ref(int32(i))},
			Reason:   "the polygon is not valid: " + reason,
			ReasonZH: "面图形无效：" + reasonZH(reason),
		})
	}
	return nil
}

// reasonZH translates what GEOS says; what is not known stays as it is.
func reasonZH(reason string) string {
	known := map[string]string{
		"Self-intersection":        "自相交",
		"Ring Self-intersection":   "环自相交",
		"Hole lies outside shell":  "内环在外环之外",
		"Holes are nested":         "内环嵌套",
		"Interior is disconnected": "内部不连通",
		"Nested shells":            "外环嵌套",
		"Duplicate Rings":          "重复环",
	}
	if zh, ok := known[reason]; ok {
		return zh
	}
	return reason
}

// simple tells of a polygon of one small ring that it is surely valid: no two
// of its edges meet but neighbours in their common end. Exact, and a tenth of
// what asking GEOS costs; of the others GEOS is asked.
func simple(s *spatial.Shape) bool {
	const small = 40
	ring := s.Coords
	if len(s.Ends) != 1 || len(ring) > small {
		return false
	}
	n := len(ring)
	for i := range n {
		a, b := ring[i], ring[(i+1)%n]
		if after := ring[(i+2)%n]; cross(a, b, after) == 0 && backwards(a, b, after) {
			return false
		}
		for k := i + 2; k < n; k++ {
			if i == 0 && k == n-1 {
				continue
			}
			if meet(a, b, ring[k], ring[(k+1)%n]) {
				return false
			}
		}
	}
	return true
}

// backwards tells whether a→b→c, on one line, turns back at b.
func backwards(a, b, c spatial.Coord) bool {
	return (int64(b.X)-int64(a.X))*(int64(c.X)-int64(b.X))+(int64(b.Y)-int64(a.Y))*(int64(c.Y)-int64(b.Y)) <= 0
}

// meet tells whether two segments share a position. Exact.
func meet(a, b, c, d spatial.Coord) bool {
	if max(a.X, b.X) < min(c.X, d.X) || max(c.X, d.X) < min(a.X, b.X) ||
		max(a.Y, b.Y) < min(c.Y, d.Y) || max(c.Y, d.Y) < min(a.Y, b.Y) {
		return false
	}
	return sign(cross(a, b, c))*sign(cross(a, b, d)) <= 0 && sign(cross(c, d, a))*sign(cross(c, d, b)) <= 0
}

func sign(v int64) int {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}

// fineFaults finds vertices that fall together and spikes.
func (x *exam) fineFaults(l *layer, s *sink) {
	for i, shape := range l.shapes {
		if shape == nil || l.invalid[i] {
			continue
		}
		for r := range shape.Ends {
			coords := shape.Part(r)
			ring := x.plane.ring(coords)
			n := len(ring)
			for k := range n {
				before, at, after := ring[(k+n-1)%n], ring[k], ring[(k+1)%n]
				if d := apart(at, after); d < twinM {
					s.add(Finding{
						Rule: ruleDuplicateVertex, At: coords[k], Placed: true, Features: []Ref{l.ref(int32(i))}, Measured: d, Unit: "m",
						Reason:   fmt.Sprintf("two vertices in a row are %.3f m apart", d),
						ReasonZH: fmt.Sprintf("相邻两个节点仅相距 %.3f 米", d),
					})
				}
				if a := cornerDegrees(before, at, after); a < spikeDegrees {
					s.add(Finding{
						Rule: ruleSpike, At: coords[k], Placed: true, Features: []Ref{l.ref(int32(i))}, Measured: a, Unit: "degree",
						Reason:   fmt.Sprintf("the border turns back at an angle of %.2f°", a),
						ReasonZH: fmt.Sprintf("边界在此折返，夹角 %.2f°", a),
					})
				}
			}
		}
	}
}

// cornerDegrees is the angle at b, 180 where a side is too short to tell.
func cornerDegrees(a, b, c point) float64 {
	p, q := apart(a, b), apart(c, b)
	if p < spikeSideM || q < spikeSideM {
		return 180
	}
	ux, uy, vx, vy := a.x-b.x, a.y-b.y, c.x-b.x, c.y-b.y
	sine := (float64(ux*vy) - float64(uy*vx)) / (p * q)
	cosine := (float64(ux*vx) + float64(uy*vy)) / (p * q)
	return math.Abs(math.Atan2(sine, cosine)) * 180 / math.Pi
}

// checkCellShapes finds cells in several parts and slivers.
func (x *exam) checkCellShapes(s *sink) {
	l := x.layer[grids.Cells]
	for i, shape := range l.shapes {
		if shape == nil || l.invalid[i] {
			continue
		}
		if n := len(shape.Shells); n > 1 {
			s.add(Finding{
				Rule: ruleCellParts, At: l.features[i].At, Placed: true, Shape: shape, Features: []Ref{l.ref(int32(i))},
				Measured: float64(n), Unit: "count",
				Reason:   fmt.Sprintf("the cell has %d parts", n),
				ReasonZH: fmt.Sprintf("网格由 %d 部分组成", n),
			})
		}
		outer := x.plane.ring(shape.Part(int(shape.Shells[0])))
		area := x.plane.areaM2(shape)
		if width := min(leastWidth(outer), 4*area/perimeterM(outer)); width < sliverM {
			s.add(Finding{
				Rule: ruleCellSliver, At: l.features[i].At, Placed: true, Shape: shape, Features: []Ref{l.ref(int32(i))},
				Measured: width, Unit: "m",
				Reason:   fmt.Sprintf("the cell is %.2f m wide", width),
				ReasonZH: fmt.Sprintf("网格宽仅 %.2f 米", width),
			})
		}
	}
}
