package heatmap

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"sync"

	"github.com/labstack/echo/v4"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler/heat"
)

// HeatPiles is a FeatureCollection of the positions that hold suspiciously many
// cases, with how the cases of the filter lie on positions.
type HeatPiles struct {
	Type        string        `json:"type" enum:"FeatureCollection"`
	Features    []HeatPile    `json:"features" doc:"Those that have cases of the filter, the fullest first"`
	N           int64         `json:"n" doc:"Cases that the filter takes, those on piles among them"`
	PiledN      int64         `json:"piled_n" doc:"Of n those on piles"`
	Places      int64         `json:"places" doc:"Different positions at which the n cases lie"`
	TopShare    float64       `json:"top_share" doc:"Part of n at the ten fullest positions, 0 to 1"`
	Largest     []HeatStack   `json:"largest" doc:"The ten fullest positions, piles or not"`
	AloneN      int           `json:"alone_n" doc:"Positions with cases enough and too few others around them to be judged"`
	Rule        HeatPilesRule `json:"rule"`
	Method      HeatWords     `json:"method"`
	CityVersion int64         `json:"city_version"`
}

// HeatPile is one of them.
type HeatPile struct {
	Type       string          `json:"type" enum:"Feature"`
	Geometry   json.RawMessage `json:"geometry"`
	Properties HeatPileFacts   `json:"properties"`
}

// HeatPileFacts say what is known of a pile, and what it was judged by.
type HeatPileFacts struct {
	N           int64   `json:"n" doc:"Cases of the filter"`
	Share       float64 `json:"share" doc:"Their part of all that the filter takes, 0 to 1"`
	Rank        int     `json:"rank" doc:"1 has the most"`
	Reason      string  `json:"reason" enum:"default,middle" doc:"default: an address that stands for unknown ones; middle: the middle of an area that stands for all of it"`
	Address     string  `json:"address,omitempty" doc:"The spot in words"`
	Layer       string  `json:"layer,omitempty" doc:"Of the area whose middle it is"`
	Area        string  `json:"area,omitempty" doc:"Its code"`
	AllN        int64   `json:"all_n" doc:"Cases there, whatever the filter: what it was judged by, as all that follows"`
	ThirdN      int64   `json:"third_n" doc:"Cases at the third fullest other position within radius_m"`
	Around      int64   `json:"around" doc:"Other positions within radius_m"`
	RadiusM     float64 `json:"radius_m"`
	Categories  int     `json:"categories" doc:"Different ones"`
	CategoriesE float64 `json:"categories_expected" doc:"Of so many cases drawn from the whole city"`
}

// HeatStack is how many cases lie at one exact position.
type HeatStack struct {
	Lon  float64 `json:"lon"`
	Lat  float64 `json:"lat"`
	N    int64   `json:"n"`
	Pile bool    `json:"pile"`
}

// HeatPilesRule are the numbers of the rule.
type HeatPilesRule struct {
	LeastN       int64   `json:"least_n"`
	Times        float64 `json:"times" doc:"As many as the third fullest other position within radius_m, or more"`
	RadiusM      float64 `json:"radius_m"`
	Around       int64   `json:"around" doc:"Other positions there must be"`
	Mixed        float64 `json:"mixed" doc:"Part of the categories_expected that there must be"`
	MiddleLeastN int64   `json:"middle_least_n"`
	MiddleTimes  float64 `json:"middle_times"`
	MiddleM      float64 `json:"middle_m" doc:"How near to the middle of an area"`
}

// readPiles reads whether cases at piles count.
func (q *question) readPiles(p *web.Params) error {
	choice, err := oneOf(p, "piles", "with", "without")
	q.without = choice == 1
	return err
}

// predicate compiles a query of the question, less the cases at piles if they are
// not to count.
func (a *ask) predicate(q *cases.Query) (*heat.Predicate, error) {
	p, err := a.city.compile(q)
	if err == nil && a.without {
		p = p.Without(a.piles)
	}
	return p, err
}

// piledN counts the cases of a query that are left out because they lie at piles;
// nil where they are not.
func (a *ask) piledN(ctx context.Context, q *cases.Query) (*int64, error) {
	if !a.without {
		return nil, nil
	}
	p, err := a.city.compile(q)
	if err != nil {
		return nil, err
	}
	counts, err := a.piles.Of(ctx, a.view, p)
	sum := int64(0)
	for _, n := range counts {
		sum += n
	}
	return &sum, err
}

// pileKeeper finds the piles of a city once for all that ask about the same cases.
type pileKeeper struct {
	mu      sync.Mutex
	serial  uint64
	piles   *heat.Piles
	middles []pileMiddle
}

// PiledPlaces are the positions of the piles, of all cases as they stand.
func (h *Heat) PiledPlaces(ctx context.Context) ([]spatial.Coord, error) {
	city, err := h.loaded()
	if err != nil {
		return nil, err
	}
	piles, err := city.piles.of(ctx, &ask{city: city, view: city.table.View()})
	if err != nil {
		return nil, err
	}
	out := make([]spatial.Coord, len(piles.List))
	for i := range out {
		out[i] = piles.List[i].At
	}
	return out, nil
}

// pileMiddle is the middle of an area.
type pileMiddle struct {
	at    spatial.Coord
	layer grids.Layer
	area  string
}

// of returns the piles of the cases that a question is about.
func (k *pileKeeper) of(ctx context.Context, a *ask) (*heat.Piles, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.piles != nil && k.serial == a.view.Serial() {
		return k.piles, nil
	}
	if k.middles == nil {
		k.middles = middlesOf(a.city.snap)
	}
	middles := make([]spatial.Coord, len(k.middles))
	for i := range middles {
		middles[i] = k.middles[i].at
	}
	piles, err := a.view.Piles(ctx, heat.NewPileRule(middles))
	if err != nil {
		return nil, err
	}
	k.piles, k.serial = piles, a.view.Serial()
	return piles, nil
}

// middlesOf are what programs take for the middle of an area: its centre of gravity,
// the middle of its box, and the point that this server has for it. Larger areas
// come first: where a community is one cell its middle is told as the community's.
func middlesOf(snap *grids.Snapshot) []pileMiddle {
	var out []pileMiddle
	for _, l := range slices.Backward(levels[:]) {
		for i := range snap.All(l.layer) {
			f := snap.Feature(l.layer, i)
			box := f.Box()
			middles := []spatial.Coord{{X: box.Min.X + (box.Max.X-box.Min.X)/2, Y: box.Min.Y + (box.Max.Y-box.Min.Y)/2}, f.At}
			if f.Shape != nil {
				middles = append(middles, gravity(f.Shape))
			}
			slices.SortFunc(middles, func(a, b spatial.Coord) int { return cmp.Or(cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X)) })
			for _, at := range slices.Compact(middles) {
				out = append(out, pileMiddle{at, l.layer, f.Code})
			}
		}
	}
	return out
}

// gravity is a shape's centre of gravity in degrees, as most programs have it.
func gravity(s *spatial.Shape) spatial.Coord {
	// About its own corner: shoelaces in degrees lose half of the digits.
	corner := s.Box.Min
	g := orb.Clone(s.Orb())
	move := func(rings []orb.Ring) {
		for _, r := range rings {
			for i := range r {
				r[i][0] -= corner.Lon()
				r[i][1] -= corner.Lat()
			}
		}
	}
	switch g := g.(type) {
	case orb.Polygon:
		move(g)
	case orb.MultiPolygon:
		for _, p := range g {
			move(p)
		}
	}
	at, _ := planar.CentroidArea(g)
	return spatial.At(corner.Lon()+at[0], corner.Lat()+at[1])
}

// heatPiles is GET /heat/piles.
func (s *server) piles(c echo.Context) error {
	a, err := s.ask(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	piles := a.piles
	if piles == nil {
		if piles, err = a.city.piles.of(ctx, a); err != nil {
			return err
		}
	}
	p, err := a.city.compile(&a.query) // piles are told with and without
	if err != nil {
		return err
	}
	places, err := a.view.Places(ctx, p)
	if err != nil {
		return err
	}
	counts, err := piles.Of(ctx, a.view, p)
	if err != nil {
		return err
	}
	body, err := json.Marshal(a.told(piles, counts, places))
	if err != nil {
		return err
	}
	return web.SendCompressed(c, web.TypeGeoJSON, body)
}

// told writes the piles that have cases of the filter.
func (a *ask) told(piles *heat.Piles, counts []int64, places *heat.Places) *HeatPiles {
	r := &piles.Rule
	out := &HeatPiles{
		Type: "FeatureCollection", Features: []HeatPile{}, N: places.N, Places: places.Distinct, Largest: []HeatStack{}, AloneN: piles.Alone,
		Rule:   HeatPilesRule{r.Least, r.Times, r.RadiusM, r.Around, r.Mixed, r.MiddleLeast, r.MiddleTimes, r.MiddleM},
		Method: pilesMethod(r), CityVersion: a.snap.City.Version,
	}
	for i, n := range counts {
		if n == 0 {
			continue
		}
		out.PiledN += n
		out.Features = append(out.Features, a.fact(piles, i, n, places.N))
	}
	slices.SortStableFunc(out.Features, func(x, y HeatPile) int { return cmp.Compare(y.Properties.N, x.Properties.N) })
	for i := range out.Features {
		out.Features[i].Properties.Rank = i + 1
	}
	top := int64(0)
	for _, s := range places.Largest {
		top += s.N
		pile := slices.ContainsFunc(piles.List, func(p heat.Pile) bool { return p.At == s.At })
		out.Largest = append(out.Largest, HeatStack{s.At.Lon(), s.At.Lat(), s.N, pile})
	}
	if places.N > 0 {
		out.TopShare = float64(top) / float64(places.N)
	}
	return out
}

// fact tells of a pile that has n of all cases.
func (a *ask) fact(piles *heat.Piles, i int, n, all int64) HeatPile {
	p := &piles.List[i]
	point := spatial.Shape{Kind: spatial.Points, Coords: []spatial.Coord{p.At}, Ends: []uint32{1}}
	out := HeatPile{Type: "Feature", Geometry: web.GeoJSON(&point), Properties: HeatPileFacts{
		N: n, Share: float64(n) / float64(all), Reason: "default", Address: a.snap.Words(p.At),
		AllN: p.N, ThirdN: p.Third, Around: p.Around, RadiusM: piles.Rule.RadiusM, Categories: p.Classes, CategoriesE: p.Drawn,
	}}
	if p.Middle >= 0 {
		m := &a.city.piles.middles[p.Middle]
		f := &out.Properties
		f.Reason, f.Layer, f.Area = "middle", string(m.layer), m.area
	}
	return out
}

// pilesMethod says how piles are told from crossings and stations.
func pilesMethod(r *heat.PileRule) HeatWords {
	text := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	whole := func(v int64) string { return strconv.FormatInt(v, 10) }
	return HeatWords{
		"堆积点：全部案件中，完全同一坐标上至少 " + whole(r.Least) + " 件，不少于周围 " + text(r.RadiusM) + " 米内（至少 " + whole(r.Around) +
			" 个其他位置）件数第三多的位置的 " + text(r.Times) + " 倍，且类别数不少于全市随机抽取同样件数时的 " + text(r.Mixed*100) +
			"%。区域中心 " + text(r.MiddleM) + " 米内：至少 " + whole(r.MiddleLeast) + " 件、" + text(r.MiddleTimes) + " 倍。类别单一的重复案件不算堆积点。",
		"A pile: of all cases at least " + whole(r.Least) + " lie at exactly one position, at least " + text(r.Times) + " times as many as at the third fullest other position within " +
			text(r.RadiusM) + " m (of at least " + whole(r.Around) + " others), and of at least " + text(r.Mixed*100) +
			" % as many categories as so many cases drawn from the whole city. Within " + text(r.MiddleM) + " m of the middle of an area " + whole(r.MiddleLeast) +
			" cases and " + text(r.MiddleTimes) + " times are enough. The same thing again and again at one place is no pile.",
	}
}
