package api

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/spatial"
)

// byteOrderMark has some table programs read UTF-8 as what it is.
const byteOrderMark = "\ufeff"

// heatExport is GET /heat/export.csv and .geojson: with by the numbers of
// /heat/areas, without it those of the tiles.
func (s *server) heatExport(c echo.Context) error {
	a, err := s.askHeat(c, "by", "bom")
	if err != nil {
		return err
	}
	bom, err := oneOf(a.params, "bom", "false", "true")
	if err != nil {
		return err
	}
	if _, ok := a.params.find("by"); !ok {
		if strings.HasSuffix(c.Path(), ".geojson") {
			return s.heatBands(c, a)
		}
		return s.heatTable(c, a, bom == 1)
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
		body, err := a.areaFeatures(counted, by)
		if err != nil {
			return err
		}
		return sendCompressed(c, typeGeoJSON, body)
	}
	body, err := areaTable(counted)
	if err != nil {
		return err
	}
	if bom == 1 {
		body = append([]byte(byteOrderMark), body...)
	}
	c.Response().Header().Set("Content-Disposition", `attachment; filename="heat-`+counted.By+`.csv"`)
	return sendCompressed(c, typeCSV, body)
}

// areaTable is one row for each area, and one for what lies in none.
func areaTable(counted *HeatAreas) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.Write([]string{
		"code", "name", "n", "area_km2", "per_km2", "per_km2_low", "per_km2_high", "components", "per_component", "per_component_shrunk",
	}); err != nil {
		return nil, err
	}
	text := func(v float64) string { return strconv.FormatFloat(v, 'g', 12, 64) }
	for i := range counted.Areas {
		area := &counted.Areas[i]
		row := []string{
			area.Code, area.Name, strconv.FormatInt(area.N, 10), text(area.KM2), text(area.PerKM2), text(area.Low), text(area.High), "", "", "",
		}
		if r := area.Rate; r != nil {
			row[7], row[8], row[9] = strconv.Itoa(r.Components), text(r.Raw), text(r.Shrunk)
		}
		if err := w.Write(row); err != nil {
			return nil, err
		}
	}
	if err := w.Write([]string{"", "", strconv.FormatInt(counted.Rest, 10), "", "", "", "", "", "", ""}); err != nil {
		return nil, err
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// areaFeatures is a FeatureCollection of the areas with their numbers.
func (a *heatAsk) areaFeatures(counted *HeatAreas, by int) ([]byte, error) {
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
	layer := heatLevels[by].layer
	for i := range counted.Areas {
		area := &counted.Areas[i]
		n := a.snap.Find(layer, area.Code)
		if n == spatial.None {
			continue // no more in the city that is served by now
		}
		out.Features = append(out.Features, feature{"Feature", area.Code, geoJSON(a.snap.Feature(layer, n).Shape), area})
	}
	return json.Marshal(out)
}
