package cases

import (
	"encoding/binary"
	"time"

	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/spatial"
)

// Live is a case on the board. It is never changed: a case that went on is
// another Live.
type Live struct {
	Summary
	// Lit is the lamp as of the board's time.
	Lit Lamp
}

// outer is what somebody who looks at a map or a list sees of a case and what may
// change of it.
type outer struct {
	number, unit string
	state        State
	lit          Lamp
	yellow, due  int64
}

func (c *Live) outer() outer {
	return outer{c.Number, c.Unit, c.State, c.Lit, unixSeconds(c.YellowAt), unixSeconds(c.DueAt)}
}

// unixSeconds are those of a time, 0 for none.
func unixSeconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// turnsAt is when the case's lamp turns next or it leaves the board; the zero time
// where only an event can change it.
func (c *Live) turnsAt() time.Time {
	switch {
	case c.State.Over():
		return c.ClosedAt.Add(keptOver)
	case c.Lit == Green && !c.YellowAt.IsZero():
		return c.YellowAt.Add(time.Second)
	case c.Lit == Green, c.Lit == Yellow:
		return c.DueAt.Add(time.Second)
	}
	return time.Time{}
}

// View is the board as it stood at one moment: immutable, for any number of
// readers.
type View struct {
	// Cursor is how much of the feed is in it.
	Cursor cityfile.Cursor
	// Serial counts the views that were published, from 1.
	Serial uint64

	// byTurn has only the cases that the clock changes.
	byID, byTime, byPlace, byTurn shelf
}

// The orders of the shelves.

func placeByID(c *Live) place { return placeOf(c.ID) }

func placeOf(id ID) place {
	return place{binary.BigEndian.Uint64(id[:8]), binary.BigEndian.Uint64(id[8:])}
}

func placeByTime(c *Live) place { // the newest first
	return place{^rising(c.ReportedAt.Unix()), ^rising(c.FID)}
}

func placeByPlace(c *Live) place { return place{spatial.MortonKey(c.At), rising(c.FID)} }

func placeByTurn(c *Live) place { return place{rising(c.turnsAt().Unix()), rising(c.FID)} }

// rising has the order of signed numbers.
func rising(n int64) uint64 { return uint64(n) ^ 1<<63 }

// viewOf is a view of cases, each of which is there once. What it costs grows with
// their number as sorting does.
func viewOf(list []*Live) *View {
	var turn []*Live
	for _, c := range list {
		if turning(c) != nil {
			turn = append(turn, c)
		}
	}
	return &View{
		byID: shelved(list, placeByID, false), byTime: shelved(list, placeByTime, false),
		byPlace: shelved(list, placeByPlace, true), byTurn: shelved(turn, placeByTurn, false),
	}
}

// Len is the number of cases.
func (v *View) Len() int { return v.byID.n }

// Case returns a case, nil where the board does not have it.
func (v *View) Case(id ID) *Live { return v.byID.find(placeOf(id)) }

// Newest calls visit for every case, the newest report first, until it returns
// false.
func (v *View) Newest(visit func(c *Live) bool) { v.byTime.each(visit) }

// Window calls visit for the cases in a window, in no stated order, until it
// returns false.
func (v *View) Window(w spatial.Box, visit func(c *Live) bool) { v.byPlace.window(w, visit) }

// Box is what the cases span; empty where there are none.
func (v *View) Box() spatial.Box {
	all := spatial.EmptyBox()
	for _, e := range v.byPlace.extents {
		all = all.Union(e)
	}
	return all
}

// draft is a copy that may be changed and then published.
func (v *View) draft() *View {
	next := *v
	for _, s := range [...]*shelf{&next.byID, &next.byTime, &next.byPlace, &next.byTurn} {
		s.draft = v.Serial + 1
	}
	return &next
}

// put brings a case into a view that nobody reads yet, or takes it out: before or
// after is nil where it is not on the board.
func (v *View) put(before, after *Live) {
	for _, s := range [...]*shelf{&v.byID, &v.byTime, &v.byPlace, &v.byTurn} {
		was, is := before, after
		if s == &v.byTurn {
			was, is = turning(was), turning(is)
		}
		switch {
		case was == nil && is == nil:
		case was == nil:
			s.put(s.order(is), is)
		case is == nil:
			s.take(s.order(was))
		case s.order(was) == s.order(is):
			s.replace(s.order(is), is)
		default:
			s.take(s.order(was))
			s.put(s.order(is), is)
		}
	}
}

// turning is a case that the clock changes, nil for others.
func turning(c *Live) *Live {
	if c == nil || c.turnsAt().IsZero() {
		return nil
	}
	return c
}

// with is the view with many cases more, which it does not have.
func (v *View) with(list []*Live) *View {
	if len(list) > v.Len() {
		v.Newest(func(c *Live) bool { list = append(list, c); return true })
		return viewOf(list)
	}
	next := v.draft()
	for _, c := range list {
		next.put(nil, c)
	}
	return next
}
