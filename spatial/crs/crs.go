// Package crs converts coordinates to and from CGCS2000 longitude and latitude,
// the only system the server computes in.
//
// Start with [Parse], which turns the name in a request ("gcj02", "epsg:4547")
// into a [System]; call Check on what came in, then ToCGCS2000. A city's own
// survey grid is a [Grid]. Distances and areas are measured in the city's
// [LocalPlane], never in degrees and never in EPSG:3857.
//
//	request ──Parse──▶ System ──Check──▶ ToCGCS2000 ──▶ lon, lat ──LocalPlane──▶ metres
//
// Order is always longitude, latitude in degrees (for epsg:4490 and epsg:4326
// too, against the axis order in EPSG's register) and easting, northing in
// metres; the x of Chinese surveyors is the northing.
//
// Guarantees, kept by the tests: Gauss-Krüger is true to its definition within
// 5e-9 m up to 7° from the meridian (PROJ agrees within 1e-8 m and 1e-13°) and
// 5e-8 m up to 45°; past that it answers NaN. GCJ-02, BD-09 and city grids come
// back to where they started within 1e-8 m. Every result has the same bits on
// every processor: nothing here fuses a multiplication with an addition.
//
// WGS 84 is taken as equal to CGCS2000: the plates have moved them about 1 m
// apart since the epoch 2000.0, less than a phone's error. Whether GCJ-02 may be
// undone is a legal question that the city's configuration answers, and whether
// a point lies in China is asked of the city's bounds: here the formula is
// always applied.
//
// Cost: only Parse, All and errors allocate. On one core of a rented server:
// Gauss-Krüger 70 ns forward and 80 back, GCJ-02 60 and 360, BD-09 90 and 530.
package crs

import (
	"errors"
	"fmt"
	"strings"
)

// Sentinels for errors.Is.
var (
	// ErrUnknown is wrapped when a name is not a system this package knows.
	ErrUnknown = errors.New("unknown coordinate reference system")
	// ErrOutOfRange is wrapped when a coordinate cannot belong to its system.
	ErrOutOfRange = errors.New("coordinate out of range")
)

// A System converts between its own coordinates and CGCS2000 longitude and
// latitude in degrees. x is the longitude or the easting, y the latitude or the
// northing. Implementations are immutable and safe for concurrent use.
type System interface {
	// Name is the name in requests and answers, in lower case: "gcj02", "epsg:4547".
	Name() string
	// Geographic says whether coordinates are degrees; if not they are metres.
	Geographic() bool
	// ToCGCS2000 assumes that Check has passed; a coordinate that has no place
	// gives NaN.
	ToCGCS2000(x, y float64) (lon, lat float64)
	// FromCGCS2000 gives NaN for a place the system cannot express.
	FromCGCS2000(lon, lat float64) (x, y float64)
	// Check says what is wrong with a coordinate, and what was probably meant:
	// swapped axes, degrees for metres, a missing zone number. The error wraps
	// ErrOutOfRange.
	Check(x, y float64) error
}

// accepted is the hint in the error for an unknown name.
const accepted = "cgcs2000 (or epsg:4490), wgs84 (or epsg:4326), gcj02, bd09, epsg:3857, epsg:4491 to epsg:4554, city"

// longestName is the longest name worth comparing or repeating in an error.
const longestName = 32

// Parse finds a system by its name in any letter case. The error wraps
// ErrUnknown and lists the names accepted. "city" is not known here: the caller
// has the city's [Grid].
func Parse(name string) (System, error) {
	if len(name) > longestName {
		return nil, fmt.Errorf("crs %q…: %w; accepted: %s", name[:longestName], ErrUnknown, accepted)
	}
	lower := strings.ToLower(name)
	switch lower {
	case "cgcs2000", "epsg:4490":
		return lonLat{name: "cgcs2000"}, nil
	case "wgs84", "epsg:4326":
		return lonLat{name: "wgs84"}, nil
	case "gcj02":
		return gcj02{}, nil
	case "bd09":
		return bd09{}, nil
	case "epsg:3857":
		return webMercator{}, nil
	case cityName:
		return nil, fmt.Errorf("crs %q: %w: this city's configuration has no grid of its own; accepted: %s", name, ErrUnknown, accepted)
	}
	if s, ok := parseGaussKruger(lower); ok {
		return s, nil
	}
	return nil, fmt.Errorf("crs %q: %w; accepted: %s", name, ErrUnknown, accepted)
}

// All lists every system that Parse knows, each once: the geographic ones,
// Web Mercator, then epsg:4491 to epsg:4554.
func All() []System {
	all := []System{lonLat{name: "cgcs2000"}, lonLat{name: "wgs84"}, gcj02{}, bd09{}, webMercator{}}
	for code := firstGaussKruger; code <= lastGaussKruger; code++ {
		all = append(all, newGaussKruger(code))
	}
	return all
}
