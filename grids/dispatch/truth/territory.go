package truth

import (
	"math"
	"math/rand/v2"
	"strings"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// territory is who answers for the ground: zones by cell, areas by class.
type territory struct {
	plane plane
	city  *grids.City

	cells   []area
	cellsAt squares
	unitOf  []string // by cell: of its zone
	weights []float64

	areas   []area
	areasAt squares

	borders   []edge // between cells of different units
	bordersAt squares
	reach     []float64 // running length of the borders
	areaM2    float64
}

type edge struct{ a, b point }

func newTerritory(c *grids.City) *territory {
	t := &territory{plane: newPlane(c), city: c}
	zones := map[string]string{}
	for i := range c.Zones {
		zones[c.Zones[i].Code] = c.Zones[i].Unit
	}
	for i := range c.Cells {
		a := t.plane.area(c.Cells[i].Shape)
		t.cells = append(t.cells, a)
		t.cellsAt.add(int32(i), a.minX, a.minY, a.maxX, a.maxY)
		t.unitOf = append(t.unitOf, zones[c.Cells[i].Zone])
		t.areaM2 += c.Cells[i].AreaM2
		t.weights = append(t.weights, t.areaM2)
	}
	for i := range c.OwnershipAreas {
		a := t.plane.area(c.OwnershipAreas[i].Shape)
		t.areas = append(t.areas, a)
		t.areasAt.addArea(int32(i), &a)
	}
	t.findBorders()
	return t
}

// findBorders pairs the edges of cells: neighbours share them vertex for vertex.
func (t *territory) findBorders() {
	type key [2]spatial.Coord
	first := map[key]int{}
	length := 0.0
	for i := range t.city.Cells {
		s := t.city.Cells[i].Shape
		from := 0
		for _, end := range s.Ends {
			part := s.Coords[from:end]
			from = int(end)
			a := part[len(part)-1]
			for _, b := range part {
				k := key{a, b}
				if a.X > b.X || (a.X == b.X && a.Y > b.Y) {
					k = key{b, a}
				}
				if other, met := first[k]; !met {
					first[k] = i
				} else if t.unitOf[other] != t.unitOf[i] {
					e := edge{t.plane.of(k[0]), t.plane.of(k[1])}
					t.bordersAt.add(int32(len(t.borders)), min(e.a.x, e.b.x), min(e.a.y, e.b.y), max(e.a.x, e.b.x), max(e.a.y, e.b.y))
					t.borders = append(t.borders, e)
					length += math.Hypot(e.b.x-e.a.x, e.b.y-e.a.y)
					t.reach = append(t.reach, length)
				}
				a = b
			}
		}
	}
}

// zoneUnit is the unit of the zone that holds a point, "" outside all.
func (t *territory) zoneUnit(q point) string {
	for _, i := range t.cellsAt.at(q) {
		if t.cells[i].holds(q) {
			return t.unitOf[i]
		}
	}
	return ""
}

// groundUnit is who answers at a point for a component class without an owner:
// the area's unit, else the zone's.
func (t *territory) groundUnit(category string, q point) string {
	for _, i := range t.areasAt.at(q) {
		a := &t.city.OwnershipAreas[i]
		if a.Unit != "" && listed(a.Category, category) && t.areas[i].holds(q) {
			return a.Unit
		}
	}
	return t.zoneUnit(q)
}

func listed(list, code string) bool {
	for entry := range strings.SplitSeq(list, ",") {
		if entry == code || (len(entry) == 2 && strings.HasPrefix(code, entry)) {
			return true
		}
	}
	return false
}

// nearM is within how many metres of a border a case counts as near it.
const nearM = 10

// toBorder is how far the nearest border of units is, at most most.
func (t *territory) toBorder(q point, most float64) float64 {
	best := most
	t.bordersAt.around(q, most, func(i int32) {
		best = min(best, toSegment(q, t.borders[i].a, t.borders[i].b))
	})
	return best
}

// nearGround reports whether another unit answers for the class within nearM:
// looked at in 16 directions at the end and 8 half way.
func (t *territory) nearGround(category string, q point) bool {
	own := t.groundUnit(category, q)
	for i := range 16 {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / 16)
		if t.groundUnit(category, point{q.x + nearM*cos, q.y + nearM*sin}) != own {
			return true
		}
		if i%2 == 0 && t.groundUnit(category, point{q.x + nearM/2*cos, q.y + nearM/2*sin}) != own {
			return true
		}
	}
	return false
}

// atBorder draws a point within nearM of a border.
func (t *territory) atBorder(r *rand.Rand) point {
	for {
		at := r.Float64() * t.reach[len(t.reach)-1]
		e := t.borders[search(t.reach, at)]
		u := r.Float64()
		dx, dy := e.b.x-e.a.x, e.b.y-e.a.y
		l := math.Hypot(dx, dy)
		off := (2*r.Float64() - 1) * nearM
		q := point{e.a.x + u*dx - dy/l*off, e.a.y + u*dy + dx/l*off}
		if t.zoneUnit(q) != "" {
			return q
		}
	}
}

// offBorder draws a point of the city farther than nearM from every border.
func (t *territory) offBorder(r *rand.Rand) point {
	for {
		i := search(t.weights, r.Float64()*t.areaM2)
		a := &t.cells[i]
		q := point{a.minX + r.Float64()*(a.maxX-a.minX), a.minY + r.Float64()*(a.maxY-a.minY)}
		if a.holds(q) && t.toBorder(q, nearM+1) > nearM {
			return q
		}
	}
}

// search finds the first running sum above v.
func search(sums []float64, v float64) int {
	lo, hi := 0, len(sums)-1
	for lo < hi {
		mid := (lo + hi) / 2
		if sums[mid] > v {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}
