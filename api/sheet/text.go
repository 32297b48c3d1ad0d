package sheet

import (
	"strings"
	"unicode"

	"github.com/wanmi-gis/wanmi/basemaps/glyphs"
)

// face keeps the letters of a stack for one sheet.
type face struct {
	stack   glyphs.Stack
	letters map[rune]found
}

type found struct {
	glyphs.Letter
	ok bool
}

func newFace(s glyphs.Stack) *face { return &face{s, map[rune]found{}} }

func (f *face) letter(r rune) (glyphs.Letter, bool) {
	l, known := f.letters[r]
	if !known {
		l.Letter, l.ok = f.stack.Letter(r)
		f.letters[r] = l
	}
	return l.Letter, l.ok
}

// width is how long a text is, in ems.
func (f *face) width(text string) (sum float64) {
	for _, r := range text {
		l, _ := f.letter(r)
		sum += l.Advance
	}
	return sum
}

// wrap breaks texts into lines of at most so many ems, each text on a line of its own:
// at spaces, and between Chinese characters but before their closing marks.
func (f *face) wrap(texts []string, most float64) (lines []string) {
	for _, text := range texts {
		line, length := "", 0.0
		for _, word := range pieces(text) {
			w := f.width(word)
			if line != "" && length+f.width(strings.TrimRight(word, " ")) > most {
				lines = append(lines, strings.TrimRight(line, " "))
				line, length = "", 0
			}
			line, length = line+word, length+w
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}

// maxPiece is the longest piece that is not broken, in characters.
const maxPiece = 40

// pieces cuts a text where lines may end.
func pieces(text string) (out []string) {
	runes := []rune(text)
	from := 0
	for i := 1; i <= len(runes); i++ {
		if i < len(runes) && i-from < maxPiece && !mayBreak(runes[i-1], runes[i]) {
			continue
		}
		out = append(out, string(runes[from:i]))
		from = i
	}
	return out
}

const (
	closing = "，。；：、？！）》」』”’%·"
	opening = "（《「『“‘"
)

// mayBreak reports whether a line may end between two characters.
func mayBreak(a, b rune) bool {
	switch {
	case strings.ContainsRune(closing, b) || strings.ContainsRune(opening, a) || b == ' ':
		return false
	case a == ' ':
		return true
	}
	return wide(a) || wide(b)
}

func wide(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) || strings.ContainsRune(closing+opening, r) && r > 0x2fff
}
