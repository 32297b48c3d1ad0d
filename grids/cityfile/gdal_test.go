package cityfile

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/grids"
)

// validator is GDAL's own judge of GeoPackages; silence is praise.
func validator(t *testing.T, path string) {
	t.Helper()
	if out := output(t, "/usr/bin/python3", "-m", "osgeo_utils.samples.validate_gpkg", "-k", path); strings.TrimSpace(out) != "" {
		t.Errorf("validate_gpkg: %s", out)
	}
}

func TestGDALReadsEveryLayerAsItWasWritten(t *testing.T) {
	city := town(t)
	path := created(t, city)
	validator(t, path)
	out := output(t, "ogrinfo", "-so", "-al", path)
	unblemished(t, out)
	seen := map[string]string{}
	for _, m := range regexp.MustCompile(`Layer name: (\w+)\n`).FindAllStringSubmatchIndex(out, -1) {
		end := len(out)
		if next := strings.Index(out[m[1]:], "Layer name:"); next >= 0 {
			end = m[1] + next
		}
		seen[out[m[2]:m[3]]] = out[m[1]:end]
	}
	for _, l := range layerOrder {
		text, ok := seen[string(l)]
		if !ok {
			t.Errorf("ogrinfo does not list %s", l)
			continue
		}
		for _, want := range []string{
			fmt.Sprintf("Feature Count: %d\n", tableOf(l).count(city)),
			`ID["EPSG",4490]`, "Geometry Column = geom", "FID Column = fid", "code: String",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: ogrinfo does not say %q:\n%s", l, want, text)
			}
		}
	}
	for _, table := range []string{"units", "categories"} {
		if !strings.Contains(seen[table], "Feature Count: 2\n") {
			t.Errorf("%s: %s", table, seen[table])
		}
	}
	if want := "Extent: (114.300000, 34.700000) - (114.304000, 34.704000)"; !strings.Contains(seen["districts"], want) {
		t.Errorf("districts: no %s in\n%s", want, seen["districts"])
	}
}

// unblemished fails on every complaint in GDAL's output.
func unblemished(t *testing.T, out string) {
	t.Helper()
	for line := range strings.Lines(out) {
		if low := strings.ToLower(line); strings.Contains(low, "warning") || strings.Contains(low, "error") || strings.Contains(low, "corrupt") {
			t.Errorf("GDAL complains: %s", line)
		}
	}
}

func TestEmptyLayersAreSoundToGDALAndFillUpLater(t *testing.T) {
	path := created(t, bareTown(t))
	validator(t, path)
	window := []string{"-spat", "114.2", "34.6", "114.4", "34.8"}
	for _, l := range layerOrder {
		out := output(t, "ogrinfo", append([]string{"-ro", "-al", "-so", path, string(l)}, window...)...)
		unblemished(t, out)
		want := "Feature Count: 0"
		if l == grids.Cells {
			want = "Feature Count: 2"
		}
		if !strings.Contains(out, want) {
			t.Errorf("%s in a window: want %s:\n%s", l, want, out)
		}
	}
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	line := feature(t, "B1", "", orb.LineString{{0, 0}, {2, 1}})
	if _, err := s.Write(t.Context(), Change{Kind: "base"}, func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO base_roads (geom, code) VALUES (?, 'B1'), (NULL, 'B2')", appendBlob(nil, line.Geometry()))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	out := output(t, "ogrinfo", append([]string{"-ro", "-al", path, "base_roads"}, window...)...)
	unblemished(t, out)
	if !strings.Contains(out, "Feature Count: 1\n") || !strings.Contains(out, "LINESTRING (114.3 34.7,114.302 34.701)") {
		t.Errorf("the first row of a layer is not found in its window:\n%s", out)
	}
	validator(t, path)
}

func TestTheTreeHasEveryFeatureOnceWithItsEnvelope(t *testing.T) {
	city := town(t)
	path := created(t, city)
	for _, l := range layerOrder {
		compareTree(t, path, l)
		if n := integer(t, path, fmt.Sprintf("SELECT count(*) FROM rtree_%s_geom", l)); n != int64(tableOf(l).count(city)) {
			t.Errorf("%s: %d rows in the tree, %d features", l, n, tableOf(l).count(city))
		}
	}
	db := openDB(path, readOnly, 1)
	defer db.Close()
	// The header's order is minx, maxx, miny, maxy; exact, as the tree's is not.
	var b []byte
	if err := db.QueryRow("SELECT geom FROM communities").Scan(&b); err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{114.3, 114.3035, 34.7, 34.702} {
		if got := math.Float64frombits(binary.LittleEndian.Uint64(b[8+8*i:])); got != want {
			t.Errorf("envelope value %d is %v, want %v", i, got, want)
		}
	}
}

// compareTree holds a layer's r-tree against the geometries: the tree has
// 32-bit numbers rounded outward.
func compareTree(t *testing.T, path string, l grids.Layer) {
	t.Helper()
	const slack = 2e-5 // one step of float32 at 114 degrees is 7.6e-6; GDAL takes two
	db := openDB(path, readOnly, 1)
	defer db.Close()
	rows, err := db.Query(fmt.Sprintf("SELECT f.fid, f.geom, r.minx, r.maxx, r.miny, r.maxy FROM %[1]s f LEFT JOIN rtree_%[1]s_geom r ON r.id = f.fid", l))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var fid int64
		var blob []byte
		var side [4]sql.NullFloat64
		if err := rows.Scan(&fid, &blob, &side[0], &side[1], &side[2], &side[3]); err != nil {
			t.Fatal(err)
		}
		g, _, err := Decode(blob)
		if err != nil || g == nil {
			if side[0].Valid {
				t.Errorf("%s %d: no geometry, and in the tree (%v)", l, fid, err)
			}
			continue
		}
		b := g.Bound()
		for i, want := range []float64{b.Min[0], b.Max[0], b.Min[1], b.Max[1]} {
			outward := want - side[i].Float64
			if i%2 == 1 {
				outward = -outward
			}
			if !side[i].Valid || outward < 0 || outward > slack {
				t.Errorf("%s %d: side %d is %v in the tree, %v in the geometry", l, fid, i, side[i], want)
			}
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

func TestTheTreeFollowsEveryKindOfEdit(t *testing.T) {
	path := created(t, town(t))
	moved := feature(t, "x", "", orb.LineString{{9, 9}, {12, 11}})
	blob := fmt.Sprintf("x'%x'", appendBlob(nil, moved.Geometry()))
	for _, edit := range []string{
		"UPDATE components SET geom = " + blob + " WHERE fid = 1",
		"UPDATE components SET fid = 77 WHERE fid = 2",
		"UPDATE components SET fid = 78, geom = NULL WHERE fid = 3",
		"UPDATE components SET geom = NULL WHERE fid = 4",
		"UPDATE components SET geom = " + blob + " WHERE fid = 4",
		"UPDATE components SET geom = x'475000118a1100000101000000000000000000f87f000000000000f87f' WHERE fid = 5", // empty by its flag
		"INSERT INTO components (geom, code) VALUES (NULL, 'n'), (" + blob + ", 'm'), (7, 'seven')",
		"DELETE FROM components WHERE code IN ('n', 'seven')",
		"DELETE FROM components WHERE fid = 1",
	} {
		execute(t, path, edit)
		compareTree(t, path, grids.Components)
		if n := integer(t, path, "SELECT count(*) FROM rtree_components_geom WHERE id NOT IN (SELECT fid FROM components)"); n != 0 {
			t.Fatalf("after %s the tree has %d rows of nothing", edit, n)
		}
	}
	unblemished(t, output(t, "ogrinfo", "-ro", "-al", path, "components"))
}

var shownState = regexp.MustCompile(`state \(String\) = (\d+)`)

func TestGDALReadsOneStateOfTheFileWhileItIsWritten(t *testing.T) {
	s := opened(t, created(t, town(t)))
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		for i := 0; ctx.Err() == nil; i++ {
			_, err := s.Write(ctx, Change{Kind: "component"}, func(tx *sql.Tx) error {
				_, err := tx.Exec("UPDATE components SET state = ?", fmt.Sprint(i))
				return err
			})
			if err != nil && ctx.Err() == nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	last := -1
	for range 8 {
		before := s.Version()
		out := output(t, "ogrinfo", "-ro", "-al", s.Path(), "components")
		unblemished(t, out)
		states := shownState.FindAllStringSubmatch(out, -1)
		if !strings.Contains(out, "Feature Count: 5\n") || len(states) != 5 {
			t.Fatalf("ogrinfo does not see five components:\n%s", out)
		}
		for _, m := range states {
			if m[1] != states[0][1] {
				t.Errorf("ogrinfo sees two states at once: %s and %s", states[0][1], m[1])
			}
		}
		var now int
		fmt.Sscan(states[0][1], &now)
		// Write i makes version i+2: what was committed before is seen.
		if now < last || int64(now) < before-2 {
			t.Errorf("ogrinfo sees state %d, after %d, at version %d", now, last, before)
		}
		last = now
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if last < 1 {
		t.Error("ogrinfo saw no new value")
	}
}

func TestAChangeByGDALBesideTheOpenFileIsNoticed(t *testing.T) {
	s := opened(t, created(t, town(t)))
	noticed := func(want bool, after string) {
		t.Helper()
		got, err := s.Foreign(t.Context())
		if err != nil || got != want {
			t.Errorf("after %s: Foreign is %t, %v", after, got, err)
		}
	}
	noticed(false, "opening")
	state := func(v string) {
		t.Helper()
		if _, err := s.Write(t.Context(), Change{}, func(tx *sql.Tx) error {
			_, err := tx.Exec("UPDATE components SET state = ? WHERE fid = 2", v)
			return err
		}); err != nil {
			t.Error(err)
		}
	}
	state("ours")
	noticed(false, "a write of our own")
	output(t, "ogrinfo", "-ro", "-al", s.Path(), "cells")
	noticed(false, "reading by GDAL")
	output(t, "ogrinfo", s.Path(), "-sql", "UPDATE components SET state = '丢失' WHERE fid = 1")
	noticed(true, "an UPDATE by ogrinfo")
	noticed(false, "asking twice")

	more := filepath.Join(t.TempDir(), "more.geojson")
	text := `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"NEW","category":"0102"},"geometry":{"type":"Point","coordinates":[114.3011,34.7002]}}]}`
	if err := os.WriteFile(more, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	output(t, "ogr2ogr", "-update", "-append", "-nln", "components", "-t_srs", "EPSG:4490", s.Path(), more)
	noticed(true, "an append by ogr2ogr")
	city, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(city.Components) != 6 {
		t.Errorf("%d components after the append, want 6", len(city.Components))
	}
	states := map[int64]string{}
	for _, c := range city.Components {
		states[c.FID] = c.State
	}
	if states[1] != "丢失" || states[2] != "ours" {
		t.Errorf("states %v", states)
	}
	compareTree(t, s.Path(), grids.Components)
}

func TestAChangeBetweenOpenAndTheFirstQuestionIsNoticed(t *testing.T) {
	s := opened(t, created(t, bareTown(t)))
	execute(t, s.Path(), "UPDATE cells SET land_use = 'x'")
	if got, err := s.Foreign(t.Context()); err != nil || !got {
		t.Errorf("Foreign is %t, %v", got, err)
	}
}

func TestAnotherUserReadsTheClosedFileFromAnUnwritableFolder(t *testing.T) {
	path := created(t, town(t))
	if err := opened(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	unwritable(t, path, func(cmd *exec.Cmd) {
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "Feature Count: 5\n") {
			t.Errorf("ogrinfo: %v\n%s", err, out)
		}
		unblemished(t, string(out))
	}, "ogrinfo", "-ro", "-so", "-al", path, "components")
	alone(t, path)
}
