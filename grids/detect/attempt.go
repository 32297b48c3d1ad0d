package detect

import (
	"math"
	"math/rand/v2"

	"github.com/wanmi-gis/wanmi/spatial"
)

// tolerances are how far from its place a point counts as lying there, tried in
// turn: the first fits surveyed points, the last phones between houses. A wide
// one blurs dense categories, a narrow one rejects what was measured badly.
var tolerances = [...]float64{3, 10, 25, widestM}

const widestM = 50

// attempt is a hypothesis with where it puts the points.
type attempt struct {
	*hypothesis
	// at has the place of each point, nowhere for none.
	at []spatial.Coord
	// offM is how far each point is from where it should lie; infinite beyond
	// the widest tolerance and where the hypothesis has no place for it.
	offM []float64
}

// nowhere is off the globe.
var nowhere = spatial.Coord{X: math.MinInt32, Y: math.MinInt32}

// try holds all points against a hypothesis.
func (d *detective) try(h *hypothesis) {
	a := &attempt{hypothesis: h}
	for i := range d.points {
		c, ok := h.place(d.points[i].x, d.points[i].y)
		if !ok {
			continue
		}
		if a.at == nil { // most hypotheses never come here
			a.at, a.offM = make([]spatial.Coord, len(d.points)), make([]float64, len(d.points))
			for k := range a.at {
				a.at[k], a.offM[k] = nowhere, math.Inf(1)
			}
		}
		a.at[i], a.offM[i] = c, d.ground.distanceM(d.points[i].want, c, widestM)
	}
	if a.matched(widestM) > 0 {
		d.tries = append(d.tries, a)
	}
}

// matched counts the points that lie where they should.
func (a *attempt) matched(withinM float64) (n int) {
	for _, m := range a.offM {
		if m <= withinM {
			n++
		}
	}
	return n
}

// duel is two sets of distances held against each other.
type duel struct {
	onlyA, onlyB int // points that one has where they should lie and the other not
	squares      int // in which these points lie
}

// between compares the distances of points at the places at.
func between(a, b []float64, withinM float64, at func(i int) spatial.Coord) (d duel) {
	seen := squares{}
	for i := range a {
		inA, inB := a[i] <= withinM, b[i] <= withinM
		switch {
		case inA == inB:
			continue
		case inA:
			d.onlyA++
		default:
			d.onlyB++
		}
		seen.add(at(i))
	}
	d.squares = len(seen)
	return d
}

// doubt bounds the chance that A is not better than B though it looks so: that
// a coin falls its way so often. It is 1 where A is not ahead.
func (d duel) doubt() float64 {
	if d.squares == 0 {
		return 1
	}
	return byLuck(float64(d.squares), float64(d.onlyA)/float64(d.onlyA+d.onlyB), 0.5)
}

// against compares two attempts.
func (a *attempt) against(b *attempt, withinM float64) duel {
	return between(a.offM, b.offM, withinM, func(i int) spatial.Coord {
		if a.at[i] == nowhere {
			return b.at[i]
		}
		return a.at[i]
	})
}

// squares counts the squares of 100 m that points lie in: points in one square
// stand or fall together, so the tests count squares and not points.
type squares map[spatial.Coord]struct{}

func (s squares) add(c spatial.Coord) {
	const side = 10_000 // quanta: 111 m in latitude
	s[spatial.Coord{X: c.X / side, Y: c.Y / side}] = struct{}{}
}

// squares is in how many the points lie.
func (a *attempt) squares() int {
	seen := squares{}
	for _, c := range a.at {
		seen.add(c)
	}
	return len(seen)
}

// draws is how many places are drawn to learn what chance does.
const draws = 4_000

// drawAtRandom gives the points random places in the city.
func (d *detective) drawAtRandom() {
	r := rand.New(rand.NewPCG(seed, 1))
	d.byChance = make([]float64, draws)
	for i := range d.byChance {
		want := d.points[i%len(d.points)].want
		d.byChance[i] = d.ground.distanceM(want, d.ground.anywhere(r), widestM)
	}
}

// chance is the share of points that lie where they should if they lie anywhere.
// It is never 0: of n draws without a hit the most that can be said is 1/n.
func (d *detective) chance(withinM float64) float64 {
	hits := 0
	for _, m := range d.byChance {
		if m <= withinM {
			hits++
		}
	}
	return float64(hits+1) / float64(len(d.byChance)+1)
}

// byLuck bounds the chance that so large a share of n trials succeeds, or a
// larger one, where each does with probability p: exp(−n·D(share‖p)), Chernoff's
// bound.
func byLuck(n, share, p float64) float64 {
	if share <= p || n <= 0 {
		return 1
	}
	nats := float64(share * math.Log(share/p))
	if share < 1 {
		nats += float64((1 - share) * math.Log((1-share)/(1-p)))
	}
	return math.Exp(-float64(n * nats))
}
