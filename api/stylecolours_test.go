package api

import (
	"math"
	"strconv"
	"testing"
)

// contrast of two colours by WCAG 2.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	luminance := func(colour string) float64 {
		sum := 0.0
		for i, weight := range [...]float64{0.2126, 0.7152, 0.0722} {
			v, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
			if err != nil {
				t.Fatal(err)
			}
			c := float64(v) / 255
			if c <= 0.04045 {
				c /= 12.92
			} else {
				c = math.Pow((c+0.055)/1.055, 2.4)
			}
			sum += weight * c
		}
		return sum
	}
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func TestWhatABasemapSaysCanBeReadAndWhatLiesSideBySideTold(t *testing.T) {
	t.Parallel()
	for theme, c := range map[string]*colours{"light": &lightColours, "dark": &darkColours} {
		// Text on all that it may lie on: 4.5 is what WCAG asks of small letters.
		for _, ground := range []string{c.land, c.green, c.building, c.road, c.primary, c.motorway, c.tunnel} {
			for name, text := range map[string]string{"text": c.text, "quiet": c.quiet} {
				if got := contrast(t, text, ground); got < 3.9 {
					t.Errorf("%s: %s on %s: %.2f", theme, name, ground, got)
				}
				if got := contrast(t, text, c.halo); got < 7 {
					t.Errorf("%s: %s on its halo: %.2f", theme, name, got)
				}
			}
		}
		for _, pair := range [][2]string{{c.waterText, c.water}, {c.greenText, c.green}} {
			if got := contrast(t, pair[0], pair[1]); got < 4.5 {
				t.Errorf("%s: %v: %.2f", theme, pair, got)
			}
		}
		// Areas and lines beside each other.
		for _, pair := range [][2]string{
			{c.water, c.land},
			{c.green, c.land},
			{c.building, c.land},
			{c.road, c.building},
			{c.roadEdge, c.road},
			{c.primaryEdge, c.primary},
			{c.motorwayEdge, c.motorway},
			{c.motorway, c.road},
			{c.rail, c.land},
			{c.path, c.land},
			{c.path, c.green},
			{c.afar[0], c.land},
			{c.afar[1], c.land},
			{c.afar[2], c.land},
		} {
			if got := contrast(t, pair[0], pair[1]); got < 1.12 {
				t.Errorf("%s: %v: %.2f", theme, pair, got)
			}
		}
	}
}
