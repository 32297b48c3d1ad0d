package batch

import (
	"math"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// shifted undoes GCJ-02 and BD-09 for one worker. After manyShifted rows it does
// so by a table, whose answer counts where it leaves no doubt about the lattice
// position: one row in 250 is undone as the first ones are, and all get the
// position that these would.
type shifted struct {
	rows  int
	table *crs.Table
}

// manyShifted is how many rows pay for filling a table: 1 µs for each square of
// 100 m that has a row.
const manyShifted = 20_000

// marginQuanta is how near to the middle between two lattice positions doubt
// begins: ten times what a table may err by.
const marginQuanta = 10 * crs.TableErrorDeg / spatial.Quantum

// coord returns the lattice position that [finder.coord] gives, where it is sure.
func (s *shifted) coord(f *finder, x, y float64) (c spatial.Coord, sure bool) {
	if s.table == nil {
		if s.rows++; s.rows == manyShifted {
			s.table = tableOf(f.sys, f.snap)
		}
		return c, false
	}
	lon, lat, ok := s.table.ToCGCS2000(x, y)
	if !ok {
		return c, false
	}
	var sureX, sureY bool
	c.X, sureX = quanta(lon)
	c.Y, sureY = quanta(lat)
	return c, sureX && sureY
}

// quanta rounds degrees as [spatial.At] does, and says whether degrees that
// differ by a table's error round alike.
func quanta(degrees float64) (n int32, sure bool) {
	v := float64(degrees / spatial.Quantum)
	r := math.RoundToEven(v)
	return int32(r), math.Abs(v-r) < 0.5-marginQuanta
}

// tableOf makes a table for the city and 1 km around it; nil where there is none.
func tableOf(sys crs.System, s *grids.Snapshot) *crs.Table {
	const around = 100_000
	b := s.Box(grids.Cells).Grow(around)
	return crs.NewTable(sys, b.Min.Lon(), b.Min.Lat(), b.Max.Lon(), b.Max.Lat())
}
