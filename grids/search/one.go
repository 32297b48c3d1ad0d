package search

import "slices"

// How much a query needs to be forgiven.
const (
	// One character of three may be wrong where characters are many, one of four
	// where they are letters and digits.
	leastForgiven      = 3
	leastForgivenASCII = 4
)

func forgivable(text string, runes int) bool {
	if isASCII(text) {
		return runes >= leastForgivenASCII
	}
	return runes >= leastForgiven
}

// oneOff reports whether a becomes b by at most one character changed, left out
// or put in, or by two neighbours swapped. With begins it is enough that a
// becomes a beginning of b.
func oneOff[T comparable](a, b []T, begins bool) bool {
	fits := func(x, y []T) bool {
		if begins {
			return len(x) <= len(y) && slices.Equal(x, y[:len(x)])
		}
		return slices.Equal(x, y)
	}
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	x, y := a[i:], b[i:]
	switch {
	case len(x) == 0:
		return begins || len(y) <= 1
	case len(y) == 0:
		return len(x) == 1
	}
	return fits(x[1:], y[1:]) || fits(x[1:], y) || fits(x, y[1:]) ||
		len(x) > 1 && len(y) > 1 && x[0] == y[1] && x[1] == y[0] && fits(x[2:], y[2:])
}

// unexplained counts the characters of a that are not, in their order, in b.
func unexplained(a, b []rune) int {
	row := make([]int, len(b)+1) // longest common subsequences with beginnings of b
	for _, r := range a {
		diagonal := 0
		for j, s := range b {
			above := row[j+1]
			if r == s {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(row[j], above)
			}
			diagonal = above
		}
	}
	return len(a) - row[len(b)]
}
