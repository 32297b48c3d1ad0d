//go:build proof

package grids_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// belief is a cell, None for outside all, with its probability.
type belief struct {
	cell int32
	p    float64
}

// believed puts what lies outside among the candidates, the most probable first.
func believed(c *grids.Candidates) []belief {
	out := make([]belief, 0, len(c.Cells)+1)
	for _, k := range c.Cells {
		out = append(out, belief{k.Index, k.Probability})
	}
	if c.Outside > 0 {
		out = append(out, belief{spatial.None, c.Outside})
	}
	return rankedBeliefs(out)
}

func rankedBeliefs(b []belief) []belief {
	slices.SortFunc(b, func(x, y belief) int { return cmp.Or(cmp.Compare(y.p, x.p), cmp.Compare(x.cell, y.cell)) })
	return b
}

// knowing is the contender that knows where components stand and that the spot
// is one of them, each as likely as any: the normal distribution at each, summed
// by cell.
func (c *calibrated) knowing(fix spatial.Coord, sigma float64) []belief {
	const reach = 6.0
	ruler := spatial.RulerAt(fix)
	sums, all := map[int32]float64{}, 0.0
	corner := thrown(fix, reach*sigma, reach*sigma)
	half := spatial.Coord{X: corner.X - fix.X, Y: corner.Y - fix.Y}
	window := spatial.Box{Min: spatial.Coord{X: fix.X - half.X, Y: fix.Y - half.Y}, Max: corner}
	c.components.Search(window, func(i int32) bool {
		d := ruler.DistanceM(c.spots[i]) / sigma
		w := math.Exp(-d * d / 2)
		sums[c.cells[i]] += w
		all += w
		return true
	})
	out := make([]belief, 0, len(sums))
	for cell, w := range sums {
		out = append(out, belief{cell, w / all})
	}
	return rankedBeliefs(out)
}

// verdict is what came of n fixes of one kind.
type verdict struct {
	kind                   string
	sigma                  float64
	n                      int
	wrongCell, wrongCentre int
	apart                  int // fixes whose top candidate is not the cell they lie in
	plain, knowing         score
}

// score sums how good a contender's probabilities were, and how good they should
// be by their own word.
type score struct {
	n                   int
	held, mass, size    float64 // the smallest set of at least 95 %
	heldExact           float64 // that with its last cell in so often that it has just 95 %
	brier, brierMeant   float64
	logLoss             float64
	wrongTop, wrongMean float64
	bins                [bins]bin
}

type bin struct{ n, said, came float64 }

const (
	bins = 10
	set  = 0.95
	// leastSaid stands for a probability of 0 in the logarithm.
	leastSaid = grids.MinProbability
)

func (s *score) judge(b []belief, truth int32) {
	s.n++
	of, squares, mass := 0.0, 0.0, 0.0
	for i, k := range b {
		hit := 0.0
		if k.cell == truth {
			hit, of = 1, k.p
		}
		if i == 0 {
			s.wrongTop += 1 - hit
			s.wrongMean += 1 - k.p
		}
		if mass < set {
			s.held += hit
			s.size++
			s.heldExact += hit * min((set-mass)/k.p, 1)
			mass += k.p
		}
		squares += k.p * k.p
		x := &s.bins[min(int(k.p*bins), bins-1)]
		x.n, x.said, x.came = x.n+1, x.said+k.p, x.came+hit
	}
	s.mass += mass
	s.brier += squares - 2*of + 1
	s.brierMeant += 1 - squares
	s.logLoss -= math.Log(max(of, leastSaid))
}

// mustBeCalibrated holds each figure against the contender's own word, with so
// many standard errors' slack and for what is not named.
func (s *score) mustBeCalibrated(t *testing.T, what string) {
	t.Helper()
	const unnamed = 1e-3
	n := float64(s.n)
	check := func(name string, got, want, deviation float64) {
		if off := math.Abs(got - want); off > slack*deviation/math.Sqrt(n)+unnamed {
			t.Errorf("%s: %s is %.4f, by its own word %.4f", what, name, got, want)
		}
	}
	held, mass, top := s.held/n, s.mass/n, s.wrongMean/n
	check("the part of sets that hold the truth", held, mass, math.Sqrt(mass*(1-mass)))
	check("that of sets of 95 %", s.heldExact/n, set, math.Sqrt(set*(1-set)))
	check("the part of wrong top candidates", s.wrongTop/n, top, math.Sqrt(top*(1-top)))
	check("the Brier score", s.brier/n, s.brierMeant/n, 1)
	if held < set-slack*math.Sqrt(set*(1-set)/n) {
		t.Errorf("%s: the sets hold the truth in %.4f", what, held)
	}
	for i, x := range s.bins {
		if x.n == 0 {
			continue
		}
		said, came := x.said/x.n, x.came/x.n
		if off := math.Abs(said - came); off > slack*math.Sqrt(said*(1-said)/x.n)+unnamed {
			t.Errorf("%s: of what was given %.4f (bin %d, %v times) %.4f came true", what, said, i, x.n, came)
		}
	}
}

// mustBeatTheBareAnswer: the top candidate errs no more often than the cell the
// fix lies in, but for chance where the two differ.
func (v *verdict) mustBeatTheBareAnswer(t *testing.T) {
	t.Helper()
	if more := v.plain.wrongTop - float64(v.wrongCell); more > slack*math.Sqrt(float64(v.apart)) {
		t.Errorf("%s, σ = %v m: the top candidate is wrong %v times, the bare cell %d", v.kind, v.sigma, v.plain.wrongTop, v.wrongCell)
	}
}

const (
	tableHead = "| true spots | σ | truth in the 95 % set | its mass | set of just 95 % | mean set size | Brier | log loss | top candidate wrong | bare cell wrong | nearest centre wrong |"
	tableRule = "|---|---|---|---|---|---|---|---|---|---|---|"
)

func (v *verdict) row() string {
	bare := fmt.Sprintf("%s | %s |", percent(float64(v.wrongCell), v.n), percent(float64(v.wrongCentre), v.n))
	if v.sigma == 0 {
		return fmt.Sprintf("| %s | 0 | – | – | – | – | – | – | – | %s", v.kind, bare)
	}
	return fmt.Sprintf("| %s | %v m | %s | %s", v.kind, v.sigma, v.plain.figures(), bare)
}

func (v *verdict) knowingRow() string {
	return fmt.Sprintf("| … knowing the components | %v m | %s | | |", v.sigma, v.knowing.figures())
}

func (s *score) figures() string {
	n := float64(s.n)
	return fmt.Sprintf("%s | %s | %s | %.2f | %.4f | %.4f | %s",
		percent(s.held, s.n), percent(s.mass, s.n), percent(s.heldExact, s.n), s.size/n, s.brier/n, s.logLoss/n, percent(s.wrongTop, s.n))
}

func percent(part float64, n int) string { return fmt.Sprintf("%.2f %%", 100*part/float64(n)) }

const (
	reliabilityHead = "| σ | 0–10 % | 10–20 % | 20–30 % | 30–40 % | 40–50 % | 50–60 % | 60–70 % | 70–80 % | 80–90 % | 90–100 % |"
	reliabilityRule = "|---|---|---|---|---|---|---|---|---|---|---|"
)

// reliability gives for each bin what was said and what came true, in percent.
func (s *score) reliability() string {
	cells := make([]string, bins)
	for i, x := range s.bins {
		cells[i] = fmt.Sprintf("%.1f → %.1f", 100*x.said/x.n, 100*x.came/x.n)
	}
	return strings.Join(cells, " | ")
}
