package api_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb/geojson"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// row is a feature as the contract has it.
type row struct {
	Type        string
	ID          int64
	Geometry    *geojson.Geometry
	Properties  object
	CityVersion int64 `json:"city_version"`
}

func TestEveryFeatureIsFoundByItsCode(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{version: 17})
	for _, l := range []grids.Layer{
		grids.Cells, grids.Zones, grids.Communities, grids.Streets, grids.Districts, grids.Components, grids.Addresses, grids.Resources,
	} {
		for i := range int32(d.snap.Count(l)) {
			f := d.snap.Feature(l, i)
			var got row
			d.get(t, "/v1/"+string(l)+"/"+f.Code).read(t, &got)
			if got.Type != "Feature" || got.ID != f.FID || got.CityVersion != 17 {
				t.Fatalf("%s %s: %+v", l, f.Code, got)
			}
			if p := got.Properties; p["layer"] != string(l) || p["code"] != f.Code || p["name"] != f.Name {
				t.Fatalf("%s %s: %v", l, f.Code, p)
			}
			s, err := spatial.FromOrb(got.Geometry.Geometry())
			if err != nil || s.Box != f.Box() || s.Kind != f.Geometry().Kind {
				t.Fatalf("%s %s: geometry %v, %v", l, f.Code, got.Geometry, err)
			}
		}
	}
	var unit row
	d.get(t, "/v1/units/U2").read(t, &unit)
	if unit.Properties["name"] != "单位2" || unit.Geometry != nil {
		t.Errorf("unit: %+v", unit)
	}
}

func TestAComponentTellsItsCategoryAndBothCells(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	for i := range d.snap.City.Components {
		c := &d.snap.City.Components[i]
		var got row
		d.get(t, "/v1/components/"+c.Code).read(t, &got)
		cat := d.snap.Catalogue.Find(grids.ComponentKind, c.Category)
		want := object{
			"category": c.Category, "category_name": cat.Name, "major": cat.Major, "recorded_cell": c.Cell,
			"major_name": d.snap.Catalogue.Find(grids.ComponentKind, cat.Major).Name, "cell": nil, "state": "完好",
		}
		if p := d.snap.Locate(c.At); p.Status == grids.StatusInside {
			want["cell"] = d.snap.City.Cells[p.Cell].Code
		}
		for name, v := range want {
			if got.Properties[name] != v {
				t.Fatalf("%s: %s is %v, want %v", c.Code, name, got.Properties[name], v)
			}
		}
		if n := got.Properties["attributes"].(object)["n"]; n == nil {
			t.Errorf("%s: attributes %v", c.Code, got.Properties["attributes"])
		}
	}
}

func TestCodesOfAnyCharactersAreFoundEscapedAsTheyMustBe(t *testing.T) {
	t.Parallel()
	codes := []string{"a/b", "a%41", "100%", "井-1", "a b", "a+b", "a?b=c", "a#b", "a&b", "..", "%2F", "a,b", `"`, "a;b", "~'"}
	city := town(t, townPlan{})
	for n, code := range codes {
		f := grids.Feature{FID: int64(1000 + n), Code: code, At: spatial.Coord{X: townWest, Y: townSouth}}
		city.Components = append(city.Components, grids.Component{Feature: f})
	}
	snap, err := grids.NewSnapshot(city, townNow)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{api.New(api.Options{Live: grids.NewLive(snap), Log: quiet()}), snap, nil}
	all := func(s string) string { // every byte escaped, as no browser writes it
		var b strings.Builder
		for i := range len(s) {
			fmt.Fprintf(&b, "%%%02X", s[i])
		}
		return b.String()
	}
	for n, code := range codes {
		for _, path := range []string{url.PathEscape(code), all(code)} {
			r := d.get(t, "/v1/components/"+path)
			var got row
			if r.status != http.StatusOK || json.Unmarshal(r.body, &got) != nil || got.ID != int64(1000+n) {
				t.Errorf("%q as %s: %d %.200s", code, path, r.status, r.body)
			}
		}
	}
}

func TestTextThatIsNoJSONInTheCityFileStaysText(t *testing.T) {
	t.Parallel()
	city := town(t, townPlan{})
	city.Cells[3].Attributes, city.Zones[0].Staff = "{broken", "张三"
	snap, err := grids.NewSnapshot(city, townNow)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{api.New(api.Options{Live: grids.NewLive(snap), Log: quiet()}), snap, nil}
	var cell, zone row
	d.get(t, "/v1/cells/"+city.Cells[3].Code).read(t, &cell)
	d.get(t, "/v1/zones/Z1").read(t, &zone)
	if cell.Properties["attributes"] != "{broken" || zone.Properties["staff"] != "张三" {
		t.Errorf("%v, %v", cell.Properties["attributes"], zone.Properties["staff"])
	}
}

func TestNearestAgreesWithMeasuringEverything(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	rnd := rand.New(rand.NewPCG(5, 5))
	majors := map[string][]string{}
	for _, c := range d.snap.Catalogue.All() {
		if c.Kind == grids.ComponentKind && c.Major != "" {
			majors[c.Major] = append(majors[c.Major], c.Code)
		}
	}
	minor := d.snap.City.Components[0].Category
	major := d.snap.Catalogue.Find(grids.ComponentKind, minor).Major
	for round := range 120 {
		at, k, radius := somewhere(rnd), 1+rnd.IntN(20), 50+rnd.Float64()*500
		layer, category, wanted := grids.Components, "", []string(nil)
		switch round % 5 {
		case 1:
			layer = grids.Addresses
		case 2:
			category, wanted = minor, []string{minor}
		case 3:
			category, wanted = major, majors[major]
		case 4:
			layer = grids.Resources
		}
		type found struct {
			code   string
			metres float64
		}
		var want []found
		for i := range int32(d.snap.Count(layer)) {
			f := d.snap.Feature(layer, i)
			m := spatial.DistanceM(f.At, at)
			if f.Shape != nil {
				m = f.Shape.DistanceM(at)
				if side, _ := f.Shape.Contains(at); side != spatial.Outside {
					m = 0
				}
			}
			if m <= radius && (wanted == nil || slices.Contains(wanted, d.snap.City.Components[i].Category)) {
				want = append(want, found{f.Code, m})
			}
		}
		slices.SortStableFunc(want, func(a, b found) int {
			if a.metres != b.metres {
				return map[bool]int{true: -1, false: 1}[a.metres < b.metres]
			}
			return strings.Compare(a.code, b.code)
		})
		want = want[:min(k, len(want))]
		var got struct {
			Type     string
			Features []row
		}
		target := fmt.Sprintf("/v1/nearest?%s&layer=%s&k=%d&radius_m=%.3f", lonLat(at), layer, k, radius)
		if category != "" {
			target += "&category=" + category
		}
		d.get(t, target).read(t, &got)
		if got.Type != "FeatureCollection" || len(got.Features) != len(want) || got.Features == nil {
			t.Fatalf("%s: %d features, want %d", target, len(got.Features), len(want))
		}
		for i, f := range got.Features {
			if f.Properties["code"] != want[i].code || f.Properties["distance_m"] != centimetres(want[i].metres) {
				t.Fatalf("%s: %d is %v at %v, want %+v", target, i, f.Properties["code"], f.Properties["distance_m"], want[i])
			}
		}
	}
}

func TestTheCityIsDescribedAsItIs(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{version: 3})
	c := d.snap.City
	counts := object{"units": len(c.Units)}
	for _, l := range grids.MapLayers() {
		counts[string(l)] = d.snap.Count(l)
	}
	categories := []object{}
	for _, cat := range d.snap.Catalogue.All() {
		n := 0
		for i := range c.Components {
			if c.Components[i].Category == cat.Code && cat.Kind == grids.ComponentKind {
				n++
			}
		}
		if n > 0 {
			categories = append(categories, object{
				"kind": "component", "code": cat.Code, "name": cat.Name, "major": cat.Major, "count": n,
				"major_name": d.snap.Catalogue.Find(cat.Kind, cat.Major).Name,
			})
		}
	}
	box := d.snap.Box(grids.Cells)
	sameJSON(t, d.get(t, "/v1/city").body, object{
		"code": "990104", "name": "试验城", "made_up": true, "time_zone": "Asia/Shanghai", "scheme": grids.SchemeGB2013,
		"gcj02": true, "city_grid": true, "zones_by": "cell", "attribution": "made up", "counts": counts,
		"categories": categories, "city_version": 3,
		"bounds": []json.Number{degrees(box.Min.Lon()), degrees(box.Min.Lat()), degrees(box.Max.Lon()), degrees(box.Max.Lat())},
	})
}
