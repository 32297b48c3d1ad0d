package grids

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/wanmi-gis/wanmi/spatial"
)

// Snapshot is one version of the city, as it holds at one time, indexed and
// immutable. Any number of goroutines may ask it.
//
// Features are named by their index in the layer's slice of City, which is
// sorted by code; spatial.None is no feature. Components that were edited since
// the snapshot was built stand beside their slice, and have indices beyond it:
// ask [Snapshot.Component] and [Snapshot.All].
type Snapshot struct {
	// City has the rows that hold at the snapshot's time. Not to be changed. Its
	// Components are as they were built, without later edits.
	City *City
	// Catalogue has the categories of the city's scheme.
	Catalogue *Catalogue
	// Span is the time in which exactly these rows hold.
	Span Validity

	at     time.Time // at which the rows hold
	whole  *City     // with the rows of other times
	cells  *spatial.Coverage
	chains []chain           // by cell
	zones  *spatial.Coverage // where they are looked up by geometry
	tints  []uint8           // by zone
	layers map[Layer]*layerIndex
}

// chain has what lies above a cell.
type chain struct{ zone, community, street, district int32 }

// layerIndex finds the features of one layer by window and distance.
type layerIndex struct {
	n       int
	feature func(i int32) *Feature
	box     spatial.Box
	// Features that are single points are in points, by their place in ofPoint,
	// which is ascending; the others are in tree.
	points  *spatial.PointSet
	ofPoint []int32
	tree    spatial.Tree[int32]
	// over has the rows changed since, or is nil. n, box, points, ofPoint, tree
	// and derived are without them.
	over    *overlay
	derived *derived
}

// NewSnapshot indexes the rows of the city that hold at t. The city is sorted
// in place and must not be changed afterwards.
func NewSnapshot(city *City, t time.Time) (*Snapshot, error) {
	city.Sort()
	now, span := city.holdingAt(t)
	s := &Snapshot{
		City: now, Catalogue: NewCatalogue(city.Scheme, city.Categories),
		Span: span, at: t, whole: city, layers: map[Layer]*layerIndex{},
	}
	if len(now.Cells) == 0 {
		return nil, fmt.Errorf("city %s %s has no cell that holds at %s", city.Code, city.Name, t.Format(time.RFC3339))
	}
	s.cells = coverageOf(now.Cells, func(c *Cell) *Feature { return &c.Feature })
	if now.ZonesByGeometry {
		s.zones = coverageOf(now.Zones, func(z *Zone) *Feature { return &z.Feature })
	}
	s.chains = now.chains()
	s.tints = zoneTints(now.Zones)
	for _, l := range indexedLayers() {
		s.layers[l] = now.index(l)
	}
	return s, nil
}

// raised returns the same snapshot under another city version.
func (s *Snapshot) raised(version int64) *Snapshot {
	next, now, whole := *s, *s.City, *s.whole
	now.Version, whole.Version = version, version
	next.City, next.whole = &now, &whole
	return &next
}

// Whole returns the city with the rows of all times. Not to be changed.
func (s *Snapshot) Whole() *City { return s.wholeNow() }

func coverageOf[T any](rows []T, feature func(*T) *Feature) *spatial.Coverage {
	shapes := make([]*spatial.Shape, len(rows))
	for i := range rows {
		shapes[i] = feature(&rows[i]).Shape
	}
	return spatial.NewCoverage(spatial.NewAreas(shapes))
}

// chains follows the codes from each cell upward.
func (c *City) chains() []chain {
	out := make([]chain, len(c.Cells))
	for i := range c.Cells {
		ch := chain{zone: spatial.None, community: spatial.None, street: spatial.None, district: spatial.None}
		if !c.ZonesByGeometry {
			ch.zone = find(c.Zones, c.Cells[i].Zone, func(z *Zone) *Feature { return &z.Feature })
		}
		ch.community = find(c.Communities, c.Cells[i].Community, func(d *Community) *Feature { return &d.Feature })
		if ch.community != spatial.None {
			ch.street = find(c.Streets, c.Communities[ch.community].Parent, func(d *Street) *Feature { return &d.Feature })
		}
		if ch.street != spatial.None {
			ch.district = find(c.Districts, c.Streets[ch.street].Parent, func(d *District) *Feature { return &d.Feature })
		}
		out[i] = ch
	}
	return out
}

// find returns the index of the row with the code, or None.
func find[T any](rows []T, code string, feature func(*T) *Feature) int32 {
	if code == "" {
		return spatial.None
	}
	i := sort.Search(len(rows), func(i int) bool { return feature(&rows[i]).Code >= code })
	if i == len(rows) || feature(&rows[i]).Code != code {
		return spatial.None
	}
	return int32(i)
}

// index builds the layer's index. The tree is filled in Hilbert order, which
// packs it; single points are found ten times as fast in a set of their own.
func (c *City) index(l Layer) *layerIndex {
	n, feature := c.rows(l)
	x := &layerIndex{n: n, feature: feature, box: spatial.EmptyBox(), derived: new(derived)}
	single := 0
	for i := range int32(n) {
		f := feature(i)
		x.box = x.box.Union(f.Box())
		if f.Shape == nil {
			single++
		}
	}
	keys, points := make([]uint64, 0, n-single), make([]spatial.Coord, 0, single)
	x.ofPoint = make([]int32, 0, single)
	for i := range int32(n) {
		f := feature(i)
		if f.Shape == nil {
			points, x.ofPoint = append(points, f.At), append(x.ofPoint, i)
			continue
		}
		keys = append(keys, uint64(spatial.HilbertKey(x.box, f.At))<<32|uint64(uint32(i)))
	}
	x.points = spatial.NewPointSet(points)
	slices.Sort(keys)
	for _, k := range keys {
		i := int32(uint32(k))
		x.tree.Insert(feature(i).Box(), i)
	}
	return x
}

// rows gives access to a layer's features by index.
func (c *City) rows(l Layer) (n int, feature func(int32) *Feature) {
	switch l {
	case Districts:
		return len(c.Districts), func(i int32) *Feature { return &c.Districts[i].Feature }
	case Streets:
		return len(c.Streets), func(i int32) *Feature { return &c.Streets[i].Feature }
	case Communities:
		return len(c.Communities), func(i int32) *Feature { return &c.Communities[i].Feature }
	case Zones:
		return len(c.Zones), func(i int32) *Feature { return &c.Zones[i].Feature }
	case Cells:
		return len(c.Cells), func(i int32) *Feature { return &c.Cells[i].Feature }
	case Components:
		return len(c.Components), func(i int32) *Feature { return &c.Components[i].Feature }
	case Addresses:
		return len(c.Addresses), func(i int32) *Feature { return &c.Addresses[i].Feature }
	case Resources:
		return len(c.Resources), func(i int32) *Feature { return &c.Resources[i].Feature }
	case OwnershipAreas:
		return len(c.OwnershipAreas), func(i int32) *Feature { return &c.OwnershipAreas[i].Feature }
	}
	base := c.Base[l]
	return len(base), func(i int32) *Feature { return &base[i].Feature }
}

// Count returns the number of features of a layer.
func (s *Snapshot) Count(l Layer) int {
	if l == Units {
		return len(s.City.Units)
	}
	if x := s.layers[l]; x != nil {
		return x.count()
	}
	return 0
}

// Feature returns feature i of a map layer.
func (s *Snapshot) Feature(l Layer, i int32) *Feature { return s.layers[l].feature(i) }

// Box returns the extent of a map layer; it may be empty.
func (s *Snapshot) Box(l Layer) spatial.Box {
	if x := s.layers[l]; x != nil {
		return x.extent()
	}
	return spatial.EmptyBox()
}

// Find returns the index of the feature with the code, or None.
func (s *Snapshot) Find(l Layer, code string) int32 {
	x := s.layers[l]
	if x == nil || code == "" {
		return spatial.None
	}
	i := sort.Search(x.n, func(i int) bool { return x.feature(int32(i)).Code >= code })
	if x.over != nil {
		return x.over.find(x, int32(i), code)
	}
	if i == x.n || x.feature(int32(i)).Code != code {
		return spatial.None
	}
	return int32(i)
}

// Window returns the features of a layer whose box meets w, in order of FID.
func (s *Snapshot) Window(l Layer, w spatial.Box) []int32 {
	x := s.layers[l]
	if x == nil {
		return nil
	}
	var out []int32
	x.points.Search(w, func(i int32) bool {
		out = append(out, x.ofPoint[i])
		return true
	})
	x.tree.Search(w, func(i int32) bool {
		out = append(out, i)
		return true
	})
	if x.over != nil {
		out = x.over.window(out, w)
	}
	return x.byFID(out, nil)
}

// byFID sorts features, without those to leave out.
func (x *layerIndex) byFID(found []int32, leave func(i int32) bool) []int32 {
	if leave != nil {
		found = slices.DeleteFunc(found, leave)
	}
	slices.SortFunc(found, func(a, b int32) int {
		return cmp.Or(cmp.Compare(x.feature(a).FID, x.feature(b).FID), cmp.Compare(a, b))
	})
	return found
}

// Neighbour is a feature with its distance.
type Neighbour = spatial.Neighbour

// Nearest returns at most k features of a layer within radiusM of c that keep
// accepts (nil for all), nearest first, ties by code.
func (s *Snapshot) Nearest(l Layer, c spatial.Coord, k int, radiusM float64, keep func(i int32) bool) []Neighbour {
	x := s.layers[l]
	if x == nil || k <= 0 {
		return nil
	}
	keep = x.left(keep)
	keepPoint := keep
	if keep != nil {
		keepPoint = func(i int32) bool { return keep(x.ofPoint[i]) }
	}
	out := x.points.Nearest(nil, c, k, radiusM, keepPoint)
	for i := range out {
		out[i].Index = x.ofPoint[out[i].Index]
	}
	if x.tree.Len() == 0 && x.over == nil {
		return out
	}
	find := x.nearestIn
	if len(out) == k {
		radiusM = min(radiusM, out[k-1].DistanceM)
	}
	if len(out) == k || radiusM <= windowM {
		find = x.within // a window as small as that holds few
	}
	out = find(&x.tree, out, c, k, radiusM, keep)
	if x.over != nil {
		out = find(&x.over.tree, out, c, k, radiusM, keep)
	}
	slices.SortFunc(out, func(a, b Neighbour) int {
		return cmp.Or(cmp.Compare(a.DistanceM, b.DistanceM), x.order(a.Index, b.Index))
	})
	return out[:min(k, len(out))]
}

// windowM is a radius within which everything is looked at: nearest first costs
// a queue, and the way to each feature whether it is kept or not.
const windowM = 100

// nearestIn adds the k nearest of the features in the tree that are at most
// radiusM from c, and those as far away as the last of them.
func (x *layerIndex) nearestIn(tree *spatial.Tree[int32], found []Neighbour, c spatial.Coord, k int, radiusM float64, keep func(i int32) bool) []Neighbour {
	if tree.Len() == 0 {
		return found
	}
	ruler, before := spatial.RulerAt(c), len(found)
	tree.Nearest(c, func(i int32) float64 { return x.feature(i).distanceM(c, &ruler) },
		func(i int32, d float64) bool {
			if d > radiusM || (len(found)-before >= k && d > found[len(found)-1].DistanceM) {
				return false
			}
			if keep == nil || keep(i) {
				found = append(found, Neighbour{Index: i, DistanceM: d})
			}
			return true
		})
	return found
}

// within adds all features in the tree that are at most radiusM from c.
func (x *layerIndex) within(tree *spatial.Tree[int32], found []Neighbour, c spatial.Coord, _ int, radiusM float64, keep func(i int32) bool) []Neighbour {
	if tree.Len() == 0 {
		return found
	}
	ruler := spatial.RulerAt(c)
	tree.Search(spatial.BoxAround(c, radiusM), func(i int32) bool {
		if keep != nil && !keep(i) {
			return true
		}
		if d := x.feature(i).distanceM(c, &ruler); d <= radiusM {
			found = append(found, Neighbour{Index: i, DistanceM: d})
		}
		return true
	})
	return found
}

// distanceM is the distance from c, where the ruler lies; 0 inside a polygon.
func (f *Feature) distanceM(c spatial.Coord, ruler *spatial.Ruler) float64 {
	if f.Shape == nil {
		return ruler.DistanceM(f.At)
	}
	if side, _ := f.Shape.Contains(c); side != spatial.Outside {
		return 0
	}
	return f.Shape.DistanceM(c)
}

// Unit returns the unit with the code, or nil.
func (s *Snapshot) Unit(code string) *Unit {
	us := s.City.Units
	i, ok := slices.BinarySearchFunc(us, code, func(u Unit, c string) int { return strings.Compare(u.Code, c) })
	if !ok {
		return nil
	}
	return &us[i]
}
