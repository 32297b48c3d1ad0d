package osm

import (
	"encoding/binary"
	"errors"
)

// errWire says that bytes are no protobuf message.
var errWire = errors.New("not a protobuf message")

// Wire types of protobuf.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

// message reads the fields of one protobuf message in their order. Nothing is
// copied: data lies in the bytes that were given.
type message struct {
	rest []byte
	err  error

	// Of the field that next found:
	field uint64
	kind  uint8
	value uint64 // of a varint
	data  []byte // of bytes
}

// next goes to the next field; false at the end and at the first fault.
func (m *message) next() bool {
	if len(m.rest) == 0 || m.err != nil {
		return false
	}
	key, ok := varint(&m.rest)
	if !ok {
		return m.fail()
	}
	m.field, m.kind, m.data = key>>3, uint8(key&7), nil
	switch m.kind {
	case wireVarint:
		if m.value, ok = varint(&m.rest); !ok {
			return m.fail()
		}
	case wireFixed64, wireFixed32:
		n := 4
		if m.kind == wireFixed64 {
			n = 8
		}
		if len(m.rest) < n {
			return m.fail()
		}
		m.rest = m.rest[n:]
	case wireBytes:
		n, ok := varint(&m.rest)
		if !ok || n > uint64(len(m.rest)) {
			return m.fail()
		}
		m.data, m.rest = m.rest[:n:n], m.rest[n:]
	default:
		return m.fail()
	}
	return true
}

func (m *message) fail() bool {
	m.err = errWire
	return false
}

// is reports whether the field is this one, and has the wire type it must have.
func (m *message) is(field uint64, kind uint8) bool { return m.field == field && m.kind == kind }

// list is a repeated number, packed in one field, in several, or not at all.
type list []byte

// add takes the message's field into the list.
func (l *list) add(m *message) {
	switch {
	case m.kind == wireVarint:
		*l = binary.AppendUvarint((*l)[:len(*l):len(*l)], m.value)
	case m.kind == wireBytes && len(*l) == 0:
		*l = m.data
	case m.kind == wireBytes:
		*l = append((*l)[:len(*l):len(*l)], m.data...)
	}
}

// unsigned takes the next number; false at the end and where none can be read.
func (l *list) unsigned() (uint64, bool) { return varint((*[]byte)(l)) }

// signed takes the next number in zigzag coding.
func (l *list) signed() (int64, bool) {
	v, ok := varint((*[]byte)(l))
	return zigzag(v), ok
}

func zigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

// varint takes a number off the front.
func varint(b *[]byte) (uint64, bool) {
	if len(*b) > 0 && (*b)[0] < 0x80 { // most are of one byte
		v := (*b)[0]
		*b = (*b)[1:]
		return uint64(v), true
	}
	v, n := binary.Uvarint(*b)
	if n <= 0 {
		return 0, false
	}
	*b = (*b)[n:]
	return v, true
}
