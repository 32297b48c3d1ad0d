package heat

import (
	"math"
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

// TestColoursOfDifferencesHaveTheirMiddleAtZero, however unlike the ends are: classes
// are as far from 0 on both sides, less is blue, more is red, and next to 0 is pale.
func TestColoursOfDifferencesHaveTheirMiddleAtZero(t *testing.T) {
	style, ok := PaletteOf("blue-red")
	if !ok {
		t.Fatal("no such palette")
	}
	for _, ends := range [][2]float64{{-10, 163}, {-163, 10}, {-50, 50}, {-1, 0}} {
		d := &Domain{Min: ends[0], Max: ends[1], sorted: []float32{float32(ends[0]), float32(ends[1])}}
		for n := 2; n <= 9; n++ {
			breaks, reach := d.Breaks(Linear, n), max(-d.Min, d.Max)
			for _, b := range breaks {
				if k := (b/reach + 1) * float64(n) / 2; b <= d.Min || b >= d.Max || math.Abs(k-math.Round(k)) > 1e-9 {
					t.Errorf("%v, %d classes: a break at %g", ends, n, b)
				}
			}
			c := d.Coding()
			for k := range len(breaks) + 1 {
				low, high := d.Min, d.Max
				if k > 0 {
					low = breaks[k-1]
				}
				if k < len(breaks) {
					high = breaks[k]
				}
				got := style.Colour(c, (low+high)/2, breaks)
				switch red, blue := int(got.R), int(got.B); {
				case low+high < -0.2*reach && blue <= red, low+high > 0.2*reach && red <= blue, math.Abs(low+high) < 0.02*reach && (red < 220 || blue < 220):
					t.Errorf("%v, %d classes: %g to %g is %v", ends, n, low, high, got)
				}
			}
		}
	}
}
