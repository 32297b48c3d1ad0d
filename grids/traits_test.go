package grids

import "testing"

func TestComponentWith_LeavesTheSharedTraits(t *testing.T) {
	var table TraitTable
	lamp := ComponentTraits{Category: "0201", State: "完好", Owner: "U1"}
	rows := []Component{{ComponentTraits: table.Share(lamp)}, {ComponentTraits: table.Share(lamp)}}
	rows[0].Code = "L1"
	broken := rows[0].With(func(c *ComponentTraits) { c.State = "破损" })
	if broken.State != "破损" || broken.Owner != "U1" || broken.Code != "L1" {
		t.Errorf("changed: %+v %+v", broken, *broken.ComponentTraits)
	}
	if rows[0].State != "完好" || rows[1].State != "完好" {
		t.Error("a row that shares the traits changed")
	}
	if bare := (Component{}).With(func(c *ComponentTraits) { c.Owner = "U2" }); bare.Owner != "U2" {
		t.Errorf("of a component without traits: %+v", *bare.ComponentTraits)
	}
}

func TestTraitTable_KeepsOneOfEachSet(t *testing.T) {
	var table TraitTable
	r := newRand(t, 12)
	words := []string{"", "a", "b"}
	seen := map[ComponentTraits]*ComponentTraits{}
	for range 5000 {
		w := func() string { return words[r.IntN(len(words))] }
		traits := ComponentTraits{w(), w(), w(), w(), w(), w(), w()}
		one := table.Share(traits)
		if *one != traits {
			t.Fatalf("%+v is shared as %+v", traits, *one)
		}
		if seen[traits] != nil && seen[traits] != one {
			t.Fatalf("%+v stands twice", traits)
		}
		seen[traits] = one
	}
}

func TestSort_GivesComponentsWithoutTraitsEmptyOnes(t *testing.T) {
	c := &City{Components: []Component{{}, {ComponentTraits: &ComponentTraits{Owner: "U1"}}}}
	c.Sort()
	if c.Components[0].Owner != "" || c.Components[1].Owner != "U1" {
		t.Errorf("owners %q and %q", c.Components[0].Owner, c.Components[1].Owner)
	}
}
