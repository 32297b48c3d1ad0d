package glyphs_test

import (
	"encoding/binary"
	"testing"
)

// letter is a glyph as a reader of the format sees it.
type letter struct {
	id, width, height, left, top, advance int
	bitmap                                []byte
}

// decode reads a range by the format's description, knowing nothing of its writer.
func decode(t testing.TB, body []byte) (name, letters string, glyphs map[int]letter) {
	t.Helper()
	glyphs = map[int]letter{}
	fields(t, body, func(field int, _ uint64, stack []byte) {
		if field != 1 {
			t.Fatalf("field %d in glyphs", field)
		}
		fields(t, stack, func(field int, _ uint64, b []byte) {
			switch field {
			case 1:
				name = string(b)
			case 2:
				letters = string(b)
			case 3:
				g := decodeGlyph(t, b)
				glyphs[g.id] = g
			default:
				t.Fatalf("field %d in a stack", field)
			}
		})
	})
	return name, letters, glyphs
}

func decodeGlyph(t testing.TB, b []byte) (g letter) {
	signed := func(v uint64) int { return int(int64(v>>1) ^ -int64(v&1)) }
	fields(t, b, func(field int, v uint64, b []byte) {
		switch field {
		case 1:
			g.id = int(v)
		case 2:
			g.bitmap = b
		case 3:
			g.width = int(v)
		case 4:
			g.height = int(v)
		case 5:
			g.left = signed(v)
		case 6:
			g.top = signed(v)
		case 7:
			g.advance = int(v)
		default:
			t.Fatalf("field %d in a glyph", field)
		}
	})
	return g
}

func fields(t testing.TB, b []byte, each func(field int, v uint64, b []byte)) {
	t.Helper()
	number := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			t.Fatal("a number that does not end")
		}
		b = b[n:]
		return v
	}
	for len(b) > 0 {
		tag := number()
		v := number()
		switch tag & 7 {
		case 0:
			each(int(tag>>3), v, nil)
		case 2:
			if v > uint64(len(b)) {
				t.Fatalf("%d bytes of %d", v, len(b))
			}
			each(int(tag>>3), 0, b[:v])
			b = b[v:]
		default:
			t.Fatalf("wire type %d", tag&7)
		}
	}
}
