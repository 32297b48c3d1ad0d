package spatial

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// newRand returns a source whose seed is printed when the test fails or -v is given.
func newRand(t testing.TB, seed uint64) *rand.Rand {
	t.Helper()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0x77616e6d69))
}

// shapeOf makes a polygonal shape of rings, shell first, without FromOrb.
func shapeOf(rings ...[]Coord) *Shape {
	s := &Shape{Kind: Polygons, Shells: []uint32{0}, Box: EmptyBox()}
	for _, r := range rings {
		s.Coords = append(s.Coords, r...)
		s.Ends = append(s.Ends, uint32(len(s.Coords)))
		for _, c := range r {
			s.Box = s.Box.Extend(c)
		}
	}
	return s
}

// nudge is the K of the oracles: they move a point by 1/K east and 1/K² north.
// That is infinitely little for coordinates below 2^11: a line through two
// lattice points passes others by 1/(√2·2^11) or more, and one that is not
// level rises by 1/2^11 or more.
const nudge = 1 << 13

// oracleHolds decides by the border rule's own words, in big integers: the
// position moved by 1/K east and 1/K² north lies on no edge and not north or
// south of any vertex, so that the edges north of it are counted.
func oracleHolds(rings [][]Coord, c Coord) bool {
	scale := func(v int32, parts int64) *big.Int {
		s := new(big.Int).Mul(big.NewInt(int64(v)), big.NewInt(nudge*nudge))
		return s.Add(s, big.NewInt(parts))
	}
	px, py := scale(c.X, nudge), scale(c.Y, 1)
	odd := false
	for _, ring := range rings {
		a := ring[len(ring)-1]
		for _, b := range ring {
			w, e := a, b
			a = b
			if w.X > e.X {
				w, e = e, w
			}
			wx, ex := scale(w.X, 0), scale(e.X, 0)
			if wx.Cmp(px) > 0 || ex.Cmp(px) < 0 {
				continue
			}
			// The edge is north of the point when (e-w) × (p-w) < 0.
			wy, ey := scale(w.Y, 0), scale(e.Y, 0)
			left := new(big.Int).Mul(new(big.Int).Sub(ex, wx), new(big.Int).Sub(py, wy))
			right := new(big.Int).Mul(new(big.Int).Sub(ey, wy), new(big.Int).Sub(px, wx))
			switch left.Cmp(right) {
			case -1:
				odd = !odd
			case 0:
				panic("the moved point lies on an edge: the oracle's nudge is too large")
			}
		}
	}
	return odd
}

// oracleOn says whether c lies on an edge, by rational parameters.
func oracleOn(rings [][]Coord, c Coord) bool {
	for _, ring := range rings {
		a := ring[len(ring)-1]
		for _, b := range ring {
			if onSegment(a, b, c) {
				return true
			}
			a = b
		}
	}
	return false
}

func onSegment(a, b, c Coord) bool {
	if a == b {
		return a == c
	}
	// c = a + t·(b-a) with one t in [0, 1] for both axes.
	t, pinned := new(big.Rat), false
	for _, axis := range [...][3]int32{{a.X, b.X, c.X}, {a.Y, b.Y, c.Y}} {
		d, n := int64(axis[1])-int64(axis[0]), int64(axis[2])-int64(axis[0])
		if d == 0 {
			if n != 0 {
				return false
			}
			continue
		}
		u := big.NewRat(n, d)
		if u.Sign() < 0 || u.Cmp(big.NewRat(1, 1)) > 0 || (pinned && u.Cmp(t) != 0) {
			return false
		}
		t, pinned = u, true
	}
	return true
}

// oracleSide is the side by the oracles.
func oracleSide(rings [][]Coord, c Coord) (Side, bool) {
	holds := oracleHolds(rings, c)
	switch {
	case oracleOn(rings, c):
		return OnBorder, holds
	case holds:
		return Inside, true
	}
	return Outside, false
}

// Ellipsoid of CGCS2000.
const (
	majorM   = 6378137.0
	flatness = 1 / 298.257222101
	minorM   = majorM * (1 - flatness)
	earthR   = 6371000.0
)

// vincentyM is the length of the geodesic by Vincenty (1975), Survey Review 23
// (176), inverse formula: true to 0.1 mm, and to 1e-8 of short distances.
func vincentyM(lon1, lat1, lon2, lat2 float64) float64 {
	rad := math.Pi / 180
	l := (lon2 - lon1) * rad
	u1, u2 := math.Atan((1-flatness)*math.Tan(lat1*rad)), math.Atan((1-flatness)*math.Tan(lat2*rad))
	su1, cu1 := math.Sincos(u1)
	su2, cu2 := math.Sincos(u2)
	lambda := l
	for range 100 {
		sl, cl := math.Sincos(lambda)
		sinSigma := math.Hypot(cu2*sl, cu1*su2-su1*cu2*cl)
		if sinSigma == 0 {
			return 0
		}
		cosSigma := su1*su2 + cu1*cu2*cl
		sigma := math.Atan2(sinSigma, cosSigma)
		sinAlpha := cu1 * cu2 * sl / sinSigma
		cos2Alpha := 1 - sinAlpha*sinAlpha
		cos2m := 0.0
		if cos2Alpha != 0 {
			cos2m = cosSigma - 2*su1*su2/cos2Alpha
		}
		c := flatness / 16 * cos2Alpha * (4 + flatness*(4-3*cos2Alpha))
		next := l + (1-c)*flatness*sinAlpha*(sigma+c*sinSigma*(cos2m+c*cosSigma*(2*cos2m*cos2m-1)))
		if math.Abs(next-lambda) > 1e-12*math.Abs(next) {
			lambda = next
			continue
		}
		uu := cos2Alpha * (majorM*majorM - minorM*minorM) / (minorM * minorM)
		a := 1 + uu/16384*(4096+uu*(-768+uu*(320-175*uu)))
		b := uu / 1024 * (256 + uu*(-128+uu*(74-47*uu)))
		d := b * sinSigma * (cos2m + b/4*(cosSigma*(2*cos2m*cos2m-1)-
			b/6*cos2m*(4*sinSigma*sinSigma-3)*(4*cos2m*cos2m-3)))
		return minorM * a * (sigma - d)
	}
	panic("vincenty: no convergence")
}

// geodesicM is vincentyM between lattice positions.
func geodesicM(a, b Coord) float64 { return vincentyM(a.Lon(), a.Lat(), b.Lon(), b.Lat()) }

// bigCross is the sign of the cross product in big integers.
func bigCross(a, b, c Coord) int {
	d := func(p, q int32) *big.Int { return new(big.Int).Sub(big.NewInt(int64(p)), big.NewInt(int64(q))) }
	l := new(big.Int).Mul(d(b.X, a.X), d(c.Y, a.Y))
	return l.Cmp(new(big.Int).Mul(d(b.Y, a.Y), d(c.X, a.X)))
}
