package cityfile

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
)

// timed is the town with conditions and a calendar.
func timed(t *testing.T) *grids.City {
	t.Helper()
	c := town(t)
	c.Conditions = []grids.Condition{
		{Scheme: grids.SchemeGB2013, Kind: grids.ComponentKind, Minor: "0123", Code: "02", Text: "井盖 'missing' 🕳", Stage: "handle", Limit: 2, Unit: "urgent_hour"},
		{Scheme: grids.SchemeGB2013, Kind: grids.ComponentKind, Minor: "0123", Code: "01", Stage: "handle", Limit: 0.1, Unit: "work_hour"},
	}
	c.Calendar = []grids.CalendarDay{{Date: "2026-02-17", Name: "春节"}, {Date: "2026-02-14", Working: true, Name: "春节"}}
	return c
}

func TestConditionsAndCalendarComeBackAsTheyWereWritten(t *testing.T) {
	city := timed(t)
	got, err := Read(t.Context(), created(t, city))
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, city)
	old, err := Read(t.Context(), aged(t, timed(t), 1))
	if err != nil || old.Conditions != nil || old.Calendar != nil {
		t.Errorf("a file of schema 1: %v, %v, %v", old.Conditions, old.Calendar, err)
	}
}

func TestConditionsAndCalendarAreReplacedWholeOrNotAtAll(t *testing.T) {
	city := timed(t)
	s := opened(t, created(t, city))
	c := Change{Kind: "conditions", Body: "{}", At: time.Date(2026, 5, 1, 8, 0, 0, 0, zone(t))}
	conditions := []grids.Condition{{Scheme: "own", Kind: grids.EventKind, Minor: "0101", Code: "01", Text: "text", Stage: "handle", Limit: 5, Unit: "work_day"}}
	days := []grids.CalendarDay{{Date: "2027-01-01", Name: "元旦"}}
	if v, err := s.ReplaceConditions(t.Context(), c, conditions); v != 2 || err != nil {
		t.Errorf("version %d, %v", v, err)
	}
	if v, err := s.ReplaceCalendar(t.Context(), c, days); v != 3 || err != nil {
		t.Errorf("version %d, %v", v, err)
	}
	if _, err := s.ReplaceConditions(t.Context(), c, append(conditions, conditions...)); err == nil || !strings.Contains(err.Error(), "event 0101") {
		t.Errorf("a condition given twice: %v", err)
	}
	if _, err := s.ReplaceCalendar(t.Context(), c, append(days, days...)); err == nil || !strings.Contains(err.Error(), "2027-01-01") {
		t.Errorf("a day given twice: %v", err)
	}
	got, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Conditions, conditions) || !reflect.DeepEqual(got.Calendar, days) {
		t.Errorf("%v, %v", got.Conditions, got.Calendar)
	}
}

func TestAFileWithWrongDeadlineTablesIsRefusedByRow(t *testing.T) {
	for sql, want := range map[string]string{
		`UPDATE conditions SET "limit" = 'soon' WHERE code = '02'`:  `conditions: gbt30428.2-2013 component 0123 "02": limit "soon" is no number`,
		"UPDATE calendar SET working = 2 WHERE date = '2026-02-14'": `calendar: 2026-02-14: working is "2", not 0 or 1`,
	} {
		path := created(t, timed(t))
		execute(t, path, sql)
		if _, err := Read(t.Context(), path); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), filepath.Base(path)) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
