package detect

import (
	"cmp"
	"fmt"
	"slices"
)

// What a verdict takes.
const (
	// maxLuck is the chance by which random places may look like the best
	// reading: there are some 150 readings and four tolerances.
	maxLuck = 1e-9
	// maxDoubt is the chance by which a rival that explains as many points may
	// seem to explain fewer: 20 points that only the best explains.
	maxDoubt = 1e-6
	// minAgreement is the least share of what chance leaves over that the best
	// reading explains (Cohen's κ).
	minAgreement = 0.6
	// maxStray is the largest share of the points that only a rival may explain.
	maxStray = 0.1
	// maxOffsetM is the longest shift with which a set still is in a system:
	// whole seconds cut off instead of rounded shift it by 20 m, the datums of
	// 1954 and 1980 by 60 m and more.
	maxOffsetM = 30
)

// judgement is what one tolerance says.
type judgement struct {
	withinM   float64
	order     []*attempt // best first
	chance    float64
	agreement float64
	reason    string
	telling   bool // the best reading beats chance
	sure      bool
}

// decide takes the narrowest tolerance that allows a verdict; if none does, the
// one at which the best reading explains most.
func (d *detective) decide() {
	if len(d.tries) == 0 {
		d.found.Reason = "no reading puts any point near the place that was told"
		d.found.ToleranceM = widestM
		d.found.Chance = d.chance(widestM)
		return
	}
	var best judgement
	for i, withinM := range tolerances {
		j := d.judge(withinM)
		if i == 0 || j.sure || j.agreement > best.agreement {
			best = j
		}
		if j.sure {
			break
		}
	}
	d.found.Reason, d.found.ToleranceM, d.found.Chance = best.reason, best.withinM, best.chance
	d.found.Guesses = guesses(&best, len(d.points))
	if best.telling {
		d.found.Offset = d.offsetOf(best.order[0])
	}
	if o := d.found.Offset; o != nil {
		d.found.Reason += fmt.Sprintf("; its points lie %s of where they should", o)
		if best.sure && o.LengthM() > maxOffsetM {
			best.sure = false
			d.found.Reason = fmt.Sprintf("nearest is %s, but all points lie %s of where they should: an older datum or a local grid?",
				best.order[0].Reading, o)
		}
	}
	if best.sure {
		d.found.Verdict = &best.order[0].Reading
	}
}

func guesses(j *judgement, n int) []Guess {
	var out []Guess
	for _, a := range j.order {
		if m := a.matched(j.withinM); m > 0 && len(out) < maxShown {
			out = append(out, Guess{a.Reading, m, float64(m) / float64(n)})
		}
	}
	return out
}

// judge compares the readings at one tolerance.
func (d *detective) judge(withinM float64) judgement {
	j := judgement{withinM: withinM, order: slices.Clone(d.tries), chance: d.chance(withinM)}
	slices.SortStableFunc(j.order, func(a, b *attempt) int { return cmp.Compare(b.matched(withinM), a.matched(withinM)) })
	best, n := j.order[0], float64(len(d.points))
	share := float64(best.matched(withinM)) / n
	j.agreement = (share - j.chance) / (1 - j.chance)
	if byLuck(float64(best.squares()), share, j.chance) > maxLuck {
		j.reason = fmt.Sprintf("no reading fits better than chance: the best, %s, explains %s of the points, random places %s",
			best.Reading, percent(share), percent(j.chance))
		return j
	}
	j.telling = true
	if stray, part := d.stray(&j, best); stray != nil {
		j.reason = fmt.Sprintf("the points seem to be mixed: %s explains %s of them, %s another %s",
			best.Reading, percent(share), stray.Reading, percent(part))
		return j
	}
	for _, rival := range j.order[1:] {
		if best.against(rival, withinM).doubt() > maxDoubt {
			j.reason = fmt.Sprintf("%s and %s explain the points nearly as well: %s and %s of them",
				best.Reading, rival.Reading, percent(share), percent(float64(rival.matched(withinM))/n))
			return j
		}
	}
	j.sure = j.agreement >= minAgreement
	j.reason = fmt.Sprintf("%s explains %s of the points within %g m", best.Reading, percent(share), withinM)
	if len(j.order) > 1 {
		j.reason += fmt.Sprintf(", the next, %s, %s", j.order[1].Reading, percent(float64(j.order[1].matched(withinM))/n))
	}
	j.reason += fmt.Sprintf(", random places %s", percent(j.chance))
	if !j.sure {
		j.reason = "no reading explains enough of the points: the best, " + j.reason
	}
	return j
}

// stray finds a rival that explains a good part of the points that the best
// reading does not, and more of those than chance would.
func (d *detective) stray(j *judgement, best *attempt) (rival *attempt, part float64) {
	n := float64(len(d.points))
	left := n - float64(best.matched(j.withinM))
	for _, a := range j.order[1:] {
		duel := best.against(a, j.withinM)
		if p := float64(duel.onlyB) / n; p > max(maxStray, part) && byLuck(float64(duel.squares), float64(duel.onlyB)/left, j.chance) <= maxDoubt {
			rival, part = a, p
		}
	}
	return rival, part
}

func percent(share float64) string { return fmt.Sprintf("%.1f %%", share*100) }
