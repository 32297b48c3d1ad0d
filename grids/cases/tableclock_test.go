package cases

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases/clock"
)

// workClock is a city's clock with one class of each unit, "1" to "5".
func workClock(t *testing.T) *TableClock {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	calendar, err := clock.ForCity(&grids.Profile{TimeZone: zone}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var all []grids.Condition
	for i, u := range clock.Units() {
		all = append(all, grids.Condition{
			Scheme: "s", Kind: grids.EventKind, Minor: "0101", Code: string(rune('1' + i)), Stage: HandleStage, Limit: 3, Unit: string(u),
		})
	}
	table, err := clock.NewTable("s", all)
	if err != nil {
		t.Fatal(err)
	}
	return &TableClock{calendar, table}
}

// What the log keeps of holds and extensions gives, event by event, what
// clock.Run gives that was told the same by itself.
func TestTheLogCountsAsTheRunDoes(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 3))
	k := workClock(t)
	m := &Machine{Clock: k}
	boss := func(r Role) Actor { return Actor{ID: "a", Role: r} }
	counted := 0
	for range 400 {
		at := noon.Add(time.Duration(random.IntN(300*86400)) * time.Second)
		condition := string(rune('1' + random.IntN(5)))
		c := &Case{Level: CityLevel, Summary: Summary{State: Opened, Kind: grids.EventKind, Category: "0101", Condition: condition, Version: 3}}
		var run clock.Run
		for step := range 8 {
			e := &Event{At: at, Actor: boss(Dispatcher)}
			switch choice := random.IntN(3); {
			case step == 0:
				e.Kind, e.Unit, e.Level = Dispatch, "U1", UnitLevel
				l, err := k.Table.Limit(grids.EventKind, "0101", condition, HandleStage)
				if err != nil {
					t.Fatal(err)
				}
				run = clock.Run{Start: at, Limit: l}
			case c.State == Held:
				e.Kind = Resume
				if err := run.Resume(at); err != nil {
					t.Fatal(err)
				}
			case choice == 0 && c.Extensions < 2:
				e.Kind = Extend
				if err := run.Extend(); err != nil {
					t.Fatal(err)
				}
			case choice == 1:
				if e.Kind = Hold; random.IntN(2) == 0 {
					e.Until = at.Add(time.Duration(1+random.IntN(5*86400)) * time.Second)
				}
				if err := run.Hold(at, e.Until); err != nil {
					t.Fatal(err)
				}
			default:
				e.Kind = Urge
			}
			next, err := m.Next(c, e)
			if err != nil {
				t.Fatalf("%s: %v", e.Kind, err)
			}
			if c = next; c.State != Held {
				due, err := k.Calendar.Due(run)
				if err != nil {
					t.Fatal(err)
				}
				yellow, err := k.Calendar.Yellow(run)
				if err != nil || !c.DueAt.Equal(due.At) || !c.YellowAt.Equal(yellow.At) {
					t.Fatalf("after %s of %+v: due %v, yellow %v; the run has %v, %v, %v", e.Kind, run, c.DueAt, c.YellowAt, due.At, yellow.At, err)
				}
				counted++
			}
			at = at.Add(time.Duration(random.IntN(3*86400)) * time.Second)
		}
	}
	if counted < 1000 {
		t.Errorf("only %d were counted", counted)
	}
}

func TestTheLampOfACaseIsThatOfItsTimes(t *testing.T) {
	s := Summary{State: Handling, YellowAt: noon.Add(8 * time.Hour), DueAt: noon.Add(10 * time.Hour)}
	for after, want := range map[time.Duration]Lamp{
		0: Green, 8 * time.Hour: Green, 8*time.Hour + time.Second: Yellow, 10 * time.Hour: Yellow, 10*time.Hour + time.Second: Red,
	} {
		if got := s.Lamp(noon.Add(after)); got != want {
			t.Errorf("after %v the lamp is %s, want %s", after, got, want)
		}
	}
	for _, grey := range []Summary{{State: Handling}, {State: Held, DueAt: noon}, {State: Closed, DueAt: noon}, {State: Voided, DueAt: noon}} {
		if got := grey.Lamp(noon.Add(time.Hour)); got != Grey {
			t.Errorf("%+v is %s", grey, got)
		}
	}
	old := Summary{State: Handling, DueAt: noon} // of before schema 5
	if old.Lamp(noon.Add(-time.Hour)) != Green || old.Lamp(noon.Add(time.Hour)) != Red {
		t.Error("a case without a yellow time")
	}
}

// Of cases whose log has no limit, as those of bulk history, holds and extensions
// go by the due time and what the class has now.
func TestACaseOfBulkHistoryIsHeldAndExtended(t *testing.T) {
	k := workClock(t)
	c := &Case{HeldAt: noon, Summary: Summary{State: Held, Kind: grids.EventKind, Category: "0101", Condition: "1", DueAt: noon.Add(time.Hour)}}
	if d, err := k.Due(c, &Event{Kind: Resume, At: noon.Add(30 * time.Minute)}); err != nil || !d.DueAt.Equal(noon.Add(90*time.Minute)) {
		t.Errorf("resumed %+v, %v", d, err)
	}
	c.HeldUntil = noon.Add(10 * time.Minute)
	if d, err := k.Due(c, &Event{Kind: Resume, At: noon.Add(30 * time.Minute)}); err != nil || !d.DueAt.Equal(noon.Add(70*time.Minute)) {
		t.Errorf("resumed after its date %+v, %v", d, err)
	}
	if d, err := k.Due(c, &Event{Kind: Extend, At: noon}); err != nil || !d.DueAt.Equal(noon.Add(4*time.Hour)) { // 3 urgent hours more
		t.Errorf("extended %+v, %v", d, err)
	}
	c.Category = "none"
	if d, err := k.Due(c, &Event{Kind: Extend, At: noon}); err != nil || !d.DueAt.IsZero() {
		t.Errorf("of a class without limits %+v, %v", d, err)
	}
	far := &Event{Kind: Dispatch, At: time.Date(2069, 12, 31, 12, 0, 0, 0, time.UTC)}
	c.Category = "0101"
	c.Condition = "5"
	if d, err := k.Due(c, far); err != nil || !d.DueAt.IsZero() {
		t.Errorf("beyond every calendar %+v, %v", d, err)
	}
}
