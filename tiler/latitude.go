package tiler

import (
	"math"
	"sync"
)

// The height of a parallel over the equator in Mercator's projection,
// asinh(tan φ), by a table of Taylor polynomials.
//
// Why not math.Sin and math.Log: the standard library computes them by
// different code on different processors and its Go code may be compiled to
// fused multiply-adds, so the last bit differs, and with it, now and then, a
// tile. Here every product is rounded before it is added. The table is also
// five times faster.
//
// Error of the degree-5 polynomial over half a band of h = 2¹⁹ quanta =
// 9.15e-4 rad, at a distance δ from the pole: (h/δ)⁶/6 · 2³²/2π world units.
// That is 1.6e-4 at 85.05° and below 1e-10 in any city. Between bands the
// steps of more than one world unit per quantum keep the table monotone.
const (
	bandBits   = 20
	halfBand   = 1 << (bandBits - 1)
	bandDegree = 5
	bandCount  = maxLat>>bandBits + 1
)

// latTable has one polynomial for each band of latitude, in t = (quanta from
// the middle of the band) / halfBand, giving world units. Immutable.
type latTable [bandCount][bandDegree + 1]float64

// latBands builds the table at its first use, in about a tenth of a millisecond.
var latBands = sync.OnceValue(func() *latTable {
	table := new(latTable)
	for i := range table {
		table[i] = heightSeries(int64(i)<<bandBits + halfBand)
	}
	return table
})

// height returns the world units from the equator to the latitude of y quanta,
// 0 ≤ y ≤ maxLat.
func (b *latTable) height(y int32) float64 {
	c := &b[uint32(y)>>bandBits]
	t := float64(y&(1<<bandBits-1)-halfBand) * (1.0 / halfBand) // exact
	v := float64(c[5]*t) + c[4]
	v = float64(v*t) + c[3]
	v = float64(v*t) + c[2]
	v = float64(v*t) + c[1]
	return float64(v*t) + c[0]
}

// heightSeries expands the height around the latitude of mid quanta. With
// u = sec φ and t = tan φ: height' = u, u' = u·t, t' = u², which gives each
// series coefficient from those before.
func heightSeries(mid int64) (c [bandDegree + 1]float64) {
	const (
		radians = math.Pi / 180 * 1e-7 // a quantum
		scale   = (1 << 32) / (2 * math.Pi)
		step    = halfBand * radians
	)
	sin, cos := sinCos(float64(mid) * radians)
	var u, t [bandDegree + 1]float64
	u[0], t[0] = 1/cos, sin/cos
	for k := range bandDegree {
		var du, dt float64
		for i := 0; i <= k; i++ {
			du += float64(u[i] * t[k-i])
			dt += float64(u[i] * u[k-i])
		}
		u[k+1], t[k+1] = du/float64(k+1), dt/float64(k+1)
	}
	c[0] = logarithm((1+sin)/cos) * scale
	power := scale
	for k := range bandDegree {
		power *= step
		c[k+1] = float64(u[k]*power) / float64(k+1)
	}
	return c
}

// sinCos sums the Taylor series for 0 ≤ x < π/2; the last terms are below 1e-20.
func sinCos(x float64) (sin, cos float64) {
	const terms = 28
	term := 1.0
	for k := range terms {
		switch k % 4 {
		case 0:
			cos += term
		case 1:
			sin += term
		case 2:
			cos -= term
		case 3:
			sin -= term
		}
		term = float64(term*x) / float64(k+1)
	}
	return sin, cos
}

// logarithm is ln x for x ≥ 1 by 2·atanh((m−1)/(m+1)), m in [√½, √2); the last
// term is below 1e-20.
func logarithm(x float64) float64 {
	m, exp := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m, exp = m*2, exp-1
	}
	z := (m - 1) / (m + 1)
	z2 := float64(z * z)
	sum := 0.0
	for k := 13; k >= 0; k-- {
		sum = float64(sum*z2) + 1/float64(2*k+1)
	}
	return float64(float64(exp)*math.Ln2) + float64(2*z*sum)
}
