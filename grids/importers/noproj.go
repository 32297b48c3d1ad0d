//go:build !proj

package importers

import "github.com/wanmi-gis/wanmi/spatial/crs"

// registered finds a system in EPSG's register; without PROJ there is none.
func registered(string) (crs.System, error) { return nil, errNoPROJ }
