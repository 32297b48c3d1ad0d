package demo

import "math/rand/v2"

// dice is the town's only source of chance.
type dice struct{ r *rand.Rand }

// newDice returns the dice of one attempt at one town.
func newDice(seed, attempt uint64) dice {
	return dice{rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15+attempt))}
}

// between returns a number from lo to hi, both included.
func (d dice) between(lo, hi int64) int64 { return lo + d.r.Int64N(hi-lo+1) }

// toss tells true half of the time.
func (d dice) toss() bool { return d.r.Int64N(2) == 0 }

// percent tells true p times of a hundred.
func (d dice) percent(p int64) bool { return d.r.Int64N(100) < p }

// jitter returns p moved by at most r each way.
func (d dice) jitter(p pt, r int64) pt {
	return pt{p.x + d.between(-r, r), p.y + d.between(-r, r)}
}

// pick returns one of the choices.
func pick[T any](d dice, of []T) T { return of[d.r.Int64N(int64(len(of)))] }

// shuffled returns the items in an order of chance.
func shuffled[T any](d dice, items []T) []T {
	out := append([]T(nil), items...)
	for i := len(out) - 1; i > 0; i-- {
		j := d.r.Int64N(int64(i + 1))
		out[i], out[j] = out[j], out[i]
	}
	return out
}
