package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// batchRequest is the body of POST /v1/geocode.
type batchRequest struct {
	CRS       string      `json:"crs,omitempty" doc:"Default cgcs2000"`
	AccuracyM float64     `json:"accuracy_m,omitempty" minimum:"0" maximum:"500" doc:"68 % circular error of the points (1.51 σ): adds candidates and likely. Above 50 the number of points times its square may be 2.5e8: 1,000 points at 500. 0 adds nothing"`
	At        string      `json:"at,omitempty" doc:"The city as of this date or time"`
	Border    bool        `json:"border,omitempty" doc:"Also the distance to the border and the cell across"`
	Points    batchPoints `json:"points" doc:"[lon, lat] each; at most 100,000"`
}

// batchPoints reads at most maxBatchPoints points. What is wrong with one
// point is kept with it: it costs only its own answer.
type batchPoints []batchPoint

type batchPoint struct {
	lon, lat float64
	broken   bool
}

// Schema implements huma.SchemaProvider.
func (batchPoints) Schema(huma.Registry) *huma.Schema {
	two, most := 2, maxBatchPoints
	point := &huma.Schema{Type: huma.TypeArray, MinItems: &two, MaxItems: &two, Items: &huma.Schema{Type: huma.TypeNumber}}
	return &huma.Schema{Type: huma.TypeArray, MaxItems: &most, Items: point}
}

// UnmarshalJSON implements json.Unmarshaler.
func (ps *batchPoints) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return web.Refuse("points", "", "not a list of [lon, lat]", web.ErrMalformed)
	}
	*ps = make(batchPoints, 0, min(len(b)/len("[1,2],"), maxBatchPoints))
	for d.More() {
		if len(*ps) == maxBatchPoints {
			return web.Refuse("points", "", fmt.Sprintf("at most %d points in one request", maxBatchPoints), web.ErrTooMany)
		}
		var p batchPoint
		if err := d.Decode(&p); err != nil {
			return err
		}
		*ps = append(*ps, p)
	}
	return nil
}

// UnmarshalJSON implements json.Unmarshaler. b is valid JSON, so that of all
// that ParseFloat reads only numbers can stand between the brackets.
func (p *batchPoint) UnmarshalJSON(b []byte) error {
	inner, opened := strings.CutPrefix(string(b), "[")
	inner, closed := strings.CutSuffix(inner, "]")
	x, y, _ := strings.Cut(inner, ",")
	var isX, isY bool
	p.lon, isX = web.ParseNumber(strings.TrimSpace(x))
	p.lat, isY = web.ParseNumber(strings.TrimSpace(y))
	p.broken = !opened || !closed || !isX || !isY
	return nil
}

// BatchResult is an answer, or the error of one point.
type BatchResult struct {
	*terms.Answer
	Error *web.ProblemDetail `json:"error,omitempty"`
}

// Schema implements huma.SchemaProvider: one or the other.
func (BatchResult) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{
		r.Schema(reflect.TypeFor[terms.Answer](), true, "Answer"),
		{
			Type: huma.TypeObject, AdditionalProperties: false, Required: []string{"error"},
			Properties: map[string]*huma.Schema{"error": r.Schema(reflect.TypeFor[web.ProblemDetail](), true, "ProblemDetail")},
		},
	}}
}

// BatchAnswer has the results in the order of the points.
type BatchAnswer struct {
	Results     []BatchResult `json:"results"`
	CityVersion int64         `json:"city_version"`
}

// batchRoute answers many positions at once.
func (s *server) batchRoute(e *echo.Echo, api huma.API) {
	e.POST("/v1/geocode", s.geocodeBatch)
	schemas := api.OpenAPI().Components.Schemas
	s.doc.AddOperation(&huma.Operation{
		OperationID: "geocode-batch", Method: http.MethodPost, Path: "/v1/geocode", Tags: []string{"where"},
		Summary: "Many positions at once",
		Description: "CSV and NDJSON are streamed in and out, any number of rows: read the answer while you send. " +
			"The rows keep what they have, byte for byte, and get status, cell, zone, community, street, district and error. " +
			"UTF-8, GBK and GB18030 are told apart by the first 64 KB, or by the charset of Content-Type, with which the answer begins at once. " +
			"A stream that is cut off without an end is not whole.",
		Parameters: []*huma.Param{
			web.QueryParam("crs", "Of streamed rows: coordinate system; default cgcs2000", "string", false),
			web.QueryParam("at", "Of streamed rows: the city as of this date or time", "string", false),
			web.QueryParam("border", "Of streamed rows: true adds border_m and across", "boolean", false),
			web.QueryParam("accuracy", "Of streamed rows: metres of 68 % circular error, or the column or member that has them: adds candidates and confidence", "string", false),
			web.QueryParam("lon", "Of streamed rows: the column or member with the longitude or easting; default one of the usual names", "string", false),
			web.QueryParam("lat", "Of streamed rows: that with the latitude or northing", "string", false),
		},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			web.TypeJSON:   {Schema: huma.SchemaFromType(schemas, reflect.TypeFor[batchRequest]())},
			web.TypeCSV:    {Schema: &huma.Schema{Type: huma.TypeString}},
			web.TypeNDJSON: {Schema: &huma.Schema{Type: huma.TypeString}},
		}},
		Responses: map[string]*huma.Response{
			"200":     streamedResponse(web.JSONResponse(api, "One result for each point or row, in order", BatchAnswer{})),
			"default": web.ProblemResponse(api),
		},
	})
}

// streamedResponse adds the forms that rows are answered in.
func streamedResponse(r *huma.Response) *huma.Response {
	for _, kind := range [...]string{web.TypeCSV, web.TypeNDJSON} {
		r.Content[kind] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	}
	return r
}

func (s *server) geocodeBatch(c echo.Context) error {
	if kind, media := web.MediaType(c); streamed(kind) != nil {
		return s.geocodeStream(c, kind, media)
	}
	if _, err := web.Parameters(c); err != nil {
		return err
	}
	var in batchRequest
	if err := web.ReadJSON(c, maxBatchBytes, &in); err != nil {
		return err
	}
	if in.Points == nil {
		return web.Refuse("points", "", "the list is missing", web.ErrMalformed)
	}
	if err := in.checkUncertain(); err != nil {
		return err
	}
	snap, err := s.at(in.At)
	if err != nil {
		return err
	}
	sys, err := terms.System(snap.City, "crs", in.CRS)
	if err != nil {
		return err
	}
	return sendBatch(c, snap, sys, &in)
}

// writeEvery is how many results are put together before they are sent and the
// client is looked at: some 100 KB.
const writeEvery = 256

// sendBatch writes the results while they are found: 100,000 answers are 40 MB.
func sendBatch(c echo.Context, snap *grids.Snapshot, sys crs.System, in *batchRequest) error {
	ctx := c.Request().Context()
	w := c.Response()
	out := []byte(`{"results":[`)
	for i := range in.Points {
		if i%writeEvery == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			if i > 0 {
				if err := sendPart(ctx, w, out); err != nil {
					return err
				}
				out = out[:0]
			}
		}
		var err error
		if out, err = appendResult(terms.Comma(out, i), batchResult(snap, sys, i, in)); err != nil {
			return err
		}
	}
	out = append(out, `],"city_version":`...)
	out = strconv.AppendInt(out, snap.City.Version, 10)
	return sendPart(ctx, w, append(out, "}\n"...))
}

func appendResult(b []byte, r BatchResult) ([]byte, error) {
	if r.Answer != nil {
		return terms.AppendAnswer(b, r.Answer)
	}
	failed, err := json.Marshal(r)
	return append(b, failed...), err
}

func sendPart(ctx context.Context, w *echo.Response, part []byte) error {
	if !w.Committed {
		w.Header().Set("Content-Type", web.TypeJSON)
		w.WriteHeader(http.StatusOK)
	}
	if _, err := w.Write(part); err != nil {
		return fmt.Errorf("answer not taken: %w", err)
	}
	return ctx.Err()
}

func batchResult(snap *grids.Snapshot, sys crs.System, i int, in *batchRequest) BatchResult {
	p := &in.Points[i]
	fault := func(why string) BatchResult {
		return BatchResult{Error: &web.ProblemDetail{Location: fmt.Sprintf("points[%d]", i), Message: why}}
	}
	if p.broken {
		return fault("not two numbers, [lon, lat]")
	}
	at, err := terms.ToLattice(sys, p.lon, p.lat)
	if err != nil {
		return fault(err.Error())
	}
	place := snap.Locate(at)
	a := terms.AnswerOf(snap, place, in.Border)
	if err := a.AddCandidates(snap, place, in.AccuracyM); err != nil {
		return fault(err.Error())
	}
	return BatchResult{Answer: &a}
}
