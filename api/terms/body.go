package terms

import (
	"fmt"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// PositionIn reads lon, lat and crs; nil where they are not there. The position
// must be in the city or near it.
func PositionIn(m web.Members, s *grids.Snapshot) (*spatial.Coord, error) {
	at, err := AnyPositionIn(m, s)
	if err == nil && at != nil && s.Locate(*at).Status == grids.StatusOutside {
		return nil, web.Refuse("lon,lat", fmt.Sprintf("%s,%s", m["lon"], m["lat"]), "the position lies outside the city", web.ErrImpossible)
	}
	return at, err
}

// AnyPositionIn is PositionIn for all that has coordinates, in the city or not.
func AnyPositionIn(m web.Members, s *grids.Snapshot) (*spatial.Coord, error) {
	_, hasLon := m["lon"]
	_, hasLat := m["lat"]
	_, hasCRS := m["crs"]
	if !hasLon && !hasLat && !hasCRS {
		return nil, nil
	}
	var lon, lat float64
	name, err := m.Text("crs")
	if err != nil {
		return nil, err
	}
	if name == nil {
		name = new(string)
	}
	for param, into := range map[string]*float64{"lon": &lon, "lat": &lat} {
		if _, ok := m[param]; !ok {
			return nil, web.Refuse(param, "", "lon and lat go together", web.ErrMalformed)
		}
		if err := m.Decode(param, "a number", into); err != nil {
			return nil, err
		}
	}
	sys, err := System(s.City, "crs", *name)
	if err != nil {
		return nil, err
	}
	at, err := ToLattice(sys, lon, lat)
	if err != nil {
		return nil, err
	}
	return &at, nil
}

// UnitIn reads the code of a unit of the city; "" is none.
func UnitIn(m web.Members, s *grids.Snapshot, name string) (*string, error) {
	v, err := m.Text(name)
	if err == nil && v != nil && *v != "" && s.Unit(*v) == nil {
		return nil, web.Refuse(name, *v, "no unit of the city", web.ErrImpossible)
	}
	return v, err
}
