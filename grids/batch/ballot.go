package batch

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// A Ballot tells the encoding of a file by its pieces, lines or values, where
// each may be of another program: what most of them can only be wins.
type Ballot struct{ utf8, gb int }

// Add counts one piece.
func (b *Ballot) Add(text []byte) {
	switch Judge(text) {
	case UTF8:
		b.utf8++
	case GB18030:
		b.gb++
	}
}

// Winner is the encoding of the file; UTF8 when every piece reads as both.
func (b *Ballot) Winner() Encoding {
	if b.gb > b.utf8 {
		return GB18030
	}
	return UTF8
}

// Judge returns the encoding that a piece of text can only be in: GB18030 when it
// is no UTF-8, UTF8 when it has a character of three bytes or more, and Detect
// when it is ASCII or reads as both. Two bytes of GBK pass for a character of
// UTF-8 often enough (路 is one); that they pass for one of three needs rare
// characters.
func Judge(text []byte) Encoding {
	if !utf8.Valid(text) {
		return GB18030
	}
	for i := 0; i < len(text); {
		_, n := utf8.DecodeRune(text[i:])
		if n > 2 {
			return UTF8
		}
		i += n
	}
	return Detect
}

// Text decodes a piece without its byte order mark; ok is false when the bytes are
// no text of the encoding, and what cannot be read is then U+FFFD.
func (e Encoding) Text(b []byte) (text string, ok bool) {
	b = bytes.TrimPrefix(b, bom)
	text = e.decode(b)
	if e == GB18030 {
		return text, !strings.ContainsRune(text, utf8.RuneError)
	}
	return text, utf8.Valid(b)
}

// Bytes encodes a text; ok is false when the encoding lacks one of its characters,
// or when it is GBK by name and the character needs GB18030's four bytes.
func (e Encoding) Bytes(text string) (b []byte, ok bool) {
	if e != GB18030 || isASCII(text) {
		return []byte(text), utf8.ValidString(text)
	}
	b, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(text))
	return b, err == nil
}

// CheckText tells whether the beginning of a file can be a text at all. The error
// wraps ErrTable.
func CheckText(head []byte) error {
	_, err := detect(head, false)
	return err
}
