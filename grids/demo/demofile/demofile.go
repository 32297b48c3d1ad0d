// Package demofile has the demo city's file for benchmarks and proofs of other
// packages, which share it: to make it takes seconds.
package demofile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/demo"
)

// Path returns the file of the city of scale 1 and seed 1 in the folder build/bench of
// the project, whose root is named. Whoever asks first makes it, others only read it;
// make clean removes it.
func Path(tb testing.TB, root string) string {
	tb.Helper()
	folder := filepath.Join(root, "build", "bench")
	path := filepath.Join(folder, fmt.Sprintf("city-%d-schema%d-seed1-scale1.gpkg", demo.Edition, cityfile.SchemaVersion))
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		if err != nil {
			tb.Fatal(err)
		}
		return path
	}
	if err := build(tb, folder, path); err != nil {
		tb.Fatal(err)
	}
	return path
}

// build makes it beside and renames it: who comes meanwhile finds all of it or nothing.
func build(tb testing.TB, folder, path string) error {
	tb.Helper()
	city, err := demo.City(demo.Options{Seed: 1, Scale: 1})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	made := fmt.Sprintf("%s.%d", path, os.Getpid())
	if err := cityfile.Create(tb.Context(), made, city); err != nil {
		return err
	}
	return os.Rename(made, path)
}
