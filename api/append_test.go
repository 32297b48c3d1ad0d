package api

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

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
		a := answerOf(s, p, n%2 == 0)
		seen[string(p.Status)+" "+p.Fault]++
		if n%4 == 0 {
			addAwkward(r, &a)
		}
		if n%100 == 0 && p.Cell != spatial.None {
			a.Boundary = geoJSON(s.City.Cells[p.Cell].Shape)
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
			out = append(out, Share{text(), text(), Probability(r.Float64())})
		}
		return out
	}
	for range r.IntN(5) {
		a.Candidates = append(a.Candidates, Candidate{text(), text(), text(), text(), Probability(r.Float64())})
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
	if got, err := appendAnswer([]byte("before"), a); err != nil || string(got) != "before"+string(want) {
		t.Fatalf("%v\n%s\nencoding/json:\n%s", err, got, want)
	}
}

func TestAppendAnswer_RefusesADateThatJSONHasNoFormFor(t *testing.T) {
	late := time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, v := range []*Validity{{From: &late}, {To: &late}} {
		if _, err := json.Marshal(Answer{Valid: v}); err == nil {
			t.Fatal("encoding/json has a form")
		}
		if b, err := appendAnswer(nil, &Answer{Valid: v}); err == nil {
			t.Errorf("%s", b)
		}
	}
}

// plainNumbers are the forms of the contract, by strconv alone.
func plainNumbers(v float64) (degrees, metres, probability string) {
	format := func(v float64, decimals int) string { return strconv.FormatFloat(v, 'f', decimals, 64) }
	return format(v, 7), format(math.Round(v*100)/100, -1), format(math.Round(v*10_000)/10_000, -1)
}

func checkNumbers(t *testing.T, v float64) {
	t.Helper()
	degrees, metres, probability := plainNumbers(v)
	if got := string(appendDegrees(nil, Degrees(v))); got != degrees {
		t.Errorf("%v degrees: %s, want %s", v, got, degrees)
	}
	if got := string(appendMetres(nil, Metres(v))); got != metres {
		t.Errorf("%v metres: %s, want %s", v, got, metres)
	}
	if got := string(appendProbability(nil, Probability(v))); got != probability {
		t.Errorf("probability %v: %s, want %s", v, got, probability)
	}
}

func TestAppendNumbers_AreThoseOfStrconv(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 9))
	for _, v := range []float64{0, math.Copysign(0, -1), 0.005, 0.01, 0.1, 1, 9.995, 10, 99.99, 100, 123.4, 1e7, 1e7 + 0.01, 1e9, 1e15, 1e300, -0.05, -12.3, 0.00005, 0.81, 180, -180, 360.5} {
		checkNumbers(t, v)
	}
	for range 50_000 {
		lattice := float64(r.Int32()) / 1e7
		for _, v := range []float64{lattice, -lattice, math.Nextafter(lattice, 1), r.Float64() * 1000, r.Float64(), math.Float64frombits(r.Uint64())} {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				checkNumbers(t, v)
			}
		}
	}
}

func TestAppendText_IsThatOfEncodingJSON(t *testing.T) {
	for _, text := range awkwardTexts {
		checkText(t, text)
	}
	for c := range 256 {
		checkText(t, string([]byte{byte(c)}))
	}
	for c := range rune(0x11000) {
		checkText(t, "ab"+string(c))
	}
}

func checkText(t *testing.T, text string) {
	t.Helper()
	want, err := json.Marshal(text)
	if got := appendText(nil, text); err != nil || string(got) != string(want) {
		t.Errorf("%q: %s, encoding/json %s", text, got, want)
	}
}

func FuzzAppend(f *testing.F) {
	f.Add("东市 <1>", 114.3488)
	f.Add("\xe2\x80\xa8", -0.0000001)
	f.Fuzz(func(t *testing.T, text string, v float64) {
		checkText(t, text)
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			checkNumbers(t, v)
		}
	})
}
