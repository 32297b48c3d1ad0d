package importers

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// lamps are the same five components in every format.
func lamps() (features []string, table string) {
	table = "code,name,kind,lon,lat,note,height\n"
	for i := range 5 {
		lon, lat := 114.3001+float64(i)/5000, 34.7003
		note := fmt.Sprintf("备注 %d, \"quoted\"", i)
		features = append(features, point(fmt.Sprintf(`{"code":"000%d","name":"灯%d","kind":"lamp","note":%q,"height":"4.5"}`, i, i, note), lon, lat))
		table += fmt.Sprintf("000%d,灯%d,lamp,%.9f,%.9f,\"%s\",4.5\n", i, i, lon, lat, strings.ReplaceAll(note, `"`, `""`))
	}
	return features, table
}

func lampMapping(file string, more string) string {
	return head + cellsLayer + "  components:\n    - file: " + file + "\n" + more +
		"      fields: {code: code, name: name, category: {value: \"0101\"}, state: {column: kind, map: {lamp: 完好}}}\n      keep: [note, height]\n"
}

func TestEveryFormatGivesTheSameCity(t *testing.T) {
	features, table := lamps()
	const columns = "      lon: lon\n      lat: lat\n"
	texts := map[string]struct{ text, more string }{
		"lamps.geojson":    {collection(features...), ""},
		"lamps.json":       {"\xef\xbb\xbf" + collection(features...), ""},
		"lamps.geojson.gz": {collection(features...), ""},
		"lamps.ndjson":     {strings.Join(features, "\n"), ""},
		"lamps.geojsonl":   {"\x1e" + strings.Join(features, "\r\n\n\x1e") + "\n", ""},
		"lamps.ndjson.gz":  {strings.Join(features, "\n"), ""},
		"lamps.csv":        {table, columns},
		"LAMPS.CSV.GZ":     {table, columns},
		"lamps.csv.gz":     {"\xef\xbb\xbf" + table, columns},
		"lamps.txt":        {strings.ReplaceAll(table, "\n", "\r\n"), columns + "      format: csv\n"},
		"lamps.gpkg":       {"", "      table: things\n"},
		"alone.gpkg":       {"", ""},
	}
	var want *grids.City
	for name, c := range texts {
		files := map[string]string{name: c.text}
		if strings.HasSuffix(name, ".GZ") {
			files[name] = gzipped(t, c.text)
		}
		if strings.HasSuffix(name, ".gpkg") {
			files = map[string]string{"lamps.geojson": collection(features...)}
		}
		p := newPlot(t, lampMapping(name, c.more), files)
		if strings.HasSuffix(name, ".gpkg") {
			p.program(t, "ogr2ogr", name, "lamps.geojson", "-nln", "things")
			if c.more != "" {
				p.program(t, "ogr2ogr", "-update", name, "cells.geojson", "-nln", "others")
			}
		}
		city := p.city(t)
		if want == nil {
			want = city
			if l := city.Components[4]; l.Code != "0004" || l.Name != "灯4" || l.State != "完好" || l.Attributes != `{"height":"4.5","note":"备注 4, \"quoted\""}` || l.At != spatial.At(114.3009, 34.7003) {
				t.Fatalf("%s: %+v", name, l)
			}
		}
		if !reflect.DeepEqual(city, want) {
			t.Errorf("%s gives another city:\n%+v\n%+v", name, city.Components, want.Components)
		}
	}
}

// program runs an external program in the plot's folder; one that is missing
// fails the test.
func (p *plot) program(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = p.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

func TestEveryCoordinateSystemAtTheDoorLandsOnTheTruth(t *testing.T) {
	lon, lat := 114.3004567, 34.7005432
	grid := crs.Grid{TM: crs.TM{Lon0: 114.3, X0: 50000, Y0: -3000000, K: 1}, Affine: [6]float64{0.9999, 0.001, 12.5, -0.001, 0.9999, -3}}
	inline := "{tm: {lon0: 114.3, x0: 50000, y0: -3000000, k: 1}, affine: [0.9999, 0.001, 12.5, -0.001, 0.9999, -3]}"
	systems := map[string]crs.System{inline: grid}
	for _, name := range []string{"cgcs2000", "wgs84", "gcj02", "bd09", "epsg:4547", "EPSG:4526", "epsg:3857"} {
		s, err := crs.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		systems[name] = s
	}
	for name, s := range systems {
		x, y := s.FromCGCS2000(lon, lat)
		table := fmt.Sprintf("code,lon,lat\nC,%.9f,%.9f\n", x, y)
		p := newPlot(t, things("things.csv")+"      crs: "+name+"\n", map[string]string{"things.csv": table})
		if d := spatial.DistanceM(p.city(t).Components[0].At, spatial.At(lon, lat)); d > 0.01 {
			t.Errorf("%s: %.3f m off", name, d)
		}
	}
	// The figures of two public programs, not of this one's own formulas.
	for name, xy := range map[string][2]float64{"gcj02": {114.3547113140, 34.7877749303}, "epsg:4547": {531923.05744, 3851195.91319}, "bd09": {114.3610994976, 34.7941014480}} {
		table := fmt.Sprintf("code,lon,lat\nC,%.10f,%.10f\n", xy[0], xy[1])
		p := newPlot(t, things("things.csv")+"      crs: "+name+"\n", map[string]string{"things.csv": table})
		if d := spatial.DistanceM(p.city(t).Components[0].At, spatial.At(114.3488, 34.7886)); d > 0.011 {
			t.Errorf("%s: %.3f m off Kaifeng", name, d)
		}
	}
}

func TestOneCrsForAllFilesMayBeTheCitysOwnGrid(t *testing.T) {
	grid := crs.Grid{TM: crs.TM{Lon0: 114.3, X0: 50000, Y0: 0, K: 1}}
	ring := make([][2]float64, 0, 5)
	for _, c := range [][2]float64{at(0, 0), at(1, 0), at(1, 1), at(0, 1), at(0, 0)} {
		x, y := grid.FromCGCS2000(c[0], c[1])
		ring = append(ring, [2]float64{x, y})
	}
	mapping := strings.Replace(head+cellsLayer, "crs: cgcs2000", "crs: {tm: {lon0: 114.3, x0: 50000, y0: 0, k: 1}}", 1)
	city := newPlot(t, mapping, map[string]string{"cells.geojson": collection(polygon("1", ring))}).city(t)
	if city.Grid == nil || *city.Grid != grid {
		t.Errorf("the city's grid is %+v", city.Grid)
	}
	if b := city.Cells[0].Box(); b.Min != spatial.At(114.3, 34.7) || b.Max != spatial.At(114.301, 34.701) {
		t.Errorf("the cell lies at %v", b)
	}
	// 0.001° by 0.001° on the ellipsoid.
	perLon, perLat := crs.MetresPerDegree(34.7005)
	if want := perLon * perLat / 1e6; math.Abs(city.Cells[0].AreaM2-want) > 0.05 {
		t.Errorf("%.2f m², want %.2f", city.Cells[0].AreaM2, want)
	}
}

func TestAFileMayLieAnywhere(t *testing.T) {
	p := newPlot(t, head+cellsLayer, nil)
	elsewhere := filepath.Join(t.TempDir(), "cells.geojson")
	if err := os.Rename(filepath.Join(p.dir, "cells.geojson"), elsewhere); err != nil {
		t.Fatal(err)
	}
	p.write(t, "city.yaml", strings.Replace(p.mapping, "cells.geojson", elsewhere, 1))
	if n := len(p.city(t).Cells); n != 2 {
		t.Errorf("%d cells", n)
	}
}
