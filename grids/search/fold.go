package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// MaxRunes is the longest text that is looked for; a longer one finds nothing.
const MaxRunes = 200

// fold brings a text into the form in which texts are compared: narrow letters
// and digits, lower case, no spaces, no punctuation but a dash between digits
// ("12-3号"). 號 and # are 号.
func fold(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	last, dash := rune(0), false
	for _, r := range narrow(text) {
		switch {
		case r == '號' || r == '#' || r == '№':
			r = '号'
		case r == 'ü' || r == 'Ü':
			r = 'v' // as pinyin is typed
		case r == utf8.RuneError:
			continue
		case unicode.Is(unicode.Pd, r):
			dash = unicode.IsDigit(last)
			continue
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			continue
		}
		if dash && unicode.IsDigit(r) {
			b.WriteByte('-')
		}
		last, dash = unicode.ToLower(r), false
		b.WriteRune(last)
	}
	return b.String()
}

// narrow writes wide letters, figures and punctuation as narrow ones. Most texts
// have none, and finding that out is cheaper than the transformation.
func narrow(text string) string {
	const first, last = '\uff01', '\uffee' // the block of such forms
	if strings.IndexFunc(text, func(r rune) bool { return r >= first && r <= last }) < 0 {
		return text
	}
	return width.Fold.String(text)
}

// withoutAsides drops what stands in brackets: "(近人民路)".
func withoutAsides(text string) string {
	if !strings.ContainsAny(text, "(（[【") {
		return text
	}
	var b strings.Builder
	depth := 0
	for _, r := range text {
		switch r {
		case '(', '（', '[', '【':
			depth++
		case ')', '）', ']', '】':
			depth = max(depth-1, 0)
		default:
			if depth == 0 {
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}

// mask has a bit for each character of a text; different characters may share
// one. A text can be part of another only if its mask is.
func mask(text string) uint64 {
	var m uint64
	for _, r := range text {
		m |= 1 << (uint32(r) * 0x9E3779B1 >> 26)
	}
	return m
}

func hasHan(text string) bool {
	for _, r := range text {
		if unicode.Is(unicode.Han, r) {
			return true
		}
	}
	return false
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
