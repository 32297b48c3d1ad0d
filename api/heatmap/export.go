package heatmap

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/web"
)

// byteOrderMark has some table programs read UTF-8 as what it is.
const byteOrderMark = "\ufeff"

// heatExport is GET /heat/export.csv and .geojson: with by the numbers of
// /heat/areas, without it those of the tiles.
func (s *server) export(c echo.Context) error {
	a, err := s.ask(c, append(areaWords, "bom")...)
	if err != nil {
		return err
	}
	bom, err := oneOf(a.params, "bom", "false", "true")
	if err != nil {
		return err
	}
	if _, ok := a.params.Find("by"); !ok {
		if strings.HasSuffix(c.Path(), ".geojson") {
			return s.bands(c, a)
		}
		return s.table(c, a, bom == 1)
	}
	by, err := readBy(a.params)
	if err != nil {
		return err
	}
	counted, err := a.countAreas(c.Request().Context(), by)
	if err != nil {
		return err
	}
	if strings.HasSuffix(c.Path(), ".geojson") {
		body, err := areaFeatures(counted)
		if err != nil {
			return err
		}
		return web.SendCompressed(c, web.TypeGeoJSON, body)
	}
	body, err := areaTable(counted)
	if err != nil {
		return err
	}
	if bom == 1 {
		body = append([]byte(byteOrderMark), body...)
	}
	c.Response().Header().Set("Content-Disposition", `attachment; filename="heat-`+counted.By+`.csv"`)
	return web.SendCompressed(c, web.TypeCSV, body)
}

// areaTable is one row for each area, and one for what lies in none.
func areaTable(counted *HeatAreas) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	head := []string{
		"code", "name", "n", "area_km2", "inside", "per_km2", "per_km2_low", "per_km2_high", "per_km2_shrunk", "per_km2_30_days", "unsure",
	}
	rates := [...]struct {
		base, rate string
		of         func(*HeatArea) *HeatRate
	}{
		{"components", "per_component", func(a *HeatArea) *HeatRate { return a.PerComponent }},
		{"road_km", "per_road_km", func(a *HeatArea) *HeatRate { return a.PerRoadKM }},
		{"patrol_hours", "per_patrol_hour", func(a *HeatArea) *HeatRate { return a.PerHour }},
	}
	for _, r := range rates {
		head = append(head, r.base, r.rate, r.rate+"_low", r.rate+"_high", r.rate+"_shrunk")
	}
	if err := w.Write(head); err != nil {
		return nil, err
	}
	text := func(v float64) string { return strconv.FormatFloat(v, 'g', 12, 64) }
	for i := range counted.Areas {
		area := &counted.Areas[i]
		inside := ""
		if area.Inside != nil {
			inside = text(*area.Inside)
		}
		row := []string{
			area.Code, area.Name, strconv.FormatInt(area.N, 10), text(area.KM2), inside, text(area.PerKM2), text(area.Low), text(area.High),
			text(area.Shrunk), text(area.Per30Days), strconv.FormatBool(area.Unsure),
		}
		for _, rate := range rates {
			if r := rate.of(area); r != nil {
				row = append(row, text(r.Base), text(r.Raw), text(r.Low), text(r.High), text(r.Shrunk))
			} else {
				row = append(row, "", "", "", "", "")
			}
		}
		if err := w.Write(row); err != nil {
			return nil, err
		}
	}
	rest := make([]string, len(head))
	rest[2] = strconv.FormatInt(counted.Rest, 10)
	if err := w.Write(rest); err != nil {
		return nil, err
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// areaFeatures is a FeatureCollection of the areas with their numbers.
func areaFeatures(counted *HeatAreas) ([]byte, error) {
	type feature struct {
		Type       string          `json:"type"`
		ID         string          `json:"id"`
		Geometry   json.RawMessage `json:"geometry"`
		Properties *HeatArea       `json:"properties"`
	}
	out := struct {
		Type     string    `json:"type"`
		Features []feature `json:"features"`
		*HeatAreas
		Areas []HeatArea `json:"areas,omitempty"` // which are the features
	}{Type: "FeatureCollection", Features: make([]feature, 0, len(counted.Areas)), HeatAreas: counted}
	for i := range counted.Areas {
		area := &counted.Areas[i]
		if shape := counted.division.shape(area); shape != nil {
			out.Features = append(out.Features, feature{"Feature", area.Code, shape, area})
		}
	}
	return json.Marshal(out)
}
