package spatial

import (
	"math"

	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// Ruler measures from one position to many: [DistanceM] without a sine for
// each. It takes the scale at the middle latitude from a parabola through three
// latitudes rulerStep apart, which is off by less than 1e-9 within 20 km and by
// 1e-6 at rulerReach, beyond which it asks for the sine.
type Ruler struct {
	from Coord
	// Metres per quantum at the middle latitude are value + slope·h + curve·h²,
	// with h its distance from here in quanta.
	lon, lat parabola
}

type parabola struct{ value, slope, curve float64 }

// rulerStep is the spacing of the three latitudes in degrees: 22 km.
const rulerStep = 0.2

// rulerReach is how far the middle latitude may lie from here for the parabola to
// hold well below boundSlack: 1°, for positions 222 km to the north or south.
// Much farther it would tell distances that are less than any bound.
const rulerReach = 1 * perDegree

// RulerAt returns the ruler for distances from c.
func RulerAt(c Coord) Ruler {
	lonBelow, latBelow := crs.MetresPerDegree(c.Lat() - rulerStep)
	lonHere, latHere := crs.MetresPerDegree(c.Lat())
	lonAbove, latAbove := crs.MetresPerDegree(c.Lat() + rulerStep)
	const quanta = rulerStep * perDegree
	through := func(below, here, above float64) parabola {
		return parabola{
			value: here / perDegree,
			slope: (above - below) / (2 * quanta) / perDegree,
			curve: (above - 2*here + below) / (2 * quanta * quanta) / perDegree,
		}
	}
	return Ruler{c, through(lonBelow, lonHere, lonAbove), through(latBelow, latHere, latAbove)}
}

// DistanceM returns the distance to b in metres; the error is that of the
// function DistanceM.
func (r *Ruler) DistanceM(b Coord) float64 { return math.Sqrt(r.distance2(b)) }

// distance2 is the square of the distance.
func (r *Ruler) distance2(b Coord) float64 {
	dy := float64(int64(b.Y) - int64(r.from.Y))
	h := dy / 2
	if h > rulerReach || h < -rulerReach {
		d := DistanceM(r.from, b)
		return float64(d * d)
	}
	dx := float64(int64(b.X)-int64(r.from.X)) * r.lon.at(h)
	dy *= r.lat.at(h)
	return float64(dx*dx) + float64(dy*dy)
}

func (p *parabola) at(h float64) float64 {
	return p.value + float64(h*(p.slope+float64(h*p.curve)))
}
