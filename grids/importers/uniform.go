package importers

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/wanmi-gis/wanmi/grids/batch"
)

// uniform reads a text of lines in one encoding as UTF-8. A line that is of
// another encoding than the rest is told as a fault, and read by its own: it
// would otherwise be a row of nonsense that looks like data.
type uniform struct {
	r     *bufio.Reader
	enc   batch.Encoding
	fault func(*recordError)
	line  int
	raw   []byte // the line as it stands in the file
	ready []byte // decoded and not handed out yet
	err   error
}

// ballotBytes is how much of a file votes for its encoding.
const ballotBytes = 64 << 10

// newUniform finds the encoding by the head of the file; want, when not Detect, is
// what the mapping says.
func newUniform(r io.Reader, want batch.Encoding, fault func(*recordError)) (*uniform, error) {
	u := &uniform{r: bufio.NewReaderSize(r, ballotBytes), enc: want, fault: fault}
	head, _ := u.r.Peek(ballotBytes) // what is wrong with r comes again when it is read
	if err := batch.CheckText(head); err != nil {
		return nil, err
	}
	if want == batch.Detect {
		u.enc = elect(head)
	}
	return u, nil
}

// elect lets the whole lines of the head vote.
func elect(head []byte) batch.Encoding {
	var b batch.Ballot
	for len(head) > 0 {
		n := len(head)
		for i, c := range head {
			if c == '\n' {
				n = i + 1
				break
			}
		}
		whole := n < len(head) || n < ballotBytes
		if whole {
			b.Add(head[:n])
		}
		head = head[n:]
	}
	return b.Winner()
}

func (u *uniform) Read(p []byte) (int, error) {
	for len(u.ready) == 0 {
		if u.err != nil {
			return 0, u.err
		}
		u.next()
	}
	n := copy(p, u.ready)
	u.ready = u.ready[n:]
	return n, nil
}

// next decodes one line.
func (u *uniform) next() {
	raw := u.raw[:0]
	for {
		piece, err := u.r.ReadSlice('\n')
		if raw = append(raw, piece...); len(raw) > maxLine {
			u.err = fmt.Errorf("line %d is longer than %d MB", u.line+1, maxLine>>20)
			return
		}
		if err == nil {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			u.err = err
			break
		}
	}
	if len(raw) == 0 {
		return
	}
	u.line++
	u.raw = raw
	if ascii(raw) {
		u.ready = raw
		return
	}
	enc := u.enc
	if own := batch.Judge(raw); own != batch.Detect && own != enc {
		if text, ok := own.Text(raw); ok {
			u.fault(&recordError{
				number: u.line, rule: "mixed-encoding",
				reason: fmt.Errorf("the line is in %s, the file in %s", own, enc),
				hint:   "save the whole file in one encoding",
			})
			u.ready = []byte(text)
			return
		}
	}
	text, ok := enc.Text(raw)
	if !ok {
		u.fault(&recordError{
			number: u.line, rule: "mixed-encoding", reason: fmt.Errorf("the line has bytes that are no %s text", enc),
			hint: "save the file as UTF-8",
		})
	}
	u.ready = []byte(text)
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
