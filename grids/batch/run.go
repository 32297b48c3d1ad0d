package batch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
)

// block is rows on their way through a worker.
type block struct {
	in, out      []byte
	long         bool // stands for one row that was longer than maxRecord
	rows, failed int64
	fallen       any // what the worker's panic said
	done         chan struct{}
}

// run reads, looks up and writes. The rows stay in order: the writer takes the
// blocks in the order in which they were cut, and waits for each.
func run(ctx context.Context, w io.Writer, r io.Reader, o Options, f format) (Stats, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	s := newSource(ctx, r, f, o.Skip)
	first, err := s.begin(ctx, o.Encoding)
	if err != nil {
		return Stats{}, err
	}
	if o.Begin != nil {
		o.Begin(first.enc)
	}
	if len(first.out) > 0 {
		if _, err := w.Write(first.out); err != nil {
			return Stats{}, err
		}
	}
	workers := o.workers()
	// One block in each worker, one waiting for it, one being cut, one being written.
	inFlight := 2*workers + 2
	free, work, order := make(chan *block, inFlight), make(chan *block, inFlight), make(chan *block, inFlight)
	for range inFlight {
		free <- &block{done: make(chan struct{}, 1)}
	}
	var wg sync.WaitGroup
	for range workers {
		rows := f.worker()
		wg.Go(func() {
			for b := range work {
				b.answer(f, rows)
			}
		})
	}
	var cut error
	wg.Go(func() {
		defer close(order)
		defer close(work)
		cut = s.blocks(ctx, free, func(b *block) {
			work <- b
			order <- b
		})
	})
	stats, err := writeAll(w, order, free, o.Progress, stop)
	wg.Wait()
	switch {
	case err != nil:
		return stats, err
	case cut != nil && errors.Is(cut, s.err):
		return stats, fmt.Errorf("%w after row %d: %w", ErrRead, o.Skip+stats.Rows, cut)
	}
	return stats, cut
}

// writeAll writes the blocks. After an error it only waits for the others.
func writeAll(w io.Writer, order <-chan *block, free chan<- *block, progress func(Stats), stop func()) (stats Stats, err error) {
	var fallen any
	for b := range order {
		<-b.done
		switch {
		case err != nil || fallen != nil:
		case b.fallen != nil:
			fallen = b.fallen
			stop()
		default:
			if len(b.out) > 0 {
				_, err = w.Write(b.out)
			}
			if err != nil {
				stop()
				break
			}
			stats.Rows += b.rows
			stats.Failed += b.failed
			if progress != nil {
				progress(stats)
			}
		}
		free <- b
	}
	if fallen != nil {
		panic(fallen) // in the caller's goroutine, who may recover
	}
	return stats, err
}

// answer reads the rows of a block and writes them with their answers.
func (b *block) answer(f format, rows rower) {
	defer func() {
		b.fallen = recover()
		b.done <- struct{}{}
	}()
	b.out, b.rows, b.failed = b.out[:0], 0, 0
	one := func(rec record) {
		if len(rec.text) == 0 && rec.fault == "" {
			return // a blank line
		}
		var failed bool
		b.out, failed = rows.row(b.out, rec)
		b.rows++
		if failed {
			b.failed++
		}
	}
	if b.long {
		one(record{fault: faultLong})
	}
	usual := f.quotes() && bytes.IndexByte(b.in, '"') < 0
	for data := b.in; len(data) > 0; {
		if usual {
			var size, n int
			if b.out, size, n = rows.usual(b.out, data); n > 0 {
				b.rows += int64(n)
				data = data[size:]
				continue
			}
		}
		rec, size := f.cut(data, true)
		one(rec)
		data = data[size:]
	}
}

// chunk is what one Read gave.
type chunk struct {
	data []byte
	err  error
}

const (
	chunkBytes = 256 << 10
	chunks     = 3 // one being filled, one waiting, one being cut
	blockBytes = 256 << 10
)

// pump reads until the input or the context ends. It has a goroutine of its own
// so that decompression and slow clients do not hold up the rest, and rows that
// came are answered while the next are waited for.
func pump(ctx context.Context, r io.Reader, full chan<- chunk, empty <-chan []byte) {
	defer close(full)
	const maxIdle = 100 // Reads that give nothing, as in package bufio
	for idle := 0; ; {
		var buf []byte
		select {
		case buf = <-empty:
		case <-ctx.Done():
			return
		}
		if cap(buf) == 0 {
			buf = make([]byte, chunkBytes)
		}
		n, err := r.Read(buf[:cap(buf)])
		if idle++; n > 0 || err != nil {
			idle = 0
		} else if idle == maxIdle {
			err = io.ErrNoProgress
		}
		select {
		case full <- chunk{buf[:n], err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// ended says that the input ended as it should.
func ended(err error) bool { return errors.Is(err, io.EOF) }
