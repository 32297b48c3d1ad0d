package search

import (
	"bytes"
	"cmp"
	"math"
	"math/bits"
	"slices"
	"strings"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// rank orders ways to match: the way in the upper bits, how much of the name it
// took in the lower two.
type rank uint8

const (
	rankCode rank = 4 * iota
	rankName
	rankPrefix
	rankPart
	rankPinyin
	rankInitials
	rankFuzzy
)

// Added to a rank.
const (
	ofWhole rank = iota
	ofBeginning
	ofPart
)

func (r rank) match() Match {
	return [...]Match{ByCode, ByName, ByPrefix, ByPart, ByPinyin, ByInitials, Forgiven}[r/4]
}

func (g grade) rank() rank {
	switch g {
	case pinyinWhole:
		return rankPinyin + ofWhole
	case pinyinBegin:
		return rankPinyin + ofBeginning
	case pinyinWithin:
		return rankPinyin + ofPart
	case initialsWhole:
		return rankInitials + ofWhole
	case initialsBegin:
		return rankInitials + ofBeginning
	}
	return rankInitials + ofPart
}

// hit is a row that matches.
type hit struct {
	distanceM float64
	index     int32
	rank      rank
	layer     layerID
	weight    uint8
}

func (h hit) compare(o hit) int {
	// Layers are sorted by code: within one the index is the order of codes.
	return cmp.Or(cmp.Compare(h.rank, o.rank), cmp.Compare(h.distanceM, o.distanceM), cmp.Compare(h.weight, o.weight),
		cmp.Compare(h.layer, o.layer), cmp.Compare(h.index, o.index))
}

// hits collects the best.
type hits struct {
	x     *Index
	near  *spatial.Coord
	ruler spatial.Ruler
	keep  int
	all   []hit
	best  rank // of all that came, when any is true
	any   bool
	count int
	// worst is the last that may still be wanted, when there are enough.
	worst hit
	full  bool
}

// platesLast is the weight of door plates: there are so many.
const platesLast = uint8(len(layers))

func (h *hits) add(r rank, l layerID, index int32) {
	one := hit{index: index, rank: r, layer: l, weight: uint8(l)}
	if l == addresses && h.x.s.City.Addresses[index].Kind == grids.PlateAddress {
		one.weight = platesLast
	}
	if h.near != nil {
		one.distanceM = math.Inf(1)
		if at, ok := h.x.at(l, index); ok {
			one.distanceM = h.ruler.DistanceM(at)
		}
	}
	if !h.any || r < h.best {
		h.best, h.any = r, true
	}
	h.count++
	if h.full && one.compare(h.worst) >= 0 {
		return
	}
	h.all = append(h.all, one)
	// A cut every so often bounds the memory and keeps the whole n log k.
	if len(h.all) >= 2*timesFound*h.keep+1024 {
		h.cut()
	}
}

// timesFound bounds how often one row is added, each time in another way: by
// code, name and number, with its region and without, and mistyped. So many
// times the rows that are wanted are kept until the end, where each row is
// counted once.
const timesFound = 8

// cut keeps the best.
func (h *hits) cut() {
	slices.SortFunc(h.all, hit.compare)
	if most := timesFound * h.keep; len(h.all) >= most {
		h.all = h.all[:most]
		h.worst, h.full = h.all[most-1], true
	}
}

// sorted returns the best, each row once.
func (h *hits) sorted() []hit {
	h.cut()
	type id struct {
		l layerID
		i int32
	}
	seen := make(map[id]bool, h.keep)
	kept := h.all[:0]
	for _, one := range h.all {
		if k := (id{one.layer, one.index}); !seen[k] && len(kept) < h.keep {
			seen[k] = true
			kept = append(kept, one)
		}
	}
	return kept
}

// enough is how many finds make looking for typing errors needless.
const enough = 5

// text looks for a folded text among the names.
func (h *hits) text(text string) {
	taken, rest := h.x.inRegion(text)
	h.names(h.x.others, text, nil)
	h.names(h.x.addresses, text, nil)
	for _, s := range splits(text) {
		h.doors(s, nil)
	}
	if len(taken) > 0 {
		h.names(h.x.addresses, rest, taken)
		for _, s := range splits(rest) {
			h.doors(s, taken)
		}
	}
	if h.count >= enough || h.any && (h.best < rankPrefix || h.best == rankPinyin+ofWhole) {
		return
	}
	h.forgive(text, nil)
	if len(taken) > 0 {
		h.forgive(rest, taken)
	}
}

// names looks for a text in the names of a table. in has the divisions that
// the address must be in.
func (h *hits) names(t *table, text string, in []string) {
	h.eachName(t, text, func(i int, r rank) {
		rows := t.rowsOf(i)
		for _, row := range rows {
			if t.in(row.region, in) {
				h.add(r, row.layer, row.index)
			}
		}
		if r == rankName || len(rows) == 0 {
			for _, d := range t.platesOf(i) {
				if t.in(d.region, in) {
					h.add(max(r, rankPrefix+ofBeginning), addresses, d.index)
				}
			}
		}
	})
}

// in tells whether a region has all the divisions in its text.
func (t *table) in(region uint32, divisions []string) bool {
	for _, d := range divisions {
		if !strings.Contains(t.regions[region], d) {
			return false
		}
	}
	return true
}

// doors looks for a name with a house number.
func (h *hits) doors(s numbered, in []string) {
	if len(s.name) == 1 {
		return // one letter is the initial of too many streets
	}
	t := h.x.addresses
	h.eachName(t, s.name, func(i int, r rank) {
		for _, d := range t.platesOf(i) {
			if !t.in(d.region, in) {
				continue
			}
			switch rest := t.rests[d.rest]; {
			case d.number == s.number && rest == s.rest:
				h.add(r, addresses, d.index)
			case d.number == s.number && strings.HasPrefix(rest, s.rest), s.open && begins(s.number, d.number):
				h.add(max(r, rankPrefix+ofBeginning), addresses, d.index)
			}
		}
	})
}

// begins tells whether the figures of a number are the first of another's.
func begins(first, number uint32) bool {
	for first != 0 && number > first {
		number /= 10
	}
	return number == first
}

// eachName visits the names that a text matches without error, each once.
func (h *hits) eachName(t *table, text string, visit func(i int, r rank)) {
	if text == "" {
		return
	}
	query, m, latin := []byte(text), mask(text), isASCII(text)
	for i := t.from(text); i < t.len() && bytes.HasPrefix(t.name(i), query); i++ {
		if len(t.name(i)) == len(text) {
			visit(i, rankName)
		} else {
			visit(i, rankPrefix+ofBeginning)
		}
	}
	for i := range t.masks {
		if m&^t.masks[i] == 0 {
			if at := bytes.Index(t.name(i), query); at >= 0 {
				if at > 0 {
					visit(i, rankPart+ofPart)
				}
				continue
			}
		}
		if latin && m&^t.letters[i] == 0 {
			if g := fit(query, t.syllablesOf(i)); g != noFit {
				visit(i, g.rank())
			}
		}
	}
}

// forgive looks for names, with or without a number, that the text is one
// typing error away from.
func (h *hits) forgive(text string, in []string) {
	both := [...]*table{h.x.others, h.x.addresses}
	for k, t := range both {
		if k == 0 && in != nil {
			continue // only addresses lie in a region
		}
		t.eachNearly(text, func(i int, r rank) {
			for _, row := range t.rowsOf(i) {
				if t.in(row.region, in) {
					h.add(r, row.layer, row.index)
				}
			}
		})
	}
	t := h.x.addresses
	for _, s := range forgivingSplits(text) {
		t.eachNearly(s.name, func(i int, r rank) {
			for _, d := range t.platesOf(i) {
				if d.number == s.number && t.rests[d.rest] == s.rest && t.in(d.region, in) {
					h.add(r, addresses, d.index)
				}
			}
		})
	}
}

// eachNearly visits the names that a text is one typing error away from, or
// away from the beginning of.
func (t *table) eachNearly(text string, visit func(i int, r rank)) {
	query := []rune(text)
	if !forgivable(text, len(query)) {
		return
	}
	m, latin := mask(text), isASCII(text)
	var name []rune
	var letters []byte
	for i := range t.masks {
		if bits.OnesCount64(m&^t.masks[i]) <= 1 {
			name = name[:0]
			for _, r := range string(t.name(i)) {
				name = append(name, r)
			}
			if r, ok := nearly(query, name); ok {
				visit(i, r)
				continue
			}
		}
		if latin && len(t.syllablesOf(i)) > 0 && bits.OnesCount64(m&^t.letters[i]) <= 1 {
			letters = plain(letters[:0], t.syllablesOf(i))
			if r, ok := nearly([]byte(text), letters); ok {
				visit(i, r)
			}
		}
	}
}

// nearly grades a query that may be one typing error away from a name.
func nearly[T comparable](query, name []T) (rank, bool) {
	switch {
	case !oneOff(query, name, true):
		return 0, false
	case oneOff(query, name, false):
		return rankFuzzy + ofWhole, true
	}
	return rankFuzzy + ofBeginning, true
}
