package batch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// maxDepth is how deeply lists and objects of a line may nest.
const maxDepth = 16

// object is a JSON object that was found to be valid, by the places of its
// members.
type object struct {
	text      []byte
	isFeature bool
	geometry  []byte // of a feature
	props     []byte // of a feature: its properties
}

// parseObject reads a line. why says what is wrong with it.
func parseObject(text []byte) (o object, why string) {
	switch {
	case Depth(text) > maxDepth:
		return o, fmt.Sprintf("broken row: nested more than %d deep", maxDepth)
	case !json.Valid(text):
		return o, "broken row: no JSON"
	}
	if o.text = bytes.TrimSpace(text); o.text[0] != '{' {
		return o, "broken row: no JSON object"
	}
	o.each(func(name string, value []byte) {
		switch name {
		case "type":
			o.isFeature = string(value) == `"Feature"`
		case "geometry":
			o.geometry = value
		case "properties":
			o.props = value
		}
	})
	return o, ""
}

// Depth returns how deeply lists and objects nest in what may be JSON, without
// recursion.
func Depth(text []byte) int {
	now, deepest, inText := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch b := text[i]; {
		case inText && b == '\\':
			i++
		case b == '"':
			inText = !inText
		case inText:
		case b == '[' || b == '{':
			now++
			deepest = max(deepest, now)
		case b == ']' || b == '}':
			now--
		}
	}
	return deepest
}

// each calls f for each member, in order. The text is valid.
func (o *object) each(f func(name string, value []byte)) {
	eachMember(o.text, f)
}

func eachMember(text []byte, f func(name string, value []byte)) {
	for i := 1; ; {
		i = space(text, i)
		if i >= len(text) || text[i] == '}' {
			return
		}
		if text[i] == ',' {
			i = space(text, i+1)
		}
		end := valueEnd(text, i)
		name := text[i+1 : end-1]
		i = space(text, end) // at the colon
		i = space(text, i+1)
		stop := valueEnd(text, i)
		f(memberName(name), text[i:stop])
		i = stop
	}
}

// memberName undoes escapes.
func memberName(raw []byte) string {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw)
	}
	var name string
	if err := json.Unmarshal(append(append([]byte{'"'}, raw...), '"'), &name); err != nil {
		return string(raw)
	}
	return name
}

func space(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\t' || text[i] == '\r' || text[i] == '\n') {
		i++
	}
	return i
}

// valueEnd returns where the value that begins at i ends.
func valueEnd(text []byte, i int) int {
	depth := 0
	for i < len(text) {
		switch text[i] {
		case '"':
			for i++; text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i // the end of what a bare value stands in
			}
			depth--
		default:
			if depth == 0 {
				for i < len(text) && strings.IndexByte(",]} \t\r\n", text[i]) < 0 {
					i++
				}
				return i
			}
		}
		if i++; depth == 0 {
			return i
		}
	}
	return i
}

// gap says where in the line the added members go: behind text[:before] and
// lead, and trail and text[after:] follow. A feature's go into its properties,
// and where it has none these are made.
func (o *object) gap(text []byte) (lead string, before, after int, trail string) {
	open := o.text
	if o.isFeature && o.props != nil {
		if o.props[0] != '{' { // null
			at := offset(text, o.props)
			return "{", at, at + len(o.props), "}"
		}
		open = o.props
	}
	if space(open, 1) < len(open)-1 {
		lead = ","
	}
	if o.isFeature && o.props == nil {
		lead, trail = lead+`"properties":{`, "}"
	}
	at := offset(text, open) + len(open) - 1 // the closing brace
	return lead, at, at, trail
}

// offset returns where in text its part begins.
func offset(text, part []byte) int { return cap(text) - cap(part) }

// pointOf finds the two numbers of a GeoJSON point.
func pointOf(geometry []byte) (x, y []byte, why string) {
	const noPoint = "the feature's geometry is no point"
	if len(geometry) == 0 || geometry[0] != '{' {
		return nil, nil, noPoint
	}
	var kind, at []byte
	eachMember(geometry, func(name string, value []byte) {
		switch name {
		case "type":
			kind = value
		case "coordinates":
			at = value
		}
	})
	if string(kind) != `"Point"` || len(at) == 0 || at[0] != '[' {
		return nil, nil, noPoint
	}
	i := space(at, 1)
	end := valueEnd(at, i)
	x = at[i:end]
	if i = space(at, end); i >= len(at) || at[i] != ',' {
		return nil, nil, noPoint
	}
	i = space(at, i+1)
	y = at[i:valueEnd(at, i)]
	return x, y, ""
}
