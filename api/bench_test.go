package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// sink is an answer that nobody reads.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }
func (s *sink) WriteHeader(int)             {}

func benchmark(b *testing.B, h http.Handler, target string, head ...string) {
	r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, target, nil)
	for i := 0; i < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	w := &sink{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		h.ServeHTTP(w, r)
	}
}

// plainAnswer is an answer as a program would declare it that has it ready: no
// member has code of its own for writing it.
type plainAnswer struct {
	Position struct {
		Lon, Lat json.Number
		CRS      string
	}
	Status string
	Fault  *string
	Cell   struct {
		Code, Name string
		BorderM    json.Number `json:"border_m"`
		Across     *string
	}
	Zone struct {
		Code, Name, Unit string
		UnitName         string `json:"unit_name"`
	}
	Community, Street, District struct{ Code, Name string }
	Place                       string
	CityVersion                 int64 `json:"city_version"`
	Valid                       struct{ From, To *string }
}

// BenchmarkGeocodeHTTP sets the whole way of a question through this package
// beside the least that net/http and encoding/json need to send an answer of
// the same length.
func BenchmarkGeocodeHTTP(b *testing.B) {
	d := open(b, townPlan{})
	target := "/v1/geocode?" + lonLat(d.snap.City.Cells[14].At)
	body := d.get(b, target).body
	var answer plainAnswer
	if err := json.Unmarshal(body, &answer); err != nil {
		b.Fatal(err)
	}
	if again, err := json.Marshal(answer); err != nil || !bytes.EqualFold(again, body) {
		b.Fatalf("%v: the other side sends\n%s\nwanmi\n%s", err, again, body)
	}
	b.Run("wanmi", func(b *testing.B) { benchmark(b, d, target) })
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/geocode", func(w http.ResponseWriter, r *http.Request) {
		if q := r.URL.Query(); q.Get("lon") == "" || q.Get("lat") == "" {
			http.Error(w, "lon, lat", http.StatusBadRequest)
			return
		}
		body, err := json.Marshal(answer)
		if err != nil {
			http.Error(w, "json", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Write(body)
	})
	b.Run("net-http", func(b *testing.B) { benchmark(b, mux, target) })
}

func BenchmarkGeocodeBatchHTTP(b *testing.B) {
	d := open(b, townPlan{})
	const points = 10_000
	body := `{"points":[` + strings.Repeat("[114.3051234,34.7851234],", points-1) + `[114.305,34.785]]}`
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/v1/geocode", strings.NewReader(body))
		d.ServeHTTP(&sink{http.Header{}}, r)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/points, "ns/point")
}

func BenchmarkTileHTTP(b *testing.B) {
	d := open(b, townPlan{})
	all := strings.Join(allLayers(), ",")
	for _, z := range []uint8{12, 14, 16} {
		target := tileURL(all, d.middle(z))
		b.Run(fmt.Sprintf("z%d/identity", z), func(b *testing.B) { benchmark(b, d, target) })
		b.Run(fmt.Sprintf("z%d/gzip", z), func(b *testing.B) { benchmark(b, d, target, "Accept-Encoding", "gzip") })
	}
}
