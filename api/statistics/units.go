package statistics

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/stats"
)

// RankAnswer is units, or areas, side by side.
type RankAnswer struct {
	By         string       `json:"by"`
	Share      terms.Figure `json:"share" doc:"Closed in time, of all"`
	Dispersion terms.Figure `json:"dispersion" doc:"1 where they differ as by chance, above where by more"`
	Seed       uint64       `json:"seed"`
	Rounds     int          `json:"rounds"`
	List       []RankedUnit `json:"list" doc:"By rank"`
}

// RankedUnit is one of them.
type RankedUnit struct {
	namedArea
	N            int          `json:"n" doc:"Due, without those on hold"`
	OnTime       int          `json:"on_time"`
	Expected     terms.Figure `json:"expected" doc:"In time, if its cases were handled as those of their classes in the whole city"`
	Share        terms.Figure `json:"share"`
	Interval     terms.Band   `json:"interval" doc:"Wilson, 95 %"`
	Adjusted     terms.Figure `json:"adjusted" doc:"The share with the city's mix of cases"`
	Limits95     terms.Band   `json:"limits_95" doc:"The funnel"`
	Limits998    terms.Band   `json:"limits_998"`
	Outside      int          `json:"outside" doc:"-1 below the wider funnel, 1 above it"`
	Rank         int          `json:"rank"`
	RankInterval terms.Band   `json:"rank_interval" doc:"Where they overlap nobody is better"`
}

var unitsWord = word{"by", "string", "unit (default), zone, community, street or district"}

func rankStatistic() *statistic {
	return &statistic{
		name: "rank", summary: "Who closes in time, ranked fairly: a funnel, the mix of cases and intervals of ranks", method: stats.RankMethod,
		words: []word{unitsWord, {"seed", "integer", "Of the draws for the intervals of ranks; default 1"}},
		plan: func(a *ask, m web.Members) (work, error) {
			by, err := a.choice(m, "by", "unit", "zone", "community", "street", "district")
			if err != nil {
				return nil, err
			}
			seed, err := a.seed(m)
			return func(ctx context.Context, j *job) (*outcome, error) { return a.rank(ctx, j, by, seed) }, err
		},
	}
}

// dueOf is whether a case counts for being in time, or why it does not.
func (a *ask) dueOf(state cases.State, due, closed int64) (reason string) {
	switch {
	case state == cases.Voided:
		return isVoid
	case due == 0:
		return noLimit
	case closed != 0:
		return ""
	case state == cases.Held:
		return isHeld
	case due > a.until():
		return notDue
	}
	return ""
}

// mix counts the cases of a unit by class.
type mix map[int64][2]int // due, in time

func (a *ask) rank(ctx context.Context, j *job, by string, seed uint64) (*outcome, error) {
	out, city, of := &outcome{}, mix{}, map[string]mix{}
	var in *areas
	if by != "unit" {
		in = a.areasOf(by)
	}
	err := a.all.rows(ctx, j, a.query, func(r *cases.Row) {
		reason := a.dueOf(r.State, r.DueAt, r.ClosedAt)
		key := r.Unit
		if in != nil {
			key = ""
			if at := in.of(r); at >= 0 {
				key = in.feature(int(at)).Code
			}
		}
		switch {
		case reason != "":
		case key == "" && in != nil:
			reason = noArea
		case key == "":
			reason = noUnit
		}
		if reason != "" {
			out.exclude(reason)
			return
		}
		out.n++
		if of[key] == nil {
			of[key] = mix{}
		}
		for _, m := range [...]mix{city, of[key]} {
			n := m[r.Class]
			if n[0]++; r.ClosedAt != 0 && r.OnTime {
				n[1]++
			}
			m[r.Class] = n
		}
	})
	if err != nil {
		return nil, err
	}
	keys := slices.Sorted(maps.Keys(of))
	all := make([]stats.Performance, len(keys))
	for i, k := range keys {
		p := &all[i]
		for _, class := range slices.Sorted(maps.Keys(of[k])) { // in order: sums of fractions depend on it
			n, c := of[k][class], city[class]
			p.N, p.Good = p.N+n[0], p.Good+n[1]
			p.Expected += float64(n[0]) * (float64(c[1]) / float64(c[0]))
		}
		p.Expected = min(p.Expected, float64(p.N)) // rounding may bring it above
	}
	ranked, err := stats.RankContext(ctx, all, seed)
	if err != nil {
		return nil, err
	}
	res := &RankAnswer{By: by, Share: terms.Figure(ranked.Share), Dispersion: terms.Figure(ranked.Dispersion), Seed: ranked.Seed, Rounds: ranked.Rounds, List: []RankedUnit{}}
	for i, k := range keys {
		r := &ranked.Units[i]
		res.List = append(res.List, RankedUnit{
			a.keyed(in, k), all[i].N, all[i].Good, terms.Figure(all[i].Expected), terms.Figure(r.Share), terms.BandOf(r.Interval), terms.Figure(r.Adjusted),
			terms.BandOf(r.Limits95), terms.BandOf(r.Limits998), r.Outside, r.Rank, terms.BandOf(r.RankInterval),
		})
	}
	out.layer, err = drawKeyed(ctx, a, in, res.List, func(r *RankedUnit) string { return r.Code }, stats.RankMethod())
	slices.SortStableFunc(res.List, func(a, b RankedUnit) int { return cmp.Compare(a.Rank, b.Rank) })
	out.result = res
	return out, err
}

// keyed names a unit, or an area.
func (a *ask) keyed(in *areas, code string) namedArea {
	if in == nil {
		return namedArea{code, terms.UnitName(a.snap, code)}
	}
	for i := range in.rows {
		if in.feature(i).Code == code {
			return in.named(i)
		}
	}
	return namedArea{Code: code}
}

// drawKeyed draws what is known of areas; what is known of units in the zones that
// they have.
func drawKeyed[T any](ctx context.Context, a *ask, in *areas, list []T, code func(*T) string, method stats.Method) ([]byte, error) {
	of := map[string]*T{}
	for i := range list {
		of[code(&list[i])] = &list[i]
	}
	d := draw(ctx)
	if in != nil {
		for i := range in.rows {
			if p := of[in.feature(i).Code]; p != nil {
				d.area(in, i, p)
			}
		}
		return d.end(method)
	}
	for i := range a.snap.City.Zones {
		z := &a.snap.City.Zones[i]
		if p := of[z.Unit]; p != nil {
			d.add(web.GeoJSON(z.Shape), 0, p)
		}
	}
	return d.end(method)
}

// AppraisalAnswer has the indices of GB/T 30428.4.
type AppraisalAnswer struct {
	By   string      `json:"by"`
	City Indices     `json:"city"`
	List []Appraised `json:"list" doc:"By code"`
}

// Appraised is an area, a department or a post.
type Appraised struct {
	namedArea
	Role  string `json:"role,omitempty" doc:"Of a post: of the person whose code it is"`
	Cases int    `json:"cases"`
	Indices
}

func appraisalStatistic() *statistic {
	return &statistic{
		name: "appraisal", summary: "The indices of GB/T 30428.4 by area, department and post", method: stats.AppraisalMethod,
		words: []word{
			{"by", "string", "unit (default): with whom the case lies; zone, community, street, district; post: each person with a part in the case, for which a token is needed"},
			{"radius_m", "number", "For what came back: how near, where the component is not known; default 20, at most 500"},
			{"within_days", "number", "and how long after the closing; default 30, at most 365"},
		},
		plan: func(a *ask, m web.Members) (work, error) {
			by, err := a.choice(m, "by", "unit", "zone", "community", "street", "district", "post")
			if err != nil {
				return nil, err
			}
			if by == "post" {
				if err := a.who.signed(); err != nil {
					return nil, err
				}
			}
			radius, err := a.number(m, "radius_m", 20, 0, 500)
			if err != nil {
				return nil, err
			}
			days, err := a.number(m, "within_days", 30, 1, 365)
			a.most = maxLogCases
			rule := stats.RepeatRule{RadiusM: radius, WithinS: int64(days * secondsADay)}
			a.followUp(rule)
			return func(ctx context.Context, j *job) (*outcome, error) { return a.appraise(ctx, j, by, rule) }, err
		},
	}
}

// appraising collects the work of all.
type appraising struct {
	a       *ask
	by      string
	in      *areas
	keys    numbering
	works   []*stats.Work
	cases   []int
	city    stats.Work
	h       happenings
	classes numbering
	things  numbering
	of      [][]int32 // the keys of each of h's cases
	watched int64     // who was closed later was not watched long enough
}

func (a *ask) appraise(ctx context.Context, j *job, by string, rule stats.RepeatRule) (*outcome, error) {
	out, all := &outcome{}, &appraising{a: a, by: by, watched: a.watchedUntil() - rule.WithinS}
	if areaLayers[by] != "" {
		all.in = a.areasOf(by)
	}
	for k, q := range a.queries {
		if err := a.all.logs(ctx, j, q, func(l *cases.Log) {
			switch {
			case k > 0: // it may repeat a case of the period, and counts for nothing else
				if l.State != cases.Voided {
					all.happened(l, 0, nil)
				}
			case l.State == cases.Voided:
				out.exclude(isVoid)
			default:
				out.n++
				all.add(l)
			}
		}); err != nil {
			return nil, err
		}
	}
	found, err := stats.FindRepeatsContext(ctx, all.h.events, rule, a.watchedUntil())
	if err != nil {
		return nil, err
	}
	for i, next := range found.After {
		if next < 0 || all.h.events[i].Closed > all.watched {
			continue
		}
		all.city.Recurred++
		for _, k := range all.of[i] {
			all.works[k].Recurred++
		}
	}
	res := &AppraisalAnswer{By: by, City: indices(&all.city), List: []Appraised{}}
	for k, text := range all.keys.texts {
		p := Appraised{Cases: all.cases[k], Indices: indices(all.works[k])}
		if id, role, post := strings.Cut(text, "\x00"); post {
			p.namedArea, p.Role = namedArea{Code: id}, role
		} else {
			p.namedArea = a.keyed(all.in, text)
		}
		res.List = append(res.List, p)
	}
	slices.SortFunc(res.List, func(a, b Appraised) int { return cmp.Or(cmp.Compare(a.Role, b.Role), cmp.Compare(a.Code, b.Code)) })
	out.result = res
	if by == "post" { // people are nowhere
		out.layer, err = draw(ctx).end(stats.AppraisalMethod())
		return out, err
	}
	out.layer, err = drawKeyed(ctx, a, all.in, res.List, func(p *Appraised) string { return p.Code }, stats.AppraisalMethod())
	return out, err
}

// keysOf are whose the case counts for.
func (w *appraising) keysOf(l *cases.Log) []int32 {
	switch {
	case w.by == "post":
		var keys []int32
		for i := range l.Events {
			a := &l.Events[i].Actor
			if a.ID == "" || a.Role == cases.SystemActor || a.Role == cases.PublicRole || a.Role == cases.SensorRole {
				continue
			}
			if k := w.key(a.ID + "\x00" + string(a.Role)); !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
		return keys
	case w.in == nil && l.Unit != "":
		return []int32{w.key(l.Unit)}
	case w.in != nil:
		if at := w.in.ofCodes(l.Cell, l.Zone); at >= 0 {
			return []int32{w.key(w.in.feature(int(at)).Code)}
		}
	}
	return nil
}

func (w *appraising) key(text string) int32 {
	k := w.keys.number(text)
	if int(k) == len(w.works) {
		w.works, w.cases = append(w.works, &stats.Work{}), append(w.cases, 0)
	}
	return k
}

// add counts a case for all that it belongs to.
func (w *appraising) add(l *cases.Log) {
	keys := w.keysOf(l)
	tally := workOf(l)
	if w.a.dueOf(l.State, unixOf(l.DueAt), unixOf(l.ClosedAt)) == "" {
		tally.Due = 1
		if !l.ClosedAt.IsZero() && l.OnTime {
			tally.OnTime = 1
		}
	}
	closed := unixOf(l.ClosedAt)
	if tally.Closed > 0 && closed > w.watched {
		tally.Unwatched = 1
	}
	sum(&w.city, &tally)
	for _, k := range keys {
		w.cases[k]++
		sum(w.works[k], &tally)
	}
	w.happened(l, closed, keys)
}

// happened keeps a case for what came back.
func (w *appraising) happened(l *cases.Log, closed int64, keys []int32) {
	row := cases.Row{
		FID: l.FID, At: l.At, Class: int64(w.classes.number(string(l.Kind) + l.Category)), Unit: l.Unit,
		ReportedAt: l.ReportedAt.Unix(), ClosedAt: closed,
	}
	if l.Component != "" {
		row.Component = int64(w.things.number(l.Component)) + 1
	}
	w.h.add(w.a.snap, &row)
	w.of = append(w.of, keys)
}
