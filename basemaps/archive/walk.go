package archive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/wanmi-gis/wanmi/basemaps/pmtiles"
	"github.com/wanmi-gis/wanmi/tiler"
)

// gzipLevel costs the demo city's export 0.7 s of processor time where level 9
// takes 2.8 s, for an archive 2 % larger.
const gzipLevel = 6

// errSequence says that the partial file holds other tiles than the walk meets.
var errSequence = errors.New("its tiles are not those of this export: remove it")

// walk makes the tiles zoom by zoom, each zoom in the order of the archive. The
// next zoom's tiles are the children of those below which something is: a child
// follows its parent along the curve, so a zoom is in order if the one above was.
type walk struct {
	src      tiler.Source
	layers   []tiler.Layer
	options  Options
	journal  *journal
	progress Progress
}

func (w *walk) run(ctx context.Context) error {
	o := &w.options
	level := tiler.Occupied(w.src, w.layers, o.MinZoom, o.MaxZoom)
	inOrder(level)
	for z := o.MinZoom; len(level) > 0; z++ {
		w.progress.Zoom, w.progress.Done, w.progress.OfZoom = z, 0, len(level)
		var next []tiler.ID
		take := func(r record) {
			if r.deeper {
				children := r.id.Children()
				inOrder(children[:])
				next = append(next, children[:]...)
			}
			w.took(&r)
		}
		rest, err := w.replay(level, take)
		if err != nil {
			return fmt.Errorf("%s: %w", w.journal.name(), err)
		}
		if err := w.level(ctx, rest, take); err != nil {
			return err
		}
		level = next
	}
	if _, more, err := w.journal.earlier(); more || err != nil {
		return fmt.Errorf("%s: %w", w.journal.name(), errors.Join(errSequence, err))
	}
	return nil
}

// inOrder sorts tiles of one zoom as they are in the archive.
func inOrder(ids []tiler.ID) {
	slices.SortFunc(ids, func(a, b tiler.ID) int { return cmp.Compare(pmtiles.TileID(a), pmtiles.TileID(b)) })
}

func (w *walk) took(r *record) {
	p := &w.progress
	p.Done++
	p.Looked++
	if len(r.body) > 0 {
		p.Tiles++
		p.Bytes += int64(len(r.body))
	}
	if w.options.Progress != nil {
		w.options.Progress(*p)
	}
}

// replay takes the tiles that an earlier run made and returns the rest.
func (w *walk) replay(ids []tiler.ID, take func(record)) (rest []tiler.ID, err error) {
	for i, id := range ids {
		r, ok, err := w.journal.earlier()
		if err != nil {
			return nil, err
		}
		if !ok {
			return ids[i:], nil
		}
		if r.id != id {
			return nil, errSequence
		}
		w.progress.Resumed++
		take(r)
	}
	return nil, nil
}

// job is a tile on its way; its record comes once.
type job struct {
	id   tiler.ID
	done chan outcome
}

type outcome struct {
	record
	err error
}

// level makes tiles on all processors and takes them in their order. What is
// under way is bounded: four tiles a worker.
func (w *walk) level(ctx context.Context, ids []tiler.ID, take func(record)) error {
	workers := min(w.options.Workers, len(ids))
	ctx, stop := context.WithCancel(ctx)
	work, ordered := make(chan job), make(chan job, 4*workers)
	var running sync.WaitGroup
	defer func() { stop(); running.Wait() }()
	for range workers {
		running.Go(func() {
			for j := range work {
				j.done <- w.make(j.id)
			}
		})
	}
	running.Go(func() {
		defer close(work)
		defer close(ordered)
		for _, id := range ids {
			j := job{id, make(chan outcome, 1)}
			select {
			case ordered <- j:
			case <-ctx.Done():
				return
			}
			select {
			case work <- j:
			case <-ctx.Done():
				j.done <- outcome{err: ctx.Err()}
				return
			}
		}
	})
	for j := range ordered {
		o := <-j.done
		err := o.err
		if err == nil {
			err = w.journal.add(o.record)
		}
		if err != nil {
			return err
		}
		take(o.record)
	}
	return ctx.Err()
}

// make encodes one tile. Below an empty one there may still be something: a
// layer that begins deeper, a shape that was too small.
func (w *walk) make(id tiler.ID) outcome {
	o := &w.options
	body, _, err := tiler.Encode(nil, w.src, o.Layers, id, tiler.Options{})
	if err != nil {
		return outcome{err: err}
	}
	r := record{id: id, deeper: id.Z < o.MaxZoom}
	if len(body) > 0 {
		r.body = tiler.Gzip(nil, body, gzipLevel)
	} else if r.deeper {
		r.deeper = tiler.Reaches(w.src, w.layers, id, o.MaxZoom)
	}
	return outcome{record: r}
}
