// Package basemaps serves the maps that lie under a city's own: archives of
// pictures or vector tiles in a folder (PMTiles, MBTiles).
//
// Start with [NewCatalogue]. It opens what the folder has through os.Root, checks
// each archive before it is served, and follows the folder: a new archive joins, a
// replaced one changes over while requests under way finish on the old, a removed
// one goes, a broken one is told with its reason and leaves the others alone.
//
// A tile costs one search in memory and one read of the file (PMTiles), or one
// query (MBTiles), whose tiles asked for last are kept, at most 32 MB of a folder.
package basemaps

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/wanmi-gis/wanmi/basemaps/mbtiles"
	"github.com/wanmi-gis/wanmi/basemaps/pmtiles"
	"github.com/wanmi-gis/wanmi/basemaps/stored"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// Info describes a basemap.
type Info struct {
	// ID is the file's name without its ending.
	ID     string
	Format string // pmtiles or mbtiles; xyz, tilejson or wmts of another server
	Name   string
	// Attribution is HTML as the archive has it: to be shown as text, or cleaned.
	Attribution      string
	Type             stored.Type
	Coding           stored.Coding
	MinZoom, MaxZoom uint8
	Box              spatial.Box // empty where it is not known
	Center           spatial.Coord
	CenterZoom       uint8
	VectorLayers     json.RawMessage
	Bytes            int64
	Changed          time.Time
	// CRS is "" for the tiles of Web Mercator, which maps draw, else such as
	// EPSG:4490: rows of half as many tiles as columns, from 180° W, 90° N.
	CRS string
	// Notes say what is odd and does no harm.
	Notes []string
}

// Basemap is an archive that is served.
type Basemap struct {
	Info
	// Digest names the file's state: its size, time and beginning.
	Digest string

	file  *os.File
	state os.FileInfo
	pm    *pmtiles.Archive
	mb    *mbtiles.Archive
	kept  *keptTiles // the catalogue's

	mu      sync.Mutex
	users   int
	retired bool
}

// ErrChanged says that an archive was written over while it was read; the folder's
// next look finds out what it is now.
var ErrChanged = errors.New("the archive is being written over")

// ErrFormat says that a file is no archive of a kind that is known.
var ErrFormat = errors.New("neither a PMTiles nor an MBTiles archive")

// MaxTile is how long a tile may be.
const MaxTile = pmtiles.MaxTile

// Open opens an archive of the folder, which root is the root of, and checks its
// directory and description. dir is the folder's path.
func Open(ctx context.Context, root *os.Root, dir, name string) (_ *Basemap, err error) {
	file, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	b := &Basemap{file: file}
	defer func() {
		if err != nil {
			err = errors.Join(err, file.Close())
		}
	}()
	if b.state, err = file.Stat(); err != nil {
		return nil, err
	}
	if !b.state.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w", name, errNotRegular)
	}
	var begins [4096]byte
	n, err := file.ReadAt(begins[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	b.Digest = digestOf(b.state, begins[:n])
	switch {
	case strings.HasPrefix(string(begins[:n]), "PMTiles"):
		err = b.openPMTiles()
	case strings.HasPrefix(string(begins[:n]), "SQLite format 3\x00"):
		err = b.openMBTiles(ctx, dir, name)
	default:
		err = fmt.Errorf("at byte 0: %w", ErrFormat)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	b.ID = strings.TrimSuffix(name, path.Ext(name))
	b.Bytes, b.Changed = b.state.Size(), b.state.ModTime()
	if b.Name == "" {
		b.Name = b.ID
	}
	return b, nil
}

func digestOf(state os.FileInfo, begins []byte) string {
	h := sha256.New()
	_ = binary.Write(h, binary.LittleEndian, [2]int64{state.Size(), state.ModTime().UnixNano()})
	h.Write(begins)
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func (b *Basemap) openPMTiles() (err error) {
	if b.pm, err = pmtiles.Open(b.file, b.state.Size()); err != nil {
		return err
	}
	i := b.pm.Info()
	b.Info = Info{
		Format: "pmtiles", Type: i.Type, Coding: i.Coding, MinZoom: i.MinZoom, MaxZoom: i.MaxZoom, Box: i.Box, Center: i.Center, CenterZoom: i.CenterZoom,
	}
	var said struct {
		Name, Attribution string
		VectorLayers      json.RawMessage `json:"vector_layers"`
	}
	if m := b.pm.Metadata(); m != nil {
		if err := json.Unmarshal(m, &said); err != nil {
			b.Notes = append(b.Notes, fmt.Sprintf("the metadata make no sense: %v", err))
		}
	}
	b.Name, b.Attribution, b.VectorLayers = said.Name, said.Attribution, said.VectorLayers
	if b.Type == stored.Unknown || b.Coding == stored.Unsaid {
		return b.sniff()
	}
	return nil
}

// sniff takes the first tile's word for what the header does not say.
func (b *Basemap) sniff() error {
	first, err := b.pm.First()
	if err != nil || first == nil {
		return errors.Join(errors.New("the header does not say what the tiles are, and there is none to look at"), err)
	}
	if b.Coding == stored.Unsaid {
		b.Coding = stored.SniffCoding(first)
		b.Notes = append(b.Notes, "the header does not say how tiles are compressed; they look like "+b.Coding.String())
	}
	if b.Type != stored.Unknown {
		return nil
	}
	if b.Type = stored.Sniff(first); b.Type == stored.Unknown {
		if err := stored.Check(stored.MVT, b.Coding, first, MaxTile); err != nil {
			return fmt.Errorf("the header does not say what the tiles are, and the first is neither a picture nor a vector tile: %w", err)
		}
		b.Type = stored.MVT
	}
	b.Notes = append(b.Notes, "the header does not say what the tiles are; they look like "+b.Type.Ext())
	return nil
}

// openMBTiles has SQLite open the file by its name, which was found to be a
// regular file of the folder.
func (b *Basemap) openMBTiles(ctx context.Context, dir, name string) (err error) {
	path := filepath.Join(dir, name)
	if b.mb, err = mbtiles.Open(ctx, path); err != nil {
		return err
	}
	if now, err := os.Stat(path); err != nil || !os.SameFile(now, b.state) {
		return errors.Join(errors.New("another file took its place meanwhile"), b.mb.Close())
	}
	i := b.mb.Info()
	b.Info = Info{
		Format: "mbtiles", Name: i.Name, Attribution: i.Attribution, Type: i.Type, Coding: i.Coding, MinZoom: i.MinZoom, MaxZoom: i.MaxZoom,
		Box: i.Box, Center: i.Center, CenterZoom: i.CenterZoom, VectorLayers: i.VectorLayers, Notes: i.Notes,
	}
	return nil
}

// Tile returns a tile as it is stored, nil where there is none.
func (b *Basemap) Tile(ctx context.Context, t tiler.ID) (body []byte, err error) {
	if b.pm != nil {
		body, err = b.pm.Tile(t)
	} else {
		body, err = b.query(ctx, t)
	}
	if !b.unchanged() { // written over in place it may be anything
		return nil, ErrChanged
	}
	return body, err
}

// query asks an MBTiles archive, if the tile is not kept.
func (b *Basemap) query(ctx context.Context, t tiler.ID) ([]byte, error) {
	if body, kept := b.kept.get(b, t); kept {
		return body, nil
	}
	body, err := b.mb.Tile(ctx, t)
	if err == nil && b.unchanged() {
		b.kept.put(b, t, body)
	}
	return body, err
}

// unchanged reports whether the file is as it was when it was opened. To look costs
// half a microsecond.
func (b *Basemap) unchanged() bool {
	now, err := b.file.Stat()
	return err == nil && now.Size() == b.state.Size() && now.ModTime().Equal(b.state.ModTime())
}

// Verify reads all of the archive. It returns how many tiles it has and what is
// odd; an error is what is broken.
func (b *Basemap) Verify(ctx context.Context) (tiles uint64, notes []string, err error) {
	notes = b.Notes
	if b.pm != nil {
		r, err := b.pm.Verify(ctx)
		if err != nil {
			return 0, notes, err
		}
		return r.Addressed, append(notes, r.Notes...), nil
	}
	n, err := b.mb.Verify(ctx)
	return uint64(n), notes, err
}

// TileJSON describes the basemap for maps; tiles is the template of its URLs.
func (b *Info) TileJSON(tiles string) TileJSON {
	t := TileJSON{
		TileJSON: "3.0.0", Name: b.Name, Attribution: b.Attribution, Scheme: "xyz", Tiles: []string{tiles},
		MinZoom: b.MinZoom, MaxZoom: b.MaxZoom, VectorLayers: b.VectorLayers, Format: b.Type.Ext(), CRS: b.CRS,
	}
	if !b.Box.Empty() {
		t.Bounds = []float64{b.Box.Min.Lon(), b.Box.Min.Lat(), b.Box.Max.Lon(), b.Box.Max.Lat()}
	}
	if b.Center != (spatial.Coord{}) || b.CenterZoom != 0 {
		t.Center = []float64{b.Center.Lon(), b.Center.Lat(), float64(b.CenterZoom)}
	}
	return t
}

// TileJSON is the document of the specification of that name, 3.0.0, with the
// vector layers as the archive has them; format is MapLibre's usual extra, crs one
// of our own where the tiles are not Web Mercator's.
type TileJSON struct {
	TileJSON     string          `json:"tilejson"`
	Name         string          `json:"name"`
	Attribution  string          `json:"attribution,omitempty"`
	Scheme       string          `json:"scheme"`
	Tiles        []string        `json:"tiles"`
	MinZoom      uint8           `json:"minzoom"`
	MaxZoom      uint8           `json:"maxzoom"`
	Bounds       []float64       `json:"bounds,omitempty"`
	Center       []float64       `json:"center,omitempty"`
	Format       string          `json:"format"`
	VectorLayers json.RawMessage `json:"vector_layers,omitempty"`
	CRS          string          `json:"crs,omitempty"`
}

// use keeps the archive open until release; false where it is retired.
func (b *Basemap) use() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.retired {
		b.users++
	}
	return !b.retired
}

// Release ends a use that [Catalogue.Find] began.
func (b *Basemap) Release() {
	b.mu.Lock()
	b.users--
	last := b.retired && b.users == 0
	b.mu.Unlock()
	if last {
		_ = b.close() // it was only read
	}
}

// retire closes the archive once nobody uses it.
func (b *Basemap) retire() {
	b.mu.Lock()
	last := !b.retired && b.users == 0
	b.retired = true
	b.mu.Unlock()
	if last {
		_ = b.close() // it was only read
	}
}

// Close closes an archive of [Open].
func (b *Basemap) Close() { b.retire() }

func (b *Basemap) close() error {
	b.kept.forget(b)
	err := b.file.Close()
	if b.mb != nil {
		err = errors.Join(err, b.mb.Close())
	}
	return err
}
