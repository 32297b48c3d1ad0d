package tiler

import (
	"encoding/binary"
	"fmt"
)

// message reads one protobuf message field by field. The first fault stays in
// err and ends the reading. No length is believed: chunk checks each against
// the bytes that are left, so nothing is allocated for what is not there.
type message struct {
	b    []byte
	err  error
	seen uint64 // bit n: field n has stood here
}

func (m *message) more() bool { return m.err == nil && len(m.b) > 0 }

func (m *message) failf(format string, args ...any) {
	if m.err == nil {
		m.err = fmt.Errorf(format, args...)
	}
	m.b = nil
}

func (m *message) varint() uint64 {
	v, n := binary.Uvarint(m.b)
	switch {
	case n > 0:
		m.b = m.b[n:]
		return v
	case n < 0:
		m.failf("a number has more than 64 bits")
	default:
		m.failf("the bytes end before a number does")
	}
	return 0
}

func (m *message) uint32() uint32 {
	v := m.varint()
	if v > 1<<32-1 {
		m.failf("the number %d has more than 32 bits", v)
	}
	return uint32(v)
}

func (m *message) bytes(n uint64) []byte {
	if n > uint64(len(m.b)) {
		m.failf("a length of %d where %d bytes are left", n, len(m.b))
		return nil
	}
	c := m.b[:n:n]
	m.b = m.b[n:]
	return c
}

func (m *message) chunk() []byte { return m.bytes(m.varint()) }

func (m *message) fixed32() uint32 {
	if c := m.bytes(4); c != nil {
		return binary.LittleEndian.Uint32(c)
	}
	return 0
}

func (m *message) fixed64() uint64 {
	if c := m.bytes(8); c != nil {
		return binary.LittleEndian.Uint64(c)
	}
	return 0
}

// once fails if the field of this key has stood before. Protobuf would let the
// last one win; then two readers could see two different tiles.
func (m *message) once(key uint32) {
	bit := uint64(1) << (key >> 3 & 63)
	if m.seen&bit != 0 {
		m.failf("field %d stands twice", key>>3)
	}
	m.seen |= bit
}

func (m *message) has(key uint32) bool { return m.seen>>(key>>3)&1 != 0 }

// unknown steps over a field that the specification does not know and returns
// it whole, given the bytes from its key on. known has bit n set for each
// field n of the message: such a field is here because its wire type is wrong.
func (m *message) unknown(key uint32, from []byte, known uint32) []byte {
	number, wire := key>>3, key&7
	switch {
	case m.err != nil:
		return nil
	case number == 0 || wire == 3 || wire == 4 || wire > 5:
		m.failf("key %d is no field of a message", key)
	case number < 32 && known>>number&1 != 0:
		m.failf("field %d has wire type %d", number, wire)
	case wire == 0:
		m.varint()
	case wire == 1:
		m.bytes(8)
	case wire == 2:
		m.chunk()
	case wire == 5:
		m.bytes(4)
	}
	if m.err != nil {
		return nil
	}
	return from[:len(from)-len(m.b)]
}

// numbers reads the numbers of a packed field. Each ends in the one byte below
// 0x80 that it has, so their count is known before there is room for them.
func numbers(packed []byte) ([]uint32, error) {
	n := 0
	for _, c := range packed {
		if c < 0x80 {
			n++
		}
	}
	if n == 0 && len(packed) == 0 {
		return nil, nil
	}
	out := make([]uint32, 0, n)
	m := message{b: packed}
	for m.more() {
		out = append(out, m.uint32())
	}
	return out, m.err
}
