package stats

import (
	"context"
	"maps"
	"math"
	"slices"
)

// Deal is the distribution of the sum of m numbers drawn without replacement from
// the numbers that the areas have: how a neighbourhood of m areas would fare if
// the same counts had been dealt out to the areas by chance. It is found by
// counting, not by simulation: the chance that k of the areas looked at so far
// are drawn, with a sum of s, follows from that without the last value by the
// hypergeometric distribution. Nothing is assumed of the counts: few, many, or
// far more scattered than Poisson's, the level holds.
type Deal struct {
	step  float64     // width of a bin of sums
	tails [][]float64 // by m: tails[m][s] = P(sum ≥ s bins)
	heads [][]float64 // by m: heads[m][s] = P(sum < s bins)
}

const (
	// maxSumBins bounds the bins of a sum. Whole numbers whose largest neighbourhood
	// is below have a bin each; others are rounded to a step that is a small part
	// (stepShare) of what they scatter by.
	maxSumBins = 1 << 14
	stepShare  = 0.01
	// MaxNeighbourhood is how many areas one may have around it, itself included.
	MaxNeighbourhood = 256
)

// NewDeal counts for neighbourhoods of the sizes; most is the largest sum that
// will be asked for. Values must be finite and at least 0.
func NewDeal(values []float64, sizes []int, most float64) *Deal {
	step := 1.0
	if !whole(values) || most >= maxSumBins {
		step = max(finestStep(values), most/(maxSumBins-1))
	}
	d, _ := dealt(context.Background(), values, sizes, step, int(math.Round(most/step))+1) // which does not end
	return d
}

func largestOf(sizes []int, of int) (largest int) {
	for _, m := range sizes {
		largest = max(largest, min(m, of))
	}
	return largest
}

// whole reports whether all are whole numbers.
func whole(values []float64) bool {
	return !slices.ContainsFunc(values, func(v float64) bool { return v != math.Trunc(v) })
}

// finestStep is a small part of what values scatter by: of the distance of their
// quantiles at one standard deviation, which no pile widens. Where most are the same
// it is 1 for whole numbers, for others that part of the standard deviation.
func finestStep(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	quantile := func(share float64) float64 { return sorted[int(share*float64(len(sorted)))] }
	const lower, upper = 0.16, 0.84
	step := stepShare * (quantile(upper) - quantile(lower)) / 2
	switch {
	case whole(values):
		return max(step, 1)
	case step > 0:
		return step
	}
	_, spread, _ := moments(values)
	return stepShare * spread
}

// dealt counts the sums of values rounded to a step, in so many bins and one for all
// that is larger. Whatever the step, the chance of a sum of rounded values is that
// of such sums: rounding costs power and never the level.
func dealt(ctx context.Context, values []float64, sizes []int, step float64, bins int) (*Deal, error) {
	largest := largestOf(sizes, len(values))
	d := &Deal{step: step, tails: make([][]float64, largest+1), heads: make([][]float64, largest+1)}
	counts := map[int]int{}
	for _, v := range values {
		counts[d.bin(v)]++
	}
	return d, d.count(ctx, counts, sizes, largest, bins)
}

// bin is a value, or a sum, in steps.
func (d *Deal) bin(v float64) int { return int(math.Round(v / d.step)) }

// count fills the tails. chance[k][s] is the chance that of the values seen so
// far, were k of them drawn, the sum is s; the last bin holds all larger sums.
func (d *Deal) count(ctx context.Context, counts map[int]int, sizes []int, largest, bins int) error {
	chance := make([][]float64, largest+1)
	for k := range chance {
		chance[k] = make([]float64, bins+1)
	}
	chance[0][0] = 1
	seen := 0
	for _, value := range slices.Sorted(maps.Keys(counts)) {
		many := counts[value]
		// From many draws down, so that those with fewer are still the old ones.
		for k := min(largest, seen+many); k > 0; k-- {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			row, none := chance[k], 0.0
			if k <= seen {
				none = hypergeometric(seen, many, k, 0)
			}
			for s := range row {
				row[s] *= none
			}
			for of := max(1, k-seen); of <= min(k, many); of++ {
				add(row, chance[k-of], hypergeometric(seen, many, k, of), min(of*value, bins))
			}
		}
		seen += many
	}
	for _, m := range sizes {
		if m = min(m, len(chance)-1); d.tails[m] != nil {
			continue
		}
		tail, head := make([]float64, bins+2), make([]float64, bins+2)
		for s := bins; s >= 0; s-- {
			tail[s] = tail[s+1] + chance[m][s]
		}
		for s := range bins + 1 { // not 1 less the tail, which is 0 where little is left
			head[s+1] = head[s] + chance[m][s]
		}
		d.tails[m], d.heads[m] = tail, head
	}
	return nil
}

// add adds the row, shifted by so many bins and weighted, to dst; what leaves the
// bins goes into the last.
func add(dst, row []float64, weight float64, shift int) {
	last := len(dst) - 1
	for s, p := range row[:last-shift] {
		dst[s+shift] += float64(weight * p)
	}
	over := 0.0
	for _, p := range row[last-shift:] {
		over += p
	}
	dst[last] += float64(weight * over)
}

// hypergeometric is the chance that of k drawn from seen+many, of are among the
// many.
func hypergeometric(seen, many, k, of int) float64 {
	return math.Exp(logChoose(many, of) + logChoose(seen, k-of) - logChoose(seen+many, k))
}

func logChoose(n, k int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}

// AtLeast is the chance of a sum of at least this much in a neighbourhood of m.
func (d *Deal) AtLeast(m int, sum float64) float64 { return d.atLeast(m, d.bin(sum)) }

// AtMost is the chance of a sum of at most this much.
func (d *Deal) AtMost(m int, sum float64) float64 { return d.atMost(m, d.bin(sum)) }

func (d *Deal) atLeast(m, s int) float64 {
	tail := d.tails[min(m, len(d.tails)-1)]
	return min(1, tail[min(max(s, 0), len(tail)-1)])
}

func (d *Deal) atMost(m, s int) float64 {
	head := d.heads[min(m, len(d.heads)-1)]
	if s++; s >= len(head) {
		return 1
	}
	return min(1, head[max(s, 0)])
}
