//go:build proof

package api_test

import (
	"compress/gzip"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/api/heatmap"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/importers"
)

// realCases is a table of cases of a real city, and the mappings of the project
// that bring it in.
type realCases struct {
	mapping, folder    string // under grids/testdata; of the data
	city, cases, table string
	lon, lat, category string // columns
	most               int    // rows
	// ended has every case come to its end at once. The mapping of San Francisco
	// leaves all open, and a board of 834,666 open cases takes minutes to make.
	ended bool
}

// sanFrancisco has all its incidents, unless the proof is shortened.
func sanFrancisco() *realCases {
	r := &realCases{"sanfrancisco", "sf", "police.yaml", "incidents.yaml", "incidents.csv.gz", "lon", "lat", "category", math.MaxInt, true}
	if testing.Short() {
		r.most = 80_000
	}
	return r
}

func boston311() *realCases {
	return &realCases{"boston", "boston-311", "city.yaml", "cases.yaml", "cases_2011.csv.gz", "longitude", "latitude", "type", math.MaxInt, false}
}

func (r *realCases) data(t *testing.T) string {
	t.Helper()
	data := os.Getenv("WANMI_DATA")
	if data == "" {
		data = filepath.Join("..", "..", "shared", "data")
	}
	return filepath.Join(data, r.folder)
}

func (r *realCases) open(t *testing.T) io.Reader {
	t.Helper()
	f, err := os.Open(filepath.Join(r.data(t), r.table))
	if err != nil {
		t.Fatalf("the proof needs real data (WANMI_DATA names its folder): %v", err)
	}
	t.Cleanup(func() { f.Close() })
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// realRow is a row of the table as it stands there.
type realRow struct {
	lon, lat float64
	category string
}

// rows reads the table with nothing of the project.
func (r *realCases) rows(t *testing.T) iter.Seq[realRow] {
	t.Helper()
	table := csv.NewReader(r.open(t))
	head, err := table.Read()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range head {
		column[name] = i
	}
	return func(yield func(realRow) bool) {
		for range r.most {
			row, err := table.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			lon, errLon := strconv.ParseFloat(row[column[r.lon]], 64)
			lat, errLat := strconv.ParseFloat(row[column[r.lat]], 64)
			if err := errors.Join(errLon, errLat); err != nil {
				t.Fatal(err)
			}
			if lat == 90 { // San Francisco's sign for no place
				continue
			}
			if !yield(realRow{lon, lat, row[column[r.category]]}) {
				return
			}
		}
	}
}

// realStack is what the table has at one position.
type realStack struct {
	n          int64
	categories map[string]bool
}

// stacks counts the table by position, as the table writes it.
func (r *realCases) stacks(t *testing.T) map[[2]float64]*realStack {
	t.Helper()
	by := map[[2]float64]*realStack{}
	for row := range r.rows(t) {
		at := [2]float64{row.lon, row.lat}
		s := by[at]
		if s == nil {
			s = &realStack{categories: map[string]bool{}}
			by[at] = s
		}
		s.n++
		s.categories[row.category] = true
	}
	return by
}

// serve imports the city and its cases, and answers about their heat.
func (r *realCases) serve(t *testing.T) *warm {
	t.Helper()
	dir := filepath.Join("..", "grids", "testdata", r.mapping)
	m, err := importers.ReadMapping(filepath.Join(dir, r.city))
	if err != nil {
		t.Fatal(err)
	}
	rows, report, err := importers.Import(t.Context(), m, importers.Options{Dir: r.data(t)})
	if err != nil || rows == nil {
		t.Fatalf("the proof needs real data (WANMI_DATA names its folder): %v, %v", err, report)
	}
	mapping, err := importers.ReadCasesMapping(filepath.Join(dir, r.cases))
	if err != nil {
		t.Fatal(err)
	}
	return serveHeat(t, rows, func(city *cases.City, snap *grids.Snapshot) error {
		reader, err := importers.NewCaseReader(t.Context(), mapping, snap, r.open(t))
		if err == nil {
			_, err = city.ImportWith(t.Context(), r.pasts(reader.All()), cases.ImportOptions{SkipFaulty: true})
		}
		return err
	})
}

// serveHeat stores a city, has its cases brought in, and answers about their heat.
func serveHeat(t *testing.T, rows *grids.City, fill func(*cases.City, *grids.Snapshot) error) *warm {
	t.Helper()
	file, err := cityfile.Open(t.Context(), stored(t, rows))
	if err != nil {
		t.Fatal(err)
	}
	keeper, err := cityfile.NewKeeper(t.Context(), file, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	city, err := cases.NewCity(t.Context(), file, cases.Options{})
	if err != nil {
		t.Fatal(err)
	}
	snap := keeper.Live().Current()
	if err := fill(city, snap); err != nil {
		t.Fatal(err)
	}
	board, err := cases.NewBoard(t.Context(), city)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	h := heatmap.New(ctx, heatmap.Options{Live: keeper.Live(), Cases: city, Board: board, Log: quiet()})
	t.Cleanup(func() {
		stop()
		h.Wait()
		if err := keeper.Close(); err != nil {
			t.Error(err)
		}
	})
	select {
	case <-h.Ready():
	case <-t.Context().Done():
		t.Fatal("the cases were not read")
	}
	handler := api.New(api.Options{Keeper: keeper, Board: board, Heat: h, Log: quiet()})
	return &warm{&boardroom{&office{&desk{handler, snap, keeper.Live()}, "", keeper}, city, board, "", nil}, h, nil}
}

// pasts are the first cases of a list.
func (r *realCases) pasts(list iter.Seq2[cases.Past, error]) iter.Seq2[cases.Past, error] {
	return func(yield func(cases.Past, error) bool) {
		n := 0
		for p, err := range list {
			if r.ended && err == nil {
				p.Events = nil
				for k, kind := range []cases.EventKind{cases.Register, cases.Void} {
					p.Events = append(p.Events, cases.Event{Kind: kind, Actor: officer, At: p.Report.ReportedAt.Add(time.Duration(k+1) * time.Hour), Details: cases.Details{Note: "."}})
				}
			}
			if n++; n > r.most || !yield(p, err) {
				return
			}
		}
	}
}

// apartM is the distance of two positions on a sphere: near enough to tell what lies
// within 500 m but for a metre.
func apartM(a, b [2]float64) float64 {
	const radius, rad = 6371008.8, math.Pi / 180
	s, c := math.Sin((a[1]-b[1])*rad/2), math.Sin((a[0]-b[0])*rad/2)
	return 2 * radius * math.Asin(math.Sqrt(s*s+math.Cos(a[1]*rad)*math.Cos(b[1]*rad)*c*c))
}

// pilesOf asks for the piles and holds the answer against the table: n, positions and
// the fullest of them, and of each pile what it was judged by.
func pilesOf(t *testing.T, w *warm, by map[[2]float64]*realStack) heatmap.HeatPiles {
	t.Helper()
	n := int64(0)
	for _, s := range by {
		n += s.n
	}
	got := heatOf[heatmap.HeatPiles](t, w, "/heat/piles")
	if got.N != n || got.Places != int64(len(by)) {
		t.Errorf("%d cases at %d positions, the table has %d at %d", got.N, got.Places, n, len(by))
	}
	for i, s := range got.Largest {
		at := [2]float64{s.Lon, s.Lat}
		if by[at] == nil || by[at].n != s.N {
			t.Errorf("the table has %+v at %v, not %d", by[at], at, s.N)
		}
		fuller := 0
		for _, other := range by {
			if other.n > s.N {
				fuller++
			}
		}
		if fuller > i {
			t.Errorf("%+v is said to be number %d: %d have more", s, i+1, fuller)
		}
	}
	for _, f := range got.Features {
		p := &f.Properties
		at := positionOf(t, f.Geometry)
		var third [3]int64
		around := int64(0)
		for other, s := range by {
			if d := apartM(at, other); other == at || d > 500 {
				continue
			}
			around++
			for i, k := 0, s.n; i < 3; i++ {
				if k > third[i] {
					third[i], k = k, third[i]
				}
			}
		}
		s := by[at]
		if s == nil || p.N != s.n || p.AllN != s.n || p.Categories != len(s.categories) || p.ThirdN != third[2] || math.Abs(float64(around-p.Around)) > 0.02*float64(around) {
			t.Errorf("%+v at %v: the table has %+v, the third around it %d, %d around", p, at, s, third[2], around)
		}
		t.Logf("pile: %+v", *p)
	}
	t.Logf("%d cases at %d positions, %.2f %% at the ten fullest; %d piles with %d cases, %d positions alone", got.N, got.Places, 100*got.TopShare, len(got.Features), got.PiledN, got.AloneN)
	return got
}

// consistent asks every door with and without piles: all tell the same numbers.
func consistent(t *testing.T, w *warm, piles *heatmap.HeatPiles, by map[[2]float64]*realStack) {
	t.Helper()
	for _, words := range []string{"piles=with", "piles=without"} {
		want, piled := piles.N, int64(-1)
		if words == "piles=without" {
			want, piled = piles.N-piles.PiledN, piles.PiledN
		}
		told := func(what string, n int64, of *int64) {
			t.Helper()
			if n != want || (of == nil) != (piled < 0) || of != nil && *of != piled {
				t.Errorf("%s, %s: %d of %d cases, on piles %v", what, words, n, want, of)
			}
		}
		d := heatOf[heatmap.HeatDescription](t, w, "/heat.json?"+words)
		told("legend", d.Legend.N+d.Legend.ExcludedN, d.Legend.PiledN)
		a := heatOf[heatmap.HeatAreas](t, w, "/heat/areas?by=community&"+words)
		told("areas", a.N, a.PiledN)
		f := heatOf[heatmap.HeatFacets](t, w, "/heat/facets?"+words)
		told("facets", f.N, f.PiledN)
		for _, z := range []maptile.Zoom{9, 13, 17} {
			n, places := clustered(t, w, z, words, by)
			told(fmt.Sprint("clusters of zoom ", z), n, d.Legend.PiledN)
			all := piles.Places
			if piled >= 0 {
				all -= int64(len(piles.Features))
			}
			if z >= 16 && places != all {
				t.Errorf("clusters of zoom %d, %s: %d places of %d", z, words, places, all)
			}
		}
	}
}

// clustered adds up the clusters of the tiles that have a position of the table.
func clustered(t *testing.T, w *warm, z maptile.Zoom, words string, by map[[2]float64]*realStack) (n, places int64) {
	t.Helper()
	tiles := map[maptile.Tile]bool{}
	for at := range by {
		tiles[maptile.At(at, z)] = true
	}
	for id := range tiles {
		r := w.get(t, fmt.Sprintf("/heat/clusters/%d/%d/%d.mvt?%s", z, id.X, id.Y, words))
		if r.status == 204 {
			continue
		}
		layers, err := mvt.Unmarshal(r.body)
		if err != nil || r.status != 200 {
			t.Fatalf("%d: %v", r.status, err)
		}
		for _, f := range layers[0].Features {
			count, _ := f.Properties["count"].(float64)
			at, _ := f.Properties["places"].(float64)
			if z >= 16 && (at < 1 || at > count) {
				t.Errorf("%v cases at %v places", count, at)
			}
			n, places = n+int64(count), places+int64(at)
		}
	}
	return n, places
}

// TestProof_OfSanFranciscosStacksOnePileIsFound: all incidents stand on places of
// blocks and crossings; only the police's headquarters is a pile.
func TestProof_OfSanFranciscosStacksOnePileIsFound(t *testing.T) {
	r := sanFrancisco()
	w := r.serve(t)
	by := r.stacks(t)
	piles := pilesOf(t, w, by)
	consistent(t, w, &piles, by)
	if testing.Short() {
		return
	}
	if piles.N != 834_666 || piles.Places != 28_665 || len(piles.Features) != 1 || piles.PiledN != 25_060 || !piles.Largest[0].Pile || piles.Largest[1].Pile {
		t.Errorf("%d cases, %d places, %d piles with %d cases, the fullest %+v", piles.N, piles.Places, len(piles.Features), piles.PiledN, piles.Largest)
	}
	pictureOfSanFrancisco(t, w, &piles)
}

// TestProof_BostonsCityHallIsAPile: the geocoder's answer to what it does not know.
func TestProof_BostonsCityHallIsAPile(t *testing.T) {
	r := boston311()
	w := r.serve(t)
	by := r.stacks(t)
	piles := pilesOf(t, w, by)
	consistent(t, w, &piles, by)
	if piles.N != 58_251 || len(piles.Features) != 1 || piles.PiledN != 4775 || piles.Features[0].Properties.Reason != "default" {
		t.Errorf("%d cases, %d piles with %d cases: %+v", piles.N, len(piles.Features), piles.PiledN, piles.Features)
	}
	pictureOfBoston(t, w)
}
