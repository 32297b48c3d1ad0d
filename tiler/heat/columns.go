package heat

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"sort"
	"time"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// blockBits make a block 2¹³ quanta wide and high: 91 m from south to north, 75 m
// from west to east at 35°. A case's place in it is two numbers of 13 bits,
// exact to 1e-7°.
const (
	blockBits = 13
	blockMask = 1<<blockBits - 1
)

// maxRows keeps a row's number in 31 bits.
const maxRows = math.MaxInt32

// ErrTooManyRows is returned for more rows than columns can number.
var ErrTooManyRows = errors.New("too many rows")

// columns hold cases as one slice a property, 21 bytes each: those of a block
// together, blocks from south to north and from west to east, in a block by time.
// Immutable once built.
//
//	block   x, y, affine map to the plane, first and last row
//	rows    at 4  time 4  class 2  unit 2  cell 4  tags 1  fid 4
type columns struct {
	at    []uint32 // place in the block: y in the upper half, x in the lower
	time  []uint32
	class []uint16
	unit  []uint16
	cell  []uint32 // 1 more than the row's; 0 is no cell
	tags  []uint8
	fid   []uint32

	blocks   []block
	sets     []uint32 // cells, as in cell, by block
	calendar calendar
	maxFID   uint32
}

// block is a square of the lattice that has cases.
type block struct {
	corner   spatial.Coord // its south-western
	from, to uint32
	// The cells that its cases lie in are sets[cells:cellsEnd]; none are told of a
	// block with more than maxSet.
	cells, cellsEnd uint32
	strays          bool // some of its cases lie in no cell
	place           affine
}

// maxSet is how many cells of a block are listed: most blocks have one to four.
const maxSet = 16

// affine maps a place in a block, in quanta from its corner, to the plane in
// metres. The plane's lines bend less than a millimetre away from it.
type affine struct{ e0, eX, eY, n0, nX, nY float64 }

func placed(plane crs.TM, corner spatial.Coord) affine {
	const side = 1 << blockBits
	west, south := corner.Lon(), corner.Lat()
	east, north := float64(int64(corner.X)+side)/1e7, float64(int64(corner.Y)+side)/1e7
	e00, n00 := plane.Forward(west, south)
	e10, n10 := plane.Forward(east, south)
	e01, n01 := plane.Forward(west, north)
	e11, n11 := plane.Forward(east, north)
	// The plane through the four corners by least squares.
	eX, eY := ((e10-e00)+(e11-e01))/2, ((e01-e00)+(e11-e10))/2
	nX, nY := ((n10-n00)+(n11-n01))/2, ((n01-n00)+(n11-n10))/2
	return affine{
		(e00+e10+e01+e11)/4 - (eX+eY)/2, eX / side, eY / side,
		(n00+n10+n01+n11)/4 - (nX+nY)/2, nX / side, nY / side,
	}
}

// plane returns where row r of the block lies.
func (c *columns) plane(b *block, r uint32) (e, n float64) {
	x, y := float64(c.at[r]&0xffff), float64(c.at[r]>>16)
	a := &b.place
	return a.e0 + float64(a.eX*x) + float64(a.eY*y), a.n0 + float64(a.nX*x) + float64(a.nY*y)
}

// coord returns the position of row r of the block.
func (c *columns) coord(b *block, r uint32) spatial.Coord {
	return spatial.Coord{X: b.corner.X + int32(c.at[r]&0xffff), Y: b.corner.Y + int32(c.at[r]>>16)}
}

// row returns row r of the block as it was given.
func (c *columns) row(b *block, r uint32) Row {
	return Row{
		FID: c.fid[r], At: c.coord(b, r), Time: int64(c.time[r]), Class: c.class[r], Unit: c.unit[r],
		Cell: c.cell[r] - 1, Source: c.tags[r] >> stateBits, State: c.tags[r] & (1<<stateBits - 1),
	}
}

// staged is a row on its way into columns.
type staged struct {
	block, at, time, cell, fid uint32
	class, unit                uint16
	tags                       uint8
}

// stage takes rows in the order they come and counts those of each block.
type stage struct {
	chunks  [][]staged
	n       int
	number  map[spatial.Coord]uint32
	corners []spatial.Coord
	counts  []uint32
	last    uint32 // the block of the row before: often the next one's too
}

const stageChunk = 1 << 16

func (s *stage) add(r *Row) {
	corner := spatial.Coord{X: r.At.X &^ blockMask, Y: r.At.Y &^ blockMask}
	if s.n == 0 || s.corners[s.last] != corner {
		n, known := s.number[corner]
		if !known {
			n = uint32(len(s.corners))
			s.number[corner] = n
			s.corners, s.counts = append(s.corners, corner), append(s.counts, 0)
		}
		s.last = n
	}
	s.counts[s.last]++
	if s.n%stageChunk == 0 {
		s.chunks = append(s.chunks, make([]staged, 0, stageChunk))
	}
	chunk := &s.chunks[len(s.chunks)-1]
	*chunk = append(*chunk, staged{
		block: s.last, at: uint32(r.At.Y&blockMask)<<16 | uint32(r.At.X&blockMask), time: uint32(r.Time),
		cell: r.Cell + 1, fid: r.FID, class: r.Class, unit: r.Unit, tags: r.tags(),
	})
	s.n++
}

func (s *stage) row(i uint32) *staged { return &s.chunks[i/stageChunk][i%stageChunk] }

// build makes columns of rows. The order in which rows come shows nowhere but
// among cases of one block and one second.
func build(ctx context.Context, plane crs.TM, zone *time.Location, areas *Areas, rows iter.Seq[Row]) (*columns, error) {
	s := &stage{number: make(map[spatial.Coord]uint32)}
	var err error
	for r := range rows {
		if err = r.check(len(areas.Codes(Cells))); err != nil {
			return nil, err
		}
		if s.n == maxRows {
			return nil, fmt.Errorf("%d: %w", s.n, ErrTooManyRows)
		}
		if s.n%stageChunk == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		s.add(&r)
	}
	c := &columns{}
	keys := c.lay(s, plane)
	for i := range c.blocks {
		if i%256 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		b := &c.blocks[i]
		if e := b.place.e0 + b.place.n0; math.IsNaN(e) || math.IsInf(e, 0) {
			return nil, fmt.Errorf("position %v is too far from the city: %w", b.corner, ErrRow)
		}
		// The time stands in the upper half of a key, the order of coming in the lower.
		slices.Sort(keys[b.from:b.to])
	}
	if err := c.gather(ctx, s, keys); err != nil {
		return nil, err
	}
	if s.n > 0 {
		c.calendar = newCalendar(zone, slices.Min(c.time), slices.Max(c.time))
		c.maxFID = slices.Max(c.fid)
	}
	return c, nil
}

// lay orders the blocks and returns the rows' keys, those of a block together.
func (c *columns) lay(s *stage, plane crs.TM) []uint64 {
	order := make([]uint32, len(s.corners))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int {
		p, q := s.corners[a], s.corners[b]
		return cmp.Or(cmp.Compare(p.Y, q.Y), cmp.Compare(p.X, q.X))
	})
	next := make([]uint32, len(order)) // by the stage's number of a block
	c.blocks = make([]block, len(order))
	sum := uint32(0)
	for i, n := range order {
		next[n] = sum
		c.blocks[i] = block{corner: s.corners[n], from: sum, to: sum + s.counts[n], place: placed(plane, s.corners[n])}
		sum += s.counts[n]
	}
	keys := make([]uint64, s.n)
	i := uint64(0)
	for _, chunk := range s.chunks {
		for j := range chunk {
			at := &next[chunk[j].block]
			keys[*at] = uint64(chunk[j].time)<<32 | i
			*at++
			i++
		}
	}
	return keys
}

// gather writes the columns in the order of the keys.
func (c *columns) gather(ctx context.Context, s *stage, keys []uint64) error {
	n := s.n
	c.at, c.time, c.cell, c.fid = make([]uint32, n), make([]uint32, n), make([]uint32, n), make([]uint32, n)
	c.class, c.unit, c.tags = make([]uint16, n), make([]uint16, n), make([]uint8, n)
	for bi := range c.blocks {
		if bi%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		b := &c.blocks[bi]
		for i := b.from; i < b.to; i++ {
			r := s.row(uint32(keys[i]))
			c.at[i], c.time[i], c.cell[i], c.fid[i] = r.at, r.time, r.cell, r.fid
			c.class[i], c.unit[i], c.tags[i] = r.class, r.unit, r.tags
		}
		c.list(b)
	}
	return nil
}

// list notes which cells the block's cases lie in.
func (c *columns) list(b *block) {
	b.cells = uint32(len(c.sets))
	for i, cell := range c.cell[b.from:b.to] {
		b.strays = b.strays || cell == 0
		if i > 0 && cell == c.cell[b.from+uint32(i)-1] || slices.Contains(c.sets[b.cells:], cell) {
			continue
		}
		c.sets = append(c.sets, cell)
		if len(c.sets)-int(b.cells) > maxSet {
			c.sets = c.sets[:b.cells]
			b.strays = slices.Contains(c.cell[b.from:b.to], 0)
			break
		}
	}
	b.cellsEnd = uint32(len(c.sets))
}

// near returns the row of a case that lies in the block of a position.
func (c *columns) near(fid uint32, at spatial.Coord) (row uint32, ok bool) {
	i, found := c.blockAt(spatial.Coord{X: at.X &^ blockMask, Y: at.Y &^ blockMask})
	if !found {
		return 0, false
	}
	b := &c.blocks[i]
	k := slices.Index(c.fid[b.from:b.to], fid)
	return b.from + uint32(max(k, 0)), k >= 0
}

// search returns the rows of those of the cases that are here, wherever: for
// those that have moved or are late. It reads all numbers once, 10 million in
// 10 ms.
func (c *columns) search(fids []uint32) (rows []uint32) {
	var low [1 << 16]bool
	wanted := make(map[uint32]bool, len(fids))
	for _, fid := range fids {
		if fid <= c.maxFID {
			low[fid&0xffff], wanted[fid] = true, true
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	for row, fid := range c.fid {
		if low[fid&0xffff] && wanted[fid] {
			rows = append(rows, uint32(row))
		}
	}
	return rows
}

// blockAt returns the first block not before a corner, and whether it is that one.
func (c *columns) blockAt(corner spatial.Coord) (int, bool) {
	i := sort.Search(len(c.blocks), func(i int) bool {
		p := c.blocks[i].corner
		return p.Y > corner.Y || p.Y == corner.Y && p.X >= corner.X
	})
	return i, i < len(c.blocks) && c.blocks[i].corner == corner
}

// blockOf returns the block of a row.
func (c *columns) blockOf(row uint32) *block {
	return &c.blocks[sort.Search(len(c.blocks), func(i int) bool { return c.blocks[i].to > row })]
}

// bytes is the memory the columns take.
func (c *columns) bytes() int {
	const blockBytes = 80
	return len(c.at)*21 + len(c.sets)*4 + len(c.blocks)*blockBytes + len(c.calendar.hour)*3
}
