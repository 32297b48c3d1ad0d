package tiler

import "math/bits"

// The little of protobuf that a vector tile needs, and the field numbers of
// vector_tile.proto 2.1 as their key bytes (number<<3 | wire type: 0 is a varint,
// 1 eight bytes, 2 a length with as many bytes, 5 four bytes).
const (
	keyTileLayer = 3<<3 | 2

	keyLayerVersion  = 15 << 3
	keyLayerName     = 1<<3 | 2
	keyLayerFeatures = 2<<3 | 2
	keyLayerKeys     = 3<<3 | 2
	keyLayerValues   = 4<<3 | 2
	keyLayerExtent   = 5 << 3

	keyFeatureID       = 1 << 3
	keyFeatureTags     = 2<<3 | 2
	keyFeatureType     = 3 << 3
	keyFeatureGeometry = 4<<3 | 2

	keyValueString = 1<<3 | 2
	keyValueFloat  = 2<<3 | 5
	keyValueDouble = 3<<3 | 1
	keyValueInt    = 4 << 3
	keyValueUint   = 5 << 3
	keyValueSint   = 6 << 3
	keyValueBool   = 7 << 3
)

// appendVarint is small enough to be inlined for the common single byte.
func appendVarint(b []byte, v uint64) []byte {
	if v < 0x80 {
		return append(b, byte(v))
	}
	return appendLongVarint(b, v)
}

func appendLongVarint(b []byte, v uint64) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

// varintLen is the number of bytes appendVarint adds.
func varintLen(v uint64) int {
	return (bits.Len64(v|1) + 6) / 7
}

// appendField appends a length-delimited field.
func appendField[T string | []byte](b []byte, key byte, content T) []byte {
	b = append(b, key)
	b = appendVarint(b, uint64(len(content)))
	return append(b, content...)
}

// fieldLen is the number of bytes appendField adds for n bytes of content.
func fieldLen(n int) int { return 1 + varintLen(uint64(n)) + n }

// zigzag maps small numbers of either sign to small numbers.
func zigzag(v int32) uint64 { return uint64(uint32(v<<1) ^ uint32(v>>31)) }
