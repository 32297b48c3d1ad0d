package api_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/paulmach/orb/encoding/mvt"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
)

// TestMain looks, when all is done, for goroutines of ours that go on.
func TestMain(m *testing.M) {
	code := m.Run()
	http.DefaultClient.CloseIdleConnections()
	if left := leftGoroutines(5 * time.Second); left != "" && code == 0 {
		fmt.Fprintf(os.Stderr, "goroutines were left behind:\n%s\n", left)
		code = 1
	}
	os.Exit(code)
}

var ours = regexp.MustCompile(`wanmi/(api|grids|tiler)|net/http\.\(\*(conn|Server)\)`)

// leftGoroutines waits until no goroutine of ours is left, at most so long.
func leftGoroutines(patience time.Duration) string {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for start := time.Now(); ; <-tick.C {
		var all bytes.Buffer
		if err := pprof.Lookup("goroutine").WriteTo(&all, 2); err != nil {
			return err.Error()
		}
		left := ""
		for stack := range strings.SplitSeq(all.String(), "\n\n") {
			if ours.MatchString(stack) && !strings.Contains(stack, "leftGoroutines") {
				left += stack + "\n\n"
			}
		}
		if left == "" || time.Since(start) > patience {
			return left
		}
	}
}

// The two versions of the city that take turns have cells of the same shapes
// and other codes.
var turns = map[int64]string{1: "990104001", 2: "990104002"}

func TestNoAnswerMixesTwoVersionsWhileTheCityIsSwapped(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{version: 1, planned: true})
	other := snapshot(t, townPlan{version: 2, planned: true, prefix: turns[2]})
	stop, swapped := make(chan struct{}), make(chan int)
	go func() {
		n := 0
		for {
			select {
			case <-stop:
				swapped <- n
				return
			default:
				// By chance, not in turn: a reader that waits for the publisher
				// would fall into step with it and see one version only.
				d.live.Publish([]*grids.Snapshot{d.snap, other}[rand.IntN(2)])
				n++
				runtime.Gosched()
			}
		}
	}()
	// Cached answers are so quick that a reader can be through before the
	// publisher has had its turn: it goes on until it has seen both versions.
	const patience = 30 * time.Second
	start := time.Now()
	var readers sync.WaitGroup
	for _, reader := range []struct {
		rounds int
		read   func(*testing.T, *desk) (int64, []string)
	}{{400, readSingle}, {30, readBatch}, {6, readPlanned}, {200, readTile}} { // a planned date is a snapshot built anew
		readers.Go(func() {
			seen := map[int64]int{}
			for n := 0; n < reader.rounds || (len(seen) < 2 && time.Since(start) < patience); n++ {
				version, codes := reader.read(t, d)
				seen[version]++
				for _, code := range codes {
					if !strings.HasPrefix(code, turns[version]) {
						t.Errorf("version %d answers with cell %s", version, code)
						return
					}
				}
			}
			if len(seen) != 2 {
				t.Errorf("only versions %v were seen", seen)
			}
		})
	}
	readers.Wait()
	close(stop)
	t.Logf("%d swaps", <-swapped)
}

type versioned struct {
	Cell struct {
		Code   string
		Across string
	}
	CityVersion int64 `json:"city_version"`
}

func readSingle(t *testing.T, d *desk) (int64, []string) {
	var a versioned
	d.get(t, "/v1/geocode?"+lonLat(d.snap.City.Cells[14].At)).read(t, &a)
	return a.CityVersion, []string{a.Cell.Code, a.Cell.Across}
}

func readPlanned(t *testing.T, d *desk) (int64, []string) {
	var a versioned
	d.get(t, "/v1/geocode?at=2031-01-01&"+lonLat(d.snap.City.Cells[14].At)).read(t, &a)
	return a.CityVersion, []string{a.Cell.Code}
}

func readBatch(t *testing.T, d *desk) (int64, []string) {
	at := d.snap.City.Cells[14].At
	point := fmt.Sprintf("[%.7f,%.7f]", at.Lon(), at.Lat())
	var b struct {
		Results     []versioned
		CityVersion int64 `json:"city_version"`
	}
	d.post(t, "/v1/geocode", `{"points":[`+strings.Repeat(point+",", 600)+point+`]}`).read(t, &b)
	codes := []string{}
	for _, a := range b.Results {
		codes = append(codes, a.Cell.Code)
		if a.CityVersion != b.CityVersion {
			t.Errorf("version %d in a batch of version %d", a.CityVersion, b.CityVersion)
		}
	}
	return b.CityVersion, codes
}

func readTile(t *testing.T, d *desk) (version int64, codes []string) {
	r := d.get(t, tileURL("cells", d.middle(14)))
	if _, err := fmt.Sscan(r.header.Get("X-City-Version"), &version); err != nil {
		t.Error(err)
	}
	layers, err := mvt.Unmarshal(r.body)
	if err != nil || len(layers) != 1 {
		t.Errorf("%d layers, %v", len(layers), err)
		return version, nil
	}
	for _, f := range layers[0].Features {
		codes = append(codes, f.Properties["code"].(string))
	}
	return version, codes
}

func TestAPanicIsA500ThatTellsNothing(t *testing.T) {
	t.Parallel()
	city := town(t, townPlan{})
	city.TimeZone = nil // breaks whatever writes a time
	snap, err := grids.NewSnapshot(city, townNow)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	d := &desk{api.New(api.Options{
		Live: grids.NewLive(snap), Log: slog.New(slog.NewTextHandler(&log, nil)),
		Ready: func(context.Context) error { panic("open /home/secret/city.gpkg: select 1 from t") },
	}), snap, nil}
	for _, target := range []string{"/v1/geocode?" + lonLat(city.Cells[5].At), "/v1/cells/" + city.Cells[5].Code, "/readyz"} {
		p := d.get(t, target).problem(t)
		if p.Status != http.StatusInternalServerError || p.Code != "internal" || len(p.Errors) > 0 {
			t.Errorf("%s: %+v", target, p)
		}
	}
	if !strings.Contains(log.String(), "secret") || strings.Count(log.String(), "level=ERROR") < 3 {
		t.Errorf("the log says %s", log.String())
	}
}

func TestReadinessTellsOfAStoreThatFails(t *testing.T) {
	t.Parallel()
	var fault error
	snap := snapshot(t, townPlan{})
	d := &desk{api.New(api.Options{Live: grids.NewLive(snap), Log: quiet(), Ready: func(context.Context) error { return fault }}), snap, nil}
	for _, target := range []string{"/healthz", "/readyz"} {
		if r := d.get(t, target); r.status != http.StatusOK {
			t.Errorf("%s: %d", target, r.status)
		}
	}
	fault = errors.New("sqlite: disk I/O error on /home/city.gpkg")
	d.refuses(t, refusal{"/readyz", http.StatusServiceUnavailable, "not-ready", "store"})
	if r := d.get(t, "/healthz"); r.status != http.StatusOK || string(r.body) != "ok\n" {
		t.Errorf("alive: %d %s", r.status, r.body)
	}
}

// taker takes an answer in parts and does something after the first.
type taker struct {
	http.ResponseWriter
	taken int
	after func()
}

func (w *taker) Write(p []byte) (int, error) {
	if w.taken += len(p); w.after != nil {
		w.after()
	}
	return len(p), nil
}

func batchOf(ctx context.Context, n int) *http.Request {
	body := `{"points":[` + strings.Repeat("[114.305,34.785],", n-1) + `[114.305,34.785]]}`
	return httptest.NewRequestWithContext(ctx, http.MethodPost, "/v1/geocode", strings.NewReader(body))
}

func TestABatchStopsWhenTheClientLeaves(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	ctx, leave := context.WithCancel(t.Context())
	w := &taker{ResponseWriter: httptest.NewRecorder(), after: leave}
	d.ServeHTTP(w, batchOf(ctx, 20_000))
	if whole := 20_000 * 300; w.taken == 0 || w.taken > whole/20 {
		t.Errorf("%d bytes were made for a client that left", w.taken)
	}
	before := httptest.NewRecorder()
	d.ServeHTTP(before, batchOf(ctx, 10))
	if before.Code != http.StatusRequestTimeout || strings.Contains(before.Body.String(), "results") {
		t.Errorf("a client that had left: %d %s", before.Code, before.Body)
	}
}

func TestAPanicInTheMiddleOfAnAnswerBreaksItOff(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	w := &taker{ResponseWriter: httptest.NewRecorder()}
	w.after = func() {
		if w.taken > 100_000 {
			panic("broken")
		}
	}
	defer func() {
		if r := recover(); r != http.ErrAbortHandler {
			t.Errorf("recovered %v: the answer would end like a whole one", r)
		}
	}()
	d.ServeHTTP(w, batchOf(t.Context(), 10_000))
}

func TestWhatHumaFailsAtIsNotToldToTheOutside(t *testing.T) {
	t.Parallel()
	open(t, townPlan{}) // sets huma's hook
	for status, want := range map[int]string{500: "internal", 503: "internal", 422: "malformed", 404: "not-found", 415: "unsupported-media-type"} {
		told := huma.NewError(status, "message", errors.New("open /home/city.gpkg: strconv.ParseFloat"))
		p, ok := told.(*web.Problem)
		if !ok || p.Code != want || len(p.Errors) > 0 || (status >= 500 && strings.Contains(p.Detail, "message")) {
			t.Errorf("%d: %+v", status, told)
		}
	}
}
