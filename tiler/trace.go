package tiler

import "github.com/wanmi-gis/wanmi/spatial"

// tracer follows drawing commands back to positions.
type tracer struct {
	message

	at Point
}

// readGeometry reads the commands that the feature's type allows, in the order
// it allows them.
func (f *TileFeature) readGeometry(b []byte) error {
	t := tracer{message: message{b: b}}
	switch f.Type {
	case spatial.Points:
		points := make([]Point, t.command(moveTo, "MoveTo", maxCount))
		t.follow(points)
		if t.more() {
			t.failf("%d bytes after the points", len(t.b))
		}
		f.Parts = [][]Point{points}
	case spatial.Lines:
		for t.more() {
			f.Parts = append(f.Parts, t.path())
		}
	case spatial.Polygons:
		for t.more() {
			f.Parts = append(f.Parts, t.path())
			if c := t.uint32(); t.err == nil && c != closePath {
				t.failf("command %d count %d where ClosePath count 1 was due", c&7, c>>3)
			}
		}
	default:
		f.Commands, t.err = numbers(b)
	}
	return t.err
}

// maxCount is the largest that a command has room for.
const maxCount = 1<<29 - 1

// command reads a command that must be the one named and returns its count: 1
// to most, and not more than the bytes left can hold.
func (t *tracer) command(id uint32, name string, most int) int {
	if len(t.b) == 0 {
		t.failf("the geometry ends where %s was due", name)
	}
	c := t.uint32()
	n := int(c >> 3)
	switch {
	case t.err != nil:
	case c&7 != id || n == 0 || n > most:
		t.failf("command %d count %d where %s was due", c&7, n, name)
	case n > len(t.b)/2:
		t.failf("%s count %d with %d bytes left", name, n, len(t.b))
	}
	if t.err != nil {
		return 0
	}
	return n
}

// path reads one MoveTo and one LineTo.
func (t *tracer) path() []Point {
	var start [1]Point
	t.follow(start[:t.command(moveTo, "MoveTo count 1", 1)])
	points := make([]Point, 1+t.command(lineTo, "LineTo", maxCount))
	points[0] = start[0]
	t.follow(points[1:])
	return points
}

// follow reads as many positions as there is room for.
func (t *tracer) follow(points []Point) {
	for i := range points {
		x, y := t.uint32(), t.uint32()
		t.at.X += unzigzag(x)
		t.at.Y += unzigzag(y)
		points[i] = t.at
	}
}

// unzigzag undoes zigzag.
func unzigzag(v uint32) int64 { return int64(int32(v>>1) ^ -int32(v&1)) }
