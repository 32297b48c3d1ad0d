package exporters

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/batch"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// Limits of a .dbf.
const (
	maxNameBytes = 10
	maxTextBytes = 254
	maxFields    = 255
)

// kinds of shape, each of which is a Shapefile of its own.
const (
	kindPoint = iota
	kindMultiPoint
	kindLine
	kindPolygon
)

var kindNames = [...]string{"points", "multipoints", "lines", "polygons"}

func kindOf(g orb.Geometry) int {
	switch g.(type) {
	case orb.Point:
		return kindPoint
	case orb.MultiPoint:
		return kindMultiPoint
	case orb.LineString, orb.MultiLineString:
		return kindLine
	}
	return kindPolygon
}

// shapefile writes a layer as .shp, .shx, .dbf, .cpg and .prj; a layer of several
// kinds of shape as one set for each.
func (x *export) shapefile(name string, t *table) error {
	if len(t.columns) > maxFields {
		return fmt.Errorf("%d columns, a Shapefile has at most %d: export as GeoPackage", len(t.columns), maxFields)
	}
	widths := make([]int, len(t.columns))
	counts := map[int]int{}
	err := t.each(func(f *grids.Feature, g orb.Geometry, values []any) error {
		counts[kindOf(g)]++
		for i, v := range values {
			b, ok := x.encoding.Bytes(plain(v))
			if !ok {
				x.fault(t.layer, grids.Error, "not-in-encoding", f.Code, fmt.Sprintf("%s has a character that is not in %s", t.columns[i], encodingName(x.encoding)), "export in another encoding")
			}
			if len(b) > maxTextBytes {
				x.fault(t.layer, grids.Error, "text-too-long", f.Code, fmt.Sprintf("%s has %d bytes, a Shapefile holds %d", t.columns[i], len(b), maxTextBytes), "export as GeoPackage")
			}
			widths[i] = max(widths[i], min(len(b), maxTextBytes))
		}
		return nil
	})
	if err != nil || x.report.Count(grids.Error) > 0 {
		return err
	}
	names := x.shortNames(t)
	text, described := crs.WKT(x.system)
	if !described {
		x.fault(t.layer, grids.Note, "crs-without-name", "", "a .prj cannot say "+x.system.Name(), "name crs when it is read")
	}
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		n := counts[kind]
		stem := strings.TrimSuffix(name, filepath.Ext(name))
		if len(counts) > 1 {
			stem += "-" + kindNames[kind]
			x.fault(t.layer, grids.Note, "kinds-apart", "", fmt.Sprintf("a Shapefile has one kind of shape: %d %s are in %s.shp", n, kindNames[kind], filepath.Base(stem)), "")
		}
		if err := x.shapefileOf(stem, t, kind, n, names, widths); err != nil {
			return err
		}
		cpg := "UTF-8"
		if x.encoding == batch.GB18030 {
			cpg = "GBK"
		}
		if err := x.out.write(stem+".cpg", cpg); err != nil {
			return err
		}
		if described {
			if err := x.out.write(stem+".prj", text); err != nil {
				return err
			}
		}
	}
	return nil
}

// shapefileOf writes the rows of one kind.
func (x *export) shapefileOf(stem string, t *table, kind, n int, names []string, widths []int) (err error) {
	files := make([]*outFile, 0, 3)
	defer func() {
		for _, f := range files {
			if cerr := f.close(); err == nil {
				err = cerr
			}
		}
	}()
	for _, suffix := range [...]string{".shp", ".shx", ".dbf"} {
		f, err := newOutFile(&x.out, stem+suffix)
		if err != nil {
			return err
		}
		files = append(files, f)
	}
	shp, dbf := newShpWriter(files[0], files[1], kind), newDbfWriter(files[2], x.encoding, n, names, widths)
	err = t.each(func(f *grids.Feature, g orb.Geometry, values []any) error {
		if kindOf(g) != kind {
			return nil
		}
		shp.add(g)
		dbf.add(values)
		return nil
	})
	if err != nil {
		return err
	}
	dbf.end()
	return shp.end()
}

// shortNames cuts the columns' names to what a .dbf holds, each still its own, and
// says which were cut.
func (x *export) shortNames(t *table) []string {
	out := make([]string, len(t.columns))
	taken := map[string]bool{}
	for i, c := range t.columns {
		short := x.cut(c, maxNameBytes)
		for n := 1; short == "" || taken[strings.ToLower(short)]; n++ {
			end := fmt.Sprint(n)
			short = x.cut(c, maxNameBytes-len(end)) + end
		}
		taken[strings.ToLower(short)] = true
		if out[i] = short; short != c {
			x.fault(t.layer, grids.Note, "short-name", "", fmt.Sprintf("column %s is called %s: a Shapefile has names of %d bytes", c, short, maxNameBytes), "")
		}
	}
	return out
}

// cut shortens a text to a number of bytes in the export's encoding.
func (x *export) cut(text string, limit int) string {
	for {
		if b, ok := x.encoding.Bytes(text); ok && len(b) <= limit {
			return text
		}
		_, n := utf8.DecodeLastRuneInString(text)
		if n == 0 {
			return ""
		}
		text = text[:len(text)-n]
	}
}
