package spatial

import (
	"cmp"
	"slices"
)

// The raster's size. There is no bucket smaller than 512 quanta (5.7 m on the
// meridian) and there are at most as many as maxBuckets and as bucketsPerEdge
// says. The reference city (90 km², 8,118 cells) gets 861,000 of 11 m, of which
// a fifth are border buckets: 10 MB in all. Half as wide they take 24 MB, which
// do not stay in a processor's cache; twice as wide 4 MB, but a third are border
// buckets, fewer of them forks: no faster, and a third slower where borders have
// a vertex every 10 m.
const (
	minShift       = 9
	maxBuckets     = 8 << 20
	bucketsPerEdge = 8
	fewBuckets     = 1 << 12
)

// nearQuanta is how far off a bucket an edge still counts as near it: all that
// SnapQuanta reaches, and the rounding of the raster walk.
const nearQuanta = 2

// segment is an edge and the area whose border it is part of, a before b.
type segment struct {
	a, b Coord
	area int32
}

// NewCoverage builds the coverage of the areas: 8,118 cells in about 0.15 s.
func NewCoverage(areas *Areas) *Coverage {
	v := &Coverage{areas: areas}
	return v.build(minShift)
}

// build fills the coverage with buckets of 1<<shift quanta or larger.
func (v *Coverage) build(shift uint8) *Coverage {
	segments := segmentsOf(v.areas.shapes)
	if len(segments) == 0 {
		return v
	}
	r := raster{v: v, segments: segments}
	r.frame(shift)
	r.fill()
	r.sweep()
	v.gaps = r.findGaps()
	r.markGaps()
	r.findForks()
	return v
}

// segmentsOf returns the edges of all polygons, equal ones side by side.
func segmentsOf(shapes []*Shape) []segment {
	n := 0
	for _, s := range shapes {
		if s != nil && s.Kind == Polygons {
			n += len(s.Coords)
		}
	}
	out := make([]segment, 0, n)
	for i, s := range shapes {
		if s == nil || s.Kind != Polygons {
			continue
		}
		for a, b := range s.edges {
			if compare(b, a) < 0 {
				a, b = b, a
			}
			out = append(out, segment{a, b, int32(i)})
		}
	}
	slices.SortFunc(out, func(s, t segment) int {
		if c := compare(s.a, t.a); c != 0 {
			return c
		}
		if c := compare(s.b, t.b); c != 0 {
			return c
		}
		return cmp.Compare(s.area, t.area)
	})
	return out
}

func compare(a, b Coord) int {
	if a.X != b.X {
		return cmp.Compare(a.X, b.X)
	}
	return cmp.Compare(a.Y, b.Y)
}

// raster is a coverage under construction.
type raster struct {
	v        *Coverage
	segments []segment
	// near lists the segments near each bucket that has any, in the order of
	// the buckets; ends[k] is where the k-th such bucket's end.
	near   []int32
	ends   []int32
	picked []segment
	crowds []crowd
}

// frame lays the raster over the segments.
func (r *raster) frame(shift uint8) {
	v, box := r.v, EmptyBox()
	for _, s := range r.segments {
		box = box.Extend(s.a).Extend(s.b)
	}
	v.x0, v.y0 = int64(box.Min.X)-nearQuanta, int64(box.Min.Y)-nearQuanta
	width, height := int64(box.Max.X)+nearQuanta-v.x0, int64(box.Max.Y)+nearQuanta-v.y0
	most := min(maxBuckets, int64(fewBuckets+bucketsPerEdge*len(r.segments)))
	for v.shift = shift; ; v.shift++ {
		v.wide, v.high = width>>v.shift+1, height>>v.shift+1
		if v.wide*v.high <= most {
			break
		}
	}
	v.buckets = make([]bucket, v.wide*v.high)
}

// fill sorts the segments into the buckets they come near. Until the sweep a
// bucket holds how many it has, then where they are filled in.
func (r *raster) fill() {
	for _, s := range r.segments {
		r.along(s, func(k int64) { r.v.buckets[k]++ })
	}
	total, full := 0, 0
	for _, n := range r.v.buckets {
		total += int(n)
		if n > 0 {
			full++
		}
	}
	r.near, r.ends = make([]int32, total), make([]int32, 0, full)
	start := bucket(0)
	for k, n := range r.v.buckets {
		r.v.buckets[k] = bucketNone
		if n > 0 {
			r.v.buckets[k] = start
			start += n
			r.ends = append(r.ends, int32(start))
		}
	}
	for i, s := range r.segments {
		r.along(s, func(k int64) {
			r.near[r.v.buckets[k]] = int32(i)
			r.v.buckets[k]++
		})
	}
}

// along visits the buckets the segment comes near, and perhaps some more: an
// edge too many costs time and changes no answer.
func (r *raster) along(s segment, visit func(k int64)) {
	v := r.v
	ax, ay := int64(s.a.X)-v.x0, int64(s.a.Y)-v.y0
	bx, by := int64(s.b.X)-v.x0, int64(s.b.Y)-v.y0
	low, high := min(ay, by), max(ay, by)
	from, to := max(low-nearQuanta, 0)>>v.shift, min((high+nearQuanta)>>v.shift, r.v.high-1)
	for y := from; y <= to; y++ {
		west, east := ax, bx
		if from < to && ay != by {
			// The part of the segment in this row, half a slope's rounding wider.
			south, north := max(y<<v.shift-nearQuanta, low), min((y+1)<<v.shift+nearQuanta, high)
			p := ax + quotient(bx-ax, south-ay, by-ay)
			q := ax + quotient(bx-ax, north-ay, by-ay)
			west, east = max(min(p, q)-1, ax), min(max(p, q)+1, bx)
		}
		last := min((east+nearQuanta)>>v.shift, r.v.wide-1)
		for x := max(west-nearQuanta, 0) >> v.shift; x <= last; x++ {
			visit(y*r.v.wide + x)
		}
	}
}

// quotient is dx·dy/h to within one; the product stays below 2^63 as dx and dy
// are within one shape, half the globe wide.
func quotient(dx, dy, h int64) int64 { return dx * dy / h }

// sweep goes through every row from the west, where nothing holds anything, and
// keeps the areas that hold each bucket's north-eastern corner.
func (r *raster) sweep() {
	v := r.v
	v.words = make([]int32, 0, len(r.near)*edgeWords*2/3+len(r.ends)*5)
	n, start := 0, int32(0)
	var hold holders
	for y := range r.v.high {
		hold = hold[:0]
		top := int32(v.y0 + (y+1)<<v.shift)
		for x := range r.v.wide {
			k := y*r.v.wide + x
			if r.v.buckets[k] == bucketNone { // no edge is near
				switch len(hold) {
				case 0:
				case 1:
					r.v.buckets[k] = bucket(hold[0])
				default:
					r.v.buckets[k] = v.addBorder(nil, hold)
				}
				continue
			}
			end := r.ends[n]
			n++
			near := r.near[start:end]
			start = end
			west, east := Coord{int32(v.x0 + x<<v.shift), top}, Coord{int32(v.x0 + (x+1)<<v.shift), top}
			for _, i := range near {
				if s := &r.segments[i]; crosses(s.a, s.b, west, east) {
					hold.toggle(s.area)
				}
			}
			if r.v.buckets[k] = v.addBorder(r.pick(near), hold); r.v.buckets[k] == bucketCrowded {
				r.noteCrowd(k, near, hold)
			}
		}
	}
}

// pick returns the segments; they hold until the next call.
func (r *raster) pick(near []int32) []segment {
	r.picked = r.picked[:0]
	for _, i := range near {
		r.picked = append(r.picked, r.segments[i])
	}
	return r.picked
}

// addBorder adds a border bucket with the segments near it, equal ones side by
// side, and the areas that hold its corner.
func (v *Coverage) addBorder(near []segment, hold holders) bucket {
	var room [maxMembers + 1]int32
	members := append(room[:0], hold...)
	if len(hold) > maxMembers || len(v.words)+3+maxMembers+len(near)*edgeWords > maxWords {
		return bucketCrowded
	}
	for i := range near {
		k, there := slices.BinarySearch(members, near[i].area)
		if there {
			continue
		}
		if len(members) == maxMembers {
			return bucketCrowded
		}
		members = slices.Insert(members, k, near[i].area)
	}
	bit := func(area int32) uint32 {
		k, _ := slices.BinarySearch(members, area)
		return 1 << k
	}
	at := len(v.words)
	v.words = append(v.words, 0, int32(len(members)), 0)
	v.words = append(v.words, members...)
	for _, i := range hold {
		v.words[at+2] |= int32(bit(i))
	}
	for i, s := range near {
		mask := int32(bit(s.area))
		if i > 0 && s.a == near[i-1].a && s.b == near[i-1].b {
			// Both sides of a border are one edge. An area that has an edge twice
			// keeps both: they cancel out in a walk, and are border all the same.
			if last := &v.words[len(v.words)-1]; *last&mask == 0 {
				*last |= mask
				continue
			}
		}
		v.words = append(v.words, s.a.X, s.a.Y, s.b.X, s.b.Y, mask)
		v.words[at]++
	}
	return borderAt(at)
}
