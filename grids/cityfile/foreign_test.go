package cityfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paulmach/orb"
)

// foreignFile has GDAL make a GeoPackage of GeoJSON.
func foreignFile(t *testing.T, text string, options ...string) (path string) {
	t.Helper()
	dir := t.TempDir()
	source := filepath.Join(dir, "source.geojson")
	if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(dir, "foreign.gpkg")
	output(t, "ogr2ogr", append([]string{path, source, "-nln", "things"}, options...)...)
	return path
}

type foreignRow struct {
	g     orb.Geometry
	props map[string]any
	err   error
}

func foreignRows(t *testing.T, path, table string) (rows []foreignRow) {
	t.Helper()
	if err := ReadForeign(path, table, func(g orb.Geometry, props map[string]any, err error) {
		rows = append(rows, foreignRow{g, props, err})
	}); err != nil {
		t.Fatal(err)
	}
	return rows
}

const foreignText = `{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"code":"0101","n":12345678901234567,"x":1.5,"ok":true,"day":"2026-01-31","at":"2026-01-31T08:30:00+08:00","名":"汉字"},"geometry":{"type":"Point","coordinates":[114.3,34.7,55.5]}},
{"type":"Feature","properties":{"code":"0102","n":null,"x":2,"ok":false,"day":"2026-02-01","at":null,"名":null},"geometry":null},
{"type":"Feature","properties":{"code":"0103"},"geometry":{"type":"MultiPolygon","coordinates":[[[[0,0,1],[1,0,2],[1,1,3],[0,0,1]]]]}},
{"type":"Feature","properties":{"code":"0104"},"geometry":{"type":"GeometryCollection","geometries":[]}}]}`

func TestAGeoPackageOfGDALIsReadWithHeightsDatesAndNulls(t *testing.T) {
	path := foreignFile(t, foreignText)
	for _, table := range []string{"things", ""} {
		rows := foreignRows(t, path, table)
		if len(rows) != 4 {
			t.Fatalf("%d rows", len(rows))
		}
		for _, r := range rows {
			if r.err != nil {
				t.Errorf("%v: %v", r.props, r.err)
			}
		}
		if !orb.Equal(rows[0].g, orb.Point{114.3, 34.7}) || rows[1].g != nil || rows[3].g != nil {
			t.Errorf("geometries %v, %v and %v", rows[0].g, rows[1].g, rows[3].g)
		}
		if want := (orb.MultiPolygon{{{{0, 0}, {1, 0}, {1, 1}, {0, 0}}}}); !orb.Equal(rows[2].g, want) {
			t.Errorf("polygon %v", rows[2].g)
		}
		for name, want := range map[string]any{
			"code": "0101", "n": int64(12345678901234567), "x": 1.5, "ok": true, "名": "汉字", "fid": int64(1), "day": "2026-01-31",
		} {
			if got := rows[0].props[name]; got != want {
				t.Errorf("%s is %T %v, want %v", name, got, got, want)
			}
		}
		if at, ok := rows[0].props["at"].(string); !ok || !strings.HasPrefix(at, "2026-01-31T") {
			t.Errorf("at is %T %v, want the text of the file", rows[0].props["at"], rows[0].props["at"])
		}
		if _, there := rows[1].props["n"]; !there || rows[1].props["n"] != nil {
			t.Errorf("a NULL is %v", rows[1].props)
		}
		if _, there := rows[0].props["geom"]; there {
			t.Error("the geometry is among the columns")
		}
	}
}

func TestADateThatIsNoneKeepsItsText(t *testing.T) {
	path := foreignFile(t, foreignText)
	db := openDB(path, readWrite, 1)
	defer db.Close()
	if _, err := db.Exec(`DROP TRIGGER IF EXISTS rtree_things_geom_update4; UPDATE things SET day = 'spring' WHERE fid = 1`); err != nil {
		t.Fatal(err)
	}
	if got := foreignRows(t, path, "things")[0].props["day"]; got != "spring" {
		t.Errorf("got %v", got)
	}
}

func TestOneBrokenGeometryCostsOneRow(t *testing.T) {
	path := foreignFile(t, foreignText, "-lco", "SPATIAL_INDEX=NO")
	execute(t, path, "UPDATE things SET geom = x'00' WHERE fid = 1")
	rows := foreignRows(t, path, "things")
	if len(rows) != 4 || rows[0].err == nil || rows[2].err != nil {
		t.Errorf("%v", rows)
	}
}

func TestTheFirstVersionsOfGeoPackageAreRead(t *testing.T) {
	for _, version := range []string{"1.0", "1.1", "1.2", "1.3"} {
		path := foreignFile(t, foreignText, "-dsco", "VERSION="+version)
		if rows := foreignRows(t, path, "things"); len(rows) != 4 {
			t.Errorf("version %s: %d rows", version, len(rows))
		}
	}
}

func TestATableThatIsNotThereIsNamedWithThoseThatAre(t *testing.T) {
	none := func(orb.Geometry, map[string]any, error) { t.Error("a row was read") }
	path := foreignFile(t, foreignText)
	gone := foreignFile(t, foreignText, "-lco", "SPATIAL_INDEX=NO")
	execute(t, gone, "DROP TABLE things")
	city := created(t, bareTown(t))
	for name, c := range map[string]struct{ path, table, want string }{
		"a wrong name":     {path, "other", `no feature table "other"; there are things`},
		"no name of many":  {city, "", "several feature tables, name one as table: addresses, base_buildings, "},
		"a dropped table":  {gone, "things", "table things: no such table"},
		"a quoted attempt": {path, `things"; DROP TABLE things; --`, "no feature table"},
		"a text":           {filepath.Join(filepath.Dir(path), "source.geojson"), "", "does not begin like a GeoPackage"},
	} {
		err := ReadForeign(c.path, c.table, none)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.path) {
			t.Errorf("%s: %v\nwant %s … %s", name, err, c.path, c.want)
		}
	}
}
