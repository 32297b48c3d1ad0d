package spatial

import "slices"

// crowd is a bucket that edges of more areas come near than a word has bits: the
// segments near it and the areas that hold its north-eastern corner.
type crowd struct {
	bucket int64
	near   []int32
	hold   holders
}

// noteCrowd keeps a bucket's near segments for findGaps. Where an area holds all
// of the bucket there is nothing to find, so that what is kept is never more
// than the segments are.
func (r *raster) noteCrowd(k int64, near []int32, hold holders) {
	members := r.membersOf(near)
	for _, i := range hold {
		if _, bounds := slices.BinarySearch(members, i); !bounds {
			return
		}
	}
	r.crowds = append(r.crowds, crowd{k, near, slices.Clone(hold)})
}

// membersOf lists the areas of the segments.
func (r *raster) membersOf(near []int32) []int32 {
	members := make([]int32, 0, len(near))
	for _, i := range near {
		members = append(members, r.segments[i].area)
	}
	slices.Sort(members)
	return slices.Compact(members)
}

// layers returns the bucket as borders of maxMembers areas each. Every one has
// all edges, equal ones as one, those of no area among its members with no mask.
func (r *raster) layers(c crowd) (out []border) {
	for members := range slices.Chunk(r.membersOf(c.near), maxMembers) {
		b := border{members: members}
		mask := func(area int32) uint32 {
			if k, there := slices.BinarySearch(members, area); there {
				return 1 << k
			}
			return 0
		}
		for _, i := range c.hold {
			b.corner |= mask(i)
		}
		var last line
		for k, i := range c.near {
			s := &r.segments[i]
			if k > 0 && last == (line{s.a, s.b}) {
				b.edges[len(b.edges)-1] ^= int32(mask(s.area))
				continue
			}
			last = line{s.a, s.b}
			b.edges = append(b.edges, s.a.X, s.a.Y, s.b.X, s.b.Y, int32(mask(s.area)))
		}
		out = append(out, b)
	}
	return out
}
