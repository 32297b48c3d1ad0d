// Package mbtiles writes tile archives in the MBTiles format, version 1.3: a
// SQLite file with two tables.
//
//	metadata (name, value)   name, format pbf, bounds, center, minzoom, maxzoom,
//	                         attribution, type overlay, version, and json with
//	                         the vector layers
//	tiles (zoom_level, tile_column, tile_row, tile_data)
//	                         a gzipped vector tile a row; rows count from the
//	                         south, as in TMS, unlike everywhere else here
//
// [Write] is the one call. Equal tiles give equal bytes, as long as SQLite is
// the same version, whose number is in the file. Memory does not grow with the
// number of tiles.
package mbtiles

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strconv"
	"strings"

	_ "github.com/mattn/go-sqlite3" // the driver

	"github.com/wanmi-gis/wanmi/tiler"
)

// Tile is one tile of an archive; Body is a vector tile in gzip.
type Tile struct {
	ID   tiler.ID
	Body []byte
}

// ErrNoTiles says that an archive would be empty.
var ErrNoTiles = errors.New("there is no tile with content")

// schema makes an empty archive. The index comes last: rows that come in any
// order are sorted once.
const (
	schema = `CREATE TABLE metadata (name TEXT NOT NULL, value TEXT);
CREATE TABLE tiles (zoom_level INTEGER NOT NULL, tile_column INTEGER NOT NULL, tile_row INTEGER NOT NULL, tile_data BLOB NOT NULL);`
	indexes = `CREATE UNIQUE INDEX metadata_name ON metadata (name);
CREATE UNIQUE INDEX tiles_place ON tiles (zoom_level, tile_column, tile_row);`
	// Nobody reads the file before it is whole, and who writes it again writes
	// it anew: it needs no journal and no waiting for the disk. 0x4d504258 is
	// "MPBX", by which programs know the format.
	settings = "_journal_mode=OFF&_synchronous=OFF&_locking_mode=EXCLUSIVE&mode=rwc"
	identity = "PRAGMA page_size = 4096; PRAGMA application_id = 0x4d504258;"
)

// Write makes the archive, a file that must not exist yet; a failure may leave
// part of one. doc describes it, version names the state of the data. tiles
// gives each tile once, without empty bodies; an error of it ends the work and
// is returned. The caller syncs the file.
func Write(ctx context.Context, path string, doc *tiler.TileJSON, version string, tiles iter.Seq2[Tile, error]) (count uint64, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("write mbtiles: %w", err)
		}
	}()
	rows, err := metadata(doc, version)
	if err != nil {
		return 0, err
	}
	name := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: settings}
	db, err := sql.Open("sqlite3", name.String())
	if err != nil {
		return 0, err
	}
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, identity); err != nil {
		return 0, err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, schema); err != nil {
		return 0, err
	}
	for _, row := range rows {
		if _, err := tx.ExecContext(ctx, "INSERT INTO metadata VALUES (?, ?)", row[0], row[1]); err != nil {
			return 0, err
		}
	}
	if count, err = insert(ctx, tx, tiles); err != nil {
		return 0, err
	}
	if _, err := tx.ExecContext(ctx, indexes); err != nil {
		return 0, err
	}
	return count, tx.Commit()
}

func insert(ctx context.Context, tx *sql.Tx, tiles iter.Seq2[Tile, error]) (count uint64, err error) {
	put, err := tx.PrepareContext(ctx, "INSERT INTO tiles VALUES (?, ?, ?, ?)")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, put.Close()) }()
	for t, err := range tiles {
		if err != nil {
			return 0, err
		}
		if len(t.Body) == 0 {
			return 0, fmt.Errorf("tile %v: no bytes", t.ID)
		}
		row := uint32(1)<<t.ID.Z - 1 - t.ID.Y // from the south
		if _, err := put.ExecContext(ctx, t.ID.Z, t.ID.X, row, t.Body); err != nil {
			return 0, fmt.Errorf("tile %v: %w", t.ID, err)
		}
		count++
	}
	if count == 0 {
		return 0, ErrNoTiles
	}
	return count, nil
}

// metadata lists the rows in a fixed order; what is not known has none.
func metadata(doc *tiler.TileJSON, version string) (rows [][2]string, err error) {
	layers, err := json.Marshal(map[string]any{"vector_layers": doc.VectorLayers})
	if err != nil {
		return nil, err
	}
	for _, row := range [][2]string{
		{"name", doc.Name},
		{"format", "pbf"},
		{"bounds", joined(doc.Bounds)},
		{"center", joined(doc.Center)},
		{"minzoom", strconv.Itoa(int(doc.MinZoom))},
		{"maxzoom", strconv.Itoa(int(doc.MaxZoom))},
		{"attribution", doc.Attribution},
		{"type", "overlay"},
		{"version", version},
		{"json", string(layers)},
	} {
		if row[1] != "" {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// joined writes numbers with commas between, as short as they are exact.
func joined(numbers []float64) string {
	texts := make([]string, len(numbers))
	for i, n := range numbers {
		texts[i] = strconv.FormatFloat(n, 'f', -1, 64)
	}
	return strings.Join(texts, ",")
}
