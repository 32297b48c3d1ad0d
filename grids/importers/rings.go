package importers

import (
	"math"

	"github.com/paulmach/orb"
)

// assemble makes polygons of the rings of a Shapefile's record, where a shell
// runs clockwise, a hole the other way, and nothing says which hole is in which
// shell: it is in the smallest shell around it. A hole in no shell is a shell that
// was drawn the wrong way round, as many programs do.
func assemble(rings [][]orb.Point) orb.Geometry {
	if len(rings) == 1 {
		return orb.Polygon{orb.Ring(rings[0])}
	}
	var shells, holes []turned
	for _, r := range rings {
		if len(r) == 0 {
			continue
		}
		t := turned{ring: r, bound: orb.MultiPoint(r).Bound(), doubleArea: doubleArea(r)}
		if t.doubleArea > 0 {
			holes = append(holes, t)
		} else {
			shells = append(shells, t)
		}
	}
	polygons := make([]orb.Polygon, 0, len(rings))
	for _, s := range shells {
		polygons = append(polygons, orb.Polygon{s.ring})
	}
	for _, h := range holes {
		if best := smallestAround(shells, h); best >= 0 {
			polygons[best] = append(polygons[best], h.ring)
		} else {
			polygons = append(polygons, orb.Polygon{h.ring})
		}
	}
	if len(polygons) == 1 {
		return polygons[0]
	}
	return orb.MultiPolygon(polygons)
}

// turned is a ring with its extent and its area, positive anticlockwise.
type turned struct {
	ring       orb.Ring
	bound      orb.Bound
	doubleArea float64
}

func doubleArea(r []orb.Point) float64 {
	var sum float64
	a := r[len(r)-1]
	for _, b := range r { // from the first vertex, to lose no digits far from the origin
		ax, ay, bx, by := a[0]-r[0][0], a[1]-r[0][1], b[0]-r[0][0], b[1]-r[0][1]
		sum += float64(ax*by) - float64(bx*ay)
		a = b
	}
	return sum
}

func smallestAround(shells []turned, h turned) int {
	best := -1
	for i, s := range shells {
		if !s.bound.Contains(h.bound.Min) || !s.bound.Contains(h.bound.Max) {
			continue
		}
		if best >= 0 && math.Abs(s.doubleArea) >= math.Abs(shells[best].doubleArea) {
			continue
		}
		if around(s.ring, h.ring) {
			best = i
		}
	}
	return best
}

// around says whether a ring lies in a shell, by the first of its vertices that is
// not on the shell's line.
func around(shell, ring orb.Ring) bool {
	for _, p := range ring {
		if in, on := within(shell, p); !on {
			return in
		}
	}
	return true
}

// within casts a ray to the east.
func within(ring orb.Ring, p orb.Point) (in, on bool) {
	a := ring[len(ring)-1]
	for _, b := range ring {
		side := float64((b[0]-a[0])*(p[1]-a[1])) - float64((p[0]-a[0])*(b[1]-a[1]))
		if side == 0 && min(a[0], b[0]) <= p[0] && p[0] <= max(a[0], b[0]) && min(a[1], b[1]) <= p[1] && p[1] <= max(a[1], b[1]) {
			return false, true
		}
		if (a[1] > p[1]) != (b[1] > p[1]) && (side > 0) == (b[1] > a[1]) {
			in = !in
		}
		a = b
	}
	return in, false
}
