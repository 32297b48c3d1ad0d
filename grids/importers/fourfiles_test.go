package importers

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// projected asks PROJ's cs2cs where points (lat, lon in degrees) lie in a system; the
// answer is northing and easting for the Gauss-Krüger systems.
func projected(t *testing.T, to string, points [][2]float64) [][2]float64 {
	t.Helper()
	var in, out bytes.Buffer
	for _, p := range points {
		fmt.Fprintf(&in, "%.9f %.9f\n", p[1], p[0])
	}
	cmd := exec.CommandContext(t.Context(), "cs2cs", "-f", "%.6f", "EPSG:4490", "EPSG:"+to)
	cmd.Stdin, cmd.Stdout = &in, &out
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	var got [][2]float64
	for line := range strings.Lines(out.String()) {
		f := strings.Fields(line)
		a, err1 := strconv.ParseFloat(f[0], 64)
		b, err2 := strconv.ParseFloat(f[1], 64)
		if err1 != nil || err2 != nil {
			t.Fatalf("cs2cs: %q", line)
		}
		got = append(got, [2]float64{a, b})
	}
	if len(got) != len(points) {
		t.Fatalf("cs2cs: %d points of %d", len(got), len(points))
	}
	return got
}

// One city of a Shapefile in GBK and EPSG:4547, a GeoPackage in EPSG:4490, a
// GeoJSON in GCJ-02 and a workbook in EPSG:4526: positions are right to 1 cm against
// PROJ, and names are right.
func TestACityFromFourFilesIsWherePROJPutsIt(t *testing.T) {
	mapping := strings.Replace(head, "crs: cgcs2000\n", "", 1) + `layers:
  cells:
    - file: 网格.shp
      fields: {code: code, name: 名称, community: 社区}
  communities:
    - file: 社区.gpkg
      fields: {code: 编码, name: 名称}
  components:
    - file: 部件.geojson
      crs: gcj02
      fields: {code: code, name: 名称, category: {value: "0101"}}
    - file: 台账.xlsx
      crs: epsg:4526
      lon: 东坐标
      lat: 北坐标
      fields: {code: 编号, name: 名称, category: 类别, owner: 权属}
`
	cells := []string{
		strings.Replace(cell("990101001001001", 0, 0), `"properties":{`, `"properties":{"名称":"鼓楼街道一号网格","社区":"990101001001",`, 1),
		strings.Replace(cell("990101001001002", 1, 0), `"properties":{`, `"properties":{"名称":"龙亭湖畔網格","社区":"990101001001",`, 1),
	}
	p := newPlot(t, mapping, map[string]string{"all.geojson": collection(strings.NewReplacer(`"code"`, `"编码"`).Replace(
		strings.Replace(polygon("990101001001", [][2]float64{at(0, 0), at(2, 0), at(2, 1), at(0, 1), at(0, 0)}), `"properties":{`, `"properties":{"名称":"双龙巷社区",`, 1)))})
	p.shapefileOf(t, "网格.shp", cells, "-lco", "ENCODING=GBK", "-s_srs", "EPSG:4490", "-t_srs", "EPSG:4547")
	p.program(t, "ogr2ogr", "-f", "GPKG", "社区.gpkg", "all.geojson", "-a_srs", "EPSG:4490", "-nln", "社区")

	r := rand.New(rand.NewPCG(1, 2))
	gcj, err := crs.Parse("gcj02")
	if err != nil {
		t.Fatal(err)
	}
	var points [][2]float64
	var shifted []string
	for i := range 20 {
		q := [2]float64{114.3 + 0.002*r.Float64(), 34.7 + 0.001*r.Float64()}
		points = append(points, q)
		x, y := gcj.FromCGCS2000(q[0], q[1])
		shifted = append(shifted, point(fmt.Sprintf(`{"code":"G%02d","名称":"雨水井盖%d"}`, i, i), x, y))
	}
	p.write(t, "部件.geojson", collection(shifted...))
	ledger := projected(t, "4526", points)
	p.book(t, "台账.xlsx", func(f *excelize.File) {
		rows := [][]any{{"编号", "名称", "类别", "权属", "东坐标", "北坐标"}}
		for i, q := range ledger {
			rows = append(rows, []any{fmt.Sprintf("X%02d", i), fmt.Sprintf("路灯%d号", i), "0101", "照明处", q[1], q[0]})
		}
		rowsOf(t, f, rows...)
	})

	city, report := p.imported(t)
	if city == nil {
		t.Fatal(lines(report))
	}
	if len(city.Components) != 40 || len(without(report, grids.Note)) != 0 {
		t.Fatalf("%d components\n%s", len(city.Components), lines(report))
	}
	const allowedM = 0.01
	worst := 0.0
	for i, c := range city.Components {
		q := points[i%20]
		x, y := crs.LocalPlane(q[0], q[1]).Forward(c.At.Lon(), c.At.Lat())
		d := math.Hypot(x, y)
		worst = max(worst, d)
		want := fmt.Sprintf("雨水井盖%d", i)
		if i >= 20 {
			want = fmt.Sprintf("路灯%d号", i-20)
		}
		if d > allowedM || c.Name != want {
			t.Errorf("%s %q is %.4f m off", c.Code, c.Name, d)
		}
	}
	// The corners of the cells, forward through PROJ, are where the Shapefile has them.
	for i, name := range []string{"鼓楼街道一号网格", "龙亭湖畔網格"} {
		c := &city.Cells[i]
		if c.Name != name || c.Community != "990101001001" {
			t.Errorf("%s %s in %s", c.Code, c.Name, c.Community)
		}
		var is, should [][2]float64
		for k, corner := range [][2]int{{i, 0}, {i, 1}, {i + 1, 1}, {i + 1, 0}} {
			should = append(should, at(corner[0], corner[1]))
			v := c.Shape.Coords[k]
			is = append(is, [2]float64{v.Lon(), v.Lat()})
		}
		for _, a := range projected(t, "4547", is) {
			nearest := math.Inf(1)
			for _, b := range projected(t, "4547", should) {
				nearest = min(nearest, math.Hypot(a[0]-b[0], a[1]-b[1]))
			}
			worst = max(worst, nearest)
			if nearest > allowedM {
				t.Errorf("a corner of %s is %.4f m off", c.Code, nearest)
			}
		}
	}
	if city.Communities[0].Name != "双龙巷社区" || city.Components[20].Owner != "照明处" {
		t.Errorf("%s %s", city.Communities[0].Name, city.Components[20].Owner)
	}
	t.Logf("worst %.4f m", worst)
}
