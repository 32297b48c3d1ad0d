package heat

import (
	"context"
	"sync"
)

// ctxRows is how many rows of a lattice are blurred between two looks at the
// context.
const ctxRows = 16

// ctxNodes is the same where a node is a step or two.
const ctxNodes = 1 << 20

// grid is one float32 a node, row by row from the south.
type grid struct {
	nx, ny int
	v      []float32
}

func newGrid(nx, ny int) grid { return grid{nx, ny, make([]float32, nx*ny)} }

// grids keeps some that are done with: under filters that change many times a second
// they would be three quarters of what the collector has to take away.
var grids sync.Pool

// lentGrid is an empty grid, to be given back.
func lentGrid(nx, ny int) grid {
	if g, ok := grids.Get().(*grid); ok && cap(g.v) >= nx*ny {
		v := g.v[:nx*ny]
		clear(v)
		return grid{nx, ny, v}
	}
	return newGrid(nx, ny)
}

// giveBack ends the use of a lent grid.
func (g grid) giveBack() { grids.Put(&g) }

func (g grid) row(j int) []float32 { return g.v[j*g.nx : (j+1)*g.nx] }

// empty reports whether row j is nothing but 0, or is none.
func (g grid) emptyRows() []bool {
	empty := make([]bool, g.ny)
	for j := range empty {
		empty[j] = true
		for _, v := range g.row(j) {
			if v != 0 {
				empty[j] = false
				break
			}
		}
	}
	return empty
}

// blur convolves src with the kernel, for a lattice with so many nodes in a σ.
// Beyond the edge is nothing. Every sum has one order, so that the result has
// the same bits on every machine.
func (s Shape) blur(ctx context.Context, src grid, perSigma float64) (grid, error) {
	if s == Quartic {
		return blurDisc(ctx, src, quarticTaps(perSigma))
	}
	return blurSquare(ctx, src, gaussTaps(perSigma))
}

// blurSquare is the convolution with a kernel that is a product of two alike,
// along the rows and then across.
func blurSquare(ctx context.Context, src grid, taps []float32) (grid, error) {
	rows, out := lentGrid(src.nx, src.ny), newGrid(src.nx, src.ny)
	defer rows.giveBack()
	pad := newPad(src.nx, len(taps)-1)
	empty := src.emptyRows()
	for j := range src.ny {
		if j%ctxRows == 0 && ctx.Err() != nil {
			return out, ctx.Err()
		}
		if !empty[j] {
			pad.set(src.row(j))
			pad.sum(rows.row(j), taps)
		}
	}
	nothing := make([]float32, src.nx)
	at := func(j int) []float32 {
		if j < 0 || j >= src.ny || empty[j] {
			return nothing
		}
		return rows.row(j)
	}
	for j := range src.ny {
		if j%ctxRows == 0 && ctx.Err() != nil {
			return out, ctx.Err()
		}
		into := out.row(j)
		addOne(into, at(j), taps[0])
		k := 1
		for ; k+4 <= len(taps); k += 4 {
			add4(into, [8][]float32{at(j - k), at(j + k), at(j - k - 1), at(j + k + 1), at(j - k - 2), at(j + k + 2), at(j - k - 3), at(j + k + 3)},
				[4]float32(taps[k:k+4]))
		}
		for ; k < len(taps); k++ {
			addPair(into, at(j-k), at(j+k), taps[k])
		}
	}
	return out, nil
}

// blurDisc is the convolution with any kernel that is the same after a half turn
// of either axis; taps[y] has the weights of a row y above and below. Each of
// these is added to its twin first: half the multiplications.
func blurDisc(ctx context.Context, src grid, taps [][]float32) (grid, error) {
	out := newGrid(src.nx, src.ny)
	pad := newPad(src.nx, len(taps[0])-1)
	empty := src.emptyRows()
	there := func(j int) bool { return j >= 0 && j < src.ny && !empty[j] }
	for j := range src.ny {
		if j%ctxRows == 0 && ctx.Err() != nil {
			return out, ctx.Err()
		}
		into := out.row(j)
		for y, row := range taps {
			south, north := there(j-y), there(j+y) && y > 0
			switch {
			case south && north:
				pad.setSum(src.row(j-y), src.row(j+y))
			case south:
				pad.set(src.row(j - y))
			case north:
				pad.set(src.row(j + y))
			default:
				continue
			}
			pad.sum(into, row)
		}
	}
	return out, nil
}

// padded is a row with nothing on either side.
type padded struct {
	reach, n int
	v        []float32
}

func newPad(n, reach int) *padded { return &padded{reach, n, make([]float32, n+2*reach)} }

func (p *padded) set(row []float32) { copy(p.v[p.reach:], row) }

func (p *padded) setSum(a, b []float32) {
	into := p.v[p.reach : p.reach+p.n]
	a, b = a[:len(into)], b[:len(into)]
	for i := range into {
		into[i] = a[i] + b[i]
	}
}

// at returns the row moved by k nodes.
func (p *padded) at(k int) []float32 { return p.v[p.reach+k : p.reach+k+p.n] }

// sum adds to each node of out the row weighed by taps to both sides.
func (p *padded) sum(out, taps []float32) {
	addOne(out, p.at(0), taps[0])
	k := 1
	for ; k+4 <= len(taps); k += 4 {
		add4(out, [8][]float32{p.at(-k), p.at(k), p.at(-k - 1), p.at(k + 1), p.at(-k - 2), p.at(k + 2), p.at(-k - 3), p.at(k + 3)},
			[4]float32(taps[k:k+4]))
	}
	for ; k < len(taps); k++ {
		addPair(out, p.at(-k), p.at(k), taps[k])
	}
}

func addOne(out, a []float32, w float32) {
	a = a[:len(out)]
	for i := range out {
		out[i] += float32(a[i] * w)
	}
}

func addPair(out, a, b []float32, w float32) {
	a, b = a[:len(out)], b[:len(out)]
	for i := range out {
		out[i] += float32((a[i] + b[i]) * w)
	}
}

// add4 adds four pairs of rows, so that out is read and written once for them.
func add4(out []float32, in [8][]float32, w [4]float32) {
	a0, b0, a1, b1 := in[0][:len(out)], in[1][:len(out)], in[2][:len(out)], in[3][:len(out)]
	a2, b2, a3, b3 := in[4][:len(out)], in[5][:len(out)], in[6][:len(out)], in[7][:len(out)]
	w0, w1, w2, w3 := w[0], w[1], w[2], w[3]
	for i := range out {
		s := float32((a0[i]+b0[i])*w0) + float32((a1[i]+b1[i])*w1)
		t := float32((a2[i]+b2[i])*w2) + float32((a3[i]+b3[i])*w3)
		out[i] += s + t
	}
}
