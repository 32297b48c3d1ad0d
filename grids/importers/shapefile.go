package importers

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/grids/batch"
)

// shapefile is the files of one Shapefile, in a folder or in a zip.
type shapefile struct {
	shp, dbf part
	// prj and cpg are the texts of these files, "" where there is none.
	prj, cpg string
	opened   []io.Closer
}

// part is one file of a set with the size it has or is said to have.
type part struct {
	r    io.Reader
	size int64
}

// release closes the files, which were only read.
func (s *shapefile) release() {
	for _, c := range s.opened {
		_ = c.Close()
	}
}

// Limits of the small files of a set.
const maxSideBytes = 64 << 10

// source opens a file of the set by its suffix; ok is false when there is none.
type source func(suffix string) (r io.ReadCloser, size int64, ok bool, err error)

// openShapefile opens a .shp, or the one in a .zip that table names, or the only
// one.
func openShapefile(ctx context.Context, name, table string) (*shapefile, error) {
	if strings.HasSuffix(strings.ToLower(name), ".zip") {
		return openZipped(ctx, name, table)
	}
	stem := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	beside, err := os.ReadDir(filepath.Dir(name))
	if err != nil {
		return nil, err
	}
	return gatherShapefile(ctx, func(suffix string) (io.ReadCloser, int64, bool, error) {
		for _, e := range beside {
			if !strings.EqualFold(e.Name(), stem+suffix) {
				continue
			}
			f, err := os.Open(filepath.Join(filepath.Dir(name), e.Name()))
			if err != nil {
				return nil, 0, false, err
			}
			info, err := f.Stat()
			if err != nil {
				f.Close()
				return nil, 0, false, err
			}
			return f, info.Size(), true, nil
		}
		return nil, 0, false, nil
	})
}

func gatherShapefile(ctx context.Context, open source) (s *shapefile, err error) {
	s = &shapefile{}
	defer func() {
		if err != nil {
			s.release()
		}
	}()
	for _, p := range [...]struct {
		suffix string
		to     *part
		hint   string
	}{
		{".shp", &s.shp, "the geometry is missing"},
		{".dbf", &s.dbf, "the table is missing, and with it every code and name: copy it beside the .shp"},
	} {
		r, size, ok, err := open(p.suffix)
		if err != nil {
			return s, err
		}
		if !ok {
			return s, fmt.Errorf("there is no %s: %s", p.suffix, p.hint)
		}
		s.opened = append(s.opened, r)
		*p.to = part{&stream{ctx: ctx, r: r, limit: size}, size}
		if size == 0 {
			return s, fmt.Errorf("the %s: %w", p.suffix, ErrEmptyFile)
		}
	}
	for _, p := range [...]struct {
		suffix string
		to     *string
	}{{".prj", &s.prj}, {".cpg", &s.cpg}} {
		r, size, ok, err := open(p.suffix)
		if err != nil {
			return s, err
		}
		if !ok {
			continue
		}
		s.opened = append(s.opened, r)
		if size > maxSideBytes {
			return s, fmt.Errorf("the %s has %d bytes, at most %d are read", p.suffix, size, maxSideBytes)
		}
		b, err := io.ReadAll(&stream{ctx: ctx, r: r, limit: size})
		if err != nil {
			return s, fmt.Errorf("the %s: %w", p.suffix, err)
		}
		*p.to = strings.TrimSpace(strings.TrimPrefix(string(b), "\ufeff"))
	}
	return s, nil
}

// maxZipEntries bounds the directory of a zip.
const maxZipEntries = 10_000

// openZipped finds a Shapefile in a zip. Nothing is unpacked to disk; a name that
// leads out of the folder is refused all the same, as whoever made it meant harm.
func openZipped(ctx context.Context, name, table string) (*shapefile, error) {
	z, err := zip.OpenReader(name)
	if err != nil {
		return nil, fmt.Errorf("zip: %w", err)
	}
	if len(z.File) > maxZipEntries {
		_ = z.Close()
		return nil, fmt.Errorf("zip: %d files, at most %d are read", len(z.File), maxZipEntries)
	}
	names := make([]string, len(z.File)) // in UTF-8, in the order of the zip
	var stems []string
	for i, f := range z.File {
		if names[i], err = entryName(f); err != nil {
			_ = z.Close()
			return nil, err
		}
		if stem, ok := cutSuffixFold(names[i], ".shp"); ok && !strings.HasPrefix(path.Base(stem), "._") {
			if table == "" || strings.EqualFold(path.Base(stem), table) || strings.EqualFold(stem, table) {
				stems = append(stems, stem)
			}
		}
	}
	switch {
	case len(stems) == 0 && table != "":
		err = fmt.Errorf("zip: there is no %s.shp in it", table)
	case len(stems) == 0:
		err = errors.New("zip: there is no .shp in it")
	case len(stems) > 1:
		err = fmt.Errorf("zip: several Shapefiles, name one as table: %s", strings.Join(stems, ", "))
	}
	if err != nil {
		_ = z.Close()
		return nil, err
	}
	s, err := gatherShapefile(ctx, func(suffix string) (io.ReadCloser, int64, bool, error) {
		for i, f := range z.File {
			if strings.EqualFold(names[i], stems[0]+suffix) {
				r, size, err := openEntry(f, names[i])
				return r, size, err == nil, err
			}
		}
		return nil, 0, false, nil
	})
	if err != nil {
		_ = z.Close()
		return nil, err
	}
	s.opened = append(s.opened, z)
	return s, nil
}

// entryName is the name of a file in a zip. Chinese names are often GBK without a
// flag that says so.
func entryName(f *zip.File) (string, error) {
	name := f.Name
	if f.NonUTF8 {
		if enc := batch.Judge([]byte(name)); enc != batch.Detect {
			name, _ = enc.Text([]byte(name))
		}
	}
	slashed := strings.ReplaceAll(name, "\\", "/")
	if strings.HasPrefix(slashed, "/") || slashed == ".." || strings.HasPrefix(path.Clean(slashed), "../") {
		return "", fmt.Errorf("zip: the name %q leads out of the folder", name)
	}
	return slashed, nil
}

// openEntry opens a file in a zip whose size, as the zip says it, is within the
// limits; the stream over it is held to that size.
func openEntry(f *zip.File, name string) (io.ReadCloser, int64, error) {
	size, packed := f.UncompressedSize64, max(f.CompressedSize64, 1)
	if size > maxUnpacked || (size > ratioFromBytes && size/packed > maxRatio) {
		return nil, 0, fmt.Errorf("%s: %d bytes of %d: %w", name, size, packed, ErrBomb)
	}
	if size > math.MaxInt64 {
		return nil, 0, fmt.Errorf("%s: %w", name, ErrBomb)
	}
	r, err := f.Open()
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", name, err)
	}
	return r, int64(size), nil
}

func cutSuffixFold(s, suffix string) (string, bool) {
	if at := len(s) - len(suffix); at >= 0 && strings.EqualFold(s[at:], suffix) {
		return s[:at], true
	}
	return s, false
}

// encoding is what the mapping says, or else the .cpg; Detect when neither does.
func (s *shapefile) encoding(mapped batch.Encoding) (enc batch.Encoding, told string, err error) {
	if mapped != batch.Detect {
		return mapped, "the mapping", nil
	}
	if s.cpg == "" {
		return batch.Detect, "", nil
	}
	name := strings.ToLower(strings.TrimSpace(s.cpg))
	for _, prefix := range [...]string{"ansi ", "windows-", "cp", "ms"} {
		if digits, ok := strings.CutPrefix(name, prefix); ok {
			name = digits
		}
	}
	switch name {
	case "936", "54936":
		return batch.GB18030, "the .cpg", nil
	case "65001":
		return batch.UTF8, "the .cpg", nil
	}
	if enc, err = batch.ParseEncoding(s.cpg); err != nil {
		return enc, "", fmt.Errorf("the .cpg: %w; name encoding in the mapping if it is wrong", err)
	}
	return enc, "the .cpg", nil
}

// read pairs the shapes with the rows of the table.
func (s *shapefile) read(mapped batch.Encoding, row func(*record), fault func(*recordError)) error {
	enc, told, err := s.encoding(mapped)
	if err != nil {
		return err
	}
	shapes, err := newShpReader(s.shp.r, s.shp.size)
	if err != nil {
		return err
	}
	table, err := newDbfReader(s.dbf.r, s.dbf.size, enc, told)
	if err != nil {
		return err
	}
	for {
		g, badShape, err := shapes.next()
		done := errors.Is(err, io.EOF)
		if err != nil && !done {
			return err
		}
		if done {
			break
		}
		props, deleted, cut, badText, err := table.next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("the .dbf has %d rows, the .shp has more shapes: they are not of one file", table.n)
		}
		if err != nil {
			return err
		}
		if pairFaults(shapes.n, g, badShape, badText, deleted, cut, fault) {
			row(&record{number: shapes.n, geometry: g, props: props})
		}
	}
	switch {
	case table.n < table.rows:
		return fmt.Errorf("the .shp has %d shapes, the .dbf has %d rows: they are not of one file", shapes.n, table.rows)
	case shapes.n == 0:
		return errors.New("the Shapefile has no shape")
	}
	if kind := shapes.kind; kind > shpWithZ {
		what := "M"
		if kind < shpWithM {
			what = "Z"
		}
		fault(&recordError{rule: "flattened", reason: fmt.Errorf("the shapes have %s values, which are left out", what)})
	}
	return nil
}

// pairFaults tells what is wrong with one shape and its row; it returns whether
// the record can be used.
func pairFaults(n int, g orb.Geometry, badShape, badText error, deleted bool, cut []string, fault func(*recordError)) bool {
	switch {
	case deleted:
		fault(&recordError{number: n, rule: "deleted-row", reason: errors.New("the row is marked as deleted and is left out")})
		return false
	case badShape != nil:
		fault(&recordError{number: n, rule: "broken-geometry", reason: badShape})
		return false
	case badText != nil:
		fault(&recordError{
			number: n, rule: "mixed-encoding", reason: badText,
			hint: "name encoding in the mapping, or save the file in one encoding",
		})
		return false
	case g == nil:
		fault(&recordError{number: n, rule: "no-geometry", reason: errors.New("the shape is empty")})
		return false
	}
	if len(cut) > 0 {
		fault(&recordError{
			number: n, rule: "cut-text", reason: fmt.Errorf("the text of %s ends in half a character: it was cut to the column's width", strings.Join(cut, ", ")),
		})
	}
	return true
}
