package tiler

import "fmt"

// maxJudged bounds the positions of rings that are judged, on either axis: with
// no more than 2²³ vertices in maxTileBytes, twice the area in units stays
// below 2⁶³. It is 256 times the width of a tile.
const maxJudged = 1 << 19

// moves judges that every LineTo goes somewhere.
func (j *judge) moves(p Place, path []Point) {
	for i := 1; i < len(path); i++ {
		if path[i] == path[i-1] {
			j.report(p, Broken, fmt.Sprintf("a LineTo stays at %v", path[i]))
			return
		}
	}
}

// rings judges a polygon's rings: a positive area begins a polygon, a negative
// one is a hole in it.
func (j *judge) rings(p Place, l *TileLayer, rings [][]Point) {
	var shell []Point
	for i, ring := range rings {
		p.Part = i + 1
		j.moves(p, ring)
		if len(ring) < 3 {
			j.report(p, Broken, fmt.Sprintf("a ring of %d vertices", len(ring)))
			continue
		}
		if ring[0] == ring[len(ring)-1] {
			j.report(p, Broken, "the ring repeats its start before ClosePath")
		}
		lo, hi := boxOf(ring)
		if lo.X < -maxJudged || lo.Y < -maxJudged || hi.X > maxJudged || hi.Y > maxJudged {
			j.report(p, Advice, "the ring is too far off to judge which way it turns")
			shell = nil
			continue
		}
		area := doubleArea(ring)
		switch {
		case area == 0:
			j.report(p, Advice, "the ring has no area")
		case l.Version < 2: // there the order of winding is free
		case area > 0:
			shell = ring
		case shell == nil:
			if i == 0 {
				j.report(p, Broken, "the first ring turns as a hole does")
			}
		default:
			slo, shi := boxOf(shell)
			if lo.X < slo.X || lo.Y < slo.Y || hi.X > shi.X || hi.Y > shi.Y {
				j.report(p, Broken, "the hole reaches out of its polygon")
			}
		}
	}
}

// doubleArea is twice the area by the surveyor's formula.
func doubleArea(ring []Point) (sum int64) {
	last := ring[len(ring)-1]
	for _, p := range ring {
		sum += last.X*p.Y - p.X*last.Y
		last = p
	}
	return sum
}

func boxOf(ring []Point) (lo, hi Point) {
	lo, hi = ring[0], ring[0]
	for _, p := range ring {
		lo = Point{min(lo.X, p.X), min(lo.Y, p.Y)}
		hi = Point{max(hi.X, p.X), max(hi.Y, p.Y)}
	}
	return lo, hi
}
