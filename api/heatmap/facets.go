package heatmap

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/tiler/heat"
)

// HeatFacets has the numbers beside every choice of a filter: how many cases there
// would be of it, all other members of the filter being as they are. Members are
// kind with category, status, source, unit, the areas together, hour with weekday,
// and from with to.
type HeatFacets struct {
	N           int64         `json:"n" doc:"Cases that the whole filter takes"`
	Of          int64         `json:"of" doc:"All cases there are"`
	ExcludedN   int64         `json:"excluded_n" doc:"Of n those that no cell holds"`
	PiledN      *int64        `json:"piled_n,omitempty" doc:"Not among n, nor beside any choice: cases of the whole filter on piles, which piles=without leaves out"`
	Facets      HeatChoices   `json:"facets"`
	Histogram   HeatHistogram `json:"histogram" doc:"Cases by time of report, whatever from and to are"`
	CityVersion int64         `json:"city_version"`
}

// HeatChoices are the choices by member; none has a count of 0 but the hours and
// days of the week, and the most frequent come first.
type HeatChoices struct {
	Kind      []HeatChoice `json:"kind"`
	Category  []HeatChoice `json:"category"`
	Status    []HeatChoice `json:"status"`
	Source    []HeatChoice `json:"source"`
	Unit      []HeatChoice `json:"unit"`
	Zone      []HeatChoice `json:"zone"`
	Community []HeatChoice `json:"community"`
	Street    []HeatChoice `json:"street"`
	District  []HeatChoice `json:"district"`
	Hour      []HeatChoice `json:"hour" doc:"0 to 23, in order"`
	Weekday   []HeatChoice `json:"weekday" doc:"1 to 7 from Monday, in order"`
}

// HeatChoice is one of them.
type HeatChoice struct {
	Kind  string `json:"kind,omitempty" doc:"Of a category"`
	Value string `json:"value" doc:"As the filter takes it"`
	Name  string `json:"name,omitempty"`
	N     int64  `json:"n"`
}

// HeatHistogram counts cases by day, week or month of the city.
type HeatHistogram struct {
	Step   string  `json:"step" enum:"day,week,month"`
	From   string  `json:"from,omitempty" doc:"The first day of the first step"`
	To     string  `json:"to,omitempty" doc:"The day after the last step"`
	Counts []int64 `json:"counts"`
}

// maxChoices is how many choices of a member are told.
const maxChoices = 200

// heatFacets is GET /heat/facets.
func (s *server) facets(c echo.Context) error {
	a, err := s.ask(c, "step")
	if err != nil {
		return err
	}
	step, err := readStep(a.params)
	if err != nil {
		return err
	}
	p, err := a.predicate(&a.query)
	if err != nil {
		return err
	}
	f, err := a.view.Facets(c.Request().Context(), p)
	if err != nil {
		return err
	}
	out := HeatFacets{
		N: f.N, Of: int64(a.view.Len()), Facets: a.choices(f), Histogram: histogram(f.FirstDay, f.Days, step), CityVersion: a.snap.City.Version,
	}
	if out.PiledN, err = a.piledN(c.Request().Context(), &a.query); err != nil {
		return err
	}
	if q := &a.query; len(q.Zones)+len(q.Communities)+len(q.Streets)+len(q.Districts) == 0 {
		out.ExcludedN = f.NoCell
	}
	return web.SendJSON(c, out)
}

// histogramStep is a step of time, the usual one of so many days.
type histogramStep struct {
	word string
	days int
}

// histogramSteps are the words of step, the shortest first.
var histogramSteps = []histogramStep{{"day", 190}, {"week", 3 * 366}, {"month", math.MaxInt}}

// readStep reads the step of the histogram, -1 for the one that fits.
func readStep(p *web.Params) (int, error) {
	if _, ok := p.Find("step"); !ok {
		return -1, nil
	}
	return oneOf(p, "step", histogramSteps[0].word, histogramSteps[1].word, histogramSteps[2].word)
}

// choices names what was counted.
func (a *ask) choices(f *heat.Facets) HeatChoices {
	out := HeatChoices{Category: []HeatChoice{}, Unit: []HeatChoice{}}
	var components, events int64
	codes := a.city.classes.Codes()
	for class, n := range f.Classes {
		if n == 0 {
			continue
		}
		kind, code, _ := strings.Cut(codes[class], " ")
		choice := HeatChoice{Kind: kind, Value: code, N: n}
		if cat := a.snap.Catalogue.Find(grids.Kind(kind), code); cat != nil {
			choice.Name = cat.Name
		}
		out.Category = append(out.Category, choice)
		if grids.Kind(kind) == grids.EventKind {
			events += n
		} else {
			components += n
		}
	}
	out.Kind = sorted([]HeatChoice{{Value: string(grids.ComponentKind), N: components}, {Value: string(grids.EventKind), N: events}})
	for unit, n := range f.Units {
		if code := a.city.units.Codes()[unit]; code != "" {
			out.Unit = append(out.Unit, HeatChoice{Value: code, Name: terms.UnitName(a.snap, code), N: n})
		}
	}
	out.Category, out.Unit = sorted(out.Category), sorted(out.Unit)
	for i, state := range cases.States() {
		out.Status = append(out.Status, HeatChoice{Value: string(state), N: f.States[i]})
	}
	for i, source := range cases.Sources() {
		out.Source = append(out.Source, HeatChoice{Value: string(source), N: f.Sources[i]})
	}
	out.Status, out.Source = sorted(out.Status), sorted(out.Source)
	out.Zone, out.Community = a.areaChoices(f, heat.Zones), a.areaChoices(f, heat.Communities)
	out.Street, out.District = a.areaChoices(f, heat.Streets), a.areaChoices(f, heat.Districts)
	out.Hour, out.Weekday = make([]HeatChoice, 24), make([]HeatChoice, 7)
	for h := range out.Hour {
		out.Hour[h].Value = strconv.Itoa(h)
	}
	for d := range out.Weekday {
		out.Weekday[d].Value = strconv.Itoa(d + 1)
	}
	for i, n := range f.Clock {
		out.Hour[i%24].N += n
		out.Weekday[i/24].N += n
	}
	return out
}

func (a *ask) areaChoices(f *heat.Facets, level heat.Level) []HeatChoice {
	counts, _ := a.city.areas.Fold(level, f.Cells)
	out := make([]HeatChoice, 0, len(counts))
	layer := levels[level].layer
	for n, code := range a.city.areas.Codes(level) {
		choice := HeatChoice{Value: code, N: counts[n]}
		if i := a.snap.Find(layer, code); i >= 0 {
			choice.Name = a.snap.Feature(layer, i).Name
		}
		out = append(out, choice)
	}
	return sorted(out)
}

// sorted leaves out what has no case and puts the most frequent first.
func sorted(list []HeatChoice) []HeatChoice {
	list = slices.DeleteFunc(list, func(c HeatChoice) bool { return c.N == 0 })
	slices.SortFunc(list, func(x, y HeatChoice) int {
		return cmp.Or(cmp.Compare(y.N, x.N), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Value, y.Value))
	})
	return list[:min(len(list), maxChoices)]
}

// histogram adds days up to steps. A week begins on Monday.
func histogram(first int32, days []int64, step int) HeatHistogram {
	if step < 0 {
		step = slices.IndexFunc(histogramSteps, func(s histogramStep) bool { return len(days) <= s.days })
	}
	out := HeatHistogram{Step: histogramSteps[step].word, Counts: []int64{}}
	if len(days) == 0 {
		return out
	}
	date := func(n int) time.Time { return time.Unix((int64(first)+int64(n))*86400, 0).UTC() }
	begin := stepOf(date(0), step)
	out.From = begin.Format(time.DateOnly)
	end := begin
	for n, count := range days {
		for !date(n).Before(end) {
			end = nextStep(end, step)
			out.Counts = append(out.Counts, 0)
		}
		out.Counts[len(out.Counts)-1] += count
	}
	out.To = end.Format(time.DateOnly)
	return out
}

// stepOf is the first day of the step that a day lies in.
func stepOf(day time.Time, step int) time.Time {
	switch step {
	case 1:
		return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
	case 2:
		return day.AddDate(0, 0, 1-day.Day())
	}
	return day
}

func nextStep(begin time.Time, step int) time.Time {
	switch step {
	case 1:
		return begin.AddDate(0, 0, 7)
	case 2:
		return begin.AddDate(0, 1, 0)
	}
	return begin.AddDate(0, 0, 1)
}
