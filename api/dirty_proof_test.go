//go:build proof

package api_test

import "testing"

func TestProof_TenThousandEditsLeaveNoTileOldAndDropNoneForNothing(t *testing.T) {
	edits, watched := 10_000, 100
	if testing.Short() {
		edits, watched = 1000, 50
	}
	editBesideReaders(t, edits, watched)
}

func TestProof_TwoHundredTilesAreTheSameForAHundredReadersAndAfterARestart(t *testing.T) {
	tiles := 200
	if testing.Short() {
		tiles = 50
	}
	o := openOffice(t, townPlan{})
	c := newClerk(o, 3)
	for range 200 {
		c.edit(t)
	}
	sameHashes(t, stable(t, o.desk, tiles, 100), stable(t, reopened(t, o).desk, tiles, 100))
}
