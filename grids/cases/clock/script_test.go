package clock

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
)

// TestTheScripts runs testdata/*.txt, which say what they mean, through the
// engine and the oracle that steps minutes.
func TestTheScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.script.txt")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d scripts, %v", len(files), err)
	}
	lines := 0
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		s := &script{t: t}
		n := 0
		for in := bufio.NewScanner(f); in.Scan(); {
			n++
			line, _, _ := strings.Cut(in.Text(), "#")
			said, want, _ := strings.Cut(line, "=>")
			words, wanted := strings.Fields(said), strings.Join(strings.Fields(want), " ")
			if len(words) == 0 {
				continue
			}
			lines++
			if got := s.do(words); got != wanted {
				t.Errorf("%s:%d: %s\n\tgives %s", name, n, strings.TrimSpace(in.Text()), got)
			}
		}
		f.Close()
	}
	t.Logf("%d lines in %d scripts", lines, len(files))
}

// script is the state of one script.
type script struct {
	t        *testing.T
	zone     *time.Location
	days     []grids.CalendarDay
	calendar *Calendar
	run      Run
}

// do does one line and returns what it gives.
func (s *script) do(words []string) string {
	verb, rest := words[0], words[1:]
	switch verb {
	case "city":
		s.zone, s.days = located(s.t, rest[0]), nil
	case "day":
		s.days = append(s.days, grids.CalendarDay{Date: rest[0], Working: rest[1] == "on", Name: strings.Join(rest[2:], " ")})
	case "start":
		return s.start(rest)
	case "at":
		return s.at(s.time(&rest))
	default:
		s.t.Fatalf("there is no word %q", verb)
	}
	var err error
	if s.calendar, err = ForCity(&grids.Profile{TimeZone: s.zone}, s.days); err != nil {
		s.t.Fatal(err)
	}
	return ""
}

// time takes a date, and a time of day if one follows, off the words.
func (s *script) time(words *[]string) time.Time {
	text, layout := (*words)[0], time.DateOnly
	*words = (*words)[1:]
	if len(*words) > 0 && strings.Contains((*words)[0], ":") {
		text += " " + (*words)[0]
		layout = "2006-01-02 15:04:05"[:len(text)]
		*words = (*words)[1:]
	}
	at, err := time.ParseInLocation(layout, text, s.zone)
	if err != nil {
		s.t.Fatal(err)
	}
	if layout == time.DateOnly {
		return s.calendar.StartOf(at.Date())
	}
	return at
}

// start reads "TIME limit N UNIT [hold TIME [until TIME]] [resume TIME] [extend]
// [urge TIME] …" and returns when that is due.
func (s *script) start(words []string) string {
	s.run = Run{Start: s.time(&words)}
	var err error
	if s.run.Limit, err = ParseLimit(words[1] + " " + words[2]); err != nil {
		return "refused: " + err.Error()
	}
	for words = words[3:]; len(words) > 0 && err == nil; {
		verb := words[0]
		words = words[1:]
		switch verb {
		case "hold":
			at, until := s.time(&words), time.Time{}
			if len(words) > 0 && words[0] == "until" {
				words = words[1:]
				until = s.time(&words)
			}
			err = s.run.Hold(at, until)
		case "resume":
			err = s.run.Resume(s.time(&words))
		case "extend":
			err = s.run.Extend()
		case "urge":
			s.run.Urge(s.time(&words))
		default:
			s.t.Fatalf("there is no word %q", verb)
		}
	}
	if err != nil {
		return "refused: " + err.Error()
	}
	due, err := s.calendar.Due(s.run)
	if err != nil {
		return "refused: " + err.Error()
	}
	s.judge(due)
	if due.At.IsZero() {
		return "due unknown"
	}
	out := "due " + due.At.Format("2006-01-02 15:04")
	if due.At.Second() != 0 {
		out += due.At.Format(":05")
	}
	if due.CalendarMissing {
		out += ", calendar: missing"
	}
	return out
}

// judge asks the oracle the same.
func (s *script) judge(due Due) {
	total, err := s.run.total()
	if err != nil {
		s.t.Fatal(err)
	}
	if due.At.IsZero() {
		return // the oracle would step for ever
	}
	from := s.run.Start.Truncate(time.Hour)
	o := newOracle(s.zone, s.known(), from, due.At.Add(2*time.Hour))
	var pauses []window
	for _, p := range s.run.Pauses {
		to := int64(forever)
		if !p.Until.IsZero() {
			to = p.Until.Unix()
		}
		pauses = append(pauses, window{p.From.Unix(), to})
	}
	at, _, blank := o.walk(s.run.Start.Unix(), due.At.Unix()+3_600, total, s.run.Limit.Unit.Working(), pauses)
	if at != due.At.Unix() || blank != due.CalendarMissing {
		s.t.Errorf("%+v: due %+v, the oracle says %v, missing %t", s.run, due, time.Unix(at, 0).In(s.zone), blank)
	}
}

// known is the calendar as the oracle gets it: the built-in one where it is
// China's, overridden by the script's days.
func (s *script) known() []grids.CalendarDay {
	var out []grids.CalendarDay
	if s.zone.String() == "Asia/Shanghai" {
		national, err := China()
		if err != nil {
			s.t.Fatal(err)
		}
		out = national
	}
	return append(out, s.days...)
}

func (s *script) at(at time.Time) string {
	st, err := s.calendar.Standing(s.run, at)
	if err != nil {
		return "refused: " + err.Error()
	}
	out := fmt.Sprintf("%s, used %s, left %s", st.Lamp, hours(st.Used), hours(st.Left))
	if st.Held {
		out += ", held"
	}
	if st.Urged > 0 {
		out += fmt.Sprintf(", urged %d", st.Urged)
	}
	return out
}

// hours writes 7:30, or -0:00:01.
func hours(d time.Duration) string {
	sign, n := "", int64(d/time.Second)
	if n < 0 {
		sign, n = "-", -n
	}
	out := fmt.Sprintf("%s%d:%02d", sign, n/3_600, n/60%60)
	if n%60 != 0 {
		out += fmt.Sprintf(":%02d", n%60)
	}
	return out
}
