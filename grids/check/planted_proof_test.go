//go:build proof

package check_test

import (
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/demo"
)

// TestProof_DefectsPlantedInTheCityAreFoundAndNothingElse plants 20 of every
// kind, all in one city.
func TestProof_DefectsPlantedInTheCityAreFoundAndNothingElse(t *testing.T) {
	city, err := demo.City(demo.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	clean := examine(t, city)
	const each = 20
	seeds := []uint64{20_261_122, 1, 2, 3}
	if testing.Short() {
		seeds = seeds[:1]
	}
	for _, seed := range seeds {
		p := newPlanter(t, city, seed)
		for _, f := range families {
			f.plant(p, each)
		}
		planted := p.finish()
		compare(t, p, clean, examine(t, planted))
		t.Logf("seed %d: %d kinds, %d places each, %d findings expected and found, no other", seed, len(p.kinds), each, len(p.want))
	}
}

// TestProof_EveryLayerInAnotherCoordinateSystemIsFound misreads each layer of
// the city, three of them in each of the six ways, the others in two.
func TestProof_EveryLayerInAnotherCoordinateSystemIsFound(t *testing.T) {
	city, err := demo.City(demo.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	clean := examine(t, city)
	ways := [][2]string{
		{"gcj02", "cgcs2000"},
		{"bd09", "gcj02"},
		{"bd09", "cgcs2000"},
		{"cgcs2000", "gcj02"},
		{"cgcs2000", "bd09"},
		{"gcj02", "bd09"},
	}
	n := 0
	for _, name := range append(grids.MapLayers(), grids.OwnershipAreas) {
		each := ways[:2]
		switch {
		case name == grids.Cells || name == grids.Components || name == grids.BaseRoads:
			each = ways
		case testing.Short():
			continue
		}
		for _, way := range each {
			checkShift(t, city, clean, name, way[0], way[1])
			n++
		}
	}
	t.Logf("%d layers misread, each found and named, and nothing else reported", n)
}
