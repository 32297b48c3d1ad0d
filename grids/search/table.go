package search

import (
	"cmp"
	"maps"
	"slices"
	"sort"
	"strings"
)

// table has names, each once, with the rows that have it and the plates along
// it. It holds no pointer but a few.
type table struct {
	text    []byte // folded, sorted
	textEnd []uint32
	masks   []uint64

	syllables    []byte
	syllablesEnd []uint32
	letters      []uint64 // masks of the syllables

	rows      []row // by name, layer, index
	rowsEnd   []uint32
	plates    []door // by name, number, rest, index
	platesEnd []uint32

	regions []string // folded: what the full address has before the name
	rests   []string // folded: what a plate has after its number
}

// row is a feature with a name.
type row struct {
	index  int32
	region uint32
	layer  layerID
}

// door is an address with a house number.
type door struct {
	number, rest uint32
	index        int32
	region       uint32
}

// len is the number of names.
func (t *table) len() int { return len(t.textEnd) }

func part[T any](all []T, ends []uint32, i int) []T {
	from := uint32(0)
	if i > 0 {
		from = ends[i-1]
	}
	return all[from:ends[i]]
}

func (t *table) name(i int) []byte        { return part(t.text, t.textEnd, i) }
func (t *table) syllablesOf(i int) []byte { return part(t.syllables, t.syllablesEnd, i) }
func (t *table) rowsOf(i int) []row       { return part(t.rows, t.rowsEnd, i) }
func (t *table) platesOf(i int) []door    { return part(t.plates, t.platesEnd, i) }

// from is the first name that is not before the text.
func (t *table) from(text string) int {
	return sort.Search(t.len(), func(i int) bool { return string(t.name(i)) >= text })
}

// find returns the name with the text, or -1.
func (t *table) find(text string) int {
	if i := t.from(text); i < t.len() && string(t.name(i)) == text {
		return i
	}
	return -1
}

// bytes is the memory the table takes.
func (t *table) bytes() int {
	n := len(t.text) + len(t.syllables) + 4*(len(t.textEnd)+len(t.syllablesEnd)+len(t.rowsEnd)+len(t.platesEnd)) +
		8*(len(t.masks)+len(t.letters)) + 12*len(t.rows) + 16*len(t.plates)
	for _, words := range [...][]string{t.regions, t.rests} {
		for _, w := range words {
			n += len(w) + 16
		}
	}
	return n
}

// builder collects what a table is made of.
type builder struct {
	read    readings
	names   map[string]*named
	regions numbering
	rests   numbering
}

type named struct {
	syllables string
	rows      []row
	plates    []door
}

// numbering numbers different texts; 0 is "".
type numbering map[string]uint32

func (m numbering) id(text string) uint32 {
	i, ok := m[text]
	if !ok {
		i = uint32(len(m))
		m[strings.Clone(text)] = i
	}
	return i
}

func (m numbering) list() []string {
	out := make([]string, len(m))
	for text, i := range m {
		out[i] = text
	}
	return out
}

// longest is the length of the longest of the texts that a text begins with
// and goes on after.
func (m numbering) longest(text string) int {
	longest := 0
	for i := range text {
		if _, ok := m[text[:i]]; ok {
			longest = i
		}
	}
	return longest
}

func newBuilder() *builder {
	return &builder{read: readings{}, names: map[string]*named{}, regions: numbering{"": 0}, rests: numbering{"": 0}}
}

// named returns the entry of a folded name. whole is the text that told is the
// reading of.
func (b *builder) named(name, whole, told string) *named {
	n := b.names[name]
	if n == nil {
		n = &named{syllables: b.read.syllables(name, whole, told)}
		b.names[strings.Clone(name)] = n
	}
	return n
}

func (b *builder) addRow(name, told, region string, l layerID, index int32) {
	if name == "" {
		return
	}
	n := b.named(name, name, told)
	n.rows = append(n.rows, row{index, b.regions.id(region), l})
}

func (b *builder) addDoor(s numbered, whole, told, region string, index int32) {
	n := b.named(s.name, whole, told)
	n.plates = append(n.plates, door{s.number, b.rests.id(s.rest), index, b.regions.id(region)})
}

// table lays everything out.
func (b *builder) table() *table {
	t := &table{regions: b.regions.list(), rests: b.rests.list()}
	names := slices.Sorted(maps.Keys(b.names))
	var text, syllables, rows, plates int
	for name, n := range b.names {
		text, syllables = text+len(name), syllables+len(n.syllables)
		rows, plates = rows+len(n.rows), plates+len(n.plates)
	}
	t.text, t.syllables = make([]byte, 0, text), make([]byte, 0, syllables)
	t.rows, t.plates = make([]row, 0, rows), make([]door, 0, plates)
	t.masks, t.letters = make([]uint64, 0, len(names)), make([]uint64, 0, len(names))
	ends := make([]uint32, 4*len(names))
	t.textEnd, t.syllablesEnd = ends[:0:len(names)], ends[len(names):len(names):2*len(names)]
	t.rowsEnd, t.platesEnd = ends[2*len(names):2*len(names):3*len(names)], ends[3*len(names):3*len(names)]
	for _, name := range names {
		n := b.names[name]
		slices.SortFunc(n.rows, func(x, y row) int { return cmp.Or(cmp.Compare(x.layer, y.layer), cmp.Compare(x.index, y.index)) })
		slices.SortFunc(n.plates, func(x, y door) int {
			return cmp.Or(cmp.Compare(x.number, y.number), strings.Compare(t.rests[x.rest], t.rests[y.rest]), cmp.Compare(x.index, y.index))
		})
		t.text, t.syllables = append(t.text, name...), append(t.syllables, n.syllables...)
		t.rows, t.plates = append(t.rows, n.rows...), append(t.plates, n.plates...)
		t.textEnd, t.syllablesEnd = append(t.textEnd, uint32(len(t.text))), append(t.syllablesEnd, uint32(len(t.syllables)))
		t.rowsEnd, t.platesEnd = append(t.rowsEnd, uint32(len(t.rows))), append(t.platesEnd, uint32(len(t.plates)))
		t.masks, t.letters = append(t.masks, mask(name)), append(t.letters, mask(n.syllables))
	}
	return t
}
