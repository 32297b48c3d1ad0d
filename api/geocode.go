package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"
	"github.com/paulmach/orb/geojson"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// placeRoutes answers "where is it".
func (s *server) placeRoutes(e *echo.Echo, api huma.API) {
	e.GET("/v1/geocode", s.geocode)
	s.doc.AddOperation(&huma.Operation{
		OperationID: "geocode", Method: http.MethodGet, Path: "/v1/geocode", Tags: []string{"where"},
		Summary: "Which cell, zone, community, street and district is a position in",
		Parameters: []*huma.Param{
			queryParam("lon", "Longitude in degrees, or easting in metres", "number", true),
			queryParam("lat", "Latitude in degrees, or northing in metres (surveyors' x)", "number", true),
			queryParam("crs", "Coordinate system of lon and lat; default cgcs2000", "string", false),
			queryParam("at", "The city as of this date or time", "string", false),
			queryParam("boundary", "true adds the cell's geometry", "boolean", false),
		},
		Responses: map[string]*huma.Response{
			"200":     jsonResponse(api, "Where the position is", Answer{}),
			"default": problemResponse(api),
		},
	})
	huma.Register(api, huma.Operation{
		OperationID: "geocode-batch", Method: http.MethodPost, Path: "/v1/geocode", Tags: []string{"where"},
		Summary:      "Many positions at once",
		MaxBodyBytes: maxBatchBytes,
	}, s.geocodeBatch)
}

// parameters reads the query of a plain handler: each known name at most once,
// no other name.
func parameters(q url.Values, known ...string) (map[string]string, error) {
	out := make(map[string]string, len(q))
	for name, values := range q {
		found := false
		for _, k := range known {
			found = found || k == name
		}
		if !found {
			return nil, &inputError{clip(name), "", "unknown parameter; there are " + strings.Join(known, ", "), errMalformed}
		}
		if len(values) > 1 {
			return nil, &inputError{name, "", "given twice", errMalformed}
		}
		out[name] = values[0]
	}
	return out, nil
}

// coordinate reads a number; what strconv takes for NaN or Inf is refused by
// the coordinate system's own check.
func coordinate(params map[string]string, name string) (float64, error) {
	text, ok := params[name]
	if !ok || text == "" {
		return 0, &inputError{name, "", "the parameter is missing", errMalformed}
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, &inputError{name, text, "not a number", errMalformed}
	}
	return v, nil
}

// system finds a coordinate system for the city. GCJ-02 and BD-09 exist where
// the city's switch says so.
func system(city *grids.City, name string) (crs.System, error) {
	if name == "" {
		name = "cgcs2000"
	}
	if strings.EqualFold(name, "city") && city.Grid != nil {
		return *city.Grid, nil
	}
	sys, err := crs.Parse(name)
	if err != nil {
		return nil, &inputError{"crs", name, err.Error(), err}
	}
	if n := sys.Name(); (n == "gcj02" || n == "bd09") && !city.Offset {
		return nil, &inputError{"crs", name, "conversion from and to " + n + " is switched off for this city", errImpossible}
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
	params, err := parameters(c.QueryParams(), "lon", "lat", "crs", "at", "boundary")
	if err != nil {
		return err
	}
	lon, err := coordinate(params, "lon")
	if err != nil {
		return err
	}
	lat, err := coordinate(params, "lat")
	if err != nil {
		return err
	}
	snap, err := s.at(params["at"])
	if err != nil {
		return err
	}
	sys, err := system(snap.City, params["crs"])
	if err != nil {
		return err
	}
	at, err := toLattice(sys, lon, lat)
	if err != nil {
		return err
	}
	p := snap.Locate(at)
	a := answerOf(snap, p, true)
	switch params["boundary"] {
	case "", "false":
	case "true":
		if p.Cell != spatial.None {
			if a.Boundary, err = json.Marshal(geojson.NewGeometry(snap.City.Cells[p.Cell].Shape.Orb())); err != nil {
				return err
			}
		}
	default:
		return &inputError{"boundary", params["boundary"], "write true or false", errMalformed}
	}
	body, err := json.Marshal(a)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-cache")
	return c.JSONBlob(http.StatusOK, body)
}

// batchInput is the body of POST /v1/geocode.
type batchInput struct {
	Body struct {
		CRS    string      `json:"crs,omitempty" doc:"Default cgcs2000"`
		At     string      `json:"at,omitempty" doc:"The city as of this date or time"`
		Border bool        `json:"border,omitempty" doc:"Also the distance to the border and the cell across"`
		Points [][]float64 `json:"points" doc:"[lon, lat] each; at most 100,000"`
	}
}

// BatchResult is an answer, or the error of one point.
type BatchResult struct {
	*Answer
	Error *ProblemDetail `json:"error,omitempty"`
}

type batchOutput struct {
	Body struct {
		Results     []BatchResult `json:"results"`
		CityVersion int64         `json:"city_version"`
	}
}

func (s *server) geocodeBatch(ctx context.Context, in *batchInput) (*batchOutput, error) {
	if n := len(in.Body.Points); n > maxBatchPoints {
		return nil, problemOf(&inputError{
			"points", strconv.Itoa(n), fmt.Sprintf("at most %d points in one request", maxBatchPoints), errTooMany,
		})
	}
	snap, err := s.at(in.Body.At)
	if err != nil {
		return nil, problemOf(err)
	}
	sys, err := system(snap.City, in.Body.CRS)
	if err != nil {
		return nil, problemOf(err)
	}
	out := &batchOutput{}
	out.Body.CityVersion = snap.City.Version
	out.Body.Results = make([]BatchResult, len(in.Body.Points))
	const checkEvery = 1024
	for i, p := range in.Body.Points {
		if i%checkEvery == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		r := &out.Body.Results[i]
		if len(p) != 2 {
			r.Error = &ProblemDetail{Location: fmt.Sprintf("points[%d]", i), Message: fmt.Sprintf("%d numbers, want [lon, lat]", len(p))}
			continue
		}
		at, err := toLattice(sys, p[0], p[1])
		if err != nil {
			r.Error = &ProblemDetail{Location: fmt.Sprintf("points[%d]", i), Message: err.Error()}
			continue
		}
		a := answerOf(snap, snap.Locate(at), in.Body.Border)
		r.Answer = &a
	}
	return out, nil
}
