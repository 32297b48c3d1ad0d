//go:build proof

package importers_test

import (
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/importers"
)

// proofCity is a city file made by a mapping of the project and a table of cases.
type proofCity struct {
	dir, data       string // of the mapping; of the data
	city, cases     string // mappings
	table, polygons string
	code            string // the polygons' property
}

// unzipped opens a file of the data.
func (p *proofCity) unzipped(t *testing.T, name string) io.Reader {
	t.Helper()
	data := os.Getenv("WANMI_DATA")
	if data == "" {
		data = "../../../shared/data"
	}
	f, err := os.Open(filepath.Join(data, p.data, name))
	if err != nil {
		t.Fatalf("the proof needs real data (WANMI_DATA names its folder): %v", err)
	}
	t.Cleanup(func() { f.Close() })
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// rows reads the table with nothing of the project: by column.
func (p *proofCity) rows(t *testing.T, most int) iter.Seq[map[string]string] {
	t.Helper()
	r := csv.NewReader(p.unzipped(t, p.table))
	head, err := r.Read()
	if err != nil {
		t.Fatal(err)
	}
	return func(yield func(map[string]string) bool) {
		for range most {
			rec, err := r.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			row := make(map[string]string, len(head))
			for i, h := range head {
				row[h] = rec[i]
			}
			if !yield(row) {
				return
			}
		}
	}
}

// areas are the cells by another library: what holds a point, and its place in the
// file from 1.
func (p *proofCity) areas(t *testing.T) func(lon, lat float64) map[string]bool {
	t.Helper()
	var file struct {
		Features []struct {
			Properties map[string]any
			Geometry   struct {
				Type        string
				Coordinates json.RawMessage
			}
		}
	}
	if err := json.NewDecoder(p.unzipped(t, p.polygons)).Decode(&file); err != nil {
		t.Fatal(err)
	}
	shapes := make([]orb.MultiPolygon, len(file.Features))
	bounds := make([]orb.Bound, len(file.Features))
	for i, f := range file.Features {
		var err error
		if f.Geometry.Type == "Polygon" {
			shapes[i] = orb.MultiPolygon{nil}
			err = json.Unmarshal(f.Geometry.Coordinates, &shapes[i][0])
		} else {
			err = json.Unmarshal(f.Geometry.Coordinates, &shapes[i])
		}
		if err != nil {
			t.Fatal(err)
		}
		bounds[i] = shapes[i].Bound()
	}
	known := map[orb.Point]map[string]bool{}
	return func(lon, lat float64) map[string]bool {
		at := orb.Point{lon, lat}
		if found, ok := known[at]; ok {
			return found
		}
		found := map[string]bool{}
		for i := range shapes {
			if bounds[i].Contains(at) && planar.MultiPolygonContains(shapes[i], at) {
				code, _ := file.Features[i].Properties[p.code].(string)
				found[code] = true
			}
		}
		known[at] = found
		return found
	}
}

// storedCase is a case as its row has it, read by SQL.
type storedCase struct {
	category, unit, source, state, cell string
	reported, due, closed               int64
	onTime                              sql.NullBool
	geom                                []byte
}

// imported makes the city, imports the table twice, and returns what is stored by
// the external id.
func (p *proofCity) imported(t *testing.T, most int, wantBad int) map[string]storedCase {
	t.Helper()
	data := os.Getenv("WANMI_DATA")
	if data == "" {
		data = "../../../shared/data"
	}
	m, err := importers.ReadMapping(filepath.Join(p.dir, p.city))
	if err != nil {
		t.Fatal(err)
	}
	city, report, err := importers.Import(t.Context(), m, importers.Options{Dir: filepath.Join(data, p.data)})
	if err != nil || city == nil {
		t.Fatalf("the proof needs real data (WANMI_DATA names its folder): %v, %v", err, report)
	}
	path := filepath.Join(t.TempDir(), "city.gpkg")
	if err := cityfile.Create(t.Context(), path, city); err != nil {
		t.Fatal(err)
	}
	snap, err := grids.NewSnapshot(city, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	mapping, err := importers.ReadCasesMapping(filepath.Join(p.dir, p.cases))
	if err != nil {
		t.Fatal(err)
	}
	before := fileSize(t, path)
	for again := range 2 {
		file, err := cityfile.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		store, err := cases.NewCity(t.Context(), file, cases.Options{})
		if err != nil {
			t.Fatal(err)
		}
		reader, err := importers.NewCaseReader(t.Context(), mapping, snap, p.unzipped(t, p.table))
		if err != nil {
			t.Fatal(err)
		}
		start, cpu := time.Now(), processorTime(t)
		done, err := store.ImportWith(t.Context(), firstOf(reader.All(), most), cases.ImportOptions{PassKnown: true, SkipFaulty: true})
		if err != nil {
			t.Fatal(err)
		}
		used, took := processorTime(t)-cpu, time.Since(start)
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		grown := fileSize(t, path) - before
		t.Logf("run %d: %+v, %+v, %.1f s, %.1f µs of a processor a row, %.1f bytes a case", again+1, done, reader.Stats(), took.Seconds(),
			float64(used.Microseconds())/float64(done.Rows), float64(grown)/float64(done.Stored+done.Known))
		if done.Faulty != wantBad || (again == 0) != (done.Known == 0) || (again == 1) != (done.Stored == 0) {
			t.Errorf("%+v, want %d bad", done, wantBad)
		}
		if most := 300 * int64(done.Stored+done.Known); grown > most {
			t.Errorf("the file grew by %d bytes, at most %d", grown, most)
		}
	}
	return p.read(t, path)
}

// firstOf is the beginning of a list.
func firstOf(list iter.Seq2[cases.Past, error], most int) iter.Seq2[cases.Past, error] {
	return func(yield func(cases.Past, error) bool) {
		n := 0
		for p, err := range list {
			if n++; n > most || !yield(p, err) {
				return
			}
		}
	}
}

func fileSize(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func (p *proofCity) read(t *testing.T, path string) map[string]storedCase {
	t.Helper()
	file, err := cityfile.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	out := map[string]storedCase{}
	if err := file.View(t.Context(), func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(context.Background(), `SELECT x.external_id, k.name, u.code, s.word, w.word, coalesce(g.code, ''),
			c.reported_at, coalesce(c.due_at, 0), coalesce(c.closed_at, 0), c.on_time, c.geom
			FROM cases c JOIN case_external x ON x.case_fid = c.fid JOIN categories k ON k.id = c.category JOIN units u ON u.fid = c.unit
			JOIN case_words s ON s.what = 'source' AND s.number = c.source JOIN case_words w ON w.what = 'state' AND w.number = c.state
			JOIN history h ON h.case_fid = c.fid LEFT JOIN cells g ON g.fid = c.cell`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id string
			var s storedCase
			if err := rows.Scan(&id, &s.category, &s.unit, &s.source, &s.state, &s.cell, &s.reported, &s.due, &s.closed, &s.onTime, &s.geom); err != nil {
				return err
			}
			out[id] = s
		}
		return rows.Err()
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// seconds reads a time of a table.
func seconds(t *testing.T, text string, zone *time.Location) int64 {
	t.Helper()
	if text == "" {
		return 0
	}
	at, err := time.ParseInLocation(time.DateTime, text, zone)
	if err != nil {
		t.Fatal(err)
	}
	return at.Unix()
}

func degrees(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func zoneOf(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// where compares a stored place and cell with what is expected, and counts those
// whose cell is another: points on a border, and those near the grid.
func (s *storedCase) where(t *testing.T, lon, lat float64, inside map[string]bool, other map[string]int) {
	t.Helper()
	at, err := cityfile.PointOf(s.geom)
	if err != nil {
		t.Fatal(err)
	}
	const half = 0.5000001e-7
	if d := at.Lon() - lon; d > half || d < -half {
		t.Errorf("longitude %v, want %v", at.Lon(), lon)
	}
	if d := at.Lat() - lat; d > half || d < -half {
		t.Errorf("latitude %v, want %v", at.Lat(), lat)
	}
	switch {
	case inside[s.cell] || (len(inside) == 0 && s.cell == ""):
		other["the same"]++
	case len(inside) == 0:
		other["near, in no area"]++
	default:
		other["another"]++
	}
}

func TestProof_Boston311IsStoredAsItsTableHasIt(t *testing.T) {
	p := &proofCity{
		dir: "../testdata/boston", data: "boston-311", city: "city.yaml", cases: "cases.yaml",
		table: "cases_2011.csv.gz", polygons: "zip_codes.geojson.gz", code: "ZIP5",
	}
	got := p.imported(t, 1<<30, 0)
	zone, area := zoneOf(t, "America/New_York"), p.areas(t)
	counts, places := map[string]int{}, map[string]int{}
	for row := range p.rows(t, 1<<30) {
		counts["rows"]++
		s, ok := got[row["case_enquiry_id"]]
		if !ok {
			t.Fatalf("%v is missing", row)
		}
		source := map[string]string{"Employee Generated": "patrol", "Maximo Integration": "system"}[row["source"]]
		if source == "" {
			source = "public"
		}
		state := map[string]string{"Open": "dispatched", "Closed": "closed"}[row["case_status"]]
		want := storedCase{category: row["type"], unit: row["department"], source: source, state: state, reported: seconds(t, row["open_dt"], zone), due: seconds(t, row["target_dt"], zone), closed: seconds(t, row["closed_dt"], zone)}
		if want.closed > 0 && want.due > 0 {
			want.onTime = sql.NullBool{Valid: true, Bool: row["ontime"] == "ONTIME"}
			if row["ontime"] == "" { // 157 rows
				want.onTime.Bool = row["closed_dt"] <= row["target_dt"]
			}
			counts["with a limit, closed, "+row["ontime"]]++
		}
		counts[state]++
		s.where(t, degrees(t, row["longitude"]), degrees(t, row["latitude"]), areasNumbered(area(degrees(t, row["longitude"]), degrees(t, row["latitude"])), s.cell), places)
		s.cell, s.geom = "", nil
		if s.category != want.category || s.unit != want.unit || s.source != want.source || s.state != want.state || s.reported != want.reported || s.due != want.due || s.closed != want.closed || s.onTime != want.onTime {
			t.Errorf("%s: %+v, want %+v", row["case_enquiry_id"], s, want)
		}
	}
	t.Logf("%v, cells %v", counts, places)
	if len(got) != counts["rows"] || counts["rows"] != 58_251 || counts["closed"] != 54_570 || places["another"] > 0 {
		t.Errorf("%d cases of %v, cells %v", len(got), counts, places)
	}
}

// areasNumbered makes of ZIP codes those of cells, ZIP-NUMBER: two areas of one ZIP
// are two cells.
func areasNumbered(zips map[string]bool, cell string) map[string]bool {
	out := map[string]bool{}
	for zip := range maps.Keys(zips) {
		if len(cell) > len(zip) && cell[:len(zip)+1] == zip+"-" {
			out[cell] = true
		} else {
			out[zip] = true
		}
	}
	return out
}

func TestProof_SanFranciscosIncidentsAreStoredAsTheirTableHasThem(t *testing.T) {
	p := &proofCity{
		dir: "../testdata/sanfrancisco", data: "sf", city: "police.yaml", cases: "incidents.yaml",
		table: "incidents.csv.gz", polygons: "census_tracts_2010.geojson.gz", code: "GEOID10",
	}
	most, bad := 1<<30, 66
	if testing.Short() {
		most, bad = 80_000, 0
	}
	got := p.imported(t, most, noPlaces(p, t, most, bad))
	zone, area := zoneOf(t, "America/Los_Angeles"), p.areas(t)
	places, rows, none := map[string]int{}, 0, 0
	for row := range p.rows(t, most) {
		rows++
		s, ok := got[row["id"]]
		lon, lat := degrees(t, row["lon"]), degrees(t, row["lat"])
		if lat == 90 { // the table's sign for no place
			if none++; ok {
				t.Errorf("%v is stored", row)
			}
			continue
		}
		if !ok {
			t.Fatalf("%v is missing", row)
		}
		s.where(t, lon, lat, area(lon, lat), places)
		if s.category != row["category"] || s.unit != row["pd_district"] || s.source != "public" || s.state != "dispatched" ||
			s.reported != seconds(t, row["occurred_at"], zone) || s.due != 0 || s.closed != 0 || s.onTime.Valid {
			t.Errorf("%v is stored as %+v", row, s)
		}
	}
	t.Logf("%d rows, %d without a place, cells %v", rows, none, places)
	if len(got) != rows-none || places["another"] > 0 || (!testing.Short() && (rows != 834_732 || none != 66)) {
		t.Errorf("%d cases of %d rows, %d without a place, cells %v", len(got), rows, none, places)
	}
}

// noPlaces counts the rows without a place by the table itself, which must be as
// many as are known of it.
func noPlaces(p *proofCity, t *testing.T, most, known int) (n int) {
	t.Helper()
	for row := range p.rows(t, most) {
		if degrees(t, row["lat"]) == 90 {
			n++
		}
	}
	if n != known && !testing.Short() {
		t.Errorf("%d rows have no place, known are %d", n, known)
	}
	return n
}
