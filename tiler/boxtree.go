package tiler

import "math"

// worldBox is a closed rectangle in world units.
type worldBox struct{ x0, y0, x1, y1 uint32 }

func emptyWorldBox() worldBox { return worldBox{math.MaxUint32, math.MaxUint32, 0, 0} }

func (b worldBox) extend(p worldPoint) worldBox {
	return worldBox{min(b.x0, p.x), min(b.y0, p.y), max(b.x1, p.x), max(b.y1, p.y)}
}

func (b worldBox) union(o worldBox) worldBox {
	return worldBox{min(b.x0, o.x0), min(b.y0, o.y0), max(b.x1, o.x1), max(b.y1, o.y1)}
}

func (b worldBox) meets(o *worldBox) bool {
	return b.x0 <= o.x1 && o.x0 <= b.x1 && b.y0 <= o.y1 && o.y0 <= b.y1
}

// boxTree finds boxes by window or near a segment. Items stand as they are
// given, in blocks of 16 whose boxes stand in blocks again: it finds well what
// is given in an order that keeps neighbours together, and needs no memory
// beyond a sixteenth of the boxes.
type boxTree struct {
	levels [][]worldBox // levels[0] the items', the last has one block or less
}

const blockBits = 4

func newBoxTree(items []worldBox) boxTree {
	t := boxTree{[][]worldBox{items}}
	for below := items; len(below) > 1<<blockBits; {
		above := make([]worldBox, (len(below)+1<<blockBits-1)>>blockBits)
		for i := range above {
			box := emptyWorldBox()
			for _, b := range below[i<<blockBits : min((i+1)<<blockBits, len(below))] {
				box = box.union(b)
			}
			above[i] = box
		}
		t.levels = append(t.levels, above)
		below = above
	}
	return t
}

// find appends the items that meet the window, in ascending order.
func (t *boxTree) find(dst []int32, window worldBox) []int32 {
	top := len(t.levels) - 1
	return t.findIn(dst, &window, top, 0, len(t.levels[top]))
}

func (t *boxTree) findIn(dst []int32, window *worldBox, level, from, to int) []int32 {
	boxes := t.levels[level]
	for i := from; i < to; i++ {
		switch {
		case !boxes[i].meets(window):
		case level == 0:
			dst = append(dst, int32(i))
		default:
			dst = t.findIn(dst, window, level-1, i<<blockBits, min((i+1)<<blockBits, len(t.levels[level-1])))
		}
	}
	return dst
}

// strip is what lies within reach of the segment from a to b, and a little more.
type strip struct {
	box        worldBox
	ax, ay     float64
	dx, dy     float64 // b − a
	reach, len float64
}

func stripAround(a, b worldPoint, reach float64) strip {
	r := uint32(min(math.Ceil(reach), 1<<31))
	s := strip{
		box: worldBox{min(a.x, b.x), min(a.y, b.y), max(a.x, b.x), max(a.y, b.y)},
		ax:  float64(a.x), ay: float64(a.y),
		dx: float64(b.x) - float64(a.x), dy: float64(b.y) - float64(a.y), reach: reach + 1,
	}
	s.box = worldBox{s.box.x0 - min(r, s.box.x0), s.box.y0 - min(r, s.box.y0), saturating(s.box.x1, r), saturating(s.box.y1, r)}
	s.len = math.Abs(s.dx) + math.Abs(s.dy) // at least its length
	return s
}

func saturating(v, by uint32) uint32 {
	if v > math.MaxUint32-by {
		return math.MaxUint32
	}
	return v + by
}

// meets never misses a box that meets the strip's box and the strip: it is a
// little wide.
func (s *strip) meets(b *worldBox) bool {
	hx, hy := (float64(b.x1)-float64(b.x0))/2, (float64(b.y1)-float64(b.y0))/2
	cx, cy := float64(b.x0)+hx-s.ax, float64(b.y0)+hy-s.ay
	off := math.Abs(float64(s.dx*cy) - float64(s.dy*cx))
	return off <= float64(math.Abs(s.dy)*hx)+float64(math.Abs(s.dx)*hy)+float64(s.reach*s.len)
}

// near appends the items whose box the strip meets, in ascending order.
func (t *boxTree) near(dst []int32, s *strip) []int32 {
	top := len(t.levels) - 1
	return t.nearIn(dst, s, top, 0, len(t.levels[top]))
}

func (t *boxTree) nearIn(dst []int32, s *strip, level, from, to int) []int32 {
	boxes := t.levels[level]
	for i := from; i < to; i++ {
		switch {
		case !boxes[i].meets(&s.box) || !s.meets(&boxes[i]):
		case level == 0:
			dst = append(dst, int32(i))
		default:
			dst = t.nearIn(dst, s, level-1, i<<blockBits, min((i+1)<<blockBits, len(t.levels[level-1])))
		}
	}
	return dst
}
