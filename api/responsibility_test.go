package api_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"net/http"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

func geometryOf(t *testing.T, text json.RawMessage) orb.Geometry {
	t.Helper()
	g, err := geojson.UnmarshalGeometry(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return g.Geometry()
}

// componentMinor is a minor of the areas' major.
const componentMinor = "0102"

// A cell's part that is nobody's is compared with positions drawn at random, which
// are nobody's where no ownership area of the class holds them.
func TestTheMapShowsGroundThatNobodyOwns(t *testing.T) {
	t.Parallel()
	h := openArchive(t, 0)
	l := h.layer(t, "/v1/dispatch/map/nobody.geojson?kind=component&category="+componentMinor)
	shares, unit, cells, whole, area := map[string]float64{}, map[string]string{}, 0, 0, 0.0
	zoneOf := map[string]string{}
	for i := range h.snap.City.Cells {
		zoneOf[h.snap.City.Cells[i].Code] = h.snap.City.Cells[i].Zone
	}
	for _, f := range l.Features {
		p := f.Properties
		code := p["code"].(string)
		area += p["area_m2"].(float64)
		if p["category"] != componentMinor || p["basis"] != "territory" {
			t.Errorf("%v", p)
		}
		if p["of"] == "zone" {
			whole++
			for cell, zone := range zoneOf {
				if zone == code {
					shares[cell], unit[cell] = 1, p["unit"].(string)
				}
			}
			continue
		}
		cells++
		shares[code], unit[code] = p["share"].(float64), p["unit"].(string)
	}
	// Only Z2 has areas, and in part Z3.
	if whole != 1 || cells < 12 || l.Method["zh"] == "" {
		t.Errorf("%d zones and %d cells", whole, cells)
	}
	r := rand.New(rand.NewPCG(9, 9))
	for i := range h.snap.City.Cells {
		c := &h.snap.City.Cells[i]
		if c.Valid.To != 0 && c.Valid.To < grids.MomentOf(townNow) {
			continue
		}
		n, free := 0, 0
		for n < 3000 {
			b := c.Shape.Box
			at := spatial.Coord{X: b.Min.X + r.Int32N(b.Max.X-b.Min.X), Y: b.Min.Y + r.Int32N(b.Max.Y-b.Min.Y)}
			if _, in := c.Shape.Contains(at); !in {
				continue
			}
			n++
			_, a := h.shapes[0].Contains(at)
			_, b2 := h.shapes[1].Contains(at)
			if !a && !b2 {
				free++
			}
		}
		if got, want := shares[c.Code], float64(free)/float64(n); h.snap.Find(grids.Cells, c.Code) != spatial.None && math.Abs(got-want) > 0.06 {
			t.Errorf("cell %s: share %v, drawn %v", c.Code, got, want)
		}
		if u := unit[c.Code]; u != "" && u != "U"+c.Zone[1:] {
			t.Errorf("cell %s: %s answers", c.Code, u)
		}
	}
	// Events are the territory's: nothing is nobody's.
	if l := h.layer(t, "/v1/dispatch/map/nobody.geojson?kind=event&category=0102"); len(l.Features) != 0 {
		t.Errorf("%d features for events", len(l.Features))
	}
	var sum api.ResponsibilityMap
	h.get(t, "/v1/dispatch/map?kind=component&category="+componentMinor).read(t, &sum)
	if sum.Nobody == nil || sum.Nobody.Zones != whole || sum.Nobody.Cells < cells || math.Abs(float64(sum.Nobody.AreaM2)-area) > 0.15*area {
		t.Errorf("%+v; the layer has %v m² in %d cells and %d zones", sum.Nobody, area, cells, whole)
	}
}

func TestTheMapShowsAreasOfOneClassThatLieOnOneAnother(t *testing.T) {
	t.Parallel()
	h := openArchive(t, 0)
	target := "/v1/dispatch/map/overlaps.geojson?kind=component&category=" + componentMinor
	l := h.layer(t, target)
	if len(l.Features) != 1 {
		t.Fatalf("%d overlaps", len(l.Features))
	}
	p := l.Features[0].Properties
	if p["a"] != "OA1" || p["b"] != "OA2" || p["a_unit"] != "U2" || p["b_unit"] != "U3" || p["a_unit_name"] != "单位2" {
		t.Errorf("%v", p)
	}
	g := geometryOf(t, l.Features[0].Geometry)
	s := shape(t, g)
	r := rand.New(rand.NewPCG(9, 10))
	both := 0
	for range 3000 {
		b := h.shapes[0].Box
		at := spatial.Coord{X: b.Min.X + r.Int32N(b.Max.X-b.Min.X), Y: b.Min.Y + r.Int32N(b.Max.Y-b.Min.Y)}
		_, in1 := h.shapes[0].Contains(at)
		_, in2 := h.shapes[1].Contains(at)
		_, in := s.Contains(at)
		if in != (in1 && in2) && h.shapes[0].DistanceM(at) > 0.05 && h.shapes[1].DistanceM(at) > 0.05 {
			t.Fatalf("%v: in the overlap %v, in the areas %v and %v", at, in, in1, in2)
		}
		if in {
			both++
		}
	}
	area := p["area_m2"].(float64)
	if both < 500 || math.Abs(area-s.AreaM2()) > 1 {
		t.Errorf("%v m², the geometry has %v; %d positions in both", area, s.AreaM2(), both)
	}
	for _, none := range []string{"/v1/dispatch/map/overlaps.geojson?kind=component&category=0201", "/v1/dispatch/map/overlaps.geojson?kind=event"} {
		if l := h.layer(t, none); len(l.Features) != 0 {
			t.Errorf("%s: %d overlaps", none, len(l.Features))
		}
	}
	// A record that gives one of them to the other's unit settles it.
	h.claim(t, "ownership", `{"subject":{"area":"OA2"},"unit":"U2","evidence":"确权3","valid":{"from":"2026-05-01"}}`)
	if l := h.layer(t, target); len(l.Features) != 0 {
		t.Errorf("after the record: %+v", l.Features[0].Properties)
	}
	if l := h.layer(t, target+"&at=2026-04-01"); len(l.Features) != 1 {
		t.Errorf("before the record held: %d", len(l.Features))
	}
}

func TestTheMapShowsZonesWithoutStaffAndFollowsTheEdit(t *testing.T) {
	t.Parallel()
	h := openArchive(t, 0)
	names := func() (out []string) {
		for _, f := range h.layer(t, "/v1/dispatch/map/off-duty.geojson").Features {
			p := f.Properties
			i := h.snap.Find(grids.Zones, p["zone"].(string))
			if p["cells"] != 12.0 || math.Abs(p["area_m2"].(float64)-h.snap.City.Zones[i].Shape.AreaM2()) > 0.01 || p["answers"] != p["unit"] {
				t.Errorf("%v", p)
			}
			out = append(out, p["zone"].(string))
		}
		return out
	}
	if got := names(); len(got) != 2 || got[0] != "Z2" || got[1] != "Z3" {
		t.Errorf("%v", got)
	}
	h.write(t, http.MethodPatch, "/v1/zones/Z2", `{"on_duty":true}`).written(t, 200)
	if got := names(); len(got) != 1 || got[0] != "Z3" {
		t.Errorf("with staff in Z2: %v", got)
	}
	var sum api.ResponsibilityMap
	h.get(t, "/v1/dispatch/map").read(t, &sum)
	if sum.OffDuty.N != 1 || sum.OffDuty.Of != 3 || sum.Nobody != nil || sum.Overlaps.N != 1 || sum.Returns == nil || sum.Returns.Borders != 0 {
		t.Errorf("%+v", sum)
	}
}

func TestTheMapShowsBordersWhereFirstDispatchGoesWrong(t *testing.T) {
	t.Parallel()
	h := openArchive(t, 600)
	l := h.layer(t, "/v1/dispatch/map/returns.geojson?from=2026-01-01")
	q := h.quality(t, "from=2026-01-01")
	if len(l.Features) != 2 || len(q.Borders) != 2 {
		t.Fatalf("%d borders", len(l.Features))
	}
	for i, f := range l.Features {
		p, row := f.Properties, q.Borders[i]
		if p["key"] != row.Key || p["n"] != float64(row.N) || p["wrong"] != float64(row.Wrong) || p["need"] != true || p["a"].(string)+"|"+p["b"].(string) != row.Key {
			t.Errorf("%v, quality has %+v", p, row)
		}
		a, b := h.snap.City.Zones[h.snap.Find(grids.Zones, p["a"].(string))].Shape, h.snap.City.Zones[h.snap.Find(grids.Zones, p["b"].(string))].Shape
		length := 0.0
		for _, line := range geometryOf(t, f.Geometry).(orb.MultiLineString) {
			for k, pt := range line {
				c := spatial.At(pt.Lon(), pt.Lat())
				if a.DistanceM(c) > 0.1 || b.DistanceM(c) > 0.1 {
					t.Fatalf("%v lies %v m and %v m off the zones' borders", pt, a.DistanceM(c), b.DistanceM(c))
				}
				if k > 0 {
					length += spatial.DistanceM(spatial.At(line[k-1].Lon(), line[k-1].Lat()), c)
				}
			}
		}
		// The common border of two columns: six cells' sides.
		want := 0.0
		for part := range a.Ends {
			ring := a.Part(part)
			for k := range ring {
				c, d := ring[k], ring[(k+1)%len(ring)]
				if b.DistanceM(c) < 0.1 && b.DistanceM(d) < 0.1 {
					want += spatial.DistanceM(c, d)
				}
			}
		}
		if math.Abs(length-want) > 1 || math.Abs(p["length_m"].(float64)-length) > 0.1 {
			t.Errorf("%s: %v m, said %v, the zones share %v", row.Key, length, p["length_m"], want)
		}
	}
}
