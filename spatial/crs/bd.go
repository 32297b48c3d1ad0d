package crs

const (
	bdShiftLon, bdShiftLat = 0.0065, 0.006
	// 3000/180 turns degrees into the half turns of both ripples (x_pi / π).
	bdHalfTurns = 3000.0 / 180
)

// bd09 is Baidu's system: GCJ-02 in polar coordinates about (0, 0), rippled in
// radius and angle and shifted; 765 to 985 m from GCJ-02 in the same rectangle.
type bd09 struct{}

func (bd09) Name() string     { return "bd09" }
func (bd09) Geographic() bool { return true }

func (s bd09) Check(x, y float64) error { return checkDegrees(s.Name(), x, y, maxGCJLat) }

func (bd09) FromCGCS2000(lon, lat float64) (x, y float64) {
	return bdFromGCJ(gcj02{}.FromCGCS2000(lon, lat))
}

func (bd09) ToCGCS2000(x, y float64) (lon, lat float64) {
	lon, lat = invert(bdFromGCJ, x, y, x-bdShiftLon, y-bdShiftLat, maxBDRounds)
	return gcj02{}.ToCGCS2000(lon, lat)
}

// bdFromGCJ turns and stretches the point itself instead of its polar
// coordinates: the same figures, without an arctangent.
func bdFromGCJ(lon, lat float64) (x, y float64) {
	radius := hypot(lon, lat)
	if radius == 0 {
		return bdShiftLon, bdShiftLat // the ripple in radius is sin 0
	}
	_, cosRipple := sinCosPi(float64(lon * bdHalfTurns))
	y, x = turn(lat, lon, float64(0.000003*cosRipple))
	stretch := 1 + float64(0.00002*sinPi(float64(lat*bdHalfTurns)))/radius
	return float64(x*stretch) + bdShiftLon, float64(y*stretch) + bdShiftLat
}
