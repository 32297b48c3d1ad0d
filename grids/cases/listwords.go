package cases

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
)

// known refuses codes that the city neither has nor had.
func (c codes) known(ctx context.Context, tx *sql.Tx, q *Query) error {
	for _, w := range [...]struct {
		field string
		layer grids.Layer
		codes []string
	}{
		{"unit", grids.Units, q.Units},
		{"zone", grids.Zones, q.Zones},
		{"cell", grids.Cells, q.Cells},
		{"component", grids.Components, nonEmpty(q.Component)},
		{"community", grids.Communities, q.Communities},
		{"street", grids.Streets, q.Streets},
		{"district", grids.Districts, q.Districts},
	} {
		for _, code := range w.codes {
			var has bool
			if err := tx.QueryRowContext(ctx, fmt.Sprintf(`SELECT EXISTS (SELECT 1 FROM %[1]s WHERE code = ?1)
				OR EXISTS (SELECT 1 FROM retired_code WHERE layer = '%[1]s' AND code = ?1)`, w.layer), code).Scan(&has); err != nil {
				return err
			}
			if !has {
				return unknown(w.field, code, "the city has no such code in "+string(w.layer))
			}
		}
	}
	for _, prefix := range q.Categories {
		var has bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM categories WHERE scheme = ? AND kind = ? AND substr(code, 1, length(?3)) = ?3)`,
			c.scheme, string(q.Kind), prefix).Scan(&has); err != nil {
			return err
		}
		if !has {
			return unknown("category", prefix, fmt.Sprintf("no %s category of scheme %s begins like this", q.Kind, c.scheme))
		}
	}
	return nil
}

func nonEmpty(code string) []string {
	if code == "" {
		return nil
	}
	return []string{code}
}

// chain picks by what the case's cell lies in.
func (w *where) chain(q *Query) {
	in := func(codes []string) string { return " IN (" + marks(len(codes)) + ")" }
	const (
		ofCommunity = "c.cell IN (SELECT fid FROM cells WHERE community"
		ofStreet    = " IN (SELECT code FROM communities WHERE parent"
		ofDistrict  = " IN (SELECT code FROM streets WHERE parent"
	)
	if len(q.Communities) > 0 {
		w.add(ofCommunity+in(q.Communities)+")", anys(q.Communities)...)
	}
	if len(q.Streets) > 0 {
		w.add(ofCommunity+ofStreet+in(q.Streets)+"))", anys(q.Streets)...)
	}
	if len(q.Districts) > 0 {
		w.add(ofCommunity+ofStreet+ofDistrict+in(q.Districts)+")))", anys(q.Districts)...)
	}
}

// clocks picks by hour and weekday of the city's clocks.
func (w *where) clocks(q *Query, zone *time.Location) {
	if len(q.Hours) == 0 && len(q.Weekdays) == 0 {
		return
	}
	local := localSeconds("c.reported_at", zone)
	if len(q.Hours) > 0 {
		w.add("("+local+") % 86400 / 3600 IN ("+marks(len(q.Hours))+")", anys(q.Hours)...)
	}
	if len(q.Weekdays) > 0 { // 1970-01-01 was a Thursday
		w.add("(("+local+") / 86400 + 3) % 7 + 1 IN ("+marks(len(q.Weekdays))+")", anys(q.Weekdays)...)
	}
}

// The years in which clocks are followed: reports are not older, and what is
// later than these has the last offset.
const lastListYear = 2069

// localSeconds is SQL for a Unix time as the city's clocks show it, in seconds
// as if it were UTC: one term for each time that clocks were changed.
func localSeconds(column string, zone *time.Location) string {
	t := time.Date(earliestYear, 1, 1, 0, 0, 0, 0, time.UTC)
	end := time.Date(lastListYear, 12, 31, 0, 0, 0, 0, time.UTC)
	var b strings.Builder
	changes := 0
	for {
		_, offset := t.In(zone).Zone()
		_, until := t.In(zone).ZoneBounds()
		if until.IsZero() || !until.Before(end) {
			if changes == 0 {
				return column + " + " + strconv.Itoa(offset)
			}
			return column + " + CASE" + b.String() + " ELSE " + strconv.Itoa(offset) + " END"
		}
		if !until.After(t) { // Go 1.26 names a bound that is past on some last days of a leap year
			t = t.Add(time.Hour)
			continue
		}
		fmt.Fprintf(&b, " WHEN %s < %d THEN %d", column, until.Unix(), offset)
		changes++
		t = until
	}
}

// words picks by a text.
func (w *where) words(text, scheme string) {
	if text == "" {
		return
	}
	holds := func(column string) string { return "instr(lower(" + column + "), lower(?)) > 0" }
	w.add("("+strings.Join([]string{
		holds("coalesce(c.number, '')"),
		"c.fid IN (SELECT case_fid FROM case_external WHERE " + holds("external_id") + ")",
		"c.component IN (SELECT fid FROM components WHERE code = ?)",
		"c.category IN (SELECT id FROM categories WHERE scheme = ? AND " + holds("name") + ")",
		"c.fid IN (SELECT case_fid FROM case_events WHERE seq = 1 AND " + holds("json_extract(body, '$.report.description')") + ")",
		"c.id = ?",
	}, " OR ")+")", text, text, text, scheme, text, text, idBytes(text))
}

// idBytes is the id that a text is, nothing where it is none.
func idBytes(text string) []byte {
	id, err := ParseID(text)
	if err != nil {
		return []byte{}
	}
	return id[:]
}
