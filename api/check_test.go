package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/check"
	"github.com/wanmi-gis/wanmi/spatial"
)

var checkRules = []check.Rule{
	{ID: "cell-gap", Severity: grids.Error, Title: "Gap", TitleZH: "缝隙"},
	{ID: "cell-area", Severity: grids.Warning, Title: "Area"},
	{ID: "orphan", Severity: grids.Note, Title: "Orphan"},
}

// findings has 12 gaps with their areas, 7 of 9 areas as points, and one
// finding without a place.
func findings(city *grids.City) *check.Result {
	r := &check.Result{
		City: city.Profile, Layers: map[grids.Layer]int{grids.Cells: len(city.Cells)},
		Counts: map[string]int{"cell-gap": 12, "cell-area": 9, "orphan": 1}, Took: time.Second,
	}
	for i := range 12 {
		c := &city.Cells[i]
		r.Findings = append(r.Findings, check.Finding{
			Rule: "cell-gap", Severity: grids.Error, At: c.At, Placed: true, Shape: c.Shape, Measured: 0.3, Unit: "m",
			Features: []check.Ref{{Layer: grids.Cells, Code: c.Code, FID: c.FID}}, Reason: fmt.Sprint("gap ", i), ReasonZH: fmt.Sprint("缝隙 ", i),
		})
	}
	for i := range 7 {
		c := &city.Cells[i+20]
		r.Findings = append(r.Findings, check.Finding{Rule: "cell-area", Severity: grids.Warning, At: c.At, Placed: true, Reason: fmt.Sprint("area ", i)})
	}
	r.Findings = append(r.Findings, check.Finding{Rule: "orphan", Severity: grids.Note, Reason: "of nobody"})
	return r
}

// checkDesk is a desk whose check waits for a sign: the result or the error it
// shall end with.
func checkDesk(t *testing.T) (*desk, chan error) {
	t.Helper()
	d := open(t, townPlan{})
	ctx, stop := context.WithCancel(t.Context())
	signs := make(chan error)
	checks := api.NewChecks(ctx, checkRules, func(ctx context.Context, city *grids.City, o check.Options) (*check.Result, error) {
		o.Progress("cell-gap")
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case err := <-signs:
			if err != nil && err.Error() == "panic" {
				panic("a rule is broken")
			}
			return findings(city), err
		}
	})
	t.Cleanup(func() { stop(); checks.Wait() })
	d.Handler = api.New(api.Options{Live: d.live, Checks: checks, Log: quiet()})
	return d, signs
}

// checkDoc is the answer as a client reads it.
type checkDoc struct {
	CityVersion    int64 `json:"city_version"`
	CurrentVersion int64 `json:"current_version"`
	Counts         map[string]int
	Rules          []struct {
		ID        string
		N, Listed int
	}
	Matched  int
	Next     string
	Findings []struct {
		Rule, Severity string
		At             []float64
		Geometry       *struct{ Type string }
		Reason         struct{ En, Zh string }
	}
}

// finished asks until the check of a version is there.
func (d *desk) finished(t *testing.T, target string, version int64) checkDoc {
	t.Helper()
	deadline := time.After(patience)
	for {
		r := d.get(t, target)
		var doc checkDoc
		if r.status == http.StatusOK {
			if r.read(t, &doc); doc.CityVersion == version {
				return doc
			}
		} else if r.status != http.StatusAccepted {
			t.Fatalf("%s: %d %s", target, r.status, r.body)
		}
		select {
		case <-deadline:
			t.Fatalf("%s: no answer of version %d: %d %.200s", target, version, r.status, r.body)
		default:
		}
	}
}

func TestACheckRunsOncePerVersionAndTheOldResultServesMeanwhile(t *testing.T) {
	t.Parallel()
	d, signs := checkDesk(t)
	for range 3 {
		r := d.get(t, "/v1/check")
		if r.status != http.StatusAccepted || r.header.Get("Retry-After") != "1" || !strings.Contains(string(r.body), `"state":"running"`) {
			t.Fatalf("%d %v %s", r.status, r.header, r.body)
		}
	}
	signs <- nil
	first := d.finished(t, "/v1/check", 1)
	if first.Matched != 20 || first.CurrentVersion != 1 || first.Counts["error"] != 12 || first.Counts["warning"] != 9 || first.Counts["note"] != 1 {
		t.Errorf("%+v", first)
	}
	d.live.Publish(snapshot(t, townPlan{version: 2}))
	for range 3 {
		var old checkDoc
		d.get(t, "/v1/check").read(t, &old)
		if old.CityVersion != 1 || old.CurrentVersion != 2 {
			t.Fatalf("%+v", old)
		}
	}
	signs <- nil // exactly one was started: another would wait here for ever
	if second := d.finished(t, "/v1/check", 2); second.CurrentVersion != 2 {
		t.Errorf("%+v", second)
	}
	select {
	case signs <- nil:
		t.Error("a third check was under way")
	default:
	}
}

func TestACheckThatFailsIsToldOnceAndTriedAgain(t *testing.T) {
	t.Parallel()
	d, signs := checkDesk(t)
	for _, failure := range []string{"the judge fell ill at /tmp/secret", "panic"} {
		d.get(t, "/v1/check")
		signs <- errors.New(failure)
		deadline := time.Now().Add(patience)
		r := d.get(t, "/v1/check")
		for ; r.status == http.StatusAccepted && time.Now().Before(deadline); r = d.get(t, "/v1/check") {
		}
		if p := r.problem(t); p.Status != http.StatusInternalServerError || p.Code != "internal" {
			t.Errorf("%s: %d %s", failure, p.Status, p.Code)
		}
	}
	d.get(t, "/v1/check")
	signs <- nil
	d.finished(t, "/v1/check", 1)
}

func TestPagesOfFindingsAreWholeAndInOrder(t *testing.T) {
	t.Parallel()
	d, signs := checkDesk(t)
	d.get(t, "/v1/check")
	signs <- nil
	d.finished(t, "/v1/check", 1)
	all := findings(d.snap.City).Findings
	around := d.snap.City.Cells[0].Shape.Box
	box := fmt.Sprintf("%.7f,%.7f,%.7f,%.7f", around.Min.Lon(), around.Min.Lat(), around.Max.Lon(), around.Max.Lat())
	for query, keep := range map[string]func(f *check.Finding) bool{
		"limit=3":                  func(*check.Finding) bool { return true },
		"limit=20":                 func(*check.Finding) bool { return true },
		"limit=4&rule=cell-gap":    func(f *check.Finding) bool { return f.Rule == "cell-gap" },
		"limit=4&severity=warning": func(f *check.Finding) bool { return f.Severity == grids.Warning },
		"limit=2&rule=orphan,cell-area&severity=note,error": func(f *check.Finding) bool { return f.Rule == "orphan" },
		"limit=2&bbox=" + box: func(f *check.Finding) bool {
			return (f.Placed && inside(around, f.At)) || (f.Shape != nil && f.Shape.Box.Min.X <= around.Max.X && f.Shape.Box.Min.Y <= around.Max.Y &&
				f.Shape.Box.Max.X >= around.Min.X && f.Shape.Box.Max.Y >= around.Min.Y)
		},
	} {
		var want, got []string
		for i := range all {
			if keep(&all[i]) {
				want = append(want, all[i].Reason)
			}
		}
		next, pages := "", 0
		for ; pages == 0 || next != ""; pages++ {
			target := "/v1/check?" + query
			if next != "" {
				target += "&cursor=" + url.QueryEscape(next)
			}
			var page checkDoc
			d.get(t, target).read(t, &page)
			if page.Matched != len(want) || pages > 20 {
				t.Fatalf("%s: %d matched, want %d; page %d", query, page.Matched, len(want), pages)
			}
			for _, f := range page.Findings {
				got = append(got, f.Reason.En)
			}
			next = page.Next
		}
		if !slices.Equal(got, want) || len(want) == 0 {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	var page checkDoc
	d.get(t, "/v1/check?limit=1").read(t, &page)
	f, c := page.Findings[0], d.snap.City.Cells[0]
	if f.At[0] != c.At.Lon() || f.Geometry.Type != "Polygon" || f.Reason.Zh != "缝隙 0" || f.Severity != "error" {
		t.Errorf("%+v", f)
	}
	if last := page.Rules[1]; last.ID != "cell-area" || last.N != 9 || last.Listed != 7 {
		t.Errorf("%+v", page.Rules)
	}
}

func inside(b spatial.Box, c spatial.Coord) bool {
	return c.X >= b.Min.X && c.X <= b.Max.X && c.Y >= b.Min.Y && c.Y <= b.Max.Y
}

func TestWhatIsWrongWithAQuestionForFindingsIsNamed(t *testing.T) {
	t.Parallel()
	d, signs := checkDesk(t)
	d.get(t, "/v1/check")
	signs <- nil
	d.finished(t, "/v1/check", 1)
	var page checkDoc
	d.get(t, "/v1/check?limit=5").read(t, &page)
	cursor := page.Next
	many := strings.TrimSuffix(strings.Repeat("orphan,", 51), ",")
	for _, c := range []refusal{
		{"/v1/check?rule=nothing", 400, "malformed", "rule"},
		{"/v1/check?rule=", 400, "malformed", "rule"},
		{"/v1/check?rule=" + many, 400, "too-many", "rule"},
		{"/v1/check?severity=fatal", 400, "malformed", "severity"},
		{"/v1/check?bbox=1,2,3", 400, "malformed", "bbox"},
		{"/v1/check?bbox=1,2,3,4,5", 400, "malformed", "bbox"},
		{"/v1/check?bbox=1,2,x,4", 400, "malformed", "bbox"},
		{"/v1/check?bbox=3,2,1,4", 400, "malformed", "bbox"},
		{"/v1/check?bbox=1,2,300,4", 400, "coordinate-out-of-range", "bbox"},
		{"/v1/check?bbox=NaN,2,3,4", 400, "coordinate-out-of-range", "bbox"},
		{"/v1/check?limit=0", 400, "malformed", "limit"},
		{"/v1/check?limit=10001", 400, "malformed", "limit"},
		{"/v1/check?limit=1e3", 400, "malformed", "limit"},
		{"/v1/check?cursor=abc", 400, "malformed", "cursor"},
		{"/v1/check?severity=error&cursor=" + cursor, 400, "malformed", "cursor"},
		{"/v1/check?colour=red", 400, "malformed", "colour"},
	} {
		d.refuses(t, c)
	}
	d.live.Publish(snapshot(t, townPlan{version: 2}))
	d.get(t, "/v1/check")
	signs <- nil
	d.finished(t, "/v1/check", 2)
	d.refuses(t, refusal{"/v1/check?limit=5&cursor=" + cursor, 412, "version-mismatch", "cursor"})
}

func TestAnswersOfTheCheckAreWhatTheDescriptionSays(t *testing.T) {
	t.Parallel()
	d, signs := checkDesk(t)
	doc := openAPI(t, d)
	responses := doc["paths"].(object)["/v1/check"].(object)["get"].(object)["responses"].(object)
	conforms(t, "202", doc, responses["202"].(object), d.get(t, "/v1/check"))
	signs <- nil
	d.finished(t, "/v1/check", 1)
	conforms(t, "200", doc, responses["200"].(object), d.get(t, "/v1/check"))
}

func FuzzCheckQuery(f *testing.F) {
	d := open(f, townPlan{})
	for _, seed := range []string{"rule=cell-gap&limit=2", "bbox=114,34,115,35&severity=error", "bbox=1e999,NaN,-0,0x1", "cursor=AAAA&limit=-1", "severity=,", "cursor=AAAAAAAAAAEAAAAAAAAAAAAAAAA"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		d.answers(t, &url.URL{Path: "/v1/check", RawQuery: query})
	})
}
