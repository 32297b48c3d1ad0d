package importers

import (
	"math"
	"strings"
	"time"
)

// cellStyle is what a style says of the meaning of a number.
type cellStyle struct {
	date bool
	// zeros is the width of a format of zeros only, "000000", which shows a code with
	// its leading zeros although the cell holds a number.
	zeros int
}

// readStyles lists the styles that cells name by their place.
func (w *workbook) readStyles() ([]cellStyle, error) {
	var sheet struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := w.decode("xl/styles.xml", &sheet); err != nil {
		return nil, err
	}
	codes := map[int]string{}
	for _, f := range sheet.Formats {
		codes[f.ID] = f.Code
	}
	out := make([]cellStyle, len(sheet.Cells))
	for i, c := range sheet.Cells {
		code, own := codes[c.Format]
		switch {
		case own:
			out[i] = styleOf(code)
		case c.Format >= 14 && c.Format <= 22, c.Format >= 27 && c.Format <= 36, c.Format >= 45 && c.Format <= 47, c.Format >= 50 && c.Format <= 58:
			out[i].date = true // the format's built-in dates, those of Chinese editions included
		}
	}
	return out, nil
}

// styleOf reads a format code: texts in quotes and brackets aside, one with a year or
// a day is a date.
func styleOf(code string) cellStyle {
	code, _, _ = strings.Cut(code, ";")
	if n := len(code); n > 1 && strings.Trim(code, "0") == "" {
		return cellStyle{zeros: n}
	}
	quoted, bracketed, escaped := false, false, false
	for _, c := range strings.ToLower(code) {
		switch {
		case escaped:
			escaped = false
		case c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[':
			bracketed = true
		case c == ']':
			bracketed = false
		case bracketed:
		case c == 'y' || c == 'd' || c == 'h':
			return cellStyle{date: true}
		}
	}
	return cellStyle{}
}

// dateText is a day count as a date, with the time of day where there is one. The
// count pretends that 1900 was a leap year: from March 1900 on it is that of days
// since 1899-12-30.
func dateText(days float64, since1904 bool) string {
	origin := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if since1904 {
		origin = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	const last = 2958466 // the end of the year 9999
	days = min(max(days, 0), last)
	whole, part := math.Modf(days)
	t := origin.AddDate(0, 0, int(whole)).Add(time.Duration(math.Round(part*86400)) * time.Second)
	if part == 0 {
		return t.Format(time.DateOnly)
	}
	return t.Format("2006-01-02T15:04:05")
}
