package web

import (
	"bufio"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// CutGeoJSON takes the ending of a map layer off a name.
func CutGeoJSON(name string) (string, bool) { return strings.CutSuffix(name, ".geojson") }

// Layer writes a FeatureCollection as it is made.
type Layer struct {
	w   *bufio.Writer
	n   int
	err error
}

// NewLayer begins to answer with a collection.
func NewLayer(c echo.Context) *Layer {
	h := c.Response().Header()
	h.Set("Content-Type", TypeGeoJSON)
	h.Set("Cache-Control", "no-store")
	c.Response().WriteHeader(http.StatusOK)
	return LayerTo(bufio.NewWriterSize(c.Response(), 64<<10))
}

// LayerTo begins a collection.
func LayerTo(w *bufio.Writer) *Layer {
	l := &Layer{w: w}
	l.write([]byte(`{"type":"FeatureCollection","features":[`))
	return l
}

// Add writes a feature: its geometry, closed by end where that is not 0, and its
// properties.
func (l *Layer) Add(geometry []byte, end byte, properties any) {
	if l.err != nil {
		return
	}
	text, err := json.Marshal(properties)
	if err != nil {
		l.err = err
		return
	}
	if l.n++; l.n > 1 {
		l.write([]byte(","))
	}
	if end != 0 {
		geometry = append(geometry, end)
	}
	l.write([]byte(`{"type":"Feature","geometry":`))
	l.write(geometry)
	l.write([]byte(`,"properties":`))
	l.write(text)
	l.write([]byte("}"))
}

func (l *Layer) write(b []byte) {
	if l.err == nil {
		_, l.err = l.w.Write(b)
	}
}

// End closes the collection with the members of an object beside its features.
func (l *Layer) End(more map[string]any) error {
	l.write([]byte("]"))
	for _, name := range slices.Sorted(maps.Keys(more)) {
		text, err := json.Marshal(more[name])
		if err != nil {
			return err
		}
		l.write([]byte(`,"` + name + `":`))
		l.write(text)
	}
	l.write([]byte("}\n"))
	if l.err != nil {
		return l.err
	}
	return l.w.Flush()
}
