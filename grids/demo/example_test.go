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
