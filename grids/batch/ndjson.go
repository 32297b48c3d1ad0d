package batch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/wanmi-gis/wanmi/grids"
)

// jsonLines is the format of one JSON object a line.
type jsonLines struct {
	finder

	lonNames, latNames []string
	lonExact, latExact bool
}

func newJSONLines(f finder) *jsonLines {
	j := &jsonLines{finder: f}
	j.lonNames, j.lonExact = f.names(f.o.Lon, lonNames)
	j.latNames, j.latExact = f.names(f.o.Lat, latNames)
	return j
}

func (j *jsonLines) cut(data []byte, last bool) (record, int) { return cutLine(data, last) }
func (j *jsonLines) quotes() bool                             { return false }

func (j *jsonLines) head(data []byte, last bool, enc Encoding) (out []byte, size int, err error) {
	j.enc = enc
	if j.uncertain, err = j.o.uncertain(); err != nil {
		return nil, 0, err
	}
	switch {
	case bytes.HasPrefix(data, bom):
		return bom, len(bom), nil
	case !last && bytes.HasPrefix(bom, data):
		return nil, -1, nil
	}
	return nil, 0, nil
}

func (j *jsonLines) worker() rower { return j }

// usual leaves all to row: the members of an object have no usual order.
func (j *jsonLines) usual(out, _ []byte) ([]byte, int, int) { return out, 0, 0 }

func (j *jsonLines) row(out []byte, rec record) ([]byte, bool) {
	text := rec.text
	if j.enc == GB18030 {
		text = []byte(j.enc.decode(text)) // whose second bytes may look like a backslash
	}
	o, why := object{}, rec.fault
	if why == "" {
		o, why = parseObject(text)
	}
	if why != "" {
		out = append(out, `{"line":`...)
		line, err := json.Marshal(j.enc.decode(rec.text))
		if err != nil || rec.text == nil {
			line = []byte("null")
		}
		out = append(j.enc.encode(out, string(line)), ',')
		return endJSON(append(j.fault(out, why), '}'), rec), true
	}
	lead, before, after, trail := o.gap(text)
	head, tail := text[:before], text[after:]
	if j.enc == GB18030 {
		head, tail = j.asItCame(rec.text, text, before, after)
	}
	out = append(append(out, head...), lead...)
	p, why := j.locateIn(&o)
	metres := 0.0
	if why == "" && j.o.Accuracy != "" {
		metres, why = j.accuracyIn(&o)
	}
	if why != "" {
		out = j.fault(out, why)
	} else {
		out = j.answer(out, &p)
		if j.o.Accuracy != "" {
			out = j.addCandidates(out, &p, metres)
		}
	}
	out = append(append(out, trail...), tail...)
	return endJSON(out, rec), why != ""
}

// asItCame finds the gap of the decoded text in the line. Bytes that are no
// characters of the encoding keep it from being found; then they are lost.
func (j *jsonLines) asItCame(raw, text []byte, before, after int) (head, tail []byte) {
	head, tail = j.enc.encode(nil, string(text[:before])), j.enc.encode(nil, string(text[after:]))
	middle := after - before // "null" or nothing
	if bytes.HasSuffix(raw, tail) && len(raw) >= len(tail)+middle {
		return raw[:len(raw)-len(tail)-middle], tail
	}
	return head, tail
}

func endJSON(out []byte, rec record) []byte {
	if n := len(rec.eol); n > 0 && rec.eol[n-1] == '\n' {
		return append(out, rec.eol...)
	}
	return append(out, '\n')
}

// locateIn finds the coordinates in an object and looks them up.
func (j *jsonLines) locateIn(o *object) (p grids.Place, why string) {
	var x, y []byte
	if o.isFeature {
		if x, y, why = pointOf(o.geometry); why != "" {
			return p, why
		}
	} else {
		x, y = j.members(o)
		switch {
		case x == nil:
			return p, fmt.Sprintf("no member %q", j.lonNames[0])
		case y == nil:
			return p, fmt.Sprintf("no member %q", j.latNames[0])
		}
	}
	lon, ok := jsonNumber(x)
	if !ok {
		return p, j.notJSONNumber(x)
	}
	lat, ok := jsonNumber(y)
	if !ok {
		return p, j.notJSONNumber(y)
	}
	p, err := j.locate(lon, lat)
	if err != nil {
		return p, err.Error()
	}
	return p, ""
}

// members finds the coordinates among the members: the likeliest names; of two
// that are alike the last, as JSON readers do.
func (j *jsonLines) members(o *object) (x, y []byte) {
	bestX, bestY := len(j.lonNames), len(j.latNames)
	o.each(func(name string, value []byte) {
		if k := rank(name, j.lonNames, j.lonExact); k >= 0 && k <= bestX {
			bestX, x = k, value
		}
		if k := rank(name, j.latNames, j.latExact); k >= 0 && k <= bestY {
			bestY, y = k, value
		}
	})
	return x, y
}

// jsonNumber reads a number, or a text with one: many tables were turned into
// JSON that way.
func jsonNumber(value []byte) (float64, bool) {
	if len(value) > 0 && value[0] == '"' {
		return number(value[1 : len(value)-1])
	}
	return number(value)
}

func (j *jsonLines) notJSONNumber(value []byte) string {
	plain := *j
	plain.enc = UTF8 // it was decoded
	return plain.notNumber(bytes.Trim(value, `"`))
}

// answer appends the added members.
func (j *jsonLines) answer(out []byte, p *grids.Place) []byte {
	out = append(append(append(out, `"status":"`...), p.Status...), '"')
	codes := j.codes(p)
	for i, code := range codes {
		out = j.member(out, answerColumns[i+1], code)
	}
	out = append(out, `,"error":null`...)
	if j.o.Border {
		metres, across, ok := j.border(p)
		out = append(out, `,"border_m":`...)
		if ok {
			out = strconv.AppendFloat(out, metres, 'f', -1, 64)
		} else {
			out = append(out, "null"...)
		}
		out = j.member(out, "across", across)
	}
	return out
}

// member appends a code, null for none.
func (j *jsonLines) member(out []byte, name, code string) []byte {
	out = append(append(append(out, `,"`...), name...), `":`...)
	switch {
	case code == "":
		return append(out, "null"...)
	case j.plain:
		return append(append(append(out, '"'), code...), '"')
	}
	return j.text(out, code)
}

func (j *jsonLines) text(out []byte, text string) []byte {
	b, err := json.Marshal(text)
	if err != nil {
		return append(out, "null"...)
	}
	return j.enc.encode(out, string(b))
}

// fault appends the added members with an error.
func (j *jsonLines) fault(out []byte, why string) []byte {
	out = append(out, `"status":null,"cell":null,"zone":null,"community":null,"street":null,"district":null,"error":`...)
	out = j.text(out, why)
	if j.o.Border {
		out = append(out, `,"border_m":null,"across":null`...)
	}
	if j.o.Accuracy != "" {
		out = append(out, noCandidates...)
	}
	return out
}
