//go:build proof

package demo

import (
	"math"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/repair"
)

// TestProof_GEOSFindsNoFaultInTheCity: every polygon is valid, no cell overlaps
// another, and each district, street, community and zone is covered by its
// cells without remainder.
func TestProof_GEOSFindsNoFaultInTheCity(t *testing.T) {
	city, err := furnished()
	if err != nil {
		t.Fatal(err)
	}
	judge := repair.NewJudge()
	for l, rows := range features(city) {
		for _, f := range rows {
			if f.Shape == nil {
				continue
			}
			if err := judge.Check(f.Shape); err != nil {
				t.Errorf("%s %s: %v", l, f.Code, err)
			}
		}
	}
	shapes := make([]*spatial.Shape, len(city.Cells))
	for i := range city.Cells {
		shapes[i] = city.Cells[i].Shape
	}
	cover, err := judge.Cover(shapes)
	if err != nil {
		t.Fatal(err)
	}
	covered := func(code string, s *spatial.Shape, cells int) {
		shares, err := cover.Shares(s)
		if err != nil {
			t.Fatal(err)
		}
		var sum float64
		for _, x := range shares {
			sum += x.Fraction
		}
		if len(shares) != cells || math.Abs(sum-1) > 1e-9 {
			t.Errorf("%s meets %d cells, %d are its own; they cover %.12f of it", code, len(shares), cells, sum)
		}
	}
	for i := range city.Cells {
		covered(city.Cells[i].Code, shapes[i], 1)
	}
	for _, u := range unions(city) {
		covered(u.f.Code, u.f.Shape, len(u.cells))
	}
}

// TestProof_GEOSFindsNoCellThatCutsABuilding.
func TestProof_GEOSFindsNoCellThatCutsABuilding(t *testing.T) {
	city, err := furnished()
	if err != nil {
		t.Fatal(err)
	}
	judge := repair.NewJudge()
	shapes := make([]*spatial.Shape, len(city.Cells))
	for i := range city.Cells {
		shapes[i] = city.Cells[i].Shape
	}
	cover, err := judge.Cover(shapes)
	if err != nil {
		t.Fatal(err)
	}
	cut, all := 0, 0
	for _, b := range city.Base[grids.BaseBuildings] {
		if b.Shape.Kind != spatial.Polygons {
			continue
		}
		shares, err := cover.Shares(b.Shape)
		if err != nil {
			t.Fatal(err)
		}
		all++
		if len(shares) != 1 || shares[0].Fraction < 1-1e-9 {
			cut++
		}
	}
	t.Logf("%d of %d buildings are cut by a border", cut, all)
	if float64(cut) > 0.005*float64(all) {
		t.Errorf("%d of %d buildings are cut by a border", cut, all)
	}
}

// TestProof_ManySeedsGiveACityAtTheFirstAttempt also holds every rule of the
// plan for each of them.
func TestProof_ManySeedsGiveACityAtTheFirstAttempt(t *testing.T) {
	for seed := range uint64(30) {
		city := planned(t, Options{Seed: seed * 1_000_003})
		checkCountsOf(t, city, 1)
		checkCitySizes(t, city)
		checkTiling(t, city)
		checkDivisionCodes(t, city)
		checkBorders(t, city)
		checkHouses(t, city)
	}
}

func TestProof_LargerScalesHaveTheSameDensity(t *testing.T) {
	scales := []int{2, 3, 5, 25}
	if testing.Short() {
		scales = scales[:2]
	}
	for _, scale := range scales {
		city := planned(t, Options{Seed: 7, Scale: scale})
		checkCountsOf(t, city, scale)
		checkCitySizes(t, city)
		checkTiling(t, city)
		checkDivisionCodes(t, city)
		checkSerials(t, city)
		checkBorders(t, city)
	}
}

// planned is a city with nothing but divisions, cells and base map, made at the
// first attempt.
func planned(t *testing.T, o Options) *grids.City {
	t.Helper()
	city, from, err := emptyCity(cityName, cityCode)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newCitySite(o.Seed, 0, cityDesign(max(o.Scale, 1)), from)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.writePlan(city); err != nil {
		t.Fatal(err)
	}
	city.Sort()
	return city
}
