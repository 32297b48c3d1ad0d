package grids

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/spatial"
)

// bruteCells returns the cells that hold c, and the nearest with its distance.
func bruteCells(s *Snapshot, c spatial.Coord) (holding []int32, nearest int32, metres float64) {
	nearest, metres = spatial.None, math.Inf(1)
	for i := range s.City.Cells {
		shape := s.City.Cells[i].Shape
		if _, holds := shape.Contains(c); holds {
			holding = append(holding, int32(i))
		}
		if d := shape.DistanceM(c); d < metres {
			nearest, metres = int32(i), d
		}
	}
	return holding, nearest, metres
}

func TestLocate_InsideNearAndOutsideAgreeWithAllCells(t *testing.T) {
	r := newRand(t, 1)
	s := snapshot(t, newTown(t, r), time.Time{})
	count := map[Status]int{}
	for range 20_000 {
		c := somewhere(r)
		p := s.Locate(c)
		holding, nearest, d := bruteCells(s, c)
		count[p.Status]++
		switch {
		case p.At != c || p.Fault != "" || p.Also != nil:
			t.Fatalf("%v: %+v", c, p)
		case len(holding) == 1:
			if p.Status != StatusInside || p.Cell != holding[0] || p.DistanceM != 0 {
				t.Fatalf("%v: %+v, want in %d", c, p, holding[0])
			}
		case len(holding) > 1:
			t.Fatalf("%v: the town overlaps", c)
		case d < 0.02 && p.Status == StatusInside: // the rim and what rounding pushed off it
			if p.Cell != nearest && s.City.Cells[p.Cell].Shape.DistanceM(c) > d+0.02 {
				t.Fatalf("%v: %+v on the rim of %d", c, p, nearest)
			}
		case d <= s.City.NearM:
			if p.Status != StatusNear || p.Cell != nearest || p.DistanceM != d {
				t.Fatalf("%v: %+v, want near %d at %v m", c, p, nearest, d)
			}
		default:
			none := Place{At: c, Status: StatusOutside, Cell: -1, Zone: -1, Community: -1, Street: -1, District: -1}
			if asText(t, p) != asText(t, none) {
				t.Fatalf("%v: %+v, the nearest cell is %v m away", c, p, d)
			}
		}
	}
	t.Log(count)
	for _, status := range []Status{StatusInside, StatusNear, StatusOutside} {
		if count[status] < 500 {
			t.Errorf("only %d %s: the test has lost its point", count[status], status)
		}
	}
}

// TestLocate_ChainFollowsTheCodesAndEndsWhereOneIsMissing compares with a walk
// through maps.
func TestLocate_ChainFollowsTheCodesAndEndsWhereOneIsMissing(t *testing.T) {
	s := snapshot(t, newTown(t, newRand(t, 2)), time.Time{})
	at := map[string]int32{"": spatial.None}
	parent := map[string]string{}
	for i := range s.City.Districts {
		at["district "+s.City.Districts[i].Code] = int32(i)
	}
	for i := range s.City.Streets {
		at["street "+s.City.Streets[i].Code] = int32(i)
		parent["street "+s.City.Streets[i].Code] = "district " + s.City.Streets[i].Parent
	}
	for i := range s.City.Communities {
		at["community "+s.City.Communities[i].Code] = int32(i)
		parent["community "+s.City.Communities[i].Code] = "street " + s.City.Communities[i].Parent
	}
	for i := range s.City.Zones {
		at["zone "+s.City.Zones[i].Code] = int32(i)
	}
	index := func(key string) int32 {
		if i, ok := at[key]; ok {
			return i
		}
		return spatial.None
	}
	missing := [4]int{}
	for i := range s.City.Cells {
		cell := &s.City.Cells[i]
		p := s.Locate(cell.At)
		community := "community " + cell.Community
		street := parent[community]
		want := [4]int32{index("zone " + cell.Zone), index(community), index(street), index(parent[street])}
		got := [4]int32{p.Zone, p.Community, p.Street, p.District}
		if p.Cell != int32(i) || got != want {
			t.Errorf("cell %s: %+v, want %v", cell.Code, p, want)
		}
		for k, v := range want {
			if v == spatial.None {
				missing[k]++
			}
		}
	}
	if missing != [4]int{16, 2, 6, 6} {
		t.Errorf("missing in the chains: %v; the town was made otherwise", missing)
	}
}

func TestLocate_OverlappingCellsAreAFault(t *testing.T) {
	city := newTown(t, newRand(t, 3))
	at := city.Cells[20].At.Point()
	extra := polygon(t, orb.Ring{at, {at[0] + 1e-4, at[1]}, {at[0], at[1] + 1e-4}, at})
	city.Cells = append(city.Cells, Cell{Feature: Feature{Code: "zzz", Shape: extra, At: extra.Representative()}})
	s := snapshot(t, city, time.Time{})
	p := s.Locate(extra.Representative())
	if p.Fault != FaultOverlap || len(p.Also) != 1 || p.Status != StatusInside || s.City.Cells[p.Also[0]].Code != "zzz" || p.Cell >= p.Also[0] {
		t.Errorf("%+v", p)
	}
}

// TestLocate_ZonesByGeometryAreLookedUpOnTheirOwn has two zones that cut
// through cells and leave a strip of the town without any.
func TestLocate_ZonesByGeometryAreLookedUpOnTheirOwn(t *testing.T) {
	r := newRand(t, 4)
	city := newTown(t, r)
	city.ZonesByGeometry = true
	city.Zones = nil
	for k, west := range []float64{townLon - 0.0001, townLon + 0.00361} {
		east := west + 0.00371
		s := polygon(t, orb.Ring{{west, townLat}, {east, townLat}, {east, townLat + 0.01}, {west, townLat + 0.01}, {west, townLat}})
		city.Zones = append(city.Zones, Zone{Feature: Feature{Code: string(rune('P' + k)), Shape: s, At: s.Representative()}})
	}
	s := snapshot(t, city, time.Time{})
	count := map[int32]int{}
	for range 5000 {
		c := somewhere(r)
		p := s.Locate(c)
		want := spatial.None
		if p.Cell != spatial.None {
			for i := range s.City.Zones {
				shape := s.City.Zones[i].Shape
				if _, holds := shape.Contains(c); holds {
					want = int32(i)
				} else if want == spatial.None && p.Status == StatusNear && shape.DistanceM(c) <= city.NearM {
					want = int32(i)
				}
			}
		}
		if p.Zone != want {
			t.Fatalf("%v: %+v, want zone %d", c, p, want)
		}
		count[p.Zone]++
	}
	if count[0] < 500 || count[1] < 500 || count[spatial.None] < 500 {
		t.Errorf("%v: the test has lost its point", count)
	}
}

func TestBorder_IsTheNearestOtherCellAcross(t *testing.T) {
	r := newRand(t, 5)
	s := snapshot(t, newTown(t, r), time.Time{})
	asked := 0
	for range 3000 {
		p := s.Locate(somewhere(r))
		if p.Status != StatusInside {
			continue
		}
		asked++
		m, across := s.Border(p)
		if want := s.City.Cells[p.Cell].Shape.DistanceM(p.At); m != want {
			t.Fatalf("%+v: border at %v m, want %v m", p, m, want)
		}
		if across == p.Cell {
			t.Fatalf("%+v lies across its own border", p)
		}
		if across != spatial.None {
			if d := s.City.Cells[across].Shape.DistanceM(p.At); math.Abs(d-m) > 0.1 {
				t.Fatalf("%+v: border at %v m, the cell across is %v m away", p, m, d)
			}
			continue
		}
		for i := range s.City.Cells { // the rim: no other cell is as near
			if d := s.City.Cells[i].Shape.DistanceM(p.At); int32(i) != p.Cell && d < m-1e-9 {
				t.Fatalf("%+v: nothing across at %v m, but cell %d at %v m", p, m, i, d)
			}
		}
	}
	if asked < 1000 {
		t.Error("too few inside: the test has lost its point")
	}
}

// TestLocate_WhatCellsShutInIsAGap takes two cells out of the town: one in its
// middle, one at its rim.
func TestLocate_WhatCellsShutInIsAGap(t *testing.T) {
	city := newTown(t, newRand(t, 6))
	city.NearM = 5
	middle, rim := city.Cells[3*townSide+4], city.Cells[2]
	city.Cells = slices.DeleteFunc(city.Cells, func(c Cell) bool { return c.Code == middle.Code || c.Code == rim.Code })
	s := snapshot(t, city, time.Time{})
	for _, c := range []struct {
		name   string
		at     spatial.Coord
		status Status
		fault  string
	}{
		{"in the middle of what is shut in", middle.At, StatusOutside, FaultGap},
		{"in a bay of the rim", rim.At, StatusOutside, ""},
		{"off the town", spatial.At(townLon-1, townLat), StatusOutside, ""},
		{"on the border of what is shut in", middle.Shape.Coords[0], StatusInside, ""},
		{"in a cell", s.City.Cells[20].At, StatusInside, ""},
	} {
		if p := s.Locate(c.at); p.Status != c.status || p.Fault != c.fault {
			t.Errorf("%s: %+v, want %s %q", c.name, p, c.status, c.fault)
		}
	}
	near := 0
	r := newRand(t, 7)
	for range 3000 {
		c := spatial.Coord{X: middle.At.X + r.Int32N(16000) - 8000, Y: middle.At.Y + r.Int32N(16000) - 8000}
		_, holds := middle.Shape.Contains(c)
		p := s.Locate(c)
		if (p.Fault == FaultGap) != (holds && p.Status != StatusInside) {
			t.Fatalf("%v: %+v, shut in %v", c, p, holds)
		}
		if p.Fault == FaultGap && p.Status == StatusNear {
			near++
		}
	}
	if near < 50 {
		t.Errorf("%d near a cell: the test has lost its point", near)
	}
}

func TestLocate_InACellAllocatesNothing(t *testing.T) {
	s := snapshot(t, newTown(t, newRand(t, 8)), time.Time{})
	i := 0
	if n := testing.AllocsPerRun(1000, func() {
		s.Locate(s.City.Cells[i%len(s.City.Cells)].At)
		i++
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
