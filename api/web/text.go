package web

import (
	"encoding/json"
	"unicode/utf8"
)

// special has the bytes that encoding/json does not write as they are: control
// characters, quotes and what HTML gives a meaning. lineMark begins U+2028 and
// U+2029, which JavaScript takes for line ends, among other characters.
var special = func() (out [256]bool) {
	for c := range byte(' ') {
		out[c] = true
	}
	for _, c := range []byte{'"', '\\', '<', '>', '&', lineMark} {
		out[c] = true
	}
	return out
}()

const lineMark = 0xe2

// AppendText appends a JSON string as encoding/json writes it.
func AppendText(b []byte, text string) []byte {
	var bits byte
	for i := range len(text) {
		c := text[i]
		if special[c] {
			return appendSpecial(b, text)
		}
		bits |= c
	}
	if bits >= utf8.RuneSelf && !utf8.ValidString(text) {
		return appendSpecial(b, text)
	}
	b = append(b, '"')
	b = append(b, text...)
	return append(b, '"')
}

// appendSpecial leaves to encoding/json what is rarely there.
func appendSpecial(b []byte, text string) []byte {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // every text has a form
	}
	return append(b, quoted...)
}

// AppendTextOrNull appends null where there is no text.
func AppendTextOrNull(b []byte, text *string) []byte {
	if text == nil {
		return append(b, "null"...)
	}
	return AppendText(b, *text)
}
