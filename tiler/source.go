package tiler

import "github.com/wanmi-gis/wanmi/spatial"

// Layer describes one layer that a Source can fill tiles with.
type Layer struct {
	// Name is unique in its source and not empty.
	Name string
	// Description says in a sentence what a map's maker must know; "" is none.
	Description string
	// Kind is what most of its features are; single features may differ.
	Kind spatial.Kind
	// MinZoom and MaxZoom bound the zooms at which the layer has content,
	// both included.
	MinZoom, MaxZoom uint8
	// Fields are the attribute names, in the order of Feature.Values.
	Fields []string
	// Numbers are those fields whose texts are whole numbers below 2³² and that
	// prepared points which are added have as numbers in tiles.
	Numbers []string
	// Sums, where it is not nil, has the layer drawn as sums below a zoom. The
	// source must then have it prepared.
	Sums *Sums
	// Count is the number of features, Box what they span; both serve the
	// catalogue only.
	Count int
	Box   spatial.Box
}

// Feature is one thing to draw. The encoder reads it and keeps nothing.
type Feature struct {
	// ID is the feature id in the tile; 0 means none.
	ID    uint64
	Shape *spatial.Shape
	// At is the position of a point feature; used when Shape is nil.
	At spatial.Coord
	// Values has one string per field of the layer; an empty one is left out
	// of the tile. The slice may be reused between calls of visit; the
	// strings' bytes must stay as they are until Encode returns.
	Values []string
}

// Source gives the encoder its features. Implementations answer from one
// unchanging state, so that equal requests give equal bytes, and may be asked
// from several goroutines at once.
type Source interface {
	// Layers lists what there is, in drawing order.
	Layers() []Layer
	// Visit calls visit for every feature of the layer whose box meets the
	// window, in ascending ID, until visit returns false. The feature may be
	// reused between calls. Features outside the window do no harm: the
	// encoder drops them.
	Visit(layer string, window spatial.Box, visit func(f *Feature) bool)
}

// ZoomSource is a Source that draws features otherwise, or fewer of them, at some
// zooms. Encode asks it by zoom; Visit gives what any zoom has.
type ZoomSource interface {
	Source
	// VisitZoom is Visit for a tile of zoom z.
	VisitZoom(layer string, z uint8, window spatial.Box, visit func(f *Feature) bool)
}

// Preparer is a Source that has some layers in a form that is quicker to draw.
type Preparer interface {
	Source
	// Prepared returns the layer in this form, nil to have it visited.
	Prepared(layer string) Prepared
}

// Prepared is a layer in such a form: a [*PointView] or [*Areas].
type Prepared interface {
	// draw writes the features of the encoder's tile, with their columns.
	draw(e *encoder, l *Layer, asked []string)
}

func prepared(src Source, layer string) Prepared {
	if p, ok := src.(Preparer); ok {
		return p.Prepared(layer)
	}
	return nil
}
