package importers

import (
	"compress/gzip"
	"io"
	"os"
	"strings"
	"testing"
)

// bomb writes a gzip file that unpacks to size bytes of filler.
func bomb(t *testing.T, path, start, filler string, size int) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(z, start); err != nil {
		t.Fatal(err)
	}
	block := []byte(strings.Repeat(filler, 1+(1<<16)/len(filler)))
	for n := 0; n < size; n += len(block) {
		if _, err := z.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
}
