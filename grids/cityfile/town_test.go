package cityfile

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// lon0 and lat0 are the south-west corner of the town.
const lon0, lat0 = 114.3, 34.7

func zone(t testing.TB) *time.Location {
	t.Helper()
	z, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// feature makes a feature of a geometry in thousandths of a degree from the
// town's corner.
func feature(t testing.TB, code, name string, g orb.Geometry) grids.Feature {
	t.Helper()
	s, err := spatial.FromOrb(placed(g))
	if err != nil {
		t.Fatalf("%s: %v", code, err)
	}
	f := grids.Feature{Code: code, Name: name, At: s.Representative()}
	if s.Kind != spatial.Points || len(s.Coords) != 1 {
		f.Shape = s
	}
	return f
}

// placed moves a geometry from the town's units to degrees.
func placed(g orb.Geometry) orb.Geometry {
	move := func(ps []orb.Point) {
		for i := range ps {
			ps[i] = orb.Point{lon0 + ps[i][0]/1000, lat0 + ps[i][1]/1000}
		}
	}
	switch g := orb.Clone(g).(type) {
	case orb.Point:
		return orb.Point{lon0 + g[0]/1000, lat0 + g[1]/1000}
	case orb.MultiPoint:
		move(g)
		return g
	case orb.LineString:
		move(g)
		return g
	case orb.MultiLineString:
		for _, l := range g {
			move(l)
		}
		return g
	case orb.Polygon:
		for _, r := range g {
			move(r)
		}
		return g
	case orb.MultiPolygon:
		for _, p := range g {
			for _, r := range p {
				move(r)
			}
		}
		return g
	}
	panic("no such geometry in the town")
}

func square(x, y, side float64) orb.Ring {
	return orb.Ring{{x, y}, {x + side, y}, {x + side, y + side}, {x, y + side}, {x, y}}
}

func hole(x, y, side float64) orb.Ring {
	r := square(x, y, side)
	r.Reverse()
	return r
}

// bareTown has two cells and nothing else: all other layers are empty.
func bareTown(t testing.TB) *grids.City {
	t.Helper()
	return &grids.City{
		Profile: grids.Profile{
			Code: "990100", Name: "试验市", MadeUp: true, Scheme: grids.SchemeGB2013, TimeZone: zone(t),
			Plane: crs.LocalPlane(114.3, 34.7), NearM: 30, Version: 1,
		},
		Base: map[grids.Layer][]grids.Base{},
		Cells: []grids.Cell{
			{Feature: feature(t, "990101001001001", "", orb.Polygon{square(0, 0, 1)}), AreaM2: 10157.25},
			{Feature: feature(t, "990101001001002", "", orb.Polygon{square(1, 0, 1)}), AreaM2: 10157.25},
		},
	}
}

// town has rows in every layer, with every kind of geometry.
func town(t testing.TB) *grids.City {
	t.Helper()
	z := zone(t)
	c := bareTown(t)
	c.Offset, c.ZonesByGeometry, c.Attribution = true, true, "made up; 自拟数据 © 2026 \"quoted\" 'single' \n<b>"
	c.Grid = &crs.Grid{TM: crs.TM{Lon0: 114.3, X0: 50000, Y0: -3000000, K: 1}, Affine: [6]float64{1, 0, 12.5, 0, 1, -3}}
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, z)
	to := time.Date(2026, 7, 1, 12, 30, 15, 250e6, z)

	c.Districts = []grids.District{{Division: grids.Division{Feature: feature(t, "990101", "东区", orb.Polygon{square(0, 0, 4)}), Parent: ""}}}
	c.Streets = []grids.Street{{Division: grids.Division{Feature: feature(t, "990101001", "鼓楼街道 🏮", orb.Polygon{square(0, 0, 4), hole(3, 3, 0.5)}), Parent: "990101"}}}
	c.Communities = []grids.Community{{Division: grids.Division{
		Feature: feature(t, "990101001001", "O'Brien \"社区\"", orb.MultiPolygon{{square(0, 0, 2)}, {square(2.5, 0, 1), hole(2.7, 0.2, 0.1)}}), Parent: "990101001",
	}}}
	c.Zones = []grids.Zone{
		{Feature: feature(t, "Z1", "一号", orb.Polygon{square(0, 0, 2)}), Street: "990101001", Unit: "U1", Staff: `[{"name":"张三"}]`, OnDuty: true},
		{Feature: feature(t, "Z2", "", orb.Polygon{square(2, 0, 2)}), Street: "990101001"},
	}
	c.Cells[0].Valid = grids.Between(time.Time{}, from)
	c.Cells[0].Community, c.Cells[0].Zone, c.Cells[0].LandUse = "990101001001", "Z1", "居住"
	later := grids.Cell{Feature: feature(t, c.Cells[0].Code, "改划", orb.Polygon{square(0, 0, 1), hole(0.2, 0.2, 0.3)}), AreaM2: 9000.01}
	later.Valid = grids.Between(from, to)
	c.Cells = []grids.Cell{c.Cells[0], later, c.Cells[1]}
	of := func(category string) *grids.ComponentTraits { return &grids.ComponentTraits{Category: category} }
	c.Components = []grids.Component{
		{
			Feature: feature(t, "9901010102000001", "井盖", orb.Point{0.5, 0.5}), Cell: "990101001001001", PlacedOn: "2020-01-01", ChangedOn: "2021-02-03",
			ComponentTraits: &grids.ComponentTraits{
				Category: "0102", State: "完好", AccuracyClass: "A", Owner: "U1", Maintainer: "U2", Authority: "U1", Source: "普查",
			},
		},
		{Feature: feature(t, "C-line", "", orb.LineString{{0, 0}, {0.5, 0.1}, {0.9, 0.9}}), ComponentTraits: of("0103")},
		{Feature: feature(t, "C-lines", "", orb.MultiLineString{{{0, 0}, {1, 1}}, {{1, 0}, {0, 1}}}), ComponentTraits: of("0103")},
		{Feature: feature(t, "C-points", "", orb.MultiPoint{{0.1, 0.1}, {0.2, 0.7}}), ComponentTraits: of("0104")},
		{Feature: feature(t, "C-polygon", "", orb.Polygon{square(0.1, 0.1, 0.01)}), ComponentTraits: of("0104")},
	}
	c.Components[0].Attributes = `{"a":12345678901234567890,"b":"汉字","c":[1,{"d":null}],"e":true}`
	c.Addresses = []grids.Address{{Feature: feature(t, "A1", "鼓楼街1号", orb.Point{0.3, 0.3}), Kind: "door plate", Full: "试验市东区鼓楼街1号", Pinyin: "gulou jie"}}
	c.Resources = []grids.Resource{
		{Feature: feature(t, "R1", "巡查员", orb.Point{1.5, 0.5}), Kind: "officer", Unit: "U1", State: "on", MovedAt: to},
		{Feature: feature(t, "R2", "", orb.Point{1.6, 0.5}), Kind: "camera"},
	}
	for i, l := range grids.BaseLayers() {
		c.Base[l] = []grids.Base{
			{Feature: feature(t, fmt.Sprintf("%s-1", l), "", orb.LineString{{0, float64(i)}, {4, float64(i)}}), Class: "road"},
			{Feature: feature(t, fmt.Sprintf("%s-2", l), "河", orb.Polygon{square(float64(i), 2, 0.5)}), Class: ""},
		}
	}
	c.Units = []grids.Unit{
		{Code: "U1", Name: "城管局", Kind: "department", Territory: []string{"990101", "990101001"}, Contact: "0371-1", Valid: grids.Since(from)},
		{Code: "U2", Name: "排水公司", Kind: "company", Parent: "U1"},
	}
	c.Categories = []grids.Category{
		{Scheme: "z", Kind: grids.EventKind, Code: "01", Name: "市容"},
		{Scheme: grids.SchemeGB2013, Kind: grids.ComponentKind, Code: "0102", Major: "01", Name: "雨水井盖", AccuracyClass: "A", Equivalent: "cjt214:0102"},
	}
	return c
}

// created writes the city to a new file.
func created(t testing.TB, city *grids.City) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "city.gpkg")
	if err := Create(t.Context(), path, city); err != nil {
		t.Fatal(err)
	}
	return path
}

// opened opens a city file for the length of the test.
func opened(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// same compares two cities value by value: times by the instant, as a stored
// time has an offset and not a zone's name.
func same(t *testing.T, got, want *grids.City) {
	t.Helper()
	if diff := difference("city", reflect.ValueOf(got), reflect.ValueOf(want)); diff != "" {
		t.Error(diff)
	}
}

func difference(at string, a, b reflect.Value) string {
	if a.Type() == reflect.TypeFor[time.Time]() {
		if x, y := a.Interface().(time.Time), b.Interface().(time.Time); !x.Equal(y) {
			return fmt.Sprintf("%s: %v, want %v", at, x, y)
		}
		return ""
	}
	if a.Type() == reflect.TypeFor[*time.Location]() {
		if x, y := a.Interface().(*time.Location).String(), b.Interface().(*time.Location).String(); x != y {
			return fmt.Sprintf("%s: %s, want %s", at, x, y)
		}
		return ""
	}
	switch a.Kind() {
	case reflect.Pointer:
		if a.IsNil() || b.IsNil() {
			if a.IsNil() != b.IsNil() {
				return fmt.Sprintf("%s: nil %t, want %t", at, a.IsNil(), b.IsNil())
			}
			return ""
		}
		return difference(at, a.Elem(), b.Elem())
	case reflect.Struct:
		for i := range a.NumField() {
			if d := difference(at+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i)); d != "" {
				return d
			}
		}
		return ""
	case reflect.Slice:
		if a.Len() != b.Len() {
			return fmt.Sprintf("%s: %d items, want %d", at, a.Len(), b.Len())
		}
		for i := range a.Len() {
			if d := difference(fmt.Sprintf("%s[%d]", at, i), a.Index(i), b.Index(i)); d != "" {
				return d
			}
		}
		return ""
	case reflect.Map:
		if a.Len() != b.Len() {
			return fmt.Sprintf("%s: %d keys, want %d", at, a.Len(), b.Len())
		}
		for _, k := range b.MapKeys() {
			if !a.MapIndex(k).IsValid() {
				return fmt.Sprintf("%s: no %v", at, k)
			}
			if d := difference(fmt.Sprintf("%s[%v]", at, k), a.MapIndex(k), b.MapIndex(k)); d != "" {
				return d
			}
		}
		return ""
	}
	if !reflect.DeepEqual(a.Interface(), b.Interface()) {
		return fmt.Sprintf("%s: %v, want %v", at, a, b)
	}
	return ""
}

// output runs an external judge; one that is missing fails the test.
func output(t testing.TB, name string, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out.String())
	}
	return out.String()
}

// settled fails the test when more goroutines run than before: it waits for
// those that are ending.
func settled(t *testing.T, before int) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for runtime.NumGoroutine() > before {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
		runtime.Gosched()
	}
}
