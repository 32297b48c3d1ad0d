package tiler

import "slices"

// CountField is the field of sums that has the number of features.
const CountField = "count"

// Sums say how a layer is drawn where its features would lie on top of each
// other: below a zoom, one point for each square of a raster that has any, with
// their numbers. Every feature is counted in exactly one square of one tile, so
// that the counts over any set of tiles of a zoom add up to what is in them.
//
// The raster is the same in all tiles and depends on nothing else: neither
// neighbours nor an edit can make it another.
type Sums struct {
	// Below is the zoom from which on features are drawn singly.
	Below uint8
	// Classes are fields that count a part of the features each, beside
	// [CountField]; Finer are such fields that are written only when asked for.
	Classes, Finer []string
}

// squareBits is how many times the side of a tile is halved to get that of a
// square: 128 squares a side are 4 pixels each on a tile of 512, less than the
// symbol that stands for it. A tile has at most 16,384 features. Twice as many
// to a side triple the bytes of a city at zoom 10; half as many show its blocks
// no more.
const (
	squareBits = 7
	squareUnit = Extent >> squareBits
)

// fields lists all fields of the sums.
func (s *Sums) fields() []string {
	return slices.Concat([]string{CountField}, s.Classes, s.Finer)
}

// tally counts the features of one square. Counter 0 takes what no column asks
// for, 1 counts all features, the others are those of the columns.
type tally struct {
	counts  []uint32
	ofClass []uint16 // counter by the number of a class of Points
}

// sums writes the layer as sums.
func (e *encoder) sums(v *PointView, s *Sums, asked []string) {
	if asked == nil {
		e.columns = append(e.columns[:0], column{name: CountField})
		for i, name := range s.Classes {
			e.columns = append(e.columns, column{field: i + 1, name: name})
		}
	} else {
		e.columns = chooseColumns(e.columns[:0], s.fields(), asked)
	}
	p := v.Points
	e.tally.begin(e.columns, p)
	v.collect(&e.shown, e.id, e.window, true)
	below := worldZoom + extentBits - squareBits - e.id.Z
	refs := e.shown.refs
	for len(refs) > 0 {
		x, y := e.shown.at(p, refs[0])
		x, y = x>>below, y>>below
		n := e.count(v, refs, x, y, below)
		if e.room > 0 {
			e.square(p, refs[0], n, unit{int32(x & (1<<squareBits - 1)), int32(y & (1<<squareBits - 1))})
		} else {
			e.stats.Dropped += n
		}
		clear(e.tally.counts)
		refs = refs[n:]
	}
}

// begin makes room for the columns and finds which classes they count.
func (t *tally) begin(columns []column, p *Points) {
	t.counts = append(t.counts[:0], make([]uint32, len(columns)+2)...)
	t.ofClass = append(t.ofClass[:0], make([]uint16, len(p.classNames)+1)...)
	for i, c := range columns {
		if at, ok := slices.BinarySearch(p.classNames, c.name); ok {
			t.ofClass[at+1] = uint16(i + 2)
		}
	}
}

// count counts the points of the square, which stand first, and returns how
// many there are.
func (e *encoder) count(v *PointView, refs []int32, squareX, squareY uint32, below uint8) (n int) {
	p, t := v.Points, &e.tally
	for _, ref := range refs {
		if x, y := e.shown.at(p, ref); x>>below != squareX || y>>below != squareY {
			break
		}
		n++
		if ref < 0 {
			e.countAdded(v, ref)
			continue
		}
		set := int(p.set[ref]) * p.classWidth
		for _, class := range p.classes[set : set+p.classWidth] {
			t.counts[t.ofClass[class]]++
		}
	}
	t.counts[1] = uint32(n)
	return n
}

func (e *encoder) countAdded(v *PointView, ref int32) {
	e.texts = v.Classes(e.shown.added[^ref].row, e.texts[:0])
	for _, class := range e.texts {
		for i := range e.columns {
			if e.columns[i].name == class {
				e.tally.counts[i+2]++
			}
		}
	}
	clear(e.texts)
}

// square writes the sums of a square; first is one of its n points.
func (e *encoder) square(p *Points, first int32, n int, at unit) {
	tags := e.tags[:0]
	for i := range e.columns {
		c := &e.columns[i]
		value := e.tally.counts[i+2]
		if c.name == CountField {
			value = e.tally.counts[1]
		}
		if value == 0 {
			continue
		}
		if !c.used {
			e.useKey(c)
		}
		tags = appendVarint(tags, uint64(c.key))
		tags = appendVarint(tags, uint64(e.values.whole(value)))
	}
	e.tags = tags
	e.pen.reset()
	e.units = append(e.units[:0], unit{at.x*squareUnit + squareUnit/2, at.y*squareUnit + squareUnit/2})
	e.pen.points(e.units)
	id := uint64(0)
	if n == 1 {
		id = e.shown.id(p, first)
	}
	e.append(id, typePoint)
}
