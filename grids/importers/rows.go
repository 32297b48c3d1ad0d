package importers

import (
	"sort"
	"strings"

	"github.com/wanmi-gis/wanmi/grids"
)

// rowMaker appends a row of one layer made of the common part and the values
// of the mapped fields.
type rowMaker func(c *grids.City, l grids.Layer, f grids.Feature, v map[string]string)

// tables makes the rows of each layer.
var tables = map[grids.Layer]rowMaker{
	grids.Districts: func(c *grids.City, _ grids.Layer, f grids.Feature, v map[string]string) {
		c.Districts = append(c.Districts, grids.District{Division: grids.Division{Feature: f, Parent: v["parent"]}})
	},
	grids.Streets: func(c *grids.City, _ grids.Layer, f grids.Feature, v map[string]string) {
		c.Streets = append(c.Streets, grids.Street{Division: grids.Division{Feature: f, Parent: v["parent"]}})
	},
	grids.Communities: func(c *grids.City, _ grids.Layer, f grids.Feature, v map[string]string) {
		c.Communities = append(c.Communities, grids.Community{Division: grids.Division{Feature: f, Parent: v["parent"]}})
	},
	grids.Zones: func(c *grids.City, _ grids.Layer, f grids.Feature, v map[string]string) {
		c.Zones = append(c.Zones, grids.Zone{
			Feature: f, Street: v["street"], Unit: v["unit"], Staff: v["staff"], OnDuty: yes(v["on_duty"]),
		})
	},
	grids.Cells: func(c *grids.City, _ grids.Layer, f grids.Feature, v map[string]string) {
		c.Cells = append(c.Cells, grids.Cell{Feature: f, Community: v["community"], Zone: v["zone"], LandUse: v["land_use"]})
	},
	grids.Components: func(c *grids.City, _ grids.Layer, f grids.Feature, v map[string]string) {
		c.Components = append(c.Components, grids.Component{
			Feature: f, Cell: v["cell"], PlacedOn: v["placed_on"], ChangedOn: v["changed_on"],
			ComponentTraits: &grids.ComponentTraits{
				Category: v["category"], State: v["state"], AccuracyClass: v["accuracy_class"],
				Owner: v["owner"], Maintainer: v["maintainer"], Authority: v["authority"], Source: v["source"],
			},
		})
	},
	grids.Addresses: func(c *grids.City, _ grids.Layer, f grids.Feature, v map[string]string) {
		c.Addresses = append(c.Addresses, grids.Address{Feature: f, Kind: v["kind"], Full: v["full"], Pinyin: v["pinyin"]})
	},
	grids.Resources: func(c *grids.City, _ grids.Layer, f grids.Feature, v map[string]string) {
		c.Resources = append(c.Resources, grids.Resource{Feature: f, Kind: v["kind"], Unit: v["unit"], State: v["state"]})
	},
	grids.OwnershipAreas: func(c *grids.City, _ grids.Layer, f grids.Feature, v map[string]string) {
		c.OwnershipAreas = append(c.OwnershipAreas, grids.OwnershipArea{
			Feature: f, Category: v["category"], Unit: v["unit"], Evidence: v["evidence"],
		})
	},
	grids.BaseRoads: base, grids.BaseWater: base, grids.BaseGreen: base, grids.BaseBuildings: base,
}

func base(c *grids.City, l grids.Layer, f grids.Feature, v map[string]string) {
	c.Base[l] = append(c.Base[l], grids.Base{Feature: f, Class: v["class"]})
}

func yes(s string) bool {
	switch strings.ToLower(s) {
	case "1", "true", "yes", "是", "在岗":
		return true
	}
	return false
}

func columnNames(r *record) []string {
	names := make([]string, 0, len(r.props))
	for n := range r.props {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}
