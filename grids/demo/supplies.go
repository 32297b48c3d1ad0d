package demo

import (
	"cmp"
	"slices"
)

// A supply offers spots for a kind of a city. Even ones come along the roads
// and are thinned out evenly to the number wanted; of the others the first are
// taken.
type supply struct {
	even bool
	// of returns the spots of a round, more than are wanted where there is
	// room; each further round lies between those before.
	of func(c *contents, want, round int) []spot
}

// spareNum/spareDen is how many more spots are offered than wanted: some fall
// on crossings, houses and water.
const spareNum, spareDen = 5, 4

// spots takes what the town has of a kind.
func spots(of func(s *site) []spot) []supply {
	return []supply{{of: func(c *contents, _, round int) []spot {
		if round > 0 {
			return nil
		}
		return of(c.site)
	}}}
}

// corners are things at crossings, at the largest first, arm by arm.
func corners(off int64, from class, arms int) []supply {
	return []supply{{of: func(c *contents, _, round int) []spot {
		if round > 1 {
			return nil
		}
		// Farther from the crossing in the second round.
		return corner{off: off + 450*int64(round), from: from, perCrossing: arms, largest: true}.spots(c.site)
	}}}
}

// scattered is chance inside blocks of the given uses, around their middle.
func scattered(radiusCm int64, uses ...string) []supply {
	return []supply{{of: func(c *contents, want, round int) []spot {
		if round > 2 {
			return nil
		}
		var out []spot
		c.scatter(radiusCm, 3*want, uses, func(p pt, _ int32) { out = append(out, spot{at: p, road: -1}) })
		return out
	}}}
}

// lawnPatches are small lawns inside blocks: rectangles.
func lawnPatches(halfCm, otherCm int64, uses ...string) []supply {
	return []supply{{of: func(c *contents, want, round int) []spot {
		if round > 1 {
			return nil
		}
		var out []spot
		c.scatter(4_000, 3*want, uses, func(p pt, f int32) {
			box := []pt{p.add(pt{-halfCm, -otherCm}), p.add(pt{halfCm, -otherCm}), p.add(pt{halfCm, otherCm}), p.add(pt{-halfCm, otherCm})}
			for _, q := range box {
				if !c.land.inBlock(f, q.coord()) || c.inHouse(f, q.coord()) {
					return
				}
			}
			out = append(out, standing(polygon(box), p, -1))
		})
		return out
	}}}
}

// scatter tries n positions in the blocks of the uses, block after block in
// disorder, and visits those that lie clear of the roads.
func (c *contents) scatter(radiusCm int64, n int, uses []string, visit func(p pt, f int32)) {
	var blocks []int32
	for f, use := range c.uses {
		if slices.Contains(uses, use) && !c.wet(int32(f)) {
			blocks = append(blocks, int32(f))
		}
	}
	if len(blocks) == 0 {
		return
	}
	blocks = shuffled(c.dice, blocks)
	for i := range n {
		f := blocks[i%len(blocks)]
		if p := c.jitter(c.hearts[f], radiusCm); c.land.inBlock(f, p.coord()) {
			visit(p, f)
		}
	}
}

// stretches are the roads of a class as lines, a stretch from crossing to
// crossing each: a right-hand lane, since the middle is the border of cells.
func stretches(of class) []supply {
	return []supply{{even: true, of: func(c *contents, _, round int) []spot {
		if round > 0 {
			return nil
		}
		const offCrossing = 1_200
		var out []spot
		for r := range c.streets {
			road := &c.streets[r]
			if road.class != of {
				continue
			}
			total := lengthOf(road.points)
			n := max(total/30_000, 1)
			for i := range n {
				from, to := total*i/n+offCrossing, total*(i+1)/n-offCrossing
				if to-from < 2_500 {
					continue
				}
				sp := standing(polyline(beside(partOf(road.points, from, to), -of.halfWidth()/2)), pt{}, int32(r))
				sp.at, _ = pointAt(road.points, (from+to)/2)
				sp.onRoad, sp.crosses = true, true
				out = append(out, sp)
			}
		}
		return out
	}}}
}

// fences run along the kerb: lines off it.
func fences(off, length int64, of ...class) []supply {
	return []supply{{of: func(c *contents, want, round int) []spot {
		if round > 2 {
			return nil
		}
		var out []spot
		for _, k := range of {
			roads := c.inDisorder(k)
			for _, r := range roads {
				points := c.streets[r].points
				total := lengthOf(points)
				for d := 2_500 + length*int64(round)*2/3; d+length+2_500 < total; d += length + 9_000 {
					line := beside(partOf(points, d, d+length), k.halfWidth()+off)
					sp := standing(polyline(line), line[len(line)/2], r)
					out = append(out, sp)
				}
				if len(out) > 2*want {
					return out
				}
			}
		}
		return out
	}}}
}

// decks lie across roads or along them at crossings: foot bridges, underpasses
// and flyovers, at the longest roads first.
func decks(of class, halfCm int64) []supply {
	return []supply{{of: func(c *contents, _, round int) []spot {
		if round > 1 {
			return nil
		}
		roads := c.inDisorder(of)
		slices.SortStableFunc(roads, func(a, b int32) int {
			return cmp.Compare(lengthOf(c.streets[b].points), lengthOf(c.streets[a].points))
		})
		var out []spot
		for _, r := range roads {
			total := lengthOf(c.streets[r].points)
			for d := 20_000 + halfCm*17 + int64(round)*13_000; d < total-10_000; d += 90_000 {
				p, ab := pointAt(c.streets[r].points, d)
				a, n := ab.to(halfCm), ab.left().to(of.halfWidth()+250)
				sp := standing(polygon([]pt{p.sub(a).sub(n), p.add(a).sub(n), p.add(a).add(n), p.sub(a).add(n)}), p, r)
				sp.onRoad, sp.crosses = true, true
				out = append(out, sp)
			}
		}
		return shuffled(c.dice, out)
	}}}
}
