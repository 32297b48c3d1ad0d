package detect

import (
	"fmt"
	"math"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// String says it in words: "95 m east, 41 m south".
func (o Offset) String() string {
	east, north := "east", "north"
	if o.EastM < 0 {
		east = "west"
	}
	if o.NorthM < 0 {
		north = "south"
	}
	return fmt.Sprintf("%.0f m %s, %.0f m %s", math.Abs(o.EastM), east, math.Abs(o.NorthM), north)
}

const (
	// reachM is how far from its place a point still pulls at the others.
	reachM = 150
	// offsetPoints is how many points are asked for the offset.
	offsetPoints = 300
	// minOffsetM is the shortest offset that is told.
	minOffsetM = 3
	// minBetter points must come to lie right by it: 2^-20 is maxDoubt.
	minBetter = 20
)

// offsetOf finds the shift that brings the points of an attempt nearest to
// where they should lie, and tells it when many more lie there then: nil when
// not. It walks downhill in steps that are halved, from no shift at all.
func (d *detective) offsetOf(a *attempt) *Offset {
	var asked []int
	open := 0
	for i := range a.at {
		if a.at[i] != nowhere {
			asked = append(asked, i)
			if a.offM[i] > tolerances[0] {
				open++
			}
		}
	}
	if open < minBetter {
		return nil
	}
	asked = thinned(asked, offsetPoints)
	var at Offset
	lowest := d.pull(a, asked, at, math.Inf(1))
	for step := 64.0; step >= 1; step /= 2 {
		for moved := true; moved; {
			moved = false
			for _, to := range steps(at, step) {
				if to.LengthM() > 2*reachM {
					continue
				}
				if p := d.pull(a, asked, to, lowest); p < lowest {
					at, lowest, moved = to, p, true
				}
			}
		}
	}
	if at.LengthM() < minOffsetM {
		return nil
	}
	before, after := make([]float64, len(asked)), make([]float64, len(asked))
	for k, i := range asked {
		before[k], after[k] = d.shiftedM(a, i, Offset{}), d.shiftedM(a, i, at)
	}
	if between(after, before, tolerances[0], func(k int) spatial.Coord { return a.at[asked[k]] }).doubt() > maxDoubt {
		return nil
	}
	return &at
}

// thinned leaves at most n, spread over all.
func thinned(all []int, n int) []int {
	if len(all) <= n {
		return all
	}
	out := make([]int, n)
	for i := range out {
		out[i] = all[i*len(all)/n]
	}
	return out
}

func steps(o Offset, step float64) [8]Offset {
	e, n := o.EastM, o.NorthM
	return [8]Offset{
		{e + step, n},
		{e - step, n},
		{e, n + step},
		{e, n - step},
		{e + step, n + step},
		{e + step, n - step},
		{e - step, n + step},
		{e - step, n - step},
	}
}

// pull is the sum of the points' distances from where they should lie, once the
// offset is taken away; none counts for more than reachM. It need not go on
// beyond most.
func (d *detective) pull(a *attempt, asked []int, o Offset, most float64) (sum float64) {
	for _, i := range asked {
		if sum += min(d.shiftedM(a, i, o), reachM); sum >= most {
			break
		}
	}
	return sum
}

// shiftedM is how far a point is from where it should lie once the offset is
// taken away.
func (d *detective) shiftedM(a *attempt, i int, o Offset) float64 {
	at := a.at[i]
	perLon, perLat := crs.MetresPerDegree(at.Lat())
	at.X -= int32(math.RoundToEven(o.EastM / perLon / spatial.Quantum))
	at.Y -= int32(math.RoundToEven(o.NorthM / perLat / spatial.Quantum))
	return d.ground.distanceM(d.points[i].want, at, reachM)
}
