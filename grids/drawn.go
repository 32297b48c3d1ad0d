package grids

import (
	"sync"

	"github.com/wanmi-gis/wanmi/spatial"
)

// derived is what was worked out from the rows of a layer as they were indexed.
type derived struct {
	once  sync.Once
	value any
}

// Derive returns what work makes of the rows 0 to Indexed-1 of a layer. It is
// worked out once for all the snapshots that share the layer's index, that is
// until it is folded or published anew: work may use what never changes in
// these rows (of zones not their names and units), and keeps no snapshot.
// Each layer has one such thing.
func (s *Snapshot) Derive(l Layer, work func() any) any {
	d := s.layers[l].derived
	d.once.Do(func() { d.value = work() })
	return d.value
}

// Derive returns what work makes of the categories, worked out once.
func (c *Catalogue) Derive(work func() any) any {
	c.derived.once.Do(func() { c.derived.value = work() })
	return c.derived.value
}

// Indexed is the number of rows of a map layer that were indexed together.
// Those edited since have indices from there on and take the place of some.
func (s *Snapshot) Indexed(l Layer) int32 { return int32(s.layers[l].n) }

// IndexedFeature returns what gives the indexed rows of a map layer, also those
// that were replaced since. What is derived of them may keep it: it holds
// neither the snapshot's edits nor, for other layers, the components, which
// the next fold lets go.
func (s *Snapshot) IndexedFeature(l Layer) func(i int32) *Feature {
	held := *s.City
	held.RowVersions = nil
	if l != Components {
		held.Components = nil
	}
	_, feature := held.rows(l)
	return feature
}

// Replaced returns whether an indexed row was replaced or ended by an edit, nil
// where none was.
func (s *Snapshot) Replaced(l Layer) func(i int32) bool {
	x := s.layers[l]
	if x.over == nil || x.over.lost == 0 {
		return nil
	}
	gone := x.over.gone
	return func(i int32) bool { return gone.has(int(i)) }
}

// EditedWindow returns the rows of a layer that were edited since it was indexed
// and whose box meets w, in any order.
func (s *Snapshot) EditedWindow(l Layer, w spatial.Box) (found []int32) {
	if x := s.layers[l]; x.over != nil {
		x.over.tree.Search(w, func(i int32) bool {
			found = append(found, i)
			return true
		})
	}
	return found
}

// ShapesWindow is Window without the features that are single points.
func (s *Snapshot) ShapesWindow(l Layer, w spatial.Box) (found []int32) {
	x := s.layers[l]
	x.tree.Search(w, func(i int32) bool {
		found = append(found, i)
		return true
	})
	if x.over != nil {
		found = x.over.window(found, w)
	}
	return x.byFID(found, func(i int32) bool { return x.feature(i).Shape == nil })
}

// Sieve is a filter as it holds for one layer of one snapshot, in parts that
// can be asked each by itself.
type Sieve struct {
	snap   *Snapshot
	layer  Layer
	filter Filter // its categories in the city's scheme
	links  []link
}

// Sieve returns what the filter keeps of a layer, nil for all. The error is a
// [*FilterError].
func (s *Snapshot) Sieve(l Layer, f *Filter) (*Sieve, error) {
	if f == nil || len(f.words()) == 0 {
		return nil, nil
	}
	translated, links, err := f.in(s, l)
	if err != nil {
		return nil, err
	}
	return &Sieve{s, l, *translated, links}, nil
}

// Keeps reports whether feature i passes.
func (v *Sieve) Keeps(i int32) bool {
	return v.Row(i) && (!v.Chained() || v.Place(v.snap.Feature(v.layer, i).At))
}

// Row reports whether feature i passes by what stands in its row. Of components
// that is what stands in their traits.
func (v *Sieve) Row(i int32) bool { return v.filter.ofRow(v.snap, v.layer, i) }

// Chained reports whether the filter asks for the cell's chain too.
func (v *Sieve) Chained() bool { return len(v.links) > 0 }

// Place reports whether the chain at a position is the one asked for.
func (v *Sieve) Place(c spatial.Coord) bool { return v.snap.inChain(v.links, c) }

// Cells has for each cell whether features in it pass by their position, nil
// where the cell does not decide: zones are looked up by geometry.
func (v *Sieve) Cells() []bool {
	s := v.snap
	if s.zones != nil && v.filter.Zone != "" {
		return nil
	}
	keep := make([]bool, len(s.chains))
	for i := range s.chains {
		ch := &s.chains[i]
		keep[i] = holdsAll(v.links, &Place{Zone: ch.zone, Community: ch.community, Street: ch.street, District: ch.district})
	}
	return keep
}
