package api_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/wanmi-gis/wanmi/api/heatmap"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/spatial"
)

// patrolTable gives cell n so many hours a day over 20 days, until tomorrow, and the
// zone of the first cell some more.
func patrolTable(cells []grids.Cell, hours func(n int) float64) string {
	from, to := time.Now().In(cst).AddDate(0, 0, -19).Format(time.DateOnly), time.Now().In(cst).AddDate(0, 0, 1).Format(time.DateOnly)
	var b strings.Builder
	b.WriteString("cell,zone,from,to,hours,remark\n")
	for n := range cells {
		fmt.Fprintf(&b, "%s,,%s,%s,%g,徒步\n", cells[n].Code, from, to, 20*hours(n))
	}
	fmt.Fprintf(&b, ",%s,%s,%s,%g,\n", cells[0].Zone, from, to, 240.0)
	return b.String()
}

// TestCasesAreDividedByPatrolHours: on the map by the definition, with one kernel, and
// in areas by the table.
func TestCasesAreDividedByPatrolHours(t *testing.T) {
	t.Parallel()
	cells := town(t, townPlan{}).Cells
	hours := func(n int) float64 { // a day
		if n >= 30 {
			return 0 // nobody looks at the eastern column
		}
		return 1 + float64(n%5)
	}
	w := openPatrolled(t, 300, true, patrolTable(cells, hours))
	day := time.Now().In(cst)
	words := "from=" + day.AddDate(0, 0, -9).Format(time.DateOnly) + "&to=" + day.AddDate(0, 0, 1).Format(time.DateOnly)
	const days = 10
	zone := map[string]float64{}
	for i := range cells {
		zone[cells[i].Zone] += cells[i].Shape.AreaM2()
	}
	want, sum := map[string]float64{}, 0.0
	for i := range w.snap.City.Cells {
		c := &w.snap.City.Cells[i]
		h := days * hours(i)
		if c.Zone == cells[0].Zone {
			h += 240.0 * days / 20 * c.Shape.AreaM2() / zone[c.Zone]
		}
		want[c.Code] = h
		sum += h
	}
	for _, by := range []string{"cell", "zone", "hex"} {
		got := heatOf[heatmap.HeatAreas](t, w, "/heat/areas?by="+by+"&"+words)
		all := 0.0
		for _, a := range got.Areas {
			r := a.PerHour
			if r == nil {
				if by == "cell" && want[a.Code] >= 1 {
					t.Errorf("%s has no rate of %g hours", a.Code, want[a.Code])
				}
				continue
			}
			all += r.Base
			if by == "cell" && math.Abs(r.Base-want[a.Code]) > 1e-9*r.Base || math.Abs(r.Raw*r.Base-float64(a.N)) > 1e-9 {
				t.Errorf("%s: %+v of %d, want %g hours", a.Code, r, a.N, want[a.Code])
			}
		}
		if tolerance := 1e-9 * sum; math.Abs(all-sum) > tolerance && !(by == "hex" && math.Abs(all-sum) < 5) { // hexagons below an hour have none
			t.Errorf("by %s: %g hours of %g", by, all, sum)
		}
	}
	w.checkPatrolRate(t, words, want)
}

// checkPatrolRate holds the rate at places to the definition: a sum over the cases
// over one over points of 4 m in each cell, each with its part of the cell's hours.
func (w *warm) checkPatrolRate(t *testing.T, words string, hours map[string]float64) {
	t.Helper()
	const sigma = 60.0
	plane := w.snap.City.Plane
	type point struct{ e, n, weight float64 }
	var points, reports []point
	for i := range w.snap.City.Cells {
		c := &w.snap.City.Cells[i]
		first := len(points)
		box := c.Shape.Box
		for y := box.Min.Y; y < box.Max.Y; y += 400 {
			for x := box.Min.X; x < box.Max.X; x += 400 {
				at := c.At
				at.X, at.Y = x, y
				if _, in := c.Shape.Contains(at); in {
					e, n := plane.Forward(at.Lon(), at.Lat())
					points = append(points, point{e, n, 0})
				}
			}
		}
		for k := first; k < len(points); k++ {
			points[k].weight = hours[c.Code] / float64(len(points)-first)
		}
	}
	d := heatOf[heatmap.HeatDescription](t, w, "/heat.json?mode=rate&per=patrol_hour&bandwidth_m=60&"+words)
	if l := d.Legend; l.Units != "cases/hour" || l.Least == nil || math.Abs(l.Least.Value-1.0/3) > 1e-9 || l.Least.Units != "hours/km²" || l.Against.What != "patrol_hour" || l.Max <= 0 {
		t.Errorf("%+v %+v", l, l.Least)
	}
	for i := range w.all {
		c := &w.all[i]
		if c.Cell != "" && !c.ReportedAt.Before(d.Legend.Period.From) && c.ReportedAt.Before(d.Legend.Period.To) {
			e, n := plane.Forward(c.At.Lon(), c.At.Lat())
			reports = append(reports, point{e, n, 1})
		}
	}
	density := func(list []point, e0, n0 float64) (sum float64) {
		for _, p := range list {
			if r2 := (p.e-e0)*(p.e-e0) + (p.n-n0)*(p.n-n0); r2 <= 16*sigma*sigma {
				sum += p.weight * math.Exp(-r2/(2*sigma*sigma))
			}
		}
		return sum
	}
	some, none := 0, 0
	for i := range w.snap.City.Cells {
		at := w.snap.City.Cells[i].At
		v := heatOf[heatmap.HeatValue](t, w, "/heat/value?mode=rate&per=patrol_hour&bandwidth_m=60&"+words+"&"+lonLat(at))
		e, n := plane.Forward(at.Lon(), at.Lat())
		patrolled := density(points, e, n)
		if v.Value == nil {
			if none++; patrolled*1e6/(2*math.Pi*sigma*sigma) > 0.4 {
				t.Errorf("cell %d has no rate, with %g hours about", i, patrolled)
			}
			continue
		}
		some++
		if want := density(reports, e, n) / patrolled; math.Abs(*v.Value-want) > 0.01*d.Legend.Max {
			t.Errorf("cell %d: %g cases an hour, by the definition %g of %g", i, *v.Value, want, d.Legend.Max)
		}
	}
	if some < 25 {
		t.Errorf("%d cells with a rate, %d without", some, none)
	}
}

func TestARatePerPatrolHourThatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	w := openPatrolled(t, 10, true, patrolTable(town(t, townPlan{}).Cells, func(int) float64 { return 1 }))
	today := time.Now().In(cst).Format(time.DateOnly)
	for query, code := range map[string]string{
		"from=2020-01-01&to=" + today:      "not-possible",
		"from=" + today + "&to=2031-01-01": "not-possible",
		"from=" + today + "&hour=7-9":      "not-possible",
		"from=" + today + "&weekday=1-5":   "not-possible",
	} {
		w.refused(t, w.get(t, "/heat.json?mode=rate&per=patrol_hour&"+query), refusal{query, 422, code, "per"})
	}
	without := openHeat(t, 10, true)
	without.refused(t, without.get(t, "/heat.json?mode=rate&per=patrol_hour"), refusal{"without", 409, "conflict", "per"})
}

func TestPatrolHoursAreReadFromTablesAsTheyCome(t *testing.T) {
	t.Parallel()
	snap := snapshot(t, townPlan{})
	cell, zone := snap.City.Cells[0].Code, snap.City.Zones[0].Code
	gbk, err := simplifiedchinese.GBK.NewEncoder().String("备注,hours,to,from,Zone\n徒步巡查,8,2026-02-01,2026-01-01," + zone + "\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{
		gbk,
		"\ufeffcell,from,to,hours\r\n" + cell + ",2026-01-01,2026-02-01T00:00:00+08:00,7.5\r\n",
		"zone,cell,from,to,hours\n" + zone + ",,2026-01-01,2026-01-02,0\n,\"" + cell + "\",2026-01-01,2026-01-02,1e3\n",
	} {
		if _, err := heatmap.ReadPatrolHours(strings.NewReader(table), snap); err != nil {
			t.Errorf("%q: %v", table, err)
		}
	}
	row := cell + ",2026-01-01,2026-02-01,5\n"
	for table, want := range map[string]string{
		"":                              "header",
		"cell,from,to,hours\n":          "no row",
		"grid,from,to,hours\n" + row:    "line 1: no column cell or zone",
		"cell,from,until,hours\n" + row: "line 1: no column to",
		"cell,cell,from,to,hours\n":     "two columns cell",
		"cell,from,to,hours\n" + row + "X,1,2,3\n":                                     "line 3: X: the city has no such code in cells",
		"cell,from,to,hours\n" + cell + ",2026-01-01":                                  "line 2: 2 fields, the header has 4",
		"cell,from,to,hours\n\n" + cell + ",2026-02-01,2026-01-01,1\n":                 "line 3: to 2026-01-01 is not after",
		"cell,from,to,hours\n" + cell + ",yesterday,2026-01-01,1\n":                    "line 2: from",
		"cell,from,to,hours\n" + cell + ",2026-01-01,2026-02-01,NaN\n":                 "line 2: hours: NaN",
		"cell,from,to,hours\n" + cell + ",2026-01-01,2026-02-01,-1\n":                  "line 2: hours: -1",
		"cell,zone,from,to,hours\n" + cell + "," + zone + ",2026-01-01,2026-02-01,1\n": "hours are of one of them",
		"cell,from,to,hours\n,2026-01-01,2026-02-01,1\n":                               "neither cell nor zone",
		"cell,from,to,hours\n" + row + "\"" + row:                                      "line 3",
	} {
		if got, err := heatmap.ReadPatrolHours(strings.NewReader(table), snap); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v; want %q", table, got, err, want)
		}
	}
	many := "cell,from,to,hours\n" + strings.Repeat("X,2026-01-01,2026-02-01,5\n", 500)
	if _, err := heatmap.ReadPatrolHours(strings.NewReader(many), snap); err == nil || strings.Count(err.Error(), "\n") > 25 {
		t.Errorf("%v", err)
	}
}

func FuzzPatrolHours(f *testing.F) {
	snap := snapshot(f, townPlan{})
	cell := snap.City.Cells[0].Code
	f.Add([]byte("cell,from,to,hours\n" + cell + ",2026-01-01,2026-02-01,5\n"))
	f.Add([]byte("zone,from,to,hours\n\"" + snap.City.Zones[0].Code + ",2026-01-01,2026-02-01T00:00:00Z,5\n"))
	f.Add([]byte{0xef, 0xbb, 0xbf, 'c', 'e', 'l', 'l', ',', 0xb5, 0xa5})
	f.Fuzz(func(t *testing.T, table []byte) {
		if got, err := heatmap.ReadPatrolHours(strings.NewReader(string(table)), snap); err == nil && got == nil {
			t.Error("neither hours nor an error")
		}
	})
}

// TestPublicAgainstPatrolIsTheLogRatioOfTheirDensities by the definition, and hidden
// where either has next to nothing.
func TestPublicAgainstPatrolIsTheLogRatioOfTheirDensities(t *testing.T) {
	t.Parallel()
	w := openHeat(t, 600, true)
	const words = "mode=sources&bandwidth_m=150"
	d := heatOf[heatmap.HeatDescription](t, w, "/heat.json?"+words)
	of := map[cases.Source][]cases.Summary{}
	held := map[cases.Source]float64{}
	for i := range w.all {
		c := w.all[i]
		of[c.Source] = append(of[c.Source], c)
		if c.Cell != "" {
			held[c.Source]++
		}
	}
	l := d.Legend
	if l.Mode != "sources" || l.N != int64(held[cases.Public]) || l.Against.N != int64(held[cases.Patrol]) || l.Against.What != "patrol" || l.Least == nil ||
		l.Least.Units != "cases/km²" || l.Per30Days != 1 || !strings.Contains(l.Method.English, "Public against patrol") {
		t.Fatalf("%+v of %v", l, held)
	}
	some, none := 0, 0
	for i := range w.snap.City.Cells {
		at := w.snap.City.Cells[i].At
		v := heatOf[heatmap.HeatValue](t, w, "/heat/value?"+words+"&"+lonLat(at))
		public, patrol := w.density(of[cases.Public], at, 150), w.density(of[cases.Patrol], at, 150)
		if v.Value == nil {
			if none++; min(public, patrol) > 1.05*l.Least.Value {
				t.Errorf("cell %d has no value: %g and %g", i, public, patrol)
			}
			continue
		}
		some++
		if want := math.Log(public/held[cases.Public]) - math.Log(patrol/held[cases.Patrol]); math.Abs(*v.Value-want) > 0.03 || min(public, patrol) < 0.95*l.Least.Value {
			t.Errorf("cell %d: %g, by the definition %g of %g and %g", i, *v.Value, want, public, patrol)
		}
		near := [2]int64{}
		for k, s := range []cases.Source{cases.Public, cases.Patrol} {
			for j := range of[s] {
				if w.metres(at, of[s][j].At) <= 300 {
					near[k]++
				}
			}
		}
		if k := v.Sources; k == nil || k.Public != near[0] || k.Patrol != near[1] || !(k.P > 0 && k.P <= 1) || k.RadiusM != 300 {
			t.Errorf("cell %d: %+v, want %v", i, v.Sources, near)
		}
	}
	if some < 10 {
		t.Errorf("%d cells with a value, %d without", some, none)
	}
	w.checkPixel(t, &d, w.snap.City.Cells[14].At)
	for query, want := range map[string]refusal{
		"mode=sources&source=public": {"", 400, "malformed", "source"},
		"mode=sources&to=2001-01-01": {"", 422, "not-possible", "mode"},
	} {
		want.target = query
		w.refused(t, w.get(t, "/heat.json?"+query), want)
	}
}

// metres is how far two places are in the city's plane.
func (w *warm) metres(a, b spatial.Coord) float64 {
	e0, n0 := w.snap.City.Plane.Forward(a.Lon(), a.Lat())
	e1, n1 := w.snap.City.Plane.Forward(b.Lon(), b.Lat())
	return math.Hypot(e1-e0, n1-n0)
}
