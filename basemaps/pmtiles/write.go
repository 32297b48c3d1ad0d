package pmtiles

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"

	"github.com/wanmi-gis/wanmi/basemaps/stored"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// Tile is one tile of an archive. Body is a vector tile in gzip, or a picture as it
// is; it may be reused after the step of the iteration that gave it.
type Tile struct {
	ID   tiler.ID
	Body []byte
}

// Stats says what an archive holds.
type Stats struct {
	Tiles    uint64 // that have content
	Contents uint64 // distinct ones
	Bytes    uint64 // of the file
}

// What a list of tiles can have wrong.
var (
	ErrOrder   = errors.New("tiles are not in ascending id")
	ErrNoTiles = errors.New("there is no tile with content")
	ErrChanged = errors.New("the tiles are others at the second reading")
	ErrPicture = errors.New("not a picture of the archive's type")
)

// Write writes an archive of gzipped vector tiles to w. doc describes it: name,
// attribution, bounds, centre, zooms and layers go into header and metadata;
// version names the state of the data. tiles gives them in ascending [TileID],
// without empty bodies, and is gone through twice. An error of tiles ends the
// work and is returned.
func Write(w io.Writer, doc *tiler.TileJSON, version string, tiles iter.Seq2[Tile, error]) (Stats, error) {
	metadata, err := metadataOf(doc, version)
	if err != nil {
		return Stats{}, fmt.Errorf("write pmtiles: %w", err)
	}
	h := headerOf(doc)
	h.coding, h.kind = stored.GZIP, stored.MVT
	return write(w, &h, metadata, tiles)
}

// WritePictures writes an archive of pictures of one type, PNG, JPEG, WebP or AVIF,
// stored as they are. doc and tiles are as for [Write]; doc's layers are not looked at.
func WritePictures(w io.Writer, doc *tiler.TileJSON, kind stored.Type, version string, tiles iter.Seq2[Tile, error]) (Stats, error) {
	if !kind.Picture() {
		return Stats{}, fmt.Errorf("write pmtiles: type %d: %w", kind, ErrPicture)
	}
	metadata, err := pictureMetadata(doc, kind, version)
	if err != nil {
		return Stats{}, fmt.Errorf("write pmtiles: %w", err)
	}
	h := headerOf(doc)
	h.coding, h.kind = stored.Plain, kind
	return write(w, &h, metadata, func(yield func(Tile, error) bool) {
		for t, err := range tiles {
			if err == nil && len(t.Body) > 0 && stored.Sniff(t.Body) != kind {
				err = fmt.Errorf("tile %v: %w, %s", t.ID, ErrPicture, kind.Ext())
			}
			if !yield(t, err) {
				return
			}
		}
	})
}

// write writes an archive whose header says all but where things are.
func write(w io.Writer, h *header, metadata []byte, tiles iter.Seq2[Tile, error]) (Stats, error) {
	p := plan{offsets: map[[16]byte]uint64{}}
	for t, err := range tiles {
		if err == nil {
			err = p.add(&t)
		}
		if err != nil {
			return Stats{}, fmt.Errorf("write pmtiles: %w", err)
		}
	}
	if len(p.entries) == 0 {
		return Stats{}, fmt.Errorf("write pmtiles: %w", ErrNoTiles)
	}
	root, leaves := directories(p.entries)
	h.addressed, h.entries, h.contents = p.tiles, uint64(len(p.entries)), uint64(len(p.offsets))
	at := uint64(headerBytes)
	for _, s := range []struct {
		to     *section
		length uint64
	}{{&h.root, uint64(len(root))}, {&h.metadata, uint64(len(metadata))}, {&h.leaves, uint64(len(leaves))}, {&h.tiles, p.size}} {
		*s.to = section{at, s.length}
		at += s.length
	}
	for _, part := range [][]byte{h.bytes(), root, metadata, leaves} {
		if _, err := w.Write(part); err != nil {
			return Stats{}, fmt.Errorf("write pmtiles: %w", err)
		}
	}
	if err := p.copy(w, tiles); err != nil {
		return Stats{}, fmt.Errorf("write pmtiles: %w", err)
	}
	return Stats{Tiles: p.tiles, Contents: uint64(len(p.offsets)), Bytes: at}, nil
}

// plan places tiles.
type plan struct {
	entries []entry
	offsets map[[16]byte]uint64 // by the content's hash
	size    uint64              // of the contents so far
	tiles   uint64
}

func (p *plan) add(t *Tile) error {
	id := TileID(t.ID)
	if n := len(p.entries); n > 0 && id < p.entries[n-1].id+uint64(p.entries[n-1].run) {
		return fmt.Errorf("tile %v: %w", t.ID, ErrOrder)
	}
	if len(t.Body) == 0 || len(t.Body) > math.MaxInt32 {
		return fmt.Errorf("tile %v: %d bytes", t.ID, len(t.Body))
	}
	p.tiles++
	sum := sha256.Sum256(t.Body)
	key := [16]byte(sum[:16])
	offset, known := p.offsets[key]
	if !known {
		offset = p.size
		p.offsets[key] = offset
		p.size += uint64(len(t.Body))
	}
	if n := len(p.entries); n > 0 {
		last := &p.entries[n-1]
		if known && last.offset == offset && last.id+uint64(last.run) == id && last.run < math.MaxUint32 {
			last.run++
			return nil
		}
	}
	p.entries = append(p.entries, entry{id: id, offset: offset, length: uint32(len(t.Body)), run: 1})
	return nil
}

// copy writes each content where the plan has it: the first tile that has it
// is the one whose offset is as far as the file is.
func (p *plan) copy(w io.Writer, tiles iter.Seq2[Tile, error]) error {
	entries, written := p.entries, uint64(0)
	for t, err := range tiles {
		if err != nil {
			return err
		}
		id := TileID(t.ID)
		for len(entries) > 0 && id >= entries[0].id+uint64(entries[0].run) {
			entries = entries[1:]
		}
		if len(entries) == 0 || id < entries[0].id || int(entries[0].length) != len(t.Body) {
			return fmt.Errorf("tile %v: %w", t.ID, ErrChanged)
		}
		if entries[0].offset != written {
			continue // written before
		}
		if _, err := w.Write(t.Body); err != nil {
			return err
		}
		written += uint64(len(t.Body))
	}
	if written != p.size {
		return ErrChanged
	}
	return nil
}

func headerOf(doc *tiler.TileJSON) header {
	h := header{minZoom: doc.MinZoom, maxZoom: doc.MaxZoom}
	quanta := func(degrees float64) int32 { return int32(math.Round(degrees * 1e7)) }
	if b := doc.Bounds; len(b) == 4 {
		h.box = spatial.Box{
			Min: spatial.Coord{X: quanta(b[0]), Y: quanta(b[1])},
			Max: spatial.Coord{X: quanta(b[2]), Y: quanta(b[3])},
		}
	}
	if c := doc.Center; len(c) == 3 {
		h.center, h.centerZoom = spatial.Coord{X: quanta(c[0]), Y: quanta(c[1])}, uint8(c[2])
	}
	return h
}

// metadataOf has what by convention is read by viewers; all texts are strings.
func metadataOf(doc *tiler.TileJSON, version string) ([]byte, error) {
	plain, err := json.Marshal(struct {
		Name         string              `json:"name,omitempty"`
		Attribution  string              `json:"attribution,omitempty"`
		Type         string              `json:"type"`
		Version      string              `json:"version,omitempty"`
		VectorLayers []tiler.VectorLayer `json:"vector_layers"`
	}{doc.Name, doc.Attribution, "overlay", version, doc.VectorLayers})
	if err != nil {
		return nil, err
	}
	return tiler.Gzip(nil, plain, gzipLevel), nil
}

// pictureMetadata is metadata of pictures, which have no layers.
func pictureMetadata(doc *tiler.TileJSON, kind stored.Type, version string) ([]byte, error) {
	plain, err := json.Marshal(struct {
		Name        string `json:"name,omitempty"`
		Attribution string `json:"attribution,omitempty"`
		Type        string `json:"type"`
		Format      string `json:"format"`
		Version     string `json:"version,omitempty"`
	}{doc.Name, doc.Attribution, "baselayer", kind.Ext(), version})
	if err != nil {
		return nil, err
	}
	return tiler.Gzip(nil, plain, gzipLevel), nil
}
