package importers

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/spatial"
)

// place reads where the case is, and the cell and zone that the table does not
// give.
func (c *CaseReader) place(d *cases.Draft) {
	var at [2]float64
	for i, column := range [...]int{c.x, c.y} {
		text := c.row.cell(column)
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			c.faultf("%s %.60q: not a number", c.header[column], text)
			return
		}
		at[i] = v
	}
	err := c.system.Check(at[0], at[1])
	var pos spatial.Coord
	if err == nil {
		pos, err = spatial.Checked(c.system.ToCGCS2000(at[0], at[1]))
	}
	if err != nil {
		c.near.far++
		c.faultf("%s, %s: %w", c.header[c.x], c.header[c.y], err)
		return
	}
	if d.At = pos; !c.near.holds(pos) {
		c.faultf("%s, %s: %.7f,%.7f is more than %d km from the city", c.header[c.x], c.header[c.y], pos.Lon(), pos.Lat(), farM/1000)
		return
	}
	place := c.snap.Locate(pos)
	if place.Cell == spatial.None {
		c.stats.Outside++
	}
	if d.Cell == "" && place.Cell != spatial.None {
		d.Cell = c.snap.Feature(grids.Cells, place.Cell).Code
	}
	if d.Zone == "" && place.Zone != spatial.None {
		d.Zone = c.snap.Feature(grids.Zones, place.Zone).Code
	}
}

// farM is how far from the cells a case may be: commuter belts and motorways are
// handled by a city, its neighbour's centre is not.
const farM = 50_000

// farRows is after how many places, all of them far, a table is refused as a whole.
const farRows = 200

// nearness tells places near the city, and tables of which none is.
type nearness struct {
	box       spatial.Box
	near, far int
}

func nearTo(snap *grids.Snapshot) nearness {
	box := snap.Box(grids.Cells)
	return nearness{box: spatial.BoxAround(box.Min, farM).Union(spatial.BoxAround(box.Max, farM)).Union(box)}
}

func (n *nearness) holds(at spatial.Coord) bool {
	ok := n.box.Holds(at)
	if ok {
		n.near++
	} else {
		n.far++
	}
	return ok
}

// ErrElsewhere is a table of which no place is near the city.
var ErrElsewhere = errors.New("no place is near the city")

func (n *nearness) verdict(whole bool) error {
	if n.near > 0 || n.far == 0 || (!whole && n.far < farRows) {
		return nil
	}
	b := n.box.Bound()
	return fmt.Errorf("%w: %d places are not in %.2f,%.2f to %.2f,%.2f; are crs, lon and lat right? wanmi check-crs says what fits",
		ErrElsewhere, n.far, b.Min[0], b.Min[1], b.Max[0], b.Max[1])
}
