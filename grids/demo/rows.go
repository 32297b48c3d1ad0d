package demo

import "slices"

// sides says on which side of a road things stand.
type sides uint8

const (
	zigzag sides = iota // left and right by turns
	both
	left
	right
)

// A strip is a row of things along the roads of some classes. Beside the
// carriageway it is off beyond the kerb; in the carriageway, where off is 0,
// aside is how far from the centre line in percent of the half width, positive
// to the left.
type strip struct {
	every, off, aside int64
	of                []class
	side              sides
}

// along are rows spread over all roads of their classes. Their spacing is
// stretched so that there are about as many spots as wanted.
func along(strips ...strip) []supply {
	return []supply{{even: true, of: func(c *contents, want, round int) []spot {
		if round > 3 {
			return nil
		}
		every := c.spacing(strips, want)
		var out []spot
		for i, st := range strips {
			w := walk{strip: st, every: every[i], left: every[i] * [...]int64{1, 3, 2, 4}[round] / 5}
			for r := range c.streets {
				out = c.offer(&w, int32(r), out)
			}
		}
		return out
	}}}
}

// pipes are runs of covers: whole roads at their natural spacing, in disorder,
// until there are enough. A spacing is tightened only where the city has too
// few roads for the number.
func pipes(strips ...strip) []supply {
	return []supply{{of: func(c *contents, want, round int) []spot {
		if round > 3 {
			return nil
		}
		natural := c.spacing(strips, want)
		var out []spot
		for i, st := range strips {
			st.every = min(st.every, natural[i])
			for _, k := range st.of {
				for _, r := range c.inDisorder(k) {
					w := walk{strip: st, every: st.every, left: st.every * [...]int64{1, 3, 2, 4}[round] / 5}
					out = c.offer(&w, r, out)
				}
				// Larger roads have their pipes before smaller ones.
				if len(out) > want*spareNum/spareDen+64 && k != lane {
					return shuffledRuns(c, out)
				}
			}
		}
		return shuffledRuns(c, out)
	}}}
}

// avenues are rows on both sides of whole roads: of the classes in order, then
// in disorder, until there are enough.
func avenues(strips ...strip) []supply {
	return []supply{{of: func(c *contents, want, round int) []spot {
		if round > 1 {
			return nil
		}
		var out []spot
		for _, st := range strips {
			for _, k := range st.of {
				for _, r := range c.inDisorder(k) {
					w := walk{strip: st, every: st.every, left: st.every * int64(2+round) / 4}
					if out = c.offer(&w, r, out); len(out) > 2*want {
						return out
					}
				}
			}
		}
		return out
	}}}
}

// shuffledRuns brings the runs of roads into disorder.
func shuffledRuns(c *contents, all []spot) []spot {
	var runs [][]spot
	from := 0
	for i := 1; i <= len(all); i++ {
		if i == len(all) || all[i].road != all[from].road {
			runs = append(runs, all[from:i])
			from = i
		}
	}
	out := make([]spot, 0, len(all))
	for _, r := range shuffled(c.dice, runs) {
		out = append(out, r...)
	}
	return out
}

// spacing stretches or tightens the strips' spacings by one factor.
func (c *contents) spacing(strips []strip, want int) []int64 {
	var there int64
	for _, st := range strips {
		n := int64(0)
		for _, k := range st.of {
			n += c.roadCm[k] / st.every
		}
		if st.side == both {
			n *= 2
		}
		there += n
	}
	out := make([]int64, len(strips))
	offered := max(int64(want)*spareNum/spareDen, 1)
	for i, st := range strips {
		out[i] = max(st.every*there/offered, leastEveryCm)
	}
	return out
}

// leastEveryCm is the finest spacing of a row: two trees 3 m apart are a hedge.
const leastEveryCm = 300

// A walk is the state of a row on its way over the roads: what is left of the
// spacing runs on from one road to the next, so that also rare things come out
// at their number.
type walk struct {
	strip
	every, left int64
	other       bool
}

// offer appends the row's spots on a road.
func (c *contents) offer(w *walk, r int32, out []spot) []spot {
	road := &c.streets[r]
	if !slices.Contains(w.of, road.class) {
		return out
	}
	off, onRoad := w.offset(road.class)
	for i := 1; i < len(road.points); i++ {
		a, ab := road.points[i-1], road.points[i].sub(road.points[i-1])
		l := ab.length()
		if l == 0 {
			continue
		}
		n := ab.left().to(off)
		for ; w.left <= l; w.left += w.every {
			p := a.add(ab.times(w.left, l))
			sp := spot{at: p.add(n), road: r, onRoad: onRoad}
			if w.side == right || w.side == zigzag && w.other {
				sp.at = p.sub(n)
			}
			w.other = !w.other
			out = append(out, sp)
			if w.side == both {
				sp.at = p.sub(n)
				out = append(out, sp)
			}
		}
		w.left -= l
	}
	return out
}

// offset is the strip's distance from the centre line, positive to the left,
// and whether that is in the carriageway.
func (st strip) offset(k class) (off int64, onRoad bool) {
	if st.off > 0 {
		return k.halfWidth() + st.off, false
	}
	off = k.halfWidth() * st.aside / 100
	if off < 0 {
		return min(off, -leastAsideCm), true
	}
	return max(off, leastAsideCm), true
}
