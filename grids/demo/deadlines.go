package demo

import (
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases/clock"
)

// timeLimitsCSV has the 190 classes of one real city: how many conditions each
// has and their limits, "1 work_day x2" for two of a working day. It has no
// texts of conditions. The numbers are those of GB/T 30428.2-2013 but for the
// city's own (local). Collected from public texts; timelimits.md says how.
//
//go:embed timelimits.csv
var timeLimitsCSV string

// stageHandle is the stage that the limits are for: from dispatch to feedback.
const stageHandle = "handle"

// The limits of classes that the list does not have: those that most of its
// classes have.
const (
	usualComponent = "1 work_day x1;2 work_day x1;5 work_day x1"
	usualEvent     = "1 work_day x1"
)

// listed is one class of the list.
type listed struct {
	kind       grids.Kind
	code, name string
	local      bool
	limits     []clock.Limit
}

// writeDeadlines adds the calendar and made-up conditions: counts and limits
// are the list's, texts are not from anywhere.
func writeDeadlines(city *grids.City) (err error) {
	if city.Calendar, err = clock.China(); err != nil {
		return err
	}
	list, err := timeLimits()
	if err != nil {
		return fmt.Errorf("time limits: %w", err)
	}
	catalogue := grids.NewCatalogue(city.Scheme, city.Categories)
	found, err := matchLimits(catalogue, list)
	if err != nil {
		return fmt.Errorf("time limits: %w", err)
	}
	for _, c := range catalogue.All() {
		if c.Major == "" {
			continue
		}
		limits, ok := found[c.Code+string(c.Kind)]
		if !ok {
			if limits, err = readLimits(map[grids.Kind]string{grids.ComponentKind: usualComponent, grids.EventKind: usualEvent}[c.Kind]); err != nil {
				return err
			}
		}
		for i, l := range limits {
			city.Conditions = append(city.Conditions, grids.Condition{
				Scheme: c.Scheme, Kind: c.Kind, Minor: c.Code, Code: fmt.Sprintf("%02d", i+1),
				Text: conditionText(c, limits, i), Stage: stageHandle, Limit: l.Count, Unit: string(l.Unit),
			})
		}
	}
	return nil
}

// matchLimits finds for each minor of a city the class of the list that is
// surest to be the same: one of its name before one of the crosswalk, of these
// the surer, of equals the first. The key is code and kind.
func matchLimits(catalogue *grids.Catalogue, list []listed) (map[string][]clock.Limit, error) {
	order := []grids.Certainty{
		grids.Same, grids.ExactName, grids.ByRule, grids.NearName, grids.Narrower, grids.Wider, grids.Overlaps,
	}
	limits, rank := map[string][]clock.Limit{}, map[string]int{}
	offer := func(code string, l listed, r int) {
		key := code + string(l.kind)
		if old, taken := rank[key]; !taken || r < old {
			rank[key], limits[key] = r, l.limits
		}
	}
	for _, l := range list {
		for _, c := range catalogue.All() {
			if c.Kind == l.kind && c.Name == l.name && c.Major != "" {
				offer(c.Code, l, -1)
			}
		}
		if l.local {
			continue // its number is not the standard's
		}
		there, err := catalogue.Resolve(l.kind, grids.SchemeGB2013+":"+l.code)
		if errors.Is(err, grids.ErrNoCounterpart) || errors.Is(err, grids.ErrCategory) {
			continue // the standard's own list is not whole
		}
		if err != nil {
			return nil, err
		}
		for _, to := range there {
			offer(to.Code, l, slices.Index(order, to.Certainty))
		}
	}
	return limits, nil
}

func timeLimits() (out []listed, err error) {
	r := csv.NewReader(strings.NewReader(timeLimitsCSV))
	r.FieldsPerRecord = 5
	rows, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	for _, row := range rows[1:] { // the header
		l := listed{kind: grids.Kind(row[0]), code: row[1], name: row[2], local: row[3] == "1"}
		if l.limits, err = readLimits(row[4]); err != nil {
			return nil, fmt.Errorf("%s %s: %w", l.kind, l.code, err)
		}
		out = append(out, l)
	}
	return out, nil
}

// maxAlike bounds how many conditions of a class have one limit; the list has
// at most five.
const maxAlike = 20

// readLimits reads "2 urgent_hour x1;1 work_day x2".
func readLimits(text string) (out []clock.Limit, err error) {
	for part := range strings.SplitSeq(text, ";") {
		of, times, ok := strings.Cut(part, " x")
		n, err := strconv.Atoi(times)
		if !ok || err != nil || n < 1 || n > maxAlike {
			return nil, fmt.Errorf("%q is not a limit and how often as in %q", part, usualEvent)
		}
		l, err := clock.ParseLimit(of)
		if err != nil {
			return nil, err
		}
		for range n {
			out = append(out, l)
		}
	}
	return out, nil
}

// conditionText makes up what is wrong: the shorter the limit, the worse.
func conditionText(c grids.Category, limits []clock.Limit, i int) string {
	words := [...]string{"危及行人或车辆安全", "缺失、移位", "破损", "部分损坏", "陈旧、需更换"}
	if c.Kind == grids.EventKind {
		words = [...]string{"影响安全或交通", "正在发生", "一般情形", "情形较重", "需整治"}
	}
	l, grade := limits[i], 4
	switch {
	case l.Unit == clock.UrgentHour || l.Unit == clock.UrgentDay:
		grade = 0
	case l.Unit == clock.WorkHour:
		grade = 1
	case l.Count <= 1:
		grade = 2
	case l.Count <= 3:
		grade = 3
	}
	alike := 0
	for _, before := range limits[:i] {
		if before == l {
			alike++
		}
	}
	text := c.Name + words[grade]
	if alike > 0 {
		text += fmt.Sprintf("之%d", alike+1)
	}
	return text + "（示例）"
}
