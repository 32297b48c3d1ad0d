package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
)

// The layers of the responsibility map.
const (
	nobodyLayer   = "nobody"
	overlapsLayer = "overlaps"
	offDutyLayer  = "off-duty"
	returnsLayer  = "returns"
)

// ResponsibilityMap counts what the layers of the responsibility map show.
type ResponsibilityMap struct {
	At       time.Time  `json:"at"`
	Kind     grids.Kind `json:"kind,omitempty"`
	Category string     `json:"category,omitempty"`

	Nobody   *NobodyCount   `json:"nobody" doc:"Ground that nobody owns for the class; null where no class is asked for"`
	Overlaps LayerCount     `json:"overlaps" doc:"Pairs of ownership areas of one class that lie on one another and name different units"`
	OffDuty  OffDutyCount   `json:"off_duty" doc:"Zones without staff on duty"`
	Returns  *ReturnsCounts `json:"returns" doc:"Borders of zones with cases that first dispatch sent wrong; null where the server has no cases"`

	Method       terms.Words `json:"method"`
	CityVersion  int64       `json:"city_version"`
	BookVersion  int64       `json:"book_version"`
	RulesVersion string      `json:"rules_version"`
}

// LayerCount is how many features a layer has and their area.
type LayerCount struct {
	N      int        `json:"n"`
	AreaM2 web.Metres `json:"area_m2"`
}

// NobodyCount counts cells that nobody owns, whole or in part.
type NobodyCount struct {
	Cells  int        `json:"cells"`
	Zones  int        `json:"zones" doc:"Zones all cells of which are nobody's"`
	AreaM2 web.Metres `json:"area_m2"`
}

// OffDutyCount counts zones.
type OffDutyCount struct {
	LayerCount
	Of int `json:"of" doc:"Zones in all"`
}

// ReturnsCounts counts borders.
type ReturnsCounts struct {
	Borders int `json:"borders" doc:"With a wrong first dispatch within 30 m"`
	Need    int `json:"need" doc:"Of these, in need of a 确权"`
	Wrong   int `json:"wrong"`
	Cases   int `json:"cases"`
}

func mapMethod() terms.Words {
	return terms.Words{
		Chinese: "无主：按该类别的规则次序，权属记录、裁决、权属区均无主，由属地或兜底单位负责的地方，按 20 米点阵取样计面积。" +
			"重叠：同一类别、不同单位的权属区相交部分，按多边形精确计算，不足 1 平方米的不计。" +
			"无人值守：该时刻没有在岗人员的责任网格。回退：位置距责任网格边界 30 米以内、首派错误的案件所在的边界。",
		English: "nobody: where by the order of the class no ruling, record or area knows a unit and the territory or the default unit answers; its area is by spots 20 m apart. " +
			"overlaps: what ownership areas of one class and different units have in common, by exact clipping of the polygons, from 1 m² on. " +
			"off-duty: zones that have nobody on duty. returns: borders of zones with a wrong first dispatch within 30 m.",
	}
}

func (s *server) responsibilityRoutes(e *echo.Echo, api huma.API) {
	e.GET("/v1/dispatch/map", s.responsibilityMap)
	e.GET("/v1/dispatch/map/:layer", s.responsibilityLayer)
	class := []*huma.Param{
		web.QueryParam("kind", "component or event", "string", false),
		web.QueryParam("category", "A minor code of the city's scheme", "string", false),
		web.QueryParam("at", "What holds at this date or time counts; default now", "string", false),
	}
	s.doc.AddOperation(&huma.Operation{
		OperationID: "dispatch-map", Method: http.MethodGet, Path: "/v1/dispatch/map", Tags: []string{"dispatch"},
		Summary: "The responsibility map in numbers", Parameters: class,
		Responses: map[string]*huma.Response{"200": web.JSONResponse(api, "Counts", ResponsibilityMap{}), "default": web.ProblemResponse(api)},
	})
	words := slices.Clone(class)
	for _, p := range pastParams() {
		if p.Name != "kind" && p.Name != "category" {
			words = append(words, p)
		}
	}
	s.doc.AddOperation(&huma.Operation{
		OperationID: "dispatch-map-layer", Method: http.MethodGet, Path: "/v1/dispatch/map/{layer}.geojson", Tags: []string{"dispatch"},
		Summary: "A layer of the responsibility map",
		Description: "nobody: cells, or whole zones, that nobody owns for a class (kind and category are needed). overlaps: areas of one class on one another (category, at). " +
			"off-duty: zones without staff on duty (at). returns: borders of zones where first dispatch goes wrong (the filter words of /v1/dispatch/quality).",
		Parameters: append([]*huma.Param{{
			Name: "layer", In: "path", Required: true,
			Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{nobodyLayer, overlapsLayer, offDutyLayer, returnsLayer}},
		}}, words...),
		Responses: map[string]*huma.Response{
			"200":     {Description: "A FeatureCollection", Content: map[string]*huma.MediaType{web.TypeGeoJSON: {Schema: &huma.Schema{Type: huma.TypeObject}}}},
			"default": web.ProblemResponse(api),
		},
	})
}

// chartOf is what a map is made by: an engine and the time that counts.
type chart struct {
	*deciding
	at       time.Time
	kind     grids.Kind
	category string
}

// chartOf reads at, kind and category.
func (s *server) chartOf(ctx context.Context, params *web.Params) (*chart, *Dispatcher, error) {
	d, err := s.decider()
	if err != nil {
		return nil, nil, err
	}
	// Within a minute the same map is drawn: what holds changes by the day.
	c := &chart{at: d.now().Truncate(time.Minute), category: params.Get("category")}
	if text, ok := params.Find("at"); ok {
		if c.at, err = web.Instant("at", text, s.live.Current().City.TimeZone); err != nil {
			return nil, nil, err
		}
	}
	if c.deciding, err = d.decidingAt(ctx, c.at); err != nil {
		return nil, nil, err
	}
	if text, ok := params.Find("kind"); ok {
		if c.kind = grids.Kind(text); c.kind != grids.ComponentKind && c.kind != grids.EventKind {
			return nil, nil, web.Refuse("kind", text, "component or event", web.ErrMalformed)
		}
	}
	if c.category == "" {
		return c, d, nil
	}
	if c.kind == "" {
		return nil, nil, web.Refuse("kind", "", "a category counts only together with its kind", web.ErrMalformed)
	}
	c.category, err = minorOf(c.engine.City(), c.kind, c.category)
	return c, d, err
}

// responsibilityMap is GET /v1/dispatch/map.
func (s *server) responsibilityMap(c echo.Context) error {
	params, err := web.Parameters(c, "kind", "category", "at")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	m, d, err := s.chartOf(ctx, &params)
	if err != nil {
		return err
	}
	snap := m.engine.City()
	out := &ResponsibilityMap{
		At: m.at.In(snap.City.TimeZone), Kind: m.kind, Category: m.category, Method: mapMethod(),
		CityVersion: snap.City.Version, BookVersion: m.book.version, RulesVersion: m.engine.Rules().Version,
	}
	if m.category != "" {
		u, err := d.charts.unowned(ctx, m)
		if err != nil {
			return err
		}
		out.Nobody = &NobodyCount{Cells: len(u.cells), Zones: len(u.zones)}
		for i := range u.cells {
			out.Nobody.AreaM2 += web.Metres(u.cells[i].Share * cellAreaM2(snap, u.cells[i].Cell))
		}
	}
	overlaps, err := m.overlaps()
	if err != nil {
		return err
	}
	out.Overlaps.N = len(overlaps)
	for i := range overlaps {
		out.Overlaps.AreaM2 += web.Metres(overlaps[i].AreaM2)
	}
	out.OffDuty.Of = len(snap.City.Zones)
	for z := range snap.City.Zones {
		if !snap.City.Zones[z].OnDuty {
			out.OffDuty.N++
			out.OffDuty.AreaM2 += web.Metres(snap.City.Zones[z].Shape.AreaM2())
		}
	}
	if d.logs != nil {
		q, err := d.qualityOf(ctx, &web.Params{}) // of the last year, all classes
		if err != nil {
			return err
		}
		out.Returns = &ReturnsCounts{Need: len(q.report.NeedBorders)}
		for i := range q.report.Borders {
			if b := &q.report.Borders[i]; b.Wrong > 0 {
				out.Returns.Borders, out.Returns.Wrong, out.Returns.Cases = out.Returns.Borders+1, out.Returns.Wrong+b.Wrong, out.Returns.Cases+b.N
			}
		}
	}
	return web.SendJSON(c, out)
}

// overlaps are those of the class, of any for none; events have no areas.
func (m *chart) overlaps() ([]dispatch.AreaOverlap, error) {
	if m.kind == grids.EventKind {
		return nil, nil
	}
	return m.engine.Overlaps(m.category, m.at)
}

// responsibilityLayer is GET /v1/dispatch/map/{layer}.geojson.
func (s *server) responsibilityLayer(c echo.Context) error {
	name, ok := web.CutGeoJSON(c.Param("layer"))
	words := []string{"kind", "category", "at"}
	switch {
	case ok && name == returnsLayer:
		words = append(slices.Clone(pastWords), "limit")
	case !ok || !slices.Contains([]string{nobodyLayer, overlapsLayer, offDutyLayer}, name):
		return web.Refuse("layer", c.Param("layer"), fmt.Sprintf("%s.geojson, %s.geojson, %s.geojson or %s.geojson", nobodyLayer, overlapsLayer, offDutyLayer, returnsLayer), web.ErrNotFound)
	}
	params, err := web.Parameters(c, words...)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if name == returnsLayer {
		d, err := s.decider()
		if err != nil {
			return err
		}
		q, err := d.qualityOf(ctx, &params)
		if err != nil {
			return err
		}
		return s.drawReturns(c, q)
	}
	m, d, err := s.chartOf(ctx, &params)
	if err != nil {
		return err
	}
	switch name {
	case nobodyLayer:
		if m.category == "" {
			return web.Refuse("category", "", "it is missing: who owns ground depends on the class", web.ErrMalformed)
		}
		u, err := d.charts.unowned(ctx, m)
		if err != nil {
			return err
		}
		return drawNobody(c, m, u)
	case overlapsLayer:
		all, err := m.overlaps()
		if err != nil {
			return err
		}
		return drawOverlaps(c, m, all)
	}
	return drawOffDuty(c, m)
}

// responsibilities keeps the last maps of unowned ground, which take half a second
// to make.
type responsibilities struct {
	mu   sync.Mutex // held while one is made
	kept []*unownedMap
}

const keptCharts = 8

type unownedMap struct {
	of    chart
	cells []dispatch.Unowned
	stepM float64
	// zones are those whose cells are all wholly nobody's and answered for by one
	// unit, with one of their cells.
	zones map[int32]dispatch.Unowned
}

func (k *responsibilities) unowned(ctx context.Context, m *chart) (*unownedMap, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if i := slices.IndexFunc(k.kept, func(u *unownedMap) bool { return u.of == *m }); i >= 0 {
		return k.kept[i], nil
	}
	u := &unownedMap{of: *m}
	var err error
	if u.cells, u.stepM, err = m.engine.Unowned(ctx, m.kind, m.category, m.at); err != nil {
		if errors.Is(err, dispatch.ErrReport) || errors.Is(err, dispatch.ErrCategory) {
			return nil, reportFault(err, &dispatch.Report{Category: m.category})
		}
		return nil, err
	}
	u.whole(m.engine.City())
	if k.kept = append(k.kept, u); len(k.kept) > keptCharts {
		k.kept = slices.Delete(k.kept, 0, 1)
	}
	return u, nil
}

// whole finds the zones that are nobody's as a whole.
func (u *unownedMap) whole(s *grids.Snapshot) {
	u.zones = map[int32]dispatch.Unowned{}
	left := map[int32]int{}
	for i := range s.City.Cells {
		zone, _, _, _ := s.Chain(int32(i))
		left[zone]++
	}
	for i := range u.cells {
		c := &u.cells[i]
		zone, _, _, _ := s.Chain(c.Cell)
		first, seen := u.zones[zone]
		if !seen {
			u.zones[zone], first = *c, *c
		}
		if c.Share == 1 && c.Unit == first.Unit && c.Basis == first.Basis {
			left[zone]--
		}
	}
	for zone := range u.zones {
		if zone < 0 || left[zone] > 0 {
			delete(u.zones, zone)
		}
	}
}

// cellAreaM2 is the area of a cell, as recorded or by its shape.
func cellAreaM2(s *grids.Snapshot, i int32) float64 {
	c := &s.City.Cells[i]
	if c.AreaM2 > 0 {
		return c.AreaM2
	}
	return c.Shape.AreaM2()
}
