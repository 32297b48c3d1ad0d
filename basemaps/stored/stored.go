// Package stored says what the bytes of a tile in an archive are: a picture or a
// vector tile (Type), plain or compressed (Coding), and makes compressed ones
// plain within limits (Inflate).
package stored

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// Type is what a tile is.
type Type uint8

// The types, by their numbers in PMTiles.
const (
	Unknown Type = iota
	MVT
	PNG
	JPEG
	WebP
	AVIF
	types
)

var (
	extensions = [types]string{"", "mvt", "png", "jpg", "webp", "avif"}
	mimes      = [types]string{
		"application/octet-stream", "application/vnd.mapbox-vector-tile", "image/png", "image/jpeg", "image/webp", "image/avif",
	}
)

// Ext is the usual ending of a file's name without the dot, "" of Unknown.
func (t Type) Ext() string { return extensions[t%types] }

// MIME is the media type.
func (t Type) MIME() string { return mimes[t%types] }

// Picture reports whether it is one.
func (t Type) Picture() bool { return t >= PNG && t < types }

// TypeOf returns the type that goes by an ending: mvt and pbf, png, jpg and jpeg,
// webp, avif.
func TypeOf(ext string) Type {
	switch ext {
	case "pbf":
		return MVT
	case "jpeg":
		return JPEG
	}
	for t := MVT; t < types; t++ {
		if extensions[t] == ext {
			return t
		}
	}
	return Unknown
}

// Sniff tells pictures by their first bytes; all else is Unknown.
func Sniff(body []byte) Type {
	switch {
	case bytes.HasPrefix(body, []byte("\x89PNG\r\n\x1a\n")):
		return PNG
	case bytes.HasPrefix(body, []byte("\xff\xd8\xff")):
		return JPEG
	case len(body) >= 12 && string(body[:4]) == "RIFF" && string(body[8:12]) == "WEBP":
		return WebP
	case len(body) >= 12 && string(body[4:8]) == "ftyp" && (string(body[8:12]) == "avif" || string(body[8:12]) == "avis"):
		return AVIF
	}
	return Unknown
}

// Coding is how bytes are compressed, by its number in PMTiles.
type Coding uint8

// The codings. Zlib is not PMTiles'; some MBTiles have it.
const (
	Unsaid Coding = iota
	Plain
	GZIP
	Brotli
	Zstd
	Zlib
	codings
)

var codingNames = [codings]string{"unsaid", "none", "gzip", "brotli", "zstd", "zlib"}

// String is the coding's name.
func (c Coding) String() string {
	if c >= codings {
		return fmt.Sprintf("compression %d", uint8(c))
	}
	return codingNames[c]
}

// SniffCoding tells gzip, zstd and zlib by their first bytes; all else is Plain,
// also Brotli, which has no such bytes.
func SniffCoding(body []byte) Coding {
	switch {
	case bytes.HasPrefix(body, []byte{0x1f, 0x8b}):
		return GZIP
	case bytes.HasPrefix(body, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return Zstd
	case len(body) >= 2 && body[0] == 0x78 && (uint(body[0])<<8|uint(body[1]))%31 == 0:
		return Zlib
	}
	return Plain
}

// Errors of Inflate.
var (
	ErrTooLong = errors.New("longer than allowed when unpacked")
	ErrCoding  = errors.New("a compression that is not known")
)

// maxRatio is how many times longer than packed a body may be: what is beyond is
// made to hurt. What packs to a few bytes is let through up to fewBytes.
const (
	maxRatio = 100
	fewBytes = 64 << 10
)

// Inflate returns the body unpacked, which may be at most maxBytes long and a
// hundred times as long as packed. A plain body is returned as it is. It allocates
// no more than twice what it returns.
func Inflate(c Coding, body []byte, maxBytes int) ([]byte, error) {
	limit := min(maxBytes, max(maxRatio*len(body), fewBytes))
	if c == Plain {
		if len(body) > maxBytes {
			return nil, fmt.Errorf("%d bytes, at most %d: %w", len(body), maxBytes, ErrTooLong)
		}
		return body, nil
	}
	r, done, err := reader(c, body)
	if err != nil {
		return nil, err
	}
	defer done()
	out, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	switch {
	case len(out) > limit:
		return nil, fmt.Errorf("more than %d bytes from %d: %w", limit, len(body), ErrTooLong)
	case err != nil:
		return nil, fmt.Errorf("%v: %w", c, err)
	}
	return out, nil
}

var gzipReaders, zstdReaders sync.Pool

// reader returns what unpacks the body, and what gives it back.
func reader(c Coding, body []byte) (r io.Reader, done func(), err error) {
	in := bytes.NewReader(body)
	switch c {
	case GZIP:
		z, _ := gzipReaders.Get().(*gzip.Reader)
		if z == nil {
			z, err = gzip.NewReader(in)
		} else {
			err = z.Reset(in)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("gzip: %w", err)
		}
		return z, func() { gzipReaders.Put(z) }, nil
	case Zstd:
		z, _ := zstdReaders.Get().(*zstd.Decoder)
		if z == nil {
			// One goroutine's work, and no window beyond what may come out.
			z, err = zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(8<<20))
		} else {
			err = z.Reset(in)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("zstd: %w", err)
		}
		return z, func() { zstdReaders.Put(z) }, nil
	case Brotli:
		return brotli.NewReader(in), func() {}, nil
	case Zlib:
		z, err := zlib.NewReader(in)
		if err != nil {
			return nil, nil, fmt.Errorf("zlib: %w", err)
		}
		return z, func() {}, nil
	}
	return nil, nil, fmt.Errorf("%v: %w", c, ErrCoding)
}
