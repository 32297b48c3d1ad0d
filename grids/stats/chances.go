package stats

import (
	"context"
	"math"
	"slices"
)

// Distributions of sums are counted by size of the neighbourhood and by size of the
// sum: so one area with a pile of cases, or with a hundred others around it, makes
// the bins of no other area wider.
const (
	// coarser is how many times as wide the bins are where a sum has no room in the
	// finer ones: it has a quarter of all bins at least.
	coarser = 4
	// dealWork bounds what one distribution takes, in areas × neighbourhood × bins:
	// some 2 s. Bins are fewer where that is more, and leastSumBins at least.
	dealWork     = 1_500_000_000
	leastSumBins = 512
)

// sizeClasses are how many areas the neighbourhoods of a class have at most.
var sizeClasses = [...]int{16, 64, MaxNeighbourhood}

// dealing is areas whose chances are looked for.
type dealing struct {
	spots  []HotSpot
	beside *Neighbours
	values []float64 // less the least, which every draw has
	least  float64
	whole  bool
}

// chances fills P of the areas, and on which side it is.
func chances(ctx context.Context, spots []HotSpot, counts []float64, beside *Neighbours) error {
	d := &dealing{spots, beside, make([]float64, len(counts)), slices.Min(counts), whole(counts)}
	for i, v := range counts {
		d.values[i] = v - d.least
	}
	above := 0
	for _, most := range sizeClasses {
		var class []int32
		for i := range spots {
			if m := spots[i].Areas; m > above && m <= most {
				class = append(class, int32(i))
			}
		}
		above = most
		if err := d.chancesOf(ctx, class); err != nil {
			return err
		}
	}
	return nil
}

// sum is what lies around an area, of the values.
func (d *dealing) sum(i int32) float64 { return d.spots[i].Around - d.least*float64(d.spots[i].Areas) }

// chancesOf does so for some of them, those of small sums first.
func (d *dealing) chancesOf(ctx context.Context, class []int32) error {
	largest, most := 0, 0.0
	for _, i := range class {
		largest, most = max(largest, d.spots[i].Areas), max(most, d.sum(i))
	}
	bins := min(max(dealWork/max(len(d.spots)*largest, 1), leastSumBins), maxSumBins)
	step := 1.0
	if !d.whole || most >= float64(bins) {
		step = finestStep(d.values)
	}
	for ; len(class) > 0; step *= coarser {
		var now []int32
		class = slices.DeleteFunc(class, func(i int32) bool {
			fits := d.sum(i) < step*float64(bins)
			if fits {
				now = append(now, i)
			}
			return fits
		})
		if len(now) == 0 {
			continue
		}
		if err := d.chancesAt(ctx, step, now); err != nil {
			return err
		}
	}
	return nil
}

// chancesAt does so by the distribution of sums in steps.
func (d *dealing) chancesAt(ctx context.Context, step float64, now []int32) error {
	// As the distribution has them: of values that are rounded each by itself.
	rounded := func(i int32) int { return int(math.Round(d.values[i] / step)) }
	sums, sizes, most := make([]int, len(now)), make([]int, len(now)), 0
	for k, i := range now {
		sums[k], sizes[k] = rounded(i), d.spots[i].Areas
		for _, j := range d.beside.Of(int(i)) {
			sums[k] += rounded(j)
		}
		most = max(most, sums[k])
	}
	of, err := dealt(ctx, d.values, sizes, step, most+1)
	if err != nil {
		return err
	}
	for k, i := range now {
		above, below := of.atLeast(sizes[k], sums[k]), of.atMost(sizes[k], sums[k])
		d.spots[i].P, d.spots[i].more = never0(min(1, 2*min(above, below))), above < below
	}
	return nil
}

// leastP stands for all that is less: a chance is small, and never nothing.
const leastP = 1e-300

func never0(p float64) float64 { return max(p, leastP) }
