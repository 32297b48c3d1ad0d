package osm

import (
	"context"
	"fmt"

	"github.com/wanmi-gis/wanmi/spatial"
)

// areaPart is what became of a multipolygon.
type areaPart struct {
	drawings []drawing
	reason   string // it is not drawn, or not whole
	// own are ways of one that is not drawn, which stay areas by themselves.
	own []int64
}

// areas puts the multipolygons together.
func (c *conversion) areas(ctx context.Context) error {
	newMake := func() func(int) (areaPart, error) {
		l := &leveller{last: c.options.MaxZoom}
		return func(i int) (areaPart, error) { return c.area(l, &c.relations[i]), nil }
	}
	again := map[int64]bool{}
	err := inOrder(ctx, len(c.relations), c.options.Workers, newMake, func(i int, p areaPart) error {
		c.take(p.drawings)
		if p.reason != "" {
			c.out.Report.broken("relation", c.relations[i].id, p.reason)
		}
		for _, id := range p.own {
			again[id] = true
		}
		c.tell("areas", i+1, len(c.relations))
		return nil
	})
	if err != nil {
		return err
	}
	w := &wayDrawer{c: c, leveller: leveller{last: c.options.MaxZoom}, part: &secondPart{}}
	for i := range c.relations { // in their order, each way once
		for _, m := range c.relations[i].members {
			if way := c.members[m.way]; again[m.way] && way.refs.closed() {
				delete(again, m.way)
				w.areas = way.hits
				w.area(m.way, way.refs)
			}
		}
	}
	c.take(w.part.drawings)
	for _, b := range w.part.broken {
		c.out.Report.broken(b.Kind, b.ID, b.Reason)
	}
	return nil
}

// area puts one multipolygon together, of what is in the file of it.
func (c *conversion) area(l *leveller, r *relation) (p areaPart) {
	hits := r.hits
	var outer, inner []chain
	absent := 0
	for _, m := range r.members {
		w := c.members[m.way]
		switch {
		case !w.whole:
			absent++
			continue
		case m.role == innerRole:
			inner = append(inner, w.refs)
			continue
		case r.bare && len(hits) == 0:
			hits = w.hits
		}
		outer = append(outer, w.refs)
	}
	if len(hits) == 0 {
		return p // bare, and nothing that is drawn
	}
	s, reason := c.assemble(outer, inner, absent)
	p.reason = reason
	if s == nil {
		for _, m := range r.members {
			if w := c.members[m.way]; m.role != innerRole && len(w.hits) > 0 {
				p.own = append(p.own, m.way)
			}
		}
		return p
	}
	p.drawings = of(nil, hits, featureID(r.id, idRelation), l.level(s), s.Representative)
	return p
}

// assemble returns the polygons of the ways, nil for none, and what is wrong.
func (c *conversion) assemble(outer, inner []chain, absent int) (s *spatial.Shape, reason string) {
	if len(outer)+len(inner) == 0 {
		return nil, errAbsent.Error()
	}
	all := append(append([]chain(nil), outer...), inner...)
	rings, left := ringsOf(all)
	var holes []chain
	if left+absent > 0 {
		// Of what is not whole a hole must not become land: roles count.
		rings, _ = ringsOf(outer)
		holes, _ = ringsOf(inner)
		reason = fmt.Sprintf("not whole: %d of its ways are not in the file, %d close no ring", absent, left)
	}
	s, err := polygonsOf(c.positions(rings), c.positions(holes))
	switch {
	case err != nil && reason != "":
		return nil, fmt.Sprintf("not drawn: %s", reason)
	case err != nil:
		return nil, fmt.Sprintf("not drawn: %v", err)
	}
	return s, reason
}

// positions gives rings their coordinates. Only ways with all of their nodes are
// in them.
func (c *conversion) positions(rings []chain) (out [][]spatial.Coord) {
	for _, r := range rings {
		if cs, ok := c.coords(r); ok {
			out = append(out, cs)
		}
	}
	return out
}
