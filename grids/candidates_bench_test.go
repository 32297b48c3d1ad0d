package grids_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// BenchmarkCandidates is cells, zones, communities and streets by probability,
// at positions anywhere in the town.
func BenchmarkCandidates(b *testing.B) {
	s := townSnapshot(b)
	const n = 1 << 12
	r := rand.New(rand.NewPCG(8118, 2))
	var ask []grids.Place
	for len(ask) < n {
		if p := s.Locate(anywhere(r, s.Box(grids.Cells))); p.Status == grids.StatusInside {
			ask = append(ask, p)
		}
	}
	for _, k := range []struct {
		name      string
		accuracyM float64
	}{{"sigma=5m", 5 * perSigma}, {"sigma=30m", 30 * perSigma}, {"accuracy=500m", grids.MaxAccuracyM}} {
		b.Run(k.name, func(b *testing.B) {
			b.ReportAllocs()
			cells := 0
			for i := 0; b.Loop(); i++ {
				c, err := s.Candidates(ask[i%n], k.accuracyM)
				if err != nil {
					b.Fatal(err)
				}
				cells += len(c.Cells)
			}
			b.ReportMetric(float64(cells)/float64(b.N), "cells")
		})
	}
}

// perSigma is the radius that holds 68 % in σ.
const perSigma = 1.5095921854516636

// A position ten metres from the border of two cells, known to 20 m.
func ExampleSnapshot_Candidates() {
	city := &grids.City{Profile: grids.Profile{Code: "990101", Name: "made up", NearM: 30}}
	for i, code := range []string{"990101001001001", "990101001001002"} {
		west := 114.349 + 0.001*float64(i)
		shape, err := spatial.FromOrb(orb.Polygon{{{west, 34.790}, {west + 0.001, 34.790}, {west + 0.001, 34.791}, {west, 34.791}, {west, 34.790}}})
		if err != nil {
			panic(err)
		}
		city.Cells = append(city.Cells, grids.Cell{Feature: grids.Feature{Code: code, Shape: shape, At: shape.Representative()}})
	}
	s, err := grids.NewSnapshot(city, time.Now())
	if err != nil {
		panic(err)
	}
	c, err := s.Candidates(s.Locate(spatial.At(114.34989, 34.7905)), 20)
	if err != nil {
		panic(err)
	}
	for _, k := range c.Cells {
		fmt.Printf("%s %.4f\n", s.City.Cells[k.Index].Code, k.Probability)
	}
	fmt.Printf("outside %.4f\n", c.Outside)
	// Output:
	// 990101001001001 0.7763
	// 990101001001002 0.2237
	// outside 0.0000
}
