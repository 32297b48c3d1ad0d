//go:build proof

package spatial

import "testing"

// TestProof_RegionsAreRefusedExactlyWhereEvenAndOddDoNotGiveTheirArea is the
// comparison with GEOS of the usual tests with other polygons and many more.
func TestProof_RegionsAreRefusedExactlyWhereEvenAndOddDoNotGiveTheirArea(t *testing.T) {
	rounds := 2_000_000
	if testing.Short() {
		rounds = 100_000
	}
	judgeScribbles(t, newRand(t, 78), rounds)
}
