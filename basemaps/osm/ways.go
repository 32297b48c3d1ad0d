package osm

import (
	"context"
	"slices"

	"github.com/wanmi-gis/wanmi/spatial"
)

// secondPart is what the second pass finds in a block.
type secondPart struct {
	drawings []drawing
	members  []foundWay
	coast    []chain
	cut      int
	broken   []Broken
}

type foundWay struct {
	id    int64
	refs  chain
	whole bool // the file has all of its nodes
	hits  []hit
}

// second draws the ways.
func (c *conversion) second(ctx context.Context) error {
	var blocks []int
	for i, has := range c.hasWays {
		if has {
			blocks = append(blocks, i)
		}
	}
	newMake := func() func(int) (*secondPart, error) {
		u, r := &unpacker{file: c.file}, &reader{}
		w := &wayDrawer{c: c, leveller: leveller{last: c.options.MaxZoom}}
		return func(i int) (*secondPart, error) {
			w.part = &secondPart{}
			r.way = w.way
			return w.part, c.decode(u, r, blocks[i])
		}
	}
	return inOrder(ctx, len(blocks), c.options.Workers, newMake, func(i int, p *secondPart) error {
		c.take(p.drawings)
		for _, f := range p.members {
			m := c.members[f.id]
			m.whole, m.refs, m.hits = f.whole, f.refs, f.hits
		}
		c.coast = append(c.coast, p.coast...)
		c.out.Report.Cut += p.cut
		for _, b := range p.broken {
			c.out.Report.broken(b.Kind, b.ID, b.Reason)
		}
		c.tell("ways", i+1, len(blocks))
		return nil
	})
}

// wayDrawer makes features of ways. It reads the conversion and changes nothing
// of it.
type wayDrawer struct {
	c        *conversion
	leveller leveller
	part     *secondPart
	lines    []hit
	areas    []hit
}

func (w *wayDrawer) way(id int64, refs []int64, t tags) error {
	closed := len(refs) > 3 && refs[0] == refs[len(refs)-1]
	w.lines, w.areas = ofLine(w.lines[:0], t), w.areas[:0]
	if closed {
		w.areas = ofArea(w.areas, t)
	}
	if m := w.c.members[id]; m != nil {
		f := foundWay{id: id, refs: slices.Clone(refs)}
		_, f.whole = w.c.coords(refs)
		all := w.areas
		if m.bare && !closed {
			all = ofArea(nil, t) // open outer ways say what the area is, too
		}
		w.areas = nil
		for i := range all {
			if m.covered(&all[i]) {
				f.hits = append(f.hits, all[i])
			} else {
				w.areas = append(w.areas, all[i])
			}
		}
		w.part.members = append(w.part.members, f)
	}
	if t.get("natural") == "coastline" {
		w.part.coast = append(w.part.coast, slices.Clone(refs))
	}
	if len(w.lines) > 0 {
		w.line(id, refs)
	}
	if len(w.areas) > 0 {
		w.area(id, refs)
	}
	return nil
}

// line draws a way as a line: in pieces where nodes between are not in the file.
func (w *wayDrawer) line(id int64, refs []int64) {
	s := &spatial.Shape{Kind: spatial.Lines, Box: spatial.EmptyBox()}
	start, missing := 0, false
	end := func() {
		if len(s.Coords)-start > 1 {
			s.Ends = append(s.Ends, uint32(len(s.Coords)))
		} else {
			s.Coords = s.Coords[:start]
		}
		start = len(s.Coords)
	}
	for _, ref := range refs {
		at, ok := w.c.nodes.at(ref)
		if !ok {
			missing = true
			end()
			continue
		}
		if n := len(s.Coords); n > start && s.Coords[n-1] == at {
			continue
		}
		s.Coords = append(s.Coords, at)
	}
	end()
	if missing {
		w.part.cut++
	}
	for _, at := range s.Coords {
		s.Box = s.Box.Extend(at)
	}
	switch {
	case len(s.Ends) == 0 && missing:
		w.broken(id, "fewer than two of its nodes are in the file")
	case len(s.Ends) == 0:
		w.broken(id, "it has no length")
	case len(s.Coords) > spatial.MaxVertices:
		w.broken(id, errTooMany.Error())
	case wide(s.Box):
		w.broken(id, spatial.ErrTooWide.Error())
	default:
		w.part.drawings = of(w.part.drawings, w.lines, featureID(id, idWay), w.leveller.level(s), nil)
	}
}

func (w *wayDrawer) broken(id int64, reason string) {
	w.part.broken = append(w.part.broken, Broken{"way", id, reason})
}

// area draws a closed way. Where nodes are not in the file it is no area.
func (w *wayDrawer) area(id int64, refs []int64) {
	ring, ok := w.c.coords(refs[:len(refs)-1])
	if !ok {
		w.broken(id, "the file does not have all of its nodes")
		return
	}
	s, err := polygonsOf([][]spatial.Coord{ring}, nil)
	if err != nil {
		w.broken(id, "it has no area")
		return
	}
	w.part.drawings = of(w.part.drawings, w.areas, featureID(id, idWay), w.leveller.level(s), s.Representative)
}

// coords are the positions of nodes; false where one is not in the file.
func (c *conversion) coords(refs []int64) ([]spatial.Coord, bool) {
	out := make([]spatial.Coord, 0, len(refs))
	for _, ref := range refs {
		at, ok := c.nodes.at(ref)
		if !ok {
			return nil, false
		}
		out = append(out, at)
	}
	return out, true
}
