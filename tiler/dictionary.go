package tiler

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

// dictionary numbers the distinct attribute values of a layer in the order
// they are first seen and holds them encoded.
type dictionary struct {
	index map[string]uint32
	// wholes are the whole numbers among the values.
	wholes map[uint32]uint32
	count  uint32
	// encoded is the layer's values field, ready to be copied.
	encoded []byte
	// recent answers for values seen lately without the map: most attributes
	// of a city have a few dozen values (class, status, unit). With four
	// attributes on 10,000 points it takes an eighth off the whole tile.
	recent [1 << recentBits]recentValue
}

const recentBits = 10

type recentValue struct {
	value string // empty: none
	at    uint32
}

// maxKeptValues bounds the map that waits in the pool for the next tile;
// clearing a map costs its size at its largest.
const maxKeptValues = 1 << 16

// reset forgets all values and lets go of their strings.
func (d *dictionary) reset() {
	if d.index == nil || len(d.index) > maxKeptValues {
		d.index = make(map[string]uint32)
	}
	if d.wholes == nil || len(d.wholes) > maxKeptValues {
		d.wholes = make(map[uint32]uint32)
	}
	clear(d.wholes)
	clear(d.index)
	clear(d.recent[:])
	d.count, d.encoded = 0, d.encoded[:0]
}

// slot spreads values by their length and last eight bytes, where numbered
// codes and names of one style differ. Multiplying by 2⁶⁴/φ moves all of them
// into the top bits.
func slot(value string) uint64 {
	n := len(value)
	h := uint64(n)
	if n >= 8 {
		h ^= binary.LittleEndian.Uint64([]byte(value[n-8:])) // one load, no copy
	} else {
		for i := range n {
			h = h<<8 | uint64(value[i])
		}
	}
	return h * 0x9e3779b97f4a7c15 >> (64 - recentBits)
}

// number returns the number of a value that is not empty.
func (d *dictionary) number(value string) uint32 {
	seen := &d.recent[slot(value)]
	if seen.value == value {
		return seen.at
	}
	at, ok := d.index[value]
	if !ok {
		at = d.add(value)
		d.index[value] = at
	}
	*seen = recentValue{value, at}
	return at
}

// add encodes a new value. Protobuf strings are UTF-8; a faulty byte becomes
// U+FFFD rather than a tile that no client reads.
func (d *dictionary) add(value string) uint32 {
	if !utf8.ValidString(value) {
		return d.number(strings.ToValidUTF8(value, "\uFFFD"))
	}
	return d.append(value)
}

// own encodes a value that is not compared with others: every feature has its
// own, such as a code. Where dirty it may be no UTF-8.
func (d *dictionary) own(value string, dirty bool) uint32 {
	if dirty {
		value = strings.ToValidUTF8(value, "\uFFFD")
	}
	return d.append(value)
}

// append encodes a value that is known to be new and UTF-8.
func (d *dictionary) append(value string) uint32 {
	const short = 0x80 - 2 // lengths of one byte
	if n := len(value); n < short {
		d.encoded = append(append(d.encoded, keyLayerValues, byte(n+2), keyValueString, byte(n)), value...)
	} else {
		d.encoded = append(d.encoded, keyLayerValues)
		d.encoded = appendVarint(d.encoded, uint64(fieldLen(n)))
		d.encoded = appendField(d.encoded, keyValueString, value)
	}
	d.count++
	return d.count - 1
}

// whole returns the number of a value that is a whole number.
func (d *dictionary) whole(value uint32) uint32 {
	at, ok := d.wholes[value]
	if !ok {
		d.encoded = append(d.encoded, keyLayerValues)
		d.encoded = appendVarint(d.encoded, uint64(1+varintLen(uint64(value))))
		d.encoded = appendVarint(append(d.encoded, keyValueUint), uint64(value))
		at = d.count
		d.count++
		d.wholes[value] = at
	}
	return at
}
