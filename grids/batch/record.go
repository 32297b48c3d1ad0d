package batch

import "bytes"

// maxRecord is how many bytes a row may have.
const maxRecord = 1 << 20

// record is one row as it came.
type record struct {
	text  []byte // without the line end
	eol   []byte // "\n", "\r\n", or empty at the end of the input
	fault string // why it cannot be read, or ""
	// quoted says that the text has quotes, all of them in their places.
	quoted bool
}

// What can be wrong with a record; the words of its error.
const (
	faultLong  = "broken row: longer than 1 MB"
	faultBare  = `broken row: a quote in a field that does not begin with one`
	faultAfter = `broken row: text after the closing quote`
	faultOpen  = "broken row: a quote is not closed"
)

// cutLine takes the first line off data: size is its length with the line end,
// 0 when the data end before it does, unless they are the last.
func cutLine(data []byte, last bool) (rec record, size int) {
	end := bytes.IndexByte(data, '\n')
	switch {
	case end >= 0:
		size = end + 1
	case last:
		end, size = len(data), len(data)
	default:
		return record{}, 0
	}
	if end > 0 && data[end-1] == '\r' {
		end--
	}
	rec = record{text: data[:end], eol: data[end:size]}
	if len(rec.text) > maxRecord {
		rec.text, rec.fault = nil, faultLong
	}
	return rec, size
}

// cutRecord takes the first record of a CSV table off data. A record whose
// quotes are broken ends with its first line, so that the next lines are read
// as if it had not been there.
//
// Both the one who splits the input into blocks and the one who reads a block
// call it. They find the same records, for a block ends with a record, and
// whether a quote is closed depends on maxRecord bytes at most.
func cutRecord(data []byte, last bool) (rec record, size int) {
	rec, size = cutLine(data, last)
	if size == 0 || rec.fault != "" || bytes.IndexByte(rec.text, '"') < 0 {
		return rec, size
	}
	end, fault := walk(data, last)
	switch {
	case fault != "" && end < size:
		rec.fault = fault
		return rec, size
	case fault != "": // in a later line, which a block need not hold
		rec.fault = faultOpen
		return rec, size
	case end < 0:
		return record{}, 0
	}
	size = end
	if size < len(data) { // at \n, or at the \r before it
		size = bytes.IndexByte(data[end:], '\n') + end + 1
		if size == end { // a \r that ends the input
			size = len(data)
		}
	}
	return record{text: data[:end], eol: data[end:size], quoted: true}, size
}

// walk goes over the fields of a record and returns where its text ends, or a
// negative number when the data end before it does. With a fault it returns
// where that is.
func walk(data []byte, last bool) (end int, fault string) {
	window := data[:min(len(data), maxRecord)]
	whole := last || len(data) >= maxRecord // no more will come into the window
	i := 0
	for {
		if i < len(window) && window[i] == '"' {
			var closed bool
			if i, closed = closing(window, i+1); !closed {
				if whole {
					return len(window), faultOpen
				}
				return -1, ""
			}
		} else {
			for i < len(window) && window[i] != ',' && window[i] != '\n' && window[i] != '"' {
				i++
			}
			if i < len(window) && window[i] == '"' {
				return i, faultBare
			}
			if i > 0 && i < len(window) && window[i] == '\n' && window[i-1] == '\r' {
				return i - 1, ""
			}
		}
		if i >= len(window) {
			return atEnd(data, last, i)
		}
		switch {
		case window[i] == ',':
			i++
		case window[i] == '\n':
			return i, ""
		case window[i] == '\r' && i+1 < len(data) && data[i+1] == '\n':
			return i, ""
		case window[i] == '\r' && i+1 == len(data):
			if last {
				return i, ""
			}
			return -1, ""
		default:
			return i, faultAfter
		}
	}
}

// atEnd decides about a record that reaches the end of the window.
func atEnd(data []byte, last bool, i int) (end int, fault string) {
	switch {
	case i < len(data) || len(data) > maxRecord:
		return i, faultOpen
	case !last:
		return -1, ""
	case data[i-1] == '\r': // encoding/csv drops it too
		return i - 1, ""
	}
	return i, ""
}

// closing returns the place after the quote that closes a field. A doubled
// quote stands for one within it.
func closing(window []byte, i int) (after int, closed bool) {
	for {
		k := bytes.IndexByte(window[i:], '"')
		if k < 0 {
			return 0, false
		}
		i += k + 1
		if i >= len(window) || window[i] != '"' {
			return i, true
		}
		i++
	}
}
