package heat

import (
	"context"
	"sync"
)

// bins are cases laid on the four nodes around each, in parts of a case,
// weightUnit² to one: whole numbers, so that the order of cases does not show.
//
// A block's cases are summed by square first, two sums in a word, so that a case
// costs two additions in memory that stays in the first level of the cache; what
// the nodes at the corners get follows from a square's sums.
type bins struct {
	Lattice
	sums        []uint64 // by node
	n, excluded int64

	tallies tallies
}

// tallies are sums by square, of which a block has less than 32 in each direction:
// in the lower half the number of cases, in the upper how far east of the
// south-western node they lie, in parts of weightUnit; and the same, each times how
// far north of it.
type tallies struct {
	west  [1 << (2 * sideBits)]uint64
	_     [8]uint64
	north [1 << (2 * sideBits)]uint64
}

const (
	// weightBits divide the spacing: a case is moved by less than c/512 to there.
	weightBits = 8
	weightUnit = 1 << weightBits
	// maxSummed cases of one weight, weightUnit² at most, are less than 2³².
	maxSummed = 1<<(32-2*weightBits) - 1
	// sideBits are for the squares that a block meets in one direction: 32 are
	// enough down to σ = 25 m.
	sideBits = 5
	sideMask = 1<<sideBits - 1
)

// bin lays the cases that the predicate takes on the lattice.
func (v *View) bin(ctx context.Context, p *Predicate, l Lattice) (*bins, error) {
	b := lentBins(l)
	return b, v.scan(ctx, p, b.add)
}

// binsKept keeps some that are done with, as grids does.
var binsKept sync.Pool

func lentBins(l Lattice) *bins {
	if b, ok := binsKept.Get().(*bins); ok && cap(b.sums) >= l.Nodes() {
		b.Lattice, b.sums, b.n, b.excluded = l, b.sums[:l.Nodes()], 0, 0
		clear(b.sums)
		return b
	}
	return &bins{Lattice: l, sums: make([]uint64, l.Nodes())}
}

// giveBack ends the use of the bins, whose scan went to its end: what a panic left
// half done must not come back.
func (b *bins) giveBack() { binsKept.Put(b) }

// weights returns the bins in cases, in a grid that is lent.
func (b *bins) weights() grid {
	out := lentGrid(b.NX, b.NY)
	for i, s := range b.sums {
		if s != 0 {
			out.v[i] = float32(float64(s) * (1.0 / (weightUnit * weightUnit)))
		}
	}
	return out
}

// fixed is an affine map from places in a block to nodes with 32 bits behind the
// point: whole numbers are the same on every machine, and quick.
type fixed struct{ u0, uX, uY, v0, vX, vY int64 }

const fixedOne = 1 << 32

func (l Lattice) fixed(a affine) fixed {
	scale := fixedOne / l.SpacingM
	u0, v0 := l.node(a.e0, a.n0)
	const half = fixedOne / weightUnit / 2 // so that weights round instead of falling
	return fixed{
		int64(u0*fixedOne) + half, int64(a.eX * scale), int64(a.eY * scale),
		int64(v0*fixedOne) + half, int64(a.nX * scale), int64(a.nY * scale),
	}
}

// extent returns the squares in which the block's corners lie.
func (f *fixed) extent() (u0, u1, v0, v1 int64) {
	const side = 1 << blockBits
	uX, uY, vX, vY := f.uX*side, f.uY*side, f.vX*side, f.vY*side
	u0, u1 = f.u0+min(uX, 0)+min(uY, 0), f.u0+max(uX, 0)+max(uY, 0)
	v0, v1 = f.v0+min(vX, 0)+min(vY, 0), f.v0+max(vX, 0)+max(vY, 0)
	return u0 >> 32, u1 >> 32, v0 >> 32, v1 >> 32
}

// far is how many nodes from the lattice a block may be for whole numbers to hold.
const far = 1 << 24

// add lays a block's rows on the nodes.
func (b *bins) add(c *columns, bl *block, rows []uint32) {
	u0, v0 := b.node(bl.place.e0, bl.place.n0)
	stray := bl.strays && bl.cellsEnd == bl.cells+1 // none is in a cell
	if stray || !(u0 > -far && u0 < far && v0 > -far && v0 < far) {
		b.excluded += int64(len(rows))
		return
	}
	f := b.fixed(bl.place)
	west, east, south, north := f.extent()
	if bl.strays || west < 1 || east >= int64(b.NX-2) || south < 1 || north >= int64(b.NY-2) {
		before := len(rows)
		rows = b.held(c, &f, rows)
		b.excluded += int64(before - len(rows))
	}
	if len(rows) == 0 {
		return
	}
	b.n += int64(len(rows))
	// From one square before the first: lay rounds, by less than a square.
	t := patch{west: int(max(west-1, 0)), south: int(max(south-1, 0))}
	t.nx, t.ny = min(int(east)+2, b.NX-1)-t.west, min(int(north)+2, b.NY-1)-t.south
	t.place(&f)
	if t.nx > 1<<sideBits || t.ny > 1<<sideBits || t.nx*t.ny > sparse*len(rows) {
		b.layEach(c, &t, rows)
		return
	}
	for len(rows) > 0 {
		n := min(len(rows), maxSummed)
		layOn(&b.tallies, c.at, &t, rows[:n])
		b.toNodes(&t)
		rows = rows[n:]
	}
}

// sparse is from how many squares to a case on the nodes are written directly.
const sparse = 2

// patch is the squares of the lattice that a block meets, and how the places in
// the block are told in them: in one word, east in the upper half and north in the
// lower, with squareBits behind the point.
type patch struct {
	west, south, nx, ny int
	origin, pX, pY      uint64
}

// squareBits leave 8 before the point: enough for a block on the finest lattice,
// 146 squares.
const squareBits = 24

func (t *patch) place(f *fixed) {
	pack := func(u, v int64) uint64 {
		const drop, half = 32 - squareBits, 1 << (32 - squareBits) / 2
		return uint64((u+half)>>drop<<32 + (v+half)>>drop)
	}
	t.origin = pack(f.u0-int64(t.west)<<32, f.v0-int64(t.south)<<32)
	t.pX, t.pY = pack(f.uX, f.vX), pack(f.uY, f.vY)
}

// layOn adds rows to the sums of squares.
func layOn(tallies *tallies, at []uint32, t *patch, rows []uint32) {
	origin, pX, pY := t.short()
	west, north := &tallies.west, &tallies.north
	for _, r := range rows {
		p := uint64(at[r])
		k, x, y := within(origin + pX*p + pY*(p>>16))
		west[k] += x
		north[k] += x * y
	}
}

// shortFrac is how many bits stand behind the point where only sideBits stand before
// it, so that what is above is cut off by itself.
const shortFrac = 32 - sideBits

// short is the map for places as columns have them, y in the upper half, to places
// with shortFrac.
func (t *patch) short() (origin, pX, pY uint64) {
	const shift = shortFrac - squareBits
	return t.origin << shift, t.pX << shift, (t.pY - t.pX<<16) << shift
}

// within returns the number of a place's square, and how far east, with a 1 for the
// case itself in the lower half, and north of its corner it is. The 1 is joined by
// or: what is added the compiler carries into the caller's sum, a quarter more time.
func within(place uint64) (k, x, y uint64) {
	k = place>>(32+shortFrac) | place>>(shortFrac-sideBits)&(sideMask<<sideBits)
	place >>= shortFrac - weightBits
	return k, place&((weightUnit-1)<<32) | 1, uint64(uint8(place))
}

// toNodes moves the squares' sums to the nodes.
func (b *bins) toNodes(t *patch) {
	const lower = 1<<32 - 1
	for j := range t.ny {
		k := (t.south+j)*b.NX + t.west
		south := b.sums[k : k+t.nx+1]
		north := b.sums[k+b.NX:][:len(south)]
		cases, norths := b.tallies.west[j<<sideBits:][:len(south)-1], b.tallies.north[j<<sideBits:][:len(south)-1]
		for i, s := range cases {
			if s == 0 {
				continue
			}
			n, x := s&lower<<weightBits, s>>32
			y, xy := norths[i]&lower<<weightBits, norths[i]>>32
			x <<= weightBits
			south[i] += n<<weightBits - x - y + xy
			south[i+1] += x - xy
			north[i] += y - xy
			north[i+1] += xy
			cases[i], norths[i] = 0, 0
		}
	}
}

// layEach adds rows to the nodes: the same numbers as layOn and toNodes.
func (b *bins) layEach(c *columns, t *patch, rows []uint32) {
	for _, r := range rows {
		place := uint64(c.at[r])
		place = t.origin + t.pX*(place&0xffff) + t.pY*(place>>16)
		x, y := uint64(uint8(place>>(32+squareBits-weightBits))), uint64(uint8(place>>(squareBits-weightBits)))
		k := (t.south+int(uint32(place)>>squareBits))*b.NX + t.west + int(place>>(32+squareBits))
		south, north := b.sums[k:k+2:k+2], b.sums[k+b.NX:k+b.NX+2:k+b.NX+2]
		south[0] += (weightUnit - x) * (weightUnit - y)
		south[1] += x * (weightUnit - y)
		north[0] += (weightUnit - x) * y
		north[1] += x * y
	}
}

// held keeps the rows that lie in a cell and a square within the lattice's rim,
// which no cell reaches.
func (b *bins) held(c *columns, f *fixed, rows []uint32) []uint32 {
	n := 0
	for _, r := range rows {
		x, y := int64(c.at[r]&0xffff), int64(c.at[r]>>16)
		u, v := (f.u0+f.uX*x+f.uY*y)>>32, (f.v0+f.vX*x+f.vY*y)>>32
		if c.cell[r] != 0 && u >= 1 && u < int64(b.NX-2) && v >= 1 && v < int64(b.NY-2) {
			rows[n] = r
			n++
		}
	}
	return rows[:n]
}
