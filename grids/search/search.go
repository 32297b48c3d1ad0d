package search

import (
	"math"
	"strings"
	"unicode/utf8"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// Match says why something was found.
type Match string

// Ways to be found, best first. Coordinates stand before all others where they
// are in the city and after all others where they are not.
const (
	ByCode        Match = "code"     // the whole code
	ByName        Match = "name"     // the whole name or full address
	ByPrefix      Match = "prefix"   // the beginning of the code or name
	ByPart        Match = "contains" // a part of the name
	ByPinyin      Match = "pinyin"   // whole syllables
	ByInitials    Match = "initials" // initials of syllables
	Forgiven      Match = "fuzzy"    // with one typing error
	ByCoordinates Match = "coordinates"
)

// LayerPosition is the layer of what is found by coordinates: a position
// alone.
const LayerPosition grids.Layer = "position"

// Query is a question to an index.
type Query struct {
	Text string
	// Near brings what is near to the front of what matches equally well.
	Near *spatial.Coord
	// CRS is the system of coordinates in the text that do not name theirs; nil
	// where it is to be found out.
	CRS crs.System
	// Limit is how many results are wanted after the first Offset.
	Limit, Offset int
}

// Result is something found.
type Result struct {
	Layer grids.Layer
	// Index is the row in the layer, spatial.None for a position.
	Index int32
	Match Match
	Code  string
	Name  string
	Kind  string // of an address, unit or resource
	Full  string // of an address
	// At is where it is, unless it is Nowhere, as units are.
	At      spatial.Coord
	Nowhere bool
	// DistanceM is the distance to Near, NaN without one.
	DistanceM float64
	// CRS is the system in which coordinates were read.
	CRS string
}

// MaxResults is how deep a search goes: Offset and Limit together.
const MaxResults = 1000

// Search returns what matches, best first, and whether there is more. Within a
// way of matching what is whole comes before beginnings and those before parts;
// then what is nearer to Near, then divisions, zones, places, units, resources,
// cells, components and door plates, then the code.
//
// A street stands for its plates: they are listed where the text is the whole
// name of the street or has a number. Typing errors are forgiven where little
// else is found. A beginning of a code lists at most MaxResults of a layer.
func (x *Index) Search(q Query) (found []Result, more bool) {
	wanted := q.Offset + q.Limit
	if q.Limit <= 0 || q.Offset < 0 || wanted > MaxResults || utf8.RuneCountInString(q.Text) > MaxRunes {
		return nil, false
	}
	here, elsewhere := x.positions(q)
	h := &hits{x: x, near: q.Near, keep: wanted + 1}
	if h.near != nil {
		h.ruler = spatial.RulerAt(*h.near)
	}
	h.codes(strings.TrimSpace(q.Text))
	if text := fold(q.Text); text != "" {
		h.text(text)
	}
	all := here
	for _, one := range h.sorted() {
		all = append(all, x.result(one, q.Near))
	}
	all = append(all, elsewhere...)
	more = len(all) > wanted
	return all[min(q.Offset, len(all)):min(wanted, len(all))], more
}

// positions are the results that coordinates in the text give, in the city and
// elsewhere.
func (x *Index) positions(q Query) (here, elsewhere []Result) {
	for _, p := range Positions(x.s, q.Text, q.CRS) {
		r := Result{Layer: LayerPosition, Index: spatial.None, Match: ByCoordinates, At: p.At, CRS: p.CRS, DistanceM: math.NaN()}
		r.Name = x.s.Words(p.At)
		if q.Near != nil {
			r.DistanceM = spatial.DistanceM(*q.Near, p.At)
		}
		if p.InCity {
			here = append(here, r)
		} else {
			elsewhere = append(elsewhere, r)
		}
	}
	return here, elsewhere
}

// result describes a hit.
func (x *Index) result(h hit, near *spatial.Coord) Result {
	r := Result{Layer: layers[h.layer], Index: h.index, Match: h.rank.match(), DistanceM: math.NaN()}
	if h.layer == units {
		u := &x.s.City.Units[h.index]
		r.Code, r.Name, r.Kind, r.Nowhere = u.Code, u.Name, u.Kind, true
		return r
	}
	f := x.s.Feature(r.Layer, h.index)
	r.Code, r.Name, r.At = f.Code, f.Name, f.At
	if near != nil {
		r.DistanceM = h.distanceM
	}
	switch h.layer {
	case addresses:
		a := &x.s.City.Addresses[h.index]
		r.Kind, r.Full = a.Kind, a.Full
	case resources:
		r.Kind = x.s.City.Resources[h.index].Kind
	}
	return r
}
