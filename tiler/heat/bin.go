package heat

import (
	"context"
	"slices"
)

// bins are cases laid on the four nodes around each, in parts of a case,
// weightUnit² to one: whole numbers, so that the order of cases does not show.
//
// The sums of a band of squares are kept by square first, both nodes of a side in
// one word, so that a case costs two additions instead of four; they go to the
// nodes before a half of a word can overflow.
//
//	north  | NW in 32 bits | NE in 32 bits |
//	south  | SW            | SE            |
type bins struct {
	Lattice
	sums        []uint64 // by node
	n, excluded int64

	band    []sides
	base    int // the lattice's row that the band begins with
	height  int
	pending int // cases in the band
}

// sides are the sums of a square's southern and northern nodes, the western in the
// lower half.
type sides struct{ south, north uint64 }

const (
	// weightBits divide the spacing: a case is moved by less than c/512 to there.
	weightBits = 8
	weightUnit = 1 << weightBits
	// maxPending cases of one weight, weightUnit² at most, are less than 2³².
	maxPending = 1<<(32-2*weightBits) - 1
	// tallestM is how far a block reaches from south to north, at any latitude and
	// convergence that a city's plane has.
	tallestM = 100.0
)

// bin lays the cases that the predicate takes on the lattice.
func (v *View) bin(ctx context.Context, p *Predicate, l Lattice) (*bins, error) {
	b := &bins{Lattice: l, sums: make([]uint64, l.Nodes())}
	b.height = min(2*int(tallestM/l.SpacingM)+8, l.NY)
	b.band = make([]sides, b.height*l.NX)
	err := v.scan(ctx, p, b.add)
	b.flush()
	return b, err
}

// weights returns the bins in cases.
func (b *bins) weights() grid {
	out := newGrid(b.NX, b.NY)
	for i, s := range b.sums {
		if s != 0 {
			out.v[i] = float32(float64(s) * (1.0 / (weightUnit * weightUnit)))
		}
	}
	return out
}

// flush adds the band to the nodes.
func (b *bins) flush() {
	if b.pending == 0 {
		return
	}
	b.pending = 0
	const west = 1<<32 - 1
	for j := range min(b.height, b.NY-1-b.base) {
		k := (b.base + j) * b.NX
		row := b.band[j*b.NX : (j+1)*b.NX]
		south := b.sums[k : k+b.NX : k+b.NX]
		north := b.sums[k+b.NX : k+2*b.NX : k+2*b.NX]
		for i := range len(row) - 1 {
			s := &row[i]
			if s.south|s.north == 0 {
				continue
			}
			south[i] += s.south & west
			south[i+1] += s.south >> 32
			north[i] += s.north & west
			north[i+1] += s.north >> 32
			*s = sides{}
		}
	}
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
		south, north = max(south, 1), min(north, int64(b.NY-3))
	}
	if len(rows) == 0 {
		return
	}
	b.n += int64(len(rows))
	b.move(int(south)-1, int(north)+1) // lay rounds, by less than a square
	for len(rows) > 0 {
		n := min(len(rows), maxPending-b.pending)
		b.lay(c, &f, rows[:n])
		b.pending += n
		if rows = rows[n:]; b.pending == maxPending {
			b.flush()
		}
	}
}

// move has the band reach over rows of squares.
func (b *bins) move(south, north int) {
	if south >= b.base && north < b.base+b.height {
		return
	}
	b.flush()
	// A little to the south too: the next block to the east may begin there.
	b.base = max(south-b.height/8, 0)
	if need := north - b.base + 1; need > b.height {
		b.height = need
		b.band = make([]sides, b.height*b.NX)
	}
}

// squareBits are behind the point where a place in a block is told in one word,
// east in the upper half and north in the lower; the 8 before it are enough for a
// block on the finest lattice, 146 squares.
const squareBits = 24

// laid is how many places are computed before they are added: two loops that each
// fit the registers of a processor are quicker than one that does not.
const laid = 256

// lay adds rows to the band.
func (b *bins) lay(c *columns, f *fixed, rows []uint32) {
	// From one square before the first: rounding must not make a place negative.
	west, _, south, _ := f.extent()
	west, south = max(west-1, 0), max(south-1, 0)
	pack := func(u, v int64) uint64 {
		const drop, half = 32 - squareBits, 1 << (32 - squareBits) / 2
		return uint64((u+half)>>drop<<32 + (v+half)>>drop)
	}
	origin, pX, pY := pack(f.u0-west<<32, f.v0-south<<32), pack(f.uX, f.vX), pack(f.uY, f.vY)
	band := b.band[(int(south)-b.base)*b.NX+int(west):]
	at := c.at
	var places [laid]uint64
	for part := range slices.Chunk(rows, laid) {
		for i, r := range part {
			place := uint64(at[r])
			places[i&(laid-1)] = origin + pX*(place&0xffff) + pY*(place>>16)
		}
		addPlaces(band, places[:len(part)], b.NX)
	}
}

// addPlaces adds a case at each place of a band, whose rows are nx squares.
func addPlaces(band []sides, places []uint64, nx int) {
	for _, p := range places {
		east, north := p>>(32+squareBits-weightBits)&(weightUnit-1), p>>(squareBits-weightBits)&(weightUnit-1)
		both := weightUnit - east | east<<32
		upper := both * north
		s := &band[int(uint32(p)>>squareBits)*nx+int(p>>(32+squareBits))]
		s.south += both<<weightBits - upper
		s.north += upper
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
