package api

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
)

// selectRequest is the body of POST /v1/select.
type selectRequest struct {
	Geometry   *terms.Geometry `json:"geometry"`
	CRS        string          `json:"crs,omitempty" doc:"Of the geometry's coordinates; default cgcs2000"`
	Layers     []string        `json:"layers,omitempty" doc:"Layers of the map, or ownership_areas; default components"`
	Filter     selectFilter    `json:"filter,omitzero" required:"false" doc:"All words must hold. A word that one of the layers does not know is refused"`
	At         string          `json:"at,omitempty" doc:"The city as of this date or time"`
	Limit      *int            `json:"limit,omitempty" minimum:"1" maximum:"10000" default:"100" doc:"Features on a page"`
	Cursor     string          `json:"cursor,omitempty" doc:"next of the page before; all else as it was"`
	CountsOnly bool            `json:"counts_only,omitempty" doc:"No features"`
}

// selectFilter has the filter words that components and what is around them know.
type selectFilter struct {
	Category  []string `json:"category,omitempty" doc:"Codes of components' categories or how they begin"`
	State     string   `json:"state,omitempty" doc:"Of components and resources"`
	Unit      string   `json:"unit,omitempty" doc:"Owner, maintainer or authority of components; the unit of zones, resources, ownership areas"`
	Zone      string   `json:"zone,omitempty" doc:"Of the cell that holds a component's, resource's, address's or cell's position"`
	Community string   `json:"community,omitempty"`
	Street    string   `json:"street,omitempty"`
	District  string   `json:"district,omitempty"`
}

// SelectCount is how many features of a layer were found.
type SelectCount struct {
	N          int            `json:"n"`
	Categories map[string]int `json:"categories,omitzero" required:"false" doc:"Of components: how many of each category"`
}

// SelectAnswer has exact counts and a page of features.
type SelectAnswer struct {
	Counts      map[grids.Layer]SelectCount `json:"counts"`
	AreaM2      *web.Metres                 `json:"area_m2,omitempty" doc:"Of a polygon, on the ellipsoid, or of a circle"`
	LengthM     *web.Metres                 `json:"length_m,omitempty" doc:"Of the line of a buffer"`
	CityVersion int64                       `json:"city_version"`
	Next        string                      `json:"next,omitempty" doc:"The cursor of the next page; none after the last"`
	Features    *FeatureCollection          `json:"features,omitempty" doc:"In the order of the layers as asked for, in each by code; none with counts_only"`
}

// FeatureCollection is that of GeoJSON.
type FeatureCollection struct {
	Type     string    `json:"type" enum:"FeatureCollection"`
	Features []Feature `json:"features"`
}

// selectRoute answers what lies in a part of the map.
func (s *server) selectRoute(e *echo.Echo, api huma.API) {
	e.POST("/v1/select", s.selectFeatures)
	schemas := api.OpenAPI().Components.Schemas
	s.doc.AddOperation(&huma.Operation{
		OperationID: "select", Method: http.MethodPost, Path: "/v1/select", Tags: []string{"where"},
		Summary: "What lies in a polygon, a circle or along a line: exact counts, and the features by page",
		Description: "Points count when they are in the geometry or on its border, lines and polygons when they share a position with it. " +
			"Polygons are rounded to 1e-7 degrees first and compared exactly, their edges straight in longitude and latitude; " +
			"rings may run either way, touch, and polygons of a MultiPolygon may share borders, but not cross or overlap. " +
			"A circle's distances are those of /v1/nearest, true to 1e-6 up to 20 km; a buffer's are measured in the plane at the " +
			"feature, which at 35 degrees is off by 2.2e-5 of 1 km and 2.2e-4 of 10 km. " +
			"At most 10,000 vertices and 50 km of radius. A cursor is good for one version of the city: after a change it is refused " +
			"with 412 version-mismatch, and the first page is to be asked for again.",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			web.TypeJSON: {Schema: huma.SchemaFromType(schemas, reflect.TypeFor[selectRequest]())},
		}},
		Responses: map[string]*huma.Response{
			"200":     web.JSONResponse(api, "What was found", SelectAnswer{}),
			"default": web.ProblemResponse(api),
		},
	})
}

func (s *server) selectFeatures(c echo.Context) error {
	if _, err := web.Parameters(c); err != nil {
		return err
	}
	var in selectRequest
	if err := web.ReadJSON(c, web.MaxBodyBytes, &in); err != nil {
		return err
	}
	snap, err := s.at(in.At)
	if err != nil {
		return err
	}
	q, answer, err := in.question(snap)
	if err != nil {
		return err
	}
	found, err := snap.Select(c.Request().Context(), q)
	if err != nil {
		return filterFault(err)
	}
	for k, l := range q.Layers {
		answer.Counts[l] = SelectCount{found.Counts[k].N, found.Counts[k].Categories}
	}
	if found.Next != nil {
		answer.Next = in.cursor(snap, found.Next)
	}
	return sendSelection(c, snap, answer, found.Page, in.CountsOnly)
}

// question checks the request and puts it to the snapshot. The answer has what
// is known of the geometry by itself.
func (in *selectRequest) question(snap *grids.Snapshot) (*grids.Question, *SelectAnswer, error) {
	if in.Geometry == nil {
		return nil, nil, web.Refuse("geometry", "", "the member is missing", web.ErrMalformed)
	}
	sys, err := terms.System(snap.City, "crs", in.CRS)
	if err != nil {
		return nil, nil, err
	}
	q := &grids.Question{Limit: web.DefaultLimit, Filter: grids.Filter(in.Filter)}
	if q.Layers, err = in.layers(); err != nil {
		return nil, nil, err
	}
	if in.Limit != nil {
		q.Limit = *in.Limit
	}
	if q.Limit < 1 || q.Limit > web.MaxLimit {
		return nil, nil, web.Refuse("limit", fmt.Sprint(q.Limit), fmt.Sprintf("from 1 to %d", web.MaxLimit), web.ErrMalformed)
	}
	if in.CountsOnly {
		q.Limit = 0
	}
	if n := len(in.Filter.Category); n > web.MaxNames {
		return nil, nil, web.Refuse("filter.category", "", fmt.Sprintf("at most %d codes", web.MaxNames), web.ErrTooMany)
	}
	a := &SelectAnswer{Counts: make(map[grids.Layer]SelectCount, len(q.Layers)), CityVersion: snap.City.Version}
	var size terms.Measure
	if q.Extent, size, err = in.Geometry.Extent(sys); err != nil {
		return nil, nil, err
	}
	a.AreaM2, a.LengthM = size.AreaM2, size.LengthM
	if in.Cursor != "" {
		if q.After, err = in.after(snap, len(q.Layers)); err != nil {
			return nil, nil, err
		}
	}
	return q, a, nil
}

// layers reads the names of layers, each once.
func (in *selectRequest) layers() ([]grids.Layer, error) {
	if in.Layers == nil {
		return []grids.Layer{grids.Components}, nil
	}
	known := append(grids.MapLayers(), grids.OwnershipAreas)
	var out []grids.Layer
	for i, name := range in.Layers {
		switch l := grids.Layer(name); {
		case slices.Contains(out, l):
		case !slices.Contains(known, l):
			return nil, web.Refuse(fmt.Sprintf("layers[%d]", i), name, "no layer with geometry", web.ErrMalformed)
		default:
			out = append(out, l)
		}
	}
	if out == nil {
		return nil, web.Refuse("layers", "", "the list is empty", web.ErrMalformed)
	}
	return out, nil
}

// filterFault puts what is wrong with a filter into the words of a request.
func filterFault(err error) error {
	var f *grids.FilterError
	if !errors.As(err, &f) {
		return err
	}
	code := web.ErrMalformed
	switch {
	case f.Category:
		code = web.ErrCategory
	case f.Unknown:
		code = web.ErrImpossible
	}
	return web.Refuse("filter."+f.Word, f.Value, f.Reason, code)
}

// A cursor is the version of the city, the sum of the question and the mark
// where the page ended, in fixed width.
const cursorBytes = 8 + 8 + 1 + 4

// sum tells questions apart: all that the hits depend on, the days that the
// snapshot is for included, and the geometry as it lies on the lattice.
func (in *selectRequest) sum(snap *grids.Snapshot) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%q %q %q %v %v", in.CRS, in.Layers, in.Filter, snap.Span.From, snap.Span.To)
	in.Geometry.Sum(h)
	return h.Sum64()
}

func (in *selectRequest) cursor(snap *grids.Snapshot, m *grids.Mark) string {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, cursorBytes), uint64(snap.City.Version))
	b = binary.BigEndian.AppendUint64(b, in.sum(snap))
	b = binary.BigEndian.AppendUint32(append(b, byte(m.Layer)), uint32(m.Given))
	return base64.RawURLEncoding.EncodeToString(b)
}

// after reads the cursor.
func (in *selectRequest) after(snap *grids.Snapshot, layers int) (*grids.Mark, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(in.Cursor)
	if err != nil || len(b) != cursorBytes {
		return nil, web.Refuse("cursor", in.Cursor, "none that was given out", web.ErrMalformed)
	}
	if v := int64(binary.BigEndian.Uint64(b)); v != snap.City.Version {
		return nil, web.Refuse(
			"cursor", in.Cursor, fmt.Sprintf("the city is at version %d now; ask for the first page again", snap.City.Version), web.ErrVersion,
		)
	}
	m := &grids.Mark{Layer: int(b[16]), Given: int32(binary.BigEndian.Uint32(b[17:]))}
	if binary.BigEndian.Uint64(b[8:]) != in.sum(snap) || m.Layer >= layers || m.Given < 0 {
		return nil, web.Refuse("cursor", in.Cursor, "it belongs to another question", web.ErrMalformed)
	}
	return m, nil
}

// sendSelection writes the features while they are described: a page of 10,000
// is 15 MB.
func sendSelection(c echo.Context, snap *grids.Snapshot, a *SelectAnswer, page []grids.Found, countsOnly bool) error {
	out, err := json.Marshal(a)
	if err != nil {
		return err
	}
	if countsOnly {
		return c.JSONBlob(http.StatusOK, out)
	}
	out = append(out[:len(out)-1], `,"features":{"type":"FeatureCollection","features":[`...)
	ctx, w := c.Request().Context(), c.Response()
	for i, f := range page {
		if i > 0 {
			if out = append(out, ','); i%writeEvery == 0 {
				if err := sendPart(ctx, w, out); err != nil {
					return err
				}
				out = out[:0]
			}
		}
		one, err := json.Marshal(featureOf(snap, f.Layer, f.Index))
		if err != nil {
			return err
		}
		out = append(out, one...)
	}
	return sendPart(ctx, w, append(out, "]}}\n"...))
}
