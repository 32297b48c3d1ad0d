package batch

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Encoding of a text.
type Encoding uint8

// The encodings. GB18030 stands for GBK and GB 2312 too, which it contains.
const (
	Detect Encoding = iota
	UTF8
	GB18030
)

// String returns the name for Content-Type.
func (e Encoding) String() string {
	return [...]string{"", "utf-8", "gb18030"}[e]
}

// ParseEncoding finds an encoding by its usual names in any letter case.
func ParseEncoding(name string) (Encoding, error) {
	switch strings.ToLower(name) {
	case "utf-8", "utf8", "us-ascii":
		return UTF8, nil
	case "gb18030", "gbk", "gb2312", "cp936":
		return GB18030, nil
	}
	return Detect, fmt.Errorf("encoding %.32q is not read; there are utf-8, gbk and gb18030", name)
}

// headBytes is how much of the input decides its encoding.
const headBytes = 64 << 10

var bom = []byte("\ufeff")

// detect finds the encoding of a text by its beginning. Two bytes of GBK are
// UTF-8 by chance one time in five or so, a page of it never.
func detect(head []byte, whole bool) (Encoding, error) {
	switch {
	case bytes.HasPrefix(head, bom):
		return UTF8, nil
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return Detect, fmt.Errorf("%w: it is UTF-16; save it as UTF-8", ErrTable)
	case bytes.IndexByte(head, 0) >= 0:
		return Detect, fmt.Errorf("%w: it is no text", ErrTable)
	}
	if !whole { // the last character may be cut in two
		for n := 1; n < utf8.UTFMax && n <= len(head); n++ {
			if tail := head[len(head)-n:]; utf8.RuneStart(tail[0]) {
				if !utf8.FullRune(tail) {
					head = head[:len(head)-n]
				}
				break
			}
		}
	}
	if utf8.Valid(head) {
		return UTF8, nil
	}
	return GB18030, nil
}

// decode returns the text of bytes in the encoding.
func (e Encoding) decode(b []byte) string {
	if e == GB18030 {
		if text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b); err == nil {
			b = text
		}
	}
	return strings.ToValidUTF8(string(b), string(utf8.RuneError))
}

// encode appends the text in the encoding.
func (e Encoding) encode(out []byte, text string) []byte {
	if e == GB18030 && !isASCII(text) {
		if b, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(text)); err == nil {
			return append(out, b...)
		}
	}
	return append(out, text...)
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
