package pmtiles

import (
	"encoding/binary"

	"github.com/wanmi-gis/wanmi/tiler"
)

// gzipLevel is for what is written once and read often.
const gzipLevel = 9

// entry says where run tiles from id on are; run 0 says that a leaf directory
// with the entries from id on is there.
type entry struct {
	id, offset  uint64
	length, run uint32
}

// appendDirectory appends the entries, compressed.
func appendDirectory(dst []byte, entries []entry) []byte {
	plain := binary.AppendUvarint(nil, uint64(len(entries)))
	last := uint64(0)
	for i := range entries {
		plain = binary.AppendUvarint(plain, entries[i].id-last)
		last = entries[i].id
	}
	for i := range entries {
		plain = binary.AppendUvarint(plain, uint64(entries[i].run))
	}
	for i := range entries {
		plain = binary.AppendUvarint(plain, uint64(entries[i].length))
	}
	for i := range entries {
		e := &entries[i]
		if i > 0 && e.offset == entries[i-1].offset+uint64(entries[i-1].length) {
			plain = append(plain, 0)
		} else {
			plain = binary.AppendUvarint(plain, e.offset+1)
		}
	}
	return tiler.Gzip(dst, plain, gzipLevel)
}

// directories returns the root directory, which fits behind the header, and the
// leaf directories: none where the root takes every entry. A leaf has at least
// leastLeaf entries, more until the root that lists the leaves fits.
func directories(entries []entry) (root, leaves []byte) {
	const leastLeaf = 4096
	if len(entries) <= maxRoot { // an entry takes a byte at the least
		if root = appendDirectory(nil, entries); len(root) <= maxRoot-headerBytes {
			return root, nil
		}
	}
	for size := leastLeaf; ; size *= 2 {
		leaves = leaves[:0]
		var top []entry
		for from := 0; from < len(entries); from += size {
			before := len(leaves)
			leaves = appendDirectory(leaves, entries[from:min(from+size, len(entries))])
			top = append(top, entry{id: entries[from].id, offset: uint64(before), length: uint32(len(leaves) - before)})
		}
		if root = appendDirectory(nil, top); len(root) <= maxRoot-headerBytes {
			return root, leaves
		}
	}
}
