package web

import (
	"mime"

	"github.com/labstack/echo/v4"
)

// Media types of bodies and answers.
const (
	TypeJSON    = "application/json"
	TypeGeoJSON = "application/geo+json"
	TypeCSV     = "text/csv"
	TypeNDJSON  = "application/x-ndjson"
	TypeEvents  = "text/event-stream"
	TypeMVT     = "application/vnd.mapbox-vector-tile"
	TypePNG     = "image/png"
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
