package tiler

import (
	"cmp"
	"slices"
)

// Where a layer of single points has more in a tile than its limits allow, it
// is thinned square by square: in each square of a raster that lies the same in
// all tiles of a zoom, at most so many points stay, those of the lowest rank by
// their ids. A square that holds no more than that loses none, so that only
// crowds get thinner; what is left does not depend on where the tile ends, and
// at a stricter step is a part of what is left at a milder one.

// maxLayerBytes bounds a thinned layer before compression. Tiles of components
// with five attributes shrink by 2.7 (gzip level 2) to 3.1 (6), so that this is
// 400 to 500 KB sent.
const maxLayerBytes = 1_300_000

// thinStep is how much is left: most points in each square whose side is 2^bits
// tile units.
type thinStep struct {
	bits uint8
	most int
}

// thinSteps are tried in turn; the first leaves at most 49,152 points of a tile.
var thinSteps = [...]thinStep{
	{6, 12}, {6, 8}, {6, 6}, {6, 4}, {6, 3}, {6, 2}, {6, 1}, {7, 1}, {8, 1}, {9, 1}, {10, 1}, {11, 1}, {12, 1},
}

// ranked is a point of a crowded square.
type ranked struct {
	rank, id uint64
	ref      int32
}

// rank spreads ids over all numbers (the finalizer of splitmix64), so that
// neither old nor new features go first.
func rank(id uint64) uint64 {
	id += 0x9e3779b97f4a7c15
	id = (id ^ id>>30) * 0xbf58476d1ce4e5b9
	id = (id ^ id>>27) * 0x94d049bb133111eb
	return id ^ id>>31
}

// runs yields the points of each square: in Morton order they stand together.
func (s *shown) runs(p *Points, id ID, bits uint8, yield func(run []int32)) {
	below := worldZoom + bits - id.Z // of 32 − z bits in the tile
	from := 0
	var last [2]uint32
	for i, ref := range s.refs {
		x, y := s.at(p, ref)
		at := [2]uint32{x >> below, y >> below}
		if i > 0 && at != last {
			yield(s.refs[from:i])
			from = i
		}
		last = at
	}
	if from < len(s.refs) {
		yield(s.refs[from:])
	}
}

// left counts what a step would leave.
func (s *shown) left(p *Points, id ID, step thinStep) (n int) {
	s.runs(p, id, step.bits, func(run []int32) { n += min(len(run), step.most) })
	return n
}

// thin returns the points that the step leaves, in their order.
func (s *shown) thin(p *Points, id ID, step thinStep) []int32 {
	s.kept = s.kept[:0]
	s.runs(p, id, step.bits, func(run []int32) {
		if len(run) <= step.most {
			s.kept = append(s.kept, run...)
			return
		}
		s.ranks = s.ranks[:0]
		for _, ref := range run {
			fid := s.id(p, ref)
			s.ranks = append(s.ranks, ranked{rank(fid), fid, ref})
		}
		byRank := func(a, b ranked) int {
			return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.id, b.id))
		}
		slices.SortStableFunc(s.ranks, byRank)
		last := s.ranks[step.most-1]
		room := step.most
		for _, ref := range run {
			fid := s.id(p, ref)
			if room > 0 && byRank(ranked{rank: rank(fid), id: fid}, last) <= 0 {
				s.kept = append(s.kept, ref)
				room--
			}
		}
	})
	return s.kept
}
