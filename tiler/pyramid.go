package tiler

import (
	"cmp"
	"slices"

	"github.com/wanmi-gis/wanmi/spatial"
)

// Children returns the four tiles of the next zoom that make up the tile. id.Z
// must be below MaxZoom.
func (id ID) Children() [4]ID {
	z, x, y := id.Z+1, id.X*2, id.Y*2
	return [4]ID{{z, x, y}, {z, x + 1, y}, {z, x, y + 1}, {z, x + 1, y + 1}}
}

// Reaches reports whether the tile, or one below it down to zoom deepest, may
// have content: whether one of the layers has a feature whose box meets the
// tile's window and zooms that are still to come. False is certain, because a
// tile's window holds those of its children.
func Reaches(src Source, layers []Layer, id ID, deepest uint8) bool {
	window := id.Box(Buffer)
	for i := range layers {
		l := &layers[i]
		if l.MinZoom > deepest || l.MaxZoom < id.Z {
			continue
		}
		found := false
		src.Visit(l.Name, window, func(f *Feature) bool {
			found = f.Shape == nil || f.Shape.Box.Meets(window)
			return !found
		})
		if found {
			return true
		}
	}
	return false
}

// Occupied returns the tiles of zoom z that may have content at zooms z to
// deepest, in no order, by going down from the whole world: its cost follows
// the tiles that have some, not the extent.
func Occupied(src Source, layers []Layer, z, deepest uint8) []ID {
	// A layer of few features answers soonest.
	layers = slices.Clone(layers)
	slices.SortStableFunc(layers, func(a, b Layer) int { return cmp.Compare(a.Count, b.Count) })
	level := []ID{{}}
	if !Reaches(src, layers, ID{}, deepest) {
		return nil
	}
	for range z {
		var next []ID
		for _, id := range level {
			for _, child := range id.Children() {
				if Reaches(src, layers, child, deepest) {
					next = append(next, child)
				}
			}
		}
		level = next
	}
	return level
}

// Span returns what the layers span, as far as the projection reaches.
func Span(layers []Layer) spatial.Box {
	box := spatial.EmptyBox()
	for i := range layers {
		box = box.Union(mapBox(&layers[i]))
	}
	return box
}
