package imagery

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"

	"github.com/wanmi-gis/wanmi/tiler"
)

// The journal is TARGET.partial:
//
//	"wanmi imagery 1\n"       16 bytes
//	what was asked for       one line of JSON
//	then records, those of a block together, its root last:
//	 0  1 tile, 2 root       1 byte
//	 1  zoom                 1 byte
//	 2  x, y                 4 bytes each, little-endian, as all that follows
//	10  n, body's length     4 bytes
//	14  CRC-32C of the bytes before and the body
//	18  body                 n bytes: the picture; of a root its pixels, RGBA, in
//	                         zstd, none where the block has none
//
// A block without its root is made again, and so is what is above the blocks.
const (
	firstLine   = "wanmi imagery 1\n"
	recordBytes = 18
	maxBody     = 16 << 20
	rootBytes   = 4 * tileSize * tileSize
	fileMode    = 0o644 // everyone may read a map

	recordTile = 1
	recordRoot = 2
)

// place is where a body is in the journal.
type place struct {
	at     int64
	length uint32
}

// stored tile of the journal.
type tileAt struct {
	id tiler.ID
	place
}

// journal appends blocks and knows where their tiles are.
type journal struct {
	file  *os.File
	start int64 // of the first record
	end   int64
	tiles []tileAt
	roots map[tiler.ID]place
	bytes int64 // of tiles
	zip   *zstd.Encoder
	unzip *zstd.Decoder
}

// openJournal opens the partial file, or starts one.
func openJournal(name string, key []byte) (*journal, error) {
	zip, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	unzip, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(rootBytes))
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return nil, err
	}
	j := &journal{file: file, roots: map[tiler.ID]place{}, zip: zip, unzip: unzip}
	if err := j.begin(key); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return j, nil
}

// begin compares the head, or writes it, and takes in the blocks that are whole.
func (j *journal) begin(key []byte) error {
	head := append(append([]byte(firstLine), key...), '\n')
	j.start = int64(len(head))
	info, err := j.file.Stat()
	if err != nil {
		return err
	}
	there := make([]byte, min(info.Size(), j.start))
	if _, err := io.ReadFull(j.file, there); err != nil {
		return fmt.Errorf("read %s: %w", j.file.Name(), err)
	}
	if !bytes.HasPrefix(head, there) {
		return fmt.Errorf("%s %w", j.file.Name(), ErrOther)
	}
	if _, err := j.file.WriteAt(head, 0); err != nil {
		return err
	}
	if err := j.replay(max(info.Size(), j.start)); err != nil {
		return fmt.Errorf("read %s: %w", j.file.Name(), err)
	}
	return j.file.Truncate(j.end)
}

// replay reads the records up to the first that is torn, and keeps those of whole
// blocks.
func (j *journal) replay(size int64) error {
	in := bufio.NewReaderSize(io.NewSectionReader(j.file, j.start, size-j.start), 1<<20)
	j.end = j.start
	var block []tileAt
	for at := j.start; ; {
		kind, t, err := readRecord(in, size-at)
		if errors.Is(err, errTorn) {
			return nil
		}
		if err != nil {
			return err
		}
		t.at += at
		at += recordBytes + int64(t.length)
		if kind == recordTile {
			block = append(block, t)
			continue
		}
		if _, twice := j.roots[t.id]; twice {
			return nil
		}
		j.keep(block, t)
		block, j.end = block[:0], at
	}
}

func (j *journal) keep(block []tileAt, root tileAt) {
	j.tiles = append(j.tiles, block...)
	j.roots[root.id] = root.place
	for i := range block {
		j.bytes += int64(block[i].length)
	}
}

// errTorn says that a record is not whole.
var errTorn = errors.New("a record is not whole")

// readRecord reads one of at most so many bytes; the place counts from its start.
func readRecord(in io.Reader, left int64) (kind byte, t tileAt, err error) {
	var head [recordBytes]byte
	if left < recordBytes {
		return 0, t, errTorn
	}
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return 0, t, err
	}
	n := binary.LittleEndian.Uint32(head[10:])
	if int64(n) > left-recordBytes || n > maxBody || head[0] != recordTile && head[0] != recordRoot {
		return 0, t, errTorn
	}
	sum := crc32.New(castagnoli)
	sum.Write(head[:14])
	if _, err := io.CopyN(sum, in, int64(n)); err != nil {
		return 0, t, err
	}
	if sum.Sum32() != binary.LittleEndian.Uint32(head[14:]) {
		return 0, t, errTorn
	}
	t.id = tiler.ID{Z: head[1], X: binary.LittleEndian.Uint32(head[2:]), Y: binary.LittleEndian.Uint32(head[6:])}
	t.place = place{recordBytes, n}
	return head[0], t, nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// made is a tile that was made.
type made struct {
	id   tiler.ID
	body []byte
}

// addBlock appends a block's tiles and its root, nil where there is nothing.
func (j *journal) addBlock(id tiler.ID, tiles []made, root *image.NRGBA) error {
	var packed []byte
	if root != nil {
		packed = j.zip.EncodeAll(root.Pix, nil)
	}
	b, places := appendTiles(nil, tiles, j.end)
	b = appendRecord(b, recordRoot, id, packed)
	if _, err := j.file.WriteAt(b, j.end); err != nil {
		return err
	}
	j.end += int64(len(b))
	j.keep(places, tileAt{id, place{j.end - int64(len(packed)), uint32(len(packed))}})
	return nil
}

// addTile appends a tile above the blocks.
func (j *journal) addTile(t made) error {
	b, places := appendTiles(nil, []made{t}, j.end)
	if _, err := j.file.WriteAt(b, j.end); err != nil {
		return err
	}
	j.end += int64(len(b))
	j.tiles = append(j.tiles, places...)
	j.bytes += int64(len(t.body))
	return nil
}

func appendTiles(b []byte, tiles []made, from int64) ([]byte, []tileAt) {
	places := make([]tileAt, 0, len(tiles))
	for _, t := range tiles {
		b = appendRecord(b, recordTile, t.id, t.body)
		places = append(places, tileAt{t.id, place{from + int64(len(b)-len(t.body)), uint32(len(t.body))}})
	}
	return b, places
}

func appendRecord(b []byte, kind byte, id tiler.ID, body []byte) []byte {
	start := len(b)
	b = append(b, kind, id.Z)
	b = binary.LittleEndian.AppendUint32(b, id.X)
	b = binary.LittleEndian.AppendUint32(b, id.Y)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(body)))
	sum := crc32.Update(crc32.Checksum(b[start:], castagnoli), castagnoli, body)
	return append(binary.LittleEndian.AppendUint32(b, sum), body...)
}

// read reads a body into a buffer.
func (j *journal) read(p place, into []byte) ([]byte, error) {
	if cap(into) < int(p.length) {
		into = make([]byte, p.length)
	}
	into = into[:p.length]
	if _, err := j.file.ReadAt(into, p.at); err != nil {
		return nil, fmt.Errorf("read %s at %d: %w", j.file.Name(), p.at, err)
	}
	return into, nil
}

// root is the picture of a block that is done, nil where there is nothing.
func (j *journal) root(id tiler.ID) (*image.NRGBA, error) {
	p, ok := j.roots[id]
	if !ok || p.length == 0 {
		return nil, nil
	}
	packed, err := j.read(p, nil)
	if err != nil {
		return nil, err
	}
	pix, err := j.unzip.DecodeAll(packed, nil)
	if err != nil || len(pix) != rootBytes {
		return nil, fmt.Errorf("read %s at %d: a root of %d bytes: %w", j.file.Name(), p.at, len(pix), errors.Join(errTorn, err))
	}
	return &image.NRGBA{Pix: pix, Stride: 4 * tileSize, Rect: image.Rect(0, 0, tileSize, tileSize)}, nil
}

func (j *journal) close() { j.file.Close() }
