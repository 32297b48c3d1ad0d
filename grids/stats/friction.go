package stats

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"slices"
)

// Handled is a case near the border of two zones.
type Handled struct {
	// Border names the two zones, the smaller index first.
	Border [2]int32
	// Again says that it was dispatched more than once.
	Again bool
	// Hours from the first dispatch to the closing; NaN while open.
	Hours float64
}

// Friction is what a border costs (推诿).
type Friction struct {
	Border [2]int32 `json:"border"`
	Again  Share    `json:"dispatched_again"`
	// ExtraHours is the median of those dispatched again less that of the others;
	// NaN where one of the two has none.
	ExtraHours float64 `json:"-"`
	// Interval is the bootstrap's at 95 %; NaN where one of the two has less than
	// five: of one case it would have no width, of three it holds in 81 % only.
	Interval Interval `json:"-"`
}

var frictionMethod = Method{
	ID: "boundary-friction",
	Chinese: "边界推诿：距责任网格边界 d 米以内的案件，按相邻网格对统计再次派遣的比例（Wilson 95%），" +
		"多耗时 = 再次派遣者与一次派遣者的中位时长之差，区间为固定种子自助法（两者各至少五件才给出）。按比例下限排序。",
	English: "Friction at borders: of cases within d metres of a zone border the share dispatched again, by pair of zones (Wilson, 95 %); extra hours = " +
		"median of those less median of the others, with a bootstrap interval of a stated seed (told of five cases or more of each). Ranked by the lower end of the share.",
}

// FrictionMethod returns the method of [FindFriction] in words.
func FrictionMethod() Method { return frictionMethod }

const (
	frictionRounds = 1000
	leastRedrawn   = 5
)

// FindFriction ranks the borders, the worst first.
func FindFriction(list []Handled, seed uint64) []Friction {
	out, _ := FindFrictionContext(context.Background(), list, seed) // which does not end
	return out
}

// FindFrictionContext is FindFriction that stops with the context's error when that
// ends.
func FindFrictionContext(ctx context.Context, list []Handled, seed uint64) ([]Friction, error) {
	type times struct {
		again, direct []float64
		n, k          int
	}
	borders := map[[2]int32]*times{}
	for i := range list {
		h := &list[i]
		t := borders[h.Border]
		if t == nil {
			t = &times{}
			borders[h.Border] = t
		}
		t.n++
		if h.Again {
			t.k++
		}
		switch {
		case math.IsNaN(h.Hours):
		case h.Again:
			t.again = append(t.again, h.Hours)
		default:
			t.direct = append(t.direct, h.Hours)
		}
	}
	out := make([]Friction, 0, len(borders))
	for b, t := range borders {
		f := Friction{Border: b, Again: ShareOf(t.k, t.n), ExtraHours: math.NaN(), Interval: Interval{math.NaN(), math.NaN()}}
		if len(t.again) > 0 && len(t.direct) > 0 {
			f.ExtraHours = Median(t.again) - Median(t.direct)
		}
		if min(len(t.again), len(t.direct)) >= leastRedrawn { // Median has sorted them: the order of the list does not matter
			f.Interval = medianGap(ctx, t.again, t.direct, rand.New(rand.NewPCG(seed, uint64(uint32(b[0]))<<32|uint64(uint32(b[1])))))
		}
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b Friction) int {
		return cmp.Or(cmp.Compare(b.Again.Interval.Low, a.Again.Interval.Low), slices.Compare(a.Border[:], b.Border[:]))
	})
	return out, ctx.Err()
}

func medianGap(ctx context.Context, again, direct []float64, r *rand.Rand) Interval {
	gaps := make([]float64, frictionRounds)
	for i := range gaps {
		if ctx.Err() != nil {
			break // the caller says so
		}
		gaps[i] = redrawnMedian(again, r) - redrawnMedian(direct, r)
	}
	slices.Sort(gaps)
	return Interval{gaps[frictionRounds*25/1000], gaps[frictionRounds*975/1000-1]}
}

// redrawnMedian is the median of as many draws from values in ascending order as there
// are: where in them the middle one of so many draws falls is beta distributed, and
// the one after it is the least of those above. So a draw costs the same of many.
func redrawnMedian(sorted []float64, r *rand.Rand) float64 {
	n, half := len(sorted), float64(len(sorted)/2)
	at := func(share float64) float64 { return sorted[min(int(share*float64(n)), n-1)] }
	if n%2 == 1 {
		return at(betaDraw(r, half+1, half+1))
	}
	lower := betaDraw(r, half, half+1)
	upper := lower + (1-lower)*(1-math.Pow(1-r.Float64(), 1/half))
	return (at(lower) + at(upper)) / 2
}
