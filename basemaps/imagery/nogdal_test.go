//go:build !gdal

package imagery

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

func TestWithoutGDALItSaysHowToGetIt(t *testing.T) {
	_, err := Make(t.Context(), filepath.Join(t.TempDir(), "a.pmtiles"), []string{"a.tif"}, Options{})
	if !errors.Is(err, ErrNoGDAL) || !strings.Contains(err.Error(), "go build -tags gdal") {
		t.Error(err)
	}
}

func ExampleMake() {
	_, err := Make(context.Background(), "photo.pmtiles", []string{"north.tif", "south.tif"}, Options{Format: JPEG})
	fmt.Println(errors.Is(err, ErrNoGDAL)) // this build has none
	// Output: true
}
