package heat

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/wanmi-gis/wanmi/spatial"
)

// PileRule says which positions hold more cases than can have happened there: a
// geocoder's answer to an address it does not know, a default of a form, the
// middle of an area that stands for all of it. A position is a pile when
//
//   - Least cases or more lie exactly at it,
//   - they are Times as many as the third fullest other position within RadiusM
//     has or more, so that up to two other piles beside it do not hide it, and
//     there are Around other positions or more to compare with,
//   - they are of many classes: Mixed times as many as so many cases drawn from
//     the whole city would have, or more. Where the same thing happens again and
//     again, or one thing is told again and again, is no pile.
//
// At the middle of an area MiddleLeast and MiddleTimes are enough, however many
// positions are around; and middles are not compared with.
//
// Stacks of cases are common: a crossing, a station, a market. San Francisco's
// police give each of 834,666 incidents one of 28,665 places of blocks; one of
// them is a pile, the police's own headquarters.
type PileRule struct {
	Least, Around int64
	Times, Mixed  float64
	RadiusM       float64

	MiddleLeast int64
	MiddleTimes float64
	// Middles are those of areas; MiddleM is how near to one its pile lies.
	Middles []spatial.Coord
	MiddleM float64
}

// NewPileRule returns the rule with the numbers that heat is judged by.
func NewPileRule(middles []spatial.Coord) PileRule {
	return PileRule{
		Least: 50, Around: 20, Times: 50, Mixed: 0.5, RadiusM: 500,
		MiddleLeast: 10, MiddleTimes: 10, Middles: middles, MiddleM: 1.5,
	}
}

// ErrPileRule marks a rule that cannot be followed.
var ErrPileRule = errors.New("rule of piles")

// maxPileRadiusM bounds how far positions are compared.
const maxPileRadiusM = 5000

func (r *PileRule) check() error {
	switch {
	case r.Least < 2 || r.MiddleLeast < 2 || !(r.Times >= 2) || !(r.MiddleTimes >= 2):
		return fmt.Errorf("%w: less than 2 cases or 2 times", ErrPileRule)
	case !(r.RadiusM > 0 && r.RadiusM <= maxPileRadiusM) || !(r.MiddleM >= 0 && r.MiddleM <= 100):
		return fmt.Errorf("%w: radius %g m, middles within %g m", ErrPileRule, r.RadiusM, r.MiddleM)
	case !(r.Mixed >= 0 && r.Mixed <= 1):
		return fmt.Errorf("%w: mixed %g", ErrPileRule, r.Mixed)
	}
	return nil
}

// Pile is a position that the rule finds.
type Pile struct {
	// N cases lie there; the third fullest other position within the radius has
	// Third; there are Around others.
	Stack
	Third, Around int64
	// Classes are of how many the cases are; Drawn of how many so many cases drawn
	// from the whole city would be, on average.
	Classes int
	Drawn   float64
	// Middle is the number of the area's middle at which it lies, -1 for none.
	Middle int
}

// Piles are the piles of a view, of all its cases whatever is asked for: so that
// what is left out is the same under every filter and in every period. Immutable.
type Piles struct {
	Rule PileRule
	// List has them with the fullest first.
	List []Pile
	// Alone is how many positions have cases enough and too few positions around
	// them to compare with.
	Alone int

	at map[spatial.Coord][]uint32 // by block, their places in it
	// in has a bit for each block that has one, by its hash.
	in [64]uint64
}

// Piles finds the piles: 10 million cases take some 0.2 s. Errors wrap
// [ErrPileRule], or are the context's.
func (v *View) Piles(ctx context.Context, rule PileRule) (*Piles, error) {
	if err := rule.check(); err != nil {
		return nil, err
	}
	all, err := (&Filter{}).Compile(v.city.Areas)
	if err != nil {
		return nil, err
	}
	s := &pileSearch{
		view: v, all: all, rule: &rule, fullest: make(map[spatial.Coord]top3), middles: middlesByBlock(&rule), classes: make([]int64, 1<<16),
	}
	if err := v.together(ctx, all, anywhere, s.gather); err != nil {
		return nil, err
	}
	out := &Piles{Rule: rule, at: make(map[spatial.Coord][]uint32)}
	for i := range s.candidates {
		if i%ctxBlocks == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err := s.judge(ctx, &s.candidates[i], out); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(out.List, func(a, b Pile) int { return fuller(a.Stack, b.Stack) })
	for i := range out.List {
		out.enter(out.List[i].At)
	}
	return out, nil
}

// pileSearch is piles being looked for.
type pileSearch struct {
	view *View
	all  *Predicate
	rule *PileRule
	// Of each block the counts of the three fullest positions that are no middles.
	fullest    map[spatial.Coord]top3
	middles    map[spatial.Coord][]int32
	classes    []int64
	total      int64
	candidates []Pile
	tally      tally
}

// top3 are the three largest counts.
type top3 [3]uint32

func (t *top3) add(n uint32) {
	switch {
	case n > t[0]:
		t[0], t[1], t[2] = n, t[0], t[1]
	case n > t[1]:
		t[1], t[2] = n, t[1]
	case n > t[2]:
		t[2] = n
	}
}

// gather counts the positions of a block and keeps those that may be piles.
func (s *pileSearch) gather(corner spatial.Coord, parts []part) {
	s.tally.count(parts)
	s.total += int64(s.tally.rows)
	for i := range parts {
		for _, r := range parts[i].rows {
			s.classes[parts[i].class[r]]++
		}
	}
	middles := s.middles[corner]
	var most top3
	for _, slot := range s.tally.used {
		n := s.tally.counts[slot]
		at := placeIn(corner, s.tally.keys[slot])
		middle := s.middleAt(middles, at)
		if middle < 0 {
			most.add(n)
		}
		if int64(n) >= s.rule.Least || middle >= 0 && int64(n) >= s.rule.MiddleLeast {
			s.candidates = append(s.candidates, Pile{Stack: Stack{at, int64(n)}, Middle: middle})
		}
	}
	s.fullest[corner] = most
}

// middlesByBlock lists the middles near enough to a block, by block.
func middlesByBlock(rule *PileRule) map[spatial.Coord][]int32 {
	out := make(map[spatial.Coord][]int32)
	for i, at := range rule.Middles {
		box := spatial.BoxAround(at, rule.MiddleM)
		for y := box.Min.Y &^ blockMask; y <= box.Max.Y; y += blockMask + 1 {
			for x := box.Min.X &^ blockMask; x <= box.Max.X; x += blockMask + 1 {
				corner := spatial.Coord{X: x, Y: y}
				out[corner] = append(out[corner], int32(i))
			}
		}
	}
	return out
}

// middleAt returns the first middle near a position, -1 for none.
func (s *pileSearch) middleAt(middles []int32, at spatial.Coord) int {
	for _, i := range middles {
		m := s.rule.Middles[i]
		// Most are far in latitude alone; a degree has 110,574 m or more.
		if dy := float64(int64(at.Y) - int64(m.Y)); math.Abs(dy)*110574/1e7 <= s.rule.MiddleM && spatial.DistanceM(at, m) <= s.rule.MiddleM {
			return int(i)
		}
	}
	return -1
}

// most is how many cases the third fullest position may have beside a pile.
func (s *pileSearch) most(c *Pile) float64 {
	if c.Middle >= 0 {
		return float64(c.N) / s.rule.MiddleTimes
	}
	return float64(c.N) / s.rule.Times
}

// judge adds a candidate to the piles if it is one.
func (s *pileSearch) judge(ctx context.Context, c *Pile, out *Piles) error {
	if s.refuted(c) {
		return nil
	}
	if err := s.compare(ctx, c); err != nil {
		return err
	}
	switch {
	case float64(c.Third) > s.most(c) || float64(c.Classes) < s.rule.Mixed*c.Drawn:
	case c.Middle < 0 && c.Around < s.rule.Around:
		out.Alone++
	default:
		out.List = append(out.List, *c)
	}
	return nil
}

// refuted reports whether blocks that lie wholly within the radius have three
// positions that are too full beside the candidate.
func (s *pileSearch) refuted(c *Pile) bool {
	most, found := s.most(c), 0
	if c.Middle < 0 {
		found-- // itself
	}
	const block = blockMask + 1
	box := spatial.BoxAround(c.At, s.rule.RadiusM)
	for y := box.Min.Y &^ blockMask; y <= box.Max.Y; y += block {
		for x := box.Min.X &^ blockMask; x <= box.Max.X; x += block {
			t, ok := s.fullest[spatial.Coord{X: x, Y: y}]
			if !ok || float64(t[0]) <= most || !s.within(c.At, x, y) {
				continue
			}
			for _, n := range t {
				if float64(n) > most {
					found++
				}
			}
			if found >= 3 {
				return true
			}
		}
	}
	return false
}

// within reports whether all of the block at x, y lies within the radius.
func (s *pileSearch) within(at spatial.Coord, x, y int32) bool {
	for _, corner := range [...]spatial.Coord{{X: x, Y: y}, {X: x + blockMask, Y: y}, {X: x, Y: y + blockMask}, {X: x + blockMask, Y: y + blockMask}} {
		if spatial.DistanceM(at, corner) > s.rule.RadiusM {
			return false
		}
	}
	return true
}

// compare counts what lies around the candidate, and of what it is made.
func (s *pileSearch) compare(ctx context.Context, c *Pile) error {
	classes := make(map[uint16]bool)
	var most top3
	if err := s.view.together(ctx, s.all, spatial.BoxAround(c.At, s.rule.RadiusM), func(corner spatial.Coord, parts []part) {
		s.tally.count(parts)
		all := s.within(c.At, corner.X, corner.Y)
		middles := s.middles[corner]
		for _, slot := range s.tally.used {
			at := placeIn(corner, s.tally.keys[slot])
			switch {
			case at == c.At:
				for i := range parts {
					parts[i].classesAt(s.tally.keys[slot], classes)
				}
				continue
			case !all && spatial.DistanceM(at, c.At) > s.rule.RadiusM:
				continue
			}
			c.Around++
			if s.middleAt(middles, at) < 0 {
				most.add(s.tally.counts[slot])
			}
		}
	}); err != nil {
		return err
	}
	// With nothing around it a pile is compared with single cases.
	c.Third, c.Classes, c.Drawn = max(int64(most[2]), 1), len(classes), s.drawn(c.N)
	return nil
}

// classesAt adds the classes of the rows at a place.
func (p *part) classesAt(at uint32, classes map[uint16]bool) {
	for _, r := range p.rows {
		if p.at[r] == at {
			classes[p.class[r]] = true
		}
	}
}

// drawn is of how many classes n cases of the whole city are on average, each
// drawn by itself, to a hundredth.
func (s *pileSearch) drawn(n int64) float64 {
	sum := 0.0
	for _, k := range s.classes {
		if k > 0 {
			sum -= math.Expm1(float64(n) * math.Log1p(-float64(k)/float64(s.total)))
		}
	}
	return math.Round(sum*100) / 100
}

// enter notes a pile for Without.
func (s *Piles) enter(at spatial.Coord) {
	corner := spatial.Coord{X: at.X &^ blockMask, Y: at.Y &^ blockMask}
	s.at[corner] = append(s.at[corner], uint32(at.Y&blockMask)<<16|uint32(at.X&blockMask))
	bit := blockBit(corner)
	s.in[bit>>6] |= 1 << (bit & 63)
}

// blockBit hashes a block's corner to 12 bits.
func blockBit(corner spatial.Coord) uint32 {
	x, y := uint32(corner.X)>>blockBits, uint32(corner.Y)>>blockBits
	return (x*0x9e3779b1 + y*0x85ebca6b) >> 20
}

// Of returns the cases at a pile that the predicate takes, by the piles' order.
func (s *Piles) Of(ctx context.Context, v *View, p *Predicate) (counts []int64, err error) {
	counts = make([]int64, len(s.List))
	for i := range s.List {
		at := s.List[i].At
		if err := v.scanIn(ctx, p, spatial.Box{Min: at, Max: at}, func(c *columns, b *block, rows []uint32) {
			for _, r := range rows {
				if c.coord(b, r) == at {
					counts[i]++
				}
			}
		}); err != nil {
			return nil, err
		}
	}
	return counts, nil
}

// Without is the predicate less the cases at piles. In [View.Facets] piles are
// left out beside every choice.
func (p *Predicate) Without(s *Piles) *Predicate {
	out := *p
	out.piles = nil
	if len(s.List) > 0 {
		out.piles, out.active = s, p.active|failPile
	}
	return &out
}

// drop takes the rows at piles out of those of a block.
func (s *Piles) drop(c *columns, b *block, rows []uint32) []uint32 {
	at := s.here(b)
	if len(at) == 0 {
		return rows
	}
	n := 0
	for _, r := range rows {
		rows[n] = r
		if !slices.Contains(at, c.at[r]) {
			n++
		}
	}
	return rows[:n]
}

// here are the piles of a block; nil is none.
func (s *Piles) here(b *block) []uint32 {
	if bit := blockBit(b.corner); s.in[bit>>6]>>(bit&63)&1 == 0 {
		return nil
	}
	return s.at[b.corner]
}
