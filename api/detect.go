package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids/detect"
)

// detectRequest is the body of POST /v1/crs/detect.
type detectRequest struct {
	At     string       `json:"at,omitempty" doc:"The city as of this date or time"`
	Points detectPoints `json:"points" doc:"At least 200 different points, each with one expectation at least"`
}

// detectPoint is two figures with what is known of the place.
type detectPoint struct {
	X         *float64 `json:"x" doc:"The first figure: longitude or easting, unless the axes are swapped"`
	Y         *float64 `json:"y" doc:"The second figure"`
	Cell      string   `json:"cell,omitempty" doc:"Code of the cell that the point should lie in"`
	Community string   `json:"community,omitempty" doc:"Code of its community"`
	Zone      string   `json:"zone,omitempty" doc:"Code of its zone"`
	Component string   `json:"component,omitempty" doc:"Code of the category, minor or major, of the component that it is"`
}

// detectPoints reads at most detect.MaxRows points.
type detectPoints []detectPoint

// Schema implements huma.SchemaProvider.
func (detectPoints) Schema(r huma.Registry) *huma.Schema {
	least, most := detect.MinPoints, detect.MaxRows
	return &huma.Schema{Type: huma.TypeArray, MinItems: &least, MaxItems: &most, Items: r.Schema(reflect.TypeFor[detectPoint](), true, "DetectPoint")}
}

// UnmarshalJSON implements json.Unmarshaler.
func (ps *detectPoints) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return web.Refuse("points", "", `not a list of {"x", "y", …}`, web.ErrMalformed)
	}
	for *ps = (detectPoints{}); d.More(); {
		if len(*ps) == detect.MaxRows {
			return web.Refuse("points", "", fmt.Sprintf("at most %d points in one request", detect.MaxRows), web.ErrTooMany)
		}
		var p detectPoint
		if err := d.Decode(&p); err != nil {
			fault := web.JSONFault(err)
			if at, ok := errors.AsType[*web.InputError](fault); ok {
				at.Param = strings.TrimSuffix(fmt.Sprintf("points[%d].%s", len(*ps), at.Param), ".body")
			}
			return fault
		}
		*ps = append(*ps, p)
	}
	return nil
}

// CRSReading is a way to read two figures as a place.
type CRSReading struct {
	CRS      string          `json:"crs,omitempty" doc:"The name to use as crs in requests"`
	Also     []string        `json:"also,omitempty" doc:"Other systems that agree with it within 1 m all over the city"`
	Axes     detect.Axes     `json:"axes,omitempty" pattern:"^(lon,lat|lat,lon)$" doc:"lon,lat: x is the longitude or easting; lat,lon: the axes are swapped"`
	Notation detect.Notation `json:"notation,omitempty" enum:"degrees,metres,dd.mmss,dd.mm,ddmm.mm,ddmmss" doc:"How an angle is written: dd.mmss is 114.2055 for 114°20'55\", dd.mm 114.2092, ddmm.mm 11420.92, ddmmss 1142055"`
}

// CRSGuess is a reading with its score.
type CRSGuess struct {
	CRSReading
	Score   float64 `json:"score" doc:"The share of the points that come to lie where they should"`
	Matched int     `json:"matched"`
	N       int     `json:"n"`
}

// CRSOffset is a shift that all points have.
type CRSOffset struct {
	_ struct{} `nullable:"true"`

	EastM  web.Metres `json:"east_m"`
	NorthM web.Metres `json:"north_m"`
}

// CRSFinding says which coordinate system points are in. Of a verdict crs,
// also, axes and notation are there.
type CRSFinding struct {
	Verdict *string `json:"verdict" doc:"The coordinate system; null: cannot tell"`
	CRSReading
	Reason      string              `json:"reason" doc:"What the verdict rests on, or why there is none"`
	Guesses     []CRSGuess          `json:"guesses" doc:"The readings that fit a point at least, best first, at most 10"`
	N           int                 `json:"n" doc:"Points that were looked at: those that differ, of more than 5,000 a sample"`
	Rows        int                 `json:"rows" doc:"Points that came"`
	Repeated    int                 `json:"repeated" doc:"Points that say the same as an earlier one"`
	Faulty      int                 `json:"faulty" doc:"Points that could not be used"`
	Errors      []web.ProblemDetail `json:"errors" doc:"The first of them, at most 10"`
	ToleranceM  float64             `json:"tolerance_m" doc:"How far from its place a point counts as lying there"`
	Chance      float64             `json:"chance" doc:"The share of the points that would lie where they should at random"`
	Offset      *CRSOffset          `json:"offset" doc:"How far all points of the best guess lie from where they should, where that is so"`
	CityVersion int64               `json:"city_version"`
}

// detectRoute says in which system points are.
func (s *server) detectRoute(e *echo.Echo, api huma.API) {
	e.POST("/v1/crs/detect", s.detectCRS)
	schemas := api.OpenAPI().Components.Schemas
	s.doc.AddOperation(&huma.Operation{
		OperationID: "detect-crs", Method: http.MethodPost, Path: "/v1/crs/detect", Tags: []string{"where"},
		Summary: "In which coordinate system are these points",
		Description: "Each point comes with what is known of its place: the cell, community or zone it lies in, or the category of component that it is; " +
			"of several the first that the city knows counts, in this order. GCJ-02 and BD-09 are named also where the city converts from neither.",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			web.TypeJSON: {Schema: huma.SchemaFromType(schemas, reflect.TypeFor[detectRequest]())},
		}},
		Responses: map[string]*huma.Response{
			"200":     web.JSONResponse(api, "The verdict, or null for cannot tell, with the guesses", CRSFinding{}),
			"default": web.ProblemResponse(api),
		},
	})
}

func (s *server) detectCRS(c echo.Context) error {
	if _, err := web.Parameters(c); err != nil {
		return err
	}
	var in detectRequest
	if err := web.ReadJSON(c, maxBatchBytes, &in); err != nil {
		return err
	}
	if in.Points == nil {
		return web.Refuse("points", "", "the list is missing", web.ErrMalformed)
	}
	snap, err := s.at(in.At)
	if err != nil {
		return err
	}
	f, err := detect.Detect(c.Request().Context(), snap, in.Points.rows())
	if errors.Is(err, detect.ErrTooFew) {
		return web.Refuse("points", "", err.Error(), web.ErrImpossible)
	}
	if err != nil {
		return err
	}
	body, err := json.Marshal(findingOf(f, snap.City.Version))
	if err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, body)
}

func (ps detectPoints) rows() []detect.Row {
	figure := func(v *float64) float64 {
		if v == nil {
			return math.NaN()
		}
		return *v
	}
	rows := make([]detect.Row, len(ps))
	for i := range ps {
		p := &ps[i]
		rows[i] = detect.Row{X: figure(p.X), Y: figure(p.Y), Cell: p.Cell, Community: p.Community, Zone: p.Zone, Category: p.Component}
	}
	return rows
}

func findingOf(f *detect.Finding, version int64) *CRSFinding {
	out := &CRSFinding{
		Reason: f.Reason, Guesses: []CRSGuess{}, N: f.Points, Rows: f.Rows, Repeated: f.Repeated, Faulty: f.Faulty,
		Errors: []web.ProblemDetail{}, ToleranceM: f.ToleranceM, Chance: shareOf(f.Chance), CityVersion: version,
	}
	if f.Verdict != nil {
		out.CRSReading = readingOf(f.Verdict)
		out.Verdict = &out.CRS
	}
	for i := range f.Guesses {
		g := &f.Guesses[i]
		out.Guesses = append(out.Guesses, CRSGuess{readingOf(&g.Reading), shareOf(g.Score), g.Matched, f.Points})
	}
	for _, fault := range f.Faults {
		out.Errors = append(out.Errors, web.ProblemDetail{Location: fmt.Sprintf("points[%d]", fault.Row), Message: fault.Reason})
	}
	if o := f.Offset; o != nil {
		out.Offset = &CRSOffset{EastM: web.Metres(o.EastM), NorthM: web.Metres(o.NorthM)}
	}
	return out
}

func readingOf(r *detect.Reading) CRSReading {
	return CRSReading{CRS: r.Systems[0], Also: r.Systems[1:], Axes: r.Axes, Notation: r.Notation}
}

// shareOf rounds to four decimals.
func shareOf(v float64) float64 { return math.Round(v*1e4) / 1e4 }
