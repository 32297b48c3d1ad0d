package heat

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

func TestAnExplanationIsTheSumOfItsCases(t *testing.T) {
	town, rows := smallTown(t)
	g := town.ground(t)
	rnd := rand.New(rand.NewPCG(15, 5))
	rows = rows[:2000]
	v := town.table(t, slices.Values(rows)).View()
	for _, o := range []Options{{Kernel{BlockM, Gaussian}, Uniform}, {Kernel{StreetM, Gaussian}, Mass}, {Kernel{BlockM, Quartic}, Uniform}} {
		j := newJudge(town, o)
		for range 3 {
			f := town.randomFilter(rnd)
			p := town.compile(t, f)
			s := g.density(t, v, p, o)
			in, _ := town.placed(rows, &f)
			for _, at := range town.places(rnd, in, 10) {
				x, err := s.Explain(t.Context(), v, p, at, 10)
				if err != nil {
					t.Fatal(err)
				}
				checkExplanation(t, j, in, s, at, x)
			}
		}
	}
}

func checkExplanation(t *testing.T, j *judge, in []placedRow, s *Surface, at spatial.Coord, x *Explanation) {
	t.Helper()
	peak := s.domain(t).Max
	if x.Value != s.Value(at) || math.Abs(x.Value-x.Sum) > 0.01*peak || math.Abs(x.Sum-j.density(in, at, s.Edge)) > 0.005*peak {
		t.Fatalf("%v: value %g, sum %g; the surface has %g, the definition %g", at, x.Value, x.Sum, s.Value(at), j.density(in, at, s.Edge))
	}
	e0, n0 := j.town.city.Plane.Forward(at.Lon(), at.Lat())
	type weighed struct {
		row    placedRow
		weight float64
	}
	var all []weighed
	var sum float64
	classes := make(map[uint16]float64)
	for _, r := range in {
		w := j.kernel((r.e-e0)*(r.e-e0) + (r.n-n0)*(r.n-n0))
		if s.Edge == Mass {
			w /= j.share(r.At)
		}
		if w > 0 {
			all = append(all, weighed{r, w})
			sum += w
			classes[r.Class] += w
		}
	}
	// One at the very end of the kernel may be in or out.
	if math.Abs(float64(len(all))-float64(x.N)) > 1 || len(x.Cases) != min(10, int(x.N)) {
		t.Fatalf("%d cases, %d listed, not %d", x.N, len(x.Cases), len(all))
	}
	slices.SortFunc(all, func(a, b weighed) int { return cmp.Compare(b.weight, a.weight) })
	for i, c := range x.Cases {
		if math.Abs(c.Share-all[i].weight/sum) > 0.002*all[0].weight/sum+1e-9 {
			t.Fatalf("case %d has a share of %g, the %d. most %g", c.FID, c.Share, i, all[i].weight/sum)
		}
		if i > 0 && c.Share > x.Cases[i-1].Share {
			t.Fatal("out of order")
		}
	}
	total := 0.0
	for _, c := range x.Classes {
		total += c.Share
		if math.Abs(c.Share-classes[c.Class]/sum) > 0.01 {
			t.Fatalf("class %d has %g, not %g", c.Class, c.Share, classes[c.Class]/sum)
		}
	}
	if x.N > 0 && math.Abs(total-1) > 1e-9 {
		t.Fatalf("shares add up to %g", total)
	}
}

func TestCountingWithinARadius(t *testing.T) {
	town, rows := smallTown(t)
	table := town.table(t, slices.Values(rows))
	if err := table.Apply(t.Context(), []Change{{Row: Row{FID: 5}, Deleted: true}}); err != nil {
		t.Fatal(err)
	}
	g := town.ground(t)
	rnd := rand.New(rand.NewPCG(16, 5))
	for range 100 {
		f := town.randomFilter(rnd)
		at := rows[rnd.IntN(len(rows))].At
		radius := rnd.Float64() * 900
		e0, n0 := town.city.Plane.Forward(at.Lon(), at.Lat())
		low, high := int64(0), int64(0) // a place is good to a millimetre
		for i := range rows {
			if rows[i].FID == 5 || !town.meets(&f, &rows[i], "") {
				continue
			}
			e, n := town.city.Plane.Forward(rows[i].At.Lon(), rows[i].At.Lat())
			if d := math.Hypot(e-e0, n-n0); d <= radius-0.002 {
				low++
				high++
			} else if d <= radius+0.002 {
				high++
			}
		}
		got, err := g.CountWithin(t.Context(), table.View(), town.compile(t, f), at, radius)
		if err != nil || got < low || got > high {
			t.Fatalf("%v, %g m: %d, %v, not %d to %d", at, radius, got, err, low, high)
		}
	}
	for _, r := range []float64{-1, math.NaN(), 1e9} {
		if _, err := g.CountWithin(t.Context(), table.View(), town.compile(t, Filter{}), town.center, r); err == nil {
			t.Errorf("radius %g", r)
		}
	}
}

// checkClusters counts a filter's clusters over all tiles of a zoom and one row
// of tiles around the town.
func checkClusters(t *testing.T, town *town, v *View, f *Filter, rows []Row, k *Clusters, z uint8) {
	t.Helper()
	p := town.compile(t, *f)
	want := make(map[tiler.ID][]Row)
	n := 0
	for i := range rows {
		if town.meets(f, &rows[i], "") {
			id, _ := tiler.At(rows[i].At, z)
			want[id] = append(want[id], rows[i])
			n++
		}
	}
	sum := 0
	for id, in := range want {
		clusters, err := k.Count(t.Context(), v, p, id)
		if err != nil {
			t.Fatal(err)
		}
		sum += checkSquares(t, clusters, in, k, id)
	}
	if sum != n {
		t.Fatalf("zoom %d, %+v: clusters of %d cases, not %d", z, f, sum, n)
	}
}

// checkSquares counts a tile's squares by the tiles further down that they are.
func checkSquares(t *testing.T, clusters []Cluster, in []Row, k *Clusters, id tiler.ID) (sum int) {
	t.Helper()
	bits := int(k.Bits)
	if bits == 0 {
		bits = 4
	}
	for _, c := range clusters {
		var members []Row
		groups := make([]int64, len(k.Groups))
		for _, r := range in {
			x, y := tiler.World(r.At)
			below := 32 - int(id.Z) - bits
			if int(x>>below)&(1<<bits-1) == c.X && int(y>>below)&(1<<bits-1) == c.Y {
				members = append(members, r)
				if int(r.Class) < len(k.Of) && k.Of[r.Class] >= 0 {
					groups[k.Of[r.Class]]++
				}
			}
		}
		if int(c.N) != len(members) || !slices.Equal(c.Groups, groups) || (c.N == 1) != (c.FID != 0) {
			t.Fatalf("tile %v, square %d, %d: %+v, not %d of %v", id, c.X, c.Y, c, len(members), groups)
		}
		if c.N == 1 && (c.FID != members[0].FID || c.At != members[0].At) {
			t.Fatalf("%+v, not %+v", c, members[0])
		}
		sum += int(c.N)
	}
	return sum
}

func groupsOf(classes, groups int) *Clusters {
	k := &Clusters{}
	for i := range groups {
		k.Groups = append(k.Groups, "group"+string(rune('a'+i)))
	}
	for i := range classes {
		k.Of = append(k.Of, i%(groups+1)-1)
	}
	return k
}

func TestClustersAddUpToTheCases(t *testing.T) {
	town, rows := smallTown(t)
	rows = rows[:2000]
	table := town.table(t, slices.Values(rows[:1900]))
	var changes []Change
	for _, r := range rows[1900:] {
		changes = append(changes, Change{Row: r})
	}
	if err := table.Apply(t.Context(), changes); err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(17, 5))
	for i := range 40 {
		f := town.randomFilter(rnd)
		k := groupsOf(50, 3)
		k.Bits = uint8(rnd.IntN(8))
		checkClusters(t, town, table.View(), &f, rows, k, uint8([]int{0, 8, 11, 13, 14, 15}[i%6]))
	}
}

func TestClusterTilesSayWhatIsCounted(t *testing.T) {
	town, rows := smallTown(t)
	v := town.table(t, slices.Values(rows)).View()
	p := town.compile(t, Filter{})
	k := groupsOf(50, 3)
	for _, z := range []uint8{10, 13, 22} {
		id, _ := tiler.At(rows[0].At, z)
		clusters, err := k.Count(t.Context(), v, p, id)
		if err != nil {
			t.Fatal(err)
		}
		b, err := k.Tile(t.Context(), nil, v, p, id)
		if err != nil {
			t.Fatal(err)
		}
		if faults := tiler.Check(b); len(faults) > 0 {
			t.Errorf("%v: %v", id, faults)
		}
		tile, err := tiler.Decode(b)
		if err != nil || len(tile.Layers) != 1 || len(tile.Layers[0].Features) != len(clusters) {
			t.Fatalf("%v: %+v, %v", id, tile, err)
		}
		l := tile.Layers[0]
		for i, f := range l.Features {
			values := make(map[string]int64)
			for j := 0; j < len(f.Tags); j += 2 {
				values[l.Keys[f.Tags[j]]] = int64(l.Values[f.Tags[j+1]].Bits)
			}
			c := clusters[i]
			if values[tiler.CountField] != c.N || values["groupb"] != c.Groups[1] || f.HasID != (c.N == 1) {
				t.Fatalf("%+v, %v, not %+v", f, values, c)
			}
			at := f.Parts[0][0]
			if square := int64(tiler.Extent / 16); at.X/square != int64(c.X) || at.Y/square != int64(c.Y) {
				t.Fatalf("at %v, square %d, %d", at, c.X, c.Y)
			}
		}
	}
	if b, err := k.Tile(t.Context(), []byte("x"), v, p, tiler.ID{Z: 10}); err != nil || string(b) != "x" {
		t.Errorf("%q, %v", b, err)
	}
	for name, k := range map[string]*Clusters{"bits": {Bits: 8}, "group": {Of: []int{0}}, "groups": {Groups: make([]string, MaxGroups+1)}} {
		if _, err := k.Count(t.Context(), v, p, tiler.ID{Z: 10}); err == nil {
			t.Error(name)
		}
	}
	if _, err := k.Count(t.Context(), v, p, tiler.ID{Z: 3, X: 8}); err == nil {
		t.Error("a tile out of range")
	}
}
