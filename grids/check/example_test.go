package check_test

import (
	"context"
	"fmt"

	"github.com/wanmi-gis/wanmi/grids/check"
	"github.com/wanmi-gis/wanmi/grids/demo"
)

func ExampleCheck() {
	town, err := demo.Town(1)
	if err != nil {
		fmt.Println(err)
		return
	}
	town.Cells[0].Zone = "Z99"
	r, err := check.Check(context.Background(), town, check.Options{At: at})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range r.Findings {
		if f.Rule == "orphan" {
			fmt.Println(f.Severity, f.Rule, f.Features[0].Code+":", f.Reason)
		}
	}
	// Output:
	// error orphan 990101001001001: it names "Z99" of the zones, which does not exist
}
