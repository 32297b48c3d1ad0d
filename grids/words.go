package grids

import (
	"math"
	"strconv"
	"unicode"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// How far an address still names a position.
const (
	plateWithinM   = 50
	addressWithinM = 200
	// atAddressM is how near a position is at the address itself: about the
	// width of a house, less than what a phone errs by.
	atAddressM = 10
	wordsStepM = 5
)

// The kinds of addresses.
const (
	PlateAddress  = "plate"  // 门牌
	PlaceAddress  = "place"  // 兴趣点
	StreetAddress = "street" // 街巷
	AreaAddress   = "area"   // 片区
)

// Words names a position by the address layer: "东大街12号东北约35米", or "35 m NE
// of 12 Main St" where the name has no Chinese characters. It takes the nearest
// door plate within 50 m, else the nearest plate or place (all but streets and
// areas) within 200 m, else the nearest street within 200 m. The wind is the one of eight in which the
// position lies as seen from the address, the distance is rounded to 5 m; within
// 10 m of the address, and along a street, it is "东大街12号附近" ("near 12 Main
// St"). Where there is no address it is "".
//
// It costs 1 µs and one allocation in a city of 24,000 addresses.
func (s *Snapshot) Words(c spatial.Coord) string {
	x := s.layers[Addresses]
	if x == nil || x.n == 0 {
		return ""
	}
	l := landmarks{all: s.City.Addresses, x: x, ruler: spatial.RulerAt(c)}
	l.look(c, plateWithinM)
	if l.plate.found {
		return wordsFrom(l.plate.address, c, l.plate.distanceM)
	}
	l.look(c, addressWithinM)
	switch {
	case l.any.found:
		return wordsFrom(l.any.address, c, l.any.distanceM)
	case l.street.found:
		return wordsFrom(l.street.address, c, 0)
	}
	return ""
}

// landmarks are the nearest addresses to a position, each with the first code
// of those equally near.
type landmarks struct {
	all   []Address
	x     *layerIndex
	ruler spatial.Ruler

	plate  landmark
	any    landmark // plate, place or what else is no street and no area
	street landmark
}

type landmark struct {
	address   *Address
	distanceM float64
	index     int32
	found     bool
}

func (l *landmark) offer(all []Address, i int32, d float64) {
	if !l.found || d < l.distanceM || d == l.distanceM && i < l.index {
		*l = landmark{&all[i], d, i, true}
	}
}

// look takes in the addresses within a distance. It goes through a window: that
// allocates nothing, which the search for the nearest does.
func (l *landmarks) look(c spatial.Coord, withinM float64) {
	perLon, perLat := crs.MetresPerDegree(c.Lat())
	const perDegree, slack = 1 / spatial.Quantum, 1.01 // the distance is measured half way
	const most = 1e9                                   // 100°, near a pole
	east, north := int32(min(withinM*slack*perDegree/perLon, most)), int32(withinM*slack*perDegree/perLat)
	box := spatial.Box{Min: c, Max: c}.Grow(max(east, north))
	box.Min.Y, box.Max.Y = max(box.Min.Y, c.Y-north), min(box.Max.Y, c.Y+north)
	l.x.points.Search(box, func(i int32) bool {
		l.take(l.x.ofPoint[i], c, withinM)
		return true
	})
	if l.x.tree.Len() > 0 {
		l.x.tree.Search(box, func(i int32) bool {
			l.take(i, c, withinM)
			return true
		})
	}
}

func (l *landmarks) take(i int32, c spatial.Coord, withinM float64) {
	a := &l.all[i]
	d := a.distanceM(c, &l.ruler)
	if d > withinM {
		return
	}
	switch a.Kind {
	case StreetAddress:
		l.street.offer(l.all, i, d)
	case AreaAddress:
	case PlateAddress:
		l.plate.offer(l.all, i, d)
		l.any.offer(l.all, i, d)
	default:
		l.any.offer(l.all, i, d)
	}
}

// wordsFrom words a position by an address so far away.
func wordsFrom(a *Address, c spatial.Coord, distanceM float64) string {
	name := a.Name
	if name == "" {
		name = a.Full
	}
	if name == "" {
		return ""
	}
	chinese := hasHan(name)
	if distanceM <= atAddressM {
		if chinese {
			return name + "附近"
		}
		return "near " + name
	}
	metres := int64(math.Round(distanceM/wordsStepM)) * wordsStepM
	w := windFrom(a.At, c)
	var room [96]byte
	b := room[:0]
	if chinese {
		b = append(append(append(b, name...), chineseWinds[w]...), "约"...)
		return string(append(strconv.AppendInt(b, metres, 10), "米"...))
	}
	b = append(append(strconv.AppendInt(b, metres, 10), " m "...), winds[w]...)
	return string(append(append(b, " of "...), name...))
}

// The winds from the north clockwise.
var (
	winds        = [8]string{"N", "NE", "E", "SE", "S", "SW", "W", "NW"}
	chineseWinds = [8]string{"北", "东北", "东", "东南", "南", "西南", "西", "西北"}
)

// tanEighth is tan 22.5°, √2 − 1: within it of an axis lies the wind of the
// axis.
const tanEighth = 0.41421356237309503

// windFrom is the wind in which b lies as seen from a, north 0, clockwise.
func windFrom(a, b spatial.Coord) int {
	perLon, perLat := crs.MetresPerDegree(a.Lat())
	east, north := float64(int64(b.X)-int64(a.X))*perLon, float64(int64(b.Y)-int64(a.Y))*perLat
	switch {
	case math.Abs(east) <= float64(tanEighth*math.Abs(north)):
		if north >= 0 {
			return 0
		}
		return 4
	case math.Abs(north) <= float64(tanEighth*math.Abs(east)):
		if east > 0 {
			return 2
		}
		return 6
	case east > 0 && north > 0:
		return 1
	case east > 0:
		return 3
	case north < 0:
		return 5
	}
	return 7
}

func hasHan(text string) bool {
	for _, r := range text {
		if r >= unicode.MaxLatin1 && unicode.Is(unicode.Han, r) {
			return true
		}
	}
	return false
}
