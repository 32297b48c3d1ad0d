package api

import (
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/spatial"
)

// placeRoutes answers "where is it".
func (s *server) placeRoutes(e *echo.Echo, api huma.API) {
	e.GET("/v1/geocode", s.geocode)
	s.doc.AddOperation(&huma.Operation{
		OperationID: "geocode", Method: http.MethodGet, Path: "/v1/geocode", Tags: []string{"where"},
		Summary: "Which cell, zone, community, street and district is a position in, or an address",
		Description: "Ask by lon and lat, or by address and by nothing else but limit. An address gives the likeliest of the city's " +
			"addresses, each with its answer: divisions, street or place and number in one line (" +
			"鼓楼区东大街12号院3号楼, 东大街十二号, dongdajie 12), one typing error forgiven. Where the street has no such number it is placed " +
			"between its neighbours on that side, else at the nearest number, else at the street.",
		Parameters: []*huma.Param{
			web.QueryParam("lon", "Longitude in degrees, or easting in metres", "number", false),
			web.QueryParam("lat", "Latitude in degrees, or northing in metres (surveyors' x)", "number", false),
			web.QueryParam("crs", "Coordinate system of lon and lat; default cgcs2000", "string", false),
			accuracyQuery(),
			web.QueryParam("at", "The city as of this date or time", "string", false),
			web.QueryParam("boundary", "true adds the cell's geometry", "boolean", false),
			web.QueryParam("address", "An address in one line, at most 200 characters, instead of lon and lat", "string", false),
			web.QueryParam("limit", "How many addresses at most, 1 to 100; default 10", "integer", false),
		},
		Responses: map[string]*huma.Response{
			"200":     web.EitherResponse(api, "Where the position is, or what the address may be", terms.Answer{}, AddressAnswer{}),
			"default": web.ProblemResponse(api),
		},
	})
	s.batchRoute(e, api)
}

func (s *server) geocode(c echo.Context) error {
	params, err := web.Parameters(c, "lon", "lat", "crs", accuracyName, "at", "boundary", "address", "limit")
	if err != nil {
		return err
	}
	if _, ok := params.Find("address"); ok {
		return s.geocodeAddress(c, &params)
	}
	if limit, ok := params.Find("limit"); ok {
		return web.Refuse("limit", limit, "only an address has several answers", web.ErrMalformed)
	}
	lon, err := web.Coordinate(&params, "lon")
	if err != nil {
		return err
	}
	lat, err := web.Coordinate(&params, "lat")
	if err != nil {
		return err
	}
	accuracyM, err := accuracyParam(params.Get(accuracyName))
	if err != nil {
		return err
	}
	snap, err := s.at(params.Get("at"))
	if err != nil {
		return err
	}
	sys, err := terms.System(snap.City, "crs", params.Get("crs"))
	if err != nil {
		return err
	}
	at, err := terms.ToLattice(sys, lon, lat)
	if err != nil {
		return err
	}
	p := snap.Locate(at)
	a := terms.SingleAnswer(snap, p)
	if err := a.AddCandidates(snap, p, accuracyM); err != nil {
		return err
	}
	switch boundary := params.Get("boundary"); boundary {
	case "", "false":
	case "true":
		if p.Cell != spatial.None {
			a.Boundary = web.GeoJSON(snap.City.Cells[p.Cell].Shape)
		}
	default:
		return web.Refuse("boundary", boundary, "write true or false", web.ErrMalformed)
	}
	return sendAnswer(c, &a)
}

// answers keeps the room of answers that were sent. One with a large boundary
// is let go.
var answers = sync.Pool{New: func() any { return new([]byte) }}

const maxKeptAnswer = 64 << 10

// jsonType is the shared value of Content-Type, as those of everyAnswer.
var jsonType = []string{web.TypeJSON}

func sendAnswer(c echo.Context, a *terms.Answer) error {
	room := answers.Get().(*[]byte)
	defer answers.Put(room)
	body, err := terms.AppendAnswer((*room)[:0], a)
	if err != nil {
		return err
	}
	if cap(body) <= maxKeptAnswer {
		*room = body
	}
	w := c.Response()
	w.Header()["Content-Type"] = jsonType
	w.WriteHeader(http.StatusOK)
	_, err = w.Write(body)
	return err
}
