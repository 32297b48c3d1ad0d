package web

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/tiler"
)

// SendJSON answers with a document that can be cached by its content.
func SendJSON(c echo.Context, doc any) error {
	body, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	return SendCompressed(c, TypeJSON, body)
}

// SendCompressed answers with a body that can be cached by its content: the
// ETag is its hash in the encoding sent, so that a proxy never mixes two.
func SendCompressed(c echo.Context, contentType string, body []byte) error {
	encoding := ""
	if AcceptsGzip(c.Request().Header.Values("Accept-Encoding")) {
		encoding = "gzip"
		body = tiler.Gzip(nil, body, tiler.GzipLevel)
	}
	return SendEncoded(c, contentType, encoding, "no-cache", tiler.ETag(body, encoding), body)
}

// SendEncoded answers with ready bytes, or 304 when the client has them.
func SendEncoded(c echo.Context, contentType, encoding, cache, etag string, body []byte) error {
	h := c.Response().Header()
	h.Set("ETag", etag)
	h.Set("Cache-Control", cache)
	h.Add("Vary", "Accept-Encoding")
	if Matches(c.Request().Header.Values("If-None-Match"), etag) {
		return c.NoContent(http.StatusNotModified)
	}
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	return c.Blob(http.StatusOK, contentType, body)
}

// Matches implements If-None-Match: a list of tags, or any. Weak comparison,
// as RFC 9110 asks for here.
func Matches(headers []string, etag string) bool {
	for _, h := range headers {
		for tag := range strings.SplitSeq(h, ",") {
			tag = strings.TrimSpace(tag)
			if tag == "*" || strings.TrimPrefix(tag, "W/") == etag {
				return true
			}
		}
	}
	return false
}

// BaseURL is where the client reached the server. Of a proxy on this machine or
// a private network echo takes the word that it was over https.
func BaseURL(c echo.Context) string { return c.Scheme() + "://" + c.Request().Host }
