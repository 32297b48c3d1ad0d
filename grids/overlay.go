package grids

import (
	"iter"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/wanmi-gis/wanmi/spatial"
)

// overlay has the components that were changed since a snapshot's index was
// built. The rows they replace are told apart by a bit; the index itself is
// shared by all snapshots up to the next fold.
//
//	index of a row   0 … base-1             base …
//	row              City.Components[i]     rows[i-base]
//	                 unless in gone         where in byCode
type overlay struct {
	base int32
	gone bitset // rows of the base that are replaced
	lost int    // how many
	box  spatial.Box

	rows  []changed
	byFID []int32 // all of rows
	// byCode and tree have the rows that hold at the snapshot's time, by their
	// index.
	byCode []int32
	tree   spatial.Tree[int32]

	// copying keeps two edits of one snapshot from copying its tree at a time.
	copying sync.Mutex
}

// changed is a row and the version that made it.
type changed struct {
	row     *Component
	version int64
}

// overlay returns an overlay that may be changed: a copy, or the first.
func (x *layerIndex) overlay() *overlay {
	o := x.over
	if o == nil {
		return &overlay{base: int32(x.n), box: x.box}
	}
	o.copying.Lock()
	defer o.copying.Unlock()
	return &overlay{
		base: o.base, gone: slices.Clone(o.gone), lost: o.lost, box: o.box,
		rows: slices.Clone(o.rows), byFID: slices.Clone(o.byFID), byCode: slices.Clone(o.byCode), tree: o.tree.Copy(),
	}
}

// index returns x with the overlay over it.
func (o *overlay) index(c *City, x *layerIndex) *layerIndex {
	y, rows := *x, c.Components
	y.over = o
	y.feature = func(i int32) *Feature {
		if i < o.base {
			return &rows[i].Feature
		}
		return &o.rows[i-o.base].row.Feature
	}
	return &y
}

func (o *overlay) feature(i int32) *Feature { return &o.rows[i-o.base].row.Feature }

// put takes a row in, in the place of one with the same FID.
func (o *overlay) put(base []Component, c changed, t time.Time) {
	f := &c.row.Feature
	at, known := o.search(f.FID)
	var k int32
	if known {
		k = o.byFID[at]
		o.withdraw(o.base + k)
		o.rows[k] = c
	} else {
		k = int32(len(o.rows))
		o.rows, o.byFID = append(o.rows, c), slices.Insert(o.byFID, at, k)
		o.bury(base, f)
	}
	if f.Valid.Holds(t) {
		at, _ := slices.BinarySearchFunc(o.byCode, f, o.compare)
		o.byCode = slices.Insert(o.byCode, at, o.base+k)
		o.tree.Insert(f.Box(), o.base+k)
	}
}

// search returns where byFID has the FID, or would.
func (o *overlay) search(fid int64) (at int, known bool) {
	return slices.BinarySearchFunc(o.byFID, fid, func(k int32, fid int64) int {
		return int(min(max(o.rows[k].row.FID-fid, -1), 1))
	})
}

func (o *overlay) compare(i int32, f *Feature) int { return rowOrder(o.feature(i), f) }

// withdraw takes a row out of the indices, if it is in them.
func (o *overlay) withdraw(i int32) {
	f := o.feature(i)
	if at, ok := slices.BinarySearchFunc(o.byCode, f, o.compare); ok {
		o.byCode = slices.Delete(o.byCode, at, at+1)
		o.tree.Delete(f.Box(), i)
	}
}

// bury marks the row of the base with the FID as replaced.
func (o *overlay) bury(base []Component, f *Feature) {
	i := sort.Search(len(base), func(i int) bool { return base[i].Code >= f.Code })
	for ; i < len(base) && base[i].Code == f.Code; i++ {
		if base[i].FID != f.FID {
			continue
		}
		o.gone = o.gone.with(i, len(base))
		o.lost++
		b := base[i].Box()
		if b.Min.X == o.box.Min.X || b.Min.Y == o.box.Min.Y || b.Max.X == o.box.Max.X || b.Max.Y == o.box.Max.Y {
			o.box = o.extentOf(base) // rare: it lay at the edge
		}
		return
	}
}

func (o *overlay) extentOf(base []Component) spatial.Box {
	box := spatial.EmptyBox()
	for i := range base {
		if !o.gone.has(i) {
			box = box.Union(base[i].Box())
		}
	}
	return box
}

// find returns the first row with the code; i is where the base has it or would.
func (o *overlay) find(x *layerIndex, i int32, code string) int32 {
	first := spatial.None
	for ; int(i) < x.n && x.feature(i).Code == code; i++ {
		if !o.gone.has(int(i)) {
			first = i
			break
		}
	}
	at := sort.Search(len(o.byCode), func(k int) bool { return o.feature(o.byCode[k]).Code >= code })
	if at == len(o.byCode) || o.feature(o.byCode[at]).Code != code {
		return first
	}
	if own := o.byCode[at]; first == spatial.None || x.order(own, first) < 0 {
		return own
	}
	return first
}

// window takes the replaced rows out of what the base found and adds its own.
func (o *overlay) window(found []int32, w spatial.Box) []int32 {
	found = slices.DeleteFunc(found, func(i int32) bool { return o.gone.has(int(i)) })
	o.tree.Search(w, func(i int32) bool {
		found = append(found, i)
		return true
	})
	return found
}

// merged returns the rows with the changed ones in place of those they replace.
func (o *overlay) merged(base []Component) []Component {
	own := make([]Component, len(o.rows))
	fids := make(map[int64]bool, len(o.rows))
	for i, c := range o.rows {
		own[i], fids[c.row.FID] = *c.row, true
	}
	sortRows(own, func(c *Component) *Feature { return &c.Feature })
	out := make([]Component, 0, len(base)+len(own))
	for i := range base {
		if fids[base[i].FID] {
			continue
		}
		for len(own) > 0 && rowOrder(&own[0].Feature, &base[i].Feature) < 0 {
			out, own = append(out, own[0]), own[1:]
		}
		out = append(out, base[i])
	}
	return append(out, own...)
}

// count, extent, order and left are what the layer's questions need to know of
// the overlay.
func (x *layerIndex) count() int {
	if x.over == nil {
		return x.n
	}
	return x.n - x.over.lost + len(x.over.byCode)
}

// indices is one more than the highest index in use.
func (x *layerIndex) indices() int {
	if x.over == nil {
		return x.n
	}
	return x.n + len(x.over.rows)
}

func (x *layerIndex) extent() spatial.Box {
	if x.over == nil {
		return x.box
	}
	return x.over.box.Union(x.over.tree.Box())
}

// order compares rows as a layer's slice has them.
func (x *layerIndex) order(a, b int32) int {
	if x.over == nil || (int(a) < x.n && int(b) < x.n) {
		return int(a) - int(b)
	}
	return rowOrder(x.feature(a), x.feature(b))
}

// left narrows keep to the rows that are not replaced.
func (x *layerIndex) left(keep func(i int32) bool) func(i int32) bool {
	if x.over == nil || x.over.lost == 0 {
		return keep
	}
	gone := x.over.gone
	if keep == nil {
		return func(i int32) bool { return !gone.has(int(i)) }
	}
	return func(i int32) bool { return !gone.has(int(i)) && keep(i) }
}

// All goes through the features of a map layer in order of code.
func (s *Snapshot) All(l Layer) iter.Seq[int32] {
	x := s.layers[l]
	return func(yield func(int32) bool) {
		var own []int32
		var gone bitset
		if x.over != nil {
			own, gone = x.over.byCode, x.over.gone
		}
		for i := range int32(x.n) {
			if gone.has(int(i)) {
				continue
			}
			for len(own) > 0 && x.order(own[0], i) < 0 {
				if !yield(own[0]) {
					return
				}
				own = own[1:]
			}
			if !yield(i) {
				return
			}
		}
		for _, i := range own {
			if !yield(i) {
				return
			}
		}
	}
}

// bitset marks rows in pages of 4,096, nil where none is marked. A page is
// replaced, not changed, so that copies of the list share it.
type bitset []*[64]uint64

func (b bitset) has(i int) bool {
	page := i >> 12
	return page < len(b) && b[page] != nil && b[page][i>>6&63]&(1<<(i&63)) != 0
}

// with returns the set with row i of n marked; it may use b's list.
func (b bitset) with(i, n int) bitset {
	if b == nil {
		b = make(bitset, n>>12+1)
	}
	var page [64]uint64
	if old := b[i>>12]; old != nil {
		page = *old
	}
	page[i>>6&63] |= 1 << (i & 63)
	b[i>>12] = &page
	return b
}
