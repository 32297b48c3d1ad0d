package archive

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"os"
	"time"

	"github.com/wanmi-gis/wanmi/tiler"
)

const (
	firstLine   = "wanmi tiles 1\n"
	recordBytes = 18
	// maxBody is far above what a tile takes (tiler.DefaultMaxFeatures).
	maxBody    = 256 << 20
	bufferSize = 1 << 20
	// flushEvery bounds the work that a kill can cost.
	flushEvery = time.Second
)

// record is one tile that was made.
type record struct {
	id tiler.ID
	// deeper says that tiles below it may have content.
	deeper bool
	body   []byte
}

// journal is the partial file.
type journal struct {
	file  *os.File
	start int64 // of the first record
	whole int64 // where the last whole record ends
	out   *bufio.Writer
	// flushed is when out was last emptied.
	flushed time.Time

	// Of an earlier run, as long as there are some: not yet asked for.
	done *reader
}

// openJournal opens the partial file of an export, or starts one.
func openJournal(name string, key []byte) (*journal, error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, mode)
	if err != nil {
		return nil, err
	}
	j := &journal{file: file}
	if err := j.begin(key); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return j, nil
}

// begin compares the head, or writes it, and finds the end of the whole records.
func (j *journal) begin(key []byte) error {
	head := append(append([]byte(firstLine), key...), '\n')
	j.start = int64(len(head))
	info, err := j.file.Stat()
	if err != nil {
		return err
	}
	there := make([]byte, min(info.Size(), j.start))
	if _, err := io.ReadFull(j.file, there); err != nil {
		return fmt.Errorf("read %s: %w", j.name(), err)
	}
	if !bytes.HasPrefix(head, there) {
		return fmt.Errorf("%s %w: the city, its version, the program, the layers or the zooms differ; remove it, or export to another file", j.name(), ErrOther)
	}
	if _, err := j.file.WriteAt(head, 0); err != nil {
		return err
	}
	j.whole = j.start
	r := newReader(j.file, j.start, info.Size())
	for {
		_, err := r.next()
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, errTorn) {
			return fmt.Errorf("read %s: %w", j.name(), err)
		}
		if err != nil {
			break
		}
		j.whole = r.at
	}
	if err := j.file.Truncate(j.whole); err != nil {
		return err
	}
	if _, err := j.file.Seek(j.whole, io.SeekStart); err != nil {
		return err
	}
	j.out = bufio.NewWriterSize(j.file, bufferSize)
	j.done = newReader(j.file, j.start, j.whole)
	return nil
}

func (j *journal) name() string { return j.file.Name() }
func (j *journal) size() int64  { return j.whole }

// earlier gives the next tile that an earlier run made; ok is false after the
// last. Its body is not kept.
func (j *journal) earlier() (r record, ok bool, err error) {
	if j.done == nil {
		return record{}, false, nil
	}
	r, err = j.done.next()
	if errors.Is(err, io.EOF) {
		j.done = nil
		return record{}, false, nil
	}
	return r, err == nil, err
}

// add appends a tile. The system's errors name the file.
func (j *journal) add(r record) error {
	var head [recordBytes]byte
	head[0] = r.id.Z
	if r.deeper {
		head[1] = 1
	}
	binary.LittleEndian.PutUint32(head[2:], r.id.X)
	binary.LittleEndian.PutUint32(head[6:], r.id.Y)
	binary.LittleEndian.PutUint32(head[10:], uint32(len(r.body)))
	binary.LittleEndian.PutUint32(head[14:], checksum(head[:14], r.body))
	if _, err := j.out.Write(head[:]); err != nil {
		return err
	}
	if _, err := j.out.Write(r.body); err != nil {
		return err
	}
	j.whole += recordBytes + int64(len(r.body))
	if now := time.Now(); now.Sub(j.flushed) > flushEvery {
		j.flushed = now
		return j.out.Flush()
	}
	return nil
}

// flush hands what was added to the system: a kill loses none of it.
func (j *journal) flush() error { return j.out.Flush() }

func (j *journal) close() { j.file.Close() }

// records reads what was added, from the start. Bodies are reused.
func (j *journal) records() iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		r := newReader(j.file, j.start, j.whole)
		for {
			rec, err := r.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				err = fmt.Errorf("read %s at %d: %w", j.name(), r.at, err)
			}
			if !yield(rec, err) || err != nil {
				return
			}
		}
	}
}

// errTorn says that a record is not whole.
var errTorn = errors.New("a record is not whole")

// reader reads records one after the other.
type reader struct {
	in      *bufio.Reader
	at, end int64
	body    []byte
}

func newReader(file io.ReaderAt, from, to int64) *reader {
	return &reader{in: bufio.NewReaderSize(io.NewSectionReader(file, from, to-from), bufferSize), at: from, end: to}
}

// next reads one record; io.EOF after the last, errTorn for half a one.
func (r *reader) next() (record, error) {
	if r.at == r.end {
		return record{}, io.EOF
	}
	var head [recordBytes]byte
	if r.end-r.at < recordBytes {
		return record{}, errTorn
	}
	if _, err := io.ReadFull(r.in, head[:]); err != nil {
		return record{}, err
	}
	n := binary.LittleEndian.Uint32(head[10:])
	if int64(n) > r.end-r.at-recordBytes || n > maxBody {
		return record{}, errTorn
	}
	if cap(r.body) < int(n) {
		r.body = make([]byte, n)
	}
	r.body = r.body[:n]
	if _, err := io.ReadFull(r.in, r.body); err != nil {
		return record{}, err
	}
	id := tiler.ID{Z: head[0], X: binary.LittleEndian.Uint32(head[2:]), Y: binary.LittleEndian.Uint32(head[6:])}
	if checksum(head[:14], r.body) != binary.LittleEndian.Uint32(head[14:]) || head[1] > 1 {
		return record{}, errTorn
	}
	r.at += recordBytes + int64(n)
	return record{id: id, deeper: head[1] == 1, body: r.body}, nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(head, body []byte) uint32 {
	return crc32.Update(crc32.Checksum(head, castagnoli), castagnoli, body)
}
