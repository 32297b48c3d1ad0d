package crs

import "math"

// The constants of GCJ-02 as they are published: Krasovsky's ellipsoid, and an
// origin near the middle of China.
const (
	gcjSemiMajorM     = 6378245.0
	gcjEccentricitySq = 0.00669342162296594323
	gcjLon0, gcjLat0  = 105.0, 35.0
	// maxGCJLat: towards the poles the shift in longitude grows with 1/cos and
	// the inverse stops converging.
	maxGCJLat = 85
)

const (
	// The map is a shift that changes slowly, so each round gains two digits and
	// more. In China 5 rounds are enough; towards maxGCJLat the shift in longitude
	// changes faster, and the cap leaves room for that.
	maxGCJRounds = 12
	// A BD-09 round gains a factor of 50 only, because its turn grows with the
	// distance from (0, 0): 5 or 6 rounds in China.
	maxBDRounds = 12
	// settledDeg ends the rounds: 1e-13° is 1e-8 m, the last bits of a longitude.
	settledDeg = 1e-13
)

// gcj02 is the system of AMap, Tencent and WeChat: 18 to 715 m from CGCS2000
// between 73.5°E and 135°E, 18°N and 53.5°N; 548 m in Kaifeng.
type gcj02 struct{}

func (gcj02) Name() string     { return "gcj02" }
func (gcj02) Geographic() bool { return true }

func (s gcj02) Check(x, y float64) error { return checkDegrees(s.Name(), x, y, maxGCJLat) }

func (gcj02) FromCGCS2000(lon, lat float64) (x, y float64) {
	east, north := gcjShiftM(lon-gcjLon0, lat-gcjLat0)
	sin, cos := sinCosPi(lat / 180)
	w := 1 - float64(gcjEccentricitySq*float64(sin*sin))
	primeVertical := gcjSemiMajorM / math.Sqrt(w)
	meridional := primeVertical / w * (1 - gcjEccentricitySq)
	return lon + east/(float64(primeVertical*cos)*degree), lat + north/(meridional*degree)
}

func (s gcj02) ToCGCS2000(x, y float64) (lon, lat float64) {
	return invert(s.FromCGCS2000, x, y, x, y, maxGCJRounds)
}

// gcjShiftM is the sine series, in metres, of degrees from the origin.
func gcjShiftM(x, y float64) (east, north float64) {
	xy, root := float64(x*y), math.Sqrt(math.Abs(x))
	short := float64(20*sinPi(6*x)) + float64(20*sinPi(2*x))
	sinX := float64(20 * sinPi(x))
	thirds := float64(2.0 / 3)

	east = 300 + x + float64(2*y) + float64(0.1*float64(x*x)) + float64(0.1*xy) + float64(0.1*root)
	east += float64(thirds * short)
	east += float64(thirds * (sinX + float64(40*sinPi(x/3))))
	east += float64(thirds * (float64(150*sinPi(x/12)) + float64(300*sinPi(x/30))))

	north = -100 + float64(2*x) + float64(3*y) + float64(0.2*float64(y*y)) + float64(0.1*xy) + float64(0.2*root)
	north += float64(thirds * short)
	north += float64(thirds * (float64(20*sinPi(y)) + float64(40*sinPi(y/3))))
	north += float64(thirds * (float64(160*sinPi(y/12)) + float64(320*sinPi(y/30))))
	return east, north
}

// invert solves forward(lon, lat) = (x, y) by lon ← lon − (forward(lon) − x) from
// a first guess. One step alone, the inverse in common use, errs up to 4.6 m.
func invert(forward func(lon, lat float64) (x, y float64), x, y, lon, lat float64, maxRounds int) (float64, float64) {
	for range maxRounds {
		gotX, gotY := forward(lon, lat)
		dLon, dLat := gotX-x, gotY-y
		lon, lat = lon-dLon, lat-dLat
		if math.Abs(dLon) < settledDeg && math.Abs(dLat) < settledDeg {
			break
		}
	}
	return lon, lat
}
