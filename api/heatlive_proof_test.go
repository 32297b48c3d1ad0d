//go:build proof

package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"

	"github.com/wanmi-gis/wanmi/api/heatmap"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
)

// TestProof_ALiveCaseIsInHeatAndClustersWithinASecond of the call that reports it:
// both are asked over HTTP until they have it, nobody tells them to look.
func TestProof_ALiveCaseIsInHeatAndClustersWithinASecond(t *testing.T) {
	w := openHeat(t, 300, true)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.board.Run(ctx, nil, func(err error) { t.Error(err) })
	}()
	defer func() { stop(); <-done }()
	server := serve(t, w.Handler)
	fetch := func(path string) []byte {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %v", path, answer.StatusCode, err)
		}
		return body
	}
	at := maptile.At(w.snap.City.Cells[14].At.Point(), 10)
	clusters := fmt.Sprintf("/heat/clusters/%d/%d/%d.mvt", at.Z, at.X, at.Y)
	inClusters := func() int { return clusteredIn(t, fetch(clusters)) }
	inHeat := func() int { return int(jsonOf[heatmap.HeatDescription](t, fetch("/heat.json")).Legend.N) }
	var delays [2][]time.Duration
	rounds := 100
	if testing.Short() {
		rounds = 20
	}
	for n := range rounds {
		for k, count := range []func() int{inHeat, inClusters} {
			before := count()
			begin := time.Now()
			w.do(t, w.report(n))
			for count() <= before {
				if time.Since(begin) > 10*time.Second {
					t.Fatal("it did not come")
				}
			}
			delays[k] = append(delays[k], time.Since(begin))
		}
	}
	for k, what := range []string{"heat", "clusters"} {
		slices.Sort(delays[k])
		longest := delays[k][rounds-1]
		t.Logf("%s: a case is there %v (median) to %v (longest of %d) after it was reported, the question included", what, delays[k][rounds/2], longest, rounds)
		if longest > time.Second {
			t.Errorf("%s took %v", what, longest)
		}
	}
}

// clusteredIn adds up a tile of clusters.
func clusteredIn(t *testing.T, body []byte) (sum int) {
	t.Helper()
	layers, err := mvt.Unmarshal(body)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range layers[0].Features {
		n, _ := f.Properties["count"].(float64)
		sum += int(n)
	}
	return sum
}

// TestProof_ClustersOverHTTPAddUp under 200 random filters, each in a random view, with
// cases that come meanwhile: to the cases of the store that a list has and that lie in
// the view's tiles.
func TestProof_ClustersOverHTTPAddUp(t *testing.T) {
	w := openHeat(t, 400, true)
	rnd := rand.New(rand.NewPCG(7, 200))
	views := 200
	if testing.Short() {
		views = 40
	}
	total, empty := 0, 0
	for n := range views {
		if n%10 == 0 {
			w.do(t, w.report(n))
			w.sync(t)
		}
		words := w.randomView(rnd)
		list := w.listed(t, words)
		z := maptile.Zoom(7 + rnd.IntN(11))
		corner := maptile.At(w.all[rnd.IntN(len(w.all))].At.Point(), z)
		wide, high := uint32(1+rnd.IntN(4)), uint32(1+rnd.IntN(3))
		want, got := 0, 0
		for i := range list {
			if id := maptile.At(list[i].At.Point(), z); id.X >= corner.X && id.X < corner.X+wide && id.Y >= corner.Y && id.Y < corner.Y+high {
				want++
			}
		}
		for x := corner.X; x < corner.X+wide; x++ {
			for y := corner.Y; y < corner.Y+high; y++ {
				r := w.get(t, fmt.Sprintf("/heat/clusters/%d/%d/%d.mvt?%s", z, x, y, words.Encode()))
				if r.status == http.StatusOK {
					got += clusteredIn(t, r.body)
				} else if r.status != http.StatusNoContent {
					t.Fatalf("%s: %d %s", words.Encode(), r.status, r.body)
				}
			}
		}
		if got != want {
			t.Fatalf("%s, zoom %d, %d × %d tiles at %v: clusters of %d cases, not %d", words.Encode(), z, wide, high, corner, got, want)
		}
		if total += got; got == 0 {
			empty++
		}
	}
	if empty > views*2/3 {
		t.Errorf("%d of %d views are empty", empty, views)
	}
	t.Logf("%d views with %d cases, %d of them empty", views, total, empty)
}

// randomView is a filter of up to three words.
func (w *warm) randomView(rnd *rand.Rand) url.Values {
	c := &w.all[rnd.IntN(len(w.all))]
	some := func(list ...string) string {
		rnd.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		return strings.Join(list[:1+rnd.IntN(len(list))], ",")
	}
	day := func(n int) string { return time.Now().In(cst).AddDate(0, 0, n).Format(time.DateOnly) }
	kinds := []func(url.Values){
		func(v url.Values) { v.Set("kind", string(c.Kind)); v.Set("category", c.Category[:2+2*rnd.IntN(2)]) },
		func(v url.Values) { v.Set("source", some("patrol", "public", "sensor", "system")) },
		func(v url.Values) { v.Set("status", some("reported", "registered", "dispatched", "closed", "void")) },
		func(v url.Values) { v.Set("zone", some(w.snap.City.Zones[0].Code, w.snap.City.Zones[1].Code)) },
		func(v url.Values) { v.Set("community", some("990104001001", "990104001002")) },
		func(v url.Values) { v.Set("from", day(-1-rnd.IntN(4))) },
		func(v url.Values) { v.Set("to", day(1-rnd.IntN(3))) },
		func(v url.Values) { v.Set("hour", fmt.Sprintf("%d-%d", rnd.IntN(12), 12+rnd.IntN(12))) },
		func(v url.Values) { v.Set("weekday", some("1", "2", "3", "4", "5", "6", "7")) },
	}
	out := url.Values{}
	for range rnd.IntN(4) {
		kinds[rnd.IntN(len(kinds))](out)
	}
	return out
}

// listed are the cases that the store has of a filter, read by its own query.
func (w *warm) listed(t *testing.T, words url.Values) []cases.Summary {
	t.Helper()
	q := cases.Query{Limit: 10_000}
	split := func(word string) []string {
		if v := words.Get(word); v != "" {
			return strings.Split(v, ",")
		}
		return nil
	}
	numbers := func(list []string) (out []int) {
		for _, v := range list {
			var a, b int
			if n, _ := fmt.Sscanf(v, "%d-%d", &a, &b); n < 2 {
				b = a + 1
			}
			for ; a < b; a++ {
				out = append(out, a)
			}
		}
		return out
	}
	when := func(word string) time.Time {
		at, err := time.ParseInLocation(time.DateOnly, words.Get(word), cst)
		if err != nil && words.Get(word) != "" {
			t.Fatal(err)
		}
		return at
	}
	q.Kind, q.Categories, q.Zones, q.Communities = kindOf(words), split("category"), split("zone"), split("community")
	for _, v := range split("source") {
		q.Sources = append(q.Sources, cases.Source(v))
	}
	for _, v := range split("status") {
		q.States = append(q.States, cases.State(v))
	}
	q.Hours, q.Weekdays = numbers(split("hour")), numbers(split("weekday"))
	if words.Get("from") != "" {
		q.From = when("from")
	}
	if words.Get("to") != "" {
		q.To = when("to")
	}
	page, err := w.city.List(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return page.Cases
}

func kindOf(words url.Values) grids.Kind { return grids.Kind(words.Get("kind")) }

func jsonOf[T any](t *testing.T, body []byte) (out T) {
	t.Helper()
	if err := json.Unmarshal(body, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
