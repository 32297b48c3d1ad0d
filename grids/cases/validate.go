package cases

import (
	"encoding/hex"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wanmi-gis/wanmi/grids"
)

// Limits of what one event may bring (reliability.md).
const (
	maxTextBytes  = 16 << 10 // a note, a description
	maxAlarmBytes = 4 << 10
	maxCodeBytes  = 128      // a code, a number, an id
	maxKeyBytes   = 255      // an Idempotency-Key
	maxJSONBytes  = 64 << 10 // a decision, attributes
	maxMedia      = 50
	maxMembers    = 50
	maxURLBytes   = 2 << 10
	maxAccuracyM  = 100_000
	maxScore      = 5
	maxAhead      = 5 * time.Minute // clocks of others that run ahead
	maxEvents     = 10_000          // of one case
	earliestYear  = 1990
	sha256Digits  = 64
	wantedMessage = "wanted: "
)

// validate looks at what the event says by itself.
func (e *Event) validate() error {
	if !slices.Contains(eventKinds[:], e.Kind) {
		return invalid("kind", string(e.Kind), "no such event")
	}
	if !slices.Contains(Roles(), e.Actor.Role) {
		return invalid("role", string(e.Actor.Role), "no such role")
	}
	if e.Actor.ID == "" {
		return invalid("actor", "", "every event names its actor")
	}
	texts := []field{
		{"actor", e.Actor.ID, maxCodeBytes},
		{"actor", e.Actor.Unit, maxCodeBytes},
		{"note", e.Note, maxTextBytes},
		{"unit", e.Unit, maxCodeBytes},
		{"number", e.Number, maxCodeBytes},
	}
	if len(e.Members) > maxMembers {
		return invalid("members", strconv.Itoa(len(e.Members)), "more than "+strconv.Itoa(maxMembers))
	}
	for _, m := range e.Members {
		texts = append(texts, field{"members", m, maxCodeBytes})
	}
	if err := checkTexts(texts); err != nil {
		return err
	}
	if err := checkJSON("decision", e.Decision); err != nil {
		return err
	}
	if len(e.Alarm) > maxAlarmBytes {
		return invalid("alarm", string(e.Alarm), strconv.Itoa(len(e.Alarm))+" bytes, at most "+strconv.Itoa(maxAlarmBytes))
	}
	if err := checkJSON("alarm", e.Alarm); err != nil {
		return err
	}
	if e.Score < 0 || e.Score > maxScore {
		return invalid("score", strconv.Itoa(e.Score), wantedMessage+"1 to 5")
	}
	if err := checkMedia(e.Media); err != nil {
		return err
	}
	return e.validateKind()
}

// validateKind looks at what the kind of event needs.
func (e *Event) validateKind() error {
	switch e.Kind {
	case Report:
		if e.Report == nil {
			return invalid("report", "", "a report says what is reported")
		}
		return e.Report.validate(e.At)
	case Dispatch:
		if e.Level != DistrictLevel && e.Level != UnitLevel {
			return invalid("level", string(e.Level), wantedMessage+"district or unit")
		}
		if e.Unit == "" {
			return invalid("unit", "", "a dispatch names a unit")
		}
	case Rule:
		if e.Unit == "" {
			return invalid("unit", "", "a ruling names a unit")
		}
	case Note:
		if e.Note == "" && len(e.Media) == 0 && len(e.Alarm) == 0 {
			return invalid("note", "", "a note says or shows something")
		}
	case Survey:
		if e.Score == 0 {
			return invalid("score", "", "a survey has a score of 1 to 5")
		}
	}
	return nil
}

// validate looks at a report by itself; the store knows whether its codes are the
// city's.
func (d *Draft) validate(now time.Time) error {
	if d.Kind != grids.ComponentKind && d.Kind != grids.EventKind {
		return invalid("kind", string(d.Kind), wantedMessage+"component or event")
	}
	if d.Category == "" {
		return invalid("category", "", "it is needed")
	}
	if !slices.Contains(sources[:], d.Source) {
		return invalid("source", string(d.Source), wantedMessage+"patrol, public, sensor or system")
	}
	if err := checkTexts([]field{
		{"category", d.Category, maxCodeBytes},
		{"condition", d.Condition, maxCodeBytes},
		{"cell", d.Cell, maxCodeBytes},
		{"zone", d.Zone, maxCodeBytes},
		{"component", d.Component, maxCodeBytes},
		{"description", d.Description, maxTextBytes},
		{"source_system", d.System, maxCodeBytes},
		{"external_id", d.ExternalID, maxCodeBytes},
		{"number", d.Number, maxCodeBytes},
	}); err != nil {
		return err
	}
	if d.ExternalID != "" && d.System == "" {
		return invalid("source_system", "", "an external id counts only together with its system")
	}
	if !(d.AccuracyM >= 0 && d.AccuracyM <= maxAccuracyM) { // also false for NaN
		return invalid("accuracy_m", strconv.FormatFloat(d.AccuracyM, 'g', -1, 64), "not an accuracy in metres")
	}
	if math.Abs(d.At.Lon()) > 180 || math.Abs(d.At.Lat()) > 90 {
		return invalid("lon,lat", strconv.FormatFloat(d.At.Lon(), 'f', 7, 64)+","+strconv.FormatFloat(d.At.Lat(), 'f', 7, 64), "not on the globe")
	}
	if d.ReportedAt.Year() < earliestYear || d.ReportedAt.After(now.Add(maxAhead)) {
		return invalid("reported_at", d.ReportedAt.Format(time.RFC3339), "not a time between "+strconv.Itoa(earliestYear)+" and now")
	}
	return checkJSON("attributes", d.Attributes)
}

// field is one text of the input.
type field struct {
	name, value string
	maxBytes    int
}

// checkTexts refuses what is too long, and what is not text: SQLite ends a text
// at a zero byte for some readers.
func checkTexts(fields []field) error {
	for _, f := range fields {
		switch {
		case len(f.value) > f.maxBytes:
			return invalid(f.name, f.value, strconv.Itoa(len(f.value))+" bytes, at most "+strconv.Itoa(f.maxBytes))
		case !utf8.ValidString(f.value):
			return invalid(f.name, f.value, "not UTF-8")
		case strings.IndexByte(f.value, 0) >= 0:
			return invalid(f.name, f.value, "it has a zero byte")
		}
	}
	return nil
}

func checkJSON(name string, text json.RawMessage) error {
	switch {
	case len(text) == 0:
		return nil
	case len(text) > maxJSONBytes:
		return invalid(name, string(text), strconv.Itoa(len(text))+" bytes, at most "+strconv.Itoa(maxJSONBytes))
	case !utf8.Valid(text):
		return invalid(name, string(text), "not UTF-8")
	case !json.Valid(text):
		return invalid(name, string(text), "not JSON")
	}
	return nil
}

func checkMedia(media []Media) error {
	if len(media) > maxMedia {
		return invalid("media", strconv.Itoa(len(media)), "more than "+strconv.Itoa(maxMedia))
	}
	for _, m := range media {
		if !slices.Contains(eventKinds[:], EventKind(m.Stage)) {
			return invalid("media.stage", m.Stage, "no such event")
		}
		if err := checkTexts([]field{{"media.url", m.URL, maxURLBytes}}); err != nil {
			return err
		}
		if m.URL == "" {
			return invalid("media.url", "", "it is needed")
		}
		if raw, err := hex.DecodeString(m.SHA256); err != nil || len(raw) != sha256Digits/2 || strings.ToLower(m.SHA256) != m.SHA256 {
			return invalid("media.sha256", m.SHA256, wantedMessage+"64 hex digits, lower case")
		}
	}
	return nil
}

// normal brings times to whole seconds in UTC, drops what is empty and says the
// level of a ruling, so that an event reads back as it was given.
func (e *Event) normal() {
	e.At, e.YellowAt, e.DueAt, e.Until = whole(e.At), whole(e.YellowAt), whole(e.DueAt), whole(e.Until)
	for i := range e.Media {
		e.Media[i].TakenAt = whole(e.Media[i].TakenAt)
	}
	if len(e.Media) == 0 {
		e.Media = nil
	}
	if len(e.Members) == 0 {
		e.Members = nil
	}
	if e.Kind == Rule {
		e.Level = UnitLevel
	}
	e.Decision, e.Alarm = compacted(e.Decision), compacted(e.Alarm)
	if e.Report != nil {
		d := *e.Report
		d.ReportedAt, d.Attributes = whole(d.ReportedAt), compacted(d.Attributes)
		e.Report = &d
	}
}
