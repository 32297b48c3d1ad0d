package terms

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/spatial"
)

// awkwardTexts are names as nobody gives them.
var awkwardTexts = []string{
	"", "东市", `"quoted"`, `back\slash`, "<b>&amp;</b>", "line\nbreak\ttab\r\b\f", "\x00\x1f\x7f", "broken \xff\xfe utf-8", "cut \xe4\xb8",
	"\u2028 and \u2029", "— dashes ‘’", "😀", "\ufffd", "a/b", "é", "\xed\xa0\x80", strings.Repeat("长", 300),
}

// awkwardTown is the demo town with a doubled cell, a missing one and awkward
// names.
func awkwardTown(t *testing.T) *grids.Snapshot {
	t.Helper()
	city, err := demo.Town(1)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	text := func() string { return awkwardTexts[r.IntN(len(awkwardTexts))] }
	for i := range city.Cells {
		c := &city.Cells[i]
		if i%3 == 0 {
			c.Name = text()
		}
		c.Valid.From = grids.MomentOf(time.Date(2020, 1, 1, 0, 0, 0, r.IntN(3)*500_000_000, time.UTC))
		if i%5 == 0 {
			c.Valid.To = grids.MomentOf(time.Date(2090, 12, 31, 23, 59, 59, 0, time.FixedZone("", 3600)))
		}
		if i%7 == 0 {
			c.Zone = "no such zone"
		}
	}
	for i := range city.Zones {
		city.Zones[i].Name, city.Zones[i].Unit = text(), text()
	}
	for i := range city.Units {
		city.Units[i].Name = text()
	}
	for i := range city.Communities {
		city.Communities[i].Name = text()
	}
	middle := len(city.Cells) / 2
	twin := city.Cells[middle]
	twin.Code += "-twin"
	city.Cells = append(append(city.Cells[:middle-20:middle-20], city.Cells[middle-19:]...), twin)
	s, err := grids.NewSnapshot(city, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestAppendAnswer_WritesTheBytesOfEncodingJSON compares answers from all over
// the town, with all that an answer may have.
func TestAppendAnswer_WritesTheBytesOfEncodingJSON(t *testing.T) {
	s := awkwardTown(t)
	r := rand.New(rand.NewPCG(8, 8))
	seen := map[string]int{}
	box := s.Box(grids.Cells).Grow(6000)
	for n := range 20_000 {
		p := s.Locate(spatial.Coord{X: box.Min.X + r.Int32N(box.Max.X-box.Min.X), Y: box.Min.Y + r.Int32N(box.Max.Y-box.Min.Y)})
		a := AnswerOf(s, p, n%2 == 0)
		seen[string(p.Status)+" "+p.Fault]++
		if n%4 == 0 {
			addAwkward(r, &a)
		}
		if n%100 == 0 && p.Cell != spatial.None {
			a.Boundary = web.GeoJSON(s.City.Cells[p.Cell].Shape)
		}
		sameAsMarshal(t, &a)
	}
	t.Log(seen)
	for _, kind := range []string{"inside ", "near ", "outside ", "inside overlap", "near gap"} {
		if seen[kind] < 5 {
			t.Errorf("too few answers %q", kind)
		}
	}
	sameAsMarshal(t, &Answer{})
}

// addAwkward adds what only some questions ask for.
func addAwkward(r *rand.Rand, a *Answer) {
	text := func() string { return awkwardTexts[r.IntN(len(awkwardTexts))] }
	shares := func() []Share {
		if r.IntN(5) == 0 {
			return nil
		}
		out := []Share{}
		for range r.IntN(4) {
			out = append(out, Share{text(), text(), web.Probability(r.Float64())})
		}
		return out
	}
	for range r.IntN(5) {
		a.Candidates = append(a.Candidates, Candidate{text(), text(), text(), text(), web.Probability(r.Float64())})
	}
	if r.IntN(2) == 0 {
		a.Likely = &Likely{shares(), shares(), shares()}
	}
	a.Place = text()
	a.CityVersion = r.Int64() - math.MaxInt64/2
}

func sameAsMarshal(t *testing.T, a *Answer) {
	t.Helper()
	want, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := AppendAnswer([]byte("before"), a); err != nil || string(got) != "before"+string(want) {
		t.Fatalf("%v\n%s\nencoding/json:\n%s", err, got, want)
	}
}

func TestAppendAnswer_RefusesADateThatJSONHasNoFormFor(t *testing.T) {
	late := time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, v := range []*Validity{{From: &late}, {To: &late}} {
		if _, err := json.Marshal(Answer{Valid: v}); err == nil {
			t.Fatal("encoding/json has a form")
		}
		if b, err := AppendAnswer(nil, &Answer{Valid: v}); err == nil {
			t.Errorf("%s", b)
		}
	}
}
