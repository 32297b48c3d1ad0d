package crs_test

import (
	"fmt"

	"github.com/wanmi-gis/wanmi/spatial/crs"
)

func Example() {
	system, err := crs.Parse("EPSG:4526") // 3° zone 38, zone number in the easting
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(system.Check(531923.057, 3851195.913))
	lon, lat := system.ToCGCS2000(38531923.057, 3851195.913)
	fmt.Printf("%.7f,%.7f\n", lon, lat)
	// Output:
	// crs epsg:4526: coordinate out of range: easting 531923.06 is without its zone number: name crs epsg:4547 or add 38000000
	// 114.3488000,34.7886000
}

func ExampleLocalPlane() {
	plane := crs.LocalPlane(114.3488, 34.7886)
	e, n := plane.Forward(114.3500, 34.7900)
	fmt.Printf("%.2f m east, %.2f m north\n", e, n)
	// Output:
	// 109.82 m east, 155.31 m north
}

func ExampleGrid() {
	grid, err := crs.NewGrid(
		crs.TM{Lon0: 114.35, X0: 50_000, Y0: -3_800_000, K: 1},
		[6]float64{1, 0, 12.5, 0, 1, -7.25})
	if err != nil {
		fmt.Println(err)
		return
	}
	e, n := grid.FromCGCS2000(114.3488, 34.7886)
	fmt.Printf("%.3f %.3f\n", e, n)
	// Output:
	// 49902.673 51133.224
}
