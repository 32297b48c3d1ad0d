package api_test

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// reaching lists every system of the contract that can express the town, and
// the names that mean the same.
func reaching(d *desk) map[string]crs.System {
	at := d.snap.City.Cells[0].At
	out := map[string]crs.System{"city": *d.snap.City.Grid, "CITY": *d.snap.City.Grid}
	for _, s := range crs.All() {
		x, y := s.FromCGCS2000(at.Lon(), at.Lat())
		if s.Check(x, y) == nil {
			out[s.Name()], out[strings.ToUpper(s.Name())] = s, s
		}
	}
	for alias, name := range map[string]string{"epsg:4490": "cgcs2000", "epsg:4326": "wgs84"} {
		out[alias] = out[name]
	}
	return out
}

func TestEverySystemLeadsToTheSameCellOnAllCalls(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	systems := reaching(d)
	for _, name := range []string{"cgcs2000", "wgs84", "gcj02", "bd09", "epsg:3857", "epsg:4508", "epsg:4547", "epsg:4526", "city"} {
		if systems[name] == nil {
			t.Fatalf("%s does not reach the town", name)
		}
	}
	for name, sys := range systems {
		for _, i := range []int{0, 7, 14, 35} {
			cell := &d.snap.City.Cells[i]
			x, y := sys.FromCGCS2000(cell.At.Lon(), cell.At.Lat())
			query := fmt.Sprintf("lon=%.9f&lat=%.9f&crs=%s", x, y, name)
			type place struct {
				Position struct {
					Lon, Lat float64
					CRS      string
				}
				Cell struct{ Code string }
			}
			var single place
			d.get(t, "/v1/geocode?"+query).read(t, &single)
			var batch struct{ Results []place }
			d.post(t, "/v1/geocode", fmt.Sprintf(`{"crs":%q,"points":[[%.9f,%.9f]]}`, name, x, y)).read(t, &batch)
			var near struct {
				Position struct{ Lon, Lat float64 }
			}
			d.get(t, "/v1/nearest?layer=components&"+query).read(t, &near)
			if single.Cell.Code != cell.Code || single.Position.CRS != "cgcs2000" || batch.Results[0] != single {
				t.Fatalf("%s: single %+v, batch %+v, want cell %s", name, single, batch.Results, cell.Code)
			}
			if near.Position.Lon != single.Position.Lon || near.Position.Lat != single.Position.Lat {
				t.Errorf("%s: nearest is asked at %v", name, near.Position)
			}
			got := spatial.At(single.Position.Lon, single.Position.Lat)
			if m := spatial.DistanceM(got, cell.At); m > 0.02 {
				t.Errorf("%s: %v metres off", name, m)
			}
		}
	}
}

func TestConvertingThereAndBackComesHome(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	at := d.snap.City.Cells[20].At
	names := []string{"cgcs2000", "wgs84", "gcj02", "bd09", "epsg:3857", "epsg:4491", "epsg:4508", "epsg:4526", "epsg:4547", "epsg:4554", "city"}
	for _, name := range names {
		to := d.get(t, "/v1/crs/convert?"+lonLat(at)+"&to="+name)
		if strings.Contains(name, "4491") || strings.Contains(name, "4554") { // another zone's
			if to.status == http.StatusBadRequest {
				p := to.problem(t)
				if p.Code != "coordinate-out-of-range" || p.Errors[0].Location != "to" {
					t.Errorf("%s: %+v", name, p)
				}
				continue
			}
		}
		var got struct {
			Position struct{ Lon, Lat float64 }
			To       []struct {
				CRS      string
				Lon, Lat float64
			}
		}
		to.read(t, &got)
		if len(got.To) != 1 || got.To[0].CRS != name || got.Position.Lon != at.Lon() || got.Position.Lat != at.Lat() {
			t.Fatalf("%s: %+v", name, got)
		}
		there := got.To[0]
		got.To = nil
		d.get(t, fmt.Sprintf("/v1/crs/convert?lon=%.9f&lat=%.9f&crs=%s&to=cgcs2000", there.Lon, there.Lat, name)).read(t, &got)
		if math.Abs(got.To[0].Lon-at.Lon()) > 1.1e-7 || math.Abs(got.To[0].Lat-at.Lat()) > 1.1e-7 {
			t.Errorf("%s: back at %v, was %v", name, got.To[0], at.Point())
		}
	}
	var all struct{ To []struct{ CRS string } }
	d.get(t, "/v1/crs/convert?"+lonLat(at)+"&to=gcj02,bd09,city").read(t, &all)
	if len(all.To) != 3 || all.To[0].CRS != "gcj02" || all.To[2].CRS != "city" {
		t.Errorf("several: %+v", all)
	}
}

func TestACityWithoutOffsetOrGridRefusesThem(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{noOffset: true, noGrid: true})
	at := lonLat(d.snap.City.Cells[20].At)
	for _, c := range []struct {
		crs    string
		status int
		code   string
	}{{"gcj02", 422, "not-possible"}, {"BD09", 422, "not-possible"}, {"city", 400, "crs-unknown"}} {
		refused := []reply{
			d.get(t, "/v1/geocode?"+at+"&crs="+c.crs),
			d.get(t, "/v1/nearest?layer=components&"+at+"&crs="+c.crs),
			d.get(t, "/v1/crs/convert?to=wgs84&"+at+"&crs="+c.crs),
			d.get(t, "/v1/crs/convert?"+at+"&to="+c.crs),
			d.post(t, "/v1/geocode", `{"crs":"`+c.crs+`","points":[[114.3,34.8]]}`),
		}
		for i, r := range refused {
			p := r.problem(t)
			where := "crs"
			if i == 3 {
				where = "to"
			}
			if p.Status != c.status || p.Code != c.code || p.Errors[0].Location != where {
				t.Errorf("%s, call %d: %+v", c.crs, i, p)
			}
		}
	}
}
