package importers

import (
	"errors"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// readGPKG reads one feature table of a foreign GeoPackage.
func readGPKG(path, table string, row func(*record), fault func(*recordError)) error {
	n := 0
	err := cityfile.ReadForeign(path, table, func(g orb.Geometry, props map[string]any, err error) {
		n++
		if err != nil {
			fault(&recordError{number: n, rule: "broken-geometry", reason: err})
			return
		}
		row(&record{number: n, geometry: g, props: props})
	})
	if err == nil && n == 0 {
		return errors.New("the table has no row")
	}
	return err
}
