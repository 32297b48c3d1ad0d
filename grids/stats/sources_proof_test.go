//go:build proof

package stats_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/wanmi-gis/wanmi/grids/stats"
)

// TestProof_PermutedSourcesHaveNoDiscoveries: in at most 6.5 % of the runs, in which
// the labels of 16,000 reports in 2,000 areas are dealt out anew, also where each
// area is looked at together with those around it.
func TestProof_PermutedSourcesHaveNoDiscoveries(t *testing.T) {
	runs := 1000
	if testing.Short() {
		runs = 200
	}
	beside := torus(50, 40)
	for _, share := range []float64{0.0112, 0.3} {
		for _, around := range []bool{false, true} {
			found := 0
			for run := range runs {
				rnd := rand.New(rand.NewPCG(uint64(run), 26))
				const cases = 16_000
				sum := int(share * cases)
				labels := make([]bool, cases)
				for i := range sum {
					labels[i] = true
				}
				rnd.Shuffle(cases, func(i, j int) { labels[i], labels[j] = labels[j], labels[i] })
				var counts [2][]int
				for k := range counts {
					counts[k] = make([]int, beside.Len())
				}
				for i, public := range labels {
					at := int(math.Sqrt(float64(i)/cases) * float64(beside.Len())) // some areas have many more
					if public {
						counts[0][at]++
					} else {
						counts[1][at]++
					}
				}
				if around {
					for k := range counts {
						all := make([]int, beside.Len())
						for i := range all {
							all[i] = counts[k][i]
							for _, j := range beside.Of(i) {
								all[i] += counts[k][j]
							}
						}
						counts[k] = all
					}
				}
				got, err := stats.Sources(counts[0], counts[1], sum, cases)
				if err != nil {
					t.Fatal(err)
				}
				for i := range got {
					if got[i].Q <= 0.05 {
						found++
						break
					}
				}
			}
			part := float64(found) / float64(runs)
			t.Logf("public %.4g of the reports, neighbours %v: %d of %d permutations have a discovery (%.1f %%)", share, around, found, runs, 100*part)
			if most := 0.065 + 2*math.Sqrt(0.05*0.95/float64(runs)) - 2*math.Sqrt(0.05*0.95/1000); part > most {
				t.Errorf("%.1f %% of the runs have a discovery, at most %.1f", 100*part, 100*most)
			}
		}
	}
}
