package tiler

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/wanmi-gis/wanmi/spatial"
)

// Points is a layer of points prepared for tiles. They stand in the order of
// their Morton keys, that is of the world grid's bits interleaved: the points of
// a tile of any zoom, and those of a square in it, are one piece of the list,
// and a point's coordinate in the tile is a shift. Attributes that rows share
// are numbers. Immutable; 20 bytes a point and 16 for each different name,
// besides the rows. Preparing 200,000 takes some 100 ms.
type Points struct {
	x, y []uint32 // on the world grid
	row  []int32  // ^row where the feature is a line or polygon that At stands for
	name []uint32 // a number of values
	set  []uint32
	// shapes are the places of those, by row.
	shapes []int32

	own       func(row int32) (id uint64, code string)
	dirtyCode bool // some code is not UTF-8

	values []string // texts by number; 0 is ""
	// shared has the numbers of each set's values, width of them a set; classes
	// those of its classes in classNames, classWidth of them, 0 for none.
	shared            []uint32
	classes           []uint16
	width, classWidth int
	setCount          int
	classNames        []string // 1 … by number, sorted
}

// PointRows are the rows that [NewPoints] prepares. The fields of their layer
// are, in this order: one that differs from row to row, such as a code; one that
// some rows share, such as a name; and those that stand in the row's set.
type PointRows struct {
	N  int
	At func(row int32) (c spatial.Coord, shaped bool)
	// Own returns the feature id and the first field. It is also asked while
	// tiles are made.
	Own  func(row int32) (id uint64, code string)
	Name func(row int32) string
	// Set is the row's place in Sets.
	Set  func(row int32) uint32
	Sets []PointTraits
}

// PointTraits are what many rows have in common.
type PointTraits struct {
	// Values has one text for each of the layer's fields after the second.
	Values []string
	// Classes are the fields of [Sums] that count the row, besides count.
	Classes []string
}

// NewPoints prepares the rows; those beyond the projection's latitude are in no
// tile and are left out.
func NewPoints(rows PointRows) *Points {
	type placed struct {
		key uint64
		id  uint64
		row int32
	}
	order := make([]placed, 0, rows.N)
	for i := range int32(rows.N) {
		c, shaped := rows.At(i)
		if c.Y > maxLat || c.Y < -maxLat {
			continue
		}
		id, _ := rows.Own(i)
		at := placed{mortonAt(c), id, i}
		if shaped {
			at.row = ^i
		}
		order = append(order, at)
	}
	slices.SortFunc(order, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.id, b.id), cmp.Compare(a.row, b.row))
	})
	n := len(order)
	p := &Points{
		x: make([]uint32, n), y: make([]uint32, n), row: make([]int32, n), name: make([]uint32, n), set: make([]uint32, n),
		own: rows.Own,
	}
	numbers := map[string]uint32{"": 0}
	p.values = []string{""}
	for k, at := range order {
		p.x[k], p.y[k], p.row[k] = gather(at.key), gather(at.key>>1), at.row
		row := p.Row(k)
		p.name[k], p.set[k] = p.intern(numbers, rows.Name(row)), rows.Set(row)
		_, code := rows.Own(row)
		p.dirtyCode = p.dirtyCode || !utf8.ValidString(code)
		if p.row[k] < 0 {
			p.shapes = append(p.shapes, int32(k))
		}
	}
	slices.SortFunc(p.shapes, func(a, b int32) int { return cmp.Compare(p.Row(int(a)), p.Row(int(b))) })
	p.takeSets(numbers, rows.Sets)
	p.values = slices.Clip(p.values)
	return p
}

// intern numbers a text.
func (p *Points) intern(numbers map[string]uint32, text string) uint32 {
	at, ok := numbers[text]
	if !ok {
		if clean := strings.ToValidUTF8(text, "\uFFFD"); clean != text {
			return p.intern(numbers, clean)
		}
		at = uint32(len(p.values))
		p.values = append(p.values, text)
		numbers[text] = at
	}
	return at
}

// takeSets numbers what stands in the sets.
func (p *Points) takeSets(numbers map[string]uint32, sets []PointTraits) {
	for _, s := range sets {
		p.width, p.classWidth = max(p.width, len(s.Values)), max(p.classWidth, len(s.Classes))
		p.classNames = append(p.classNames, s.Classes...)
	}
	slices.Sort(p.classNames)
	p.classNames = slices.Clip(slices.Compact(p.classNames))
	p.shared = make([]uint32, len(sets)*p.width)
	p.setCount = len(sets)
	p.classes = make([]uint16, len(sets)*p.classWidth)
	for i, s := range sets {
		for k, text := range s.Values {
			p.shared[i*p.width+k] = p.intern(numbers, text)
		}
		for k, class := range s.Classes {
			at, _ := slices.BinarySearch(p.classNames, class)
			p.classes[i*p.classWidth+k] = uint16(at + 1)
		}
	}
}

// Len is the number of points; their places are 0 to Len-1.
func (p *Points) Len() int { return len(p.row) }

// Row returns the row of the point at place k.
func (p *Points) Row(k int) int32 {
	row := p.row[k]
	return row ^ row>>31
}

// Set returns its set.
func (p *Points) Set(k int) uint32 { return p.set[k] }

// place returns where the row of a shape stands.
func (p *Points) place(row int32) (k int, ok bool) {
	i, ok := slices.BinarySearchFunc(p.shapes, row, func(k, row int32) int { return cmp.Compare(p.Row(int(k)), row) })
	if !ok {
		return 0, false
	}
	return int(p.shapes[i]), true
}

func (p *Points) key(k int) uint64 { return morton(p.x[k], p.y[k]) }

// span returns where the tile's points stand.
func (p *Points) span(id ID) (from, to int) {
	prefix, below := morton(id.X, id.Y), 2*(32-id.Z)
	from = sort.Search(len(p.x), func(k int) bool { return p.key(k)>>below >= prefix })
	to = from + sort.Search(len(p.x)-from, func(k int) bool { return p.key(from+k)>>below > prefix })
	return from, to
}

// mortonAt is the Morton key of a position on the world grid.
func mortonAt(c spatial.Coord) uint64 { return morton(World(c)) }

// morton interleaves the bits of a column and a row, those of the row above.
func morton(x, y uint32) uint64 { return spread(y)<<1 | spread(x) }

// spread puts a zero before each bit.
func spread(v uint32) uint64 {
	x := uint64(v)
	x = (x | x<<16) & 0x0000ffff0000ffff
	x = (x | x<<8) & 0x00ff00ff00ff00ff
	x = (x | x<<4) & 0x0f0f0f0f0f0f0f0f
	x = (x | x<<2) & 0x3333333333333333
	return (x | x<<1) & 0x5555555555555555
}

// gather takes the even bits together: it undoes spread.
func gather(key uint64) uint32 {
	x := key & 0x5555555555555555
	x = (x | x>>1) & 0x3333333333333333
	x = (x | x>>2) & 0x0f0f0f0f0f0f0f0f
	x = (x | x>>4) & 0x00ff00ff00ff00ff
	x = (x | x>>8) & 0x0000ffff0000ffff
	return uint32(x | x>>16)
}
