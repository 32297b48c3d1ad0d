package api_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/search"
	"github.com/wanmi-gis/wanmi/spatial"
)

// result is what a search says of a feature.
func result(f *grids.Feature, layer, match string, more object) object {
	out := object{"layer": layer, "code": f.Code, "name": f.Name, "match": match, "lon": degrees(f.At.Lon()), "lat": degrees(f.At.Lat())}
	maps.Copy(out, more)
	return out
}

func TestSearchSaysWhatMatchesAndWhy(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	city := d.snap.City
	at, a := city.Cells[20].At, &city.Addresses[7]
	position := object{"layer": "position", "code": "", "name": d.snap.Words(at), "match": "coordinates", "lon": degrees(at.Lon()), "lat": degrees(at.Lat())}
	near := lonLat(at)
	with := func(o object, k string, v any) object {
		out := object{k: v}
		maps.Copy(out, o)
		return out
	}
	for query, want := range map[string][]any{
		"q=Z2":           {result(&city.Zones[1].Feature, "zones", "code", nil)},
		"q=z2":           {result(&city.Zones[1].Feature, "zones", "code", nil)},
		"q=责任网格2":        {result(&city.Zones[1].Feature, "zones", "name", nil)},
		"q=zerenwangge2": {result(&city.Zones[1].Feature, "zones", "pinyin", nil)},
		"q=zrwg2":        {result(&city.Zones[1].Feature, "zones", "initials", nil)},
		"q=A07":          {result(&a.Feature, "addresses", "code", object{"kind": "plate", "full": "试验区门牌7"})},
		"q=门牌7":          {result(&a.Feature, "addresses", "name", object{"kind": "plate", "full": "试验区门牌7"})},
		"q=试验区门牌７":       {result(&a.Feature, "addresses", "name", object{"kind": "plate", "full": "试验区门牌7"})},
		"q=U3":           {object{"layer": "units", "code": "U3", "name": "单位3", "match": "code", "kind": "territorial"}},
		"q=一号街倒":         {result(&city.Streets[0].Feature, "streets", "fuzzy", nil)},
		"q=Z2&" + near: {result(&city.Zones[1].Feature, "zones", "code", object{
			"distance_m": centimetres(spatial.DistanceM(at, city.Zones[1].At)),
		})},
		"q=" + fmt.Sprintf("%.7f,%.7f", at.Lon(), at.Lat()) + "&crs=cgcs2000":      {with(position, "crs", "cgcs2000")},
		"q=" + fmt.Sprintf("WGS84+%.7f,%.7f", at.Lon(), at.Lat()):                  {with(position, "crs", "wgs84")},
		"q=" + fmt.Sprintf("%.7f,%.7f", at.Lat(), at.Lon()) + "&crs=wgs84&" + near: {with(with(position, "crs", "wgs84"), "distance_m", 0)},
		"q=没有":  {},
		"q=...": {},
		"q=%00": {},
		"q=" + url.QueryEscape("'; DROP TABLE zones; --"): {},
		"q=..%2F..%2Fetc%2Fpasswd":                        {},
	} {
		r := d.get(t, "/v1/search?"+query)
		if r.status != http.StatusOK {
			t.Errorf("%s: %d %s", query, r.status, r.body)
			continue
		}
		sameJSON(t, r.body, object{"results": want, "city_version": city.Version})
	}
}

func TestSearchByPage(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	var whole, page api.SearchAnswer
	d.get(t, "/v1/search?q=9901&limit=100").read(t, &whole)
	if len(whole.Results) != 40 || whole.Next != "" { // 36 cells, two communities, a street, a district
		t.Fatalf("%d results, next %q", len(whole.Results), whole.Next)
	}
	var all []api.SearchResult
	for cursor := ""; ; {
		d.get(t, "/v1/search?q=9901&limit=15"+cursor).read(t, &page)
		all = append(all, page.Results...)
		if page.Next == "" {
			break
		}
		if cursor = "&cursor=" + page.Next; len(page.Results) != 15 || len(all) > len(whole.Results) {
			t.Fatalf("a page of %d", len(page.Results))
		}
		page = api.SearchAnswer{}
	}
	if fmt.Sprint(codesOf(all)) != fmt.Sprint(codesOf(whole.Results)) {
		t.Errorf("%v on pages, %v at once", codesOf(all), codesOf(whole.Results))
	}
	var few api.SearchAnswer
	if d.get(t, "/v1/search?q=9901").read(t, &few); len(few.Results) != 10 || few.Next != "10" {
		t.Errorf("%d results without a limit, next %q", len(few.Results), few.Next)
	}
}

func codesOf(all []api.SearchResult) (out []string) {
	for _, r := range all {
		out = append(out, r.Layer+" "+r.Code)
	}
	return out
}

func TestSearchRefusals(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{noOffset: true, noGrid: true})
	for query, where := range map[string]string{
		"": "q", "q=": "q", "q=%20%20": "q", "q=%ff": "q", "q=" + strings.Repeat("a", 201): "q", "q=" + url.QueryEscape(strings.Repeat("路", 201)): "q",
		"q=a&limit=0": "limit", "q=a&limit=101": "limit", "q=a&limit=x": "limit", "q=a&limit=1e1": "limit", "q=a&limit=": "limit",
		"q=a&limit=99999999999999999999": "limit", "q=a&cursor=-1": "cursor", "q=a&cursor=991": "cursor", "q=a&cursor=x": "cursor",
		"q=a&lon=114": "lat", "q=a&lat=34": "lon", "q=a&lon=x&lat=34": "lon", "q=a&lon=NaN&lat=34": "lon,lat", "q=a&lon=200&lat=34": "lon,lat",
		"q=a&crs=mars": "crs", "q=a&crs=gcj02": "crs", "q=a&crs=city": "crs", "q=a&near=1": "near", "q=a&q=b": "q",
	} {
		p := d.get(t, "/v1/search?"+query).problem(t)
		if p.Status != http.StatusBadRequest && p.Status != http.StatusUnprocessableEntity || len(p.Errors) != 1 || p.Errors[0].Location != where {
			t.Errorf("%.60s: %+v", query, p)
		}
	}
	if r := d.get(t, "/v1/search?q="+strings.Repeat("a", 10_000)); r.problem(t).Status != http.StatusBadRequest {
		t.Errorf("10 KB: %s", r.body)
	}
	for _, query := range []string{
		"address=", "address=%20", "address=%fe", "address=" + strings.Repeat("a", 201), "address=a&limit=0", "address=a&limit=101",
		"address=a&lon=114&lat=34", "address=a&lat=34", "address=a&crs=wgs84", "address=a&at=2026-01-01", "address=a&boundary=true", "lon=114.3&lat=34.8&limit=3",
	} {
		if p := d.get(t, "/v1/geocode?"+query).problem(t); p.Status != http.StatusBadRequest || p.Code != "malformed" || len(p.Errors) != 1 {
			t.Errorf("%.60s: %+v", query, p)
		}
	}
}

func TestAnAddressIsAnsweredLikeItsPosition(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	for i := range d.snap.City.Addresses {
		a := &d.snap.City.Addresses[i]
		if a.Name == "门牌0" {
			continue // no number
		}
		r := d.get(t, "/v1/geocode?limit=1&address="+url.QueryEscape(a.Full))
		sameJSON(t, r.body, object{"city_version": d.snap.City.Version, "results": []any{object{
			"address": object{"code": a.Code, "name": a.Name, "full": a.Full, "kind": a.Kind, "match": "exact", "score": 1},
			"answer":  single(d.snap, a.At),
		}}})
	}
	var none api.AddressAnswer
	r := d.get(t, "/v1/geocode?address=火星路1号")
	if r.read(t, &none); len(none.Results) != 0 || !strings.Contains(string(r.body), `"results":[]`) {
		t.Errorf("%s", r.body)
	}
	var some api.AddressAnswer
	if d.get(t, "/v1/geocode?address=门牌99").read(t, &some); len(some.Results) < 2 || some.Results[0].Address.Match != string(search.FitNearest) ||
		some.Results[0].Address.Name != "门牌19" || some.Results[0].Address.Score >= 1 {
		t.Errorf("%+v", some)
	}
}

// TestSearchFollowsThePublishedCity asks before and after a reload.
func TestSearchFollowsThePublishedCity(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	ask := func(name string) api.SearchAnswer {
		t.Helper()
		var a api.SearchAnswer
		d.get(t, "/v1/search?q="+name).read(t, &a)
		return a
	}
	if a := ask("门牌7"); len(a.Results) != 1 || a.CityVersion != 1 {
		t.Fatalf("%+v", a)
	}
	next := town(t, townPlan{version: 2})
	next.Addresses[7].Name, next.Addresses[7].Full = "新门牌77号", "试验区新门牌77号"
	snap, err := grids.NewSnapshot(next, townNow)
	if err != nil {
		t.Fatal(err)
	}
	d.live.Publish(snap)
	if a := ask("新门牌77号"); len(a.Results) != 1 || a.CityVersion != 2 || a.Results[0].Code != "A07" {
		t.Errorf("%+v", a)
	}
	if a := ask("门牌7"); len(a.Results) != 0 && a.Results[0].Match == "name" {
		t.Errorf("%+v", a)
	}
}

func FuzzSearchHTTP(f *testing.F) {
	d := open(f, townPlan{})
	for _, q := range []string{"门牌7", "114.35,34.78", "\x00", "zrwg", "%", strings.Repeat("路", 199), "../", "😀"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, q string) {
		for _, path := range []string{"/v1/search?q=", "/v1/geocode?address="} {
			r := d.get(t, path+url.QueryEscape(q))
			switch {
			case r.status == http.StatusOK:
				var v object
				r.read(t, &v)
			case r.shape(t).Status != http.StatusBadRequest: // it repeats the question, which may look like anything
				t.Fatalf("%q: %d %s", q, r.status, r.body)
			}
		}
	})
}

func BenchmarkSearchHTTP(b *testing.B) {
	d := open(b, townPlan{})
	for name, target := range map[string]string{
		"code": "/v1/search?q=Z2", "name": "/v1/search?q=" + url.QueryEscape("门牌7"), "address": "/v1/geocode?address=" + url.QueryEscape("试验区门牌7"),
	} {
		b.Run(name, func(b *testing.B) { benchmark(b, d, target) })
	}
}
