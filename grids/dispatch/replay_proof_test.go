//go:build proof

package dispatch_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
)

// handledCases is the reference city's number of cases handled.
const handledCases = 105_903

// TestProof_WhatADryRunOverAllCasesCosts replays as many cases as the reference
// city has, and tells the processor time; 10 s are wanted.
func TestProof_WhatADryRunOverAllCasesCosts(t *testing.T) {
	e, err := referenceCity()
	if err != nil {
		t.Fatal(err)
	}
	// 60 % events of which 40 % lie at borders, 40 % components.
	again := func(some []dispatch.Report, n int) (all []dispatch.Report) {
		for i := range n {
			all = append(all, some[i%len(some)])
		}
		return all
	}
	const different = 5_000
	reports := again(someReports(e, grids.ComponentKind, false, 4*different), handledCases*4/10)
	reports = append(reports, again(someReports(e, grids.EventKind, true, different), handledCases*24/100)...)
	reports = append(reports, again(someReports(e, grids.EventKind, false, 4*different), handledCases-len(reports))...)
	var history []dispatch.Past
	for p := range past(t, e, reports) {
		history = append(history, p)
	}
	rules := *e.Rules()
	rules.Version = "areas first"
	rules.Components.Order = []dispatch.Step{dispatch.StepRuling, dispatch.StepArea, dispatch.StepOwner, dispatch.StepMaintainer, dispatch.StepTerritory}
	changed, err := dispatch.New(e.City(), &rules, nil)
	if err != nil {
		t.Fatal(err)
	}
	before := cpu(t)
	d, err := dispatch.Replay(t.Context(), changed, func(yield func(dispatch.Past) bool) {
		for i := range history {
			if !yield(history[i]) {
				return
			}
		}
	})
	took := cpu(t) - before
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d cases in %v CPU, %v each; %d changed, %d unit pairs, %d classes, %d points", d.Cases, took, took/time.Duration(d.Cases), d.Changed, len(d.Pairs), len(d.Classes), len(d.Points))
	for _, p := range d.Pairs[:min(5, len(d.Pairs))] {
		t.Logf("%s → %s: %d", p.From, p.To, p.N)
	}
	if d.Cases != handledCases || d.Changed == 0 || len(d.Points) != d.Changed {
		t.Errorf("%d cases, %d changed, %d points", d.Cases, d.Changed, len(d.Points))
	}
}

// cpu is the processor time used by this process.
func cpu(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestProof_WhatAFullDecisionCosts tells the processor time of decisions with
// reasons, alternatives, question and the three nearest squads; 200 µs are wanted.
func TestProof_WhatAFullDecisionCosts(t *testing.T) {
	e, err := referenceCity()
	if err != nil {
		t.Fatal(err)
	}
	const n, rounds = 10_000, 3
	for _, k := range []struct {
		name string
		kind grids.Kind
		at   bool
	}{{"component", grids.ComponentKind, false}, {"event", grids.EventKind, false}, {"event at a border", grids.EventKind, true}} {
		reports := someReports(e, k.kind, k.at, n)
		best := time.Hour
		for range rounds {
			before := cpu(t)
			for i := range reports {
				reports[i].Nearest = []dispatch.Wanted{{Kind: "squad", K: 3}}
				if _, err := e.Decide(reports[i]); err != nil {
					t.Fatal(err)
				}
			}
			best = min(best, (cpu(t)-before)/n)
		}
		t.Logf("%s: %v of CPU", k.name, best)
	}
}
