package pmtiles

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/wanmi-gis/wanmi/tiler"
)

// Tile returns a tile as it is stored, or nil where there is none. An error is a
// *Fault.
func (a *Archive) Tile(t tiler.ID) ([]byte, error) {
	at, err := a.find(TileID(t))
	if err != nil || at.length == 0 {
		return nil, err
	}
	if at.length > MaxTile {
		return nil, &Fault{int64(at.offset), "tile " + t.String(), fmt.Errorf("%d bytes; at most %d", at.length, MaxTile)}
	}
	return a.read("tile "+t.String(), at)
}

// Place returns where in the file a tile lies and how long it is, 0 where there is
// none: tiles of equal places are equal.
func (a *Archive) Place(t tiler.ID) (offset, length uint64, err error) {
	at, err := a.find(TileID(t))
	return at.offset, at.length, err
}

// find returns where a tile is in the file.
func (a *Archive) find(id uint64) (section, error) {
	entries := a.root
	for range maxDepth + 1 {
		i, found := slices.BinarySearchFunc(entries, id, func(e entry, id uint64) int { return cmp.Compare(e.id, id) })
		if !found {
			i--
		}
		if i < 0 {
			return section{}, nil
		}
		e := entries[i]
		if e.run > 0 {
			if id-e.id >= uint64(e.run) {
				return section{}, nil
			}
			return section{a.sections.tiles.offset + e.offset, uint64(e.length)}, nil
		}
		var err error
		if entries, err = a.leaf(section{a.sections.leaves.offset + e.offset, uint64(e.length)}); err != nil {
			return section{}, err
		}
	}
	return section{}, &Fault{int64(a.sections.leaves.offset), "leaf directories", ErrTooDeep}
}

// leaf returns a leaf directory, from those that were read before if it is among
// them.
func (a *Archive) leaf(s section) ([]entry, error) {
	a.mu.Lock()
	a.recent++
	if l := a.kept[s]; l != nil {
		l.used = a.recent
		a.mu.Unlock()
		return l.entries, nil
	}
	a.mu.Unlock()
	entries, err := a.directory("leaf directory", s)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.kept[s] == nil {
		a.bytes += entryBytes * len(entries)
		a.kept[s] = &leaf{entries, a.recent}
	}
	for a.bytes > maxLeafBytes && len(a.kept) > 1 {
		oldest := s
		for k, l := range a.kept {
			if k != s && (oldest == s || l.used < a.kept[oldest].used) {
				oldest = k
			}
		}
		a.bytes -= entryBytes * len(a.kept[oldest].entries)
		delete(a.kept, oldest)
	}
	return entries, nil
}

// First returns the first tile of the archive as it is stored, nil where it has
// none.
func (a *Archive) First() ([]byte, error) {
	entries := a.root
	for range maxDepth + 1 {
		if len(entries) == 0 {
			return nil, nil
		}
		if entries[0].run > 0 {
			id, err := TileAt(entries[0].id)
			if err != nil {
				return nil, err
			}
			return a.Tile(id)
		}
		var err error
		if entries, err = a.leaf(section{a.sections.leaves.offset + entries[0].offset, uint64(entries[0].length)}); err != nil {
			return nil, err
		}
	}
	return nil, &Fault{int64(a.sections.leaves.offset), "leaf directories", ErrTooDeep}
}
