package web

import (
	"mime"

	"github.com/labstack/echo/v4"
)

// TypeGeoJSON is the type of map layers (RFC 7946).
const TypeGeoJSON = "application/geo+json"

const TypeEvents = "text/event-stream"

const TypePNG = "image/png"

// The bodies of POST /v1/geocode that are streamed.
const (
	TypeCSV    = "text/csv"
	TypeNDJSON = "application/x-ndjson"
)

// MediaType reads Content-Type. What cannot be read is left to the one who
// reads the body.
func MediaType(c echo.Context) (kind string, params map[string]string) {
	kind, params, err := mime.ParseMediaType(c.Request().Header.Get("Content-Type"))
	if err != nil {
		return "", nil
	}
	return kind, params
}

const (
	TypeMVT  = "application/vnd.mapbox-vector-tile"
	TypeJSON = "application/json"
)
