package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb/maptile"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// ear is a client of the event stream.
type ear struct {
	lines *bufio.Scanner
	close func()
	// id is what a browser would send to resume.
	id    string
	beats int
}

// heard is an event.
type heard struct {
	kind string
	data struct {
		CityVersion int64 `json:"city_version"`
		Layers      map[string][]string
	}
}

func listen(t *testing.T, base, query, id string) *ear {
	t.Helper()
	ctx, hangUp := context.WithTimeout(t.Context(), patience)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/v1/stream"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	if id != "" {
		r.Header.Set("Last-Event-ID", id)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/event-stream" || answer.Header.Get("Cache-Control") != "no-store" ||
		answer.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Fatalf("%d %v", answer.StatusCode, answer.Header)
	}
	e := &ear{lines: bufio.NewScanner(answer.Body), id: id, close: func() { hangUp(); answer.Body.Close() }}
	e.lines.Buffer(nil, 1<<20)
	t.Cleanup(e.close)
	return e
}

// next returns the next event; ok is false at the stream's end.
func (e *ear) next(t *testing.T) (h heard, ok bool) {
	t.Helper()
	for e.lines.Scan() {
		name, value, _ := strings.Cut(e.lines.Text(), ": ")
		switch name {
		case "event":
			h.kind = value
		case "id":
			e.id = value
		case "data":
			if err := json.Unmarshal([]byte(value), &h.data); err != nil {
				t.Fatalf("%v in %s", err, value)
			}
		case ":":
			e.beats++
		case "":
			if h.kind != "" {
				return h, true
			}
		default:
			t.Fatalf("line %q", e.lines.Text())
		}
	}
	return h, false
}

// beat waits for the next sign of life.
func (e *ear) beat(t *testing.T) {
	t.Helper()
	for before := e.beats; e.beats == before; {
		if !e.lines.Scan() {
			t.Fatalf("the stream ended: %v", e.lines.Err())
		}
		if name, value, _ := strings.Cut(e.lines.Text(), ": "); name == ":" {
			e.beats++
		} else if name == "id" {
			e.id = value
		}
	}
	e.lines.Scan() // the id
	_, e.id, _ = strings.Cut(e.lines.Text(), ": ")
	e.lines.Scan()
}

// pyramid lists the tiles of a point as orb counts them.
func pyramid(l grids.Layer, at ...spatial.Coord) []string {
	tiles := map[string]bool{}
	from, to := api.TileZooms(l)
	for _, c := range at {
		for z := from; z <= to; z++ {
			id := maptile.At(c.Point(), maptile.Zoom(z))
			tiles[fmt.Sprintf("%d/%d/%d", id.Z, id.X, id.Y)] = true
		}
	}
	return slices.Sorted(maps.Keys(tiles))
}

func TestAListenerHearsTheTilesOfAnEditOnceTheyAreServed(t *testing.T) {
	t.Parallel()
	o := openOffice(t, townPlan{})
	base := serve(t, o)
	all, zones := listen(t, base, "", ""), listen(t, base, "?layers=zones,cells", "")
	all.beat(t)
	zones.beat(t)
	if all.id != "test-1" {
		t.Errorf("it begins at %q", all.id)
	}
	old, to := &o.snap.City.Components[7], o.snap.City.Cells[20].At
	o.write(t, http.MethodPatch, "/v1/components/"+old.Code, fmt.Sprintf(`{"lon":%.7f,"lat":%.7f}`, to.Lon(), to.Lat())).written(t, http.StatusOK)
	h, _ := all.next(t)
	got := slices.Sorted(slices.Values(h.data.Layers["components"]))
	if h.kind != "tiles" || h.data.CityVersion != 2 || len(h.data.Layers) != 1 || all.id != "test-2" || !slices.Equal(got, pyramid(grids.Components, old.At, to)) {
		t.Errorf("%s %+v, id %s", h.kind, h.data, all.id)
	}
	for _, tile := range h.data.Layers["components"] {
		if r := o.get(t, "/tiles/components/"+tile+".mvt"); r.header.Get("X-City-Version") != "2" {
			t.Errorf("%s is of version %s when it is told", tile, r.header.Get("X-City-Version"))
		}
	}
	o.write(t, http.MethodPatch, "/v1/zones/Z2", `{"name":"z"}`).written(t, http.StatusOK)
	for _, e := range []*ear{all, zones} {
		if h, _ := e.next(t); h.kind != "tiles" || h.data.CityVersion != 3 || len(h.data.Layers) != 1 || len(h.data.Layers["zones"]) < 20 || e.id != "test-3" {
			t.Errorf("%s %+v, id %s", h.kind, h.data, e.id)
		}
	}
	if _, err := o.keeper.Reload(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	for _, e := range []*ear{all, zones} {
		if h, _ := e.next(t); h.kind != "city" || h.data.CityVersion != 4 || h.data.Layers != nil || e.id != "test-4" {
			t.Errorf("%s %+v, id %s", h.kind, h.data, e.id)
		}
	}
}

func TestAListenerThatComesBackHearsWhatItMissed(t *testing.T) {
	t.Parallel()
	o := openOffice(t, townPlan{})
	base := serve(t, o)
	rename := func(n int) {
		o.write(t, http.MethodPatch, "/v1/zones/Z1", fmt.Sprintf(`{"name":"%d"}`, n)).written(t, http.StatusOK)
	}
	for n := range 5 {
		rename(n)
	}
	epoch, _, _ := strings.Cut(listenOnce(t, base), "-")
	e := listen(t, base, "", epoch+"-3")
	for version := int64(4); version <= 6; version++ {
		if h, _ := e.next(t); h.kind != "tiles" || h.data.CityVersion != version {
			t.Errorf("%s %d instead of version %d", h.kind, h.data.CityVersion, version)
		}
	}
	rename(6)
	if h, _ := e.next(t); h.data.CityVersion != 7 {
		t.Errorf("then version %d", h.data.CityVersion)
	}
	for _, id := range []string{"other-3", epoch + "-0", epoch + "-8", epoch + "-", epoch, "-", "7", epoch + "-x"} {
		if h, _ := listen(t, base, "?layers=cells", id).next(t); h.kind != "city" || h.data.CityVersion != 7 {
			t.Errorf("%s: %s %+v", id, h.kind, h.data)
		}
	}
	// A server that is started anew goes on where nothing was missed.
	again := reopened(t, o)
	base = serve(t, again)
	current, older := listen(t, base, "", epoch+"-7"), listen(t, base, "", epoch+"-6")
	current.beat(t)
	if h, _ := older.next(t); h.kind != "city" {
		t.Errorf("after a restart: %s", h.kind)
	}
	again.write(t, http.MethodPatch, "/v1/zones/Z1", `{"name":"8"}`).written(t, http.StatusOK)
	for _, e := range []*ear{current, older} {
		if h, _ := e.next(t); h.kind != "tiles" || h.data.CityVersion != 8 {
			t.Errorf("after a restart: %s %+v", h.kind, h.data)
		}
	}
}

// listenOnce returns the id a new listener begins with.
func listenOnce(t *testing.T, base string) string {
	t.Helper()
	e := listen(t, base, "", "")
	e.beat(t)
	e.close()
	return e.id
}

// TestAStreamOutlivesTheDeadlinesOfRequests, and its signs of life say where
// the listener is though nothing it wants has happened.
func TestAStreamOutlivesTheDeadlinesOfRequests(t *testing.T) {
	t.Parallel()
	live := grids.NewLive(snapshot(t, townPlan{}))
	srv := httptest.NewUnstartedServer(api.New(api.Options{Live: live, Log: quiet()}.Listeners(2, 20*time.Millisecond)))
	srv.Config = api.NewServer(srv.Config.Handler)
	srv.Config.ReadTimeout, srv.Config.WriteTimeout = 300*time.Millisecond, 300*time.Millisecond
	srv.Start()
	t.Cleanup(srv.Close)
	e := listen(t, srv.URL, "?layers=zones", "")
	for range 50 { // a second
		e.beat(t)
	}
	live.Publish(snapshot(t, townPlan{version: 5}))
	if h, ok := e.next(t); !ok || h.data.CityVersion != 5 {
		t.Errorf("%+v", h)
	}
	e.close()
}

func TestTooManyListenersAreRefusedUntilOneLeaves(t *testing.T) {
	t.Parallel()
	live := grids.NewLive(snapshot(t, townPlan{}))
	base := serve(t, api.New(api.Options{Live: live, Log: quiet()}.Listeners(1, time.Millisecond)))
	first := listen(t, base, "", "")
	first.beat(t)
	ask := func() *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/v1/stream", nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return answer
	}
	if answer := ask(); answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" {
		t.Errorf("%d %v", answer.StatusCode, answer.Header)
	}
	first.close()
	for deadline := time.Now().Add(patience); ask().StatusCode != http.StatusOK; {
		if time.Now().After(deadline) {
			t.Fatal("who left still takes a place")
		}
	}
}

func TestStreamsEndWhenTheServerStops(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	live := grids.NewLive(snapshot(t, townPlan{}))
	srv := api.NewServer(api.New(api.Options{Live: live, Log: quiet(), Until: ctx}))
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- api.Serve(ctx, srv, func() error { return srv.Serve(listener) }) }()
	e := listen(t, "http://"+listener.Addr().String(), "", "")
	e.beat(t)
	stop()
	if h, ok := e.next(t); ok {
		t.Errorf("%+v", h)
	}
	if err := <-served; err != nil { // it says so when requests had to be cut off
		t.Errorf("serve: %v", err)
	}
}

// deaf is a client that takes nothing any more.
type deaf struct{ header http.Header }

var errDeaf = errors.New("not taken in time")

func (d *deaf) Header() http.Header               { return d.header }
func (d *deaf) WriteHeader(int)                   {}
func (d *deaf) Write([]byte) (int, error)         { return 0, errDeaf }
func (d *deaf) SetWriteDeadline(time.Time) error  { return nil }
func (d *deaf) SetReadDeadline(t time.Time) error { return nil }

func TestAListenerThatTakesNothingIsCutOff(t *testing.T) {
	t.Parallel()
	d := openWith(t, api.Options{}.Listeners(1, time.Hour))
	for range 3 { // there is room for one at a time
		w := &deaf{http.Header{}}
		d.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/stream", nil))
		if w.header.Get("Content-Type") != "text/event-stream" {
			t.Errorf("%v", w.header)
		}
	}
}

func TestTheStreamIsAskedForRightly(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	for _, c := range []refusal{
		{"/v1/stream?layers=planets", 400, "malformed", "layers"},
		{"/v1/stream?layers=", 400, "malformed", "layers"},
		{"/v1/stream?layers=" + names(51), 400, "too-many", "layers"},
		{"/v1/stream?layer=cells", 400, "malformed", "layer"},
	} {
		d.refuses(t, c)
	}
	d.refused(t, d.get(t, "/v1/stream", "Last-Event-ID", strings.Repeat("x", 129)), refusal{"a long id", 400, "malformed", "Last-Event-ID"})
	if r := d.ask(t, http.MethodHead, "/v1/stream", ""); r.status != http.StatusOK || len(r.body) > 0 || r.header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("HEAD: %d %v", r.status, r.header)
	}
}

// TestWhatIsKeptForListenersIsBounded publishes more than is kept: who was away
// for all of it is told that everything may have changed, as is who would have
// to be told of too many tiles.
func TestWhatIsKeptForListenersIsBounded(t *testing.T) {
	t.Parallel()
	snap := snapshot(t, townPlan{})
	live := grids.NewLive(snap)
	base := serve(t, api.New(api.Options{Live: live, Log: quiet()}))
	all := listen(t, base, "", "")
	all.beat(t)
	move := func(version int64, n int) {
		edits := make([]grids.Edit, n)
		for k := range edits {
			c := snap.City.Components[k]
			c.At, c.Shape = spatial.Coord{X: townWest + int32(version)*11 + int32(k)*7919%120_000, Y: townSouth + int32(k)*104_729%120_000}, nil
			edits[k] = grids.Edit{Version: version, Component: &c}
		}
		if err := live.Apply(townNow, edits...); err != nil {
			t.Error(err)
		}
	}
	const last = 6200
	for version := int64(2); version <= last; version++ {
		move(version, 1)
	}
	for version := int64(2); version < last; { // all, or from where it fell behind
		h, ok := all.next(t)
		if !ok || (h.kind == "tiles" && h.data.CityVersion != version) || h.data.CityVersion < version {
			t.Fatalf("%s %d instead of version %d", h.kind, h.data.CityVersion, version)
		}
		version = h.data.CityVersion + 1
	}
	if h, _ := listen(t, base, "", "test-100").next(t); h.kind != "city" || h.data.CityVersion != last {
		t.Errorf("who was away for too long: %s %+v", h.kind, h.data.CityVersion)
	}
	if h, _ := listen(t, base, "", "test-6000").next(t); h.kind != "tiles" || h.data.CityVersion != 6001 {
		t.Errorf("who was away for a while: %s %+v", h.kind, h.data.CityVersion)
	}
	e := listen(t, base, "", fmt.Sprintf("test-%d", last))
	var many []grids.Edit
	for k := range 2000 { // some 250 m apart
		c := snap.City.Components[0]
		c.FID, c.Code = int64(10_000+k), fmt.Sprint("far", k)
		c.At = spatial.Coord{X: townWest + int32(k%50)*30_000, Y: townSouth + int32(k/50)*25_000}
		many = append(many, grids.Edit{Version: last + 1, Component: &c})
	}
	if err := live.Apply(townNow, many...); err != nil {
		t.Error(err)
	}
	if h, _ := e.next(t); h.kind != "city" || h.data.CityVersion != last+1 {
		t.Errorf("2,000 components at once: %s of %d tiles", h.kind, len(h.data.Layers["components"]))
	}
}
