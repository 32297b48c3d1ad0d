package cases

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
)

// plainWay is the case's way of domain.md read state by state, for the test to
// hold against the machine, which has it event by event. Each line is a state and
// what may follow: event, who may, the state it leads to ("=" for the same).
const plainWay = `
-          report:supervisor,operator,public,sensor,system>reported
reported   register:operator,system>registered void:operator,arbiter>void
registered verify:supervisor,expert>verified open:operator,system>open void:operator,arbiter>void
verified   open:operator,system>open void:operator,arbiter>void
open       dispatch:dispatcher,system>dispatched dispute:handler,dispatcher>disputed hold:dispatcher,arbiter>held void:operator,arbiter>void
dispatched dispatch:dispatcher,system>dispatched accept:handler>accepted return:handler,dispatcher>returned dispute:handler,dispatcher>disputed hold:dispatcher,arbiter>held extend:dispatcher,arbiter>=
accepted   handle:handler>handling feedback:handler>done return:handler,dispatcher>returned dispute:handler,dispatcher>disputed hold:dispatcher,arbiter>held extend:dispatcher,arbiter>=
handling   feedback:handler>done return:handler,dispatcher>returned dispute:handler,dispatcher>disputed hold:dispatcher,arbiter>held extend:dispatcher,arbiter>=
done       check:supervisor,expert>checked rework:supervisor,operator,expert>rework
checked    close:operator>closed rework:supervisor,operator,expert>rework
rework     handle:handler>handling hold:dispatcher,arbiter>held extend:dispatcher,arbiter>=
returned   dispatch:dispatcher,system>dispatched return:handler,dispatcher>returned dispute:handler,dispatcher>disputed hold:dispatcher,arbiter>held void:operator,arbiter>void
disputed   rule:arbiter>dispatched hold:dispatcher,arbiter>held void:operator,arbiter>void
held       resume:dispatcher,arbiter,system>back
closed     reopen:operator,arbiter>open survey:operator,public,system>=
void
`

type plainStep struct {
	roles []string
	to    string
}

// plainSteps is the table by state and event.
func plainSteps(t *testing.T) map[string]map[string]plainStep {
	t.Helper()
	out := map[string]map[string]plainStep{}
	for line := range strings.Lines(strings.TrimSpace(plainWay)) {
		words := strings.Fields(line)
		state := strings.TrimPrefix(words[0], "-")
		steps := map[string]plainStep{}
		for _, w := range words[1:] {
			event, rest, _ := strings.Cut(w, ":")
			roles, to, ok := strings.Cut(rest, ">")
			if !ok {
				t.Fatalf("cannot read %q", w)
			}
			steps[event] = plainStep{strings.Split(roles, ","), to}
		}
		// Urging is for every case that is not over.
		if state != "" && state != "closed" && state != "void" {
			steps["urge"] = plainStep{[]string{"operator", "dispatcher", "arbiter", "system"}, "="}
			steps["note"] = plainStep{[]string{"supervisor", "operator", "expert", "dispatcher", "arbiter", "handler", "public", "sensor", "system"}, "="}
		}
		out[state] = steps
	}
	return out
}

// plainCase is the second implementation's case.
type plainCase struct {
	state, before, level, unit, district string
	extensions                           int
	hands                                []Actor
	expert                               bool
}

// may says whether the actor may do the event now, to whom the event names apart.
func (p *plainCase) may(steps map[string]map[string]plainStep, event string, a Actor) bool {
	step, ok := steps[p.state][event]
	if !ok || !slices.Contains(step.roles, string(a.Role)) {
		return false
	}
	mine := a.Unit != "" && a.Unit == p.unit
	if event == "note" {
		return true
	}
	if a.Role == Handler { // all a handler does is with a case of the own unit
		return p.level == "unit" && mine && p.state != "open" && p.state != "returned"
	}
	if a.Role == Dispatcher && event == "dispatch" && p.level == "district" && !mine {
		return false
	}
	if event == "dispatch" && p.level == "unit" {
		return false
	}
	if a.Role == Dispatcher && (event == "return" || event == "dispute") {
		switch p.level {
		case "unit":
			return false // what a unit has is the unit's to give back
		case "district":
			return mine
		case "city":
			return event == "dispute"
		}
	}
	if event == "check" && p.expert && a.Role != Expert {
		return false
	}
	if event == "check" || event == "close" || event == "rework" {
		for _, h := range p.hands {
			if h.ID == a.ID || (h.Unit != "" && h.Unit == a.Unit) {
				return false
			}
		}
	}
	return event != "extend" || p.extensions < 2
}

// do makes the step.
func (p *plainCase) do(steps map[string]map[string]plainStep, e *Event) {
	to := steps[p.state][string(e.Kind)].to
	if e.Kind == Hold {
		p.before = p.state
	}
	switch to {
	case "=":
	case "back":
		p.state = p.before
	default:
		p.state = to
	}
	switch e.Kind {
	case Report, Reopen:
		p.level, p.unit, p.district, p.extensions = "city", "", "", 0
	case Dispatch:
		p.level, p.unit = string(e.Level), e.Unit
		if e.Level == DistrictLevel {
			p.district = e.Unit
		}
	case Rule:
		p.level, p.unit, p.district = "unit", e.Unit, ""
	case Return:
		if p.level == "unit" && p.district != "" {
			p.level, p.unit = "district", p.district
		} else {
			p.level, p.unit, p.district = "city", "", ""
		}
	case Extend:
		p.extensions++
	case Accept, Handle, Feedback:
		p.hands = append(p.hands, e.Actor)
	}
}

var noon = time.Date(2026, 5, 1, 4, 0, 0, 0, time.UTC)

func draft() *Draft {
	return &Draft{Kind: grids.EventKind, Category: "0101", Source: Patrol, ReportedAt: noon}
}

// toward is an event of a kind with all it needs.
func toward(k EventKind, a Actor) *Event {
	e := &Event{At: noon, Kind: k, Actor: a}
	switch k {
	case Report:
		e.Report = draft()
	case Dispatch, Rule:
		e.Unit, e.Level = "U1", UnitLevel
	case Survey:
		e.Score = 5
	case Note:
		e.Note = "附注"
	}
	return e
}

// Every state, event and role, with a case at each level, actors of the unit that
// has it, of another and of none, with and without a hand in it.
func TestWhoMayDoWhatWhenIsAsThePlainReadingSays(t *testing.T) {
	steps := plainSteps(t)
	m := &Machine{Expert: map[Class]bool{{grids.EventKind, "0102"}: true}}
	allowed, asked := 0, 0
	for _, state := range append([]State{New}, States()...) {
		for _, level := range []Level{CityLevel, DistrictLevel, UnitLevel} {
			for _, category := range []string{"0101", "0102"} {
				for extensions := range 3 {
					for _, role := range Roles() {
						for _, actor := range []Actor{{"a", role, "U1"}, {"a", role, "U2"}, {"a", role, ""}, {"h", role, "U3"}, {"b", role, "U9"}} {
							c := &Case{Level: level, Extensions: extensions, Handled: []Actor{{"h", Handler, "U9"}}, Summary: Summary{
								State: state, Unit: "U1", Kind: grids.EventKind, Category: category, Version: 3,
							}}
							c.HeldFrom = Handling
							plain := plainCase{state: string(state), before: "handling", level: string(level), unit: "U1", extensions: extensions, hands: c.Handled, expert: category == "0102"}
							if level == CityLevel {
								c.Unit, plain.unit = "", ""
							}
							now := m.Allowed(c, actor)
							for _, k := range EventKinds() {
								asked++
								p, e := plain, toward(k, actor)
								next, err := m.Next(c, e)
								want := p.may(steps, string(k), actor)
								if (err == nil) != want || want != slices.Contains(now, k) {
									t.Fatalf("%s of a case %q at %s, extended %d times, class %s, by %+v: %v, want allowed %t", k, state, level, extensions, category, actor, err, want)
								}
								if err != nil {
									var r *Refusal
									if !errors.As(err, &r) || !errors.Is(err, ErrNotAllowed) || r.State != state || r.Event != k || !slices.Equal(r.Allowed, now) || reasonTexts[r.Reason] == "" {
										t.Fatalf("refused by %v", err)
									}
									continue
								}
								allowed++
								if p.do(steps, e); next.State != State(p.state) || next.Version != 4 || c.State != state {
									t.Fatalf("%s of a case %q leads to %q, want %q; the case before is %q", k, state, next.State, p.state, c.State)
								}
							}
						}
					}
				}
			}
		}
	}
	t.Logf("%d of %d allowed", allowed, asked)
	if want := 16 * 3 * 2 * 3 * 9 * 5 * 22; asked != want || allowed == 0 {
		t.Errorf("%d were asked, not %d", asked, want)
	}
}

// Random walks of a machine and the plain reading side by side.
func TestAWalkOfTheMachineIsTheWalkOfThePlainReading(t *testing.T) {
	steps := plainSteps(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	units := []string{"", "U1", "U2", "D1"}
	done := 0
	for range 300 {
		m := &Machine{}
		expert := random.IntN(2) == 0
		if expert {
			m.Expert = map[Class]bool{{grids.EventKind, "0101"}: true}
		}
		c, p := &Case{}, &plainCase{expert: expert}
		var log []Event
		for range 120 {
			a := Actor{fmt.Sprint(random.IntN(6)), Roles()[random.IntN(len(Roles()))], units[random.IntN(len(units))]}
			allowed := m.Allowed(c, a)
			k := EventKinds()[random.IntN(len(EventKinds()))]
			if len(allowed) > 0 && random.IntN(4) > 0 { // else most walks never leave the beginning
				k = allowed[random.IntN(len(allowed))]
			}
			if k == Void && random.IntN(10) > 0 { // or end there
				continue
			}
			e := toward(k, a)
			e.At = noon.Add(time.Duration(len(log)) * time.Minute)
			if k == Dispatch && random.IntN(2) == 0 {
				e.Level, e.Unit = DistrictLevel, "D1"
			}
			want := p.may(steps, string(k), a) && !(k == Dispatch && p.level == "district" && e.Level == DistrictLevel)
			next, err := m.Next(c, e)
			if (err == nil) != want {
				t.Fatalf("after %d events: %s by %+v of %+v: %v, want allowed %t", len(log), k, a, p, err, want)
			}
			if err != nil {
				continue
			}
			p.do(steps, e)
			c, log = next, append(log, *e)
			if c.State != State(p.state) || c.Unit != p.unit || string(c.Level) != p.level || c.Extensions != p.extensions || c.Version != len(log) {
				t.Fatalf("after %s: %+v, want %+v", k, c, p)
			}
			done++
		}
		folded, err := Fold(ID{}, log)
		if err != nil || fmt.Sprintf("%+v", folded) != fmt.Sprintf("%+v", c) {
			t.Fatalf("folded %+v, %v\nwalked %+v", folded, err, c)
		}
	}
	if done < 3000 {
		t.Errorf("only %d steps were made", done)
	}
}

func TestOnlyTheCentresDispatchersActForTheCity(t *testing.T) {
	m := &Machine{Centre: "C"}
	c := &Case{Summary: Summary{State: Opened}, Level: CityLevel}
	for unit, want := range map[string]bool{"C": true, "D1": false, "": false} {
		if _, err := m.Next(c, toward(Dispatch, Actor{"a", Dispatcher, unit})); (err == nil) != want {
			t.Errorf("by a dispatcher of %q: %v", unit, err)
		}
	}
	if _, err := m.Next(c, toward(Dispatch, Actor{"s", SystemActor, ""})); err != nil {
		t.Errorf("by the system: %v", err)
	}
}

func TestACityCanGiveRightsOfItsOwn(t *testing.T) {
	m := &Machine{Rights: DefaultRights()}
	m.Rights[Register] = []Role{Supervisor}
	c := &Case{Summary: Summary{State: Reported}}
	if _, err := m.Next(c, toward(Register, Actor{"a", Supervisor, ""})); err != nil {
		t.Error(err)
	}
	_, err := m.Next(c, toward(Register, Actor{"a", Operator, ""}))
	if want := "register of a case that is reported, by a operator: not by this role; allowed now: urge, void, note"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// fixedClock says noon plus a day for every dispatch.
type fixedClock struct{ asked []EventKind }

func (f *fixedClock) Due(before *Case, e *Event) (Deadline, error) {
	f.asked = append(f.asked, e.Kind)
	if e.Kind == Extend {
		return Deadline{DueAt: before.DueAt.Add(24 * time.Hour)}, nil
	}
	return Deadline{DueAt: e.At.Add(24*time.Hour + 500*time.Millisecond)}, nil
}

func TestTheClockIsAskedWhenTimeBeginsOrChangesAndItsAnswerIsKept(t *testing.T) {
	clock := &fixedClock{}
	m := &Machine{Clock: clock}
	c := &Case{}
	at := noon
	var log []Event
	for _, step := range []struct {
		kind EventKind
		by   Actor
	}{
		{Report, Actor{"s", Supervisor, ""}},
		{Register, Actor{"o", Operator, ""}},
		{Open, Actor{"o", Operator, ""}},
		{Dispatch, Actor{"d", Dispatcher, ""}},
		{Accept, Actor{"h", Handler, "U1"}},
		{Hold, Actor{"d", Dispatcher, ""}},
		{Resume, Actor{"d", Dispatcher, ""}},
		{Extend, Actor{"d", Dispatcher, ""}},
		{Feedback, Actor{"h", Handler, "U1"}},
		{Check, Actor{"s", Supervisor, ""}},
		{Close, Actor{"o", Operator, ""}},
	} {
		e := toward(step.kind, step.by)
		e.At = at
		at = at.Add(time.Hour)
		var err error
		if c, err = m.Next(c, e); err != nil {
			t.Fatal(err)
		}
		log = append(log, *e)
	}
	if got := fmt.Sprint(clock.asked); got != "[dispatch resume extend]" {
		t.Errorf("the clock was asked for %s", got)
	}
	// Resumed at 10:00 by the test's clock: a day later, and another for the extension.
	if want := noon.Add(6*time.Hour + 48*time.Hour); !c.DueAt.Equal(want) || !c.OnTime || !c.ClosedAt.Equal(noon.Add(10*time.Hour)) {
		t.Errorf("due %v, want %v; on time %t, closed %v", c.DueAt, want, c.OnTime, c.ClosedAt)
	}
	folded, err := Fold(ID{}, log) // without a clock
	if err != nil || !folded.DueAt.Equal(c.DueAt) || !folded.OnTime {
		t.Errorf("folded: due %v, on time %t, %v", folded.DueAt, folded.OnTime, err)
	}
}

func TestABrokenLogIsSaidToBeBroken(t *testing.T) {
	report := *toward(Report, Actor{"s", Supervisor, ""})
	report.Seq = 1
	second := *toward(Close, Actor{"o", Operator, ""})
	second.Seq = 2
	third := *toward(Register, Actor{"o", Operator, ""})
	third.Seq = 3
	bare := report
	bare.Report = nil
	for name, log := range map[string][]Event{
		"an event that may not be": {report, second}, "a gap": {report, third}, "no report": {second}, "an empty report": {bare},
	} {
		if _, err := Fold(ID{}, log); err == nil {
			t.Errorf("%s is folded", name)
		}
	}
}
