package osm

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxBroken is how many broken objects a report names.
const maxBroken = 100

// Broken is an object that is not drawn, or not whole.
type Broken struct {
	Kind   string // way or relation
	ID     int64
	Reason string
}

// String is the line of a report.
func (b Broken) String() string { return fmt.Sprintf("%s %d: %s", b.Kind, b.ID, b.Reason) }

// Report says what was read, what became of it, and what could not be drawn.
type Report struct {
	Nodes, Ways, Relations int
	// Features by layer and class.
	Features map[string]map[string]int
	// Cut ways are drawn without nodes that the file does not have, as at the edge
	// of an extract.
	Cut int
	// Sea says why the sea is not drawn, where there are coastlines; "" where it is.
	Sea string
	// LeftOut objects are not drawn, or not whole; Broken names the first ones.
	LeftOut int
	Broken  []Broken
}

func (r *Report) broken(kind string, id int64, reason string) {
	r.LeftOut++
	if len(r.Broken) < maxBroken {
		r.Broken = append(r.Broken, Broken{kind, id, reason})
	}
}

// String says in lines what is on the map.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d nodes, %d ways, %d relations\n", r.Nodes, r.Ways, r.Relations)
	for _, layer := range slices.Sorted(maps.Keys(r.Features)) {
		classes := r.Features[layer]
		all := 0
		parts := make([]string, 0, len(classes))
		for _, class := range slices.Sorted(maps.Keys(classes)) {
			all += classes[class]
			parts = append(parts, fmt.Sprintf("%s %d", class, classes[class]))
		}
		fmt.Fprintf(&b, "%s: %d (%s)\n", layer, all, strings.Join(parts, ", "))
	}
	return b.String()
}
