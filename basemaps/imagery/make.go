package imagery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"os"
	"sync"

	"github.com/wanmi-gis/wanmi/tiler"
)

// source is the sheets, however they are read.
type source interface {
	// extents of the sheets, and the side of the finest one's pixels, in metres of
	// the projection.
	extents() (sheets []extent, metres float64)
	// key tells sheets and what reads them apart, for resuming.
	key() []string
	// painter is for one goroutine.
	painter() painter
}

// painter paints and encodes.
type painter interface {
	// paint draws what the sheets have of a box, onto a transparent square.
	paint(ctx context.Context, box extent, onto *image.NRGBA) error
	// encode makes the bytes of a tile; opaque says that its alpha is 255 all over.
	encode(tile *image.NRGBA, opaque bool) ([]byte, error)
	close()
}

// Make writes the archive of the sheets at path, which must not exist; a later sheet
// lies over an earlier one. What ends early, by ctx or because the disk is full,
// leaves path.partial ([ErrPaused]) and goes on from it when it is asked for again.
func Make(ctx context.Context, path string, sheets []string, o Options) (Result, error) {
	if err := o.check(path); err != nil {
		return Result{}, err
	}
	src, err := openSheets(ctx, sheets, &o)
	if err != nil {
		return Result{}, err
	}
	return makeOf(ctx, path, src, o)
}

// makeOf is Make of any source; o was checked.
func makeOf(ctx context.Context, path string, src source, o Options) (Result, error) {
	sheets, metres := src.extents()
	p, err := newPyramid(sheets, metres, &o)
	if err != nil {
		return Result{}, err
	}
	key, err := json.Marshal(struct {
		Sheets           []string
		Format           Format
		Quality          int
		MinZoom, MaxZoom uint8
		NoData           *float64
		CRS              string
	}{src.key(), o.Format, o.Quality, p.min, p.max, o.NoData, o.CRS})
	if err != nil {
		return Result{}, err
	}
	j, err := openJournal(path+".partial", key)
	if err != nil {
		return Result{}, err
	}
	defer j.close()
	m := maker{pyramid: p, journal: j, src: src, options: o}
	result := Result{MinZoom: p.min, MaxZoom: p.max}
	err = m.run(ctx)
	result.Progress = m.progress
	switch {
	case errors.Is(err, ErrEmpty), err != nil && j.end == j.start:
		return result, errors.Join(err, os.Remove(j.file.Name()))
	case err != nil:
		return result, fmt.Errorf("%w: %w", ErrPaused, err)
	}
	if result.Size, err = m.write(ctx, path); err != nil {
		return result, fmt.Errorf("%w: %w", ErrPaused, err)
	}
	return result, os.Remove(j.file.Name())
}

// maker makes one archive.
type maker struct {
	*pyramid
	journal  *journal
	src      source
	options  Options
	progress Progress
}

func (m *maker) run(ctx context.Context) error {
	var rest []tiler.ID
	for _, id := range m.blocks {
		if _, done := m.journal.roots[id]; !done {
			rest = append(rest, id)
		}
	}
	m.progress = Progress{Done: len(m.blocks) - len(rest), Of: len(m.blocks), Resumed: len(m.blocks) - len(rest)}
	m.tell()
	if err := m.makeBlocks(ctx, rest); err != nil {
		return err
	}
	if len(m.journal.tiles) == 0 {
		return ErrEmpty
	}
	return m.above(ctx)
}

func (m *maker) tell() {
	m.progress.Tiles, m.progress.Bytes = int64(len(m.journal.tiles)), m.journal.bytes
	if m.options.Progress != nil {
		m.options.Progress(m.progress)
	}
}

// block is one that was made, or why not.
type block struct {
	id    tiler.ID
	tiles []made
	root  *image.NRGBA
	err   error
}

// makeBlocks makes them on all workers; the journal takes them as they come.
func (m *maker) makeBlocks(ctx context.Context, ids []tiler.ID) error {
	ctx, stop := context.WithCancel(ctx)
	work, done := make(chan tiler.ID), make(chan block)
	var running sync.WaitGroup
	defer func() { stop(); running.Wait() }()
	running.Go(func() {
		defer close(work)
		for _, id := range ids {
			select {
			case work <- id:
			case <-ctx.Done():
				return
			}
		}
	})
	for range min(m.options.Workers, len(ids)) {
		running.Go(func() {
			p := m.src.painter()
			defer p.close()
			for id := range work {
				select {
				case done <- m.make(ctx, p, id):
				case <-ctx.Done():
					return
				}
			}
		})
	}
	for range ids {
		select {
		case b := <-done:
			err := b.err
			if err == nil {
				err = m.journal.addBlock(b.id, b.tiles, b.root)
			}
			if err != nil {
				return err
			}
			m.progress.Done++
			m.tell()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// make paints a block, cuts its tiles, and halves it until it is a tile itself.
func (m *maker) make(ctx context.Context, p painter, id tiler.ID) block {
	b := block{id: id}
	picture := image.NewNRGBA(image.Rect(0, 0, m.size(), m.size()))
	if b.err = p.paint(ctx, tileExtent(id), picture); b.err != nil {
		return b
	}
	if coverOf(picture) == nothing {
		return b
	}
	for z := m.max; ; z-- {
		side := uint32(1) << (z - id.Z)
		for y := range side {
			for x := range side {
				tile := cut(picture, int(x), int(y))
				t, err := encodeTile(p, tiler.ID{Z: z, X: id.X*side + x, Y: id.Y*side + y}, tile)
				if err == nil {
					err = ctx.Err()
				}
				if err != nil {
					b.err = err
					return b
				}
				if len(t.body) > 0 {
					b.tiles = append(b.tiles, t)
				}
			}
		}
		if z == id.Z {
			b.root = cut(picture, 0, 0)
			return b
		}
		picture = half(picture)
	}
}

// encodeTile makes the bytes of a tile, none of one that is transparent.
func encodeTile(p painter, id tiler.ID, tile *image.NRGBA) (made, error) {
	c := coverOf(tile)
	if c == nothing {
		return made{id: id}, nil
	}
	body, err := p.encode(tile, c == whole)
	if err != nil {
		return made{}, fmt.Errorf("tile %v: %w", id, err)
	}
	return made{id, body}, nil
}

// above makes the zooms above the blocks, from the first zoom's tiles down.
func (m *maker) above(ctx context.Context) error {
	if m.root == m.min {
		return nil
	}
	p := m.src.painter()
	defer p.close()
	_, err := m.ancestor(ctx, p, tiler.ID{}, m.blocks)
	m.tell()
	return err
}

// ancestor puts a tile together of the four below it and stores it, if its zoom is
// asked for. Blocks are those below the tile, at least one; nil is for nothing.
func (m *maker) ancestor(ctx context.Context, p painter, id tiler.ID, blocks []tiler.ID) (*image.NRGBA, error) {
	if id.Z == m.root {
		return m.journal.root(id)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var four *image.NRGBA
	for _, child := range id.Children() {
		var below []tiler.ID
		for _, b := range blocks {
			if up := m.root - child.Z; b.X>>up == child.X && b.Y>>up == child.Y {
				below = append(below, b)
			}
		}
		if len(below) == 0 {
			continue
		}
		picture, err := m.ancestor(ctx, p, child, below)
		if err != nil {
			return nil, err
		}
		if picture == nil || id.Z < m.min {
			continue
		}
		if four == nil {
			four = image.NewNRGBA(image.Rect(0, 0, 2*tileSize, 2*tileSize))
		}
		at := image.Pt(int(child.X&1)*tileSize, int(child.Y&1)*tileSize)
		lay(four, at, picture)
	}
	if four == nil {
		return nil, nil
	}
	tile := cut(half(four), 0, 0)
	t, err := encodeTile(p, id, tile)
	if err == nil && len(t.body) > 0 {
		err = m.journal.addTile(t)
	}
	return tile, err
}
