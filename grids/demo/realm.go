package demo

import "github.com/wanmi-gis/wanmi/spatial"

// A realm is a group of classes that one unit owns together wherever it owns
// the land.
type realm uint8

const (
	noRealm   realm = iota // owned by name, or by nobody
	roadworks              // carriageways, drains, signs of streets
	lighting
	greenery
	cleansing
	yardly // what belongs to blocks: septic tanks, notice boards
)

// The units of a city by code: the city's own and the six companies. Those of
// districts and streets have their division's code in front.
const (
	cityUrban       = "990100U01"
	cityHousing     = "990100U02"
	cityWorks       = "990100U03"
	cityGardens     = "990100U04"
	cityCleaning    = "990100U05"
	cityLighting    = "990100U06"
	cityWaters      = "990100U07"
	cityTraffic     = "990100U08"
	cityPolice      = "990100U09"
	cityTransport   = "990100U10"
	cityEnvironment = "990100U11"
	cityEmergency   = "990100U12"

	compWater   = "990100C01"
	compGas     = "990100C02"
	compHeat    = "990100C03"
	compPower   = "990100C04"
	compTelecom = "990100C05"
	compCable   = "990100C06"
)

// A role stands for a unit of the district or street that a place lies in.
const (
	roleUrban   = "@urban"
	roleHousing = "@housing"
	roleOffice  = "@office"
)

// roles has the codes of the units that stand behind the roles.
type roles struct{ urban, housing, office []string }

func (s *site) newRoles() roles {
	var r roles
	for _, d := range s.districtCodes {
		r.urban = append(r.urban, d+"U01")
		r.housing = append(r.housing, d+"U02")
	}
	for st := range s.streetCodes {
		r.office = append(r.office, s.officeUnit(int32(st)))
	}
	return r
}

// unit is the code of a unit or, for a role, of the unit that has it at cell f.
func (r *roles) unit(code string, s *site, f int32) string {
	switch code {
	case roleUrban:
		return r.urban[s.districtOf(f)]
	case roleHousing:
		return r.housing[s.districtOf(f)]
	case roleOffice:
		return r.office[s.street[s.community[f]]]
	}
	return code
}

// landlord is the unit that owns the things of a realm at a position in cell
// f, or "".
func (c *contents) landlord(r realm, f int32, at spatial.Coord) string {
	piece, block := c.land.locate(f, at)
	switch piece {
	case -2:
		return ""
	case -1:
		return c.blockLord(block)
	}
	p := &c.land.pieces[piece]
	return c.roadLord(r, c.streets[p.road].class, p.district)
}

// roadLord owns the things of a realm on roads: arterials are the city's, all
// others their district's.
func (c *contents) roadLord(r realm, of class, district int32) string {
	if r == yardly {
		return ""
	}
	if of < arterial {
		return c.roles.urban[district]
	}
	switch r {
	case lighting:
		return cityLighting
	case greenery:
		return cityGardens
	case cleansing:
		return cityCleaning
	}
	return cityWorks
}

// blockLord owns the things of a realm inside a block: parks are the gardens
// centre's, courts and squares the district's, villages the street office's.
// Elsewhere nobody is on record, and the territory answers.
func (c *contents) blockLord(f int32) string {
	switch c.uses[f] {
	case usePark:
		return cityGardens
	case useSquare:
		return c.roles.unit(roleUrban, c.site, f)
	case useHomes, useOldTown:
		return c.roles.unit(roleHousing, c.site, f)
	case useVillage:
		return c.roles.unit(roleOffice, c.site, f)
	}
	return ""
}
