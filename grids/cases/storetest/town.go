// Package storetest is the suite that every store of cases passes, and the town
// whose codes it uses.
//
// [Run] opens stores of that [Town] and holds them against a plain store in
// memory that knows nothing of files.
package storetest

import (
	"time"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// Corner is the south-west corner of the town, which is a thousandth of a degree
// wide and high.
var Corner = orb.Point{114.3, 34.7}

// Codes of the town. A code of each list is in no other.
var (
	cells      = []string{"990101001001001", "990101001001002"}
	zones      = []string{"Z1", "Z2"}
	units      = []string{"U1", "U2", "U3", "D1"}
	components = []string{"9901010102000001", "9901010102000002"}
	// Each cell is in a community, street and district of its own.
	communities = []string{"990101001001", "990102001001"}
	streets     = []string{"990101001", "990102001"}
	districts   = []string{"990101", "990102"}
	minors      = []string{"0101", "0102"}
	// Other is one that the scheme has, of another scheme than the city's.
	otherScheme = "0199"
)

// Zone is the town's time zone.
func Zone() *time.Location {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		panic(err) // of our own name
	}
	return zone
}

// Town is a city with two cells, two zones, four units, two components and two
// minors of either kind.
func Town() *grids.City {
	const half = 0.0005
	c := &grids.City{
		Profile: grids.Profile{
			Code: "990100", Name: "试验市", MadeUp: true, Scheme: grids.SchemeGB2013, TimeZone: Zone(),
			Plane: crs.LocalPlane(Corner.Lon(), Corner.Lat()), NearM: 30, Version: 1,
		},
		Base: map[grids.Layer][]grids.Base{},
	}
	for i, code := range cells {
		x, y := Corner.Lon()+float64(float64(i)*half), Corner.Lat()
		c.Cells = append(c.Cells, grids.Cell{
			Feature: feature(code, orb.Polygon{{{x, y}, {x + half, y}, {x + half, y + half}, {x, y + half}, {x, y}}}), Zone: zones[i], Community: communities[i],
		})
		shape := c.Cells[i].Shape.Orb()
		c.Communities = append(c.Communities, grids.Community{Division: grids.Division{Feature: feature(communities[i], shape), Parent: streets[i]}})
		c.Streets = append(c.Streets, grids.Street{Division: grids.Division{Feature: feature(streets[i], shape), Parent: districts[i]}})
		c.Districts = append(c.Districts, grids.District{Division: grids.Division{Feature: feature(districts[i], shape)}})
		c.Zones = append(c.Zones, grids.Zone{Feature: feature(zones[i], c.Cells[i].Shape.Orb()), Unit: units[i]})
		c.Components = append(c.Components, grids.Component{
			Feature: feature(components[i], orb.Point{x + half/2, y + half/2}), ComponentTraits: &grids.ComponentTraits{Category: minors[i]},
		})
	}
	for _, u := range units {
		c.Units = append(c.Units, grids.Unit{Code: u, Name: u + " 单位"})
	}
	for _, kind := range []grids.Kind{grids.ComponentKind, grids.EventKind} {
		c.Categories = append(c.Categories, grids.Category{Scheme: grids.SchemeGB2013, Kind: kind, Code: "01", Name: "大类"})
		for _, m := range minors {
			c.Categories = append(c.Categories, grids.Category{Scheme: grids.SchemeGB2013, Kind: kind, Code: m, Major: "01", Name: "小类"})
		}
		c.Categories = append(c.Categories, grids.Category{Scheme: grids.SchemeGB2026, Kind: kind, Code: otherScheme, Major: "01", Name: "另一体系"})
	}
	return c
}

func feature(code string, g orb.Geometry) grids.Feature {
	s, err := spatial.FromOrb(g)
	if err != nil {
		panic(err) // of our own shapes
	}
	f := grids.Feature{Code: code, At: s.Representative()}
	if s.Kind != spatial.Points {
		f.Shape = s
	}
	return f
}
