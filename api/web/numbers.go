package web

import (
	"math"
	"strconv"
)

// Degrees is a longitude or latitude; it is written with 7 decimals, the
// lattice the server computes on.
type Degrees float64

// MarshalJSON implements json.Marshaler.
func (d Degrees) MarshalJSON() ([]byte, error) {
	return AppendDegrees(nil, d), nil
}

// Metres is a length, written to the centimetre.
type Metres float64

// MarshalJSON implements json.Marshaler.
func (m Metres) MarshalJSON() ([]byte, error) {
	return AppendMetres(nil, m), nil
}

// AppendDegrees writes 7 decimals. Every coordinate of an answer is a whole
// number of 1e-7 degrees, whose digits are those of strconv.
func AppendDegrees(b []byte, d Degrees) []byte {
	const perDegree, most = 1e7, 360
	v := float64(d)
	if n := math.Round(v * perDegree); math.Abs(v) <= most && n/perDegree == v && n != 0 {
		return appendFixed(b, int64(n), 7)
	}
	return strconv.AppendFloat(b, v, 'f', 7, 64)
}

// AppendMetres writes to the centimetre, without zeros at the end.
func AppendMetres(b []byte, m Metres) []byte { return appendRounded(b, float64(m), 2, 100) }

// AppendProbability writes at most 4 decimals, without zeros at the end.
func AppendProbability(b []byte, p Probability) []byte {
	return appendRounded(b, float64(p), 4, 10_000)
}

// appendRounded writes v rounded to so many decimals in as few digits as it
// takes, unit being the power of ten. Up to 1e9 the quotient of a whole number
// and the power is the float64 nearest to those decimals, and so few digits are
// the shortest that name it.
func appendRounded(b []byte, v float64, decimals int, unit float64) []byte {
	const most = 1e9
	n := math.Round(v * unit)
	if !(math.Abs(n) <= most) || n == 0 {
		return strconv.AppendFloat(b, n/unit, 'f', -1, 64)
	}
	whole := int64(n)
	for decimals > 0 && whole%10 == 0 {
		whole /= 10
		decimals--
	}
	return appendFixed(b, whole, decimals)
}

// appendFixed writes whole/10^decimals.
func appendFixed(b []byte, whole int64, decimals int) []byte {
	if whole < 0 {
		b, whole = append(b, '-'), -whole
	}
	if decimals == 0 {
		return strconv.AppendInt(b, whole, 10)
	}
	var room [24]byte
	i := len(room)
	for k := 0; k <= decimals || whole > 0; k++ {
		if k == decimals {
			i--
			room[i] = '.'
		}
		i--
		room[i] = byte('0' + whole%10)
		whole /= 10
	}
	return append(b, room[i:]...)
}

// Probability is written with at most 4 decimals.
type Probability float64

// MarshalJSON implements json.Marshaler.
func (p Probability) MarshalJSON() ([]byte, error) { return AppendProbability(nil, p), nil }
