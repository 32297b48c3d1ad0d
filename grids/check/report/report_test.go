package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/check"
	"github.com/wanmi-gis/wanmi/grids/check/report"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/spatial"
)

var townOnce = sync.OnceValues(func() (*grids.City, error) {
	c, err := demo.Town(1)
	if err == nil {
		c.Version = 1
	}
	return c, err
})

func town(tb testing.TB) *grids.City {
	tb.Helper()
	c, err := townOnce()
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func shape(tb testing.TB, g orb.Geometry) *spatial.Shape {
	tb.Helper()
	s, err := spatial.FromOrb(g)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

var rules = []check.Rule{
	{
		ID: "cell-gap", Severity: grids.Error, Clause: "DB11/T 2157-2023 §5", Title: "Gap between cells", TitleZH: "单元网格之间有缝隙",
		Hint: "close it", HintZH: "补齐", Fixable: true,
	},
	{ID: "edge-unmatched", Severity: grids.Error, Title: "Edge without a twin", TitleZH: "边界不匹配"},
	{ID: "cell-area", Severity: grids.Warning, Title: "area outside the band", TitleZH: "面积超出范围"},
	{ID: "serial-order", Severity: grids.Note, Title: "Serial numbers out of order"},
	{ID: "orphan", Severity: grids.Error, Title: "Nothing above it", TitleZH: "没有上级"},
}

// result has findings of every shape at the cells of the town: areas, lines,
// points and one without a place.
func result(tb testing.TB, city *grids.City) *check.Result {
	tb.Helper()
	r := &check.Result{
		City: city.Profile, Layers: map[grids.Layer]int{grids.Cells: len(city.Cells), grids.Components: 3000},
		Counts: map[string]int{"cell-gap": 4, "edge-unmatched": 2, "cell-area": 7, "orphan": 1}, Took: 1500 * time.Millisecond,
	}
	for i := range 4 {
		c := &city.Cells[i*30]
		at := c.At.Point()
		square := orb.Polygon{{at, {at[0] + 1e-4, at[1]}, {at[0] + 1e-4, at[1] + 1e-4}, {at[0], at[1] + 1e-4}, at}}
		f := check.Finding{
			Rule: "cell-gap", Severity: grids.Error, At: c.At, Placed: true, Shape: shape(tb, square),
			Features: []check.Ref{{Layer: grids.Cells, Code: c.Code, FID: c.FID}}, Measured: 0.3, Unit: "m",
			Reason: "a gap beside the cell", ReasonZH: "网格旁有缝隙",
		}
		if i == 3 {
			hole := orb.Ring{at, {at[0] - 1e-4, at[1]}, {at[0], at[1] - 1e-4}, at}
			f.Shape = shape(tb, orb.MultiPolygon{square, {hole}})
		}
		r.Findings = append(r.Findings, f)
	}
	for i := range 2 {
		c := &city.Cells[i*40+7]
		r.Findings = append(r.Findings, check.Finding{
			Rule: "edge-unmatched", Severity: grids.Error, At: c.At, Placed: true,
			Shape:  shape(tb, orb.LineString{c.At.Point(), {c.At.Lon() + 2e-4, c.At.Lat() + 1e-4}}),
			Reason: "the edge has no twin", ReasonZH: "边界没有对应边",
		})
	}
	for i := range 5 { // of 7: the check kept no more
		c := &city.Cells[i*3]
		r.Findings = append(r.Findings, check.Finding{
			Rule: "cell-area", Severity: grids.Warning, At: c.At, Placed: true, Features: []check.Ref{{Layer: grids.Cells, Code: c.Code}},
			Measured: 14000.25, Unit: "m2", Reason: "larger than the band", ReasonZH: "面积过大",
		})
	}
	r.Findings = append(r.Findings, check.Finding{
		Rule: "orphan", Severity: grids.Error, Features: []check.Ref{{Layer: grids.Units, Code: "U9"}}, Reason: "the unit is of nobody", ReasonZH: "单位没有上级",
	})
	return r
}

var at = time.Date(2026, 6, 1, 12, 0, 0, 0, time.FixedZone("CST", 8*3600))

func sample(tb testing.TB) *report.Report {
	tb.Helper()
	city := town(tb)
	imported := &grids.Report{}
	for i := range 150 { // more than are kept
		imported.Add(grids.Fault{
			Severity: grids.Warning, Rule: "no-coordinate", File: "路灯.csv", Layer: grids.Components, Feature: i + 2, Reason: "the row has no place", Hint: "fill it in",
		})
	}
	imported.Add(grids.Fault{Severity: grids.Note, Rule: "something-new", Reason: "noted"})
	return report.New(report.Input{
		Source: "city.yaml", At: at, City: city, Rules: rules, Result: result(tb, city), Import: imported,
	})
}

func TestTheDocumentHasEveryFindingAndCountsThemAll(t *testing.T) {
	r := sample(t)
	var b bytes.Buffer
	if err := r.JSON(&b); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Format, Source string
		Checked        bool
		TookS          float64 `json:"took_s"`
		City           struct {
			Code        string
			CityVersion int64 `json:"city_version"`
		}
		Layers, Counts map[string]int
		Rules          []struct {
			ID, Severity, Clause string
			Title, Hint          map[string]string
			Fixable, Import      bool
			N, Listed            int
		}
		Findings []struct {
			Rule, Severity, Unit, File string
			At                         []float64
			Geometry                   *struct{ Type string }
			Features                   []struct{ Layer, Code string }
			Measured                   *float64
			Record                     int
			Reason                     map[string]string
		}
	}
	d := json.NewDecoder(&b)
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	if doc.Format != "wanmi-check/1" || doc.Source != "city.yaml" || !doc.Checked || doc.TookS != 1.5 || doc.City.Code != "990101" || doc.City.CityVersion != 1 {
		t.Errorf("%+v", doc)
	}
	if doc.Layers["cells"] != 200 || fmt.Sprint(doc.Counts) != "map[error:7 note:1 warning:157]" {
		t.Errorf("layers %v, counts %v", doc.Layers, doc.Counts)
	}
	var ids []string
	listed := map[string]int{}
	for _, f := range doc.Findings {
		listed[f.Rule]++
	}
	for _, rule := range doc.Rules {
		ids = append(ids, fmt.Sprintf("%s %s %d/%d", rule.ID, rule.Severity, rule.Listed, rule.N))
		if rule.Listed != listed[rule.ID] || rule.Title["en"] == "" || rule.Title["zh"] == "" {
			t.Errorf("%+v, %d listed", rule, listed[rule.ID])
		}
	}
	want := "import-no-coordinate warning 100/150, import-something-new note 1/1, cell-gap error 4/4, edge-unmatched error 2/2, cell-area warning 5/7, serial-order note 0/0, orphan error 1/1"
	if got := strings.Join(ids, ", "); got != want {
		t.Errorf("rules %s\nwant  %s", got, want)
	}
	first, gap, orphan := doc.Findings[0], doc.Findings[101], doc.Findings[len(doc.Findings)-1]
	if first.File != "路灯.csv" || first.Record != 2 || first.At != nil || first.Geometry != nil || first.Features[0].Layer != "components" {
		t.Errorf("import: %+v", first)
	}
	c := town(t).Cells[0]
	if gap.Rule != "cell-gap" || gap.At[0] != c.At.Lon() || gap.At[1] != c.At.Lat() || gap.Geometry.Type != "Polygon" ||
		*gap.Measured != 0.3 || gap.Unit != "m" || gap.Features[0].Code != c.Code || gap.Reason["zh"] != "网格旁有缝隙" {
		t.Errorf("gap: %+v", gap)
	}
	if orphan.At != nil || orphan.Measured != nil {
		t.Errorf("without a place: %+v", orphan)
	}
}

func TestTheSummaryTellsTheFirstOfEachRuleInBothLanguages(t *testing.T) {
	c := town(t).Cells
	place := func(i int) string {
		return fmt.Sprintf("%s  @ %.7f,%.7f", c[i].Code, c[i].At.Lon(), c[i].At.Lat())
	}
	for lang, want := range map[report.Lang][]string{
		report.English: {
			"version 1, as of 2026-06-01 12:00", "200 cells, 3000 components; checked in 1.5 s", "7 errors, 157 warnings, 1 notes",
			"error  cell-gap  Gap between cells: 4  (DB11/T 2157-2023 §5)\n  " + place(0) + "  0.3 m  a gap beside the cell\n",
			"  … 1 more\n  what to do: close it\n  can be mended at the desk\n",
			"warning  cell-area  Area outside the band: 7\n  " + place(0) + "  14000.25 m²  larger than the band\n", "  … 4 more\n",
			"warning  import-no-coordinate  Record without a coordinate: 150\n  路灯.csv:2  the row has no place\n", "  … 147 more\n  what to do: fill it in\n",
			"error  orphan  Nothing above it: 1\n  U9  the unit is of nobody\n", "\n1 of 7 rules found nothing\n",
		},
		report.Chinese: {
			"版本 1，截至 2026-06-01 12:00", "单元网格 200，部件 3000；检查用时 1.5 秒\n", "错误 7，警告 157，提示 1", "错误  cell-gap  单元网格之间有缝隙: 4",
			"  … 另有 1 处\n", "处理办法: 补齐", "警告  import-no-coordinate  记录没有坐标: 150", "7 条规则中有 1 条未发现问题",
		},
	} {
		var b bytes.Buffer
		if err := sample(t).Text(&b, lang, false); err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(b.String(), w) {
				t.Errorf("%s: no %q in\n%s", lang, w, b.String())
			}
		}
		if n := strings.Count(b.String(), "\n"); n > 60 {
			t.Errorf("%s: %d lines", lang, n)
		}
	}
	var b bytes.Buffer
	if err := sample(t).Text(&b, report.English, true); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "路灯.csv:"); n != 100 {
		t.Errorf("all: %d of the import", n)
	}
}

func TestASoundCityAndOneThatCouldNotBeLoadedSaySo(t *testing.T) {
	city := town(t)
	sound := report.New(report.Input{Source: "a.gpkg", At: at, City: city, Rules: rules, Result: &check.Result{City: city.Profile}})
	lost := &grids.Report{}
	lost.Add(grids.Fault{Severity: grids.Error, Rule: "missing-code", File: "a.csv", Feature: 3, Reason: "the record has no code"})
	unloaded := report.New(report.Input{Source: "city.yaml", At: at, Rules: rules, Import: lost})
	for _, c := range []struct {
		r     *report.Report
		want  string
		count report.Counts
	}{
		{sound, "No fault found.", report.Counts{}},
		{unloaded, "could not be loaded", report.Counts{Error: 1}},
	} {
		var text, page bytes.Buffer
		if err := c.r.Text(&text, report.English, false); err != nil {
			t.Fatal(err)
		}
		if err := c.r.HTML(&page, report.English); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(text.String(), c.want) || !strings.Contains(page.String(), c.want) || c.r.Counts != c.count {
			t.Errorf("no %q in\n%s", c.want, text.String())
		}
	}
}

func TestTheLanguageIsThatOfTheLocale(t *testing.T) {
	for locale, want := range map[string]report.Lang{
		"zh_CN.UTF-8": report.Chinese, "zh": report.Chinese, "zh-Hans": report.Chinese, "ZH_TW": report.Chinese,
		"en_GB.UTF-8": report.English, "C": report.English, "": report.English, "zha_CN": report.English,
	} {
		if got := report.LangOf(locale); got != want {
			t.Errorf("%q: %s", locale, got)
		}
	}
}

func TestFiguresHaveTheDigitsOfTheirUnit(t *testing.T) {
	for want, got := range map[string]string{
		"0.3 m": report.Figure(0.3, "m"), "12 m": report.Figure(11.99999, "m"), "0.012 m": report.Figure(0.0123, "m"),
		"8000.5 m²": report.Figure(8000.5, "m2"), "3 ×": report.Figure(3, "count"), "1.25 percent": report.Figure(1.25, "percent"), "100 m": report.Figure(100, "m"),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
