package demo

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

func checkCounts(t *testing.T, c *grids.City) {
	kinds := map[string]int{}
	for _, r := range c.Resources {
		kinds[r.Kind]++
	}
	for _, a := range c.Addresses {
		kinds[a.Kind]++
	}
	classes := map[string]int{}
	for _, l := range grids.BaseLayers() {
		for _, b := range c.Base[l] {
			classes[b.Class]++
		}
	}
	for _, n := range []struct {
		what      string
		got, want int
	}{
		{"districts", len(c.Districts), 1},
		{"streets", len(c.Streets), 2},
		{"communities", len(c.Communities), 5},
		{"zones", len(c.Zones), 5},
		{"cells", len(c.Cells), 200},
		{"components", len(c.Components), 3000},
		{"addresses", len(c.Addresses), 400},
		{"cameras", kinds["camera"], 10},
		{"squads", kinds["squad"], 5},
		{"toilets", kinds["toilet"], 3},
		{"car parks", kinds["parking"], 2},
		{"resources", len(c.Resources), 20},
		{"rivers", classes["river"], 1},
		{"lakes", classes["lake"], 1},
	} {
		if n.got != n.want {
			t.Errorf("%d %s, want %d", n.got, n.what, n.want)
		}
	}
	for _, n := range []struct {
		what       string
		got, least int
	}{
		{"units", len(c.Units), 8},
		{"door plates", kinds["plate"], 300},
		{"places", kinds["place"], 20},
		{"arterials", classes["arterial"], 6},
		{"streets", classes["street"], 15},
		{"lanes", classes["lane"], 30},
		{"parks", classes["park"], 3},
		{"houses", len(c.Base[grids.BaseBuildings]), 800},
	} {
		if n.got < n.least {
			t.Errorf("%d %s, want at least %d", n.got, n.what, n.least)
		}
	}
}

func checkProfile(t *testing.T, c *grids.City) {
	if !c.MadeUp || !c.Offset || c.ZonesByGeometry || c.NearM != 30 || c.Scheme != grids.SchemeGB2013 ||
		c.Code != "990101" || c.TimeZone.String() != "Asia/Shanghai" || c.Attribution == "" || len(c.Categories) == 0 {
		t.Errorf("profile is %+v", c.Profile)
	}
	if e, n := c.Plane.Forward(114.35, 34.79); max(e, -e, n, -n) > 1 {
		t.Errorf("the plane's origin is %.1f, %.1f m off the centre", e, n)
	}
}

func checkCodes(t *testing.T, c *grids.City) {
	forms := map[grids.Layer]string{
		grids.Districts: `990101`, grids.Streets: `99010100[12]`, grids.Communities: `99010100[12]00[1-5]`,
		grids.Zones: `Z0[1-5]`, grids.Cells: `99010100[12]00[1-5]\d{3}`, grids.Components: `990101\d{4}\d{6}`,
		grids.Addresses: `AD\d{4}`, grids.Resources: `RS\d{4}`, grids.BaseRoads: `RD\d{4}`,
		grids.BaseWater: `WT\d{4}`, grids.BaseGreen: `GR\d{4}`, grids.BaseBuildings: `BD\d{4}`,
	}
	for l, rows := range features(c) {
		form := regexp.MustCompile("^" + forms[l] + "$")
		last := ""
		for _, f := range rows {
			if !form.MatchString(f.Code) {
				t.Errorf("%s: code %q", l, f.Code)
			}
			if f.Code <= last {
				t.Errorf("%s: code %q follows %q", l, f.Code, last)
			}
			last = f.Code
		}
	}
	for _, x := range c.Components {
		if x.Code[6:10] != x.Category {
			t.Errorf("component %s is of category %s", x.Code, x.Category)
		}
	}
}

func checkSerials(t *testing.T, c *grids.City) {
	const rowQuanta = 10_800 // 120 m
	serial, north := map[string]int{}, map[string]int32{}
	for _, x := range c.Cells {
		north[x.Community] = max(north[x.Community], x.At.Y)
	}
	for i := range c.Cells {
		x := &c.Cells[i]
		serial[x.Community]++
		if want := serial[x.Community]; x.Code != fmt.Sprintf("%s%03d", x.Community, want) {
			t.Errorf("cell %s is number %d of its community", x.Code, want)
		}
		if i == 0 || c.Cells[i-1].Community != x.Community {
			continue
		}
		before := c.Cells[i-1].At
		row, last := (north[x.Community]-x.At.Y)/rowQuanta, (north[x.Community]-before.Y)/rowQuanta
		if row < last || row == last && x.At.X < before.X {
			t.Errorf("cell %s follows %s", x.Code, c.Cells[i-1].Code)
		}
	}
}

func checkRows(t *testing.T, c *grids.City) {
	from := time.Date(2025, 12, 31, 16, 0, 0, 0, time.UTC)
	for l, rows := range features(c) {
		for _, f := range rows {
			if f.Name == "" || f.FID != 0 || f.Valid.From != grids.MomentOf(from) || !f.Valid.To.IsZero() {
				t.Errorf("%s %s: %+v", l, f.Code, f)
			}
			switch {
			case f.Shape == nil:
			case f.At != f.Shape.Representative():
				t.Errorf("%s %s stands at %v", l, f.Code, f.At)
			case f.Shape.Kind == spatial.Polygons && !inside(f.At, f.Shape):
				t.Errorf("%s %s has its point outside", l, f.Code)
			}
		}
	}
	for _, a := range c.Addresses {
		if a.Pinyin == "" || !strings.HasSuffix(a.Full, a.Name) || !strings.Contains(a.Full, "街道") {
			t.Errorf("address %+v", a)
		}
	}
}

func checkReferences(t *testing.T, c *grids.City) {
	units := map[string]bool{"": true}
	for _, u := range c.Units {
		units[u.Code] = true
	}
	known := func(what string, codes ...string) {
		for _, code := range codes {
			if !units[code] {
				t.Errorf("%s names unit %q", what, code)
			}
		}
	}
	catalogue := grids.NewCatalogue(c.Scheme, c.Categories)
	used, majors, none := map[string]bool{}, map[string]bool{}, 0
	for _, x := range c.Components {
		known(x.Code, x.Owner, x.Maintainer, x.Authority)
		if catalogue.Find(grids.ComponentKind, x.Category) == nil {
			t.Errorf("component %s: no category %s", x.Code, x.Category)
		}
		used[x.Category], majors[x.Category[:2]] = true, true
		if x.Owner == "" {
			none++
		}
		if x.Authority == "" || x.Source == "" || x.PlacedOn >= x.ChangedOn || x.AccuracyClass < "A" || x.AccuracyClass > "C" {
			t.Errorf("component %+v", x)
		}
	}
	if len(used) < 15 || len(majors) != 5 || none == 0 {
		t.Errorf("%d minors in %d majors, %d without owner", len(used), len(majors), none)
	}
	for _, z := range c.Zones {
		known(z.Code, z.Unit)
		for i := range c.Cells {
			if c.Cells[i].Zone == z.Code && c.Cells[i].Code[:9] != z.Street {
				t.Errorf("zone %s reaches into another street", z.Code)
			}
		}
	}
	for _, r := range c.Resources {
		known(r.Code, r.Unit)
	}
	for _, u := range c.Units {
		known(u.Code, u.Parent)
		if u.Name == "" || u.Kind == "" || len(u.Territory) == 0 {
			t.Errorf("unit %+v", u)
		}
	}
	for _, s := range c.Communities {
		if s.Parent != s.Code[:9] {
			t.Errorf("community %s has parent %s", s.Code, s.Parent)
		}
	}
}

func checkJSON(t *testing.T, c *grids.City) {
	n := 0
	for l, rows := range features(c) {
		for _, f := range rows {
			if f.Attributes == "" {
				continue
			}
			n++
			var object map[string]any
			if err := json.Unmarshal([]byte(f.Attributes), &object); err != nil {
				t.Errorf("%s %s: %v", l, f.Code, err)
			}
		}
	}
	if n == 0 {
		t.Error("no row has attributes")
	}
	for _, z := range c.Zones {
		var staff []map[string]string
		if err := json.Unmarshal([]byte(z.Staff), &staff); err != nil || len(staff) == 0 {
			t.Errorf("zone %s: staff %q: %v", z.Code, z.Staff, err)
		}
	}
}
