// Package stats answers what planners ask of cases: where there are more than
// chance explains, what changed, what comes back, when it happens, who is fast,
// and whether a campaign helped.
//
// The functions are pure: counts, times and places in, figures out, the same on
// every machine. Each has its [Method] in words, which goes with every answer.
//
//	counts per area ──▶ HotSpots, Compare, Sources, EmpiricalBayes (a map)
//	cases           ──▶ Chains, Clock, Season, Lemons, Friction (places, times)
//	counts per unit ──▶ Rank, Appraise, Campaign                (a table)
//
// p-values are exact wherever the null hypothesis allows: the tests of areas count
// the ways in which the same numbers could have been dealt out to the areas
// (HotSpots), or the same cases to two periods (Compare) or sources (Sources), so
// that there is no simulation, no seed and no smallest p. Where many areas are tested at once the
// false discovery rate is held by Benjamini and Hochberg's procedure (Adjust).
//
// Times are Unix seconds; what depends on hours and days takes the city's time
// zone. Places are metres in the city's local plane.
package stats

// Method says in words how a figure was found.
type Method struct {
	ID      string `json:"id"`
	Chinese string `json:"zh"`
	English string `json:"en"`
}

// Interval is a two-sided confidence interval.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}
