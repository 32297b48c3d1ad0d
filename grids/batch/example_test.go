package batch_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/batch"
	"github.com/wanmi-gis/wanmi/spatial"
)

// A table of three rows, one of them without a number, in a city of one cell.
func ExampleCSV() {
	shape, err := spatial.FromOrb(orb.Polygon{{{114.349, 34.790}, {114.350, 34.790}, {114.350, 34.791}, {114.349, 34.791}, {114.349, 34.790}}})
	if err != nil {
		panic(err)
	}
	snap, err := grids.NewSnapshot(&grids.City{
		Profile: grids.Profile{Code: "990101", Name: "made up", NearM: 30},
		Cells:   []grids.Cell{{Feature: grids.Feature{Code: "990101001001001", Shape: shape, At: shape.Representative()}}},
	}, time.Now())
	if err != nil {
		panic(err)
	}
	table := "id,经度,纬度\n1,114.3495,34.7905\n2,114.4,34.8\n3,east,34.8\n"
	stats, err := batch.CSV(context.Background(), os.Stdout, strings.NewReader(table), snap, batch.Options{})
	fmt.Println(stats.Rows, "rows,", stats.Failed, "with an error,", err)
	// Output:
	// id,经度,纬度,status,cell,zone,community,street,district,error
	// 1,114.3495,34.7905,inside,990101001001001,,,,,
	// 2,114.4,34.8,outside,,,,,,
	// 3,east,34.8,,,,,,,"""east"" is no number"
	// 3 rows, 1 with an error, <nil>
}
