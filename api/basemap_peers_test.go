//go:build peers

package api

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/peers"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/basemaps"
	"github.com/wanmi-gis/wanmi/basemaps/mbtiles"
	"github.com/wanmi-gis/wanmi/basemaps/pmtiles"
	"github.com/wanmi-gis/wanmi/basemaps/stored"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/tiler"
)

const (
	archiveConnections = 64
	archiveFor         = time.Second // a round and server
	// What an archive's tile may cost at the most: a file's rate times this.
	archiveShare = 0.75
)

// archiveSide is one server of the same tiles.
type archiveSide struct {
	name, addr string
	path       func(tiler.ID) string
	cpu        func(t *testing.T) time.Duration

	perSecond, perCPU, p99 []float64 // of rounds; p99 in ms
}

// TestPeers_ServeTheTilesOfAnArchive has 64 connections ask for a basemap's tiles at
// random: from wanmi's PMTiles and MBTiles, from a folder of files through the same
// HTTP stack (net/http's ServeContent behind wanmi's middleware), and from npm's
// pmtiles behind node's own HTTP server. The clients are a process of their own. It
// prints lines as benchmarks do; requests a second of the servers' processor time
// must be 0.75 of the files' or more.
func TestPeers_ServeTheTilesOfAnArchive(t *testing.T) {
	dir := t.TempDir()
	tiles := archiveTiles()
	archives := filepath.Join(dir, "archives")
	writeArchives(t, archives, tiles)
	files := writeTileFiles(t, filepath.Join(dir, "files"), tiles)
	maps, err := basemaps.NewCatalogue(t.Context(), archives, func(r basemaps.Refusal) { t.Error(r.Name, r.Err) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := maps.Close(); err != nil {
			t.Error(err)
		}
	})
	snap := demoSnapshot(t)
	wanmi := listen(t, New(Options{Live: grids.NewLive(snap), Log: slog.New(slog.DiscardHandler), Basemaps: maps}))
	own := func(*testing.T) time.Duration { return peers.ProcessTime() }
	at := func(prefix, suffix string) func(tiler.ID) string {
		return func(id tiler.ID) string { return prefix + id.String() + suffix }
	}
	node, nodeCPU := startNodeArchive(t, filepath.Join(archives, "photo.pmtiles"))
	sides := []*archiveSide{
		{name: "file", addr: listen(t, files), path: at("/files/", ".webp"), cpu: own},
		{name: "wanmi", addr: wanmi, path: at("/basemaps/photo/", ".webp"), cpu: own},
		{name: "wanmi-mbtiles", addr: wanmi, path: at("/basemaps/other/", ".webp"), cpu: own},
		{name: "node-pmtiles", addr: node, path: at("/", ".webp"), cpu: nodeCPU},
	}
	for _, s := range sides {
		s.agrees(t, tiles)
	}
	for round := range peers.Rounds + 1 {
		for i := range sides {
			s := sides[(i+round)%len(sides)]
			s.endure(t, tiles, round > 0)
		}
	}
	for _, s := range sides {
		perCPU, perSecond := ratio(s.perCPU, sides[0].perCPU), ratio(s.perSecond, sides[0].perSecond)
		t.Logf("%s: %.2f of the files' requests a second of processor time, %.2f a second; %.0f a second, p99 %.1f ms", s.name, perCPU, perSecond,
			ratio(s.perSecond, nil), ratio(s.p99, nil))
		if strings.HasPrefix(s.name, "wanmi") && perCPU < archiveShare {
			t.Errorf("%s: %.2f of the files' rate, want %.2f", s.name, perCPU, archiveShare)
		}
	}
}

// ratio is the median of the rounds' ratios, or of the first alone.
func ratio(a, b []float64) float64 {
	all := slices.Clone(a)
	for i := range b {
		all[i] /= b[i]
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// agrees asks for each tile once.
func (s *archiveSide) agrees(t *testing.T, tiles []pmtiles.Tile) {
	t.Helper()
	for _, tile := range tiles {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.addr+s.path(tile.ID), nil)
		if err != nil {
			t.Fatal(err)
		}
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(a.Body)
		err = errors.Join(err, a.Body.Close())
		if err != nil || a.StatusCode != http.StatusOK || !bytes.Equal(body, tile.Body) || a.Header.Get("Content-Type") != "image/webp" {
			t.Fatalf("%s, %v: status %d, %d bytes, %v, %v", s.name, tile.ID, a.StatusCode, len(body), a.Header, err)
		}
	}
}

func (s *archiveSide) endure(t *testing.T, tiles []pmtiles.Tile, counts bool) {
	t.Helper()
	o := onslaught{Addr: s.addr, Connections: archiveConnections, For: archiveFor}
	for _, tile := range tiles {
		o.Questions = append(o.Questions, question{s.path(tile.ID), len(tile.Body)})
	}
	before := s.cpu(t)
	got := o.run(t)
	cpu := s.cpu(t) - before
	if got.Wrong != "" || got.Answers == 0 || cpu <= 0 {
		t.Fatalf("%s: %+v", s.name, got)
	}
	if !counts {
		return
	}
	s.perCPU = append(s.perCPU, float64(got.Answers)/cpu.Seconds())
	s.perSecond = append(s.perSecond, float64(got.Answers)/got.Wall.Seconds())
	s.p99 = append(s.p99, got.P99.Seconds()*1e3)
	fmt.Printf("BenchmarkBasemapTile64Connections/%s\t%d\t%d ns/op\t%d cpu-ns/op\t%.0f requests/s\t%.2f p50-ms\t%.2f p99-ms\n",
		s.name, got.Answers, int(got.Wall)/got.Answers, int(cpu)/got.Answers, float64(got.Answers)/got.Wall.Seconds(), got.P50.Seconds()*1e3, got.P99.Seconds()*1e3)
}

// archiveTiles are a photograph's: 341 tiles of 8 to 32 KB that do not pack.
func archiveTiles() (tiles []pmtiles.Tile) {
	r := rand.NewChaCha8([32]byte{4})
	for z := range uint8(5) {
		for x := range uint32(1) << z {
			for y := range uint32(1) << z {
				body := make([]byte, 8<<10+r.Uint64()%(24<<10))
				for i := 0; i+8 <= len(body); i += 8 {
					binary.LittleEndian.PutUint64(body[i:], r.Uint64())
				}
				copy(body, "RIFF....WEBPVP8 ") // what a reader looks for
				tiles = append(tiles, pmtiles.Tile{ID: tiler.ID{Z: z, X: x, Y: y}, Body: body})
			}
		}
	}
	slices.SortFunc(tiles, func(a, b pmtiles.Tile) int { return int(int64(pmtiles.TileID(a.ID)) - int64(pmtiles.TileID(b.ID))) })
	return tiles
}

func writeArchives(t *testing.T, dir string, tiles []pmtiles.Tile) {
	t.Helper()
	doc := tiler.NewTileJSON(nil)
	doc.Name, doc.MaxZoom = "photo", 4
	var out bytes.Buffer
	_, err := pmtiles.WritePictures(&out, &doc, stored.WebP, "1", func(yield func(pmtiles.Tile, error) bool) {
		for _, tile := range tiles {
			if !yield(tile, nil) {
				return
			}
		}
	})
	if err = errors.Join(err, os.Mkdir(dir, 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "photo.pmtiles"), out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	var rows iter.Seq2[mbtiles.Tile, error] = func(yield func(mbtiles.Tile, error) bool) {
		for _, tile := range tiles {
			if !yield(mbtiles.Tile(tile), nil) {
				return
			}
		}
	}
	if _, err := mbtiles.Write(context.Background(), filepath.Join(dir, "other.mbtiles"), &doc, "1", rows); err != nil {
		t.Fatal(err)
	}
}

// writeTileFiles makes the files and returns a handler of them that has the whole of
// wanmi's stack before it: the same router, the same middleware.
func writeTileFiles(t *testing.T, dir string, tiles []pmtiles.Tile) http.Handler {
	t.Helper()
	path := func(z, x, file string) string { return filepath.Join(dir, z, x, file) }
	for _, tile := range tiles {
		name := path(strconv.Itoa(int(tile.ID.Z)), strconv.Itoa(int(tile.ID.X)), strconv.Itoa(int(tile.ID.Y))+".webp")
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, tile.Body, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	r := web.NewRouter(web.RouterOptions{Log: slog.New(slog.DiscardHandler)})
	r.Echo.GET("/files/:z/:x/:file", func(c echo.Context) error {
		f, err := os.Open(path(c.Param("z"), c.Param("x"), c.Param("file")))
		if err != nil {
			return err
		}
		defer f.Close()
		state, err := f.Stat()
		if err != nil {
			return err
		}
		http.ServeContent(c.Response(), c.Request(), state.Name(), state.ModTime(), f)
		return nil
	})
	return r.Handler()
}

// startNodeArchive serves an archive with npm's pmtiles and returns where, and what
// the process has used.
func startNodeArchive(t *testing.T, path string) (addr string, cpu func(*testing.T) time.Duration) {
	t.Helper()
	node := peers.StartNode(t, "peers", "archive.mjs", path)
	var port int
	if err := node.Answer(&port); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("127.0.0.1:%d", port), func(t *testing.T) time.Duration {
		t.Helper()
		var used int64 // µs
		if _, err := fmt.Fprintln(node.In, "cpu"); err != nil {
			t.Fatal(err)
		}
		if err := node.Answer(&used); err != nil {
			t.Fatal(err)
		}
		return time.Duration(used) * time.Microsecond
	}
}
