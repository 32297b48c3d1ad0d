//go:build proof

package grids_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb/planar"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/spatial"
)

// These proofs simulate positions with an error over the made-up city: true
// spots, each with a fix that a normal distribution throws off by σ in two
// directions. What the candidates of the fix say is held against where the spot
// was. The cell of a spot is that of Locate, which is proved on its own.
//
// Three kinds of true spots are drawn. "anywhere" is uniform over the plane, of
// which the fixes in the city are kept: that is what candidates assume, and what
// they must be calibrated for, the rim included. "in the city" is uniform over
// the cells, whatever the fix: near the rim the candidates allow for spots
// outside, which are never drawn. "at components" takes components at random,
// which stand on borders rather than anywhere.

const (
	calibrationSeed   = 20_260_101
	calibrationPoints = 100_000
	// slack is how many standard errors a figure may be off: less than once in
	// 100,000 where all is right.
	slack = 4.5
)

// calibrated is the city with what the contenders need to know of it.
type calibrated struct {
	*grids.Snapshot
	centres    *spatial.PointSet // by cell
	components *spatial.PointSet
	spots      []spatial.Coord // of components
	cells      []int32         // of components
}

var calibratedCity = sync.OnceValues(func() (*calibrated, error) {
	city, err := demo.City(demo.Options{Seed: 1})
	if err != nil {
		return nil, err
	}
	snap, err := grids.NewSnapshot(city, time.Now())
	if err != nil {
		return nil, err
	}
	c := &calibrated{Snapshot: snap}
	centres := make([]spatial.Coord, len(snap.City.Cells))
	for i := range centres {
		p, _ := planar.CentroidArea(snap.City.Cells[i].Shape.Orb())
		centres[i] = spatial.At(p[0], p[1])
	}
	for i := range snap.City.Components {
		at := snap.City.Components[i].At
		c.spots, c.cells = append(c.spots, at), append(c.cells, cellOf(snap, at))
	}
	c.centres, c.components = spatial.NewPointSet(centres), spatial.NewPointSet(c.spots)
	return c, nil
})

func theCalibrated(t *testing.T) *calibrated {
	t.Helper()
	c, err := calibratedCity()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// cellOf is the cell that holds a spot, None outside: what is merely near is
// outside.
func cellOf(s *grids.Snapshot, at spatial.Coord) int32 {
	if p := s.Locate(at); p.Status == grids.StatusInside {
		return p.Cell
	}
	return spatial.None
}

// thrown is a position so many metres from another.
func thrown(from spatial.Coord, east, north float64) spatial.Coord {
	const step = 100_000 // quanta
	wide := spatial.DistanceM(from, spatial.Coord{X: from.X + step, Y: from.Y}) / step
	high := spatial.DistanceM(spatial.Coord{X: from.X, Y: from.Y - step/2}, spatial.Coord{X: from.X, Y: from.Y + step/2}) / step
	return spatial.Coord{
		X: from.X + int32(math.RoundToEven(east/wide)), Y: from.Y + int32(math.RoundToEven(north/high)),
	}
}

// draw gives a true spot of a kind.
func (c *calibrated) draw(kind string, r *rand.Rand, box spatial.Box) spatial.Coord {
	if kind == "at components" {
		return c.spots[r.IntN(len(c.spots))]
	}
	for {
		at := anywhere(r, box)
		// A quantum is narrower further north: even that is made good.
		if r.Float64() > math.Cos(at.Lat()*math.Pi/180)/math.Cos(box.Min.Lat()*math.Pi/180) {
			continue
		}
		if kind == "anywhere" || cellOf(c.Snapshot, at) != spatial.None {
			return at
		}
	}
}

// simulate draws n fixes of a kind.
func (c *calibrated) simulate(t *testing.T, kind string, sigma float64, n int) *verdict {
	t.Helper()
	r := rand.New(rand.NewPCG(calibrationSeed, uint64(sigma)))
	const margin = 30_000 // quanta, more than 6 σ
	box := c.Box(grids.Cells).Grow(margin)
	v := &verdict{kind: kind, sigma: sigma}
	for v.n < n {
		spot := c.draw(kind, r, box)
		fix := thrown(spot, r.NormFloat64()*sigma, r.NormFloat64()*sigma)
		p := c.Locate(fix)
		if kind == "anywhere" && p.Status != grids.StatusInside {
			continue
		}
		truth := cellOf(c.Snapshot, spot)
		v.n++
		if cellOf(c.Snapshot, fix) != truth {
			v.wrongCell++
		}
		if c.centres.Nearest(nil, fix, 1, math.Inf(1), nil)[0].Index != truth {
			v.wrongCentre++
		}
		if sigma == 0 {
			continue
		}
		found, err := c.Candidates(p, sigma*perSigma)
		if err != nil {
			t.Fatal(err)
		}
		beliefs := believed(&found)
		v.plain.judge(beliefs, truth)
		if beliefs[0].cell != cellOf(c.Snapshot, fix) {
			v.apart++
		}
		if kind == "at components" {
			v.knowing.judge(c.knowing(fix, sigma), truth)
		}
	}
	return v
}

func TestProof_CandidatesAreCalibrated(t *testing.T) {
	c := theCalibrated(t)
	n := calibrationPoints
	if testing.Short() {
		n = 4000
	}
	table := []string{tableHead, tableRule}
	var reliability []string
	for _, kind := range []string{"anywhere", "in the city", "at components"} {
		for _, sigma := range []float64{0, 5, 10, 20, 30} {
			v := c.simulate(t, kind, sigma, n)
			table = append(table, v.row())
			if sigma == 0 {
				continue
			}
			if kind == "anywhere" {
				v.plain.mustBeCalibrated(t, fmt.Sprintf("%s, σ = %v m", kind, sigma))
				reliability = append(reliability, fmt.Sprintf("| %v m | %s |", sigma, v.plain.reliability()))
			}
			if kind != "at components" {
				v.mustBeatTheBareAnswer(t)
			} else {
				table = append(table, v.knowingRow())
				v.knowing.mustBeCalibrated(t, fmt.Sprintf("%s, knowing them, σ = %v m", kind, sigma))
			}
		}
	}
	t.Logf("seed %d, %d fixes a row, %d cells, %d components\n%s\n\nHow often what was given a probability came true, spots anywhere:\n%s",
		calibrationSeed, n, len(c.City.Cells), len(c.City.Components), strings.Join(table, "\n"),
		strings.Join(append([]string{reliabilityHead, reliabilityRule}, reliability...), "\n"))
}

// TestProof_TheTopCandidateIsTheBayesChoice holds the probabilities against the
// sum over a lattice of spots around each fix, looked up one by one.
func TestProof_TheTopCandidateIsTheBayesChoice(t *testing.T) {
	c := theCalibrated(t)
	n, side := 100, 800
	if testing.Short() {
		n = 15
	}
	const within = 5e-4 // mostly the lattice's own error, which 400×400 spots double
	for _, sigma := range []float64{5, 10, 20, 30} {
		r := rand.New(rand.NewPCG(calibrationSeed, 100+uint64(sigma)))
		worst, tied := 0.0, 0
		for range n {
			fix := c.draw("in the city", r, c.Box(grids.Cells))
			found, err := c.Candidates(c.Locate(fix), sigma*perSigma)
			if err != nil {
				t.Fatal(err)
			}
			got, want := believed(&found), c.posterior(fix, sigma, side)
			of := map[int32]float64{}
			for _, k := range got {
				of[k.cell] = k.p
			}
			best, second := belief{p: -1}, belief{p: -1}
			for cell, p := range want {
				if _, named := of[cell]; named || p > grids.MinProbability+within {
					worst = max(worst, math.Abs(of[cell]-p))
				}
				if p > best.p || (p == best.p && cell < best.cell) {
					best, second = belief{cell, p}, best
				} else if p > second.p {
					second = belief{cell, p}
				}
			}
			switch {
			case best.p-second.p < 2*within:
				tied++
			case got[0].cell != best.cell:
				t.Errorf("%v, σ = %v m: the top candidate is %+v, the lattice's %+v", fix, sigma, got[0], best)
			}
		}
		t.Logf("σ = %2v m: %d fixes (%d too close to call): the top candidate is the lattice's; probabilities differ by at most %.1e", sigma, n, tied, worst)
		if worst > within || tied > n/20 {
			t.Errorf("probabilities differ by more than %v, or the fixes prove little", within)
		}
	}
}

// posterior looks up side×side spots within 5 σ, in rows that are turned so that
// no border runs along one.
func (c *calibrated) posterior(fix spatial.Coord, sigma float64, side int) map[int32]float64 {
	const reach = 5.0
	sin, cos := math.Sincos(0.5)
	at, weight := make([]float64, side), make([]float64, side)
	for k := range side {
		low, high := reach*(2*float64(k)/float64(side)-1), reach*(2*float64(k+1)/float64(side)-1)
		at[k], weight[k] = (low+high)/2*sigma, (math.Erf(high/math.Sqrt2)-math.Erf(low/math.Sqrt2))/2
	}
	out := map[int32]float64{}
	for i, x := range at {
		for j, y := range at {
			out[cellOf(c.Snapshot, thrown(fix, x*cos-y*sin, x*sin+y*cos))] += weight[i] * weight[j]
		}
	}
	return out
}
