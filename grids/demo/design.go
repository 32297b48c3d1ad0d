package demo

import "fmt"

// A design is how large a site is to be and how it is divided.
type design struct {
	scale int // of a city; 0 is the town
	// How many there are of each.
	districts, streets, communities, zones, cells, components int
	// Sizes of a cell; a plan that leaves them is discarded.
	leastCm2, mostCm2 int64
	tries, more       int // streets tried for one block, and how many more in each later mood
	digits            int // of the numbers in codes
}

// townDesign is the small fixture: 2 km².
func townDesign() design {
	return design{
		districts: 1, streets: 2, communities: 5, zones: 5, cells: 200, components: 3_000,
		leastCm2: 2_500 * 10_000, mostCm2: 25_000 * 10_000, tries: 14, digits: 4,
	}
}

// A city of scale 1 is of the reference size (domain.md): 8,118 cells in 37
// zones, 196,430 components.
const (
	cityCells       = 8_118
	cityComponents  = 196_430
	cityStreets     = 17
	cityCommunities = 140
	cityZones       = 37
	cityDistricts   = 6
	// moreDistricts is how many each further borough adds: 99 are to be had.
	moreDistricts = 2
	// maxScale keeps the districts below 99, with room.
	maxScale = 40
	// meanCellCm2 is 80 km² over 8,118 cells.
	meanCellCm2 = 9_855 * 10_000
)

// cityDesign is a city of scale boroughs, each of the reference size.
func cityDesign(scale int) design {
	return design{
		scale: scale, districts: cityDistricts + moreDistricts*(scale-1), streets: cityStreets * scale,
		communities: cityCommunities * scale, zones: cityZones * scale,
		cells: cityCells * scale, components: cityComponents * scale,
		leastCm2: 1_500 * 10_000, mostCm2: 30_000 * 10_000, tries: 5, more: 8, digits: 7,
	}
}

// numbered makes a code of a prefix and a place in a list: RD0001.
func (d design) numbered(prefix string, i int) string {
	return fmt.Sprintf("%s%0*d", prefix, d.digits, i+1)
}
