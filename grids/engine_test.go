package grids_test

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/spatial"
)

// madeUp is the town of wanmi demo.
var madeUp = sync.OnceValues(func() (*grids.Snapshot, error) {
	city, err := demo.Town(1)
	if err != nil {
		return nil, err
	}
	return grids.NewSnapshot(city, time.Now())
})

func townSnapshot(tb testing.TB) *grids.Snapshot {
	tb.Helper()
	s, err := madeUp()
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func cellAreas(s *grids.Snapshot) *spatial.Areas {
	shapes := make([]*spatial.Shape, len(s.City.Cells))
	for i := range shapes {
		shapes[i] = s.City.Cells[i].Shape
	}
	return spatial.NewAreas(shapes)
}

// TestEngine_TheTownsPositionsHaveTheCellOfTheReference asks random positions
// and every vertex of every cell with the eight positions around it.
func TestEngine_TheTownsPositionsHaveTheCellOfTheReference(t *testing.T) {
	s := townSnapshot(t)
	areas := cellAreas(s)
	counts := map[string]int{}
	check := func(c spatial.Coord) {
		t.Helper()
		p := s.Locate(c)
		want, also := areas.Locate(c)
		counts[string(p.Status)+" "+p.Fault]++
		if p.Status == grids.StatusInside {
			if p.Cell != want || !slices.Equal(p.Also, also) {
				t.Fatalf("%v: %+v, areas say %d also %v", c, p, want, also)
			}
			return
		}
		if near, d := areas.Nearest(c, s.City.NearM); want != spatial.None || p.Cell != near || p.DistanceM != d {
			t.Fatalf("%v: %+v, areas say %d, near %d at %v m", c, p, want, near, d)
		}
	}
	n := 1_000_000
	if testing.Short() {
		n = 100_000
	}
	const seed = 8118
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, seed))
	box := s.Box(grids.Cells).Grow(5000)
	for range n {
		check(anywhere(r, box))
	}
	for i := range s.City.Cells {
		for _, v := range s.City.Cells[i].Shape.Coords {
			for d := range int32(9) {
				check(spatial.Coord{X: v.X + d%3 - 1, Y: v.Y + d/3 - 1})
			}
		}
	}
	t.Logf("%d random positions and all vertices: %v", n, counts)
}

func anywhere(r *rand.Rand, b spatial.Box) spatial.Coord {
	return spatial.Coord{X: b.Min.X + r.Int32N(b.Max.X-b.Min.X+1), Y: b.Min.Y + r.Int32N(b.Max.Y-b.Min.Y+1)}
}
