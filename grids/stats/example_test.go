package stats_test

import (
	"fmt"

	"github.com/wanmi-gis/wanmi/grids/stats"
)

func ExampleHotSpots() {
	// A street of twelve cells, each beside the next; two are bad.
	counts := []float64{1, 0, 1, 9, 8, 1, 0, 1, 0, 0, 1, 0}
	var pairs [][2]int32
	for i := range int32(11) {
		pairs = append(pairs, [2]int32{i, i + 1})
	}
	spots, err := stats.HotSpots(counts, stats.NewNeighbours(12, pairs))
	fmt.Printf("%.2f p %.3f %v\n", spots[3].Z, spots[3].P, err)
	// Output: 2.64 p 0.045 <nil>
}

func ExampleFindRepeats() {
	const day = 86400
	events := []stats.Event{
		{Component: 7, Reported: 0, Closed: 2 * day},
		{Component: 7, Reported: 9 * day, Closed: 10 * day},
		{Component: 8, Reported: 9 * day},
	}
	r := stats.FindRepeats(events, stats.RepeatRule{WithinS: 30 * day}, 100*day)
	fmt.Println(r.Chains, r.Returned, "of", r.Closed)
	// Output: [{[0 1] 7}] 1 of 2
}
