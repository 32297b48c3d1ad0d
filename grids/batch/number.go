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

// exactDigits is how many digits make a whole number that a float64 holds.
const exactDigits = 15

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
	n := i
	if point >= 0 {
		n--
	}
	if n == 0 || n > exactDigits {
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

// decimal is a plain decimal: whole/10^places, at most 15 digits.
type decimal struct {
	whole    int64
	places   int
	negative bool
}

// readDecimal reads the decimal that fills the first field of text and returns
// its length; 0 where there is anything else.
func readDecimal(text []byte) (d decimal, n int) {
	if len(text) > 0 && text[0] == '-' {
		d.negative = true
		n = 1
	}
	start, point := n, -1
	for ; n < len(text); n++ {
		switch c := text[n] - '0'; {
		case c <= 9:
			d.whole = d.whole*10 + int64(c)
		case text[n] == '.' && point < 0:
			point = n
		case text[n] == ',':
			return d.ended(start, point, n)
		default:
			return d, 0
		}
		if n-start > exactDigits {
			return d, 0
		}
	}
	return d.ended(start, point, n)
}

func (d decimal) ended(start, point, end int) (decimal, int) {
	digits := end - start
	if point >= 0 {
		d.places = end - 1 - point
		digits--
	}
	if digits == 0 || digits > exactDigits {
		return d, 0
	}
	return d, end
}

// float is the float64 nearest to the decimal: both numbers are exact, and one
// division rounds right.
func (d decimal) float() float64 {
	v := float64(d.whole) / tens[d.places]
	if d.negative {
		return -v
	}
	return v
}

// lattice is the number in units of 1e-7 if it is one, up to most. For these
// [spatial.At] gives the same: the float64 nearest to such a number, times 1e7,
// is off by less than 1e-6.
func (d decimal) lattice(most int64) (v int32, ok bool) {
	const places = 7
	if d.places > places || d.whole > most {
		return 0, false
	}
	whole := d.whole * whole10[places-d.places]
	if whole > most {
		return 0, false
	}
	if d.negative {
		whole = -whole
	}
	return int32(whole), true
}

var whole10 = [...]int64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7}

func parse(b []byte) (float64, bool) {
	v, err := strconv.ParseFloat(string(b), 64)
	return v, err == nil || errors.Is(err, strconv.ErrRange)
}
