//go:build proj

package importers

import (
	"fmt"
	"math"
	"strings"

	"github.com/twpayne/go-proj/v11"

	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// projSystem is a system of EPSG's register through PROJ: to CGCS2000 itself where
// PROJ knows a way, and else to WGS 84, which is taken as equal here. A way that
// leaves the datums apart ("ballpark") is none: it can be 100 m off and says nothing.
type projSystem struct {
	name       string
	geographic bool
	ways       []*proj.PJ
}

// registered finds a system in EPSG's register.
func registered(name string) (crs.System, error) {
	s := &projSystem{name: strings.ToLower(name)}
	ctx := proj.NewContext()
	ctx.SetLogLevel(proj.LogLevelNone)
	for _, to := range [...]string{"EPSG:4490", "EPSG:4326"} {
		pj, err := ctx.NewCRSToCRS(name, to, nil)
		if err != nil {
			return nil, fmt.Errorf("crs %q: %w: PROJ: %w", s.name, crs.ErrUnknown, err)
		}
		way, err := pj.NormalizeForVisualization() // easting and longitude first
		if err != nil {
			return nil, fmt.Errorf("crs %s: PROJ: %w", s.name, err)
		}
		s.ways = append(s.ways, way)
	}
	// Degrees are those in which a place is within a degree of itself.
	if at, err := s.ways[1].Inverse(proj.NewCoord(1, 1, 0, 0)); err == nil {
		s.geographic = math.Abs(at.X()-1) < 1 && math.Abs(at.Y()-1) < 1
	}
	return s, nil
}

func (s *projSystem) Name() string     { return s.name }
func (s *projSystem) Geographic() bool { return s.geographic }

// ToCGCS2000 gives NaN where PROJ has no way between the datums.
func (s *projSystem) ToCGCS2000(x, y float64) (lon, lat float64) {
	return s.through(func(way *proj.PJ) (proj.Coord, error) { return way.Forward(proj.NewCoord(x, y, 0, 0)) })
}

func (s *projSystem) FromCGCS2000(lon, lat float64) (x, y float64) {
	return s.through(func(way *proj.PJ) (proj.Coord, error) { return way.Inverse(proj.NewCoord(lon, lat, 0, 0)) })
}

func (s *projSystem) through(step func(*proj.PJ) (proj.Coord, error)) (x, y float64) {
	for _, way := range s.ways {
		to, err := step(way)
		if err != nil || math.IsInf(to.X(), 0) || math.IsInf(to.Y(), 0) {
			continue
		}
		if used, err := way.GetLastUsedOperation(); err == nil && !strings.Contains(used.Info().Description, "Ballpark") {
			return to.X(), to.Y()
		}
	}
	return math.NaN(), math.NaN()
}

// Check refuses what has no place in CGCS2000.
func (s *projSystem) Check(x, y float64) error {
	if lon, lat := s.ToCGCS2000(x, y); math.IsNaN(lon) || math.IsNaN(lat) {
		return fmt.Errorf("crs %s: %w: PROJ brings %g, %g to no place in CGCS2000 (outside its area, or the datum has no public parameters)", s.name, crs.ErrOutOfRange, x, y)
	}
	return nil
}
