package search

import (
	"strings"
	"sync"
	"weak"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// layerID is the place of a layer in layers, which is also the order in which
// equally good answers come.
type layerID uint8

const (
	districts layerID = iota
	streets
	communities
	zones
	addresses
	units
	resources
	cells
	components
)

// layers are what can be found.
var layers = [...]grids.Layer{
	grids.Districts, grids.Streets, grids.Communities, grids.Zones, grids.Addresses,
	grids.Units, grids.Resources, grids.Cells, grids.Components,
}

// Index finds the rows of one snapshot. Any number of goroutines may ask it.
//
// Its memory is 16 bytes for each door plate and some 90 for each name.
type Index struct {
	s *grids.Snapshot
	// addresses is apart from the other names: it is large and seldom changes,
	// they are few, and resources change all day.
	addresses, others *table
}

// NewIndex indexes a snapshot. 24,000 addresses take 40 ms.
func NewIndex(s *grids.Snapshot) *Index {
	return &Index{s: s, addresses: addressTable(s.City), others: otherTable(s.City)}
}

// Bytes returns the memory the index takes beside the snapshot.
func (x *Index) Bytes() int { return x.addresses.bytes() + x.others.bytes() }

// Cache makes the indices of the snapshots that a server publishes one after the
// other. A snapshot that has the rows of the last, slice for slice, gets its
// names again: an edit of a component costs nothing here. The zero value is
// ready for use by any number of goroutines.
//
// It keeps no snapshot alive.
type Cache struct {
	mu                sync.Mutex
	addresses, others tables
}

// tables is a table with the identity of the rows that it was made from.
type tables struct {
	of    rowsKey
	table *table
}

// rowsKey tells slices apart without holding them.
type rowsKey struct {
	districts   sliceKey[grids.District]
	streets     sliceKey[grids.Street]
	communities sliceKey[grids.Community]
	zones       sliceKey[grids.Zone]
	addresses   sliceKey[grids.Address]
	resources   sliceKey[grids.Resource]
	units       sliceKey[grids.Unit]
}

type sliceKey[T any] struct {
	first weak.Pointer[T]
	n     int
}

func keyOf[T any](rows []T) (k sliceKey[T]) {
	if len(rows) > 0 {
		k.first, k.n = weak.Make(&rows[0]), len(rows)
	}
	return k
}

// Index returns the index of the snapshot. The first of a city takes the time
// of [NewIndex]; who asks meanwhile waits for it.
func (c *Cache) Index(s *grids.Snapshot) *Index {
	c.mu.Lock()
	defer c.mu.Unlock()
	city := s.City
	// Full addresses are split by the names of divisions.
	key := rowsKey{
		districts: keyOf(city.Districts), streets: keyOf(city.Streets), communities: keyOf(city.Communities),
		addresses: keyOf(city.Addresses),
	}
	if c.addresses.table == nil || c.addresses.of != key {
		c.addresses = tables{key, addressTable(city)}
	}
	key.addresses = sliceKey[grids.Address]{}
	key.zones, key.resources, key.units = keyOf(city.Zones), keyOf(city.Resources), keyOf(city.Units)
	if c.others.table == nil || c.others.of != key {
		c.others = tables{key, otherTable(city)}
	}
	return &Index{s: s, addresses: c.addresses.table, others: c.others.table}
}

func otherTable(city *grids.City) *table {
	b := newBuilder()
	for i := range city.Districts {
		b.addRow(fold(city.Districts[i].Name), "", "", districts, int32(i))
	}
	for i := range city.Streets {
		b.addRow(fold(city.Streets[i].Name), "", "", streets, int32(i))
	}
	for i := range city.Communities {
		b.addRow(fold(city.Communities[i].Name), "", "", communities, int32(i))
	}
	for i := range city.Zones {
		b.addRow(fold(city.Zones[i].Name), "", "", zones, int32(i))
	}
	for i := range city.Units {
		b.addRow(fold(city.Units[i].Name), "", "", units, int32(i))
	}
	for i := range city.Resources {
		b.addRow(fold(city.Resources[i].Name), "", "", resources, int32(i))
	}
	return b.table()
}

func addressTable(city *grids.City) *table {
	b := newBuilder()
	var odd []int32
	for i := range city.Addresses {
		a := &city.Addresses[i]
		name, full := fold(a.Name), fold(a.Full)
		region, ends := strings.CutSuffix(full, name)
		switch bare := isPlate(a, name) && len(splits(name)) == 0; {
		case full == "":
			b.addAddress(a, name, "", int32(i))
		case ends && name != "" && !bare:
			b.addAddress(a, name, region, int32(i))
		default:
			odd = append(odd, int32(i))
			if !bare {
				b.addAddress(a, name, "", int32(i))
			}
		}
	}
	// Where the name says less than the full address ("12号") or something else,
	// the regions of the others tell where in it the street begins.
	divisions := divisionNames(city)
	for _, i := range odd {
		a := &city.Addresses[i]
		full := fold(a.Full)
		rest := full[b.regions.longest(full):]
		_, rest = strip(rest, func(name string) bool { return divisions[name] })
		b.addAddress(a, rest, strings.TrimSuffix(full, rest), i)
	}
	return b.table()
}

// addAddress adds an address by one of its names.
func (b *builder) addAddress(a *grids.Address, name, region string, i int32) {
	if isPlate(a, name) {
		if s := splits(name); len(s) > 0 {
			b.addDoor(s[0], name, a.Pinyin, region, i)
			return
		}
	}
	b.addRow(name, a.Pinyin, region, addresses, i)
}

// isPlate tells a door plate from a place whose name has a number in it.
func isPlate(a *grids.Address, folded string) bool {
	return a.Kind == grids.PlateAddress || a.Kind == "" && strings.HasSuffix(folded, "号")
}

// nameSet has the folded names of divisions.
type nameSet map[string]bool

func divisionNames(city *grids.City) nameSet {
	out := nameSet{}
	add := func(name string) {
		if name = fold(name); name != "" {
			out[name] = true
		}
	}
	add(city.Name)
	for i := range city.Districts {
		add(city.Districts[i].Name)
	}
	for i := range city.Streets {
		add(city.Streets[i].Name)
	}
	for i := range city.Communities {
		add(city.Communities[i].Name)
	}
	return out
}

// strip takes the names of divisions off the beginning of a folded text, the
// longest first; something is always left.
func strip(text string, division func(name string) bool) (taken []string, rest string) {
	for {
		longest := 0
		for i := range text {
			if i > 0 && division(text[:i]) {
				longest = i
			}
		}
		if longest == 0 {
			return taken, text
		}
		taken, text = append(taken, text[:longest]), text[longest:]
	}
}

// inRegion takes what addresses have before their names off a text: the whole
// of it for some address, or the names of divisions.
func (x *Index) inRegion(text string) (taken []string, rest string) {
	longest := ""
	for _, region := range x.addresses.regions {
		if len(region) > len(longest) && len(region) < len(text) && strings.HasPrefix(text, region) {
			longest = region
		}
	}
	if longest != "" {
		return []string{longest}, text[len(longest):]
	}
	return strip(text, x.division)
}

// division tells whether a folded text is the name of a division or the city.
func (x *Index) division(name string) bool {
	if i := x.others.find(name); i >= 0 {
		for _, r := range x.others.rowsOf(i) {
			if r.layer <= communities {
				return true
			}
		}
	}
	return name == fold(x.s.City.Name)
}

// code returns the code of row i of a layer.
func (x *Index) code(l layerID, i int32) string {
	if l == units {
		return x.s.City.Units[i].Code
	}
	return x.s.Feature(layers[l], i).Code
}

// at returns where row i of a layer is; units are nowhere.
func (x *Index) at(l layerID, i int32) (at spatial.Coord, somewhere bool) {
	if l == units {
		return at, false
	}
	return x.s.Feature(layers[l], i).At, true
}
