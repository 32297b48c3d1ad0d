package tiler

import (
	"fmt"

	"github.com/wanmi-gis/wanmi/spatial"
)

// Limits of what Decode and Check read. The model of a tile takes up to 20
// times its bytes (a feature of one point is 9 bytes here and 150 there), so
// that no tile takes more than 320 MB. Mapbox asks for tiles under 500 kB;
// the largest real ones have some MB.
const (
	maxTileBytes    = 16 << 20
	maxTileLayers   = 1 << 10
	maxTileFeatures = 1 << 20
)

// Decode reads one tile, not compressed, of MVT 1 or 2, by any writer. It is
// strict where readers could differ about what the tile says: it refuses a
// field given twice or with the wrong wire type, tags that count into nothing,
// a type or version that does not exist, drawing commands in any order but the
// type's, a feature without geometry, a value that is not exactly one of the
// seven types, an extent of 0, a layer without version or name. What is merely
// wrong in a tile that can be read is for [Check] to say.
//
// [Tile.Append] brings back all of it but the order of fields and whether a
// default (extent 4096, type unknown) was written out. No input makes Decode
// panic, or allocate by a length that the input only claims.
func Decode(b []byte) (*Tile, error) {
	r := tileReader{}
	t := r.tile(b)
	if r.err != nil {
		return nil, r.err
	}
	return t, nil
}

// tileReader walks a tile for Decode, which stops at the first thing that
// cannot be read, and for Check, which goes on with what comes after it.
type tileReader struct {
	judge    *judge // Check's; it gets what is read, and the tile stays empty
	err      error
	features int
}

// refuse notes what cannot be read.
func (r *tileReader) refuse(p Place, err error) {
	switch {
	case r.judge != nil:
		r.judge.report(p, Unreadable, err.Error())
	case r.err != nil:
	case p == Place{}:
		r.err = fmt.Errorf("decode tile: %w", err)
	default:
		r.err = fmt.Errorf("decode tile: %v: %w", p, err)
	}
}

// extra keeps a field that the specification does not know.
func (r *tileReader) extra(p Place, kept []byte, m *message, key uint32, from []byte, known uint32) []byte {
	field := m.unknown(key, from, known)
	if r.judge != nil && field != nil {
		r.judge.unknownField(p, key>>3)
	}
	return append(kept, field...)
}

func (r *tileReader) tile(b []byte) *Tile {
	t := new(Tile)
	if len(b) > maxTileBytes {
		r.refuse(Place{}, fmt.Errorf("%d bytes; the limit is %d", len(b), maxTileBytes))
		return t
	}
	if len(b) > 2 && b[0] == 0x1f && b[1] == 0x8b {
		r.refuse(Place{}, fmt.Errorf("compressed with gzip; decompress it first"))
		return t
	}
	m := message{b: b}
	layers := 0
	for m.more() && r.err == nil {
		from := m.b
		key := m.uint32()
		if key != keyTileLayer {
			t.Extra = r.extra(Place{}, t.Extra, &m, key, from, 1<<3)
			continue
		}
		chunk := m.chunk()
		if m.err != nil {
			break
		}
		if layers++; layers > maxTileLayers {
			m.failf("more than %d layers", maxTileLayers)
			break
		}
		l := r.layer(Place{Layer: layers}, chunk)
		if r.judge == nil {
			t.Layers = append(t.Layers, l)
		}
	}
	if m.err != nil {
		r.refuse(Place{}, m.err)
	}
	return t
}

// layer reads a layer in two goes: features first wait for the tables that
// their tags count into.
func (r *tileReader) layer(p Place, b []byte) TileLayer {
	const known = 1<<1 | 1<<2 | 1<<3 | 1<<4 | 1<<5 | 1<<15
	var features [][]byte
	l := TileLayer{Extent: Extent}
	m := message{b: b}
	for m.more() {
		from := m.b
		switch key := m.uint32(); key {
		case keyLayerVersion:
			m.once(key)
			if l.Version = m.uint32(); m.err == nil && l.Version != 1 && l.Version != 2 {
				m.failf("version %d; 1 and 2 are known", l.Version)
			}
		case keyLayerName:
			m.once(key)
			l.Name = string(m.chunk())
		case keyLayerExtent:
			m.once(key)
			if l.Extent = m.uint32(); m.err == nil && l.Extent == 0 {
				m.failf("extent 0")
			}
		case keyLayerKeys:
			l.Keys = append(l.Keys, string(m.chunk()))
		case keyLayerValues:
			v, err := readValue(m.chunk())
			if m.err == nil && err != nil {
				m.failf("value %d: %w", len(l.Values), err)
			}
			l.Values = append(l.Values, v)
		case keyLayerFeatures:
			features = append(features, m.chunk())
			if r.features++; r.features > maxTileFeatures {
				m.failf("more than %d features in the tile", maxTileFeatures)
			}
		default:
			l.Extra = r.extra(p, l.Extra, &m, key, from, known)
		}
	}
	p.Name = l.Name
	switch {
	case m.err != nil:
	case !m.has(keyLayerVersion):
		m.failf("no version")
	case !m.has(keyLayerName):
		m.failf("no name")
	}
	if m.err != nil {
		r.refuse(p, m.err)
		return l
	}
	if r.judge != nil {
		r.judge.layer(p, &l, len(features))
	} else if len(features) > 0 {
		l.Features = make([]TileFeature, 0, len(features))
	}
	for i, chunk := range features {
		p.Feature = i + 1
		f := r.feature(p, &l, chunk)
		if r.err != nil {
			break
		}
		if r.judge == nil {
			l.Features = append(l.Features, f)
		}
	}
	return l
}

func (r *tileReader) feature(p Place, l *TileLayer, b []byte) TileFeature {
	const known = 1<<1 | 1<<2 | 1<<3 | 1<<4
	var geometry []byte
	var f TileFeature
	m := message{b: b}
	for m.more() {
		from := m.b
		switch key := m.uint32(); key {
		case keyFeatureID:
			m.once(key)
			f.ID, f.HasID = m.varint(), true
		case keyFeatureTags:
			m.once(key)
			f.Tags = l.readTags(&m)
		case keyFeatureType:
			m.once(key)
			kind := m.varint()
			if f.Type = spatial.Kind(kind); m.err == nil && kind > typePolygon {
				m.failf("geometry type %d", kind)
			}
		case keyFeatureGeometry:
			m.once(key)
			geometry = m.chunk()
		default:
			f.Extra = r.extra(p, f.Extra, &m, key, from, known)
		}
	}
	if m.err == nil && len(geometry) == 0 {
		m.failf("no geometry")
	}
	if m.err == nil {
		m.err = f.readGeometry(geometry)
	}
	if m.err != nil {
		r.refuse(p, m.err)
	} else if r.judge != nil {
		r.judge.feature(p, l, &f, m.has(keyFeatureType))
	}
	return f
}

func (l *TileLayer) readTags(m *message) []uint32 {
	tags, err := numbers(m.chunk())
	switch {
	case m.err != nil:
		return nil
	case err != nil:
		m.failf("tags: %w", err)
	case len(tags)%2 != 0:
		m.failf("%d tags do not make pairs", len(tags))
	}
	for i := 0; i+1 < len(tags) && m.err == nil; i += 2 {
		if uint64(tags[i]) >= uint64(len(l.Keys)) || uint64(tags[i+1]) >= uint64(len(l.Values)) {
			m.failf("tag %d=%d where there are %d keys and %d values", tags[i], tags[i+1], len(l.Keys), len(l.Values))
		}
	}
	return tags
}

// readValue reads a value: exactly one of the seven.
func readValue(b []byte) (Value, error) {
	const known = 1<<8 - 1<<1
	var v Value
	m := message{b: b}
	for m.more() {
		from := m.b
		key := m.uint32()
		if m.err == nil && v.Kind != 0 {
			m.failf("fields %d and %d; one is due", v.Kind, key>>3)
			break
		}
		switch v.Kind = ValueKind(min(key>>3, 255)); key {
		case keyValueString:
			v.Text = string(m.chunk())
		case keyValueFloat:
			v.Bits = uint64(m.fixed32())
		case keyValueDouble:
			v.Bits = m.fixed64()
		case keyValueInt, keyValueUint:
			v.Bits = m.varint()
		case keyValueSint:
			n := m.varint()
			v.Bits = n>>1 ^ -(n & 1)
		case keyValueBool:
			if v.Bits = m.varint(); m.err == nil && v.Bits > 1 {
				m.failf("the truth value is %d", v.Bits)
			}
		default:
			m.unknown(key, from, known)
			if m.err == nil {
				m.failf("field %d is no type of value", key>>3)
			}
		}
	}
	if m.err == nil && v.Kind == 0 {
		m.failf("it is empty")
	}
	return v, m.err
}
