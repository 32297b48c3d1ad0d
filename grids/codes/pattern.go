package codes

import (
	"fmt"
	"strconv"
	"strings"
)

// The widest patterns that are read; the standards' widest has 17 digits.
const (
	maxGroups = 4
	maxDigits = 9 // of one group, so that its number fits an int of 32 bits
	maxPrefix = 8
)

// Pattern says how the codes of one kind are put together: letters that stand
// in front of all, then groups of digits. The zero value is no pattern; the
// parsers take it as the standard's where there is one.
type Pattern struct {
	// Prefix is what every code begins with, or "".
	Prefix string
	// Widths counts the digits of each group from the left; 0 is no group.
	Widths [maxGroups]int
}

// CellPattern is 6+3+3+3 digits: division (GB/T 2260), street, community,
// serial (GB/T 30428.1-2013, before it CJ/T 213-2005). A city with another
// declares its own.
func CellPattern() Pattern { return Pattern{Widths: [maxGroups]int{6, 3, 3, 3}} }

// ComponentPattern is the pattern of component codes in a national category
// scheme: division, major, minor, serial. For a scheme of a city's own, the
// city says which pattern it has.
func ComponentPattern(scheme string) (Pattern, error) {
	switch scheme {
	case "cjt214", "gbt30428.2-2013":
		return Pattern{Widths: [maxGroups]int{6, 2, 2, 6}}, nil
	case "gbt47678.5-2026":
		return Pattern{Widths: [maxGroups]int{6, 2, 3, 6}}, nil
	}
	return Pattern{}, fmt.Errorf("component codes: scheme %q is not national and declares no pattern", scheme)
}

// EventPattern is the pattern of event class codes in a national category
// scheme: division, major, minor. It is known of GB/T 47678.5-2026 only.
func EventPattern(scheme string) (Pattern, error) {
	if scheme == "gbt47678.5-2026" {
		return Pattern{Widths: [maxGroups]int{6, 2, 3}}, nil
	}
	return Pattern{}, fmt.Errorf("event codes: of scheme %q no pattern is known and it declares none", scheme)
}

// ParsePattern reads a pattern as a configuration has it: widths of at most
// four groups with plus signs, such as 6+3+3+4, after letters if the codes
// begin with such, as Z+2.
func ParsePattern(text string) (Pattern, error) {
	var p Pattern
	parts := strings.Split(text, "+")
	if first := parts[0]; first != "" && isLetters(first) {
		if len(first) > maxPrefix {
			return Pattern{}, fmt.Errorf("code pattern %q: more than %d letters in front", text, maxPrefix)
		}
		p.Prefix, parts = first, parts[1:]
	}
	if len(parts) == 0 || len(parts) > maxGroups {
		return Pattern{}, fmt.Errorf("code pattern %q: %d groups of digits, 1 to %d are wanted", text, len(parts), maxGroups)
	}
	for i, part := range parts {
		if len(part) != 1 || part[0] < '1' || part[0] > '0'+maxDigits {
			return Pattern{}, fmt.Errorf("code pattern %q: group %d is %q, not a number of digits from 1 to %d", text, i+1, part, maxDigits)
		}
		p.Widths[i] = int(part[0] - '0')
	}
	return p, nil
}

func isLetters(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

// String is the pattern as [ParsePattern] reads it; "" for no pattern.
func (p Pattern) String() string {
	var b []byte
	b = append(b, p.Prefix...)
	for _, w := range p.Widths[:p.groups()] {
		if len(b) > 0 {
			b = append(b, '+')
		}
		b = strconv.AppendInt(b, int64(w), 10)
	}
	return string(b)
}

// Len is how many characters a code has.
func (p Pattern) Len() int { return p.start(maxGroups) }

// groups counts the groups of digits.
func (p Pattern) groups() int {
	for i, w := range p.Widths {
		if w <= 0 {
			return i
		}
	}
	return maxGroups
}

// start is how many characters stand before group g.
func (p Pattern) start(g int) int {
	n := len(p.Prefix)
	for _, w := range p.Widths[:min(g, p.groups())] {
		n += w
	}
	return n
}

// first is the pattern of the first n groups.
func (p Pattern) first(n int) Pattern {
	clear(p.Widths[n:])
	return p
}

// check refuses a pattern that has not n groups of widths that are read.
func (p Pattern) check(what string, n int) error {
	if p.groups() != n {
		return fmt.Errorf("%s codes: the pattern %q has %d groups of digits, want %d", what, p, p.groups(), n)
	}
	for _, w := range p.Widths {
		if w > maxDigits {
			return fmt.Errorf("%s codes: the pattern %q has a group of more than %d digits", what, p, maxDigits)
		}
	}
	return nil
}

// or is the pattern, or the other where it is none.
func (p Pattern) or(other Pattern) Pattern {
	if p == (Pattern{}) {
		return other
	}
	return p
}
