package demo

import (
	"fmt"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// attempts bounds how many plans are drawn for one seed. A thousand towns were
// tried and each worked out at the first.
const attempts = 10

// Town makes up a town from a seed. Every row holds from the start of 2026. It
// fails only where the machine does not know the time zone Asia/Shanghai.
func Town(seed uint64) (*grids.City, error) {
	empty, from, err := emptyCity(townName, districtCode)
	if err != nil {
		return nil, fmt.Errorf("make up town %d: %w", seed, err)
	}
	for attempt := range uint64(attempts) {
		var s *site
		if s, err = newTownSite(seed, attempt, from); err != nil {
			continue
		}
		city := *empty
		if err = s.write(&city); err == nil {
			city.Sort()
			return &city, nil
		}
	}
	return nil, fmt.Errorf("make up town %d: %d attempts, last: %w", seed, attempts, err)
}

// write adds all rows to the city.
func (s *site) write(city *grids.City) error {
	s.writeDivisions(city)
	s.writeCells(city)
	s.writeUnits(city)
	s.writeBase(city)
	if err := s.writeComponents(city); err != nil {
		return err
	}
	if err := s.writeAddresses(city); err != nil {
		return err
	}
	if err := s.writeResources(city); err != nil {
		return err
	}
	return writeDeadlines(city)
}

// writePlan is write without what stands in the city.
func (s *site) writePlan(city *grids.City) error {
	s.writeDivisions(city)
	s.writeCells(city)
	s.writeBase(city)
	return nil
}

// emptyCity is a made-up city without rows, and the time from which they hold.
func emptyCity(name, code string) (*grids.City, time.Time, error) {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		return nil, time.Time{}, err
	}
	categories, err := grids.National(grids.SchemeGB2013)
	if err != nil {
		return nil, time.Time{}, err
	}
	return &grids.City{Categories: categories, Profile: grids.Profile{
		Code:        code,
		Name:        name,
		MadeUp:      true,
		Scheme:      grids.SchemeGB2013,
		TimeZone:    zone,
		Plane:       crs.LocalPlane(pt{}.coord().Lon(), pt{}.coord().Lat()),
		Offset:      true,
		NearM:       30,
		Attribution: "虚构数据（made up），不对应任何真实地点",
	}}, time.Date(2026, time.January, 1, 0, 0, 0, 0, zone), nil
}
