package terms

import (
	"strconv"
	"time"

	"github.com/wanmi-gis/wanmi/api/web"
)

// An answer is written by hand: encoding/json asks for the type of every member
// and copies what each writes, four times the work of all the rest of a
// question. Its bytes are those of json.Marshal, which the tests hold them to.

// AppendAnswer appends the answer as JSON. An error is that of a date that JSON
// has no form for.
func AppendAnswer(b []byte, a *Answer) (_ []byte, err error) {
	b = append(b, `{"position":{"lon":`...)
	b = web.AppendDegrees(b, a.Position.Lon)
	b = append(b, `,"lat":`...)
	b = web.AppendDegrees(b, a.Position.Lat)
	b = append(b, `,"crs":`...)
	b = web.AppendText(b, a.Position.CRS)
	b = append(b, `},"status":`...)
	b = web.AppendText(b, string(a.Status))
	b = append(b, `,"fault":`...)
	b = web.AppendTextOrNull(b, a.Fault)
	if len(a.Also) > 0 {
		b = append(b, `,"also":[`...)
		for i, code := range a.Also {
			b = web.AppendText(Comma(b, i), code)
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
		b = append(b, a.Boundary...) // compact already, as GeoJSON writes it
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

// Comma appends what parts member i of a list from the one before.
func Comma(b []byte, i int) []byte {
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
	return web.AppendText(append(b, name...), text)
}

func appendCell(b []byte, c *AnswerCell) []byte {
	if c == nil {
		return append(b, "null"...)
	}
	b = append(b, `{"code":`...)
	b = web.AppendText(b, c.Code)
	b = appendMember(b, `,"name":`, c.Name)
	if c.BorderM != nil {
		b = append(b, `,"border_m":`...)
		b = web.AppendMetres(b, *c.BorderM)
	}
	if c.Across != nil {
		b = append(b, `,"across":`...)
		b = web.AppendTextOrNull(b, *c.Across)
	}
	if c.DistanceM != nil {
		b = append(b, `,"distance_m":`...)
		b = web.AppendMetres(b, *c.DistanceM)
	}
	return append(b, '}')
}

func appendZone(b []byte, z *AnswerZone) []byte {
	if z == nil {
		return append(b, "null"...)
	}
	b = append(b, `{"code":`...)
	b = web.AppendText(b, z.Code)
	b = append(b, `,"name":`...)
	b = web.AppendText(b, z.Name)
	b = append(b, `,"unit":`...)
	b = web.AppendText(b, z.Unit)
	b = appendMember(b, `,"unit_name":`, z.UnitName)
	return append(b, '}')
}

func appendNamed(b []byte, n *Named) []byte {
	if n == nil {
		return append(b, "null"...)
	}
	b = append(b, `{"code":`...)
	b = web.AppendText(b, n.Code)
	b = append(b, `,"name":`...)
	b = web.AppendText(b, n.Name)
	return append(b, '}')
}

func appendCandidates(b []byte, candidates []Candidate) []byte {
	if len(candidates) == 0 {
		return b
	}
	b = append(b, `,"candidates":[`...)
	for i := range candidates {
		c := &candidates[i]
		b = append(Comma(b, i), `{"cell":`...)
		b = web.AppendText(b, c.Cell)
		b = appendMember(b, `,"zone":`, c.Zone)
		b = appendMember(b, `,"community":`, c.Community)
		b = appendMember(b, `,"street":`, c.Street)
		b = append(b, `,"probability":`...)
		b = web.AppendProbability(b, c.Probability)
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
		b = append(Comma(b, i), `{"code":`...)
		b = web.AppendText(b, s.Code)
		b = append(b, `,"name":`...)
		b = web.AppendText(b, s.Name)
		b = append(b, `,"probability":`...)
		b = web.AppendProbability(b, s.Probability)
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
