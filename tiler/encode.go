package tiler

import (
	"fmt"
	"sync"

	"github.com/wanmi-gis/wanmi/spatial"
)

// Options narrow what a tile holds. The zero value is all columns and
// DefaultMaxFeatures.
type Options struct {
	// Columns are the fields to write, by name; nil means all, an empty list
	// none. Each must be a field of at least one layer asked for.
	Columns []string
	// MaxFeatures caps the features of a tile over all its layers, in their
	// order; the first ones stay. 0 or less means DefaultMaxFeatures.
	MaxFeatures int
}

// Stats says what became of the features.
type Stats struct {
	// Features were written.
	Features int
	// Dropped were left out because of MaxFeatures, points counted exactly,
	// shapes by their box.
	Dropped int
}

// Encode appends one tile to dst: the layers by name in the order asked, each
// once, those outside their zooms or without content left out. If nothing is
// left, dst comes back as it was: nil for nil, and the answer to HTTP is 204.
//
// Errors are [*ParamError] around [ErrTileRange], [ErrUnknownLayer],
// [ErrUnknownColumn] or [ErrTooMany]; dst is then unchanged. Safe for
// concurrent use as far as src is.
func Encode(dst []byte, src Source, layers []string, id ID, opts Options) ([]byte, Stats, error) {
	if !id.valid() {
		return dst, Stats{}, fmt.Errorf("encode tile: %w", id.check())
	}
	picked, err := Select(src.Layers(), layers)
	if err != nil {
		return dst, Stats{}, fmt.Errorf("encode tile %v: %w", id, err)
	}
	columns, err := selectColumns(picked, opts.Columns)
	if err != nil {
		return dst, Stats{}, fmt.Errorf("encode tile %v: %w", id, err)
	}
	e := encoders.Get().(*encoder)
	defer encoders.Put(e)
	e.begin(id, opts.MaxFeatures)
	for i := range picked {
		if l := &picked[i]; id.Z >= l.MinZoom && id.Z <= l.MaxZoom {
			dst = e.layer(dst, src, l, columns)
		}
	}
	return dst, e.stats, nil
}

// encoders keeps buffers between tiles; nothing of a tile's content is in them.
var encoders = sync.Pool{New: func() any {
	e := new(encoder)
	e.visit = e.feature // once: a method value allocates
	return e
}}

// encoder writes one tile.
type encoder struct {
	drawing
	window spatial.Box
	room   int // features that still fit
	stats  Stats

	// Of the layer being written:
	columns  []column
	keys     []byte // encoded, in the order first used
	keyCount uint32
	values   dictionary
	features []byte // encoded

	tags  []byte // of the feature being written
	visit func(*Feature) bool
}

func (e *encoder) begin(id ID, maxFeatures int) {
	e.frame = newFrame(id)
	e.window = id.Box(Buffer)
	e.stats = Stats{}
	e.room = maxFeatures
	if e.room <= 0 {
		e.room = DefaultMaxFeatures
	}
}

// layer appends one layer, or nothing if it has no features here.
func (e *encoder) layer(dst []byte, src Source, l *Layer, asked []string) []byte {
	e.columns = chooseColumns(e.columns[:0], l, asked)
	e.keys, e.keyCount = e.keys[:0], 0
	e.features = e.features[:0]
	e.values.reset()
	src.Visit(l.Name, e.window, e.visit)
	if len(e.features) > 0 {
		dst = e.appendLayer(dst, l.Name)
	}
	e.values.reset()
	clear(e.columns)
	return dst
}

func (e *encoder) appendLayer(dst []byte, name string) []byte {
	const version, extent = 2, Extent
	size := 2 + fieldLen(len(name)) + len(e.features) + len(e.keys) + len(e.values.encoded) +
		1 + varintLen(extent)
	dst = append(dst, keyTileLayer)
	dst = appendVarint(dst, uint64(size))
	dst = append(dst, keyLayerVersion, version)
	dst = appendField(dst, keyLayerName, name)
	dst = append(dst, e.features...)
	dst = append(dst, e.keys...)
	dst = append(dst, e.values.encoded...)
	dst = append(dst, keyLayerExtent)
	return appendVarint(dst, extent)
}

// feature writes one feature, if it is in the tile and fits.
func (e *encoder) feature(f *Feature) bool {
	if f.Shape != nil && !f.Shape.Box.Meets(e.window) {
		return true
	}
	if e.room == 0 {
		if f.Shape != nil {
			e.stats.Dropped++
		} else if _, here := e.point(f.At); here {
			e.stats.Dropped++
		}
		return true
	}
	kind := e.draw(f)
	if kind == typeNone {
		return true
	}
	e.room--
	e.stats.Features++
	e.tag(f.Values)

	size := 2 + fieldLen(len(e.pen.bytes))
	if f.ID != 0 {
		size += 1 + varintLen(f.ID)
	}
	if len(e.tags) > 0 {
		size += fieldLen(len(e.tags))
	}
	b := e.features
	b = append(b, keyLayerFeatures)
	b = appendVarint(b, uint64(size))
	if f.ID != 0 {
		b = append(b, keyFeatureID)
		b = appendVarint(b, f.ID)
	}
	if len(e.tags) > 0 {
		b = appendField(b, keyFeatureTags, e.tags)
	}
	b = append(b, keyFeatureType, byte(kind))
	e.features = appendField(b, keyFeatureGeometry, e.pen.bytes)
	return true
}

// tag collects the pairs of key and value numbers of a feature.
func (e *encoder) tag(values []string) {
	tags := e.tags[:0]
	for i := range e.columns {
		c := &e.columns[i]
		if c.field >= len(values) || values[c.field] == "" {
			continue
		}
		if !c.used {
			c.key, c.used = e.keyCount, true
			e.keyCount++
			e.keys = appendField(e.keys, keyLayerKeys, c.name)
		}
		tags = appendVarint(tags, uint64(c.key))
		tags = appendVarint(tags, uint64(e.values.number(values[c.field])))
	}
	e.tags = tags
}
