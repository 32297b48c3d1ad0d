package cases

import (
	"encoding/json"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases/clock"
	"github.com/wanmi-gis/wanmi/spatial"
)

// Source is where a report came from.
type Source string

// The sources (api.md, filter word source).
const (
	Patrol Source = "patrol"
	Public Source = "public"
	Sensor Source = "sensor"
	System Source = "system"
)

// Sources lists the sources in the order of their numbers in files, which begin
// with 1: new ones are appended.
func Sources() []Source { return sources[:] }

var sources = [...]Source{Patrol, Public, Sensor, System}

// Draft is what is known of a case when it is reported. Codes are of the city's
// scheme and layers; all but kind, category, source and place may be empty.
type Draft struct {
	Kind      grids.Kind    `json:"kind"`
	Category  string        `json:"category"` // a minor's code
	Condition string        `json:"condition,omitempty"`
	At        spatial.Coord `json:"at"`
	AccuracyM float64       `json:"accuracy_m,omitempty"`
	// Cell and Zone are those by geometry when the case came in.
	Cell        string          `json:"cell,omitempty"`
	Zone        string          `json:"zone,omitempty"`
	Component   string          `json:"component,omitempty"`
	Description string          `json:"description,omitempty"`
	Source      Source          `json:"source"`
	System      string          `json:"source_system,omitempty"`
	ExternalID  string          `json:"external_id,omitempty"`
	Number      string          `json:"number,omitempty"`
	ReportedAt  time.Time       `json:"reported_at"`
	Attributes  json.RawMessage `json:"attributes,omitempty"`
}

// Summary is a case as lists, tiles and statistics have it: one row.
type Summary struct {
	// FID is the row's number in the file and the id in tiles.
	FID       int64         `json:"fid"`
	ID        ID            `json:"id"`
	Number    string        `json:"number,omitempty"`
	Kind      grids.Kind    `json:"kind"`
	Category  string        `json:"category"`
	Condition string        `json:"condition,omitempty"`
	Source    Source        `json:"source"`
	At        spatial.Coord `json:"at"`
	Cell      string        `json:"cell,omitempty"`
	Zone      string        `json:"zone,omitempty"`
	Component string        `json:"component,omitempty"`

	State State `json:"state"`
	// Unit is with whom the case lies; "" is the city's centre.
	Unit       string    `json:"unit,omitempty"`
	ReportedAt time.Time `json:"reported_at"`
	// YellowAt is when 80 % of the time until DueAt are used up.
	YellowAt time.Time `json:"yellow_at,omitzero"`
	DueAt    time.Time `json:"due_at,omitzero"`
	ClosedAt time.Time `json:"closed_at,omitzero"` // also when it was made void
	// OnTime says whether a closed case was closed by its time; false where
	// there is no such time.
	OnTime bool `json:"on_time"`
	// Version counts the case's events.
	Version int `json:"version"`
}

// Case is a case as it stands: the fold of its events.
type Case struct {
	Summary
	AccuracyM   float64         `json:"accuracy_m,omitempty"`
	Description string          `json:"description,omitempty"`
	System      string          `json:"source_system,omitempty"`
	ExternalID  string          `json:"external_id,omitempty"`
	Attributes  json.RawMessage `json:"attributes,omitempty"`

	Level Level `json:"level"`
	// District is the unit of the district level that the case came through.
	District string   `json:"district,omitempty"`
	Members  []string `json:"members,omitempty"`
	// HeldFrom is the state to return to after a hold.
	HeldFrom  State     `json:"held_from,omitempty"`
	HeldAt    time.Time `json:"held_at,omitzero"`
	HeldUntil time.Time `json:"held_until,omitzero"`
	// Run is the clock that a dispatch started, with the limit of then and the
	// holds and extensions since.
	Run clock.Run `json:"run,omitzero"`
	// Extensions counts those since the case was opened last, Urges all.
	Extensions int `json:"extensions,omitempty"`
	Urges      int `json:"urges,omitempty"`
	// Handled lists who accepted, handled or gave feedback, each once: they may
	// not check or close.
	Handled []Actor   `json:"handled,omitempty"`
	LastAt  time.Time `json:"last_at"` // of the last event
}
