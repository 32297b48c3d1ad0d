package crs

import (
	"fmt"
	"math"
)

// outOfRange words every refusal the same way: system, sentinel, what and what to do.
func outOfRange(name, format string, args ...any) error {
	return fmt.Errorf("crs %s: %w: %s", name, ErrOutOfRange, fmt.Sprintf(format, args...))
}

func checkFinite(name, xName, yName string, x, y float64) error {
	for _, v := range [2]struct {
		name  string
		value float64
	}{{xName, x}, {yName, y}} {
		if math.IsNaN(v.value) || math.IsInf(v.value, 0) {
			return outOfRange(name, "%s is %v, not a number of this world", v.name, v.value)
		}
	}
	return nil
}

// checkDegrees refuses what is not a longitude and a latitude. maxLat is 90, or
// less where a formula stops earlier.
func checkDegrees(name string, lon, lat, maxLat float64) error {
	if math.Abs(lon) <= 180 && math.Abs(lat) <= maxLat { // false for NaN
		return nil
	}
	if err := checkFinite(name, "lon", "lat", lon, lat); err != nil {
		return err
	}
	switch {
	case math.Abs(lon) <= maxLat && math.Abs(lat) > 90 && math.Abs(lat) <= 180:
		return outOfRange(name, "lat %g is not within ±%g: lon and lat look swapped", lat, maxLat)
	case math.Abs(lon) >= 1000 && math.Abs(lat) >= 1000:
		return outOfRange(name, "lon %g, lat %g look like metres, not degrees%s", lon, lat, zoneHint(lon, lat))
	case math.Abs(lon) > 180:
		return outOfRange(name, "lon %g is not within ±180", lon)
	default:
		return outOfRange(name, "lat %g is not within ±%g", lat, maxLat)
	}
}

// zoneHint names the systems that two figures in metres may belong to.
func zoneHint(x, y float64) string {
	const orMercator = " (or epsg:3857)"
	mercator := ""
	if math.Abs(x) <= maxMercatorM && math.Abs(y) <= maxMercatorM {
		mercator = orMercator
	}
	if s, ok := systemOfEasting(x); ok {
		return ": name crs " + s.name + mercator
	}
	if s, ok := systemOfEasting(y); ok {
		return ": name crs " + s.name + mercator + ", easting first"
	}
	return ": name their plane system" + mercator
}

// looksLikeDegrees holds for figures that a plane system would place within
// 180 m of its false origin, in the sea.
func looksLikeDegrees(x, y float64) bool {
	return math.Abs(x) <= 180 && math.Abs(y) <= 180
}
