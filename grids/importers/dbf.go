package importers

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/wanmi-gis/wanmi/grids/batch"
)

// dbfField is a column of a .dbf.
type dbfField struct {
	name string
	kind byte
	size int
}

// dbfReader reads the rows of a .dbf one after the other.
type dbfReader struct {
	r      *bufio.Reader
	rows   int // as the header says
	n      int
	fields []dbfField
	row    []byte
	// enc is Detect until a text decides; told says who named it.
	enc  batch.Encoding
	told string
}

const (
	dbfHeadBytes  = 32
	dbfFieldBytes = 32
	dbfHeadEnd    = 0x0d
	dbfDeleted    = '*'
	dbfChinese    = 0x4d // the language driver of code page 936
)

func newDbfReader(r io.Reader, size int64, enc batch.Encoding, told string) (*dbfReader, error) {
	d := &dbfReader{r: bufio.NewReaderSize(r, ballotBytes), enc: enc, told: told}
	var head [dbfHeadBytes]byte
	if _, err := io.ReadFull(d.r, head[:]); err != nil {
		return nil, fmt.Errorf("the .dbf has no whole header: %w", err)
	}
	rows, length := int64(binary.LittleEndian.Uint32(head[4:])), int64(binary.LittleEndian.Uint16(head[8:]))
	row := int64(binary.LittleEndian.Uint16(head[10:]))
	if length < dbfHeadBytes+1 || row < 1 {
		return nil, fmt.Errorf("not a .dbf: a header of %d bytes, rows of %d", length, row)
	}
	if want := length + rows*row; want > size {
		return nil, fmt.Errorf("the .dbf is cut short: %d of %d bytes are there", size, want)
	}
	columns := make([]byte, length-dbfHeadBytes)
	if _, err := io.ReadFull(d.r, columns); err != nil {
		return nil, fmt.Errorf("the columns of the .dbf: %w", err)
	}
	d.rows, d.row = int(rows), make([]byte, row)
	ahead, _ := d.r.Peek(ballotBytes) // what is wrong comes again when it is read
	names, err := d.columns(columns)
	if err != nil {
		return nil, err
	}
	if d.enc == batch.Detect {
		d.elect(names, ahead)
	}
	if d.enc == batch.Detect && head[29] == dbfChinese {
		d.enc, d.told = batch.GB18030, "its language driver"
	}
	return d, d.name(names)
}

// columns reads the field descriptors and returns their names as they stand.
func (d *dbfReader) columns(b []byte) (names [][]byte, err error) {
	sum := 1
	for len(b) >= dbfFieldBytes && b[0] != dbfHeadEnd {
		raw, _, _ := bytes.Cut(b[:11], []byte{0})
		f := dbfField{kind: b[11], size: int(b[16])}
		if sum += f.size; sum > len(d.row) {
			return nil, fmt.Errorf("the columns of the .dbf are wider than its rows of %d bytes", len(d.row))
		}
		names, d.fields = append(names, raw), append(d.fields, f)
		b = b[dbfFieldBytes:]
	}
	if len(d.fields) == 0 {
		return nil, errors.New("the .dbf has no column")
	}
	return names, nil
}

// elect lets the columns' names and the texts of the first rows vote.
func (d *dbfReader) elect(names [][]byte, ahead []byte) {
	var b batch.Ballot
	decided := false
	add := func(text []byte) {
		decided = decided || batch.Judge(text) != batch.Detect
		b.Add(text)
	}
	for _, n := range names {
		add(n)
	}
	for ; len(ahead) >= len(d.row); ahead = ahead[len(d.row):] {
		at := 1
		for _, f := range d.fields {
			if f.kind == 'C' {
				add(wholeText(ahead[at : at+f.size]))
			}
			at += f.size
		}
	}
	if decided {
		d.enc, d.told = b.Winner(), "most of its texts"
	}
}

// wholeText is a padded text without a last character of UTF-8 that the width cut.
func wholeText(b []byte) []byte {
	text := bytes.TrimRight(b, " \x00")
	if len(text) < len(b) {
		return text
	}
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if tail := text[len(text)-n:]; utf8.RuneStart(tail[0]) {
			if tail[0] >= utf8.RuneSelf && !utf8.FullRune(tail) && utf8.Valid(text[:len(text)-n]) {
				return text[:len(text)-n]
			}
			break
		}
	}
	return text
}

func (d *dbfReader) name(names [][]byte) error {
	seen := map[string]bool{}
	for i, raw := range names {
		text, _ := d.text(wholeText(raw))
		text = strings.TrimSpace(text)
		if text == "" || seen[text] {
			return fmt.Errorf("column %d of the .dbf is called %q, as another one or not at all", i+1, text)
		}
		seen[text] = true
		d.fields[i].name = text
	}
	return nil
}

// text decodes a text; the first that is not ASCII decides where nothing has yet.
func (d *dbfReader) text(b []byte) (string, error) {
	if ascii(b) {
		return string(b), nil
	}
	if d.enc == batch.Detect {
		if d.enc = batch.Judge(b); d.enc == batch.Detect {
			return string(b), nil // it reads as both, and as UTF-8 it is certain to be text
		}
		d.told = "the texts before"
	}
	if text, ok := d.enc.Text(b); ok && (d.enc != batch.GB18030 || batch.Judge(b) != batch.UTF8) {
		return text, nil
	}
	own := batch.Judge(b)
	if own == batch.Detect || own == d.enc {
		text, _ := d.enc.Text(b)
		return text, fmt.Errorf("%q is no %s text", text, d.enc)
	}
	text, _ := own.Text(b)
	return text, fmt.Errorf("%q is in %s; %s say %s", text, own, d.told, d.enc)
}

// next reads one row; io.EOF after the last. cut names the columns whose text fills
// the column and ends in half a character.
func (d *dbfReader) next() (props map[string]any, deleted bool, cut []string, bad, err error) {
	if d.n == d.rows {
		return nil, false, nil, nil, io.EOF
	}
	if _, err := io.ReadFull(d.r, d.row); err != nil {
		return nil, false, nil, nil, fmt.Errorf("row %d of the .dbf: %w", d.n+1, err)
	}
	d.n++
	props = make(map[string]any, len(d.fields))
	at := 1
	for _, f := range d.fields {
		raw := d.row[at : at+f.size]
		at += f.size
		if f.kind != 'C' {
			props[f.name] = dbfValue(f.kind, raw)
			continue
		}
		whole, half := d.halved(raw)
		if half {
			cut = append(cut, f.name)
		}
		text, terr := d.text(whole)
		if terr != nil && bad == nil {
			bad = fmt.Errorf("column %s: %w", f.name, terr)
		}
		props[f.name] = strings.TrimSpace(text)
	}
	return props, d.row[0] == dbfDeleted, cut, bad, nil
}

// halved is a text without the half character at its end.
func (d *dbfReader) halved(raw []byte) (whole []byte, half bool) {
	whole = bytes.TrimRight(raw, " \x00")
	if len(whole) < len(raw) || ascii(whole) {
		return whole, false
	}
	if d.enc != batch.GB18030 {
		kept := wholeText(raw)
		return kept, len(kept) < len(whole)
	}
	if _, ok := d.enc.Text(whole); ok {
		return whole, false
	}
	kept := whole[:len(whole)-1]
	if _, ok := d.enc.Text(kept); ok {
		return kept, true
	}
	return whole, false
}

// dbfValue reads a column that is no text. What is empty, or stars because the
// column was too narrow, is nothing.
func dbfValue(kind byte, raw []byte) any {
	text := strings.Trim(string(raw), " \x00")
	switch kind {
	case 'N', 'F':
		if text == "" || strings.Trim(text, "*") == "" {
			return nil
		}
		if json.Valid([]byte(text)) {
			return json.Number(text)
		}
		return text
	case 'D':
		if len(text) == len("20260131") && strings.Trim(text, "0") != "" {
			return text[:4] + "-" + text[4:6] + "-" + text[6:]
		}
		return nil
	case 'L':
		switch text {
		case "T", "t", "Y", "y":
			return true
		case "F", "f", "N", "n":
			return false
		}
		return nil
	}
	return fmt.Sprintf("%x", raw) // kinds of other programs, as their bytes
}
