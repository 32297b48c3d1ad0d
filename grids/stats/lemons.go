package stats

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
)

// Lemon is a component that has more cases than its class explains.
type Lemon struct {
	Index    int32   `json:"index"`
	Count    int     `json:"count"`
	Expected float64 `json:"expected"`
	// Rate is the posterior mean, in cases per unit of exposure.
	Rate float64 `json:"rate"`
	// P is the posterior probability that its rate is above Times the class's.
	P float64 `json:"probability"`
}

// Lemons are the worst components of a class.
type Lemons struct {
	Times float64 `json:"times"`
	// Mean is the class's rate; Shape and Rate are the gamma distribution of rates
	// that fits the class, Shape 0 where its components do not differ more than
	// chance explains: then none is a lemon.
	Mean  float64 `json:"mean"`
	Shape float64 `json:"shape"`
	Rate  float64 `json:"rate"`
	List  []Lemon `json:"list"` // most probable first
}

var lemonsMethod = Method{
	ID: "lemons-gamma-poisson",
	Chinese: "问题部件：同类部件的发生率按伽马分布（矩估计），各部件件数按泊松分布；" +
		"给出该部件发生率超过同类均值若干倍的后验概率。",
	English: "Lemons: rates of a class are gamma distributed (fitted by moments), a component's cases are Poisson; " +
		"told is the posterior probability that a component's rate is above so many times the class's mean.",
}

// LemonsMethod returns the method of [FindLemons] in words.
func LemonsMethod() Method { return lemonsMethod }

// FindLemons returns the components whose rate is above times that of the class
// with a probability of at least atLeast. exposure is how long each was there, in
// any unit.
func FindLemons(counts []int, exposure []float64, times, atLeast float64) (*Lemons, error) {
	if !(times > 0) || math.IsInf(times, 1) {
		return nil, fmt.Errorf("times %g; above 0", times)
	}
	rates, mean, err := EmpiricalBayes(counts, exposure)
	if err != nil {
		return nil, err
	}
	out := &Lemons{Times: times, Mean: mean, List: []Lemon{}}
	all, areas, variance := 0.0, 0.0, 0.0
	for i := range rates {
		if n := exposure[i]; n > 0 {
			all, areas = all+n, areas+1
			variance += float64(n * (rates[i].Raw - mean) * (rates[i].Raw - mean))
		}
	}
	if areas == 0 {
		return out, nil
	}
	if variance = variance/all - mean/(all/areas); variance <= 0 || mean == 0 {
		return out, nil
	}
	out.Shape, out.Rate = mean*mean/variance, mean/variance
	for i, n := range exposure {
		if n == 0 {
			continue
		}
		shape, rate := out.Shape+float64(counts[i]), out.Rate+n
		p := mathext.GammaIncRegComp(shape, rate*times*mean)
		if p >= atLeast {
			out.List = append(out.List, Lemon{int32(i), counts[i], mean * n, shape / rate, p})
		}
	}
	slices.SortStableFunc(out.List, func(a, b Lemon) int { return cmp.Compare(b.P, a.P) })
	return out, nil
}
