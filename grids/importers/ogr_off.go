//go:build !gdal

package importers

import (
	"context"
	"errors"

	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// errNoOGR says how to get the formats that only GDAL's OGR reads.
var errNoOGR = errors.New("FileGDB, MapInfo, DXF and KML need a wanmi built with GDAL (libgdal-dev): go build -tags gdal")

// readOGR reads a layer through OGR; without GDAL there is none.
func readOGR(context.Context, string, string, func(*record), func(*recordError)) error {
	return errNoOGR
}

// declaredOGR is the system of a layer; without GDAL there is none.
func declaredOGR(context.Context, string, string) (s crs.System, where string, err error) {
	return nil, "", errNoOGR
}
