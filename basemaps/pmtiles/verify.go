package pmtiles

import (
	"context"
	"fmt"

	"github.com/wanmi-gis/wanmi/basemaps/stored"
)

// Report is what Verify found besides faults.
type Report struct {
	Addressed, Entries, Contents uint64
	// Notes say what is odd and does no harm, such as counts in the header that
	// are not those found.
	Notes []string
}

// Verify reads all of the archive: every directory, and every tile, which must
// unpack and be of the type that the header names. It ends with the first *Fault.
func (a *Archive) Verify(ctx context.Context) (*Report, error) {
	v := &verifier{Archive: a, ctx: ctx, seen: map[section]bool{}, leaves: map[section]bool{}}
	if err := v.walk(a.root, "root directory", int64(a.sections.root.offset), 0, lastID, 0); err != nil {
		return nil, err
	}
	r := &v.report
	r.Contents = uint64(len(v.seen))
	for _, c := range []struct {
		what        string
		said, found uint64
	}{
		{"tiles", a.info.Addressed, r.Addressed}, {"entries", a.info.Entries, r.Entries}, {"different tiles", a.info.Contents, r.Contents},
	} {
		if c.said != 0 && c.said != c.found {
			r.Notes = append(r.Notes, fmt.Sprintf("the header counts %d %s, there are %d", c.said, c.what, c.found))
		}
	}
	if a.info.Box.Empty() {
		r.Notes = append(r.Notes, "the header's bounds make no sense")
	}
	if a.info.Type == stored.Unknown {
		r.Notes = append(r.Notes, "the header does not say what the tiles are")
	}
	if r.Addressed > 0 && (v.minZoom != a.info.MinZoom || v.maxZoom != a.info.MaxZoom) {
		r.Notes = append(r.Notes, fmt.Sprintf("the header says zooms %d to %d, there are %d to %d", a.info.MinZoom, a.info.MaxZoom, v.minZoom, v.maxZoom))
	}
	return r, nil
}

type verifier struct {
	*Archive
	ctx              context.Context //nolint:containedctx // one walk's
	report           Report
	seen, leaves     map[section]bool
	minZoom, maxZoom uint8
}

// walk goes through a directory whose ids are from first to last.
func (v *verifier) walk(entries []entry, part string, at int64, first, last uint64, depth int) error {
	if depth > maxDepth {
		return &Fault{at, part, ErrTooDeep}
	}
	for i := range entries {
		e := &entries[i]
		if e.id < first || e.id > last {
			return &Fault{at, part, fmt.Errorf("entry %d: %w: id %d is not among those it is for, %d to %d", i, ErrDirectory, e.id, first, last)}
		}
		if err := v.ctx.Err(); err != nil {
			return err
		}
		if e.run > 0 {
			if err := v.tiles(e); err != nil {
				return err
			}
			continue
		}
		to := last
		if i+1 < len(entries) {
			to = entries[i+1].id - 1
		}
		s := section{v.sections.leaves.offset + e.offset, uint64(e.length)}
		if v.leaves[s] {
			return &Fault{int64(s.offset), "leaf directory", fmt.Errorf("%w: it is named twice", ErrDirectory)}
		}
		v.leaves[s] = true
		leaf, err := v.directory("leaf directory", s)
		if err != nil {
			return err
		}
		if err := v.walk(leaf, "leaf directory", int64(s.offset), e.id, to, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// tiles checks the tiles of an entry, each content once.
func (v *verifier) tiles(e *entry) error {
	first, err := TileAt(e.id)
	if err != nil {
		return err
	}
	end, err := TileAt(e.id + uint64(e.run) - 1)
	if err != nil {
		return err
	}
	if v.report.Addressed == 0 {
		v.minZoom = first.Z
	}
	v.maxZoom = end.Z
	v.report.Addressed += uint64(e.run)
	v.report.Entries++
	s := section{v.sections.tiles.offset + e.offset, uint64(e.length)}
	if v.seen[s] {
		return nil
	}
	v.seen[s] = true
	body, err := v.Tile(first)
	if err == nil {
		if err = stored.Check(v.info.Type, v.info.Coding, body, MaxTile); err != nil {
			err = &Fault{int64(s.offset), "tile " + first.String(), err}
		}
	}
	return err
}
