// Package viewer holds the built web viewer: the page, scripts, styles and map
// worker that the server hands out at "/".
//
// The sources are in web/; `make viewer` builds them into dist/, which is
// embedded here. dist/ is not kept in version control except for one page,
// placeholder.html, so that the Go packages build without Node. Start with
// [Files]; ask [Built] whether there is a viewer to serve or only that page.
//
// The files are read-only and fixed at build time. Names under assets/ carry a
// hash of their content and may be cached for ever; index.html may not.
package viewer

import (
	"embed"
	"io/fs"
)

// all: because a build tool may one day write names that start with "." or
// "_", which a plain go:embed drops without a word.
//
//go:embed all:dist
var dist embed.FS

// Files returns the viewer's files rooted at dist: "index.html",
// "assets/…", and always "placeholder.html".
func Files() fs.FS {
	root, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // "dist" is a constant and a valid path
	}
	return root
}

// Built reports whether the viewer was built into this binary. If false,
// Files holds only placeholder.html, which says how to build it.
func Built() bool {
	_, err := fs.Stat(dist, "dist/index.html")
	return err == nil
}
