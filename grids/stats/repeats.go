package stats

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// Event is a case as the statistics of repetition read it.
type Event struct {
	X, Y  float64 // metres in the local plane
	Class int32
	// Component is what it is about, -1 where none is known.
	Component int32
	// Unit closed it, or has it; -1 for none.
	Unit int32
	// Reported and Closed are Unix seconds; Closed is 0 while it is open.
	Reported, Closed int64
}

// RepeatRule says what counts as the same problem come back (反复).
type RepeatRule struct {
	// RadiusM is how near, where the components are not both known.
	RadiusM float64
	// WithinS is how long after the closing, in seconds.
	WithinS int64
}

// Chain is a problem that came back: its cases in the order of their reports.
type Chain struct {
	Cases []int32 `json:"cases"` // indices
	// MedianDays from a closing to the next report.
	MedianDays float64 `json:"median_days"`
}

// Repeats are the chains of a list of cases.
type Repeats struct {
	// Chains, longest first.
	Chains []Chain `json:"chains"`
	// After[i] is the case that i came back as, -1 if it did not.
	After []int32 `json:"-"`
	// Closed counts the closed cases, Returned those that came back: their quotient
	// is the rate of "closed but not solved". Avoidable is Σ (length − 1).
	Closed    int `json:"closed"`
	Returned  int `json:"returned"`
	Avoidable int `json:"avoidable"`
	// Units has the same by unit.
	Units []UnitRepeats `json:"units"`
}

// UnitRepeats is a unit's part of [Repeats].
type UnitRepeats struct {
	Unit     int32    `json:"unit"`
	Closed   int      `json:"closed"`
	Returned int      `json:"returned"`
	Share    float64  `json:"share"`
	Interval Interval `json:"interval"` // Wilson, 95 %
}

var repeatsMethod = Method{
	ID: "recurrence-chains",
	Chinese: "反复：同小类、同一部件（部件未知时距离不超过 D），上一件结案之后、T 之内再次上报；逐件相连成链。" +
		"“结而未解”率 = 结案后又反复的件数/结案件数（观察期不足 T 的结案不计），区间为 Wilson 95%。",
	English: "Recurrence: the same minor category at the same component (within D metres where that is not known), reported after the " +
		"earlier case was closed and within T of that; each case follows the one closed last, which makes chains. " +
		"\"Closed but not solved\" = closed cases that came back / closed cases that were watched for all of T, with Wilson's interval at 95 %.",
}

// RepeatsMethod returns the method of [FindRepeats] in words.
func RepeatsMethod() Method { return repeatsMethod }

// FindRepeats links each case to the one that it repeats: of those of its class
// that fit, the one closed last. until ends what is known: a closing less than
// WithinS before counts for no rate, as what follows it has not happened yet.
//
// Cost: n log n, some 2 µs a case.
func FindRepeats(events []Event, rule RepeatRule, until int64) *Repeats {
	out, _ := FindRepeatsContext(context.Background(), events, rule, until) // which does not end
	return out
}

// FindRepeatsContext is FindRepeats that stops with the context's error when that
// ends.
func FindRepeatsContext(ctx context.Context, events []Event, rule RepeatRule, until int64) (*Repeats, error) {
	before := link(ctx, events, rule)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	out := &Repeats{After: make([]int32, len(events)), Chains: []Chain{}, Units: []UnitRepeats{}}
	for i := range out.After {
		out.After[i] = -1
	}
	// Two reports may repeat one case; the chain goes on with the first of them,
	// the second follows that or stands alone.
	order := byReport(ctx, events)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, i := range order {
		if b := before[i]; b >= 0 && out.After[b] < 0 {
			out.After[b] = i
		} else {
			before[i] = -1
		}
	}
	for _, i := range order {
		if before[i] >= 0 || out.After[i] < 0 {
			continue
		}
		chain := Chain{Cases: []int32{i}}
		var days []float64
		for j := out.After[i]; j >= 0; i, j = j, out.After[j] {
			chain.Cases = append(chain.Cases, j)
			days = append(days, float64(events[j].Reported-events[i].Closed)/86400)
		}
		chain.MedianDays = Median(days)
		out.Avoidable += len(days)
		out.Chains = append(out.Chains, chain)
	}
	slices.SortStableFunc(out.Chains, func(a, b Chain) int { return cmp.Compare(len(b.Cases), len(a.Cases)) })
	out.rates(events, rule, until)
	return out, ctx.Err()
}

func (r *Repeats) rates(events []Event, rule RepeatRule, until int64) {
	units := map[int32]*UnitRepeats{}
	for i := range events {
		e := &events[i]
		if e.Closed == 0 || e.Closed > until-rule.WithinS {
			continue
		}
		u := units[e.Unit]
		if u == nil {
			u = &UnitRepeats{Unit: e.Unit}
			units[e.Unit] = u
		}
		r.Closed++
		u.Closed++
		if r.After[i] >= 0 {
			r.Returned++
			u.Returned++
		}
	}
	for _, u := range units {
		u.Share = float64(u.Returned) / float64(u.Closed)
		u.Interval = WilsonInterval(u.Returned, u.Closed, 0.95)
		r.Units = append(r.Units, *u)
	}
	slices.SortFunc(r.Units, func(a, b UnitRepeats) int { return cmp.Compare(a.Unit, b.Unit) })
}

// byReport and byClosing order cases by a time, equal ones by their place in the
// list.
func byReport(ctx context.Context, events []Event) []int32 {
	return ordered(ctx, len(events), func(i int32) int64 { return events[i].Reported })
}

func byClosing(ctx context.Context, events []Event) []int32 {
	order := ordered(ctx, len(events), func(i int32) int64 { return events[i].Closed })
	return slices.DeleteFunc(order, func(i int32) bool { return events[i].Closed == 0 })
}

// ordered sorts runs and merges them, so that it can stop with its context in
// between: to sort three million at once takes a second. What it returns then is in
// no order.
func ordered(ctx context.Context, n int, at func(i int32) int64) []int32 {
	compare := func(a, b int32) int { return cmp.Or(cmp.Compare(at(a), at(b)), cmp.Compare(a, b)) }
	order, room := make([]int32, n), make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	const run = 1 << 16
	for from := 0; from < n && ctx.Err() == nil; from += run {
		slices.SortFunc(order[from:min(from+run, n)], compare)
	}
	for width := run; width < n; width *= 2 {
		for from := 0; from < n; from += 2 * width {
			middle, to := min(from+width, n), min(from+2*width, n)
			i, j := from, middle
			for k := from; k < to; k++ {
				if k%run == 0 && ctx.Err() != nil {
					return order
				}
				if j >= to || i < middle && compare(order[i], order[j]) < 0 {
					room[k] = order[i]
					i++
				} else {
					room[k] = order[j]
					j++
				}
			}
		}
		order, room = room, order
	}
	return order
}

// shelf has the cases of a class closed lately at a place, by closing.
type shelf struct{ component, place map[uint64][]int32 }

// Places are squares of the radius's size: what is near is in the square or one
// beside it. 22 bits a side are enough for a city of 4,000 km in squares of the
// least size.
const (
	leastSquareM = 1
	squareBits   = 22
)

func componentKey(e *Event) uint64 { return uint64(uint32(e.Class))<<32 | uint64(uint32(e.Component)) }

func squareOf(e *Event, side float64) (x, y int64) {
	return int64(math.Floor(e.X / side)), int64(math.Floor(e.Y / side))
}

func squareKey(class int32, x, y int64) uint64 {
	const mask = 1<<squareBits - 1
	return uint64(uint32(class))<<(2*squareBits) | uint64(x)&mask<<squareBits | uint64(y)&mask
}

// link returns for each case the one that it may repeat, -1 for none.
const lookEvery = 4096

func link(ctx context.Context, events []Event, rule RepeatRule) []int32 {
	side := max(rule.RadiusM, leastSquareM)
	s := shelf{map[uint64][]int32{}, map[uint64][]int32{}}
	before, closing := make([]int32, len(events)), byClosing(ctx, events)
	for k, i := range byReport(ctx, events) {
		if k%lookEvery == 0 && ctx.Err() != nil {
			return before // the caller says so
		}
		e := &events[i]
		for len(closing) > 0 && events[closing[0]].Closed <= e.Reported {
			c := &events[closing[0]]
			x, y := squareOf(c, side)
			key := squareKey(c.Class, x, y)
			s.place[key] = append(s.place[key], closing[0])
			if c.Component >= 0 {
				key = componentKey(c)
				s.component[key] = append(s.component[key], closing[0])
			}
			closing = closing[1:]
		}
		best := int32(-1)
		if e.Component >= 0 {
			best = later(events, best, latest(events, s.component[componentKey(e)], i, rule))
		}
		x, y := squareOf(e, side)
		for dx := int64(-1); dx <= 1; dx++ {
			for dy := int64(-1); dy <= 1; dy++ {
				best = later(events, best, latest(events, s.place[squareKey(e.Class, x+dx, y+dy)], i, rule))
			}
		}
		before[i] = best
	}
	return before
}

// latest returns the case of the list that i may repeat, the one closed last, -1
// for none.
func latest(events []Event, list []int32, i int32, rule RepeatRule) int32 {
	e := &events[i]
	for _, j := range slices.Backward(list) {
		if e.Reported-events[j].Closed > rule.WithinS {
			break
		}
		if j != i && events[j].Class == e.Class && same(e, &events[j], rule.RadiusM) {
			return j
		}
	}
	return -1
}

// later returns the one of two that was closed last; -1 is none.
func later(events []Event, a, b int32) int32 {
	if a < 0 || (b >= 0 && events[b].Closed > events[a].Closed) {
		return b
	}
	return a
}

// same reports whether two cases of a class are about the same thing or place.
func same(a, b *Event, radiusM float64) bool {
	if a.Component >= 0 && b.Component >= 0 {
		return a.Component == b.Component
	}
	return math.Hypot(a.X-b.X, a.Y-b.Y) <= radiusM
}

// Median returns the middle of the values, of an even number the mean of the two,
// of none NaN. The slice is sorted by it.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}
