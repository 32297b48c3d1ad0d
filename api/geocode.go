package api

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
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
			queryParam("lon", "Longitude in degrees, or easting in metres", "number", false),
			queryParam("lat", "Latitude in degrees, or northing in metres (surveyors' x)", "number", false),
			queryParam("crs", "Coordinate system of lon and lat; default cgcs2000", "string", false),
			accuracyQuery(),
			queryParam("at", "The city as of this date or time", "string", false),
			queryParam("boundary", "true adds the cell's geometry", "boolean", false),
			queryParam("address", "An address in one line, at most 200 characters, instead of lon and lat", "string", false),
			queryParam("limit", "How many addresses at most, 1 to 100; default 10", "integer", false),
		},
		Responses: map[string]*huma.Response{
			"200":     eitherResponse(api, "Where the position is, or what the address may be", Answer{}, AddressAnswer{}),
			"default": problemResponse(api),
		},
	})
	s.batchRoute(e, api)
}

// coordinate reads the number in a parameter.
func coordinate(p *params, name string) (float64, error) {
	text := p.get(name)
	if text == "" {
		return 0, &inputError{name, "", "the parameter is missing", errMalformed}
	}
	v, ok := number(text)
	if !ok {
		return 0, &inputError{name, text, "not a number", errMalformed}
	}
	return v, nil
}

// number reads a number. One too large for a float64 is infinite, and that and
// what strconv takes for NaN is refused by the coordinate system's own check.
func number(text string) (v float64, ok bool) {
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil || errors.Is(err, strconv.ErrRange)
}

// cgcs2000 is the system of requests that name none.
var cgcs2000 = func() crs.System {
	sys, err := crs.Parse("cgcs2000")
	if err != nil {
		panic(err)
	}
	return sys
}()

// system finds a coordinate system for the city, named in a parameter. GCJ-02
// and BD-09 exist where the city's switch says so.
func system(city *grids.City, param, name string) (crs.System, error) {
	if name == "" {
		return cgcs2000, nil
	}
	if strings.EqualFold(name, "city") && city.Grid != nil {
		return *city.Grid, nil
	}
	sys, err := crs.Parse(name)
	if err != nil {
		return nil, &inputError{param, name, err.Error(), err}
	}
	if n := sys.Name(); (n == "gcj02" || n == "bd09") && !city.Offset {
		return nil, &inputError{param, name, "conversion from and to " + n + " is switched off for this city", errImpossible}
	}
	return sys, nil
}

// toLattice checks a coordinate pair and brings it to the lattice.
func toLattice(sys crs.System, x, y float64) (spatial.Coord, error) {
	if err := sys.Check(x, y); err != nil {
		return spatial.Coord{}, &inputError{"lon,lat", fmt.Sprintf("%v,%v", x, y), err.Error(), err}
	}
	return spatial.Checked(sys.ToCGCS2000(x, y))
}

func (s *server) geocode(c echo.Context) error {
	params, err := parameters(c, "lon", "lat", "crs", accuracyName, "at", "boundary", "address", "limit")
	if err != nil {
		return err
	}
	if _, ok := params.find("address"); ok {
		return s.geocodeAddress(c, &params)
	}
	if limit, ok := params.find("limit"); ok {
		return &inputError{"limit", limit, "only an address has several answers", errMalformed}
	}
	lon, err := coordinate(&params, "lon")
	if err != nil {
		return err
	}
	lat, err := coordinate(&params, "lat")
	if err != nil {
		return err
	}
	accuracyM, err := accuracyParam(params.get(accuracyName))
	if err != nil {
		return err
	}
	snap, err := s.at(params.get("at"))
	if err != nil {
		return err
	}
	sys, err := system(snap.City, "crs", params.get("crs"))
	if err != nil {
		return err
	}
	at, err := toLattice(sys, lon, lat)
	if err != nil {
		return err
	}
	p := snap.Locate(at)
	a := singleAnswer(snap, p)
	if err := a.addCandidates(snap, p, accuracyM); err != nil {
		return err
	}
	switch boundary := params.get("boundary"); boundary {
	case "", "false":
	case "true":
		if p.Cell != spatial.None {
			a.Boundary = geoJSON(snap.City.Cells[p.Cell].Shape)
		}
	default:
		return &inputError{"boundary", boundary, "write true or false", errMalformed}
	}
	return sendAnswer(c, &a)
}

// answers keeps the room of answers that were sent. One with a large boundary
// is let go.
var answers = sync.Pool{New: func() any { return new([]byte) }}

const maxKeptAnswer = 64 << 10

// jsonType is the shared value of Content-Type, as those of everyAnswer.
var jsonType = []string{typeJSON}

func sendAnswer(c echo.Context, a *Answer) error {
	room := answers.Get().(*[]byte)
	defer answers.Put(room)
	body, err := appendAnswer((*room)[:0], a)
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
