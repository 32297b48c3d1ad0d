package tiler

import (
	"fmt"
	"slices"
)

// Limits of one request.
const (
	// MaxLayers and MaxColumns count after duplicates are removed.
	MaxLayers  = 50
	MaxColumns = 128
	// DefaultMaxFeatures is the cap on a tile's features when none is given.
	DefaultMaxFeatures = 50_000
)

// Select picks layers by name, in the order asked, each once. An unknown name
// is [ErrUnknownLayer], more than MaxLayers [ErrTooMany].
func Select(all []Layer, names []string) ([]Layer, error) {
	picked := make([]Layer, 0, min(len(names), MaxLayers))
	for _, name := range names {
		same := func(l Layer) bool { return l.Name == name }
		if slices.ContainsFunc(picked, same) {
			continue
		}
		i := slices.IndexFunc(all, same)
		if i < 0 {
			return nil, paramError("layers", name, "the catalogue lists those there are", ErrUnknownLayer)
		}
		if len(picked) == MaxLayers {
			return nil, paramError("layers", name, fmt.Sprintf("at most %d", MaxLayers), ErrTooMany)
		}
		picked = append(picked, all[i])
	}
	return picked, nil
}

// selectColumns makes sure that each column asked for is a field of one of the
// layers and returns each once; nil stays nil. The list may come from a URL:
// the work is bounded by its length times MaxColumns.
func selectColumns(layers []Layer, asked []string) ([]string, error) {
	if asked == nil {
		return nil, nil
	}
	columns := make([]string, 0, min(len(asked), MaxColumns))
	for _, name := range asked {
		if slices.Contains(columns, name) {
			continue
		}
		if len(columns) == MaxColumns {
			return nil, paramError("columns", name, fmt.Sprintf("at most %d", MaxColumns), ErrTooMany)
		}
		if !slices.ContainsFunc(layers, func(l Layer) bool { return l.has(name) }) {
			return nil, paramError("columns", name, "no layer asked for has it", ErrUnknownColumn)
		}
		columns = append(columns, name)
	}
	return columns, nil
}

// has reports whether features of the layer have the field at some zoom.
func (l *Layer) has(field string) bool {
	if slices.Contains(l.Fields, field) {
		return true
	}
	return l.Sums != nil && (field == CountField || slices.Contains(l.Sums.Classes, field) || slices.Contains(l.Sums.Finer, field))
}

// column is a field of the layer being written that goes into the tile.
type column struct {
	field int // index into Feature.Values
	name  string
	// key is its index in the layer's keys, given when a value first appears.
	key  uint32
	used bool
	// whole says that the texts are whole numbers; see Layer.Numbers.
	whole bool
}

// chooseColumns appends those of the fields that are asked for (all for nil), in
// the layer's own order, so that the order asked in does not change the bytes.
func chooseColumns(dst []column, fields, asked []string) []column {
	for i, name := range fields {
		if asked != nil && !slices.Contains(asked, name) {
			continue
		}
		// The specification wants keys unique in a layer.
		if slices.Contains(fields[:i], name) {
			continue
		}
		dst = append(dst, column{field: i, name: name})
	}
	return dst
}
