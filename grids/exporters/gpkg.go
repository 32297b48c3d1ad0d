package exporters

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// geoPackage writes all layers into one file.
func (x *export) geoPackage(ctx context.Context, path string, layers []grids.Layer) error {
	tables := make([]cityfile.ForeignTable, 0, len(layers))
	for _, l := range layers {
		t, err := newTable(x, l)
		if err != nil {
			return err
		}
		types := make([]string, len(t.columns))
		for i, c := range t.columns {
			switch {
			case t.numeric[i]:
				types[i] = "REAL"
			case c == "on_duty":
				types[i] = "BOOLEAN"
			default:
				types[i] = "TEXT"
			}
		}
		tables = append(tables, cityfile.ForeignTable{
			Name: string(l), Columns: t.columns, Types: types,
			Each: func(row func(fid int64, g orb.Geometry, values []any) error) error {
				stored := make([]any, len(t.columns))
				return t.each(func(f *grids.Feature, g orb.Geometry, values []any) error {
					if err := ctx.Err(); err != nil {
						return err
					}
					for i, v := range values {
						stored[i] = sqlValue(v)
					}
					return row(f.FID, g, stored)
				})
			},
		})
	}
	srs := referenceSystem(x.system)
	if srs.ID <= 0 {
		x.fault("", grids.Note, "crs-without-name", "", "a GeoPackage cannot say "+x.system.Name(), "name crs when it is read")
	}
	return cityfile.WriteForeign(ctx, path, srs, tables)
}

func sqlValue(v any) any {
	switch v := v.(type) {
	case nil, string, bool:
		return v
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		if n, err := v.Float64(); err == nil {
			return n
		}
	}
	return plain(v)
}

// cityGridID is above the codes of EPSG's register.
const cityGridID = 990001

// referenceSystem names a system as a GeoPackage does: by EPSG's number where there
// is one, 0 and −1 where nothing can be said.
func referenceSystem(s crs.System) cityfile.ForeignSRS {
	text, described := crs.WKT(s)
	switch name := s.Name(); {
	case name == "cgcs2000":
		return cityfile.ForeignSRS{ID: 4490}
	case name == "wgs84":
		return cityfile.ForeignSRS{ID: 4326}
	case strings.HasPrefix(name, "epsg:"):
		code, err := strconv.Atoi(strings.TrimPrefix(name, "epsg:"))
		if err == nil {
			return cityfile.ForeignSRS{ID: code, Organization: "EPSG", Code: code, Definition: text}
		}
	case described:
		return cityfile.ForeignSRS{ID: cityGridID, Organization: "NONE", Code: cityGridID, Definition: text}
	case !s.Geographic():
		return cityfile.ForeignSRS{ID: -1}
	}
	return cityfile.ForeignSRS{}
}
