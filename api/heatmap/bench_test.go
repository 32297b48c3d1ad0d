package heatmap

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/tiler"
	"github.com/wanmi-gis/wanmi/tiler/heat"
)

// BenchmarkHeatHTTP is target 6 over HTTP: the demo city with 0.1, 1 and 10 million
// cases in columns, a client and the server in one process that talk over a socket,
// one request after another. Every filter is a new one, of four members, unless it
// says otherwise. cpu-ms are of the processors for one operation, of client and server
// together: the median, and what 95 % do not exceed.
func BenchmarkHeatHTTP(b *testing.B) {
	city := openCrowded(b)
	for _, n := range []int{100_000, 1_000_000, 10_000_000} {
		b.Run(fmt.Sprintf("cases=%d", n), func(b *testing.B) {
			city.fill(b, n)
			b.Run("resident", func(b *testing.B) {
				var mb float64
				for b.Loop() {
					mb = residentMB(b)
				}
				v := city.table.View()
				b.ReportMetric(mb, "RSS-MB")
				b.ReportMetric(float64(v.Bytes())/float64(v.Len()), "B/case")
			})
			city.bench(b)
		})
	}
}

// residentMB is what the process holds in memory.
func residentMB(tb testing.TB) float64 {
	tb.Helper()
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		tb.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	if err != nil {
		tb.Fatal(err)
	}
	return float64(pages*os.Getpagesize()) / 1e6
}

func (c *crowded) bench(b *testing.B) {
	server := httptest.NewServer(c)
	defer server.Close()
	rnd := rand.New(rand.NewPCG(6, 1))
	get := func(b *testing.B, path string) []byte {
		b.Helper()
		answer, err := server.Client().Get(server.URL + path)
		if err != nil {
			b.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusNoContent {
			b.Fatalf("%s: %d, %v: %s", path, answer.StatusCode, err, body)
		}
		return body
	}
	middle, _ := tiler.At(c.ground.Box().Center(), 13)
	low, _ := tiler.At(c.ground.Box().Center(), 10)
	for _, sigma := range []string{"50", "150", "400"} {
		b.Run("new filter and first tile σ="+sigma, func(b *testing.B) {
			byCPU(b, func() {
				var legend HeatDescription
				if err := json.Unmarshal(get(b, "/heat.json?bandwidth_m="+sigma+"&"+c.filter(rnd)), &legend); err != nil {
					b.Fatal(err)
				}
				get(b, tileAt(legend.Tiles[0], middle))
			})
		})
	}
	var same HeatDescription
	if err := json.Unmarshal(get(b, "/heat.json?"+c.filter(rnd)), &same); err != nil {
		b.Fatal(err)
	}
	b.Run("tile of a known filter", func(b *testing.B) { byCPU(b, func() { get(b, tileAt(same.Tiles[0], middle)) }) })
	for name, path := range map[string]string{
		"facets":       "/heat/facets?",
		"clusters z10": fmt.Sprintf("/heat/clusters/%d/%d/%d.mvt?", low.Z, low.X, low.Y),
		"clusters z13": fmt.Sprintf("/heat/clusters/%d/%d/%d.mvt?", middle.Z, middle.X, middle.Y),
		"areas":        "/heat/areas?by=cell&",
		"value":        fmt.Sprintf("/heat/value?lon=%g&lat=%g&", c.ground.Box().Center().Lon(), c.ground.Box().Center().Lat()),
	} {
		b.Run(name, func(b *testing.B) { byCPU(b, func() { get(b, path+c.filter(rnd)) }) })
	}
	for _, quality := range []string{qualityFull, qualityDraft} {
		for _, zoom := range []uint8{12, 13, 14} {
			b.Run(fmt.Sprintf("%s frame of a slider at zoom %d", quality, zoom), func(b *testing.B) { c.frame(b, quality, zoom, get) })
		}
	}
}

// frame is a step of a slider: another month, and all value tiles of a map.
func (c *crowded) frame(b *testing.B, quality string, zoom uint8, get func(*testing.B, string) []byte) {
	b.Helper()
	ids, inked := c.view(zoom+1), 0 // tiles of 256 pixels
	byCPU(b, func() {
		c.frames++ // each is another question
		from := time.Unix(c.first.Load(), 0).Add(time.Duration(c.frames) * 3 * time.Hour)
		words := url.Values{"from": {from.Format(time.RFC3339)}, "to": {from.AddDate(0, 1, 0).Format(time.RFC3339)}, "quality": {quality}}
		inked = 0
		for _, id := range ids {
			if len(get(b, tileAt("/heat/{z}/{x}/{y}.png?"+words.Encode(), id))) > 0 {
				inked++
			}
		}
	})
	b.ReportMetric(float64(len(ids)), "tiles")
	b.ReportMetric(float64(inked), "inked")
}

func tileAt(template string, id tiler.ID) string {
	path := strings.NewReplacer("{z}", strconv.Itoa(int(id.Z)), "{x}", strconv.Itoa(int(id.X)), "{y}", strconv.Itoa(int(id.Y))).Replace(template)
	if i := strings.Index(path, "/heat/"); i > 0 {
		path = path[i:] // without the server
	}
	return path
}

// filter is one that was not asked before: two and a half years, events, from patrols, in
// nine zones of ten.
func (c *crowded) filter(rnd *rand.Rand) string {
	from := time.Unix(c.first.Load(), 0).Add(time.Duration(rnd.IntN(2*365*24*3600)) * time.Second)
	words := url.Values{
		"from": {from.Format(time.RFC3339)}, "to": {from.AddDate(2, 6, 0).Format(time.RFC3339)}, "source": {"patrol"},
		"kind": {"event"},
	}
	words.Set("zone", strings.Join(most(rnd, c.areas.Codes(heat.Zones)), ","))
	return words.Encode()
}

// most leaves a tenth out.
func most(rnd *rand.Rand, codes []string) []string {
	return slices.DeleteFunc(slices.Clone(codes), func(string) bool { return rnd.IntN(10) == 0 })
}

// view is the tiles of a map of 1400 by 900 pixels in the middle of the city.
func (c *crowded) view(z uint8) (ids []tiler.ID) {
	const width, height, side = 1400, 900, 256
	x, y := tiler.World(c.ground.Box().Center())
	pixel := func(world uint32, add float64) uint32 {
		return uint32((float64(world)*float64(uint64(side)<<z)/(1<<32) + add) / side)
	}
	for i := pixel(x, -width/2); i <= pixel(x, width/2); i++ {
		for j := pixel(y, -height/2); j <= pixel(y, height/2); j++ {
			ids = append(ids, tiler.ID{Z: z, X: i, Y: j})
		}
	}
	return ids
}

// byCPU runs f as often as the benchmark asks and reports the processors' time of one.
func byCPU(b *testing.B, f func()) {
	b.Helper()
	f() // what is made once
	runtime.GC()
	var took []float64
	for b.Loop() {
		before := usedCPU(b)
		f()
		took = append(took, float64((usedCPU(b)-before).Microseconds())/1000)
	}
	slices.Sort(took)
	b.ReportMetric(took[len(took)/2], "cpu-ms/op")
	b.ReportMetric(took[len(took)*95/100], "p95-cpu-ms/op")
}

func usedCPU(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
