package demo

import (
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// furnished is the city of seed 1, made once for all tests of what is in it.
var furnished = sync.OnceValues(func() (*grids.City, error) { return City(Options{Seed: 1}) })

func TestWhatIsInTheCity(t *testing.T) {
	city, err := furnished()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		check func(*testing.T, *grids.City)
	}{
		{"the counts of components, units and cameras are those of the reference city", checkCityCounts},
		{"the catalogue has 97 minors in 7 majors and 67 classes of event in 6", checkCatalogue},
		{"codes have 16 digits, are unique and begin with the district of the cell", checkCityCodes},
		{"units that are named exist, and unknown covers have no owner", checkCityUnits},
		{"attributes and staff are JSON", checkCityJSON},
		{"states, accuracy classes and dates are plausible", checkCityStates},
		{"exactly 393 components have a wrong cell, a neighbour, and all others the right one", checkCityCells},
		{"no lamp, tree or bin stands in water or in a building", checkDryGround},
		{"at least 95 % of lamps stand within 15 m of a road", checkCityLamps},
		{"signals stand at crossings, benches in parks and by the water", checkHabits},
		{"covers of each pipe lie in runs", checkRuns},
		{"addresses are of all kinds and complete", checkCityAddresses},
		{"owners agree with the areas of ownership, and no class has two areas in one place", checkOwners},
	} {
		t.Run(c.name, func(t *testing.T) { c.check(t, city) })
	}
}

func checkCityCounts(t *testing.T, c *grids.City) {
	count := map[string]int{}
	for _, u := range c.Units {
		count[u.Kind]++
	}
	for _, r := range c.Resources {
		count[r.Kind]++
	}
	minors, majors := map[string]int{}, map[string]int{}
	for i := range c.Components {
		minors[c.Components[i].Category]++
		majors[c.Components[i].Category[:2]]++
	}
	for _, n := range []struct {
		what      string
		got, want int
	}{
		{"components", len(c.Components), 196_430},
		{"minors in use", len(minors), 97},
		{"majors in use", len(majors), 7},
		{"departments", count["department"], 24},
		{"companies", count["company"], 6},
		{"street offices", count["territorial"], len(c.Streets)},
		{"cameras", count["camera"], 500},
		{"squads", count["squad"], len(c.Zones)},
		{"toilets", count["toilet"], minors["0301"]},
		{"car parks", count["parking"], minors["0201"]},
		{"addresses", len(c.Addresses), 24_000},
	} {
		if n.got != n.want {
			t.Errorf("%d %s, want %d", n.got, n.what, n.want)
		}
	}
	for _, k := range cityKinds() {
		// Rare kinds may find fewer places than wanted, the common ones do not.
		if got := minors[k.code]; got > k.count && k.count > 0 || k.count >= 1_000 && got < k.count {
			t.Errorf("%d of kind %s %s, want %d", got, k.code, k.label, k.count)
		}
	}
	if n := minors["0402"]; n < 30_000 || n > 50_000 {
		t.Errorf("%d street trees", n)
	}
}

func checkCatalogue(t *testing.T, c *grids.City) {
	national, err := grids.National(grids.SchemeCJT214)
	if err != nil {
		t.Fatal(err)
	}
	same := grids.NewCatalogue(grids.SchemeCJT214, national)
	majors, minors, without := map[grids.Kind]int{}, map[grids.Kind]int{}, 0
	catalogue := grids.NewCatalogue(c.Scheme, c.Categories)
	for _, x := range catalogue.All() {
		switch {
		case x.Major == "":
			majors[x.Kind]++
			continue
		case catalogue.Find(x.Kind, x.Major) == nil:
			t.Errorf("%s %s is of a major that is none", x.Kind, x.Code)
		}
		minors[x.Kind]++
		code, cjt := strings.CutPrefix(x.Equivalent, grids.SchemeCJT214+":")
		if !cjt {
			without++
		} else if e := same.Find(x.Kind, code); e == nil || e.Name != x.Name {
			t.Errorf("%s %s %s is not %s", x.Kind, x.Code, x.Name, x.Equivalent)
		}
		if x.Kind == grids.ComponentKind && (x.AccuracyClass < "A" || x.AccuracyClass > "C") {
			t.Errorf("%s %s has accuracy class %q", x.Code, x.Name, x.AccuracyClass)
		}
	}
	if majors[grids.ComponentKind] != 7 || minors[grids.ComponentKind] != 97 || majors[grids.EventKind] != 6 || minors[grids.EventKind] != 67 {
		t.Errorf("majors %v, minors %v", majors, minors)
	}
	if without != 12+13 {
		t.Errorf("%d minors of the city's own", without)
	}
	for i := range c.Components {
		if catalogue.Find(grids.ComponentKind, c.Components[i].Category) == nil {
			t.Fatalf("component %s has no category", c.Components[i].Code)
		}
	}
}

func checkCityCodes(t *testing.T, c *grids.City) {
	districts := map[string]bool{}
	for i := range c.Districts {
		districts[c.Districts[i].Code] = true
	}
	for i := range c.Components {
		x := &c.Components[i]
		serial, err := strconv.Atoi(x.Code[10:])
		want := 1
		if i > 0 && c.Components[i-1].Code[:10] == x.Code[:10] {
			want, _ = strconv.Atoi(c.Components[i-1].Code[10:])
			want++
		}
		if len(x.Code) != 16 || x.Code[6:10] != x.Category || !districts[x.Code[:6]] || err != nil || serial != want {
			t.Fatalf("component %s is of category %s and number %d", x.Code, x.Category, want)
		}
		if i > 0 && x.Code <= c.Components[i-1].Code {
			t.Fatalf("component %s follows %s", x.Code, c.Components[i-1].Code)
		}
	}
}

func checkCityUnits(t *testing.T, c *grids.City) {
	units := map[string]string{"": ""}
	for _, u := range c.Units {
		units[u.Code] = u.Kind
	}
	known := func(what string, codes ...string) {
		for _, code := range codes {
			if _, ok := units[code]; !ok {
				t.Errorf("%s names unit %q", what, code)
			}
		}
	}
	none := 0
	for i := range c.Components {
		x := &c.Components[i]
		known(x.Code, x.Owner, x.Maintainer, x.Authority)
		if x.Owner == "" {
			none++
		}
		if x.Category == "0114" && x.Owner+x.Maintainer != "" || x.Authority == "" {
			t.Errorf("component %s %s is of %q, %q, %q", x.Code, x.Name, x.Owner, x.Maintainer, x.Authority)
		}
		if x.Category == "0111" && x.Owner != "" && x.Owner != compGas {
			t.Errorf("gas cover %s is of %q", x.Code, x.Owner)
		}
	}
	if share := 100 * none / len(c.Components); share < 10 || share > 40 {
		t.Errorf("%d %% have no owner", share)
	}
	for i := range c.Zones {
		known(c.Zones[i].Code, c.Zones[i].Unit)
	}
	for i := range c.Resources {
		known(c.Resources[i].Code, c.Resources[i].Unit)
	}
	for _, u := range c.Units {
		known(u.Code, u.Parent)
	}
	for i := range c.OwnershipAreas {
		known(c.OwnershipAreas[i].Code, c.OwnershipAreas[i].Unit)
	}
}

func checkCityJSON(t *testing.T, c *grids.City) {
	seen := map[string]bool{}
	for i := range c.Components {
		seen[c.Components[i].Attributes] = true
	}
	delete(seen, "")
	for text := range seen {
		var object map[string]any
		if err := json.Unmarshal([]byte(text), &object); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	if len(seen) < 10 {
		t.Errorf("only %d kinds of attributes", len(seen))
	}
	for i := range c.Zones {
		var staff []map[string]string
		if err := json.Unmarshal([]byte(c.Zones[i].Staff), &staff); err != nil || len(staff) == 0 {
			t.Errorf("zone %s has staff %q", c.Zones[i].Code, c.Zones[i].Staff)
		}
	}
}

func checkCityStates(t *testing.T, c *grids.City) {
	states := map[string]int{}
	shapes := map[spatial.Kind]int{}
	for i := range c.Components {
		x := &c.Components[i]
		states[x.State]++
		shapes[x.Geometry().Kind]++
		if x.Name == "" || x.Source == "" || x.AccuracyClass < "A" || x.AccuracyClass > "C" || x.PlacedOn >= x.ChangedOn {
			t.Fatalf("component %+v", x)
		}
	}
	n := len(c.Components)
	if len(states) != 5 || states["完好"] < n*95/100 || states["破损"] < n/100 || states["移除"] == 0 {
		t.Errorf("states %v", states)
	}
	if shapes[spatial.Lines] < 1_000 || shapes[spatial.Polygons] < 1_000 {
		t.Errorf("shapes %v", shapes)
	}
}
