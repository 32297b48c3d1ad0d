package main

import (
	"fmt"
	"os"

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
