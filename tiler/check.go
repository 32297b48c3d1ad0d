package tiler

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Severity says how bad a fault of a tile is.
type Severity uint8

// What the specification advises against, what it forbids, and what no two
// readers can be trusted to see alike.
const (
	Advice     Severity = iota
	Broken              // Decode reads it
	Unreadable          // Decode refuses it
)

// Fault is one thing wrong with a tile.
type Fault struct {
	Place    Place
	Severity Severity
	Reason   string
}

// Place says where in a tile. Numbers count from 1; 0 is the whole.
type Place struct {
	Layer   int
	Name    string // of the layer, where it is known
	Feature int
	Part    int
}

// String returns the place as it stands in a report: layer 2 "roads", feature 7.
func (p Place) String() string {
	if p.Layer == 0 {
		return "tile"
	}
	s := "layer " + strconv.Itoa(p.Layer)
	if p.Name != "" {
		s += " " + strconv.Quote(clipped(p.Name))
	}
	if p.Feature > 0 {
		s += ", feature " + strconv.Itoa(p.Feature)
	}
	if p.Part > 0 {
		s += ", part " + strconv.Itoa(p.Part)
	}
	return s
}

// clipped keeps what a report repeats of a tile's text short.
func clipped(s string) string {
	if len(s) > maxQuoted {
		return s[:maxQuoted] + "…"
	}
	return s
}

// maxFaults bounds the faults of each severity that Check returns.
const maxFaults = 100

// Check holds a tile, not compressed, to every rule of the MVT 2.1
// specification that can be seen in the tile alone, and returns all faults in
// the order of the tile, up to 100 of each severity; none is a valid tile.
// Layers of version 1 are free of the rules for rings, which are of version 2.
//
// It does not compare rings of a polygon with each other beyond their boxes:
// whether they cross is a question about the data, which
// [github.com/wanmi-gis/wanmi/spatial/repair] answers. Nor does it set a limit
// to the buffer around a tile; the specification has none.
func Check(b []byte) []Fault {
	j := judge{names: map[string]int{}}
	r := tileReader{judge: &j}
	r.tile(b)
	return j.faults
}

// judge applies the rules beyond reading. It shares nothing with the encoder.
type judge struct {
	faults []Fault
	counts [Unreadable + 1]int
	names  map[string]int // layer numbers
	// Of the layer being read, as feature numbers: who has an id, who last used
	// a key.
	ids    map[uint64]int
	usedBy []int
}

func (j *judge) report(p Place, s Severity, reason string) {
	if j.counts[s]++; j.counts[s] <= maxFaults {
		j.faults = append(j.faults, Fault{p, s, reason})
	}
}

// unknownField judges a field by its number: 16 and up are left to extensions.
func (j *judge) unknownField(p Place, number uint32) {
	if number < 16 {
		j.report(p, Broken, fmt.Sprintf("field %d does not exist", number))
	} else {
		j.report(p, Advice, fmt.Sprintf("field %d is an extension", number))
	}
}

func (j *judge) text(p Place, what, s string) {
	if !utf8.ValidString(s) {
		j.report(p, Broken, fmt.Sprintf("%s %q is not UTF-8", what, clipped(s)))
	}
}

func (j *judge) layer(p Place, l *TileLayer, features int) {
	if first := j.names[l.Name]; first != 0 {
		j.report(p, Broken, fmt.Sprintf("layer %d has the same name", first))
	} else {
		j.names[l.Name] = p.Layer
	}
	if l.Name == "" {
		j.report(p, Broken, "the name is empty")
	}
	if features == 0 {
		j.report(p, Advice, "no features")
	}
	j.text(p, "name", l.Name)
	keys := make(map[string]bool, len(l.Keys))
	for _, k := range l.Keys {
		j.text(p, "key", k)
		if keys[k] {
			j.report(p, Advice, fmt.Sprintf("key %q stands twice", clipped(k)))
		}
		keys[k] = true
	}
	values := make(map[Value]bool, len(l.Values))
	for _, v := range l.Values {
		j.text(p, "value", v.Text)
		if values[v] {
			j.report(p, Advice, fmt.Sprintf("value %q stands twice", clipped(fmt.Sprint(v.Any()))))
		}
		values[v] = true
	}
	j.ids = make(map[uint64]int, features)
	j.usedBy = make([]int, len(l.Keys))
}

func (j *judge) feature(p Place, l *TileLayer, f *TileFeature, typed bool) {
	if !typed {
		j.report(p, Broken, "no geometry type")
	}
	if f.HasID {
		if first := j.ids[f.ID]; first != 0 {
			j.report(p, Advice, fmt.Sprintf("feature %d has the same id %d", first, f.ID))
		} else {
			j.ids[f.ID] = p.Feature
		}
	}
	for i := 0; i < len(f.Tags); i += 2 {
		key := f.Tags[i]
		if j.usedBy[key] == p.Feature {
			j.report(p, Broken, fmt.Sprintf("key %q twice", clipped(l.Keys[key])))
		}
		j.usedBy[key] = p.Feature
	}
	switch f.Type {
	case typeLine:
		for i, line := range f.Parts {
			p.Part = i + 1
			j.moves(p, line)
		}
	case typePolygon:
		j.rings(p, l, f.Parts)
	}
}
