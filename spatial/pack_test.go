package spatial

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/paulmach/orb"
)

// TestPacker_MakesTheShapesOfFromOrb makes thousands of shapes and only then
// compares them: one that ran into its neighbour would show.
func TestPacker_MakesTheShapesOfFromOrb(t *testing.T) {
	r := newRand(t, 21)
	var p Packer
	var got, want []*Shape
	for n := range 4000 {
		var g orb.Geometry
		line := orb.LineString{}
		for range 1 + r.IntN(1<<r.IntN(11)) { // also longer than a block has room for
			line = append(line, randCoord(r).Point())
			line[len(line)-1][0] /= 4
		}
		switch n % 6 {
		case 0:
			g = randCoord(r).Point()
		case 1:
			g = orb.MultiPoint(line)
		case 2:
			g = line
		case 3:
			g = orb.MultiLineString{line, line[:1], slices.Clone(line)}
		case 4:
			g = orb.Polygon{append(orb.Ring(line), line[0])}
		default:
			g = orb.MultiPolygon{{square(0, 0, 90), square(10, 10, 5)}, {square(100, float64(n), 7)}}
		}
		a, errA := p.FromOrb(g)
		b, errB := FromOrb(g)
		if (errA == nil) != (errB == nil) || (errB != nil && errA.Error() != errB.Error()) {
			t.Fatalf("%v: error %v, want %v", g, errA, errB)
		}
		if errB == nil {
			got, want = append(got, a), append(want, b)
		}
	}
	for i := range want {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Fatalf("shape %d is %+v, want %+v", i, got[i], want[i])
		}
		if s := got[i]; cap(s.Coords) != len(s.Coords) || cap(s.Ends) != len(s.Ends) || cap(s.Shells) != len(s.Shells) {
			t.Fatalf("shape %d could be appended to its neighbour", i)
		}
	}
	if len(want) < 3000 {
		t.Errorf("only %d shapes were compared", len(want))
	}
	if s, err := p.FromOrb(nil); s != nil || !errors.Is(err, ErrEmpty) {
		t.Errorf("of nothing: %v, %v", s, err)
	}
}
