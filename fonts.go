package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/api/config"
	"github.com/wanmi-gis/wanmi/basemaps/glyphs"
)

// openFonts opens the fonts of a folder, "" for those of Debian's packages that are
// on the machine, and says which files cannot be used.
func openFonts(dir string) (*glyphs.Fonts, error) {
	var fonts *glyphs.Fonts
	if dir == "" {
		fonts = glyphs.Open(glyphs.Debian()...)
	} else {
		var err error
		if fonts, err = glyphs.OpenFolder(dir); err != nil {
			return nil, err
		}
	}
	for _, r := range fonts.Refused() {
		fmt.Fprintln(os.Stderr, r.Err)
	}
	return fonts, nil
}

// openLetters opens the fonts, and the folder that keeps what is drawn of them where
// one is configured.
func openLetters(told *config.Config) (letters *glyphs.Cache, err error) {
	fonts, err := openFonts(told.Fonts)
	if err != nil {
		return nil, err
	}
	letters = api.NewLetters(fonts)
	if told.FontsCache == "" {
		return letters, nil
	}
	say := func(err error) { fmt.Fprintln(os.Stderr, err) }
	if err := letters.KeepIn(told.FontsCache, int64(told.FontsCacheMB)*1_000_000, say); err != nil {
		return nil, errors.Join(err, fonts.Close())
	}
	return letters, nil
}

// closeLetters closes what openLetters opened.
func closeLetters(letters *glyphs.Cache) error {
	return errors.Join(letters.Close(), letters.Fonts().Close())
}
