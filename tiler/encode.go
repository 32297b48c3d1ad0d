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
	// Dropped were left out because of MaxFeatures or to thin a layer, points
	// counted exactly, shapes by their box.
	Dropped int
	// Kept of Total points are left of those layers that were thinned because the
	// tile has too many of them; both are 0 where none was.
	Kept, Total int
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

	// Of a prepared layer of points:
	shown   shown
	stamps  stamps
	tally   tally
	texts   []string // of one feature
	pairs   [pointRoom]byte
	owns    [64]ownText
	sets    []setPairs
	touched byte // keeps what readAhead read from being optimised away

	// Of a layer drawn from shared borders:
	found   []int32 // areas
	numbers textNumbers
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
	e.restart()
	if p := prepared(src, l.Name); p != nil {
		p.draw(e, l, asked)
	} else {
		e.columns = chooseColumns(e.columns[:0], l.Fields, asked)
		if z, ok := src.(ZoomSource); ok {
			z.VisitZoom(l.Name, e.id.Z, e.window, e.visit)
		} else {
			src.Visit(l.Name, e.window, e.visit)
		}
	}
	if len(e.features) > 0 {
		dst = e.appendLayer(dst, l.Name)
	}
	e.values.reset()
	clear(e.columns)
	return dst
}

// restart forgets what was written of the layer.
func (e *encoder) restart() {
	for i := range e.columns {
		e.columns[i].used = false
	}
	e.keys, e.keyCount = e.keys[:0], 0
	e.features = e.features[:0]
	e.values.reset()
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
	if kind := e.fit(f); kind != typeNone {
		e.tag(f.Values)
		e.append(f.ID, kind)
	}
	return true
}

// fit draws a feature that is in the tile and fits, and returns its type.
func (e *encoder) fit(f *Feature) (kind int) {
	if f.Shape != nil && !f.Shape.Box.Meets(e.window) {
		return typeNone
	}
	if e.room > 0 {
		return e.draw(f)
	}
	if f.Shape != nil {
		e.stats.Dropped++
	} else if _, here := e.point(f.At); here {
		e.stats.Dropped++
	}
	return typeNone
}

// append writes the feature whose geometry and tags are ready.
func (e *encoder) append(id uint64, kind int) {
	e.room--
	e.stats.Features++
	size := 2 + fieldLen(len(e.pen.bytes))
	if id != 0 {
		size += 1 + varintLen(id)
	}
	if len(e.tags) > 0 {
		size += fieldLen(len(e.tags))
	}
	b := e.features
	b = append(b, keyLayerFeatures)
	b = appendVarint(b, uint64(size))
	if id != 0 {
		b = append(b, keyFeatureID)
		b = appendVarint(b, id)
	}
	if len(e.tags) > 0 {
		b = appendField(b, keyFeatureTags, e.tags)
	}
	b = append(b, keyFeatureType, byte(kind))
	e.features = appendField(b, keyFeatureGeometry, e.pen.bytes)
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
			e.useKey(c)
		}
		tags = appendVarint(tags, uint64(c.key))
		tags = appendVarint(tags, uint64(e.values.number(values[c.field])))
	}
	e.tags = tags
}

// useKey gives a column its number among the layer's keys.
func (e *encoder) useKey(c *column) {
	c.key, c.used = e.keyCount, true
	e.keyCount++
	e.keys = appendField(e.keys, keyLayerKeys, c.name)
}
