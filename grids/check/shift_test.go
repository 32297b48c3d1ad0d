package check_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/check"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// misread is what a position becomes when its numbers, of one coordinate
// system, are read as those of another.
func misread(t testing.TB, c spatial.Coord, are, readAs string) spatial.Coord {
	t.Helper()
	is, err := crs.Parse(are)
	if err != nil {
		t.Fatal(err)
	}
	as, err := crs.Parse(readAs)
	if err != nil {
		t.Fatal(err)
	}
	return spatial.At(as.ToCGCS2000(is.FromCGCS2000(c.Lon(), c.Lat())))
}

// shiftLayer returns the city with one layer misread.
func shiftLayer(t testing.TB, city *grids.City, name grids.Layer, are, readAs string) *grids.City {
	t.Helper()
	c := *city
	shift := func(f *grids.Feature) {
		f.At = misread(t, f.At, are, readAs)
		if f.Shape == nil {
			return
		}
		s := *f.Shape
		s.Coords, s.Box = slices.Clone(s.Coords), spatial.EmptyBox()
		for i := range s.Coords {
			s.Coords[i] = misread(t, s.Coords[i], are, readAs)
			s.Box = s.Box.Extend(s.Coords[i])
		}
		f.Shape = &s
	}
	switch name {
	case grids.Districts:
		c.Districts = shiftRows(c.Districts, func(r *grids.District) { shift(&r.Feature) })
	case grids.Streets:
		c.Streets = shiftRows(c.Streets, func(r *grids.Street) { shift(&r.Feature) })
	case grids.Communities:
		c.Communities = shiftRows(c.Communities, func(r *grids.Community) { shift(&r.Feature) })
	case grids.Zones:
		c.Zones = shiftRows(c.Zones, func(r *grids.Zone) { shift(&r.Feature) })
	case grids.Cells:
		c.Cells = shiftRows(c.Cells, func(r *grids.Cell) { shift(&r.Feature) })
	case grids.Components:
		c.Components = shiftRows(c.Components, func(r *grids.Component) { shift(&r.Feature) })
	case grids.Addresses:
		c.Addresses = shiftRows(c.Addresses, func(r *grids.Address) { shift(&r.Feature) })
	case grids.Resources:
		c.Resources = shiftRows(c.Resources, func(r *grids.Resource) { shift(&r.Feature) })
	case grids.OwnershipAreas:
		c.OwnershipAreas = shiftRows(c.OwnershipAreas, func(r *grids.OwnershipArea) { shift(&r.Feature) })
	default:
		base := maps.Clone(c.Base)
		base[name] = shiftRows(base[name], func(r *grids.Base) { shift(&r.Feature) })
		c.Base = base
	}
	return &c
}

func shiftRows[T any](rows []T, shift func(*T)) []T {
	rows = slices.Clone(rows)
	for i := range rows {
		shift(&rows[i])
	}
	return rows
}

// checkShift holds a city with one layer misread against the finding it is to
// give. Nothing else may be reported than before, and nothing of the layer's
// rows at all.
func checkShift(t *testing.T, city *grids.City, clean *check.Result, name grids.Layer, are, readAs string) {
	t.Helper()
	r := examine(t, shiftLayer(t, city, name, are, readAs))
	if r.Counts["layer-shifted"] != 1 {
		t.Errorf("%s: %s read as %s: %d layers found", name, are, readAs, r.Counts["layer-shifted"])
	}
	before := map[string]bool{}
	for i := range clean.Findings {
		before[fmt.Sprint(clean.Findings[i].Rule, clean.Findings[i].Features)] = true
	}
	told := 0
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Rule != "layer-shifted" {
			if !before[fmt.Sprint(f.Rule, f.Features)] && told < 5 {
				told++
				t.Errorf("%s: %s read as %s: %s %v: %s", name, are, readAs, f.Rule, f.Features, f.Reason)
			}
			continue
		}
		if f.Features[0].Layer != name {
			t.Errorf("%s: %s read as %s: it is said of %s", name, are, readAs, f.Features[0].Layer)
		}
		if !strings.Contains(f.Reason, are+" read as "+readAs) {
			t.Errorf("%s: %s read as %s: %s", name, are, readAs, f.Reason)
		}
		if strings.Contains(f.Reason, " or ") {
			continue // a few points do not tell how far
		}
		some := city.Cells[len(city.Cells)/2].At
		if want := spatial.DistanceM(some, misread(t, some, are, readAs)); f.Measured < 0.9*want-60 || f.Measured > 1.1*want+60 {
			t.Errorf("%s: %s read as %s: moved by %.0f m, %.0f m reported", name, are, readAs, want, f.Measured)
		}
	}
}

func TestALayerInAnotherCoordinateSystemIsFound(t *testing.T) {
	town, err := demo.Town(1)
	if err != nil {
		t.Fatal(err)
	}
	clean := examine(t, town)
	checkShift(t, town, clean, grids.Components, "gcj02", "cgcs2000")
	checkShift(t, town, clean, grids.BaseBuildings, "gcj02", "cgcs2000")
	checkShift(t, town, clean, grids.Zones, "cgcs2000", "bd09")
	checkShift(t, town, clean, grids.Cells, "bd09", "cgcs2000")
}
