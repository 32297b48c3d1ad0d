package geotiff

import (
	"bytes"
	"math"

	"github.com/klauspost/compress/zlib"
)

// block is one that is packed; it is used again and again.
type block struct {
	numbers []float32
	raw     []byte
	packed  bytes.Buffer
	z       *zlib.Writer
}

// level of Deflate: 6 takes three times as long for 4 % less.
const level = 2

func newBlock() *block {
	b := &block{numbers: make([]float32, BlockSize*BlockSize), raw: make([]byte, 4*BlockSize*BlockSize)}
	b.z, _ = zlib.NewWriterLevel(&b.packed, level) // it is one
	return b
}

func (b *block) line(y int) []float32 { return b.numbers[y*BlockSize : (y+1)*BlockSize] }

// pack compresses the numbers. The bytes hold until the next time.
func (b *block) pack() []byte {
	for y := range BlockSize {
		predict(b.line(y), b.raw[4*y*BlockSize:4*(y+1)*BlockSize])
	}
	b.packed.Reset()
	b.z.Reset(&b.packed)
	_, _ = b.z.Write(b.raw) // to memory
	_ = b.z.Close()
	return b.packed.Bytes()
}

// predict writes a row's bytes by their weight, the highest of all numbers first,
// each as its difference from the one before: neighbours have like exponents.
func predict(row []float32, out []byte) {
	n := len(row)
	for i, v := range row {
		bits := math.Float32bits(v)
		out[i], out[n+i], out[2*n+i], out[3*n+i] = byte(bits>>24), byte(bits>>16), byte(bits>>8), byte(bits)
	}
	for i := 4*n - 1; i > 0; i-- {
		out[i] -= out[i-1]
	}
}
