package cityfile

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/grids"
)

func TestACityComesBackAsItWasWritten(t *testing.T) {
	for name, city := range map[string]*grids.City{
		"with every layer and every kind of geometry": town(t),
		"with cells only": bareTown(t),
	} {
		t.Run(name, func(t *testing.T) {
			path := created(t, city)
			got, err := opened(t, path).Load(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			same(t, got, city)
			for i := range got.Cells {
				if got.Cells[i].FID != int64(i+1) {
					t.Errorf("cell %d has fid %d", i, got.Cells[i].FID)
				}
			}
			if got.Epoch == "" || got.Version != 1 {
				t.Errorf("epoch %q, version %d", got.Epoch, got.Version)
			}
		})
	}
}

func TestReadGivesTheSameCityAndLeavesTheFileAlone(t *testing.T) {
	city := town(t)
	path := created(t, city)
	before := content(t, path)
	got, err := Read(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, city)
	if content(t, path) != before {
		t.Error("reading changed the file")
	}
	alone(t, path)
}

func TestTwoFilesOfOneCityHaveDifferentEpochs(t *testing.T) {
	a, b := bareTown(t), bareTown(t)
	created(t, a)
	created(t, b)
	if a.Epoch == b.Epoch || len(a.Epoch) != 32 {
		t.Errorf("epochs %q and %q", a.Epoch, b.Epoch)
	}
}

func TestAPathMayHaveAnyCharacter(t *testing.T) {
	for _, name := range []string{"a b.gpkg", "50%.gpkg", "a?mode=ro.gpkg", "a#b.gpkg", "城市+1.gpkg", "a&b=c;d.gpkg", "a%20b.gpkg"} {
		path := filepath.Join(t.TempDir(), name)
		if err := Create(t.Context(), path, bareTown(t)); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := opened(t, path).Load(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		alone(t, path, "-wal", "-shm")
	}
}

func TestRowsAddedLaterAreLoadedInOrderOfTheirCodes(t *testing.T) {
	s := opened(t, created(t, town(t)))
	early := feature(t, "0", "", orb.Point{0.1, 0.1})
	_, err := s.Write(t.Context(), Change{Kind: "component", Key: "0"}, func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO components (geom, code, category) VALUES (?, '0', '0102')", appendBlob(nil, early.Geometry()))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	city, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if c := city.Components[0]; c.Code != "0" || c.FID != 6 || c.At != early.At {
		t.Errorf("first component is %+v", c)
	}
}

func TestARowThatCannotBeUsedIsNamed(t *testing.T) {
	for name, edit := range map[string]struct{ sql, want string }{
		"without geometry":          {"UPDATE components SET geom = NULL WHERE code = 'C-line'", "layer components: row fid 2 (C-line): geometry: geometry is empty"},
		"with a broken geometry":    {"UPDATE components SET geom = x'47500001' WHERE code = 'C-line'", "layer components: row fid 2 (C-line): not a GeoPackage geometry: no GP header in 4 bytes"},
		"in another system":         {"UPDATE components SET geom = x'4750000100000000' || substr(geom, 9) WHERE code = '9901010102000001'", "geometry has srs_id 0, a city file has 4490"},
		"with a date in words":      {"UPDATE cells SET valid_to = 'tomorrow' WHERE fid = 3", "layer cells: row fid 3 (990101001001002): valid_to: parsing time"},
		"with an area in words":     {"UPDATE cells SET area_m2 = 'large' WHERE fid = 3", "column area_m2:"},
		"with a territory no list":  {"UPDATE units SET territory = '{' WHERE code = 'U1'", "unit U1: territory:"},
		"meta with a plane at 900°": {`UPDATE wanmi_meta SET value = '{"lon0":900}' WHERE key = 'plane'`, "wanmi_meta plane"},
		"meta with no distance":     {"UPDATE wanmi_meta SET value = 'NaN' WHERE key = 'near_m'", `wanmi_meta near_m "NaN": not a length in metres`},
		"meta with a flat grid":     {`UPDATE wanmi_meta SET value = '{"tm":{"lon0":114,"k":1},"affine":[1,1,0,1,1,0]}' WHERE key = 'grid'`, "singular"},
		"meta with no version":      {"DELETE FROM wanmi_meta WHERE key = 'city_version'", `wanmi_meta city_version ""`},
		"meta with no such zone":    {"UPDATE wanmi_meta SET value = 'Asia/Nowhere' WHERE key = 'time_zone'", `wanmi_meta time_zone "Asia/Nowhere"`},
	} {
		t.Run(name, func(t *testing.T) {
			path := created(t, town(t))
			execute(t, path, edit.sql)
			_, err := Read(t.Context(), path)
			if err == nil || !strings.Contains(err.Error(), edit.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("got  %v\nwant %s: … %s", err, path, edit.want)
			}
		})
	}
}

// execute runs SQL on a file as another program would.
func execute(t testing.TB, path, query string) {
	t.Helper()
	db := openDB(path, readWrite, 1)
	defer db.Close()
	if _, err := db.ExecContext(context.Background(), query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// integer asks a file for one number.
func integer(t testing.TB, path, query string) (n int64) {
	t.Helper()
	db := openDB(path, readOnly, 1)
	defer db.Close()
	if err := db.QueryRowContext(context.Background(), query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func content(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// alone checks that nothing but the file, and what is named, stands in its folder.
func alone(t *testing.T, path string, and ...string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	allowed := map[string]bool{filepath.Base(path): true}
	for _, a := range and {
		allowed[filepath.Base(path)+a] = true
	}
	for _, e := range entries {
		if !allowed[e.Name()] {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}
