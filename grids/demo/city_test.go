package demo

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// planOneHash is the SHA-256 over divisions, cells and base map of the city of
// seed 1, cityOneHash that over all of its rows. They change with the
// generator, never with the machine.
const (
	planOneHash = "1752d8441825b078d90dde5784682e03618d4cf519139ea24e27ec756ce060c5"
	cityOneHash = "ee6bdbd6d631da903264e99555c0a60b50dad368b33a57f2ea20e90a7c153a8a"
)

func TestTheCity(t *testing.T) {
	city, err := furnished()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		check func(*testing.T, *grids.City)
	}{
		{"the counts are exact", checkPlanCounts},
		{"it says that it is made up", checkMadeUp},
		{"every polygon is valid", checkPolygons},
		{"the cells tile the districts", checkTiling},
		{"the cells have the sizes of cells", checkCitySizes},
		{"unions are the exact sums of their cells", checkUnions},
		{"unions hang together", checkConnected},
		{"codes of divisions follow the national ranges and their kinds", checkDivisionCodes},
		{"serials run west to east in rows from north to south", checkSerials},
		{"at least 80 % of the borders are streets, shores or walls", checkBorders},
		{"houses lie inside their cells, clear of each other", checkHouses},
		{"every row of the plan has a name and a point in its shape", checkPlanRows},
		{"the city has what a city has", checkParts},
	} {
		t.Run(c.name, func(t *testing.T) { c.check(t, city) })
	}
}

func TestTheCityOfSeedOneIsTheSameOnEveryMachine(t *testing.T) {
	city, err := furnished()
	if err != nil {
		t.Fatal(err)
	}
	if got := hashOf(planRows(city)); got != planOneHash {
		t.Errorf("hash of the plan of seed 1 is %s, want %s", got, planOneHash)
	}
	if got := hashOf(city); got != cityOneHash {
		t.Errorf("hash of seed 1 is %s, want %s", got, cityOneHash)
	}
}

// planRows is the city without what stands in it and who looks after it.
func planRows(c *grids.City) *grids.City {
	return &grids.City{Districts: c.Districts, Streets: c.Streets, Communities: c.Communities, Cells: c.Cells, Base: c.Base}
}

// The sketch is enough: what differs there differs in every row.
func TestAnotherSeedMakesAnotherCity(t *testing.T) {
	outlines := map[pt]uint64{}
	for _, seed := range []uint64{0, 1, 2, 3, 1 << 63, 2} {
		p, err := sketchCity(newDice(seed, 0), cityDesign(1))
		if err != nil {
			t.Fatal(err)
		}
		if other, seen := outlines[p.outline[0]]; seen && other != seed {
			t.Errorf("seeds %d and %d give the same city", seed, other)
		}
		outlines[p.outline[0]] = seed
	}
	if len(outlines) != 5 {
		t.Errorf("%d cities from 5 seeds", len(outlines))
	}
}

func TestScalesThatCannotBeAreRefused(t *testing.T) {
	for _, scale := range []int{-1, maxScale + 1, 1 << 40} {
		if _, err := City(Options{Scale: scale}); err == nil {
			t.Errorf("scale %d is accepted", scale)
		}
	}
}

func checkPlanCounts(t *testing.T, c *grids.City) { checkCountsOf(t, c, 1) }

func checkCountsOf(t *testing.T, c *grids.City, scale int) {
	t.Helper()
	for _, n := range []struct {
		what      string
		got, want int
	}{
		{"districts", len(c.Districts), 6 + 2*(scale-1)},
		{"streets", len(c.Streets), 17 * scale},
		{"communities", len(c.Communities), 140 * scale},
		{"zones", len(c.Zones), 37 * scale},
		{"cells", len(c.Cells), 8_118 * scale},
	} {
		if n.got != n.want {
			t.Errorf("%d %s, want %d", n.got, n.what, n.want)
		}
	}
	var sum float64
	for i := range c.Cells {
		sum += c.Cells[i].AreaM2
	}
	if km2 := sum / 1e6; math.Abs(km2-80*float64(scale)) > 0.8*float64(scale) {
		t.Errorf("the city has %.1f km²", km2)
	}
}

func checkMadeUp(t *testing.T, c *grids.City) {
	if !c.MadeUp || !strings.Contains(c.Name, "示例城市") || !strings.Contains(c.Name, "虚构") || !strings.Contains(c.Attribution, "made up") || c.Code != "990100" {
		t.Errorf("profile is %+v", c.Profile)
	}
}

func checkCitySizes(t *testing.T, c *grids.City) {
	t.Helper()
	areas := make([]float64, len(c.Cells))
	for i := range c.Cells {
		areas[i] = c.Cells[i].AreaM2
	}
	slices.Sort(areas)
	median := areas[len(areas)/2]
	t.Logf("cells: least %.0f, median %.0f, greatest %.0f m²", areas[0], median, areas[len(areas)-1])
	if median < 8_000 || median > 12_000 || areas[0] < 1_500 || areas[len(areas)-1] > 30_000 {
		t.Errorf("cells have %.0f to %.0f m², in the median %.0f", areas[0], areas[len(areas)-1], median)
	}
}

func checkDivisionCodes(t *testing.T, c *grids.City) {
	for i, d := range c.Districts {
		if want := 990101 + i; d.Code != strconv.Itoa(want) || d.Parent != c.Code {
			t.Errorf("district %s of %s, want %d", d.Code, d.Parent, want)
		}
	}
	kinds := map[string]int{}
	ranged := func(name, code, parent string, ranges map[string]string) {
		for ending, pattern := range ranges {
			if strings.HasSuffix(name, ending) {
				kinds[ending]++
				if !strings.HasPrefix(code, parent) || !regexp.MustCompile(`^`+pattern+`$`).MatchString(code[len(parent):]) {
					t.Errorf("%s of %s has code %s", name, parent, code)
				}
				return
			}
		}
		t.Errorf("%s %s is of no kind", code, name)
	}
	for _, s := range c.Streets {
		ranged(s.Name, s.Code, s.Parent, map[string]string{"街道": `0\d\d`, "镇": `1\d\d`, "乡": `[23]\d\d`})
	}
	names := map[string]bool{}
	for _, s := range c.Communities {
		ranged(s.Name, s.Code, s.Parent, map[string]string{"社区": `[01]\d\d`, "村": `[23]\d\d`})
		if names[s.Name] {
			t.Errorf("two communities are called %s", s.Name)
		}
		names[s.Name] = true
	}
	if kinds["街道"] == 0 || kinds["镇"]+kinds["乡"] == 0 || kinds["社区"] == 0 || kinds["村"] == 0 {
		t.Errorf("kinds %v", kinds)
	}
}

func checkPlanRows(t *testing.T, c *grids.City) {
	for l, rows := range features(planRows(c)) {
		last := ""
		for _, f := range rows {
			if f.Name == "" || f.Code <= last || f.At != f.Shape.Representative() {
				t.Errorf("%s %s %q after %s stands at %v", l, f.Code, f.Name, last, f.At)
			}
			last = f.Code
		}
	}
}

// checkParts: rivers with bridges, ring roads, an old town, a railway, lakes,
// parks, works, walls.
func checkParts(t *testing.T, c *grids.City) {
	count := map[string]int{}
	for _, l := range grids.BaseLayers() {
		for _, b := range c.Base[l] {
			count[string(l)+" "+b.Class]++
			if l == grids.BaseRoads && strings.HasSuffix(b.Name, "环路") {
				count["rings"]++
			}
		}
	}
	for i := range c.Cells {
		count["use "+c.Cells[i].LandUse]++
	}
	for what, least := range map[string]int{
		"rings": 2, "base_roads arterial": 12, "base_roads street": 400, "base_roads lane": 1_500, "base_roads railway": 1,
		"base_water river": 1, "base_water lake": 2, "base_green park": 100, "base_green riverside": 30,
		"base_buildings residential": 15_000, "base_buildings industrial": 1_000, "base_buildings wall": 800,
		"use 老城居住": 500, "use 工业": 200, "use 广场": 1, "use 水域": 30, "use 农田": 300,
	} {
		if count[what] < least {
			t.Errorf("%d of %s, want at least %d", count[what], what, least)
		}
	}
}

// checkBorders measures what part of the border length lies within 3 m of a
// street's centre line, a shore or a wall, by samples every 5 m.
func checkBorders(t *testing.T, c *grids.City) {
	const nearM, everyM = 3.0, 5.0
	lines := newSegments()
	for _, b := range c.Base[grids.BaseRoads] {
		if b.Class != "railway" {
			lines.add(b.Shape)
		}
	}
	for _, b := range c.Base[grids.BaseWater] {
		lines.add(b.Shape)
	}
	for _, b := range c.Base[grids.BaseBuildings] {
		if b.Class == "wall" {
			lines.add(b.Shape)
		}
	}
	var near, all float64
	for i := range c.Cells {
		for _, e := range sidesOf(c.Cells[i].Shape.Coords) {
			length := metresBetween(e.a, e.b)
			n := int(length/everyM) + 1
			for k := range n {
				f := (float64(k) + 0.5) / float64(n)
				p := spatial.Coord{
					X: e.a.X + int32(f*float64(e.b.X-e.a.X)),
					Y: e.a.Y + int32(f*float64(e.b.Y-e.a.Y)),
				}
				all += length / float64(n)
				if lines.within(p, nearM) {
					near += length / float64(n)
				}
			}
		}
	}
	share := near / all
	t.Logf("%.1f %% of the borders are streets, shores or walls", 100*share)
	if share < 0.8 {
		t.Errorf("only %.1f %% of the borders are streets, shores or walls", 100*share)
	}
}
