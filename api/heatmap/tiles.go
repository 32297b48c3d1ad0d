package heatmap

import (
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/tiler"
	"github.com/wanmi-gis/wanmi/tiler/heat"
)

// HeatDescription is TileJSON 3.0 of heat, with its legend.
type HeatDescription struct {
	TileJSON string    `json:"tilejson"`
	Name     string    `json:"name"`
	Scheme   string    `json:"scheme"`
	Tiles    []string  `json:"tiles" doc:"With the coding of the legend, so that tiles of later cases are read alike"`
	MinZoom  int       `json:"minzoom"`
	MaxZoom  int       `json:"maxzoom"`
	Bounds   []float64 `json:"bounds" doc:"West, south, east, north in degrees"`

	Legend      HeatLegend `json:"legend"`
	Domain      HeatDomain `json:"domain"`
	Filter      []string   `json:"filter" doc:"The words that pick cases"`
	Modes       []string   `json:"modes" doc:"The values of mode"`
	Areas       []string   `json:"areas" doc:"The values of by"`
	CityVersion int64      `json:"city_version"`
}

// HeatDomain is what a map needs to show the numbers in other classes without asking
// again.
type HeatDomain struct {
	Percentiles []float64              `json:"percentiles" doc:"The numbers that 0, 1, … 100 % of the ground with a number other than 0 does not exceed; none where there is no such ground"`
	Breaks      map[string][][]float64 `json:"breaks" doc:"By scale, of 2, 3, … 9 classes: those that legend.breaks would have. Fewer where there are not so many different numbers"`
}

// mostDomainClasses is for how many classes a domain has breaks: the eye tells no more
// colours of a map apart.
const mostDomainClasses = 9

// domainOf tells of a surface's numbers.
func domainOf(d *heat.Domain) HeatDomain {
	out := HeatDomain{Percentiles: []float64{}, Breaks: map[string][][]float64{}}
	if p := d.Percentiles(); p != nil {
		out.Percentiles = p
	}
	for scale, name := range scales {
		all := d.AllBreaks(heat.Scale(scale), mostDomainClasses)
		for i := range all {
			if all[i] == nil {
				all[i] = []float64{}
			}
		}
		out.Breaks[name] = all
	}
	return out
}

// HeatLegend says what the numbers of heat mean.
type HeatLegend struct {
	Mode      string       `json:"mode" enum:"density,difference,rate,sources"`
	Units     string       `json:"units" doc:"Of the numbers, for the whole period"`
	Per30Days float64      `json:"per_30_days" doc:"Times this the numbers are for 30 days"`
	N         int64        `json:"n" doc:"Cases in the density"`
	ExcludedN int64        `json:"excluded_n" doc:"Cases that the filter takes and that no cell holds: they have no place in a density"`
	PiledN    *int64       `json:"piled_n,omitempty" doc:"Cases that the filter takes and that lie on piles: left out by piles=without"`
	Period    HeatPeriod   `json:"period"`
	Against   *HeatAgainst `json:"against,omitempty" doc:"What is taken away in mode difference, divided by in mode rate, held against in mode sources"`
	Least     *HeatLeast   `json:"least,omitempty" doc:"Below what there is no number, in the modes rate and sources"`

	BandwidthM float64 `json:"bandwidth_m" doc:"Sigma: the standard deviation of the kernel in each direction"`
	RadiusM    float64 `json:"radius_m" doc:"Where the kernel ends: 4 sigma of the Gaussian; of the quartic R, the square root of 8 times sigma"`
	Kernel     string  `json:"kernel" enum:"gaussian,quartic"`
	Edge       string  `json:"edge" enum:"uniform,mass"`
	LatticeM   float64 `json:"lattice_m" doc:"Distance of the nodes between which numbers are bilinear"`
	Quality    string  `json:"quality" enum:"full,draft"`

	Min     float64    `json:"min" doc:"0 or the least number in the city"`
	Max     float64    `json:"max" doc:"The largest number in the city, of the filter and not of the view"`
	Breaks  []float64  `json:"breaks" doc:"Between the classes of style="`
	Scale   string     `json:"scale"`
	Decode  HeatDecode `json:"decode"`
	Quantum float64    `json:"quantum" doc:"Numbers are told in these steps"`
	Method  HeatWords  `json:"method"`
}

// HeatPeriod is half open.
type HeatPeriod struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	Days float64   `json:"days"`
}

// HeatAgainst is what a density is compared with.
type HeatAgainst struct {
	What      string      `json:"what" doc:"period, component, road_km, patrol_hour or patrol"`
	N         int64       `json:"n"`
	ExcludedN int64       `json:"excluded_n"`
	PiledN    *int64      `json:"piled_n,omitempty"`
	Period    *HeatPeriod `json:"period,omitempty"`
}

// HeatDecode is how a pixel is read: value = R·r + G·g + B·b − shift.
type HeatDecode struct {
	R     float64 `json:"r"`
	G     float64 `json:"g"`
	B     float64 `json:"b"`
	Shift float64 `json:"shift"`
}

// HeatWords is a method in words.
type HeatWords struct {
	Chinese string `json:"zh"`
	English string `json:"en"`
}

// maxZoom is where a pixel of 256 is 0.6 m wide: no lattice is finer.
const maxZoom = 18

// What a map may offer: the values of mode and of by.
var (
	heatModes  = []string{modeDensity, modeRate, modeDifference, modeSources}
	areaLevels = []string{"cell", "zone", "community", "street", "district", "hex"}
)

// heatJSON is GET /heat.json.
func (s *server) describe(c echo.Context) error {
	a, err := s.ask(c)
	if err != nil {
		return err
	}
	surface, err := s.heat.surface(c.Request().Context(), a)
	if err != nil {
		return err
	}
	box := a.city.ground.Box()
	legend := a.legend(surface)
	words := url.Values{}
	maps.Copy(words, a.words)
	words.Set("bandwidth_m", plainNumber(legend.BandwidthM))
	words.Set("quantum", plainNumber(legend.Quantum))
	words.Set("shift", plainNumber(legend.Decode.Shift))
	for _, w := range []string{"style", "scale", "classes"} {
		if text, ok := a.params.Find(w); ok && a.style != nil {
			words.Set(w, text)
		}
	}
	return web.SendJSON(c, HeatDescription{
		TileJSON: "3.0.0", Name: a.snap.City.Name, Scheme: "xyz", Tiles: []string{web.BaseURL(c) + "/heat/{z}/{x}/{y}.png?" + words.Encode()},
		MaxZoom: maxZoom, Bounds: []float64{box.Min.Lon(), box.Min.Lat(), box.Max.Lon(), box.Max.Lat()},
		Legend: legend, Domain: surface.told(), Filter: filterWords, Modes: heatModes, Areas: areaLevels, CityVersion: a.snap.City.Version,
	})
}

// plainNumber is the shortest text that is read as the same number.
func plainNumber(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// codingOf is the one asked for, else the surface's.
func (a *ask) codingOf(s *heatSurface) heat.Coding {
	if a.coding != nil {
		return *a.coding
	}
	return s.domain.Coding()
}

func (a *ask) legend(s *heatSurface) HeatLegend {
	coding := a.codingOf(s)
	period := a.period(a.query.From, a.query.To)
	l := HeatLegend{
		Mode: a.mode, Units: a.units(), Per30Days: 30 / period.Days, N: s.N, ExcludedN: s.Excluded, PiledN: s.piledN, Period: period,
		BandwidthM: s.BandwidthM, RadiusM: s.RadiusM(), Kernel: [...]string{"gaussian", "quartic"}[s.Shape],
		Edge: [...]string{"uniform", "mass"}[s.Edge], LatticeM: s.Lattice().SpacingM, Quality: qualityFull,
		Min: s.domain.Min, Max: s.domain.Max, Breaks: a.breaks(s),
		Scale:  scales[a.scale],
		Decode: HeatDecode{65536 * coding.Quantum, 256 * coding.Quantum, coding.Quantum, coding.Shift}, Quantum: coding.Quantum,
	}
	if s.Draft() {
		l.Quality = qualityDraft
	}
	switch a.mode {
	case modeDifference:
		other := a.period(a.against.From, a.against.To)
		l.Against = &HeatAgainst{"period", s.againstN, s.againstExcluded, s.againstPiledN, &other}
	case modeRate:
		l.Against = &HeatAgainst{What: a.per, N: s.againstN, ExcludedN: s.againstExcluded}
		if a.per == perPatrolHour { // points of a grid, which say nothing
			l.Against.N, l.Against.ExcludedN = 0, 0
		}
	case modeSources:
		l.Against, l.Per30Days = &HeatAgainst{What: string(cases.Patrol), N: s.againstN, ExcludedN: s.againstExcluded, PiledN: s.againstPiledN}, 1
	}
	l.Least = a.leastOf(s)
	l.Method = method(&l)
	return l
}

func (a *ask) breaks(s *heatSurface) []float64 {
	if b := s.domain.Breaks(a.scale, a.classes); b != nil {
		return b
	}
	return []float64{}
}

func (a *ask) units() string {
	switch {
	case a.mode == modeSources:
		return "ln(public/patrol)"
	case a.mode != modeRate:
		return "cases/km²"
	case a.per == perRoad:
		return "cases/km"
	case a.per == perPatrolHour:
		return "cases/hour"
	}
	return "cases/component"
}

// period is one of the city's clocks. Where it is open it reaches to the first day of
// all cases and to the last.
func (a *ask) period(from, to time.Time) HeatPeriod {
	zone := a.snap.City.TimeZone
	if from.IsZero() {
		from = dayOf(time.Unix(min(a.city.first.Load(), a.city.last.Load()), 0).In(zone))
	}
	if to.IsZero() {
		to = dayOf(time.Unix(a.city.last.Load(), 0).In(zone)).AddDate(0, 0, 1)
	}
	if !from.Before(to) { // it ends before all cases, or begins after them
		from = dayOf(to.In(zone).Add(-1))
	}
	const day = 24 * 60 * 60
	return HeatPeriod{from.In(zone), to.In(zone), max(to.Sub(from).Seconds(), 1) / day}
}

// dayOf is when the local day began.
func dayOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

// method says how the numbers were found.
func method(l *HeatLegend) HeatWords {
	sigma := strconv.FormatFloat(l.BandwidthM, 'f', -1, 64)
	radius := strconv.FormatFloat(l.RadiusM, 'f', 0, 64)
	w := HeatWords{
		"核密度：每件案件按带宽 σ=" + sigma + " 米（范围 " + radius + " 米）的" + map[string]string{"gaussian": "高斯", "quartic": "四次"}[l.Kernel] + "核展布，单位为整个时段每平方公里件数。",
		"Kernel density: each case is spread by a " + l.Kernel + " kernel of sigma " + sigma + " m (it ends at " + radius + " m); cases per km² over the whole period.",
	}
	if l.Edge == "uniform" {
		w.Chinese += "边界校正：除以核落在辖区内的比例，均匀分布在边界处仍均匀。"
		w.English += " At the border divided by the share of the kernel within the city: an even city is even up to its border."
	} else {
		w.Chinese += "边界校正：每件案件的权重除以其核落在辖区内的比例，总和等于案件数。"
		w.English += " Each case weighs 1 over the share of its kernel within the city: the integral is the number of cases."
	}
	if l.Quality == qualityDraft {
		off := strconv.FormatFloat(l.Max*heat.DraftError, 'g', 2, 64)
		w.Chinese += "草稿：格网较粗、分 256 级，读数误差不超过 " + off + "。"
		w.English += " Draft: a coarser lattice and 256 levels, reading error ≤ " + off + "."
	}
	switch l.Mode {
	case modeDifference:
		w.Chinese += "差值：本时段减去对比时段（按时段长度折算）。"
		w.English += " Difference: this period less the other, brought to its length."
	case modeRate:
		w.Chinese += "比率：除以同一核的部件、道路或巡查工时密度，基数过小处不计。"
		w.English += " Rate: divided by the density of components, roads or patrol hours with the same kernel; none where that is too small."
	case modeSources:
		w.Chinese += "公众与巡查：ln(公众密度/公众件数) − ln(巡查密度/巡查件数)，同一核与边界校正；0 为两者相当，0.69 为公众所占份额是巡查的两倍，负值为巡查多于公众。某处是否超出偶然，见 POST /v1/stats/sources。"
		w.English += " Public against patrol: ln of the public's density over its number of cases, less the same of patrols, with one kernel and edge: 0 where both have the same part of their cases, 0.69 where the public has twice its part, negative where patrols have more. Whether a place is beyond chance: POST /v1/stats/sources."
	}
	if l.PiledN != nil {
		n := strconv.FormatInt(*l.PiledN, 10)
		w.Chinese += "已剔除堆积点（默认地址、区域中心）上的 " + n + " 件。"
		w.English += " Without the " + n + " cases on piles: default addresses and middles of areas."
	}
	return w
}

// heatTile is GET /heat/{z}/{x}/{y}.png.
func (s *server) tile(c echo.Context) error {
	y, ok := strings.CutSuffix(c.Param("file"), ".png")
	if !ok {
		return web.Refuse("y", c.Param("file"), "a tile's name ends with .png", web.ErrNotFound)
	}
	id, err := tiler.ParseID(c.Param("z"), c.Param("x"), y)
	if err != nil {
		return err
	}
	a, err := s.ask(c)
	if err != nil {
		return err
	}
	surface, err := s.heat.surface(c.Request().Context(), a)
	if err != nil {
		return err
	}
	coding := a.codingOf(surface)
	var body []byte
	if a.style != nil {
		body = surface.Picture(id, coding, *a.style, a.breaks(surface))
	} else {
		body = surface.Tile(id, coding)
	}
	h := c.Response().Header()
	h.Set("X-City-Version", strconv.FormatInt(a.snap.City.Version, 10))
	h["Cache-Control"] = s.tileCacheControl
	if body == nil {
		return c.NoContent(http.StatusNoContent)
	}
	return web.SendEncoded(c, web.TypePNG, "", h.Get("Cache-Control"), tiler.ETag(body, ""), body)
}

// placesZoom is the zoom from which on clusters tell at how many positions their cases
// lie: a tile is 0.5 km wide there. To compare the positions of a million takes 0.2 s.
const placesZoom = 16

// countPrefix begins the fields of clusters that count a kind.
const countPrefix = tiler.CountField + "_"

// heatClusters is GET /heat/clusters/{z}/{x}/{y}.mvt.
func (s *server) clusters(c echo.Context) error {
	y, ok := strings.CutSuffix(c.Param("file"), ".mvt")
	if !ok {
		return web.Refuse("y", c.Param("file"), "a tile's name ends with .mvt", web.ErrNotFound)
	}
	id, err := tiler.ParseID(c.Param("z"), c.Param("x"), y)
	if err != nil {
		return err
	}
	a, err := s.ask(c)
	if err != nil {
		return err
	}
	p, err := a.predicate(&a.query)
	if err != nil {
		return err
	}
	k := heat.Clusters{Places: id.Z >= placesZoom, Groups: []string{countPrefix + "component", countPrefix + "event"}}
	for _, key := range a.city.classes.Codes() {
		kind, _, _ := strings.Cut(key, " ")
		group := -1
		for g, name := range k.Groups {
			if name == countPrefix+kind {
				group = g
			}
		}
		k.Of = append(k.Of, group)
	}
	body, err := k.Tile(c.Request().Context(), nil, a.view, p, id)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("X-City-Version", strconv.FormatInt(a.snap.City.Version, 10))
	if len(body) == 0 {
		return c.NoContent(http.StatusNoContent)
	}
	return web.SendCompressed(c, web.TypeMVT, body)
}
