package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/api/config"
	"github.com/wanmi-gis/wanmi/api/statistics"
	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/spatial"
)

// census is a made-up city with its history, asked for statistics.
type census struct {
	*office
	stats   *statistics.Jobs
	store   *cases.City
	planted demo.Planted
	all     []cases.Past
}

// censusPlan says how a census differs from the usual one.
type censusPlan struct {
	city    func() (*grids.City, error)
	cases   int
	shuffle bool                               // deal the places and times of the cases out anew
	deal    func(*census, *grids.Snapshot)     // another way of dealing, nil for none
	store   func(*cases.City) statistics.Cases // nil for the city itself
	alter   func(snap *grids.Snapshot, all []cases.Past)
}

// censusNow is after the end of the made-up history.
var censusNow = time.Date(2026, 1, 1, 0, 0, 0, 0, time.FixedZone("", 8*3600))

func openCensus(tb testing.TB, plan censusPlan) *census {
	tb.Helper()
	if plan.city == nil {
		plan.city = func() (*grids.City, error) { return demo.Town(1) }
	}
	city, err := plan.city()
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(tb.TempDir(), "census.gpkg")
	if err := cityfile.Create(tb.Context(), path, city); err != nil {
		tb.Fatal(err)
	}
	file, err := cityfile.Open(tb.Context(), path)
	if err != nil {
		tb.Fatal(err)
	}
	keeper, err := cityfile.NewKeeper(tb.Context(), file, time.Now)
	if err != nil {
		tb.Fatal(err)
	}
	b := &census{}
	if b.store, err = cases.NewCity(tb.Context(), file, cases.Options{}); err != nil {
		tb.Fatal(err)
	}
	snap := keeper.Live().Current()
	b.fill(tb, snap, &plan)
	o := statistics.Options{Cases: b.store, Log: quiet(), Now: func() time.Time { return censusNow }}
	if plan.store != nil {
		o.Cases = plan.store(b.store)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(tb.Context()))
	b.stats = statistics.New(ctx, o)
	tb.Cleanup(func() {
		stop()
		b.stats.Wait()
		if err := keeper.Close(); err != nil {
			tb.Error(err)
		}
	})
	tokens := []config.Token{config.NewToken(commandToken, cityfile.Actor{ID: "0018", Role: "dispatcher", Unit: "U1"})}
	handler := api.New(api.Options{Keeper: keeper, Tokens: tokens, Statistics: b.stats, Log: quiet()})
	b.office = &office{&desk{handler, snap, keeper.Live()}, path, keeper}
	return b
}

// fill brings the made-up cases in.
func (b *census) fill(tb testing.TB, snap *grids.Snapshot, plan *censusPlan) {
	tb.Helper()
	h, err := demo.NewHistory(snap, 1, plan.cases)
	if err != nil {
		tb.Fatal(err)
	}
	b.planted = h.Planted()
	for w := range h.Weeks() {
		b.all = append(b.all, h.Week(w)...)
	}
	if plan.shuffle {
		b.deal(snap)
	}
	if plan.alter != nil {
		plan.alter(snap, b.all)
	}
	if plan.deal != nil {
		plan.deal(b, snap)
	}
	if _, err := b.store.Import(tb.Context(), func(yield func(cases.Past, error) bool) {
		for i := range b.all {
			if !yield(b.all[i], nil) {
				return
			}
		}
	}, nil); err != nil {
		tb.Fatal(err)
	}
}

// deal gives each case the place of another of its class, so that when is no matter
// of where, and the events' places other cells, so that nothing lies beside anything.
func (b *census) deal(snap *grids.Snapshot) {
	r := rand.New(rand.NewPCG(3, 14))
	classes := map[cases.Class][]int{}
	for i := range b.all {
		d := &b.all[i].Report
		k := cases.Class{Kind: d.Kind, Code: d.Category}
		classes[k] = append(classes[k], i)
	}
	for _, k := range slices.SortedFunc(maps.Keys(classes), func(a, b cases.Class) int { return strings.Compare(a.Code, b.Code) }) {
		list := classes[k]
		r.Shuffle(len(list), func(i, j int) {
			x, y := &b.all[list[i]].Report, &b.all[list[j]].Report
			x.At, y.At, x.Cell, y.Cell, x.Zone, y.Zone, x.Component, y.Component = y.At, x.At, y.Cell, x.Cell, y.Zone, x.Zone, y.Component, x.Component
		})
	}
	cells := r.Perm(len(snap.City.Cells))
	for i := range b.all {
		d := &b.all[i].Report
		if from := snap.Find(grids.Cells, d.Cell); d.Kind == grids.EventKind && from >= 0 {
			was, is := &snap.City.Cells[from], &snap.City.Cells[cells[from]]
			d.At = spatial.Coord{X: d.At.X - was.At.X + is.At.X, Y: d.At.Y - was.At.Y + is.At.Y}
			d.Cell, d.Zone = is.Code, is.Zone
		}
	}
}

// reckoned is an answer as tests read it.
type reckoned[T any] struct {
	ID, State, Layer, Fault, Position string
	Method                            struct{ ID, Zh, En string }
	Parameters                        map[string]any
	Period                            statistics.StatPeriod
	N                                 int
	ExcludedN                         int            `json:"excluded_n"`
	Excluded                          map[string]int `json:"excluded"`
	CityVersion                       int64          `json:"city_version"`
	Warnings                          []terms.Words
	Result                            T
}

// asks has a statistic answered, whole.
func asks[T any](tb testing.TB, b *census, name, body string) reckoned[T] {
	tb.Helper()
	r := b.ask(tb, http.MethodPost, "/v1/stats/"+name, body, "Content-Type", "application/json", "Prefer", "wait=20", "Authorization", "Bearer "+commandToken)
	out := taken[reckoned[T]](tb, r, http.StatusOK)
	if out.State != "done" || out.Method.Zh == "" || out.Method.En == "" || out.Layer == "" || out.Position == "" || out.CityVersion == 0 {
		tb.Errorf("%s %s: %.500s", name, body, r.body)
	}
	return out
}

// drawn reads the map layer of an answer.
func (b *census) drawn(tb testing.TB, layer string) []json.RawMessage {
	tb.Helper()
	r := b.get(tb, "/v1/stats/layers/"+layer+".geojson")
	out := taken[struct {
		Type     string
		Features []json.RawMessage
	}](tb, r, http.StatusOK)
	if out.Type != "FeatureCollection" || r.header.Get("Content-Type") != "application/geo+json" {
		tb.Errorf("%.200s", r.body)
	}
	return out.Features
}

const fiveYears = `{"filter":{"from":"2021-01-01","to":"2026-01-01"}`

func about1(c cases.Class) string {
	return fmt.Sprintf(`{"filter":{"from":"2021-01-01","to":"2026-01-01","kind":"%s","category":"%s"}`, c.Kind, c.Code)
}

func TestWhatIsPlantedIsFoundAndNothingInAShuffledCopy(t *testing.T) {
	t.Parallel()
	const n = 12_000
	openCensus(t, censusPlan{cases: n}).findsWhatIsPlanted(t)
	openCensus(t, censusPlan{cases: n, shuffle: true}).findsNothing(t)
}

// besideM is how far the middle of a cell lies from that of one beside it, at most.
const besideM = 220

// alongside reports whether a cell lies on a street or beside one that does: what is
// around a cell counts for it.
func (b *census) alongside(code string, s *demo.PlantedStreet) bool {
	at := b.snap.City.Cells[b.snap.Find(grids.Cells, code)].At
	return slices.ContainsFunc(s.Cells, func(on string) bool {
		return spatial.DistanceM(at, b.snap.City.Cells[b.snap.Find(grids.Cells, on)].At) <= besideM
	})
}

// hotCells counts the hot cells of a planted street's class: on the street, and all.
func (b *census) hotCells(t *testing.T, s *demo.PlantedStreet) (on, all int) {
	t.Helper()
	spots := asks[statistics.HotSpots](t, b, "hotspots", about1(s.Class)+`}`)
	for _, a := range spots.Result.List {
		if a.Class == "hot" && b.alongside(a.Code, s) {
			on++
		}
	}
	t.Logf("%s: %d cells along its %d are hot, %d of all %d; n %d", s.Name, on, len(s.Cells), spots.Result.Hot, spots.Result.Areas, spots.N)
	if spots.Result.Areas != len(b.snap.City.Cells) || len(b.drawn(t, spots.Layer)) != spots.Result.Areas {
		t.Errorf("%d areas", spots.Result.Areas)
	}
	return on, spots.Result.Hot
}

// rise compares the first two years of a planted street with the last two.
func (b *census) rise(t *testing.T, s *demo.PlantedStreet) statistics.ChangedArea {
	t.Helper()
	return asks[statistics.Comparison](t, b, "compare", fmt.Sprintf(`{"filter":{"kind":"%s","category":"%s","cell":"%s"},"by":"cell",`+
		`"before":{"from":"2021-01-01","to":"2023-01-01"},"after":{"from":"2024-01-01","to":"2026-01-01"}}`, s.Class.Kind, s.Class.Code, strings.Join(s.Cells, ","))).Result.City
}

// plantedChains counts the planted chains of which a chain that is found has at least
// so many cases.
func (b *census) plantedChains(t *testing.T, least func(of int) int) (n int) {
	t.Helper()
	for _, p := range b.planted.Chains {
		found := asks[statistics.RepeatAnswer](t, b, "repeats", about1(p.Class)+`,"radius_m":5,"within_days":30}`)
		if slices.ContainsFunc(found.Result.List, func(c statistics.ChainAnswer) bool {
			k := 0
			for i := range c.Cases {
				if slices.ContainsFunc(p.Reported, c.Cases[i].ReportedAt.Equal) {
					k++
				}
			}
			return k >= least(len(p.Reported))
		}) {
			n++
		}
		if len(b.drawn(t, found.Layer)) < found.Result.Chains {
			t.Error("chains are not in the layer")
		}
	}
	return n
}

// mostOf is more than half: what else happens at a place may tear a chain.
func mostOf(of int) int { return of/2 + 1 }

func (b *census) findsWhatIsPlanted(t *testing.T) {
	t.Helper()
	if on, all := b.hotCells(t, &b.planted.Hot); on < len(b.planted.Hot.Cells)/3 || on*10 < all*7 {
		t.Errorf("%d cells along the %d of the hot street are hot, and %d elsewhere", on, len(b.planted.Hot.Cells), all-on)
	}
	if r := b.rise(t, &b.planted.Rising); r.Class != "more" || r.P > 0.001 {
		t.Errorf("the rising street does not rise: %+v", r)
	}
	if n := b.plantedChains(t, mostOf); n < len(b.planted.Chains) {
		t.Errorf("%d of %d planted chains are found", n, len(b.planted.Chains))
	}
}

func (b *census) findsNothing(t *testing.T) {
	t.Helper()
	for _, s := range []*demo.PlantedStreet{&b.planted.Hot, &b.planted.Rising} {
		if _, all := b.hotCells(t, s); all > 0 {
			t.Errorf("%d hot cells among cases dealt out by chance", all)
		}
		if r := b.rise(t, s); r.Class != "none" {
			t.Errorf("%s changed: %+v", s.Name, r)
		}
	}
	if n := b.plantedChains(t, mostOf); n > 0 {
		t.Errorf("%d planted chains are found among cases dealt out by chance", n)
	}
}
