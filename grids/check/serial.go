package check

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/wanmi-gis/wanmi/grids"
)

// Serials run west to east in rows from north to south. How high a row is nobody
// says, and cells of a real city stand in none; so an order is accepted if there
// are rows, of whatever heights, in which it is right: the sequence can be cut
// into runs so that each runs from west to east and no cell of a run lies south
// of one of the next. Cutting wherever that is possible is best: shorter runs
// ask less.

// serialSlackM is how far a cell's point may stand back: points inside are drawn
// by different rules.
const serialSlackM = 5

// serialOrder judges the cells of one community. Numbers that were given later
// are appended, by the standard, and so out of order.
func (x *exam) serialOrder(cells *layer, rows []int32, s *sink) {
	first := slices.MinFunc(rows, func(a, b int32) int {
		return cells.features[a].Valid.From.Compare(cells.features[b].Valid.From)
	})
	rows = slices.DeleteFunc(slices.Clone(rows), func(i int32) bool {
		return cells.features[i].Valid.From.After(cells.features[first].Valid.From)
	})
	slices.SortStableFunc(rows, func(a, b int32) int { return strings.Compare(cells.features[a].Code, cells.features[b].Code) })
	at := make([]point, len(rows))
	for k, i := range rows {
		at[k] = x.plane.of(cells.features[i].At)
	}
	if inOrder(at) {
		return
	}
	f := Finding{Rule: ruleSerialOrder, Placed: true, Unit: "count"}
	wrong := misplaced(at)
	f.Measured = float64(len(wrong))
	names := make([]string, 0, len(wrong))
	for _, k := range wrong {
		f.Features = append(f.Features, cells.ref(rows[k]))
		names = append(names, cells.features[rows[k]].Code)
	}
	f.At = cells.features[rows[wrong[0]]].At
	switch len(wrong) {
	case 1:
		f.Reason, f.ReasonZH = fmt.Sprintf("%s does not stand where its serial says", names[0]), names[0]+" 的顺序码与位置不符"
	case 2:
		f.Reason = fmt.Sprintf("%s and %s are swapped", names[0], names[1])
		f.ReasonZH = fmt.Sprintf("%s 与 %s 的顺序码互换", names[0], names[1])
	default:
		f.Reason = fmt.Sprintf("%d of the community's %d cells stand elsewhere than their serials say", len(wrong), len(rows))
		f.ReasonZH = fmt.Sprintf("社区 %d 个网格中有 %d 个的顺序码与位置不符", len(rows), len(wrong))
		const named = 20
		f.Features = f.Features[:min(len(f.Features), named)]
	}
	f.Features = append(f.Features, Ref{Layer: grids.Communities, Code: x.city.Cells[rows[0]].Community})
	s.add(f)
}

// inOrder tells whether there are rows in which the sequence is right.
func inOrder(at []point) bool { return len(breaks(at, false)) == 0 }

// breaks returns the places where the sequence runs west without a new row
// beginning there, at most the first of them if that is all that is wanted.
func breaks(at []point, all bool) (found []int) {
	// north[k] is the northernmost from k on.
	north := make([]float64, len(at)+1)
	north[len(at)] = math.Inf(-1)
	for k := len(at) - 1; k >= 0; k-- {
		north[k] = max(north[k+1], at[k].y)
	}
	south := math.Inf(1)
	for k := 1; k < len(at); k++ {
		south = min(south, at[k-1].y)
		if at[k].x < at[k-1].x-serialSlackM && south < north[k]-serialSlackM {
			found = append(found, k)
			if !all {
				return found
			}
		}
	}
	return found
}

// Limits of the search for what is misplaced: beyond, it would take seconds.
const (
	mostPaired = 250 // cells of which all pairs are tried
	mostTaken  = 10  // cells that are taken out by trial
)

// misplaced returns few cells that put the order right: two to be swapped, or
// some to be taken out, the one that helps most first.
func misplaced(at []point) []int {
	if len(at) <= mostPaired {
		if pair := swapped(at); pair != nil {
			return pair
		}
		if out := takenOut(at); out != nil {
			return out
		}
	}
	// Without a search: whatever runs west.
	var out []int
	last := 0
	for k := 1; k < len(at); k++ {
		if at[k].x < at[last].x-serialSlackM && at[k].y > at[last].y-serialSlackM {
			out = append(out, k)
			continue
		}
		last = k
	}
	if len(out) == 0 {
		out = breaks(at, true)
	}
	return out
}

// swapped returns the two cells whose swap puts the order right, or nil.
func swapped(at []point) []int {
	try := slices.Clone(at)
	for i := range try {
		for k := i + 1; k < len(try); k++ {
			try[i], try[k] = try[k], try[i]
			ok := inOrder(try)
			try[i], try[k] = try[k], try[i]
			if ok {
				return []int{i, k}
			}
		}
	}
	return nil
}

// takenOut takes the cells out one by one, each time the one without which the
// fewest breaks are left; nil where mostTaken are not enough.
func takenOut(at []point) (out []int) {
	points, left := slices.Clone(at), make([]int, len(at))
	for i := range left {
		left[i] = i
	}
	for range mostTaken {
		best, fewest := 0, len(points)
		for i := range points {
			if n := len(breaks(slices.Delete(slices.Clone(points), i, i+1), true)); n < fewest {
				best, fewest = i, n
			}
		}
		out = append(out, left[best])
		points, left = slices.Delete(points, best, best+1), slices.Delete(left, best, best+1)
		if fewest == 0 {
			slices.Sort(out)
			return out
		}
	}
	return nil
}
