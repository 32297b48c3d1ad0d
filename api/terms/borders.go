package terms

import (
	"math"
	"strings"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// BorderKey is the key of a border of zones as dispatch.Quality has it.
func BorderKey(a, b string) string { return min(a, b) + "|" + max(a, b) }

// BorderZones are the two zones of a key.
func BorderZones(key string) (a, b string) {
	a, b, _ = strings.Cut(key, "|")
	return a, b
}

// How a border is found: an edge of a cell is looked across every pieceM, at a spot
// beyondM off it.
const (
	pieceM  = 10
	beyondM = 0.2
)

// BorderLines finds the borders of zones, by key, as lines along the edges of their
// cells.
func BorderLines(s *grids.Snapshot, wanted map[string]bool) map[string][][]spatial.Coord {
	out := map[string][][]spatial.Coord{}
	zones := map[int32]bool{}
	for key := range wanted {
		a, _ := BorderZones(key)
		zones[s.Find(grids.Zones, a)] = true
	}
	for i := range s.City.Cells {
		zone, _, _, _ := s.Chain(int32(i))
		if zone == spatial.None || !zones[zone] {
			continue
		}
		b := bordering{s, s.City.Zones[zone].Code, wanted, out}
		shape := s.City.Cells[i].Shape
		for part := range shape.Ends {
			ring := shape.Part(part)
			p := ring[len(ring)-1]
			for _, q := range ring {
				b.edge(p, q)
				p = q
			}
		}
	}
	return out
}

type bordering struct {
	s      *grids.Snapshot
	zone   string
	wanted map[string]bool
	out    map[string][][]spatial.Coord
}

// edge adds the pieces of an edge of the zone's cell beyond which a zone lies that
// comes after it, so that each border is found once.
func (b *bordering) edge(p, q spatial.Coord) {
	length := spatial.DistanceM(p, q)
	n := max(int(math.Ceil(length/pieceM)), 1)
	at := func(t float64) spatial.Coord {
		return spatial.Coord{
			X: p.X + int32(math.Round(t*(float64(q.X)-float64(p.X)))),
			Y: p.Y + int32(math.Round(t*(float64(q.Y)-float64(p.Y)))),
		}
	}
	for k := range n {
		from, to := at(float64(k)/float64(n)), at(float64(k+1)/float64(n))
		if key := b.beyond(at((float64(k)+0.5)/float64(n)), p, q, length); key != "" {
			b.add(key, from, to)
		}
	}
}

// beyond is the key of the border at the middle of a piece, "" for none.
func (b *bordering) beyond(middle, p, q spatial.Coord, length float64) string {
	across := beyondM / max(length, beyondM)
	// A quantum is not as wide as high; to look across is all that counts.
	dx, dy := float64(q.Y)-float64(p.Y), float64(p.X)-float64(q.X)
	for _, side := range [...]float64{across, -across} {
		c := spatial.Coord{X: middle.X + int32(math.Round(dx*side)), Y: middle.Y + int32(math.Round(dy*side))}
		place := b.s.Locate(c)
		if place.Status != grids.StatusInside || place.Zone == spatial.None {
			continue
		}
		other := b.s.City.Zones[place.Zone].Code
		if key := BorderKey(b.zone, other); other > b.zone && b.wanted[key] {
			return key
		}
	}
	return ""
}

// add lengthens the last line of a border, or begins another.
func (b *bordering) add(key string, from, to spatial.Coord) {
	lines := b.out[key]
	if n := len(lines); n > 0 && lines[n-1][len(lines[n-1])-1] == from {
		lines[n-1] = append(lines[n-1], to)
		return
	}
	b.out[key] = append(lines, []spatial.Coord{from, to})
}
