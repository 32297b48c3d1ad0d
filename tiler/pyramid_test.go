package tiler

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestWhereATileHasContentEveryTileAboveReachesIt(t *testing.T) {
	town := newTown(t, 71, 5)
	rnd := rand.New(rand.NewPCG(71, 71))
	const deepest = 16
	var sets [deepest + 1][]ID
	for z := range uint8(deepest + 1) {
		sets[z] = Occupied(town, town.layers, z, deepest)
		sorted := slices.Clone(sets[z])
		slices.SortFunc(sorted, func(a, b ID) int { return int(a.X) - int(b.X) + (int(a.Y)-int(b.Y))*1<<20 })
		if len(slices.Compact(sorted)) != len(sets[z]) {
			t.Errorf("zoom %d: a tile twice", z)
		}
	}
	for range 400 {
		id := town.tile(rnd, uint8(rnd.IntN(deepest+1)))
		body, _, err := Encode(nil, town, town.names(), id, Options{})
		if err != nil || len(body) == 0 {
			continue
		}
		for above := id; ; above = (ID{above.Z - 1, above.X / 2, above.Y / 2}) {
			if !Reaches(town, town.layers, above, deepest) || !slices.Contains(sets[above.Z], above) {
				t.Fatalf("%v has content, %v does not reach it", id, above)
			}
			if above.Z == 0 {
				break
			}
		}
	}
	// What is covered is not much more than what has content.
	full := 0
	for _, id := range sets[14] {
		if body, _, err := Encode(nil, town, town.names(), id, Options{}); err == nil && len(body) > 0 {
			full++
		}
	}
	if full == 0 || full*2 < len(sets[14]) {
		t.Errorf("zoom 14: %d tiles covered, %d with content", len(sets[14]), full)
	}
}

func TestLayersOfOtherZoomsAreNotReached(t *testing.T) {
	town := newTown(t, 72, 3)
	late := slices.Clone(town.layers)
	for i := range late {
		late[i].MinZoom, late[i].MaxZoom = 15, 16
	}
	if !Reaches(town, late, ID{}, 15) || Reaches(town, late, ID{}, 14) {
		t.Error("a layer that begins at zoom 15 is reached for 15 and only for that")
	}
	if got := Occupied(town, late, 2, 14); len(got) != 0 {
		t.Errorf("%v", got)
	}
	deep := town.tile(rand.New(rand.NewPCG(1, 1)), 17)
	if Reaches(town, late, deep, 22) {
		t.Error("a layer that ends at zoom 16 is reached at 17")
	}
}

func TestChildrenMakeUpTheTile(t *testing.T) {
	id := ID{13, 6717, 3251}
	box := id.Box(0)
	for _, c := range id.Children() {
		if inner := c.Box(0); c.Z != 14 || c.X/2 != id.X || c.Y/2 != id.Y || !box.Holds(inner.Center()) {
			t.Errorf("%v", c)
		}
	}
}
