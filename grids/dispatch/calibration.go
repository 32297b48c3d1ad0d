package dispatch

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"github.com/wanmi-gis/wanmi/grids"
)

// Calibration maps the model's probability to how often it was right, for each
// kind on its own: knots (probability, share), ascending. A kind without knots
// keeps the probability as it is.
//
// The model takes every spot to be as likely as any other before the report
// came. Cases are not spread like that: where they crowd at borders, a spot 20 m
// inside is more often on the other side than its own error says. What labels say
// corrects this, whatever the reason.
type Calibration struct {
	Components Knots `yaml:"components"`
	Events     Knots `yaml:"events"`
}

// Knots are the points of a calibration.
type Knots []Knot

// Knot is one point of a calibration: probability, then share.
type Knot [2]float64

func (c Knots) check() error {
	for i, k := range c {
		for _, v := range k {
			if !(v >= 0 && v <= 1) {
				return errors.New("calibration: knots are [probability, share], each from 0 to 1")
			}
		}
		if i > 0 && (k[0] <= c[i-1][0] || k[1] < c[i-1][1]) {
			return errors.New("calibration: knots ascend in both numbers")
		}
	}
	return nil
}

// Of returns the calibrated confidence of a probability. Between knots it is
// linear in the logarithm of the odds: near 1 probabilities differ by their
// nines.
func (c *Calibration) Of(kind grids.Kind, p float64) float64 {
	if kind == grids.EventKind {
		return c.Events.of(p)
	}
	return c.Components.of(p)
}

func (c Knots) of(p float64) float64 {
	if len(c) == 0 {
		return p
	}
	i, _ := slices.BinarySearchFunc(c, p, func(k Knot, p float64) int { return cmp.Compare(k[0], p) })
	switch i {
	case 0:
		return c[0][1]
	case len(c):
		return c[len(c)-1][1]
	}
	a, b := c[i-1], c[i]
	from, to := logOdds(a[0]), logOdds(b[0])
	t := (logOdds(p) - from) / (to - from)
	return a[1] + float64(t*(b[1]-a[1]))
}

// logOdds is finite everywhere: beyond nine nines nothing differs.
func logOdds(p float64) float64 {
	const edge = 1e-9
	p = min(max(p, edge), 1-edge)
	return math.Log(p / (1 - p))
}

// Labelled is a decision whose right answer is known.
type Labelled struct {
	Kind        grids.Kind
	Probability float64
	Right       bool
}

// knotLabels is how many labels a knot stands for at least: from 400 a share of
// 99 % is known to half a percent.
const knotLabels = 400

// Calibrate learns a calibration from labels by isotonic regression (pool
// adjacent violators): groups of at least knotLabels with the same or ascending
// shares. A share is estimated with one half added to both counts, so that no
// group claims certainty. Too few labels give none.
func Calibrate(labels []Labelled) Calibration {
	var of [2][]Labelled
	for _, l := range labels {
		if l.Kind == grids.EventKind {
			of[1] = append(of[1], l)
		} else {
			of[0] = append(of[0], l)
		}
	}
	return Calibration{Components: knots(of[0]), Events: knots(of[1])}
}

// knots sorts the labels.
func knots(labels []Labelled) Knots {
	slices.SortFunc(labels, func(a, b Labelled) int { return cmp.Compare(a.Probability, b.Probability) })
	var groups []pool
	for from := 0; from < len(labels); {
		to := min(from+knotLabels, len(labels))
		if len(labels)-to < knotLabels {
			to = len(labels)
		}
		for to < len(labels) && labels[to].Probability == labels[to-1].Probability {
			to++
		}
		g := pool{}
		for _, l := range labels[from:to] {
			g.add(l)
		}
		from = to
		groups = append(groups, g)
		for n := len(groups); n > 1 && groups[n-2].share() >= groups[n-1].share(); n = len(groups) {
			groups[n-2].join(groups[n-1])
			groups = groups[:n-1]
		}
	}
	if len(labels) < knotLabels {
		return nil
	}
	var out Knots
	for i := range groups {
		p := groups[i].odds / groups[i].n
		k := Knot{1 / (1 + math.Exp(-p)), groups[i].share()}
		if len(out) == 0 || (k[0] > out[len(out)-1][0] && k[1] >= out[len(out)-1][1]) {
			out = append(out, k)
		}
	}
	return out
}

// pool is a group of labels.
type pool struct{ n, right, odds float64 }

func (g *pool) add(l Labelled) {
	g.n++
	g.odds += logOdds(l.Probability)
	if l.Right {
		g.right++
	}
}

func (g *pool) join(o pool) { g.n, g.right, g.odds = g.n+o.n, g.right+o.right, g.odds+o.odds }

func (g *pool) share() float64 { return (g.right + 0.5) / (g.n + 1) }
