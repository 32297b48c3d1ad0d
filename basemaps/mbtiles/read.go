package mbtiles

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/wanmi-gis/wanmi/basemaps/stored"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// Limits of what is read.
const (
	// MaxTile is how long a tile may be, packed and unpacked.
	MaxTile = 4 << 20

	maxMetadataRows = 1000
	maxMetadata     = 8 << 20
)

// Why an archive cannot be read.
var (
	ErrNotMBTiles = errors.New("not an MBTiles archive")
	ErrTooLong    = errors.New("longer than a tile may be")
)

// Info is what an archive says of itself, and what its tiles show where it says
// nothing or nonsense.
type Info struct {
	Name, Attribution, Description, Version string

	Type             stored.Type
	Coding           stored.Coding
	MinZoom, MaxZoom uint8
	Box              spatial.Box // empty where it is not known
	Center           spatial.Coord
	CenterZoom       uint8
	VectorLayers     json.RawMessage // nil for none
	// Notes say what in the metadata is missing or makes no sense.
	Notes []string
}

// Archive reads tiles from a file that does not change. It is safe for concurrent
// use.
type Archive struct {
	db   *sql.DB
	tile *sql.Stmt
	info Info
}

// readOnly opens a file that nobody writes: without locks, and without a journal
// that may lie beside it.
const readOnly = "mode=ro&immutable=1&_query_only=1"

// wholePages makes sure that the file ends where its header says, or at least with a
// page: of a page that was cut off SQLite reads zeros where the rest was. Where the
// numbers are is in SQLite's "Database File Format", 1.3.
func wholePages(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	state, err := f.Stat()
	if err != nil {
		return err
	}
	var h [100]byte
	if _, err := f.ReadAt(h[:], 0); err != nil {
		return fmt.Errorf("%d bytes: %w", state.Size(), io.ErrUnexpectedEOF)
	}
	number := func(at int) uint32 { return binary.BigEndian.Uint32(h[at:]) }
	page := int64(binary.BigEndian.Uint16(h[16:]))
	if page == 1 {
		page = 64 << 10
	}
	pages := int64(number(28))
	if number(24) != number(92) {
		pages = 0 // written by a SQLite that did not count them
	}
	if page < 512 || state.Size()%page != 0 || state.Size() < pages*page {
		return fmt.Errorf("%d bytes, not whole: %d pages of %d bytes are said", state.Size(), pages, page)
	}
	return nil
}

// Open reads what the archive says of itself.
func Open(ctx context.Context, path string) (_ *Archive, err error) {
	if err := wholePages(path); err != nil {
		if p, ok := errors.AsType[*fs.PathError](err); ok {
			err = p.Err // the reason is told to the world, the folder is not
		}
		return nil, fmt.Errorf("%w: %w", ErrNotMBTiles, err)
	}
	name := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: readOnly}
	db, err := sql.Open("sqlite3", name.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxIdleConns(maxReaders)
	db.SetMaxOpenConns(maxReaders)
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("%w: %w", ErrNotMBTiles, err), db.Close())
		}
	}()
	a := &Archive{db: db}
	rows, err := a.metadata(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.read(ctx, rows); err != nil {
		return nil, err
	}
	a.tile, err = db.PrepareContext(ctx, "SELECT length(tile_data), CASE WHEN length(tile_data) <= "+strconv.Itoa(MaxTile)+
		" THEN tile_data END FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?")
	return a, err
}

// maxReaders may read at a time.
const maxReaders = 4

// Close ends the archive.
func (a *Archive) Close() error { return errors.Join(a.tile.Close(), a.db.Close()) }

// Info returns what the archive says of itself.
func (a *Archive) Info() Info { return a.info }

// Tile returns a tile as it is stored, or nil where there is none.
func (a *Archive) Tile(ctx context.Context, t tiler.ID) ([]byte, error) {
	row := a.tile.QueryRowContext(ctx, t.Z, t.X, flipped(t))
	var length int64
	var body []byte
	switch err := row.Scan(&length, &body); {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("tile %v: %w", t, err)
	case length > MaxTile:
		return nil, fmt.Errorf("tile %v: %d bytes, at most %d: %w", t, length, MaxTile, ErrTooLong)
	}
	return body, nil
}

// flipped is the row of a tile as TMS counts, from the south.
func flipped(t tiler.ID) uint32 { return 1<<t.Z - 1 - t.Y }

// metadata returns the rows of the table; without it there are none.
func (a *Archive) metadata(ctx context.Context) (map[string]string, error) {
	out, have := map[string]string{}, 0
	if err := a.db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master WHERE name = 'metadata'").Scan(&have); err != nil {
		return nil, err
	}
	if have == 0 {
		a.notef("there is no table metadata")
		return out, nil
	}
	rows, err := a.db.QueryContext(ctx, "SELECT name, value FROM metadata WHERE length(value) <= ? LIMIT ?", maxMetadata, maxMetadataRows)
	if err != nil {
		a.notef("the table metadata cannot be read: %v", err)
		return out, nil
	}
	defer rows.Close()
	for rows.Next() {
		var name, value sql.NullString
		if err := rows.Scan(&name, &value); err != nil {
			return nil, err
		}
		if _, twice := out[name.String]; twice {
			a.notef("metadata has %s twice; the first counts", name.String)
			continue
		}
		out[name.String] = value.String
	}
	return out, rows.Err()
}

func (a *Archive) notef(format string, args ...any) {
	a.info.Notes = append(a.info.Notes, fmt.Sprintf(format, args...))
}

// read makes the info of the rows and the tiles.
func (a *Archive) read(ctx context.Context, rows map[string]string) error {
	i := &a.info
	i.Name, i.Attribution, i.Description, i.Version = rows["name"], rows["attribution"], rows["description"], rows["version"]
	var least, most sql.NullInt64
	if err := a.db.QueryRowContext(ctx, "SELECT min(zoom_level), max(zoom_level) FROM tiles").Scan(&least, &most); err != nil {
		return err
	}
	if !least.Valid {
		return ErrNoTiles
	}
	if least.Int64 < 0 || most.Int64 > tiler.MaxZoom {
		return fmt.Errorf("tiles of zoom %d to %d; 0 to %d", least.Int64, most.Int64, tiler.MaxZoom)
	}
	i.MinZoom, i.MaxZoom = uint8(least.Int64), uint8(most.Int64)
	for name, found := range map[string]uint8{"minzoom": i.MinZoom, "maxzoom": i.MaxZoom} {
		if said := rows[name]; said != strconv.Itoa(int(found)) {
			a.notef("metadata says %s %q, the tiles say %d", name, said, found)
		}
	}
	slices.Sort(i.Notes)
	if err := a.readType(ctx, rows["format"]); err != nil {
		return err
	}
	i.Box = spatial.EmptyBox()
	if n := numbers(rows["bounds"], 4); n != nil && n[0] < n[2] && n[1] < n[3] && onGlobe(n[0], n[1]) && onGlobe(n[2], n[3]) {
		i.Box = spatial.Box{Min: spatial.At(n[0], n[1]), Max: spatial.At(n[2], n[3])}
	} else {
		a.notef("metadata says bounds %q, which makes no sense", clipped(rows["bounds"]))
	}
	if n := numbers(rows["center"], 3); n != nil && onGlobe(n[0], n[1]) && n[2] >= 0 && n[2] <= tiler.MaxZoom {
		i.Center, i.CenterZoom = spatial.At(n[0], n[1]), uint8(n[2])
	} else if rows["center"] != "" {
		a.notef("metadata says center %q, which makes no sense", clipped(rows["center"]))
	}
	var inner struct {
		VectorLayers json.RawMessage `json:"vector_layers"`
	}
	if text := rows["json"]; text != "" {
		if err := json.Unmarshal([]byte(text), &inner); err != nil {
			a.notef("metadata's json is none: %v", err)
		}
	}
	if i.VectorLayers = inner.VectorLayers; i.Type == stored.MVT && len(i.VectorLayers) == 0 {
		i.VectorLayers = nil
		a.notef("metadata names no vector layers")
	}
	return nil
}

// readType takes the first tile's word for what the tiles are.
func (a *Archive) readType(ctx context.Context, format string) error {
	var body []byte
	if err := a.db.QueryRowContext(ctx, "SELECT tile_data FROM tiles WHERE length(tile_data) BETWEEN 1 AND ? LIMIT 1", MaxTile).Scan(&body); err != nil {
		return fmt.Errorf("no tile can be read: %w", err)
	}
	said := stored.TypeOf(format)
	if found := stored.Sniff(body); found != stored.Unknown {
		if a.info.Type, a.info.Coding = found, stored.Plain; found != said {
			a.notef("metadata says format %q, the tiles are %s", clipped(format), found.Ext())
		}
		return nil
	}
	a.info.Coding = stored.SniffCoding(body)
	if err := stored.Check(stored.MVT, a.info.Coding, body, MaxTile); err != nil {
		return fmt.Errorf("format %q, and the first tile is neither a picture nor a vector tile: %w", clipped(format), err)
	}
	if a.info.Type = stored.MVT; said != stored.MVT {
		a.notef("metadata says format %q, the tiles are vector tiles", clipped(format))
	}
	return nil
}

// Verify reads every tile and returns how many there are. It ends with the first
// that is broken.
func (a *Archive) Verify(ctx context.Context) (tiles int, err error) {
	var sound string
	if err := a.db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&sound); err != nil || sound != "ok" {
		return 0, errors.Join(fmt.Errorf("the database is damaged: %s", sound), err)
	}
	rows, err := a.db.QueryContext(ctx, "SELECT zoom_level, tile_column, tile_row, length(tile_data), tile_data FROM tiles")
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for ; rows.Next(); tiles++ {
		var z, x, y, length int64
		var body sql.RawBytes
		if err := rows.Scan(&z, &x, &y, &length, &body); err != nil {
			return tiles, err
		}
		if z < 0 || z > tiler.MaxZoom || x < 0 || y < 0 || x>>z != 0 || y>>z != 0 {
			return tiles, fmt.Errorf("tile %d/%d/%d (row from the south): there is no such tile", z, x, y)
		}
		id := tiler.ID{Z: uint8(z), X: uint32(x), Y: uint32(1<<z - 1 - y)}
		if length > MaxTile {
			return tiles, fmt.Errorf("tile %v: %d bytes, at most %d: %w", id, length, MaxTile, ErrTooLong)
		}
		if err := stored.Check(a.info.Type, a.info.Coding, body, MaxTile); err != nil {
			return tiles, fmt.Errorf("tile %v: %w", id, err)
		}
	}
	return tiles, rows.Err()
}

// numbers reads n finite numbers with commas between; nil for anything else.
func numbers(text string, n int) []float64 {
	parts := strings.Split(text, ",")
	if len(parts) != n {
		return nil
	}
	out := make([]float64, n)
	for i, p := range parts {
		v, err := strconv.ParseFloat(strings.TrimSpace(p), 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
		out[i] = v
	}
	return out
}

func onGlobe(lon, lat float64) bool { return math.Abs(lon) <= 180 && math.Abs(lat) <= 90 }

// clipped is a value as a note repeats it.
func clipped(s string) string { return s[:min(len(s), 80)] }
