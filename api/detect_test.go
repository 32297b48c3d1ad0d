package api_test

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// detection is what POST /v1/crs/detect answers.
type detection struct {
	Verdict  *string  `json:"verdict"`
	CRS      string   `json:"crs"`
	Also     []string `json:"also"`
	Axes     string   `json:"axes"`
	Notation string   `json:"notation"`
	Reason   string   `json:"reason"`
	Guesses  []struct {
		CRS, Axes, Notation string
		Score               float64
		Matched, N          int
	} `json:"guesses"`
	N, Rows, Repeated, Faulty int
	Errors                    []struct{ Location, Message string }
	CityVersion               int64 `json:"city_version"`
}

// told are n points of the town in a system, each with one of its codes.
func told(tb testing.TB, d *desk, system string, n int) []object {
	tb.Helper()
	sys, err := crs.Parse(system)
	if err != nil {
		tb.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	var out []object
	for len(out) < n {
		at := somewhere(rnd)
		p := d.snap.Locate(at)
		if p.Status != grids.StatusInside {
			continue
		}
		x, y := sys.FromCGCS2000(at.Lon(), at.Lat())
		point := object{"x": x, "y": y}
		switch len(out) % 3 {
		case 0:
			point["cell"] = d.snap.City.Cells[p.Cell].Code
		case 1:
			point["zone"] = d.snap.City.Zones[p.Zone].Code
		default:
			point["community"] = d.snap.City.Communities[p.Community].Code
		}
		out = append(out, point)
	}
	return out
}

func pointsBody(tb testing.TB, points []object) string {
	tb.Helper()
	body, err := json.Marshal(object{"points": points})
	if err != nil {
		tb.Fatal(err)
	}
	return string(body)
}

func TestDetectNamesTheSystem(t *testing.T) {
	t.Parallel()
	for _, plan := range []townPlan{{}, {noOffset: true, noGrid: true, version: 3}} { // naming GCJ-02 converts nothing
		d := open(t, plan)
		doc := openAPI(t, d)
		described := doc["paths"].(object)["/v1/crs/detect"].(object)["post"].(object)["responses"].(object)["200"].(object)
		for _, c := range []struct{ system, crs, also, notation string }{
			{"wgs84", "cgcs2000", "wgs84", "degrees"},
			{"gcj02", "gcj02", "", "degrees"},
			{"bd09", "bd09", "", "degrees"},
			{"epsg:4548", "epsg:4509", "epsg:4548", "metres"},
			{"epsg:4526", "epsg:4526", "", "metres"},
		} {
			for _, swapped := range []bool{false, true} {
				points := told(t, d, c.system, 400)
				axes := "lon,lat"
				if swapped {
					axes = "lat,lon"
					for _, p := range points {
						p["x"], p["y"] = p["y"], p["x"]
					}
				}
				r := d.post(t, "/v1/crs/detect", pointsBody(t, points))
				var got detection
				r.read(t, &got)
				if got.Verdict == nil || *got.Verdict != c.crs || got.CRS != c.crs || strings.Join(got.Also, " ") != c.also ||
					got.Axes != axes || got.Notation != c.notation {
					t.Errorf("%s %s: %s", c.system, axes, r.body)
				}
				if g := got.Guesses[0]; g.CRS != c.crs || g.Matched != 400 || g.Score != 1 || g.N != 400 || got.N != 400 || got.Rows != 400 ||
					got.CityVersion != d.snap.City.Version {
					t.Errorf("%s %s: %s", c.system, axes, r.body)
				}
				conforms(t, c.system, doc, described, r)
			}
		}
	}
}

func TestDetectSaysWhenItCannotTell(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	points := told(t, d, "wgs84", 400)
	codes := rand.New(rand.NewPCG(3, 3)).Perm(400)
	noise := slices.Clone(points)
	for i, k := range codes {
		mixed := object{"x": points[i]["x"], "y": points[i]["y"]}
		for _, member := range []string{"cell", "zone", "community"} {
			if code, ok := points[k][member]; ok {
				mixed[member] = code
			}
		}
		noise[i] = mixed
	}
	r := d.post(t, "/v1/crs/detect", pointsBody(t, noise))
	var got detection
	r.read(t, &got)
	if got.Verdict != nil || got.CRS != "" || got.Axes != "" || got.Reason == "" {
		t.Errorf("%s", r.body)
	}
	doc := openAPI(t, d)
	conforms(t, "noise", doc, doc["paths"].(object)["/v1/crs/detect"].(object)["post"].(object)["responses"].(object)["200"].(object), r)
}

func TestDetectCountsAndNamesPointsOfNoUse(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	points := told(t, d, "gcj02", 300)
	points[7]["x"] = nil
	points[8]["cell"], points[8]["zone"] = "none", nil
	delete(points[8], "community")
	delete(points[8], "zone")
	points = append(points, points[0], object{"x": 1, "y": 2, "component": "zz"})
	for range 20 {
		points = append(points, object{})
	}
	r := d.post(t, "/v1/crs/detect", pointsBody(t, points))
	var got detection
	r.read(t, &got)
	if got.Verdict == nil || *got.Verdict != "gcj02" || got.N != 298 || got.Rows != 322 || got.Repeated != 1 || got.Faulty != 23 || len(got.Errors) != 10 {
		t.Errorf("%s", r.body)
	}
	for i, want := range []struct{ location, message string }{
		{"points[7]", "is not a pair of numbers"}, {"points[8]", `the city has no cell "none"`}, {"points[301]", `no component of category "zz"`},
	} {
		if e := got.Errors[i]; e.Location != want.location || !strings.Contains(e.Message, want.message) {
			t.Errorf("%+v, want %+v", e, want)
		}
	}
}

func TestDetectRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	few := pointsBody(t, told(t, d, "gcj02", 199))
	for _, c := range []struct {
		body string
		refusal
	}{
		{few, refusal{"199 points", 422, "not-possible", "points"}},
		{`{"points":[]}`, refusal{"none", 422, "not-possible", "points"}},
		{`{}`, refusal{"no list", 400, "malformed", "points"}},
		{`{"points":null}`, refusal{"null", 400, "malformed", "points"}},
		{`{"points":{"x":1}}`, refusal{"an object", 400, "malformed", "points"}},
		{`{"points":[{"x":1,"y":2},{"x":"1","y":2}]}`, refusal{"text", 400, "malformed", "points[1].x"}},
		{`{"points":[{"x":1e999,"y":2}]}`, refusal{"too large a number", 400, "malformed", "points[0].x"}},
		{`{"points":[{"x":1,"y":2,"cell":7}]}`, refusal{"a number for a code", 400, "malformed", "points[0].cell"}},
		{`{"points":[{"x":1,"y":2,"colour":"red"}]}`, refusal{"unknown member", 400, "malformed", "points[0].colour"}},
		{`{"points":[[1,2]]}`, refusal{"a pair", 400, "malformed", "points[0]"}},
		{`{"points":[` + strings.Repeat("{},", 100_000) + `{}]}`, refusal{"too many", 400, "too-many", "points"}},
		{`{"points":[` + strings.Repeat(" ", 9<<20) + `]}`, refusal{"too large", 413, "too-large", "body"}},
		{strings.TrimSuffix(few, "}") + `,"at":"soon"}`, refusal{"bad date", 400, "malformed", "at"}},
		{`{"points":[`, refusal{"cut off", 400, "malformed", "body"}},
	} {
		d.refused(t, d.post(t, "/v1/crs/detect", c.body), c.refusal)
	}
	d.refused(t, d.post(t, "/v1/crs/detect?crs=gcj02", few), refusal{"a query", 400, "malformed", "crs"})
}

func FuzzDetectBody(f *testing.F) {
	d := open(f, townPlan{})
	f.Add([]byte(pointsBody(f, told(f, d, "bd09", 220))))
	for _, seed := range []string{
		`{"points":[{"x":1,"y":2,"cell":"c"},{},null,[]]}`, `{"points":[{"x":1e999}]}`, `{"at":"2031-01-01","points":[{}]}`, `[[[`, `{"points":[{"x":1,}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r := d.ask(t, http.MethodPost, "/v1/crs/detect", string(body))
		switch {
		case r.status >= 500:
			t.Fatalf("%q: %d", body, r.status)
		case r.status != http.StatusOK:
			r.shape(t)
		default:
			var got detection
			r.read(t, &got)
			if got.Reason == "" {
				t.Fatalf("%q: %s", body, r.body)
			}
		}
	})
}
