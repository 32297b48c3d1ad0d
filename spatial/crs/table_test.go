package crs

import (
	"math"
	"testing"
)

// tablePlaces are corners of tables: cities, and where the formulas are at their
// worst. Around 105°E the shift of GCJ-02 has a root.
var tablePlaces = []struct {
	name                     string
	west, south, east, north float64
}{
	{"Kaifeng", 114.25, 34.7, 114.45, 34.9},
	{"Chongqing and 105°E", 104.98, 29.4, 105.02, 29.44},
	{"35°N", 109, 34.99, 109.05, 35.01},
	{"Shanghai", 121.3, 31, 121.6, 31.4},
	{"Mohe", 122.3, 52.9, 122.5, 53.1},
	{"Sansha", 112.3, 16.8, 112.4, 16.9},
	{"far in the north", 10, 83.7, 10.1, 83.9},
	{"nowhere near", -70, -33, -69.9, -32.9},
}

func TestTable_IsWithinItsBoundOrHasNoAnswer(t *testing.T) {
	r := newRand(t)
	for _, sys := range []System{gcj02{}, bd09{}} {
		for _, c := range tablePlaces {
			table := NewTable(sys, c.west, c.south, c.east, c.north)
			answered, worst := 0, 0.0
			const asked = 8000
			for range asked {
				x, y := sys.FromCGCS2000(between(r, c.west, c.east), between(r, c.south, c.north))
				lon, lat, ok := table.ToCGCS2000(x, y)
				if !ok {
					continue
				}
				answered++
				wantLon, wantLat := sys.ToCGCS2000(x, y)
				worst = max(worst, math.Abs(lon-wantLon), math.Abs(lat-wantLat))
			}
			t.Logf("%s %s: %.1f %% answered, largest error %.2g°", sys.Name(), c.name, 100*float64(answered)/asked, worst)
			if worst > TableErrorDeg/2 {
				t.Errorf("%s %s errs by %.2g°", sys.Name(), c.name, worst)
			}
			if answered < asked && c.name != "Chongqing and 105°E" && c.name != "far in the north" {
				t.Errorf("%s %s: only %d of %d are answered", sys.Name(), c.name, answered, asked)
			}
		}
	}
}

func TestTable_HasNoAnswerBesideItsPlace(t *testing.T) {
	table := NewTable(gcj02{}, 114.25, 34.7, 114.45, 34.9)
	for _, c := range [][2]float64{
		{114.2, 34.8},
		{114.5, 34.8},
		{114.3, 34.6},
		{114.3, 35},
		{math.NaN(), 34.8},
		{114.3, math.NaN()},
		{math.Inf(1), 34.8},
		{math.Inf(-1), 34.8},
		{114.3, math.Inf(1)},
		{-1e300, 1e300},
	} {
		if lon, lat, ok := table.ToCGCS2000(c[0], c[1]); ok {
			t.Errorf("%v: %v %v", c, lon, lat)
		}
	}
}

func TestNewTable_MakesNoneForOtherSystemsAndWholeCountries(t *testing.T) {
	for _, c := range []struct {
		sys                      System
		west, south, east, north float64
	}{
		{mustParse(t, "cgcs2000"), 114, 34, 115, 35},
		{mustParse(t, "epsg:4547"), 114, 34, 115, 35},
		{gcj02{}, 73, 18, 135, 53},
		{gcj02{}, 114, 34, 113, 35},
		{gcj02{}, 114, 84, 115, 84.5},
		{bd09{}, math.NaN(), 34, 115, 35},
		{bd09{}, -180, 34, math.Inf(1), 35},
	} {
		if NewTable(c.sys, c.west, c.south, c.east, c.north) != nil {
			t.Errorf("%s %v has a table", c.sys.Name(), c)
		}
	}
}

func BenchmarkToCGCS2000(b *testing.B) {
	for _, name := range []string{"gcj02", "bd09"} {
		sys := mustParse(b, name)
		table := NewTable(sys, 114.25, 34.7, 114.45, 34.9)
		const n = 1 << 12
		var at [n][2]float64
		for i := range at {
			x, y := sys.FromCGCS2000(114.25+float64(i*7919%n)/n*0.1, 34.7+float64(i*104729%n)/n*0.1)
			at[i] = [2]float64{x, y}
			table.ToCGCS2000(x, y)
		}
		sum := 0.0
		b.Run(name+"/table", func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				lon, lat, _ := table.ToCGCS2000(at[i%n][0], at[i%n][1])
				sum += lon + lat
			}
		})
		b.Run(name+"/exact", func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				lon, lat := sys.ToCGCS2000(at[i%n][0], at[i%n][1])
				sum += lon + lat
			}
		})
		_ = sum
	}
}
