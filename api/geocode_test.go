package api_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb/geojson"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

type object = map[string]any

// answer puts a place of the snapshot into the words of the contract.
func answer(s *grids.Snapshot, at spatial.Coord, border bool) object {
	p := s.Locate(at)
	a := object{
		"position": object{"lon": degrees(at.Lon()), "lat": degrees(at.Lat()), "crs": "cgcs2000"},
		"status":   string(p.Status), "fault": nil, "cell": nil, "zone": nil, "community": nil, "street": nil,
		"district": nil, "city_version": s.City.Version, "valid": nil,
	}
	if p.Cell == spatial.None {
		return a
	}
	cell := &s.City.Cells[p.Cell]
	c := object{"code": cell.Code, "name": cell.Name}
	if p.Status == grids.StatusNear {
		c["distance_m"] = centimetres(p.DistanceM)
	} else if border {
		m, across := s.Border(p)
		c["border_m"], c["across"] = centimetres(m), nil
		if across != spatial.None {
			c["across"] = s.City.Cells[across].Code
		}
	}
	if p.Fault != "" {
		also := []string{}
		for _, i := range p.Also {
			also = append(also, s.City.Cells[i].Code)
		}
		a["fault"], a["also"] = p.Fault, also
	}
	valid := object{"from": cell.Valid.From.In(cst).Format("2006-01-02T15:04:05-07:00"), "to": nil}
	if !cell.Valid.To.IsZero() {
		valid["to"] = cell.Valid.To.In(cst).Format("2006-01-02T15:04:05-07:00")
	}
	zone := &s.City.Zones[p.Zone]
	a["cell"], a["valid"] = c, valid
	a["zone"] = object{"code": zone.Code, "name": zone.Name, "unit": zone.Unit, "unit_name": s.Unit(zone.Unit).Name}
	a["community"] = named(&s.City.Communities[p.Community].Feature)
	a["street"] = named(&s.City.Streets[p.Street].Feature)
	a["district"] = named(&s.City.Districts[p.District].Feature)
	return a
}

// single is the answer to one question, which has words for the spot.
func single(s *grids.Snapshot, at spatial.Coord) object {
	a := answer(s, at, true)
	if words := s.Words(at); words != "" {
		a["place"] = words
	}
	return a
}

func named(f *grids.Feature) object { return object{"code": f.Code, "name": f.Name} }

func degrees(v float64) json.Number { return json.Number(fmt.Sprintf("%.7f", v)) }

func centimetres(v float64) float64 { return math.Round(v*100) / 100 }

func TestGeocodingSaysWhatTheSnapshotLocates(t *testing.T) {
	t.Parallel()
	for _, plan := range []townPlan{{}, {overlap: true}} {
		d := open(t, plan)
		rnd := rand.New(rand.NewPCG(1, 2))
		seen := map[string]int{}
		for range 400 {
			at := somewhere(rnd)
			r := d.get(t, "/v1/geocode?"+lonLat(at))
			want := single(d.snap, at)
			sameJSON(t, r.body, want)
			if r.status != http.StatusOK {
				t.Fatalf("status %d", r.status)
			}
			seen[want["status"].(string)]++
			if want["fault"] != nil {
				seen["overlap"]++
			}
			if c, ok := want["cell"].(object); ok && want["status"] == "inside" && c["across"] == nil {
				seen["edge of the grid"]++
			}
		}
		if seen["inside"] < 100 || seen["near"] < 10 || seen["outside"] < 10 || seen["edge of the grid"] < 5 || plan.overlap != (seen["overlap"] > 5) {
			t.Errorf("the points prove little: %v", seen)
		}
	}
}

func TestEveryVertexAndEdgeMiddleIsAnsweredWithOneCell(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	for i := range d.snap.City.Cells {
		ring := d.snap.City.Cells[i].Shape.Coords
		for k, a := range ring {
			b := ring[(k+1)%len(ring)]
			for _, at := range []spatial.Coord{a, spatial.Box{Min: a, Max: b}.Center()} {
				r := d.get(t, "/v1/geocode?"+lonLat(at))
				sameJSON(t, r.body, single(d.snap, at))
				if !strings.Contains(string(r.body), `"status":"inside","fault":null`) {
					t.Fatalf("%v: %s", at, r.body)
				}
			}
		}
	}
}

func TestAnswersWriteSevenDecimalsAndTheMembersOfTheContract(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	at := d.snap.City.Cells[7].At
	body := string(d.get(t, "/v1/geocode?"+lonLat(at)).body)
	start := fmt.Sprintf(`{"position":{"lon":%.7f,"lat":%.7f,"crs":"cgcs2000"},"status":"inside","fault":null,"cell":{"code":"`, at.Lon(), at.Lat())
	if !strings.HasPrefix(body, start) {
		t.Errorf("begins %.200s", body)
	}
	if want := `"valid":{"from":"2026-01-01T00:00:00+08:00","to":null}`; !strings.Contains(body, want) {
		t.Errorf("no %s in %s", want, body)
	}
	outside := string(d.get(t, "/v1/geocode?lon=0&lat=0").body)
	if want := `{"position":{"lon":0.0000000,"lat":0.0000000,"crs":"cgcs2000"},"status":"outside","fault":null,"cell":null,` +
		`"zone":null,"community":null,"street":null,"district":null,"city_version":1,"valid":null}`; outside != want {
		t.Errorf("outside is %s", outside)
	}
}

func TestBoundaryIsTheCellsOwnPolygon(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	cell := &d.snap.City.Cells[7]
	var got struct{ Boundary *geojson.Geometry }
	d.get(t, "/v1/geocode?boundary=true&"+lonLat(cell.At)).read(t, &got)
	s, err := spatial.FromOrb(got.Boundary.Geometry())
	if err != nil {
		t.Fatal(err)
	}
	if s.Box != cell.Shape.Box || len(s.Coords) != len(cell.Shape.Coords) {
		t.Errorf("boundary %v", got.Boundary)
	}
	for _, target := range []string{"/v1/geocode?lon=0&lat=0&boundary=true", "/v1/geocode?boundary=false&" + lonLat(cell.At)} {
		if body := d.get(t, target).body; strings.Contains(string(body), "boundary") {
			t.Errorf("%s: %s", target, body)
		}
	}
}

func TestAtAnswersForAPastOrPlannedDate(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{planned: true})
	old := d.snap.Find(grids.Cells, "990104001000001")
	at := "/v1/geocode?" + lonLat(d.snap.City.Cells[old].At) + "&at="
	for _, c := range []struct{ at, code string }{
		{"", "990104001000001"},
		{"2026-06-01", "990104001000001"},
		{"2029-12-31", "990104001000001"},
		{"2030-01-01", "990104001900001"}, // the town's midnight, not Greenwich's
		{"2029-12-31T23:59:59%2B08:00", "990104001000001"},
		{"2030-01-01T00:00:00%2B08:00", "990104001900001"},
		{"2029-12-31T16:00:00Z", "990104001900001"},
		{"2126-01-01", "990104001900001"},
	} {
		var got struct{ Cell struct{ Code string } }
		d.get(t, at+c.at).read(t, &got)
		if got.Cell.Code != c.code {
			t.Errorf("at %q: %s, want %s", c.at, got.Cell.Code, c.code)
		}
	}
	p := d.get(t, at+"1999-01-01").problem(t)
	if p.Status != http.StatusNotFound || p.Code != "not-found" || p.Errors[0].Location != "at" {
		t.Errorf("before the first cell: %+v", p)
	}
	if r := d.get(t, "/v1/cells/990104001900001"); r.status != http.StatusNotFound {
		t.Errorf("the planned cell is there today: %d", r.status)
	}
	if r := d.get(t, "/v1/cells/990104001900001?at=2031-01-01"); r.status != http.StatusOK {
		t.Errorf("the planned cell: %d", r.status)
	}
}

func TestABatchGivesTheSingleAnswersInOrder(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{overlap: true})
	rnd := rand.New(rand.NewPCG(3, 4))
	for _, border := range []bool{false, true} {
		points, want := []string{}, []object{}
		for range 700 { // more than one part
			at := somewhere(rnd)
			points = append(points, fmt.Sprintf("[%.7f,%.7f]", at.Lon(), at.Lat()))
			want = append(want, answer(d.snap, at, border))
		}
		r := d.post(t, "/v1/geocode", fmt.Sprintf(`{"border":%v,"points":[%s]}`, border, strings.Join(points, ",")))
		sameJSON(t, r.body, object{"results": want, "city_version": 1})
	}
	for _, body := range []string{`{"points":[]}`, ` { "points" : [ ] } `} {
		sameJSON(t, d.post(t, "/v1/geocode", body).body, object{"results": []object{}, "city_version": 1})
	}
}

func TestABadPointCostsOnlyItself(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	good := d.snap.City.Cells[9].At
	ok := fmt.Sprintf(" [ %.7f ,\n %.7f ] ", good.Lon(), good.Lat())
	bad := []string{
		`[200,34]`, `[114,95]`, `[34.79,114.35]`, `[114.3]`, `[]`, `[114.3,34.8,12]`, `["114.3",34.8]`, `[null,34.8]`, `null`, `{}`,
		`"114.3,34.8"`, `7`, `true`, `[1e999,34]`, `[[114.3,34.8]]`, `[114.3,[34.8]]`, `{"lon":114.3,"lat":34.8}`, `"["`,
	}
	body := `{"points":[` + ok + "," + strings.Join(bad, ","+ok+",") + "," + ok + `]}`
	var got struct{ Results []object }
	d.post(t, "/v1/geocode", body).read(t, &got)
	if len(got.Results) != 2*len(bad)+1 {
		t.Fatalf("%d results", len(got.Results))
	}
	for i, r := range got.Results {
		fault, failed := r["error"].(object)
		switch {
		case i%2 == 0:
			if failed || r["status"] != "inside" {
				t.Errorf("the good point %d: %v", i, r)
			}
		case !failed || len(r) != 1 || fault["location"] != fmt.Sprintf("points[%d]", i) || fault["message"] == "":
			t.Errorf("%s: %v", bad[i/2], r)
		case secrets.MatchString(fault["message"].(string)):
			t.Errorf("%s: tells %v", bad[i/2], fault)
		}
	}
}

func TestABatchKnowsDatesAndSystems(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{planned: true})
	at := d.snap.City.Cells[slices.IndexFunc(d.snap.City.Cells, func(c grids.Cell) bool { return c.Code == "990104001000001" })].At
	x, y := d.snap.City.Grid.FromCGCS2000(at.Lon(), at.Lat())
	r := d.post(t, "/v1/geocode", fmt.Sprintf(`{"crs":"city","at":"2031-05-05","points":[[%.4f,%.4f]]}`, x, y))
	var got struct {
		Results []struct{ Cell struct{ Code string } }
	}
	r.read(t, &got)
	if len(got.Results) != 1 || got.Results[0].Cell.Code != "990104001900001" {
		t.Errorf("%s", r.body)
	}
}
