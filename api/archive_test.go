package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/api/config"
	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
	"github.com/wanmi-gis/wanmi/spatial"
)

const archiveRules = `version: archive-1
scheme: gbt30428.2-2013
components: {order: [ruling, record, owner, area, territory]}
events: {order: [ruling, territory]}
default: {unit: U3}
`

const (
	commandToken = "command-token-01234567"
	arbiterToken = "arbiter-token-01234567"
)

// archive is the usual town with cases of the past. Ownership areas of class 01 are one
// of U2, a cell wide, and one of U3 that lies on half of it.
type archive struct {
	*office
	d      *api.Dispatcher
	cases  *cases.City
	past   []happened
	shapes [2]*spatial.Shape // of the ownership areas
}

// happened is a case of the past, and what is true of it.
type happened struct {
	at           spatial.Coord
	zone         string
	first, right string
	given        bool // the first unit gave it back
}

// madeAt is when the cases began.
var madeAt = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

func openArchive(tb testing.TB, n int) *archive {
	tb.Helper()
	return openArchiveWith(tb, n, func(c *cases.City) terms.CaseLogs { return c })
}

func openArchiveWith(tb testing.TB, n int, logs func(*cases.City) terms.CaseLogs) *archive {
	tb.Helper()
	h := &archive{}
	city := town(tb, townPlan{planned: true})
	h.shapes[0] = city.Cells[14].Shape
	m := h.shapes[0].Box.Center()
	w, s, e, north := m.Lon(), h.shapes[0].Box.Min.Lat()-0.001, m.Lon()+0.004, h.shapes[0].Box.Max.Lat()+0.001
	h.shapes[1] = shape(tb, orb.Polygon{{{w, s}, {e, s}, {e, north}, {w, north}, {w, s}}})
	for i, unit := range []string{"U2", "U3"} {
		city.OwnershipAreas = append(city.OwnershipAreas, grids.OwnershipArea{
			Feature: feature(i+1, fmt.Sprint("OA", i+1), "区域", h.shapes[i]), Category: "01", Unit: unit,
		})
	}
	path := filepath.Join(tb.TempDir(), "hall.gpkg")
	if err := cityfile.Create(tb.Context(), path, city); err != nil {
		tb.Fatal(err)
	}
	store, err := cityfile.Open(tb.Context(), path)
	if err != nil {
		tb.Fatal(err)
	}
	keeper, err := cityfile.NewKeeper(tb.Context(), store, time.Now)
	if err != nil {
		tb.Fatal(err)
	}
	if h.cases, err = cases.NewCity(tb.Context(), store, cases.Options{}); err != nil {
		tb.Fatal(err)
	}
	snap := keeper.Live().Current()
	if n > 0 {
		if _, err := h.cases.Import(tb.Context(), h.history(snap, n), nil); err != nil {
			tb.Fatal(err)
		}
	}
	rules, err := dispatch.ReadRules([]byte(archiveRules))
	if err != nil {
		tb.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(tb.Context()))
	if h.d, err = api.NewDispatcher(ctx, api.DispatcherOptions{Keeper: keeper, Rules: rules, Cases: logs(h.cases), Log: quiet()}); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		stop()
		h.d.Wait()
		if err := keeper.Close(); err != nil {
			tb.Error(err)
		}
	})
	tokens := []config.Token{
		config.NewToken(clerkToken, cityfile.Actor{ID: "0017", Role: "operator", Unit: "U1"}),
		config.NewToken(commandToken, cityfile.Actor{ID: "0018", Role: "dispatcher", Unit: "U1"}),
		config.NewToken(arbiterToken, cityfile.Actor{ID: "0019", Role: "arbiter", Unit: "U1"}),
	}
	handler := api.New(api.Options{Keeper: keeper, Tokens: tokens, Dispatcher: h.d, Log: quiet()})
	h.office = &office{&desk{handler, snap, keeper.Live()}, path, keeper}
	return h
}

// history are events of one class all over the town, one an hour. Those within 30 m
// of a border of zones were sent across it every other time, and came back.
func (h *archive) history(s *grids.Snapshot, n int) iter.Seq2[cases.Past, error] {
	r := rand.New(rand.NewPCG(27, 8))
	person := func(role cases.Role, unit string) cases.Actor {
		return cases.Actor{ID: string(role) + "1", Role: role, Unit: unit}
	}
	return func(yield func(cases.Past, error) bool) {
		for len(h.past) < n {
			c := somewhere(r)
			place := s.Locate(c)
			if place.Status != grids.StatusInside {
				continue
			}
			zone := &s.City.Zones[place.Zone]
			k := happened{at: c, zone: zone.Code, first: zone.Unit, right: zone.Unit}
			if far, across := s.Border(place); far <= 30 && across != spatial.None && len(h.past)%2 == 0 {
				if z, _, _, _ := s.Chain(across); s.City.Zones[z].Unit != zone.Unit {
					k.first, k.given = s.City.Zones[z].Unit, true
				}
			}
			at := madeAt.Add(time.Duration(len(h.past)) * time.Hour)
			p := cases.Past{Reporter: person(cases.Supervisor, "JD"), Report: cases.Draft{
				Kind: grids.EventKind, Category: "0102", Source: cases.Patrol, At: c, Zone: zone.Code, ReportedAt: at,
			}}
			add := func(kind cases.EventKind, a cases.Actor, unit string) {
				at = at.Add(time.Minute)
				e := cases.Event{Kind: kind, Actor: a, At: at}
				if unit != "" {
					e.Unit, e.Level = unit, cases.UnitLevel
				}
				p.Events = append(p.Events, e)
			}
			add(cases.Register, person(cases.Operator, "JD"), "")
			add(cases.Open, person(cases.Operator, "JD"), "")
			add(cases.Dispatch, person(cases.Dispatcher, "ZH"), k.first)
			if k.given {
				add(cases.Return, person(cases.Handler, k.first), "")
				add(cases.Dispatch, person(cases.Dispatcher, "ZH"), k.right)
			}
			for _, kind := range []cases.EventKind{cases.Accept, cases.Handle, cases.Feedback} {
				add(kind, person(cases.Handler, k.right), "")
			}
			add(cases.Check, person(cases.Supervisor, "JD"), "")
			add(cases.Close, person(cases.Operator, "JD"), "")
			h.past = append(h.past, k)
			if !yield(p, nil) {
				return
			}
		}
	}
}

// command asks with a dispatcher's token.
func (h *archive) command(tb testing.TB, method, target, body string) reply {
	tb.Helper()
	return h.ask(tb, method, target, body, "Authorization", "Bearer "+commandToken, "Content-Type", "application/json")
}

// collection is a map layer.
type collection struct {
	Type     string `json:"type"`
	Features []struct {
		Type       string `json:"type"`
		Geometry   json.RawMessage
		Properties object
	} `json:"features"`
	Method object `json:"method"`
}

func (h *archive) layer(tb testing.TB, target string) (out collection) {
	tb.Helper()
	r := h.command(tb, http.MethodGet, target, "")
	if r.status != 200 || r.header.Get("Content-Type") != "application/geo+json" {
		tb.Fatalf("%s: %d %s %.300s", target, r.status, r.header.Get("Content-Type"), r.body)
	}
	if err := json.Unmarshal(r.body, &out); err != nil || out.Type != "FeatureCollection" {
		tb.Fatalf("%s: %v %.300s", target, err, r.body)
	}
	return out
}
