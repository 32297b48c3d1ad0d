package api

import (
	"errors"
	"io/fs"
	"mime"
	"path"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/tiler"
	"github.com/wanmi-gis/wanmi/viewer"
)

// contentSecurityPolicy lets a page load nothing from elsewhere. MapLibre makes
// images from blobs and data.
const contentSecurityPolicy = "default-src 'self'; script-src 'self'; worker-src 'self'; style-src 'self'; " +
	"img-src 'self' data: blob:; connect-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'self'"

// asset is a file of the viewer, compressed once when first asked for.
type asset struct {
	once        sync.Once
	plain, gzip []byte
	tag, gzTag  string
	contentType string
}

// viewerRoutes serves the embedded viewer, or the page that says how to build it.
func (s *server) viewerRoutes(e *echo.Echo) {
	files := viewer.Files()
	index := "index.html"
	if !viewer.Built() {
		index = "placeholder.html"
	}
	var assets sync.Map // name → *asset; as many as there are embedded files
	serve := func(c echo.Context) error {
		name := strings.TrimPrefix(path.Clean("/"+c.Param("*")), "/")
		if name == "" {
			name = index
		}
		body, err := fs.ReadFile(files, name)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) || isDir(files, name) {
			return web.Refuse("path", c.Request().URL.Path, "no such page", web.ErrNotFound)
		}
		if err != nil {
			return err
		}
		kept, _ := assets.LoadOrStore(name, &asset{})
		a := kept.(*asset)
		a.once.Do(func() {
			a.plain, a.gzip = body, tiler.Gzip(nil, body, gzip.BestCompression)
			a.tag, a.gzTag = tiler.ETag(a.plain, ""), tiler.ETag(a.gzip, "gzip")
			a.contentType = contentTypeOf(name)
		})
		c.Response().Header().Set("Content-Security-Policy", contentSecurityPolicy)
		cache := "no-cache"
		if strings.HasPrefix(name, "assets/") {
			cache = "public, max-age=31536000, immutable" // their names carry a hash
		}
		if web.AcceptsGzip(c.Request().Header.Values("Accept-Encoding")) {
			return web.SendEncoded(c, a.contentType, "gzip", cache, a.gzTag, a.gzip)
		}
		return web.SendEncoded(c, a.contentType, "", cache, a.tag, a.plain)
	}
	e.GET("/", serve)
	e.GET("/*", serve)
}

func isDir(files fs.FS, name string) bool {
	info, err := fs.Stat(files, name)
	return err == nil && info.IsDir()
}

// contentTypeOf does not ask the machine's own table, which may lack .mjs.
func contentTypeOf(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".json", ".map", ".webmanifest":
		return "application/json"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}
