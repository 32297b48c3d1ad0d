package demo

import (
	_ "embed"
	"fmt"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// The rule files of the two made-up places, for package dispatch to read.
var (
	//go:embed rules-city.yaml
	cityRules string
	//go:embed rules-town.yaml
	townRules string
)

// RuleFile is the rule file by which a made-up city dispatches.
func RuleFile(city *grids.City) string {
	if city.Scheme == schemeCity {
		return cityRules
	}
	return townRules
}

// Of the components without an owner on record every so many have an ownership
// record, every so many of those one that has expired or was replaced; every so
// many stretches of border between units have a ruling.
const (
	recordEvery, staleEvery       = 24, 10
	rulingEvery, rulingComponents = 40, 12
	leastRulingM, rulingWithinM   = 20, 12
)

// Responsibility makes up ownership records and rulings for a made-up city: the
// same for the same city. Their numbers count from 1, each kind on its own.
func Responsibility(city *grids.City) (records []grids.OwnershipRecord, rulings []grids.Ruling) {
	zone := city.TimeZone
	day := func(month time.Month) time.Time { return time.Date(2026, month, 1, 0, 0, 0, 0, zone) }
	record := func(code, unit string, from, to time.Time) {
		records = append(records, grids.OwnershipRecord{Claim: grids.Claim{
			ID: int64(len(records) + 1), Subject: grids.Subject{Component: code}, Unit: unit,
			Evidence: fmt.Sprintf("确权〔2026〕%d号（虚构）", len(records)+1), DecidedBy: "行业主管部门", Valid: grids.Between(from, to),
		}})
	}
	rule := func(s grids.Subject, unit string) {
		rulings = append(rulings, grids.Ruling{Claim: grids.Claim{
			ID: int64(len(rulings) + 1), Subject: s, Unit: unit,
			Evidence: fmt.Sprintf("裁决〔2026〕%d号（虚构）", len(rulings)+1), DecidedBy: "指挥中心", Valid: grids.Since(day(time.March)),
		}})
	}
	bare := 0
	for i := range city.Components {
		c := &city.Components[i]
		if c.Owner != "" || c.Authority == "" {
			continue
		}
		if bare++; bare%recordEvery != 0 {
			continue
		}
		unit := c.Maintainer
		if unit == "" {
			unit = c.Authority
		}
		switch bare / recordEvery % staleEvery {
		case 0:
			record(c.Code, c.Authority, day(time.January), day(time.April))
		case staleEvery / 2:
			record(c.Code, c.Authority, day(time.January), time.Time{})
			record(c.Code, unit, day(time.May), time.Time{})
		default:
			record(c.Code, unit, day(time.January), time.Time{})
		}
		if bare/recordEvery%(staleEvery*rulingComponents) == 1 {
			rule(grids.Subject{Component: c.Code}, c.Authority)
		}
	}
	streetOrder := "05" // 街面秩序
	if city.Scheme != schemeCity {
		streetOrder = "04"
	}
	for i, b := range unitBorders(city) {
		if i%rulingEvery == 0 {
			rule(grids.Subject{Line: []spatial.Coord{b.a, b.b}, WithinM: rulingWithinM, Kind: grids.EventKind, Category: streetOrder}, b.unit)
		}
	}
	return records, rulings
}

// unitBorder is an edge between cells whose zones have different units; unit is
// that of the cell with the lower code.
type unitBorder struct {
	a, b spatial.Coord
	unit string
}

// unitBorders lists them in order of the cells.
func unitBorders(city *grids.City) []unitBorder {
	units := map[string]string{}
	for i := range city.Zones {
		units[city.Zones[i].Code] = city.Zones[i].Unit
	}
	first := map[[2]spatial.Coord]string{}
	var out []unitBorder
	for i := range city.Cells {
		unit, shape := units[city.Cells[i].Zone], city.Cells[i].Shape
		ring := shape.Coords[:shape.Ends[0]]
		a := ring[len(ring)-1]
		for _, b := range ring {
			if other, met := first[[2]spatial.Coord{b, a}]; met && other != unit && spatial.DistanceM(a, b) >= leastRulingM {
				out = append(out, unitBorder{b, a, other})
			}
			first[[2]spatial.Coord{a, b}] = unit
			a = b
		}
	}
	return out
}
