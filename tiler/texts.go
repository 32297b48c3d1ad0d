package tiler

import (
	"slices"
	"strings"
)

// texts holds the attribute values of a layer's features as they stand in a
// tile, each once, so that a tile copies them and needs no map.
type texts struct {
	fields  int
	numbers []uint32 // of feature i: numbers[i·fields:][:fields]
	encoded []byte   // values fields, one after the other
	values  []text   // by number
}

// text is a value at encoded[from:to].
type text struct {
	from, to uint32
	once     bool // only one feature has it
}

// noText stands for an empty value, which no tile has.
const noText = ^uint32(0)

// newTexts numbers the values in the order they are first seen; the bytes of a
// tile do not depend on the numbers.
func newTexts(features []Feature) texts {
	var t texts
	for i := range features {
		t.fields = max(t.fields, len(features[i].Values))
	}
	index := map[string]uint32{}
	t.numbers = make([]uint32, 0, len(features)*t.fields)
	for i := range features {
		for k := range t.fields {
			n := noText
			if values := features[i].Values; k < len(values) && values[k] != "" {
				n = t.number(index, values[k])
			}
			t.numbers = append(t.numbers, n)
		}
	}
	t.encoded, t.values = slices.Clip(t.encoded), slices.Clip(t.values)
	return t
}

func (t *texts) number(index map[string]uint32, value string) uint32 {
	value = strings.ToValidUTF8(value, "\uFFFD") // as dictionary.add
	n, seen := index[value]
	if seen {
		t.values[n].once = false
		return n
	}
	n = uint32(len(t.values))
	index[value] = n
	from := uint32(len(t.encoded))
	t.encoded = append(t.encoded, keyLayerValues)
	t.encoded = appendVarint(t.encoded, uint64(fieldLen(len(value))))
	t.encoded = appendField(t.encoded, keyValueString, value)
	t.values = append(t.values, text{from, uint32(len(t.encoded)), true})
	return n
}

// textNumbers gives the texts of one layer their numbers in a tile.
type textNumbers struct {
	// given has by text the round it was last written in, above, and its
	// number then, below, so that nothing has to be cleared.
	given []uint64
	round uint64
}

func (g *textNumbers) begin(t *texts) {
	if len(g.given) < len(t.values) {
		g.given = append(g.given, make([]uint64, len(t.values)-len(g.given))...)
	}
	g.round++
}

// in returns the number of a text among the tile's values, and writes it there
// the first time.
func (g *textNumbers) in(d *dictionary, t *texts, n uint32) uint32 {
	v, round := t.values[n], g.round
	if v.once {
		return d.copied(t.encoded[v.from:v.to])
	}
	if g := g.given[n]; g>>32 == round {
		return uint32(g)
	}
	at := d.copied(t.encoded[v.from:v.to])
	g.given[n] = round<<32 | uint64(at)
	return at
}

// copied adds a value that is encoded and not there yet.
func (d *dictionary) copied(encoded []byte) uint32 {
	d.encoded = append(d.encoded, encoded...)
	d.count++
	return d.count - 1
}
