package importers

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// sheetCell is a cell's value: a text, a json.Number, a bool; or what is wrong.
type sheetCell struct {
	column            int
	value             any
	fault, rule, hint string
}

// cell reads a cell to its end.
func (w *workbook) cell(d *xmlStream, e xml.StartElement) (c sheetCell, err error) {
	kind, style := attribute(e, "t"), attribute(e, "s")
	var value string
	formula, stored, inValue := false, false, false
	for {
		token, err := d.next()
		if err != nil {
			return c, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			switch token.Name.Local {
			case "v":
				inValue, stored = true, true
			case "f":
				formula = true
			case "is":
				if value, err = richText(d, "is"); err != nil {
					return c, err
				}
			}
		case xml.CharData:
			if inValue && len(value) < maxTokenBytes {
				value += string(token)
			}
		case xml.EndElement:
			inValue = false
			if token.Name.Local == "c" {
				return w.valued(kind, style, value, formula && !stored), nil
			}
		}
	}
}

// valued makes the value of what a cell has stored; unknown says that it has a
// formula and no result of it.
func (w *workbook) valued(kind, style, value string, unknown bool) (c sheetCell) {
	if value == "" {
		if unknown {
			c.rule, c.fault = "formula-without-value", "the formula has no stored result"
			c.hint = "open the file in a spreadsheet and save it, or paste the column as values"
		}
		return c
	}
	switch kind {
	case "s":
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 || n >= len(w.texts) {
			c.rule, c.fault = "broken-cell", fmt.Sprintf("the text number %.12q is not in the file", value)
			return c
		}
		c.value = w.texts[n]
	case "str", "inlineStr":
		c.value = value
	case "d":
		c.value, _, _ = strings.Cut(value, "T00:00:00")
	case "b":
		c.value = value == "1"
	case "e":
		c.rule, c.fault, c.hint = "error-in-cell", "it shows the error "+value, "mend the formula"
	default:
		return w.numbered(style, value)
	}
	if c.value == "" {
		c.value = nil
	}
	return c
}

// numbered is a cell with a number, which its style may show as a date or with
// leading zeros.
func (w *workbook) numbered(style, value string) (c sheetCell) {
	v, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		c.rule, c.fault = "broken-cell", fmt.Sprintf("%.24q is no number", value)
		return c
	}
	var s cellStyle
	if n, err := strconv.Atoi(style); err == nil && n >= 0 && n < len(w.styles) {
		s = w.styles[n]
	}
	if s.date {
		c.value = dateText(v, w.since1904)
		return c
	}
	// A spreadsheet holds 15 digits; what it writes beyond is rounding.
	const digitsHeld = 15
	if whole := math.Trunc(v) == v; whole && math.Abs(v) >= 1e15 {
		c.rule, c.fault = "number-as-code", fmt.Sprintf("the number %.0f has more digits than the 15 that a spreadsheet keeps", v)
		c.hint = textHint
		return c
	} else if whole {
		c.value = json.Number(fmt.Sprintf("%.0f", v))
		if s.zeros > 0 && v >= 0 {
			c.value = fmt.Sprintf("%0*.0f", s.zeros, v)
		}
		return c
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', digitsHeld, 64), 64)
	if err != nil {
		rounded = v
	}
	c.value = json.Number(strconv.FormatFloat(rounded, 'f', -1, 64))
	return c
}
