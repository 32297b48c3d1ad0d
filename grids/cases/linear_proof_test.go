//go:build proof

package cases_test

import "testing"

// 50 histories of 1,000 operations of 8 clients, with kills and power cuts.
func TestProof_WhatManyClientsSeeHasAnOrder(t *testing.T) {
	n := 50
	if testing.Short() {
		n = 5
	}
	histories(t, n, 1000)
}
