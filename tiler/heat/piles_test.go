package heat

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// piledPlaces are a town with the positions that hold many.
type piledPlaces struct {
	*town
	rows                  []Row
	middles, piles, lemon []spatial.Coord
}

// piledTown has a town's cases on a grid of places, with some positions that hold
// many: a default address, two beside each other, a place where one thing happens
// again and again, and the middles of cells.
func piledTown(tb testing.TB) *piledPlaces {
	tb.Helper()
	t, rows := smallTown(tb)
	var middles, piles []spatial.Coord
	for i := range rows {
		rows[i].At.X -= rows[i].At.X % 400
		rows[i].At.Y -= rows[i].At.Y % 400
	}
	rnd := rand.New(rand.NewPCG(11, 4))
	add := func(at spatial.Coord, n, classes int) {
		cell, _ := t.cover.Locate(at)
		for range n {
			r := rows[rnd.IntN(len(rows))]
			r.FID, r.At, r.Class, r.Cell = uint32(len(rows)+1), at, uint16(rnd.IntN(classes)), uint32(cell)
			if cell < 0 {
				r.Cell = NoCell
			}
			rows = append(rows, r)
		}
	}
	for i := range t.shapes {
		middles = append(middles, t.shapes[i].Representative())
	}
	for i, n := range []int{6000, 7000, 6500} {
		at := spatial.Coord{X: t.center.X + int32(i*20_000), Y: t.center.Y + int32(7*i)}
		piles = append(piles, at)
		add(at, n, 60)
	}
	lemon := []spatial.Coord{{X: t.center.X - 80_000, Y: t.center.Y + 11}}
	add(lemon[0], 9000, 3)
	for _, i := range []int{3, 40, 41} {
		at := spatial.Coord{X: middles[i].X + 3, Y: middles[i].Y - 5} // half a metre away
		piles = append(piles, at)
		add(at, 2500, 60)
	}
	return &piledPlaces{t, rows, middles, piles, lemon}
}

// slowPiles is the rule as it is written, position by position.
func slowPiles(rows []Row, rule *PileRule) (list []Pile, alone int) {
	byPlace := map[spatial.Coord]int64{}
	of := map[spatial.Coord]map[uint16]bool{}
	classes := map[uint16]float64{}
	for i := range rows {
		byPlace[rows[i].At]++
		if of[rows[i].At] == nil {
			of[rows[i].At] = map[uint16]bool{}
		}
		of[rows[i].At][rows[i].Class] = true
		classes[rows[i].Class]++
	}
	middle := func(at spatial.Coord) int {
		return slices.IndexFunc(rule.Middles, func(m spatial.Coord) bool { return spatial.DistanceM(at, m) <= rule.MiddleM })
	}
	for at, n := range byPlace {
		m, times, least := middle(at), rule.Times, rule.Least
		if m >= 0 {
			times, least = rule.MiddleTimes, rule.MiddleLeast
		}
		if n < least {
			continue
		}
		var others []int64
		around := int64(0)
		for other, k := range byPlace {
			if other != at && spatial.DistanceM(at, other) <= rule.RadiusM {
				around++
				if middle(other) < 0 {
					others = append(others, k)
				}
			}
		}
		slices.Sort(others)
		third := int64(1)
		if len(others) >= 3 {
			third = others[len(others)-3]
		}
		drawn := 0.0
		for _, k := range classes {
			drawn += 1 - math.Pow(1-k/float64(len(rows)), float64(n))
		}
		switch {
		case float64(n) < times*float64(third) || float64(len(of[at])) < rule.Mixed*drawn:
		case m < 0 && around < rule.Around:
			alone++
		default:
			list = append(list, Pile{Stack{at, n}, third, around, len(of[at]), math.Round(drawn*100) / 100, m})
		}
	}
	slices.SortFunc(list, func(a, b Pile) int { return fuller(a.Stack, b.Stack) })
	return list, alone
}

func TestPilesAreThoseOfTheRule(t *testing.T) {
	town := piledTown(t)
	rows, want, middles := town.rows, town.piles, town.middles
	v := town.table(t, slices.Values(rows)).View()
	rule := NewPileRule(middles)
	got, err := v.Piles(t.Context(), rule)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range want {
		if !slices.ContainsFunc(got.List, func(p Pile) bool { return p.At == at }) {
			t.Errorf("the pile at %v is not found", at)
		}
	}
	if len(got.List) != len(want) || slices.ContainsFunc(got.List, func(p Pile) bool { return p.At == town.lemon[0] }) {
		t.Errorf("%d piles of %d: %+v", len(got.List), len(want), got.List)
	}
	// Looser rules find more, each what its words say.
	found := map[int]bool{}
	for i := range 6 {
		r := rule
		r.Times, r.Mixed, r.Least = 2+float64(2*i), float64(i%4)/4, int64(3+i)
		r.MiddleTimes, r.RadiusM, r.Around = 2+float64(i)/2, 60+float64(i)*140, int64(4*i*i)
		got, err := v.Piles(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		list, alone := slowPiles(rows, &r)
		if !slices.Equal(got.List, list) || got.Alone != alone {
			t.Errorf("rule %+v\n%d piles and %d alone: %+v\nwant %d and %d: %+v", r.Times, len(got.List), got.Alone, got.List, len(list), alone, list)
		}
		found[len(list)] = true
	}
	if len(found) < 4 {
		t.Errorf("the rules find %v piles only", slices.Sorted(maps.Keys(found)))
	}
}

func TestPilesAreTheSameHoweverTheCasesCame(t *testing.T) {
	town := piledTown(t)
	rows, middles := town.rows, town.middles
	rule := NewPileRule(middles)
	at := len(rows) - 4000
	table := town.table(t, slices.Values(rows[:at]))
	for i := at; i < len(rows); i += 500 {
		var changes []Change
		for _, r := range rows[i:min(i+500, len(rows))] {
			changes = append(changes, Change{Row: r})
		}
		if err := table.Apply(t.Context(), changes); err != nil {
			t.Fatal(err)
		}
	}
	whole := town.table(t, slices.Values(rows)).View()
	want, err := whole.Piles(t.Context(), rule)
	if err != nil {
		t.Fatal(err)
	}
	got, err := table.View().Piles(t.Context(), rule)
	if err != nil || len(want.List) == 0 || !slices.Equal(got.List, want.List) {
		t.Errorf("%+v, want %+v, %v", got, want.List, err)
	}
}

// Without piles every answer is as if their cases were not there.
func TestWithoutPilesNothingCountsThem(t *testing.T) {
	town := piledTown(t)
	rows, middles := town.rows, town.middles
	v := town.table(t, slices.Values(rows)).View()
	piles, err := v.Piles(t.Context(), NewPileRule(middles))
	if err != nil {
		t.Fatal(err)
	}
	at := map[spatial.Coord]int{}
	for i := range piles.List {
		at[piles.List[i].At] = i
	}
	var rest []Row
	for i := range rows {
		if _, piled := at[rows[i].At]; !piled {
			rest = append(rest, rows[i])
		}
	}
	other := town.table(t, slices.Values(rest)).View()
	ground := town.ground(t)
	rnd := rand.New(rand.NewPCG(12, 4))
	for range 25 {
		f := town.randomFilter(rnd)
		with := town.compile(t, f)
		p := with.Without(piles)
		counts, err := piles.Of(t.Context(), v, with)
		if err != nil {
			t.Fatal(err)
		}
		want := make([]int64, len(piles.List))
		for i := range rows {
			if k, piled := at[rows[i].At]; piled && town.meets(&f, &rows[i], "") {
				want[k]++
			}
		}
		if !slices.Equal(counts, want) {
			t.Fatalf("%+v: %v at piles, want %v", f, counts, want)
		}
		got, err := v.Facets(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		facets, err := other.Facets(t.Context(), with)
		if err != nil || fmt.Sprint(*got) != fmt.Sprint(*facets) {
			t.Fatalf("%+v: facets %+v\nwant %+v, %v", f, got, facets, err)
		}
		if a, b := ground.density(t, v, p, Options{Kernel: Kernel{BandwidthM: BlockM}}), ground.density(t, other, with, Options{Kernel: Kernel{BandwidthM: BlockM}}); a.N != b.N || a.Excluded != b.Excluded || !slices.Equal(a.Values(), b.Values()) {
			t.Fatalf("%+v: densities of %d and %d cases differ", f, a.N, b.N)
		}
	}
}

func TestPlacesAreCounted(t *testing.T) {
	town := piledTown(t)
	rows := town.rows
	v := town.table(t, slices.Values(rows)).View()
	rnd := rand.New(rand.NewPCG(13, 4))
	for range 25 {
		f := town.randomFilter(rnd)
		got, err := v.Places(t.Context(), town.compile(t, f))
		if err != nil {
			t.Fatal(err)
		}
		n, byPlace := int64(0), map[spatial.Coord]int64{}
		for i := range rows {
			if town.meets(&f, &rows[i], "") {
				n++
				byPlace[rows[i].At]++
			}
		}
		var all []Stack
		for at, k := range byPlace {
			all = append(all, Stack{at, k})
		}
		slices.SortFunc(all, fuller)
		if got.N != n || got.Distinct != int64(len(all)) || !slices.Equal(got.Largest, all[:min(len(all), 10)]) {
			t.Errorf("%+v: %+v, want %d at %d, %v", f, got, n, len(all), all[:min(len(all), 10)])
		}
	}
}

// A square of clusters tells at how many positions its cases lie.
func TestClustersTellPlaces(t *testing.T) {
	town := piledTown(t)
	rows := town.rows
	v := town.table(t, slices.Values(rows[:len(rows)-1])).View()
	p := town.compile(t, Filter{})
	single, stacked := 0, 0
	for _, z := range []uint8{12, 14, 16, 18} {
		id, _ := tiler.At(town.center, z)
		byPlace := map[int]map[spatial.Coord]bool{}
		k := Clusters{Places: true}
		square := &counting{id: id, bits: 4}
		for i := range rows[:len(rows)-1] {
			if s, ok := square.squareOf(rows[i].At); ok {
				if byPlace[s] == nil {
					byPlace[s] = map[spatial.Coord]bool{}
				}
				byPlace[s][rows[i].At] = true
			}
		}
		clusters, err := k.Count(t.Context(), v, p, id)
		if err != nil || len(clusters) != len(byPlace) {
			t.Fatalf("%v: %d squares, want %d, %v", id, len(clusters), len(byPlace), err)
		}
		for _, c := range clusters {
			if want := int64(len(byPlace[c.Y<<4|c.X])); c.Places != want || c.Places > c.N {
				t.Errorf("%v: %d cases at %d places, want %d", id, c.N, c.Places, want)
			}
			if c.N > 1000 && c.Places == 1 {
				stacked++
			}
			if c.N == 1 {
				single++
			}
		}
		body, err := k.Tile(t.Context(), nil, v, p, id)
		if err != nil {
			t.Fatal(err)
		}
		tile, err := tiler.Decode(body)
		if err != nil || !slices.Contains(tile.Layers[0].Keys, PlacesField) {
			t.Errorf("%v: keys %v, %v", id, tile.Layers[0].Keys, err)
		}
	}
	if single == 0 || stacked == 0 {
		t.Errorf("%d squares with one case, %d with a stack", single, stacked)
	}
}

func TestARuleThatSaysNothingIsRefused(t *testing.T) {
	town, rows := smallTown(t)
	v := town.table(t, slices.Values(rows)).View()
	for _, spoil := range []func(r *PileRule){
		func(r *PileRule) { r.Least = 1 },
		func(r *PileRule) { r.MiddleLeast = 0 },
		func(r *PileRule) { r.Times = math.NaN() },
		func(r *PileRule) { r.MiddleTimes = 1 },
		func(r *PileRule) { r.RadiusM = 0 },
		func(r *PileRule) { r.RadiusM = 1e6 },
		func(r *PileRule) { r.MiddleM = math.Inf(1) },
		func(r *PileRule) { r.Mixed = 1.1 },
	} {
		rule := NewPileRule(nil)
		spoil(&rule)
		if _, err := v.Piles(t.Context(), rule); !errors.Is(err, ErrPileRule) {
			t.Errorf("%+v: %v", rule, err)
		}
	}
}
