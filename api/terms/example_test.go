package terms_test

import (
	"fmt"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/grids"
)

// A position as a phone's map gives it, in a city that allows the conversion.
func ExampleSystem() {
	city := &grids.City{Profile: grids.Profile{Offset: true}}
	gcj02, err := terms.System(city, "crs", "gcj02")
	if err != nil {
		panic(err)
	}
	at, err := terms.ToLattice(gcj02, 114.3113, 34.7957)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.4f %.4f\n", at.Lon(), at.Lat())
	// Output:
	// 114.3055 34.7966
}
