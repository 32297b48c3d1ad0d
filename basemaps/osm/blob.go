package osm

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// Limits of the format, from its description: a blob's header is below 64 KiB,
// its content below 32 MiB, packed and unpacked.
const (
	maxHeaderBytes = 64 << 10
	maxBlobBytes   = 32 << 20
)

// Why a file cannot be read.
var (
	ErrNotPBF    = errors.New("not an OpenStreetMap PBF file")
	ErrTruncated = errors.New("the file ends in the middle of a block")
	ErrBlock     = errors.New("broken block")
	ErrFeature   = errors.New("needs what this reader does not know")
)

// Fault is what is wrong with a file, and where.
type Fault struct {
	Offset int64 // of the block in the file
	Err    error
}

// Error implements error.
func (f *Fault) Error() string { return fmt.Sprintf("block at byte %d: %v", f.Offset, f.Err) }

// Unwrap gives the reason.
func (f *Fault) Unwrap() error { return f.Err }

// blob is where a block of data lies in the file.
type blob struct {
	offset int64 // of its header, for errors
	at     int64
	size   int32
}

// index is a file's blocks, found without unpacking one of them.
type index struct {
	header blob
	blobs  []blob
	sum    [sha256.Size]byte // of the whole file
}

// hashStep is how much is read at once.
const hashStep = 1 << 20

// readIndex goes through the frames of the file.
func readIndex(ctx context.Context, file io.ReaderAt, size int64) (*index, error) {
	x := &index{}
	for at := int64(0); at < size; {
		b, kind, err := readFrame(file, at, size)
		if err == nil {
			err = x.take(b, kind)
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, &Fault{at, err}
		}
		at = b.at + int64(b.size)
	}
	if x.header.size == 0 {
		return nil, &Fault{0, ErrNotPBF}
	}
	hash := sha256.New()
	for at := int64(0); at < size; at += hashStep {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if _, err := io.Copy(hash, io.NewSectionReader(file, at, min(hashStep, size-at))); err != nil {
			return nil, err
		}
	}
	hash.Sum(x.sum[:0])
	return x, nil
}

// take files one block by its kind. Those of unknown kinds are to be skipped.
func (x *index) take(b blob, kind string) error {
	first := x.header.size == 0
	switch {
	case first && kind != "OSMHeader":
		return fmt.Errorf("%w: it begins with a block %.20q in place of OSMHeader", ErrNotPBF, kind)
	case first:
		x.header = b
	case kind == "OSMHeader":
		return fmt.Errorf("%w: a second header", ErrBlock)
	case kind == "OSMData":
		x.blobs = append(x.blobs, b)
	}
	return nil
}

// readFrame reads the header before a blob.
func readFrame(file io.ReaderAt, at, size int64) (b blob, kind string, err error) {
	var length [4]byte
	if size-at < int64(len(length)) {
		return b, "", short(at)
	}
	if _, err := file.ReadAt(length[:], at); err != nil && !errors.Is(err, io.EOF) {
		return b, "", err
	}
	n := int64(binary.BigEndian.Uint32(length[:]))
	from := at + int64(len(length))
	switch {
	case n == 0 || n >= maxHeaderBytes:
		return b, "", notPBF(at, fmt.Sprintf("a header of %d bytes", n))
	case n > size-from:
		return b, "", short(at)
	}
	header := make([]byte, n)
	if _, err := file.ReadAt(header, from); err != nil && !errors.Is(err, io.EOF) {
		return b, "", err
	}
	m, data := message{rest: header}, uint64(math.MaxUint64)
	for m.next() {
		switch {
		case m.is(1, wireBytes):
			kind = string(m.data)
		case m.is(3, wireVarint):
			data = m.value
		}
	}
	switch {
	case m.err != nil || kind == "" || data == math.MaxUint64:
		return b, "", notPBF(at, "its header is not one of a block")
	case data == 0 || data > maxBlobBytes:
		return b, "", notPBF(at, fmt.Sprintf("%d bytes of data; 1 to %d can be", data, maxBlobBytes))
	case int64(data) > size-from-n:
		return b, "", fmt.Errorf("%w: %d of %d bytes are there", ErrTruncated, size-from-n, data)
	}
	return blob{offset: at, at: from + n, size: int32(data)}, kind, nil
}

// short is a file that ends within the frame at an offset: at the start it may be
// anything.
func short(at int64) error {
	if at == 0 {
		return ErrNotPBF
	}
	return ErrTruncated
}

func notPBF(at int64, why string) error {
	if at == 0 {
		return fmt.Errorf("%w: %s", ErrNotPBF, why)
	}
	return fmt.Errorf("%w: %s", ErrBlock, why)
}

// unpacker reads blobs; its buffers serve one after the other.
type unpacker struct {
	file   io.ReaderAt
	packed []byte
	plain  []byte
	zlib   io.ReadCloser
}

// unpack returns the content of a blob, good until the next one.
func (u *unpacker) unpack(b blob) ([]byte, error) {
	if cap(u.packed) < int(b.size) {
		u.packed = make([]byte, b.size)
	}
	u.packed = u.packed[:b.size]
	if _, err := u.file.ReadAt(u.packed, b.at); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	m, size := message{rest: u.packed}, uint64(0)
	var raw, zipped []byte
	for m.next() {
		switch {
		case m.is(1, wireBytes):
			raw = m.data
		case m.is(2, wireVarint):
			size = m.value
		case m.is(3, wireBytes):
			zipped = m.data
		case m.kind == wireBytes && m.field >= 4 && m.field <= 7:
			return nil, fmt.Errorf("%w: packed with %s; write the file with zlib, which is every tool's default",
				ErrFeature, [...]string{"LZMA", "bzip2", "LZ4", "Zstandard"}[m.field-4])
		}
	}
	switch {
	case m.err != nil:
		return nil, fmt.Errorf("%w: %w", ErrBlock, m.err)
	case zipped == nil:
		return raw, nil
	case size > maxBlobBytes:
		return nil, fmt.Errorf("%w: it says that it unpacks to %d bytes; %d can be", ErrBlock, size, maxBlobBytes)
	}
	return u.inflate(zipped, int(size))
}

// growth bounds the room made for a size that is only claimed: zlib packs to a
// thousandth at best.
const growth = 1032

func (u *unpacker) inflate(zipped []byte, size int) ([]byte, error) {
	if size > growth*len(zipped) {
		return nil, fmt.Errorf("%w: %d bytes cannot unpack to %d", ErrBlock, len(zipped), size)
	}
	var err error
	if u.zlib == nil {
		u.zlib, err = zlib.NewReader(bytes.NewReader(zipped))
	} else {
		err = u.zlib.(zlib.Resetter).Reset(bytes.NewReader(zipped), nil)
	}
	if err != nil {
		u.zlib = nil
		return nil, fmt.Errorf("%w: %w", ErrBlock, err)
	}
	if cap(u.plain) < size {
		u.plain = make([]byte, size)
	}
	u.plain = u.plain[:size]
	if _, err := io.ReadFull(u.zlib, u.plain); err != nil {
		return nil, fmt.Errorf("%w: it does not unpack to %d bytes: %w", ErrBlock, size, err)
	}
	var more [1]byte
	if n, err := u.zlib.Read(more[:]); n > 0 || !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: it does not end after the %d bytes it says it has", ErrBlock, size)
	}
	return u.plain, nil
}
