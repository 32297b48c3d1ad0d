package spatial

import (
	"math"
	"slices"
)

// maxNearBuckets is how many buckets are worth looking through: 30 m are 50.
const maxNearBuckets = 1 << 10

// Nearest is [Areas.Nearest] for a position for which Locate finds no area, with
// the same answers. An area within the radius has its border in one of the
// buckets there: where none is a border bucket nothing is near, which most
// positions outside a city are told in 50 ns, and where one is only its areas
// can be.
func (v *Coverage) Nearest(c Coord, radiusM float64) (area int32, metres float64) {
	mx, my := quantumM(c)
	var room [maxMembers]int32
	candidates, ok := v.bordersWithin(room[:0], c, radiusM/mx, radiusM/my)
	if !ok {
		return v.areas.Nearest(c, radiusM)
	}
	area = None
	for _, i := range candidates {
		var n nearestEdges
		n.find(v.areas.shapes[i], c, mx, my)
		d := math.Sqrt(n.d2)
		if d <= radiusM && (area == None || d < metres || (d == metres && i < area)) {
			area, metres = i, d
		}
	}
	return area, metres
}

// bordersWithin appends the areas whose border comes into the box that reaches
// so many quanta from c, and perhaps some more; ok is false where that is not
// told more quickly than by searching the tree.
func (v *Coverage) bordersWithin(areas []int32, c Coord, dx, dy float64) (_ []int32, ok bool) {
	const most = 1 << 31
	if !(dx >= 0 && dx < most && dy >= 0 && dy < most) {
		return nil, false
	}
	x, y := int64(c.X)-v.x0, int64(c.Y)-v.y0
	reachX, reachY := int64(dx)+nearQuanta, int64(dy)+nearQuanta
	west, east := max(x-reachX, 0)>>v.shift, min((x+reachX)>>v.shift, v.wide-1)
	south, north := max(y-reachY, 0)>>v.shift, min((y+reachY)>>v.shift, v.high-1)
	if west > east || south > north {
		return areas, true
	}
	if (east-west+1)*(north-south+1) > maxNearBuckets {
		return nil, false
	}
	for row := south; row <= north; row++ {
		for _, k := range v.buckets[row*v.wide+west : row*v.wide+east+1] {
			if k > firstOther {
				if k == bucketCrowded {
					return nil, false
				}
				continue
			}
			for _, i := range v.bordering(k) {
				if slices.Contains(areas, i) {
					continue
				}
				if len(areas) == cap(areas) {
					return nil, false
				}
				areas = append(areas, i)
			}
		}
	}
	return areas, true
}

// bordering returns the areas near a border bucket.
func (v *Coverage) bordering(k bucket) []int32 {
	if code := uint32(firstOther - k); code&1 == 0 {
		return v.forks[code>>5].areas[:]
	}
	b := v.border(k)
	return b.members
}
