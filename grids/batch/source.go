package batch

import (
	"bytes"
	"context"
	"fmt"
	"io"
)

// source cuts the input into blocks of whole records.
type source struct {
	format

	full  <-chan chunk
	empty chan<- []byte
	skip  int64

	rest []byte // came, and is in no block yet
	err  error  // why no more will come; io.EOF at the end
}

func newSource(ctx context.Context, r io.Reader, f format, skip int64) *source {
	full, empty := make(chan chunk, chunks), make(chan []byte, chunks)
	for range chunks {
		empty <- nil // made when it is needed: most bodies are one chunk
	}
	go pump(ctx, r, full, empty) // ends with its Read: see CSV
	return &source{format: f, full: full, empty: empty, skip: skip}
}

// more waits for the next chunk and appends it, with what else is there until
// buf has want bytes.
func (s *source) more(ctx context.Context, buf []byte, want int) ([]byte, error) {
	c, came := chunk{}, false
	select {
	case <-ctx.Done():
	case c, came = <-s.full:
	}
	for came {
		buf = append(buf, c.data...)
		if s.err = c.err; s.over() {
			return buf, nil
		}
		s.empty <- c.data
		if len(buf) >= want {
			return buf, nil
		}
		select {
		case c, came = <-s.full:
		default:
			return buf, nil
		}
	}
	return buf, context.Cause(ctx) // which closed the channel, if that was closed
}

// over says that no more will come.
func (s *source) over() bool { return s.err != nil }

// opening is what stands before the rows.
type opening struct {
	enc Encoding
	out []byte
}

// begin finds the encoding and the header.
func (s *source) begin(ctx context.Context, enc Encoding) (first opening, err error) {
	var buf []byte
	for s.err == nil && enc == Detect && len(buf) < headBytes {
		if buf, err = s.more(ctx, buf, headBytes); err != nil {
			return first, err
		}
	}
	if s.err != nil && !ended(s.err) && len(buf) == 0 {
		return first, fmt.Errorf("%w: %w", ErrRead, s.err)
	}
	if first.enc = enc; enc == Detect {
		if first.enc, err = detect(buf, ended(s.err)); err != nil {
			return first, err
		}
	}
	for {
		var size int
		if first.out, size, err = s.head(buf, ended(s.err), first.enc); err != nil {
			return first, err
		}
		if size >= 0 {
			s.rest = buf[size:]
			return first, nil
		}
		if s.err != nil {
			return first, fmt.Errorf("%w: %w", ErrRead, s.err)
		}
		if buf, err = s.more(ctx, buf, 0); err != nil {
			return first, err
		}
	}
}

// blocks hands out the input in blocks until it ends. The error is the input's
// or the context's.
func (s *source) blocks(ctx context.Context, free <-chan *block, give func(*block)) error {
	var b *block
	for {
		if b == nil {
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case b = <-free:
			}
		}
		b.long = false
		b.in = append(b.in[:0], s.rest...)
		end, err := s.fill(ctx, b)
		if err != nil {
			return err
		}
		s.rest = append(s.rest[:0], b.in[end:]...)
		b.in = b.in[:end]
		over := s.err != nil && (len(s.rest) == 0 || end == 0 && !b.long)
		if s.skip > 0 {
			s.leaveOut(b)
		}
		if len(b.in) > 0 || b.long {
			give(b)
			b = nil
		}
		if over {
			if ended(s.err) {
				return nil
			}
			return s.err
		}
	}
}

// fill reads until the block has a whole record, and returns where the last
// whole one ends.
func (s *source) fill(ctx context.Context, b *block) (end int, err error) {
	looked := 0 // so many bytes held no whole record
	for {
		// A long record that comes in small pieces is looked at each time it has
		// grown by an eighth, not for each piece.
		if grown := looked + looked/8; looked < headBytes || len(b.in) >= grown || s.over() {
			if end = s.wholeRecords(b.in); end > 0 || s.over() {
				return end, nil
			}
			if looked = len(b.in); looked > maxRecord+1 && bytes.IndexByte(b.in, '\n') < 0 {
				return s.passOver(ctx, b)
			}
		}
		if b.in, err = s.more(ctx, b.in, blockBytes); err != nil {
			return 0, err
		}
	}
}

// wholeRecords returns where the last whole record of data ends.
func (s *source) wholeRecords(data []byte) (end int) {
	if ended(s.err) {
		return len(data)
	}
	if !s.quotes() || bytes.IndexByte(data, '"') < 0 {
		return bytes.LastIndexByte(data, '\n') + 1
	}
	for {
		_, size := s.cut(data[end:], false)
		if size == 0 {
			return end
		}
		end += size
	}
}

// passOver drops a line that is too long, up to the next line.
func (s *source) passOver(ctx context.Context, b *block) (end int, err error) {
	for {
		b.in = b.in[:0]
		if s.over() {
			b.long = ended(s.err) // broken off it is no row
			return 0, nil
		}
		if b.in, err = s.more(ctx, b.in, 0); err != nil {
			return 0, err
		}
		if nl := bytes.IndexByte(b.in, '\n'); nl >= 0 {
			b.long = true
			b.in = append(b.in[:0], b.in[nl+1:]...)
			return 0, nil // what follows makes the next block
		}
	}
}

// leaveOut drops the rows that are to be skipped.
func (s *source) leaveOut(b *block) {
	if b.long {
		b.long = false
		s.skip--
	}
	at := 0
	for s.skip > 0 && at < len(b.in) {
		rec, size := s.cut(b.in[at:], true)
		if len(rec.text) > 0 || rec.fault != "" {
			s.skip--
		}
		at += size
	}
	b.in = append(b.in[:0], b.in[at:]...)
}
