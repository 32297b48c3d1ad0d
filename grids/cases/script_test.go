package cases

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
)

// The scripts of testdata tell stories of cases that a city's staff can read and
// write. A line is
//
//	at TIME                           it is this time now (2026-05-01 08:00)
//	class CODE expert                 the class asks for an expert's check
//	centre UNIT                       the city's command centre is this unit
//	due HOURS                         each dispatch gives so many hours, an extension as many again
//	who NAME is ROLE [of UNIT]        introduces somebody
//	NAME EVENT [to UNIT|district UNIT] [class CODE] [until TIME] [score N] => STATE [with UNIT|nobody] [due TIME|never] [late|in time]
//	NAME EVENT … => refused: REASON [allowed EVENT,EVENT…]
//
// and # begins a comment. Times are of the script's own clock.
type story struct {
	t       *testing.T
	machine Machine
	people  map[string]Actor
	now     time.Time
	hours   int
	c       *Case
	log     []Event
}

const storyTime = "2006-01-02 15:04"

// Due makes the story its own clock.
func (s *story) Due(before *Case, e *Event) (time.Time, error) {
	limit := time.Duration(s.hours) * time.Hour
	switch e.Kind {
	case Extend:
		return before.DueAt.Add(limit), nil
	case Resume:
		if before.DueAt.IsZero() {
			return time.Time{}, nil
		}
		return before.DueAt.Add(e.At.Sub(before.HeldAt)), nil
	}
	return e.At.Add(limit), nil
}

func TestStoriesEndAsTheyAreTold(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(names) < 8 {
		t.Fatalf("%d stories, %v", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			s := &story{t: t, people: map[string]Actor{}, now: noon, c: &Case{}}
			n := 0
			for line := range strings.Lines(string(text)) {
				n++
				line, _, _ = strings.Cut(line, "#")
				if words := strings.Fields(line); len(words) > 0 {
					if err := s.line(words); err != nil {
						t.Fatalf("%s:%d: %v", name, n, err)
					}
				}
			}
			if len(s.log) < 3 {
				t.Errorf("the story has only %d events", len(s.log))
			}
		})
	}
}

func (s *story) line(words []string) (err error) {
	switch words[0] {
	case "at":
		s.now, err = time.Parse(storyTime, strings.Join(words[1:], " "))
		return err
	case "class":
		s.machine.Expert = map[Class]bool{{grids.EventKind, words[1]}: words[2] == "expert"}
		return nil
	case "centre":
		s.machine.Centre = words[1]
		return nil
	case "due":
		s.hours, err = strconv.Atoi(words[1])
		s.machine.Clock = s
		return err
	case "who":
		a := Actor{ID: words[1], Role: Role(words[3])}
		if len(words) == 6 {
			a.Unit = words[5]
		}
		if !slices.Contains(Roles(), a.Role) {
			return fmt.Errorf("no role %q", a.Role)
		}
		s.people[a.ID] = a
		return nil
	}
	return s.step(words)
}

// step does one event and compares what came of it.
func (s *story) step(words []string) error {
	who, ok := s.people[words[0]]
	arrow := slices.Index(words, "=>")
	if !ok || arrow < 2 {
		return fmt.Errorf("cannot read %q", strings.Join(words, " "))
	}
	e := &Event{At: s.now, Kind: EventKind(words[1]), Actor: who}
	if !slices.Contains(EventKinds(), e.Kind) {
		return fmt.Errorf("no event %q", e.Kind)
	}
	if e.Kind == Report {
		e.Report = draft()
		e.Report.ReportedAt = s.now
	}
	for rest := words[2:arrow]; len(rest) > 0; {
		if len(rest) == 1 {
			return fmt.Errorf("what is %q?", rest[0])
		}
		switch rest[0] {
		case "to":
			e.Unit, e.Level = rest[1], UnitLevel
			if rest[1] == "district" {
				e.Unit, e.Level, rest = rest[2], DistrictLevel, rest[1:]
			}
		case "class":
			e.Report.Category = rest[1]
		case "score":
			e.Score, _ = strconv.Atoi(rest[1])
		case "until":
			until, err := time.Parse(storyTime, rest[1]+" "+rest[2])
			if err != nil {
				return err
			}
			e.Until, rest = until, rest[1:]
		default:
			return fmt.Errorf("what is %q?", rest[0])
		}
		rest = rest[2:]
	}
	next, err := s.machine.Next(s.c, e)
	if got, want := s.outcome(next, err, words[arrow+1:]), strings.Join(words[arrow+1:], " "); got != want {
		return fmt.Errorf("%s: it is %q, the story says %q", strings.Join(words[:arrow], " "), got, want)
	}
	if err == nil {
		s.c, s.log = next, append(s.log, *e)
		folded, err := Fold(ID{}, s.log)
		if err != nil || fmt.Sprintf("%+v", folded) != fmt.Sprintf("%+v", next) {
			return fmt.Errorf("folded %+v, %w; want %+v", folded, err, next)
		}
	}
	return nil
}

// outcome tells what came of a step in the words that the story uses.
func (s *story) outcome(c *Case, err error, asked []string) string {
	if refused, ok := errors.AsType[*Refusal](err); ok {
		out := "refused: " + string(refused.Reason)
		if slices.Contains(asked, "allowed") {
			words := []string{}
			for _, k := range refused.Allowed {
				words = append(words, string(k))
			}
			out += " allowed " + strings.Join(words, ",")
		}
		return out
	}
	if err != nil {
		return err.Error()
	}
	out := string(c.State)
	for _, w := range asked {
		switch w {
		case "with":
			out += " with " + cmp.Or(c.Unit, "nobody")
		case "due":
			if c.DueAt.IsZero() {
				out += " due never"
				break
			}
			out += " due " + c.DueAt.Format(storyTime)
		case "late", "in":
			out += map[bool]string{true: " in time", false: " late"}[c.OnTime]
		}
	}
	return out
}
