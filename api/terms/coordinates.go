package terms

import (
	"fmt"
	"strings"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// cgcs2000 is the system of requests that name none.
var cgcs2000 = func() crs.System {
	sys, err := crs.Parse("cgcs2000")
	if err != nil {
		panic(err)
	}
	return sys
}()

// System finds a coordinate system for the city, named in a parameter. GCJ-02
// and BD-09 exist where the city's switch says so.
func System(city *grids.City, param, name string) (crs.System, error) {
	if name == "" {
		return cgcs2000, nil
	}
	if strings.EqualFold(name, "city") && city.Grid != nil {
		return *city.Grid, nil
	}
	sys, err := crs.Parse(name)
	if err != nil {
		return nil, web.Refuse(param, name, err.Error(), err)
	}
	if n := sys.Name(); (n == "gcj02" || n == "bd09") && !city.Offset {
		return nil, web.Refuse(param, name, "conversion from and to "+n+" is switched off for this city", web.ErrImpossible)
	}
	return sys, nil
}

// ToLattice checks a coordinate pair and brings it to the lattice.
func ToLattice(sys crs.System, x, y float64) (spatial.Coord, error) {
	if err := sys.Check(x, y); err != nil {
		return spatial.Coord{}, web.Refuse("lon,lat", fmt.Sprintf("%v,%v", x, y), err.Error(), err)
	}
	return spatial.Checked(sys.ToCGCS2000(x, y))
}
