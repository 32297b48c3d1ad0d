package detect

import (
	"math"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// hypothesis is a reading that the points may have.
type hypothesis struct {
	Reading
	system crs.System
	// near is where, in the system's own coordinates, the city's points can be:
	// to look at four figures spares most hypotheses the conversion.
	near window
}

// window is a rectangle in some system.
type window struct{ west, south, east, north float64 }

func (w *window) holds(x, y float64) bool {
	return x >= w.west && x <= w.east && y >= w.south && y <= w.north
}

// hypotheses lists all readings that have a place for the city: systems that
// agree there are one, and zones from which it is out of reach are none.
func hypotheses(snap *grids.Snapshot) []*hypothesis {
	box := snap.Box(grids.Cells)
	var out []*hypothesis
	for _, group := range systems(snap.City.Grid, box) {
		near := windowOf(group.system, box)
		notations := []Notation{Metres}
		if group.system.Geographic() {
			notations = angularNotations()
		}
		for _, n := range notations {
			for _, axes := range []Axes{LonLat, LatLon} {
				out = append(out, &hypothesis{
					Reading: Reading{Systems: group.names, Axes: axes, Notation: n}, system: group.system, near: near,
				})
			}
		}
	}
	return out
}

// group is a system with the names of those that are equal to it in the city.
type group struct {
	system crs.System
	names  []string
}

// systems lists the systems that can express the city.
func systems(grid *crs.Grid, box spatial.Box) []group {
	all := crs.All()
	if grid != nil {
		all = append(all, *grid)
	}
	var out []group
next:
	for _, s := range all {
		if !expresses(s, box) {
			continue
		}
		for i := range out {
			if agree(out[i].system, s, box) {
				out[i].names = append(out[i].names, s.Name())
				continue next
			}
		}
		out = append(out, group{s, []string{s.Name()}})
	}
	return out
}

// sides is how many steps along each side of a box are looked at.
const sides = 4

// lattice calls visit for places all over the box, its border included, until
// it returns false.
func lattice(box spatial.Box, visit func(c spatial.Coord) bool) {
	wide, high := int64(box.Max.X)-int64(box.Min.X), int64(box.Max.Y)-int64(box.Min.Y)
	for i := range int64(sides + 1) {
		for j := range int64(sides + 1) {
			c := spatial.Coord{X: int32(int64(box.Min.X) + wide*i/sides), Y: int32(int64(box.Min.Y) + high*j/sides)}
			if !visit(c) {
				return
			}
		}
	}
}

// expresses says whether any place of the box has coordinates in the system.
func expresses(s crs.System, box spatial.Box) (yes bool) {
	lattice(box, func(c spatial.Coord) bool {
		x, y := s.FromCGCS2000(c.Lon(), c.Lat())
		yes = s.Check(x, y) == nil
		return !yes
	})
	return yes
}

// sameM is how far apart systems may be and count as one: by so much WGS 84 has
// moved from CGCS2000.
const sameM = 1

// agree says whether the same figures are the same places in both systems.
func agree(a, b crs.System, box spatial.Box) bool {
	if a.Geographic() != b.Geographic() {
		return false
	}
	same := true
	lattice(box, func(c spatial.Coord) bool {
		x, y := a.FromCGCS2000(c.Lon(), c.Lat())
		if a.Check(x, y) != nil || b.Check(x, y) != nil {
			same = false
			return false
		}
		at, err := spatial.Checked(b.ToCGCS2000(x, y))
		same = err == nil && spatial.DistanceM(at, c) <= sameM
		return same
	})
	return same
}

// windowOf is where the box lies in the system, with room for what lies between
// the places looked at and for the reach of an expectation.
func windowOf(s crs.System, box spatial.Box) window {
	w := window{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	lattice(box, func(c spatial.Coord) bool {
		if x, y := s.FromCGCS2000(c.Lon(), c.Lat()); isFinite(x) && isFinite(y) {
			w.west, w.east = min(w.west, x), max(w.east, x)
			w.south, w.north = min(w.south, y), max(w.north, y)
		}
		return true
	})
	room := 0.01 // degrees
	if !s.Geographic() {
		room = 1000 // metres; a city grid in another unit has the half below
	}
	roomX, roomY := room+(w.east-w.west)/2, room+(w.north-w.south)/2
	return window{w.west - roomX, w.south - roomY, w.east + roomX, w.north + roomY}
}

// place reads two figures; ok is false for what the reading has no place for
// and for places far off the city.
func (h *hypothesis) place(x, y float64) (c spatial.Coord, ok bool) {
	if h.Axes == LatLon {
		x, y = y, x
	}
	if h.system.Geographic() {
		if x, ok = h.Notation.degrees(x); !ok {
			return c, false
		}
		if y, ok = h.Notation.degrees(y); !ok {
			return c, false
		}
	}
	if !h.near.holds(x, y) || h.system.Check(x, y) != nil {
		return c, false
	}
	c, err := spatial.Checked(h.system.ToCGCS2000(x, y))
	return c, err == nil
}
