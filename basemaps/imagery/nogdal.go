//go:build !gdal

package imagery

import "context"

// openSheets opens the sheets; without GDAL nothing can.
func openSheets(context.Context, []string, *Options) (source, error) { return nil, ErrNoGDAL }
