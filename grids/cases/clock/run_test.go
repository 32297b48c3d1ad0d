package clock

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
)

func TestAStoredRunComesBackAndCopiesShareNothing(t *testing.T) {
	c := china(t)
	at := func(d, h int) time.Time { return time.Date(2026, 3, d, h, 0, 0, 0, c.Zone()) }
	r := Run{Start: at(2, 8), Limit: Limit{2, WorkDay}}
	if err := errors.Join(r.Hold(at(2, 10), at(4, 0)), r.Hold(at(5, 10), time.Time{}), r.Extend()); err != nil {
		t.Fatal(err)
	}
	r.Urge(at(5, 9))
	text, err := json.Marshal(r)
	if err != nil || !strings.Contains(string(text), `"limit":"2 work_day"`) {
		t.Fatalf("%s, %v", text, err)
	}
	var back Run
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	a, err1 := c.Standing(r, at(9, 9))
	b, err2 := c.Standing(back, at(9, 9))
	if err1 != nil || err2 != nil || a != b || !a.Held || a.Urged != 1 || a.Used != 12*time.Hour {
		t.Errorf("%+v, %v; from %s: %+v, %v", a, err1, text, b, err2)
	}
	// What happens to a copy must not show in the original.
	one, other := r, r
	if err := errors.Join(one.Resume(at(9, 9)), other.Resume(at(6, 9))); err != nil {
		t.Fatal(err)
	}
	one.Urge(at(9, 10))
	other.Urge(at(9, 11))
	if !r.Pauses[1].Until.IsZero() || one.Pauses[1].Until != at(9, 9) || other.Pauses[1].Until != at(6, 9) || one.Urged[1] != at(9, 10) {
		t.Errorf("%v, %v, %v", r, one, other)
	}
}

func TestWhatCannotHaveHappenedIsRefusedAndChangesNothing(t *testing.T) {
	at := func(h int) time.Time { return time.Date(2026, 3, 2, h, 0, 0, 0, time.UTC) }
	for name, c := range map[string]struct {
		do   func(r *Run) error
		want error
	}{
		"a hold in a hold":               {func(r *Run) error { return r.Hold(at(11), at(13)) }, ErrHeld},
		"a hold before the last one":     {func(r *Run) error { return r.Hold(at(9), at(13)) }, ErrOrder},
		"a hold before the start":        {func(r *Run) error { return r.Hold(at(7), at(13)) }, ErrOrder},
		"a hold that ends before it is":  {func(r *Run) error { return r.Hold(at(14), at(13)) }, ErrOrder},
		"a resume before the last hold":  {func(r *Run) error { return r.Resume(at(9)) }, ErrOrder},
		"a resume of what was not held":  {func(r *Run) error { r.Pauses = nil; return r.Resume(at(9)) }, ErrNotHeld},
		"a third extension":              {func(r *Run) error { return errors.Join(r.Extend(), r.Extend(), r.Extend()) }, ErrExtensions},
		"more holds than anybody counts": {func(r *Run) error { r.Pauses = make([]Pause, maxPauses); return r.Hold(at(14), at(15)) }, ErrPauses},
	} {
		r := Run{Start: at(8), Limit: Limit{1, WorkDay}, Pauses: []Pause{{at(10), at(12)}}}
		if err := c.do(&r); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if r.Extensions == 0 && len(r.Pauses) == 1 && !reflect.DeepEqual(r.Pauses, []Pause{{at(10), at(12)}}) {
			t.Errorf("%s: the hold is now %v", name, r.Pauses)
		}
	}
}

func TestAStoredRunIsNotTrusted(t *testing.T) {
	c := china(t)
	at := func(h int) time.Time { return time.Date(2026, 3, 2, h, 0, 0, 0, c.Zone()) }
	l := Limit{5, WorkDay}
	for name, r := range map[string]struct {
		Run
		want error
	}{
		"holds out of order":       {Run{Start: at(8), Limit: l, Pauses: []Pause{{at(12), at(13)}, {at(10), at(11)}}}, ErrOrder},
		"a hold before the start":  {Run{Start: at(8), Limit: l, Pauses: []Pause{{at(7), at(13)}}}, ErrOrder},
		"a hold ending before":     {Run{Start: at(8), Limit: l, Pauses: []Pause{{at(12), at(11)}}}, ErrOrder},
		"a hold after an open one": {Run{Start: at(8), Limit: l, Pauses: []Pause{{at(12), time.Time{}}, {at(13), at(14)}}}, ErrHeld},
		"a hold in no year":        {Run{Start: at(8), Limit: l, Pauses: []Pause{{at(12), time.Date(2345, 1, 1, 0, 0, 0, 0, time.UTC)}}}, ErrRange},
		"no start":                 {Run{Limit: l}, ErrRange},
		"too many extensions":      {Run{Start: at(8), Limit: l, Extensions: 3}, ErrExtensions},
		"too few extensions":       {Run{Start: at(8), Limit: l, Extensions: -1}, ErrExtensions},
		"too many holds":           {Run{Start: at(8), Limit: l, Pauses: make([]Pause, maxPauses+1)}, ErrPauses},
		"a deadline in no year":    {Run{Start: time.Date(2069, 12, 1, 0, 0, 0, 0, c.Zone()), Limit: Limit{40, WorkDay}}, ErrRange},
	} {
		if due, err := c.Due(r.Run); !errors.Is(err, r.want) || due != (Due{}) {
			t.Errorf("%s: %v, %v", name, due, err)
		}
		if s, err := c.Standing(r.Run, at(9)); !errors.Is(err, r.want) {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
	if _, err := c.Standing(Run{Start: at(8), Limit: l}, time.Time{}); !errors.Is(err, ErrRange) {
		t.Errorf("standing at no time: %v", err)
	}
}

func TestAChangeOfTheTableTouchesOnlyWhatStartsLater(t *testing.T) {
	row := grids.Condition{Scheme: "own", Kind: grids.ComponentKind, Minor: "0123", Code: "01", Stage: "handle", Limit: 2, Unit: "work_day"}
	c := china(t)
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, c.Zone())
	dueBy := func(r Run) string {
		due, err := c.Due(r)
		if err != nil {
			t.Fatal(err)
		}
		return due.At.Format("01-02 15:04")
	}
	start := func(rows ...grids.Condition) Run {
		table, err := NewTable("own", rows)
		if err != nil {
			t.Fatal(err)
		}
		r, err := table.Start(grids.ComponentKind, "0123", "01", "handle", at)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	before := start(row)
	row.Limit, row.Unit = 1, "work_hour"
	after := start(row)
	if err := errors.Join(before.Extend(), after.Extend()); err != nil {
		t.Fatal(err)
	}
	if a, b := dueBy(before), dueBy(after); a != "03-05 18:00" || b != "03-02 10:00" {
		t.Errorf("before the change %s, after it %s", a, b)
	}
}

func TestATableSaysWhatItDoesNotHave(t *testing.T) {
	row := grids.Condition{Scheme: "own", Kind: grids.ComponentKind, Minor: "0123", Code: "01", Stage: "handle", Limit: 2, Unit: "work_day"}
	other, second, check := row, row, row
	other.Scheme, second.Code, check.Stage = "other", "02", "check"
	table, err := NewTable("own", []grids.Condition{second, row, other, check})
	if err != nil {
		t.Fatal(err)
	}
	if of := table.Of(grids.ComponentKind, "0123"); !reflect.DeepEqual(of, []grids.Condition{check, row, second}) {
		t.Errorf("%v", of)
	}
	for _, c := range []struct {
		kind                       grids.Kind
		category, condition, stage string
		want                       error
	}{
		{grids.ComponentKind, "0123", "01", "handle", nil},
		{grids.ComponentKind, "0123", "03", "handle", ErrCondition},
		{grids.ComponentKind, "0123", "", "handle", ErrCondition},
		{grids.ComponentKind, "0123", "02", "check", ErrCondition},
		{grids.EventKind, "0123", "01", "handle", ErrCategory},
		{grids.ComponentKind, "0124", "01", "handle", ErrCategory},
	} {
		if _, err := table.Start(c.kind, c.category, c.condition, c.stage, time.Now()); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	bad := row
	bad.Unit = "week"
	if _, err := NewTable("own", []grids.Condition{row, bad, row}); err == nil || strings.Count(err.Error(), "given twice") != 2 {
		t.Errorf("given twice: %v", err)
	}
	bad.Code, second.Limit = "03", -1
	if _, err := NewTable("own", []grids.Condition{bad, row, second}); err == nil || !strings.Contains(err.Error(), `"03"`) || !strings.Contains(err.Error(), `"02"`) {
		t.Errorf("all faults are to be named: %v", err)
	}
}
