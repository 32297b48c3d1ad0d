package demo

import (
	"fmt"

	"github.com/wanmi-gis/wanmi/grids"
)

// Options says which city to make up.
type Options struct {
	// Seed decides everything: another seed, another city.
	Seed uint64
	// Scale multiplies area, cells, components, zones, communities and streets
	// at the same density, 1 to 40; 0 is 1. Scale 1 is 80 km² with 8,118 cells.
	Scale int
	// Bare leaves out what stands in the city and who answers for it: divisions,
	// zones, cells and the background map are the same.
	Bare bool
}

// City makes up a city of one centre for each unit of scale: river, ring roads,
// old town, planned district, works. Every row holds from the start of 2026.
func City(o Options) (*grids.City, error) {
	if o.Scale == 0 {
		o.Scale = 1
	}
	if o.Scale < 0 || o.Scale > maxScale {
		return nil, fmt.Errorf("make up a city of scale %d: the scale is 1 to %d", o.Scale, maxScale)
	}
	empty, from, err := emptyCity(cityName, cityCode)
	if err != nil {
		return nil, fmt.Errorf("make up city %d: %w", o.Seed, err)
	}
	for attempt := range uint64(attempts) {
		var s *site
		if s, err = newCitySite(o.Seed, attempt, cityDesign(o.Scale), from); err != nil {
			continue
		}
		city := *empty
		write := s.write
		if o.Bare {
			write = s.writePlan
		}
		if err = write(&city); err == nil {
			city.Sort()
			return &city, nil
		}
	}
	return nil, fmt.Errorf("make up city %d: %d attempts, last: %w", o.Seed, attempts, err)
}
