package heatmap

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"
	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/tiler/heat"
)

// HeatBand is a class of the legend as an area.
type HeatBand struct {
	Min   float64 `json:"min" doc:"Included; of the lowest class half a quantum, below which pictures are clear"`
	Max   float64 `json:"max" doc:"Not included, but of the highest class"`
	Min30 float64 `json:"min_per_30_days"`
	Max30 float64 `json:"max_per_30_days"`
	Units string  `json:"units"`
}

// heatBands is GET /heat/export.geojson without by: the classes of the legend as
// areas.
func (s *server) bands(c echo.Context, a *ask) error {
	ctx := c.Request().Context()
	surface, body, err := s.heat.fileOf(ctx, a, func(surface *heatSurface) ([]byte, error) { return a.bandsOf(ctx, surface) })
	if errors.Is(err, heat.ErrBands) {
		return web.Refuse("bandwidth_m", a.words.Get("bandwidth_m"), err.Error(), web.ErrImpossible)
	}
	if err != nil {
		return err
	}
	a.nameFile(c, surface, "geojson")
	return web.SendCompressed(c, web.TypeGeoJSON, body)
}

// bandLimits are the breaks of the legend with its ends, and the least number that a
// picture shows on either side of 0.
func bandLimits(l *HeatLegend) []float64 {
	out := slices.Clone(l.Breaks)
	for _, v := range [...]float64{l.Min, l.Max} {
		// The highest number is of its class.
		out = append(out, v+v*1e-9)
	}
	out = append(out, l.Quantum/2, -l.Quantum/2)
	out = slices.DeleteFunc(out, func(v float64) bool {
		return v == 0 || v > -l.Quantum/2 && v < l.Quantum/2
	})
	slices.Sort(out)
	return slices.Compact(out)
}

// bandsOf is a FeatureCollection of the bands, the lowest first.
func (a *ask) bandsOf(ctx context.Context, surface *heatSurface) ([]byte, error) {
	legend := a.legend(surface)
	l := surface.lattice()
	digest, err := l.digest(ctx, a.city.ground.Plane())
	if err != nil {
		return nil, err
	}
	limits := bandLimits(&legend)
	bands, err := surface.Bands(ctx, limits)
	if err != nil {
		return nil, err
	}
	b := []byte(`{"type":"FeatureCollection","features":[`)
	for n := range bands {
		if n > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"type":"Feature","geometry":{"type":"MultiPolygon","coordinates":`...)
		b = appendAreas(b, bands[n].Area)
		low, high := max(bands[n].Min, legend.Min), min(bands[n].Max, legend.Max)
		text, err := json.Marshal(HeatBand{low, high, low * legend.Per30Days, high * legend.Per30Days, legend.Units})
		if err != nil {
			return nil, err
		}
		b = append(append(append(b, `},"properties":`...), text...), '}')
	}
	tail, err := json.Marshal(struct {
		Legend      HeatLegend `json:"legend"`
		CityVersion int64      `json:"city_version"`
		Digest      string     `json:"digest"`
	}{legend, a.snap.City.Version, digest})
	if err != nil {
		return nil, err
	}
	b = append(b, "],"...)
	return append(b, tail[1:]...), nil
}

// appendAreas writes coordinates with the eight decimals that they have.
func appendAreas(b []byte, areas orb.MultiPolygon) []byte {
	b = append(b, '[')
	for i, polygon := range areas {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '[')
		for j, ring := range polygon {
			if j > 0 {
				b = append(b, ',')
			}
			b = append(b, '[')
			for k, p := range ring {
				if k > 0 {
					b = append(b, ',')
				}
				b = strconv.AppendFloat(append(b, '['), p[0], 'f', -1, 64)
				b = strconv.AppendFloat(append(b, ','), p[1], 'f', -1, 64)
				b = append(b, ']')
			}
			b = append(b, ']')
		}
		b = append(b, ']')
	}
	return append(b, ']')
}
