package cases_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cases/stories"
)

// stage runs a story on the engine alone: the machine, the fold and slices.
type stage struct {
	machine cases.Machine
	logs    map[cases.ID][]cases.Event
	current cases.ID
}

func TestStoriesEndAsTheyAreTold(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(names) < 13 {
		t.Fatalf("%d stories, %v", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			f, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			s, err := stories.Read(f)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			on := &stage{machine: cases.Machine{Expert: s.Expert, Centre: s.Centre}, logs: map[cases.ID][]cases.Event{}}
			if on.machine.Clock, err = s.Clock(); err != nil {
				t.Fatal(err)
			}
			if len(s.Steps) < 3 {
				t.Errorf("the story has only %d steps", len(s.Steps))
			}
			for i := range s.Steps {
				st := &s.Steps[i]
				o, err := on.step(t, st)
				if err == nil {
					err = s.Check(st, o)
				}
				if err != nil {
					t.Fatalf("%s:%d: %v", filepath.Base(name), st.Line, err)
				}
			}
		})
	}
}

// Neighbours and Get are of the slices.
func (s *stage) Neighbours(_ context.Context, n cases.Nearby) (out []cases.Summary, err error) {
	for id := range s.logs {
		if c := s.stands(id); c.Category == n.Class.Code {
			out = append(out, c.Summary)
		}
	}
	return out, nil
}

func (s *stage) Get(_ context.Context, id cases.ID) (*cases.Case, []cases.Event, error) {
	return s.stands(id), s.logs[id], nil
}

func (s *stage) stands(id cases.ID) *cases.Case {
	c, err := cases.Fold(id, s.logs[id])
	if err != nil {
		panic(err)
	}
	return c
}

// step does one step; an alarm is a report or a note, as AlarmOf says.
func (s *stage) step(t *testing.T, st *stories.Step) (*stories.Outcome, error) {
	t.Helper()
	e := cases.Event{At: st.At, Kind: st.Kind, Actor: st.Who, Details: st.Details}
	draft := &cases.Draft{Kind: grids.EventKind, Category: st.Category, Condition: st.Condition, Source: cases.Public, ReportedAt: st.At}
	alarm := ""
	if st.Device != "" {
		said := &cases.Alarm{System: "story", Device: st.Device, At: st.At}
		e.Details.Alarm = fmt.Appendf(nil, `{"source_system":"story","device":%q}`, st.Device)
		id, err := cases.AlarmOf(t.Context(), s, cases.Class{Kind: grids.EventKind, Code: st.Category}, draft.At, "", said)
		switch {
		case err == nil:
			s.current, alarm, e.Kind = id, "note", cases.Note
		case errors.Is(err, cases.ErrNotFound):
			alarm, e.Kind, draft.Source = "new", cases.Report, cases.Sensor
		default:
			return nil, err
		}
	}
	if e.Kind == cases.Report {
		s.current, e.Report = cases.ID{byte(len(s.logs) + 1)}, draft
	}
	o, err := s.next(e)
	if err == nil && alarm == "new" { // what a sensor says is registered at once
		o, err = s.next(cases.Event{At: st.At, Kind: cases.Register, Actor: cases.Actor{ID: "wanmi", Role: cases.SystemActor}})
	}
	if o != nil {
		o.Alarm = alarm
	}
	return o, err
}

// next brings an event into the current case, which must then be the fold of its
// log.
func (s *stage) next(e cases.Event) (*stories.Outcome, error) {
	next, err := s.machine.Next(s.stands(s.current), &e)
	if r, ok := errors.AsType[*cases.Refusal](err); ok {
		o := &stories.Outcome{Refused: string(r.Reason)}
		for _, k := range r.Allowed {
			o.Allowed = append(o.Allowed, string(k))
		}
		return o, nil
	}
	if err != nil {
		return nil, err
	}
	s.logs[s.current] = append(s.logs[s.current], e)
	if folded := s.stands(s.current); fmt.Sprintf("%+v", folded) != fmt.Sprintf("%+v", next) {
		return nil, fmt.Errorf("folded %+v; want %+v", folded, next)
	}
	return &stories.Outcome{
		State: next.State, Unit: next.Unit, DueAt: next.DueAt, YellowAt: next.YellowAt, OnTime: next.OnTime, Events: next.Version,
	}, nil
}
