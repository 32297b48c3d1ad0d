package batch

import (
	"bytes"
	"errors"
	"strconv"
)

// tens are the powers of ten that a float64 holds exactly.
var tens = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10,
	1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// number reads a number, spaces around it allowed. A plain decimal of at most
// 15 digits is a whole number and a power of ten that both are exact, so one
// division rounds it right, the same as strconv; the rest is strconv's. One too
// large for a float64 is infinite, and that is refused by the coordinate
// system's own check, as NaN is.
func number(b []byte) (float64, bool) {
	b = bytes.TrimSpace(b)
	digits, i := b, 0
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		digits = b[1:]
	}
	var whole uint64
	point := -1
	for ; i < len(digits); i++ {
		switch d := digits[i] - '0'; {
		case d <= 9:
			whole = whole*10 + uint64(d)
		case digits[i] == '.' && point < 0:
			point = i
		default:
			return parse(b)
		}
	}
	const exact = 15
	n := i
	if point >= 0 {
		n--
	}
	if n == 0 || n > exact {
		return parse(b)
	}
	v := float64(whole)
	if point >= 0 {
		v /= tens[i-1-point]
	}
	if b[0] == '-' {
		v = -v
	}
	return v, true
}

func parse(b []byte) (float64, bool) {
	v, err := strconv.ParseFloat(string(b), 64)
	return v, err == nil || errors.Is(err, strconv.ErrRange)
}
