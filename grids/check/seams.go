package check

import (
	"cmp"
	"slices"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/repair"
)

// A seam is an edge of a polygon, with its two ends in the order of the lattice.
type seam struct {
	lo, hi spatial.Coord
	// owner is the row, or the group of rows, whose polygon lies on the left of
	// lo→hi where forward, else on its right.
	owner   int32
	forward bool
	// context marks an edge of another layer, which says where this one ends.
	context bool
}

func compareCoords(a, b spatial.Coord) int {
	return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y))
}

func (s *seam) along(o *seam) int {
	return cmp.Or(compareCoords(s.lo, o.lo), compareCoords(s.hi, o.hi))
}

// line is the seam without its owner.
func (s *seam) line() repair.Line { return repair.Line{A: s.lo, B: s.hi} }

// doubleArea is twice the signed area of a ring; its differences are exact.
func doubleArea(ring []spatial.Coord) float64 {
	sum := 0.0
	o := ring[0]
	for i := 1; i+1 < len(ring); i++ {
		sum += float64(cross(o, ring[i], ring[i+1]))
	}
	return sum
}

// cross is positive when c lies to the left of a→b, 0 when on the line. Exact.
func cross(a, b, c spatial.Coord) int64 {
	return (int64(b.X)-int64(a.X))*(int64(c.Y)-int64(a.Y)) - (int64(b.Y)-int64(a.Y))*(int64(c.X)-int64(a.X))
}

// addSeams appends the edges of a polygon, its inside on the left.
func addSeams(out []seam, s *spatial.Shape, owner int32) []seam {
	for i := range s.Shells {
		from, to := s.Rings(i)
		for r := from; r < to; r++ {
			ring := s.Part(r)
			asIs := (doubleArea(ring) > 0) == (r == from)
			a := ring[len(ring)-1]
			for _, b := range ring {
				e := seam{lo: a, hi: b, owner: owner, forward: asIs}
				if compareCoords(a, b) > 0 {
					e.lo, e.hi, e.forward = b, a, !asIs
				}
				if a != b {
					out = append(out, e)
				}
				a = b
			}
		}
	}
	return out
}

// suspects returns the edges that are not met by exactly one other edge run the
// other way. It sorts what it is given.
func suspects(all []seam) (out []seam) {
	slices.SortFunc(all, func(a, b seam) int {
		return cmp.Or(a.along(&b), cmp.Compare(a.owner, b.owner))
	})
	for i := 0; i < len(all); {
		k := i + 1
		for k < len(all) && all[k].along(&all[i]) == 0 {
			k++
		}
		if k != i+2 || all[i].forward == all[i+1].forward {
			out = append(out, all[i:k]...)
		}
		i = k
	}
	return out
}

// rim returns the edges of groups of polygons: what is left of all edges where
// those inside a group cancel out. Owners are groups.
func rim(all []seam) (out []seam) {
	slices.SortFunc(all, func(a, b seam) int {
		return cmp.Or(a.along(&b), cmp.Compare(a.owner, b.owner))
	})
	for i := 0; i < len(all); {
		k, turns := i, 0
		for k < len(all) && all[k].along(&all[i]) == 0 && all[k].owner == all[i].owner {
			if all[k].forward {
				turns++
			} else {
				turns--
			}
			k++
		}
		for range max(turns, -turns) {
			e := all[i]
			e.forward = turns > 0
			out = append(out, e)
		}
		i = k
	}
	return out
}

// differing returns the edges that only one of two sets of seams has, of the
// same owner and direction.
func differing(a, b []seam) (out []seam) {
	all := append(slices.Clone(a), b...)
	slices.SortStableFunc(all, func(a, b seam) int {
		return cmp.Or(a.along(&b), cmp.Compare(a.owner, b.owner), compareBools(a.forward, b.forward))
	})
	for i := 0; i < len(all); {
		if i+1 < len(all) && all[i].along(&all[i+1]) == 0 && all[i].owner == all[i+1].owner && all[i].forward == all[i+1].forward {
			i += 2
			continue
		}
		out = append(out, all[i])
		i++
	}
	return out
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func sortInts(rows []int32) { slices.Sort(rows) }

// lines gives the seams without owners, each once.
func lines(seams []seam) []repair.Line {
	out := make([]repair.Line, 0, len(seams))
	for i := range seams {
		if l := seams[i].line(); i == 0 || out[len(out)-1] != l {
			out = append(out, l)
		}
	}
	return out
}
