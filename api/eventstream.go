package api

import (
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/tiler"
)

// maxEventID bounds Last-Event-ID; ours are shorter.
const maxEventID = 128

// eventRoute serves the stream of events.
func (s *server) eventRoute(e *echo.Echo, api huma.API) {
	e.GET("/v1/stream", s.eventStream)
	s.doc.AddOperation(&huma.Operation{
		OperationID: "stream", Method: http.MethodGet, Path: "/v1/stream", Tags: []string{"maps"},
		Summary: "Server-sent events: what changed, as it is published",
		Description: "`case` is a step of a case: {\"id\":…,\"event\":\"dispatch\",\"seq\":4,\"case\":{…},\"city_version\":17}, the case as it stood after it. " +
			"`alarm` is a sensor's alarm and follows its case: {\"alarm\":{…},\"case\":{…},\"new\":true}. " +
			"`tiles` names the tiles that an edit or a case changed, by layer, as z/x/y: {\"city_version\":18,\"layers\":{\"components\":[\"14/13407/6466\"]}}. " +
			"`city` says that everything drawn may have changed: {\"city_version\":19}. " +
			"All come in one order, that of the commits; an id is a cursor of /v1/changes, with .1 for an alarm. A client that sends the last one as Last-Event-ID " +
			"is told every case and alarm after it, each once, also by a server that was started anew, and `tiles` or `city`, some of which come without id and may come twice. " +
			"Beyond 20,000 changes, or for an id of another file, `city` says \"missed\":true, whatever kinds are asked for: read the lists anew. A comment comes every 15 seconds. 503 when too many listen.",
		Parameters: []*huma.Param{
			web.QueryParam("events", "Kinds wanted, separated by commas: case, alarm, city, tiles; default all", "string", false),
			web.QueryParam("layers", "Layers whose tiles are wanted, separated by commas; default all", "string", false),
			{Name: "Last-Event-ID", In: "header", Description: "The id of the last event heard", Schema: &huma.Schema{Type: huma.TypeString}},
		},
		Responses: map[string]*huma.Response{
			"200":     {Description: "Events, until one of both hangs up", Content: map[string]*huma.MediaType{web.TypeEvents: {}}},
			"default": web.ProblemResponse(api),
		},
	})
}

func (s *server) eventStream(c echo.Context) error {
	params, err := web.Parameters(c, "layers", "events")
	if err != nil {
		return err
	}
	kinds := allEvents
	if names, ok := params.Find("events"); ok {
		if kinds, err = readEventKinds(names); err != nil {
			return err
		}
	}
	var layers tiler.LayerSet
	if names, ok := params.Find("layers"); ok {
		layers, err = layerSet(names)
		if errors.Is(err, tiler.ErrUnknownLayer) {
			return web.Refuse("layers", names, "the catalogue of tiles lists the layers there are", web.ErrMalformed)
		}
		if err != nil {
			return err
		}
	}
	id := c.Request().Header.Get("Last-Event-ID")
	if len(id) > maxEventID {
		return web.Refuse("Last-Event-ID", id, "not an id of this stream", web.ErrMalformed)
	}
	l, ok := s.events.listen(id, kinds, layers)
	if !ok {
		c.Response().Header().Set("Retry-After", "10")
		return web.Refuse("", "", "too many listen already", web.ErrBusy)
	}
	defer l.leave()
	h := c.Response().Header()
	h.Set("Content-Type", web.TypeEvents)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a proxy that buffers would tell in lumps
	c.Response().WriteHeader(http.StatusOK)
	if web.WantsHead(c) {
		return nil
	}
	s.tell(c, l)
	return nil
}

// readEventKinds reads a list of kinds of events.
func readEventKinds(names string) (kinds eventKinds, err error) {
	asked, err := web.List("events", names)
	if err != nil {
		return 0, err
	}
	for _, name := range asked {
		kind, ok := eventKindNames[name]
		if !ok {
			return 0, web.Refuse("events", name, "there are case, alarm, city and tiles", web.ErrMalformed)
		}
		kinds |= kind
	}
	return kinds, nil
}

// tell sends the listener what is new until the client leaves, takes nothing
// for as long as a request may take, or the server stops.
func (s *server) tell(c echo.Context, l *listener) {
	d := web.NewDuplex(c)
	d.KeepReading()
	beat := time.NewTicker(s.heartbeat)
	defer beat.Stop()
	done := c.Request().Context().Done()
	// The first beat tells a new client where it is, so that it can resume.
	text := l.beat(nil)
	pause := time.NewTimer(0)
	defer pause.Stop()
	for s.until.Err() == nil {
		var more <-chan struct{}
		if l.away != nil {
			var err error
			if text, err = s.catchUp(c.Request().Context(), l, text); err != nil {
				s.log.Error("stream", "error", err)
				return // it resumes where it was
			}
		} else {
			text, more = l.hear(text)
		}
		if len(text) > 0 {
			if _, err := d.Write(text); err != nil {
				return // gone, or too slow: it resumes where it was
			}
			text = text[:0]
			// What comes meanwhile is one write.
			pause.Reset(s.events.pause())
			select {
			case <-pause.C:
			case <-done:
				return
			case <-s.until.Done():
			}
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
