package demo

import (
	"fmt"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// writeKinds lays the rows out by district, then kind, then serial.
func (c *contents) writeKinds(city *grids.City, kinds []cityKind, there [][]placed, order []int) {
	districts := len(c.districtCodes)
	next := make([][]int, districts) // by district and kind: the next row
	for d := range next {
		next[d] = make([]int, len(kinds))
	}
	for i, ps := range there {
		for _, p := range ps {
			next[c.districtOf(p.cell)][i]++
		}
	}
	total := 0
	for d := range next {
		for _, i := range order {
			next[d][i], total = total, total+next[d][i]
		}
	}
	city.Components = make([]grids.Component, total)
	c.wrong = newRecorder(total)
	first := make([]int, districts)
	for i, ps := range there {
		for d := range next {
			first[d] = next[d][i]
		}
		c.lastRoad = -2
		for _, p := range ps {
			d := c.districtOf(p.cell)
			row := next[d][i]
			next[d][i]++
			city.Components[row] = c.row(&kinds[i], p, row-first[d]+1)
		}
		there[i] = nil
	}
}

// row writes number n of a kind in its district.
func (c *contents) row(k *cityKind, p placed, n int) grids.Component {
	at := pt{int64(p.x), int64(p.y)}
	day, later := c.twoDays()
	row := grids.Component{
		Feature:   c.feature(componentCode(c.districtCodes[c.districtOf(p.cell)], k.code, n), c.nameOf(k, p), p.shape, at.coord()),
		Cell:      c.cellCodes[p.cell],
		PlacedOn:  day,
		ChangedOn: later,
	}
	traits := grids.ComponentTraits{
		Category:      k.code,
		State:         c.state(),
		AccuracyClass: k.accuracy,
		Authority:     c.roles.unit(k.authority, c.site, p.cell),
		Source:        "普查",
	}
	traits.Owner, traits.Maintainer = c.owner(k, p.cell, row.At)
	row.ComponentTraits = c.traits.Share(traits)
	if len(k.notes) > 0 {
		row.Attributes = pick(c.dice, k.notes)
	}
	if p.shape == nil && c.wrong.due() {
		if far, across, ok := c.border(p.cell, at); ok && far > clearOf(k.accuracy) {
			row.Cell = c.cellCodes[across]
			c.wrong.done++
		}
	}
	c.wrong.seen++
	return row
}

// componentCode is the code of 16 digits: division, category, serial.
func componentCode(district, category string, n int) string {
	b := make([]byte, 0, 16)
	b = append(append(b, district...), category...)
	return string(fmt.Appendf(b, "%06d", n))
}

// nameOf is the road or community and what it is. The names of a row along a
// road share their text.
func (c *contents) nameOf(k *cityKind, p placed) string {
	if p.road < 0 {
		return c.communityOf(p.cell) + k.label
	}
	if p.road != c.lastRoad {
		c.lastRoad, c.lastName = p.road, c.streets[p.road].name+k.label
	}
	return c.lastName
}

// owner returns who owns and who keeps a thing of the kind at a position.
func (c *contents) owner(k *cityKind, f int32, at spatial.Coord) (owner, keeper string) {
	const unrecorded, unrecordedByLand = 6, 25 // percent: an empty owner is normal
	owner, keeper = c.roles.unit(k.owner, c.site, f), c.roles.unit(k.keeper, c.site, f)
	share := int64(unrecorded)
	if k.realm != noRealm {
		share = unrecordedByLand
		if u := c.landlord(k.realm, f, at); u != "" {
			owner, keeper = u, u
		}
	}
	if c.percent(share) {
		owner = ""
	}
	return owner, keeper
}

// state is mostly sound.
func (c *contents) state() string {
	switch n := c.between(1, 1000); {
	case n <= 24:
		return "破损"
	case n <= 31:
		return "丢失"
	case n <= 37:
		return "废弃"
	case n <= 40:
		return "移除"
	}
	return "完好"
}

// Years in which things were put up and changed.
const (
	firstYear, lastYear = 2009, 2025
	daysPerYear         = 12 * 28
)

// calendarDays lists the first 28 days of every month, so that five million
// rows share some thousand texts.
func calendarDays() []string {
	var out []string
	for y := firstYear; y <= lastYear; y++ {
		for m := 1; m <= 12; m++ {
			for d := 1; d <= 28; d++ {
				out = append(out, fmt.Sprintf("%d-%02d-%02d", y, m, d))
			}
		}
	}
	return out
}

// twoDays returns when something was put up and, in a later year, changed.
func (c *contents) twoDays() (day, later string) {
	y := c.between(0, lastYear-firstYear-1)
	z := c.between(y+1, lastYear-firstYear)
	return c.days[y*daysPerYear+c.between(0, daysPerYear-1)], c.days[z*daysPerYear+c.between(0, daysPerYear-1)]
}

// A recorder spreads the wrong records evenly over the rows as they are
// written.
type recorder struct{ total, seen, wanted, done int }

// wrongPerMille of a city's components have a wrong cell on record.
const wrongPerMille = 2

func newRecorder(total int) recorder {
	return recorder{total: total, wanted: (total*wrongPerMille + 500) / 1000}
}

// due tells whether the next that suits is to be recorded wrongly.
func (r *recorder) due() bool {
	return r.done < r.wanted && r.seen >= int(int64(r.total)*int64(r.done)/int64(r.wanted))
}

func (r *recorder) missing() error {
	if r.done < r.wanted {
		return fmt.Errorf("%d wrong cells left over: %w", r.wanted-r.done, errPlan)
	}
	return nil
}

// clearOf is how far from the border a wrong record must lie, so that no error
// of position within the accuracy class excuses it: the class's, and as much
// again.
func clearOf(accuracy string) int64 {
	switch accuracy {
	case "A":
		return 120
	case "B":
		return 220
	}
	return 1_100
}
