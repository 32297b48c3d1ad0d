package heat

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/spatial"
)

func TestEqualPeriodsDifferByNothing(t *testing.T) {
	town, rows := smallTown(t)
	v := town.table(t, slices.Values(rows)).View()
	g := town.ground(t)
	f := Filter{From: casesFrom.AddDate(0, 3, 0), To: casesFrom.AddDate(1, 0, 0)}
	for _, o := range []Options{{Kernel{BlockM, Gaussian}, Uniform}, {Kernel{CommunityM, Quartic}, Mass}} {
		a, b := g.density(t, v, town.compile(t, f), o), g.density(t, v, town.compile(t, f), o)
		for name, of := range map[string]func(a, b *Surface) (*Surface, error){
			"difference": Difference,
			"log ratio":  func(a, b *Surface) (*Surface, error) { return LogRatio(a, b, 1, 0) },
		} {
			d, err := of(a.Times(0.3), b.Times(0.3))
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range d.Values() {
				if v != 0 && !(v != v && a.Values()[i] == 0) {
					t.Fatalf("%s, %+v: %g at node %d", name, o, v, i)
				}
			}
		}
	}
}

func TestComparisonsAreOfTheTwoNumbers(t *testing.T) {
	town, rows := smallTown(t)
	v := town.table(t, slices.Values(rows)).View()
	g := town.ground(t)
	o := Options{Kernel: Kernel{BlockM, Gaussian}}
	a := g.density(t, v, town.compile(t, Filter{Classes: []uint16{1, 2, 3}}), o)
	b := g.density(t, v, town.compile(t, Filter{Classes: []uint16{4, 5, 6, 7}}), o)
	const least = 30
	difference, err := Difference(a, b)
	if err != nil {
		t.Fatal(err)
	}
	ratio, err := LogRatio(a, b, 1, least)
	if err != nil {
		t.Fatal(err)
	}
	rate, err := Rate(a, b, least)
	if err != nil {
		t.Fatal(err)
	}
	some, none := 0, 0
	for i := range a.Values() {
		x, y := float64(a.Values()[i]), float64(b.Values()[i])
		if got := float64(difference.Values()[i]); math.Abs(got-(x-y)) > 1e-4 {
			t.Fatalf("difference %g of %g and %g", got, x, y)
		}
		if !a.window.shown[i] {
			continue
		}
		got, share := float64(ratio.Values()[i]), float64(rate.Values()[i])
		if x < least || y < least {
			none++
			if got == got {
				t.Fatalf("log ratio %g of %g and %g", got, x, y)
			}
		} else {
			some++
			if math.Abs(got-math.Log(x/y)) > 1e-6 {
				t.Fatalf("log ratio %g of %g and %g", got, x, y)
			}
		}
		if (y < least) != (share != share) || y >= least && math.Abs(share-x/y) > 1e-5*share {
			t.Fatalf("rate %g of %g and %g", share, x, y)
		}
	}
	if some < 100 || none < 100 {
		t.Errorf("%d nodes with a ratio, %d without", some, none)
	}
	other := g.density(t, v, town.compile(t, Filter{}), Options{Kernel{BlockM, Gaussian}, Mass})
	if _, err := Difference(a, other); !errors.Is(err, ErrUnlike) {
		t.Error(err)
	}
	if _, err := Rate(a, town.ground(t).density(t, v, town.compile(t, Filter{}), o), 0); !errors.Is(err, ErrUnlike) {
		t.Error(err)
	}
}

func TestWhatIsDividedByIsADensityToo(t *testing.T) {
	town, rows := smallTown(t)
	v := town.table(t, slices.Values(rows)).View()
	g := town.ground(t)
	o := Options{Kernel{BlockM, Gaussian}, Mass}
	cases := g.density(t, v, town.compile(t, Filter{}), o)
	var points []Weighted
	for _, r := range rows {
		if r.Cell != NoCell {
			points = append(points, Weighted{r.At, 2})
		}
	}
	twice, err := g.Weigh(t.Context(), points, o)
	if err != nil {
		t.Fatal(err)
	}
	peak := cases.domain(t).Max
	for i, v := range cases.Values() {
		if math.Abs(float64(twice.Values()[i])-2*float64(v)) > 2e-3*peak {
			t.Fatalf("node %d: %g, not twice %g", i, twice.Values()[i], v)
		}
	}
	// A road of one kilometre, there and back.
	plane := town.city.Plane
	at := func(e, n float64) orb.Point { lon, lat := plane.Inverse(e, n); return orb.Point{lon, lat} }
	road, err := spatial.FromOrb(orb.MultiLineString{{at(-500, 30), at(0, 30), at(500, 30)}, {at(500, 130), at(-500, 130)}})
	if err != nil {
		t.Fatal(err)
	}
	roads, err := g.Lengths(t.Context(), []*spatial.Shape{road, town.shapes[0]}, o)
	if err != nil {
		t.Fatal(err)
	}
	if got := roads.Integral(); math.Abs(got-2) > 0.002 {
		t.Errorf("%g km of road, not 2", got)
	}
	if outside, err := g.Weigh(t.Context(), []Weighted{{spatial.At(0, 0), 1}, {spatial.At(115, 34.79), 1}}, o); err != nil || outside.Excluded != 2 || outside.domain(t).Max != 0 {
		t.Errorf("%+v, %v", outside, err)
	}
}

func TestBreaksAreThoseOfTheirScale(t *testing.T) {
	d := &Domain{Max: 100}
	for i := range 99 {
		d.sorted = append(d.sorted, float32(i+1))
	}
	d.sorted = append(d.sorted, 100)
	near := func(name string, got []float64, want ...float64) {
		t.Helper()
		if len(got) != len(want) {
			t.Fatalf("%s: %v, not %v", name, got, want)
		}
		for i := range want {
			if math.Abs(got[i]-want[i]) > 1e-9*want[i] {
				t.Fatalf("%s: %v, not %v", name, got, want)
			}
		}
	}
	near("linear", d.Breaks(Linear, 4), 25, 50, 75)
	near("log", d.Breaks(Log, 3), 1, 10)
	near("quantile", d.Breaks(Quantile, 4), 25, 50, 75)
	if got := d.Quantile(1); got != 100 {
		t.Error(got)
	}
	heads := &Domain{Max: 40, sorted: []float32{1, 1, 1, 1, 2, 2, 3, 9, 10, 40}}
	near("head and tail", heads.Breaks(HeadTail, 9), 7, 59.0/3)
	groups := &Domain{Max: 52, sorted: []float32{1, 2, 3, 20, 21, 22, 50, 51, 52}}
	near("jenks", groups.Breaks(Jenks, 3), 20, 50)
	for s := Linear; s <= HeadTail; s++ {
		for n := range 4 {
			if got := new(Domain).Breaks(s, n); len(got) > 1 {
				t.Errorf("scale %d of nothing: %v", s, got)
			}
		}
	}
}

// The sum over the cases by its definition, and where it meets the area.
func TestTheAutomaticBandwidthMeetsItsDefinition(t *testing.T) {
	town, rows := smallTown(t)
	g := town.ground(t)
	rows = rows[:2500]
	v := town.table(t, slices.Values(rows)).View()
	var area float64
	for _, s := range town.shapes {
		area += s.AreaM2()
	}
	for _, f := range []Filter{{}, {Classes: []uint16{1, 2}}} {
		sigma, err := g.Auto(t.Context(), v, town.compile(t, f), Gaussian)
		if err != nil {
			t.Fatal(err)
		}
		in, _ := town.placed(rows, &f)
		sum := func(sigma float64) (sum float64) {
			j := newJudge(town, Options{Kernel: Kernel{sigma, Gaussian}})
			for i := range in {
				lambda := 0.0
				for k := range in {
					de, dn := in[i].e-in[k].e, in[i].n-in[k].n
					lambda += j.kernel(de*de + dn*dn)
				}
				sum += 1 / lambda
			}
			return sum
		}
		if low, high := sum(sigma*0.96), sum(sigma*1.04); !(low < area && area < high) {
			t.Errorf("%d cases, %.1f m: the sum goes from %g to %g, the area is %g", len(in), sigma, low, high, area)
		}
	}
	if _, err := g.Auto(t.Context(), v, town.compile(t, Filter{Classes: []uint16{99}}), Gaussian); !errors.Is(err, ErrNoCases) {
		t.Error(err)
	}
}
