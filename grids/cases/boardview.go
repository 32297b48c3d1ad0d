package cases

import (
	"bytes"
	"cmp"
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

func (c *Live) box() spatial.Box { return spatial.Box{Min: c.At, Max: c.At} }

// View is the board as it stood at one moment: immutable, for any number of
// readers.
type View struct {
	// Cursor is how much of the feed is in it.
	Cursor cityfile.Cursor
	// Serial counts the views that were published, from 1.
	Serial uint64

	byID, byTime shelf
	places       spatial.Tree[*Live]
}

func emptyView() *View {
	return &View{
		byID: shelf{less: func(a, b *Live) bool { return bytes.Compare(a.ID[:], b.ID[:]) < 0 }},
		byTime: shelf{less: func(a, b *Live) bool {
			return cmp.Or(b.ReportedAt.Compare(a.ReportedAt), cmp.Compare(b.FID, a.FID)) < 0
		}},
	}
}

// Len is the number of cases.
func (v *View) Len() int { return v.byID.n }

// Case returns a case, nil where the board does not have it.
func (v *View) Case(id ID) *Live {
	c := v.byID.find(&Live{Summary: Summary{ID: id}})
	if c == nil || c.ID != id {
		return nil
	}
	return c
}

// Newest calls visit for every case, the newest report first, until it returns
// false.
func (v *View) Newest(visit func(c *Live) bool) { v.byTime.each(visit) }

// Window calls visit for the cases in a window, in no stated order, until it
// returns false.
func (v *View) Window(w spatial.Box, visit func(c *Live) bool) { v.places.Search(w, visit) }

// Box is what the cases span; empty where there are none.
func (v *View) Box() spatial.Box { return v.places.Box() }

// put brings a case into a view that nobody reads yet, or takes it out: before or
// after is nil where it is not on the board.
func (v *View) put(before, after *Live) {
	if before != nil {
		v.byID, v.byTime = v.byID.without(before), v.byTime.without(before)
		v.places.Delete(before.box(), before)
	}
	if after != nil {
		v.byID, v.byTime = v.byID.with(after), v.byTime.with(after)
		v.places.Insert(after.box(), after)
	}
}
