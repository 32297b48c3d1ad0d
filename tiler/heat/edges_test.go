package heat

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// A log ratio is told against the even one, and only where both have enough.
func TestALogRatioNeedsBothAndIsToldAgainstTheEvenOne(t *testing.T) {
	town, rows := smallTown(t)
	v := town.table(t, slices.Values(rows)).View()
	g := town.ground(t)
	o := Options{Kernel: Kernel{BandwidthM: StreetM}}
	many, few := g.density(t, v, town.compile(t, Filter{}), o), g.density(t, v, town.compile(t, Filter{Classes: []uint16{5}}), o)
	const least, even = 60, 40
	for _, of := range [][2]*Surface{{many, few}, {few, many}} {
		ratio, err := LogRatio(of[0], of[1], even, least)
		if err != nil {
			t.Fatal(err)
		}
		one, some := 0, 0
		for i, got := range ratio.Values() {
			x, y := float64(of[0].Values()[i]), float64(of[1].Values()[i])
			switch {
			case !ratio.window.shown[i]:
			case x >= least && y >= least:
				if some++; math.Abs(float64(got)-math.Log(x/y/even)) > 1e-5 {
					t.Fatalf("log ratio %g of %g and %g", got, x, y)
				}
			case got == got:
				t.Fatalf("log ratio %g of %g and %g", got, x, y)
			case x >= least || y >= least:
				one++
			}
		}
		if one < 100 || some < 100 {
			t.Errorf("%d nodes with enough of one, %d of both", one, some)
		}
	}
}

// The least and the largest number are told to half a quantum, and 0 exactly.
func TestACodingHoldsItsWholeDomain(t *testing.T) {
	rnd := rand.New(rand.NewPCG(4, 4))
	for range 20_000 {
		d := Domain{Min: -rnd.ExpFloat64() * math.Exp(8*rnd.NormFloat64()), Max: rnd.ExpFloat64() * math.Exp(8*rnd.NormFloat64())}
		switch rnd.IntN(8) {
		case 0:
			d.Min = 0
		case 1:
			d.Max = 0
		case 2:
			d.Min = -d.Max
		}
		c := d.Coding()
		told := func(v float64) float64 { l := c.level(v); return c.Number(0, byte(l>>8), byte(l)) }
		for _, v := range []float64{d.Min, d.Max, d.Max / 3, d.Min / 7} {
			if math.Abs(told(v)-v) > c.Quantum*0.5000001 {
				t.Fatalf("%g is told as %g by %+v", v, told(v), c)
			}
		}
		if told(0) != 0 || told(math.NaN()) != 0 {
			t.Fatalf("0 is told as %g by %+v", told(0), c)
		}
	}
}

// Of the heads only the smaller part is cut again.
func TestHeadsThatAreTheLargerPartAreNotCut(t *testing.T) {
	for _, c := range []struct {
		numbers []float32
		breaks  []float64
	}{
		{[]float32{1, 8, 9, 10}, nil},
		{[]float32{1, 2, 9, 9, 9}, nil},
		{[]float32{1, 1, 1, 9, 10}, []float64{4.4}}, // then 9 and 10: half of each
		{[]float32{1, 2, 8, 9}, []float64{5, 8.5}},
		{[]float32{5}, nil},
	} {
		d := &Domain{Max: float64(c.numbers[len(c.numbers)-1]), sorted: c.numbers}
		got := d.Breaks(HeadTail, 9)
		if len(c.breaks) == 1 {
			got = got[:min(1, len(got))]
		}
		if len(got) != len(c.breaks) || len(got) > 0 && math.Abs(got[0]-c.breaks[0]) > 1e-6 {
			t.Errorf("%v: %v, want %v", c.numbers, got, c.breaks)
		}
	}
}

// A late case of the day before all others has its day.
func TestALateCaseOfADayBeforeIsCounted(t *testing.T) {
	const day = 86400
	at := spatial.At(114.31, 34.79)
	for before := range int64(4) {
		table, err := NewTable(t.Context(), City{Plane: crs.LocalPlane(114.31, 34.79)}, slices.Values([]Row{{FID: 1, At: at, Time: 100 * day, Cell: NoCell}}))
		if err != nil {
			t.Fatal(err)
		}
		if err := table.Apply(t.Context(), []Change{{Row: Row{FID: 2, At: at, Time: (100 - before) * day, Cell: NoCell}}}); err != nil {
			t.Fatal(err)
		}
		v := table.View()
		p, err := (&Filter{}).Compile(v.Areas())
		if err != nil {
			t.Fatal(err)
		}
		f, err := v.Facets(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		want := make([]int64, before+1)
		want[0]++
		want[before]++
		if f.FirstDay != int32(100-before) || !slices.Equal(f.Days, want) {
			t.Errorf("%d days before: from day %d %v", before, f.FirstDay, f.Days)
		}
	}
}

// What lies in the middle of an area is judged also where few positions are around.
func TestAMiddleWithNothingAroundIsAPile(t *testing.T) {
	middle := spatial.At(114.31, 34.79)
	var rows []Row
	for i := range uint32(60) {
		rows = append(rows, Row{FID: i + 1, At: middle, Class: uint16(i % 7), Cell: NoCell})
	}
	table, err := NewTable(t.Context(), City{Plane: crs.LocalPlane(114.31, 34.79)}, slices.Values(rows))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		middles      []spatial.Coord
		piles, alone int
	}{{[]spatial.Coord{middle}, 1, 0}, {nil, 0, 1}} {
		got, err := table.View().Piles(t.Context(), NewPileRule(c.middles))
		if err != nil || len(got.List) != c.piles || got.Alone != c.alone {
			t.Errorf("%v: %+v (%v)", c.middles, got, err)
		}
	}
}

// A number that is a break is of the class above it.
func TestABreakBeginsTheClassAboveIt(t *testing.T) {
	p := Palettes[0]
	for v, class := range map[float64]float64{4.9: 0, 5: 1, 9.9: 1, 10: 2, 11: 2} {
		if got := p.Colour(Coding{Quantum: 1}, v, []float64{5, 10}); got != p.At(class/2) {
			t.Errorf("%g has %v, that of class %g is %v", v, got, class, p.At(class/2))
		}
	}
}

// Of the windows that were used, those used last are kept, up to a bound; one beyond
// the bound is kept alone.
func TestWhatIsKeptOfWindowsIsBounded(t *testing.T) {
	g := &Ground{}
	kernel := func(i int) Kernel { return Kernel{BandwidthM: float64(10 + i)} }
	for i := range 12 {
		g.keep(&window{kernel: kernel(i), perSigma: perSigma, Lattice: Lattice{NX: 1 << 10, NY: 1 << 10}})
		g.keep(&window{kernel: kernel(i), perSigma: perSigma, Lattice: Lattice{NX: 1 << 10, NY: 1 << 10}}) // two made it at once
	}
	if len(g.windows) != keptNodes>>20 || g.windows[0].kernel != kernel(11) || g.kept(kernel(5), perSigma) != nil {
		t.Errorf("%d windows are kept", len(g.windows))
	}
	if g.kept(kernel(9), perSigma) == nil || g.kept(kernel(9), draftPerSigma) != nil || g.windows[0].kernel != kernel(9) {
		t.Error("one of those used last is not found, or is not the first then")
	}
	g.keep(&window{kernel: kernel(50), perSigma: perSigma, Lattice: Lattice{NX: 1 << 12, NY: 1 << 11}})
	if len(g.windows) != 1 || g.kept(kernel(50), perSigma) == nil {
		t.Errorf("beside one beyond the bound %d are kept", len(g.windows)-1)
	}
}
