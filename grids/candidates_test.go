package grids

import (
	"errors"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/spatial"
)

// asked is what a lattice of positions says about where one known with an error
// may lie: each is looked up and weighs what the normal distribution of package
// math gives its square.
type asked struct {
	cells, zones, communities, streets map[int32]float64
	outside                            float64
}

// askAround looks up n×n positions within 5 σ. Their rows are turned, lest a
// border runs along one: then the error is that of random positions, and less.
func askAround(s *Snapshot, c spatial.Coord, accuracyM float64, n int) asked {
	const reach = 5.0
	sigma := accuracyM / math.Sqrt(-2*math.Log(0.32))
	sin, cos := math.Sincos(0.5)
	metre := metresAt(c)
	a := asked{map[int32]float64{}, map[int32]float64{}, map[int32]float64{}, map[int32]float64{}, 0}
	weight := func(k int) (at, w float64) {
		low, high := reach*(2*float64(k)/float64(n)-1), reach*(2*float64(k+1)/float64(n)-1)
		return (low + high) / 2 * sigma, (math.Erf(high/math.Sqrt2) - math.Erf(low/math.Sqrt2)) / 2
	}
	for i := range n {
		x, wx := weight(i)
		for j := range n {
			y, wy := weight(j)
			at := spatial.At(c.Lon()+(x*cos-y*sin)/metre[0], c.Lat()+(x*sin+y*cos)/metre[1])
			a.add(s, at, wx*wy)
		}
	}
	return a
}

func (a *asked) add(s *Snapshot, at spatial.Coord, w float64) {
	cell, _ := s.cells.Locate(at)
	zone := spatial.None
	if cell == spatial.None {
		a.outside += w
	} else {
		ch := s.chains[cell]
		zone = ch.zone
		a.cells[cell] += w
		a.communities[ch.community] += w
		a.streets[ch.street] += w
	}
	if s.zones != nil {
		zone, _ = s.zones.Locate(at)
	}
	a.zones[zone] += w
}

// metresAt measures a degree of longitude and one of latitude.
func metresAt(c spatial.Coord) [2]float64 {
	const step = 10_000 // quanta
	return [2]float64{
		spatial.DistanceM(c, spatial.Coord{X: c.X + step, Y: c.Y}) / step * 1e7,
		spatial.DistanceM(spatial.Coord{X: c.X, Y: c.Y - step/2}, spatial.Coord{X: c.X, Y: c.Y + step/2}) / step * 1e7,
	}
}

// checkShares compares with what was asked for, within what its squares are
// wide.
func checkShares(t *testing.T, what string, got []Share, want map[int32]float64) {
	t.Helper()
	const within = 1e-3
	sums := map[int32]float64{}
	for i, s := range got {
		if i > 0 && (s.Probability > got[i-1].Probability || (s.Probability == got[i-1].Probability && s.Index < got[i-1].Index)) {
			t.Errorf("%s: %+v stands before %+v", what, got[i-1], s)
		}
		if s.Probability < MinProbability || s.Probability > 1 || sums[s.Index] != 0 {
			t.Errorf("%s: %+v", what, s)
		}
		sums[s.Index] = s.Probability
	}
	for i, p := range want {
		if i != spatial.None && math.Abs(sums[i]-p) > within {
			t.Errorf("%s %d: %.5f, asked around %.5f", what, i, sums[i], p)
		}
		delete(sums, i)
	}
	for i, p := range sums {
		if p > within {
			t.Errorf("%s %d: %.5f, asked around nothing", what, i, p)
		}
	}
}

func checkCandidates(t *testing.T, s *Snapshot, at spatial.Coord, accuracyM float64) Candidates {
	t.Helper()
	const side = 450
	c, err := s.Candidates(s.Locate(at), accuracyM)
	if err != nil {
		t.Fatal(err)
	}
	want := askAround(s, at, accuracyM, side)
	checkShares(t, "cell", c.Cells, want.cells)
	checkShares(t, "zone", c.Zones, want.zones)
	checkShares(t, "community", c.Communities, want.communities)
	checkShares(t, "street", c.Streets, want.streets)
	if math.Abs(c.Outside-want.outside) > 1e-3 {
		t.Errorf("outside %.5f, asked around %.5f", c.Outside, want.outside)
	}
	zones, outside, err := s.ZoneCandidates(s.Locate(at), accuracyM)
	if err != nil || outside != c.Outside || !slices.Equal(zones, c.Zones) {
		t.Errorf("zones alone %v, %v; with the rest %v, %v; %v", zones, outside, c.Zones, c.Outside, err)
	}
	sum := c.Others + c.Outside
	for _, s := range c.Cells {
		sum += s.Probability
	}
	if math.Abs(sum-1) > 1e-7 {
		t.Errorf("all add up to %.9f", sum)
	}
	return c
}

func TestCandidates_AreWhatALatticeOfPositionsSays(t *testing.T) {
	r := newRand(t, 161)
	s := snapshot(t, newTown(t, r), time.Time{})
	outside, others := 0, 0
	for range 3 {
		for _, accuracyM := range []float64{4, 7.5, 45, 200} {
			c := checkCandidates(t, s, somewhere(r), accuracyM)
			if c.Outside > 0 {
				outside++
			}
			if c.Others > 0 {
				others++
			}
		}
	}
	if outside == 0 || others == 0 {
		t.Errorf("%d positions are outside in part, %d have cells that are not named: the test asks too little", outside, others)
	}
}

func TestCandidates_ZonesThatCutCellsAreIntegratedOnTheirOwn(t *testing.T) {
	r := newRand(t, 162)
	c := newTown(t, r)
	c.ZonesByGeometry = true
	const wide = 0.0027 // of which no cell is a multiple
	for i := range c.Zones {
		west := townLon + float64(i)*wide
		c.Zones[i].Shape = polygon(t, orb.Ring{{west, townLat}, {west + wide, townLat}, {west + wide, townLat + 0.01}, {west, townLat + 0.01}, {west, townLat}})
		c.Zones[i].At = c.Zones[i].Shape.Representative()
	}
	s := snapshot(t, c, time.Time{})
	for range 10 {
		checkCandidates(t, s, somewhere(r), 60)
	}
}

func TestCandidates_AGapIsOutside(t *testing.T) {
	r := newRand(t, 163)
	c := newTown(t, r)
	c.Sort()
	gap := c.Cells[20].At
	whole := snapshot(t, c, time.Time{})
	before, err := whole.Candidates(whole.Locate(gap), 30)
	if err != nil {
		t.Fatal(err)
	}
	lost := before.Of(20)
	c.Cells = slices.Delete(slices.Clone(c.Cells), 20, 21)
	after := checkCandidates(t, snapshot(t, c, time.Time{}), gap, 30)
	if lost < 0.5 || math.Abs(after.Outside-lost) > 1e-7 {
		t.Errorf("the cell had %v, the gap has %v", lost, after.Outside)
	}
}

func TestCandidates_OverlappingCellsShareWhatIsThere(t *testing.T) {
	r := newRand(t, 164)
	c := newTown(t, r)
	c.Sort()
	twin := c.Cells[20]
	twin.Code += "9"
	c.Cells = append(slices.Clone(c.Cells), twin)
	s := snapshot(t, c, time.Time{})
	p := s.Locate(twin.At)
	if p.Fault != FaultOverlap {
		t.Fatalf("%+v is no overlap", p)
	}
	got, err := s.Candidates(p, 1)
	if err != nil {
		t.Fatal(err)
	}
	want := []Share{{p.Cell, 0.5}, {p.Also[0], 0.5}}
	if !slices.Equal(got.Cells, want) || got.Others != 0 || got.Outside != 0 {
		t.Errorf("%+v, want %v", got, want)
	}
	if len(got.Streets) != 1 || got.Streets[0].Probability != 1 {
		t.Errorf("streets %+v, want one", got.Streets)
	}
}

func TestCandidates_DoNotDependOnTheOrderOfRowsOrRings(t *testing.T) {
	r := newRand(t, 165)
	c := newTown(t, r)
	other := shuffled(c, r)
	for i := range other.Cells {
		shape := *other.Cells[i].Shape
		k := r.IntN(len(shape.Coords))
		shape.Coords = slices.Concat(shape.Coords[k:], shape.Coords[:k])
		if r.IntN(2) == 0 {
			slices.Reverse(shape.Coords)
		}
		other.Cells[i].Shape = &shape
	}
	s, s2 := snapshot(t, c, time.Time{}), snapshot(t, other, time.Time{})
	for range 500 {
		at, accuracyM := somewhere(r), 0.5+r.Float64()*100
		a, err := s.Candidates(s.Locate(at), accuracyM)
		b, err2 := s2.Candidates(s2.Locate(at), accuracyM)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		if asText(t, a) != asText(t, b) {
			t.Fatalf("%v ± %v m:\n%+v\n%+v", at, accuracyM, a, b)
		}
	}
}

func TestCandidates_OfIsTheProbabilityOfACell(t *testing.T) {
	c := Candidates{Cells: []Share{{4, 0.7}, {2, 0.2}}}
	got := map[int32]float64{}
	for i := range int32(6) {
		if p := c.Of(i); p != 0 {
			got[i] = p
		}
	}
	if want := (map[int32]float64{4: 0.7, 2: 0.2}); !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestCheckAccuracy_TakesMetresUpToTheLimit(t *testing.T) {
	s := snapshot(t, newTown(t, newRand(t, 166)), time.Time{})
	p := s.Locate(spatial.At(townLon+0.004, townLat+0.004))
	for accuracyM, ok := range map[float64]bool{
		-1: false, 0: false, 1e7: false, 500.1: false, math.Inf(1): false, math.Inf(-1): false, math.NaN(): false,
		math.SmallestNonzeroFloat64: true, 1e-9: true, 12.5: true, MaxAccuracyM: true,
	} {
		c, err := s.Candidates(p, accuracyM)
		if (err == nil) != ok || (err != nil && !errors.Is(err, ErrAccuracy)) {
			t.Errorf("accuracy %v m: error %v", accuracyM, err)
		}
		if ok != (len(c.Cells) > 0) {
			t.Errorf("accuracy %v m: %d candidates", accuracyM, len(c.Cells))
		}
	}
}
