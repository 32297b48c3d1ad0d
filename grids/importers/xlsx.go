package importers

import (
	"archive/zip"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// The sheets of an .xlsx are read as a stream of cells with their types. The
// libraries for the format stream a row as texts only: a code that became a number
// looks there like one that is a text.

// readXLSX reads a sheet whose header row names the columns.
func readXLSX(ctx context.Context, name string, f *FileMapping, row func(*record), fault func(*recordError)) error {
	z, err := zip.OpenReader(name)
	if err != nil {
		return fmt.Errorf("not an .xlsx: %w", err)
	}
	defer func() { _ = z.Close() }() // it was only read
	if len(z.File) > maxZipEntries {
		return fmt.Errorf("%d files in the .xlsx, at most %d are read", len(z.File), maxZipEntries)
	}
	book := &workbook{ctx: ctx, zip: &z.Reader}
	sheet, err := book.sheet(f.Table)
	if err != nil {
		return err
	}
	if book.texts, err = book.sharedTexts(); err != nil {
		return err
	}
	if book.styles, err = book.readStyles(); err != nil {
		return err
	}
	t := &sheetTable{book: book, header: max(f.HeaderRow, 1), lon: f.Lon, lat: f.Lat, row: row, fault: fault}
	return t.read(sheet)
}

// workbook is the parts of an .xlsx that its sheets need.
type workbook struct {
	ctx       context.Context
	zip       *zip.Reader
	texts     []string
	styles    []cellStyle
	since1904 bool
}

// open opens a part; ok is false when there is none.
func (w *workbook) open(name string) (r io.ReadCloser, ok bool, err error) {
	name = strings.TrimPrefix(name, "/")
	for _, f := range w.zip.File {
		if !strings.EqualFold(strings.ReplaceAll(f.Name, "\\", "/"), name) {
			continue
		}
		r, size, err := openEntry(f, name)
		if err != nil {
			return nil, false, err
		}
		return struct {
			io.Reader
			io.Closer
		}{&stream{ctx: w.ctx, r: r, limit: size}, r}, true, nil
	}
	return nil, false, nil
}

// maxPartBytes bounds the parts that are read whole: the list of sheets, styles.
const maxPartBytes = 16 << 20

// decode reads a small part into v; a part that is missing leaves v as it is.
func (w *workbook) decode(name string, v any) error {
	r, ok, err := w.open(name)
	if err != nil || !ok {
		return err
	}
	defer r.Close()
	if err := xml.NewDecoder(io.LimitReader(r, maxPartBytes)).Decode(v); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// sheet finds the part of the sheet with the name, or of the only one.
func (w *workbook) sheet(want string) (string, error) {
	var book struct {
		Properties struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
			// Strict files have another namespace.
			Strict string `xml:"http://purl.oclc.org/ooxml/officeDocument/relationships id,attr"`
		} `xml:"sheets>sheet"`
	}
	var relations struct {
		List []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := errors.Join(w.decode("xl/workbook.xml", &book), w.decode("xl/_rels/workbook.xml.rels", &relations)); err != nil {
		return "", fmt.Errorf("not an .xlsx: %w", err)
	}
	w.since1904 = book.Properties.Date1904 == "1" || book.Properties.Date1904 == "true"
	var names []string
	id := ""
	for _, s := range book.Sheets {
		names = append(names, s.Name)
		if want == "" || s.Name == want {
			id = s.ID + s.Strict
		}
	}
	switch {
	case len(names) == 0:
		return "", errors.New("not an .xlsx: it has no sheet")
	case want != "" && id == "":
		return "", fmt.Errorf("no sheet %q; there are %s", want, strings.Join(names, ", "))
	case want == "" && len(names) > 1:
		return "", fmt.Errorf("several sheets, name one as table: %s", strings.Join(names, ", "))
	}
	for _, r := range relations.List {
		if r.ID != id {
			continue
		}
		if strings.HasPrefix(r.Target, "/") {
			return r.Target, nil
		}
		return path.Join("xl", r.Target), nil
	}
	return "", fmt.Errorf("the sheet %q is not in the file", want)
}

// xmlStream reads tokens of a part; one that is longer than maxTokenBytes, a text
// without an end, is an error and is not held in memory.
type xmlStream struct {
	d    *xml.Decoder
	r    io.Reader
	left int
}

// maxTokenBytes is far above the 32,767 characters that a cell may have.
const maxTokenBytes = 4 << 20

func newXMLStream(r io.Reader) *xmlStream {
	s := &xmlStream{r: r}
	s.d = xml.NewDecoder(s)
	return s
}

func (s *xmlStream) next() (xml.Token, error) {
	s.left = maxTokenBytes
	return s.d.RawToken()
}

func (s *xmlStream) Read(p []byte) (int, error) {
	if s.left <= 0 {
		return 0, fmt.Errorf("a text of more than %d MB", maxTokenBytes>>20)
	}
	n, err := s.r.Read(p)
	s.left -= n
	return n, err
}

// maxTextBytes bounds the shared texts of a workbook, which are held in memory.
const maxTextBytes = 512 << 20

func (w *workbook) sharedTexts() ([]string, error) {
	const name = "xl/sharedStrings.xml"
	r, ok, err := w.open(name)
	if err != nil || !ok {
		return nil, err
	}
	defer r.Close()
	var out []string
	total := 0
	d := newXMLStream(r)
	for {
		t, err := d.next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if e, ok := t.(xml.StartElement); ok && e.Name.Local == "si" {
			text, err := richText(d, "si")
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			if total += len(text) + 16; total > maxTextBytes {
				return nil, fmt.Errorf("%s: more than %d MB: %w", name, maxTextBytes>>20, ErrBomb)
			}
			out = append(out, text)
		}
	}
}

// richText joins the runs of a text, without the reading aids of Japanese, up to the
// end of the element.
func richText(d *xmlStream, end string) (string, error) {
	var b strings.Builder
	text, aid := false, false
	for {
		t, err := d.next()
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.StartElement:
			text = t.Name.Local == "t"
			aid = aid || t.Name.Local == "rPh"
		case xml.EndElement:
			text = false
			if t.Name.Local == "rPh" {
				aid = false
			}
			if t.Name.Local == end {
				return b.String(), nil
			}
		case xml.CharData:
			if text && !aid && b.Len() < maxTokenBytes {
				b.Write(t)
			}
		}
	}
}
