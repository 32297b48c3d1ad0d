package importers

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// timeReader reads the times of a table.
type timeReader struct {
	zone    *time.Location
	formats []timeFormat
}

// timeFormat is one way to write a time.
type timeFormat struct {
	layout string // of package time, or ""
	second int64  // how many units of a number make a second, where there is no layout
}

// usualFormats are tried where the mapping names none.
var usualFormats = []string{
	"rfc3339", "YYYY-MM-DD HH:mm:ss", "YYYY-MM-DD HH:mm", "YYYY/M/D H:mm:ss", "YYYY/M/D H:mm", "YYYY-MM-DDTHH:mm:ss", "YYYY-MM-DD", "YYYY/M/D",
}

// patterns are the parts of a format, the longest of each letter first.
var patterns = []struct{ pattern, layout string }{
	{"YYYY", "2006"},
	{"MM", "01"},
	{"M", "1"},
	{"DD", "02"},
	{"D", "2"},
	{"HH", "15"},
	{"H", "15"}, // which takes one digit too
	{"hh", "03"},
	{"h", "3"},
	{"mm", "04"},
	{"m", "4"},
	{"ss", "05"},
	{"s", "5"},
	{"A", "PM"},
	{"Z", "Z07:00"},
}

func parseFormats(texts []string) ([]timeFormat, error) {
	if len(texts) == 0 {
		texts = usualFormats
	}
	if len(texts) > maxFormats {
		return nil, fmt.Errorf("%d of them, at most %d", len(texts), maxFormats)
	}
	out := make([]timeFormat, 0, len(texts))
	var errs []error
	for _, text := range texts {
		f, err := parseFormat(text)
		if err != nil {
			errs = append(errs, err)
		}
		out = append(out, f)
	}
	return out, errors.Join(errs...)
}

// parseFormat turns a pattern into a layout of package time, whose own letters and
// digits it keeps out.
func parseFormat(text string) (timeFormat, error) {
	switch text {
	case "rfc3339":
		return timeFormat{layout: time.RFC3339}, nil
	case "unix":
		return timeFormat{second: 1}, nil
	case "unix_ms":
		return timeFormat{second: 1000}, nil
	}
	var b strings.Builder
	year := false
scan:
	for rest := text; rest != ""; {
		for _, p := range patterns {
			if after, ok := strings.CutPrefix(rest, p.pattern); ok {
				b.WriteString(p.layout)
				year = year || p.pattern == "YYYY"
				rest = after
				continue scan
			}
		}
		c := rest[0]
		if c == '_' || (c != 'T' && (c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z')) {
			return timeFormat{}, fmt.Errorf("%q: not a pattern at %q; there are YYYY MM M DD D HH H hh h A mm m ss s Z, and rfc3339, unix, unix_ms", text, rest)
		}
		b.WriteByte(c)
		rest = rest[1:]
	}
	if !year {
		return timeFormat{}, fmt.Errorf("%q: a format has a year, YYYY", text)
	}
	return timeFormat{layout: b.String()}, nil
}

// The years that a case may be of. What lies outside is a slip of whoever typed it,
// or a system's sign for none: 1753 is the first year of a widespread database.
const (
	firstYear = 1990
	lastYear  = 2200
)

// read reads a time; the empty text is none.
func (r *timeReader) read(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, f := range r.formats {
		t, ok := f.read(text, r.zone)
		if !ok {
			continue
		}
		if y := t.In(r.zone).Year(); y < firstYear || y > lastYear {
			return time.Time{}, fmt.Errorf("the year %d is not between %d and %d", y, firstYear, lastYear)
		}
		return t, nil
	}
	return time.Time{}, errors.New("not a time as time.formats has it")
}

func (f timeFormat) read(text string, zone *time.Location) (time.Time, bool) {
	if f.layout != "" {
		t, err := time.ParseInLocation(f.layout, text, zone)
		return t, err == nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return time.Unix(n/f.second, 0), err == nil
}
