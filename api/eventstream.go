package api

import (
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/tiler"
)

const typeEvents = "text/event-stream"

// maxEventID bounds Last-Event-ID; ours are shorter.
const maxEventID = 128

// eventRoute serves the stream of events.
func (s *server) eventRoute(e *echo.Echo, api huma.API) {
	e.GET("/v1/stream", s.eventStream)
	s.doc.AddOperation(&huma.Operation{
		OperationID: "stream", Method: http.MethodGet, Path: "/v1/stream", Tags: []string{"maps"},
		Summary: "Server-sent events: what changed, as it is published",
		Description: "`tiles` names the tiles that an edit changed, by layer, as z/x/y: {\"city_version\":18,\"layers\":{\"components\":[\"14/13407/6466\"]}}. " +
			"`city` says that everything may have changed: {\"city_version\":19}. The id of an event is that of the city it leaves behind; a client that sends it as Last-Event-ID " +
			"is told what it missed, or `city` where that is no longer known. A comment comes every 15 seconds. 503 when too many listen.",
		Parameters: []*huma.Param{
			queryParam("layers", "Layers whose tiles are wanted, separated by commas; default all", "string", false),
			{Name: "Last-Event-ID", In: "header", Description: "The id of the last event heard", Schema: &huma.Schema{Type: huma.TypeString}},
		},
		Responses: map[string]*huma.Response{
			"200":     {Description: "Events, until one of both hangs up", Content: map[string]*huma.MediaType{typeEvents: {}}},
			"default": problemResponse(api),
		},
	})
}

func (s *server) eventStream(c echo.Context) error {
	params, err := parameters(c, "layers")
	if err != nil {
		return err
	}
	var layers tiler.LayerSet
	if names, ok := params.find("layers"); ok {
		layers, err = layerSet(names)
		if errors.Is(err, tiler.ErrUnknownLayer) {
			return &inputError{"layers", names, "the catalogue of tiles lists the layers there are", errMalformed}
		}
		if err != nil {
			return err
		}
	}
	id := c.Request().Header.Get("Last-Event-ID")
	if len(id) > maxEventID {
		return &inputError{"Last-Event-ID", id, "not an id of this stream", errMalformed}
	}
	l, ok := s.events.listen(id, layers)
	if !ok {
		c.Response().Header().Set("Retry-After", "10")
		return &inputError{"", "", "too many listen already", errBusy}
	}
	defer l.leave()
	h := c.Response().Header()
	h.Set("Content-Type", typeEvents)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a proxy that buffers would tell in lumps
	c.Response().WriteHeader(http.StatusOK)
	if _, head := c.Response().Writer.(bodiless); head {
		return nil
	}
	s.tell(c, l)
	return nil
}

// tell sends the listener what is new until the client leaves, takes nothing
// for as long as a request may take, or the server stops.
func (s *server) tell(c echo.Context, l *listener) {
	d := newDuplex(c)
	// A request without a body is read: the server's deadline for it would
	// count as the client having left.
	_ = d.control.SetReadDeadline(time.Time{}) // see newDuplex
	beat := time.NewTicker(s.heartbeat)
	defer beat.Stop()
	done := c.Request().Context().Done()
	// The first beat tells a new client where it is, so that it can resume.
	text := l.beat(nil)
	for s.until.Err() == nil {
		var more <-chan struct{}
		if text, more = l.hear(text); len(text) > 0 {
			if _, err := d.Write(text); err != nil {
				return // gone, or too slow: it resumes where it was
			}
			text = text[:0]
		}
		if more == nil {
			continue
		}
		select {
		case <-more:
		case <-beat.C:
			text = l.beat(text)
		case <-done:
			return
		case <-s.until.Done():
		}
	}
}
