package cases

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/wanmi-gis/wanmi/spatial"
)

// Alarm is what a sensor said. It is kept with the report or note that it made.
type Alarm struct {
	System      string          `json:"source_system"`
	Device      string          `json:"device,omitempty"`
	ExternalID  string          `json:"external_id,omitempty"` // the alarm's own
	At          time.Time       `json:"at"`
	Condition   string          `json:"condition,omitempty"`
	Value       json.RawMessage `json:"value,omitempty"`
	Description string          `json:"description,omitempty"`
}

// alarmRadiusM is how far from where a device first spoke it is still looked for.
const alarmRadiusM = 50

// AlarmStore is what AlarmOf looks in.
type AlarmStore interface {
	Neighbours
	Get(ctx context.Context, id ID) (*Case, []Event, error)
}

// AlarmOf finds the open case that a sensor's alarm belongs to: of the class, and
// about the same component or of the same device. ErrNotFound is none.
func AlarmOf(ctx context.Context, store AlarmStore, class Class, at spatial.Coord, component string, a *Alarm) (ID, error) {
	list, err := store.Neighbours(ctx, Nearby{Class: class, At: at, RadiusM: alarmRadiusM, Component: component, Since: time.Unix(0, 0)})
	if err != nil {
		return ID{}, fmt.Errorf("look for the case of an alarm: %w", err)
	}
	for i := range list {
		if s := &list[i]; !s.State.Over() && component != "" && s.Component == component {
			return s.ID, nil
		}
	}
	for i := range list {
		s := &list[i]
		if a.Device == "" || s.State.Over() || s.Source != Sensor {
			continue
		}
		_, log, err := store.Get(ctx, s.ID)
		if err != nil {
			return ID{}, err
		}
		var first Alarm
		if log[0].Alarm != nil && json.Unmarshal(log[0].Alarm, &first) == nil && first.System == a.System && first.Device == a.Device {
			return s.ID, nil
		}
	}
	return ID{}, ErrNotFound
}
