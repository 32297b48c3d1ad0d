package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/basemaps/archive"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/tiler"
)

func tilesCmd(city, out string, layers ...string) exportCmd {
	return exportCmd{City: city, Out: out, Layers: layers, CRS: "cgcs2000", Encoding: "utf-8", Zoom: "8-16"}
}

func TestExportedTilesAreThoseOfTheServer(t *testing.T) {
	path, _ := townFile(t)
	out := filepath.Join(t.TempDir(), "town.mbtiles")
	cmd := tilesCmd(path, out, "cells", "components")
	if err := cmd.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	city, err := cityfile.Read(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := grids.NewSnapshot(city, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	server := api.New(api.Options{Live: grids.NewLive(snap)})
	db, err := sql.Open("sqlite3", out)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("SELECT zoom_level, tile_column, tile_row, tile_data FROM tiles")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	tiles := map[tiler.ID]bool{}
	for rows.Next() {
		var z uint8
		var x, y uint32
		var body []byte
		if err := rows.Scan(&z, &x, &y, &body); err != nil {
			t.Fatal(err)
		}
		id := tiler.ID{Z: z, X: x, Y: 1<<z - 1 - y}
		tiles[id] = true
		if got, want := gunzip(t, body), servedTile(t, server, id); !bytes.Equal(got, want) {
			t.Fatalf("%v: %d bytes, the server has %d", id, len(got), len(want))
		}
	}
	// Nothing is missing: every tile that has a cell is there.
	for i := range city.Cells {
		for z := uint8(8); z <= 16; z++ {
			id, _ := tiler.At(city.Cells[i].At, z)
			if !tiles[id] && len(servedTile(t, server, id)) > 0 {
				t.Fatalf("%v is missing", id)
			}
		}
	}
	if rows.Err() != nil || len(tiles) < 20 {
		t.Errorf("%d tiles, %v", len(tiles), rows.Err())
	}
}

func gunzip(t *testing.T, b []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func servedTile(t *testing.T, server http.Handler, id tiler.ID) []byte {
	t.Helper()
	w := httptest.NewRecorder()
	server.ServeHTTP(w, httptest.NewRequest(http.MethodGet, fmt.Sprintf("/tiles/cells,components/%v.mvt", id), nil))
	if w.Code != http.StatusOK && w.Code != http.StatusNoContent {
		t.Fatalf("%v: %d", id, w.Code)
	}
	return w.Body.Bytes()
}

func TestGDALCountsThePointsOfTheExport(t *testing.T) {
	path, city := townFile(t)
	out := filepath.Join(t.TempDir(), "town.mbtiles")
	cmd := tilesCmd(path, out, "addresses")
	cmd.Zoom = "15-16"
	if err := cmd.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	info, err := exec.Command("ogrinfo", "-ro", "-so", out, "addresses").CombinedOutput()
	if err != nil {
		t.Fatalf("ogrinfo (of Debian's gdal-bin) must be there: %v\n%s", err, info)
	}
	m := regexp.MustCompile(`Feature Count: (\d+)`).FindSubmatch(info)
	if m == nil || string(m[1]) != strconv.Itoa(len(city.Addresses)) {
		t.Errorf("want %d addresses:\n%s", len(city.Addresses), info)
	}
}

func TestAnInterruptedExportSaysHowToGoOnAndEndsTheSame(t *testing.T) {
	path, _ := townFile(t)
	dir := t.TempDir()
	whole, cut := filepath.Join(dir, "whole.pmtiles"), filepath.Join(dir, "cut.pmtiles")
	cmd := tilesCmd(path, whole, "cells")
	if err := cmd.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	cmd.Out = cut
	// A folder where the archive is written stops the first run at its end.
	if err := os.MkdirAll(filepath.Join(cut+".writing", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	err := cmd.Run(t.Context())
	if !errors.Is(err, archive.ErrPaused) || !strings.Contains(err.Error(), cut+".partial, and the same command goes on from there") {
		t.Fatalf("%v", err)
	}
	if err := os.RemoveAll(cut + ".writing"); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	a, err := os.ReadFile(whole)
	b, berr := os.ReadFile(cut)
	if err != nil || berr != nil || !bytes.Equal(a, b) {
		t.Errorf("the two exports differ: %v, %v", err, berr)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	cmd.Out = filepath.Join(dir, "never.pmtiles")
	if err := cmd.Run(stopped); err == nil {
		t.Error("an export that was stopped before it began ended well")
	}
}

func TestExportOfTilesNamesWhatIsWrong(t *testing.T) {
	path, _ := townFile(t)
	dir := t.TempDir()
	taken := write(t, "taken.pmtiles", "mine")
	for name, c := range map[string]struct {
		cmd  exportCmd
		want string
	}{
		"a file that is there": {tilesCmd(path, taken, "cells"), "exists already"},
		"an unknown layer":     {tilesCmd(path, filepath.Join(dir, "a.pmtiles"), "moon"), "moon"},
		"no folder":            {tilesCmd(path, filepath.Join(dir, "none", "a.pmtiles"), "cells"), "no such file or directory"},
		"a folder":             {tilesCmd(path, dir+".pmtiles/", "cells"), ""},
		"zooms upside down":    {with(tilesCmd(path, filepath.Join(dir, "a.mbtiles")), func(c *exportCmd) { c.Zoom = "9-8" }), "above the last"},
		"no zoom":              {with(tilesCmd(path, filepath.Join(dir, "a.mbtiles")), func(c *exportCmd) { c.Zoom = "all" }), "such as 8-16"},
		"a CRS":                {with(tilesCmd(path, filepath.Join(dir, "a.mbtiles")), func(c *exportCmd) { c.CRS = "gcj02" }), "web map's projection"},
		"zooms of a table":     {with(tilesCmd(path, filepath.Join(dir, "a.csv")), func(c *exportCmd) { c.Format = "csv" }), "--zoom is for"},
		"zooms with nothing":   {with(tilesCmd(path, filepath.Join(dir, "a.pmtiles"), "addresses"), func(c *exportCmd) { c.Zoom = "1-3" }), "nothing to export"},
	} {
		if err := c.cmd.Run(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func with(c exportCmd, change func(*exportCmd)) exportCmd {
	change(&c)
	return c
}

func FuzzParseZooms(f *testing.F) {
	for _, text := range []string{"8-16", "0", "22", "23", "16-8", "-1", "8-", "", "08-16", "+8", "8-16-20", "8–16", "99999999999999999999"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		from, to, err := parseZooms(text)
		if err != nil {
			return
		}
		if from > to || to > tiler.MaxZoom || (text != fmt.Sprintf("%d-%d", from, to) && text != strconv.Itoa(int(from))) {
			t.Errorf("%q is %d to %d", text, from, to)
		}
	})
}
