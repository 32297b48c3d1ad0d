package api

import (
	"context"
	"math"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/stats"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler/heat"
)

// HeatAreas is how many cases there are in each area.
type HeatAreas struct {
	By     string     `json:"by" enum:"cell,zone,community,street,district"`
	N      int64      `json:"n" doc:"All cases that the filter takes: the areas' and rest add up to it"`
	Rest   int64      `json:"rest" doc:"In no area: no cell holds them, or their cell is in none"`
	Period HeatPeriod `json:"period"`
	Areas  []HeatArea `json:"areas" doc:"All of the level, those without cases among them, by code"`
	// CityRate is the mean that small areas are drawn to.
	CityRate    *float64     `json:"city_rate,omitempty" doc:"Cases per component in the whole city"`
	Method      stats.Method `json:"method"`
	CityVersion int64        `json:"city_version"`
}

// HeatArea is one of them.
type HeatArea struct {
	Code   string    `json:"code"`
	Name   string    `json:"name"`
	N      int64     `json:"n"`
	KM2    float64   `json:"area_km2" doc:"Of its cells, on the ellipsoid"`
	PerKM2 float64   `json:"per_km2" doc:"Over the whole period"`
	Low    float64   `json:"per_km2_low" doc:"Exact Poisson interval at 95 %"`
	High   float64   `json:"per_km2_high"`
	Rate   *HeatRate `json:"per_component,omitempty" doc:"Unless kind is event; none where there are no components"`
}

// HeatRate is cases per component of the filter's class.
type HeatRate struct {
	Components int     `json:"components"`
	Raw        float64 `json:"raw"`
	Shrunk     float64 `json:"shrunk" doc:"Empirical Bayes (Marshall)"`
	Low        float64 `json:"low"`
	High       float64 `json:"high"`
	Trust      float64 `json:"trust" doc:"How much of shrunk is the area's own, 0 to 1"`
	Wide       bool    `json:"wide" doc:"The interval says next to nothing"`
}

// heatLevel is a level of areas by its word.
type heatLevel struct {
	word  string
	level heat.Level
	layer grids.Layer
}

// heatLevels are the words of by.
var heatLevels = [...]heatLevel{
	{"cell", heat.Cells, grids.Cells},
	{"zone", heat.Zones, grids.Zones},
	{"community", heat.Communities, grids.Communities},
	{"street", heat.Streets, grids.Streets},
	{"district", heat.Districts, grids.Districts},
}

// readBy reads which areas are counted.
func readBy(p *params) (int, error) {
	var words []string
	for _, l := range heatLevels {
		words = append(words, l.word)
	}
	if _, ok := p.find("by"); !ok {
		return 0, &inputError{"by", "", "there are " + strings.Join(words, ", "), errMalformed}
	}
	return oneOf(p, "by", words...)
}

// heatAreas is GET /heat/areas.
func (s *server) heatAreas(c echo.Context) error {
	a, err := s.askHeat(c, "by")
	if err != nil {
		return err
	}
	by, err := readBy(a.params)
	if err != nil {
		return err
	}
	out, err := a.countAreas(c.Request().Context(), by)
	if err != nil {
		return err
	}
	return sendJSON(c, out)
}

// countAreas counts the cases by area.
func (a *heatAsk) countAreas(ctx context.Context, by int) (*HeatAreas, error) {
	p, err := a.city.predicate(&a.query)
	if err != nil {
		return nil, err
	}
	level := heatLevels[by].level
	byCell := make([]int64, len(a.city.areas.Codes(heat.Cells)))
	out := &HeatAreas{By: heatLevels[by].word, Period: a.period(a.query.From, a.query.To), CityVersion: a.snap.City.Version}
	if err := a.view.Each(ctx, p, func(r heat.Row) bool {
		out.N++
		if r.Cell == heat.NoCell {
			out.Rest++
		} else {
			byCell[r.Cell]++
		}
		return true
	}); err != nil {
		return nil, err
	}
	counts, rest := a.city.areas.Fold(level, byCell)
	out.Rest += rest
	codes := a.city.areas.Codes(level)
	km2 := make([]float64, len(codes))
	for cell := range byCell {
		if n := a.city.areas.Of(level, uint32(cell)); n >= 0 {
			km2[n] += a.city.km2[cell]
		}
	}
	out.Areas = make([]HeatArea, len(codes))
	for n, code := range codes {
		area := HeatArea{Code: code, N: counts[n], KM2: km2[n]}
		if i := a.snap.Find(heatLevels[by].layer, code); i != spatial.None {
			area.Name = a.snap.Feature(heatLevels[by].layer, i).Name
		}
		if km2[n] > 0 {
			span := stats.PoissonInterval(int(counts[n]), 0.95)
			area.PerKM2, area.Low, area.High = float64(counts[n])/km2[n], span.Low/km2[n], span.High/km2[n]
		}
		out.Areas[n] = area
	}
	out.Method = stats.RatesMethod()
	if a.query.Kind != grids.EventKind {
		if err := a.rates(level, out); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(out.Areas, func(x, y HeatArea) int { return strings.Compare(x.Code, y.Code) })
	return out, nil
}

// rates divides by the components of the filter's class in each area.
func (a *heatAsk) rates(level heat.Level, out *HeatAreas) error {
	base := make([]float64, len(out.Areas))
	for i := range a.snap.All(grids.Components) {
		c := a.snap.Component(i)
		if !a.matches(c.Category) {
			continue
		}
		place := a.city.snap.Locate(c.At)
		if place.Cell == spatial.None {
			continue
		}
		if n := a.city.areas.Of(level, uint32(place.Cell)); n >= 0 {
			base[n]++
		}
	}
	counts := make([]int, len(base))
	some := false
	for n := range counts {
		counts[n] = int(out.Areas[n].N)
		some = some || base[n] > 0
	}
	if !some {
		return nil
	}
	rates, city, err := stats.EmpiricalBayes(counts, base)
	if err != nil {
		return err
	}
	out.CityRate = &city
	for n := range rates {
		if r := &rates[n]; base[n] > 0 && !math.IsNaN(r.Shrunk) {
			out.Areas[n].Rate = &HeatRate{int(base[n]), r.Raw, r.Shrunk, r.Interval.Low, r.Interval.High, r.Trust, r.Wide}
		}
	}
	return nil
}
