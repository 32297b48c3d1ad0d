package codes

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Error is a code that cannot be read or written.
type Error struct {
	// What is the kind of code, such as "cell".
	What string
	Code string
	// At is the character at fault, counted from 1.
	At     int
	Reason string
}

// maxShown is how much of a code an error repeats; codes have 17 digits.
const maxShown = 40

// Error implements error.
func (e *Error) Error() string {
	code := e.Code
	if len(code) > maxShown {
		cut := maxShown
		for !utf8.RuneStart(code[cut]) {
			cut--
		}
		code = code[:cut] + "…"
	}
	return fmt.Sprintf("%s code %q, character %d: %s", e.What, code, e.At, e.Reason)
}

// split takes a code apart into the groups of its pattern, of which there are
// to be n.
func (p Pattern) split(what, code string, n int) (groups [maxGroups]string, err error) {
	if err := p.check(what, n); err != nil {
		return groups, err
	}
	if !strings.HasPrefix(code, p.Prefix) {
		return groups, &Error{what, code, differsAt(code, p.Prefix), fmt.Sprintf("it should begin with %q", p.Prefix)}
	}
	at := 0
	for _, c := range code[len(p.Prefix):] {
		at++
		switch {
		case len(p.Prefix)+at > p.Len():
			return groups, &Error{what, code, len(p.Prefix) + at, fmt.Sprintf("one too many: %s has %d", p, p.Len())}
		case c < '0' || c > '9':
			return groups, &Error{what, code, len(p.Prefix) + at, fmt.Sprintf("%q is not a digit from 0 to 9", c)}
		}
	}
	if len(code) < p.Len() {
		return groups, &Error{what, code, len(code) + 1, fmt.Sprintf("missing: %s has %d characters, this %d", p, p.Len(), len(code))}
	}
	for g := range n {
		groups[g] = code[p.start(g):p.start(g+1)]
	}
	return groups, nil
}

// differsAt is the first character, from 1, in which the code is not the
// prefix.
func differsAt(code, prefix string) int {
	for i := range len(prefix) {
		if i == len(code) || code[i] != prefix[i] {
			return i + 1
		}
	}
	return len(prefix) + 1
}

// join puts groups together, each already as wide as the pattern has it.
func (p Pattern) join(what string, groups ...string) (string, error) {
	if err := p.check(what, len(groups)); err != nil {
		return "", err
	}
	code := p.Prefix + strings.Join(groups, "")
	for g, text := range groups {
		if len(text) != p.Widths[g] {
			return "", &Error{what, code, p.start(g) + 1, fmt.Sprintf("%q is not of %d digits", text, p.Widths[g])}
		}
		for i, c := range text {
			if c < '0' || c > '9' {
				return "", &Error{what, code, p.start(g) + i + 1, fmt.Sprintf("%q is not a digit from 0 to 9", c)}
			}
		}
	}
	return code, nil
}

// padded writes a number with leading zeros; one that is too wide or below 0
// is left for join to refuse.
func padded(n, width int) string { return fmt.Sprintf("%0*d", width, n) }

// number reads a group, which has at most nine digits.
func number(group string) int {
	n, err := strconv.Atoi(group)
	if err != nil {
		panic(err) // split lets nothing but digits through
	}
	return n
}

// above0 refuses the number 0 in group g: it stands for the whole of what is
// above, not for a part.
func (p Pattern) above0(what, code string, g, n int) error {
	if n > 0 {
		return nil
	}
	return &Error{what, code, p.start(g) + 1, "the number is 0, which stands for no " + [...]string{"division", "street", "community", "cell"}[g]}
}
