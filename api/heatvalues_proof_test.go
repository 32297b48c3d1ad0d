//go:build proof

package api_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"math"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"github.com/wanmi-gis/wanmi/api/heatmap"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/spatial"
)

// brute computes densities as they are defined, a sum over all cases in float64 and
// without a lattice.
type brute struct {
	*warm
	sigma float64
	held  map[spatial.Coord]float64
}

// share is how much of the kernel around a place lies in a cell.
func (b *brute) share(at spatial.Coord) float64 {
	if e, ok := b.held[at]; ok {
		return e
	}
	g, sum := spatial.NewGaussian(at, b.sigma), 0.0
	for i := range b.snap.City.Cells {
		if s := b.snap.City.Cells[i].Shape; s.Box.Meets(g.Reach()) {
			sum += g.Over(s)
		}
	}
	b.held[at] = sum
	return sum
}

func (b *brute) density(list []cases.Summary, at spatial.Coord, edge string) float64 {
	plane, sum := b.snap.City.Plane, 0.0
	e0, n0 := plane.Forward(at.Lon(), at.Lat())
	for i := range list {
		e, n := plane.Forward(list[i].At.Lon(), list[i].At.Lat())
		r2 := (e-e0)*(e-e0) + (n-n0)*(n-n0)
		if r2 > 16*b.sigma*b.sigma {
			continue
		}
		w := math.Exp(-r2/(2*b.sigma*b.sigma)) / (2 * math.Pi * b.sigma * b.sigma) / (1 - math.Exp(-8))
		if edge == "mass" {
			w /= b.share(list[i].At)
		}
		sum += w
	}
	if edge == "uniform" {
		sum /= b.share(at)
	}
	return sum * 1e6
}

// looked are the tiles of a description, read by another decoder.
type looked struct {
	tb     testing.TB
	w      *warm
	d      *heatmap.HeatDescription
	tiles  map[maptile.Tile]image.Image // nil where nothing is
	worked int
}

// pixel returns the number that the tiles of a zoom have at a place, and where the
// middle of its pixel lies.
func (s *looked) pixel(at orb.Point, z maptile.Zoom) (v float64, middle orb.Point) {
	f := maptile.Fraction(at, z)
	return s.number(z, int(f[0]*256), int(f[1]*256))
}

// number returns the number of a pixel of the world.
func (s *looked) number(z maptile.Zoom, px, py int) (v float64, middle orb.Point) {
	s.tb.Helper()
	id := maptile.New(uint32(px/256), uint32(py/256), z)
	img, known := s.tiles[id]
	if !known {
		_, words, _ := strings.Cut(s.d.Tiles[0], "?")
		r := s.w.get(s.tb, fmt.Sprintf("/heat/%d/%d/%d.png?%s", z, id.X, id.Y, words))
		if r.status != 204 {
			var err error
			if img, err = png.Decode(bytes.NewReader(r.body)); err != nil || r.status != 200 {
				s.tb.Fatalf("%v: %d, %v", id, r.status, err)
			}
		}
		s.tiles[id] = img
	}
	n := math.Exp2(float64(z)) * 256
	middle = orb.Point{(float64(px)+0.5)/n*360 - 180, math.Atan(math.Sinh(math.Pi*(1-2*(float64(py)+0.5)/n))) * 180 / math.Pi}
	if img == nil {
		return 0, middle
	}
	s.worked++
	red, green, blue, _ := img.At(px%256, py%256).RGBA()
	k := s.d.Legend.Decode
	return float64(red>>8)*k.R + float64(green>>8)*k.G + float64(blue>>8)*k.B - k.Shift, middle
}

func (w *warm) see(tb testing.TB, words string) *looked {
	tb.Helper()
	d := heatOf[heatmap.HeatDescription](tb, w, "/heat.json?"+words)
	return &looked{tb: tb, w: w, d: &d, tiles: map[maptile.Tile]image.Image{}}
}

// value asks for the number at a place.
func (s *looked) value(at orb.Point) float64 {
	s.tb.Helper()
	_, words, _ := strings.Cut(s.d.Tiles[0], "?")
	v := heatOf[heatmap.HeatValue](s.tb, s.w, fmt.Sprintf("/heat/value?limit=1&lon=%.9f&lat=%.9f&%s", at[0], at[1], words))
	return *v.Value
}

// integral sums the pixels of a zoom over the city, each times its area on the ground.
func (s *looked) integral(z maptile.Zoom) (sum float64) {
	s.tb.Helper()
	b := s.d.Bounds
	from, to := maptile.Fraction(orb.Point{b[0], b[3]}, z), maptile.Fraction(orb.Point{b[2], b[1]}, z)
	for py := int(from[1] * 256); py <= int(to[1]*256); py++ {
		for px := int(from[0] * 256); px <= int(to[0]*256); px++ {
			v, at := s.number(z, px, py)
			if v != 0 {
				sum += v * s.areaKM2(at, z)
			}
		}
	}
	return sum
}

// areaKM2 is that of a pixel in the city's plane, where it lies in a cell.
func (s *looked) areaKM2(at orb.Point, z maptile.Zoom) float64 {
	if s.w.snap.Locate(spatial.At(at[0], at[1])).Status != grids.StatusInside {
		return 0
	}
	half := 180 / (math.Exp2(float64(z)) * 256)
	plane := s.w.snap.City.Plane
	e0, n0 := plane.Forward(at[0]-half, at[1])
	e1, n1 := plane.Forward(at[0]+half, at[1])
	wide := math.Hypot(e1-e0, n1-n0)
	high := half * math.Cos(at[1]*math.Pi/180)
	e0, n0 = plane.Forward(at[0], at[1]-high)
	e1, n1 = plane.Forward(at[0], at[1]+high)
	return wide * math.Hypot(e1-e0, n1-n0) / 1e6
}

// demoTown serves a made-up town and its history.
func demoTown(t *testing.T, n int) *warm {
	t.Helper()
	rows, err := demo.Town(1)
	if err != nil {
		t.Fatal(err)
	}
	w := demoHeat(t, rows, n)
	w.reread(t)
	if len(w.all) != n {
		t.Fatalf("%d cases of %d", len(w.all), n)
	}
	return w
}

func demoHeat(t *testing.T, rows *grids.City, n int) *warm {
	t.Helper()
	return serveHeat(t, rows, func(city *cases.City, snap *grids.Snapshot) error {
		h, err := demo.NewHistory(snap, 1, n)
		if err != nil {
			return err
		}
		_, err = city.Import(t.Context(), func(yield func(cases.Past, error) bool) {
			for week := range h.Weeks() {
				for _, p := range h.Week(week) {
					if !yield(p, nil) {
						return
					}
				}
			}
		}, nil)
		return err
	})
}

// TestProof_AMadeUpCityHasNoPiles: its cases stand at components again and again and
// along streets, and every chain of repeats at one position.
func TestProof_AMadeUpCityHasNoPiles(t *testing.T) {
	rows, err := demo.City(demo.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	n := demo.CityCases / 2
	if testing.Short() {
		n = demo.CityCases / 20
	}
	got := heatOf[heatmap.HeatPiles](t, demoHeat(t, rows, n), "/heat/piles")
	t.Logf("%d cases at %d positions, at most %d at one; %d piles", got.N, got.Places, got.Largest[0].N, len(got.Features))
	if len(got.Features) > 0 || got.N != int64(n) {
		t.Errorf("%d cases of %d, piles %+v", got.N, n, got.Features)
	}
}

// judgedWords are a filter of a few members, and what judges a case by them.
func (w *warm) judgedWords(rnd *rand.Rand) (words url.Values, keep func(c *cases.Summary) bool) {
	words = url.Values{}
	var all []func(c *cases.Summary) bool
	like := w.all[rnd.IntN(len(w.all))]
	add := func(one func(c *cases.Summary) bool) { all = append(all, one) }
	zone := w.snap.City.TimeZone
	if rnd.IntN(2) == 0 {
		from := time.Date(2021, 1, 1+rnd.IntN(1200), 0, 0, 0, 0, zone)
		to := from.AddDate(0, 0, 30+rnd.IntN(700))
		words.Set("from", from.Format(time.DateOnly))
		words.Set("to", to.Format(time.RFC3339))
		add(func(c *cases.Summary) bool { return !c.ReportedAt.Before(from) && c.ReportedAt.Before(to) })
	}
	if rnd.IntN(2) == 0 {
		words.Set("kind", string(like.Kind))
		add(func(c *cases.Summary) bool { return c.Kind == like.Kind })
		if rnd.IntN(2) == 0 {
			prefix := like.Category[:2+2*rnd.IntN(2)]
			words.Set("category", prefix)
			add(func(c *cases.Summary) bool { return strings.HasPrefix(c.Category, prefix) })
		}
	}
	if rnd.IntN(4) == 0 {
		words.Set("source", string(like.Source))
		add(func(c *cases.Summary) bool { return c.Source == like.Source })
	}
	if rnd.IntN(4) == 0 && like.Unit != "" {
		words.Set("unit", like.Unit)
		add(func(c *cases.Summary) bool { return c.Unit == like.Unit })
	}
	if rnd.IntN(4) == 0 {
		words.Set("zone", like.Zone)
		add(func(c *cases.Summary) bool { return c.Zone == like.Zone })
	}
	if rnd.IntN(3) == 0 {
		words.Set("hour", "7-19")
		words.Set("weekday", "1-5")
		add(func(c *cases.Summary) bool {
			at := c.ReportedAt.In(zone)
			return at.Hour() >= 7 && at.Hour() < 19 && at.Weekday() >= 1 && at.Weekday() <= 5
		})
	}
	return words, func(c *cases.Summary) bool {
		return !slices.ContainsFunc(all, func(one func(c *cases.Summary) bool) bool { return !one(c) })
	}
}

// TestProof_TilesUnderRandomFiltersAreTheSumOverTheCases: n, pixels of random zooms
// against brute force, and in mode mass the integral over the pixels.
func TestProof_TilesUnderRandomFiltersAreTheSumOverTheCases(t *testing.T) {
	filters, places := 100, 100
	if testing.Short() {
		filters, places = 8, 60
	}
	w := demoTown(t, 8000)
	const sigma = 150
	b := &brute{w, sigma, map[spatial.Coord]float64{}}
	rnd := rand.New(rand.NewPCG(51, 1))
	worst, off, compared := 0.0, 0.0, 0
	for done := 0; done < filters; {
		words, keep := w.judgedWords(rnd)
		var in []cases.Summary
		for i := range w.all {
			if c := &w.all[i]; keep(c) && c.Cell != "" {
				in = append(in, *c)
			}
		}
		if len(in) == 0 {
			continue
		}
		edge := []string{"uniform", "mass"}[done%2]
		done++
		words.Set("edge", edge)
		s := w.see(t, words.Encode())
		l := &s.d.Legend
		if l.N != int64(len(in)) {
			t.Fatalf("%s: n %d, not %d", words.Encode(), l.N, len(in))
		}
		for range places {
			at := w.somewhere(rnd, in)
			v, middle := s.pixel(at, maptile.Zoom(9+rnd.IntN(10)))
			where := spatial.At(middle[0], middle[1])
			if w.snap.Locate(where).Status != grids.StatusInside {
				continue // the pixel's middle
			}
			diff := math.Abs(v-b.density(in, where, edge)) / l.Max
			compared++
			if worst = max(worst, diff); diff > 0.01 {
				t.Fatalf("%s at %v: off by %.4f of the domain", words.Encode(), middle, diff)
			}
		}
		if edge == "mass" && done <= max(2, filters/5) {
			rel := math.Abs(s.integral(16)/float64(len(in)) - 1)
			if off = max(off, rel); rel > 2e-3 {
				t.Errorf("%s: the pixels add up to n but for %.2g", words.Encode(), rel)
			}
		}
	}
	t.Logf("%d filters, %d pixels: within %.5f of the domain; pixels of zoom 16 add up to n within %.1e", filters, compared, worst, off)
	if compared < filters*places/2 {
		t.Errorf("%d pixels compared", compared)
	}
}

// somewhere is a place in a cell, of a case every third time.
func (w *warm) somewhere(rnd *rand.Rand, in []cases.Summary) orb.Point {
	if rnd.IntN(3) == 0 {
		return in[rnd.IntN(len(in))].At.Point()
	}
	cell := &w.snap.City.Cells[rnd.IntN(len(w.snap.City.Cells))]
	box := cell.Shape.Box
	return spatial.Coord{X: box.Min.X + rnd.Int32N(box.Max.X-box.Min.X), Y: box.Min.Y + rnd.Int32N(box.Max.Y-box.Min.Y)}.Point()
}

// TestProof_EveryZoomAndBothSidesOfEveryEdgeHaveTheSameNumber: a pixel is the number
// at its middle, whatever the zoom and whichever tile it is of, so that one surface is
// seen throughout.
func TestProof_EveryZoomAndBothSidesOfEveryEdgeHaveTheSameNumber(t *testing.T) {
	w := demoTown(t, 3000)
	rnd := rand.New(rand.NewPCG(52, 1))
	places := 12
	if testing.Short() {
		places = 3
	}
	worst, pixels := 0.0, 0
	for _, words := range []string{"", "bandwidth_m=50&kernel=quartic", "edge=mass&kind=event", "mode=difference&from=2023-01-01&to=2025-01-01"} {
		s := w.see(t, words)
		look := func(z maptile.Zoom, px, py int) {
			v, at := s.number(z, px, py)
			diff := math.Abs(v-s.value(at)) / s.d.Legend.Quantum
			pixels++
			if worst = max(worst, diff); diff > 1 {
				t.Errorf("%s: pixel %d, %d of zoom %d is %.2f quanta from the number there", words, px, py, z, diff)
			}
		}
		for z := maptile.Zoom(9); z <= 18; z++ {
			b := s.d.Bounds
			from, to := maptile.Fraction(orb.Point{b[0], b[3]}, z), maptile.Fraction(orb.Point{b[2], b[1]}, z)
			for range places {
				x := int((from[0] + rnd.Float64()*(to[0]-from[0])) * 256)
				y := int((from[1] + rnd.Float64()*(to[1]-from[1])) * 256)
				look(z, x, y)
				if edge := (x/256 + 1) * 256; float64(edge) < to[0]*256 { // both sides of the next edge
					look(z, edge-1, y)
					look(z, edge, y)
				}
				if edge := (y/256 + 1) * 256; float64(edge) < to[1]*256 {
					look(z, x, edge-1)
					look(z, x, edge)
				}
			}
		}
		if s.worked < 20 {
			t.Errorf("%s: %d pixels of something", words, s.worked)
		}
	}
	t.Logf("%d pixels of zooms 9 to 18: within %.2f quanta", pixels, worst)
}

// TestProof_EqualPeriodsDifferByNothing, under random filters, in every tile.
func TestProof_EqualPeriodsDifferByNothing(t *testing.T) {
	w := demoTown(t, 3000)
	rnd := rand.New(rand.NewPCG(53, 1))
	for range 20 {
		words, _ := w.judgedWords(rnd)
		words.Set("mode", "difference")
		words.Set("from", "2022-03-01")
		words.Set("to", "2024-02-01")
		words.Set("against_from", "2022-03-01")
		words.Set("against_to", "2024-02-01")
		s := w.see(t, words.Encode())
		if l := &s.d.Legend; l.Min != 0 || l.Max != 0 || l.N != l.Against.N {
			t.Errorf("%s: %+v", words.Encode(), l)
		}
		for z := maptile.Zoom(9); z <= 16; z++ {
			b := s.d.Bounds
			from, to := maptile.At(orb.Point{b[0], b[3]}, z), maptile.At(orb.Point{b[2], b[1]}, z)
			for y := from.Y; y <= to.Y; y++ {
				for x := from.X; x <= to.X; x++ {
					if v, at := s.number(z, int(x)*256+128, int(y)*256+128); v != 0 || s.worked > 0 {
						t.Fatalf("%s: %g at %v", words.Encode(), v, at)
					}
				}
			}
		}
	}
}

// TestProof_AnEvenCityIsEvenToItsBorder: cases on a grid of 8 m, seen in pixels.
func TestProof_AnEvenCityIsEvenToItsBorder(t *testing.T) {
	rows, err := demo.Town(1)
	if err != nil {
		t.Fatal(err)
	}
	const stepM = 8.0
	w := serveHeat(t, rows, func(city *cases.City, snap *grids.Snapshot) error {
		_, err := city.Import(t.Context(), evenCases(snap, stepM), nil)
		return err
	})
	// A narrower kernel than 150 m sees the grid's own steps where the border cuts it.
	for _, words := range []string{"bandwidth_m=150", "bandwidth_m=400&kernel=quartic"} {
		s := w.see(t, words)
		const want = 1e6 / (stepM * stepM)
		worst, n := 0.0, 0
		b := s.d.Bounds
		const z = 16
		from, to := maptile.Fraction(orb.Point{b[0], b[3]}, z), maptile.Fraction(orb.Point{b[2], b[1]}, z)
		for py := int(from[1] * 256); py <= int(to[1]*256); py++ {
			for px := int(from[0] * 256); px <= int(to[0]*256); px++ {
				v, at := s.number(z, px, py)
				if w.snap.Locate(spatial.At(at[0], at[1])).Status != grids.StatusInside {
					continue
				}
				n++
				if off := math.Abs(v/want - 1); off > worst {
					worst = off
				}
			}
		}
		t.Logf("%s: %d pixels, even within %.2f %%", words, n, 100*worst)
		if worst > 0.01 || n < 1000 {
			t.Errorf("%s: %d pixels, off by %.2f %%", words, n, 100*worst)
		}
	}
}

// evenCases lie on a grid in the city's plane, wherever a cell is.
func evenCases(snap *grids.Snapshot, stepM float64) func(yield func(cases.Past, error) bool) {
	return func(yield func(cases.Past, error) bool) {
		box := spatial.EmptyBox()
		for i := range snap.City.Cells {
			b := snap.City.Cells[i].Shape.Box
			box = box.Extend(b.Min).Extend(b.Max)
		}
		plane := snap.City.Plane
		e0, n0 := plane.Forward(box.Min.Lon()-0.001, box.Min.Lat()-0.001)
		e1, n1 := plane.Forward(box.Max.Lon()+0.001, box.Max.Lat()+0.001)
		class, i := "", 0
		for _, c := range snap.Catalogue.All() {
			if c.Kind == grids.EventKind && c.Major != "" {
				class = c.Code
			}
		}
		for n := n0; n < n1; n += stepM {
			for e := e0; e < e1; e += stepM {
				lon, lat := plane.Inverse(e, n)
				at := spatial.At(lon, lat)
				place := snap.Locate(at)
				if place.Status != grids.StatusInside {
					continue
				}
				i++
				reported := time.Date(2025, 1, 1, 0, 0, i, 0, time.UTC)
				cell := &snap.City.Cells[place.Cell]
				p := cases.Past{Reporter: inspector, Report: cases.Draft{
					Kind: grids.EventKind, Category: class, Source: cases.Patrol, ReportedAt: reported, Number: fmt.Sprint("E", i), At: at, Cell: cell.Code, Zone: cell.Zone,
				}}
				for k, kind := range []cases.EventKind{cases.Register, cases.Void} {
					p.Events = append(p.Events, cases.Event{Kind: kind, Actor: officer, At: reported.Add(time.Duration(k+1) * time.Hour), Details: cases.Details{Note: "."}})
				}
				if !yield(p, nil) {
					return
				}
			}
		}
	}
}
