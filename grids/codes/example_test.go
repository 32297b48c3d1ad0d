package codes_test

import (
	"fmt"

	"github.com/wanmi-gis/wanmi/grids/codes"
)

func ExampleParseCell() {
	cell, err := codes.ParseCell(codes.Pattern{}, "410204003001017")
	fmt.Println(cell.Division, cell.Street, cell.Community, cell.Serial, cell.In().In().Kind(), err)
	_, err = codes.ParseCell(codes.Pattern{}, "4102040030010l7")
	fmt.Println(err)
	// Output:
	// 410204 3 1 17 subdistrict <nil>
	// cell code "4102040030010l7", character 14: 'l' is not a digit from 0 to 9
}

func ExampleParseComponent() {
	scheme, err := codes.ComponentPattern("gbt47678.5-2026")
	if err != nil {
		fmt.Println(err)
		return
	}
	lamp, err := codes.ParseComponent(scheme, "41020401037000042")
	fmt.Println(lamp.Division, lamp.Category(), lamp.Serial, err)
	// Output: 410204 01037 42 <nil>
}
