package osm

import (
	"strconv"
	"strings"
	"unicode"
)

// maxRunes is how long a value of OpenStreetMap can be; what is longer is cut.
const maxRunes = 255

// names returns what is written on the map, Chinese where there is a Chinese
// name, and the English name where it is another.
func names(t tags) (name, english string) {
	name = t.get("name")
	for _, key := range [...]string{"name:zh-Hans", "name:zh"} {
		if v := t.get(key); v != "" && (chinese(v) || name == "") {
			name = v
			break
		}
	}
	if english = t.get("name:en"); english == "" {
		english = t.get("int_name")
	}
	name, english = clean(name), clean(english)
	if english == name {
		english = ""
	}
	if name == "" {
		name, english = english, ""
	}
	return name, english
}

// chinese reports whether a text has Han characters and none of the scripts that
// are written together with them elsewhere.
func chinese(s string) bool {
	han := false
	for _, r := range s {
		if unicode.In(r, unicode.Hiragana, unicode.Katakana, unicode.Hangul) {
			return false
		}
		han = han || unicode.Is(unicode.Han, r)
	}
	return han
}

// clean makes a text fit to be drawn: UTF-8 in one line, not too long. The result
// does not hold on to the block that s lies in.
func clean(s string) string {
	if s == "" {
		return ""
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	n := 0
	for i := range s {
		if n == maxRunes {
			s = s[:i]
			break
		}
		n++
	}
	return strings.Clone(strings.TrimSpace(s))
}

// metres reads a height: "12", "12.5", "12 m". What has another unit, or is no
// height of a building, is left out.
func metres(s string) string {
	s = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(s), "m"))
	return number(s, 1000)
}

// number is s in its shortest form where it is a decimal number from 0 to limit,
// else "".
func number(s string, limit float64) string {
	const digits = 12
	if s == "" || len(s) > digits || strings.Trim(s, "0123456789.") != "" {
		return ""
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || v > limit {
		return ""
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
