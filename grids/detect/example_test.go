package detect_test

import (
	"context"
	"fmt"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/grids/detect"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// Components of the made-up town, as a map service would have them.
func ExampleDetect() {
	city, err := demo.Town(1)
	if err != nil {
		panic(err)
	}
	snap, err := grids.NewSnapshot(city, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		panic(err)
	}
	gcj02, err := crs.Parse("gcj02")
	if err != nil {
		panic(err)
	}
	var rows []detect.Row
	for i := range city.Components[:500] {
		c := &city.Components[i]
		x, y := gcj02.FromCGCS2000(c.At.Lon(), c.At.Lat())
		rows = append(rows, detect.Row{X: y, Y: x, Category: c.Category})
	}
	f, err := detect.Detect(context.Background(), snap, rows)
	if err != nil {
		panic(err)
	}
	fmt.Println(f.Verdict, f.Guesses[0].Matched, "of", f.Points)
	// Output: gcj02 lat,lon 500 of 500
}
