package report_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/check"
	"github.com/wanmi-gis/wanmi/grids/check/report"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/spatial"
)

func page(tb testing.TB, r *report.Report) string {
	tb.Helper()
	var b bytes.Buffer
	if err := r.HTML(&b, report.Chinese); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

// between returns what stands between two marks, which must be there once.
func between(tb testing.TB, s, from, to string) string {
	tb.Helper()
	parts := strings.Split(s, from)
	if len(parts) != 2 {
		tb.Fatalf("%q is there %d times", from, len(parts)-1)
	}
	inner, _, ok := strings.Cut(parts[1], to)
	if !ok {
		tb.Fatalf("no %q after %q", to, from)
	}
	return inner
}

type pageData struct {
	Outlines []struct {
		Layer string
		Step  int32
		Parts string
	}
	Findings []struct {
		R      int
		A      []int32
		G      string
		F      []string
		M      string
		En, Zh string
	}
	Total int
}

func dataOf(tb testing.TB, html string) pageData {
	tb.Helper()
	var d pageData
	if err := json.Unmarshal([]byte(between(tb, html, `<script type="application/json" id="data">`, "</script>")), &d); err != nil {
		tb.Fatal(err)
	}
	return d
}

func TestThePageRunsOnlyItsOwnScriptAndAsksNobody(t *testing.T) {
	html := page(t, sample(t))
	hash := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	policy := strings.NewReplacer("&#39;", "'", "&#43;", "+").Replace(between(t, html, `http-equiv="Content-Security-Policy" content="`, `"`))
	for _, want := range []string{
		"default-src 'none'", "script-src " + hash(between(t, html, "<script>", "</script>")), "style-src " + hash(between(t, html, "<style>", "</style>")),
	} {
		if !strings.Contains(policy+";", want+";") {
			t.Errorf("the policy has no %s: %s", want, policy)
		}
	}
	for _, foreign := range []string{"http://", "https://", "//cdn", "src=", "href=", "url(", "@import", "fetch(", "XMLHttpRequest", " style=", " onclick", "unsafe"} {
		if strings.Contains(html, foreign) {
			t.Errorf("the page has %s", foreign)
		}
	}
}

func TestHostileNamesStayText(t *testing.T) {
	const evil = `</script><img src=x onerror=alert(1)>'"--><b>` + "\u2028`${1}{{.}}"
	city := *town(t)
	city.Name, city.Code = evil, evil
	res := &check.Result{City: city.Profile, Counts: map[string]int{evil: 1}, Findings: []check.Finding{{
		Rule: evil, Severity: grids.Error, Features: []check.Ref{{Layer: grids.Cells, Code: evil}}, Reason: evil, Unit: evil, Measured: 1,
	}}}
	html := page(t, report.New(report.Input{
		Source: evil, At: at, City: &city, Result: res,
		Rules: []check.Rule{{ID: evil, Severity: grids.Error, Title: evil, Hint: evil, Clause: evil}},
	}))
	if found := regexp.MustCompile(`<img|<b>|</script><i`).FindString(html); found != "" {
		t.Errorf("%s in the page", found)
	}
	if n := strings.Count(html, "<script"); n != 2 {
		t.Errorf("%d scripts", n)
	}
	if d := dataOf(t, html); d.Findings[0].En != evil || d.Findings[0].F[0] != "cells "+evil {
		t.Errorf("%+v", d.Findings)
	}
}

// unpack reads packed parts as the page's script does.
func unpack(tb testing.TB, text string) [][]spatial.Coord {
	tb.Helper()
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		tb.Fatal(err)
	}
	var parts [][]spatial.Coord
	for r := bytes.NewReader(b); r.Len() > 0; {
		n, err := binary.ReadUvarint(r)
		var c spatial.Coord
		part := make([]spatial.Coord, n)
		for i := range part {
			dx, xerr := binary.ReadVarint(r)
			dy, yerr := binary.ReadVarint(r)
			if err != nil || xerr != nil || yerr != nil {
				tb.Fatal("the parts end early")
			}
			c.X, c.Y = c.X+int32(dx), c.Y+int32(dy)
			part[i] = c
		}
		parts = append(parts, part)
	}
	return parts
}

func TestTheMapHasTheCellsToAFractionOfAMetre(t *testing.T) {
	city := town(t)
	d := dataOf(t, page(t, sample(t)))
	var cells []int
	for i, o := range d.Outlines {
		if o.Layer == string(grids.Cells) {
			cells = append(cells, i)
		}
	}
	if len(cells) != 1 {
		t.Fatalf("%d outlines of cells", len(cells))
	}
	o := d.Outlines[cells[0]]
	if o.Step != 8 {
		t.Errorf("a town of 200 cells on a lattice of %d", o.Step)
	}
	parts := unpack(t, o.Parts)
	next := 0
	for i := range city.Cells {
		s := city.Cells[i].Shape
		for k := range s.Ends {
			ring := s.Part(k)
			if next == len(parts) || len(parts[next]) > len(ring) {
				t.Fatalf("cell %d: the parts are not those of the cells", i)
			}
			for _, c := range parts[next] {
				near := false
				for _, v := range ring {
					near = near || (abs(c.X*o.Step-v.X) <= o.Step/2 && abs(c.Y*o.Step-v.Y) <= o.Step/2)
				}
				if !near {
					t.Fatalf("cell %d: %v is no vertex of it", i, c)
				}
			}
			next++
		}
	}
	if next != len(parts) {
		t.Errorf("%d parts, the cells have %d", len(parts), next)
	}
	gap := result(t, city).Findings[0]
	for _, f := range d.Findings {
		if f.G != "" && f.A[0] == gap.At.X && f.A[1] == gap.At.Y {
			if got := unpack(t, f.G); fmt.Sprint(got) != fmt.Sprint([][]spatial.Coord{gap.Shape.Coords}) {
				t.Errorf("the gap is drawn at %v, lies at %v", got, gap.Shape.Coords)
			}
			return
		}
	}
	t.Error("the gap has no shape")
}

func abs(v int32) int32 { return max(v, -v) }

func TestThePageIsBoundedAndEveryRuleKeepsItsShare(t *testing.T) {
	city := town(t)
	base := result(t, city)
	res := &check.Result{City: city.Profile, Counts: map[string]int{}}
	var many []check.Rule
	for k := range 40 {
		rule := check.Rule{ID: fmt.Sprintf("rule-%02d", k), Severity: grids.Warning, Title: "A rule"}
		many = append(many, rule)
		n := 2000
		if k == 39 {
			n = 3
		}
		res.Counts[rule.ID] = n
		for i := range n {
			f := base.Findings[i%len(base.Findings)]
			f.Rule, f.Reason, f.ReasonZH = rule.ID, strings.Repeat("reason ", 20), strings.Repeat("理由", 40)
			res.Findings = append(res.Findings, f)
		}
	}
	html := page(t, report.New(report.Input{Source: "big.gpkg", At: at, City: city, Rules: many, Result: res}))
	if len(html) > 5<<20 {
		t.Errorf("%d bytes", len(html))
	}
	d := dataOf(t, html)
	n := map[int]int{}
	for _, f := range d.Findings {
		n[f.R]++
	}
	if d.Total != 39*2000+3 || len(d.Findings) >= d.Total || n[39] != 3 {
		t.Errorf("%d of %d, %d of the last rule", len(d.Findings), d.Total, n[39])
	}
	for k := range 39 {
		if n[k] < n[0]-1 || n[k] < 50 {
			t.Errorf("rule %d has %d, rule 0 has %d", k, n[k], n[0])
		}
	}
}

func BenchmarkHTML(b *testing.B) {
	city, err := demo.City(demo.Options{Seed: 1, Scale: 1})
	if err != nil {
		b.Fatal(err)
	}
	r := report.New(report.Input{Source: "city.gpkg", At: at, City: city, Rules: rules, Result: result(b, city)})
	for b.Loop() {
		var out bytes.Buffer
		if err := r.HTML(&out, report.English); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(out.Len())/(1<<20), "MB")
	}
}
