package glyphs

import "encoding/binary"

// Tags of the format's messages: field number and wire type, which is 2 for bytes and
// 0 for numbers.
const (
	tagStack = 1<<3 | 2 // glyphs.stacks

	tagName   = 1<<3 | 2
	tagRange  = 2<<3 | 2
	tagGlyphs = 3<<3 | 2

	tagID      = 1 << 3
	tagBitmap  = 2<<3 | 2
	tagWidth   = 3 << 3
	tagHeight  = 4 << 3
	tagLeft    = 5 << 3 // sint32
	tagTop     = 6 << 3 // sint32
	tagAdvance = 7 << 3
)

// writer writes a range as a glyphs message with one stack.
type writer struct{ stack, one []byte }

func newWriter(name, letters string) *writer {
	w := &writer{stack: make([]byte, 0, 64<<10)}
	w.stack = appendBytes(w.stack, tagName, name)
	w.stack = appendBytes(w.stack, tagRange, letters)
	return w
}

func (w *writer) glyph(g *Glyph) {
	b := appendNumber(w.one[:0], tagID, uint64(g.ID))
	if len(g.Bitmap) > 0 {
		b = appendBytes(b, tagBitmap, g.Bitmap)
	}
	b = appendNumber(b, tagWidth, uint64(g.Width))
	b = appendNumber(b, tagHeight, uint64(g.Height))
	b = appendNumber(b, tagLeft, zigzag(g.Left))
	b = appendNumber(b, tagTop, zigzag(g.Top))
	w.one = appendNumber(b, tagAdvance, uint64(g.Advance))
	w.stack = appendBytes(w.stack, tagGlyphs, w.one)
}

func (w *writer) bytes() []byte { return appendBytes(nil, tagStack, w.stack) }

func zigzag(v int) uint64 { return uint64(uint32(v<<1) ^ uint32(v>>31)) }

func appendNumber(b []byte, tag byte, v uint64) []byte {
	return binary.AppendUvarint(append(b, tag), v)
}

func appendBytes[T string | []byte](b []byte, tag byte, v T) []byte {
	return append(binary.AppendUvarint(append(b, tag), uint64(len(v))), v...)
}
