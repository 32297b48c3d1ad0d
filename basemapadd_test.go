package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/basemaps/imagery"
)

func TestBasemapAddNamesWhatIsAtFault(t *testing.T) {
	dir := t.TempDir()
	sheet, taken := filepath.Join(dir, "sheet.tif"), filepath.Join(dir, "taken.pmtiles")
	for _, path := range []string{sheet, taken} {
		if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for want, c := range map[string]basemapAddCmd{
		"must end in .pmtiles": {Out: filepath.Join(dir, "a.mbtiles")},
		"exists already":       {Out: taken},
		"quality 101":          {Out: filepath.Join(dir, "a.pmtiles"), Quality: 101},
	} {
		c.Sheets = []string{sheet}
		if err := c.Run(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if b, err := os.ReadFile(taken); err != nil || string(b) != "mine" {
		t.Errorf("%q, %v", b, err)
	}
}

func TestTheProgressOfImageryCountsThisRunOnly(t *testing.T) {
	p := imagery.Progress{Done: 30, Of: 50, Resumed: 20, Tiles: 7, Bytes: 2_500_000}
	if got, want := imageryLine(p, 10*time.Second), "30 of 50 blocks; 7 tiles, 2.5 MB, 20s left"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	p.Done = 20
	if got, want := imageryLine(p, time.Second), "20 of 50 blocks; 7 tiles, 2.5 MB"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
