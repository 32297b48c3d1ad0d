package clock

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"strings"

	"github.com/wanmi-gis/wanmi/grids"
)

// chinaCSV has the holidays of mainland China and the days worked for them
// (调休) of 2021 to 2026; chinacalendar.md says where they are from.
//
//go:embed chinacalendar.csv
var chinaCSV string

// China returns the built-in calendar of mainland China, 2021 to 2026.
func China() ([]grids.CalendarDay, error) {
	r := csv.NewReader(strings.NewReader(chinaCSV))
	r.FieldsPerRecord = 3
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("built-in calendar of China: %w", err)
	}
	var out []grids.CalendarDay
	for _, row := range rows[1:] { // the header
		out = append(out, grids.CalendarDay{Date: row[0], Working: row[1] == "1", Name: row[2]})
	}
	return out, nil
}

// ForCity makes the calendar of a city: the days that its file names and, where
// the city goes by China's time, those of the built-in calendar that it does
// not name. The errors are those of [NewCalendar].
func ForCity(p *grids.Profile, own []grids.CalendarDay) (*Calendar, error) {
	var days []grids.CalendarDay
	if inChina(p) {
		national, err := China()
		if err != nil {
			return nil, err
		}
		named := map[string]bool{}
		for _, d := range own {
			named[d.Date] = true
		}
		for _, d := range national {
			if !named[d.Date] {
				days = append(days, d)
			}
		}
	}
	c, err := NewCalendar(p.TimeZone, append(days, own...))
	if err != nil {
		return nil, fmt.Errorf("city %s %s: %w", p.Code, p.Name, err)
	}
	return c, nil
}

// inChina goes by the names that zones of mainland China have had.
func inChina(p *grids.Profile) bool {
	if p.TimeZone == nil {
		return false
	}
	switch p.TimeZone.String() {
	case "Asia/Shanghai", "Asia/Urumqi", "Asia/Chongqing", "Asia/Harbin", "Asia/Kashgar", "PRC":
		return true
	}
	return false
}
