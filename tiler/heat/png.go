package heat

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"slices"
	"sync"

	"github.com/klauspost/compress/zlib"
)

// picture writes tiles as PNG; its memory is used again.
type picture struct {
	levels levels4k
	raw    []byte // filtered rows
	body   bytes.Buffer
	z      *zlib.Writer
	index  [levelCount]uint16 // of a level in the palette, plus 1
}

// pictures keeps writers: a new one costs 1.5 MB.
var pictures = sync.Pool{New: func() any {
	w := &picture{}
	w.z, _ = zlib.NewWriterLevel(&w.body, zlib.BestSpeed) // the level is one
	return w
}}

// Colour types of PNG.
const (
	pngRGB     = 2
	pngPalette = 3
)

// Filters of PNG's rows.
const (
	filterNone = 0
	filterSub  = 1
)

// values writes the levels as numbers: with a palette where they are few, which
// is a third of the bytes to compress.
func (w *picture) values() []byte {
	clear(w.index[:])
	var palette []byte
	for _, l := range w.levels {
		if w.index[l] == 0 {
			palette = append(palette, 0, byte(l>>8), byte(l))
			w.index[l] = 1
			if len(palette) > 3*256 {
				return w.rgb()
			}
		}
	}
	// In the order of the levels, so that near levels have near numbers.
	n := uint16(0)
	palette = palette[:0]
	for l := range w.index {
		if w.index[l] != 0 {
			palette = append(palette, 0, byte(l>>8), byte(l))
			n++
			w.index[l] = n
		}
	}
	w.raw = w.raw[:0]
	for j := range TileSize {
		w.raw = append(w.raw, filterSub)
		last := byte(0)
		for _, l := range w.levels[j*TileSize : (j+1)*TileSize] {
			v := byte(w.index[l] - 1)
			w.raw = append(w.raw, v-last)
			last = v
		}
	}
	return w.png(pngPalette, palette, nil)
}

func (w *picture) rgb() []byte {
	w.raw = slices.Grow(w.raw[:0], TileSize*(1+3*TileSize))
	for j := range TileSize {
		w.raw = append(w.raw, filterSub)
		var last uint16
		for _, l := range w.levels[j*TileSize : (j+1)*TileSize] {
			w.raw = append(w.raw, 0, byte(l>>8)-byte(last>>8), byte(l)-byte(last))
			last = l
		}
	}
	return w.png(pngRGB, nil, nil)
}

// png writes the filtered rows with a palette and its alphas.
func (w *picture) png(colour byte, palette, alphas []byte) []byte {
	w.body.Reset()
	w.z.Reset(&w.body)
	_, _ = w.z.Write(w.raw) // to memory
	_ = w.z.Close()
	out := make([]byte, 0, 128+len(palette)+len(alphas)+w.body.Len())
	out = append(out, "\x89PNG\r\n\x1a\n"...)
	head := binary.BigEndian.AppendUint32(nil, TileSize)
	head = binary.BigEndian.AppendUint32(head, TileSize)
	out = pngChunk(out, "IHDR", append(head, 8, colour, 0, 0, 0))
	if len(palette) > 0 {
		out = pngChunk(out, "PLTE", palette)
	}
	if len(alphas) > 0 {
		out = pngChunk(out, "tRNS", alphas)
	}
	out = pngChunk(out, "IDAT", w.body.Bytes())
	return pngChunk(out, "IEND", nil)
}

func pngChunk(out []byte, name string, data []byte) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(len(data)))
	start := len(out)
	out = append(append(out, name...), data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[start:]))
}
