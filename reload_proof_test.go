//go:build proof

package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strconv"
	"sync"
	"testing"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// The city of these proofs has two editions that another program writes in turn:
// in each all divisions, zones and components bear the edition's sign in their
// name, and in the second every cell belongs to another zone. No
// answer is the same in both.
var editions = [2]string{"甲", "乙"}

// served is the demo city on a real listener, reloaded by the real watcher.
type served struct {
	*reloader
	base  string
	other *sql.DB // the other program's connection
}

// questions is what the clients ask, and the answers of both editions, without
// the version.
type questions struct {
	paths   []string
	answers [2][]string
}

// serveDemo builds the demo city in its first edition and serves it.
func serveDemo(t *testing.T) *served {
	t.Helper()
	path := filepath.Join(t.TempDir(), "city.gpkg")
	build := demoCmd{Seed: 1, Scale: 1}
	if err := build.build(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	store, err := cityfile.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	s := &served{}
	var keeper *cityfile.Keeper
	t.Cleanup(func() { // after the other program has left
		if keeper == nil {
			return
		}
		if err := keeper.Close(); err != nil {
			t.Error(err)
		}
	})
	s.openOther(t, path)
	for _, layer := range []string{"districts", "streets", "communities", "zones", "components"} {
		s.exec(t, "UPDATE "+layer+" SET name = '"+editions[0]+"' || name")
	}
	if _, err := store.Foreign(t.Context()); err != nil {
		t.Fatal(err)
	}
	if keeper, err = cityfile.NewKeeper(t.Context(), store, time.Now); err != nil {
		t.Fatal(errors.Join(err, store.Close()))
	}
	s.reloader = &reloader{keeper: keeper, collector: debug.SetGCPercent}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := api.NewServer(api.New(api.Options{Keeper: keeper, Ready: store.Ready}))
	done := make(chan error, 1)
	go func() { done <- srv.Serve(listener) }()
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	s.base = "http://" + listener.Addr().String()
	return s
}

// openOther connects another program. The geometry functions that GeoPackage's
// triggers name are there and never called: no geometry is written.
func (s *served) openOther(t *testing.T, path string) {
	t.Helper()
	hook := func(c *sqlite3.SQLiteConn) error {
		for _, name := range []string{"ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"} {
			if err := c.RegisterFunc(name, func([]byte) (int, error) { return 0, errors.New("a geometry is written") }, true); err != nil {
				return err
			}
		}
		return nil
	}
	driver := "another program of " + t.Name()
	sql.Register(driver, &sqlite3.SQLiteDriver{ConnectHook: hook})
	var err error
	if s.other, err = sql.Open(driver, "file:"+path+"?_busy_timeout=10000&_txlock=immediate"); err != nil {
		t.Fatal(err)
	}
	s.other.SetMaxOpenConns(1)
	t.Cleanup(func() {
		if err := s.other.Close(); err != nil {
			t.Error(err)
		}
	})
}

// exec runs statements in one transaction.
func (s *served) exec(t *testing.T, statements ...string) {
	t.Helper()
	tx, err := s.other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range statements {
		if _, err := tx.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

// turn writes the edition over the other one.
func (s *served) turn(t *testing.T, edition int) {
	t.Helper()
	var all []string
	for _, layer := range []string{"districts", "streets", "communities", "zones", "components"} {
		all = append(all, "UPDATE "+layer+" SET name = '"+editions[edition]+"' || substr(name, 2)")
	}
	next := "(SELECT min(code) FROM zones WHERE code > cells.zone), (SELECT min(code) FROM zones)"
	if edition == 0 {
		next = "(SELECT max(code) FROM zones WHERE code < cells.zone), (SELECT max(code) FROM zones)"
	}
	s.exec(t, append(all, "UPDATE cells SET zone = coalesce("+next+")")...)
}

// ask makes the questions and, from snapshots of each edition on their own, the
// answers. It leaves the first edition in the file.
func (s *served) ask(t *testing.T) *questions {
	t.Helper()
	const seed = 100
	r := rand.New(rand.NewPCG(seed, seed))
	t.Logf("seed %d", seed)
	q := &questions{}
	snap := s.keeper.Live().Current()
	for i := range 300 {
		at := snap.City.Cells[r.IntN(len(snap.City.Cells))].At
		switch i % 3 {
		case 0:
			q.paths = append(q.paths, fmt.Sprintf("/v1/geocode?lon=%.7f&lat=%.7f", at.Lon(), at.Lat()))
		case 1:
			q.paths = append(q.paths, fmt.Sprintf("/v1/nearest?layer=components&k=50&radius_m=5000&lon=%.7f&lat=%.7f", at.Lon(), at.Lat()))
		default:
			id, _ := tiler.At(at, uint8(13+i%4))
			q.paths = append(q.paths, "/tiles/zones,cells,components/"+id.String()+".mvt")
		}
	}
	for e := range editions {
		if e > 0 {
			s.turn(t, e)
		}
		city, err := s.keeper.Store().Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		snap, err := grids.NewSnapshot(city, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		handler := api.New(api.Options{Live: grids.NewLive(snap)})
		for _, path := range q.paths {
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
			if w.Code != http.StatusOK {
				t.Fatalf("%s: %d %s", path, w.Code, w.Body)
			}
			_, body := unversioned(w.Header(), w.Body.Bytes())
			q.answers[e] = append(q.answers[e], body)
		}
	}
	for i := range q.paths {
		if q.answers[0][i] == q.answers[1][i] {
			t.Fatalf("%s has the same answer in both editions", q.paths[i])
		}
	}
	s.turn(t, 0)
	return q
}

var versionInBody = regexp.MustCompile(`"city_version":(\d+)`)

// unversioned takes the version out of an answer.
func unversioned(h http.Header, body []byte) (version int64, rest string) {
	text := h.Get("X-City-Version")
	if text == "" {
		if m := versionInBody.FindSubmatch(body); m != nil {
			text = string(m[1])
		}
		body = versionInBody.ReplaceAll(body, []byte(`"city_version":0`))
	}
	version, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		version = -1
	}
	return version, string(body)
}

// seen is what a client noted: how often each version answered as each edition.
type seen struct {
	mu                  sync.Mutex
	editionOf           map[int64][2]int
	asked, failed, none int
}

// read asks one question and notes whose answer it is.
func (n *seen) read(client *http.Client, base string, q *questions, i int) {
	version, edition, err := q.put(client, base, i)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked++
	switch {
	case err != nil:
		n.failed++
	case edition < 0:
		n.none++
	default:
		count := n.editionOf[version]
		count[edition]++
		n.editionOf[version] = count
	}
}

// put asks question i. edition is -1 for an answer that is neither's.
func (q *questions) put(client *http.Client, base string, i int) (version int64, edition int, err error) {
	resp, err := client.Get(base + q.paths[i])
	if err != nil {
		return 0, -1, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, -1, err
	}
	if resp.StatusCode != http.StatusOK {
		return 0, -1, fmt.Errorf("%s: %s", q.paths[i], resp.Status)
	}
	version, text := unversioned(resp.Header, body)
	for e := range editions {
		if text == q.answers[e][i] {
			return version, e, nil
		}
	}
	return version, -1, nil
}

// TestProof_AHundredReloadsUnderLoadFailNoRequestAndMixNoVersions is promise R6.
// Every answer must be, byte for byte, that of the edition that its version is.
func TestProof_AHundredReloadsUnderLoadFailNoRequestAndMixNoVersions(t *testing.T) {
	reloads := 100
	if testing.Short() {
		reloads = 10
	}
	s := serveDemo(t)
	q := s.ask(t)
	if _, err := s.reload(t.Context(), "the first edition again"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.keeper.Store().Foreign(t.Context()); err != nil { // the turns so far
		t.Fatal(err)
	}
	watching, end := context.WithCancel(t.Context())
	tick, watched := make(chan time.Time), make(chan struct{})
	go func() { defer close(watched); s.watch(watching, tick) }()
	defer func() { end(); <-watched }()
	n := &seen{editionOf: map[int64][2]int{}}
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for c := range 4 {
		clients.Go(func() {
			r := rand.New(rand.NewPCG(uint64(c), 7))
			client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
			defer client.CloseIdleConnections()
			for {
				select {
				case <-stop:
					return
				default:
					n.read(client, s.base, q, r.IntN(len(q.paths)))
				}
			}
		})
	}
	due := map[int64]int{s.keeper.Live().Current().City.Version: 0}
	start := time.Now()
	for k := range reloads {
		s.turn(t, (k+1)%2)
		before := s.keeper.Live().Current().City.Version
		tick <- time.Now() // the watcher takes it, sees the commit and reloads
		tick <- time.Now() // it takes the next when that is done
		version := s.keeper.Live().Current().City.Version
		if version != before+1 {
			t.Fatalf("reload %d: version %d after %d", k, version, before)
		}
		due[version] = (k + 1) % 2
	}
	took := time.Since(start)
	close(stop)
	clients.Wait()
	mixed, versions := 0, 0
	for version, count := range n.editionOf {
		edition, ok := due[version]
		if !ok {
			t.Errorf("answers of version %d, which there never was", version)
		}
		mixed += count[1-edition]
		versions++
	}
	t.Logf("%d reloads of %d components in %.0f s: %d requests, %d failed, %d of the wrong edition, %d of neither; %d versions answered",
		reloads, len(s.keeper.Live().Current().City.Components), took.Seconds(), n.asked, n.failed, mixed, n.none, versions)
	if n.failed+n.none+mixed > 0 {
		t.Error("requests failed or mix versions")
	}
	if versions < reloads/2 || n.asked < 10*reloads {
		t.Error("the load proves little")
	}
}

// insideCells are random positions that have a cell.
func insideCells(s *grids.Snapshot, n int) (out []spatial.Coord) {
	r := rand.New(rand.NewPCG(1, 1))
	box := s.Box(grids.Cells)
	for len(out) < n {
		c := spatial.Coord{X: box.Min.X + r.Int32N(box.Max.X-box.Min.X), Y: box.Min.Y + r.Int32N(box.Max.Y-box.Min.Y)}
		if s.Locate(c).Status == grids.StatusInside {
			out = append(out, c)
		}
	}
	return out
}
