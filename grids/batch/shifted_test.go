package batch

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

func TestShifted_GivesThePositionOfTheExactInverse(t *testing.T) { checkShifted(t, 100_000) }

// checkShifted asks n positions in each system, many of them next to the middle
// between two lattice positions.
func checkShifted(t *testing.T, n int) {
	t.Helper()
	city, err := demo.Town(1)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := grids.NewSnapshot(city, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(2, 2000))
	box := snap.Box(grids.Cells).Grow(90_000)
	for _, name := range []string{"gcj02", "bd09"} {
		sys, err := crs.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		f := newFinder(snap, Options{System: sys})
		var s shifted
		sure := 0
		for k := range n {
			// Half of them lie next to where rounding changes.
			x, y := float64(box.Min.X)+float64(r.Int32N(box.Max.X-box.Min.X)), float64(box.Min.Y)+float64(r.Int32N(box.Max.Y-box.Min.Y))
			if k%2 == 0 {
				x, y = x+r.Float64(), y+r.Float64()
			} else {
				x, y = x+0.5+(r.Float64()-0.5)*8e-3, y+0.5+(r.Float64()-0.5)*8e-3
			}
			x, y = sys.FromCGCS2000(x*spatial.Quantum, y*spatial.Quantum)
			got, ok := s.coord(&f, x, y)
			if !ok {
				continue
			}
			sure++
			if want, err := f.coord(x, y); err != nil || got != want {
				t.Fatalf("%s %v %v: %v, want %v %v", name, x, y, got, want, err)
			}
		}
		t.Logf("%s: %d of %d by the table", name, sure, n)
		if sure < n/2 {
			t.Errorf("%s: only %d of %d by the table", name, sure, n)
		}
	}
}

func FuzzShifted(f *testing.F) {
	city, err := demo.Town(1)
	if err != nil {
		f.Fatal(err)
	}
	snap, err := grids.NewSnapshot(city, time.Now())
	if err != nil {
		f.Fatal(err)
	}
	at := city.Cells[0].At
	f.Add(at.Lon(), at.Lat(), true)
	f.Add(at.Lon()+0.005, at.Lat()-0.001, false)
	f.Fuzz(func(t *testing.T, x, y float64, gcj bool) {
		name := "bd09"
		if gcj {
			name = "gcj02"
		}
		sys, err := crs.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		finder := newFinder(snap, Options{System: sys})
		s := shifted{table: tableOf(sys, snap)}
		got, ok := s.coord(&finder, x, y)
		if want, err := finder.coord(x, y); ok && (err != nil || got != want) {
			t.Fatalf("%s %v %v: %v, want %v %v", name, x, y, got, want, err)
		}
	})
}
