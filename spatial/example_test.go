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

// The coverage gives the answers of the areas by arithmetic, and knows holes of
// the tiling.
func ExampleCoverage() {
	cell := func(west, south, east, north float64) *spatial.Shape {
		s, err := spatial.FromOrb(orb.Polygon{{{west, south}, {east, south}, {east, north}, {west, north}, {west, south}}})
		if err != nil {
			panic(err)
		}
		return s
	}
	// Four cells around a gap.
	coverage := spatial.NewCoverage(spatial.NewAreas([]*spatial.Shape{
		cell(114.349, 34.790, 114.350, 34.793), cell(114.351, 34.790, 114.352, 34.793),
		cell(114.350, 34.790, 114.351, 34.791), cell(114.350, 34.792, 114.351, 34.793),
	}))
	for _, lon := range []float64{114.3495, 114.3505, 114.351, 114.36} {
		at := spatial.At(lon, 34.7915)
		area, _ := coverage.Locate(at)
		fmt.Println(lon, area, coverage.Gap(at))
	}
	// Output:
	// 114.3495 0 false
	// 114.3505 -1 true
	// 114.351 1 false
	// 114.36 -1 false
}

func ExamplePointSet() {
	lamps := spatial.NewPointSet([]spatial.Coord{spatial.At(114.35, 34.79), spatial.At(114.36, 34.79), spatial.At(114.35, 34.80)})
	here := spatial.At(114.358, 34.79)
	for _, n := range lamps.Nearest(nil, here, 2, 1000, nil) {
		fmt.Printf("lamp %d, %.0f m\n", n.Index, n.DistanceM)
	}
	lamps.Search(spatial.Box{Min: spatial.At(114.34, 34.795), Max: spatial.At(114.37, 34.805)}, func(i int32) bool {
		fmt.Println("in the window: lamp", i)
		return true
	})
	// Output:
	// lamp 1, 183 m
	// lamp 0, 732 m
	// in the window: lamp 2
}

// A region says where its polygon is wrong, or what it has and meets.
func ExampleRegion() {
	for _, ring := range []orb.Ring{
		{{114.34, 34.79}, {114.36, 34.81}, {114.36, 34.79}, {114.34, 34.81}, {114.34, 34.79}},
		{{114.34, 34.79}, {114.36, 34.79}, {114.36, 34.81}, {114.34, 34.81}, {114.34, 34.79}},
	} {
		shape, err := spatial.FromOrb(orb.Polygon{ring})
		if err != nil {
			panic(err)
		}
		region, err := spatial.NewRegion(shape)
		if err != nil {
			fmt.Println(err)
			continue
		}
		road, err := spatial.FromOrb(orb.LineString{{114.35, 34.70}, {114.35, 34.90}})
		if err != nil {
			panic(err)
		}
		fmt.Println(region.Holds(spatial.At(114.35, 34.80)), region.Meets(road))
		fmt.Printf("%.0f m²\n", shape.AreaM2())
	}
	// Output:
	// the border crosses itself or that of another polygon near 114.3500000,34.8000000
	// true true
	// 4060723 m²
}
