package heatmap

import (
	"context"
	"math"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids/stats"
)

// HeatAreas is how many cases there are in each area.
type HeatAreas struct {
	By     string     `json:"by" enum:"cell,zone,community,street,district,hex"`
	N      int64      `json:"n" doc:"All cases that the filter takes: the areas' and rest add up to it"`
	Rest   int64      `json:"rest" doc:"In no area: no cell holds them, or their cell is in none. They are excluded from every rate"`
	PiledN *int64     `json:"piled_n,omitempty" doc:"Not among n: cases on piles, which piles=without leaves out"`
	Period HeatPeriod `json:"period"`
	// Per30Days brings a number of the whole period to 30 days.
	Per30Days float64    `json:"per_30_days" doc:"Times this the numbers are for 30 days"`
	Hex       *HeatHex   `json:"hex,omitempty" doc:"With by=hex"`
	City      HeatCity   `json:"city" doc:"All areas together: the rates that small areas are drawn to"`
	Areas     []HeatArea `json:"areas" doc:"All of the level, those without cases among them, by code; of hexagons those that meet the city, from the south"`

	Method      stats.Method `json:"method"`
	Basis       terms.Words  `json:"basis" doc:"What the areas and the bases of the rates are, in words"`
	CityVersion int64        `json:"city_version"`

	division *division
}

// HeatHex says how hexagons are made.
type HeatHex struct {
	WidthM  float64 `json:"hex_m" doc:"Between opposite sides, and from one middle to the next"`
	AreaKM2 float64 `json:"area_km2" doc:"Of a whole one: hex_m² · √3/2"`
}

// HeatCity has the city's rates.
type HeatCity struct {
	KM2          float64  `json:"area_km2"`
	PerKM2       float64  `json:"per_km2"`
	PerComponent *float64 `json:"per_component,omitempty"`
	PerRoadKM    *float64 `json:"per_road_km,omitempty"`
	PerHour      *float64 `json:"per_patrol_hour,omitempty"`
}

// HeatArea is one of the areas.
type HeatArea struct {
	number int // of a hexagon

	Code   string          `json:"code"`
	Name   string          `json:"name"`
	N      int64           `json:"n"`
	KM2    float64         `json:"area_km2" doc:"Of its cells, on the ellipsoid; of a hexagon the part that lies in the city"`
	Inside *float64        `json:"inside,omitempty" doc:"Of a hexagon: the share of its area that lies in the city"`
	Middle *[2]web.Degrees `json:"middle,omitempty" doc:"Of a hexagon"`

	PerKM2    float64 `json:"per_km2" doc:"Over the whole period"`
	Low       float64 `json:"per_km2_low" doc:"Exact Poisson interval at 95 %"`
	High      float64 `json:"per_km2_high"`
	Shrunk    float64 `json:"per_km2_shrunk" doc:"Empirical Bayes (Marshall): drawn to the city's, the more the smaller the area"`
	Trust     float64 `json:"per_km2_trust" doc:"How much of it is the area's own, 0 to 1"`
	Per30Days float64 `json:"per_km2_30_days"`
	Unsure    bool    `json:"unsure" doc:"The interval spans more than ten times: grey it out"`

	PerComponent *HeatRate `json:"per_component,omitempty" doc:"Of the filter's class; unless kind is event, none where there are no components"`
	PerRoadKM    *HeatRate `json:"per_road_km,omitempty" doc:"None where there is no road"`
	PerHour      *HeatRate `json:"per_patrol_hour,omitempty" doc:"Where patrol hours are configured and known for the whole period; none below an hour"`
}

// HeatRate is cases over what could have had them.
type HeatRate struct {
	Base   float64 `json:"base" doc:"How many components, km of road or hours of patrol"`
	Raw    float64 `json:"raw" doc:"n over base"`
	Shrunk float64 `json:"shrunk" doc:"Empirical Bayes (Marshall)"`
	Low    float64 `json:"low" doc:"Exact Poisson interval of raw at 95 %"`
	High   float64 `json:"high"`
	Trust  float64 `json:"trust" doc:"How much of shrunk is the area's own, 0 to 1"`
	Unsure bool    `json:"unsure" doc:"The interval spans more than ten times"`
}

// heatAreas is GET /heat/areas.
func (s *server) areas(c echo.Context) error {
	a, err := s.ask(c, areaWords...)
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
	return web.SendJSON(c, out)
}

// countAreas counts the cases by area.
func (a *ask) countAreas(ctx context.Context, by int) (*HeatAreas, error) {
	d, err := a.division(ctx, by)
	if err != nil {
		return nil, err
	}
	p, err := a.predicate(&a.query)
	if err != nil {
		return nil, err
	}
	period := a.period(a.query.From, a.query.To)
	out := &HeatAreas{
		By: d.by, Period: period, Per30Days: 30 / period.Days, Hex: d.hex, Method: stats.RatesMethod(), CityVersion: a.snap.City.Version,
		division: d,
	}
	if out.PiledN, err = a.piledN(ctx, &a.query); err != nil {
		return nil, err
	}
	var counts []int
	if counts, out.N, out.Rest, err = d.count(ctx, a.view, p); err != nil {
		return nil, err
	}
	out.Areas = make([]HeatArea, len(counts))
	for n := range out.Areas {
		out.Areas[n] = HeatArea{Code: d.code(n), N: int64(counts[n]), KM2: d.km2[n]}
		d.describe(n, &out.Areas[n])
	}
	if err := a.rateAreas(ctx, d, counts, out); err != nil {
		return nil, err
	}
	out.Areas = d.listed(out.Areas)
	return out, nil
}

// rateAreas holds the counts against all that could have had them.
func (a *ask) rateAreas(ctx context.Context, d *division, counts []int, out *HeatAreas) error {
	rates, city, err := stats.EmpiricalBayes(counts, d.km2)
	if err != nil {
		return err
	}
	out.City.PerKM2 = city
	for n := range rates {
		r, area := &rates[n], &out.Areas[n]
		if out.City.KM2 += d.km2[n]; r.Base == 0 {
			area.Unsure = true
			continue
		}
		area.PerKM2, area.Low, area.High, area.Shrunk, area.Trust, area.Unsure = r.Raw, r.Interval.Low, r.Interval.High, r.Shrunk, r.Trust, r.Wide
		area.Per30Days = r.Raw * out.Per30Days
	}
	out.Basis = d.basis()
	bases, err := a.bases(ctx, d)
	if err != nil {
		return err
	}
	for i := range bases {
		b := &bases[i]
		rates, city, err := stats.EmpiricalBayes(counts, b.of)
		if err != nil {
			return err
		}
		*b.city(&out.City) = &city
		out.Basis = out.Basis.And(b.words)
		for n := range rates {
			if r := &rates[n]; r.Base > 0 && !math.IsNaN(r.Shrunk) {
				*b.into(&out.Areas[n]) = &HeatRate{r.Base, r.Raw, r.Shrunk, r.Interval.Low, r.Interval.High, r.Trust, r.Wide}
			}
		}
	}
	return nil
}

// listed are the areas in the order in which they are told; of hexagons those that
// meet the city or have a case.
func (d *division) listed(all []HeatArea) []HeatArea {
	if d.hex != nil {
		return slices.DeleteFunc(all, func(a HeatArea) bool { return a.KM2 == 0 && a.N == 0 })
	}
	slices.SortFunc(all, func(x, y HeatArea) int { return strings.Compare(x.Code, y.Code) })
	return all
}
