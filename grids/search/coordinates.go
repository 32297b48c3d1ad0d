package search

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// pair is two coordinates as they were written, degrees or metres.
type pair struct {
	x, y float64
	// axes says that the text names them: x is surely longitude or easting.
	axes bool
	// degrees says that the text marks them as such.
	degrees bool
	// system is the name of a coordinate system in the text, or "".
	system string
}

// figure is one number of a coordinate with what stands around it.
type figure struct {
	value    float64
	whole    bool // no decimals
	negative bool
	mark     byte // 'd', 'm', 's' or 0
	before   byte // 'x', 'y' of an axis named before or after it, capital where negative
	after    byte
}

// maxParts is degrees, minutes and seconds, twice.
const maxParts = 6

// parsePair reads two coordinates: "114.35,34.78", "34°47'07.6\"N
// 114°21'02\"E", "东经114度21分02秒 北纬34度47分", "34 47 07.6 114 21 02",
// "gcj02 114.35 34.78", "X=3851195.91 Y=38531923.06".
func parsePair(text string) (pair, bool) {
	if len(text) > 4*MaxRunes || strings.IndexFunc(text, isDigit) < 0 {
		return pair{}, false
	}
	text = strings.ToLower(narrow(text))
	system, text := takeSystem(text)
	parts, ok := scanParts(text)
	if !ok {
		return pair{}, false
	}
	first, second, ok := group(parts)
	if !ok {
		return pair{}, false
	}
	p := pair{system: system}
	a, ok := assemble(first)
	b, ok2 := assemble(second)
	if !ok || !ok2 {
		return pair{}, false
	}
	if a.axis != 0 && a.axis == b.axis {
		return pair{}, false
	}
	p.x, p.y = a.value, b.value
	if a.axis == 'y' || b.axis == 'x' {
		p.x, p.y = p.y, p.x
	}
	p.axes = a.axis != 0 || b.axis != 0
	p.degrees = a.degrees || b.degrees
	return p, true
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' || r >= '０' && r <= '９' }

// takeSystem cuts the name of a coordinate system off either end.
func takeSystem(text string) (system, rest string) {
	text = strings.TrimSpace(text)
	words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t,;:：()[]=", r) && r != ':' })
	for _, word := range [...]string{firstOf(words), lastOf(words)} {
		name := strings.Trim(word, ":")
		switch bare := strings.ReplaceAll(strings.ReplaceAll(name, "-", ""), "_", ""); {
		case bare == "gcj02" || bare == "bd09" || bare == "wgs84" || bare == "cgcs2000" || bare == "city":
			name = bare
		case bare == "火星坐标" || bare == "高德坐标" || bare == "腾讯坐标":
			name = "gcj02"
		case bare == "百度坐标":
			name = "bd09"
		case bare == "2000坐标" || bare == "国家2000":
			name = "cgcs2000"
		case strings.HasPrefix(name, "epsg:") && len(name) == len("epsg:4490"):
		default:
			continue
		}
		return name, strings.Replace(text, word, " ", 1)
	}
	return "", text
}

func firstOf(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return words[0]
}

func lastOf(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return words[len(words)-1]
}

// signs are what may stand around the numbers: axes, marks and separators. The
// longer of two with one beginning comes first.
var signs = [...]struct {
	text string
	is   byte
}{
	{"longitude", 'x'},
	{"lng", 'x'},
	{"lon", 'x'},
	{"东经", 'x'},
	{"经度", 'x'},
	{"东", 'x'},
	{"e", 'x'},
	{"西经", 'X'},
	{"西", 'X'},
	{"w", 'X'},
	{"latitude", 'y'},
	{"lat", 'y'},
	{"北纬", 'y'},
	{"纬度", 'y'},
	{"北", 'y'},
	{"n", 'y'},
	{"南纬", 'Y'},
	{"南", 'Y'},
	{"s", 'Y'},
	{"°", 'd'},
	{"º", 'd'},
	{"˚", 'd'},
	{"度", 'd'},
	{"''", 's'},
	{"′′", 's'},
	{"’’", 's'},
	{"\"", 's'},
	{"″", 's'},
	{"”", 's'},
	{"“", 's'},
	{"秒", 's'},
	{"'", 'm'},
	{"′", 'm'},
	{"’", 'm'},
	{"‘", 'm'},
	{"`", 'm'},
	{"分", 'm'},
	{" ", ' '},
	{"\t", ' '},
	{"\n", ' '},
	{"\r", ' '},
	{",", ' '},
	{";", ' '},
	{"、", ' '},
	{"/", ' '},
	{"|", ' '},
	{"=", ' '},
	{":", ' '},
	{"(", ' '},
	{")", ' '},
	{"[", ' '},
	{"]", ' '},
	{"x", ' '},
	{"y", ' '},
}

// scanParts splits a text into numbers with their signs. Anything else in it
// makes it no coordinates.
func scanParts(text string) (parts []figure, ok bool) {
	var axis byte // named before the next number
	axisFirst := false
	for text != "" {
		if v, n, good := scanNumber(text); n > 0 {
			if !good || len(parts) == maxParts {
				return nil, false
			}
			v.before, axis = axis, 0
			parts = append(parts, v)
			text = text[n:]
			continue
		}
		is, n := scanSign(text)
		if n == 0 {
			return nil, false
		}
		text = text[n:]
		switch is {
		case ' ':
		case 'd', 'm', 's':
			if len(parts) == 0 || parts[len(parts)-1].mark != 0 {
				return nil, false
			}
			parts[len(parts)-1].mark = is
		default:
			if len(parts) == 0 {
				axisFirst = true
			}
			if axisFirst {
				if axis != 0 {
					return nil, false
				}
				axis = is
				break
			}
			if parts[len(parts)-1].after != 0 {
				return nil, false
			}
			parts[len(parts)-1].after = is
		}
	}
	return parts, axis == 0
}

func scanSign(text string) (is byte, n int) {
	for _, s := range signs {
		if strings.HasPrefix(text, s.text) {
			return s.is, len(s.text)
		}
	}
	if r, size := utf8.DecodeRuneInString(text); r == '\u00a0' || r == '\u3000' {
		return ' ', size
	}
	return 0, 0
}

// scanNumber reads a number: figures, a point, figures; never an exponent.
func scanNumber(text string) (v figure, n int, ok bool) {
	const longest = 24
	if text[0] == '-' || text[0] == '+' {
		v.negative = text[0] == '-'
		n = 1
	}
	figures := digitsAt(text, n)
	if figures == 0 {
		return v, n, false
	}
	n += figures
	v.whole = true
	if n+1 < len(text) && text[n] == '.' {
		more := digitsAt(text, n+1)
		if more > 0 {
			v.whole = false
			n += 1 + more
		}
	}
	if n > longest {
		return v, n, false
	}
	value, err := strconv.ParseFloat(strings.TrimLeft(text[:n], "+-"), 64)
	v.value = value
	return v, n, err == nil
}

// group splits the numbers into two coordinates: by the degree signs, or half
// and half.
func group(parts []figure) (first, second []figure, ok bool) {
	marked, start := false, 0
	for i, p := range parts {
		marked = marked || p.mark != 0
		if i > 0 && start == 0 && (p.mark == 'd' || p.before != 0 || parts[i-1].after != 0) {
			start = i
		}
	}
	if start == 0 {
		if marked && len(parts) != 2 || len(parts) == 0 || len(parts)%2 != 0 {
			return nil, nil, false
		}
		start = len(parts) / 2
	}
	if !marked && start != len(parts)-start {
		return nil, nil, false
	}
	return parts[:start], parts[start:], true
}

// coordinate is one of the two, put together.
type coordinate struct {
	value   float64
	axis    byte // 'x', 'y' or 0
	degrees bool
}

// assemble puts degrees, minutes and seconds together.
func assemble(parts []figure) (c coordinate, ok bool) {
	const minutes, perSixty = "dms", 60
	if len(parts) == 0 || len(parts) > len(minutes) {
		return c, false
	}
	unit := 1.0
	negative := parts[0].negative
	for i, p := range parts {
		last := i == len(parts)-1
		switch {
		case p.mark != 0 && p.mark != minutes[i],
			i > 0 && (p.negative || p.value >= perSixty),
			!last && !p.whole,
			i > 0 && p.before != 0,
			!last && p.after != 0:
			return c, false
		}
		c.value += float64(p.value / unit)
		unit *= perSixty
		c.degrees = c.degrees || p.mark != 0 || i > 0
		for _, axis := range [...]byte{p.before, p.after} {
			if axis == 0 {
				continue
			}
			if c.axis != 0 {
				return c, false
			}
			c.axis = axis | 0x20 // small letter
			if axis != c.axis {
				if negative {
					return c, false // south and below zero
				}
				negative = true
			}
		}
	}
	if negative {
		c.value = -c.value
	}
	return c, !math.IsInf(c.value, 0)
}
