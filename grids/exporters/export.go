package exporters

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/batch"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// Format of the files written.
type Format string

// The formats.
const (
	GeoPackage Format = "gpkg"
	GeoJSON    Format = "geojson"
	Shapefile  Format = "shp"
	CSV        Format = "csv"
)

// Options of Export. The zero value writes all layers that have rows, in CGCS2000
// and UTF-8, in the format that the path's suffix names.
type Options struct {
	Format Format
	Layers []grids.Layer
	// CRS is a name as in requests, "city" too.
	CRS string
	// Encoding of a Shapefile's table and of CSV.
	Encoding batch.Encoding
}

// ErrFaults is returned when the report has errors: nothing was written then.
var ErrFaults = errors.New("the format cannot hold all of it")

// Export writes layers of a city to path and returns the files it made. A
// GeoPackage takes all layers in one file; of the other formats each layer is a file,
// named for it when there are several (out-cells.geojson).
func Export(ctx context.Context, path string, city *grids.City, o Options) (files []string, report *grids.Report, err error) {
	x := &export{city: city, report: &grids.Report{}, encoding: o.Encoding}
	if x.format, err = formatOf(path, o.Format); err != nil {
		return nil, x.report, err
	}
	if x.system, err = systemOf(city, o.CRS); err != nil {
		return nil, x.report, err
	}
	layers, err := layersOf(city, o.Layers)
	if err != nil {
		return nil, x.report, err
	}
	if x.format == GeoPackage {
		if err := x.geoPackage(ctx, path, layers); err != nil {
			return nil, x.report, err
		}
		return []string{path}, x.report, nil
	}
	defer func() {
		if err != nil {
			x.out.discard()
		}
	}()
	for _, l := range layers {
		if err := ctx.Err(); err != nil {
			return nil, x.report, err
		}
		name := path
		if len(layers) > 1 {
			ext := filepath.Ext(path)
			name = strings.TrimSuffix(path, ext) + "-" + string(l) + ext
		}
		if err := x.layer(name, l); err != nil {
			return nil, x.report, fmt.Errorf("export %s: %w", l, err)
		}
	}
	if x.report.Count(grids.Error) > 0 {
		return nil, x.report, ErrFaults
	}
	files, err = x.out.keep()
	return files, x.report, err
}

// export carries one export.
type export struct {
	city     *grids.City
	system   crs.System
	format   Format
	encoding batch.Encoding
	report   *grids.Report
	out      outputs
}

func (x *export) layer(name string, l grids.Layer) error {
	t, err := newTable(x, l)
	if err != nil {
		return err
	}
	switch x.format {
	case GeoJSON:
		return x.geoJSON(name, t)
	case CSV:
		return x.csv(name, t)
	}
	return x.shapefile(name, t)
}

func formatOf(path string, f Format) (Format, error) {
	if f == "" {
		f = Format(strings.TrimPrefix(strings.ToLower(filepath.Ext(path)), "."))
		if f == "json" {
			f = GeoJSON
		}
	}
	switch f {
	case GeoPackage, GeoJSON, Shapefile, CSV:
		return f, nil
	}
	return "", fmt.Errorf("format %q is not written; there are gpkg, geojson, shp, csv", f)
}

// systemOf finds the coordinate system. GCJ-02 and BD-09 are only for a city that
// allows the conversion.
func systemOf(city *grids.City, name string) (crs.System, error) {
	if name == "" {
		name = "cgcs2000"
	}
	if strings.EqualFold(name, "city") && city.Grid != nil {
		return *city.Grid, nil
	}
	s, err := crs.Parse(name)
	if err == nil && !city.Offset && (s.Name() == "gcj02" || s.Name() == "bd09") {
		return nil, fmt.Errorf("crs %s: the city's file does not allow offset coordinates (offset_crs)", s.Name())
	}
	return s, err
}

func layersOf(city *grids.City, want []grids.Layer) ([]grids.Layer, error) {
	known := cityfile.Layers()
	if len(want) == 0 {
		for _, l := range known {
			if cityfile.CountRows(city, l) > 0 {
				want = append(want, l)
			}
		}
		if len(want) == 0 {
			return nil, errors.New("the city has no row")
		}
		return want, nil
	}
	for i, l := range want {
		switch {
		case !slices.Contains(known, l):
			return nil, fmt.Errorf("no layer %q; there are %v", l, known)
		case slices.Contains(want[:i], l):
			return nil, fmt.Errorf("layer %s is named twice", l)
		case cityfile.CountRows(city, l) == 0:
			return nil, fmt.Errorf("the city has no row in %s", l)
		}
	}
	return want, nil
}

func (x *export) fault(l grids.Layer, severity grids.Severity, rule, code, reason, hint string) {
	x.report.Add(grids.Fault{Severity: severity, Rule: rule, Layer: l, Code: code, Reason: reason, Hint: hint})
}

// outputs are files under another name until all are written.
type outputs struct {
	parts, names []string
}

func (o *outputs) create(name string) (*os.File, error) {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".part-*")
	if err != nil {
		return nil, err
	}
	o.parts, o.names = append(o.parts, f.Name()), append(o.names, name)
	return f, f.Chmod(0o644)
}

// write makes a file of a text.
func (o *outputs) write(name, text string) error {
	f, err := o.create(name)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

func (o *outputs) keep() ([]string, error) {
	for i, p := range o.parts {
		if err := os.Rename(p, o.names[i]); err != nil {
			return nil, err
		}
	}
	o.parts = nil
	return o.names, nil
}

func (o *outputs) discard() {
	for _, p := range o.parts {
		os.Remove(p)
	}
}
