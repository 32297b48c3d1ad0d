package demo_test

import (
	"fmt"

	"github.com/wanmi-gis/wanmi/grids/demo"
)

func ExampleTown() {
	city, err := demo.Town(1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(city.Name, city.Code)
	fmt.Println(len(city.Cells), "cells,", len(city.Components), "components")
	// Output:
	// 示例镇（虚构） 990101
	// 200 cells, 3000 components
}

func ExampleCity_scale() {
	_, err := demo.City(demo.Options{Seed: 1, Scale: 1000})
	fmt.Println(err)
	// Output:
	// make up a city of scale 1000: the scale is 1 to 40
}
