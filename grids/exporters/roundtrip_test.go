package exporters_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/batch"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/grids/exporters"
	"github.com/wanmi-gis/wanmi/grids/importers"
	"github.com/wanmi-gis/wanmi/spatial"
)

// keysOf lists the keys of a layer's attributes.
func keysOf(t *testing.T, c *grids.City, l grids.Layer) []string {
	t.Helper()
	keys := map[string]bool{}
	err := cityfile.EachRow(c, l, func(f *grids.Feature, _ []any) error {
		if f.Attributes == "" {
			return nil
		}
		var a map[string]any
		err := json.Unmarshal([]byte(f.Attributes), &a)
		for k := range a {
			keys[k] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(keys))
}

// mappingOf writes the mapping that reads exported files again.
func mappingOf(t *testing.T, c *grids.City, layers []grids.Layer, files func(grids.Layer) []string, more string, column func(string) string) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "city: {code: %q, name: %q, scheme: %q, time_zone: Asia/Shanghai, near_m: %g}\n", c.Code, c.Name, c.Scheme, c.NearM)
	b.WriteString("categories:\n")
	national, err := grids.National(c.Scheme)
	if err != nil {
		t.Fatal(err)
	}
	for _, cat := range c.Categories {
		if cat.Scheme == c.Scheme && !slices.ContainsFunc(national, func(n grids.Category) bool { return n.Kind == cat.Kind && n.Code == cat.Code }) {
			fmt.Fprintf(&b, "  - {kind: %q, code: %q, major: %q, name: %q}\n", cat.Kind, cat.Code, cat.Major, cat.Name)
		}
	}
	b.WriteString("  []\nlayers:\n")
	text := strings.Replace(b.String(), "categories:\n  []\n", "", 1)
	b.Reset()
	b.WriteString(strings.Replace(text, "  []\n", "", 1))
	for _, l := range layers {
		fields := []string{}
		for _, f := range slices.Concat([]string{"code", "name", "valid_from", "valid_to"}, cityfile.Columns(l)) {
			if f != "area_m2" && f != "moved_at" {
				fields = append(fields, f+": "+column(f))
			}
		}
		keys := keysOf(t, c, l)
		for i, k := range keys {
			keys[i] = column(k)
		}
		fmt.Fprintf(&b, "  %s:\n", l)
		for _, file := range files(l) {
			fmt.Fprintf(&b, "    - file: %s\n%s      fields: {%s}\n      keep: [%s]\n", file, more, strings.Join(fields, ", "), strings.Join(keys, ", "))
		}
	}
	return b.String()
}

func again(t *testing.T, dir, mapping string) *grids.City {
	t.Helper()
	path := filepath.Join(dir, "city.yaml")
	if err := os.WriteFile(path, []byte(mapping), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := importers.ReadMapping(path)
	if err != nil {
		t.Fatalf("%v\n%s", err, mapping)
	}
	c, report, err := importers.Import(t.Context(), m, importers.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if c == nil {
		for _, f := range report.Faults {
			t.Log(f)
		}
		t.Fatal("no city came back")
	}
	return c
}

// rowsOf writes the rows of a layer as text, without what is computed on import. As a
// Shapefile has them (flat) attributes are texts with short names, and rings run
// clockwise.
func rowsOf(t *testing.T, c *grids.City, l grids.Layer, flat bool) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := cityfile.EachRow(c, l, func(f *grids.Feature, values []any) error {
		attributes := map[string]any{}
		if f.Attributes != "" {
			if err := json.Unmarshal([]byte(f.Attributes), &attributes); err != nil {
				return err
			}
		}
		shape := f.Geometry()
		coords := fmt.Sprint(shape.Coords, shape.Ends)
		if flat {
			for _, k := range slices.Collect(maps.Keys(attributes)) {
				v := attributes[k]
				delete(attributes, k)
				attributes[k[:min(len(k), 10)]] = fmt.Sprint(v)
			}
			if shape.Kind == spatial.Polygons {
				coords = fmt.Sprint(turnless(shape))
			}
		}
		own := map[string]any{}
		for i, name := range cityfile.Columns(l) {
			if name != "area_m2" && name != "moved_at" {
				own[name] = values[i]
			}
		}
		out[f.Code] = fmt.Sprintf("%s %v %s %v %+v", f.Name, f.Valid, coords, attributes, own)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// turnless lists the edges of a shape whichever way they run.
func turnless(s *spatial.Shape) []string {
	var out []string
	for i := range s.Ends {
		ring := s.Part(i)
		for k, a := range ring {
			b := ring[(k+1)%len(ring)]
			if b.X < a.X || b.X == a.X && b.Y < a.Y {
				a, b = b, a
			}
			out = append(out, fmt.Sprint(i, a, b))
		}
	}
	slices.Sort(out)
	return out
}

func same(t *testing.T, got, want *grids.City, layers []grids.Layer, flat bool) {
	t.Helper()
	for _, l := range layers {
		is, should := rowsOf(t, got, l, flat), rowsOf(t, want, l, flat)
		if !reflect.DeepEqual(is, should) {
			shown := 0
			for code, row := range should {
				if is[code] != row && shown < 2 {
					shown++
					t.Errorf("%s %s\n is     %.300s\n should %.300s", l, code, is[code], row)
				}
			}
			if len(is) != len(should) {
				t.Errorf("%s: %d rows, want %d", l, len(is), len(should))
			}
		}
	}
}

func layersWithRows(c *grids.City) (out []grids.Layer) {
	for _, l := range cityfile.Layers() {
		if cityfile.CountRows(c, l) > 0 {
			out = append(out, l)
		}
	}
	return out
}

func TestWhatIsExportedIsReadAgainAsItWas(t *testing.T) {
	town, err := demo.Town(1)
	if err != nil {
		t.Fatal(err)
	}
	all := layersWithRows(town)
	short := func(c string) string { return c[:min(len(c), 10)] }
	whole := func(c string) string { return c }
	for _, c := range []struct {
		format exporters.Format
		crs    string
		enc    batch.Encoding
		more   string
		column func(string) string
		flat   bool
	}{
		{exporters.GeoJSON, "cgcs2000", batch.UTF8, "      crs: cgcs2000\n", whole, false},
		{exporters.GeoJSON, "gcj02", batch.UTF8, "      crs: gcj02\n", whole, false},
		{exporters.GeoPackage, "epsg:4547", batch.UTF8, "", whole, false},
		{exporters.GeoPackage, "bd09", batch.UTF8, "      crs: bd09\n", whole, false},
		{exporters.Shapefile, "epsg:4526", batch.GB18030, "", short, true},
		{exporters.Shapefile, "cgcs2000", batch.UTF8, "", short, true},
	} {
		t.Run(fmt.Sprintf("%s in %s", c.format, c.crs), func(t *testing.T) {
			dir := t.TempDir()
			out := "out." + string(c.format)
			files, report, err := exporters.Export(t.Context(), filepath.Join(dir, out), town, exporters.Options{CRS: c.crs, Encoding: c.enc, Layers: all})
			if err != nil {
				t.Fatal(err, report.Faults)
			}
			mapping := mappingOf(t, town, all, func(l grids.Layer) (of []string) {
				for _, f := range files {
					name := filepath.Base(f)
					if stem, ok := strings.CutSuffix(name, "."+string(c.format)); ok && (stem == "out" || stem == "out-"+string(l) || strings.HasPrefix(stem, "out-"+string(l)+"-")) {
						of = append(of, name)
					}
				}
				return of
			}, c.more, c.column)
			if c.format == exporters.GeoPackage {
				for _, l := range all {
					mapping = strings.Replace(mapping, fmt.Sprintf("  %s:\n    - file: out.gpkg\n", l), fmt.Sprintf("  %s:\n    - file: out.gpkg\n      table: %s\n", l, l), 1)
				}
			}
			if left, _ := filepath.Glob(filepath.Join(dir, ".*part*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			for _, f := range files {
				if _, err := os.Stat(f); err != nil {
					t.Error(err)
				}
			}
			same(t, again(t, dir, mapping), town, all, c.flat)
		})
	}
}

// GDAL, which shares no code with us, reads the same number of features and the same
// names.
func TestGDALReadsWhatIsExported(t *testing.T) {
	town, err := demo.Town(1)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, c := range []struct {
		file string
		o    exporters.Options
	}{
		{"a.gpkg", exporters.Options{CRS: "epsg:4547"}},
		{"b.shp", exporters.Options{CRS: "epsg:4547", Encoding: batch.GB18030}},
		{"c.geojson", exporters.Options{}},
	} {
		c.o.Layers = []grids.Layer{grids.Cells}
		path := filepath.Join(dir, c.file)
		if _, report, err := exporters.Export(t.Context(), path, town, c.o); err != nil {
			t.Fatal(err, report.Faults)
		}
		summary, err := exec.CommandContext(t.Context(), "ogrinfo", "-ro", "-al", "-so", path).CombinedOutput()
		if err != nil || !strings.Contains(string(summary), fmt.Sprintf("Feature Count: %d", len(town.Cells))) {
			t.Errorf("%s: %v\n%s", c.file, err, summary)
		}
		first, err := exec.CommandContext(t.Context(), "ogrinfo", "-ro", "-al", "-where", "code = '"+town.Cells[0].Code+"'", path).CombinedOutput()
		if err != nil || !strings.Contains(string(first), "code (String) = "+town.Cells[0].Code) || !strings.Contains(string(first), town.Cells[0].LandUse) || strings.Contains(string(first), "ERROR") || strings.Contains(string(first), "Warning") {
			t.Errorf("%s: %v\n%s", c.file, err, first)
		}
	}
	judge := exec.CommandContext(t.Context(), "/usr/bin/python3", "-m", "osgeo_utils.samples.validate_gpkg", "-k", filepath.Join(dir, "a.gpkg"))
	if out, err := judge.CombinedOutput(); err != nil || strings.Contains(string(out), "rror") {
		t.Errorf("%v\n%s", err, out)
	}
}
