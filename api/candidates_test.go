package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/batch"
	"github.com/wanmi-gis/wanmi/spatial"
)

// probability writes 4 decimals at most.
func probability(p float64) json.Number {
	text := fmt.Sprintf("%.4f", p)
	return json.Number(strings.TrimSuffix(strings.TrimRight(text, "0"), "."))
}

// uncertain adds to an answer what the snapshot says of a position with an error.
func uncertain(tb testing.TB, s *grids.Snapshot, a object, at spatial.Coord, accuracyM float64) object {
	tb.Helper()
	c, err := s.Candidates(s.Locate(at), accuracyM)
	if err != nil {
		tb.Fatal(err)
	}
	candidates := []object{}
	for _, k := range c.Cells {
		p := s.Locate(s.City.Cells[k.Index].At)
		candidates = append(candidates, object{
			"cell": s.City.Cells[k.Index].Code, "zone": s.City.Zones[p.Zone].Code, "community": s.City.Communities[p.Community].Code,
			"street": s.City.Streets[p.Street].Code, "probability": probability(k.Probability),
		})
	}
	for _, rest := range []struct {
		name string
		p    float64
	}{{"others", c.Others}, {"outside", c.Outside}} {
		if rest.p >= 0.00005 {
			candidates = append(candidates, object{"cell": rest.name, "probability": probability(rest.p)})
		}
	}
	shares := func(of []grids.Share, l grids.Layer) []object {
		out := []object{}
		for _, k := range of {
			share := named(s.Feature(l, k.Index))
			share["probability"] = probability(k.Probability)
			out = append(out, share)
		}
		return out
	}
	a["candidates"] = candidates
	a["likely"] = object{
		"zones": shares(c.Zones, grids.Zones), "communities": shares(c.Communities, grids.Communities), "streets": shares(c.Streets, grids.Streets),
	}
	return a
}

func TestCandidatesAreTheSnapshotsInSingleAnswersAndBatches(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	rnd := rand.New(rand.NewPCG(5, 6))
	outside := 0
	for _, accuracyM := range []float64{0.5, 15.1, 45, 150} {
		points, want := []string{}, []object{}
		for range 60 {
			at := somewhere(rnd)
			r := d.get(t, fmt.Sprintf("/v1/geocode?accuracy_m=%v&%s", accuracyM, lonLat(at)))
			sameJSON(t, r.body, uncertain(t, d.snap, single(d.snap, at), at, accuracyM))
			points = append(points, fmt.Sprintf("[%.7f,%.7f]", at.Lon(), at.Lat()))
			want = append(want, uncertain(t, d.snap, answer(d.snap, at, false), at, accuracyM))
			outside += strings.Count(string(r.body), `"cell":"outside"`)
		}
		r := d.post(t, "/v1/geocode", fmt.Sprintf(`{"accuracy_m":%v,"points":[%s]}`, accuracyM, strings.Join(points, ",")))
		sameJSON(t, r.body, object{"results": want, "city_version": 1})
	}
	if outside < 20 {
		t.Errorf("only %d positions may lie outside", outside)
	}
}

func TestTheProbabilitiesOfAnAnswerAddUpTo1(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{overlap: true})
	rnd := rand.New(rand.NewPCG(7, 8))
	for range 200 {
		accuracyM := rnd.Float64() * grids.MaxAccuracyM
		var got struct {
			Candidates []struct {
				Cell        string
				Probability float64
			}
		}
		d.get(t, fmt.Sprintf("/v1/geocode?accuracy_m=%v&%s", accuracyM, lonLat(somewhere(rnd)))).read(t, &got)
		sum := 0.0
		for i, c := range got.Candidates {
			sum += c.Probability
			if i > 0 && c.Probability > got.Candidates[i-1].Probability && c.Cell != "others" && c.Cell != "outside" {
				t.Errorf("%v stands after less probable ones", c)
			}
		}
		if rounding := 0.00005 * float64(len(got.Candidates)+1); math.Abs(sum-1) > rounding {
			t.Errorf("accuracy %v m: %d candidates add up to %.4f", accuracyM, len(got.Candidates), sum)
		}
	}
}

func TestWithoutAccuracyThereAreNoCandidates(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	at := d.snap.City.Cells[20].At
	want := string(d.get(t, "/v1/geocode?"+lonLat(at)).body)
	for _, accuracy := range []string{"", "0", "0.0", "-0"} {
		if r := d.get(t, "/v1/geocode?accuracy_m="+accuracy+"&"+lonLat(at)); string(r.body) != want || strings.Contains(want, "candidates") {
			t.Errorf("%q: %d %s", accuracy, r.status, r.body)
		}
	}
}

func TestBadAccuraciesAreRefused(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	for _, accuracy := range []string{"-1", "1e7", "500.01", "NaN", "Inf", "-Infinity", "1e999", "12m", "%20", "0x", "-1e-300"} {
		d.refuses(t, refusal{"/v1/geocode?lon=114.305&lat=34.785&accuracy_m=" + accuracy, http.StatusBadRequest, "malformed", "accuracy_m"})
	}
	for _, accuracy := range []string{"-1", "1e7", "1e999", `"12"`, "[12]", "true"} {
		body := fmt.Sprintf(`{"accuracy_m":%s,"points":[[114.305,34.785]]}`, accuracy)
		d.refused(t, d.post(t, "/v1/geocode", body), refusal{body, http.StatusBadRequest, "malformed", "accuracy_m"})
	}
	for _, c := range []struct {
		accuracyM float64
		most      int
	}{{500, 1000}, {100, 25_000}} {
		body := func(n int) string {
			return fmt.Sprintf(`{"accuracy_m":%v,"points":[%s[0,0]]}`, c.accuracyM, strings.Repeat("[0,0],", n-1))
		}
		if r := d.post(t, "/v1/geocode", body(c.most)); r.status != http.StatusOK {
			t.Errorf("%d points of %v m: %d %.200s", c.most, c.accuracyM, r.status, r.body)
		}
		d.refused(t, d.post(t, "/v1/geocode", body(c.most+1)), refusal{"one more", http.StatusBadRequest, "too-many", "points"})
	}
}

func TestStreamedRowsGetCandidates(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	at := d.snap.City.Cells[20].At
	table := fmt.Sprintf("lon,lat,acc\n%.7f,%.7f,30\n", at.Lon(), at.Lat())
	object := fmt.Sprintf(`{"lon":%.7f,"lat":%.7f,"acc":30}`, at.Lon(), at.Lat())
	for kind, body := range map[string]string{"text/csv": table, "application/x-ndjson": object} {
		rows := batch.CSV
		if body == object {
			rows = batch.NDJSON
		}
		for _, accuracy := range []string{"30", "acc"} {
			var want bytes.Buffer
			if _, err := rows(t.Context(), &want, strings.NewReader(body), d.snap, batch.Options{Accuracy: accuracy}); err != nil {
				t.Fatal(err)
			}
			r := d.ask(t, http.MethodPost, "/v1/geocode?accuracy="+accuracy, body, "Content-Type", kind)
			if r.status != http.StatusOK || string(r.body) != want.String() || !strings.Contains(string(r.body), "candidates") {
				t.Errorf("%s, %s: %d %s", kind, accuracy, r.status, r.body)
			}
		}
		for _, accuracy := range []string{"-1", "0", "1e7", "NaN"} {
			r := d.ask(t, http.MethodPost, "/v1/geocode?accuracy="+accuracy, body, "Content-Type", kind)
			d.refused(t, r, refusal{accuracy, http.StatusBadRequest, "malformed", "accuracy"})
		}
	}
	r := d.ask(t, http.MethodPost, "/v1/geocode?accuracy=hdop", table, "Content-Type", "text/csv")
	d.refused(t, r, refusal{"no such column", http.StatusBadRequest, "malformed", "body"})
}

// BenchmarkGeocodeCandidates is the single answer with and without an accuracy.
func BenchmarkGeocodeCandidates(b *testing.B) {
	d := open(b, townPlan{})
	at := d.snap.City.Cells[20].At
	for name, query := range map[string]string{"none": "", "sigma=5m": "&accuracy_m=7.55", "sigma=30m": "&accuracy_m=45.3"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if r := d.get(b, "/v1/geocode?"+lonLat(at)+query); r.status != http.StatusOK {
					b.Fatalf("%d", r.status)
				}
			}
		})
	}
}
