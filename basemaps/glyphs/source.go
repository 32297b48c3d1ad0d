package glyphs

import (
	"encoding/binary"
	"errors"
	"io"
)

// source is a font file as sfnt is to see it: without the table of kerning, which
// ranges of letters have no place for, and whose longer form sfnt v0.47 misreads
// so that it refuses Noto Sans.
type source struct {
	file io.ReaderAt
	// hidden is where the tags of those tables are.
	hidden []int64
}

const (
	maxTables  = 256 // as sfnt
	headSize   = 12  // of a font's directory, and of a collection's
	recordSize = 16
)

// withoutKerning hides the tables; what cannot be read is left for sfnt to refuse.
func withoutKerning(file io.ReaderAt) *source {
	s := &source{file: file}
	var head [headSize]byte
	if _, err := s.ReadAt(head[:], 0); err != nil {
		return s
	}
	if string(head[:4]) != "ttcf" {
		s.hide(0)
		return s
	}
	offsets := make([]byte, 4*min(binary.BigEndian.Uint32(head[8:]), maxFaces))
	if _, err := s.ReadAt(offsets, headSize); err != nil {
		return s
	}
	for ; len(offsets) > 0; offsets = offsets[4:] {
		s.hide(int64(binary.BigEndian.Uint32(offsets)))
	}
	return s
}

// hide looks through the directory at the offset.
func (s *source) hide(offset int64) {
	var head [headSize]byte
	if _, err := s.ReadAt(head[:], offset); err != nil {
		return
	}
	records := make([]byte, recordSize*min(int(binary.BigEndian.Uint16(head[4:])), maxTables))
	if _, err := s.ReadAt(records, offset+headSize); err != nil {
		return
	}
	for i := 0; i < len(records); i += recordSize {
		if string(records[i:i+4]) == "GPOS" {
			s.hidden = append(s.hidden, offset+headSize+int64(i))
		}
	}
}

// ReadAt says io.EOF only where bytes are missing: readers may say it with the
// last ones, which sfnt takes for a failure.
func (s *source) ReadAt(p []byte, offset int64) (int, error) {
	n, err := s.file.ReadAt(p, offset)
	if n == len(p) && errors.Is(err, io.EOF) {
		err = nil
	}
	for _, at := range s.hidden {
		// GPOX is no table, and keeps the directory in order.
		if i := at + 3 - offset; i >= 0 && i < int64(n) {
			p[i] = 'X'
		}
	}
	return n, err
}
