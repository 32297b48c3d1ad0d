package tiler

import (
	"encoding/binary"

	"github.com/wanmi-gis/wanmi/spatial"
)

// Append appends the tile's bytes to dst. They are in the same order as those
// of [Encode], and [Decode] makes an equal tile of them if it made this one.
func (t *Tile) Append(dst []byte) []byte {
	var w tileWriter
	for i := range t.Layers {
		dst = appendField(dst, keyTileLayer, w.layer(&t.Layers[i]))
	}
	return append(dst, t.Extra...)
}

// tileWriter keeps its buffers from part to part: the length of each stands
// before it, so that none can be written in place.
type tileWriter struct {
	bytes, body, part []byte
	pen               pen
}

func (w *tileWriter) layer(l *TileLayer) []byte {
	b := w.bytes[:0]
	b = append(b, keyLayerVersion)
	b = appendVarint(b, uint64(l.Version))
	b = appendField(b, keyLayerName, l.Name)
	for i := range l.Features {
		b = appendField(b, keyLayerFeatures, w.feature(&l.Features[i]))
	}
	for _, k := range l.Keys {
		b = appendField(b, keyLayerKeys, k)
	}
	for _, v := range l.Values {
		w.part = v.append(w.part[:0])
		b = appendField(b, keyLayerValues, w.part)
	}
	b = append(b, keyLayerExtent)
	b = appendVarint(b, uint64(l.Extent))
	b = append(b, l.Extra...)
	w.bytes = b
	return b
}

func (w *tileWriter) feature(f *TileFeature) []byte {
	b := w.body[:0]
	if f.HasID {
		b = append(b, keyFeatureID)
		b = appendVarint(b, f.ID)
	}
	if len(f.Tags) > 0 {
		w.part = appendNumbers(w.part[:0], f.Tags)
		b = appendField(b, keyFeatureTags, w.part)
	}
	b = append(b, keyFeatureType, byte(f.Type))
	w.pen.reset()
	if f.Type == 0 {
		w.pen.bytes = appendNumbers(w.pen.bytes, f.Commands)
	}
	for _, p := range f.Parts {
		w.pen.part(f.Type, p)
	}
	b = appendField(b, keyFeatureGeometry, w.pen.bytes)
	b = append(b, f.Extra...)
	w.body = b
	return b
}

// part writes a part as it is. Positions wrap at 32 bits as their differences
// do, so that those come out as they were.
func (p *pen) part(kind spatial.Kind, points []Point) {
	if len(points) == 0 {
		return
	}
	first := 1
	if kind == spatial.Points {
		first = len(points)
	}
	p.command(moveTo, first)
	for i, at := range points {
		if i == first {
			p.command(lineTo, len(points)-first)
		}
		p.to(unit{int32(at.X), int32(at.Y)})
	}
	if kind == spatial.Polygons {
		p.bytes = append(p.bytes, closePath)
	}
}

func appendNumbers(b []byte, numbers []uint32) []byte {
	for _, n := range numbers {
		b = appendVarint(b, uint64(n))
	}
	return b
}

func (v Value) append(b []byte) []byte {
	switch v.Kind {
	case FloatValue:
		return binary.LittleEndian.AppendUint32(append(b, keyValueFloat), uint32(v.Bits))
	case DoubleValue:
		return binary.LittleEndian.AppendUint64(append(b, keyValueDouble), v.Bits)
	case IntValue:
		return appendVarint(append(b, keyValueInt), v.Bits)
	case UintValue:
		return appendVarint(append(b, keyValueUint), v.Bits)
	case SintValue:
		return appendVarint(append(b, keyValueSint), v.Bits<<1^-(v.Bits>>63))
	case BoolValue:
		return appendVarint(append(b, keyValueBool), v.Bits)
	}
	return appendField(b, keyValueString, v.Text)
}
