package stored

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrVectorTile is returned for bytes that are no vector tile.
var ErrVectorTile = errors.New("not a vector tile")

// CheckVector looks whether plain bytes are a vector tile (MVT): messages of
// layers that end where they say and have a name. What is inside of features is
// left to who draws them.
func CheckVector(plain []byte) error {
	return fields(plain, func(number, kind uint64, body []byte) error {
		if number != 3 || kind != 2 {
			return fmt.Errorf("%w: field %d of type %d where layers are", ErrVectorTile, number, kind)
		}
		named := false
		err := fields(body, func(number, kind uint64, body []byte) error {
			named = named || (number == 1 && kind == 2 && len(body) > 0)
			if number == 2 && kind == 2 {
				return fields(body, func(uint64, uint64, []byte) error { return nil })
			}
			return nil
		})
		if err == nil && !named {
			err = fmt.Errorf("%w: a layer without a name", ErrVectorTile)
		}
		return err
	})
}

// fields visits the fields of a protocol buffer message; body is that of a field
// with a length.
func fields(b []byte, visit func(number, kind uint64, body []byte) error) error {
	whole := len(b)
	broken := func(what string) error {
		return fmt.Errorf("%w: %s at byte %d of a message of %d", ErrVectorTile, what, whole-len(b), whole)
	}
	for len(b) > 0 {
		tag, n := binary.Uvarint(b)
		if n <= 0 || tag>>3 == 0 {
			return broken("no field")
		}
		b = b[n:]
		var length uint64
		switch tag & 7 {
		case 0:
			if _, n = binary.Uvarint(b); n <= 0 {
				return broken("no number")
			}
			length = uint64(n)
		case 1:
			length = 8
		case 5:
			length = 4
		case 2:
			if length, n = binary.Uvarint(b); n <= 0 {
				return broken("no length")
			}
			b = b[n:]
		default:
			return broken(fmt.Sprintf("type %d", tag&7))
		}
		if length > uint64(len(b)) {
			return broken(fmt.Sprintf("a field of %d bytes", length))
		}
		if err := visit(tag>>3, tag&7, b[:length]); err != nil {
			return err
		}
		b = b[length:]
	}
	return nil
}

// Check says what is wrong with a tile that should be of the type, stored in the
// coding; with neither said it is told from the bytes. maxBytes bounds it unpacked.
func Check(t Type, c Coding, body []byte, maxBytes int) error {
	if c == Unsaid {
		c = SniffCoding(body)
	}
	plain, err := Inflate(c, body, maxBytes)
	if err != nil {
		return err
	}
	if got := Sniff(plain); t.Picture() && got != t {
		return fmt.Errorf("it should be %s and begins like %q", t.Ext(), plain[:min(len(plain), 8)])
	}
	if t == MVT {
		return CheckVector(plain)
	}
	return nil
}
