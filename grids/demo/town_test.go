package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
)

// seedOneHash is the SHA-256 over all rows of the town of seed 1. It changes
// with the generator, never with the machine.
const seedOneHash = "760b4d0eb22e2755871e50fb711ded6a6f437cba34ab881291bb8a19e023c27a"

func TestTown(t *testing.T) {
	checks := []struct {
		name  string
		check func(*testing.T, *grids.City)
	}{
		{"the counts are exact", checkCounts},
		{"the profile is that of a made-up town", checkProfile},
		{"every polygon is valid", checkPolygons},
		{"the cells tile the district", checkTiling},
		{"the cells have the sizes of cells", checkSizes},
		{"unions are the exact sums of their cells", checkUnions},
		{"unions hang together", checkConnected},
		{"codes are unique and well formed", checkCodes},
		{"serials run west to east in rows from north to south", checkSerials},
		{"every row has a name, a time and a point in its shape", checkRows},
		{"units, categories and divisions that are named exist", checkReferences},
		{"components stand where such things stand", checkGround},
		{"lamps stand by a road", checkLamps},
		{"exactly six components have a wrong cell", checkRecordedCells},
		{"attributes and staff are JSON", checkJSON},
		{"houses lie inside their cells, clear of each other", checkHouses},
	}
	for seed := uint64(1); seed <= 20; seed++ {
		city, err := Town(seed)
		if err != nil {
			t.Errorf("seed %d: %v", seed, err)
			continue
		}
		for _, c := range checks {
			t.Run(fmt.Sprintf("seed %d: %s", seed, c.name), func(t *testing.T) { c.check(t, city) })
		}
	}
}

func TestSeedOneIsTheSameOnEveryMachine(t *testing.T) {
	city, err := Town(1)
	if err != nil {
		t.Fatal(err)
	}
	if got := hashOf(city); got != seedOneHash {
		t.Errorf("hash of seed 1 is %s, want %s", got, seedOneHash)
	}
}

func TestTheSeedAloneDecides(t *testing.T) {
	hashes := map[string]uint64{}
	for _, seed := range []uint64{0, 2, 3, 1 << 63, 2} {
		city, err := Town(seed)
		if err != nil {
			t.Fatal(err)
		}
		h := hashOf(city)
		if other, seen := hashes[h]; seen && other != seed {
			t.Errorf("seeds %d and %d give the same town", seed, other)
		}
		hashes[h] = seed
	}
	if len(hashes) != 4 {
		t.Errorf("%d towns from 4 seeds", len(hashes))
	}
}

// hashOf is the SHA-256 over every field of every row, in the city's order.
func hashOf(c *grids.City) string {
	h := sha256.New()
	for i := range c.Districts {
		hashRow(h, &c.Districts[i].Feature, c.Districts[i].Parent)
	}
	for i := range c.Streets {
		hashRow(h, &c.Streets[i].Feature, c.Streets[i].Parent)
	}
	for i := range c.Communities {
		hashRow(h, &c.Communities[i].Feature, c.Communities[i].Parent)
	}
	for i := range c.Zones {
		z := &c.Zones[i]
		hashRow(h, &z.Feature, z.Street, z.Unit, z.Staff, z.OnDuty)
	}
	for i := range c.Cells {
		x := &c.Cells[i]
		hashRow(h, &x.Feature, x.Community, x.Zone, x.AreaM2, x.LandUse)
	}
	for i := range c.Components {
		x := &c.Components[i]
		hashRow(h, &x.Feature, x.Category, x.State, x.AccuracyClass, x.Cell, x.Owner, x.Maintainer, x.Authority, x.Source, x.PlacedOn, x.ChangedOn)
	}
	for i := range c.Addresses {
		x := &c.Addresses[i]
		hashRow(h, &x.Feature, x.Kind, x.Full, x.Pinyin)
	}
	for i := range c.Resources {
		x := &c.Resources[i]
		hashRow(h, &x.Feature, x.Kind, x.Unit, x.State, x.MovedAt.Format(time.RFC3339))
	}
	for _, l := range grids.BaseLayers() {
		for i := range c.Base[l] {
			hashRow(h, &c.Base[l][i].Feature, l, c.Base[l][i].Class)
		}
	}
	for i := range c.OwnershipAreas {
		x := &c.OwnershipAreas[i]
		hashRow(h, &x.Feature, x.Category, x.Unit, x.Evidence)
	}
	for _, u := range c.Units {
		fmt.Fprintln(h, u.Code, u.Name, u.Kind, u.Parent, u.Territory, u.Contact, u.Valid.From.In(chinaTime).Format(time.RFC3339))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// chinaTime is the zone the rows begin to hold in.
var chinaTime = time.FixedZone("", 8*60*60)

func hashRow(h hash.Hash, f *grids.Feature, fields ...any) {
	g := f.Geometry()
	fmt.Fprintln(h, f.Code, f.Name, g.Kind, g.Coords, g.Ends, g.Shells, f.At, f.Valid.From.In(chinaTime).Format(time.RFC3339), f.Valid.To.IsZero(), f.Attributes, fields)
}

func BenchmarkTown(b *testing.B) {
	for b.Loop() {
		if _, err := Town(1); err != nil {
			b.Fatal(err)
		}
	}
}
