//go:build proof

package cases_test

import (
	"math/rand/v2"
	"testing"
)

// The promise of reliability.md, R1: 300 power cuts, clean and torn, and at least
// 50,000 acknowledged writes; none lost, none twice, no file broken.
func TestProof_NothingAcknowledgedIsLostIn300PowerCuts(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	tr := newTrial(t, seed)
	cycles, wanted := 300, 50_000
	if testing.Short() {
		cycles, wanted = 30, 4_000
	}
	tr.clients, tr.writes = 64, 2000
	tr.cuts(cycles)
	tr.all()
	if t.Logf("%d power cuts, %d acknowledged, 0 lost, 0 twice, 0 files broken", cycles, len(tr.acknowledged)); len(tr.acknowledged) < wanted {
		t.Errorf("only %d writes were acknowledged", len(tr.acknowledged))
	}
}

func TestProof_AfterAFailedFsyncNoPowerCutLosesAnything(t *testing.T) {
	cuts := 60
	if testing.Short() {
		cuts = 10
	}
	failedFsyncs(t, cuts)
}
