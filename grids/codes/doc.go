// Package codes takes the codes of a city apart and puts them together: of
// divisions, streets, communities, cells, zones, components and classes of
// events.
//
// A code is read by the [Pattern] that the city or its category scheme
// declares, never by its length: a component of 16 digits and a cell of 16
// digits look alike.
//
//	cell       410204003001017    6+3+3+3  division, street, community, serial
//	component  4102040118000042   6+2+2+6  division, major, minor, serial (CJ/T 214, GB/T 30428.2-2013)
//	component  41020401037000042  6+2+3+6  the same in GB/T 47678.5-2026
//	event      41020406010        6+2+3    division, major, minor (GB/T 47678.5-2026)
//
// Start with [ParseCell] and [ParseComponent]. What is read and written again
// is the same code, digit for digit; what cannot be read is an [*Error] that
// names the position at fault. Nothing here knows which codes exist.
package codes
