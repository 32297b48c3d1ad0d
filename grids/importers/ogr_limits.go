//go:build gdal

package importers

import (
	"archive/zip"
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// bounded refuses what is too large to hold in memory, as OGR's copy of a layer is:
// a file, a folder (FileGDB), or what comes out of a zip.
func bounded(ctx context.Context, path string) error {
	if strings.HasPrefix(filepath.ToSlash(path), "/vsi") {
		return fmt.Errorf("%s: only files and folders of this machine are read", path)
	}
	var total int64
	err := filepath.WalkDir(path, func(_ string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil && !e.IsDir() {
			total += info.Size()
		}
		return err
	})
	if err != nil {
		return err
	}
	if total > maxUnpacked {
		return fmt.Errorf("%d bytes, at most %d are read", total, int64(maxUnpacked))
	}
	switch name := strings.ToLower(path); {
	case strings.HasSuffix(name, ".zip"), strings.HasSuffix(name, ".kmz"):
		return boundedZip(path)
	}
	return nil
}

// boundedZip judges the sizes that a zip says of its files; the library that
// unpacks it holds each to its size.
func boundedZip(path string) error {
	z, err := zip.OpenReader(path)
	if err != nil {
		return fmt.Errorf("zip: %w", err)
	}
	defer func() { _ = z.Close() }() // it was only read
	if len(z.File) > maxZipEntries {
		return fmt.Errorf("zip: %d files, at most %d are read", len(z.File), maxZipEntries)
	}
	var left uint64 = maxUnpacked
	for _, f := range z.File {
		size, packed := f.UncompressedSize64, max(f.CompressedSize64, 1)
		if size > left || (size > ratioFromBytes && size/packed > maxRatio) {
			return fmt.Errorf("%s: %d bytes of %d: %w", f.Name, size, packed, ErrBomb)
		}
		left -= size
	}
	return nil
}
