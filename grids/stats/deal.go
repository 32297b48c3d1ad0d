package stats

import (
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
	exact bool        // every sum is a bin of its own
	tails [][]float64 // by m: tails[m][s] = P(sum ≥ s bins)
	heads [][]float64 // by m: heads[m][s] = P(sum < s bins)
	of    int         // how many numbers there are
}

const (
	// maxSumBins bounds the bins of a sum. Integer counts whose largest
	// neighbourhood is below have a bin each and exact chances; above, values are
	// rounded to a step so small beside the spread of the sum (sumStepShare) that
	// a rounding of all of them moves it by a hundredth.
	maxSumBins   = 1 << 14
	sumStepShare = 0.01
	// MaxNeighbourhood is how many areas one may have around it, itself included.
	MaxNeighbourhood = 256
)

// NewDeal counts for neighbourhoods of the sizes; most is the largest sum that
// will be asked for. Values must be finite and at least 0.
func NewDeal(values []float64, sizes []int, most float64) *Deal {
	largest := 0
	for _, m := range sizes {
		largest = max(largest, min(m, len(values)))
	}
	d := &Deal{step: 1, exact: true, of: len(values), tails: make([][]float64, largest+1), heads: make([][]float64, largest+1)}
	for _, v := range values {
		d.exact = d.exact && v == math.Trunc(v)
	}
	if d.exact = d.exact && most < maxSumBins; !d.exact {
		d.step = max(most/(maxSumBins-1), sumStepShare*spreadOfSum(values, largest)/math.Sqrt(float64(max(largest, 1))))
	}
	counts := map[int]int{}
	for _, v := range values {
		counts[int(math.Round(v/d.step))]++
	}
	bins := int(math.Round(most/d.step)) + 1
	d.count(counts, sizes, largest, bins)
	return d
}

// spreadOfSum is the standard deviation of the sum of m draws.
func spreadOfSum(values []float64, m int) float64 {
	mean, square := 0.0, 0.0
	for _, v := range values {
		mean += v
	}
	n := float64(len(values))
	mean /= n
	for _, v := range values {
		square += float64((v - mean) * (v - mean))
	}
	return math.Sqrt(square / n * float64(m) * (n - float64(m)) / max(n-1, 1))
}

// count fills the tails. chance[k][s] is the chance that of the values seen so
// far, were k of them drawn, the sum is s; the last bin holds all larger sums.
func (d *Deal) count(counts map[int]int, sizes []int, largest, bins int) {
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
			row := make([]float64, bins+1)
			for of := max(0, k-seen); of <= min(k, many); of++ {
				weight := hypergeometric(seen, many, k, of)
				add(row, chance[k-of], weight, min(of*value, bins))
			}
			chance[k] = row
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
func (d *Deal) AtLeast(m int, sum float64) float64 {
	tail := d.tails[min(m, len(d.tails)-1)]
	s := int(math.Round(sum / d.step))
	return min(1, tail[min(max(s, 0), len(tail)-1)])
}

// AtMost is the chance of a sum of at most this much.
func (d *Deal) AtMost(m int, sum float64) float64 {
	head := d.heads[min(m, len(d.heads)-1)]
	s := int(math.Round(sum/d.step)) + 1
	if s >= len(head) {
		return 1
	}
	return min(1, head[max(s, 0)])
}
