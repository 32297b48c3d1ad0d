package detect

import "math"

// Axes is the order of the two figures.
type Axes string

// Longitude or easting comes first, or latitude or northing.
const (
	LonLat Axes = "lon,lat"
	LatLon Axes = "lat,lon"
)

// Notation is how a figure is written.
type Notation string

// The notations of 114°20'55.5" east: degrees and minutes are often written as
// if they were a decimal number.
const (
	Degrees              Notation = "degrees" // 114.3487500
	DegreesMinutesPoint  Notation = "dd.mm"   // 114.20925: degrees, then minutes with decimals
	DegreesMinutesSecond Notation = "dd.mmss" // 114.20555: degrees, minutes, then seconds with decimals
	MinutesOfReceiver    Notation = "ddmm.mm" // 11420.925, as NMEA 0183 sends it
	SecondsWithoutPoint  Notation = "ddmmss"  // 1142055.5
	Metres               Notation = "metres"
)

// angularNotations are those of geographic systems.
func angularNotations() []Notation {
	return []Notation{Degrees, DegreesMinutesSecond, DegreesMinutesPoint, MinutesOfReceiver, SecondsWithoutPoint}
}

// degrees reads a figure; ok is false where it has 61 minutes or seconds.
func (n Notation) degrees(v float64) (deg float64, ok bool) {
	switch n {
	case DegreesMinutesSecond:
		return fromSeconds(v * 1e4)
	case SecondsWithoutPoint:
		return fromSeconds(v)
	case DegreesMinutesPoint:
		return fromMinutes(v * 100)
	case MinutesOfReceiver:
		return fromMinutes(v)
	}
	return v, true
}

// perDigit rounds away what is left of a decimal fraction in binary, so that
// 114.20 has 20 minutes, not 19.99999999. It is 1e-6 seconds or minutes.
const perDigit = 1e6

// fromSeconds reads dddmmss.s. A full 60, which some programs write, is read.
func fromSeconds(v float64) (deg float64, ok bool) {
	v = math.Round(v*perDigit) / perDigit
	sign := math.Copysign(1, v)
	v = math.Abs(v)
	whole := math.Floor(v / 1e4)
	v -= float64(whole * 1e4)
	minutes := math.Floor(v / 100)
	seconds := v - float64(minutes*100)
	return sign * (whole + minutes/60 + seconds/3600), minutes <= 60 && seconds <= 60
}

// fromMinutes reads dddmm.m.
func fromMinutes(v float64) (deg float64, ok bool) {
	v = math.Round(v*perDigit) / perDigit
	sign := math.Copysign(1, v)
	v = math.Abs(v)
	whole := math.Floor(v / 100)
	minutes := v - float64(whole*100)
	return sign * (whole + minutes/60), minutes <= 60
}
