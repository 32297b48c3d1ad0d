//go:build proof

package osm

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

func dataFolder(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("WANMI_DATA")
	if dir == "" {
		t.Fatal("WANMI_DATA does not name the data folder")
	}
	return dir
}

// extracts are the real files: three as they were published, and Shanghai's
// objects put into one.
func extracts(t *testing.T) map[string]string {
	t.Helper()
	dir, piece := dataFolder(t), filepath.Join(t.TempDir(), "shanghai.osm.pbf")
	if keep := os.Getenv("WANMI_OUT"); keep != "" {
		piece = filepath.Join(keep, "shanghai.osm.pbf")
	}
	if err := os.WriteFile(piece, shanghai(t).bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"Monaco":        filepath.Join(dir, "basemap", "monaco-2025-02-15.osm.pbf"),
		"Liechtenstein": filepath.Join(dir, "basemap", "liechtenstein-2015-07.osm.pbf"),
		"San Francisco": filepath.Join(dir, "sf", "sf-downtown.osm.pbf"),
		"Shanghai":      piece,
	}
}

func readFile(t *testing.T, path string) *Map {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Read(context.Background(), bytes.NewReader(b), int64(len(b)), Options{MaxZoom: 15})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestProof_EveryObjectIsReadAsPaulmachOSMReadsIt(t *testing.T) {
	for name, path := range extracts(t) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got, want := lines(t, b), oracle(t, b)
		if !slices.Equal(got, want) {
			t.Errorf("%s: the objects differ", name)
		}
		fmt.Printf("%s: %d objects equal, with positions, tags, nodes and members\n", name, len(got))
	}
}

// groups asks GDAL's OSM driver how many rows of a table have which tags.
func groups(t *testing.T, path, table string, keys ...string) (rows []tags, counts []int) {
	t.Helper()
	own := map[string][]string{
		"points": {"name", "highway", "place"}, "lines": {"name", "highway", "waterway", "railway"},
		"multipolygons": {"aeroway", "amenity", "building", "historic", "landuse", "leisure", "natural", "office", "place", "shop", "tourism"},
	}
	var columns []string
	for i, k := range keys {
		c := fmt.Sprintf(`hstore_get_value(other_tags, '%s')`, k)
		if slices.Contains(own[table], k) {
			c = k
		}
		columns = append(columns, fmt.Sprintf("%s AS c%d", c, i))
	}
	sql := fmt.Sprintf("SELECT %s, COUNT(*) AS n FROM %s GROUP BY %s", strings.Join(columns, ", "), table, numbers(len(keys)))
	out, err := exec.Command("ogr2ogr", "-f", "CSV", "/vsistdout/", path, "-dialect", "SQLite", "-sql", sql).Output()
	if err != nil {
		t.Fatalf("ogr2ogr: %v", err)
	}
	all, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range all[1:] {
		var tg tags
		for i, k := range keys {
			if row[i] != "" {
				tg = append(tg, tag{k, row[i]})
			}
		}
		n, err := strconv.Atoi(row[len(keys)])
		if err != nil {
			t.Fatal(err)
		}
		rows, counts = append(rows, tg), append(counts, n)
	}
	return rows, counts
}

func numbers(n int) string {
	var all []string
	for i := range n {
		all = append(all, strconv.Itoa(i+1))
	}
	return strings.Join(all, ", ")
}

var (
	lineKeys  = []string{"highway", "railway", "waterway", "natural", "tunnel", "location", "area"}
	areaKeys  = []string{"building", "highway", "waterway", "natural", "water", "landuse", "leisure", "amenity", "tunnel", "location"}
	pointKeys = []string{"railway", "aeroway", "amenity", "office", "tourism", "historic", "shop", "leisure", "highway"}
)

// counted is what GDAL has of each layer, kind and class.
func counted(t *testing.T, path string) map[string]int {
	t.Helper()
	all := map[string]int{}
	add := func(n int, kind string, hits []hit) {
		for _, h := range hits {
			if h.layer != places {
				all[kind+" "+layerNames[h.layer]+" "+h.values[classField]] += n
			}
		}
	}
	rows, counts := groups(t, path, "lines", lineKeys...)
	for i, tg := range rows {
		add(counts[i], "line", ofLine(nil, tg))
		if tg.get("waterway") == "riverbank" { // closed ones are lines to GDAL
			add(counts[i], "polygon", ofArea(nil, tg))
		}
	}
	rows, counts = groups(t, path, "multipolygons", areaKeys...)
	for i, tg := range rows {
		if tg.get("highway") != "" {
			tg = append(tg, tag{"area", "yes"}) // which is why it is here; GDAL does not list it
		}
		for _, h := range ofArea(nil, tg) {
			if !h.label {
				add(counts[i], "polygon", []hit{h})
			}
		}
		if tg.get("natural") == "coastline" { // closed ones are polygons to GDAL
			add(counts[i], "line", ofLine(nil, tg))
		}
	}
	rows, counts = groups(t, path, "points", "place", "name")
	for i, tg := range rows {
		if l, ok := find(placeRules, tg); ok && tg.get("name") != "" {
			all["point base_places "+l.class] += counts[i]
		}
	}
	for _, table := range []string{"points", "multipolygons"} {
		rows, counts = groups(t, path, table, pointKeys...)
		for i, tg := range rows {
			if l, ok := find(poiRules, tg); ok {
				all["point base_pois "+l.class] += counts[i]
			}
		}
	}
	return all
}

// drawnCounts is the same of a map. Labels of areas count among the points, but
// places of areas are not GDAL's points.
func drawnCounts(m *Map) map[string]int {
	all := map[string]int{}
	for n := range m.layers {
		for i := range m.layers[n].features {
			f := &m.layers[n].features[i]
			kind := spatial.Points
			if f.shape != nil {
				kind = f.shape.Kind
			}
			if layerNumber(n) == places && f.id%10 != idNode || f.values[classField] == "sea" {
				continue
			}
			all[fmt.Sprintf("%v %s %s", kind, layerNames[n], f.values[classField])]++
		}
	}
	return all
}

func TestProof_CountsAreThoseOfGDALsDriver(t *testing.T) {
	for name, path := range extracts(t) {
		m := readFile(t, path)
		want, got := counted(t, path), drawnCounts(m)
		equal, objects := 0, 0
		for _, k := range slices.Sorted(maps.Keys(union(want, got))) {
			objects += want[k]
			if want[k] == got[k] {
				equal++
				continue
			}
			fmt.Printf("%s: %s: %d, GDAL %d\n", name, k, got[k], want[k])
			// Where they differ: GDAL leaves out multipolygons that are not whole, of
			// which what closes is drawn here, and outer ways that say something else
			// than their multipolygon.
			if d := got[k] - want[k]; max(d, -d) > 4 {
				t.Errorf("%s: %s differs by %d", name, k, d)
			}
		}
		fmt.Printf("%s: %d objects; %d of %d classes have GDAL's number\n", name, objects, equal, len(union(want, got)))
	}
}

func union(a, b map[string]int) map[string]int {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

func TestProof_EveryTileOfRealExtractsIsValid(t *testing.T) {
	for name, path := range extracts(t) {
		all := tiles(t, readFile(t, path))
		largest := 0
		for id, b := range all {
			largest = max(largest, len(tiler.Gzip(nil, b, 6)))
			for _, f := range tiler.Check(b) {
				if f.Severity > tiler.Advice {
					t.Errorf("%s: tile %v: %v: %s", name, id, f.Place, f.Reason)
				}
			}
		}
		fmt.Printf("%s: %d tiles valid, the largest %.1f KB in gzip\n", name, len(all), float64(largest)/1e3)
	}
}

func TestProof_LiechtensteinTakesLittleTime(t *testing.T) {
	path := extracts(t)["Liechtenstein"]
	before, start := cpu(t), time.Now()
	m := readFile(t, path)
	size := 0
	for _, b := range tiles(t, m) {
		size += len(tiler.Gzip(nil, b, 6))
	}
	used := cpu(t) - before
	fmt.Printf("Liechtenstein, read and all tiles made and packed: %.2f s of processor time, %.2f s; %.2f MB\n", used.Seconds(), time.Since(start).Seconds(), float64(size)/1e6)
	if limit := 20 * time.Second; used > limit {
		t.Errorf("%v of processor time, more than %v", used, limit)
	}
}

func cpu(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
