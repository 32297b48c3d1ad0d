package api_test

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/planar"

	"github.com/wanmi-gis/wanmi/api/heatmap"
	"github.com/wanmi-gis/wanmi/grids/cases"
)

// tool runs a program of GDAL, which shares nothing with what wrote the file.
func tool(t *testing.T, stdin, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	cmd.Env = append(os.Environ(), "GDAL_PAM_ENABLED=NO", "GDAL_DEFAULT_WMS_CACHE_PATH="+t.TempDir())
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// raster is a GeoTIFF as GDAL reads it.
type raster struct {
	path          string
	width, height int
	numbers       []float32
	stats         struct{ min, max, mean, valid float64 }
	info          string
}

func (w *warm) raster(t *testing.T, words string) *raster {
	t.Helper()
	reply := w.get(t, "/heat/export.tif?"+words)
	if reply.status != 200 || reply.header.Get("Content-Type") != "image/tiff; application=geotiff" ||
		!strings.HasPrefix(reply.header.Get("Content-Disposition"), `attachment; filename="heat-990104-`) {
		t.Fatalf("%s: %d %v %s", words, reply.status, reply.header, reply.body[:min(300, len(reply.body))])
	}
	r := &raster{path: filepath.Join(t.TempDir(), "a.tif")}
	if err := os.WriteFile(r.path, reply.body, 0o600); err != nil {
		t.Fatal(err)
	}
	r.info = tool(t, "", "gdalinfo", "-stats", "-json", r.path)
	var info struct {
		Size  [2]int `json:"size"`
		Bands []struct {
			Metadata map[string]map[string]string `json:"metadata"`
		} `json:"bands"`
	}
	if err := json.Unmarshal([]byte(r.info), &info); err != nil {
		t.Fatal(err)
	}
	r.width, r.height = info.Size[0], info.Size[1]
	for name, into := range map[string]*float64{"MINIMUM": &r.stats.min, "MAXIMUM": &r.stats.max, "MEAN": &r.stats.mean, "VALID_PERCENT": &r.stats.valid} {
		v, err := strconv.ParseFloat(info.Bands[0].Metadata[""]["STATISTICS_"+name], 64)
		if err != nil {
			t.Fatal(err)
		}
		*into = v
	}
	raw := r.path + ".bin"
	tool(t, "", "gdal_translate", "-q", "-of", "ENVI", r.path, raw)
	body, err := os.ReadFile(raw)
	if err != nil || len(body) != 4*r.width*r.height {
		t.Fatalf("%d bytes, %v", len(body), err)
	}
	for i := 0; i < len(body); i += 4 {
		r.numbers = append(r.numbers, math.Float32frombits(binary.LittleEndian.Uint32(body[i:])))
	}
	return r
}

// nodes is the table of the lattice.
func (w *warm) nodes(t *testing.T, words string) [][7]float64 {
	t.Helper()
	reply := w.get(t, "/heat/export.csv?"+words)
	table, err := csv.NewReader(bytes.NewReader(reply.body)).ReadAll()
	if err != nil || reply.status != 200 || strings.Join(table[0], ",") != "lon,lat,x,y,value,per_30_days,cases" {
		t.Fatalf("%s: %d, %v %.300s", words, reply.status, err, reply.body)
	}
	out := make([][7]float64, 0, len(table))
	for _, row := range table[1:] {
		var one [7]float64
		for i, text := range row {
			if one[i] = math.NaN(); text == "" {
				continue
			}
			if one[i], err = strconv.ParseFloat(text, 64); err != nil {
				t.Fatal(err)
			}
		}
		out = append(out, one)
	}
	return out
}

// exportModes are densities, differences and rates.
func exportModes() []string {
	day := func(n int) string {
		return time.Now().Add(time.Duration(n) * 24 * time.Hour).In(cst).Format(time.DateOnly)
	}
	return []string{
		"", "edge=mass&kind=event", "kernel=quartic&bandwidth_m=60", "mode=rate&kind=component",
		fmt.Sprintf("mode=difference&from=%s&to=%s", day(-2), day(0)), "unit=U3", // which has no case
	}
}

// TestGDALsStatisticsOfTheGeoTIFFAreTheLegends in all modes, and its table's: no more
// and no fewer nodes, the same numbers.
func TestGDALsStatisticsOfTheGeoTIFFAreTheLegends(t *testing.T) {
	t.Parallel()
	w := openHeat(t, 150, true)
	for _, words := range exportModes() {
		l := heatOf[heatmap.HeatDescription](t, w, "/heat.json?"+words).Legend
		r, nodes := w.raster(t, words), w.nodes(t, words)
		sum, valid := 0.0, 0
		low, high := math.Inf(1), math.Inf(-1)
		for i := range nodes {
			if v := nodes[i][4]; v == v {
				sum, valid = sum+v, valid+1
				low, high = min(low, v), max(high, v)
			}
		}
		// GDAL prints 14 figures.
		near := func(a, b float64) bool { return math.Abs(a-b) <= 1e-12*max(math.Abs(a), math.Abs(b)) }
		if !near(r.stats.max, l.Max) && !(l.Max == 0 && r.stats.max <= 0) || !near(min(r.stats.min, 0), l.Min) {
			t.Errorf("%s: GDAL has %g to %g, the legend %g to %g", words, r.stats.min, r.stats.max, l.Min, l.Max)
		}
		const printed = 1e-6 // numbers of the table are the shortest that are read as the same float32
		if mean := sum / float64(valid); math.Abs(r.stats.mean-mean) > printed*math.Abs(mean)+1e-12 ||
			math.Abs(r.stats.min-low) > printed*math.Abs(low) || math.Abs(r.stats.max-high) > printed*math.Abs(high) {
			t.Errorf("%s: GDAL has %+v, the table %g to %g, mean %g", words, r.stats, low, high, mean)
		}
		if share := 100 * float64(valid) / float64(r.width*r.height); math.Abs(share-r.stats.valid) > 0.01 {
			t.Errorf("%s: %g %% of the raster are valid, of the table %g", words, r.stats.valid, share)
		}
		for _, want := range []string{fmt.Sprintf(`"N":"%d"`, l.N), `"unit":"` + l.Units, `"noDataValue":"NaN"`, `"type":"Float32"`, "DIGEST"} {
			if !strings.Contains(strings.ReplaceAll(r.info, `": `, `":`), want) {
				t.Errorf("%s: no %s in %s", words, want, r.info)
			}
		}
	}
}

// TestAPlantedCaseIsInTheGeoTIFFWhereItIs: the highest pixel's middle is within half a
// pixel of the case, and there is nothing off the ground.
func TestAPlantedCaseIsInTheGeoTIFFWhereItIs(t *testing.T) {
	t.Parallel()
	w := openHeat(t, 20, true)
	report := w.report(14)
	report.Report.ReportedAt = time.Now().Add(-500 * time.Hour)
	w.do(t, report)
	w.sync(t)
	at := report.Report.At
	words := "edge=mass&bandwidth_m=40&to=" + url.QueryEscape(time.Now().Add(-400*time.Hour).Format(time.RFC3339))
	r := w.raster(t, words)
	if n := heatOf[heatmap.HeatDescription](t, w, "/heat.json?"+words).Legend.N; n != 1 {
		t.Fatalf("%d cases", n)
	}
	peak := 0
	for i, v := range r.numbers {
		if v > r.numbers[peak] || r.numbers[peak] != r.numbers[peak] {
			peak = i
		}
	}
	x, y := peak%r.width, peak/r.width
	place := strings.Fields(tool(t, fmt.Sprintf("%g %g\n", float64(x)+0.5, float64(y)+0.5), "gdaltransform", "-t_srs", "EPSG:4490", r.path))
	lon, _ := strconv.ParseFloat(place[0], 64)
	lat, _ := strconv.ParseFloat(place[1], 64)
	e0, n0 := w.snap.City.Plane.Forward(at.Lon(), at.Lat())
	e1, n1 := w.snap.City.Plane.Forward(lon, lat)
	const half = 40.0 / 8 / 2
	if math.Abs(e1-e0) > half+0.01 || math.Abs(n1-n0) > half+0.01 {
		t.Errorf("the highest pixel is %.2f m east and %.2f m north of the case", e1-e0, n1-n0)
	}
	if v := tool(t, "", "gdallocationinfo", "-wgs84", "-valonly", r.path, fmt.Sprint(at.Lon()), fmt.Sprint(at.Lat())); v == "" || v == "nan" {
		t.Errorf("at the case GDAL reads %q", v)
	} else if got, err := strconv.ParseFloat(v, 64); err != nil || math.Abs(got-float64(r.numbers[peak])) > 0.01*got {
		t.Errorf("at the case GDAL reads %s, the highest is %g", v, r.numbers[peak])
	}
	for _, corner := range []int{0, r.width - 1, len(r.numbers) - 1} {
		if v := r.numbers[corner]; v == v {
			t.Errorf("off the ground there is %g", v)
		}
	}
	if crs := tool(t, "", "gdalsrsinfo", "-o", "wkt1", r.path); !strings.Contains(crs, "China_Geodetic_Coordinate_System_2000") && !strings.Contains(crs, "China 2000") && !strings.Contains(crs, "China_2000") || !strings.Contains(crs, "Transverse_Mercator") {
		t.Errorf("%s", crs)
	}
}

// TestTablesSumToNUnderRandomFilters: the lattice's in mode mass, and each level's.
func TestTablesSumToNUnderRandomFilters(t *testing.T) {
	t.Parallel()
	w := openHeat(t, 200, true)
	rnd := rand.New(rand.NewPCG(21, 4))
	for range 20 {
		words := w.randomWords(rnd)
		l := heatOf[heatmap.HeatDescription](t, w, "/heat.json?"+words).Legend
		sum := 0.0
		for _, row := range w.nodes(t, "edge=mass&"+words) {
			sum += row[6]
		}
		if math.Abs(sum-float64(l.N)) > 1e-5*float64(l.N) {
			t.Errorf("%s: the table's cases are %g, n is %d", words, sum, l.N)
		}
		r := w.get(t, "/heat/export.csv?by=street&"+words)
		table, err := csv.NewReader(bytes.NewReader(r.body)).ReadAll()
		if err != nil || r.status != 200 {
			t.Fatal(r.status, err)
		}
		total := int64(0)
		for _, row := range table[1:] {
			n, err := strconv.ParseInt(row[2], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			total += n
		}
		if total != l.N+l.ExcludedN {
			t.Errorf("%s: the streets have %d cases, n is %d and %d", words, total, l.N, l.ExcludedN)
		}
	}
}

// randomWords picks some words of the filter.
func (w *warm) randomWords(rnd *rand.Rand) string {
	words := url.Values{}
	some := func() bool { return rnd.IntN(3) == 0 }
	if some() {
		from := time.Now().Add(-time.Duration(40+rnd.IntN(60)) * time.Hour)
		words.Set("from", from.Format(time.RFC3339))
		words.Set("to", from.Add(time.Duration(1+rnd.IntN(60))*time.Hour).Format(time.RFC3339))
	}
	if some() {
		words.Set("kind", []string{"event", "component"}[rnd.IntN(2)])
	}
	if some() {
		words.Set("source", []string{"patrol", "public,sensor", "sensor"}[rnd.IntN(3)])
	}
	if some() {
		words.Set("zone", w.snap.City.Zones[rnd.IntN(len(w.snap.City.Zones))].Code)
	}
	if some() {
		words.Set("status", []string{"reported", "dispatched,open", string(cases.Reported) + ",dispatched"}[rnd.IntN(3)])
	}
	if some() {
		words.Set("hour", fmt.Sprintf("%d-%d", rnd.IntN(12), 12+rnd.IntN(12)))
	}
	words.Set("bandwidth_m", fmt.Sprint(80+rnd.IntN(200)))
	return words.Encode()
}

// TestRowsOfTheTableAreWhereTheySayAndWhatTheTilesHave.
func TestRowsOfTheTableAreWhereTheySay(t *testing.T) {
	t.Parallel()
	w := openHeat(t, 60, true)
	plane := w.snap.City.Plane
	nodes := w.nodes(t, "bandwidth_m=120")
	l := heatOf[heatmap.HeatDescription](t, w, "/heat.json?bandwidth_m=120").Legend
	for i, row := range nodes {
		e, n := plane.Forward(row[0], row[1])
		if math.Abs(e-row[2]) > 0.02 || math.Abs(n-row[3]) > 0.02 || math.Abs(row[5]-row[4]*l.Per30Days) > 1e-6*row[5] {
			t.Fatalf("%v is at %g, %g", row, e, n)
		}
		if i%500 != 0 {
			continue
		}
		v := heatOf[heatmap.HeatValue](t, w, fmt.Sprintf("/heat/value?bandwidth_m=120&lon=%.7f&lat=%.7f", row[0], row[1]))
		if math.Abs(*v.Value-row[4]) > 1e-3*l.Max {
			t.Errorf("%v: the value there is %g", row, *v.Value)
		}
	}
	marked := w.get(t, "/heat/export.csv?bom=true&bandwidth_m=120")
	if !bytes.HasPrefix(marked.body, []byte("\ufefflon,")) {
		t.Errorf("%.20q", marked.body)
	}
	if again := w.get(t, "/heat/export.csv?bom=true&bandwidth_m=120", "If-None-Match", marked.header.Get("ETag")); again.status != 304 {
		t.Errorf("with its tag %d", again.status)
	}
}

// TestTheClassesAsAreasHoldTheNumbersOfTheTable by orb.
func TestTheClassesAsAreasHoldTheNumbersOfTheTable(t *testing.T) {
	t.Parallel()
	w := openHeat(t, 120, true)
	for _, words := range exportModes()[:5] {
		words += "&scale=quantile&classes=5"
		r := w.get(t, "/heat/export.geojson?"+words)
		fc, err := geojson.UnmarshalFeatureCollection(r.body)
		if err != nil || r.status != 200 || len(fc.Features) == 0 {
			t.Fatalf("%s: %d, %v, %.200s", words, r.status, err, r.body)
		}
		l := heatOf[heatmap.HeatDescription](t, w, "/heat.json?"+words).Legend
		quantum := l.Quantum
		wrong, judged := 0, 0
		for i, row := range w.nodes(t, strings.ReplaceAll(words, "&scale=quantile&classes=5", "")) {
			v := row[4]
			if i%23 != 0 || v != v {
				continue
			}
			judged++
			for _, f := range fc.Features {
				low, high := f.Properties.MustFloat64("min"), f.Properties.MustFloat64("max")
				inside := v >= low && v <= high && math.Abs(v) >= quantum/2
				// Rounding of the table's places and numbers, at borders.
				if edge := 1e-3 * (l.Max - l.Min); math.Abs(v-low) < edge || math.Abs(v-high) < edge {
					continue
				}
				if planar.MultiPolygonContains(f.Geometry.(orb.MultiPolygon), orb.Point{row[0], row[1]}) != inside {
					wrong++
				}
			}
		}
		if wrong > 0 || judged < 100 {
			t.Errorf("%s: %d of %d nodes are in another class", words, wrong, judged)
		}
	}
	if r := w.get(t, "/heat/export.geojson?unit=U3"); r.status != 200 || !bytes.Contains(r.body, []byte(`"features":[]`)) {
		t.Errorf("of nothing: %d %.200s", r.status, r.body)
	}
}
