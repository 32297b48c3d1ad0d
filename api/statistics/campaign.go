package statistics

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/paulmach/orb/geojson"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/stats"
	"github.com/wanmi-gis/wanmi/spatial"
)

// CampaignAnswer is what a clean-up changed.
type CampaignAnswer struct {
	Before  StatPeriod `json:"before"`
	After   StatPeriod `json:"after"`
	Target  TwoCounts  `json:"target"`
	Ring    TwoCounts  `json:"ring"`
	Control TwoCounts  `json:"control"`

	Ratio        terms.Figure   `json:"ratio" doc:"The target's change over the control's: 0.6 is 40 % less"`
	Interval     terms.Band     `json:"interval" doc:"95 %"`
	P            terms.Figure   `json:"p"`
	Displacement terms.Figure   `json:"displacement" doc:"Weighted quotient: below -1 more was displaced into the ring than was gained; null where the target did not gain"`
	Corrected    bool           `json:"corrected" doc:"A count was 0: half a case was added to each"`
	Rebound      *ReboundAnswer `json:"rebound" doc:"The target's weeks afterwards; null where there are too few, or too many cases, to tell"`
}

// TwoCounts are cases before and after.
type TwoCounts struct {
	Before int `json:"before"`
	After  int `json:"after"`
}

// ReboundAnswer is the watch over the weeks after a campaign.
type ReboundAnswer struct {
	Mean    terms.Figure `json:"mean" doc:"Cases a week in the first weeks after it"`
	Settled int          `json:"settled_weeks" doc:"How many these are"`
	Watched *stats.Watch `json:"watch"`
	Weeks   []int        `json:"weeks" doc:"Cases of each week after the first ones"`
	Sums    []float64    `json:"sums"`
	Alarm   *time.Time   `json:"alarm" doc:"The end of the first week at which they had come back; null for none"`
}

func campaignStatistic() *statistic {
	return &statistic{
		name: "campaign", summary: "What a clean-up changed: its target against a control, what went into the ring, and whether it came back", method: stats.CampaignMethod,
		words: []word{
			{"area", "object", "The target: a GeoJSON Polygon or MultiPolygon"},
			{"control", "object", "The same; default all of the city beyond the ring"},
			{"ring_m", "number", "How wide the ring around the target is; default 200, at most 5,000"},
			{"start", "string", "When it began: before is from the filter's from until then"},
			{"end", "string", "When it was over: after is from then until the filter's to; default start"},
			{"rebound", "number", "How many times as many are a rebound; default 2, above 1 and at most 10"},
		},
		plan: planCampaign,
	}
}

// campaign is what is asked of one.
type campaign struct {
	target     grids.Extent
	shape      *spatial.Shape
	near       spatial.Box // what the ring is within
	control    grids.Extent
	ringM      float64
	start, end time.Time
	times      float64
}

func planCampaign(a *ask, m web.Members) (work, error) {
	var k campaign
	var err error
	if k.target, k.shape, err = a.geometry(m, "area"); err != nil {
		return nil, err
	}
	if k.target == nil {
		return nil, web.Refuse("area", "", "the member is missing: a GeoJSON Polygon or MultiPolygon", web.ErrMalformed)
	}
	if k.control, _, err = a.geometry(m, "control"); err != nil {
		return nil, err
	}
	if k.ringM, err = a.number(m, "ring_m", 200, 1, 5000); err != nil {
		return nil, err
	}
	if k.times, err = a.number(m, "rebound", 2, 1.05, 10); err != nil {
		return nil, err
	}
	if k.start, err = a.instant(m, "start"); err != nil {
		return nil, err
	}
	if k.end = k.start; m["end"] != nil {
		if k.end, err = a.instant(m, "end"); err != nil {
			return nil, err
		}
	}
	for _, w := range [...]struct {
		name         string
		lower, upper time.Time
	}{{"start", a.from, k.start}, {"end", k.end, a.to}} {
		if !w.lower.Before(w.upper) {
			return nil, web.Refuse(w.name, "", "it must lie after the filter's from and before its to", web.ErrMalformed)
		}
	}
	if k.end.Before(k.start) {
		return nil, web.Refuse("end", k.end.Format(time.RFC3339), "it lies before start", web.ErrMalformed)
	}
	zone := a.snap.City.TimeZone
	a.parameters["start"], a.parameters["end"] = k.start.In(zone), k.end.In(zone)
	box := k.shape.Box
	k.near = spatial.BoxAround(box.Min, k.ringM).Union(spatial.BoxAround(box.Max, k.ringM)).Union(box)
	return func(ctx context.Context, j *job) (*outcome, error) { return a.campaign(ctx, j, &k) }, nil
}

// geometry reads a polygon, nil for none.
func (a *ask) geometry(m web.Members, name string) (grids.Extent, *spatial.Shape, error) {
	if m[name] == nil {
		return nil, nil, nil
	}
	var g terms.Geometry
	if err := m.Decode(name, "a GeoJSON Polygon or MultiPolygon", &g); err != nil {
		return nil, nil, err
	}
	if g.Type != "Polygon" && g.Type != "MultiPolygon" {
		return nil, nil, web.Refuse(name+".type", g.Type, "Polygon or MultiPolygon", web.ErrMalformed)
	}
	sys, err := terms.System(a.snap.City, "crs", "") // the usual one
	if err != nil {
		return nil, nil, err
	}
	extent, _, err := g.Extent(sys)
	if err != nil {
		if at, ok := errors.AsType[*web.InputError](err); ok {
			return nil, nil, web.Refuse(name+strings.TrimPrefix(at.Param, "geometry"), at.Value, at.Reason, at.Err)
		}
		return nil, nil, err
	}
	read, err := geojson.UnmarshalGeometry(m[name])
	if err != nil {
		return nil, nil, web.Refuse(name, "", "not a GeoJSON Polygon or MultiPolygon", web.ErrMalformed)
	}
	shape, err := spatial.FromOrb(read.Geometry())
	if err != nil {
		return nil, nil, web.Refuse(name, "", err.Error(), web.ErrPolygon)
	}
	a.parameters[name] = echoed(m[name])
	return extent, shape, nil
}

// The weeks after a campaign: so many tell how it is then, and a false alarm may
// come once in so many.
const (
	settledWeeks = 4
	falseAlarms  = 104 // two years
	mostWeekly   = 60
	week         = 7 * 24 * time.Hour
)

func (a *ask) campaign(ctx context.Context, j *job, k *campaign) (*outcome, error) {
	out, zone := &outcome{}, a.snap.City.TimeZone
	res := &CampaignAnswer{Before: periodOf(a.from, k.start, zone), After: periodOf(k.end, a.to, zone)}
	until := time.Unix(a.until(), 0)
	weeks := make([]int, max(0, int(until.Sub(k.end)/week)))
	start, end := k.start.Unix(), k.end.Unix()
	err := a.all.rows(ctx, j, a.query, func(r *cases.Row) {
		counts := res.of(k, r.At)
		switch {
		case counts == nil:
			out.exclude(outsideAll)
			return
		case r.ReportedAt >= start && r.ReportedAt < end:
			out.exclude("during")
			return
		case r.ReportedAt < start:
			counts.Before++
		default:
			counts.After++
			if w := int(time.Duration(r.ReportedAt-end) * time.Second / week); counts == &res.Target && w < len(weeks) {
				weeks[w]++
			}
		}
		out.n++
	})
	if err != nil {
		return nil, err
	}
	got, err := stats.Assess(stats.Counts(res.Target), stats.Counts(res.Ring), stats.Counts(res.Control))
	if err != nil {
		return nil, err
	}
	res.Ratio, res.Interval, res.P, res.Displacement, res.Corrected = terms.Figure(got.Ratio), terms.BandOf(got.Interval), terms.Figure(got.P), terms.Figure(got.Displacement), got.Corrected
	if res.Rebound, err = rebound(ctx, k, weeks, zone); err != nil {
		return nil, err
	}
	out.result = res
	d := draw(ctx)
	d.add(web.GeoJSON(k.shape), 0, struct {
		Part string `json:"part"`
		*CampaignAnswer
	}{"target", res})
	out.layer, err = d.end(stats.CampaignMethod())
	return out, err
}

// of is where a case counts, nil for nowhere.
func (c *CampaignAnswer) of(k *campaign, at spatial.Coord) *TwoCounts {
	switch {
	case k.target.Holds(at):
		return &c.Target
	case k.near.Holds(at) && k.shape.DistanceM(at) <= k.ringM:
		return &c.Ring
	case k.control == nil || k.control.Holds(at):
		return &c.Control
	}
	return nil
}

// rebound watches the whole weeks after a campaign.
func rebound(ctx context.Context, k *campaign, weeks []int, zone *time.Location) (*ReboundAnswer, error) {
	if len(weeks) <= settledWeeks {
		return nil, nil
	}
	sum := 0
	for _, n := range weeks[:settledWeeks] {
		sum += n
	}
	// A mean of nothing has no watch: half a case in these weeks.
	mean := math.Max(float64(sum), 0.5) / settledWeeks
	if mean > mostWeekly/k.times {
		return nil, nil
	}
	w, err := stats.NewWatchContext(ctx, mean, k.times, falseAlarms)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("watch for a rebound: %w", err)
	}
	seen := w.Look(weeks[settledWeeks:])
	out := &ReboundAnswer{Mean: terms.Figure(mean), Settled: settledWeeks, Watched: w, Weeks: weeks[settledWeeks:], Sums: seen.Sums}
	if math.IsInf(w.Between, 0) {
		w.Between = math.MaxInt32 // JSON knows no infinity
	}
	if seen.Alarm >= 0 {
		at := k.end.Add(time.Duration(settledWeeks+seen.Alarm+1) * week).In(zone)
		out.Alarm = &at
	}
	return out, nil
}
