package cityfile

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"testing"
	"testing/quick"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// aCase is the SQL of one case in the middle of the town's first cell.
func aCase(id byte) string {
	return fmt.Sprintf(`INSERT INTO cases (geom, id, kind, category, source, state, unit, cell, zone, component, reported_at, due_at, version)
		VALUES (x'%x', x'%02x', 0, 1, 1, 5, 1, 1, 1, 1, 1767225600, 1767312000, 1)`, PointBlob(spatial.At(lon0+0.0005, lat0+0.0005)), id)
}

func TestAPointIsReadBackAsItWasWritten(t *testing.T) {
	if n := len(PointBlob(spatial.At(114.3, 34.7))); n != pointBytes {
		t.Errorf("a point takes %d bytes", n)
	}
	if err := quick.Check(func(x, y int32) bool {
		at := spatial.Coord{X: x % 1_800_000_000, Y: y % 900_000_000}
		back, err := PointOf(PointBlob(at))
		return err == nil && back == at
	}, nil); err != nil {
		t.Error(err)
	}
	for _, blob := range [][]byte{nil, []byte("GP"), make([]byte, pointBytes), PointBlob(spatial.Coord{})[:20]} {
		if _, err := PointOf(blob); err == nil {
			t.Errorf("%x is read as a point", blob)
		}
	}
}

// shown reads one row of the view.
func shown(t *testing.T, path string) (out string) {
	t.Helper()
	db := openDB(path, readOnly, 1)
	defer db.Close()
	if err := db.QueryRow(`SELECT concat_ws(' ', OGC_FID, id_hex, kind, category, source, state, unit, cell, zone, component, reported_at, due_at, closed_at) FROM case_list`).Scan(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTheViewShowsTextAndTimesAlsoWhenAnUpdateTookTheRowsAway(t *testing.T) {
	path := created(t, town(t))
	execute(t, path, aCase(1))
	want := "1 01 component 01 patrol dispatched U1 990101001001001 Z1 9901010102000001 2026-01-01T00:00:00.000Z 2026-01-02T00:00:00.000Z"
	if got := shown(t, path); got != want {
		t.Fatalf("shown is %q", got)
	}
	validator(t, path)
	next := bareTown(t)
	next.Cells = next.Cells[1:]
	all := []grids.Layer{grids.Cells, grids.Zones, grids.Components, grids.Units}
	if _, err := Update(t.Context(), path, next, all, noon); err != nil {
		t.Fatal(err)
	}
	if got := shown(t, path); got != "1 01 component patrol dispatched U1 990101001001001 Z1 9901010102000001 2026-01-01T00:00:00.000Z 2026-01-02T00:00:00.000Z" {
		t.Errorf("after the update shown is %q", got)
	}
	// Units are all written anew by an update: a second one must not show twice.
	if _, err := Update(t.Context(), path, town(t), all, noon); err != nil {
		t.Fatal(err)
	}
	if n := integer(t, path, "SELECT count(*) FROM retired_code WHERE layer = 'units'"); n == 0 {
		t.Error("no unit was kept")
	}
}

func TestACategoryKeepsItsNumberThroughAnUpdate(t *testing.T) {
	path := created(t, town(t))
	const query = "SELECT id FROM categories ORDER BY code DESC LIMIT 1"
	before := integer(t, path, query)
	for range 2 {
		if _, err := Update(t.Context(), path, town(t), nil, noon); err != nil {
			t.Fatal(err)
		}
	}
	if after := integer(t, path, query); after != before {
		t.Errorf("number %d became %d", before, after)
	}
}

func TestWhatIsRecordedIsInTheFeedAndLeavesTheCityVersion(t *testing.T) {
	s := opened(t, created(t, town(t)))
	fails := errors.New("refused")
	for i, wants := range []error{nil, fails, nil} {
		got, err := s.Record(t.Context(), func(tx *sql.Tx, version int64) (Change, error) {
			if version != 1 {
				t.Errorf("told version %d", version)
			}
			return Change{Kind: "case", Key: fmt.Sprint(i), Body: "{}", At: noon}, wants
		})
		if !errors.Is(err, wants) || (err == nil) != (wants == nil) {
			t.Fatal(err)
		}
		if err == nil && got.CityVersion != 1 {
			t.Errorf("recorded %+v", got)
		}
	}
	if s.Version() != 1 {
		t.Errorf("city_version is %d", s.Version())
	}
	if v, err := s.Write(t.Context(), Change{Kind: "component", At: noon}, state("new")); v != 2 || err != nil {
		t.Errorf("a write after it: version %d, %v", v, err)
	}
	entries, _, err := s.Feed(t.Context(), Cursor{}, 10)
	if err != nil {
		t.Fatal(err)
	}
	var got string
	for _, e := range entries {
		got += fmt.Sprintf("%s%s@%d ", e.Kind, e.Key, e.Version)
	}
	if got != "case0@1 case2@1 component@2 " {
		t.Errorf("the feed is %q", got)
	}
}

func TestALogThatWasLeftBehindIsWrittenAgainAndTheFileChecked(t *testing.T) {
	path := created(t, town(t))
	s := opened(t, path)
	if _, err := s.Write(t.Context(), Change{Kind: "kept", At: noon}, state("kept")); err != nil {
		t.Fatal(err)
	}
	copied := t.TempDir() + "/left.gpkg"
	for _, end := range []string{"", "-wal"} {
		writeFile(t, copied+end, content(t, path+end))
	}
	left := opened(t, copied)
	city, err := left.Load(t.Context())
	if err != nil || city.Version != 2 || city.Components[0].State != "kept" {
		t.Fatalf("version %d, %v", city.Version, err)
	}
	if err := left.Close(); err != nil {
		t.Fatal(err)
	}
	// A page that is no page: found at opening, when there is a log, not later.
	broken := t.TempDir() + "/broken.gpkg"
	text := []byte(content(t, path))
	for i := 4096; i < len(text); i++ {
		text[i] ^= 0x55
	}
	writeFile(t, broken, string(text))
	writeFile(t, broken+"-wal", content(t, path+"-wal"))
	if s, err := Open(t.Context(), broken); err == nil {
		s.Close()
		t.Error("a broken file was opened")
	}
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
