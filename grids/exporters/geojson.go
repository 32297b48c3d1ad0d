package exporters

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"github.com/wanmi-gis/wanmi/grids"
)

// geoJSON writes a feature collection, one feature a line; a member crs says the
// system where it is not the CGCS2000 or WGS 84 that readers expect.
func (x *export) geoJSON(name string, t *table) error {
	file, err := x.out.create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(file, 1<<16)
	fmt.Fprintf(w, "{\"type\":\"FeatureCollection\",\"name\":%q,", t.layer)
	if s := x.system.Name(); s != "cgcs2000" && s != "wgs84" {
		fmt.Fprintf(w, "\"crs\":{\"type\":\"name\",\"properties\":{\"name\":%q}},", s)
		x.fault(t.layer, grids.Note, "crs-not-standard", "", "GeoJSON is read as WGS 84 by most programs, this file is in "+s, "name crs when it is read")
	}
	fmt.Fprintf(w, "\"features\":[")
	n := 0
	err = t.each(func(f *grids.Feature, g orb.Geometry, values []any) error {
		props := make(map[string]any, len(values))
		for i, v := range values {
			if i < t.own || v != nil && v != "" { // a reader expects the layer's columns in each
				props[t.columns[i]] = v
			}
		}
		b, err := json.Marshal(struct {
			Type       string            `json:"type"`
			ID         int64             `json:"id,omitempty"`
			Properties map[string]any    `json:"properties"`
			Geometry   *geojson.Geometry `json:"geometry"`
		}{"Feature", f.FID, props, geojson.NewGeometry(g)})
		if err != nil {
			return err
		}
		comma := ","
		if n++; n == 1 {
			comma = ""
		}
		_, err = fmt.Fprintf(w, "%s\n%s", comma, b)
		return err
	})
	fmt.Fprintf(w, "\n]}\n")
	return errors.Join(err, w.Flush(), file.Close())
}
