package stats

import (
	"context"
	"fmt"
	"math"
)

// HotSpot is how an area and those around it stand out.
type HotSpot struct {
	Count float64 `json:"count"`
	// Around is the sum of the area and its neighbours, Areas how many these are,
	// Expected what so many areas have on average.
	Around   float64 `json:"around"`
	Areas    int     `json:"areas"`
	Expected float64 `json:"expected"`
	// Z is Getis and Ord's Gi*: positive where there is more than elsewhere.
	Z float64 `json:"z"`
	// P is the chance of a sum as far out or farther, on either side, if the same
	// counts lay in the areas by chance; Q is that held against all areas.
	P float64 `json:"p"`
	Q float64 `json:"q"`
	// more says on which side P is: Z is no judge of that where one area has so many
	// cases that it makes the mean, which nearly all others are then below.
	more bool
}

// Hot and Cold report a discovery at the false discovery rate alpha.
func (h *HotSpot) Hot(alpha float64) bool  { return h.Q <= alpha && h.more }
func (h *HotSpot) Cold(alpha float64) bool { return h.Q <= alpha && !h.more }

// hotSpotsMethod says how HotSpots works.
var hotSpotsMethod = Method{
	ID: "gi-star-exact",
	Chinese: "Getis-Ord Gi*（含自身，二值权重，零案件网格计入）；p 值为把同样的案件数随机分配到各网格时，" +
		"邻域合计达到或超出观测值的精确概率（双侧，按超几何计数，无模拟、无种子）；多重检验用 Benjamini-Hochberg 控制错误发现率。",
	English: "Getis-Ord Gi* with the area itself, binary weights, areas without cases counted. p is the exact chance, two-sided, that the " +
		"neighbourhood's sum is as far out or farther if the same counts were dealt out to the areas at random (counted by the hypergeometric " +
		"distribution: no simulation, no seed). Benjamini-Hochberg holds the false discovery rate over all areas.",
}

// HotSpotsMethod returns the method of [HotSpots] in words.
func HotSpotsMethod() Method { return hotSpotsMethod }

// HotSpots finds where counts are high or low together. There is one count for
// every area that was looked after, also where it is 0.
//
// Gi* is Getis and Ord's (Geographical Analysis 27, 1995), with binary weights:
//
//	(Σ xⱼ − X̄·m) / (S·√((n·m − m²)/(n−1)))    over the m areas of a neighbourhood
//
// Its usual normal p does not hold on counts of cases: with a mean of 0.1 a map
// without any pattern has discoveries always, with 1.1 in a third. P is exact
// instead (see [Deal]).
//
// Cost: some 50 ms for 8,118 cells, most of it for the distribution; of many cases,
// or with an area of 256 around it, some seconds at most.
func HotSpots(counts []float64, beside *Neighbours) ([]HotSpot, error) {
	return HotSpotsContext(context.Background(), counts, beside) // which does not end
}

// HotSpotsContext is HotSpots that stops with the context's error when that ends.
func HotSpotsContext(ctx context.Context, counts []float64, beside *Neighbours) ([]HotSpot, error) {
	n := len(counts)
	if beside.Len() != n {
		return nil, fmt.Errorf("%d counts, neighbours of %d areas", n, beside.Len())
	}
	mean, spread, err := moments(counts)
	if err != nil {
		return nil, err
	}
	out := make([]HotSpot, n)
	for i := range out {
		h := &out[i]
		h.Count, h.Around, h.Areas = counts[i], counts[i], 1
		for _, j := range beside.Of(i) {
			h.Around += counts[j]
			h.Areas++
		}
		if h.Areas > MaxNeighbourhood {
			return nil, fmt.Errorf("area %d has %d neighbours; at most %d", i, h.Areas-1, MaxNeighbourhood-1)
		}
	}
	if spread == 0 {
		return flat(out, mean), nil
	}
	for i := range out {
		h := &out[i]
		m, all := float64(h.Areas), float64(n)
		h.Expected = mean * m
		if h.Areas < n {
			h.Z = (h.Around - h.Expected) / (spread * math.Sqrt((all*m-m*m)/(all-1)))
		}
	}
	if err := chances(ctx, out, counts, beside); err != nil {
		return nil, err
	}
	p := make([]float64, n)
	for i := range out {
		p[i] = out[i].P
	}
	for i, q := range Adjust(p) {
		out[i].Q = q
	}
	return out, nil
}

// flat is the answer where all areas have the same.
func flat(out []HotSpot, mean float64) []HotSpot {
	for i := range out {
		out[i].Expected, out[i].P, out[i].Q = mean*float64(out[i].Areas), 1, 1
	}
	return out
}

// moments returns the mean and the standard deviation over all.
func moments(values []float64) (mean, spread float64, err error) {
	if len(values) == 0 {
		return 0, 0, nil
	}
	square := 0.0
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
			return 0, 0, fmt.Errorf("area %d: %g is no count", i, v)
		}
		mean += v
		square += float64(v * v)
	}
	n := float64(len(values))
	mean /= n
	return mean, math.Sqrt(max(0, square/n-float64(mean*mean))), nil
}
