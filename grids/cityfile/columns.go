package cityfile

import (
	"fmt"

	"github.com/wanmi-gis/wanmi/grids"
)

// Columns lists the columns of a layer besides those that every layer has (code,
// name, valid_from, valid_to, attributes); nil for what is no layer of the file.
func Columns(l grids.Layer) []string {
	for _, known := range layerOrder {
		if l == known {
			names, _ := tableOf(l).columns()
			return names
		}
	}
	return nil
}

// Layers lists the layers of a city file in their order.
func Layers() []grids.Layer { return layerOrder[:len(layerOrder):len(layerOrder)] }

// CountRows returns how many rows of a layer the city has.
func CountRows(city *grids.City, l grids.Layer) int { return tableOf(l).count(city) }

// EachRow calls row for the rows of a layer in their order, with the values of
// Columns.
func EachRow(city *grids.City, l grids.Layer, row func(f *grids.Feature, values []any) error) error {
	t := tableOf(l)
	for i := range t.count(city) {
		f, values := t.row(city, i)
		if err := row(f, values); err != nil {
			return fmt.Errorf("%s %s: %w", l, f.Code, err)
		}
	}
	return nil
}
