package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

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

// parameters reads the query of a plain handler, which has each name once (see
// guard): the known names and no other.
func parameters(q url.Values, known ...string) (map[string]string, error) {
	out := make(map[string]string, len(q))
	for name, values := range q {
		if !slices.Contains(known, name) {
			reason := "unknown parameter; there are none"
			if len(known) > 0 {
				reason = "unknown parameter; there are " + strings.Join(known, ", ")
			}
			return nil, &inputError{clip(name), "", reason, errMalformed}
		}
		out[name] = values[0]
	}
	return out, nil
}

// coordinate reads the number in a parameter.
func coordinate(params map[string]string, name string) (float64, error) {
	text := params[name]
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

// system finds a coordinate system for the city, named in a parameter. GCJ-02
// and BD-09 exist where the city's switch says so.
func system(city *grids.City, param, name string) (crs.System, error) {
	if name == "" {
		name = "cgcs2000"
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
	params, err := parameters(c.QueryParams(), "lon", "lat", "crs", accuracyName, "at", "boundary", "address", "limit")
	if err != nil {
		return err
	}
	if _, ok := params["address"]; ok {
		return s.geocodeAddress(c, params)
	}
	if limit, ok := params["limit"]; ok {
		return &inputError{"limit", limit, "only an address has several answers", errMalformed}
	}
	lon, err := coordinate(params, "lon")
	if err != nil {
		return err
	}
	lat, err := coordinate(params, "lat")
	if err != nil {
		return err
	}
	accuracyM, err := accuracyParam(params[accuracyName])
	if err != nil {
		return err
	}
	snap, err := s.at(params["at"])
	if err != nil {
		return err
	}
	sys, err := system(snap.City, "crs", params["crs"])
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
	switch params["boundary"] {
	case "", "false":
	case "true":
		if p.Cell != spatial.None {
			a.Boundary = geoJSON(snap.City.Cells[p.Cell].Shape)
		}
	default:
		return &inputError{"boundary", params["boundary"], "write true or false", errMalformed}
	}
	body, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, body)
}
