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

func ExampleCatalogue_Resolve() {
	categories, err := grids.National(grids.SchemeCJT214)
	if err != nil {
		fmt.Println(err)
		return
	}
	city := grids.NewCatalogue(grids.SchemeCJT214, categories)
	for _, asked := range []string{"gbt30428.2-2013:0137", "gbt47678.5-2026:01023", "gbt30428.2-2013:0130"} {
		found, err := city.Resolve(grids.ComponentKind, asked)
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, c := range found {
			fmt.Println(asked, "is", c.Code, c.Name, c.Certainty)
		}
	}
	// Output:
	// gbt30428.2-2013:0137 is 0118 路灯 exact-name
	// gbt47678.5-2026:01023 is 0114 无主井盖 near-name
	// gbt30428.2-2013:0130 is 0117 立杆 wider
}
