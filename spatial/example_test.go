package spatial_test

import (
	"fmt"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/spatial"
)

// Two cells share an edge at 114.35° E; what lies on it belongs to the eastern.
func ExampleAreas() {
	cell := func(west, east float64) *spatial.Shape {
		s, err := spatial.FromOrb(orb.Polygon{{{west, 34.79}, {east, 34.79}, {east, 34.791}, {west, 34.791}, {west, 34.79}}})
		if err != nil {
			panic(err)
		}
		return s
	}
	areas := spatial.NewAreas([]*spatial.Shape{cell(114.349, 114.350), cell(114.350, 114.351)})
	for _, lon := range []float64{114.3495, 114.350, 114.351, 114.352} {
		area, _ := areas.Locate(spatial.At(lon, 34.7905))
		fmt.Println(lon, area)
	}
	metres, across := areas.Border(0, spatial.At(114.3499, 34.7905))
	fmt.Printf("%.1f m to area %d\n", metres, across)
	// Output:
	// 114.3495 0
	// 114.35 1
	// 114.351 1
	// 114.352 -1
	// 9.2 m to area 1
}

func ExampleTree() {
	lamps := []spatial.Coord{spatial.At(114.35, 34.79), spatial.At(114.36, 34.79), spatial.At(114.35, 34.80)}
	var tree spatial.Tree[int]
	for i, at := range lamps {
		tree.Insert(spatial.Box{Min: at, Max: at}, i)
	}
	here := spatial.At(114.358, 34.79)
	tree.Nearest(here, func(i int) float64 { return spatial.DistanceM(here, lamps[i]) },
		func(i int, metres float64) bool {
			fmt.Printf("lamp %d, %.0f m\n", i, metres)
			return i != 0
		})
	// Output:
	// lamp 1, 183 m
	// lamp 0, 732 m
}

// A horseshoe's centroid is outside it; its representative is not.
func ExampleShape_Representative() {
	s, err := spatial.FromOrb(orb.Polygon{{{0, 0}, {3, 0}, {3, 3}, {2, 3}, {2, 1}, {1, 1}, {1, 3}, {0, 3}, {0, 0}}})
	if err != nil {
		panic(err)
	}
	c := s.Representative()
	side, _ := s.Contains(c)
	fmt.Println(c.Lon(), c.Lat(), side == spatial.Inside)
	// Output: 0.5 2 true
}

func ExampleFromOrb() {
	_, err := spatial.FromOrb(orb.Polygon{{{0, 0}, {1e-8, 0}, {0, 1e-8}, {0, 0}}})
	fmt.Println(err)
	// Output: geometry collapses on the 1e-7 degree lattice
}

func ExampleDistanceM() {
	fmt.Printf("%.2f m\n", spatial.DistanceM(spatial.At(114.3, 34.8), spatial.At(114.3, 34.8001)))
	// Output: 11.09 m
}
