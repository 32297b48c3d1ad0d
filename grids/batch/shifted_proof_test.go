//go:build proof

package batch

import "testing"

func TestProof_ShiftedGivesThePositionOfTheExactInverse(t *testing.T) {
	n := 10_000_000
	if testing.Short() {
		n = 1_000_000
	}
	checkShifted(t, n)
}
