package heatmap

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler/heat"
)

// filterWords pick the cases, as in GET /v1/cases.
var filterWords = []string{
	"from", "to", "kind", "category", "status", "source", "unit", "zone", "community", "street", "district", "hour", "weekday",
	"piles",
}

// makeWords say what is computed of them, lookWords how it is shown.
var (
	makeWords = []string{"mode", "against_from", "against_to", "per", "bandwidth_m", "kernel", "edge", "quality"}
	lookWords = []string{"style", "scale", "classes", "quantum", "shift", "size"}
)

// scales are the words of heat's scales, by number.
var scales = []string{"linear", "log", "quantile", "jenks", "head_tail"}

// The modes.
const (
	modeDensity    = "density"
	modeDifference = "difference"
	modeRate       = "rate"
	modeSources    = "sources"
)

// What cases are divided by in mode rate.
const (
	perComponent  = "component"
	perRoad       = "road_km"
	perPatrolHour = "patrol_hour"
)

// maxHeatPeriod bounds a period in time.
const maxHeatPeriod = 100 * 366 * 24 * time.Hour

// question is a request about heat, read.
type question struct {
	query   cases.Query
	against cases.Query // in mode difference
	mode    string
	per     string
	options heat.Options
	auto    bool // the bandwidth is to be found
	without bool // cases at piles are left out
	draft   bool
	words   url.Values

	style   *heat.Palette
	scale   heat.Scale
	classes int
	coding  *heat.Coding // nil for the surface's own
}

// readHeat reads a request about heat; more are the words it knows besides.
func readHeat(c echo.Context, snap *grids.Snapshot, more ...string) (*question, *web.Params, error) {
	known := slices.Concat(filterWords, makeWords, lookWords, more)
	p, err := web.Parameters(c, known...)
	if err != nil {
		return nil, nil, err
	}
	q := &question{words: url.Values{}}
	if err := q.filter(&p, snap); err != nil {
		return nil, nil, err
	}
	for _, read := range []func(*web.Params) error{q.kernel, q.looks, q.pinned} {
		if err := read(&p); err != nil {
			return nil, nil, err
		}
	}
	if err := q.modes(&p, snap.City.TimeZone); err != nil {
		return nil, nil, err
	}
	for _, w := range slices.Concat(filterWords, makeWords) {
		if text, ok := p.Find(w); ok {
			q.words.Set(w, text)
		}
	}
	return q, &p, nil
}

// filter reads which cases count.
func (q *question) filter(p *web.Params, snap *grids.Snapshot) error {
	query, err := terms.ReadCaseQuery(p, snap)
	if err != nil {
		return err
	}
	q.query = *query
	if err := q.readPiles(p); err != nil {
		return err
	}
	return checkPeriod("from", "to", q.query.From, q.query.To)
}

func checkPeriod(from, to string, begin, end time.Time) error {
	switch {
	case begin.IsZero() || end.IsZero():
		return nil
	case !begin.Before(end):
		return web.Refuse(to, end.Format(time.RFC3339), "not after "+from+": the period is half open", web.ErrImpossible)
	case end.Sub(begin) > maxHeatPeriod:
		return web.Refuse(to, end.Format(time.RFC3339), "more than 100 years after "+from, web.ErrImpossible)
	}
	return nil
}

// oneOf reads a word that has a few values, the first by default.
func oneOf(p *web.Params, word string, values ...string) (int, error) {
	text, ok := p.Find(word)
	if !ok {
		return 0, nil
	}
	if i := slices.Index(values, text); i >= 0 {
		return i, nil
	}
	return 0, web.Refuse(word, text, "there are "+strings.Join(values, ", "), web.ErrMalformed)
}

// autoBandwidth has the bandwidth found.
const autoBandwidth = "auto"

// kernel reads how a case is spread.
func (q *question) kernel(p *web.Params) error {
	shape, err := oneOf(p, "kernel", "gaussian", "quartic")
	if err != nil {
		return err
	}
	edge, err := oneOf(p, "edge", "uniform", "mass")
	if err != nil {
		return err
	}
	quality, err := oneOf(p, "quality", qualityFull, qualityDraft)
	if err != nil {
		return err
	}
	q.draft = quality == 1
	q.options = heat.Options{Kernel: heat.Kernel{BandwidthM: heat.BlockM, Shape: heat.Shape(shape)}, Edge: heat.Edge(edge)}
	text, ok := p.Find("bandwidth_m")
	if !ok {
		return nil
	}
	if text == autoBandwidth {
		q.auto = true
		return nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return web.Refuse("bandwidth_m", text, "a number of metres, or auto", web.ErrMalformed)
	}
	if v < heat.MinBandwidthM || v > heat.MaxBandwidthM {
		return web.Refuse("bandwidth_m", text, fmt.Sprintf("%g to %g m", heat.MinBandwidthM, heat.MaxBandwidthM), web.ErrImpossible)
	}
	q.options.BandwidthM = v
	return nil
}

// looks reads how it is shown.
func (q *question) looks(p *web.Params) error {
	if text, ok := p.Find("style"); ok {
		palette, known := heat.PaletteOf(text)
		if !known {
			var names []string
			for i := range heat.Palettes {
				names = append(names, heat.Palettes[i].Name)
			}
			return web.Refuse("style", text, "there are "+strings.Join(names, ", "), web.ErrMalformed)
		}
		q.style = &palette
	}
	scale, err := oneOf(p, "scale", scales...)
	if err != nil {
		return err
	}
	q.scale, q.classes = heat.Scale(scale), 7
	if text, ok := p.Find("classes"); ok {
		const most = 32
		if q.classes, err = strconv.Atoi(text); err != nil || q.classes < 2 || q.classes > most {
			return web.Refuse("classes", text, fmt.Sprintf("2 to %d", most), web.ErrMalformed)
		}
	}
	_, err = oneOf(p, "size", strconv.Itoa(heat.TileSize))
	return err
}

// pinned reads the coding that a legend told: the numbers of the tiles that belong
// to it stay readable whatever cases come.
func (q *question) pinned(p *web.Params) error {
	text, ok := p.Find("quantum")
	if !ok {
		if shift, ok := p.Find("shift"); ok {
			return web.Refuse("shift", shift, "only together with quantum", web.ErrMalformed)
		}
		return nil
	}
	c := heat.Coding{}
	for _, w := range [...]struct {
		word, text string
		into       *float64
		least      float64
	}{{"quantum", text, &c.Quantum, 1e-12}, {"shift", p.Get("shift"), &c.Shift, 0}} {
		if w.text == "" && w.word == "shift" {
			continue
		}
		v, err := strconv.ParseFloat(w.text, 64)
		if err != nil || !(v >= w.least && v <= 1e12) {
			return web.Refuse(w.word, w.text, "a number as the legend has it", web.ErrMalformed)
		}
		*w.into = v
	}
	q.coding = &c
	return nil
}

// The qualities. A draft is for a slider while it moves.
const (
	qualityFull  = "full"
	qualityDraft = "draft"
)

// modes reads what is computed.
func (q *question) modes(p *web.Params, zone *time.Location) error {
	names := []string{modeDensity, modeRate, modeDifference, modeSources}
	mode, err := oneOf(p, "mode", names...)
	if err != nil {
		return err
	}
	q.mode = names[mode]
	bases := []string{perComponent, perRoad, perPatrolHour}
	base, err := oneOf(p, "per", bases...)
	if err != nil {
		return err
	}
	q.per = bases[base]
	if q.draft && q.mode != modeDensity {
		return web.Refuse("quality", qualityDraft, "only with mode="+modeDensity, web.ErrMalformed)
	}
	for word, of := range map[string]string{"per": modeRate, "against_from": modeDifference, "against_to": modeDifference} {
		if text, ok := p.Find(word); ok && q.mode != of {
			return web.Refuse(word, text, "only with mode="+of, web.ErrMalformed)
		}
	}
	if q.mode == modeRate && q.per == perComponent && q.query.Kind == grids.EventKind {
		return web.Refuse("per", q.per, "events are of no component; write per="+perRoad, web.ErrImpossible)
	}
	switch q.mode {
	case modeDifference:
		return q.other(p, zone)
	case modeSources:
		return q.twoSources(p)
	}
	return nil
}

// other reads the period that is compared with, the one before unless it is told.
func (q *question) other(p *web.Params, zone *time.Location) error {
	if q.query.From.IsZero() || q.query.To.IsZero() {
		return web.Refuse("from", "", "mode=difference compares two periods: from and to are needed", web.ErrImpossible)
	}
	q.against = q.query
	from, hasFrom := p.Find("against_from")
	to, hasTo := p.Find("against_to")
	if !hasFrom && !hasTo {
		q.against.From, q.against.To = before(q.query.From, q.query.To)
		return nil
	}
	if !hasFrom || !hasTo {
		return web.Refuse("against_from", from, "against_from and against_to belong together", web.ErrMalformed)
	}
	var err error
	for word, w := range map[string]struct {
		text string
		into *time.Time
	}{"against_from": {from, &q.against.From}, "against_to": {to, &q.against.To}} {
		if *w.into, err = time.Parse(time.RFC3339, w.text); err == nil {
			continue
		}
		if *w.into, err = time.ParseInLocation(time.DateOnly, w.text, zone); err != nil {
			return web.Refuse(word, w.text, "write 2026-01-31 or RFC 3339", web.ErrMalformed)
		}
	}
	return checkPeriod("against_from", "against_to", q.against.From, q.against.To)
}

// before is the period of the same length that ends where another begins.
func before(from, to time.Time) (begin, end time.Time) { return from.Add(-to.Sub(from)), from }

// compile makes a query ready. Codes that exist and that no case has find nothing.
func (c *columns) compile(q *cases.Query) (*heat.Predicate, error) {
	f := heat.Filter{From: q.From, To: q.To, Weekdays: q.Weekdays}
	for _, h := range q.Hours {
		f.Hours = append(f.Hours, [2]int{h, h + 1})
	}
	for _, s := range q.States {
		f.States = append(f.States, uint8(slices.Index(cases.States(), s)))
	}
	for _, s := range q.Sources {
		f.Sources = append(f.Sources, uint8(slices.Index(cases.Sources(), s)))
	}
	if q.Kind != "" {
		f.Classes = c.classesOf(q)
	}
	for _, u := range q.Units {
		if n, ok := c.units.Number(u); ok {
			f.Units = append(f.Units, n)
		}
	}
	if len(q.Units) > 0 && len(f.Units) == 0 {
		f.Units = []uint16{c.nobody}
	}
	for _, l := range [...]struct {
		level heat.Level
		codes []string
	}{{heat.Zones, q.Zones}, {heat.Communities, q.Communities}, {heat.Streets, q.Streets}, {heat.Districts, q.Districts}} {
		found := len(f.Areas)
		for _, code := range l.codes {
			if n, ok := c.areas.Number(l.level, code); ok {
				f.Areas = append(f.Areas, heat.Area{Level: l.level, Number: n})
			}
		}
		if len(l.codes) > 0 && len(f.Areas) == found {
			f.Areas = append(f.Areas, heat.Area{Level: l.level, Number: heat.Nowhere})
		}
	}
	return f.Compile(c.areas)
}

// classesOf are those of the kind, and of the prefixes if there are any.
func (c *columns) classesOf(q *cases.Query) []uint16 {
	out := []uint16{c.none}
	for n, key := range c.classes.Codes() {
		kind, code, _ := strings.Cut(key, " ")
		if kind != string(q.Kind) {
			continue
		}
		if len(q.Categories) == 0 || slices.ContainsFunc(q.Categories, func(p string) bool { return strings.HasPrefix(code, p) }) {
			out = append(out, uint16(n))
		}
	}
	return out
}

// ask is a question about the cases as they are now.
type ask struct {
	*question
	city   *columns
	view   *heat.View
	snap   *grids.Snapshot
	params *web.Params
	patrol *PatrolHours
	piles  *heat.Piles // nil where they are not asked about
}

// askHeat reads a request and checks its codes as lists of cases do.
func (s *server) ask(c echo.Context, more ...string) (*ask, error) {
	if s.heat == nil {
		return nil, web.Refuse("heat", "", "this server has no cases to show", web.ErrNotFound)
	}
	snap := s.live.Current()
	q, p, err := readHeat(c, snap, more...)
	if err != nil {
		return nil, err
	}
	if err := s.heat.store.Check(c.Request().Context(), &q.query); err != nil {
		return nil, terms.CaseFault(s.log, c, err)
	}
	city, err := s.heat.loaded()
	if err != nil {
		c.Response().Header().Set("Retry-After", "1")
		return nil, err
	}
	a := &ask{question: q, city: city, view: city.table.View(), snap: snap, params: p, patrol: s.heat.patrol}
	if q.without {
		a.piles, err = city.piles.of(c.Request().Context(), a)
	}
	return a, err
}

// loaded returns the columns once they are there.
func (h *Heat) loaded() (*columns, error) {
	city := h.city.Load()
	if city == nil {
		return nil, web.Refuse("heat", "", "the cases are still being read", web.ErrNotReady)
	}
	return city, nil
}

// surface computes what is asked, or finds it kept.
func (h *Heat) surface(ctx context.Context, a *ask) (*heatSurface, error) {
	key := fmt.Sprintf("%d %d %s", a.city.generation, a.view.Serial(), a.words.Encode())
	if a.mode == modeRate { // which depends on components too
		key += fmt.Sprint(" ", a.snap.City.Version)
	}
	s, err := h.surfaces.get(ctx, key, a.compute)
	switch {
	case errors.Is(err, heat.ErrBandwidth):
		return nil, web.Refuse("bandwidth_m", a.words.Get("bandwidth_m"), err.Error(), web.ErrImpossible)
	case errors.Is(err, heat.ErrNoCases):
		return nil, web.Refuse("bandwidth_m", autoBandwidth, "there is no case to find a bandwidth by", web.ErrImpossible)
	case errors.Is(err, heat.ErrFilter):
		return nil, web.Refuse("filter", "", err.Error(), web.ErrMalformed)
	}
	return s, err
}

// compute makes the surface of the question.
func (a *ask) compute(ctx context.Context) (*heatSurface, error) {
	p, err := a.predicate(&a.query)
	if err != nil {
		return nil, err
	}
	o := a.options
	if a.auto {
		if o.BandwidthM, err = a.city.ground.Auto(ctx, a.view, p, o.Shape); err != nil {
			return nil, err
		}
		o.BandwidthM = math.Round(o.BandwidthM*10) / 10 // what the legend prints is what was used
	}
	density := a.city.ground.Density
	if a.draft {
		density = a.city.ground.Draft
	}
	s, err := density(ctx, a.view, p, o)
	if err != nil {
		return nil, err
	}
	out := &heatSurface{Surface: s, serial: a.view.Serial()}
	if out.piledN, err = a.piledN(ctx, &a.query); err != nil {
		return nil, err
	}
	switch a.mode {
	case modeDifference:
		err = a.subtract(ctx, out)
	case modeRate:
		err = a.divide(ctx, out)
	case modeSources:
		err = a.contrast(ctx, out)
	}
	if err != nil {
		return nil, err
	}
	out.domain, err = out.Domain(ctx)
	out.told = sync.OnceValue(func() HeatDomain { return domainOf(out.domain) })
	return out, err
}

// subtract takes the other period away, brought to the length of this one.
func (a *ask) subtract(ctx context.Context, s *heatSurface) error {
	p, err := a.predicate(&a.against)
	if err != nil {
		return err
	}
	other, err := a.city.ground.Density(ctx, a.view, p, s.Options)
	if err != nil {
		return err
	}
	s.againstN, s.againstExcluded = other.N, other.Excluded
	if s.againstPiledN, err = a.piledN(ctx, &a.against); err != nil {
		return err
	}
	if factor := a.query.To.Sub(a.query.From).Seconds() / a.against.To.Sub(a.against.From).Seconds(); factor != 1 {
		other = other.Times(factor)
	}
	n, excluded := s.N, s.Excluded
	if s.Surface, err = heat.Difference(s.Surface, other); err != nil {
		return err
	}
	s.N, s.Excluded = n, excluded
	return nil
}

// leastRoad is how many km of road there must be in a km² for a rate.
const leastRoad = 0.5

// divide divides by the density of components, roads or patrol hours.
func (a *ask) divide(ctx context.Context, s *heatSurface) error {
	base, err := a.base(ctx, s)
	if err != nil {
		return err
	}
	n, excluded := s.N, s.Excluded
	s.againstN, s.againstExcluded = base.N, base.Excluded
	if s.Surface, err = heat.Rate(s.Surface, base, s.least); err != nil {
		return err
	}
	s.N, s.Excluded = n, excluded
	return nil
}

// base is the density of what cases are divided by.
func (a *ask) base(ctx context.Context, s *heatSurface) (*heat.Surface, error) {
	switch a.per {
	case perRoad:
		s.least = leastRoad
		roads := make([]*spatial.Shape, 0, a.snap.Count(grids.BaseRoads))
		for i := range a.snap.All(grids.BaseRoads) {
			if shape := a.snap.Feature(grids.BaseRoads, i).Shape; shape != nil {
				roads = append(roads, shape)
			}
		}
		return a.city.ground.Lengths(ctx, roads, s.Options)
	case perPatrolHour:
		return a.byPatrol(ctx, s)
	}
	s.least = oneCase(s.Kernel)
	var points []heat.Weighted
	for i := range a.snap.All(grids.Components) {
		if c := a.snap.Component(i); a.matches(c.Category) {
			points = append(points, heat.Weighted{At: c.At, Weight: 1})
		}
	}
	return a.city.ground.Weigh(ctx, points, s.Options)
}

// matches reports whether components of a category are those that cases are counted
// by.
func (a *ask) matches(category string) bool {
	return len(a.query.Categories) == 0 || slices.ContainsFunc(a.query.Categories, func(p string) bool { return strings.HasPrefix(category, p) })
}
