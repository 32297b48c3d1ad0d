package heat

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

// The breaks that are found together are those found one by one, also where there are
// fewer numbers than classes.
func TestAllBreaksAreTheBreaksOfEachNumberOfClasses(t *testing.T) {
	rnd := rand.New(rand.NewPCG(8, 1))
	for _, nodes := range []int{0, 1, 2, 5, 9, 300, 4000} {
		d := &Domain{}
		for range nodes {
			d.sorted = append(d.sorted, float32(rnd.ExpFloat64()*100))
		}
		slices.Sort(d.sorted)
		if nodes > 0 {
			d.Max = float64(d.sorted[nodes-1])
		}
		for s := Linear; s <= HeadTail; s++ {
			all := d.AllBreaks(s, 9)
			if len(all) != 8 && (nodes > 1 || s != Jenks) {
				t.Fatalf("%d nodes, scale %d: %d numbers of classes", nodes, s, len(all))
			}
			for i, got := range all {
				if want := d.Breaks(s, i+2); !slices.Equal(got, want) {
					t.Errorf("%d nodes, scale %d, %d classes: %v, one by one %v", nodes, s, i+2, got, want)
				}
			}
		}
	}
}

// A share of p percent of the nodes, and no less, is at or below the percentile p.
func TestPercentilesCutOffTheirShareOfTheNodes(t *testing.T) {
	rnd := rand.New(rand.NewPCG(8, 2))
	for _, nodes := range []int{1, 7, 100, 1234} {
		d := &Domain{}
		for range nodes {
			d.sorted = append(d.sorted, float32(rnd.NormFloat64()))
		}
		slices.Sort(d.sorted)
		for p, v := range d.Percentiles() {
			below, upTo := 0, 0
			for _, x := range d.sorted { // no two are the same
				if float64(x) < v {
					below++
				}
				if float64(x) <= v {
					upTo++
				}
			}
			if p > 0 && (upTo*100 < p*nodes || below*100 > p*nodes) || p == 0 && below > 0 {
				t.Errorf("%d nodes, percentile %d is %g: %d below, %d up to it", nodes, p, v, below, upTo)
			}
		}
	}
	if got := new(Domain).Percentiles(); got != nil {
		t.Errorf("of nothing: %v", got)
	}
}

// What a domain weighs is asked for while another request sorts it: with the race
// detector they must not meet.
func TestADomainIsCountedWhileItIsSorted(t *testing.T) {
	town, rows := smallTown(t)
	v := town.table(t, slices.Values(rows)).View()
	s := town.ground(t).density(t, v, town.compile(t, Filter{}), Options{Kernel: Kernel{BandwidthM: 60}})
	d := s.domain(t)
	var sorting sync.WaitGroup
	sorting.Go(func() { d.Percentiles() })
	counted := d.Len()
	sorting.Wait()
	if counted == 0 || counted != len(d.numbers()) {
		t.Errorf("%d numbers, counted %d", len(d.numbers()), counted)
	}
}

func BenchmarkAllBreaks(b *testing.B) {
	rnd := rand.New(rand.NewPCG(8, 3))
	d := &Domain{Max: 1000, sorted: make([]float32, 200_000)}
	for i := range d.sorted {
		d.sorted[i] = float32(min(rnd.ExpFloat64()*100, 1000))
	}
	slices.Sort(d.sorted)
	for b.Loop() {
		for s := Linear; s <= HeadTail; s++ {
			d.AllBreaks(s, 9)
		}
	}
}
