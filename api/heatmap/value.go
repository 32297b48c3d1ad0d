package heatmap

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/stats"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler/heat"
)

// HeatValue is what heat is at a place, and why.
type HeatValue struct {
	Place     terms.Answer    `json:"place"`
	Value     *float64        `json:"value" doc:"As in the tiles, before it is rounded to a quantum; null where there is none"`
	Per30Days *float64        `json:"per_30_days"`
	Sum       *float64        `json:"sum,omitempty" doc:"In mode density: the same summed up over the cases, without the lattice between"`
	Reached   int64           `json:"reached" doc:"Cases within the kernel's reach"`
	Shares    []HeatShare     `json:"categories" doc:"Their parts in the density, in total 1, the largest first"`
	Cases     []HeatCase      `json:"cases" doc:"Those that weigh most"`
	Compared  *HeatComparison `json:"comparison" doc:"With the period of the same length before; null without from"`
	Sources   *HeatSources    `json:"sources,omitempty" doc:"In mode sources: who reported around the place; categories and cases are the public's"`
	Legend    HeatLegend      `json:"legend"`

	CityVersion int64 `json:"city_version"`
}

// HeatShare is the part of a category.
type HeatShare struct {
	Kind     string  `json:"kind"`
	Category string  `json:"category"`
	Name     string  `json:"name,omitempty"`
	Share    float64 `json:"share"`
}

// HeatCase is a case with its part in a density.
type HeatCase struct {
	Case      terms.CaseSummary `json:"case"`
	Weight    float64           `json:"weight" doc:"Its part in the density, 0 to 1"`
	DistanceM web.Metres        `json:"distance_m"`
}

// HeatComparison says whether there are more cases than before.
type HeatComparison struct {
	RadiusM   float64    `json:"radius_m" doc:"Cases within it are counted: two bandwidths"`
	N         int64      `json:"n"`
	Previous  HeatPeriod `json:"previous"`
	PreviousN int64      `json:"previous_n"`
	Change    *float64   `json:"change" doc:"n over previous_n, less 1; null where there were none"`
	P         *float64   `json:"p" doc:"Exact two-sided binomial test that both periods have the same rate; null where they share a time, whose cases would be in both"`
}

// maxHeatCases is how many cases are told at a place; defaultHeatCases unless asked.
const (
	maxHeatCases     = 100
	defaultHeatCases = 10
)

// heatValue is GET /heat/value.
func (s *server) value(c echo.Context) error {
	a, err := s.ask(c, "lon", "lat", "crs", "limit")
	if err != nil {
		return err
	}
	at, err := placeOf(a)
	if err != nil {
		return err
	}
	most := defaultHeatCases
	if text, ok := a.params.Find("limit"); ok {
		if most, err = strconv.Atoi(text); err != nil || most < 1 || most > maxHeatCases {
			return web.Refuse("limit", text, fmt.Sprintf("1 to %d", maxHeatCases), web.ErrMalformed)
		}
	}
	ctx := c.Request().Context()
	surface, err := s.heat.surface(ctx, a)
	if err != nil {
		return err
	}
	out := HeatValue{Place: terms.SingleAnswer(a.snap, a.snap.Locate(at)), Legend: a.legend(surface), CityVersion: a.snap.City.Version}
	if v := surface.Value(at); !math.IsNaN(v) {
		monthly := v * out.Legend.Per30Days
		out.Value, out.Per30Days = &v, &monthly
	}
	if err := s.explain(ctx, a, surface, at, most, &out); err != nil {
		return err
	}
	if out.Compared, err = a.compare(ctx, surface, at, s.now()); err != nil {
		return err
	}
	if a.mode == modeSources {
		if out.Sources, err = a.sourcesAround(ctx, surface, at); err != nil {
			return err
		}
	}
	return web.SendJSON(c, out)
}

func placeOf(a *ask) (spatial.Coord, error) {
	lon, err := web.Coordinate(a.params, "lon")
	if err != nil {
		return spatial.Coord{}, err
	}
	lat, err := web.Coordinate(a.params, "lat")
	if err != nil {
		return spatial.Coord{}, err
	}
	sys, err := terms.System(a.snap.City, "crs", a.params.Get("crs"))
	if err != nil {
		return spatial.Coord{}, err
	}
	return terms.ToLattice(sys, lon, lat)
}

// explain says which categories and cases make the density of the period at a place.
func (s *server) explain(ctx context.Context, a *ask, surface *heatSurface, at spatial.Coord, most int, out *HeatValue) error {
	p, err := a.predicate(&a.query)
	if err != nil {
		return err
	}
	x, err := surface.Explain(ctx, a.view, p, at, most)
	if err != nil {
		return err
	}
	if a.mode == modeDensity {
		out.Sum = &x.Sum
	}
	out.Reached, out.Shares, out.Cases = x.N, make([]HeatShare, 0, len(x.Classes)), make([]HeatCase, 0, len(x.Cases))
	codes := a.city.classes.Codes()
	for _, share := range x.Classes {
		kind, code, _ := strings.Cut(codes[share.Class], " ")
		h := HeatShare{Kind: kind, Category: code, Share: share.Share}
		if cat := a.snap.Catalogue.Find(grids.Kind(kind), code); cat != nil {
			h.Name = cat.Name
		}
		out.Shares = append(out.Shares, h)
	}
	return s.weighty(ctx, a, x.Cases, out)
}

// weighty tells of the cases that weigh most.
func (s *server) weighty(ctx context.Context, a *ask, list []heat.Contribution, out *HeatValue) error {
	fids := make([]int64, len(list))
	for i := range list {
		fids[i] = int64(list[i].FID)
	}
	found, err := s.heat.store.Summaries(ctx, fids)
	if err != nil {
		return terms.StoreFault(s.log, err, "case")
	}
	now := s.now()
	for i := range list {
		if of := found[fids[i]]; of != nil {
			out.Cases = append(out.Cases, HeatCase{terms.SummaryOf(a.snap, of, now), list[i].Share, web.Metres(list[i].DistanceM)})
		}
	}
	return nil
}

// compare counts the cases around a place in the period and in the one before, or in
// the one that the question names.
func (a *ask) compare(ctx context.Context, s *heatSurface, at spatial.Coord, now time.Time) (*HeatComparison, error) {
	this := a.query
	if this.From.IsZero() {
		return nil, nil
	}
	if this.To.IsZero() || this.To.After(now) {
		this.To = now // what has not happened yet is no fewer
	}
	if !this.From.Before(this.To) {
		return nil, nil // it has not begun
	}
	that := this
	if that.From, that.To = before(this.From, this.To); a.mode == modeDifference {
		that.From, that.To = a.against.From, a.against.To
	}
	out := &HeatComparison{RadiusM: 2 * s.BandwidthM, Previous: a.period(that.From, that.To)}
	p, err := a.predicate(&this)
	if err == nil {
		out.N, err = a.city.ground.CountWithin(ctx, a.view, p, at, out.RadiusM)
	}
	if err != nil {
		return nil, err
	}
	if p, err = a.predicate(&that); err == nil {
		out.PreviousN, err = a.city.ground.CountWithin(ctx, a.view, p, at, out.RadiusM)
	}
	if err != nil {
		return nil, err
	}
	if out.PreviousN > 0 {
		length := that.To.Sub(that.From).Seconds() / this.To.Sub(this.From).Seconds()
		change := float64(out.N)/float64(out.PreviousN)*length - 1
		out.Change = &change
	}
	if this.From.Before(that.To) && that.From.Before(this.To) {
		return out, nil
	}
	a1, b1 := this.To.Sub(this.From).Seconds(), that.To.Sub(that.From).Seconds()
	chance := stats.BinomialTest(int(out.N), int(out.N+out.PreviousN), a1/(a1+b1))
	out.P = &chance
	return out, nil
}
