package api_test

import (
	"bytes"
	"compress/gzip"
	"image/png"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/basemaps/glyphs"
	"github.com/wanmi-gis/wanmi/basemaps/sprites"
)

// withLetters adds two fonts and a file that is none to the options.
func withLetters(t testing.TB, o api.Options) *desk {
	t.Helper()
	dir := t.TempDir()
	for name, body := range map[string][]byte{"regular.ttf": goregular.TTF, "bold.ttf": gobold.TTF, "broken.ttf": goregular.TTF[:900]} {
		if err := os.WriteFile(filepath.Join(dir, name), body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	fonts, err := glyphs.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := fonts.Close(); err != nil {
			t.Error(err)
		}
	})
	o.Letters = api.NewLetters(fonts)
	return openWith(t, o)
}

func TestLettersAreListedAndServedPackedOrPlain(t *testing.T) {
	t.Parallel()
	d := withLetters(t, api.Options{})
	var list api.FontList
	d.get(t, "/fonts.json").read(t, &list)
	if len(list.Fonts) != 2 || list.Stack != "Go Regular" || list.Glyphs != "http://wanmi.example/fonts/{fontstack}/{range}.pbf" ||
		len(list.Refused) != 1 || list.Refused[0].File != "broken.ttf" || list.Refused[0].Reason == "" {
		t.Errorf("%+v", list)
	}
	const path = "/fonts/Nobody%20Has%20This,Go%20Regular/0-255.pbf"
	plain := d.get(t, path)
	packed := d.get(t, path, "Accept-Encoding", "gzip")
	if plain.status != http.StatusOK || plain.header.Get("Content-Type") != "application/x-protobuf" || !strings.Contains(plain.header.Get("Cache-Control"), "max-age") ||
		packed.header.Get("Content-Encoding") != "gzip" || packed.header.Get("ETag") == plain.header.Get("ETag") || !bytes.Contains(plain.body[:40], []byte("Go Regular")) {
		t.Fatalf("%d %v, packed %v", plain.status, plain.header, packed.header)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed.body))
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(r); err != nil || !bytes.Equal(body, plain.body) {
		t.Errorf("unpacked it is another: %v", err)
	}
	if again := d.get(t, path, "If-None-Match", plain.header.Get("ETag")); again.status != http.StatusNotModified {
		t.Errorf("again: %d", again.status)
	}
}

func TestLettersThatAreNotThereAreRefused(t *testing.T) {
	t.Parallel()
	d := withLetters(t, api.Options{})
	for _, c := range []refusal{
		{"/fonts/Comic%20Sans/0-255.pbf", 404, "not-found", "stack"},
		{"/fonts/Go%20Regular/0-255.json", 404, "not-found", "range"},
		{"/fonts/Go%20Regular/1-256.pbf", 400, "malformed", "range"},
		{"/fonts/Go%20Regular/65536-65791.pbf", 400, "malformed", "range"},
		{"/fonts/Go,,Go/0-255.pbf", 400, "malformed", "stack"},
		{"/fonts/" + strings.Repeat("Go,", 10) + "Go/0-255.pbf", 400, "malformed", "stack"},
		{"/fonts/Go%20Regular/0-255.pbf?x=1", 400, "malformed", "x"},
		{"/sprites/other.png", 404, "not-found", "id"},
		{"/sprites/wanmi@3x.png", 404, "not-found", "id"},
		{"/sprites/wanmi.svg", 404, "not-found", "id"},
	} {
		d.refuses(t, c)
	}
	none := open(t, townPlan{})
	none.refuses(t, refusal{"/fonts/Go/0-255.pbf", 404, "not-found", "stack"})
	var list api.FontList
	none.get(t, "/fonts.json").read(t, &list)
	if list.Fonts == nil || len(list.Fonts) != 0 || list.Glyphs != "" {
		t.Errorf("%+v", list)
	}
}

func TestIconsComeAsAListAndAPictureForBothRatios(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	for suffix, ratio := range map[string]int{"": 1, "@2x": 2} {
		var places map[string]sprites.Place
		d.get(t, "/sprites/wanmi"+suffix+".json").read(t, &places)
		a := d.get(t, "/sprites/wanmi"+suffix+".png")
		picture, err := png.Decode(bytes.NewReader(a.body))
		if err != nil || a.header.Get("Content-Type") != "image/png" {
			t.Fatalf("%v %v", err, a.header)
		}
		for name, p := range places {
			if p.PixelRatio != ratio || p.X+p.Width > picture.Bounds().Dx() || p.Y+p.Height > picture.Bounds().Dy() {
				t.Errorf("%s%s: %+v", name, suffix, p)
			}
		}
		if again := d.get(t, "/sprites/wanmi"+suffix+".png", "If-None-Match", a.header.Get("ETag")); again.status != http.StatusNotModified {
			t.Errorf("again: %d", again.status)
		}
	}
}
