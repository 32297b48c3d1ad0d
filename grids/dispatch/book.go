package dispatch

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// Book is what was found out about responsibility beside the layers: records,
// rulings, and returns that stand.
type Book struct {
	Records []grids.OwnershipRecord
	Rulings []grids.Ruling
	Returns []Return
}

// Return is a case that a unit gave back as not its own, and the centre agreed:
// the component is not the unit's, whatever is on record from before.
type Return struct {
	Component string
	Unit      string
	At        time.Time
}

// ErrBook marks a claim that cannot be applied.
var ErrBook = errors.New("ownership records and rulings")

// Check says which claims cannot be applied.
func (b *Book) Check() error {
	_, err := b.compile()
	return err
}

// compiledBook finds claims by what they are about, newest first.
type compiledBook struct {
	records, rulings claims
	returns          map[string][]Return
}

// claims are those of one kind.
type claims struct {
	all         []*grids.Claim
	byComponent map[string][]*grids.Claim
	byArea      map[string][]*grids.Claim
	places      []*grids.Claim // by the index of their shape
	areas       *spatial.Areas
}

func (b *Book) compile() (*compiledBook, error) {
	c := &compiledBook{returns: map[string][]Return{}}
	if b == nil {
		b = &Book{}
	}
	var records, rulings []*grids.Claim
	for i := range b.Records {
		records = append(records, &b.Records[i].Claim)
	}
	for i := range b.Rulings {
		rulings = append(rulings, &b.Rulings[i].Claim)
	}
	var errs [2]error
	c.records, errs[0] = compileClaims("record", records)
	c.rulings, errs[1] = compileClaims("ruling", rulings)
	for _, r := range b.Returns {
		c.returns[r.Component] = append(c.returns[r.Component], r)
	}
	return c, errors.Join(errs[:]...)
}

func compileClaims(what string, all []*grids.Claim) (claims, error) {
	c := claims{byComponent: map[string][]*grids.Claim{}, byArea: map[string][]*grids.Claim{}}
	slices.SortStableFunc(all, newestFirst)
	var shapes []*spatial.Shape
	var errs []error
	for _, x := range all {
		if err := x.Subject.Check(); err != nil {
			errs = append(errs, fmt.Errorf("%w: %s %d: %w", ErrBook, what, x.ID, err))
			continue
		}
		c.all = append(c.all, x)
		switch {
		case x.Subject.Component != "":
			c.byComponent[x.Subject.Component] = append(c.byComponent[x.Subject.Component], x)
		case x.Subject.Area != "":
			c.byArea[x.Subject.Area] = append(c.byArea[x.Subject.Area], x)
		default:
			s, err := placeOf(&x.Subject)
			if err != nil {
				errs = append(errs, fmt.Errorf("%w: %s %d: %w", ErrBook, what, x.ID, err))
				continue
			}
			c.places, shapes = append(c.places, x), append(shapes, s)
		}
	}
	if len(shapes) > 0 {
		c.areas = spatial.NewAreas(shapes)
	}
	return c, errors.Join(errs...)
}

// newestFirst is the order in which claims about one thing count.
func newestFirst(a, b *grids.Claim) int {
	return cmp.Or(b.Valid.From.Compare(a.Valid.From), cmp.Compare(b.ID, a.ID))
}

// discCorners is how many corners a disc has as a polygon of its own area: at
// 16 the border is off by less than 2 % of the radius.
const discCorners = 16

// placeOf is the ground of a subject's place: a disc, or a strip of quadrilaterals
// that share the edges where the line bends, so that nothing counts twice.
func placeOf(s *grids.Subject) (*spatial.Shape, error) {
	mx, my := quantumM(s.Line[0])
	if len(s.Line) == 1 {
		return ring(disc(s.Line[0], s.WithinM, mx, my)), nil
	}
	line := slices.Compact(slices.Clone(s.Line))
	if len(line) == 1 {
		return ring(disc(line[0], s.WithinM, mx, my)), nil
	}
	out := &spatial.Shape{Kind: spatial.Polygons, Box: spatial.EmptyBox()}
	if i := sharp(line, mx, my); i > 0 {
		return nil, fmt.Errorf("the line turns back at position %d; make two of it", i+1)
	}
	left, right := sides(line, s.WithinM, mx, my)
	for i := 1; i < len(line); i++ {
		quad := []spatial.Coord{right[i-1], right[i], left[i], left[i-1]}
		if !convex(quad) {
			return nil, fmt.Errorf("the line turns too sharply at position %d for %v m to its sides; make two of it", i+1, s.WithinM)
		}
		out.Shells = append(out.Shells, uint32(len(out.Ends)))
		out.Coords = append(out.Coords, quad...)
		out.Ends = append(out.Ends, uint32(len(out.Coords)))
		for _, c := range quad {
			out.Box = out.Box.Extend(c)
		}
	}
	return out, nil
}

func ring(coords []spatial.Coord) *spatial.Shape {
	s := &spatial.Shape{Kind: spatial.Polygons, Coords: coords, Ends: []uint32{uint32(len(coords))}, Shells: []uint32{0}, Box: spatial.EmptyBox()}
	for _, c := range coords {
		s.Box = s.Box.Extend(c)
	}
	return s
}

func disc(at spatial.Coord, radiusM, mx, my float64) []spatial.Coord {
	// The polygon of the disc's area is that much wider.
	const step = 2 * math.Pi / discCorners
	r := radiusM * math.Sqrt(step/math.Sin(step))
	out := make([]spatial.Coord, discCorners)
	for i := range out {
		sin, cos := math.Sincos(step * float64(i))
		out[i] = shifted(at, float64(r*cos)/mx, float64(r*sin)/my)
	}
	return out
}

// sides are the positions to the left and right of a line's, a width away from
// both pieces that meet there.
func sides(line []spatial.Coord, widthM, mx, my float64) (left, right []spatial.Coord) {
	way := func(a, b spatial.Coord) (x, y float64) {
		x, y = (float64(b.X)-float64(a.X))*mx, (float64(b.Y)-float64(a.Y))*my
		l := math.Sqrt(float64(x*x) + float64(y*y))
		return x / l, y / l
	}
	for i, c := range line {
		ux, uy := way(line[max(i-1, 0)], line[max(i, 1)])
		vx, vy := way(line[min(i, len(line)-2)], line[min(i+1, len(line)-1)])
		// The normal of both, long enough to be widthM from each.
		nx, ny := -(uy + vy), ux+vx
		scale := 2 * widthM / max(float64(nx*nx)+float64(ny*ny), 1e-6)
		dx, dy := float64(nx*scale)/mx, float64(ny*scale)/my
		left, right = append(left, shifted(c, dx, dy)), append(right, shifted(c, -dx, -dy))
	}
	return left, right
}

// sharp returns the first position at which a line turns by a right angle or
// more, 0 for none: the strips on both sides of it would lie on one another.
func sharp(line []spatial.Coord, mx, my float64) int {
	for i := 1; i+1 < len(line); i++ {
		a, b, c := line[i-1], line[i], line[i+1]
		ux, uy := (float64(b.X)-float64(a.X))*mx, (float64(b.Y)-float64(a.Y))*my
		vx, vy := (float64(c.X)-float64(b.X))*mx, (float64(c.Y)-float64(b.Y))*my
		if float64(ux*vx)+float64(uy*vy) <= 0 {
			return i
		}
	}
	return 0
}

// convex reports whether the corners turn left all around.
func convex(q []spatial.Coord) bool {
	for i := range q {
		a, b, c := q[i], q[(i+1)%len(q)], q[(i+2)%len(q)]
		ux, uy := float64(b.X)-float64(a.X), float64(b.Y)-float64(a.Y)
		vx, vy := float64(c.X)-float64(b.X), float64(c.Y)-float64(b.Y)
		if float64(ux*vy)-float64(uy*vx) <= 0 {
			return false
		}
	}
	return true
}

func shifted(c spatial.Coord, dx, dy float64) spatial.Coord {
	return spatial.Coord{X: c.X + int32(math.Round(dx)), Y: c.Y + int32(math.Round(dy))}
}

// quantumM returns the width and height of a quantum in metres.
func quantumM(c spatial.Coord) (mx, my float64) {
	const step = 1000
	east := spatial.Coord{X: c.X + step, Y: c.Y}
	north := spatial.Coord{X: c.X, Y: c.Y + step}
	return spatial.DistanceM(c, east) / step, spatial.DistanceM(c, north) / step
}

// newest returns the first claim that holds, and the first that
// no longer does.
func newest(all []*grids.Claim, at grids.Moment) (holds, over *grids.Claim) {
	for _, c := range all {
		switch {
		case c.Valid.From != 0 && at < c.Valid.From:
		case c.Valid.To == 0 || at < c.Valid.To:
			return c, over
		case over == nil:
			over = c
		}
	}
	return nil, over
}

// returned tells whether the unit gave a case of the component back between two
// times; from 0 is ever.
func (b *compiledBook) returned(component, unit string, from grids.Moment, to time.Time) bool {
	for _, r := range b.returns[component] {
		if r.Unit == unit && !r.At.After(to) && (from == 0 || grids.MomentOf(r.At) >= from) {
			return true
		}
	}
	return false
}
