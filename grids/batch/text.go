package batch

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Text reads a table in any of the encodings as UTF-8 without a byte order mark.
// Like CSV it tells them apart by the first 64 KB; the error wraps ErrTable.
func Text(r io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(r, headBytes)
	head, err := b.Peek(headBytes) // what is wrong with r comes again when it is read
	enc, derr := detect(head, errors.Is(err, io.EOF))
	switch {
	case derr != nil:
		return nil, derr
	case enc == GB18030:
		return simplifiedchinese.GB18030.NewDecoder().Reader(b), nil
	case bytes.HasPrefix(head, bom):
		_, err := b.Discard(len(bom))
		return b, err
	}
	return b, nil
}
