package pmtiles

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"

	"github.com/wanmi-gis/wanmi/basemaps/stored"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// Limits of what is read. A directory of maxDirectory bytes has some million
// entries.
const (
	maxDirectory = 8 << 20
	maxMetadata  = 8 << 20
	// MaxTile is how long a tile may be, packed and unpacked.
	MaxTile = 4 << 20
	// maxDepth is how many leaf directories may follow one another; writers make
	// one or two.
	maxDepth = 3
)

// Fault is what is wrong with an archive, and where.
type Fault struct {
	Offset int64  // in the file
	Part   string // of the archive: header, root directory, …
	Err    error
}

// Error implements error.
func (f *Fault) Error() string { return fmt.Sprintf("%s at byte %d: %v", f.Part, f.Offset, f.Err) }

// Unwrap gives the reason.
func (f *Fault) Unwrap() error { return f.Err }

// Why an archive cannot be read.
var (
	ErrNotPMTiles = errors.New("not a PMTiles archive")
	ErrVersion    = errors.New("not version 3 of the format")
	ErrSection    = errors.New("reaches beyond the end of the file")
	ErrDirectory  = errors.New("not a directory")
	ErrTooDeep    = errors.New("leaf directories nested too deep")
)

// Info is what the header says.
type Info struct {
	Type             stored.Type
	Coding           stored.Coding // of tiles
	MinZoom, MaxZoom uint8
	Box              spatial.Box // empty where the header's makes no sense
	Center           spatial.Coord
	CenterZoom       uint8
	// Addressed counts tiles, Entries the directory's, Contents distinct tiles; 0
	// is not said.
	Addressed, Entries, Contents uint64
	Clustered                    bool
}

// Archive reads tiles. It is safe for concurrent use, and reads a file that does
// not change.
type Archive struct {
	file     io.ReaderAt
	size     int64
	info     Info
	internal stored.Coding
	sections struct{ root, metadata, leaves, tiles section }
	root     []entry
	metadata json.RawMessage

	mu     sync.Mutex
	kept   map[section]*leaf
	bytes  int
	recent uint64
}

// leaf is a leaf directory that was read, kept for the next one.
type leaf struct {
	entries []entry
	used    uint64
}

// maxLeafBytes bounds the leaves that are kept of an archive.
const (
	maxLeafBytes = 16 << 20
	entryBytes   = 24
)

// Open reads header, root directory and metadata of an archive of size bytes. An
// error is a *Fault.
func Open(file io.ReaderAt, size int64) (*Archive, error) {
	a := &Archive{file: file, size: size, kept: map[section]*leaf{}}
	if err := a.readHeader(); err != nil {
		return nil, err
	}
	var err error
	if a.root, err = a.directory("root directory", a.sections.root); err != nil {
		return nil, err
	}
	if a.sections.metadata.length == 0 {
		return a, nil
	}
	body, err := a.unpacked("metadata", a.sections.metadata, maxMetadata)
	if err != nil {
		return nil, err
	}
	if !json.Valid(body) {
		return nil, &Fault{int64(a.sections.metadata.offset), "metadata", errors.New("not JSON")}
	}
	a.metadata = body
	return a, nil
}

// Info returns what the header says.
func (a *Archive) Info() Info { return a.info }

// Metadata returns the archive's own description, a JSON object; nil for none.
func (a *Archive) Metadata() json.RawMessage { return a.metadata }

func (a *Archive) readHeader() error {
	var b [headerBytes]byte
	fault := func(offset int, reason error) error { return &Fault{int64(offset), "header", reason} }
	if n, err := a.file.ReadAt(b[:min(a.size, headerBytes)], 0); err != nil && !errors.Is(err, io.EOF) {
		return fault(n, err)
	}
	switch {
	case a.size < int64(len(magic)) || string(b[:len(magic)]) != magic:
		return fault(0, ErrNotPMTiles)
	case b[7] != version:
		return fault(7, fmt.Errorf("version %d: %w", b[7], ErrVersion))
	case a.size < headerBytes:
		return fault(int(a.size), fmt.Errorf("the file ends in the header: %w", ErrSection))
	}
	number := func(i int) uint64 { return binary.LittleEndian.Uint64(b[i:]) }
	parts := []struct {
		name string
		to   *section
		most uint64
	}{
		{"root directory", &a.sections.root, maxDirectory},
		{"metadata", &a.sections.metadata, maxMetadata},
		{"leaf directories", &a.sections.leaves, math.MaxInt64},
		{"tiles", &a.sections.tiles, math.MaxInt64},
	}
	for i, p := range parts {
		at := 8 + 16*i
		*p.to = section{number(at), number(at + 8)}
		if !p.to.within(section{0, uint64(a.size)}) {
			return fault(at, fmt.Errorf("the %s of %d bytes from %d, of a file of %d: %w", p.name, p.to.length, p.to.offset, a.size, ErrSection))
		}
		if p.to.length > p.most {
			return fault(at+8, fmt.Errorf("the %s of %d bytes; at most %d", p.name, p.to.length, p.most))
		}
	}
	coord := func(i int) spatial.Coord {
		return spatial.Coord{X: int32(binary.LittleEndian.Uint32(b[i:])), Y: int32(binary.LittleEndian.Uint32(b[i+4:]))}
	}
	a.info = Info{
		Addressed: number(72), Entries: number(80), Contents: number(88), Clustered: b[96] == clustered,
		Coding: stored.Coding(b[98]), Type: stored.Type(b[99]), MinZoom: b[100], MaxZoom: b[101],
		Box: spatial.Box{Min: coord(102), Max: coord(110)}, CenterZoom: b[118], Center: coord(119),
	}
	a.internal = stored.Coding(b[97])
	switch {
	case a.internal == stored.Unsaid || a.internal > stored.Zstd:
		return fault(97, fmt.Errorf("directories: %v: %w", a.internal, stored.ErrCoding))
	case a.info.Coding > stored.Zstd:
		return fault(98, fmt.Errorf("tiles: %v: %w", a.info.Coding, stored.ErrCoding))
	case a.info.Type > stored.AVIF:
		a.info.Type = stored.Unknown
	case a.info.MinZoom > a.info.MaxZoom || a.info.MaxZoom > tiler.MaxZoom:
		return fault(100, fmt.Errorf("zooms %d to %d; at most %d", a.info.MinZoom, a.info.MaxZoom, tiler.MaxZoom))
	}
	if box := a.info.Box; !onGlobe(box.Min) || !onGlobe(box.Max) || box.Min.X >= box.Max.X || box.Min.Y >= box.Max.Y {
		a.info.Box = spatial.EmptyBox()
	}
	if !onGlobe(a.info.Center) || a.info.CenterZoom > tiler.MaxZoom {
		a.info.Center, a.info.CenterZoom = spatial.Coord{}, 0
	}
	return nil
}

func onGlobe(c spatial.Coord) bool {
	return c.X >= -180e7 && c.X <= 180e7 && c.Y >= -90e7 && c.Y <= 90e7
}

// within reports whether the section lies in another; nothing overflows.
func (s section) within(o section) bool {
	return s.offset >= o.offset && s.length <= o.length && s.offset-o.offset <= o.length-s.length
}

// read reads a section of the file, which was found to be within it.
func (a *Archive) read(part string, s section) ([]byte, error) {
	b := make([]byte, s.length)
	if n, err := a.file.ReadAt(b, int64(s.offset)); err != nil && (n < len(b) || !errors.Is(err, io.EOF)) {
		return nil, &Fault{int64(s.offset) + int64(n), part, err}
	}
	return b, nil
}

func (a *Archive) unpacked(part string, s section, most int) ([]byte, error) {
	b, err := a.read(part, s)
	if err != nil {
		return nil, err
	}
	if b, err = stored.Inflate(a.internal, b, most); err != nil {
		return nil, &Fault{int64(s.offset), part, err}
	}
	return b, nil
}

// directory reads and checks a directory.
func (a *Archive) directory(part string, s section) ([]entry, error) {
	if s.length > maxDirectory {
		return nil, &Fault{int64(s.offset), part, fmt.Errorf("%d bytes; at most %d", s.length, maxDirectory)}
	}
	plain, err := a.unpacked(part, s, maxDirectory)
	if err != nil {
		return nil, err
	}
	entries, err := parseDirectory(plain)
	if err != nil {
		return nil, &Fault{int64(s.offset), part, err}
	}
	for i := range entries {
		in, what := a.sections.tiles, "tile"
		if entries[i].run == 0 {
			in, what = a.sections.leaves, "leaf directory"
		}
		if e := (section{entries[i].offset, uint64(entries[i].length)}); !e.within(section{0, in.length}) {
			return nil, &Fault{int64(s.offset), part, fmt.Errorf("entry %d: the %s of %d bytes from %d, of %d: %w", i, what, e.length, e.offset, in.length, ErrSection)}
		}
	}
	return entries, nil
}
