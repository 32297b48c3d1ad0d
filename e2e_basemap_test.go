//go:build e2e

package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"
)

// TestE2EBasemapsAndLettersNeedNothingButTheServer serves the town with a vector
// basemap made from itself, a picture of squares, and the same picture of another
// server, which only this one may ask.
func TestE2EBasemapsAndLettersNeedNothingButTheServer(t *testing.T) {
	city, _ := townFile(t)
	maps := t.TempDir()
	cmd := exportCmd{
		City: city, Out: filepath.Join(maps, "streets.pmtiles"), Layers: []string{"base_roads", "base_buildings", "base_water", "base_green"},
		CRS: "cgcs2000", Encoding: "utf-8", Zoom: "8-16",
	}
	if err := cmd.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	picture := square(t)
	squares(t, filepath.Join(maps, "photo.mbtiles"), picture)
	var asked atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if agent := r.Header.Get("User-Agent"); strings.Contains(agent, "Mozilla") || r.Header.Get("Origin") != "" || r.Header.Get("Referer") != "" {
			t.Errorf("the browser itself asks the other server: %s %v", r.URL, r.Header)
		}
		asked.Add(1)
		_, _ = w.Write(picture)
	}))
	t.Cleanup(other.Close)
	upstream := func(id, name, more string) string {
		return fmt.Sprintf("  - {id: %s, name: %s, type: xyz, url: '%s/{z}/{x}/{y}.png', allow_http: true, allow_addresses: [127.0.0.1/32], attribution: 测绘院%s}\n", id, name, other.URL, more)
	}
	config := write(t, "wanmi.yaml", "map_approval: GS(2026)0000号\nupstreams:\n"+upstream("far", "远方", "")+upstream("moved", "偏移", ", crs: gcj02"))
	url := serving(t, "serve", city, "--listen", "127.0.0.1:0", "--basemaps", maps, "--config", config)
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "--prefix", "viewer/web", "run", "e2e:basemap")
	npm.Env = append(os.Environ(), "WANMI_URL="+url)
	out, err := npm.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatalf("npm run e2e:basemap: %v", err)
	}
	if asked.Load() == 0 {
		t.Error("nobody asked the other server")
	}
}

// square is a picture: green with a square.
func square(t *testing.T) []byte {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, 256, 256))
	for i := range 256 * 256 {
		x, y := i%256, i/256
		c := color.RGBA{90, 120, 80, 255}
		if x/64%2 == y/64%2 {
			c = color.RGBA{130, 140, 110, 255}
		}
		picture.SetRGBA(x, y, c)
	}
	var body bytes.Buffer
	if err := png.Encode(&body, picture); err != nil {
		t.Fatal(err)
	}
	return body.Bytes()
}

// squares makes an archive of the picture: zoom 0 to 4.
func squares(t *testing.T, path string, picture []byte) {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`CREATE TABLE metadata (name text, value text);
		CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob, PRIMARY KEY (zoom_level, tile_column, tile_row));
		INSERT INTO metadata VALUES ('name', '影像'), ('format', 'png'), ('minzoom', '0'), ('maxzoom', '4'), ('attribution', '<b>© OpenStreetMap</b> contributors')`); err != nil {
		t.Fatal(err)
	}
	for z := range 5 {
		for i := range 1 << (2 * z) {
			if _, err := db.Exec("INSERT INTO tiles VALUES (?, ?, ?, ?)", z, i>>z, i&(1<<z-1), picture); err != nil {
				t.Fatal(err)
			}
		}
	}
}
