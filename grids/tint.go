package grids

import (
	"slices"

	"github.com/wanmi-gis/wanmi/spatial"
)

// Tints is how many colours a map has for zones: as many as stay apart for
// colour-blind eyes over a base map.
const Tints = 6

// zoneTints gives each zone a number below Tints so that zones that share a
// vertex differ: what the map colours them by. Zones are taken in order of
// code and get, of the tints free among their neighbours, the one used least,
// so that the whole palette is used and the same zones always look the same.
// A zone with more neighbours than tints takes the one its neighbours use
// least.
func zoneTints(zones []Zone) []uint8 {
	atVertex := map[spatial.Coord][]int32{}
	for i := range zones {
		if zones[i].Shape == nil {
			continue
		}
		for _, c := range zones[i].Shape.Coords {
			if list := atVertex[c]; len(list) == 0 || list[len(list)-1] != int32(i) {
				atVertex[c] = append(list, int32(i))
			}
		}
	}
	neighbours := make([][]int32, len(zones))
	for _, list := range atVertex {
		for _, a := range list {
			for _, b := range list {
				if b < a && !slices.Contains(neighbours[a], b) {
					neighbours[a] = append(neighbours[a], b)
				}
			}
		}
	}
	tints := make([]uint8, len(zones))
	var used [Tints]int
	for i := range zones {
		var near [Tints]int
		for _, n := range neighbours[i] {
			near[tints[n]]++
		}
		best := 0
		for t := 1; t < Tints; t++ {
			if near[t] < near[best] || (near[t] == near[best] && used[t] < used[best]) {
				best = t
			}
		}
		tints[i] = uint8(best)
		used[best]++
	}
	return tints
}

// ZoneTint returns the colour number of a zone, below Tints.
func (s *Snapshot) ZoneTint(i int32) uint8 { return s.tints[i] }
