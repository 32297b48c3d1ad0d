package importers

import (
	"fmt"
	"strings"

	"github.com/wanmi-gis/wanmi/grids"
)

// codeWatch looks at the codes of one file for what spreadsheets do to them: a code
// taken for a number loses its leading zeros, its digits from the 16th on, and its
// shape ("1.10101E+14").
type codeWatch struct {
	// widths has the lengths of codes of digits that begin with 0.
	widths map[int]bool
	// short are codes of digits that do not, by length: the first of each.
	short map[int]shortCode
}

type shortCode struct {
	number, count int
	code          string
}

func (w *codeWatch) see(r *record, code string) {
	if !digits(code) {
		return
	}
	if w.widths == nil {
		w.widths, w.short = map[int]bool{}, map[int]shortCode{}
	}
	if code[0] == '0' {
		w.widths[len(code)] = true
		return
	}
	s, ok := w.short[len(code)]
	if !ok {
		s = shortCode{number: r.number, code: code}
	}
	s.count++
	w.short[len(code)] = s
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// scientific says whether a code is a number written with a power of ten.
func scientific(code string) bool {
	mantissa, power, ok := strings.Cut(strings.ToUpper(code), "E+")
	return ok && digits(power) && digits(strings.Replace(mantissa, ".", "", 1))
}

// lostZeros reports the codes that are one or more digits shorter than those of the
// same file that begin with 0.
func (rd *reading) lostZeros() {
	if len(rd.codes.widths) != 1 { // codes of many lengths are numbers anyway
		return
	}
	for width := range rd.codes.widths {
		for n := width - 1; n > 0; n-- {
			s, ok := rd.codes.short[n]
			if !ok {
				continue
			}
			rd.im.report.Add(grids.Fault{
				Severity: grids.Error, Rule: "leading-zero-lost", File: rd.f.File, Layer: rd.layer, Feature: s.number, Code: s.code,
				Reason: fmt.Sprintf("%d codes have %d digits, those that begin with 0 have %d", s.count, n, width),
				Hint:   "format the column as text in the spreadsheet and enter the codes again",
			})
		}
	}
}
