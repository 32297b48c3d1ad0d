package grids_test

import (
	"fmt"
	"time"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// An edit makes the next snapshot; readers of the one before see nothing of it.
func ExampleSnapshot_With() {
	shape, err := spatial.FromOrb(orb.Polygon{{{114.349, 34.790}, {114.350, 34.790}, {114.350, 34.791}, {114.349, 34.791}, {114.349, 34.790}}})
	if err != nil {
		panic(err)
	}
	lamp := grids.Component{Feature: grids.Feature{FID: 1, Code: "L1", At: shape.Representative()}, ComponentTraits: &grids.ComponentTraits{State: "完好"}}
	city := &grids.City{
		Profile: grids.Profile{Version: 1}, Components: []grids.Component{lamp},
		Cells: []grids.Cell{{Feature: grids.Feature{Code: "990101001001001", Shape: shape, At: shape.Representative()}}},
	}
	now := time.Now()
	s, err := grids.NewSnapshot(city, now)
	if err != nil {
		panic(err)
	}
	broken := "破损"
	lamp = s.Component(s.Find(grids.Components, "L1")).Patched(grids.ComponentPatch{State: &broken})
	next := s.With(now, grids.Edit{Version: 2, Component: &lamp})
	for _, s := range []*grids.Snapshot{s, next} {
		i := s.Find(grids.Components, "L1")
		fmt.Println(s.City.Version, s.Component(i).State, s.RowVersion(grids.Components, i))
	}
	// Output:
	// 1 完好 1
	// 2 破损 2
}
