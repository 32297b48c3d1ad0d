package importers

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/batch"
	"github.com/wanmi-gis/wanmi/spatial"
)

// shapefileOf writes features as a Shapefile with GDAL; options are ogr2ogr's.
func (p *plot) shapefileOf(t *testing.T, name string, features []string, options ...string) {
	t.Helper()
	source := strings.TrimSuffix(name, ".shp") + "-source.geojson"
	p.write(t, source, collection(features...))
	p.program(t, "ogr2ogr", append([]string{"-f", "ESRI Shapefile", name, source}, options...)...)
}

// zipped packs files of the plot's folder; names maps what they are called inside.
func (p *plot) zipped(t *testing.T, name string, names map[string]string) {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for inside, file := range names {
		content, err := os.ReadFile(filepath.Join(p.dir, file))
		if err != nil {
			t.Fatal(err)
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: inside, Method: zip.Deflate})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	p.write(t, name, b.String())
}

// remake changes the bytes of a file.
func (p *plot) remake(t *testing.T, name string, change func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	p.write(t, name, string(change(b)))
}

func chineseLamps() []string {
	return []string{
		point(`{"code":"L1","name":"开封市鼓楼区路灯"}`, 114.3005, 34.7005),
		point(`{"code":"L2","name":"井盖"}`, 114.3006, 34.7005),
	}
}

func lampNames(c *grids.City) string {
	var names []string
	for _, l := range c.Components {
		names = append(names, fmt.Sprintf("%s %s %.6f,%.6f", l.Code, l.Name, l.At.Lon(), l.At.Lat()))
	}
	return strings.Join(names, "; ")
}

const bothLamps = "L1 开封市鼓楼区路灯 114.300500,34.700500; L2 井盖 114.300600,34.700500"

func lampsOf(file string) string {
	return head + cellsLayer + "  components:\n    - file: " + file + "\n      fields: {code: code, name: name, category: {value: \"0101\"}}\n"
}

func TestAShapefileGivesItsPlacesAndNamesHoweverItIsEncoded(t *testing.T) {
	gk := []string{"-t_srs", "EPSG:4547", "-s_srs", "EPSG:4490"}
	for name, c := range map[string]struct {
		options []string
		after   func(p *plot)
	}{
		"GBK with a language driver":  {append(gk, "-lco", "ENCODING=CP936"), nil},
		"UTF-8 with a .cpg":           {append(gk, "-lco", "ENCODING=UTF-8"), nil},
		"degrees":                     {[]string{"-lco", "ENCODING=UTF-8"}, nil},
		"Web Mercator":                {[]string{"-lco", "ENCODING=UTF-8", "-t_srs", "EPSG:3857"}, nil},
		"a zone number":               {[]string{"-lco", "ENCODING=UTF-8", "-t_srs", "EPSG:4526", "-s_srs", "EPSG:4490"}, nil},
		"a city's own meridian":       {[]string{"-lco", "ENCODING=UTF-8", "-s_srs", "EPSG:4490", "-t_srs", "+proj=tmerc +lat_0=34 +lon_0=114.35 +x_0=50000 +y_0=10000 +k=1.0001 +ellps=GRS80"}, nil},
		"Z values":                    {append(gk, "-lco", "ENCODING=UTF-8", "-dim", "XYZ"), nil},
		"M values":                    {append(gk, "-lco", "ENCODING=UTF-8", "-dim", "XYM"), nil},
		"GBK without a word of it":    {append(gk, "-lco", "ENCODING=CP936"), func(p *plot) { os.Remove(filepath.Join(p.dir, "lamps.cpg")); p.remake(t, "lamps.dbf", noDriver) }},
		"UTF-8 without a word of it":  {append(gk, "-lco", "ENCODING=UTF-8"), func(p *plot) { os.Remove(filepath.Join(p.dir, "lamps.cpg")); p.remake(t, "lamps.dbf", noDriver) }},
		"names in capitals, no index": {append(gk, "-lco", "ENCODING=UTF-8"), func(p *plot) { p.rename(t, "lamps.dbf", "LAMPS.DBF"); os.Remove(filepath.Join(p.dir, "lamps.shx")) }},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlot(t, lampsOf("lamps.shp"), nil)
			p.shapefileOf(t, "lamps.shp", chineseLamps(), c.options...)
			if c.after != nil {
				c.after(p)
			}
			if got := lampNames(p.city(t)); got != bothLamps {
				t.Errorf("%s", got)
			}
		})
	}
}

func (p *plot) rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(filepath.Join(p.dir, from), filepath.Join(p.dir, to)); err != nil {
		t.Fatal(err)
	}
}

func noDriver(b []byte) []byte {
	b[29] = 0
	return b
}

func TestAZippedShapefileIsReadInPlace(t *testing.T) {
	p := newPlot(t, lampsOf("lamps.zip"), nil)
	p.shapefileOf(t, "lamps.shp", chineseLamps(), "-lco", "ENCODING=GBK", "-s_srs", "EPSG:4490", "-t_srs", "EPSG:4547")
	set := map[string]string{"数据/路灯.SHP": "lamps.shp", "数据/路灯.dbf": "lamps.dbf", "数据/路灯.prj": "lamps.prj", "数据/路灯.cpg": "lamps.cpg"}
	p.zipped(t, "lamps.zip", set)
	if got := lampNames(p.city(t)); got != bothLamps {
		t.Errorf("%s", got)
	}
	// GBK in the names of the zip, and a second Shapefile beside.
	set["\xbe\xae\xb8\xc7.shp"], set["\xbe\xae\xb8\xc7.dbf"], set["\xbe\xae\xb8\xc7.prj"] = "lamps.shp", "lamps.dbf", "lamps.prj"
	set["\xbe\xae\xb8\xc7.cpg"] = "lamps.cpg"
	p.zipped(t, "lamps.zip", set)
	_, report := p.imported(t)
	if text := lines(report); !strings.Contains(text, "several Shapefiles, name one as table: ") || !strings.Contains(text, "井盖") {
		t.Errorf("%s", text)
	}
	p.write(t, "city.yaml", p.mapping+"      table: 井盖\n")
	if got := lampNames(p.city(t)); got != bothLamps {
		t.Errorf("%s", got)
	}
	for evil, want := range map[string]string{"../a.shp": "leads out of the folder", "/a.shp": "leads out of the folder", "x/..\\..\\a.shp": "leads out of the folder", "a.txt": "there is no .shp in it"} {
		p.zipped(t, "lamps.zip", map[string]string{evil: "lamps.shp"})
		p.write(t, "city.yaml", p.mapping)
		if city, report := p.imported(t); city != nil || !strings.Contains(lines(report), want) {
			t.Errorf("%s: %s", evil, lines(report))
		}
	}
}

func TestABadShapefileIsToldWithItsReason(t *testing.T) {
	good := newPlot(t, lampsOf("lamps.shp"), nil)
	good.shapefileOf(t, "lamps.shp", chineseLamps(), "-lco", "ENCODING=GBK", "-s_srs", "EPSG:4490", "-t_srs", "EPSG:4547")
	for name, c := range map[string]struct {
		change  func(t *testing.T, p *plot)
		mapping string
		want    []string
	}{
		"no .dbf": {
			change: func(_ *testing.T, p *plot) { os.Remove(filepath.Join(p.dir, "lamps.dbf")) },
			want:   []string{"error unreadable-file: lamps.shp [components]: there is no .dbf: the table is missing, and with it every code and name: copy it beside the .shp"},
		},
		"a .dbf cut short": {
			change: func(t *testing.T, p *plot) { p.remake(t, "lamps.dbf", func(b []byte) []byte { return b[:len(b)-20] }) },
			want:   []string{"error unreadable-file: lamps.shp [components]: the .dbf is cut short: ~ bytes are there"},
		},
		"a .dbf with a row too few": {
			change: func(t *testing.T, p *plot) { p.remake(t, "lamps.dbf", func(b []byte) []byte { b[4]--; return b }) },
			want:   []string{"error unreadable-file: lamps.shp [components]: the .dbf has 1 rows, the .shp has more shapes: they are not of one file"},
		},
		"a .shp cut short": {
			change: func(t *testing.T, p *plot) { p.remake(t, "lamps.shp", func(b []byte) []byte { return b[:len(b)-8] }) },
			want:   []string{"error unreadable-file: lamps.shp [components]: the .shp is cut short: 148 of 156 bytes are there"},
		},
		"a record longer than the file": {
			change: func(t *testing.T, p *plot) {
				p.remake(t, "lamps.shp", func(b []byte) []byte { b[104] = 0x7f; return b })
			},
			want: []string{"error unreadable-file: lamps.shp [components]: record 1 of the .shp announces 4261412884 bytes, 48 are left"},
		},
		"an empty .shp": {
			change: func(t *testing.T, p *plot) { p.write(t, "lamps.shp", "") },
			want:   []string{"error empty-file: lamps.shp [components]: the .shp: the file is empty"},
		},
		"a text for a .shp": {
			change: func(t *testing.T, p *plot) { p.write(t, "lamps.shp", strings.Repeat("text ", 40)) },
			want:   []string{"error unreadable-file: lamps.shp [components]: not a Shapefile: the .shp begins with 1952807028, want 9994"},
		},
		"a .prj that contradicts the mapping": {
			change: func(*testing.T, *plot) {}, mapping: "      crs: epsg:4548\n",
			want: []string{"error crs-contradiction: lamps.shp [components]: the .prj contradicts the mapping: epsg:4547 puts the first vertex ~ m away from epsg:4548 of the mapping — leave out crs in the mapping if the file is right; else mend the file, or delete its .prj"},
		},
		"a .prj that contradicts the coordinates": {
			change: func(t *testing.T, p *plot) {
				p.write(t, "lamps.prj", `GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`)
			},
			want: []string{
				"error coordinate-out-of-range: lamps.shp [components] feature 1 (L1): vertex 1: crs wgs84: coordinate out of range: ~look like metres, not degrees~",
				"error coordinate-out-of-range: lamps.shp [components] feature 2 (L2): vertex 1: crs wgs84: coordinate out of range: ~look like metres, not degrees~",
			},
		},
		"a .prj of another datum": {
			change: func(t *testing.T, p *plot) {
				p.write(t, "lamps.prj", `GEOGCS["GCS_Xian_1980",DATUM["D_Xian_1980",SPHEROID["Xian_1980",6378140.0,298.257]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`)
			},
			want: []string{`error unreadable-file: lamps.shp [components]: the .prj: unknown coordinate reference system: the datum "D_Xian_1980" of "GCS_Xian_1980"; transform the data to CGCS2000 with your survey office's parameters`},
		},
		"a .prj that is none": {
			change: func(t *testing.T, p *plot) { p.write(t, "lamps.prj", "PROJCS[") },
			want:   []string{`error unreadable-file: lamps.shp [components]: the .prj: not a well-known text of a coordinate system: ~`},
		},
		"a .cpg of another encoding": {
			change: func(t *testing.T, p *plot) { p.write(t, "lamps.cpg", "BIG5") },
			want:   []string{`error unreadable-file: lamps.shp [components]: the .cpg: encoding "BIG5" is not read; there are utf-8, gbk and gb18030; name encoding in the mapping if it is wrong`},
		},
		"a .cpg that contradicts the text": {
			change: func(t *testing.T, p *plot) { p.write(t, "lamps.cpg", "UTF-8\r\n") },
			want: []string{
				`error mixed-encoding: lamps.shp [components] feature 1: column name: "开封市鼓楼区路灯" is in gb18030; the .cpg say utf-8 — name encoding in the mapping, or save the file in one encoding`,
				`error mixed-encoding: lamps.shp [components] feature 2: column name: "井盖" is in gb18030; the .cpg say utf-8 — name encoding in the mapping, or save the file in one encoding`,
			},
		},
		"a null shape and one of another type": {
			change: func(t *testing.T, p *plot) {
				p.remake(t, "lamps.shp", func(b []byte) []byte { b[108], b[136] = 0, 3; return b })
			},
			want: []string{
				"error no-geometry: lamps.shp [components] feature 1: the shape is empty",
				"error broken-geometry: lamps.shp [components] feature 2: a shape of type 3 in a file of type 1",
			},
		},
		"a .prj of the wrong zone": {
			change: func(t *testing.T, p *plot) {
				p.remake(t, "lamps.prj", func(b []byte) []byte {
					return bytes.Replace(b, []byte(`"Central_Meridian",114`), []byte(`"Central_Meridian",117`), 1)
				})
			},
			want: []string{
				"error far-away: [components] (L1): at 117.~ no cell holds it — is the crs of the file right?",
				"error far-away: [components] (L2): at 117.~ no cell holds it — is the crs of the file right?",
			},
		},
		"solids": {
			change: func(t *testing.T, p *plot) {
				p.remake(t, "lamps.shp", func(b []byte) []byte { b[32] = 31; return b })
			},
			want: []string{"error unreadable-file: lamps.shp [components]: the .shp has shapes of type 31 (multipatch), which are solids; export their footprints as polygons"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlot(t, lampsOf("lamps.shp")+c.mapping, nil)
			for _, suffix := range [...]string{".shp", ".shx", ".dbf", ".prj", ".cpg"} {
				b, err := os.ReadFile(filepath.Join(good.dir, "lamps"+suffix))
				if err != nil {
					t.Fatal(err)
				}
				p.write(t, "lamps"+suffix, string(b))
			}
			c.change(t, p)
			city, report := p.imported(t)
			if city != nil {
				t.Error("a city came back")
			}
			expect(t, p, without(report, grids.Note), c.want)
		})
	}
}

func TestAMappingInGCJ02StandsAgainstAPrjThatCannotSayIt(t *testing.T) {
	p := newPlot(t, lampsOf("lamps.shp")+"      crs: gcj02\n", nil)
	p.shapefileOf(t, "lamps.shp", chineseLamps(), "-lco", "ENCODING=UTF-8")
	if at := p.city(t).Components[0].At; spatial.DistanceM(at, spatial.At(114.3005, 34.7005)) < 300 {
		t.Errorf("%v was not brought back", at)
	}
	p.write(t, "city.yaml", strings.Replace(lampsOf("lamps.shp"), "crs: cgcs2000", "crs: gcj02", 1))
	_, report := p.imported(t)
	if text := lines(report); !strings.Contains(text, "the .prj says wgs84, crs of the mapping says gcj02 of all files: name crs for this file") {
		t.Errorf("%s", text)
	}
}

func TestAZipBombIsRefusedWithoutBeingUnpacked(t *testing.T) {
	p := newPlot(t, lampsOf("lamps.zip"), nil)
	p.shapefileOf(t, "lamps.shp", chineseLamps())
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	shp, err := z.Create("lamps.shp")
	if err != nil {
		t.Fatal(err)
	}
	for range 64 {
		if _, err := shp.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	p.write(t, "lamps.zip", b.String())
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	city, report := p.imported(t)
	runtime.ReadMemStats(&after)
	if city != nil || !strings.Contains(lines(report), "error compressed-bomb: lamps.zip [components]: lamps.shp: 67108864 bytes of ") {
		t.Errorf("%s", lines(report))
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 32<<20 {
		t.Errorf("%d MB were allocated", grown>>20)
	}
	// A zip that lies about the size: what comes out beyond it is not read.
	lie := bytes.ReplaceAll(b.Bytes(), binary.LittleEndian.AppendUint32(nil, 64<<20), binary.LittleEndian.AppendUint32(nil, 1<<20))
	p.write(t, "lamps.zip", string(lie))
	if city, report := p.imported(t); city != nil || len(without(report, grids.Note)) == 0 {
		t.Errorf("%s", lines(report))
	}
}

func TestRingsBecomePolygonsWithTheirHoles(t *testing.T) {
	square := func(x, y, size float64, clockwise bool) []orb.Point {
		r := []orb.Point{{x, y}, {x, y + size}, {x + size, y + size}, {x + size, y}, {x, y}}
		if !clockwise {
			for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
				r[i], r[j] = r[j], r[i]
			}
		}
		return r
	}
	island, outer := square(4, 4, 1, true), square(0, 0, 10, true)
	lake, far, pond := square(3, 3, 4, false), square(20, 0, 10, true), square(22, 2, 1, false)
	g := assemble([][]orb.Point{lake, outer, pond, island, far})
	m, ok := g.(orb.MultiPolygon)
	if !ok || len(m) != 3 || len(m[0]) != 2 || len(m[1]) != 1 || len(m[2]) != 2 || m[0][1][0] != lake[0] || m[2][1][0] != pond[0] {
		t.Errorf("%v", g)
	}
	touching := []orb.Point{{0, 5}, {3, 3}, {3, 7}, {0, 5}} // a hole that touches its shell
	if p, ok := assemble([][]orb.Point{outer, touching}).(orb.Polygon); !ok || len(p) != 2 {
		t.Errorf("%v", p)
	}
	if m, ok := assemble([][]orb.Point{square(0, 0, 1, false), square(5, 5, 1, false)}).(orb.MultiPolygon); !ok || len(m) != 2 {
		t.Errorf("two shells drawn the wrong way round: %v", m)
	}
}

func TestATextCutAmidACharacterLosesTheHalfOnly(t *testing.T) {
	for _, c := range []struct {
		enc  batch.Encoding
		raw  string
		want string
	}{{batch.UTF8, "井盖\xe4\xba", "井盖"}, {batch.GB18030, "\xbe\xae\xb8\xc7\xb5", "井盖"}, {batch.Detect, "井盖\xe4\xba", "井盖"}, {batch.UTF8, "井盖灯灯", "井盖灯灯"}} {
		d := &dbfReader{enc: c.enc}
		whole, half := d.halved([]byte(c.raw))
		text, err := d.text(whole)
		if err != nil || text != c.want || half != (len(whole) < len(c.raw)) {
			t.Errorf("%q: %q %v %v", c.raw, text, half, err)
		}
	}
}

func FuzzShp(f *testing.F) {
	head := make([]byte, shpHeadBytes)
	binary.BigEndian.PutUint32(head, shpCode)
	for _, kind := range []byte{1, 3, 5, 8, 15, 25} {
		head[32] = kind
		content := append(binary.LittleEndian.AppendUint32(nil, uint32(kind)), make([]byte, 32)...)
		content = append(binary.LittleEndian.AppendUint32(content, 1), 4, 0, 0, 0, 0, 0, 0, 0)
		for i := range 8 {
			content = binary.LittleEndian.AppendUint64(content, math.Float64bits(float64(i*i%5)))
		}
		record := binary.BigEndian.AppendUint32([]byte{0, 0, 0, 1}, uint32(len(content)/2))
		f.Add(append(append(bytes.Clone(head), record...), content...))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := newShpReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		for {
			g, bad, err := s.next()
			if err != nil {
				return
			}
			if bad != nil && g != nil {
				t.Fatalf("%v with %v", g, bad)
			}
			if n := vertices(g); n*16 > len(b) {
				t.Fatalf("%d vertices of %d bytes", n, len(b))
			}
		}
	})
}

func vertices(g orb.Geometry) (n int) {
	switch g := g.(type) {
	case orb.Point:
		return 1
	case orb.MultiPoint:
		return len(g)
	case orb.LineString:
		return len(g)
	case orb.MultiLineString:
		for _, l := range g {
			n += len(l)
		}
	case orb.Polygon:
		for _, r := range g {
			n += len(r)
		}
	case orb.MultiPolygon:
		for _, p := range g {
			n += vertices(p)
		}
	}
	return n
}

func FuzzDbf(f *testing.F) {
	head := make([]byte, dbfHeadBytes)
	head[4], head[8], head[10] = 1, dbfHeadBytes+dbfFieldBytes+1, 5
	field := make([]byte, dbfFieldBytes)
	copy(field, "name")
	field[11], field[16] = 'C', 4
	for _, text := range []string{"abcd", "\xbe\xae\xb8\xc7", "井 ", "\xff\xff\xff\xff"} {
		f.Add(append(append(append(bytes.Clone(head), field...), dbfHeadEnd, ' '), text...))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := newDbfReader(bytes.NewReader(b), int64(len(b)), batch.Detect, "")
		if err != nil {
			return
		}
		for range 100 {
			props, _, _, _, err := d.next()
			if err != nil {
				return
			}
			if len(props) != len(d.fields) {
				t.Fatalf("%d values of %d columns", len(props), len(d.fields))
			}
		}
	})
}

func TestAGeoPackageWithZMIsFlattenedAndAnEmptyGeometryIsAFault(t *testing.T) {
	p := newPlot(t, lampsOf("lamps.gpkg"), map[string]string{"source.geojson": collection(chineseLamps()...)})
	for _, dim := range []string{"XYZ", "XYM", "XYZM"} {
		p.program(t, "ogr2ogr", "-overwrite", "lamps.gpkg", "source.geojson", "-dim", dim)
		if got := lampNames(p.city(t)); got != bothLamps {
			t.Errorf("%s: %s", dim, got)
		}
	}
	p.write(t, "empty.csv", "code,name,WKT\nL1,a,POINT (114.3005 34.7005)\nL2,b,POINT EMPTY\n")
	os.Remove(filepath.Join(p.dir, "lamps.gpkg"))
	p.program(t, "ogr2ogr", "lamps.gpkg", "empty.csv", "-oo", "GEOM_POSSIBLE_NAMES=WKT", "-a_srs", "EPSG:4490")
	city, report := p.imported(t)
	if city != nil {
		t.Error("a city came back")
	}
	expect(t, p, without(report, grids.Note), []string{"error no-geometry: lamps.gpkg [components] feature 2 (L2): the record has no geometry"})
}

func TestAGeoPackageNamesItsSystem(t *testing.T) {
	p := newPlot(t, lampsOf("lamps.gpkg"), map[string]string{"source.geojson": collection(chineseLamps()...)})
	p.program(t, "ogr2ogr", "lamps.gpkg", "source.geojson", "-s_srs", "EPSG:4490", "-t_srs", "EPSG:4526")
	if got := lampNames(p.city(t)); got != bothLamps {
		t.Errorf("%s", got)
	}
	p.write(t, "city.yaml", p.mapping+"      crs: epsg:4547\n")
	_, report := p.imported(t)
	if text := lines(report); !strings.Contains(text, "coordinate-out-of-range") && !strings.Contains(text, "crs-contradiction") {
		t.Errorf("%s", text)
	}
}
