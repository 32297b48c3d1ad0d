package grids_test

import (
	"fmt"
	"time"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// A city of one cell with its community; a real one comes from package
// importers or from a city file.
func ExampleSnapshot() {
	shape, err := spatial.FromOrb(orb.Polygon{{{114.349, 34.790}, {114.350, 34.790}, {114.350, 34.791}, {114.349, 34.791}, {114.349, 34.790}}})
	if err != nil {
		panic(err)
	}
	city := &grids.City{
		Profile:     grids.Profile{Code: "990101", Name: "made up", NearM: 30},
		Communities: []grids.Community{{Division: grids.Division{Feature: grids.Feature{Code: "990101001001", Name: "东市"}}}},
		Cells: []grids.Cell{{
			Feature: grids.Feature{Code: "990101001001001", Shape: shape, At: shape.Representative()}, Community: "990101001001",
		}},
	}
	s, err := grids.NewSnapshot(city, time.Now())
	if err != nil {
		panic(err)
	}
	for _, lon := range []float64{114.3495, 114.3501, 114.36} {
		p := s.Locate(spatial.At(lon, 34.7905))
		if p.Cell == spatial.None {
			fmt.Println(p.Status)
			continue
		}
		fmt.Printf("%s %s %s %.1f m\n", p.Status, s.City.Cells[p.Cell].Code, s.City.Communities[p.Community].Name, p.DistanceM)
	}
	// Output:
	// inside 990101001001001 东市 0.0 m
	// near 990101001001001 东市 9.2 m
	// outside
}

func ExampleReport() {
	var r grids.Report
	r.Add(grids.Fault{Severity: grids.Error, Rule: "duplicate-code", File: "cells.csv", Feature: 12, Reason: "the code was seen already"})
	fmt.Println(r.Count(grids.Error), r.Faults[0])
	// Output: 1 error duplicate-code: cells.csv feature 12: the code was seen already
}
