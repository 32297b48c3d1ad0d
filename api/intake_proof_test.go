//go:build proof

package api_test

import (
	"testing"
	"time"
)

// TestProof_IntakeIsVisibleWithinASecond prints how long after the beginning of its
// append a case is in the list, its tile and the stream, at 100 cases a second for
// 15 seconds.
func TestProof_IntakeIsVisibleWithinASecond(t *testing.T) {
	lasts := 15 * time.Second
	if testing.Short() {
		lasts = 5 * time.Second
	}
	intake(t, 100, lasts)
}
