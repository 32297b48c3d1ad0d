package pmtiles

import (
	"encoding/binary"

	"github.com/wanmi-gis/wanmi/basemaps/stored"
	"github.com/wanmi-gis/wanmi/spatial"
)

const (
	headerBytes = 127
	// maxRoot is what a reader fetches first: header and root directory.
	maxRoot = 16_384

	magic   = "PMTiles"
	version = 3

	clustered       = 1
	compressionGzip = 2
)

// section is a part of the file.
type section struct{ offset, length uint64 }

// header has what the first 127 bytes say, apart from what is always the same.
type header struct {
	root, metadata, leaves, tiles section
	// addressed counts tiles, entries the directory's, contents distinct tiles.
	addressed, entries, contents uint64
	coding                       stored.Coding // of tiles
	kind                         stored.Type
	minZoom, maxZoom             uint8
	box                          spatial.Box
	center                       spatial.Coord
	centerZoom                   uint8
}

func (h *header) bytes() []byte {
	b := make([]byte, 0, headerBytes)
	b = append(b, magic...)
	b = append(b, version)
	for _, s := range [...]section{h.root, h.metadata, h.leaves, h.tiles} {
		b = binary.LittleEndian.AppendUint64(b, s.offset)
		b = binary.LittleEndian.AppendUint64(b, s.length)
	}
	for _, n := range [...]uint64{h.addressed, h.entries, h.contents} {
		b = binary.LittleEndian.AppendUint64(b, n)
	}
	b = append(b, clustered, compressionGzip, byte(h.coding), byte(h.kind), h.minZoom, h.maxZoom)
	// The lattice's quantum is the header's unit: 1e-7 degree.
	for _, v := range [...]int32{h.box.Min.X, h.box.Min.Y, h.box.Max.X, h.box.Max.Y} {
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	b = append(b, h.centerZoom)
	b = binary.LittleEndian.AppendUint32(b, uint32(h.center.X))
	return binary.LittleEndian.AppendUint32(b, uint32(h.center.Y))
}
