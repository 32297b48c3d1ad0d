package stats

import (
	"cmp"
	"math"
	"slices"
)

// Adjust returns Benjamini and Hochberg's adjusted p-values: an area whose q is at
// most α belongs to a list of discoveries of which a share of at most α is
// expected to be false (J. R. Stat. Soc. B 57, 1995). NaN marks what was not
// tested, does not count, and stays NaN.
func Adjust(p []float64) (q []float64) {
	order := make([]int, 0, len(p))
	q = make([]float64, len(p))
	for i, v := range p {
		q[i] = math.NaN()
		if !math.IsNaN(v) {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(p[a], p[b]), cmp.Compare(a, b)) })
	least := 1.0
	for rank := len(order); rank > 0; rank-- {
		i := order[rank-1]
		least = min(least, p[i]*float64(len(order))/float64(rank))
		q[i] = least
	}
	return q
}

// Holm returns Holm's adjusted p-values, which bound the chance of any false
// discovery, for short lists.
func Holm(p []float64) (adjusted []float64) {
	order := make([]int, 0, len(p))
	adjusted = make([]float64, len(p))
	for i, v := range p {
		adjusted[i] = math.NaN()
		if !math.IsNaN(v) {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(p[a], p[b]), cmp.Compare(a, b)) })
	most := 0.0
	for rank, i := range order {
		most = max(most, min(1, p[i]*float64(len(order)-rank)))
		adjusted[i] = most
	}
	return adjusted
}
