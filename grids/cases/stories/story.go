// Package stories reads the text scripts in which a city's staff can say what may
// become of a case: who does what when, and what is to come of it. Tests run the
// same scripts against the engine and against whatever serves it; start with
// [Read].
//
//	due 4
//	who wang is supervisor of JD
//	wang report => reported
//	wang close  => refused: state
package stories

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cases/clock"
)

// Story is one script. A line is
//
//	calendar china                    times are China's, and so are its holidays
//	limit CODE CONDITION LIMIT        a condition of a class, such as: limit 0101 1 2 work_day
//	due HOURS                         without limits: each dispatch gives so many hours, an extension as many again
//	class CODE expert                 the class asks for an expert's check
//	centre UNIT                       the city's command centre is this unit
//	at TIME                           it is this time now: 2026-05-01 08:00
//	who NAME is ROLE [of UNIT]        introduces somebody
//	NAME report [class CODE] [condition CODE] => …
//	NAME alarm DEVICE [class CODE] => new … or note …
//	NAME EVENT [to UNIT|district UNIT] [with UNIT …] [until TIME] [score N] => …
//
// and # begins a comment. What comes of it is
//
//	STATE [with UNIT|nobody] [due TIME|never] [yellow TIME] [late|in time] [events N]
//	refused: REASON [allowed EVENT,EVENT…]
type Story struct {
	Expert map[cases.Class]bool
	Centre string
	People map[string]cases.Actor
	Steps  []Step
	// Units are all that are named, in the order they are.
	Units []string
	Zone  *time.Location

	hours  int
	limits []grids.Condition
}

// Step is one line in which somebody does something.
type Step struct {
	Line      int
	At        time.Time
	Who       cases.Actor
	Kind      cases.EventKind // "" of an alarm
	Device    string          // of an alarm
	Category  string
	Condition string
	Details   cases.Details
	Want      []string
}

// ErrStory marks a line that cannot be read.
var ErrStory = errors.New("story")

// maxLines bounds a script.
const maxLines = 2000

// timeForm is how times are written.
const timeForm = "2006-01-02 15:04"

// Class is the event class of reports that name none.
const Class = "0101"

// Begin is when a story begins that says no time.
func Begin() time.Time { return time.Date(2026, time.May, 1, 4, 0, 0, 0, time.UTC) }

// Read reads a script.
func Read(r io.Reader) (*Story, error) {
	s := &Story{Expert: map[cases.Class]bool{}, People: map[string]cases.Actor{}, Zone: time.UTC}
	now := Begin()
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		if n > maxLines {
			return nil, fmt.Errorf("%w: more than %d lines", ErrStory, maxLines)
		}
		if err := s.line(n, &now, words); err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrStory, n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStory, err)
	}
	return s, nil
}

func (s *Story) line(n int, now *time.Time, words []string) (err error) {
	rest := words[1:]
	want := func(n int) bool { return len(rest) == n }
	switch {
	case words[0] == "at" && want(2):
		*now, err = s.time(rest)
	case words[0] == "calendar" && want(1) && rest[0] == "china":
		s.Zone, err = time.LoadLocation("Asia/Shanghai")
	case words[0] == "limit" && want(4):
		var l clock.Limit
		if l, err = clock.ParseLimit(rest[2] + " " + rest[3]); err == nil {
			s.limits = append(s.limits, grids.Condition{
				Scheme: grids.SchemeGB2013, Kind: grids.EventKind, Minor: rest[0], Code: rest[1], Text: rest[1],
				Stage: cases.HandleStage, Limit: l.Count, Unit: string(l.Unit),
			})
		}
	case words[0] == "due" && want(1):
		s.hours, err = strconv.Atoi(rest[0])
	case words[0] == "class" && want(2) && rest[1] == "expert":
		s.Expert[cases.Class{Kind: grids.EventKind, Code: rest[0]}] = true
	case words[0] == "centre" && want(1):
		s.Centre = s.unit(rest[0])
	case words[0] == "who" && (want(3) || want(5) && rest[3] == "of") && rest[1] == "is":
		a := cases.Actor{ID: rest[0], Role: cases.Role(rest[2])}
		if len(rest) == 5 {
			a.Unit = s.unit(rest[4])
		}
		if !slices.Contains(cases.Roles(), a.Role) {
			return fmt.Errorf("no role %q", a.Role)
		}
		s.People[a.ID] = a
	default:
		return s.step(n, *now, words)
	}
	return err
}

func (s *Story) time(words []string) (time.Time, error) {
	return time.ParseInLocation(timeForm, strings.Join(words, " "), s.Zone)
}

func (s *Story) unit(code string) string {
	if !slices.Contains(s.Units, code) {
		s.Units = append(s.Units, code)
	}
	return code
}

// step reads a line in which somebody does something.
func (s *Story) step(n int, now time.Time, words []string) error {
	who, ok := s.People[words[0]]
	arrow := slices.Index(words, "=>")
	if !ok || arrow < 2 || arrow == len(words)-1 {
		return fmt.Errorf("cannot read %q", strings.Join(words, " "))
	}
	st := Step{Line: n, At: now, Who: who, Kind: cases.EventKind(words[1]), Category: Class, Want: words[arrow+1:]}
	rest := words[2:arrow]
	switch {
	case words[1] == "alarm" && len(rest) > 0:
		st.Kind, st.Device, rest = "", rest[0], rest[1:]
	case !slices.Contains(cases.EventKinds(), st.Kind):
		return fmt.Errorf("no event %q", words[1])
	case st.Kind == cases.Note:
		st.Details.Note = "附注"
	}
	for len(rest) > 0 {
		used, err := s.word(&st, rest)
		if err != nil {
			return err
		}
		rest = rest[used:]
	}
	s.Steps = append(s.Steps, st)
	return nil
}

// word reads what stands behind an event, and returns how many words that was.
func (s *Story) word(st *Step, rest []string) (used int, err error) {
	d := &st.Details
	switch {
	case len(rest) >= 3 && rest[0] == "to" && rest[1] == "district":
		d.Unit, d.Level = s.unit(rest[2]), cases.DistrictLevel
		return 3, nil
	case len(rest) >= 2 && rest[0] == "to":
		d.Unit, d.Level = s.unit(rest[1]), cases.UnitLevel
		return 2, nil
	case len(rest) >= 2 && rest[0] == "with":
		d.Members = append(d.Members, s.unit(rest[1]))
		return 2, nil
	case len(rest) >= 2 && rest[0] == "class":
		st.Category = rest[1]
		return 2, nil
	case len(rest) >= 2 && rest[0] == "condition":
		st.Condition = rest[1]
		return 2, nil
	case len(rest) >= 2 && rest[0] == "score":
		d.Score, err = strconv.Atoi(rest[1])
		return 2, err
	case len(rest) >= 3 && rest[0] == "until":
		d.Until, err = s.time(rest[1:3])
		return 3, err
	}
	return 0, fmt.Errorf("what is %q?", rest[0])
}
