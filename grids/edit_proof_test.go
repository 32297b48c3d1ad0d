//go:build proof

package grids

import "testing"

func TestProof_EditsAnswerAsACityBuiltFromScratch(t *testing.T) {
	seeds := uint64(60)
	if testing.Short() {
		seeds = 6
	}
	for seed := range seeds {
		editAndCompare(t, 1000+seed, 40)
	}
}
