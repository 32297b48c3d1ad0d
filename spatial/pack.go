package spatial

import "github.com/paulmach/orb"

// Packer makes shapes as [FromOrb] does, for many that are kept together: their
// slices are cut to length from shared blocks, so that 50,000 buildings are some
// hundred objects to the collector instead of 200,000. A block is kept as long
// as one of its shapes is. The zero value is ready; it is for one goroutine.
type Packer struct {
	build  Shape // its slices are used again
	shapes []Shape
	coords []Coord
	ends   []uint32
}

// Elements of a block: 32 kB of coordinates, 8 kB of the others.
const (
	blockCoords = 4096
	blockEnds   = 2048
	blockShapes = 85
)

// FromOrb is [FromOrb] with the shape in the packer's blocks. It keeps nothing
// of g.
func (p *Packer) FromOrb(g orb.Geometry) (*Shape, error) {
	b := &p.build
	b.Coords, b.Ends, b.Shells = b.Coords[:0], b.Ends[:0], b.Shells[:0]
	if err := b.fill(g); err != nil {
		return nil, err
	}
	if len(p.shapes) == cap(p.shapes) {
		p.shapes = make([]Shape, 0, blockShapes)
	}
	p.shapes = append(p.shapes, Shape{
		Kind: b.Kind, Box: b.Box,
		Coords: packed(&p.coords, b.Coords, blockCoords),
		Ends:   packed(&p.ends, b.Ends, blockEnds),
		Shells: packed(&p.ends, b.Shells, blockEnds),
	})
	return &p.shapes[len(p.shapes)-1], nil
}

// packed copies values to the end of the block, or of a new one. What is large
// against a block stands alone.
func packed[T any](block *[]T, values []T, size int) []T {
	const alone = 8 // at most 1/8 of a block is left empty
	switch {
	case len(values) == 0:
		return nil
	case len(values) > size/alone:
		out := make([]T, len(values))
		copy(out, values)
		return out
	case cap(*block)-len(*block) < len(values):
		*block = make([]T, 0, size)
	}
	from := len(*block)
	*block = append(*block, values...)
	return (*block)[from:len(*block):len(*block)]
}
