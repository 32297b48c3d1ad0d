package search

import (
	"bytes"
	"math/bits"
	"slices"
	"strings"
	"unicode"

	"github.com/mozillazg/go-pinyin"
)

// maxReadings bounds the readings kept of one character.
const maxReadings = 4

// readings knows how characters are read. It belongs to one builder.
type readings map[rune][]string

// of returns the readings of a character without tones, most usual first; nil
// for what is no Chinese character.
func (k readings) of(r rune) []string {
	known, ok := k[r]
	if !ok && unicode.Is(unicode.Han, r) {
		args := pinyin.NewArgs()
		args.Heteronym = true
		for _, reading := range pinyin.SinglePinyin(r, args) {
			if len(known) < maxReadings && reading != "" && isASCII(reading) {
				known = append(known, reading)
			}
		}
		k[r] = known
	}
	return known
}

// syllables writes how a folded name is read: its syllables apart by spaces,
// the readings of one apart by bars ("chang|zhang qing lu"). Letters and digits
// stand for themselves. told is the reading that the row has, which comes first
// where it has one syllable for each character of whole, of which the name is
// the beginning. A name without Chinese characters has none.
func (k readings) syllables(name, whole, told string) string {
	if !hasHan(name) {
		return ""
	}
	fromRow := toldSyllables(told)
	if len(fromRow) != len([]rune(whole)) {
		fromRow = nil
	}
	var b strings.Builder
	for i, r := range []rune(name) {
		all := k.of(r)
		if all == nil {
			if r < unicode.MaxASCII {
				all = []string{string(r)}
			}
		} else if fromRow != nil {
			all = append([]string{fromRow[i]}, slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s == fromRow[i] })...)
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strings.Join(all, "|"))
	}
	return b.String()
}

// toldSyllables splits pinyin, the digits of a number apart.
func toldSyllables(told string) []string {
	var out []string
	for word := range strings.FieldsSeq(told) {
		folded := fold(word)
		if !isASCII(folded) || folded == "" {
			return nil
		}
		if digitsAt(folded, 0) == len(folded) {
			out = append(out, strings.Split(folded, "")...)
		} else {
			out = append(out, folded)
		}
	}
	return out
}

// grade says how a query in letters fits the reading of a name.
type grade uint8

const (
	noFit grade = iota
	initialsWithin
	initialsBegin
	initialsWhole
	pinyinWithin
	pinyinBegin
	pinyinWhole
)

// maxLetters is the longest query in letters: the places in it are the bits of
// a word.
const maxLetters = 63

// fit compares letters with syllables. A syllable is written in full or by its
// initial (z or zh); the last may be unfinished.
func fit(query, syllables []byte) grade {
	if len(query) == 0 || len(query) > maxLetters || len(syllables) == 0 {
		return noFit
	}
	best := noFit
	for from := 0; ; {
		g := noFit
		if startsWith(syllables[from:], query[0]) {
			g = fitFrom(query, syllables[from:])
		}
		if from > 0 && g != noFit {
			if g >= pinyinWithin {
				g = pinyinWithin
			} else if g = initialsWithin; len(query) == 1 {
				g = noFit // every other name has that letter somewhere
			}
		}
		best = max(best, g)
		next := bytes.IndexByte(syllables[from:], ' ')
		if next < 0 || best == pinyinWhole {
			return best
		}
		from += next + 1
	}
}

// startsWith reports whether a reading of the first syllable has the letter
// first. It spares four of five names a closer look.
func startsWith(syllables []byte, letter byte) bool {
	first := true
	for _, c := range syllables {
		switch {
		case c == ' ':
			return false
		case first && c == letter:
			return true
		}
		first = c == '|'
	}
	return false
}

// fitFrom is fit for a query that begins where the syllables do. It keeps the
// set of places in the query that may be reached after each syllable, one set
// for whole syllables only and one with initials among them.
func fitFrom(query, syllables []byte) grade {
	whole, short := uint64(1), uint64(0)
	end := uint64(1) << len(query)
	best := noFit
	for len(syllables) > 0 && whole|short != 0 {
		var one []byte
		one, syllables, _ = bytes.Cut(syllables, []byte{' '})
		var nextWhole, nextShort uint64
		for len(one) > 0 {
			var reading []byte
			reading, one, _ = bytes.Cut(one, []byte{'|'})
			fullTo, initialTo, cut := steps(query, reading, whole)
			nextWhole, nextShort = nextWhole|fullTo, nextShort|initialTo
			if cut {
				best = max(best, pinyinBegin)
			}
			fullTo, initialTo, cut = steps(query, reading, short)
			nextShort |= fullTo | initialTo
			if cut {
				best = max(best, initialsBegin)
			}
		}
		whole, short = nextWhole, nextShort
		last := len(syllables) == 0
		switch {
		case whole&end != 0 && last:
			return pinyinWhole
		case whole&end != 0:
			best = max(best, pinyinBegin)
		case short&end != 0 && last:
			best = max(best, initialsWhole)
		case short&end != 0:
			best = max(best, initialsBegin)
		}
		whole, short = whole&^end, short&^end
	}
	return best
}

// steps goes on from each place in the set by one reading: in full, by its
// initial, or, where the query ends within it, as far as it goes.
func steps(query, reading []byte, from uint64) (full, initial uint64, cut bool) {
	for ; from != 0; from &= from - 1 {
		at := bits.TrailingZeros64(from)
		n := 0
		for n < len(reading) && at+n < len(query) && query[at+n] == reading[n] {
			n++
		}
		switch {
		case n == 0:
			continue
		case n == len(reading):
			full |= 1 << (at + n)
		case at+n == len(query) && (n > 1 || at > 0):
			cut = true
		}
		if len(reading) > 1 {
			initial |= 1 << (at + 1)
			if n > 1 && reading[1] == 'h' {
				initial |= 1 << (at + 2)
			}
		}
	}
	return full, initial, cut
}

// plain writes the first reading of each syllable without spaces.
func plain(buf, syllables []byte) []byte {
	skip := false
	for _, c := range syllables {
		switch {
		case c == ' ':
			skip = false
		case c == '|':
			skip = true
		case !skip:
			buf = append(buf, c)
		}
	}
	return buf
}

// fitsEnd reports whether letters end with the whole reading of a name.
func fitsEnd(letters, syllables []byte) bool {
	if len(letters) == 0 || len(letters) > maxLetters || len(syllables) == 0 {
		return false
	}
	end := uint64(1) << len(letters)
	at := end - 1 // every place to begin at
	for len(syllables) > 0 && at != 0 {
		var one []byte
		one, syllables, _ = bytes.Cut(syllables, []byte{' '})
		next := uint64(0)
		for len(one) > 0 {
			var reading []byte
			reading, one, _ = bytes.Cut(one, []byte{'|'})
			full, _, _ := steps(letters, reading, at)
			next |= full
		}
		at = next
	}
	return at&end != 0
}
