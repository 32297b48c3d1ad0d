package cases

import (
	"bytes"
	"cmp"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/spatial"
)

// plainView is a view as anybody would write it down: the cases by their ids.
type plainView map[ID]*Live

func (p plainView) put(before, after *Live) {
	if before != nil {
		delete(p, before.ID)
	}
	if after != nil {
		p[after.ID] = after
	}
}

func (p plainView) list() []*Live {
	out := make([]*Live, 0, len(p))
	for _, c := range p {
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b *Live) int {
		return cmp.Or(b.ReportedAt.Compare(a.ReportedAt), cmp.Compare(b.FID, a.FID))
	})
	return out
}

// same holds a view against the plain one, and its shelves against what they promise.
func (p plainView) same(t *testing.T, v *View, rnd *rand.Rand) {
	t.Helper()
	var got []*Live
	v.Newest(func(c *Live) bool { got = append(got, c); return true })
	want := p.list()
	if !slices.Equal(got, want) || v.Len() != len(want) {
		t.Fatalf("%d cases by time, length %d, not the %d", len(got), v.Len(), len(want))
	}
	all := spatial.EmptyBox()
	for _, c := range want {
		all = all.Extend(c.At)
		if v.Case(c.ID) != c {
			t.Fatalf("case %s is %+v", c.ID, v.Case(c.ID))
		}
		missing := c.ID
		missing[15] ^= 1 + byte(rnd.IntN(255))
		if p[missing] == nil && v.Case(missing) != nil {
			t.Fatalf("a case that is not there: %+v", v.Case(missing))
		}
	}
	if v.Box() != all {
		t.Fatalf("box %v, not %v", v.Box(), all)
	}
	for range 4 {
		a, b := somewhere(rnd), somewhere(rnd)
		w := spatial.EmptyBox().Extend(a).Extend(b)
		var in []*Live
		v.Window(w, func(c *Live) bool { in = append(in, c); return true })
		slices.SortFunc(in, func(a, b *Live) int { return bytes.Compare(a.ID[:], b.ID[:]) })
		out := slices.DeleteFunc(slices.Clone(want), func(c *Live) bool { return !w.Holds(c.At) })
		slices.SortFunc(out, func(a, b *Live) int { return bytes.Compare(a.ID[:], b.ID[:]) })
		if !slices.Equal(in, out) {
			t.Fatalf("window %v has %d cases, not %d", w, len(in), len(out))
		}
	}
	var turning []*Live
	v.byTurn.each(func(c *Live) bool { turning = append(turning, c); return true })
	out := slices.DeleteFunc(want, func(c *Live) bool { return c.turnsAt().IsZero() })
	slices.SortFunc(out, func(a, b *Live) int {
		return cmp.Or(a.turnsAt().Compare(b.turnsAt()), cmp.Compare(a.FID, b.FID))
	})
	if !slices.Equal(turning, out) || (len(out) > 0) != (v.byTurn.least() != nil) {
		t.Fatalf("%d cases turn, not %d", len(turning), len(out))
	}
	for _, s := range [...]*shelf{&v.byID, &v.byTime, &v.byPlace, &v.byTurn} {
		s.sound(t)
	}
}

// sound looks at the boxes of a shelf.
func (s *shelf) sound(t *testing.T) {
	t.Helper()
	n := 0
	for i, b := range s.boxes {
		n += len(b.cases)
		if len(b.cases) == 0 || (s.wide && s.extents[i] != extentOf(b.cases)) {
			t.Fatalf("box %d of %d: %d cases", i, len(s.boxes), len(b.cases))
		}
	}
	if n != s.n || (s.wide && len(s.extents) != len(s.boxes)) {
		t.Fatalf("%d cases in boxes, length %d", n, s.n)
	}
	// Of any two neighbours one may be small, if the other is large.
	if most := 9 + 8*n/leastRoom; len(s.boxes) > most {
		t.Fatalf("%d boxes for %d cases", len(s.boxes), n)
	}
}

var viewDay = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)

// somewhere is one of a few hundred places on both sides of the lattice's zeros.
func somewhere(rnd *rand.Rand) spatial.Coord {
	return spatial.Coord{X: rnd.Int32N(40) - 20, Y: (rnd.Int32N(40) - 20) * 1000}
}

// liveCase makes a case; many are reported in the same second, and every tenth at one place.
func liveCase(rnd *rand.Rand, fid int64) *Live {
	c := &Live{Summary: Summary{FID: fid, Version: 1, State: Opened, ReportedAt: viewDay.Add(time.Duration(rnd.IntN(500)-250) * time.Second)}, Lit: Grey}
	for i := range c.ID {
		c.ID[i] = byte(rnd.Uint32())
	}
	if c.At = somewhere(rnd); fid%10 == 0 {
		c.At = spatial.Coord{X: 5, Y: 5}
	}
	return changed(rnd, c)
}

// changed is the case after an event that nobody made: its lamp and when it turns
// are others.
func changed(rnd *rand.Rand, c *Live) *Live {
	next := *c
	next.Version++
	next.YellowAt, next.DueAt, next.ClosedAt, next.State = time.Time{}, time.Time{}, time.Time{}, Opened
	at := viewDay.Add(time.Duration(rnd.IntN(1000)) * time.Second)
	switch rnd.IntN(4) {
	case 0:
		next.State, next.ClosedAt, next.Lit = Closed, at, Grey
	case 1:
		next.DueAt, next.Lit = at, Green
	case 2:
		next.YellowAt, next.DueAt, next.Lit = at, at.Add(100*time.Second), []Lamp{Green, Yellow, Red}[rnd.IntN(3)]
	}
	return &next
}

// TestAViewMadeAtOnceIsThatMadeOneByOne: and both go on alike, while views that were
// taken stay what they were.
func TestAViewMadeAtOnceIsThatMadeOneByOne(t *testing.T) {
	for seed, n := range []int{0, 1, 2, 127, 128, 129, 1000, 5000} {
		rnd := rand.New(rand.NewPCG(uint64(seed), 3))
		plain, fid := plainView{}, int64(0)
		single := viewOf(nil).draft()
		fresh := func() *Live {
			fid++
			c := liveCase(rnd, fid)
			plain.put(nil, c)
			return c
		}
		for range n {
			single.put(nil, fresh())
		}
		bulk := viewOf(plain.list())
		plain.same(t, bulk, rnd)
		plain.same(t, single, rnd)
		for round := range 6 {
			before, was := bulk, maps.Clone(plain)
			bulk, single = published(bulk), published(single)
			// In some rounds many come, in others most go.
			coming, going := []int{3, 0, 900, 0, 40, 0}[round], []int{2, n - n/50, 10, n, 1, n}[round]
			list := plain.list()
			rnd.Shuffle(len(list), func(i, k int) { list[i], list[k] = list[k], list[i] })
			for i, c := range list {
				after := changed(rnd, c)
				switch {
				case i < going:
					after = nil
				case rnd.IntN(3) > 0:
					continue
				}
				plain.put(c, after)
				bulk.put(c, after)
				single.put(c, after)
			}
			more := make([]*Live, 0, coming)
			for range coming {
				more = append(more, fresh())
			}
			bulk = bulk.with(slices.Clone(more))
			for _, c := range more {
				single.put(nil, c)
			}
			plain.same(t, bulk, rnd)
			plain.same(t, single, rnd)
			was.same(t, before, rnd)
		}
	}
}

// published is a draft of the view, which was published.
func published(v *View) *View {
	v.Serial++
	return v.draft()
}

// TestAShelfIsSoundAfterEveryChange looks at the boxes each time, while they grow
// and while they empty.
func TestAShelfIsSoundAfterEveryChange(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 7))
	v, on := viewOf(nil), []*Live{}
	for step := range 3000 {
		if step%3 == 0 {
			v = published(v)
		}
		if grows := step/700%2 == 0; len(on) == 0 || rnd.IntN(10) < 8 == grows {
			on = append(on, liveCase(rnd, int64(step)))
			v.put(nil, on[len(on)-1])
		} else {
			k := rnd.IntN(len(on))
			v.put(on[k], nil)
			on = slices.Delete(on, k, k+1)
		}
		for _, s := range [...]*shelf{&v.byID, &v.byTime, &v.byPlace, &v.byTurn} {
			s.sound(t)
		}
	}
}
