//go:build proof

package importers

import "testing"

func TestProof_AMillionRowsOfASheetAreReadInLittleMemory(t *testing.T) {
	rows, allowed := 1_000_000, int64(32<<20)
	if testing.Short() {
		rows /= 10
	}
	grown := heldWhileRead(t, rows)
	t.Logf("%d rows: %.1f MB held", rows, float64(grown)/(1<<20))
	if grown > allowed {
		t.Errorf("%d MB are held while %d rows are read", grown>>20, rows)
	}
}
