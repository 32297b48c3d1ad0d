package api

import (
	"math"
	"strconv"
	"time"
)

// An answer is written by hand: encoding/json asks for the type of every member
// and copies what each writes, four times the work of all the rest of a
// question. Its bytes are those of json.Marshal, which the tests hold them to.

// appendAnswer appends the answer as JSON. An error is that of a date that JSON
// has no form for.
func appendAnswer(b []byte, a *Answer) (_ []byte, err error) {
	b = append(b, `{"position":{"lon":`...)
	b = appendDegrees(b, a.Position.Lon)
	b = append(b, `,"lat":`...)
	b = appendDegrees(b, a.Position.Lat)
	b = append(b, `,"crs":`...)
	b = appendText(b, a.Position.CRS)
	b = append(b, `},"status":`...)
	b = appendText(b, string(a.Status))
	b = append(b, `,"fault":`...)
	b = appendTextOrNull(b, a.Fault)
	if len(a.Also) > 0 {
		b = append(b, `,"also":[`...)
		for i, code := range a.Also {
			b = appendText(comma(b, i), code)
		}
		b = append(b, ']')
	}
	b = append(b, `,"cell":`...)
	b = appendCell(b, a.Cell)
	b = append(b, `,"zone":`...)
	b = appendZone(b, a.Zone)
	b = append(b, `,"community":`...)
	b = appendNamed(b, a.Community)
	b = append(b, `,"street":`...)
	b = appendNamed(b, a.Street)
	b = append(b, `,"district":`...)
	b = appendNamed(b, a.District)
	b = appendMember(b, `,"place":`, a.Place)
	if len(a.Boundary) > 0 {
		b = append(b, `,"boundary":`...)
		b = append(b, a.Boundary...) // compact already, as geoJSON writes it
	}
	b = appendCandidates(b, a.Candidates)
	b = appendLikely(b, a.Likely)
	b = append(b, `,"city_version":`...)
	b = strconv.AppendInt(b, a.CityVersion, 10)
	b = append(b, `,"valid":`...)
	if b, err = appendValidity(b, a.Valid); err != nil {
		return nil, err
	}
	return append(b, '}'), nil
}

// comma appends what parts member i of a list from the one before.
func comma(b []byte, i int) []byte {
	if i > 0 {
		return append(b, ',')
	}
	return b
}

// appendMember appends a member that is left out when it is empty.
func appendMember(b []byte, name, text string) []byte {
	if text == "" {
		return b
	}
	return appendText(append(b, name...), text)
}

func appendCell(b []byte, c *AnswerCell) []byte {
	if c == nil {
		return append(b, "null"...)
	}
	b = append(b, `{"code":`...)
	b = appendText(b, c.Code)
	b = appendMember(b, `,"name":`, c.Name)
	if c.BorderM != nil {
		b = append(b, `,"border_m":`...)
		b = appendMetres(b, *c.BorderM)
	}
	if c.Across != nil {
		b = append(b, `,"across":`...)
		b = appendTextOrNull(b, *c.Across)
	}
	if c.DistanceM != nil {
		b = append(b, `,"distance_m":`...)
		b = appendMetres(b, *c.DistanceM)
	}
	return append(b, '}')
}

func appendZone(b []byte, z *AnswerZone) []byte {
	if z == nil {
		return append(b, "null"...)
	}
	b = append(b, `{"code":`...)
	b = appendText(b, z.Code)
	b = append(b, `,"name":`...)
	b = appendText(b, z.Name)
	b = append(b, `,"unit":`...)
	b = appendText(b, z.Unit)
	b = appendMember(b, `,"unit_name":`, z.UnitName)
	return append(b, '}')
}

func appendNamed(b []byte, n *Named) []byte {
	if n == nil {
		return append(b, "null"...)
	}
	b = append(b, `{"code":`...)
	b = appendText(b, n.Code)
	b = append(b, `,"name":`...)
	b = appendText(b, n.Name)
	return append(b, '}')
}

func appendCandidates(b []byte, candidates []Candidate) []byte {
	if len(candidates) == 0 {
		return b
	}
	b = append(b, `,"candidates":[`...)
	for i := range candidates {
		c := &candidates[i]
		b = append(comma(b, i), `{"cell":`...)
		b = appendText(b, c.Cell)
		b = appendMember(b, `,"zone":`, c.Zone)
		b = appendMember(b, `,"community":`, c.Community)
		b = appendMember(b, `,"street":`, c.Street)
		b = append(b, `,"probability":`...)
		b = appendProbability(b, c.Probability)
		b = append(b, '}')
	}
	return append(b, ']')
}

func appendLikely(b []byte, l *Likely) []byte {
	if l == nil {
		return b
	}
	b = append(b, `,"likely":{"zones":`...)
	b = appendShares(b, l.Zones)
	b = append(b, `,"communities":`...)
	b = appendShares(b, l.Communities)
	b = append(b, `,"streets":`...)
	b = appendShares(b, l.Streets)
	return append(b, '}')
}

func appendShares(b []byte, shares []Share) []byte {
	if shares == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i := range shares {
		s := &shares[i]
		b = append(comma(b, i), `{"code":`...)
		b = appendText(b, s.Code)
		b = append(b, `,"name":`...)
		b = appendText(b, s.Name)
		b = append(b, `,"probability":`...)
		b = appendProbability(b, s.Probability)
		b = append(b, '}')
	}
	return append(b, ']')
}

func appendValidity(b []byte, v *Validity) (_ []byte, err error) {
	if v == nil {
		return append(b, "null"...), nil
	}
	b = append(b, `{"from":`...)
	if b, err = appendTime(b, v.From); err != nil {
		return nil, err
	}
	b = append(b, `,"to":`...)
	if b, err = appendTime(b, v.To); err != nil {
		return nil, err
	}
	return append(b, '}'), nil
}

func appendTime(b []byte, t *time.Time) ([]byte, error) {
	if t == nil {
		return append(b, "null"...), nil
	}
	b, err := t.AppendText(append(b, '"'))
	return append(b, '"'), err
}

// appendDegrees writes 7 decimals. Every coordinate of an answer is a whole
// number of 1e-7 degrees, whose digits are those of strconv.
func appendDegrees(b []byte, d Degrees) []byte {
	const perDegree, most = 1e7, 360
	v := float64(d)
	if n := math.Round(v * perDegree); math.Abs(v) <= most && n/perDegree == v && n != 0 {
		return appendFixed(b, int64(n), 7)
	}
	return strconv.AppendFloat(b, v, 'f', 7, 64)
}

// appendMetres writes to the centimetre, without zeros at the end.
func appendMetres(b []byte, m Metres) []byte { return appendRounded(b, float64(m), 2, 100) }

// appendProbability writes at most 4 decimals, without zeros at the end.
func appendProbability(b []byte, p Probability) []byte {
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
